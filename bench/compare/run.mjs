#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// ringdown beside two Node bridges under one load, and the figures that ringdown is held to.  Writes report.json and
// report.html, prints a table.
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { bridges } from './lib/bridges.mjs'
import { capacity } from './lib/capacity.mjs'
import { best, figures } from './lib/figures.mjs'
import { Setup, loads, measure } from './lib/load.mjs'
import { machine, versions } from './lib/machine.mjs'
import { micro } from './lib/micro.mjs'
import { root } from './lib/process.mjs'
import { growth, reconnect } from './lib/service.mjs'
import { makeCertificate } from './lib/tls.mjs'
import { page } from './page/page.mjs'

const SECTIONS = ['main', 'tls', 'many', 'barge', 'reconnect', 'growth', 'capacity', 'micro']

const help = `run.mjs [OPTION...]
  --out DIR          report.json and report.html go there (build/bench)
  --sections LIST    of ${SECTIONS.join(',')} (all)
  --bridges LIST     of ${Object.keys(bridges).join(',')} (all)
  --calls N          calls of most runs (100)
  --few N            calls of the runs that memory is told from (10)
  --many N           calls of the section many (300)
  --short-calls N    calls of the section growth (1000)
  --most N           where the search for the capacity ends (1000)
  --seconds S        what is measured of a run (8)
  --rounds N         runs of each kind in main and many; the cheapest counts (2)
  --cpus B:S         processors of the bridge and of the simulators, as taskset has them: 1:0 (anywhere)
  --strict           fails when a figure is not reached
  --page FILE        writes only the page again, from a report.json`

const { values: options } = parseArgs({
	options: {
		out: { type: 'string', default: path.join(root, 'build/bench') },
		sections: { type: 'string', default: SECTIONS.join(',') },
		bridges: { type: 'string', default: Object.keys(bridges).join(',') },
		calls: { type: 'string', default: '100' },
		few: { type: 'string', default: '10' },
		many: { type: 'string', default: '300' },
		'short-calls': { type: 'string', default: '1000' },
		most: { type: 'string', default: '1000' },
		seconds: { type: 'string', default: '8' },
		rounds: { type: 'string', default: '2' },
		cpus: { type: 'string', default: '' },
		strict: { type: 'boolean', default: false },
		page: { type: 'string' },
		help: { type: 'boolean', default: false },
	},
})

function listOf(text, allowed, what) {
	const list = text.split(',').filter(Boolean)
	const wrong = list.find((x) => !allowed.includes(x))
	if (wrong) fail(`no ${what} ${wrong}: there are ${allowed.join(', ')}`)
	return list
}

function numberOf(name) {
	const n = Number(options[name])
	if (!(n > 0)) fail(`--${name} is a number above 0, not ${options[name]}`)
	return n
}

function fail(message) {
	console.error(`run.mjs: ${message}`)
	process.exit(2)
}

if (options.help) {
	console.log(help)
	process.exit(0)
}
if (options.page) {
	fs.writeFileSync(options.page.replace(/\.json$/, '') + '.html', page(JSON.parse(fs.readFileSync(options.page, 'utf8'))))
	process.exit(0)
}

const sections = listOf(options.sections, SECTIONS, 'section')
const chosen = listOf(options.bridges, Object.keys(bridges), 'bridge')
const calls = numberOf('calls'), few = numberOf('few'), many = numberOf('many'), windowS = numberOf('seconds')
const [bridgeCpus = '', simulatorCpus = ''] = options.cpus.split(':')
const began = performance.now()
const report = {
	what: 'ringdown beside Node bridges, one load',
	date: new Date().toISOString(),
	command: ['bench/compare/run.mjs', ...process.argv.slice(2)].join(' '),
	machine: machine(),
	versions: versions(),
	settings: {
		calls, few, many, seconds: windowS, rounds: numberOf('rounds'), sections, cpus: options.cpus,
		loads: Object.fromEntries(Object.entries(loads).map(([k, l]) => [k, l.words])),
	},
	runs: [],
}
const setup = new Setup({ bridge: bridgeCpus, simulators: simulatorCpus })
const only = (...names) => names.filter((b) => chosen.includes(b))
const ms = (us) => (us == null ? '-' : (us / 1000).toFixed(2))

