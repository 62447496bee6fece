// SPDX-License-Identifier: MIT
// The fake Twilio is honest: Twilio's own client drives every resource of it, its answers have the shape that Twilio's OpenAPI
// documents give them, and what a client does wrong is noticed.  Its calls: fake-phone.test.mjs.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { program } from './lib/ringdown.mjs'
import { hasSpecs, specs } from './lib/specs.mjs'
import { clientOf } from './twilio/client.mjs'
import { MAGIC } from './twilio/magic.mjs'
import { FILES } from './twilio/openapi.mjs'
import { findRoute, routes } from './twilio/resources/index.mjs'
import { addCampaign, addService } from './twilio/resources/messaging.mjs'
import { addNumber } from './twilio/resources/numbers.mjs'
import { addPort } from './twilio/resources/other.mjs'
import { addVerification } from './twilio/resources/registration.mjs'
import { FakeTwilio } from './twilio/twilio.mjs'

const LIVE = {
	sid: `AC${'1'.repeat(32)}`,
	authToken: 'a'.repeat(32),
	keys: [
		{ sid: `SK${'1'.repeat(32)}`, secret: 'key-secret' },
		{ sid: `SK${'2'.repeat(32)}`, secret: 'main-secret', kind: 'main' },
	],
}
const TEST = { sid: `AC${'2'.repeat(32)}`, authToken: 'b'.repeat(32), isTest: true }
const isJudged = hasSpecs(...Object.values(FILES))

let fake, account, client
before(async () => {
	fake = await new FakeTwilio({ accounts: [LIVE, TEST] }).start()
	account = fake.account
	addNumber(account, '+14155550199')
	client = clientOf(fake, LIVE.sid, LIVE.authToken)
})
after(async () => {
	await fake?.stop()
	fake?.assertClean(assert)
})

const code = (number) => (e) => (assert.equal(e.code, number, e.message), true)

if (isJudged)
	test('every route of the fake is an operation of the documents, by its own name', () => {
		const left = routes.filter((r) => !r.isRaw)
		assert.ok(left.length > 70, String(left.length))
		for (const route of left) {
			const { operation } =
				fake.api.find(route.product, route.method, route.path.replace(/\{(\w+)\}/g, 'x')) ?? assert.fail(`${route.method} ${route.path}`)
			assert.equal(operation.template, route.path)
			assert.ok(route.product === 'api' || route.product === 'messaging' ? operation.id === route.id : true, `${operation.id} ${route.id}`)
		}
	})

test('every request ringdown can make is one the fake answers', () => {
	const { stdout } = spawnSync(program('twilio_dump'), ['1800000000'], { encoding: 'utf8' })
	const operations = stdout
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line))
		.filter((l) => l.operation)
	assert.ok(operations.length > 50)
	for (const o of operations) assert.ok(findRoute(o.product, o.method, o.path.replace(/\{\w+\}/g, 'x')), `${o.operation}: ${o.method} ${o.path}`)
})

test('accounts, applications and caller ids', async () => {
	assert.equal((await client.api.v2010.accounts(LIVE.sid).fetch()).status, 'active')
	assert.equal((await client.api.v2010.accounts.list()).length, 1)
	assert.equal((await client.api.v2010.accounts(LIVE.sid).update({ friendlyName: 'Acme' })).friendlyName, 'Acme')
	assert.equal((await client.balance.fetch()).currency, 'USD')
	const app = await client.applications.create({ friendlyName: 'softphone', voiceUrl: 'https://voice.example.com/voice', voiceMethod: 'POST' })
	assert.match(app.sid, /^AP[0-9a-f]{32}$/)
	assert.equal((await client.applications(app.sid).update({ voiceUrl: 'https://other.example.com/' })).voiceUrl, 'https://other.example.com/')
	assert.equal((await client.applications.list({ friendlyName: 'softphone' })).length, 1)
	assert.equal((await client.applications(app.sid).fetch()).sid, app.sid)
	assert.ok(await client.applications(app.sid).remove())
	await assert.rejects(client.applications(app.sid).fetch(), code(20404))
	assert.equal((await client.validationRequests.create({ phoneNumber: '+14155550123', friendlyName: 'desk' })).phoneNumber, '+14155550123')
	const [caller] = await client.outgoingCallerIds.list({ phoneNumber: '+14155550123' })
	assert.equal((await client.outgoingCallerIds(caller.sid).update({ friendlyName: 'front desk' })).friendlyName, 'front desk')
	assert.equal((await client.outgoingCallerIds(caller.sid).fetch()).friendlyName, 'front desk')
	assert.ok(await client.outgoingCallerIds(caller.sid).remove())
})

