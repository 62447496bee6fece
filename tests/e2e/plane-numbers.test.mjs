// SPDX-License-Identifier: MIT
// Numbers are bought, imported, changed, compared and given back; none is ever bought twice (PLANE.md 7).
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startPlane } from './lib/plane.mjs'
import { addService } from './twilio/resources/messaging.mjs'
import { addNumber } from './twilio/resources/numbers.mjs'
import { FakeTwilio } from './twilio/twilio.mjs'

const LIVE = { sid: `AC${'1'.repeat(32)}`, authToken: 'a'.repeat(32) }
const TEST = { sid: `AC${'2'.repeat(32)}`, authToken: 'b'.repeat(32), isTest: true }
const HOOKS = { voice_url: 'voice', voice_fallback_url: 'voice?fallback=1', status_callback: 'status', sms_url: 'sms', sms_fallback_url: 'sms?fallback=1' }

let twilio, ringdown, acme, other, service
before(async () => {
	twilio = await new FakeTwilio({ accounts: [LIVE, TEST] }).start()
	service = addService(twilio.account)
	ringdown = await startPlane({ twilio, orgs: ['acme', 'other'] })
	acme = ringdown.as('acme')
	other = ringdown.as('other')
	const connect = (api, a, more) => api('POST', '/upstream/save-integration', { type: 'twilio-provider', name: 'main', credentials: { accountSid: a.sid, authToken: a.authToken }, ...more })
	assert.equal((await acme('GET', '/phone/numbers/available')).body.reason, 'twilio_not_configured')
	assert.equal((await connect(acme, LIVE, { publicConfig: { messagingServiceSid: service.body.sid } })).status, 200)
	assert.equal((await connect(other, TEST)).body.integration.environment, 'test')
})
after(async () => {
	await ringdown?.stop()
	await twilio?.stop()
	twilio?.assertClean(assert)
})

const purchases = () => twilio.requestsOf('CreateIncomingPhoneNumber').length
const atTwilio = (number) => twilio.account.number(number)?.body
let first

test('what is to be had is told with its price', async () => {
	const answer = await acme('GET', '/phone/numbers/available?country=US&areaCode=415&voice=true&limit=3')
	assert.equal(answer.status, 200, JSON.stringify(answer.body))
	assert.equal(answer.body.data.length, 3)
	assert.match(answer.body.data[0].phoneNumber, /^\+1415/)
	assert.equal(answer.body.data[0].capabilities.voice, true)
	assert.ok(Number(answer.body.data[0].monthlyPrice.amount) > 0)
	assert.equal((await acme('GET', '/phone/available?countryCode=US&areaCode=650')).status, 200, 'the platform asks so')
	assert.equal((await acme('GET', '/phone/numbers/available?country=usa&areaCode=41&type=x')).body.errors.length, 3)
})

test('a number is bought with its webhooks in one request', async () => {
	const answer = await acme('POST', '/phone/numbers/purchase', { phoneNumber: '+14155550100', friendlyName: 'Front desk', messagingService: true,
		routing: { voice: { mode: 'flow', flow: 'welcome' } }, assignedUsers: ['u1'] }, { 'idempotency-key': 'p1' })
	assert.equal(answer.status, 201, JSON.stringify(answer.body))
	const { data } = answer.body
	first = data.sk
	assert.equal(data.data.status, 'active')
	assert.equal(data.data.ownership.state, 'owned')
	assert.deepEqual(data.data.drift, [])
	assert.equal(data.data.routing.voice.flow, 'welcome')
	assert.equal(purchases(), 1)
	for (const [name, last] of Object.entries(HOOKS)) assert.equal(atTwilio('+14155550100')[name], `${ringdown.url}/connect/webhook/twilio/${last}`, name)
	assert.equal(twilio.requestsOf('UpdateIncomingPhoneNumber').length, 0, 'there is no moment with other URLs')
	assert.ok(service.numbers.size === 1 || [...service.numbers.values()].length === 1)
	const again = await acme('POST', '/phone/numbers/purchase', { phoneNumber: '+14155550100', friendlyName: 'Front desk', messagingService: true,
		routing: { voice: { mode: 'flow', flow: 'welcome' } }, assignedUsers: ['u1'] }, { 'idempotency-key': 'p1' })
	assert.equal(again.status, 201)
	assert.equal(again.headers.get('idempotency-replayed'), 'true')
	assert.equal((await acme('POST', '/phone/numbers/purchase', { phoneNumber: '+14155550100' })).body.reason, 'already_owned')
	assert.equal(purchases(), 1)
})

