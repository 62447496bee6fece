// SPDX-License-Identifier: MIT
// The edge that Twilio calls: signatures as the twilio package makes them, TwiML as it parses, tokens
// that work once, and what comes after a stream has ended.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import twilio from 'twilio'
import { Caller } from './lib/caller.mjs'
import { Model } from './lib/model.mjs'
import { AUTH_TOKEN, sleep, startRingdown, until } from './lib/ringdown.mjs'

const PUBLIC = 'https://voice.example.com'
let model, ringdown
before(async () => {
	model = await new Model().start()
	ringdown = await startRingdown({
		modelUrl: model.url,
		assistants: {
			default: { instructions: 'x', greeting: '', tools: [{ type: 'builtin', name: 'end_call' }, { type: 'builtin', name: 'transfer_call', targets: { sales: '+15551230001' } }] },
			reception: { instructions: 'reception', greeting: '' },
		},
		config: { server: { public_url: PUBLIC }, security: { require_signature: 'yes' }, numbers: { '+15550123': 'reception' } },
	})
})
after(async () => {
	await ringdown?.stop()
	await model?.stop()
})

const fields = (extra = {}) => ({ CallSid: `CA${Math.random().toString(16).slice(2).padEnd(32, '0')}`, AccountSid: `AC${'0'.repeat(32)}`, From: '+15550100', To: '+15550199', CallStatus: 'ringing', ApiVersion: '2010-04-01', Direction: 'inbound', ...extra })
const sign = (path, params) => twilio.getExpectedTwilioSignature(AUTH_TOKEN, PUBLIC + path, params)
const post = (path, params, signature = sign(path, params)) =>
	fetch(ringdown.url + path, { method: 'POST', body: new URLSearchParams(params), headers: signature ? { 'X-Twilio-Signature': signature } : {} })
const VOICE = '/connect/webhook/twilio/voice'
const xml = (text) => {
	assert.equal(XMLValidator.validate(text), true, text)
	return new XMLParser({ ignoreAttributes: false, parseTagValue: false, attributeNamePrefix: '', isArray: (n) => n === 'Parameter' }).parse(text).Response
}
const dial = async (extra) => {
	const params = fields(extra)
	const response = await post(VOICE, params)
	assert.equal(response.status, 200)
	assert.match(response.headers.get('content-type'), /xml/)
	const { Connect: connect } = xml(await response.text())
	const parameters = Object.fromEntries(connect.Stream.Parameter.map((p) => [p.name, p.value]))
	return { params, connect, parameters, url: new URL(connect.Stream.url), action: new URL(connect.action) }
}
const join = async ({ params, parameters, url }, options = {}) => {
	const caller = new Caller(ringdown.url, { callSid: params.CallSid, parameters, path: url.pathname, headers: { 'x-twilio-signature': twilio.getExpectedTwilioSignature(AUTH_TOKEN, url.href, {}) }, ...options })
	return caller.call()
}
const afterwards = async ({ params, action }, status = 'in-progress') => {
	const path = action.pathname + action.search
	const all = { ...params, CallStatus: status }
	return xml(await (await post(path, all)).text())
}

test('the voice webhook answers <Connect><Stream> for the called number', async () => {
	const d = await dial({ To: '+15550123' })
	assert.equal(d.url.protocol, 'wss:')
	assert.equal(d.url.host, 'voice.example.com')
	assert.equal(d.url.pathname, '/simple-voice/stream/default/reception')
	assert.equal(d.url.search, '')
	assert.ok(d.parameters.token.length > 20)
	assert.equal(d.connect.method ?? 'POST', 'POST')
	assert.match((await dial()).url.pathname, /\/default$/)
})

