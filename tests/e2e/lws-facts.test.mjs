// SPDX-License-Identifier: MIT
// Remedies of docs/LWS-REMEDIES.md that no fault of FAULTS.md shows: sockets as the kernel sees them, messages in one
// system call, silent models, resumed sessions of TLS, and mangled bytes by the thousand.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import tls from 'node:tls'
import { after, before, describe, test } from 'node:test'
import { frame, Raw } from './lib/raw.mjs'
import { makeCertificate, startRingdown, tempDir, until } from './lib/ringdown.mjs'
import { Stage } from './lib/stage.mjs'

const stage = new Stage()
before(() => stage.open({ config: { server: { loops: 2 } } }))
after(() => stage.close(assert))

const LISTENS = '0A'
const HAS_KEEPALIVE = '02'
const port = (address) => parseInt(address.split(':')[1], 16)

// Rows of /proc/net/tcp of this machine: { local, remote, state, timer }
function sockets() {
	return fs.readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1).map((line) => {
		const [, local, remote, state, , timer] = line.trim().split(/\s+/)
		return { local: port(local), remote: port(remote), state, timer: timer.slice(0, 2) }
	})
}

test('L-06 each loop has a listening socket of its own on the address', async () => {
	assert.equal(sockets().filter((s) => s.local === stage.ringdown.port && s.state === LISTENS).length, 2)
	const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(`${stage.ringdown.url}/readyz`)))
	assert.deepEqual(new Set(answers.map((a) => a.status)), new Set([200]))
})

// While bytes are on their way the kernel shows another timer.
test('L-07, L-29 the sockets of a call are asked by the kernel whether they live', async () => {
	const { caller, session } = await stage.begin()
	const mine = () => sockets().find((s) => s.local === stage.ringdown.port && s.remote === caller.socket._socket.localPort)
	const models = () => sockets().find((s) => s.local === session.socket._socket.remotePort && s.remote === stage.model.port)
	await until(() => mine()?.timer === HAS_KEEPALIVE, `the caller's socket is not kept alive: ${JSON.stringify(mine())}`)
	await until(() => models()?.timer === HAS_KEEPALIVE, `the model's socket is not kept alive: ${JSON.stringify(models())}`)
	await caller.hangUp()
})

test('L-09 what is longer than a buffer of lws leaves in one system call', { timeout: 60000 }, async () => {
	assert.equal(spawnSync('strace', ['-V']).status, 0, 'strace is missing: sudo apt-get install strace')
	const trace = path.join(tempDir(), 'trace')
	const other = new Stage()
	await other.open({ hasWitness: false, prefix: ['strace', '-D', '-f', '-qq', '-s0', '-e', 'trace=write,writev,send,sendto,sendmsg', '-o', trace] })
	const page = await (await fetch(`${other.ringdown.url}/metrics`)).text()
	await other.close(assert)
	const sent = [...fs.readFileSync(trace, 'utf8').matchAll(/^\d+ +(?:send|write)\w*\(.*\) = (\d+)$/gm)].map((m) => Number(m[1]))
	assert.ok(page.length > 8232, `the page is short: ${page.length} bytes`)
	assert.ok(sent.includes(page.length), `${page.length} bytes did not leave at once: ${sent.filter((bytes) => bytes > 2000)}`)
	assert.equal(sent.filter((bytes) => bytes === 4116).length, 0, 'lws cut it')
})

test('L-17 a model that says nothing but answers pings is kept; one that answers none is given up after 20 s', { timeout: 60000 }, async () => {
	const quiet = await stage.begin()
	const deaf = await stage.begin()
	let pings = 0
	quiet.session.socket.on('ping', () => pings++)
	for (const { caller } of [quiet, deaf]) caller.talk()
	deaf.session.socket._autoPong = false
	const isNext = (s) => s !== deaf.session && JSON.stringify(s.of('session.update')).includes(deaf.caller.callSid)
	const again = await until(() => stage.model.sessions.find(isNext), 'no other session', 30000)
	await stage.oneLine(assert, deaf.caller, 'silent for 20 s, pings and all')
	await until(() => again.appends > 25, 'the call does not go on')
	assert.ok(pings >= 2, `${pings} pings`)
	assert.equal(quiet.session.closed, false)
	await Promise.all([quiet.caller.hangUp(), deaf.caller.hangUp()])
	await stage.witness.undisturbed(assert, 'silent models')
})

test('L-25 a TLS session of a caller is resumed', { timeout: 30000 }, async () => {
	const dir = tempDir()
	const pair = makeCertificate(dir, 'localhost')
	const r = await startRingdown({ dir, wait: false, config: { server: { tls_cert: pair.cert, tls_key: pair.key } } })
	await r.logged(' start ')
	const visit = (session) =>
		new Promise((resolve, reject) => {
			let ticket, isReused
			const socket = tls.connect({ port: r.port, host: '127.0.0.1', servername: 'localhost', ca: fs.readFileSync(pair.ca), session })
			socket.on('session', (s) => (ticket = s))
			socket.on('secureConnect', () => {
				isReused = socket.isSessionReused()
				socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
			})
			socket.resume().on('error', reject)
			socket.on('close', () => resolve({ ticket, isReused }))
		})
	try {
		const first = await visit()
		assert.equal(first.isReused, false)
		assert.ok(first.ticket, 'no ticket')
		assert.equal((await visit(first.ticket)).isReused, true)
	} finally {
		await r.stop()
	}
})

