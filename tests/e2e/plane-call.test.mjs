// SPDX-License-Identifier: MIT
// The whole way: an operator sets up a node, an organisation connects its account, buys a number and draws a flow; callers are greeted, choose, are
// connected, wait, leave a message, talk to the assistant.  Twilio and the model are false, everything else is real.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Model } from './lib/model.mjs'
import { ACCOUNT, Appliance } from './lib/appliance.mjs'
import { until } from './lib/ringdown.mjs'
import { clientOf } from './twilio/client.mjs'
import { FakeTwilio } from './twilio/twilio.mjs'

const NUMBER = '+14155550110'
const SALES = '+14155550122'
const CALLER = '+14155550100'
const say = (text) => ({ say: text })

const WELCOME = {
	schema: 'ivr-flow/1',
	name: 'welcome',
	displayName: 'Main line',
	settings: { voice: 'Polly.Joanna-Neural', language: 'en-US', businessName: 'Acme' },
	entry: 'main',
	onError: 'sorry',
	nodes: {
		main: {
			type: 'menu',
			prompt: say('For sales press 1. For support press 2. For our assistant press 3.'),
			timeout: 5,
			maxRetries: 2,
			invalidMessage: 'Invalid selection.',
			options: [
				{ digit: '1', label: 'Sales', next: 'sales' },
				{ digit: '2', label: 'Support', next: 'support' },
				{ digit: '3', label: 'Assistant', next: 'ai' },
			],
			onInvalid: 'vm',
			onNoInput: 'bye',
		},
		sales: { type: 'transfer-phone', to: SALES, ringDuration: 15, onBusy: 'busy', onNoAnswer: 'vm', next: 'bye' },
		busy: { type: 'say', prompt: say('Our sales line is busy.'), next: 'vm' },
		support: { type: 'transfer-queue', queue: 'support', maxWait: 600, breakout: { digit: '9', next: 'vm' }, onTimeout: 'vm', next: 'bye' },
		ai: {
			type: 'ai-assistant',
			assistantId: 'reception',
			maxDuration: 600,
			transferTargets: { sales: 'sales' },
			onComplete: 'bye',
			onTransfer: 'support',
			onFailed: 'vm',
		},
		vm: {
			type: 'voicemail',
			greeting: say('Please leave a message.'),
			mailbox: { type: 'number', id: NUMBER },
			maxLength: 60,
			transcribe: true,
			next: 'bye',
		},
		bye: { type: 'hangup', say: 'Goodbye.' },
		sorry: { type: 'hangup', say: 'We are sorry, something went wrong.' },
	},
}

const RECEPTION = {
	instructions: 'You are the receptionist.',
	greeting: '',
	tools: [
		{ type: 'builtin', name: 'end_call' },
		{ type: 'builtin', name: 'transfer_call', targets: { sales: SALES } },
	],
}

let plane, twilio, model
before(async () => {
	model = await new Model().start()
	plane = await new Appliance().open({ org: 'default', modelUrl: model.url, assistants: { reception: RECEPTION } })
	twilio = plane.twilio
})
after(async () => {
	await plane?.close(assert)
	await model?.stop()
})

test('the account is connected: its token is tried, nothing secret comes back', async () => {
	const { integration } = await plane.connect()
	assert.equal(integration.status, 'active', JSON.stringify(integration.checks))
	assert.ok(!JSON.stringify(integration).includes(ACCOUNT.authToken))
	const wrong = await plane.ask('POST', '/upstream/save-integration', {
		type: 'twilio-provider',
		name: 'Other',
		credentials: { accountSid: ACCOUNT.sid, authToken: 'f'.repeat(32) },
	})
	assert.deepEqual([wrong.status, wrong.body.reason], [422, 'credentials_rejected'], wrong.text)
})

