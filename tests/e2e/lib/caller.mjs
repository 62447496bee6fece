// SPDX-License-Identifier: MIT
// A false Twilio media stream: real fields, a frame every 20 ms, sound played out in real time and
// marks echoed when what came before them has been played.
import crypto from 'node:crypto'
import WebSocket from 'ws'
import { sleep, until } from './ringdown.mjs'

const sid = (prefix) => prefix + crypto.randomBytes(16).toString('hex')
export const FRAME = 160

export class Caller {
	constructor(base, options = {}) {
		this.callSid = options.callSid ?? sid('CA')
		this.streamSid = options.streamSid ?? sid('MZ')
		this.parameters = options.parameters ?? {}
		this.path = options.path ?? '/media-stream'
		this.url = base.replace(/^http/, 'ws') + this.path
		this.headers = options.headers ?? {}
		this.ca = options.ca
		this.localAddress = options.localAddress
		Object.assign(this, { seq: 0, chunk: 0, timestamp: 0, heard: [], marks: [], clears: [], texts: [], queue: [], queuedSamples: 0, played: 0 })
	}

	async open() {
		this.socket = new WebSocket(this.url, { headers: this.headers, perMessageDeflate: false, ca: this.ca, localAddress: this.localAddress })
		this.socket.on('message', (data) => this.take(JSON.parse(data)))
		this.closed = new Promise((resolve) =>
			this.socket.on('close', (code, reason) => {
				this.code = code
				this.reason = String(reason)
				this.stopTalking()
				resolve(code)
			}))
		await new Promise((resolve, reject) => {
			this.socket.once('open', resolve)
			this.socket.once('error', reject)
			this.socket.once('unexpected-response', (req, res) => {
				this.status = res.statusCode
				reject(Object.assign(new Error(`refused with ${res.statusCode}`), { status: res.statusCode }))
			})
		})
		this.socket.on('error', () => {})
		return this
	}

	send(message) {
		if (this.socket.readyState === 1) this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message))
	}

	connected() {
		this.send({ event: 'connected', protocol: 'Call', version: '1.0.0' })
	}

	start(extra = {}) {
		this.send({
			event: 'start',
			sequenceNumber: String(++this.seq),
			start: {
				accountSid: `AC${'0'.repeat(32)}`,
				streamSid: this.streamSid,
				callSid: this.callSid,
				tracks: ['inbound'],
				mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
				customParameters: this.parameters,
				...extra,
			},
			streamSid: this.streamSid,
		})
	}

	mediaMessage(payload, track = 'inbound') {
		const message = {
			event: 'media',
			sequenceNumber: String(++this.seq),
			media: { track, chunk: String(++this.chunk), timestamp: String(this.timestamp), payload: payload.toString('base64') },
			streamSid: this.streamSid,
		}
		this.timestamp += payload.length / 8
		return message
	}

	frame(byte = 0xff) {
		this.send(this.mediaMessage(Buffer.alloc(FRAME, byte)))
	}

	// connected, start, then a frame every 20 ms until stopTalking or the end
	async call(options = {}) {
		await this.open()
		this.connected()
		this.start()
		if (options.talk !== false) this.talk()
		return this
	}

	talk() {
		const begun = performance.now()
		let sent = 0
		this.talker = setInterval(() => {
			while (sent * 20 <= performance.now() - begun) {
				this.frame(sent % 2 ? 0x20 : 0xa0)
				sent++
			}
		}, 5)
	}

	stopTalking() {
		clearInterval(this.talker)
		clearInterval(this.player)
	}

	take(message) {
		this.texts.push(message)
		if (message.event === 'media') {
			const bytes = Buffer.from(message.media.payload, 'base64')
			this.heard.push(bytes)
			this.enqueue({ samples: bytes.length })
		} else if (message.event === 'mark') {
			this.enqueue({ mark: message.mark.name })
		} else if (message.event === 'clear') {
			this.clears.push({ at: performance.now(), playedMs: this.playedNow() / 8 })
			const marks = this.queue.filter((q) => q.mark)
			this.queue = []
			this.playing = undefined
			for (const m of marks) this.echo(m.mark)
		}
	}

	echo(name) {
		this.marks.push(name)
		if (!this.deaf) this.send({ event: 'mark', sequenceNumber: String(++this.seq), streamSid: this.streamSid, mark: { name } })
	}

	enqueue(entry) {
		this.queue.push(entry)
		if (!this.player) this.player = setInterval(() => this.play(), 2)
		this.play()
	}

	// Samples of this queue's sound that have left the loudspeaker so far.
	playedNow() {
		const part = this.playing ? Math.min(this.playing.samples, (performance.now() - this.playing.since) * 8) : 0
		return this.played + part
	}

	play() {
		const now = performance.now()
		let end = now
		for (;;) {
			if (this.playing) {
				const until = this.playing.since + this.playing.samples / 8
				if (until > now) return
				this.played += this.playing.samples
				end = until
				this.playing = undefined
			}
			const next = this.queue.shift()
			if (!next) return
			if (next.mark) this.echo(next.mark)
			else this.playing = { samples: next.samples, since: Math.max(end, now - 20) }
		}
	}

	get heardMs() {
		return this.heard.reduce((n, b) => n + b.length, 0) / 8
	}

	dtmf(digits) {
		for (const digit of digits)
			this.send({ event: 'dtmf', streamSid: this.streamSid, sequenceNumber: String(++this.seq), dtmf: { track: 'inbound_track', digit } })
	}

	stop() {
		this.send({ event: 'stop', sequenceNumber: String(++this.seq), stop: { accountSid: `AC${'0'.repeat(32)}`, callSid: this.callSid }, streamSid: this.streamSid })
	}

	async hangUp() {
		this.stopTalking()
		this.stop()
		await Promise.race([this.closed, sleep(2000)])
		this.socket.terminate()
	}

	async hears(ms, limitMs) {
		await until(() => this.heardMs >= ms, `the caller heard ${this.heardMs} ms of ${ms}`, limitMs)
	}
}

// A call that must not notice what happens to others: every frame it sends has to arrive.
export class Bystander {
	constructor(ringdown, model) {
		Object.assign(this, { ringdown, model })
	}

	async begin() {
		const n = this.model.sessions.length
		this.caller = await new Caller(this.ringdown.url).call()
		this.session = await this.model.session(n)
		await until(() => this.session.appends > 10, 'the bystander is not heard')
		return this
	}

	// All of its sound, and no more than what is on its way, is with the model.
	async undisturbed(assert) {
		assert.equal(this.caller.socket.readyState, 1, 'the bystander lost its call')
		assert.equal(this.session.closed, false, 'the bystander lost its model')
		const sent = this.caller.chunk
		await until(() => this.session.soundBytes >= sent * 960, `the bystander sent ${sent} frames, ${this.session.soundBytes / 960} came`, 5000)
	}

	async end() {
		await this.caller.hangUp()
	}
}
