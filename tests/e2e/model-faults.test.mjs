// SPDX-License-Identifier: MIT
// F37 to F44, F47, F48: what a model that is there can do wrong.  A witness on the same loop must notice nothing, and
// one line of the log tells of each fault by its call.
import assert from 'node:assert/strict'
import http from 'node:http'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { FRAME } from './lib/caller.mjs'
import { pcm24 } from './lib/model.mjs'
import { NumberedCaller, numbersOf } from './lib/numbered.mjs'
import { sleep, tempDir, until } from './lib/ringdown.mjs'
import { Stage } from './lib/stage.mjs'

const stage = new Stage()
const requests = []
let hook, model
before(async () => {
	hook = http.createServer((req, res) => {
		let body = ''
		req.on('data', (d) => (body += d))
		req.on('end', () => {
			requests.push({ url: req.url, headers: req.headers, body: JSON.parse(body) })
			if (req.url === '/slow') return setTimeout(() => res.end('{"late":true}'), 1500).unref()
			if (req.url === '/fails') return res.writeHead(500).end('no')
			res.writeHead(200, { 'content-type': 'application/json' }).end('{"weather":"rain"}')
		})
	}).listen(0, '127.0.0.1')
	await once(hook, 'listening')
	const base = `http://127.0.0.1:${hook.address().port}`
	const tool = (name, at, extra = {}) => ({ type: 'function', name, description: name, parameters: { type: 'object', properties: {} }, webhook: { url: base + at, secret_file: 'secret', ...extra } })
	const dir = tempDir()
	fs.mkdirSync(path.join(dir, 'assistants'))
	fs.writeFileSync(path.join(dir, 'assistants/secret'), 'whsec-canary-77\n')
	await stage.open({
		dir,
		assistants: {
			default: { instructions: 'The name is {{name}}.', greeting: '' },
			plain: { instructions: 'The name is {{name}}.', greeting: '', audio: 'pcmu' },
			tools: {
				instructions: 'The name is {{name}}.',
				greeting: '',
				tools: [tool('weather', '/ok'), tool('slow', '/slow', { timeout_ms: 500, filler: 'One moment please.' }), tool('fails', '/fails'), { type: 'builtin', name: 'transfer_call', targets: { sales: '+15551230001' } }],
			},
		},
	})
	model = stage.model
})
after(async () => {
	await stage.close(assert)
	hook.close()
})

const at = (response, item) => ({ response_id: response, item_id: item, output_index: 0, content_index: 0 })
const created = (session, id) => session.send({ type: 'response.created', response: { id, object: 'realtime.response', status: 'in_progress', output: [] } })
const done = (session, id, status, details) => session.send({ type: 'response.done', response: { id, object: 'realtime.response', status, status_details: details, output: [] } })
const delta = (session, ids, sound) => session.send({ type: 'response.output_audio.delta', ...ids, delta: (typeof sound === 'string' ? sound : sound.toString('base64')) })
const asked = (session, n) => until(() => session.of('response.create').length === n, `${session.of('response.create').length} responses of ${n} were asked for`)
const goesOn = async (caller, session) => {
	const before = session.soundBytes
	caller.frame()
	await until(() => session.soundBytes >= before + 960, 'the call did not go on')
	assert.equal(session.closed, false)
}

test('F37 error events end nothing', async () => {
	const { caller, session } = await stage.begin()
	for (const [type, code] of [['invalid_request_error', 'invalid_value'], ['server_error', null], ['invalid_request_error', 'response_cancel_not_active'], ['tokens', 'rate_limit_exceeded']])
		session.send({ type: 'error', error: { type, code, message: 'm', param: null, event_id: null } })
	await goesOn(caller, session)
	await stage.oneLine(assert, caller, 'model error code=invalid_value')
	await stage.oneLine(assert, caller, 'model error code=rate_limit_exceeded')
	await caller.hangUp()
})

test('F37 a failed response is asked for again, an incomplete one when it said nothing', async () => {
	const { caller, session } = await stage.begin()
	created(session, 'resp_f')
	done(session, 'resp_f', 'failed', { type: 'failed', error: { type: 'server_error', code: 'server_error' } })
	await asked(session, 1)
	await stage.oneLine(assert, caller, 'model response status=failed .*code=server_error')
	created(session, 'resp_g')
	delta(session, at('resp_g', 'item_g'), pcm24(200))
	done(session, 'resp_g', 'completed')
	created(session, 'resp_i')
	done(session, 'resp_i', 'incomplete', { type: 'incomplete', reason: 'max_output_tokens' })
	await asked(session, 2)
	created(session, 'resp_j')
	delta(session, at('resp_j', 'item_j'), pcm24(200))
	done(session, 'resp_j', 'incomplete', { type: 'incomplete', reason: 'content_filter' })
	created(session, 'resp_c')
	done(session, 'resp_c', 'cancelled', { type: 'cancelled', reason: 'turn_detected' })
	await caller.hears(400)
	await goesOn(caller, session)
	assert.equal(session.of('response.create').length, 2, 'what was heard, or was not wanted, was asked for again')
	await caller.hangUp()
})

