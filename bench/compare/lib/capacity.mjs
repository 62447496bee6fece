// SPDX-License-Identifier: MIT
// The highest number of calls whose frames all arrive and 99 of 100 in less than 5 ms, each way: found by halving,
// in steps of 25 calls, with short runs.  A run that fails is repeated once, as anything else on the machine can fail it.
import { faultsOf, measure } from './load.mjs'

export const LIMIT_US = 5000
const STEP = 25, RUNS_MAX = 9, BUSY_SHARE = 0.85, RAMP_MS_A_CALL = 5

const toStep = (n) => Math.max(STEP, Math.round(n / STEP) * STEP)

export function isWithin(run) {
	const isFast = [run.up, run.down].every((way) => way?.p99_us != null && way.p99_us < LIMIT_US)
	return isFast && faultsOf(run) === 0 && run.connected === run.calls && run.ended_by_bridge === 0
}

async function point(setup, bridge, calls, windowS) {
	let run
	for (let i = 0; i < 2 && !(run && isWithin(run)); i++)
		run = await measure(setup, { bridge, load: 'duplex', calls, windowS, rampMsACall: RAMP_MS_A_CALL })
	return { ...run, within: isWithin(run) }
}

// options: first (where to begin), most (what the simulators can), windowS, say(point)
export async function capacity(setup, bridge, { first, most, windowS, say }) {
	const points = []
	let good = 0, bad = Infinity, calls = Math.min(most, toStep(first))
	while (bad - good > STEP && good < most && points.length < RUNS_MAX) {
		const p = await point(setup, bridge, calls, windowS)
		points.push(p)
		say?.(p)
		if (p.within) good = calls
		else bad = calls
		calls = bad === Infinity ? Math.min(most, toStep(good * 1.5)) : Math.floor((good + bad) / 2 / STEP) * STEP || STEP
	}
	const broken = points.filter((p) => !p.within).sort((a, b) => a.calls - b.calls)[0]
	const limit = !broken ? 'none found' : broken.cpu_share > BUSY_SHARE ? 'bridge' : 'machine'
	return { bridge, calls: good, limit, points: points.sort((a, b) => a.calls - b.calls) }
}
