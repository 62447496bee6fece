// SPDX-License-Identifier: MIT
// Calls are made, followed by their callbacks whatever happens to those, acted on while they live, and listed (PLANE.md 8).
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startPlane } from './lib/plane.mjs'
import { until } from './lib/ringdown.mjs'
import { addNumber } from './twilio/resources/numbers.mjs'
import { FakeTwilio } from './twilio/twilio.mjs'

const LIVE = { sid: `AC${'1'.repeat(32)}`, authToken: 'a'.repeat(32) }
const TEST = { sid: `AC${'2'.repeat(32)}`, authToken: 'b'.repeat(32), isTest: true }
const OURS = '+14155550100', THEIRS = '+14155550155', OTHER = '+14155550166', STAYS = '+14155550177'
const MAKE = '/upstream/call/twilio-provider/make-call'

let twilio, ringdown, acme, other
before(async () => {
	twilio = await new FakeTwilio({ accounts: [LIVE, TEST] }).start()
	ringdown = await startPlane({ twilio, orgs: ['acme', 'other'] })
	acme = ringdown.as('acme')
	other = ringdown.as('other')
	const connect = (api, a) => api('POST', '/upstream/save-integration', { type: 'twilio-provider', name: 'main', credentials: { accountSid: a.sid, authToken: a.authToken } })
	assert.equal((await connect(acme, LIVE)).status, 200)
	assert.equal((await connect(other, TEST)).status, 200)
	const bought = await acme('POST', '/phone/numbers/purchase', { phoneNumber: OURS })
	assert.equal(bought.status, 201, JSON.stringify(bought.body))
})
after(async () => {
	await ringdown?.stop()
	await twilio?.stop()
	twilio?.assertClean(assert)
})

const made = () => twilio.requestsOf('CreateCall').length
const make = (body, headers, api = acme) => api('POST', MAKE, { from: OURS, to: THEIRS, ...body }, headers)
const show = async (id) => (await acme('GET', `/phone/calls/${id}`)).body.data
const over = (id) => until(async () => ((call) => call?.status === 'completed' && call)(await show(id)), `call ${id} does not end`)

test('a call is made, and its record follows it to the end', async () => {
	const before = made()
	const answer = await make({ say: 'Your table is ready. <b> & "yes"', record: true, timeLimit: 600 }, { 'idempotency-key': 'c1' })
	assert.equal(answer.status, 201, JSON.stringify(answer.body))
	const { data } = answer.body
	assert.match(data.sid, /^CA/)
	assert.deepEqual([data.from, data.to, data.flow, data.test], [OURS, THEIRS, null, false])
	const call = await over(data.id)
	assert.equal(call.sid, data.sid)
	assert.equal(call.direction, 'outbound')
	assert.equal(call.missed, false)
	assert.ok(call.answeredAt && call.endedAt && call.duration >= 0, JSON.stringify(call))
	assert.deepEqual(call.journey.map((e) => e.details.status), [...new Set(call.journey.map((e) => e.details.status))], 'a status came twice')
	assert.equal((await show(data.sid)).sessionId, data.sessionId)
	const again = await make({ say: 'Your table is ready. <b> & "yes"', record: true, timeLimit: 600 }, { 'idempotency-key': 'c1' })
	assert.deepEqual([again.status, again.headers.get('idempotency-replayed'), again.body.data.id], [201, 'true', data.id])
	assert.equal(made(), before + 1)
})

test('what must not be called is not', async () => {
	const before = made()
	const reason = async (body) => ((answer) => `${answer.status} ${answer.body.reason}`)(await make(body))
	assert.equal(await reason({ to: '911', say: 'x' }), '422 emergency_number')
	assert.equal(await reason({ to: '+19005550100', say: 'x' }), '403 destination_not_allowed')
	assert.equal(await reason({ to: '+8821612345678', say: 'x' }), '403 destination_not_allowed')
	assert.equal(await reason({ to: '+442055501000', say: 'x' }), '403 destination_not_allowed')
	assert.equal(await reason({ from: '+14155559999', say: 'x' }), '422 from_not_owned')
	assert.equal(await reason({ flow: 'nowhere' }), '404 flow_not_found')
	assert.equal(await reason({ twimlUrl: `${ringdown.url}/api/automation/ivr/flow/nowhere?a=b` }), '404 flow_not_found')
	assert.equal(await reason({ twimlUrl: 'http://example.com/twiml' }), '422 url_invalid')
	assert.equal(await reason({}), '422 one_of_required')
	assert.equal(await reason({ say: 'x', twiml: '<Response/>' }), '422 one_of_required')
	assert.equal(await reason({ userId: 'nobody' }), '422 user_unknown')
	const raw = await ringdown.as('acme', 'calls:make')('POST', MAKE, { from: OURS, to: THEIRS, twiml: '<Response/>' })
	assert.equal(raw.body.reason, 'insufficient_scope')
	const all = await acme('POST', MAKE, { from: 'x', to: 'y', timeout: 1, sendDigits: 'z', machineDetection: 'q', purpose: 'fun' })
	assert.equal(all.body.errors.length, 7, JSON.stringify(all.body.errors))
	assert.equal(made(), before)
})

test('magic numbers of test credentials', async () => {
	const call = (to, from = '+15005550006') => make({ from, to, say: 'x' }, {}, other)
	assert.equal((await call('+15005550001')).body.reason, 'to_invalid')
	assert.equal((await call('+15005550002')).body.reason, 'to_unroutable')
	assert.equal((await call('+15005550003')).body.reason, 'geo_permission')
	assert.equal((await call('+15005550004')).body.reason, 'to_blocked')
	const good = await call(THEIRS)
	assert.equal(good.status, 201, JSON.stringify(good.body))
	assert.equal(good.body.data.test, true)
	const failed = (await other('GET', '/phone/calls?status=failed')).body
	assert.equal(failed.total, 4)
})

