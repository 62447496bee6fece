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
import { makeCertificate, sleep, tempDir, until } from './lib/ringdown.mjs'
import { startModelsim, tone, validator } from './lib/simulators.mjs'
import { hasSpecs } from './lib/specs.mjs'

const hasSchemas = hasSpecs('openai-realtime.tolerant.schema.json', 'openai-realtime-beta.schema.json')
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

describe('modelsim before the client of npm openai', () => {
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