test('F37 a response that failed for its rate is asked for again, but not at once', async () => {
	const { caller, session } = await stage.begin()
	created(session, 'resp_r')
	const failedAt = performance.now()
	done(session, 'resp_r', 'failed', { type: 'failed', error: { type: 'tokens', code: 'rate_limit_exceeded', message: 'Rate limit reached' } })
	await asked(session, 1)
	assert.ok(performance.now() - failedAt > 1000, 'asked for again at once')
	await stage.oneLine(assert, caller, 'model response status=failed .*code=rate_limit_exceeded')
	session.speak(200)
	await caller.hears(200)
	await caller.hangUp()
})

test('F37 a model that fails all its responses: a fresh session, then somebody else', { timeout: 90000 }, async () => {
	const { caller, session } = await stage.begin()
	const fail = (s) => {
		const id = `resp_x${Math.random()}`
		created(s, id)
		done(s, id, 'failed', { type: 'failed', error: { type: 'server_error', code: null } })
	}
	const unwilling = new Set()
	const watch = setInterval(() => {
		for (const s of model.sessions.slice(model.sessions.indexOf(session))) {
			const n = s.of('response.create').length
			for (s.failed ??= 0; s.failed < n; s.failed++) fail(s)
			unwilling.add(s)
		}
	}, 10)
	fail(session)
	await caller.closed
	clearInterval(watch)
	assert.equal(unwilling.size, 2, 'sessions')
	await stage.oneLine(assert, caller, 'result=failed')
})

test('F38 no sound after the caller spoke: asked for after 8 s, a fresh session after 20 s', { timeout: 60000 }, async () => {
	const { caller, session } = await stage.begin({ talk: true })
	const n = model.sessions.length
	session.callerSays('are you there')
	const begun = performance.now()
	await until(() => session.of('response.create').length === 1, 'nothing was asked for', 15000)
	assert.ok(performance.now() - begun > 7000, 'asked for too soon')
	created(session, 'resp_mute')
	const second = await model.session(n, 20000)
	assert.ok(performance.now() - begun > 18000, 'given up too soon')
	await second.event('response.create')
	assert.match(JSON.stringify(second.events), /are you there/)
	second.speak(200)
	await caller.hears(200)
	await stage.oneLine(assert, caller, 'model reconnected')
	await caller.hangUp()
})

test('F39 a burst of a minute in no time is played at its pace and barge-in cuts it exactly', { timeout: 30000 }, async () => {
	const { caller, session } = await stage.begin()
	session.speak(58000, { open: true })
	await until(() => caller.playedNow() >= 8 * 1000, 'nothing is played')
	assert.ok(caller.heardMs < 3000, `${caller.heardMs} ms were sent within the first second`)
	session.speechStarted()
	const truncate = await session.event('conversation.item.truncate')
	assert.ok(Math.abs(truncate.audio_end_ms - caller.clears[0].playedMs) <= 40, `${truncate.audio_end_ms} against ${caller.clears[0].playedMs}`)
	await caller.hangUp()
})

test('F39 more than a minute: the response is cancelled, what waits is heard', async () => {
	const { caller, session } = await stage.begin()
	const { item } = session.speak(70000, { open: true, deltaMs: 1000 })
	await session.event('response.cancel')
	const truncate = await session.event('conversation.item.truncate')
	assert.equal(truncate.item_id, item)
	assert.ok(truncate.audio_end_ms >= 60000 && truncate.audio_end_ms <= 62500, `cut at ${truncate.audio_end_ms} ms`)
	await stage.oneLine(assert, caller, 'model response cancelled .*queued_ms=6')
	await caller.hears(600)
	await caller.hangUp()
})

