// SPDX-License-Identifier: MIT
// mu-law at 8 kHz on Twilio's side, PCM16 at 24 kHz on the model's, with a filter in between.
import { Decimator, Interpolator } from './fir.mjs'
import { mulawOf, pcmOf } from './mulaw.mjs'
import { serve } from './bridge.mjs'

const SAMPLES_A_MS = 8

class Transcoder {
	constructor() {
		this.up = new Interpolator()
		this.reset()
	}

	// Another item of the model's: its sound does not go on from the last one's.
	reset() {
		this.down = new Decimator()
		this.half = null
	}

	toModel(base64) {
		const pcm = this.up.run(pcmOf(Buffer.from(base64, 'base64')))
		return Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64')
	}

	// A delta may end in the middle of a sample.
	toCaller(base64) {
		let bytes = Buffer.from(base64, 'base64')
		if (this.half) bytes = Buffer.concat([this.half, bytes])
		this.half = bytes.length % 2 ? bytes.subarray(bytes.length - 1) : null
		if (bytes.byteOffset % 2) bytes = Buffer.from(new Uint8Array(bytes).buffer)
		const pcm = this.down.run(new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1))
		const mulaw = mulawOf(pcm)
		return { payload: mulaw.toString('base64'), ms: mulaw.length / SAMPLES_A_MS }
	}
}

serve({ format: { type: 'audio/pcm', rate: 24000 }, forCall: () => new Transcoder() })
