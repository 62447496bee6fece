// SPDX-License-Identifier: MIT
// mu-law from end to end: a payload goes through as the text it came in.
import { serve } from './bridge.mjs'

const BYTES_A_MS = 8

const bytesOf = (base64) => (base64.length / 4) * 3 - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0)

serve({
	format: { type: 'audio/pcmu' },
	forCall: () => ({
		toModel: (payload) => payload,
		toCaller: (delta) => ({ payload: delta, ms: bytesOf(delta) / BYTES_A_MS }),
		reset() {},
	}),
})