test('F40 bad base64, odd bytes, split samples, empty and huge deltas: what is sound is heard, bit for bit', async () => {
	const { caller, session } = await stage.begin()
	const sound = pcm24(600)
	const heard = async (from) => {
		await caller.hears(from + 600)
		return Buffer.concat(caller.heard).subarray(from * 8, (from + 600) * 8)
	}
	created(session, 'resp_w')
	delta(session, at('resp_w', 'item_w'), sound)
	session.finish({ response: 'resp_w', item: 'item_w', text: 'whole' })
	const whole = await heard(0)
	created(session, 'resp_o')
	delta(session, at('resp_o', 'item_o'), '!!!!')
	delta(session, at('resp_o', 'item_o'), '')
	for (let i = 0, n = 1; i < sound.length; i += n, n = (n * 7 + 4) % 4801) delta(session, at('resp_o', 'item_o'), sound.subarray(i, i + n))
	delta(session, at('resp_o', 'item_o'), 'QUJD*UJD')
	session.finish({ response: 'resp_o', item: 'item_o', text: 'odd' })
	assert.ok((await heard(600)).equals(whole), 'sound in odd pieces is another sound')
	created(session, 'resp_h')
	delta(session, at('resp_h', 'item_h'), 'A'.repeat(2 << 20))
	session.finish({ response: 'resp_h', item: 'item_h', text: 'huge' })
	session.speak(200)
	await caller.hears(1400)
	await stage.oneLine(assert, caller, 'model message .*(over|large)')
	assert.equal(stage.lines(caller, 'model sound of . characters is not base64').length, 2)
	await caller.hangUp()
})

test('F41 an event storm leaves other calls alone', { timeout: 60000 }, async () => {
	const { caller, session } = await stage.begin()
	for (let burst = 0; burst < 40; burst++) { // 20,000 a second
		for (let i = 0; i < 1000; i++) session.send('{"type":"rate_limits.updated","event_id":"e","rate_limits":[]}')
		await sleep(50)
	}
	await goesOn(caller, session)
	await stage.witness.undisturbed(assert, 'the storm')
	await caller.hangUp()
})

test('F42 deltas of a cancelled response, and of one nobody announced, are dropped', async () => {
	const { caller, session } = await stage.begin()
	const { response, item } = session.speak(3000, { open: true })
	await until(() => caller.playedNow() >= 8 * 300, 'nothing is heard')
	session.speechStarted()
	await session.event('conversation.item.truncate')
	const heardMs = caller.heardMs
	for (let i = 0; i < 5; i++) delta(session, at(response, item), pcm24(200))
	for (let i = 0; i < 5; i++) delta(session, at('resp_unknown', 'item_unknown'), pcm24(200))
	done(session, response, 'cancelled', { type: 'cancelled', reason: 'turn_detected' })
	session.speechStopped()
	session.speak(200)
	await caller.hears(heardMs + 200)
	assert.equal(caller.heardMs, heardMs + 200)
	await caller.hangUp()
	await stage.oneLine(assert, caller, ' end .*stale=10 ')
})

test('F43 two responses at once: the first is heard, the second is cancelled, they do not mix', async () => {
	const { caller, session } = await stage.begin()
	created(session, 'resp_1')
	created(session, 'resp_2')
	for (let i = 0; i < 4; i++) {
		delta(session, at('resp_1', 'item_1'), pcm24(200))
		delta(session, at('resp_2', 'item_2'), pcm24(200))
	}
	assert.equal((await session.event('response.cancel')).response_id, 'resp_2')
	session.finish({ response: 'resp_1', item: 'item_1', text: 'a' })
	session.finish({ response: 'resp_2', item: 'item_2', text: 'b' }, 'cancelled')
	session.speak(200, { item: 'item_3' })
	await caller.hears(1000)
	const items = new Set(caller.texts.filter((t) => t.event === 'mark').map((t) => t.mark.name.split(':')[1]))
	assert.deepEqual([...items], ['item_1', 'item_3'])
	assert.equal(caller.heardMs, 1000)
	await stage.oneLine(assert, caller, 'model response cancelled second=resp_2')
	await caller.hangUp()
})

test('garbage and binary frames of the model are ignored', async () => {
	const { caller, session } = await stage.begin()
	session.socket.send('not json')
	session.socket.send(Buffer.from([1, 2, 3]))
	session.socket.send('{"type":7}')
	session.socket.send(`{"type":"session.updated","deep":${'['.repeat(20000)}`)
	await goesOn(caller, session)
	assert.equal(stage.lines(caller, 'model message .* is not an event, ignoring').length, 3)
	await stage.oneLine(assert, caller, 'model message .*binary')
	await caller.hangUp()
})