test('numbers are found, bought with their webhooks, changed and released', async () => {
	assert.ok((await client.availablePhoneNumbers.list()).some((c) => c.countryCode === 'US'))
	assert.equal((await client.availablePhoneNumbers('US').fetch()).country, 'United States')
	const [first] = await client.availablePhoneNumbers('US').local.list({ areaCode: 206, voiceEnabled: true, limit: 3 })
	assert.match(first.phoneNumber, /^\+1206\d{7}$/)
	assert.equal((await client.availablePhoneNumbers('US').local.list({ areaCode: 533 })).length, 0)
	assert.ok((await client.availablePhoneNumbers('US').tollFree.list()).length > 0)
	assert.ok((await client.availablePhoneNumbers('GB').mobile.list({ limit: 2 })).length === 2)
	const bought = await client.incomingPhoneNumbers.create({
		phoneNumber: first.phoneNumber,
		voiceUrl: 'https://voice.example.com/v',
		smsUrl: 'https://voice.example.com/s',
		friendlyName: 'main',
	})
	assert.deepEqual([bought.voiceUrl, bought.friendlyName, bought.phoneNumber], ['https://voice.example.com/v', 'main', first.phoneNumber])
	await assert.rejects(client.incomingPhoneNumbers.create({ phoneNumber: first.phoneNumber }), code(21422))
	await assert.rejects(client.incomingPhoneNumbers.create({ areaCode: '533' }), code(21452))
	assert.match((await client.incomingPhoneNumbers.create({ areaCode: '206' })).phoneNumber, /^\+1206/)
	assert.equal(
		(await client.incomingPhoneNumbers(bought.sid).update({ voiceUrl: 'https://voice.example.com/w' })).voiceUrl,
		'https://voice.example.com/w',
	)
	assert.equal((await client.incomingPhoneNumbers.list({ phoneNumber: first.phoneNumber })).length, 1)
	assert.equal((await client.incomingPhoneNumbers(bought.sid).fetch()).capabilities.voice, true)
	assert.ok(await client.incomingPhoneNumbers(bought.sid).remove())
	assert.equal((await client.incomingPhoneNumbers.list({ phoneNumber: first.phoneNumber })).length, 0)
})

