// SPDX-License-Identifier: MIT
// What only a bridge that is a service does: it dials the model again in mid-call, and does not grow.
import fs from 'node:fs'
import { loads, measure } from './load.mjs'
import { rssKiB } from './proc.mjs'
import { sleep } from './process.mjs'

const FRAME_MS = 20
const SHORT_CALL_MS = 400, SHORT_CALL_EVERY_MS = 20, QUIET_MS = 1500

// Every call's first model socket is reset when the call is a few seconds old.
export async function reconnect(setup, { bridge, calls, windowS }) {
	const model = ['--fault', `reset:${Math.round((windowS / 3) * 1000)}@${calls}`]
	const run = await measure(setup, { bridge, load: 'duplex', calls, windowS, model })
	return {
		...run,
		reconnects: run.model.connections - run.calls,
		caller_audio_lost_ms: run.up.lost * FRAME_MS,
		assistant_silent_ms: run.longest_silence_ms,
	}
}

const descriptors = (pid) => fs.readdirSync(`/proc/${pid}/fd`).length

async function shortCalls(setup, ends, calls) {
	const callsim = setup.callers(ends, { calls, lastMs: SHORT_CALL_MS, rampMs: calls * SHORT_CALL_EVERY_MS, webhook: true })
	const heard = await callsim.report()
	await sleep(QUIET_MS)
	return { connected: heard.connected, rss_kib: rssKiB(ends.bridge.pid), descriptors: descriptors(ends.bridge.pid) }
}

// Resident memory before and behind `calls` short calls; `warm` calls came before, so that what is kept for good is there.
export async function growth(setup, { bridge, calls, warm }) {
	const ends = await setup.begin(bridge, loads.duplex)
	try {
		const before = await shortCalls(setup, ends, warm)
		const after = await shortCalls(setup, ends, calls)
		return { bridge, calls, warm, before, after, grown_kib: after.rss_kib - before.rss_kib,
			descriptors_grown: after.descriptors - before.descriptors }
	} finally {
		await setup.end(ends)
	}
}
