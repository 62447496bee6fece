// SPDX-License-Identifier: MIT
// What is measured with a simulator is worth what the simulator is: modelsim before OpenAI's own client, callsim before
// a stream that is wrong in known ways, and both with ringdown between them.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import OpenAI from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'
import { OpenAIRealtimeWS as BetaRealtimeWS } from 'openai/beta/realtime/ws'
import fs from 'node:fs'
import path from 'node:path'
import { AUTH_TOKEN, makeCertificate, sleep, startRingdown, tempDir, until } from './lib/ringdown.mjs'
import twilio from 'twilio'
import { callsim, startModelsim, tone, traceFile, validator } from './lib/simulators.mjs'
import { bridge, streamServer } from './lib/streams.mjs'
import { hasSpecs } from './lib/specs.mjs'

const hasSchemas = hasSpecs('openai-realtime.tolerant.schema.json', 'openai-realtime-beta.schema.json', 'twilio-media-streams.schema.json')
const API_KEY = 'sk-simulated-0123456789'

// Three faults of the beta schema: its items are GA's, where an assistant's sound is "output_audio" (beta: "audio"); its
// audio and text events have GA's names (the migration guide has both); and it knows none of the nulls that are sent.
function mendBeta(defs) {
	defs.RealtimeConversationItemMessageAssistant.properties.content.items.properties.type.enum = ['text', 'audio']
	for (const def of Object.values(defs))
		if (/^response\.output_(audio|text)/.test(def.properties?.type?.enum?.[0]))
			def.properties.type.enum = [def.properties.type.enum[0].replace('output_', '')]
	for (const def of Object.values(defs)) allowNull(def)
}

function allowNull(node) {
	if (node === null || typeof node !== 'object') return
	for (const child of Object.values(node)) allowNull(child)
	if (node.type !== 'object') return
	for (const [name, property] of Object.entries(node.properties ?? {}))
		if (!node.required?.includes(name)) node.properties[name] = { anyOf: [property, { type: 'null' }] }
}
const validate = hasSchemas
	? {
			ga: validator('openai-realtime.tolerant.schema.json', (n) => n.startsWith('RealtimeServerEvent')),
			twilio: validator('twilio-media-streams.schema.json', (n) => ['connected', 'start', 'media_in', 'dtmf', 'mark_in', 'stop'].includes(n)),
			beta: validator('openai-realtime-beta.schema.json', (n) => n.startsWith('RealtimeBetaServerEvent'), mendBeta),
		}
	: undefined

const dir = tempDir()
const tls = makeCertificate(dir, 'localhost')
fs.writeFileSync(path.join(dir, 'api_key'), API_KEY)

// A session of the official client, every event kept and, when the schemas are there, checked.
class Client {
	constructor(port, { beta = false, apiKey = API_KEY, checks = true } = {}) {
		const client = new OpenAI({ apiKey, baseURL: `https://localhost:${port}/v1` })
		const options = { ca: fs.readFileSync(tls.ca) }
		this.events = []
		this.invalid = []
		this.failures = []
		this.rt = beta ? new BetaRealtimeWS({ model: 'gpt-realtime', options }, client) : new OpenAIRealtimeWS({ model: 'gpt-realtime', options }, client)
		this.rt.on('event', (ev) => {
			this.events.push(ev)
			const wrong = checks && validate?.[beta ? 'beta' : 'ga'](ev)
			if (wrong && this.invalid.length < 3) this.invalid.push(`${wrong}: ${JSON.stringify(ev).slice(0, 400)}`)
		})
		this.rt.on('error', (e) => this.failures.push(e))
	}

	send(ev) {
		this.rt.send(ev)
	}

	of(type) {
		return this.events.filter((ev) => ev.type === type)
	}

	types(from = 0) {
		return this.events.slice(from).map((ev) => ev.type)
	}

	async next(type, n = 1) {
		return until(() => this.of(type)[n - 1], () => `no ${type} among ${this.types()}`)
	}

	// The error that answers what is sent.
	async refusal(ev) {
		const n = this.of('error').length
		this.send({ event_id: `mine_${n}`, ...ev })
		const { error } = await this.next('error', n + 1)
		assert.equal(error.event_id, `mine_${n}`)
		return error
	}

	append(sound) {
		for (let at = 0; at < sound.length; at += 960)
			this.send({ type: 'input_audio_buffer.append', audio: sound.subarray(at, at + 960).toString('base64') })
	}

	// A turn: said, and then silence until the model must have noticed.
	speak(ms = 400, silenceMs = 400) {
		this.append(tone(ms))
		this.append(Buffer.alloc(silenceMs * 48))
	}

	async open() {
		await this.next('session.created')
		return this
	}