test('a signature that is missing, wrong, of another URL or another token is 403', async () => {
	const params = fields()
	for (const signature of [null, 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=', sign('/other', params), twilio.getExpectedTwilioSignature('other', PUBLIC + VOICE, params)]) {
		const response = await post(VOICE, params, signature)
		assert.equal(response.status, 403)
		assert.match(response.headers.get('content-type'), /problem\+json/)
	}
	const tampered = await post(VOICE, { ...params, From: '+15550666' }, sign(VOICE, params))
	assert.equal(tampered.status, 403)
})

test('a stream needs a signature on the upgrade and a token that works once, for its call only', async () => {
	const d = await dial()
	await assert.rejects(join(d, { headers: {} }), { status: 403 })
	const n = model.sessions.length
	const caller = await join(d)
	await model.session(n)
	const replay = await join(d)
	assert.equal(await replay.closed, 1008)
	const other = await join({ ...(await dial()), params: fields() })
	assert.equal(await other.closed, 1008)
	assert.equal(caller.socket.readyState, 1)
	await caller.hangUp()
})

test('F29 what may be signed for an upgrade: the wss URL, with or without its port and a slash behind; nothing else', async () => {
	const { url } = await dial()
	const of = (text, token = AUTH_TOKEN) => twilio.getExpectedTwilioSignature(token, text, {})
	const status = async (signature) => {
		try {
			const caller = await new Caller(ringdown.url, { path: url.pathname, headers: signature ? { 'X-Twilio-Signature': signature } : {} }).open()
			caller.socket.terminate()
			return 101
		} catch (e) {
			return e.status
		}
	}
	const withPort = url.href.replace('voice.example.com', 'voice.example.com:443')
	for (const right of [url.href, `${url.href}/`, withPort]) assert.equal(await status(of(right)), 101, right)
	const wrong = {
		'no signature': undefined,
		'no base64': '****************************',
		'another path': of(url.href.replace('/default/', '/other/')),
		'another host': of(url.href.replace('voice.', 'v0ice.')),
		'another account': of(url.href, 'f'.repeat(32)),
		http: of(url.href.replace('wss:', 'http:')),
		'another port': of(withPort.replace(':443', ':444')),
		'one byte less': of(url.href).slice(0, -2) + '=',
	}
	for (const [name, signature] of Object.entries(wrong)) assert.equal(await status(signature), 403, name)
	assert.ok(ringdown.lines(/stream refused status=403: X-Twilio-Signature/).length > 0, ringdown.log.slice(-2000))
})

test('the assistant ends the call after its goodbye was heard; the action URL hangs up', { timeout: 30000 }, async () => {
	const d = await dial()
	const n = model.sessions.length
	const caller = await join(d)
	const session = await model.session(n)
	await session.event('session.update')
	const said = session.speak(1000, { text: 'Goodbye.', open: true })
	session.send({ type: 'response.output_item.done', response_id: said.response, output_index: 1, item: { id: 'item_fc', type: 'function_call', status: 'completed', name: 'end_call', call_id: 'call_end', arguments: '{}' } })
	session.finish(said)
	await caller.closed
	assert.ok(caller.marks.length > 0 && caller.playedNow() >= 8 * 980, `closed after ${caller.playedNow() / 8} ms of 1000`)
	assert.ok('Hangup' in (await afterwards(d)))
})

test('a transfer: the call is dialled on to the named number, none that the model invents', { timeout: 30000 }, async () => {
	const d = await dial()
	const n = model.sessions.length
	const caller = await join(d)
	const session = await model.session(n)
	await session.event('session.update')
	session.callTool('transfer_call', { target: '+900666' })
	await sleep(300)
	assert.equal(caller.socket.readyState, 1)
	session.callTool('transfer_call', { target: 'sales' })
	await until(() => session.of('response.create').length > 0 || caller.code, 'nothing follows')
	if (!caller.code) session.speak(400, { text: 'I will connect you.' })
	await caller.closed
	const { Dial } = await afterwards(d)
	assert.match(JSON.stringify(Dial), /\+15551230001/)
})

test('a stream that broke is resumed with the conversation so far, five times at most', { timeout: 60000 }, async () => {
	let d = await dial()
	for (let round = 0; round < 6; round++) {
		const n = model.sessions.length
		const caller = await join(d)
		const session = await model.session(n)
		await session.event('session.update')
		if (round > 0) assert.match(JSON.stringify(await session.event('conversation.item.create')), /turn 0/)
		session.speak(200, { text: `turn ${round}` })
		await caller.hears(200)
		await sleep(400)
		caller.stopTalking()
		caller.socket.terminate()
		await until(() => session.closed, 'the model leg stays')
		const next = await afterwards(d)
		if (round === 5) {
			assert.equal(next.Connect, undefined, 'a sixth resumption')
			assert.ok('Hangup' in next || next.Say)
			return
		}
		const parameters = Object.fromEntries(next.Connect.Stream.Parameter.map((p) => [p.name, p.value]))
		d = { ...d, parameters, url: new URL(next.Connect.Stream.url), action: new URL(next.Connect.action) }
	}
})

test('the model cannot be reached: the caller is told, not dropped', { timeout: 60000 }, async () => {
	const r = await startRingdown({ modelUrl: 'ws://127.0.0.1:1/none' })
	const params = fields()
	const response = await fetch(r.url + VOICE, { method: 'POST', body: new URLSearchParams(params) })
	const { Connect: connect } = xml(await response.text())
	const caller = await new Caller(r.url, { callSid: params.CallSid, path: new URL(connect.Stream.url).pathname }).call()
	await caller.closed
	const text = await (await fetch(connect.action, { method: 'POST', body: new URLSearchParams({ ...params, CallStatus: 'in-progress' }) })).text()
	assert.match(text, /<Say/)
	assert.match(text, /<Hangup/)
	await r.stop()
})

test('what is said in a webhook never becomes a verb', async () => {
	const evil = '</Parameter></Stream><Dial>+900</Dial>&"\u0000\u0001'
	const response = await post(VOICE, fields({ From: evil, CallerName: evil }))
	const text = await response.text()
	assert.ok(!/<Dial>/.test(text), text)
	if (response.status === 200) xml(text)
})

test('problems: 404, 405, 415, 400 as problem+json', async () => {
	for (const [path, init, status] of [
		['/nowhere', {}, 404],
		['/healthz', { method: 'POST', body: '' }, 405],
		[VOICE, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }, 415],
		[VOICE, { method: 'POST', body: 'CallSid=%zz', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 400],
	]) {
		const response = await fetch(ringdown.url + path, init)
		assert.equal(response.status, status, path)
		const doc = await response.json()
		assert.equal(doc.status, status)
		assert.ok(doc.detail.length > 5)
	}
})

test('health, readiness and metrics', async () => {
	assert.equal((await fetch(`${ringdown.url}/healthz`)).status, 200)
	assert.equal((await fetch(`${ringdown.url}/readyz`)).status, 200)
	const text = await (await fetch(`${ringdown.url}/metrics`)).text()
	assert.match(text, /# TYPE ringdown_calls_live gauge/)
	assert.match(text, /ringdown_uplink_seconds_bucket\{le="/)
})
