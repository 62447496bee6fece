// SPDX-License-Identifier: MIT
// A call that must not notice what happens to others.  The model speaks to it without a pause; while it is watched,
// every frame it sends must arrive once, and what it hears must have no hole.
import { pcm24 } from './model.mjs'
import { RemoteCaller } from './remote-caller.mjs'
import { rssKiB, until } from './ringdown.mjs'

const AHEAD_MS = 5000 // of what the model has said before it is played
const PIECE_MS = 500
const LAG_P99_MS = 132 // of the loop's 20 ms tick; the bounds of its histogram are powers of two
const GROWTH_KIB = 64 * 1024 // unless options.growthKiB

// The upper bound of the bucket that holds the percentile of what was recorded between two readings.
function percentileMs(name, before, after, p) {
	const rows = Object.entries(after.buckets[name]).map(([le, n]) => [Number(le), n - (before.buckets[name]?.[le] ?? 0)])
	const total = Math.max(...rows.map(([, n]) => n))
	return 1000 * Math.min(...rows.filter(([, n]) => n >= (total * p) / 100).map(([le]) => le))
}

export class Witness {
	constructor(ringdown, model, options = {}) {
		Object.assign(this, { ringdown, model, options })
	}

	async begin() {
		const n = this.model.sessions.length
		this.caller = await new RemoteCaller(this.ringdown.url, this.options).begin()
		this.session = await this.model.session(n)
		await this.session.event('session.update')
		this.speak()
		await until(() => this.session.appends > 25, 'the witness is not heard')
		await this.watch()
		return this
	}

	// One answer without an end, always AHEAD_MS longer than what was heard of it.
	speak() {
		const at = { response_id: 'resp_witness', item_id: 'item_witness', output_index: 0, content_index: 0 }
		const delta = pcm24(PIECE_MS).toString('base64')
		const begun = performance.now()
		let saidMs = 0
		this.session.send({ type: 'response.created', response: { id: at.response_id, object: 'realtime.response', status: 'in_progress', output: [] } })
		const more = () => {
			for (; saidMs < performance.now() - begun + AHEAD_MS; saidMs += PIECE_MS)
				this.session.send({ type: 'response.output_audio.delta', ...at, delta })
		}
		more()
		this.mouth = setInterval(more, PIECE_MS / 2)
	}

	async look() {
		return { metrics: await this.ringdown.metrics(), rssKiB: rssKiB(this.ringdown.child.pid) }
	}

	// From here on it is watched.
	async watch() {
		await this.caller.ask('report')
		this.before = await this.look()
	}

	// Nothing was noticed since watch(), and it is watched anew.
	async undisturbed(assert, what = 'the fault') {
		assert.equal(this.ringdown.exitCode, undefined, `${what}: ringdown ended`)
		const seen = await this.caller.ask('report')
		assert.equal(seen.code, undefined, `${what}: the witness lost its call`)
		assert.equal(this.session.closed, false, `${what}: the witness lost its model`)
		assert.deepEqual(seen.holes, [], `${what}: holes of so many ms in what the witness hears`)
		const frames = () => this.session.soundBytes / 960
		await until(() => frames() >= seen.frames, `${what}: ${seen.frames} frames of the witness were sent, ${frames()} came`, 5000)
		const after = await this.look()
		const lagMs = percentileMs('loop_lag_seconds', this.before.metrics, after.metrics, 99)
		assert.ok(lagMs <= LAG_P99_MS, `${what}: the loop's tick is ${lagMs} ms late (p99)`)
		const growth = after.rssKiB - this.before.rssKiB
		assert.ok(growth < (this.options.growthKiB ?? GROWTH_KIB), `${what}: ${growth} KiB more memory`)
		this.before = after
		return { ...seen, lagMs, growthKiB: growth }
	}

	// As many frames as were sent have come, not one more.
	async end(assert) {
		const { frames } = await this.caller.ask('quiet')
		const came = () => this.session.soundBytes / 960
		await until(() => came() >= frames, `the witness: ${frames} frames were sent, ${came()} came`, 5000)
		assert.equal(came(), frames, 'frames of the witness were doubled')
		clearInterval(this.mouth)
		await this.caller.end()
	}
}
