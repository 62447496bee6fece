// SPDX-License-Identifier: MIT
// F36, F37, F45: sessions of the model that end while the call goes on.  The caller hears a sane continuation and
// nothing the caller says is lost.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { answer } from './lib/model.mjs'
import { assistants, beginPlain, inOrder, nothingLost, numbersOf, toldOnce } from './lib/numbered.mjs'
import { sleep, until } from './lib/ringdown.mjs'
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
const items = (session) => session.of('conversation.item.create').map((e) => e.item)
const textOf = (item) => item.content?.[0]?.text
const cut = (session, code) => (code === 1006 ? session.socket._socket.resetAndDestroy() : session.socket.close(code, 'try again'))
const allIn = async (session, caller) => {
	const end = Date.now() + 5000
	while (session.numbers.at(-1) !== caller.frames - 1 && Date.now() < end) await sleep(10)
	assert.equal(session.numbers.at(-1), caller.frames - 1, `the last frames are missing; last came ${session.numbers.slice(-5)}`)
}
const transcriptOf = (caller) => until(() => {
	try {
		const doc = ringdown.transcript(caller.callSid)
		return doc.status !== 'live' && doc.turns.filter((t) => t.kind === 'assistant').map((t) => t.text)
	} catch {
		return undefined
	}
}, 'no transcript')
const heardWhole = (session, caller, text) => until(() => ringdownHeard(caller), `"${text}" was not heard`)
const ringdownHeard = (caller) => caller.queue.length === 0 && !caller.playing && caller.heard.length > 0

for (const code of [1000, 1001, 1006, 1008, 1011, 1012, 1013])
	test(`F36 closed with ${code} in mid-call: reconnect, replay, no sound of the caller lost`, { timeout: 60000 }, async () => {
		const { caller, session, n, tag } = await begin()
		session.callerSays('is anybody there')
		session.speak(300, { text: 'what I had said before', pcmu: true })
		await caller.hears(300)
		await heardWhole(session, caller)
		await until(() => session.numbers.length > 20, 'no sound')
		cut(session, code)
		const second = await model.session(n + 1)
		await until(() => second.numbers?.length > 50, 'no sound after the reconnect')
		assert.deepEqual(items(second).map((i) => [i.role, textOf(i)]), [['user', 'is anybody there'], ['assistant', 'what I had said before']])
		caller.stopNumbers()
		await allIn(second, caller)
		const [a, b] = nothingLost(assert, [session, second], caller.frames)
		assert.ok(a.last - b.first <= 40, `${a.last - b.first} frames were said twice`)
		assert.equal(second.of('response.create').length, 0, 'nobody had asked for anything')
		await toldOnce(assert, ringdown, tag, code === 1006 ? /model socket ended/ : /model closed code=/)
		await caller.hangUp()
	})

test('F36 while the assistant speaks: what it had said goes on being heard, the next session goes on from there', { timeout: 60000 }, async () => {
	const { caller, session, n } = await begin()
	session.callerSays('tell me a story')
	const said = session.speak(3000, { text: 'Once upon a time there was a', open: true, pcmu: true })
	await until(() => caller.playedNow() >= 4000, 'nothing is heard')
	cut(session, 1011)
	const second = await model.session(n + 1)
	const wish = await second.event('response.create')
	const [question, partial] = items(second)
	assert.equal(textOf(question), 'tell me a story')
	assert.deepEqual([partial.role, textOf(partial), partial.id], ['assistant', said.text, said.item])
	assert.match(wish.response.instructions, /^You answer the phone\.\n\n.*[Gg]o on from exactly there/s)
	second.speak(1000, { text: 'small house', pcmu: true })
	const pauses = await caller.pausesWhileHearing(4000)
	assert.equal(caller.clears.length, 0, 'the caller was cut off')
	assert.ok(pauses.longestMs < 1500, `silent for ${pauses.longestMs} ms`)
	assert.equal(caller.heardMs, 4000, 'something was said twice, or not at all')
	const sent = caller.texts.filter((t) => t.event === 'mark').length
	await until(() => caller.marks.length === sent, 'the last mark does not come back')
	await caller.hangUp()
	const turns = await transcriptOf(caller)
	assert.deepEqual(turns, [said.text, 'small house'])
})

