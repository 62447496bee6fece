// SPDX-License-Identifier: MIT
// FAULTS.md 3A, 1 to 26 and 28: what a bad or hostile Twilio side can send.  A witness on the same loop must notice
// nothing; what was wrong is told once, with the call's tag.  24, 25 and 31 over a bad road: network-faults; 27:
// flood; 29 and 30: signature.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { frame, Raw } from './lib/raw.mjs'
import { sleep, until } from './lib/ringdown.mjs'
import { Stage } from './lib/stage.mjs'

const stage = new Stage()
before(() => stage.open())
after(() => stage.close(assert))

const begin = (options) => stage.begin(options)
const open = async (options) => stage.caller(options).open()
const rawStream = async (path = '/media-stream') => {
	const raw = await new Raw({ port: stage.ringdown.port }).open()
	await raw.upgrade(path)
	assert.equal(raw.status, 101)
	return raw
}

// A frame of sound gets through, and nothing else did.
async function goesOn({ caller, session }, before = session.soundBytes) {
	caller.frame()
	await until(() => session.soundBytes >= before + 960, 'the call did not go on')
	assert.equal(session.soundBytes, before + 960)
}

const start = (callSid, streamSid, extra = {}) =>
	JSON.stringify({ event: 'start', sequenceNumber: '1', streamSid, start: { accountSid: 'AC0', streamSid, callSid, tracks: ['inbound'], mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 }, customParameters: { name: callSid }, ...extra } })

