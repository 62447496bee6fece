// SPDX-License-Identifier: MIT
// One run: modelsim, a bridge and callsim, all fresh; a window of steady load in it that is measured.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { bridges } from './bridges.mjs'
import { cpuSeconds, rssKiB } from './proc.mjs'
import { Process, program, sleep } from './process.mjs'

const SETTLE_MS = 1000, TAIL_MS = 700
const RAMP_MS_A_CALL = 10, RAMP_MIN_MS = 500
const RSS_EVERY_MS = 500

export const loads = {
	duplex: {
		words: 'both sides speak all the time: 50 frames a second from each caller, deltas of 200 ms at the pace of speech from the model',
		hearsTurns: false,
		model: ['--mode', 'speech', '--burst', '1', '--delta-ms', '200', '--answer-ms', '600000'],
		caller: [],
	},
	barge: {
		words: 'callers speak for 600 ms and interrupt each answer when they have heard 1.5 s of it; answers of 6 s in deltas of 200 ms, five times as fast as they are spoken',
		hearsTurns: true,
		model: ['--mode', 'speech', '--burst', '5', '--delta-ms', '200', '--answer-ms', '6000'],
		caller: ['--talk-ms', '600', '--barge-ms', '1500'],
	},
}

// A directory of its own, and the trace where writing it is no disk's business.
export class Setup {
	constructor(cpus) {
		this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringdown-bench-'))
		this.traces = fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'ringdown-bench-'))
		this.cpus = cpus // { bridge, simulators }
		this.runs = 0
		process.on('exit', () => this.remove())
	}

	remove() {
		for (const d of [this.dir, this.traces]) fs.rmSync(d, { recursive: true, force: true })
	}

	// The two ends of a run that stay: modelsim and the bridge.
	async begin(bridge, load, { tls, model = [] } = {}) {
		const dir = path.join(this.dir, `run-${++this.runs}`)
		const stats = path.join(dir, 'modelsim.json'), trace = path.join(this.traces, 'trace')
		fs.mkdirSync(dir)
		fs.rmSync(trace, { force: true })
		const args = [...load.model, '--trace', trace, '--stats', stats, ...model]
		if (tls) args.push('--tls-cert', tls.cert, '--tls-key', tls.key)
		const modelsim = new Process('modelsim', program('modelsim'), args, { cpus: this.cpus.simulators })
		const port = await modelsim.listening()
		const modelUrl = `${tls ? 'wss://localhost' : 'ws://127.0.0.1'}:${port}/v1/realtime`
		const { process: p, url, webhook } = await bridges[bridge].start({ dir, modelUrl, tls, cpus: this.cpus.bridge, hearsTurns: load.hearsTurns })
		return { dir, trace, stats, tls, load, url, webhook, modelsim, bridge: p, calls: 0 }
	}

	// webhook: the calls begin and end with Twilio's questions, as in service; else they are streams and nothing else.
	callers(ends, { calls, lastMs, rampMs, timedAfterMs = 0, webhook = false }) {
		const json = path.join(ends.dir, `callsim-${++ends.calls}.json`)
		const args = [...(webhook ? ['--webhook', ends.webhook] : ['--url', ends.url]), '--calls', calls,
			'--hangup-after-ms', lastMs, '--ramp-ms', rampMs, '--timed-after-ms', timedAfterMs, '--trace', ends.trace, '--json', json, ...ends.load.caller]
		if (ends.tls) args.push('--ca-file', ends.tls.ca)
		const p = (ends.callsim = new Process('callsim', program('callsim'), args.map(String), { cpus: this.cpus.simulators }))
		p.report = async () => {
			await p.ended
			if (!fs.existsSync(json)) throw new Error(`callsim ended with ${p.code} and no report:\n${p.log}`)
			return JSON.parse(fs.readFileSync(json, 'utf8'))
		}
		return p
	}

	// Ends what is left, and returns modelsim's own figures.
	async end(ends) {
		for (const p of [ends.callsim, ends.bridge, ends.modelsim]) await p?.stop()
		const stats = fs.existsSync(ends.stats) ? JSON.parse(fs.readFileSync(ends.stats, 'utf8')) : {}
		fs.rmSync(ends.dir, { recursive: true, force: true })
		return stats
	}
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1]

async function window(processes, bridge, windowMs) {
	const began = performance.now(), before = processes.map((p) => cpuSeconds(p.pid)), rss = []
	while (performance.now() - began < windowMs) {
		await sleep(Math.min(RSS_EVERY_MS, windowMs))
		rss.push(rssKiB(bridge.pid))
	}
	const cpu = processes.map((p, i) => cpuSeconds(p.pid) - before[i])
	return { s: (performance.now() - began) / 1000, cpu, rss: median(rss) }
}

async function steady(setup, ends, { bridge, calls, windowS, rampMsACall = RAMP_MS_A_CALL }) {
	const rampMs = Math.max(RAMP_MIN_MS, calls * rampMsACall), timedAfterMs = rampMs + SETTLE_MS
	const idleKiB = rssKiB(ends.bridge.pid)
	const callsim = setup.callers(ends, { calls, rampMs, timedAfterMs, lastMs: timedAfterMs + windowS * 1000 + TAIL_MS })
	const early = await Promise.race([callsim.ended, sleep(timedAfterMs)])
	if (early !== undefined)
		throw new Error(`${bridge}: callsim ended early with ${early}:\n${callsim.log}\n${ends.bridge.log}`)
	const w = await window([ends.bridge, callsim, ends.modelsim], ends.bridge, windowS * 1000)
	return { idleKiB, w, heard: await callsim.report() }
}

// One measured run.  what: bridge, load (a name of loads), calls, windowS; tls, model (more options of modelsim),
// rampMsACall
export async function measure(setup, what) {
	const { bridge, load, calls, tls, model } = what
	const ends = await setup.begin(bridge, loads[load], { tls, model })
	let run, stats
	try {
		run = await steady(setup, ends, what)
	} finally {
		stats = await setup.end(ends)
	}
	const { idleKiB, w, heard } = run
	return {
		bridge, load, calls, tls: !!tls,
		window_s: w.s,
		cpu_ms_per_call_s: (w.cpu[0] * 1000) / (w.s * calls),
		cpu_share: w.cpu[0] / w.s,
		simulators: { callsim_cpu_share: w.cpu[1] / w.s, modelsim_cpu_share: w.cpu[2] / w.s, schedule: heard.schedule },
		rss_idle_kib: idleKiB,
		rss_kib: w.rss,
		connected: heard.connected,
		failed: heard.failed,
		ended_by_bridge: heard.ended_by_bridge,
		up: heard.up, down: heard.down, barge_in: heard.barge_in, truncate: heard.truncate,
		marks: heard.marks, marks_echoed: heard.marks_echoed, warnings: heard.warnings,
		longest_silence_ms: heard.longest_silence_ms,
		model: { connections: stats.connections, truncates: stats.truncates, cancels: stats.cancels, errors_sent: stats.errors_sent },
		...(heard.failed > 0 && { log: ends.bridge.log.slice(-2000) }),
	}
}

// Frames that did not arrive once and in their place.
export const faultsOf = (run) => [run.up, run.down].reduce((n, way) => n + (way ? way.lost + way.doubled + way.reordered : 0), 0)
