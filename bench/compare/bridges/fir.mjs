// SPDX-License-Identifier: MIT
// 8 kHz <-> 24 kHz by one low-pass of 96 taps at 24 kHz (Kaiser window; flat to 3.3 kHz, 66 dB down from 4.4 kHz),
// taken polyphase upwards.  State is kept from call to call: any split of the input gives the same output.
const RATIO = 3, PHASE_TAPS = 32, TAPS = RATIO * PHASE_TAPS
const RATE_HZ = 24000, CUTOFF_HZ = 3850, BETA = 7

function bessel0(x) {
	let sum = 1
	for (let k = 1, term = 1; term > 1e-12 * sum; k++) sum += term *= (x / (2 * k)) ** 2
	return sum
}

function lowPass() {
	const middle = (TAPS - 1) / 2, w = (2 * Math.PI * CUTOFF_HZ) / RATE_HZ
	const taps = Float64Array.from({ length: TAPS }, (_, i) => {
		const x = i - middle
		return (Math.sin(w * x) / x) * bessel0(BETA * Math.sqrt(1 - (x / (middle + 0.5)) ** 2))
	})
	const sum = taps.reduce((a, b) => a + b)
	return taps.map((t) => t / sum)
}

const taps = lowPass() // symmetric, so it needs no turning round
const phases = Array.from({ length: RATIO }, (_, p) =>
	Float64Array.from({ length: PHASE_TAPS }, (_, k) => RATIO * taps[p + RATIO * (PHASE_TAPS - 1 - k)]))

const clip = (x) => (x > 32767 ? 32767 : x < -32768 ? -32768 : Math.round(x))

// The last n samples of what has been, followed by what comes.
class History {
	constructor(n) {
		this.n = n
		this.samples = new Float64Array(n + 1024)
	}

	push(pcm) {
		if (this.samples.length < this.n + pcm.length) {
			const grown = new Float64Array(this.n + pcm.length)
			grown.set(this.samples.subarray(0, this.n))
			this.samples = grown
		}
		this.samples.set(pcm, this.n)
		return this.samples
	}

	drop(n) {
		this.samples.copyWithin(0, n, n + this.n)
	}
}

export class Interpolator {
	constructor() {
		this.history = new History(PHASE_TAPS - 1)
	}

	run(pcm) {
		const x = this.history.push(pcm), [p0, p1, p2] = phases
		const out = new Int16Array(pcm.length * RATIO)
		for (let i = 0; i < pcm.length; i++) {
			let a = 0, b = 0, c = 0
			for (let k = 0; k < PHASE_TAPS; k++) {
				const v = x[i + k]
				a += p0[k] * v
				b += p1[k] * v
				c += p2[k] * v
			}
			out[RATIO * i] = clip(a)
			out[RATIO * i + 1] = clip(b)
			out[RATIO * i + 2] = clip(c)
		}
		this.history.drop(pcm.length)
		return out
	}
}

export class Decimator {
	constructor() {
		this.history = new History(TAPS - 1)
		this.skip = 0 // samples until the next that is wanted
	}

	run(pcm) {
		const x = this.history.push(pcm)
		const out = new Int16Array(Math.max(0, Math.ceil((pcm.length - this.skip) / RATIO)))
		for (let i = this.skip, n = 0; i < pcm.length; i += RATIO) {
			let a = 0, b = 0, c = 0, d = 0 // four sums: additions need not wait for one another
			for (let k = 0; k < TAPS; k += 4) {
				a += taps[k] * x[i + k]
				b += taps[k + 1] * x[i + k + 1]
				c += taps[k + 2] * x[i + k + 2]
				d += taps[k + 3] * x[i + k + 3]
			}
			out[n++] = clip(a + b + c + d)
		}
		this.skip += out.length * RATIO - pcm.length
		this.history.drop(pcm.length)
		return out
	}
}