test('messages, messaging services, their senders and their campaign', async () => {
	const sent = await client.messages.create({
		to: '+14155550111',
		from: '+14155550199',
		body: 'x'.repeat(161),
		mediaUrl: ['https://voice.example.com/a.png'],
	})
	assert.deepEqual([sent.status, sent.numSegments, sent.numMedia], ['queued', '2', '1'])
	assert.equal((await client.messages(sent.sid).fetch()).status, 'delivered')
	assert.equal((await client.messages(sent.sid).update({ body: '' })).body, '')
	assert.equal((await client.messages.list({ to: '+14155550111', dateSentAfter: new Date(Date.now() - 864e5) })).length, 1)
	await assert.rejects(client.messages.create({ to: '+14155550111', from: '+14155550177', body: 'x' }), code(21606))
	await assert.rejects(client.messages.create({ to: '12', from: '+14155550199', body: 'x' }), code(21211))
	assert.ok(await client.messages(sent.sid).remove())
	const service = await client.messaging.v1.services.create({ friendlyName: 'alerts', useInboundWebhookOnNumber: true })
	assert.equal(service.useInboundWebhookOnNumber, true)
	assert.equal(
		(await client.messaging.v1.services(service.sid).update({ inboundRequestUrl: 'https://voice.example.com/sms' })).inboundRequestUrl,
		'https://voice.example.com/sms',
	)
	const { sid } = account.number('+14155550199').body
	await client.messaging.v1.services(service.sid).phoneNumbers.create({ phoneNumberSid: sid })
	await assert.rejects(client.messaging.v1.services(service.sid).phoneNumbers.create({ phoneNumberSid: sid }), code(21710))
	assert.equal((await client.messaging.v1.services(service.sid).phoneNumbers.list())[0].phoneNumber, '+14155550199')
	assert.equal((await client.messaging.v1.services(service.sid).phoneNumbers(sid).fetch()).sid, sid)
	const campaign = addCampaign(account.services.get(service.sid))
	assert.equal((await client.messaging.v1.services(service.sid).usAppToPerson.list())[0].campaignStatus, 'VERIFIED')
	assert.equal((await client.messaging.v1.services(service.sid).usAppToPerson(campaign.sid).fetch()).sid, campaign.sid)
	assert.equal((await client.messaging.v1.brandRegistrations(campaign.brand_registration_sid).fetch()).status, 'APPROVED')
	addVerification(account, { tollfree_phone_number_sid: sid })
	assert.equal((await client.messaging.v1.tollfreeVerifications.list({ tollfreePhoneNumberSid: sid })).length, 1)
	assert.equal((await client.messages.create({ to: '+14155550111', messagingServiceSid: service.sid, body: 'x' })).status, 'accepted')
	assert.ok(await client.messaging.v1.services(service.sid).phoneNumbers(sid).remove())
	assert.ok((await client.messaging.v1.services.list()).length > 0)
	assert.ok(await client.messaging.v1.services(service.sid).remove())
	await assert.rejects(client.messaging.v1.services(service.sid).fetch(), code(20404))
})

test('lookups, prices and ports', async () => {
	const found = await client.lookups.v2.phoneNumbers('+14155550199').fetch({ fields: 'line_type_intelligence,caller_name' })
	assert.deepEqual([found.valid, found.lineTypeIntelligence.type, found.callerName.callerType], [true, 'landline', 'CONSUMER'])
	assert.equal((await client.pricing.v1.phoneNumbers.countries('US').fetch()).phoneNumberPrices[0].current_price ?? '1.15', '1.15')
	assert.ok((await client.pricing.v1.phoneNumbers.countries.list()).length > 3)
	assert.equal((await client.pricing.v1.voice.countries('US').fetch()).priceUnit, 'USD')
	const port = addPort(account, { port_in_request_status: 'In progress' })
	assert.equal((await client.numbers.v1.portingPortIns(port.port_in_request_sid).fetch()).portInRequestStatus, 'In progress')
	assert.equal((await client.numbers.v1.portingAllPortIns.page()).instances.length, 1)
})

test('pages: every record once, in both shapes', async () => {
	for (let i = 0; i < 7; i++) await client.queues.create({ friendlyName: `page-${i}` })
	const names = (await client.queues.list({ pageSize: 3 })).map((q) => q.friendlyName)
	assert.deepEqual(
		names.sort(),
		Array.from({ length: 7 }, (_, i) => `page-${i}`),
	)
	for (let i = 0; i < 5; i++) addService(account, { friendly_name: `service-${i}` })
	const services = (await client.messaging.v1.services.list({ pageSize: 2 })).map((s) => s.friendlyName)
	assert.equal(services.filter((n) => /^service-/.test(n)).length, 5)
	assert.equal(new Set(services).size, services.length)
	for (const q of await client.queues.list()) await client.queues(q.sid).remove()
})

