// SPDX-License-Identifier: MIT
// F32 to F35, F46: the model cannot be reached, or says no.  Nothing is ever sent to a server that has not proved its
// name; the caller is told within seconds; other calls notice nothing.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import { once } from 'node:events'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Caller } from './lib/caller.mjs'
import { Model, answer } from './lib/model.mjs'
import { assistants, beginPlain, numbersOf, toldOnce } from './lib/numbered.mjs'
import { bin, freePort, makeCertificate, PRELOADED, sleep, startRingdown, tempDir, until } from './lib/ringdown.mjs'
import { Stage } from './lib/stage.mjs'

const stage = new Stage()
let model, ringdown, witness
const normal = (s) => s.created()
before(async () => {
	await stage.open({ modelOptions: { onSound: numbersOf }, assistants })
	;({ model, ringdown, witness } = stage)
})
after(() => stage.close(assert))

const begin = (options) => beginPlain(ringdown, model, options)
const lastTag = (r) => /call=(\d+) .* start assistant=/.exec(r.lines(/ start assistant=/).at(-1))[1]

// A call as Twilio makes it, to a model that cannot be had: what is the caller told, and after how long?
async function fallback(r) {
	const begun = performance.now()
	const caller = new Caller(r.url)
	const params = { CallSid: caller.callSid, From: '+15550100', To: '+15550199', AccountSid: `AC${'0'.repeat(32)}`, CallStatus: 'in-progress' }
	const post = async (path, more) => (await fetch(r.url + path, { method: 'POST', body: new URLSearchParams({ ...params, ...more }) })).text()
	const twiml = await post('/connect/webhook/twilio/voice')
	await caller.call()
	await caller.closed
	const ms = performance.now() - begun
	const action = new URL(/action="([^"]+)"/.exec(twiml)[1].replaceAll('&amp;', '&'))
	return { ms, words: await post(action.pathname + action.search), tag: lastTag(r), ask: post }
}

async function isTold(r, why) {
	const { ms, words, tag } = await fallback(r)
	assert.match(words, /<Say>We are sorry/)
	assert.ok(ms < 6000, `the caller was told after ${Math.round(ms)} ms`) // the budget is 4 s
	await toldOnce(assert, r, tag, /result=failed/)
	if (why) assert.ok(r.lines(new RegExp(`call=${tag} .*${why}`)).length > 0, r.log)
}

// ---- names ----
async function withNames(orders, options = {}) {
	const file = path.join(tempDir(), 'orders')
	const port = options.port ?? (await freePort())
	const order = (text) => {
		fs.writeFileSync(`${file}.new`, text)
		fs.renameSync(`${file}.new`, file)
	}
	order(orders)
	const r = await startRingdown({
		modelUrl: `ws://model.test:${port}/v1/realtime`,
		assistants,
		env: {
			LD_PRELOAD: path.join(bin, 'shim_resolve.so'),
			SHIM_RESOLVE_NAME: 'model.test',
			SHIM_RESOLVE_FILE: file,
			...PRELOADED,
		},
	})
	return { r, port, order, lookups: () => (fs.existsSync(`${file}.count`) ? fs.statSync(`${file}.count`).size : 0) }
}

test('F32 a name that takes 3 s: the loop does not wait, the call does', { timeout: 60000 }, async () => {
	const own = await new Model({ onSound: numbersOf }).start()
	const { r } = await withNames('3000 127.0.0.1', { port: own.port })
	const caller = await new Caller(r.url).call()
	for (let worst = 0; own.sessions.length === 0; ) {
		const asked = performance.now()
		assert.equal((await fetch(`${r.url}/healthz`)).status, 200)
		worst = Math.max(worst, performance.now() - asked)
		assert.ok(worst < 1000, `the loop stood for ${worst} ms`)
		assert.equal(caller.socket.readyState, 1, `the call was given up:\n${r.log}`)
		await sleep(50)
	}
	await until(() => own.sessions[0].soundBytes > 960 * 100, 'no sound')
	await caller.hangUp()
	await r.stop()
	await own.stop()
})