test('a number is bought with its webhooks in the same request, once', async () => {
	const found = await plane.must(200, 'GET', '/api/phone/numbers/available?country=US&type=local&areaCode=415&limit=5')
	assert.ok(found.data.length > 0)
	const body = { phoneNumber: NUMBER, friendlyName: 'main line', routing: { voice: { mode: 'flow', flow: 'welcome' } } }
	const bought = await plane.must(201, 'POST', '/api/phone/numbers/purchase', body, { 'Idempotency-Key': 'buy-1' })
	assert.equal(bought.success, true)
	const [request] = twilio.requestsOf('CreateIncomingPhoneNumber')
	assert.equal(request.form.get('VoiceUrl').split('#')[0], `${plane.publicUrl}/connect/webhook/twilio/voice`)
	assert.equal(request.form.get('StatusCallback').split('#')[0], `${plane.publicUrl}/connect/webhook/twilio/status`)
	await plane.must(201, 'POST', '/api/phone/numbers/purchase', body, { 'Idempotency-Key': 'buy-1' })
	assert.equal(twilio.requestsOf('CreateIncomingPhoneNumber').length, 1)
})

test('a flow is drawn, found wrong, drawn right, published', async () => {
	await plane.must(201, 'POST', '/api/automation/ivr/flows', WELCOME)
	const early = await plane.ask('POST', '/api/automation/ivr/flows/welcome/publish')
	assert.deepEqual([early.status, early.body.errors.map((e) => e.pointer)], [422, ['/nodes/support/queue']])
	await plane.must(201, 'POST', '/api/phone/queues', { name: 'support', displayName: 'Support' })
	await plane.must(200, 'POST', '/api/automation/ivr/flows/welcome/publish')
})

const MENU = ['Gather', 'Say For sales press 1. For support press 2. For our assistant press 3.']

test('a caller chooses, is connected, and hears goodbye', async () => {
	const call = await plane.call({ from: CALLER, to: NUMBER, inputs: ['1'], dials: [{ outcome: 'answered', afterS: 4, seconds: 40 }] })
	assert.deepEqual(call.story, [...MENU, 'pressed 1', `Dial ${SALES}`, `connected ${SALES}`, 'dialled completed', 'Say Goodbye.', 'Hangup'])
	assert.equal(call.state, 'completed')
	assert.deepEqual(
		twilio.callbacks.of('leg-status').map((c) => c.params.CallStatus),
		['initiated', 'ringing', 'in-progress', 'completed'],
	)
	assert.deepEqual(twilio.notifications, [])
})

test('what is pressed wrong and what is not pressed at all are counted apart', async () => {
	const wrong = await plane.call({ from: CALLER, to: NUMBER, inputs: ['7', null, '8'], hangsUp: 'Record' })
	assert.equal(wrong.said.filter((s) => s === 'Invalid selection.').length, 1)
	assert.equal(wrong.said.at(-1), 'Please leave a message.')
	const silent = await plane.call({ from: CALLER, to: NUMBER, inputs: [null, '7', null] })
	assert.equal(silent.said.at(-1), 'Goodbye.')
})

test('a phone that is busy, or not taken up, leads where the flow says', async () => {
	const busy = await plane.call({ from: CALLER, to: NUMBER, inputs: ['1'], dials: ['busy'], hangsUp: 'Record' })
	assert.deepEqual(busy.said.slice(-2), ['Our sales line is busy.', 'Please leave a message.'])
	const absent = await plane.call({ from: CALLER, to: NUMBER, inputs: ['1'], dials: ['no-answer'], hangsUp: 'Record' })
	assert.equal(absent.said.at(-1), 'Please leave a message.')
	const gone = await plane.call({ from: CALLER, to: NUMBER, inputs: ['1'], hangsUp: 'ringing' })
	assert.equal(
		gone.steps
			.filter((s) => s.what === 'request')
			.at(-1)
			.text.replace(/<\?.*?\?>/, '')
			.trim(),
		'<Response/>',
	)
})