test('what cannot be bought says why, and offers others', async () => {
	assert.equal((await acme('POST', '/phone/numbers/purchase', { country: 'US', areaCode: '533' })).body.reason, 'no_numbers_in_area')
	assert.equal((await acme('POST', '/phone/numbers/purchase', { phoneNumber: '+442055501000' })).body.reason, 'country_not_allowed')
	assert.equal((await acme('POST', '/phone/numbers/purchase', {})).status, 422)
	addNumber(twilio.account, '+14155550105') // by hand, in the console
	const gone = await acme('POST', '/phone/numbers/purchase', { phoneNumber: '+14155550105' })
	assert.equal(gone.status, 409)
	assert.equal(gone.body.reason, 'number_unavailable')
	assert.equal(gone.body.provider.code, 21422)
	assert.equal(gone.body.alternatives.length, 3)
})

test('a purchase whose answer is lost is found out, and not made again', async () => {
	const before = purchases()
	twilio.fault({ on: 'CreateIncomingPhoneNumber', kind: 'cut' })
	const lost = await acme('POST', '/phone/numbers/purchase', { phoneNumber: '+14155550101' })
	assert.equal(lost.status, 504, JSON.stringify(lost.body))
	assert.equal(lost.body.reason, 'provider_outcome_unknown')
	const { id } = lost.body.data
	assert.equal((await acme('GET', `/phone/numbers/${id}`)).body.data.data.status, 'pending')
	assert.equal((await acme('POST', '/phone/numbers/purchase', { phoneNumber: '+14155550101' })).body.reason, 'purchase_pending')
	assert.equal(purchases(), before + 1)
	const settled = await acme('POST', `/phone/numbers/${id}/sync`, {})
	assert.equal(settled.body.data.data.status, 'active', JSON.stringify(settled.body))
	assert.equal(purchases(), before + 1)

	twilio.fault({ on: 'CreateIncomingPhoneNumber', kind: 'reset' }) // the line breaks before Twilio has looked at it
	const never = await acme('POST', '/phone/numbers/purchase', { phoneNumber: '+14155550102' })
	assert.equal(never.status, 504)
	assert.equal((await acme('POST', `/phone/numbers/${never.body.data.id}/sync`, {})).body.data.data.status, 'failed')
	assert.equal((await acme('POST', '/phone/numbers/purchase', { phoneNumber: '+14155550102' })).status, 201, 'now it may be bought')
})

test('Twilio that is busy is asked again, as it did nothing', async () => {
	twilio.fault({ on: 'CreateIncomingPhoneNumber', kind: '429', retryAfterS: 1 })
	const before = purchases()
	assert.equal((await acme('POST', '/phone/numbers/purchase', { phoneNumber: '+14155550103' })).status, 201)
	assert.equal(purchases(), before + 2)
})

test('magic numbers of test credentials', async () => {
	const buy = async (body) => (await other('POST', '/phone/numbers/purchase', body))
	assert.equal((await buy({ phoneNumber: '+15005550000' })).body.reason, 'number_unavailable')
	assert.equal((await buy({ phoneNumber: '+15005550001' })).body.reason, 'number_invalid')
	assert.equal((await buy({ areaCode: '533' })).body.reason, 'no_numbers_in_area')
	const bought = await buy({ phoneNumber: '+15005550006' })
	assert.equal(bought.status, 201, JSON.stringify(bought.body))
	assert.equal(bought.body.data.data.test, true)
})

test('numbers are listed, found, and changed', async () => {
	const all = (await acme('GET', '/phone/numbers')).body
	assert.deepEqual(all.data.map((r) => r.data.phoneNumber).sort(), ['+14155550100', '+14155550101', '+14155550102', '+14155550103'])
	assert.equal((await acme('GET', '/phone/numbers?q=front')).body.data.length, 1)
	assert.equal((await acme('GET', '/phone/numbers?capability=fax')).body.data.length, 0)
	assert.equal((await acme('GET', '/phone/numbers?assigned=u1&status=active')).body.data.length, 1)
	assert.equal((await other('GET', `/phone/numbers/${first}`)).status, 404)
	const one = await acme('GET', '/phone/numbers/+14155550100')
	assert.equal(one.body.data.sk, first)
	assert.deepEqual(one.body.data.data.history.map((h) => h.event), ['number.purchased'])
	const bad = await acme('PATCH', `/phone/numbers/${first}`, { routing: { voice: { mode: 'forward', forwardTo: '12' } }, tags: 'x' })
	assert.equal(bad.status, 422)
	assert.equal(bad.body.errors.length, 2)
	const changed = await acme('PATCH', `/phone/numbers/${first}`, { friendlyName: 'Reception', routing: { voice: { mode: 'reject' } } }, { 'if-match': one.headers.get('etag') })
	assert.equal(changed.status, 200, JSON.stringify(changed.body))
	assert.equal(atTwilio('+14155550100').friendly_name, 'Reception')
	assert.equal((await acme('PATCH', `/phone/numbers/${first}`, { purpose: 'x' }, { 'if-match': one.headers.get('etag') })).status, 412)
})

