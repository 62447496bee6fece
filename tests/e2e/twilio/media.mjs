// SPDX-License-Identifier: MIT
// The sound of recordings: WAV by default, MP3 by suffix, with ranges, and first a redirect to where the bytes lie, as Twilio's
// own media are stored elsewhere.  Who follows it must leave the account's credentials behind.
import crypto from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import { notFound } from './errors.mjs'

const RATE = 8000
const TONE_HZ = 440
// MPEG-2 layer III, 32 kbit/s, 16 kHz, mono, no CRC: frames of 144 bytes and 36 ms; without side information they are silence.
const FRAME = Buffer.concat([Buffer.from([0xff, 0xf3, 0x48, 0xc0]), Buffer.alloc(140)])
const FRAME_MS = 36

export function wav(seconds, channels = 1) {
	const samples = Math.round(seconds * RATE)
	const out = Buffer.alloc(44 + samples * channels * 2)
	out.write('RIFF', 0)
	out.writeUInt32LE(out.length - 8, 4)
	out.write('WAVEfmt ', 8)
	out.writeUInt32LE(16, 16)
	out.writeUInt16LE(1, 20)
	out.writeUInt16LE(channels, 22)
	out.writeUInt32LE(RATE, 24)
	out.writeUInt32LE(RATE * channels * 2, 28)
	out.writeUInt16LE(channels * 2, 32)
	out.writeUInt16LE(16, 34)
	out.write('data', 36)
	out.writeUInt32LE(out.length - 44, 40)
	for (let i = 0; i < samples * channels; i++)
		out.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * TONE_HZ * Math.floor(i / channels)) / RATE)), 44 + i * 2)
	return out
}

export const mp3 = (seconds) => Buffer.concat(Array(Math.max(1, Math.ceil((seconds * 1000) / FRAME_MS))).fill(FRAME))

// "bytes=0-99", "bytes=100-", "bytes=-100": [from, to] or 'bad'; undefined: no range, or one that is ignored
export function readRange(text, size) {
	const hit = /^bytes=(\d*)-(\d*)$/.exec(text ?? '')
	if (!hit || (hit[1] === '' && hit[2] === '')) return undefined
	if (hit[1] === '') return size > 0 && Number(hit[2]) > 0 ? [Math.max(0, size - Number(hit[2])), size - 1] : 'bad'
	const from = Number(hit[1])
	const to = hit[2] === '' ? size - 1 : Math.min(Number(hit[2]), size - 1)
	if (hit[2] !== '' && Number(hit[2]) < from) return undefined
	return from < size ? [from, to] : 'bad'
}

export class Media {
	constructor(fake) {
		this.fake = fake
		// Another origin, as with Twilio: a client leaves its credentials behind when it gets there.
		this.store = http.createServer((request, response) => this.serveStored(request, response))
		this.stored = new Map()
		this.served = [] // {sid, format, range, status}
	}

	async start() {
		this.store.listen(0, '127.0.0.1')
		await once(this.store, 'listening')
		this.origin = `http://127.0.0.1:${this.store.address().port}`
	}

	async stop() {
		this.store.closeAllConnections()
		this.store.close()
		await once(this.store, 'close')
	}

	// GET or HEAD Recordings/{RE}, .wav, .mp3
	serve(ctx, format) {
		const recording = ctx.account.recordings.get(ctx.values.Sid)
		if (!recording || recording.body.status !== 'completed') throw notFound(ctx.pathname)
		if (!this.fake.options.mediaRedirects) return this.sendSound(ctx.request, ctx.response, recording, format)
		const key = crypto.randomUUID()
		this.stored.set(key, { recording, format })
		ctx.response.writeHead(302, { Location: `${this.origin}/${key}`, 'Content-Length': 0 })
		ctx.response.end()
	}

	serveStored(request, response) {
		if (request.headers.authorization) this.fake.violate('request', `the account's credentials were sent on to the store of media: ${request.url}`)
		const found = this.stored.get(request.url.slice(1))
		if (!found) return response.writeHead(403, { 'Content-Length': 0 }).end()
		this.sendSound(request, response, found.recording, found.format)
	}

	sendSound(request, response, recording, format) {
		const { sid, duration, channels } = recording.body
		const bytes = (recording[format] ??= format === 'mp3' ? mp3(Number(duration)) : wav(Number(duration), channels))
		const etag = `"${crypto.createHash('md5').update(bytes).digest('hex')}"`
		const isFresh = request.headers['if-range'] === undefined || request.headers['if-range'] === etag
		const range = isFresh ? readRange(request.headers.range, bytes.length) : undefined
		const headers = { 'Content-Type': format === 'mp3' ? 'audio/mpeg' : 'audio/x-wav', 'Accept-Ranges': 'bytes', ETag: etag }
		const status = range === 'bad' ? 416 : range ? 206 : 200
		const part = range === 'bad' ? Buffer.alloc(0) : range ? bytes.subarray(range[0], range[1] + 1) : bytes
		if (status !== 200) headers['Content-Range'] = status === 206 ? `bytes ${range[0]}-${range[1]}/${bytes.length}` : `bytes */${bytes.length}`
		this.served.push({ sid, format, range: request.headers.range, status })
		response.writeHead(status, { ...headers, 'Content-Length': part.length })
		response.end(request.method === 'HEAD' ? undefined : part)
	}
}