	async close() {
		this.rt.close()
		await until(() => this.rt.socket.readyState === 3, 'the socket does not close')
		assert.deepEqual(this.invalid, [])
	}
}

const quick = { type: 'server_vad', silence_duration_ms: 200, create_response: true, interrupt_response: true }
const gaSession = (extra = {}, turns = quick) => ({
	type: 'session.update',
	session: { type: 'realtime', instructions: 'x', audio: { input: { turn_detection: turns, transcription: { model: 'whisper-1' } } }, ...extra },
})
const soundMs = (events) => events.reduce((n, ev) => n + Buffer.from(ev.delta, 'base64').length, 0) / 48

describe('modelsim before the client of npm openai', { concurrency: 3 }, () => {
	const begin = async (args, run, options) => {
		const model = await startModelsim(['--api-key-file', path.join(dir, 'api_key'), ...args], tls)
		const client = await new Client(model.port, options).open()
		try {
			await run(client, model)
			await client.close()
		} finally {
			client.rt.close()
			model.stats = await model.stop()
		}
		return model.stats
	}

	test('an audio turn: every event, in the order of the reference, the answer faster than it is spoken', () =>
		begin(['--answer-ms', 4000, '--said', 'the "quoted" answer, word for word'], async (c) => {
			c.send(gaSession())
			const { session } = await c.next('session.updated')
			assert.equal(session.instructions, 'x')
			assert.equal(session.audio.output.voice, 'marin', 'an update must leave the rest as it was')
			assert.equal(session.audio.input.turn_detection.silence_duration_ms, 200)
			const begun = Date.now()
			c.speak()
			const { response } = await c.next('response.done')
			assert.ok(Date.now() - begun < 3000, 'four seconds of answer came no faster than they are spoken')
			assert.equal(response.status, 'completed')
			assert.equal(response.output[0].content[0].transcript, 'the "quoted" answer, word for word')
			assert.equal(soundMs(c.of('response.output_audio.delta')), 4000)
			assert.equal(c.of('response.output_audio_transcript.delta').map((ev) => ev.delta).join(''), 'the "quoted" answer, word for word')
			const inner = ['response.output_audio.delta', 'response.output_audio_transcript.delta']
			assert.deepEqual(c.types().filter((type, i, all) => !inner.includes(type) || all.indexOf(type) === i), [
				'session.created', 'session.updated', 'input_audio_buffer.speech_started', 'input_audio_buffer.speech_stopped',
				'input_audio_buffer.committed', 'conversation.item.added', 'conversation.item.done',
				'conversation.item.input_audio_transcription.completed', 'response.created', 'rate_limits.updated',
				'response.output_item.added', 'conversation.item.added', 'response.content_part.added',
				'response.output_audio_transcript.delta', 'response.output_audio.delta', 'response.output_audio.done',
				'response.output_audio_transcript.done', 'response.content_part.done', 'conversation.item.done',
				'response.output_item.done', 'response.done',
			])
			const [user, answer] = c.of('conversation.item.added')
			assert.equal(answer.previous_item_id, user.item.id)
			assert.equal(c.of('input_audio_buffer.speech_started')[0].item_id, user.item.id)
		}))

	test('what a session may not be told is refused, with the name of the parameter', () =>
		begin([], async (c) => {
			assert.equal((await c.refusal({ type: 'session.update', session: { instructions: 'x' } })).param, 'session.type')
			const unknown = await c.refusal({ type: 'session.update', session: { type: 'realtime', voice: 'marin' } })
			assert.deepEqual([unknown.code, unknown.param], ['unknown_parameter', 'session.voice'])
			assert.equal((await c.refusal({ type: 'response.cancel' })).code, 'response_cancel_not_active')
			assert.equal((await c.refusal({ type: 'output_audio_buffer.clear' })).code, 'invalid_value')
			assert.equal((await c.refusal({ type: 'input_audio_buffer.commit' })).code, 'input_audio_buffer_commit_empty')
			assert.equal((await c.refusal({ type: 'input_audio_buffer.append', audio: '?' })).param, 'audio')
			assert.equal((await c.refusal({ type: 'conversation.item.delete', item_id: 'item_no' })).param, 'item_id')
			assert.equal((await c.refusal({ type: 'conversation.item.create' })).param, 'item')
			const stray = { type: 'function_call_output', call_id: 'call_no', output: '1' }
			assert.equal((await c.refusal({ type: 'conversation.item.create', item: stray })).code, 'invalid_tool_call_id')
			assert.deepEqual(c.of('session.updated'), [])
			c.rt.socket.send('{"type":')
			await until(() => c.of('error').length === 10, 'cut JSON is not refused')
		}))

	test('one response at a time; a cancelled one ends as cancelled; nothing is truncated beyond its sound', () =>
		begin(['--burst', 1, '--answer-ms', 6000], async (c) => {
			c.send(gaSession({}, null))
			c.send({ type: 'response.create' })
			const delta = await c.next('response.output_audio.delta', 3)
			assert.equal((await c.refusal({ type: 'response.create' })).code, 'conversation_already_has_active_response')
			assert.equal((await c.refusal({ type: 'response.cancel', response_id: 'resp_other' })).code, 'response_cancel_not_active')
			const cut = (audio_end_ms, item_id = delta.item_id, content_index = 0) => ({ type: 'conversation.item.truncate', item_id, content_index, audio_end_ms })
			assert.match((await c.refusal(cut(5000))).message, /already shorter than 5000ms/)
			c.send({ type: 'response.cancel' })
			const { response } = await c.next('response.done')
			assert.equal(response.status, 'cancelled')
			assert.deepEqual(response.status_details, { type: 'cancelled', reason: 'client_cancelled' })
			assert.equal(response.output[0].status, 'incomplete')
			const ms = soundMs(c.of('response.output_audio.delta'))
			assert.ok(ms >= 300 && ms < 6000, `${ms} ms`)
			await c.refusal(cut(ms + 1))
			await c.refusal(cut(100, 'item_no'))
			await c.refusal(cut(100, delta.item_id, 1))
			c.send(cut(ms - 60))
			assert.equal((await c.next('conversation.item.truncated')).audio_end_ms, ms - 60)
			await c.refusal(cut(ms - 20)) // what was cut is gone
			const later = c.events.length
			await sleep(300)
			assert.deepEqual(c.types(later), [], 'a cancelled response goes on')
			c.send({ type: 'conversation.item.delete', item_id: delta.item_id })
			await c.next('conversation.item.deleted')
			await c.refusal({ type: 'conversation.item.retrieve', item_id: delta.item_id })
		}))

	test('barge-in: speech cancels the answer, unless the session says no', () =>
		begin(['--burst', 1, '--answer-ms', 5000], async (c) => {
			c.send(gaSession())
			c.speak()
			await c.next('response.output_audio.delta')
			c.append(tone(200))
			const { response } = await c.next('response.done')
			assert.equal(response.status_details.reason, 'turn_detected')
			const types = c.types()
			assert.ok(types.lastIndexOf('input_audio_buffer.speech_started') < types.indexOf('response.done'))
			c.append(Buffer.alloc(400 * 48))
			await c.next('response.created', 2)
			c.send(gaSession({}, { ...quick, interrupt_response: false }))
			await c.next('session.updated', 2)
			c.append(tone(200))
			await c.next('input_audio_buffer.speech_started', 3)
			await sleep(200)
			assert.equal(c.of('response.done').length, 1)
			c.send({ type: 'response.cancel' })
			await c.next('response.done', 2)
			c.send(gaSession({}, { ...quick, create_response: false }))
			c.append(Buffer.alloc(400 * 48))
			await c.next('input_audio_buffer.speech_stopped', 3)
			await sleep(200)
			assert.equal(c.of('response.created').length, 2, 'a response nobody asked for')
			c.send(gaSession({}, null))
			c.speak()
			await sleep(200)
			assert.equal(c.of('input_audio_buffer.speech_started').length, 3, 'turns are detected though that is off')
			c.send({ type: 'input_audio_buffer.commit' })
			await c.next('input_audio_buffer.committed', 4)
		}))

	test('a tool is called, its result taken, and the answer follows', async () => {
		const args = '{"city":"Bern \\"x\\""}'
		const stats = await begin(['--mode', 'tool', '--tool-name', 'weather', '--tool-args', args, '--answer-ms', 200], async (c) => {
			c.send(gaSession())
			c.speak()
			const { item } = await c.next('response.output_item.done')
			assert.deepEqual([item.type, item.name, item.status, item.arguments], ['function_call', 'weather', 'completed', args])
			assert.equal(c.of('response.output_item.added')[0].item.status, 'in_progress')
			assert.equal(c.of('response.function_call_arguments.delta').map((ev) => ev.delta).join(''), args)
			const { response } = await c.next('response.done')
			assert.equal(response.output[0].call_id, item.call_id)
			c.send({ type: 'conversation.item.create', item: { type: 'function_call_output', call_id: item.call_id, output: '{"rain":1}' } })
			await c.next('conversation.item.done', 3)
			c.send({ type: 'response.create' })
			assert.equal((await c.next('response.done', 2)).response.output[0].type, 'message')
		})
		assert.equal(stats.tool_outputs, 1)
	})

	test('beta: the same turn in its own words', () =>
		begin(['--answer-ms', 1000, '--said', 'as before'], async (c) => {
			c.send({ type: 'session.update', session: { instructions: 'x', voice: 'alloy', turn_detection: quick } })
			const { session } = await c.next('session.updated')
			assert.equal(session.input_audio_format, 'pcm16')
			assert.equal((await c.refusal({ type: 'session.update', session: { audio: {} } })).param, 'session.audio')
			c.speak()
			await c.next('response.done')
			assert.equal(soundMs(c.of('response.audio.delta')), 1000)
			assert.equal(c.of('response.audio_transcript.done')[0].transcript, 'as before')
			assert.equal(c.of('response.done')[0].response.output[0].content[0].type, 'audio')
			assert.equal(c.of('conversation.item.created').length, 2)
			const ga = /response\.output_audio|conversation\.item\.(added|done)/
			assert.deepEqual(c.types().filter((type) => ga.test(type)), [])
			const { item_id } = c.of('response.audio.delta')[0]
			c.send({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 500 })
			await c.next('conversation.item.truncated')
		}, { beta: true }))

	test('faults: refused, late, cut, expired, noise', async () => {
		const fault = async (kinds, run, options) => {
			const model = await startModelsim(['--api-key-file', path.join(dir, 'api_key'), '--burst', 1, '--answer-ms', 600, ...kinds.flatMap((k) => ['--fault', k])], tls)
			const c = new Client(model.port, options)
			const closed = new Promise((resolve) => c.rt.socket.on('close', (...args) => resolve(args)))
			try {
				await run(c, closed)
			} finally {
				c.rt.close()
				await model.stop()
			}
		}
		const status = async (c) => (await until(() => c.failures[0], 'no failure')).message
		await fault(['http:429'], async (c) => assert.match(await status(c), /429/))
		await fault(['http:500'], async (c) => assert.match(await status(c), /500/))
		await fault([], async (c) => assert.match(await status(c), /401/), { apiKey: 'sk-other' })
		await fault(['refuse'], async (c) => assert.match(await status(c), /ECONNRESET|disconnected|hang up/))
		await fault(['slow-handshake:0'], async (c) => (await sleep(700), assert.equal(c.rt.socket.readyState, 0)))
		await fault(['slow-handshake:600'], async (c) => {
			await sleep(200)
			assert.equal(c.rt.socket.readyState, 0)
			await c.open()
		})
		await fault(['no-session'], async (c) => (await once(c.rt.socket, 'open'), await sleep(200), assert.deepEqual(c.events, [])))
		await fault(['close:1013:100'], async (c, closed) => assert.equal((await closed)[0], 1013))
		await fault(['reset:100'], async (c, closed) => assert.equal((await closed)[0], 1006))
		await fault(['error:50', 'expire:300'], async (c, closed) => {
			assert.equal((await closed)[0], 1001)
			assert.deepEqual(c.of('error').map((ev) => ev.error.code), ['simulated', 'session_expired'])
		})
		await fault(['failed'], async (c) => {
			await c.open()
			c.send({ type: 'response.create' })
			assert.equal((await c.next('response.done')).response.status_details.error.code, 'rate_limit_exceeded')
			assert.deepEqual(c.of('response.output_audio.delta'), [])
			assert.deepEqual(c.invalid, [])
		})
		for (const kind of [0, 1, 2, 3, 4])
			await fault([`garbage:50:${kind}`], async (c) => {
				const got = []
				c.rt.socket.on('message', (data, isBinary) => got.push({ data, isBinary }))
				await until(() => got.length > 1 || c.rt.socket.readyState === 3, 'no garbage')
				if (kind === 2) assert.ok(got.at(-1).isBinary)
				else if (kind === 0) assert.throws(() => JSON.parse(got.at(-1).data))
				else if (kind === 3) assert.ok(got.at(-1).data.length > 20000)
			}, { checks: false })
		await fault(['stale'], async (c) => {
			await c.open()
			c.send({ type: 'response.create' })
			await c.next('response.created')
			c.send({ type: 'response.cancel' })
			await until(() => c.types().at(-1) === 'response.output_audio.delta' && c.of('response.done').length === 1, 'no stale delta')
		})
		await fault(['odd'], async (c) => {
			await c.open()
			c.send({ type: 'response.create' })
			await c.next('response.done')
			assert.ok(c.of('response.output_audio.delta').some((ev) => Buffer.from(ev.delta, 'base64').length % 2 === 1))
		})
	})
})