describe('messages', { concurrency: 8 }, () => {
	after(() => stage.witness.undisturbed(assert, 'bad messages'))

	test('F1 malformed JSON is ignored, counted, told once; 20 in a row close with 1007', async () => {
		const { caller, session } = await begin()
		const bad = (await stage.ringdown.metrics()).caller_bad_messages_total
		for (let i = 0; i < 3; i++) caller.send('{"event":')
		await goesOn({ caller, session })
		await stage.oneLine(assert, caller, 'not one of a media stream')
		assert.ok((await stage.ringdown.metrics()).caller_bad_messages_total >= bad + 3)
		for (let i = 0; i < 20; i++) caller.send('not json')
		assert.equal(await caller.closed, 1007)
		await stage.oneLine(assert, caller, '20 bad messages in a row')
		await until(() => session.closed, 'the model leg stays')
		await stage.oneLine(assert, caller, ' end why=protocol ')
	})

	for (const [name, text, words] of [
		['F2 a lone surrogate', '{"event":"mark","streamSid":"MZ1","mark":{"name":"\\ud800"}}', 'not one of'],
		['F2 an escaped NUL', '{"event":"mark\\u0000","streamSid":"MZ1"}', 'not one of'],
		['F2 a NUL', '{"event":"mark","streamSid":"MZ1","mark":{"name":"a\u0000b"}}', 'not one of'],
		['F2 a control character', '{"event":"mark","streamSid":"MZ1","mark":{"name":"a\nb"}}', 'not one of'],
		['F3 60,000 brackets', `{"event":"media","x":${'['.repeat(60000)}`, 'not one of'],
		['F3 33 levels', `{"event":"x","a":${'['.repeat(33)}${']'.repeat(33)}}`, 'not one of'],
		['F4 a sequence number that is none', '{"event":"mark","sequenceNumber":"12x","streamSid":"MZ1","mark":{"name":"a"}}', 'not one of'],
		['F4 a negative timestamp', '{"event":"media","streamSid":"MZ1","media":{"track":"inbound","chunk":"1","timestamp":"-1","payload":"////"}}', 'not one of'],
		['F4 a number beyond 64 bits', '{"event":"media","streamSid":"MZ1","media":{"track":"inbound","chunk":"1","timestamp":"18446744073709551616","payload":"////"}}', 'not one of'],
		['F4 a payload that is a number', '{"event":"media","streamSid":"MZ1","media":{"track":"inbound","chunk":"1","timestamp":"1","payload":7}}', 'not one of'],
		['F9 media of another streamSid', '{"event":"media","streamSid":"MZother","media":{"track":"inbound","chunk":"1","timestamp":"1","payload":"////"}}', 'another streamSid'],
		['F9 a stop of another streamSid', '{"event":"stop","streamSid":"MZother","stop":{}}', 'another streamSid'],
		['F18 the outbound track', '{"event":"media","sequenceNumber":"2","media":{"track":"outbound","chunk":"1","timestamp":"1","payload":"////"},"streamSid":"MZ1"}', 'inbound track'],
		['F19 an unknown event', '{"event":"rain","streamSid":"MZ1"}', 'no kind'],
		['F20 a mark with a name of 60,000 characters', `{"event":"mark","streamSid":"MZ1","mark":{"name":"${'m'.repeat(60000)}"}}`, 'not one of'],
		['F21 a digit that is none', '{"event":"dtmf","streamSid":"MZ1","dtmf":{"track":"inbound_track","digit":"<"}}', 'not one of'],
		['F21 a digit of 1000 characters', `{"event":"dtmf","streamSid":"MZ1","dtmf":{"track":"inbound_track","digit":"${'1'.repeat(1000)}"}}`, 'not one of'],
	])
		test(`${name} is ignored and told once`, async () => {
			const { caller, session } = await begin()
			for (let i = 0; i < 3; i++) caller.send(text.replace('MZ1', caller.streamSid))
			await goesOn({ caller, session })
			await stage.oneLine(assert, caller, words)
			await caller.hangUp()
			await stage.oneLine(assert, caller, ' end why=stop .* ignored=3')
		})

	test('F2 truncated UTF-8 is no message', async () => {
		const raw = await rawStream()
		const callSid = `CAutf8${Date.now()}`
		raw.send(frame(1, start(callSid, 'MZutf8')))
		const session = await stage.model.sessionOf(callSid)
		raw.send(frame(1, Buffer.concat([Buffer.from('{"event":"mark","streamSid":"MZutf8","mark":{"name":"'), Buffer.from([0xc3]), Buffer.from('"}}')])))
		await stage.ringdown.logged(/caller: message ignored: not one of a media stream/)
		assert.equal(session.closed, false)
		raw.send(frame(8, ''))
		await raw.ends('a close without a code')
		await until(() => session.closed, 'the model leg stays')
	})

	test('F3 100,000 brackets are over the cap: 1009', async () => {
		const { caller } = await begin()
		caller.send(`{"event":"media","x":${'['.repeat(100000)}`)
		assert.equal(await caller.closed, 1009)
		await stage.oneLine(assert, caller, 'a message over 65536 bytes')
	})

	test('F4 numbers as numbers are taken', async () => {
		const { caller, session } = await begin()
		const m = caller.mediaMessage(Buffer.alloc(160, 0xff))
		caller.send({ ...m, sequenceNumber: Number(m.sequenceNumber), media: { ...m.media, chunk: 1, timestamp: 0 } })
		await until(() => session.soundBytes === 960, 'not taken')
		await caller.hangUp()
		await stage.oneLine(assert, caller, ' end why=stop .* ignored=0')
	})

	test('F5 media before start is dropped; without a start the socket is closed with 1008', async () => {
		const caller = await open()
		caller.connected()
		for (let i = 0; i < 3; i++) caller.frame()
		assert.equal(await caller.closed, 1008)
		await stage.ringdown.logged(/conn=\d+ caller: message ignored: before start/)
		await stage.ringdown.logged(/conn=\d+ no start in 5000 ms/)
	})

	test('F6 a missing connected is tolerated', async () => {
		const caller = await open()
		caller.start()
		const session = await stage.model.sessionOf(caller.callSid)
		await goesOn({ caller, session })
		await caller.hangUp()
	})

	test('F7 a second start is refused, the first holds', async () => {
		const { caller, session } = await begin()
		caller.start({ callSid: 'CAffffffffffffffffffffffffffffffff', customParameters: { name: 'second-start' } })
		await goesOn({ caller, session })
		assert.equal(stage.model.sessions.some((s) => JSON.stringify(s.of('session.update')).includes('second-start')), false)
		await stage.oneLine(assert, caller, 'a second one, the first one holds')
		await caller.hangUp()
	})

	test('F8 a second stream of the same call takes over, the first is closed with 1008', async () => {
		const { caller, session } = await begin()
		const second = stage.caller({ callSid: caller.callSid, parameters: { name: `second-${caller.callSid}` } })
		await second.call()
		const next = await stage.model.sessionOf(`second-${caller.callSid}`)
		assert.equal(await caller.closed, 1008)
		assert.match(caller.reason, /newer stream/)
		await until(() => next.appends > 5, 'the new stream is not heard')
		await until(() => session.closed, 'the model of the first stays')
		assert.equal(stage.ringdown.lines(`sid=CA..${caller.callSid.slice(-2)} end why=replaced`).length, 1)
		await second.hangUp()
	})

	test('F10 gaps are filled with silence up to 200 ms, repeats dropped, wild jumps survived', async () => {
		const { caller, session } = await begin()
		caller.frame()
		caller.timestamp += 60
		caller.frame()
		await until(() => session.soundBytes === 5 * 960, `a gap of 60 ms: ${session.soundBytes / 960} frames`)
		await stage.oneLine(assert, caller, 'filled in with silence')
		caller.timestamp -= 20
		caller.frame() // the same place again
		await stage.oneLine(assert, caller, 'its time was sent already')
		assert.equal(session.soundBytes, 5 * 960, 'a repeat was sent on')
		caller.timestamp += 3600000
		caller.frame()
		await until(() => session.soundBytes > 5 * 960, 'an hour ahead: the call did not go on')
		assert.ok(session.soundBytes <= (5 + 1 + 10) * 960, `${session.soundBytes / 960} frames after a jump of an hour`)
		await goesOn({ caller, session })
		caller.timestamp -= 10000
		await goesOn({ caller, session })
		const m = caller.mediaMessage(Buffer.alloc(160))
		caller.send({ ...m, media: { ...m.media, timestamp: '9223372036854775808' } })
		const before = session.soundBytes
		for (let i = 0; i < 30; i++) caller.frame()
		await until(() => session.soundBytes > before, 'after 2^63: the call did not go on')
		caller.seq = 0 // backwards
		caller.frame()
		await until(() => session.soundBytes >= before + 31 * 960 - 10 * 960, 'a sequence number backwards: the call did not go on')
		await caller.hangUp()
	})

	for (const [name, payload, bytes] of [
		['0 bytes', '', 0],
		['1 byte', Buffer.alloc(1).toString('base64'), 6],
		['159 bytes', Buffer.alloc(159).toString('base64'), 954],
		['161 bytes', Buffer.alloc(161).toString('base64'), 966],
		['an illegal character', 'AA*A', 0],
		['bad padding', 'AAA', 0],
		['padding in the middle', 'AA==AAAA', 0],
		['white space', 'AA A', 0],
		['the url alphabet', '-_-_', 0],
	])
		test(`F11 a payload of ${name}`, async () => {
			const { caller, session } = await begin()
			const m = caller.mediaMessage(Buffer.alloc(0))
			m.media.payload = payload
			caller.send(m)
			if (bytes) await until(() => session.soundBytes === bytes, `${session.soundBytes} bytes`)
			else if (payload) await stage.oneLine(assert, caller, 'not base64')
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

	test('F11 a payload of 64 KiB is over the cap: 1009', async () => {
		const { caller } = await begin()
		caller.send(caller.mediaMessage(Buffer.alloc(65536, 0xff)))
		assert.equal(await caller.closed, 1009)
	})

	test('F12 a binary frame closes with 1003', async () => {
		const { caller } = await begin()
		caller.send(Buffer.from([1, 2, 3]))
		assert.equal(await caller.closed, 1003)
		await stage.oneLine(assert, caller, 'a binary frame')
	})

	test('F13 one-byte fragments with pings between are put together, every ping is answered', async () => {
		const raw = await rawStream()
		const callSid = `CAfrag${Date.now()}`
		const text = start(callSid, 'MZfrag')
		for (let i = 0; i < text.length; i++) {
			raw.send(frame(i === 0 ? 1 : 0, text[i], { fin: i === text.length - 1 }))
			if (i % 50 === 0) raw.send(frame(9, `p${i}`))
			if (i % 50 === 0) await until(() => raw.text.includes(`p${i}`), `ping ${i} is not answered`)
		}
		const session = await stage.model.sessionOf(callSid)
		raw.socket.destroy()
		await until(() => session.closed, 'the model leg stays')
	})

	test('F14 a message that never ends is cut at 64 KiB with 1009', async () => {
		const raw = await rawStream()
		for (let i = 0; i < 80; i++) raw.send(frame(i === 0 ? 1 : 0, 'x'.repeat(1024), { fin: false }))
		assert.equal(await raw.closeCode(), 1009)
		await raw.ends('a message without an end')
	})

	test('F15 an announced length of 2^62 allocates nothing and is cut at 64 KiB with 1009', async () => {
		const raw = await rawStream()
		raw.send(frame(1, 'x'.repeat(70000), { length: 2 ** 62 }))
		assert.equal(await raw.closeCode(), 1009)
		await raw.ends('a message of 2^62 bytes')
	})

	test('F16 an unmasked frame does no harm', async () => {
		const raw = await rawStream()
		const callSid = `CAplain${Date.now()}`
		raw.send(frame(1, '{"event":"connected"}', { masked: false }))
		raw.send(frame(1, start(callSid, 'MZplain'), { masked: false }))
		const session = await stage.model.sessionOf(callSid)
		raw.socket.destroy()
		await until(() => session.closed, 'the model leg stays')
	})

	for (const [name, bytes] of [
		['a reserved opcode', frame(5, 'abc')],
		['a reserved control opcode', frame(11, 'abc')],
		['a reserved bit', frame(1, 'abc', { rsv: 4 })],
		['a ping of 126 bytes', frame(9, 'p'.repeat(126))],
		['a ping in fragments', frame(9, 'p', { fin: false })],
		['a continuation of nothing', frame(0, 'abc')],
		['a text within a text', Buffer.concat([frame(1, 'a', { fin: false }), frame(1, 'b')])],
	])
		test(`F17 ${name} ends the connection`, async () => {
			const raw = await rawStream()
			const callSid = `CAodd${Math.random().toString(36).slice(2)}0` // ends unlike the stage's own
			raw.send(frame(1, start(callSid, 'MZodd')))
			const session = await stage.model.sessionOf(callSid)
			raw.send(bytes)
			await until(() => raw.isClosed || raw.findClose() !== undefined, 'it is taken')
			if (!raw.isClosed) assert.equal(await raw.closeCode(), 1002)
			await raw.ends(name)
			await until(() => session.closed, 'the model leg stays')
		})

	test('F19 a megabyte of unknown fields is over the cap; of 2000 parameters 32 are kept', async () => {
		const { caller } = await begin()
		caller.send({ event: 'media', streamSid: caller.streamSid, x: 'y'.repeat(1 << 20) })
		assert.equal(await caller.closed, 1009)
		const parameters = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`p${i}`, 'v']))
		const many = await begin({ parameters })
		await goesOn(many)
		await many.caller.hangUp()
		const flood = await open()
		flood.start({ customParameters: Object.fromEntries(Array.from({ length: 10000 }, (_, i) => [`p${i}`, 'v'])) })
		assert.equal(await flood.closed, 1009)
	})

	test('F22 stop without start does nothing; media after stop, stop twice: one end', async () => {
		const lone = await open()
		lone.stop()
		lone.socket.terminate()
		const { caller, session } = await begin()
		caller.stop()
		caller.frame()
		caller.stop()
		assert.equal(await caller.closed, 1000)
		await until(() => session.closed, 'the model leg stays')
		assert.equal(session.soundBytes, 0)
		await stage.oneLine(assert, caller, ' result=')
		await stage.oneLine(assert, caller, ' end why=stop ')
		const doc = await until(() => stage.transcript(caller), 'no transcript')
		assert.equal(doc.status, 'ended')
	})

	test('F23 a caller that falls silent is pinged after 5 s and let go after 10, the model with it', { timeout: 30000 }, async () => {
		const { caller, session } = await begin()
		let pings = 0
		caller.socket.on('ping', () => pings++)
		caller.frame()
		await until(() => pings === 1, 'no ping', 8000)
		assert.equal(caller.socket.readyState, 1)
		await caller.closed
		assert.equal(caller.reason, 'lost')
		await until(() => session.closed, 'the model leg stays')
		await stage.oneLine(assert, caller, 'caller silent for 5000 ms, pinged')
		assert.equal(pings, 1)
		await stage.oneLine(assert, caller, ' end why=lost ')
	})

	test('F26 a reset in mid-frame, a bare FIN, odd closes: one end, and the model leg with it', async () => {
		for (const [name, end] of [
			['a reset in mid-frame', (c) => (c.socket._socket.write(frame(1, 'x', { length: 100 })), c.socket._socket.resetAndDestroy())],
			['a bare FIN', (c) => c.socket._socket.end()],
			['a close of one byte', (c) => c.socket._socket.write(frame(8, Buffer.from([3])))],
			['a close with 999', (c) => c.socket._socket.write(frame(8, Buffer.from([999 >> 8, 999 & 255])))],
			['a close with 65535', (c) => c.socket._socket.write(frame(8, Buffer.from([255, 255])))],
			['a close with bad UTF-8', (c) => c.socket._socket.write(frame(8, Buffer.from([3, 232, 0xff])))],
			['an announced ping', (c) => (c.socket._socket.write(frame(9, 'abc', { length: 100 })), c.socket._socket.end())],
		]) {
			const { caller, session } = await begin()
			const at = performance.now()
			end(caller)
			await until(() => session.closed, `${name}: the model leg stays`, 3000)
			assert.ok(performance.now() - at < 2000, `${name}: the model leg ended after ${performance.now() - at} ms`)
			caller.socket.terminate()
			await stage.oneLine(assert, caller, ' end why=closed ')
		}
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
})

// These put the loop under load: one at a time, and the witness is asked after each.
describe('load', () => {
	test('F20 a flood of marks and F21 of digits is bounded', async () => {
		const { caller, session } = await begin()
		for (let i = 0; i < 10000; i++) caller.send({ event: 'mark', streamSid: caller.streamSid, sequenceNumber: '1', mark: { name: `never ${i}` } })
		caller.dtmf('1'.repeat(1000))
		await goesOn({ caller, session })
		const item = await session.event('conversation.item.create')
		assert.ok(item.item.content[0].text.length < 200, `${item.item.content[0].text.length} characters`)
		await caller.hangUp()
		await stage.witness.undisturbed(assert, 'a flood of marks')
	})

	test('F20 a name of a megabyte is over the cap', async () => {
		const { caller } = await begin()
		caller.send({ event: 'mark', streamSid: caller.streamSid, mark: { name: 'm'.repeat(1 << 20) } })
		assert.equal(await caller.closed, 1009)
		await stage.witness.undisturbed(assert, 'a mark of a megabyte')
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
		await stage.witness.undisturbed(assert, 'a slow reader')
	})

	test('F28 100 calls started at once all get through', { timeout: 30000 }, async () => {
		const callers = await Promise.all(Array.from({ length: 100 }, () => stage.caller().call({ talk: false })))
		const sessions = await Promise.all(callers.map((c) => stage.model.sessionOf(c.callSid)))
		for (const c of callers) c.frame()
		await until(() => sessions.every((s) => s.soundBytes === 960), 'a call is not heard')
		await Promise.all(callers.map((c) => c.hangUp()))
		await stage.witness.undisturbed(assert, '100 calls at once')
	})
})
