// SPDX-License-Identifier: MIT
// Servers that callsim calls, under the test's control: a bare stream, and a bridge with faults of known size.
import http from 'node:http'
import { once } from 'node:events'
import WebSocket, { WebSocketServer } from 'ws'

// What comes to a stream, in order, and what may be said on it.
export class Stream {
	constructor(socket, request) {
		Object.assign(this, { socket, request, messages: [], sid: undefined })
		this.ended = once(socket, 'close')
		socket.on('error', () => {})
		socket.on('message', (data, isBinary) => {
			const message = isBinary ? { binary: data } : JSON.parse(data)
			this.messages.push(message)
			if (message.event === 'start') this.sid = message.start.streamSid
			this.onMessage?.(message)
		})
	}

	of(event) {
		return this.messages.filter((m) => m.event === event)
	}

	send(message) {
		if (this.socket.readyState === 1) this.socket.send(typeof message === 'object' && !Buffer.isBuffer(message) ? JSON.stringify(message) : message)
	}

	media(payload) {
		this.send({ event: 'media', streamSid: this.sid, media: { payload: Buffer.isBuffer(payload) ? payload.toString('base64') : payload } })
	}

	mark(name) {
		this.send({ event: 'mark', streamSid: this.sid, mark: { name } })
	}

	clear() {
		this.send({ event: 'clear', streamSid: this.sid })
	}
}

// onStream(stream) for each upgrade; onPost(path, fields, headers) gives the TwiML of a webhook
export async function streamServer({ onStream, onPost }) {
	const streams = []
	const server = http.createServer((request, response) => {
		let body = ''
		request.on('data', (d) => (body += d))
		request.on('end', () => {
			const twiml = onPost?.(request.url, Object.fromEntries(new URLSearchParams(body)), request.headers)
			response.writeHead(twiml ? 200 : 404, { 'content-type': 'text/xml' })
			response.end(twiml ?? '')
		})
	})
	const wss = new WebSocketServer({ server, perMessageDeflate: false })
	wss.on('connection', (socket, request) => {
		const stream = new Stream(socket, request)
		streams.push(stream)
		onStream?.(stream)
	})
	server.listen(0, '127.0.0.1')
	await once(server, 'listening')
	const { port } = server.address()
	return {
		streams,
		url: `ws://127.0.0.1:${port}/stream`,
		webhook: `http://127.0.0.1:${port}/voice`,
		async stop() {
			for (const s of streams) s.socket.terminate()
			server.closeAllConnections()
			server.close()
			await once(server, 'close')
		},
	}
}

// Between a stream and a model, mu-law passed through.  What each hook gives is done instead of what is right:
//   up(payload, n, send)   down(payload, n, send)   cut({ms, item, truncate, stream, model})
export function bridge(stream, modelUrl, { up, down, cut } = {}) {
	const model = new WebSocket(modelUrl, { perMessageDeflate: false })
	const said = { item: undefined, ms: 0, since: 0 }
	const early = []
	let ups = 0, downs = 0
	const toModel = (m) => (model.readyState === 1 ? model.send(JSON.stringify(m)) : early.push(m))
	const append = (audio) => toModel({ type: 'input_audio_buffer.append', audio })
	const play = (payload) => {
		stream.media(payload)
		stream.mark(`${downs}`)
	}
	stream.onMessage = (m) => {
		if (m.event === 'start') {
			const audio = { input: { format: { type: 'audio/pcmu' }, turn_detection: { type: 'server_vad', silence_duration_ms: 200 } }, output: { format: { type: 'audio/pcmu' } } }
			toModel({ type: 'session.update', session: { type: 'realtime', instructions: `sim=${m.start.customParameters.sim}`, audio } })
		}
		if (m.event === 'media') up ? up(m.media.payload, ups++, append) : append(m.media.payload)
	}
	model.on('open', () => early.splice(0).forEach(toModel))
	model.on('error', () => {})
	model.on('message', (data) => {
		const ev = JSON.parse(data)
		if (ev.type === 'response.output_audio.delta') {
			if (ev.item_id !== said.item) Object.assign(said, { item: ev.item_id, ms: 0, since: performance.now() })
			said.ms += Buffer.from(ev.delta, 'base64').length / 8
			down ? down(ev.delta, downs++, play) : play(ev.delta)
		}
		if (ev.type === 'input_audio_buffer.speech_started' && said.item) {
			const { item } = said
			const ms = Math.round(Math.min(said.ms, performance.now() - said.since))
			const truncate = (audio_end_ms) => toModel({ type: 'conversation.item.truncate', item_id: item, content_index: 0, audio_end_ms })
			said.item = undefined
			if (cut) return cut({ ms, truncate, stream })
			stream.clear()
			truncate(ms)
		}
	})
	stream.socket.on('close', () => model.close())
}
