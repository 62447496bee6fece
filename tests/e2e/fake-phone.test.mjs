// SPDX-License-Identifier: MIT
// The telephone network of the fake Twilio: calls do what TwiML says, webhooks are asked and told as Twilio asks and tells, over
// a web site of the test's own and over ringdown.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Model } from './lib/model.mjs'
import { AUTH_TOKEN, program, root, startRingdown, until } from './lib/ringdown.mjs'
import { hasSpecs, specs } from './lib/specs.mjs'
import { clientOf } from './twilio/client.mjs'
import { addNumber } from './twilio/resources/numbers.mjs'
import { Site } from './twilio/site.mjs'
import { FakeTwilio } from './twilio/twilio.mjs'

const LIVE = { sid: `AC${'1'.repeat(32)}`, authToken: 'a'.repeat(32) }
const isJudged = hasSpecs('twiml-grammar.json')

let fake, account, client, site
before(async () => {
	site = await new Site(LIVE.authToken).start()
	fake = await new FakeTwilio({ accounts: [LIVE] }).start()
	account = fake.account
	addNumber(account, '+14155550199', { voice_url: site.at('/voice'), status_callback: site.at('/status') })
	client = clientOf(fake, LIVE.sid, LIVE.authToken)
})
after(async () => {
	await fake?.stop()
	await site?.stop()
	fake?.assertClean(assert)
})

const code = (number) => (e) => (assert.equal(e.code, number, e.message), true)
const doc = (inner) => `<?xml version="1.0" encoding="UTF-8"?><Response>${inner}</Response>`

test('a caller hears, chooses, is connected: what is asked is signed as Twilio signs', async () => {
	site.serve({
		'/voice': doc(
			'<Gather numDigits="1" action="/menu?a=1&amp;b=it\'s" actionOnEmptyResult="true"><Say>Press 1.</Say></Gather><Say>Not heard.</Say>',
		),
		'/menu': ({ Digits }) =>
			doc(
				Digits === '1'
					? '<Dial timeout="10" action="/after" callerId="+14155550199"><Number statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed">+14155550122</Number></Dial>'
					: '<Redirect>/voice</Redirect>',
			),
		'/after': ({ DialCallStatus }) => doc(`<Say>${DialCallStatus}</Say><Hangup/>`),
		'/leg': '<Response/>',
	})
	const twice = fake.phone.call({ to: '+14155550199', asksTwice: true, hangsUp: 'Gather' })
	await twice.ended
	assert.deepEqual(
		site.of('/voice').map((a) => a.params.CallSid),
		[twice.sid, twice.sid],
	)
	await fake.callbacks.settled()
	site.asked = []
	const call = fake.phone.call({ to: '+14155550199', inputs: [null, '1'], dials: [{ outcome: 'answered', afterS: 4, seconds: 12 }] })
	await call.ended
	await fake.callbacks.settled()
	assert.deepEqual(call.story, [
		'Gather',
		'Say Press 1.',
		'silence',
		'Gather',
		'Say Press 1.',
		'pressed 1',
		'Dial +14155550122',
		'connected +14155550122',
		'dialled completed',
		'Say completed',
		'Hangup',
	])
	assert.ok(
		site.asked.every((a) => a.isSigned),
		JSON.stringify(site.asked.filter((a) => !a.isSigned)),
	)
	assert.deepEqual(
		site.of('/leg').map((a) => a.params.CallStatus),
		['initiated', 'ringing', 'in-progress', 'completed'],
	)
	assert.deepEqual(
		site.of('/leg').map((a) => a.params.SequenceNumber),
		['0', '1', '2', '3'],
	)
	assert.equal(site.of('/leg')[3].params.CallDuration, '12')
	assert.equal(site.of('/leg')[0].params.ParentCallSid, call.sid)
	const [status] = site.of('/status')
	assert.deepEqual([status.params.CallStatus, status.params.CallSid], ['completed', call.sid])
	assert.equal(site.of('/voice')[0].params.CallStatus, 'ringing')
	assert.equal(site.of('/menu')[0].params.CallStatus, 'in-progress')
	assert.equal((await client.calls(call.sid).fetch()).status, 'completed')
})