test('F32 a name that cannot be found: the caller is told; found again, calls work', { timeout: 60000 }, async () => {
	const own = await new Model({ onSound: numbersOf }).start()
	const { r, order, lookups } = await withNames('fail', { port: own.port })
	await isTold(r, 'has no address yet')
	assert.ok(lookups() >= 2 && lookups() < 12, `${lookups()} look-ups`)
	assert.ok(r.lines(/lookup failed/).length <= 4, 'the log was filled')
	order('0 127.0.0.1')
	await r.logged(/model host=model.test is found again/)
	const { caller, session } = await beginPlain(r, own)
	await until(() => session.numbers?.length > 5, 'no sound')
	await caller.hangUp()
	await r.stop()
	await own.stop()
})

test('F32 the first address does not answer: the second one does, and the next call does not try the first', { timeout: 60000 }, async () => {
	const own = await new Model({ onSound: numbersOf }).start()
	let knocks = 0
	const hole = net.createServer(() => knocks++).listen(own.port, '127.0.0.2')
	await once(hole, 'listening')
	const { r } = await withNames('0 127.0.0.2 127.0.0.1', { port: own.port })
	const first = await beginPlain(r, own)
	assert.equal(knocks, 1)
	await toldOnce(assert, r, first.tag, /model address=127.0.0.2 does not answer, trying another/)
	const second = await beginPlain(r, own)
	assert.equal(knocks, 1, 'the dead address was tried again')
	for (const { caller, session } of [first, second]) {
		await until(() => session.numbers?.length > 5, 'no sound')
		await caller.hangUp()
	}
	await r.stop()
	hole.close()
	await own.stop()
})

test('F32 the name has moved: nobody is at the old address, the call finds the new one', { timeout: 60000 }, async () => {
	const own = await new Model({ onSound: numbersOf }).start()
	const { r, order, lookups } = await withNames('0 127.0.0.9', { port: own.port })
	await until(() => lookups() > 0, 'no look-up')
	await sleep(100)
	order('0 127.0.0.1')
	const { caller, session } = await beginPlain(r, own)
	await until(() => session.numbers?.length > 5, 'no sound')
	await caller.hangUp()
	await r.stop()
	await own.stop()
})

// ---- sockets and certificates ----
test('F33 refused, or no answer, with and without TLS: the caller is told', { timeout: 60000 }, async () => {
	const hole = net.createServer(() => {}).listen(0, '127.0.0.1') // accepts, never answers
	await once(hole, 'listening')
	const closed = await freePort()
	const urls = [closed, hole.address().port].flatMap((port) => [`ws://127.0.0.1:${port}`, `wss://127.0.0.1:${port}`])
	await Promise.all(urls.map(async (url) => {
		const r = await startRingdown({ modelUrl: `${url}/v1/realtime` })
		await isTold(r, 'model (connect failed address=127.0.0.1|address=127.0.0.1 gives no answer)')
		await r.stop()
	}))
	hole.close()
})

// A port that does not answer a SYN: its queue is full, and nobody takes from it.
async function blackHole() {
	const script = `const { parentPort } = require('node:worker_threads')
		const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
			parentPort.postMessage(server.address().port)
			setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
		})`
	const worker = new Worker(script, { eval: true })
	const [port] = await once(worker, 'message')
	const fillers = []
	for (let isOpen = true; isOpen; ) {
		assert.ok(fillers.length < 20, 'the queue takes everybody')
		const socket = net.connect(port, '127.0.0.1').on('error', () => {})
		fillers.push(socket)
		isOpen = await Promise.race([once(socket, 'connect').then(() => true), sleep(300).then(() => false)])
	}
	return { port, close: () => (fillers.forEach((s) => s.destroy()), worker.terminate()) }
}

test('F33 a black hole: no answer even to the SYN; given up in time, the caller is told', { timeout: 60000 }, async () => {
	const hole = await blackHole()
	await Promise.all(['ws', 'wss'].map(async (scheme) => {
		const r = await startRingdown({ modelUrl: `${scheme}://127.0.0.1:${hole.port}/v1/realtime` })
		await isTold(r, 'model address=127.0.0.1 gives no answer')
		await r.stop()
	}))
	await hole.close()
})

