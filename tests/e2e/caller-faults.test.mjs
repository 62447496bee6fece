// SPDX-License-Identifier: MIT
// FAULTS.md 2A: what a bad or hostile Twilio side can send.  One bystander call must notice nothing.
import assert from 'node:assert/strict'
import net from 'node:net'
import crypto from 'node:crypto'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { Bystander, Caller } from './lib/caller.mjs'
import { Model } from './lib/model.mjs'
import { sleep, startRingdown, until } from './lib/ringdown.mjs'

let model, ringdown, bystander
before(async () => {
	model = await new Model().start()
	ringdown = await startRingdown({ modelUrl: model.url })
	bystander = await new Bystander(ringdown, model).begin()
})
after(async () => {
	await bystander?.undisturbed(assert)
	await bystander?.end()
	await ringdown?.stop()
	await model?.stop()
})

const begin = async (options = {}) => {
	const n = model.sessions.length
	const caller = await new Caller(ringdown.url, options).call({ talk: false, ...options })
	const session = await model.session(n)
	await session.event('session.update')
	return { caller, session }
}
const open = (options) => new Caller(ringdown.url, options).open()

// A WebSocket on a bare socket, for frames no library would send.
async function rawStream(path = '/media-stream') {
	const socket = net.connect(ringdown.port, '127.0.0.1')
	await once(socket, 'connect')
	socket.on('error', () => {})
	const bytes = []
	socket.on('data', (d) => bytes.push(d))
	socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${crypto.randomBytes(16).toString('base64')}\r\n\r\n`)
	await until(() => Buffer.concat(bytes).includes('\r\n\r\n'), 'no answer to the upgrade')
	return { socket, bytes, ended: new Promise((r) => socket.once('close', r)) }
}
const frame = (opcode, payload, { fin = true, masked = true, length } = {}) => {
	const body = Buffer.from(payload)
	const head = [(fin ? 0x80 : 0) | opcode]
	const n = length ?? body.length
	if (n < 126) head.push((masked ? 0x80 : 0) | n)
	else if (n < 65536) head.push((masked ? 0x80 : 0) | 126, n >> 8, n & 255)
	else head.push((masked ? 0x80 : 0) | 127, ...[...new Uint8Array(new BigUint64Array([BigInt(n)]).buffer)].reverse())
	return Buffer.concat([Buffer.from(head), masked ? Buffer.alloc(4) : Buffer.alloc(0), body])
}

test('F1 malformed JSON is ignored and counted; 20 in a row close with 1007', async () => {
	const { caller, session } = await begin()
	caller.send('{"event":')
	caller.frame()
	await until(() => session.soundBytes === 960, 'the call did not go on')
	for (let i = 0; i < 20; i++) caller.send('not json')
	assert.equal(await caller.closed, 1007)
})

for (const [name, text] of [
	['F2 a lone surrogate', '{"event":"mark","streamSid":"MZ1","mark":{"name":"\\ud800"}}'],
	['F2 an escaped NUL', '{"event":"mark\\u0000","streamSid":"MZ1"}'],
	['F3 100,000 brackets', `{"event":"media","x":${'['.repeat(60000)}`],
	['F3 33 levels', `{"event":"x","a":${'['.repeat(33)}${']'.repeat(33)}}`],
	['F19 an unknown event', '{"event":"rain","streamSid":"MZ1"}'],
	['F21 a digit that is none', '{"event":"dtmf","streamSid":"MZ1","dtmf":{"track":"inbound_track","digit":"<"}}'],
])
	test(`${name} is ignored`, async () => {
		const { caller, session } = await begin()
		caller.send(text.replace('MZ1', caller.streamSid))
		caller.frame()
		await until(() => session.soundBytes === 960, 'the call did not go on')
		await caller.hangUp()
	})

test('F4 numbers as numbers are taken', async () => {
	const { caller, session } = await begin()
	const m = caller.mediaMessage(Buffer.alloc(160, 0xff))
	caller.send({ ...m, sequenceNumber: Number(m.sequenceNumber), media: { ...m.media, chunk: 1, timestamp: 0 } })
	await until(() => session.soundBytes === 960, 'not taken')
	await caller.hangUp()
})

test('F5 media before start is dropped; without a start the socket is closed with 1008', async () => {
	const caller = await open()
	caller.connected()
	caller.frame()
	assert.equal(await caller.closed, 1008)
	await ringdown.logged(/no start in/)
})

test('F6 a missing connected is tolerated', async () => {
	const n = model.sessions.length
	const caller = await open()
	caller.start()
	await model.session(n)
	await caller.hangUp()
})

test('F7 a second start is refused, the first holds', async () => {
	const { caller, session } = await begin()
	const n = model.sessions.length
	caller.start({ callSid: 'CAffffffffffffffffffffffffffffffff' })
	caller.frame()
	await until(() => session.soundBytes === 960, 'the call did not go on')
	assert.equal(model.sessions.length, n)
	await caller.hangUp()
})

test('F8 a second stream of the same call takes over, the first is closed with 1008', async () => {
	const { caller } = await begin()
	const n = model.sessions.length
	const second = await new Caller(ringdown.url, { callSid: caller.callSid }).call()
	await model.session(n)
	assert.equal(await caller.closed, 1008)
	await until(() => model.sessions[n].appends > 5, 'the new stream is not heard')
	await second.hangUp()
})

test('F9 media of another streamSid is dropped', async () => {
	const { caller, session } = await begin()
	caller.send({ ...caller.mediaMessage(Buffer.alloc(160)), streamSid: 'MZother' })
	caller.timestamp = 0
	caller.frame()
	await until(() => session.soundBytes > 0, 'the call did not go on')
	assert.equal(session.soundBytes, 960)
	await caller.hangUp()
})

test('F10 gaps are filled with silence up to 200 ms, repeats dropped, wild jumps survived', async () => {
	const { caller, session } = await begin()
	caller.frame()
	caller.timestamp += 60
	caller.frame()
	await until(() => session.soundBytes === 5 * 960, `a gap of 60 ms: ${session.soundBytes / 960} frames`)
	caller.timestamp -= 20
	caller.frame() // the same place again
	await sleep(100)
	assert.equal(session.soundBytes, 5 * 960, 'a repeat was sent on')
	caller.timestamp += 3600000
	caller.frame()
	await until(() => session.soundBytes > 5 * 960, 'an hour ahead: the call did not go on')
	assert.ok(session.soundBytes <= (5 + 1 + 10) * 960, `${session.soundBytes / 960} frames after a jump of an hour`)
	caller.send({ ...caller.mediaMessage(Buffer.alloc(160)), media: { track: 'inbound', chunk: '9', timestamp: '9223372036854775808', payload: Buffer.alloc(160).toString('base64') } })
	caller.timestamp += 20
	const before = session.soundBytes
	for (let i = 0; i < 30; i++) caller.frame()
	await until(() => session.soundBytes > before, 'after 2^63: the call did not go on')
	await caller.hangUp()
})

for (const [name, payload, bytes] of [
	['0 bytes', '', 0],
	['1 byte', Buffer.alloc(1).toString('base64'), 6],
	['159 bytes', Buffer.alloc(159).toString('base64'), 954],
	['161 bytes', Buffer.alloc(161).toString('base64'), 966],
	['an illegal character', 'AA*A', 0],
	['bad padding', 'AAA', 0],
	['white space', 'AA A', 0],
	['the url alphabet', '-_-_', 0],
])
	test(`F11 a payload of ${name}`, async () => {
		const { caller, session } = await begin()
		const m = caller.mediaMessage(Buffer.alloc(0))
		m.media.payload = payload
		caller.send(m)
		if (bytes) await until(() => session.soundBytes === bytes, `${session.soundBytes} bytes`)
		caller.timestamp += 20
		const before = session.soundBytes
		caller.frame()
		await until(() => session.soundBytes >= before + 960, 'the call did not go on')
		assert.equal((session.soundBytes - before) % 6, 0, 'misaligned')
		await caller.hangUp()
	})

test('F11 a payload near the message cap', async () => {
	const { caller, session } = await begin()
	const n = 48000
	caller.send(caller.mediaMessage(Buffer.alloc(n, 0xff)))
	await until(() => session.soundBytes === n * 6, `${session.soundBytes} bytes of ${n * 6}`)
	await caller.hangUp()
})

test('F12 a binary frame closes with 1003', async () => {
	const { caller } = await begin()
	caller.send(Buffer.from([1, 2, 3]))
	assert.equal(await caller.closed, 1003)
})

test('F13 one-byte fragments with pings between are put together', async () => {
	const { socket, ended } = await rawStream()
	const n = model.sessions.length
	const start = JSON.stringify({ event: 'start', sequenceNumber: '1', streamSid: 'MZfrag', start: { accountSid: 'AC0', streamSid: 'MZfrag', callSid: 'CAfrag', tracks: ['inbound'], mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 }, customParameters: {} } })
	for (let i = 0; i < start.length; i++) {
		socket.write(frame(i === 0 ? 1 : 0, start[i], { fin: i === start.length - 1 }))
		if (i % 50 === 0) socket.write(frame(9, 'hi'))
	}
	await model.session(n)
	socket.destroy()
	await ended
})

test('F14 a message that never ends is cut at 64 KiB with 1009', async () => {
	const { socket, bytes, ended } = await rawStream()
	for (let i = 0; i < 80; i++) socket.write(frame(i === 0 ? 1 : 0, 'x'.repeat(1024), { fin: false }))
	await until(() => Buffer.concat(bytes).includes(Buffer.from([1009 >> 8, 1009 & 255])), 'no close 1009')
	socket.destroy()
	await ended
})

test('F15 an announced length of 2^62 allocates nothing', async () => {
	const { socket, ended } = await rawStream()
	socket.write(frame(1, 'x'.repeat(100), { length: 2 ** 62 }))
	await sleep(200)
	socket.destroy()
	await ended
})

test('F16 an unmasked frame does no harm; F17 a reserved opcode ends the connection', async () => {
	const plain = await rawStream()
	plain.socket.write(frame(1, '{"event":"connected"}', { masked: false }))
	const odd = await rawStream()
	odd.socket.write(frame(5, 'abc'))
	await odd.ended
	plain.socket.destroy()
	await plain.ended
})

test('F18 the outbound track is ignored', async () => {
	const { caller, session } = await begin()
	caller.send(caller.mediaMessage(Buffer.alloc(160), 'outbound'))
	caller.timestamp -= 20
	caller.frame()
	await until(() => session.soundBytes > 0, 'the call did not go on')
	assert.equal(session.soundBytes, 960)
	await caller.hangUp()
})

test('F19 a megabyte of unknown fields is refused as too large, 10,000 parameters are capped', async () => {
	const { caller } = await begin()
	caller.send({ event: 'media', streamSid: caller.streamSid, x: 'y'.repeat(1 << 20) })
	assert.equal(await caller.closed, 1009)
	const parameters = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`p${i}`, 'v']))
	const many = await begin({ parameters })
	await many.caller.hangUp()
})

test('F20 a flood of marks and F21 of digits is bounded', async () => {
	const { caller, session } = await begin()
	for (let i = 0; i < 10000; i++) caller.send({ event: 'mark', streamSid: caller.streamSid, sequenceNumber: '1', mark: { name: `never ${i}` } })
	caller.dtmf('1'.repeat(1000))
	caller.frame()
	await until(() => session.soundBytes === 960, 'the call did not go on')
	const item = await session.event('conversation.item.create')
	assert.ok(item.item.content[0].text.length < 200, `${item.item.content[0].text.length} characters`)
	await caller.hangUp()
})

test('F22 stop without start, media after stop, stop twice: one end', async () => {
	const lone = await open()
	lone.stop()
	lone.socket.terminate()
	const { caller, session } = await begin()
	const totals = (await ringdown.metrics()).calls_total
	caller.stop()
	caller.frame()
	caller.stop()
	await caller.closed
	await until(() => session.closed, 'the model leg stays')
	assert.equal((await ringdown.metrics()).calls_total, totals)
})

test('F23 a caller that falls silent is let go, and the model with it', { timeout: 30000 }, async () => {
	const { caller, session } = await begin()
	caller.frame()
	await caller.closed
	await until(() => session.closed, 'the model leg stays')
})

test('F25 a slow reader: memory stays bounded and clear still gets through first', async () => {
	const { caller, session } = await begin()
	caller.socket.pause()
	session.speak(50000, { open: true })
	await sleep(1500)
	session.speechStarted()
	await sleep(200)
	caller.socket.resume()
	await until(() => caller.clears.length === 1, 'no clear')
	assert.ok(caller.heardMs < 5000, `${caller.heardMs} ms were sent to a caller that did not read`)
	await caller.hangUp()
})

test('F26 a reset in mid-frame, a bare FIN, an odd close: the model leg ends', async () => {
	for (const end of [(c) => c.socket._socket.resetAndDestroy(), (c) => c.socket._socket.end(), (c) => c.socket._socket.write(frame(8, Buffer.from([3])))]) {
		const { caller, session } = await begin()
		end(caller)
		await until(() => session.closed, 'the model leg stays')
		caller.stopTalking()
		caller.socket.terminate()
	}
})

test('F27 idle connections are closed after their time, live calls go on', { timeout: 40000 }, async () => {
	const sockets = await Promise.all(Array.from({ length: 200 }, async () => {
		const s = net.connect(ringdown.port, '127.0.0.1')
		s.on('error', () => {})
		await once(s, 'connect')
		return s
	}))
	await Promise.all(sockets.map((s) => new Promise((r) => (s.resume(), s.once('close', r)))))
	await bystander.undisturbed(assert)
})

test('F28 100 calls started at once all get through', { timeout: 30000 }, async () => {
	const n = model.sessions.length
	const callers = await Promise.all(Array.from({ length: 100 }, () => new Caller(ringdown.url).call({ talk: false })))
	await until(() => model.sessions.length === n + 100, `${model.sessions.length - n} of 100`, 10000)
	for (const c of callers) c.frame()
	await until(() => model.sessions.slice(n).every((s) => s.soundBytes === 960), 'a call is not heard')
	await Promise.all(callers.map((c) => c.hangUp()))
})

test('a path that is no stream is 404, a query is refused', async () => {
	await assert.rejects(open({ path: '/nowhere' }), { status: 404 })
	await assert.rejects(open({ path: '/media-stream?token=1' }), { status: 400 })
	await assert.rejects(open({ path: '/simple-voice/stream/other/default' }), { status: 404 })
})

test('a format that is not mu-law 8000 mono is refused with a reason', async () => {
	const caller = await open()
	caller.start({ mediaFormat: { encoding: 'audio/x-l16', sampleRate: 16000, channels: 1 } })
	assert.equal(await caller.closed, 1008)
	assert.match(caller.reason, /mulaw/)
})

test('an assistant that does not exist is refused', async () => {
	const caller = await open({ path: '/simple-voice/stream/default/nobody' })
	caller.start()
	assert.equal(await caller.closed, 1008)
})