test('callbacks are lost, repeated, late, out of order, when they are to be', async () => {
	site.serve({
		'/voice': doc('<Dial><Number statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed">+14155550122</Number></Dial>'),
		'/leg': '<Response/>',
	})
	fake.bend({ kind: /leg/, match: (p) => p.CallStatus === 'initiated', lose: true })
	fake.bend({ kind: /leg/, match: (p) => p.CallStatus === 'ringing', afterNext: true })
	fake.bend({ kind: /leg/, match: (p) => p.CallStatus === 'completed', repeat: 1 })
	await fake.phone.call({ to: '+14155550199' }).ended
	await fake.callbacks.settled()
	assert.deepEqual(
		site.of('/leg').map((a) => a.params.CallStatus),
		['in-progress', 'ringing', 'completed', 'completed'],
	)
	fake.bend({ kind: /leg/, match: (p) => p.CallStatus === 'ringing', lateMs: 1000 })
	site.asked = []
	await fake.phone.call({ to: '+14155550199' }).ended
	await fake.callbacks.settled()
	assert.deepEqual(
		site.of('/leg').map((a) => a.params.CallStatus),
		['initiated', 'in-progress', 'completed', 'ringing'],
	)
	fake.bends.clear()
})

test('ways a dialled phone can be: busy, silent, screened; and a caller who gives up', async () => {
	site.serve({
		'/voice': doc('<Dial answerOnBridge="true" action="/after"><Number url="/screen">+14155550122</Number></Dial>'),
		'/screen': doc('<Gather numDigits="1" timeout="8" action="/accept"><Say>Press 1 to accept.</Say></Gather><Hangup/>'),
		'/accept': ({ Digits }) => doc(Digits === '1' ? '' : '<Hangup/>'),
		'/after': (p) => doc(`<Say>${p.DialCallStatus} ${p.CallStatus}</Say>`),
	})
	const result = async (options) => {
		const call = fake.phone.call({ to: '+14155550199', ...options })
		await call.ended
		return [...call.said, call.state]
	}
	assert.deepEqual(await result({ dials: ['busy'] }), ['busy ringing', 'completed'])
	assert.deepEqual(await result({ dials: ['no-answer'] }), ['no-answer ringing', 'completed'])
	assert.deepEqual(await result({ dials: [{ outcome: 'answered', afterS: 31 }] }), ['no-answer ringing', 'completed'])
	assert.deepEqual(await result({ dials: [{ outcome: 'answered', keys: ['1'] }] }), ['completed in-progress', 'completed'])
	assert.deepEqual(await result({ dials: [{ outcome: 'answered', keys: ['2'] }] }), ['no-answer ringing', 'completed'])
	assert.deepEqual(await result({ hangsUp: 'ringing' }), ['no-answer'])
	assert.equal(site.of('/after').at(-1).params.DialCallStatus, 'canceled')
	assert.deepEqual(await result({ dials: [{ outcome: 'answered', keys: ['1'] }], hangsUp: 'talk' }), ['completed'])
	site.serve({ '/voice': doc('<Reject reason="busy"/>') })
	assert.deepEqual(await result({}), ['busy'])
})