test('what drifts, is missing or foreign is seen, and repaired when that is wanted', async () => {
	atTwilio('+14155550100').voice_url = 'https://evil.example/voice'
	const away = twilio.account.number('+14155550103')
	twilio.account.numbers.delete(away.body.sid)
	const seen = (await acme('POST', '/phone/numbers/reconcile', {})).body.data
	assert.deepEqual(seen.missing, ['+14155550103'])
	assert.deepEqual(seen.foreign.map((f) => f.phoneNumber), ['+14155550105'])
	assert.deepEqual(seen.drift.map((d) => [d.phoneNumber, d.drift[0].field]), [['+14155550100', 'voiceUrl']])
	assert.equal((await acme('GET', '/phone/numbers/+14155550103')).body.data.data.ownership.state, 'missing')
	assert.equal(atTwilio('+14155550100').voice_url, 'https://evil.example/voice', 'nobody asked for a repair')
	const repaired = await acme('POST', `/phone/numbers/${first}/sync`, { repair: true })
	assert.deepEqual(repaired.body.data.data.drift, [], JSON.stringify(repaired.body))
	assert.equal(atTwilio('+14155550100').voice_url, `${ringdown.url}/connect/webhook/twilio/voice`)
})

test('numbers the account has are taken over, and their URLs only when told', async () => {
	addNumber(twilio.account, '+14155550106', { voice_url: 'https://elsewhere.example/' })
	const left = await acme('POST', '/phone/numbers/import', { phoneNumber: '+14155550106' })
	assert.equal(left.status, 200, JSON.stringify(left.body))
	assert.equal(left.body.foreignWebhooks[0].webhooks.voiceUrl, 'https://elsewhere.example/')
	assert.equal(atTwilio('+14155550106').voice_url, 'https://elsewhere.example/')
	const all = await acme('POST', '/phone/numbers/add', { all: true, configureWebhooks: true })
	assert.deepEqual(all.body.data.map((r) => r.data.phoneNumber), ['+14155550105'])
	assert.equal(atTwilio('+14155550105').voice_url, `${ringdown.url}/connect/webhook/twilio/voice`)
	assert.equal((await acme('POST', '/phone/numbers/import', { phoneNumber: '+14155559999' })).status, 404)
})

test('a number is given back when it is named twice', async () => {
	assert.equal((await acme('POST', `/phone/numbers/${first}/release`, { confirm: '+14155550101' })).body.errors[0].reason, 'confirm_mismatch')
	const done = await acme('POST', `/phone/numbers/${first}/release`, { confirm: '+14155550100' })
	assert.equal(done.body.data.data.status, 'released', JSON.stringify(done.body))
	assert.equal(atTwilio('+14155550100'), undefined)
	assert.equal((await acme('GET', '/phone/numbers/+14155550100')).status, 404)
	assert.equal((await acme('GET', `/phone/numbers/${first}`)).status, 200, 'its history stays')
	assert.equal((await acme('POST', '/phone/numbers/purchase', { phoneNumber: '+14155550100' })).status, 201)
})

test('ports are tracked, and none is begun here', async () => {
	const made = await acme('POST', '/phone/ports', { phoneNumber: '+14155550177', direction: 'in', expectedDate: '2026-12-31', carrier: 'Acme Tel' })
	assert.equal(made.status, 201, JSON.stringify(made.body))
	assert.equal((await acme('GET', '/phone/ports')).body.data[0].data.carrier, 'Acme Tel')
	assert.equal((await acme('POST', '/phone/ports', { phoneNumber: '1', direction: 'up', expectedDate: 'soon' })).body.errors.length, 3)
	const cancel = await acme('DELETE', '/phone/ports')
	assert.equal(cancel.status, 405)
	assert.match(cancel.headers.get('allow'), /GET/)
})