function tell(run) {
	const cuts = run.load === 'barge' ? `, clear p99 ${ms(run.barge_in.p99_us)} ms, truncate off by ${run.truncate.max_error_ms} ms at most` : ''
	console.log(`${run.bridge.padEnd(16)} ${String(run.calls).padStart(4)} calls${run.tls ? ' TLS' : ''}: ` +
		`${run.cpu_ms_per_call_s.toFixed(2)} ms CPU a call-second, up p50 ${ms(run.up?.p50_us)} p99 ${ms(run.up?.p99_us)} ms, ` +
		`down p50 ${ms(run.down?.p50_us)} p99 ${ms(run.down?.p99_us)} ms, ${run.rss_kib} KiB${cuts}`)
	if (run.failed) console.log(`  ${run.failed} calls failed:\n${run.log}`)
}

async function take(what) {
	const run = await measure(setup, { windowS, load: 'duplex', ...what })
	tell(run)
	report.runs.push(run)
	return run
}

let tlsFiles
const tls = () => (tlsFiles ??= makeCertificate(path.join(setup.dir, 'tls')))
const FEW_S = Math.min(windowS, 3)

const work = {
	async main() {
		for (const bridge of chosen) await take({ bridge, calls: few, windowS: FEW_S })
		for (let round = 0; round < report.settings.rounds; round++)
			for (const bridge of chosen) await take({ bridge, calls })
	},
	async tls() {
		for (const bridge of only('ringdown', 'node-passthrough')) {
			await take({ bridge, calls: few, windowS: FEW_S, tls: tls() })
			await take({ bridge, calls, tls: tls() })
		}
	},
	async many() {
		for (let round = 0; round < report.settings.rounds; round++)
			for (const bridge of only('ringdown', 'node-passthrough')) await take({ bridge, calls: many })
	},
	async barge() {
		for (const bridge of only('ringdown', 'node-passthrough', 'node-transcode')) await take({ bridge, calls, load: 'barge' })
	},
	async reconnect() {
		if (!only('ringdown').length) return
		report.reconnect = await reconnect(setup, { bridge: 'ringdown', calls: few, windowS: Math.max(windowS, 6) })
		console.log(`ringdown: ${report.reconnect.reconnects} reconnects, ${report.reconnect.caller_audio_lost_ms} ms of callers lost, ` +
			`assistant silent for ${report.reconnect.assistant_silent_ms} ms at most`)
	},
	async growth() {
		if (!only('ringdown').length) return
		const n = numberOf('short-calls')
		report.growth = await growth(setup, { bridge: 'ringdown', calls: n, warm: Math.ceil(n / 4) })
		console.log(`ringdown: ${report.growth.grown_kib} KiB more after ${n} short calls`)
	},
	async capacity() {
		report.capacity = {}
		for (const bridge of only('ringdown', 'node-passthrough')) {
			const known = best(report.runs, { bridge, load: 'duplex', calls, tls: false })
			const first = known ? 700 / known.cpu_ms_per_call_s : 200
			const found = await capacity(setup, bridge, { first, most: numberOf('most'), windowS: Math.min(windowS, 3), say: tell })
			report.capacity[bridge] = found
			console.log(`${bridge}: ${found.calls} calls (limit: ${found.limit})`)
		}
	},
	async micro() {
		report.micro = micro()
		for (const m of report.micro) console.log(JSON.stringify(m))
	},
}

function table(list) {
	const mark = { true: 'reached', false: 'MISSED', null: '' }
	for (const f of list) {
		const asked = f.asked == null ? '' : `${f.less ? '<' : '<='} ${f.asked}`
		const peers = Object.entries(f.baseline).map(([k, v]) => `${k} ${v}`).join(', ')
		console.log(`${mark[f.met].padEnd(8)}${f.name.padEnd(62)} ${String(f.value).padStart(9)} ${f.unit} ${asked}${peers && `  (${peers})`}`)
	}
}

for (const section of SECTIONS.filter((s) => sections.includes(s))) {
	console.log(`\n== ${section}`)
	await work[section]()
}
report.seconds_taken = Math.round((performance.now() - began) / 1000)
report.figures = figures(report)
fs.mkdirSync(options.out, { recursive: true })
fs.writeFileSync(path.join(options.out, 'report.json'), JSON.stringify(report, null, '\t') + '\n')
fs.writeFileSync(path.join(options.out, 'report.html'), page(report))
console.log(`\n== figures (${report.seconds_taken} s)`)
table(report.figures)
console.log(`\n${path.join(options.out, 'report.json')}\n${path.join(options.out, 'report.html')}`)
setup.remove()
process.exit(options.strict && report.figures.some((f) => f.met === false) ? 1 : 0)