test('F44 tools: unknown names, bad and huge arguments, repeats, slow and failing webhooks', { timeout: 60000 }, async () => {
	const { caller, session } = await stage.begin({ path: '/simple-voice/stream/default/tools' })
	const outputs = (id) => session.events.filter((e) => e.item?.type === 'function_call_output' && e.item.call_id === id)
	const output = (id) => until(() => outputs(id)[0], `no output of ${id}`)
	const ok = session.callTool('weather', { city: 'Oslo' })
	assert.match((await output(ok)).item.output, /rain/)
	assert.equal(requests[0].body.arguments.city, 'Oslo')
	assert.match(requests[0].headers['webhook-signature'], /^v1,/)
	await asked(session, 1)
	session.speak(100)
	session.callTool('weather', { city: 'Oslo' }, { callId: ok })
	await sleep(300)
	assert.equal(requests.length, 1, 'a repeated call_id ran again')
	assert.equal(outputs(ok).length, 1)
	const evil = { city: '"; DROP TABLE calls; --', html: '<script>alert(1)</script>\ud83d\ude00', big: 'x'.repeat(200000) }
	const answered = await output(session.callTool('weather', evil))
	assert.match(answered.item.output, /rain/)
	assert.deepEqual(requests[1].body.arguments, evil)
	for (const [name, args, pattern] of [
		['nonesuch', {}, /no tool of this name/],
		['', {}, /no tool of this name/],
		['weather', '{"city":', /error/],
		['weather', '[1,2', /error/],
		['weather', '{"city":"\\u0000"}', /error/],
		['fails', {}, /error/],
		['transfer_call', { target: 'moon' }, /error/],
		['transfer_call', 'null', /error/],
	])
		assert.match((await output(session.callTool(name, args))).item.output, pattern, name)
	await asked(session, session.of('response.create').length)
	const slow = session.callTool('slow', {})
	assert.match((await output(slow)).item.output, /error/)
	assert.ok(session.of('response.create').some((e) => JSON.stringify(e).includes('One moment please.')), 'no filler')
	await sleep(1500) // the late answer
	assert.equal(outputs(slow).length, 1, 'the late answer had an effect')
	assert.equal(stage.ringdown.log.includes('whsec-canary-77'), false)
	assert.equal(stage.ringdown.log.includes('DROP TABLE'), false, 'arguments are in the log')
	assert.equal(stage.lines(caller, 'tool=nonesuch refused: there is no tool of this name').length, 1)
	await goesOn(caller, session)
	await caller.hangUp()
})

test('F47 a model that does not read: what is older than 2 s is dropped, the rest comes in order', { timeout: 60000 }, async () => {
	const n = model.sessions.length
	const caller = new NumberedCaller(stage.ringdown.url, { path: '/simple-voice/stream/default/plain', callSid: stage.caller().callSid })
	await caller.call({ talk: false })
	const session = await model.session(n)
	await session.event('session.update')
	model.onSound = (s, bytes) => s === session && numbersOf(s, bytes)
	session.socket.pause()
	const message = () => {
		const b = Buffer.alloc(FRAME * 250, 0xd5)
		for (let i = 0; i < 250; i++) b.writeUIntBE(caller.sent++, i * FRAME, 3)
		return caller.mediaMessage(b)
	}
	caller.sent = 0
	for (let i = 0; i < 4000 && stage.lines(caller, 'model does not read').length === 0; i++) {
		caller.send(message())
		await sleep(5)
	}
	for (let k = 0; k < 10; k++) caller.send(message())
	await stage.oneLine(assert, caller, 'model does not read, dropping the oldest sound')
	await goesOnAfter(caller)
	session.socket.resume()
	await until(() => session.numbers?.at(-1) === caller.sent - 1, 'the newest sound did not come')
	const breaks = session.numbers.flatMap((v, i) => (i > 0 && v !== session.numbers[i - 1] + 1 ? [i] : []))
	assert.ok(breaks.length >= 1, 'nothing was dropped')
	for (const i of breaks) assert.ok(session.numbers[i] > session.numbers[i - 1], 'sound came twice or out of order')
	const last = session.numbers.length - breaks.at(-1)
	assert.ok(last >= 90 && last <= 110, `${last} frames of the newest sound were kept`)
	await stage.oneLine(assert, caller, 'model reads again')
	assert.equal(caller.socket.readyState, 1)
	model.onSound = undefined
	await caller.hangUp()
})

// All that was sent has been taken from the caller's socket.
const goesOnAfter = async (caller) => {
	const count = async () => (await stage.ringdown.metrics()).caller_frames_total
	for (let n = await count(), m; ; n = m) {
		await sleep(200)
		m = await count()
		if (m - n < 30) break
	}
	assert.equal(caller.socket.readyState, 1)
}

test('F48 expires_at in the past is not believed', async () => {
	const normal = model.onSession
	model.onSession = (s) => s.created(-1000)
	const n = model.sessions.length
	const { caller, session } = await stage.begin({ talk: true })
	model.onSession = normal
	await sleep(1000)
	assert.equal(model.sessions.length, n + 1)
	assert.equal(session.closed, false)
	await until(() => session.appends > 40, 'no sound')
	await caller.hangUp()
})