test('voicemail: the recording, its callbacks, its transcription, its sound', async () => {
	site.serve({
		'/voice': doc(
			'<Say>Speak.</Say><Record action="/done" maxLength="60" transcribe="true" transcribeCallback="/text" recordingStatusCallback="/rec" recordingStatusCallbackEvent="in-progress completed absent"/><Redirect>/silent</Redirect>',
		),
		'/done': doc('<Hangup/>'),
		'/silent': doc('<Say>Nothing was said.</Say>'),
		'/rec': '<Response/>',
		'/text': '<Response/>',
	})
	const call = fake.phone.call({ to: '+14155550199', records: [{ seconds: 8, text: 'Ring me.' }] })
	await call.ended
	await fake.callbacks.settled()
	assert.deepEqual(
		site.of('/rec').map((a) => a.params.RecordingStatus),
		['in-progress', 'completed'],
	)
	assert.deepEqual([site.of('/rec')[1].params.RecordingDuration, site.of('/done')[0].params.RecordingDuration], ['8', '8'])
	assert.equal(site.of('/text')[0].params.TranscriptionText, 'Ring me.')
	const { RecordingSid: sid, TranscriptionSid } = site.of('/text')[0].params
	assert.equal((await client.recordings(sid).fetch()).duration, '8')
	assert.equal((await client.calls(call.sid).recordings.list()).length, 1)
	assert.equal((await client.recordings.list({ callSid: call.sid, dateCreatedAfter: new Date(Date.now() - 864e5) })).length, 1)
	assert.equal((await client.transcriptions(TranscriptionSid).fetch()).transcriptionText, 'Ring me.')
	assert.equal((await client.recordings(sid).transcriptions.list()).length, 1)
	await soundOf(sid)
	assert.ok(await client.recordings(sid).remove())
	const silent = fake.phone.call({ to: '+14155550199', records: [{ isSilent: true }] })
	await silent.ended
	assert.deepEqual(silent.said, ['Speak.', 'Nothing was said.'])
})