test('who may do what: tokens, keys, other accounts', async () => {
	await assert.rejects(clientOf(fake, LIVE.sid, 'wrong').balance.fetch(), (e) => (assert.deepEqual([e.status, e.code], [401, 20003]), true))
	const byKey = clientOf(fake, LIVE.keys[0].sid, LIVE.keys[0].secret, { accountSid: LIVE.sid })
	assert.ok(await byKey.messages.list({ limit: 1 }))
	await assert.rejects(byKey.api.v2010.accounts(LIVE.sid).fetch(), code(20003))
	assert.ok(await clientOf(fake, LIVE.keys[1].sid, LIVE.keys[1].secret, { accountSid: LIVE.sid }).api.v2010.accounts(LIVE.sid).fetch())
	await assert.rejects(clientOf(fake, LIVE.sid, LIVE.authToken, { accountSid: TEST.sid }).messages.list(), code(20003))
})

test('test credentials: three resources, and what the magic numbers say', async () => {
	const t = clientOf(fake, TEST.sid, TEST.authToken)
	const OK = '+15005550006'
	const fails = async (promise, number) => assert.rejects(promise, code(number))
	for (const [from, number] of Object.entries(MAGIC.Messages.From))
		if (number && from !== '*') await fails(t.messages.create({ from, to: '+14155550111', body: 'x' }), number)
	for (const [to, number] of Object.entries(MAGIC.Messages.To)) await fails(t.messages.create({ from: OK, to, body: 'x' }), number)
	for (const [to, number] of Object.entries(MAGIC.Calls.To)) await fails(t.calls.create({ from: OK, to, url: 'https://voice.example.com/' }), number)
	await fails(t.calls.create({ from: '+14155550188', to: '+14155550111', url: 'https://voice.example.com/' }), 21210)
	for (const [phoneNumber, number] of Object.entries(MAGIC.IncomingPhoneNumbers.PhoneNumber))
		if (number) await fails(t.incomingPhoneNumbers.create({ phoneNumber }), number)
	await fails(t.incomingPhoneNumbers.create({ areaCode: '533' }), 21452)
	assert.equal((await t.messages.create({ from: OK, to: '+14155550111', body: 'x' })).status, 'queued')
	assert.equal((await t.calls.create({ from: OK, to: '+14155550111', url: 'https://voice.example.com/' })).status, 'queued')
	assert.equal((await t.incomingPhoneNumbers.create({ phoneNumber: OK })).phoneNumber, OK)
	assert.match((await t.incomingPhoneNumbers.create({ areaCode: '500' })).sid, /^PN/)
	assert.equal((await t.lookups.v2.phoneNumbers('+14155550111').fetch()).valid, true)
	await assert.rejects(t.messages.list(), (e) => (assert.deepEqual([e.status, e.code], [403, 20008]), true))
	await assert.rejects(t.api.v2010.accounts(TEST.sid).fetch(), (e) => (assert.equal(e.status, 403), true))
})

if (hasSpecs('twilio-magic-numbers.json'))
	test('the magic numbers are those of the documentation', () => {
		const { messages, calls, incoming_phone_numbers } = JSON.parse(fs.readFileSync(path.join(specs, 'twilio-magic-numbers.json'), 'utf8'))
		const flat = (rules) =>
			Object.fromEntries(
				Object.entries(rules).map(([name, rows]) => [
					name,
					Object.fromEntries(rows.filter(([value, c]) => !(value === '*' && c === null)).map(([value, c]) => [value, c])),
				]),
			)
		assert.deepEqual(MAGIC, { Messages: flat(messages), Calls: flat(calls), IncomingPhoneNumbers: flat(incoming_phone_numbers) })
	})

