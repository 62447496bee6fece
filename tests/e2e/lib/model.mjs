// SPDX-License-Identifier: MIT
// A false model under the test's control: every client event is kept, every server event is the test's.
import http from 'node:http'
import https from 'node:https'
import { once } from 'node:events'
import { WebSocketServer } from 'ws'
import { until } from './ringdown.mjs'

let serial = 0
export const pcm24 = (ms, level = 3000) => {
	const n = ms * 24
	const b = Buffer.alloc(n * 2)
	for (let i = 0; i < n; i++) b.writeInt16LE(Math.round(level * Math.sin((2 * Math.PI * 440 * i) / 24000)), i * 2)
	return b
}

export class ModelSession {
	constructor(socket, request, model) {
		Object.assign(this, { socket, request, model, events: [], soundBytes: 0, appends: 0, closed: false })
		socket.on('message', (data) => this.take(JSON.parse(data)))
		socket.on('close', (code, reason) => Object.assign(this, { closed: true, code, reason: String(reason) }))
		socket.on('error', () => {})
	}

	take(ev) {
		if (ev.type === 'input_audio_buffer.append') {
			const bytes = Buffer.from(ev.audio, 'base64')
			this.soundBytes += bytes.length
			this.appends++
			this.model.onSound?.(this, bytes)
			return
		}
		this.events.push(ev)
		if (ev.type === 'session.update' && this.model.answersUpdates)
			this.send({ type: 'session.updated', session: ev.session })
		this.model.onEvent?.(this, ev)
	}

	send(ev) {
		if (this.socket.readyState === 1) this.socket.send(typeof ev === 'string' ? ev : JSON.stringify({ event_id: `event_${++serial}`, ...this.worded(ev) }))
	}

	// Tests write GA; a model of the beta dialect says it in its own words.
	worded(ev) {
		if (this.model.dialect !== 'beta') return ev
		return { ...ev, type: ev.type.replace('.output_audio', '.audio').replace('.output_text', '.text') }
	}

	created(expiresInS = 3600) {
		this.send({
			type: 'session.created',
			session: { id: `sess_${++serial}`, object: 'realtime.session', type: 'realtime', expires_at: Math.floor(Date.now() / 1000) + expiresInS },
		})
	}

	// A response of one audio item, `ms` long, in deltas of 200 ms; done unless open is set.
	speak(ms, { response = `resp_${++serial}`, item = `item_${++serial}`, text = 'one two three four', open = false, deltaMs = 200, level, pcmu = false } = {}) {
		const at = { response_id: response, item_id: item, output_index: 0, content_index: 0 }
		this.send({ type: 'response.created', response: { id: response, object: 'realtime.response', status: 'in_progress', output: [] } })
		this.send({ type: 'response.output_item.added', response_id: response, output_index: 0, item: { id: item, type: 'message', role: 'assistant', status: 'in_progress', content: [] } })
		this.send({ type: 'response.output_audio_transcript.delta', ...at, delta: text })
		for (let done = 0; done < ms; done += deltaMs)
			this.send({ type: 'response.output_audio.delta', ...at, delta: (pcmu ? Buffer.alloc(8 * Math.min(deltaMs, ms - done), 0x2a) : pcm24(Math.min(deltaMs, ms - done), level)).toString('base64') })
		if (!open) this.finish({ response, item, text })
		return { response, item, text }
	}

	finish({ response, item, text }, status = 'completed') {
		const at = { response_id: response, item_id: item, output_index: 0, content_index: 0 }
		this.send({ type: 'response.output_audio.done', ...at })
		this.send({ type: 'response.output_audio_transcript.done', ...at, transcript: text })
		this.send({ type: 'response.output_item.done', response_id: response, output_index: 0, item: { id: item, type: 'message', role: 'assistant', status: 'completed', content: [] } })
		this.send({ type: 'response.done', response: { id: response, object: 'realtime.response', status, output: [] } })
	}

