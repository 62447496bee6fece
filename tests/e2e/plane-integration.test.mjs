// SPDX-License-Identifier: MIT
// Accounts are connected over the API: fields, live checks, secrets that never come out, operations (PLANE.md 3).
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import { client, startPlane } from './lib/plane.mjs'
import { addCampaign, addService, attachNumber } from './twilio/resources/messaging.mjs'
import { addNumber } from './twilio/resources/numbers.mjs'
import { FakeTwilio } from './twilio/twilio.mjs'

const sid = (kind, digit) => kind + digit.repeat(32)
const LIVE = { sid: sid('AC', '1'), authToken: 'a1'.repeat(16), secondaryToken: 'b2'.repeat(16),
	keys: [{ sid: sid('SK', '1'), secret: 'key-secret-canary' }, { sid: sid('SK', '2'), secret: 'restricted', kind: 'restricted' }] }
const TEST = { sid: sid('AC', '2'), authToken: 'c3'.repeat(16), isTest: true }
const SENDER = '+14155550199'

let twilio, ringdown, acme, service
before(async () => {
	twilio = await new FakeTwilio({ accounts: [LIVE, TEST] }).start()
	const number = addNumber(twilio.account, SENDER)
	service = addService(twilio.account, { sid: sid('MG', '1'), use_inbound_webhook_on_number: false })
	attachNumber(service, number)
	addCampaign(service)
	ringdown = await startPlane({ twilio, orgs: ['acme', 'other'] })
	acme = ringdown.as('acme')
})
after(async () => {
	await ringdown?.stop()
	await twilio?.stop()
	twilio?.assertClean(assert)
})

const save = (api, body, query = '') => api('POST', `/api/upstream/save-integration${query}`, body)
const account = (more) => ({ type: 'twilio-provider', name: 'main', credentials: { accountSid: LIVE.sid, authToken: LIVE.authToken }, ...more })
const check = (answer, id) => answer.body.integration.checks.find((c) => c.id === id)
let saved

test('all that is wrong with the fields is told at once, and nothing is kept', async () => {
	const answer = await save(acme, {
		type: 'twilio-provider', name: '',
		credentials: { accountSid: 'AC1', authToken: 'short', apiKeySid: sid('SK', '1') },
		publicConfig: { messagingServiceSid: 'MG', defaultSenderNumber: '555-1234', region: 'mars', edge: 'evil.example/', environment: 'x', voiceFallbackUrl: 'http://a/', limits: { allowedCountries: ['us'] } },
	})
	assert.equal(answer.status, 422, JSON.stringify(answer.body))
	assert.deepEqual(answer.body.errors.map((e) => e.pointer).sort(), ['/credentials/accountSid', '/credentials/apiKeySecret', '/credentials/authToken', '/name',
		'/publicConfig/defaultSenderNumber', '/publicConfig/edge', '/publicConfig/environment', '/publicConfig/limits/allowedCountries',
		'/publicConfig/messagingServiceSid', '/publicConfig/region', '/publicConfig/voiceFallbackUrl'])
	assert.equal((await save(acme, { type: 'telegram', name: 'x' })).body.errors[0].reason, 'unsupported_integration')
	assert.deepEqual((await acme('GET', '/upstream/active')).body.data, [])
	assert.equal(twilio.requests.length, 0)
})

test('credentials that Twilio refuses are not kept', async () => {
	const answer = await save(acme, account({ credentials: { accountSid: LIVE.sid, authToken: 'f'.repeat(32) } }))
	assert.equal(answer.status, 422)
	assert.equal(answer.body.reason, 'credentials_rejected')
	assert.equal(answer.body.provider.code, 20003)
	assert.ok(!JSON.stringify(answer.body).includes('f'.repeat(32)))
	assert.deepEqual((await acme('GET', '/upstream/active')).body.data, [])
})