// WAV and MP3, parts of them, by way of a redirect that must not be given the password.
async function soundOf(sid) {
	const authorization = `Basic ${Buffer.from(`${LIVE.sid}:${LIVE.authToken}`).toString('base64')}`
	const url = `${fake.origin}/api/2010-04-01/Accounts/${LIVE.sid}/Recordings/${sid}`
	const first = await fetch(`${url}.wav`, { headers: { authorization }, redirect: 'manual' })
	assert.equal(first.status, 302)
	const at = first.headers.get('location')
	const whole = Buffer.from(await (await fetch(at)).arrayBuffer())
	assert.equal(whole.length, 44 + 8 * 8000 * 2)
	const part = await fetch(at, { headers: { range: 'bytes=10-19' } })
	assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 10-19/${whole.length}`])
	assert.ok(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(10, 20)))
	assert.equal((await fetch(at, { headers: { range: `bytes=${whole.length}-` } })).status, 416)
	assert.equal((await fetch(at, { headers: { range: 'bytes=-5' } })).headers.get('content-length'), '5')
	const mp3 = await fetch(`${url}.mp3`, { headers: { authorization } })
	assert.deepEqual([mp3.status, mp3.headers.get('content-type')], [200, 'audio/mpeg'])
	assert.equal((await fetch(`${url}.mp3`)).status, 401)
	assert.deepEqual(fake.violations, [])
	await fetch(at, { headers: { authorization } })
	assert.match(fake.violations.pop().text, /credentials were sent on/)
}

test('queues: wait documents, a way out, an agent who takes the head of the line', async () => {
	site.serve({
		'/voice': doc('<Enqueue action="/left" waitUrl="/wait">acme.support</Enqueue>'),
		'/wait': ({ QueuePosition }) => doc(`<Gather numDigits="1" timeout="1" action="/key"><Say>You are number ${QueuePosition}.</Say></Gather>`),
		'/key': doc('<Leave/>'),
		'/left': ({ QueueResult }) => doc(`<Say>${QueueResult}</Say>`),
		'/agent': doc('<Dial action="/done"><Queue url="/whisper">acme.support</Queue></Dial>'),
		'/whisper': doc('<Say>An agent takes your call.</Say>'),
		'/done': doc('<Hangup/>'),
		'/out': doc('<Say>Taken out.</Say>'),
	})
	const left = fake.phone.call({ to: '+14155550199', waits: [null, '9'] })
	await left.ended
	assert.deepEqual(left.said, ['You are number 1.', 'You are number 1.', 'leave'])
	const waiting = fake.phone.call({ to: '+14155550199' })
	const second = fake.phone.call({ to: '+14155550199' })
	const queue = await until(async () => (await client.queues.list()).find((q) => q.currentSize === 2), 'two wait')
	const members = await client.queues(queue.sid).members.list()
	assert.deepEqual(
		members.map((m) => m.callSid),
		[waiting.sid, second.sid],
	)
	assert.equal((await client.queues(queue.sid).members('Front').fetch()).callSid, waiting.sid)
	fake.people.set('client:agent', { outcome: 'answered', seconds: 40 })
	const agent = await client.calls.create({ to: 'client:agent', from: '+14155550199', url: site.at('/agent') })
	await waiting.ended
	assert.deepEqual(waiting.said.slice(-2), ['An agent takes your call.', 'bridged'])
	await until(() => site.of('/done').length === 1, 'the agent is through')
	assert.deepEqual([site.of('/done')[0].params.DialCallStatus, site.of('/done')[0].params.CallSid], ['completed', agent.sid])
	await client
		.queues(queue.sid)
		.members(second.sid)
		.update({ url: site.at('/out'), method: 'POST' })
	await second.ended
	assert.equal(second.said.at(-1), 'Taken out.')
	const gone = fake.phone.call({ to: '+14155550199', patience: 2 })
	await gone.ended
	assert.equal(site.of('/left').at(-1).params.QueueResult, 'hangup')
	await client.queues(queue.sid).update({ maxSize: 5 })
	assert.equal((await client.queues(queue.sid).fetch()).maxSize, 5)
	await client.queues(queue.sid).remove()
})

test('calls by REST: made, sent elsewhere, recorded, paused, transcribed, ended', async () => {
	site.serve({
		'/hello': doc('<Say>Hello.</Say><Dial><Number>+14155550122</Number></Dial>'),
		'/other': doc('<Say>Elsewhere.</Say><Pause length="1"/>'),
		'/events': '<Response/>',
		'/rec': '<Response/>',
		'/words': '<Response/>',
	})
	let end
	fake.people.set('+14155550133', { outcome: 'answered', afterS: 2 })
	fake.people.set('+14155550122', { outcome: 'answered', until: new Promise((resolve) => (end = resolve)) })
	const made = await client.calls.create({
		to: '+14155550133',
		from: '+14155550199',
		url: site.at('/hello'),
		statusCallback: site.at('/events'),
		statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
	})
	assert.equal(made.status, 'queued')
	const leg = account.calls.get(made.sid).leg
	await until(() => leg.story.includes('connected +14155550122'), 'connected')
	const recording = await client.calls(made.sid).recordings.create({ recordingStatusCallback: site.at('/rec'), recordingChannels: 'dual' })
	assert.equal((await client.calls(made.sid).recordings('Twilio.CURRENT').update({ status: 'paused', pauseBehavior: 'silence' })).status, 'paused')
	assert.equal((await client.calls(made.sid).recordings('Twilio.CURRENT').update({ status: 'in-progress' })).status, 'in-progress')
	assert.equal((await client.calls(made.sid).recordings(recording.sid).update({ status: 'stopped' })).status, 'stopped')
	await assert.rejects(client.calls(made.sid).recordings('Twilio.CURRENT').update({ status: 'paused' }), code(20404))
	const words = await client.calls(made.sid).transcriptions.create({ statusCallbackUrl: site.at('/words') })
	assert.equal((await client.calls(made.sid).transcriptions(words.sid).update({ status: 'stopped' })).status, 'stopped')
	await client.calls(made.sid).update({ url: site.at('/other') })
	await leg.ended
	assert.deepEqual(leg.said, ['Hello.', 'Elsewhere.'])
	await fake.callbacks.settled()
	assert.deepEqual(
		site.of('/events').map((a) => a.params.CallStatus),
		['initiated', 'ringing', 'in-progress', 'completed'],
	)
	assert.deepEqual(
		site.of('/rec').map((a) => a.params.RecordingStatus),
		['completed'],
	)
	assert.deepEqual(
		site.of('/words').map((a) => a.params.TranscriptionEvent),
		['transcription-started', 'transcription-stopped'],
	)
	await assert.rejects(client.calls(made.sid).update({ url: site.at('/other') }), code(21220))
	await assert.rejects(client.calls(made.sid).recordings.create({}), code(21220))
	await assert.rejects(client.calls.create({ to: '+14155550133', from: '+19995550100', url: site.at('/hello') }), code(21210))
	const before = account.calls.size
	fake.fault({ on: 'CreateCall', kind: 'cut' })
	await assert.rejects(client.calls.create({ to: '+14155550133', from: '+14155550199', url: site.at('/other') }))
	assert.equal(account.calls.size, before + 1)
	await [...account.calls.values()].at(-1).leg.ended
	assert.equal(site.of('/other').length, 2)
	fake.people.set('+14155550133', 'busy')
	const busy = await client.calls.create({ to: '+14155550133', from: '+14155550199', twiml: '<Response><Say>x</Say></Response>' })
	await account.calls.get(busy.sid).leg.ended
	assert.equal((await client.calls(busy.sid).fetch()).status, 'busy')
	assert.ok((await client.calls.list({ status: 'busy', limit: 5 })).length > 0)
	end()
})

test('conferences: joined by TwiML and by REST, held, put out, ended', async () => {
	site.serve({
		'/voice': doc(
			'<Dial action="/after"><Conference statusCallback="/conf" statusCallbackEvent="start end join leave" endConferenceOnExit="true">room</Conference></Dial>',
		),
		'/after': doc('<Say>Over.</Say>'),
		'/conf': '<Response/>',
	})
	const forever = new Promise(() => {})
	const caller = fake.phone.call({ to: '+14155550199', until: forever })
	const [room] = await until(async () => {
		const all = await client.conferences.list({ friendlyName: 'room', status: 'in-progress' })
		return all.length && all
	}, 'the room is open')
	fake.people.set('+14155550144', { outcome: 'answered', until: forever })
	const guest = await client.conferences(room.sid).participants.create({ from: '+14155550199', to: '+14155550144', label: 'guest', muted: true })
	await until(async () => (await client.conferences(room.sid).participants.list()).length === 2, 'both are in')
	assert.equal((await client.conferences(room.sid).participants('guest').fetch()).muted, true)
	assert.equal(
		(
			await client
				.conferences(room.sid)
				.participants(caller.sid)
				.update({ hold: true, holdUrl: site.at('/hold') })
		).hold,
		true,
	)
	await client.conferences(room.sid).participants(guest.callSid).remove()
	await until(async () => (await client.conferences(room.sid).participants.list()).length === 1, 'the guest is out')
	await client.conferences(room.sid).update({ status: 'completed' })
	await caller.ended
	assert.deepEqual(caller.said, ['Over.'])
	assert.equal((await client.conferences(room.sid).fetch()).status, 'completed')
	await fake.callbacks.settled()
	const events = site.of('/conf').map((a) => a.params.StatusCallbackEvent)
	assert.deepEqual(events.slice(0, 3), ['participant-join', 'conference-start', 'participant-join'])
	assert.ok(events.includes('participant-leave') && events.includes('conference-end'), events.join(' '))
})

test('TwiML that is none is noticed: grammar, limits, XML, type; and the fallback is asked', async () => {
	const other = await new FakeTwilio({ accounts: [LIVE] }).start()
	const bad = {
		'<Response><Say voise="x">hello</Say></Response>': /no such attribute/,
		'<Response><Pause length="soon"/></Response>': /Pause length/,
		'<Response><Client>x</Client></Response>': /no <Client> here/,
		'<Response><Say>a</Response>': /is no TwiML|expected|closing/i,
		[`<Response><Say>${'x'.repeat(4097)}</Say></Response>`]: /4097 characters/,
	}
	for (const [xml, reason] of Object.entries(bad)) {
		if (!isJudged && !/4097|closing/.test(String(reason))) continue
		site.serve({ '/voice': xml })
		await other.phone.call({ to: '+1', url: site.at('/voice') }).ended
		assert.match(
			other.violations
				.splice(0)
				.map((v) => v.text)
				.join('\n'),
			reason,
			xml,
		)
	}
	site.serve({ '/fallback': doc('<Say>Call again.</Say>') })
	addNumber(other.account, '+14155550188', { voice_url: site.at('/missing'), voice_fallback_url: site.at('/fallback') })
	const call = other.phone.call({ to: '+14155550188' })
	await call.ended
	assert.deepEqual(call.said, ['Call again.'])
	assert.equal(site.of('/fallback')[0].params.ErrorCode, '11200')
	assert.equal(other.notifications[0].code, 11200)
	await other.stop()
})

test("a stream is callsim's or the script's, and its action is asked afterwards", async () => {
	site.serve({
		'/voice': doc(
			'<Connect action="/after"><Stream url="wss://voice.example.com/stream" statusCallback="/stream"><Parameter name="token" value="t1"/></Stream></Connect><Say>Next.</Say>',
		),
		'/after': doc('<Say>Back.</Say>'),
		'/stream': '<Response/>',
	})
	let seen
	const call = fake.phone.call({ to: '+14155550199', stream: async (stream) => ((seen = stream), { isEndedByServer: true }) })
	await call.ended
	await fake.callbacks.settled()
	assert.deepEqual([seen.url, seen.parameters], ['wss://voice.example.com/stream', { token: 't1' }])
	assert.deepEqual(call.said, ['Back.'])
	assert.deepEqual(
		site.of('/stream').map((a) => a.params.StreamEvent),
		['stream-started', 'stream-stopped'],
	)
})

if (hasSpecs('twilio-webhook-params.json'))
	test('webhooks have the parameters that are documented, and no others', () => {
		const known = JSON.parse(fs.readFileSync(path.join(specs, 'twilio-webhook-params.json'), 'utf8'))
		const voice = [...known.voice_request, ...known.voice_request_observed_aliases]
		const kinds = {
			'call-status': [...voice, ...known.call_status_callback_extra],
			'leg-status': [...voice, ...known.call_status_callback_extra],
			recording: known.recording_status_callback,
			transcription: known.record_transcribe_callback,
			realtime: known.realtime_transcription_callback.fields,
			stream: known.stream_status_callback,
		}
		const seen = new Set(fake.callbacks.sent.map((s) => s.kind))
		for (const kind of Object.keys(kinds)) assert.ok(seen.has(kind), `there was no ${kind}`)
		for (const { kind, params } of fake.callbacks.sent.filter((s) => kinds[s.kind]))
			for (const name of Object.keys(params)) assert.ok(kinds[kind].includes(name), `${kind}: ${name}`)
		// Of queues (docs/voice/twiml/enqueue, queue) and fallbacks (docs/voice/twiml).
		const own = [
			'QueueSid',
			'QueueTime',
			'QueueResult',
			'QueuePosition',
			'CurrentQueueSize',
			'AvgQueueTime',
			'MaxQueueSize',
			'DequeingCallSid',
			'ErrorCode',
			'ErrorUrl',
		]
		const asked = new Set([...voice, ...known.gather_action_extra, ...known.dial_action_extra, ...known.record_action_extra, ...own])
		const requests = fake.phone.legs.flatMap((leg) => leg.steps.filter((s) => s.what === 'request'))
		assert.ok(requests.length > 30)
		for (const { params } of requests) for (const name of Object.keys(params)) assert.ok(asked.has(name), name)
	})

test('the commands: a fake that is served, a call that is made there, and one straight to a webhook', async () => {
	site.serve({
		'/voice': doc('<Gather numDigits="1" action="/menu"><Say>Press 1.</Say></Gather>'),
		'/menu': ({ Digits }) => doc(`<Say>You chose ${Digits}.</Say>`),
	})
	const run = (file, ...args) => {
		const child = spawn(process.execPath, [path.join(root, 'tests/e2e/twilio', file), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
		child.out = ''
		child.stdout.on('data', (d) => (child.out += d))
		child.over = once(child, 'close').then(([status]) => status)
		return child
	}
	const served = run('serve.mjs', '--port', '0', '--account', LIVE.sid, '--auth-token', LIVE.authToken, '--number', '+14155550155')
	const origin = await until(() => /api_url = (\S+)\/\{product\}/.exec(served.out)?.[1], 'it listens')
	const there = clientOf({ origin }, LIVE.sid, LIVE.authToken)
	const [number] = await there.incomingPhoneNumbers.list()
	await there.incomingPhoneNumbers(number.sid).update({ voiceUrl: site.at('/voice') })
	const call = run('call.mjs', '--fake', origin, '--to', '+14155550155', '--digits', '1')
	assert.equal(await call.over, 0)
	assert.deepEqual(call.out.split('\n').slice(0, 4), ['Gather', 'Say Press 1.', 'pressed 1', 'Say You chose 1.'])
	assert.match(call.out, /the call is over: completed/)
	const nobody = run('call.mjs', '--fake', origin, '--to', '+14155550156')
	assert.equal(await nobody.over, 1)
	const direct = run(
		'call.mjs',
		'--webhook',
		site.at('/voice'),
		'--account',
		LIVE.sid,
		'--auth-token',
		LIVE.authToken,
		'--to',
		'+14155550155',
		'--digits',
		'2',
	)
	assert.equal(await direct.over, 0)
	assert.match(direct.out, /Say You chose 2\./)
	assert.ok(site.asked.every((a) => a.isSigned))
	served.kill('SIGTERM')
	assert.equal(await served.over, 0)
})

test("a call over ringdown: the webhook, the stream of callsim with this call's names, the action, both ways of ending", async () => {
	const model = await new Model().start()
	const ringdown = await startRingdown({ modelUrl: model.url, config: { security: { require_signature: 'yes' } } })
	const other = await new FakeTwilio({ accounts: [{ sid: `AC${'0'.repeat(32)}`, authToken: AUTH_TOKEN }], callsim: program('callsim') }).start()
	addNumber(other.account, '+14155550199', {
		voice_url: `${ringdown.url}/connect/webhook/twilio/voice`,
		status_callback: `${ringdown.url}/connect/webhook/twilio/status`,
	})
	const call = other.phone.call({ to: '+14155550199', stream: { seconds: 1 } })
	await call.ended
	await other.callbacks.settled()
	assert.deepEqual(
		call.story.map((s) => s.replace(/ws:.*/, 'ws')),
		['Connect ws', 'stream hung up', 'hung up by caller'],
	)
	assert.equal(call.streams[0].report.warnings, 0)
	assert.equal(
		(
			await until(() => {
				try {
					return ringdown.transcript(call.sid)
				} catch {
					return undefined
				}
			}, 'its transcript is there')
		).call_sid,
		call.sid,
	)
	assert.deepEqual(
		other.callbacks.sent.map((s) => s.status).filter((s) => s >= 300),
		[],
	)
	const forged = new FakeTwilio({ accounts: [{ sid: other.account.sid, authToken: 'wrong' }] })
	await forged.start()
	const refused = forged.phone.call({ to: '+14155550199', url: `${ringdown.url}/connect/webhook/twilio/voice` })
	await refused.ended
	assert.equal(refused.state, 'failed')
	assert.match(forged.notifications[0].text, /403/)
	await forged.stop()
	other.assertClean(assert)
	await other.stop()
	await ringdown.stop()
	await model.stop()
})