describe('L-30 mangled bytes', () => {
	after(() => stage.witness.undisturbed(assert, 'mangled bytes'))
	// Numbers that are the same in every run.
	let state = 0x2545f491
	const below = (n) => {
		state ^= state << 13
		state ^= state >>> 17
		state ^= state << 5
		return (state >>> 0) % n
	}
	const pick = (list) => list[below(list.length)]
	const head = (line, more = '') => `${line} HTTP/1.1\r\nHost: voice.example.com\r\nUser-Agent: TwilioProxy/1.1\r\n${more}\r\n`
	const body = 'CallSid=CA0123456789abcdef0123456789abcdef&From=%2B15550100&To=%2B15550199'
	const upgrade = head('GET /media-stream', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n')
	const start = '{"event":"start","streamSid":"MZ1","start":{"callSid":"CAmangled0","streamSid":"MZ1","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}}}'
	const seeds = [
		head('GET /healthz'),
		head('GET /metrics', 'Connection: keep-alive\r\n'),
		head('POST /connect/webhook/twilio/voice', `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n`) + body,
		head('GET /healthz', 'Connection: upgrade\r\nUpgrade: foo\r\n'),
		head('GET /healthz', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'),
		upgrade,
		Buffer.concat([Buffer.from(upgrade), frame(1, '{"event":"connected"}'), frame(1, start), frame(9, 'ping'), frame(8, Buffer.from([3, 232]))]),
	].map((seed) => Buffer.from(seed, 'latin1'))
	const odd = ['\r\n', '\n', '\r\n\r\n', '\0', '%', '%00', ' ', ':', ',', 'Content-Length: 7\r\n', 'Transfer-Encoding: chunked\r\n', 'Upgrade: foo\r\n', '\x88\x80', '\x81\xff', '\xff'.repeat(9), 'A'.repeat(5000)]
	const changes = [
		(b) => (b.length && (b[below(b.length)] ^= 1 << below(8)), b),
		(b) => b.subarray(0, below(b.length + 1)),
		(b) => Buffer.concat([b, pick(seeds)]),
		(b, at = below(b.length + 1)) => Buffer.concat([b.subarray(0, at), b.subarray(at + below(20))]),
		(b, at = below(b.length + 1)) => Buffer.concat([b.subarray(0, at), Buffer.from(pick(odd), 'latin1'), b.subarray(at)]),
		(b, at = below(b.length + 1)) => Buffer.concat([b.subarray(0, at), b.subarray(Math.max(0, at - 40))]),
	]
	const mangled = () => {
		let bytes = Buffer.from(pick(seeds))
		for (let i = below(4); i >= 0; i--) bytes = Buffer.from(pick(changes)(bytes))
		return bytes
	}

	test('3,000 connections of them end no call, and no process', { timeout: 60000 }, async (t) => {
		const statuses = {}
		const one = async () => {
			const bytes = mangled()
			const at = below(3) ? bytes.length : below(bytes.length + 1) // some in two pieces
			const raw = await new Raw({ port: stage.ringdown.port }).open()
			raw.send(bytes.subarray(0, at))
			await until(() => raw.isClosed || raw.bytes.length, '', 100).catch(() => {})
			if (!raw.isClosed) raw.send(bytes.subarray(at))
			await until(() => raw.isClosed || raw.bytes.length, '', 100).catch(() => {})
			const outcome = raw.statuses[0] ?? 'none'
			statuses[outcome] = (statuses[outcome] ?? 0) + 1
			assert.ok(raw.statuses.length <= 1, `two answers to ${JSON.stringify(bytes.toString('latin1'))}`)
			raw.socket[below(2) ? 'destroy' : 'resetAndDestroy']()
		}
		const lane = async () => {
			for (let i = 0; i < 75; i++) await one()
		}
		await Promise.all(Array.from({ length: 40 }, lane))
		t.diagnostic(JSON.stringify(statuses))
		for (const status of [101, 200, 400, 403, 404, 'none']) assert.ok(statuses[status] > 10, `${status} was seldom among ${JSON.stringify(statuses)}`)
		await until(async () => (await stage.ringdown.metrics()).connections_live <= 4, 'sockets stay', 15000)
	})
})

test('L-08, L-23 what lws says of heads without end fills no log', async () => {
	const lines = () => stage.ringdown.lines('Ran out of header data space').length
	const before = lines()
	for (let i = 0; i < 10; i++)
		await Promise.all(Array.from({ length: 50 }, async () => {
			const raw = await new Raw({ port: stage.ringdown.port }).open()
			raw.send(`GET /healthz HTTP/1.1\r\nZ: ${'a'.repeat(17000)}`)
			await raw.ends('a head of 17 KB')
		}))
	assert.ok(lines() > before, 'nothing is told')
	assert.ok(lines() - before <= 100, `${lines() - before} lines`)
})
