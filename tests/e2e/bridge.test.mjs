// SPDX-License-Identifier: MIT
// The main job: a caller's sound reaches the model, the answer comes back, barge-in is exact.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Caller } from './lib/caller.mjs'
import { Model } from './lib/model.mjs'
import { sleep, startRingdown, until } from './lib/ringdown.mjs'

let model, ringdown
before(async () => {
	model = await new Model().start()
	ringdown = await startRingdown({
		modelUrl: model.url,
		assistants: {
			default: { instructions: 'Help {{caller}} who dialled {{called}} about {{topic}}.', greeting: '', voice: 'cedar' },
			plain: { instructions: 'x', greeting: '', audio: 'pcmu' },
			polite: { instructions: 'x', greeting: 'Good day, this is ringdown.' },
			eager: { instructions: 'x' },
		},
	})
})
after(async () => {
	await ringdown?.stop()
	await model?.stop()
})

const begin = async (options = {}) => {
	const n = model.sessions.length
	const caller = await new Caller(ringdown.url, options).call(options)
	const session = await model.session(n)
	await session.event('session.update')
	return { caller, session }
}

test('the session is configured from the assistant, with its variables filled in', async () => {
	const { caller, session } = await begin({ parameters: { caller: '+15550100', called: '+15550199', topic: 'rain' } })
	const { session: s } = session.of('session.update')[0]
	assert.equal(s.type, 'realtime')
	assert.equal(s.instructions, 'Help +15550100 who dialled +15550199 about rain.')
	assert.deepEqual(s.output_modalities, ['audio'])
	assert.deepEqual(s.audio.input.format, { type: 'audio/pcm', rate: 24000 })
	assert.equal(s.audio.output.voice, 'cedar')
	assert.equal(session.request.headers.authorization.startsWith('Bearer sk-'), true)
	assert.equal(session.request.headers['openai-beta'], undefined)
	await caller.hangUp()
})

test('every frame of the caller arrives, one append a frame, six bytes a sample', async () => {
	const { caller, session } = await begin()
	await until(() => session.appends >= 100, 'no sound at the model')
	caller.stopTalking()
	await until(() => session.soundBytes === caller.chunk * 960, `${session.soundBytes} bytes for ${caller.chunk} frames`)
	assert.ok(session.appends >= caller.chunk * 0.5, 'frames were batched')
	await caller.hangUp()
})

test('pass-through carries the very bytes, both ways', async () => {
	const { caller, session } = await begin({ path: '/simple-voice/stream/default/plain' })
	assert.deepEqual(session.of('session.update')[0].session.audio.output.format, { type: 'audio/pcmu' })
	const at = { response_id: 'resp_p', item_id: 'item_p', output_index: 0, content_index: 0 }
	const sound = Buffer.from(Array.from({ length: 1600 }, (_, i) => (i * 7) % 256))
	session.send({ type: 'response.created', response: { id: 'resp_p', status: 'in_progress', output: [] } })
	session.send({ type: 'response.output_audio.delta', ...at, delta: sound.toString('base64') })
	await caller.hears(200)
	assert.deepEqual(Buffer.concat(caller.heard).subarray(0, 1600), sound)
	await until(() => session.soundBytes >= 1600, 'no sound')
	assert.equal(session.soundBytes % 160, 0)
	await caller.hangUp()
})

test('the answer is heard whole, with a mark behind each message, never more than the lead ahead', async () => {
	const { caller, session } = await begin()
	session.speak(3000)
	let ahead = 0
	const watch = setInterval(() => (ahead = Math.max(ahead, caller.heardMs - caller.playedNow() / 8)), 5)
	await caller.hears(3000)
	clearInterval(watch)
	assert.equal(caller.heardMs, 3000)
	assert.ok(ahead <= 520, `${ahead} ms ahead of play-out`)
	const marks = () => caller.texts.filter((t) => t.event === 'mark')
	await until(() => marks().length === caller.heard.length, `${marks().length} marks for ${caller.heard.length} messages`, 1000)
	assert.ok(marks().every((m) => /^\d+:[^:]+:\d+$/.test(m.mark.name)), marks()[0].mark.name)
	await caller.hangUp()
})

test('barge-in: clear at once, truncate at what was heard, late deltas dropped', async () => {
	const { caller, session } = await begin()
	const { response, item } = session.speak(8000, { open: true })
	await until(() => caller.playedNow() >= 8 * 1500, 'nothing is played')
	session.speechStarted()
	await until(() => caller.clears.length === 1, 'no clear')
	const truncate = await session.event('conversation.item.truncate')
	assert.equal(truncate.item_id, item)
	assert.equal(truncate.content_index, 0)
	const off = Math.abs(truncate.audio_end_ms - caller.clears[0].playedMs)
	assert.ok(off <= 40, `truncated at ${truncate.audio_end_ms}, heard ${caller.clears[0].playedMs}`)
	const heard = caller.heardMs
	const at = { response_id: response, item_id: item, output_index: 0, content_index: 0 }
	session.send({ type: 'response.output_audio.delta', ...at, delta: Buffer.alloc(9600).toString('base64') })
	session.send({ type: 'response.done', response: { id: response, status: 'cancelled', status_details: { type: 'cancelled', reason: 'turn_detected' }, output: [] } })
	await sleep(300)
	assert.equal(caller.heardMs, heard, 'a stale delta was played')
	session.speak(400)
	await until(() => caller.heardMs >= heard + 400, 'the next answer is not heard')
	await caller.hangUp()
})

test('nothing is truncated when the answer was heard to its end', async () => {
	const { caller, session } = await begin()
	session.speak(400)
	await caller.hears(400)
	await sleep(700)
	session.speechStarted()
	await sleep(200)
	assert.deepEqual(session.of('conversation.item.truncate'), [])
	assert.deepEqual(session.of('response.cancel'), [])
	await caller.hangUp()
})

test('greetings: a text is asked for word for word, none lets the model begin, empty waits', async () => {
	const polite = await begin({ path: '/simple-voice/stream/default/polite' })
	const asked = await polite.session.event('response.create')
	assert.match(JSON.stringify(asked), /Good day, this is ringdown\./)
	const eager = await begin({ path: '/simple-voice/stream/default/eager' })
	await eager.session.event('response.create')
	const quiet = await begin()
	await sleep(200)
	assert.deepEqual(quiet.session.of('response.create'), [])
	for (const { caller } of [polite, eager, quiet]) await caller.hangUp()
})

test('digits become part of the conversation', async () => {
	const { caller, session } = await begin()
	caller.dtmf('42#')
	const item = await session.event('conversation.item.create')
	assert.match(item.item.content[0].text, /42/)
	await session.event('response.create')
	await caller.hangUp()
})

test('the recording and the transcript tell what was heard', async () => {
	const { caller, session } = await begin()
	const { item } = session.speak(6000, { text: 'alpha bravo charlie delta echo foxtrot golf hotel', open: true })
	await until(() => caller.playedNow() >= 8 * 2000, 'nothing is played')
	session.speechStarted()
	await session.event('conversation.item.truncate')
	await caller.hangUp()
	const doc = await until(() => {
		try {
			const t = ringdown.transcript(caller.callSid)
			return t.status !== 'live' && t
		} catch {
			return undefined
		}
	}, 'no transcript')
	const turn = doc.turns.find((t) => t.item_id === item)
	assert.equal(turn.interrupted, true)
	assert.ok(turn.text.startsWith('alpha') && !turn.text.includes('hotel'), turn.text)
	assert.ok(turn.cut_text.includes('hotel'), turn.cut_text)
})
