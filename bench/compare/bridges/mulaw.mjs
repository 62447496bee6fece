// SPDX-License-Identifier: MIT
// ITU-T G.711 mu-law by table, both ways.
const BIAS = 0x84, CLIP = 32635

function decode(code) {
	const c = ~code & 0xff
	const magnitude = ((((c & 0x0f) << 3) + BIAS) << ((c >> 4) & 7)) - BIAS
	return c & 0x80 ? -magnitude : magnitude
}

function encode(sample) {
	const sign = sample < 0 ? 0x80 : 0
	const biased = Math.min(Math.abs(sample), CLIP) + BIAS
	const exponent = 24 - Math.clz32(biased)
	return ~(sign | (exponent << 4) | ((biased >> (exponent + 3)) & 0x0f)) & 0xff
}

const decoded = Int16Array.from({ length: 256 }, (_, code) => decode(code))
const encoded = Uint8Array.from({ length: 65536 }, (_, i) => encode(i - 32768))

export function pcmOf(mulaw) {
	const pcm = new Int16Array(mulaw.length)
	for (let i = 0; i < mulaw.length; i++) pcm[i] = decoded[mulaw[i]]
	return pcm
}

export function mulawOf(pcm) {
	const mulaw = Buffer.allocUnsafe(pcm.length)
	for (let i = 0; i < pcm.length; i++) mulaw[i] = encoded[pcm[i] + 32768]
	return mulaw
}
