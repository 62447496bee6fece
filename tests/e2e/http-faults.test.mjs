// SPDX-License-Identifier: MIT
// FAULTS.md 3D, 71 to 77: what a bad or hostile HTTP client can send to webhooks, health, metrics and upgrades.  Each
// thing has its outcome: the statuses of the answers there are, none at all meaning that the connection was closed
// without a word.  One answer a connection, then it ends, whatever else was said on it; a witness notices nothing.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import tls from 'node:tls'
import { after, before, describe, test } from 'node:test'
import { Raw } from './lib/raw.mjs'
import { makeCertificate, program, sleep, startRingdown, tempDir, until } from './lib/ringdown.mjs'
import { Stage } from './lib/stage.mjs'

const PUBLIC = 'https://voice.example.com'
const VOICE = '/connect/webhook/twilio/voice'
const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n'
const KEY = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
const PATIENCE_MS = 14000 // for what is given 10 s

const stage = new Stage()
before(() => stage.open({ config: { server: { public_url: PUBLIC } } }))
after(() => stage.close(assert))

const call = () => `CallSid=CA${randomBytes(16).toString('hex')}&From=%2B15550100&To=%2B15550199`
const get = (path, headers = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`
const post = (headers, body = '', path = VOICE) => `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`
const form = (body, headers = '') => post(`${FORM}Content-Length: ${body.length}\r\n${headers}`, body)

// What became of these bytes, or of these pieces, one every pieceMs.
async function outcome(bytes, { pieceMs = 100, port = stage.ringdown.port } = {}) {
	const raw = await new Raw({ port }).open()
	for (const piece of [bytes].flat()) {
		if (raw.isClosed) break
		raw.send(Buffer.from(piece, 'latin1'))
		if (Array.isArray(bytes)) await sleep(pieceMs)
	}
	await raw.ends(JSON.stringify(String(bytes).slice(0, 80)), PATIENCE_MS)
	return raw
}

// Named rows [name, bytes, statuses].
function each(title, rows) {
	for (const [name, bytes, ...statuses] of rows)
		test(`${title} ${name}: ${statuses.length ? statuses.join(', ') : 'closed'}`, async () => {
			const raw = await outcome(bytes)
			assert.deepEqual(raw.statuses, statuses, raw.text)
			for (const header of ['Set-Cookie', 'Location']) assert.doesNotMatch(raw.text, new RegExp(`^${header}:`, 'im'))
			if (/problem\+json/.test(raw.text)) assert.equal(JSON.parse(raw.text.split('\r\n\r\n')[1]).status, statuses[0])
		})
}

describe('requests', { concurrency: 32 }, () => {
	after(() => stage.witness.undisturbed(assert, 'bad requests'))

	each('F71', [
		['a form that is one', form(call()), 200],
		['a charset beside the type', post(`Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: ${call().length}\r\n`, call()), 200],
		['half an escape', form('CallSid=%4'), 400],
		['an escape that is none', form('CallSid=%zz'), 400],
		['an escaped NUL', form(`${call()}&a=%00`), 400],
		['257 fields', form(`${call()}${'&a=b'.repeat(254)}`), 400],
		['JSON in a form', form('{"CallSid":"CA"}'), 400],
		['no CallSid', form('a=b'), 400],
		['a CallSid that is none', form('CallSid=CA%3Cscript%3E'), 400],
		['JSON as such', post('Content-Type: application/json\r\nContent-Length: 2\r\n', '{}'), 415],
		['no type', post('Content-Length: 2\r\n', '{}'), 415],
		['an unknown type', post('Content-Type: application/x-www-form-urlencoded-not\r\nContent-Length: 3\r\n', 'a=b'), 415],
	])

	each('F72', [
		['a body of 64 KiB', form(`${call()}&a=`.padEnd(65536, 'x')), 200],
		['a body over 64 KiB, announced', post(`${FORM}Content-Length: 65537\r\n`), 413],
		['a body over 64 KiB, sent', form(`${call()}&a=`.padEnd(300000, 'x')), 413],
		['a form and what was not announced of it', post(`${FORM}Content-Length: ${call().length}\r\n`, `${call()}${'x'.repeat(70000)}`), 200],
		['no Content-Length', post(FORM, 'a=b'), 411],
		['an empty Content-Length', post(`${FORM}Content-Length: \r\n`, 'a=b'), 411],
		['Content-Length -5', post(`${FORM}Content-Length: -5\r\n`, 'a=bcd'), 400],
		['Content-Length +5', post(`${FORM}Content-Length: +5\r\n`, 'a=bcd'), 400],
		['Content-Length 0x5', post(`${FORM}Content-Length: 0x5\r\n`, 'a=bcd'), 400],
		['Content-Length 5e0', post(`${FORM}Content-Length: 5e0\r\n`, 'a=bcd'), 400],
		['Content-Length 5, 5', post(`${FORM}Content-Length: 5, 5\r\n`, 'a=bcd'), 400],
		['Content-Length of 20 digits', post(`${FORM}Content-Length: 18446744073709551621\r\n`, 'a=bcd'), 413],
		['two Content-Lengths, equal', post(`${FORM}Content-Length: 5\r\nContent-Length: 5\r\n`, 'a=bcd'), 400],
		['two Content-Lengths, unlike', post(`${FORM}Content-Length: 5\r\nContent-Length: 50\r\n`, 'a=bcd'), 400],
		['Transfer-Encoding: chunked', post(`${FORM}Transfer-Encoding: chunked\r\n`, '5\r\na=bcd\r\n0\r\n\r\n'), 411],
		['Content-Length and Transfer-Encoding', post(`${FORM}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${get('/healthz')}`), 411],
		['Transfer-Encoding and Content-Length', post(`${FORM}Transfer-Encoding: identity\r\nContent-Length: 5\r\n`, `a=bcd${get('/healthz')}`), 411],
		['a blank before the colon of Transfer-Encoding', post(`${FORM}Transfer-Encoding : chunked\r\n`, `0\r\n\r\n${get('/healthz')}`), 411],
		['the same, and a Content-Length', post(`${FORM}Content-Length: 5\r\nTransfer-Encoding : chunked\r\n`, `0\r\n\r\n${get('/healthz')}`), 400],
		['a blank before the colon of Content-Length', post(`${FORM}Content-Length : 5\r\n`, 'a=bcd'), 411],
		['a name that begins a known one swallows the next header, Content-Length', post(`${FORM}A: b\r\nContent-Length: 5\r\n`, `a=bcd${get('/healthz')}`), 411],
		['a name that begins a known one swallows the next header, Transfer-Encoding', post(`${FORM}Content-Length: 5\r\nA: b\r\nTransfer-Encoding: chunked\r\nB-c: d\r\n`, `0\r\n\r\n${get('/healthz')}`), 400],
		['bare LFs', 'GET /healthz HTTP/1.1\nHost: x\n\n', 200],
		['a body with a GET', get('/healthz', 'Content-Length: 5\r\n') + 'abcde' + get('/readyz'), 200],
		['two requests at once', get('/healthz') + get('/readyz'), 200],
		['two requests at once that want to stay', get('/healthz', 'Connection: keep-alive\r\n') + get('/readyz', 'Connection: keep-alive\r\n'), 200],
		['a hundred requests at once', get('/healthz', 'Connection: keep-alive\r\n').repeat(100), 200],
		['a second request behind a body', form(call()) + get('/healthz'), 200],
		['HTTP/1.0 that wants to stay', 'GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', 200],
		['a method of nobody', 'BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 403],
		['TRACE', 'TRACE /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 403],
		['PUT', 'PUT /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n', 405],
		['HEAD', 'HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 200],
		['no HTTP at all', '\x00\x01\x02\x03\xff\xfe\r\n\r\n', 403],
		['a hello of TLS', Buffer.from('16030100610100005d0303', 'hex').toString('latin1') + '\x00'.repeat(90), 403],
		['500 headers', get('/healthz', Array.from({ length: 500 }, (_, i) => `Z-${i}: a\r\n`).join('')), 200],
		['a header of 12 KB', get('/healthz', `Z: ${'a'.repeat(12000)}\r\n`), 200],
		['a header of 17 KB', get('/healthz', `Z: ${'a'.repeat(17000)}\r\n`)],
		['a megabyte of header', get('/healthz', `Z: ${'a'.repeat(1 << 20)}\r\n`)],
		['a NUL in a header', get('/healthz', 'Z: a\x00b\r\n'), 200],
	])

	// lws waits for a colon or an end that do not come: the deadline ends them.
	each('F72', [
		['a folded Content-Length', post(`${FORM}Content-Length:\r\n 5\r\n`, 'a=bcd')],
		['a Content-Length with a fold behind', post(`${FORM}Content-Length: 5\r\n 0\r\n`, 'a=bcd')],
		['a folded Transfer-Encoding', post(`${FORM}Transfer-Encoding:\r\n chunked\r\n`, '0\r\n\r\n')],
		['a folded header of nobody', get('/healthz', 'Z: b\r\n c\r\n')],
		['a header without a colon', get('/healthz', 'Nonsense\r\n')],
		['a header without a name', get('/healthz', ': x\r\n')],
		['bare CRs', 'GET /healthz HTTP/1.1\rHost: x\r\r'],
		['CONNECT', 'CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
		['a body that does not come', post(`${FORM}Content-Length: 5\r\nExpect: 100-continue\r\n`)],
	])

	const drip = (text) => [...text].map((c) => c)
	each('F73', [
		['a head that drips', drip(`GET /healthz HTTP/1.1\r\nZ: ${'a'.repeat(200)}`)],
		['a body that drips', [post(`${FORM}Content-Length: 1000\r\n`), ...drip('a'.repeat(200))]],
		['half a head and no more', 'GET /healthz HTTP/1.1\r\nHost:'],
		['half a body and no more', post(`${FORM}Content-Length: 1000\r\n`, 'a=b')],
		['a line of nothing, again and again', Array.from({ length: 200 }, () => '\r\n')],
	])

	test('F73 sockets that say nothing are closed after 10 s', async () => {
		const at = performance.now()
		const raw = await outcome('')
		assert.equal(raw.text, '')
		assert.ok(performance.now() - at > 8000, `closed after ${performance.now() - at} ms already`)
	})

	each('F74', [
		['keep-alive, then Upgrade: foo at once', get('/healthz', 'Connection: keep-alive\r\n') + get('/healthz', 'Connection: upgrade\r\nUpgrade: foo\r\n'), 200],
		['keep-alive, then Upgrade: foo', [get('/healthz', 'Connection: keep-alive\r\n'), get('/healthz', 'Connection: upgrade\r\nUpgrade: foo\r\n')], 200],
		['keep-alive to nowhere, then Upgrade: foo', [get('/nowhere', 'Connection: keep-alive\r\n'), get('/x', 'Connection: upgrade\r\nUpgrade: foo\r\n')], 404],
		['a body, then Upgrade: foo', form(call(), 'Connection: keep-alive\r\n') + get('/healthz', 'Connection: upgrade\r\nUpgrade: foo\r\n'), 200],
		['keep-alive, then Upgrade: websocket', get('/healthz', 'Connection: keep-alive\r\n') + get('/media-stream', `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n${KEY}`), 200],
		['Upgrade: foo first', get('/healthz', 'Connection: upgrade\r\nUpgrade: foo\r\n'), 403],
		['Upgrade: foo first, twice', get('/healthz', 'Connection: upgrade, keep-alive\r\nUpgrade: foo\r\n').repeat(2), 403],
		['Connection: upgrade and nothing to upgrade to, as of a proxy', get('/healthz', 'Connection: upgrade\r\n'), 200],
		['Upgrade without Connection', get('/healthz', 'Upgrade: foo\r\n'), 403],
		['Upgrade: websocket, foo', get('/media-stream', `Connection: Upgrade\r\nUpgrade: websocket, foo\r\nSec-WebSocket-Version: 13\r\n${KEY}`), 403],
	])

	each('F75', [
		['Upgrade: h2c', get('/healthz', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n')],
		['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00', 403],
		['Upgrade: websocket by POST', `POST /media-stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n${KEY}\r\n`, 400],
		['Upgrade: websocket without a key', get('/media-stream', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n')],
		['Upgrade: websocket of version 8', get('/media-stream', `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n${KEY}`), 426],
		['Upgrade: websocket without a version', get('/media-stream', `Connection: Upgrade\r\nUpgrade: websocket\r\n${KEY}`), 426],
		['Upgrade: websocket with a subprotocol', get('/media-stream', `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: evil\r\n${KEY}`)],
		['Upgrade: websocket on a path of HTTP', get('/healthz', `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n${KEY}`), 404],
	])

	test('F75 an upgrade gets no extension, whatever it offers', async () => {
		const raw = await new Raw({ port: stage.ringdown.port }).open()
		raw.send(get('/media-stream', `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate, permessage-deflate; client_max_window_bits\r\n${KEY}`))
		await until(() => raw.text.includes('\r\n\r\n'), 'no answer')
		assert.deepEqual(raw.statuses, [101])
		assert.doesNotMatch(raw.text, /extensions/i)
		raw.socket.destroy()
	})

	each('F76', [
		['..', get('/../../etc/passwd'), 404],
		['%2e%2e%2f', get('/%2e%2e%2f%2e%2e%2fetc/passwd'), 404],
		['%252e', get('/%252e%252e/healthz'), 404],
		['back from nowhere', get('/nowhere/../healthz'), 200],
		['%00', get('/healthz%00')],
		['%00 in the query', get('/healthz?a=%00')],
		['half an escape', get('/healthz%'), 403],
		['an escape that is none', get('/healthz%zz'), 403],
		['//', get('//healthz'), 200],
		['/api before a path of ours', get('/api/healthz'), 200],
		['/api before /metrics, which a proxy may keep to itself', get('/api/metrics'), 404],
		['// and a host', get('//evil.example/healthz'), 404],
		[';', get('/healthz;x=1'), 404],
		['#', get('/healthz#x'), 404],
		['a backslash', get('/nowhere\\..\\healthz'), 404],
		['overlong UTF-8', get('/%c0%af%c0%ae%c0%ae%c0%af'), 404],
		['no UTF-8', get('/\xff\xfe'), 404],
		['6 KB', get(`/${'a'.repeat(6000)}`), 404],
		['6 KB of query', get(`/healthz?${'a'.repeat(6000)}`), 200],
		['60 KB', get(`/${'a'.repeat(60000)}`)],
		['another host in it', get('http://evil.example/healthz'), 403],
		['no slash', get('healthz'), 403],
		['*', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', 403],
		['none', 'GET  HTTP/1.1\r\nHost: x\r\n\r\n', 403],
	])

	each('F77', [
		['a header in the path', get('/%0d%0aSet-Cookie:%20a=b'), 404],
		['a header in the query', get('/healthz?a=%0d%0aLocation:%20http://evil.example'), 200],
		['a header in a form', form(`${call()}&CallerName=%0d%0aSet-Cookie:%20a=b`), 200],
		['an answer in the path', get('/%0d%0a%0d%0aHTTP/1.1%20200%20OK%0d%0a'), 404],
		['a header in X-Request-Id', get('/healthz', 'X-Request-Id: a\rSet-Cookie: a=b\r\n'), 200],
		['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', 200],
		['two Hosts', 'GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', 200],
	])

	test('F77 whatever host a request names, answers name the one of the configuration', async () => {
		const body = call()
		for (const host of ['Host: evil.example', 'Host: evil.example\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example', 'Host: voice.example.com"><Dial>+900</Dial>']) {
			const raw = await outcome(`POST ${VOICE} HTTP/1.1\r\n${host}\r\n${FORM}Content-Length: ${body.length}\r\n\r\n${body}`)
			assert.deepEqual(raw.statuses, [200], raw.text)
			assert.match(raw.text, /<Stream url="wss:\/\/voice\.example\.com\//)
			assert.match(raw.text, /action="https:\/\/voice\.example\.com\//)
			assert.doesNotMatch(raw.text, /evil|Dial/)
			const lost = await outcome(`GET /nowhere HTTP/1.1\r\n${host}\r\n\r\n`)
			assert.match(lost.text, /"type":"https:\/\/voice\.example\.com\//)
			assert.doesNotMatch(lost.text, /evil/)
		}
	})

	test('F77 an X-Request-Id that is fit is given back, another is replaced', async () => {
		const echoed = async (id) => /^x-request-id: (.*)\r$/m.exec((await outcome(get('/healthz', `X-Request-Id: ${id}\r\n`))).text)[1]
		assert.equal(await echoed('Req_0123-abc'), 'Req_0123-abc')
		for (const id of ['a b', 'a;b', '<script>', 'x'.repeat(65), '\xe4'])
			assert.match(await echoed(id), /^[0-9a-f]{16}$/, id)
	})
})

test('F73 one address has its share of sockets that wait, and no more; another is not kept out by it', { timeout: 30000 }, async () => {
	const r = await startRingdown({ config: { limits: { max_pending_per_address: 20 } } })
	try {
		const idle = await Promise.all(Array.from({ length: 50 }, () => new Raw({ port: r.port, localAddress: '127.0.0.5' }).open()))
		await until(() => idle.filter((raw) => raw.isClosed).length === 30, 'they are not closed')
		const other = await outcome(get('/healthz'), { port: r.port })
		assert.deepEqual(other.statuses, [200])
		assert.equal(idle.filter((raw) => raw.isClosed).length, 30)
		assert.equal((await r.metrics()).connections_refused_total, 30)
		for (const raw of idle) raw.socket.destroy()
	} finally {
		await r.stop()
	}
})

test('F75 HTTP/2 is not spoken over TLS either', { timeout: 30000 }, async () => {
	const dir = tempDir()
	const pair = makeCertificate(dir, 'localhost')
	const r = await startRingdown({ dir, wait: false, config: { server: { tls_cert: pair.cert, tls_key: pair.key } } })
	try {
		await r.logged(' start ')
		const agreed = (ALPNProtocols) =>
			new Promise((resolve, reject) => {
				const socket = tls.connect({ port: r.port, host: '127.0.0.1', servername: 'localhost', ca: fs.readFileSync(pair.ca), ALPNProtocols }, () => {
					resolve(socket.alpnProtocol)
					socket.destroy()
				})
				socket.on('error', reject)
			})
		assert.equal(await agreed(['h2', 'http/1.1']), 'http/1.1')
		assert.notEqual(await agreed(['h2']).catch(() => 'refused'), 'h2')
	} finally {
		await r.stop()
	}
})

// CVE-2025-11677: the second request makes lws read what it has freed.  A sanitizer sees that itself.
test('F74 nothing that is freed is read: valgrind has nothing to say', { timeout: 60000 }, async () => {
	const isWatched = fs.readFileSync(program('ringdown')).includes('__asan_init')
	const r = await startRingdown({ prefix: isWatched ? [] : ['valgrind', '-q', '--error-exitcode=97'] })
	const next = get('/healthz', 'Connection: upgrade\r\nUpgrade: foo\r\n')
	const first = get('/healthz', 'Connection: keep-alive\r\n')
	for (const bytes of [first + next, [first, next], next + next, form(call(), 'Connection: keep-alive\r\n') + next, first + get('/x', 'Connection: Upgrade\r\nUpgrade: h2c\r\n')])
		assert.equal((await outcome(bytes, { port: r.port })).statuses.length, 1)
	assert.equal(await r.stop(), 0, r.log)
	assert.doesNotMatch(r.log, /Invalid (read|write)/)
})