test('a message is left, and can be heard', async () => {
	const call = await plane.call({ from: CALLER, to: NUMBER, inputs: ['7', '7'], records: [{ seconds: 8, text: 'Ring me about the chairs.' }] })
	assert.deepEqual(call.story.slice(-3), ['Record 8 s', 'Say Goodbye.', 'Hangup'])
	const statuses = twilio.callbacks.of(/recording|transcription/).filter((c) => c.params.CallSid === call.sid)
	assert.deepEqual(
		statuses.map((c) => c.params.RecordingStatus),
		['completed'],
	)
	assert.equal(statuses[0].params.RecordingDuration, '8')
	const silent = await plane.call({ from: CALLER, to: NUMBER, inputs: ['7', '7'], records: [{ isSilent: true }, { isSilent: true }] })
	assert.deepEqual(
		silent.story.filter((s) => /^Record/.test(s)),
		['Record silence', 'Record silence'],
	)
	assert.equal(silent.said.at(-1), 'Goodbye.')
})

test('who waits in a queue hears where he stands, may leave it, and is taken by an agent', async () => {
	const left = await plane.call({ from: CALLER, to: NUMBER, inputs: ['2'], waits: [null, '9'], hangsUp: 'Record' })
	assert.ok(left.story.includes('Leave'), left.story.join('\n'))
	assert.equal(left.said.at(-1), 'Please leave a message.')
	const waiting = twilio.phone.call({ from: CALLER, to: NUMBER, inputs: ['2'] })
	const client = clientOf(twilio, ACCOUNT.sid, ACCOUNT.authToken)
	const name = await until(() => waiting.steps.find((s) => s.what === 'Enqueue')?.text, 'the caller waits')
	await client.calls.create({ to: 'client:agent', from: NUMBER, twiml: `<Response><Dial><Queue>${name}</Queue></Dial></Response>` })
	await waiting.ended
	assert.deepEqual(waiting.story.slice(-3), ['queue bridged', 'Say Goodbye.', 'Hangup'])
})

// What the model says, and the function it calls in the same response.
function sayAndDo(session, text, name, args) {
	const said = session.speak(400, { text, open: true })
	const item = { id: `item_${name}`, type: 'function_call', status: 'completed', name, call_id: `call_${name}`, arguments: JSON.stringify(args) }
	session.send({ type: 'response.output_item.done', response_id: said.response, output_index: 1, item })
	session.finish(said)
}

async function talkToAssistant(options) {
	const n = model.sessions.length
	const call = twilio.phone.call({ from: CALLER, to: NUMBER, inputs: ['3'], stream: { seconds: 15 }, ...options })
	const session = await model.session(n, 5000)
	await session.event('session.update', 5000)
	return { call, session }
}

test('the assistant sends the caller to somebody the flow allows, who is busy: a message is left', async () => {
	const { call, session } = await talkToAssistant({ dials: ['busy'], records: [{ seconds: 5 }] })
	sayAndDo(session, 'I connect you.', 'transfer_call', { target: 'sales' })
	await call.ended
	const story = call.story.slice(call.story.indexOf('stream closed'))
	assert.deepEqual(story, [
		'stream closed',
		`Dial ${SALES}`,
		'dialled busy',
		'Say Our sales line is busy.',
		'Say Please leave a message.',
		'Record 5 s',
		'Say Goodbye.',
		'Hangup',
	])
})

test('the assistant talks to the caller over the bridge; when it is done the flow goes on', async () => {
	const { call, session } = await talkToAssistant()
	sayAndDo(session, 'Bye now.', 'end_call', {})
	await call.ended
	assert.deepEqual(call.story.slice(-3), ['stream closed', 'Say Goodbye.', 'Hangup'], `${call.story.join('\n')}\n${plane.ringdown.log}`)
})