describe('callsim before a stream that is known', { concurrency: 3 }, () => {
	// Runs callsim against a server: {status, report, errors, streams}
	const call = async (onStream, args, options = {}) => {
		const server = await streamServer({ onStream, ...options })
		try {
			const result = await callsim([...(options.onPost ? ['--webhook', server.webhook] : ['--url', server.url]), ...args])
			for (const s of server.streams) await s.ended
			return { ...result, streams: server.streams, server }
		} finally {
			await server.stop()
		}
	}
	const numbers = (stream, event, field = (m) => m.sequenceNumber) => stream.of(event).map((m) => Number(field(m)))

	test('every message is as Twilio sends it, in order and with its numbers', async () => {
		const { status, streams, report } = await call(undefined, ['--calls', 3, '--seconds', 3, '--dtmf', '4#*', '--parameter', 'topic=a "b" \\ = c'])
		assert.equal(status, 0)
		assert.equal(streams.length, 3)
		assert.equal(new Set(streams.map((s) => s.sid)).size, 3)
		for (const s of streams) {
			for (const m of s.messages) assert.equal(validate?.twilio(m) ?? null, null, JSON.stringify(m).slice(0, 300))
			assert.deepEqual(s.messages.slice(0, 2).map((m) => m.event), ['connected', 'start'])
			assert.equal(s.messages.at(-1).event, 'stop')
			const { start } = s.messages[1]
			assert.match(start.callSid, /^CA[0-9a-f]{32}$/)
			assert.match(start.streamSid, /^MZ[0-9a-f]{32}$/)
			assert.deepEqual(start.mediaFormat, { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 })
			assert.equal(start.customParameters.topic, 'a "b" \\ = c')
			assert.ok(s.messages.slice(1).every((m, i) => Number(m.sequenceNumber) === i + 1), 'sequence numbers have holes')
			const frames = s.of('media')
			assert.ok(frames.length >= 145 && frames.length <= 151, `${frames.length} frames in 3 s`)
			assert.deepEqual(numbers(s, 'media', (m) => m.media.chunk), frames.map((_, i) => i + 1))
			assert.deepEqual(numbers(s, 'media', (m) => m.media.timestamp), frames.map((_, i) => i * 20))
			assert.ok(frames.every((m) => Buffer.from(m.media.payload, 'base64').length === 160))
			assert.deepEqual(s.of('dtmf').map((m) => m.dtmf.digit), ['4', '#', '*'])
		}
		assert.deepEqual(streams.map((s) => s.messages[1].start.customParameters.sim).sort(), ['0', '1', '2'])
		assert.equal(report.sent_frames, streams.reduce((n, s) => n + s.of('media').length, 0))
	})

	test('who hangs up has the action asked once more: the call is completed', async () => {
		const asked = []
		const onPost = (path, fields) => {
			asked.push([path, fields.CallStatus])
			return path === '/voice' ? `<Response><Connect action="/after"><Stream url="ws://127.0.0.1/media"/></Connect></Response>` : '<Response><Redirect>/never</Redirect></Response>'
		}
		const { status, report, errors } = await call(undefined, ['--hangup-after-ms', 300], { onPost })
		assert.equal(status, 0, errors)
		assert.deepEqual(asked, [['/voice', 'ringing'], ['/after', 'completed']])
		assert.equal(report.connected, 1)
	})

	test('the upgrade is signed over the wss URL, the webhook over its form', async () => {
		const url = 'https://voice.example.com'
		const signed = await call(undefined, ['--seconds', 1, '--signature-token', 'abc', '--public-url', url])
		const { headers } = signed.streams[0].request
		assert.ok(twilio.validateRequest('abc', headers['x-twilio-signature'], 'wss://voice.example.com/stream', {}))
		const asked = []
		const onPost = (path, fields, headers) => {
			asked.push({ path, fields, ok: twilio.validateRequest('abc', headers['x-twilio-signature'], url + path, fields) })
			if (path === '/voice')
				return `<?xml version="1.0"?><Response><Say>no</Say><Connect action="${url}/after?n=1"><Stream url="wss://voice.example.com/media?x=1"><Parameter name="token" value="a&amp;b"/></Stream></Connect></Response>`
			return asked.length < 3 ? `<Response><Pause length="1"/><Redirect method="POST">/after?n=2</Redirect></Response>` : '<Response><Hangup/></Response>'
		}
		const led = await call((s) => setTimeout(() => s.socket.close(1000), 400), ['--seconds', 5, '--signature-token', 'abc', '--public-url', url], { onPost })
		assert.equal(led.status, 0, led.errors)
		assert.deepEqual(asked.map(({ path, ok }) => [path, ok]), [['/voice', true], ['/after?n=1', true], ['/after?n=2', true]])
		assert.deepEqual([asked[0].fields.CallStatus, asked[1].fields.CallStatus], ['ringing', 'in-progress'])
		const [stream] = led.streams
		assert.equal(stream.request.url, '/media')
		assert.ok(twilio.validateRequest('abc', stream.request.headers['x-twilio-signature'], 'wss://voice.example.com/media', {}))
		assert.deepEqual(stream.messages[1].start.customParameters, { sim: '0', token: 'a&b' })
		assert.equal(stream.messages[1].start.callSid, asked[0].fields.CallSid)
		assert.equal(led.report.ended_by_bridge, 1)
	})

	test('a stream that was ended comes back under its call when TwiML says so', async () => {
		let n = 0
		const onPost = () => (n++ < 2 ? '<Response><Connect action="/after"><Stream url="/media"/></Connect></Response>' : '<Response/>')
		const { report, streams } = await call((s) => setTimeout(() => s.socket.terminate(), 300), ['--seconds', 5], { onPost })
		assert.equal(report.streams, 2)
		assert.equal(new Set(streams.map((s) => s.messages[1].start.callSid)).size, 1)
		assert.equal(new Set(streams.map((s) => s.sid)).size, 2)
		assert.deepEqual(streams.map((s) => s.of('media')[0].media.timestamp), ['0', '0'])
	})

	test('marks come back when they were played, all at once after a clear, at once when nothing waits', async () => {
		const times = {}
		const { streams, report } = await call((s) => {
			s.onMessage = async (m) => {
				if (m.event === 'mark') times[m.mark.name] = performance.now()
				if (m.event !== 'start') return
				times.start = performance.now()
				s.mark('nothing "waits"')
				for (const name of ['a', 'b', 'c', 'd']) {
					s.media(Buffer.alloc(4000, 0x80)) // half a second
					s.mark(name)
				}
				await sleep(800)
				times.clear = performance.now()
				s.clear()
				s.media(Buffer.alloc(1600, 0x80))
				s.mark('e')
			}
		}, ['--seconds', 2])
		assert.deepEqual(streams[0].of('mark').map((m) => m.mark.name), ['nothing "waits"', 'a', 'b', 'c', 'd', 'e'])
		assert.ok(times['nothing "waits"'] - times.start < 150)
		assert.ok(times.a - times.start >= 495 && times.a < times.clear, `a after ${times.a - times.start} ms`)
		for (const name of ['b', 'c', 'd']) assert.ok(times[name] >= times.clear, `${name} before the clear`)
		assert.ok(times.d - times.b < 100, 'not at once')
		assert.ok(times.e - times.clear >= 195, `e after ${times.e - times.clear} ms`)
		assert.deepEqual([report.marks, report.marks_echoed, report.clears], [6, 6, 1])
	})

	test('what Twilio would ignore is ignored, and counted', async () => {
		const { report, streams } = await call((s) => {
			s.onMessage = (m) => {
				if (m.event !== 'start') return
				const payload = Buffer.alloc(160, 0x80).toString('base64')
				s.send({ event: 'media', streamSid: s.sid, media: { payload, more: 1 } })
				s.send({ event: 'media', streamSid: s.sid, media: { payload }, sequenceNumber: '1' })
				s.send({ event: 'media', streamSid: 'MZother', media: { payload } })
				s.send({ event: 'media', streamSid: s.sid, media: { payload: '?' } })
				s.send({ event: 'mark', streamSid: s.sid, mark: { name: 7 } })
				s.send({ event: 'clear', streamSid: s.sid, mark: {} })
				s.send({ event: 'start', streamSid: s.sid })
				s.send('no json')
				s.send(Buffer.from('{}'))
				s.send(`{ "media": {"payload":"${payload}"}, "streamSid":"${s.sid}", "event":"media" }`)
			}
		}, ['--seconds', 1])
		assert.deepEqual([report.warnings, report.media, report.marks, report.clears], [9, 1, 0, 0])
		assert.deepEqual(streams[0].of('mark'), [])
	})

	test('what was heard is written as it was played: silence before, the cut gone', async () => {
		const heard = tempDir()
		await call((s) => {
			s.onMessage = async (m) => {
				if (m.event !== 'start') return
				await sleep(400)
				s.media(Buffer.alloc(8000, 0x90)) // a second
				await sleep(400)
				s.clear()
				s.media(Buffer.alloc(800, 0xa0))
			}
		}, ['--seconds', 2, '--heard', heard])
		const wav = fs.readFileSync(path.join(heard, 'heard-0.wav'))
		assert.equal(wav.toString('latin1', 0, 4) + wav.readUInt32LE(24) + wav.readUInt16LE(22), 'RIFF80001')
		const samples = new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length))
		const values = [...new Set(samples)]
		assert.equal(values.length, 3, `${values}`) // silence and two loud values
		const [silence, first, second] = values
		const count = (v) => samples.filter((x) => x === v).length
		assert.equal(silence, 0)
		assert.ok(samples.indexOf(first) >= 3200, `heard after ${samples.indexOf(first) / 8} ms`)
		assert.ok(count(first) > 2400 && count(first) < 7000, `${count(first) / 8} ms of what was cut at 400`)
		assert.equal(count(second), 800)
		assert.ok(samples.length >= 15200 && samples.length <= 16400, `${samples.length / 8} ms in all`)
	})

	test('an echo that loses, doubles, swaps and delays is told so, each with its number', async () => {
		const held = []
		const { report } = await call((s) => {
			let n = 0
			s.onMessage = (m) => {
				if (m.event !== 'media') return
				const i = n++
				const { payload } = m.media
				const send = (p) => setTimeout(() => s.media(p), 60)
				if (i === 50 || i === 51) return // lost
				if (i === 80) return void held.push(payload) // swapped with the next
				send(payload)
				if (i === 60) send(payload) // doubled
				if (i === 81) send(held.pop())
			}
		}, ['--seconds', 4])
		const { lost, doubled, reordered, unread } = report.down
		assert.deepEqual({ lost, doubled, reordered, unread }, { lost: 2, doubled: 1, reordered: 1, unread: 0 })
		assert.ok(report.round_trip.p50_us >= 60000 && report.round_trip.p50_us < 100000, `${report.round_trip.p50_us} us`)
		assert.equal(report.up, null)
	})

	// callsim, a bridge with faults, modelsim
	const bridged = async (faults, modelArgs, args) => {
		const trace = traceFile()
		const model = await startModelsim(['--trace', trace, ...modelArgs])
		try {
			return (await call((s) => bridge(s, model.url, faults), ['--trace', trace, ...args])).report
		} finally {
			fs.rmSync(path.dirname(trace), { recursive: true })
			await model.stop()
		}
	}

	test('a bridge without faults is told none', async () => {
		const report = await bridged({}, ['--mode', 'echo'], ['--calls', 2, '--seconds', 4])
		for (const way of [report.up, report.down]) {
			assert.deepEqual([way.lost, way.doubled, way.reordered, way.unread], [0, 0, 0, 0])
			assert.equal(way.measured, way.frames)
			assert.ok(way.frames >= 2 * 170)
		}
	})

	test('the way up: lost, doubled, swapped, late', async () => {
		const held = []
		const up = (payload, n, append) => {
			const send = (p) => setTimeout(() => append(p), 50)
			if (n === 40) return
			if (n === 70) return held.push(payload)
			send(payload)
			if (n === 55) send(payload)
			if (n === 71) send(held.pop())
		}
		const { up: way } = await bridged({ up }, ['--mode', 'echo'], ['--seconds', 4])
		assert.deepEqual([way.lost, way.doubled, way.reordered], [1, 1, 1])
		assert.ok(way.p50_us >= 50000 && way.p50_us < 90000, `${way.p50_us} us`)
	})

	test('the way down: deltas late and lost, in answers that are paced', async () => {
		const down = (payload, n, play) => setTimeout(() => n !== 5 && play(payload), 50)
		const { down: way, up } = await bridged({ down }, ['--burst', 1, '--answer-ms', 1500], ['--seconds', 5, '--talk-ms', 300])
		assert.equal(way.lost, 5) // 100 ms
		assert.ok(way.p50_us >= 50000 && way.p50_us < 90000, `${way.p50_us} us`)
		assert.ok(up.p50_us < 30000, `${up.p50_us} us up`)
		assert.ok(way.measured >= 20)
	})

	test('truncations are held against what was played: right, wrong, none, and sound behind the clear', async () => {
		const talk = ['--seconds', 6, '--barge-ms', 700, '--talk-ms', 300]
		const right = await bridged({}, [], talk)
		assert.ok(right.truncate.count >= 2)
		assert.ok(right.truncate.max_error_ms <= 100, `${right.truncate.max_error_ms} ms`)
		assert.deepEqual([right.truncate.missing, right.down.lost, right.down.stale], [0, 0, 0])
		assert.ok(right.barge_in.count >= 2 && right.barge_in.p50_us < 50000)

		const wrong = await bridged({ cut: ({ ms, truncate, stream }) => (stream.clear(), truncate(ms + 300)) }, [], talk)
		assert.equal(wrong.truncate.within_40_ms, 0)
		assert.ok(wrong.truncate.max_error_ms >= 260 && wrong.truncate.max_error_ms <= 400, `${wrong.truncate.max_error_ms} ms`)

		const none = await bridged({ cut: ({ stream }) => stream.clear() }, [], talk)
		assert.deepEqual([none.truncate.count, none.truncate.missing >= 2], [0, true])

		const slow = await bridged({ cut: ({ ms, truncate, stream }) => setTimeout(() => (stream.clear(), truncate(ms + 80)), 80) }, [], talk)
		assert.ok(slow.barge_in.p50_us >= 80000, `${slow.barge_in.p50_us} us`)

		let last
		const down = (payload, n, play) => play((last = payload))
		const cut = ({ ms, truncate, stream }) => (stream.clear(), truncate(ms), stream.media(last))
		const stale = await bridged({ down, cut }, [], talk)
		assert.ok(stale.down.stale >= 10, `${stale.down.stale} stale frames`)
	})
})