test('F36 a barge-in upon what an earlier session said: the present one learns what was heard', { timeout: 60000 }, async () => {
	const { caller, session, n } = await begin()
	const said = session.speak(6000, { text: 'one two three four five six seven eight nine ten eleven twelve', pcmu: true })
	await until(() => caller.playedNow() >= 8 * 500, 'nothing is heard')
	cut(session, 1011)
	const second = await model.session(n + 1)
	await until(() => items(second).length === 1, 'no replay')
	await until(() => caller.playedNow() >= 8 * 2000, 'it is not played on')
	second.speechStarted()
	const gone = await second.event('conversation.item.delete')
	assert.equal(gone.item_id, said.item)
	await until(() => items(second).length === 2, 'what was heard was not told')
	const heard = textOf(items(second)[1])
	assert.ok(said.text.startsWith(heard) && heard.length > 0 && heard.length < said.text.length / 2, `told as heard: "${heard}"`)
	assert.equal(second.of('conversation.item.truncate').length, 0, 'an item of text cannot be truncated')
	assert.equal(caller.clears.length, 1)
	await caller.hangUp()
})

test('F36 what the caller was saying when the session broke is said again to the next one', { timeout: 60000 }, async () => {
	const { caller, session, n } = await begin()
	await until(() => session.numbers?.length > 75, 'no sound')
	session.speechStarted()
	const began = session.numbers.at(-1)
	await sleep(1500)
	cut(session, 1011)
	const second = await model.session(n + 1)
	await until(() => second.numbers?.length > 100, 'no sound after the reconnect')
	caller.stopNumbers()
	const { first } = inOrder(assert, second)
	assert.ok(first <= began - 15 && first >= began - 60, `speech was told at frame ${began}, the next session begins at ${first}`)
	await allIn(second, caller)
	nothingLost(assert, [session, second], caller.frames)
	await caller.hangUp()
})

test('F36 an answer that was asked for and had not begun is asked for again, soon', { timeout: 60000 }, async () => {
	const { caller, session, n } = await begin()
	session.callerSays('what time is it')
	session.send({ type: 'response.created', response: { id: 'resp_lost', status: 'in_progress', output: [] } })
	await until(() => session.numbers?.length > 20, 'no sound')
	const silentSince = performance.now()
	cut(session, 1006)
	const second = await model.session(n + 1)
	const wish = await second.event('response.create')
	assert.equal(wish.response, undefined)
	second.speak(200, { pcmu: true })
	await caller.hears(200)
	assert.ok(performance.now() - silentSince < 1500, `silent for ${performance.now() - silentSince} ms`)
	await caller.hangUp()
})

test('F36 an outage: 5 s of the caller are kept, what is older is not', { timeout: 60000 }, async () => {
	const { caller, session, n } = await begin()
	await until(() => session.numbers?.length > 60, 'no sound')
	const refuse = (request, socket) => (socket.destroy(), true)
	model.onUpgrade = refuse
	cut(session, 1012)
	await until(() => session.closed, 'not closed')
	const lostAt = session.numbers.at(-1)
	await sleep(6500)
	model.onUpgrade = undefined
	const second = await model.session(n + 1)
	await until(() => second.numbers?.length > 0, 'no sound after the outage')
	const said = caller.frames
	await until(() => second.numbers.length > 300, 'no sound after the outage')
	const { first } = inOrder(assert, second)
	assert.ok(first > lostAt + 25, `frame ${first} was kept`)
	assert.ok(said - first >= 245 && said - first <= 300, `${said - first} frames were kept`)
	caller.stopNumbers()
	await caller.hangUp()
})

test('F37 session_expired leads to a fresh session', { timeout: 60000 }, async () => {
	const { caller, session, n, tag } = await begin()
	await until(() => session.numbers?.length > 20, 'no sound')
	session.send({ type: 'error', error: { type: 'invalid_request_error', code: 'session_expired', message: 'Your session hit the maximum duration of 60 minutes.', param: null, event_id: null } })
	session.socket.close(1001, 'expired')
	const second = await model.session(n + 1)
	await until(() => second.numbers?.length > 50, 'no sound after the hand-over')
	caller.stopNumbers()
	await allIn(second, caller)
	nothingLost(assert, [session, second], caller.frames)
	await toldOnce(assert, ringdown, tag, /model error code=session_expired/)
	await caller.hangUp()
})