test('callbacks lost, doubled, late and out of order: the record of the call is right, and there is one', async () => {
	twilio.bend({ kind: /leg-status/, match: (p) => p.CallStatus === 'initiated', lose: true })
	twilio.bend({ kind: /leg-status/, match: (p) => p.CallStatus === 'ringing', afterNext: true })
	twilio.bend({ kind: /leg-status/, match: (p) => p.CallStatus === 'in-progress', lateMs: 300 })
	twilio.bend({ kind: /leg-status/, match: (p) => p.CallStatus === 'completed', repeat: 2 })
	const call = await plane.call({ from: '+14155550177', to: NUMBER, asksTwice: true, inputs: ['1'], dials: [{ outcome: 'answered', seconds: 25 }] })
	twilio.bends.clear()
	const { data } = await plane.must(200, 'GET', `/api/phone/calls/${call.sid}`)
	const found = data.data ?? data
	assert.deepEqual([found.status, found.direction, found.from, found.to], ['completed', 'inbound', '+14155550177', NUMBER], JSON.stringify(found))
	assert.deepEqual(
		found.legs.map((l) => [l.status, l.to, l.parentSid]),
		[['completed', SALES, call.sid]],
	)
	const list = await plane.must(200, 'GET', `/api/phone/calls?from=${encodeURIComponent('+14155550177')}`)
	assert.equal(list.data.length, 1)
})

test("a call that is made goes through a flow by the flow's public URL", async () => {
	const client = clientOf(twilio, ACCOUNT.sid, ACCOUNT.authToken)
	twilio.people.set(CALLER, { outcome: 'answered', keys: ['1'] })
	for (const method of ['POST', 'GET']) {
		const made = await client.calls.create({ to: CALLER, from: NUMBER, method, url: `${plane.publicUrl}/automation/ivr/flow/welcome` })
		const { leg } = twilio.account.calls.get(made.sid)
		await leg.ended
		assert.deepEqual(leg.story, [...MENU, 'pressed 1', `Dial ${SALES}`, `connected ${SALES}`, 'dialled completed', 'Say Goodbye.', 'Hangup'])
	}
	twilio.people.delete(CALLER)
})

test('a signature that is none is refused, and so is an account nobody has', async () => {
	for (const account of [
		{ ...ACCOUNT, authToken: 'f'.repeat(32) },
		{ sid: `AC${'9'.repeat(32)}`, authToken: 'f'.repeat(32) },
	]) {
		const other = await new FakeTwilio({ accounts: [account], reach: twilio.options.reach }).start()
		const call = other.phone.call({ from: CALLER, to: NUMBER, url: `${plane.publicUrl}/connect/webhook/twilio/voice` })
		await call.ended
		assert.equal(call.steps.find((s) => s.what === 'request').status, 403)
		await other.stop()
	}
})

// Another program holds the database, as a backup or an administrator's shell may.
async function lock(file) {
	const shell = spawn('sqlite3', [file], { stdio: ['pipe', 'pipe', 'pipe'] })
	shell.on('error', () => {})
	shell.stdin.write("BEGIN EXCLUSIVE;\nSELECT 'locked';\n")
	const [answer] = await Promise.race([once(shell.stdout, 'data'), once(shell, 'close')])
	assert.match(String(answer), /locked/, 'sqlite3 is missing: apt-get install sqlite3')
	return async () => {
		shell.stdin.end('ROLLBACK;\n')
		await once(shell, 'close')
	}
}

test('while the database is locked a caller is still served within two seconds', async () => {
	const unlock = await lock(path.join(plane.dir, 'ringdown.db'))
	try {
		const call = await plane.call({ from: CALLER, to: NUMBER, inputs: ['1'], dials: ['busy'], hangsUp: 'Record' })
		const asked = call.steps.filter((s) => s.what === 'request')
		for (const { url, ms, status } of asked) assert.ok(status === 200 && ms < 2000, `${url}: ${status} in ${ms} ms`)
		assert.ok(call.said.length > 0)
	} finally {
		await unlock()
	}
	const after = await plane.call({ from: CALLER, to: NUMBER, inputs: ['1'], dials: ['busy'], hangsUp: 'Record' })
	assert.equal(after.said.at(-1), 'Please leave a message.')
})