	callTool(name, args, { callId = `call_${++serial}`, response = `resp_${++serial}` } = {}) {
		const item = { id: `item_${++serial}`, type: 'function_call', status: 'completed', name, call_id: callId, arguments: typeof args === 'string' ? args : JSON.stringify(args) }
		this.send({ type: 'response.created', response: { id: response, object: 'realtime.response', status: 'in_progress', output: [] } })
		this.send({ type: 'response.output_item.added', response_id: response, output_index: 0, item: { ...item, status: 'in_progress' } })
		this.send({ type: 'response.function_call_arguments.done', response_id: response, item_id: item.id, output_index: 0, call_id: callId, name, arguments: item.arguments })
		this.send({ type: 'response.output_item.done', response_id: response, output_index: 0, item })
		this.send({ type: 'response.done', response: { id: response, object: 'realtime.response', status: 'completed', output: [item] } })
		return callId
	}

	speechStarted() {
		this.send({ type: 'input_audio_buffer.speech_started', audio_start_ms: 0, item_id: `item_${++serial}` })
	}

	speechStopped() {
		this.send({ type: 'input_audio_buffer.speech_stopped', audio_end_ms: 0, item_id: `item_${serial}` })
	}

	// A turn of the caller as server VAD and transcription tell it.
	callerSays(text) {
		this.speechStarted()
		this.speechStopped()
		this.send({ type: 'conversation.item.input_audio_transcription.completed', item_id: `item_${serial}`, content_index: 0, transcript: text, usage: { type: 'duration', seconds: 1 } })
	}

	of(type) {
		return this.events.filter((e) => e.type === type)
	}

	async event(type, limitMs) {
		return until(() => this.of(type)[0], `the model got no ${type}, only ${this.events.map((e) => e.type)}`, limitMs)
	}
}

// options: tls {cert, key}, onUpgrade(request, socket) -> true when it dealt with it, onSession(session)
export class Model {
	constructor(options = {}) {
		this.sessions = []
		this.attempts = 0
		this.answersUpdates = options.answersUpdates ?? true
		this.onSession = options.onSession ?? ((s) => s.created())
		Object.assign(this, { onUpgrade: options.onUpgrade, onEvent: options.onEvent, onSound: options.onSound, tls: options.tls, dialect: options.dialect ?? 'ga' })
	}

	async start(port = 0, host = '127.0.0.1') {
		this.server = this.tls ? https.createServer(this.tls) : http.createServer()
		this.sockets = new Set()
		this.server.on('connection', (s) => (this.sockets.add(s), s.on('close', () => this.sockets.delete(s)), s.on('error', () => {})))
		const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false })
		this.server.on('upgrade', (request, socket, head) => {
			this.attempts++
			if (this.onUpgrade?.(request, socket)) return
			wss.handleUpgrade(request, socket, head, (ws) => {
				const session = new ModelSession(ws, request, this)
				this.sessions.push(session)
				this.onSession(session)
			})
		})
		this.server.listen(port, host)
		await once(this.server, 'listening')
		this.port = this.server.address().port
		this.url = `${this.tls ? 'wss://localhost' : 'ws://127.0.0.1'}:${this.port}/v1/realtime`
		return this
	}

	// The session whose instructions have this word in them.
	async sessionOf(word, limitMs) {
		const has = (s) => s.of('session.update').some((e) => e.session.instructions?.includes(word))
		return until(() => this.sessions.find(has), `no model session of ${word}`, limitMs)
	}

	async session(n = 0, limitMs) {
		return until(() => this.sessions[n], `no model session ${n}`, limitMs)
	}

	async stop() {
		for (const s of this.sockets) s.destroy()
		this.server.close()
		await once(this.server, 'close')
	}
}

// Answers an upgrade with a plain HTTP status.
export const answer = (status, headers = '', body = '{}') => (request, socket) => {
	socket.end(`HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${headers}connection: close\r\n\r\n${body}`)
	return true
}
