// SPDX-License-Identifier: MIT
// Callers whose frames can be told apart at the model: with an assistant that passes mu-law through, each frame
// carries its number, so that what is lost, doubled or out of order has a name.
import { Caller, FRAME } from './caller.mjs'
import { sleep, until } from './ringdown.mjs'


export class NumberedCaller extends Caller {
	frame() {
		const b = Buffer.alloc(FRAME, 0xd5)
		b.writeUIntBE(this.chunk, 0, 3)
		this.send(this.mediaMessage(b))
	}

	// Follows the loudspeaker until `ms` of sound have left it: the longest time it said nothing in between.
	async pausesWhileHearing(ms) {
		let longestMs = 0
		let quietSince
		while (this.playedNow() < ms * 8) {
			const now = performance.now()
			if (this.playing) quietSince = undefined
			else longestMs = Math.max(longestMs, now - (quietSince ??= now))
			if (longestMs > 10000) throw new Error(`${this.playedNow() / 8} ms of ${ms} were heard`)
			await sleep(5)
		}
		return { longestMs }
	}

	get frames() {
		return this.chunk // numbers 0 .. frames - 1 have been sent
	}
}

// Collects the frame numbers each session of a passing-through assistant got: model.onSound = numbersOf
export const numbersOf = (session, bytes) => {
	if (session.of('session.update')[0]?.session.audio?.input.format.type !== 'audio/pcmu') return
	session.sound = Buffer.concat([session.sound ?? Buffer.alloc(0), bytes])
	session.numbers ??= []
	while (session.sound.length >= FRAME) {
		session.numbers.push(session.sound.readUIntBE(0, 3))
		session.sound = session.sound.subarray(FRAME)
	}
}

// Within one session the caller's frames come in order, none left out, none twice.
export function inOrder(assert, session) {
	const n = session.numbers ?? []
	for (let i = 1; i < n.length; i++) assert.equal(n[i], n[i - 1] + 1, `after frame ${n[i - 1]} came ${n[i]} (the ${i}th of its session)`)
	return { first: n[0], last: n[n.length - 1], count: n.length }
}

// Sessions that followed one another: together they got every frame, each of them in order.
export function nothingLost(assert, sessions, frames) {
	const ranges = sessions.filter((s) => s.numbers?.length).map((s) => inOrder(assert, s))
	assert.equal(ranges[0].first, 0, 'the first frame is missing')
	for (let i = 1; i < ranges.length; i++)
		assert.ok(ranges[i].first <= ranges[i - 1].last + 1, `frames ${ranges[i - 1].last + 1} to ${ranges[i].first - 1} are lost`)
	assert.equal(ranges[ranges.length - 1].last, frames - 1, 'the last frame is missing')
	return ranges
}

const PLAIN = '/simple-voice/stream/default/plain'
export const assistants = {
	default: { instructions: 'x', greeting: '' },
	plain: { instructions: 'You answer the phone.', greeting: '', audio: 'pcmu' },
}

// A call on the assistant "plain": { caller, session, n (its index at the model), tag (in the log) }
export async function beginPlain(ringdown, model, options = {}) {
	const n = model.sessions.length
	const caller = new NumberedCaller(ringdown.url, { path: PLAIN, ...options })
	caller.stopNumbers = () => clearInterval(caller.talker)
	await caller.call(options)
	const session = await model.session(n, 15000)
	await session.event('session.update')
	const tag = /call=(\d+) .* start assistant=plain/.exec(ringdown.lines(/ start assistant=plain/).at(-1))[1]
	return { caller, session, n, tag }
}

// One line of the log tells what happened to this call, and not a stream of them.
export async function toldOnce(assert, ringdown, tag, pattern) {
	const line = new RegExp(`call=${tag} .*${pattern.source}`)
	await ringdown.logged(line)
	assert.equal(ringdown.lines(line).length, 1, `told more than once: ${ringdown.lines(line).join('\n')}`)
}