describe('callsim, ringdown, modelsim', { concurrency: 3 }, () => {
	const through = async (modelArgs, args, assistant = {}, config = {}) => {
		const trace = traceFile()
		const model = await startModelsim(['--trace', trace, ...modelArgs])
		let ringdown
		try {
			ringdown = await startRingdown({
				modelUrl: model.url,
				assistants: { default: { instructions: 'sim={{sim}}', greeting: '', ...assistant } },
				config,
			})
			const where = config.security ? ['--webhook', `${ringdown.url}/connect/webhook/twilio/voice`] : ['--url', `${ringdown.url.replace('http', 'ws')}/media-stream`]
			return { ...(await callsim([...where, '--trace', trace, ...args])), ringdown }
		} finally {
			await model.stop()
			fs.rmSync(path.dirname(trace), { recursive: true })
			await ringdown?.stop()
		}
	}
	const unhurt = (way) => assert.deepEqual([way.lost, way.doubled, way.reordered, way.unread], [0, 0, 0, 0])

	for (const audio of ['pcm24k', 'pcmu'])
		test(`twenty calls of ten seconds, ${audio}: all frames, once, in order; marks come back`, async () => {
			const { status, report, errors } = await through(['--mode', 'echo'], ['--calls', 20, '--seconds', 10, '--ramp-ms', 200], { audio })
			assert.equal(status, 0, errors)
			unhurt(report.up)
			unhurt(report.down)
			assert.equal(report.up.frames, report.up.measured)
			assert.equal(report.down.frames, report.up.frames)
			assert.ok(report.up.frames >= 20 * 470, `${report.up.frames} frames`)
			assert.ok(report.marks >= 20 * 470)
			assert.ok(report.marks - report.marks_echoed <= 20 * 25, `${report.marks - report.marks_echoed} marks were not played`)
			assert.equal(report.warnings, 0)
		})

	test('twenty calls that interrupt: the model is told what was heard, within 40 ms', async () => {
		const { status, report, errors } = await through(['--answer-ms', 5000, '--fault', 'stale'], ['--calls', 20, '--seconds', 10, '--ramp-ms', 300, '--barge-ms', 900])
		assert.equal(status, 0, errors)
		assert.ok(report.truncate.count >= 40, `${report.truncate.count} truncations`)
		assert.equal(report.truncate.within_40_ms, report.truncate.count, `off by ${report.truncate.max_error_ms} ms`)
		assert.equal(report.truncate.missing, 0)
		assert.equal(report.down.stale, 0)
		unhurt(report.up)
		unhurt(report.down)
	})

	test('the model breaks in mid-call: nothing of what callers say is lost, and they wait no second and a half', async () => {
		const { status, report, errors } = await through(['--mode', 'echo', '--fault', 'close:1011:2000@5'], ['--calls', 5, '--seconds', 5])
		assert.equal(status, 0, errors)
		unhurt(report.up)
		unhurt(report.down)
		assert.ok(report.up.replayed > 0, 'the model did not break')
		assert.ok(report.longest_silence_ms <= 1500, `${report.longest_silence_ms} ms of silence`)
	})

	test('signed webhooks and upgrades; the assistant hangs up and the call ends', async () => {
		const config = { security: { require_signature: 'yes' }, server: { public_url: 'https://voice.example.com' } }
		const assistant = { tools: [{ type: 'builtin', name: 'end_call' }] }
		const end = ['--mode', 'tool', '--tool-name', 'end_call', '--tool-args', '{"reason":"done"}', '--answer-ms', 800]
		const args = ['--calls', 2, '--seconds', 12, '--talk-ms', 400, '--public-url', 'https://voice.example.com']
		const { status, report, errors } = await through(end, [...args, '--signature-token', AUTH_TOKEN], assistant, config)
		assert.equal(status, 0, errors)
		assert.deepEqual([report.connected, report.streams, report.ended_by_bridge], [2, 2, 2])
		const forged = await through(end, [...args, '--signature-token', 'wrong'], assistant, config)
		assert.equal(forged.status, 1)
		assert.equal(forged.report.failed, 2)
		assert.match(forged.errors, /status 403/)
	})
})