if (isJudged)
	test('what a client does wrong is kept: unknown, missing and wrong parameters, paths that are not there', async () => {
		const other = await new FakeTwilio({ accounts: [LIVE] }).start()
		addNumber(other.account, '+14155550199')
		const send = async (method, where, form, type = 'application/x-www-form-urlencoded') => {
			const headers = {
				Authorization: `Basic ${Buffer.from(`${LIVE.sid}:${LIVE.authToken}`).toString('base64')}`,
				...(form ? { 'Content-Type': type } : {}),
			}
			const { status } = await fetch(`${other.origin}${where}`, { method, headers, body: form })
			const [found] = other.violations.splice(0)
			return [status, found?.text.replace(/^[A-Z]+ \S+: /, '') ?? '']
		}
		const base = `/api/2010-04-01/Accounts/${LIVE.sid}`
		const good = 'To=%2B14155550111&From=%2B14155550199&Url=https%3A%2F%2Fvoice.example.com%2F'
		const faults = {
			'form Colour is not known': ['POST', `${base}/Calls.json`, `${good}&Colour=red`],
			'form To is missing': ['POST', `${base}/Calls.json`, 'From=%2B14155550199&Url=https%3A%2F%2Fvoice.example.com%2F'],
			'form Timeout is no integer: soon': ['POST', `${base}/Calls.json`, `${good}&Timeout=soon`],
			'form Method is none of GET|POST: PUT': ['POST', `${base}/Calls.json`, `${good}&Method=PUT`],
			'form StatusCallback is no uri: /status': ['POST', `${base}/Calls.json`, `${good}&StatusCallback=/status`],
			'form Url is there 2 times': ['POST', `${base}/Calls.json`, `${good}&Url=https%3A%2F%2Fother.example.com`],
			'query Sort is not known': ['GET', `${base}/Calls.json?Sort=up`],
			'query PageSize is more than 1000: 1001': ['GET', `${base}/Calls.json?PageSize=1001`],
			'there is no such operation': ['GET', `${base}/Calls`],
			'Content-Type application/json': ['POST', `${base}/Messages.json`, '{}', 'application/json'],
			'query Fields is not ^((validation|caller_name': ['GET', '/lookups/v2/PhoneNumbers/+14155550199?Fields=weather'],
			'path {Sid} is not ^PN[0-9a-fA-F]{32}$: PN1': ['GET', `${base}/IncomingPhoneNumbers/PN1.json`],
		}
		for (const [text, request] of Object.entries(faults)) {
			const [, found] = await send(...request)
			assert.ok(found.includes(text.replace('((', '(')), `${text}: ${found}`)
		}
		assert.deepEqual(await send('POST', `${base}/Calls.json`, good), [201, ''])
		await other.stop()
	})

test('faults on demand: slow, refused, too many, the line cut before or after the work', async () => {
	const name = (n) => ({ friendlyName: `fault-${n}` })
	const count = async () => (await client.queues.list()).length
	const slow = Date.now()
	fake.fault({ on: 'CreateQueue', kind: 'slow', ms: 150 })
	await client.queues.create(name(1))
	assert.ok(Date.now() - slow >= 140)
	fake.fault({ on: 'CreateQueue', kind: '429', retryAfterS: 1 })
	await assert.rejects(client.queues.create(name(2)), (e) => (assert.deepEqual([e.status, e.code], [429, 20429]), true))
	fake.fault({ on: 'CreateQueue', kind: 'status', status: 503, code: 20503 })
	await assert.rejects(client.queues.create(name(2)), (e) => (assert.equal(e.status, 503), true))
	assert.equal(await count(), 1)
	fake.fault({ on: 'CreateQueue', kind: 'reset' })
	await assert.rejects(client.queues.create(name(2)))
	assert.equal(await count(), 1)
	fake.fault({ on: 'CreateQueue', kind: 'cut' })
	await assert.rejects(client.queues.create(name(2)))
	assert.equal(await count(), 2)
	fake.fault({ on: /GET .*Queues/, kind: 'garbage' })
	await assert.rejects(count())
	assert.equal(await count(), 2)
	for (const q of await client.queues.list()) await client.queues(q.sid).remove()
})
