// SPDX-License-Identifier: MIT
// A bridge from Twilio Media Streams to a Realtime server as a good Node engineer writes it: one process, npm `ws`, no
// compression, no second UTF-8 check, sound handled as base64 text for as long as that is possible.  What differs
// between the bridges is the codec:
//   format      the session's audio format
//   forCall()   -> { toModel(base64) -> base64, toCaller(base64) -> { payload, ms }, reset() }, one for each call
import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { parseArgs } from 'node:util'
import { WebSocket, WebSocketServer } from 'ws'

const { values: options } = parseArgs({
	options: {
		port: { type: 'string', default: '0' },
		'model-url': { type: 'string' },
		'ca-file': { type: 'string' },
		'tls-cert': { type: 'string' },
		'tls-key': { type: 'string' },
		instructions: { type: 'string', default: 'You answer the telephone.' },
		'turn-detection': { type: 'string', default: 'server_vad' }, // or none
		greet: { type: 'boolean', default: false },
	},
})

const KEPT_FRAMES = 250 // what the caller says while the model is being dialled: 5 s
const ca = options['ca-file'] && fs.readFileSync(options['ca-file'])
const turnDetection = options['turn-detection'] === 'none'
	? null
	: { type: 'server_vad', threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 500, create_response: true, interrupt_response: true }

class Call {
	constructor(stream, codec) {
		this.stream = stream
		this.format = codec.format
		this.codec = codec.forCall()
		this.streamSid = ''
		this.waiting = []
		this.isReady = false
		// What the caller hears: `heardMs` of `item` had been played at `heardAt`, of `sentMs` sent.  Marks of an older
		// epoch come back because of a clear, not because they were heard.
		this.epoch = 0
		this.item = ''
		this.response = ''
		this.stale = ''
		this.isPlaying = false
		this.sentMs = this.heardMs = this.heardAt = 0
		stream.on('message', (data) => this.onTwilio(JSON.parse(data.toString())))
		stream.on('close', () => this.model?.close())
		stream.on('error', () => stream.terminate())
	}

	onTwilio(m) {
		switch (m.event) {
		case 'media':
			return this.hear(m.media.payload)
		case 'mark':
			return this.onMark(m.mark.name)
		case 'start':
			this.streamSid = m.start.streamSid
			return this.dial(m.start.customParameters)
		case 'stop':
			return this.stream.close(1000)
		}
	}

	hear(payload) {
		if (!this.isReady) {
			if (this.waiting.push(payload) > KEPT_FRAMES) this.waiting.shift()
			return
		}
		this.model.send(`{"type":"input_audio_buffer.append","audio":"${this.codec.toModel(payload)}"}`)
	}

	dial(parameters) {
		this.instructions = options.instructions.replace(/\{\{(\w+)\}\}/g, (_, name) => parameters[name] ?? '')
		this.model = new WebSocket(options['model-url'], {
			ca,
			perMessageDeflate: false,
			skipUTF8Validation: true,
			headers: { Authorization: `Bearer ${process.env.OPENAI_API_KEY ?? 'none'}` },
		})
		this.model.on('open', () => this.configure())
		this.model.on('message', (data) => this.onModel(JSON.parse(data.toString())))
		this.model.on('close', () => this.stream.close(1000))
		this.model.on('error', (e) => console.error(`model: ${e.message}`))
	}

	configure() {
		this.say({
			type: 'session.update',
			session: {
				type: 'realtime',
				instructions: this.instructions,
				output_modalities: ['audio'],
				audio: {
					input: { format: this.format, turn_detection: turnDetection },
					output: { format: this.format, voice: 'marin' },
				},
			},
		})
	}

	say(event) {
		this.model.send(JSON.stringify(event))
	}

	onModel(ev) {
		switch (ev.type) {
		case 'response.output_audio.delta':
			return this.onDelta(ev)
		case 'input_audio_buffer.speech_started':
			return this.onSpeech()
		case 'session.updated':
			return this.isReady || this.onReady()
		case 'error':
			return console.error(`model: ${ev.error.code}: ${ev.error.message}`)
		}
	}

	onReady() {
		this.isReady = true
		for (const payload of this.waiting.splice(0)) this.hear(payload)
		if (options.greet) this.say({ type: 'response.create' })
	}

	onDelta(ev) {
		if (ev.response_id === this.stale) return
		if (ev.item_id !== this.item) this.beginItem(ev)
		const { payload, ms } = this.codec.toCaller(ev.delta)
		if (!this.isPlaying) {
			this.isPlaying = true
			this.heardMs = this.sentMs
			this.heardAt = performance.now()
		}
		this.sentMs += ms
		this.stream.send(`{"event":"media","streamSid":"${this.streamSid}","media":{"payload":"${payload}"}}`)
		this.stream.send(`{"event":"mark","streamSid":"${this.streamSid}","mark":{"name":"${this.epoch}:${this.item}:${this.sentMs}"}}`)
	}

	beginItem(ev) {
		this.item = ev.item_id
		this.response = ev.response_id
		this.sentMs = this.heardMs = 0
		this.codec.reset()
	}

	onMark(name) {
		const [epoch, item, ms] = name.split(':')
		if (Number(epoch) !== this.epoch || item !== this.item) return
		this.heardMs = Number(ms)
		this.heardAt = performance.now()
		this.isPlaying = this.heardMs < this.sentMs
	}

	// The server stops the response by itself (interrupt_response); what Twilio still holds is ours to drop.
	onSpeech() {
		if (!this.isPlaying) return
		const heard = Math.min(this.sentMs, this.heardMs + performance.now() - this.heardAt)
		this.stream.send(`{"event":"clear","streamSid":"${this.streamSid}"}`)
		this.say({ type: 'conversation.item.truncate', item_id: this.item, content_index: 0, audio_end_ms: Math.floor(heard) })
		this.epoch++
		this.stale = this.response
		this.isPlaying = false
	}
}

export function serve(codec) {
	const streams = new WebSocketServer({ noServer: true, perMessageDeflate: false, skipUTF8Validation: true })
	const answer = (request, response) => response.writeHead(request.url === '/healthz' ? 200 : 404).end()
	const server = options['tls-cert']
		? https.createServer({ cert: fs.readFileSync(options['tls-cert']), key: fs.readFileSync(options['tls-key']) }, answer)
		: http.createServer(answer)
	server.on('upgrade', (request, socket, head) =>
		streams.handleUpgrade(request, socket, head, (stream) => new Call(stream, codec)))
	server.listen({ port: Number(options.port), host: '127.0.0.1', backlog: 1024 }, () =>
		console.log(`listening 127.0.0.1:${server.address().port}`))
	process.on('SIGTERM', () => process.exit(0))
}