const brief = (seconds) => {
	let first = true
	model.onSession = (s) => {
		s.created(first ? seconds : 3600)
		first = false
	}
}

test('F45 a session that expires: the next one is ready before the old one is given up, 0 ms of the caller lost', { timeout: 60000 }, async () => {
	brief(6)
	const { caller, session, n } = await begin()
	session.callerSays('is anybody there')
	session.speak(200, { text: 'yes', pcmu: true })
	const second = await model.session(n + 1)
	await second.event('session.update')
	assert.equal(session.closed, false, 'the old session was given up before the new one was ready')
	await until(() => session.closed, 'the old session was kept')
	assert.equal(session.code, 1000)
	await until(() => second.numbers?.length > 100, 'no sound after the hand-over')
	model.onSession = normal
	assert.deepEqual(items(second).map(textOf), ['is anybody there', 'yes'])
	caller.stopNumbers()
	await allIn(second, caller)
	const [a, b] = nothingLost(assert, [session, second], caller.frames)
	assert.ok(a.last - b.first <= 60, `${a.last - b.first} frames were said twice`)
	assert.equal(second.of('response.create').length, 0, 'nobody had asked for anything')
	await caller.hangUp()
})

test('F45 the hand-over waits for the end of a turn', { timeout: 60000 }, async () => {
	brief(16)
	const { caller, session, n } = await begin()
	await sleep(7000)
	session.speak(2500, { text: 'a sentence that is not to be cut', pcmu: true })
	await until(() => caller.playedNow() > 0, 'nothing is heard')
	const second = await model.session(n + 1)
	await second.event('session.update')
	await until(() => session.closed, 'the old session was kept')
	model.onSession = normal
	assert.ok(caller.playedNow() >= 2400 * 8, `handed over when ${caller.playedNow() / 8} ms of 2500 had been heard`)
	await until(() => items(second).length > 0, 'no replay')
	assert.deepEqual(items(second).map(textOf), ['a sentence that is not to be cut'])
	await caller.hangUp()
})

test('F45 a next session that cannot be had is asked for again, the old one serves on', { timeout: 60000 }, async () => {
	brief(12)
	const { caller, session, n } = await begin()
	let refusals = 2
	model.onUpgrade = (request, socket) => refusals-- > 0 && answer(503)(request, socket)
	const second = await model.session(n + 1, 15000)
	model.onUpgrade = undefined
	assert.equal(session.closed, false)
	await until(() => second.numbers?.length > 50, 'no sound after the hand-over')
	model.onSession = normal
	caller.stopNumbers()
	await allIn(second, caller)
	nothingLost(assert, [session, second], caller.frames)
	await caller.hangUp()
})

test('F45 the server ends the session early, the next one is being made: it is taken as far as it has come', { timeout: 60000 }, async () => {
	brief(6)
	const { caller, session, n } = await begin()
	model.onSession = () => {} // its session.created comes late
	const second = await model.session(n + 1)
	cut(session, 1001)
	await until(() => session.closed, 'not closed')
	await sleep(300)
	second.created()
	model.onSession = normal
	await until(() => second.numbers?.length > 50, 'no sound after the hand-over')
	assert.equal(model.sessions.length, n + 2, 'a third session was made')
	caller.stopNumbers()
	await allIn(second, caller)
	nothingLost(assert, [session, second], caller.frames)
	await caller.hangUp()
})

test('F45 in mid-answer and out of time: what was said is played, the next session goes on from there', { timeout: 60000 }, async () => {
	brief(8)
	const { caller, session, n } = await begin()
	await sleep(2500)
	const said = session.speak(8000, { text: 'a very long answer', open: true, pcmu: true })
	const second = await model.session(n + 1)
	const wish = await second.event('response.create', 15000)
	model.onSession = normal
	assert.match(wish.response.instructions, /[Gg]o on from exactly there/)
	assert.deepEqual(items(second).map((i) => i.id), [said.item])
	assert.equal(caller.clears.length, 0)
	second.speak(200, { pcmu: true })
	await caller.pausesWhileHearing(8200)
	await caller.hangUp()
})