test('F33 with a fallback_number the caller is apologised to and dialled there; nobody there either, the call ends', { timeout: 60000 }, async () => {
	const closed = await freePort()
	const r = await startRingdown({ modelUrl: `ws://127.0.0.1:${closed}/v1/realtime`, config: { twilio: { fallback_number: '+15551230009' } } })
	const { ms, words, ask } = await fallback(r)
	assert.ok(ms < 6000, `the caller was told after ${Math.round(ms)} ms`)
	const [, action] = /<Say>We are sorry[^<]*<\/Say><Dial action="([^"]+)"[^>]*><Number>\+15551230009<\/Number><\/Dial>/.exec(words) ?? assert.fail(words)
	const { pathname, search } = new URL(action)
	assert.match(await ask(pathname + search, { DialCallStatus: 'no-answer' }), /<Say>We are sorry[^<]*<\/Say><Hangup/)
	assert.match(await ask(pathname + search, { DialCallStatus: 'completed' }), /<Response><Hangup/)
	await r.stop()
})

// A certificate of an authority whose own certificate ended yesterday.
function expiredAuthority(dir) {
	const run = (...args) => {
		const r = spawnSync('openssl', args, { cwd: dir, encoding: 'utf8' })
		if (r.status !== 0) throw new Error(`openssl ${args[0]}: ${r.stderr}`)
	}
	run('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=old CA', '-keyout', 'ca.key', '-out', 'ca.csr')
	fs.writeFileSync(path.join(dir, 'ca.ext'), 'basicConstraints=critical,CA:TRUE\n')
	run('x509', '-req', '-in', 'ca.csr', '-signkey', 'ca.key', '-days', '-1', '-extfile', 'ca.ext', '-out', 'ca.pem')
	return makeCertificate(dir, 'localhost', 'expired')
}

const pair = (c) => ({ cert: fs.readFileSync(c.cert), key: fs.readFileSync(c.key) })

test('F33 certificates that prove nothing: nothing is sent, there is no other try, the caller is told', { timeout: 60000 }, async () => {
	const dir = tempDir()
	const right = makeCertificate(dir, 'localhost', 'right')
	const wrong = makeCertificate(dir, 'elsewhere.example', 'wrong')
	const old = expiredAuthority(tempDir())
	for (const [what, cert, ca, host] of [
		['another name', wrong, wrong.ca, 'localhost'],
		['an unknown authority', right, undefined, 'localhost'],
		['another authority', right, old.ca, 'localhost'],
		['an expired authority', old, old.ca, 'localhost'],
		['a name where the URL has an address', right, right.ca, '127.0.0.1'],
	]) {
		const tls = await new Model({ tls: pair(cert) }).start()
		let secrets = 0
		tls.server.on('request', () => secrets++)
		const r = await startRingdown({ modelUrl: `wss://${host}:${tls.port}/v1/realtime`, config: ca ? { model: { ca_file: ca } } : {} })
		await isTold(r, 'model connect failed .*why=unauthorized')
		assert.equal(tls.attempts + secrets, 0, `the key went to a server with ${what}`)
		assert.equal(r.lines(/model connect failed/).length, 1, `${what}: tried again`)
		await r.stop()
		await tls.stop()
	}
})