test('callbacks that are late, repeated or out of order never turn a call back', async () => {
	twilio.bend({ kind: /call-status/, match: (p) => p.CallStatus === 'ringing', afterNext: true, repeat: 1 })
	twilio.bend({ kind: /call-status/, match: (p) => p.CallStatus === 'in-progress', repeat: 2 })
	twilio.bend({ kind: /call-status/, match: (p) => p.CallStatus === 'completed', repeat: 2 })
	const { body } = await make({ say: 'x' })
	const call = await over(body.data.id)
	await twilio.callbacks.settled()
	assert.equal((await show(call.sid)).status, 'completed')
	const order = ['queued', 'initiated', 'ringing', 'in-progress', 'completed']
	const story = call.journey.map((e) => order.indexOf(e.details.status))
	assert.deepEqual(story, [...story].sort(), `the journey goes back: ${call.journey.map((e) => e.details.status)}`)
})

test('a call whose making was not answered is not made again, and its callbacks tell what came of it', async () => {
	const before = made()
	twilio.fault({ on: 'CreateCall', kind: 'cut' })
	const lost = await make({ say: 'x' })
	assert.equal(lost.status, 504, JSON.stringify(lost.body))
	assert.equal(lost.body.reason, 'provider_outcome_unknown')
	const call = await over(lost.body.data.id)
	assert.match(call.sid, /^CA/)
	assert.equal(made(), before + 1)
})

// A call that lasts until end() is called: our TwiML dials somebody who stays.
async function lasting() {
	let end
	twilio.people.set(STAYS, { outcome: 'answered', afterS: 1, until: new Promise((resolve) => (end = resolve)) })
	const { body } = await make({ twiml: `<Response><Dial callerId="${OURS}"><Number statusCallback="${ringdown.url}/connect/webhook/twilio/status" statusCallbackEvent="initiated ringing answered completed">${STAYS}</Number></Dial></Response>` })
	assert.ok(body.data, JSON.stringify(body))
	const call = await until(async () => ((c) => c.legs?.some((l) => l.status === 'in-progress') && c)(await show(body.data.id)), 'nobody talks')
	return { call, end, act: (action, more = {}) => acme('POST', `/phone/calls/${call.sid}/actions/${action}`, more) }
}

test('a live call is seen with its legs, recorded, and hung up', async () => {
	const { call, end, act } = await lasting()
	assert.equal(call.legs[0].to, STAYS)
	assert.equal(call.legs[0].sessionId, call.sessionId)
	const live = await acme('GET', '/phone/calls/live')
	assert.ok(live.body.data.some((c) => c.data.sid === call.sid))
	for (const [action, status] of [['start-recording'], ['pause-recording', 'paused'], ['resume-recording', 'in-progress'], ['stop-recording', 'stopped']]) {
		const answer = await act(action)
		assert.equal(answer.status, 200, `${action}: ${JSON.stringify(answer.body)}`)
		assert.equal(answer.body.data.data.sid, call.sid)
		if (status) assert.equal(twilio.requestsOf('UpdateCallRecording').at(-1).form.get('Status'), status)
	}
	assert.equal((await act('dance')).status, 404)
	assert.equal((await other('POST', `/phone/calls/${call.sid}/actions/hangup`, {})).status, 404)
	assert.equal((await ringdown.as('acme', 'calls:read')('POST', `/phone/calls/${call.sid}/actions/hangup`, {})).status, 403)
	assert.equal((await act('hangup')).status, 200)
	await over(call.sid)
	end()
	const late = await act('hangup')
	assert.deepEqual([late.status, late.body.reason], [409, 'call_not_live'])
	assert.deepEqual((await show(call.sid)).journey.filter((e) => e.event === 'action').map((e) => e.details.action), ['start-recording', 'pause-recording', 'resume-recording', 'stop-recording', 'hangup'])
})

test('a live call is transferred to somebody else, and ends with that talk', async () => {
	const { call, end, act } = await lasting()
	const wrong = await act('transfer', { to: 'somewhere' })
	assert.equal(wrong.body.reason, 'to_invalid')
	assert.equal((await act('transfer', { to: '112' })).body.reason, 'emergency_number')
	assert.equal((await act('transfer', { to: '+19005550100' })).status, 403)
	const answer = await act('transfer', { to: { type: 'number', id: OTHER }, announce: 'One moment & no more.' })
	assert.equal(answer.status, 200, JSON.stringify(answer.body))
	const done = await over(call.sid)
	end()
	await twilio.callbacks.settled()
	const legs = (await show(call.sid)).legs
	assert.ok(legs.some((l) => l.to === OTHER && l.status === 'completed'), JSON.stringify(legs))
	assert.ok(done)
})

test('an inbound call that nobody takes is missed, and listed as that', async () => {
	const before = (await acme('GET', '/phone/calls?missed=true')).body.total
	const call = twilio.phone.call({ from: THEIRS, to: OURS })
	await call.ended
	await twilio.callbacks.settled()
	const listed = await until(async () => ((l) => l.total > before && l)((await acme('GET', '/phone/calls?missed=true')).body), 'it is not missed')
	assert.equal(listed.data[0].data.from, THEIRS)
	assert.equal(listed.data[0].data.direction, 'inbound')
	const noted = await acme('PATCH', `/phone/calls/${listed.data[0].sk}`, { note: 'called back', outcome: 'reached' })
	assert.equal(noted.body.data.note, 'called back')
})