test('an account is looked at before it is kept, and what wants mending can be mended', async () => {
	const answer = await save(acme, account({
		credentials: { accountSid: LIVE.sid, authToken: LIVE.authToken, apiKeySid: sid('SK', '1'), apiKeySecret: 'key-secret-canary' },
		publicConfig: { messagingServiceSid: service.body.sid, defaultSenderNumber: SENDER }, colour: 'red',
	}))
	assert.equal(answer.status, 200, JSON.stringify(answer.body))
	const { integration } = answer.body
	assert.equal(answer.body.success, true)
	assert.equal(integration.status, 'degraded')
	assert.equal(integration.environment, 'live')
	assert.deepEqual(integration.checks.map((c) => [c.id, c.ok]), [['account', true], ['api-key', true], ['messaging-service', false], ['a2p', true],
		['default-sender', true], ['twiml-app', true]])
	assert.equal(check(answer, 'messaging-service').fix, 'use-inbound-webhook-on-number')
	assert.deepEqual(integration.credentials, { accountSid: LIVE.sid, authToken: '\u2022\u2022\u2022\u2022a1a1', apiKeySid: sid('SK', '1'), apiKeySecret: '\u2022\u2022\u2022\u2022' })
	assert.match(integration.publicConfig.twimlAppSid, /^AP[0-9a-f]{32}$/)
	assert.equal([...twilio.account.applications.values()].length, 1)
	saved = integration
	const fixed = await acme('POST', `/upstream/integrations/${saved.sk}/fix`, {})
	assert.equal(fixed.body.integration.status, 'active', JSON.stringify(fixed.body))
	assert.equal(service.body.use_inbound_webhook_on_number, true)
	assert.equal([...twilio.account.applications.values()].length, 1, 'verifying makes no second application')
})

test('no secret is in an answer, in the log, or readable in the database', async () => {
	const answers = [await acme('GET', '/upstream/active'), await acme('GET', '/upstream/active/detail'), await acme('GET', '/upstream/get-config'),
		await acme('POST', '/upstream/get-integration', { id: saved.sk })]
	for (const a of answers) assert.equal(a.status, 200)
	const files = fs.readdirSync(ringdown.dir).filter((f) => f.startsWith('ringdown.db')).map((f) => fs.readFileSync(`${ringdown.dir}/${f}`, 'latin1'))
	for (const text of [...answers.map((a) => JSON.stringify(a.body)), ringdown.log, ...files])
		for (const secret of [LIVE.authToken, 'key-secret-canary']) assert.ok(!text.includes(secret))
})

test('a change keeps what it does not name, and sees the version', async () => {
	const answer = await save(acme, { type: 'twilio-provider', sk: saved.sk, publicConfig: { edge: null, limits: { allowedCountries: ['US', 'DE'] } } }, '?verify=false')
	assert.equal(answer.status, 200, JSON.stringify(answer.body))
	assert.equal(answer.body.integration.publicConfig.messagingServiceSid, service.body.sid)
	assert.deepEqual(answer.body.integration.publicConfig.limits, { allowedCountries: ['US', 'DE'] })
	assert.equal(answer.body.integration.name, 'main')
	const late = await acme('POST', '/upstream/save-integration', { type: 'twilio-provider', sk: saved.sk, name: 'x' }, { 'if-match': '"v1"' })
	assert.equal(late.status, 412)
})

test('a name is taken once, an account by one organisation', async () => {
	assert.equal((await save(acme, account(), '?verify=false')).body.reason, 'name_taken')
	const other = ringdown.as('other')
	const taken = await save(other, account(), '?verify=false')
	assert.equal(taken.status, 409)
	assert.equal(taken.body.reason, 'provider_account_in_use')
	assert.equal((await other('POST', '/upstream/get-integration', { id: saved.sk })).status, 404)
	assert.equal((await other('POST', `/upstream/integrations/${saved.sk}/verify`, {})).status, 404)
})