test('TLS: name by SNI, authority by ca_file or the system store, sessions are resumed, SIGHUP changes nothing', { timeout: 60000 }, async () => {
	const right = makeCertificate(tempDir(), 'localhost', 'right')
	for (const options of [{ config: { model: { ca_file: right.ca } } }, { env: { SSL_CERT_FILE: right.ca } }]) {
		const tls = await new Model({ tls: pair(right), onSound: numbersOf }).start()
		const handshakes = []
		tls.server.on('secureConnection', (s) => handshakes.push({ name: s.servername, isReused: s.isSessionReused(), protocol: s.getProtocol() }))
		const r = await startRingdown({ modelUrl: tls.url, assistants, ...options })
		for (let i = 0; i < 3; i++) {
			const { caller, session } = await beginPlain(r, tls)
			await until(() => session.numbers?.length > 5, 'no sound over TLS')
			await caller.hangUp()
			if (i === 1) r.signal('SIGHUP')
			if (i === 1) await r.logged(/reload assistants=/)
		}
		assert.deepEqual(handshakes.map((h) => h.name), ['localhost', 'localhost', 'localhost'])
		assert.deepEqual(handshakes.map((h) => h.isReused), [false, true, true], JSON.stringify(handshakes))
		await r.stop()
		await tls.stop()
	}
})

// ---- answers ----
for (const [name, status, headers] of [
	['400', 400, ''],
	['401', 401, ''],
	['403', 403, ''],
	['404', 404, ''],
	['302', 302, 'location: ws://127.0.0.1:1/elsewhere\r\n'],
])
	test(`F34 a ${name} is final: no other try, an alarm, the caller is told`, async () => {
		const before = model.attempts
		model.onUpgrade = answer(status, headers)
		const { words, tag } = await fallback(ringdown)
		model.onUpgrade = undefined
		assert.match(words, /<Say>We are sorry/)
		assert.equal(model.attempts, before + 1)
		await toldOnce(assert, ringdown, tag, new RegExp(`model connect failed .*status=${name} why=unauthorized`))
		await toldOnce(assert, ringdown, tag, /result=failed/)
	})

test('F34 429 waits for Retry-After, 500 and 503 are tried again', { timeout: 60000 }, async () => {
	const statuses = [[429, 'retry-after: 1\r\n'], [500, ''], [503, '']]
	const times = []
	model.onUpgrade = (request, socket) => {
		times.push(Date.now())
		const next = statuses.shift()
		return next ? answer(...next)(request, socket) : false
	}
	const { caller, session } = await begin()
	model.onUpgrade = undefined
	assert.equal(times.length, 4)
	assert.ok(times[1] - times[0] >= 950, `second try after ${times[1] - times[0]} ms`)
	await until(() => session.numbers?.length > 5, 'the call did not go on')
	await caller.hangUp()
})

test('F34 a Retry-After beyond what a caller waits for: told at once', { timeout: 60000 }, async () => {
	const before = model.attempts
	model.onUpgrade = answer(429, 'retry-after: 20\r\n')
	const { ms } = await fallback(ringdown)
	model.onUpgrade = undefined
	assert.ok(ms < 3000, `told after ${ms} ms`)
	assert.equal(model.attempts, before + 1)
})

test('F34 a wrong Sec-WebSocket-Accept and 100 KB of headers fail cleanly and are tried again', { timeout: 60000 }, async () => {
	const tricks = [
		(request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n'),
		(request, socket) => socket.end(`HTTP/1.1 101 Switching Protocols\r\nX: ${'y'.repeat(100000)}\r\n\r\n`),
		(request, socket) => socket.end('not HTTP at all\r\n\r\n'),
	]
	model.onUpgrade = (request, socket) => {
		const trick = tricks.shift()
		if (trick) trick(request, socket)
		return Boolean(trick)
	}
	const { caller, session } = await begin()
	model.onUpgrade = undefined
	assert.equal(tricks.length, 0)
	await until(() => session.numbers?.length > 5, 'the call did not go on')
	await caller.hangUp()
})

for (const [status, headers] of [[503, ''], [429, '']])
	test(`F34 a server that answers everybody ${status}: a hundred calls do not storm it, and find it when it is back`, { timeout: 90000 }, async () => {
		const own = await new Model({ onSound: numbersOf, onUpgrade: answer(status, headers) }).start()
		const r = await startRingdown({ modelUrl: own.url, assistants })
		const callers = []
		for (let i = 0; i < 100; i++) {
			callers.push(await new Caller(r.url).call({ talk: false }))
			await sleep(10)
		}
		await Promise.all(callers.map((c) => c.closed))
		assert.ok(own.attempts < 60, `${own.attempts} attempts`)
		assert.equal(r.lines(/model refuses everybody/).length, 1)
		own.onUpgrade = undefined
		const { caller, session } = await beginPlain(r, own)
		await until(() => session.numbers?.length > 5, 'no sound')
		await caller.hangUp()
		await r.stop()
		await own.stop()
	})

// ---- sessions that do not begin ----
test('F35 session.created never comes: another dial', { timeout: 60000 }, async () => {
	let first = true
	model.onSession = (s) => {
		if (!first) s.created()
		first = false
	}
	const n = model.sessions.length
	const caller = await new Caller(ringdown.url).call()
	const second = await model.session(n + 1, 15000)
	model.onSession = normal
	await second.event('session.update')
	await until(() => model.sessions[n].closed, 'the first one is kept open')
	await caller.hangUp()
})

test('F35 session.created never comes, again and again: the caller is told', { timeout: 60000 }, async () => {
	model.onSession = () => {}
	await isTold(ringdown)
	model.onSession = normal
})

test('F35 a refused session.update is tried once more, minimal; after a second refusal the next dial begins with that', { timeout: 60000 }, async () => {
	const refuse = (s) => s.send({ type: 'error', error: { type: 'invalid_request_error', code: 'unknown_parameter', message: 'Unknown parameter', param: 'session.x', event_id: null } })
	model.answersUpdates = false
	const { caller, session, n } = await begin()
	refuse(session)
	await until(() => session.of('session.update').length === 2, 'no second session.update')
	const minimal = session.of('session.update')[1].session
	assert.equal(minimal.tools, undefined)
	assert.equal(minimal.audio.input.turn_detection, undefined)
	assert.equal(minimal.instructions, 'You answer the phone.')
	refuse(session)
	const second = await model.session(n + 1)
	assert.deepEqual((await second.event('session.update')).session, minimal)
	second.send({ type: 'session.updated', session: {} })
	model.answersUpdates = true
	await until(() => second.numbers?.length > 5, 'the call did not go on')
	await caller.hangUp()
})

test('F35 session.updated never comes: the minimal one is tried, then the caller is told', { timeout: 60000 }, async () => {
	model.answersUpdates = false
	await isTold(ringdown)
	model.answersUpdates = true
})

// ---- keys ----
test('F46 a key rotated in mid-run is used from the next dial on; an expired ephemeral key is final until there is another', { timeout: 60000 }, async () => {
	const own = await new Model({ onSound: numbersOf }).start()
	const r = await startRingdown({ modelUrl: own.url, assistants })
	const key = (text) => {
		fs.writeFileSync(path.join(r.dir, 'api_key'), `${text}\n`)
		const n = r.lines(/reload assistants=/).length
		r.signal('SIGHUP')
		return until(() => r.lines(/reload assistants=/).length > n, 'no reload').then(() => sleep(100))
	}
	const bearer = (s) => s.request.headers.authorization
	const { caller, session, n } = await beginPlain(r, own)
	assert.match(bearer(session), /^Bearer sk-e2e/)
	await key('ek_68af296e8e408191a1120ab6383263c2')
	session.socket.close(1001, 'bye')
	assert.equal(bearer(await own.session(n + 1)), 'Bearer ek_68af296e8e408191a1120ab6383263c2')
	await until(() => own.sessions[n + 1].numbers?.length > 5, 'the call did not go on')
	await caller.hangUp()
	own.onUpgrade = (request, socket) => request.headers.authorization !== 'Bearer sk-third' && answer(401)(request, socket)
	await isTold(r, 'status=401 why=unauthorized')
	await key('sk-third')
	const again = await beginPlain(r, own)
	await until(() => again.session.numbers?.length > 5, 'no sound with the new key')
	await again.caller.hangUp()
	for (const secret of ['ek_68af296e8e', 'sk-third', 'sk-e2e']) assert.equal(r.log.includes(secret), false, 'a key is in the log')
	await r.stop()
	await own.stop()
})