test('test credentials are known by what they may not', async () => {
	const other = ringdown.as('other')
	const answer = await save(other, account({ credentials: { accountSid: TEST.sid.toUpperCase().replace('AC', 'AC'), authToken: TEST.authToken } }))
	assert.equal(answer.status, 200, JSON.stringify(answer.body))
	assert.equal(answer.body.integration.environment, 'test')
	assert.equal(answer.body.integration.status, 'active')
	assert.equal((await other('DELETE', `/upstream/integrations/${answer.body.integration.sk}`)).status, 204)
	assert.deepEqual((await other('GET', '/upstream/active')).body.data, [])
})

test('a key by itself is enough, and webhooks are then told by their URL', async () => {
	const other = ringdown.as('other')
	await acme('POST', `/upstream/shutdown/${saved.sk}`, {})
	const answer = await save(other, { provider: 'twilio', config: { accountSid: LIVE.sid, apiKey: sid('SK', '1'), apiKeySecret: 'key-secret-canary' } })
	assert.equal(answer.status, 200, JSON.stringify(answer.body))
	assert.equal(answer.body.integration.name, 'Twilio')
	assert.equal(answer.body.integration.publicConfig.webhookAuth, 'url-secret')
	assert.equal(check(answer, 'account').ok, true)
	assert.equal((await other('DELETE', `/upstream/integrations/${answer.body.integration.sk}`)).status, 204)
	assert.equal((await save(acme, { type: 'twilio-provider', sk: saved.sk }, '')).body.integration.status, 'active')
})

test('operations are asked by type, name or sk', async () => {
	for (const which of ['twilio-provider', 'main', saved.sk]) {
		const answer = await acme('POST', `/api/upstream/call/${which}/lookup`, { phoneNumber: SENDER })
		assert.equal(answer.status, 200, JSON.stringify(answer.body))
		assert.equal(answer.body.data.phoneNumber, SENDER)
	}
	const services = await acme('GET', '/upstream/call/twilio-provider/list-messaging-services')
	assert.deepEqual(services.body.data.map((s) => s.sid), [service.body.sid])
	assert.equal((await acme('POST', '/upstream/call/twilio-provider/a2p-status', {})).body.data.status, 'registered')
	assert.equal((await acme('POST', '/upstream/call/twilio-provider/dance', {})).body.reason, 'unknown_operation')
	assert.equal((await acme('POST', '/upstream/call/nobody/lookup', { phoneNumber: SENDER })).status, 404)
	assert.equal((await ringdown.as('other')('POST', '/upstream/call/twilio-provider/lookup', { phoneNumber: SENDER })).body.reason, 'twilio_not_configured')
	const poor = client(ringdown.url, ringdown.token('acme', 'calls:read'), 'acme')
	assert.equal((await poor('POST', '/upstream/call/twilio-provider/lookup', { phoneNumber: SENDER })).status, 403)
})

test('five refusals in a row stop everything, and new credentials start it again', async () => {
	twilio.account.keys[0].secret = 'changed'
	for (let i = 0; i < 5; i++) assert.equal((await acme('POST', '/upstream/call/main/lookup', { phoneNumber: SENDER })).body.reason, 'provider_unauthorized')
	const before = twilio.requests.length
	const stopped = await acme('POST', '/upstream/call/main/lookup', { phoneNumber: SENDER })
	assert.equal(stopped.status, 502)
	assert.equal(twilio.requests.length, before, 'nothing goes out')
	assert.equal((await acme('POST', '/upstream/get-integration', { id: saved.sk })).body.integration.status, 'error')
	const rotated = await acme('POST', `/upstream/integrations/${saved.sk}/rotate`, { apiKeySid: sid('SK', '1'), apiKeySecret: 'changed' })
	assert.equal(rotated.body.integration.status, 'active', JSON.stringify(rotated.body))
	assert.equal((await acme('POST', '/upstream/call/main/lookup', { phoneNumber: SENDER })).status, 200)
})
