// SPDX-License-Identifier: MIT
// From runs to figures: each with what was asked for, what was measured, and its baseline of the same run.
import { faultsOf } from './load.mjs'

const MS = 1000

const rounded = (v, digits) => (v == null || !Number.isFinite(v) ? null : Number(v.toFixed(digits)))

// The run of its kind that cost least: what disturbs a measurement only ever makes it dearer.
export function best(runs, kind) {
	const of = runs.filter((r) => Object.entries(kind).every(([k, v]) => r[k] === v))
	return of.sort((a, b) => a.cpu_ms_per_call_s - b.cpu_ms_per_call_s)[0]
}

export function kibPerCall(runs, { bridge, tls, few, many }) {
	const kind = { bridge, load: 'duplex', tls }
	const a = best(runs, { ...kind, calls: few }), b = best(runs, { ...kind, calls: many })
	return a && b ? (b.rss_kib - a.rss_kib) / (many - few) : null
}

// asked: what `value` may be at most (less: must stay below); null: told only.
function figure(section, name, unit, value, asked, more = {}) {
	const { baseline = {}, digits = 2, less = false, detail } = more
	const v = rounded(value, digits)
	const isMet = v == null || asked == null ? null : less ? v < asked : v <= asked
	const of = Object.fromEntries(Object.entries(baseline).map(([k, x]) => [k, rounded(x, digits)]).filter(([, x]) => x != null))
	return {
		name, unit, asked, value: v, met: isMet, baseline: of,
		...(less && { less }), ...(detail && { detail }), section,
		command: `scripts/bench --sections ${section}`,
	}
}

function costs(runs, n) {
	const cpu = (bridge, calls, tls) => best(runs, { bridge, load: 'duplex', calls, tls })?.cpu_ms_per_call_s
	const of = (calls, tls, ...names) => Object.fromEntries(names.map((b) => [b, cpu(b, calls, tls)]))
	const plain = cpu('ringdown', n.calls, false)
	const unit = 'ms of CPU per call-second'
	return [
		figure('main', `${n.calls} calls, transcoding, plain`, unit, plain, 1.6, {
			baseline: of(n.calls, false, 'node-passthrough', 'node-transcode') }),
		figure('main', 'the same, beside the Node pass-through bridge', 'times', plain / cpu('node-passthrough', n.calls, false), 0.6),
		figure('main', 'the same, beside the Node transcoding bridge', 'times', plain / cpu('node-transcode', n.calls, false), null),
		figure('main', `${n.calls} calls, pass-through (audio "pcmu"), plain`, unit, cpu('ringdown-pcmu', n.calls, false), null, {
			baseline: of(n.calls, false, 'node-passthrough') }),
		figure('tls', `${n.calls} calls, transcoding, TLS on both legs`, unit, cpu('ringdown', n.calls, true), 2.6, {
			baseline: of(n.calls, true, 'node-passthrough') }),
		figure('many', `${n.many} calls, transcoding, plain: less than at ${n.calls}`, unit, cpu('ringdown', n.many, false), rounded(plain, 2), {
			less: true, baseline: of(n.many, false, 'node-passthrough') }),
	]
}

function ways(runs, n) {
	const run = (bridge) => best(runs, { bridge, load: 'duplex', calls: n.calls, tls: false })
	const names = { up: 'caller to model', down: 'model to caller' }
	const one = (way, p, asked) => figure('main', `added latency, ${n.calls} calls, ${names[way]}, ${p}`, 'ms',
		run('ringdown')?.[way]?.[`${p}_us`] / MS, asked, {
			less: true,
			baseline: Object.fromEntries(['node-passthrough', 'node-transcode'].map((b) => [b, run(b)?.[way]?.[`${p}_us`] / MS])),
		})
	return ['up', 'down'].flatMap((way) => [one(way, 'p50', 0.5), one(way, 'p99', 2)])
}

function bargeIns(runs, n) {
	const run = (bridge) => best(runs, { bridge, load: 'barge', calls: n.calls, tls: false })
	const ours = run('ringdown'), peers = ['node-passthrough', 'node-transcode']
	const baseline = (of) => Object.fromEntries(peers.map((b) => [b, run(b) && of(run(b))]))
	const p99 = (r) => r.barge_in.p99_us / MS
	const outside = (r) => r.truncate.count + r.truncate.missing - r.truncate.within_40_ms
	const count = ours && `${ours.truncate.count} barge-ins`
	return !ours ? [] : [
		figure('barge', 'speech_started to clear, p99', 'ms', p99(ours), 2, { less: true, baseline: baseline(p99), detail: `${ours.barge_in.count} barge-ins` }),
		figure('barge', 'truncate against what the caller heard, largest error', 'ms', ours.truncate.max_error_ms, 40, {
			digits: 0, baseline: baseline((r) => r.truncate.max_error_ms), detail: count }),
		figure('barge', 'truncations further off than 40 ms, or missing', '', outside(ours), 0, { digits: 0, baseline: baseline(outside), detail: count }),
	]
}

function memory(runs, n) {
	const peers = ['node-passthrough', 'node-transcode']
	const of = (tls, names) => Object.fromEntries(names.map((b) => [b, kibPerCall(runs, { bridge: b, tls, few: n.few, many: n.calls })]))
	const detail = `RSS, slope from ${n.few} to ${n.calls} calls`
	const one = (section, name, tls, asked, names) =>
		figure(section, name, 'KiB a call', kibPerCall(runs, { bridge: 'ringdown', tls, few: n.few, many: n.calls }), asked, {
			digits: 1, baseline: of(tls, names), detail })
	return [
		one('main', 'memory, plain', false, 100, peers),
		one('tls', 'memory, TLS on both legs', true, 160, ['node-passthrough']),
	]
}

function service({ reconnect, growth }) {
	const list = []
	if (growth)
		list.push(figure('growth', `growth over ${growth.calls} short calls: less than one call takes`, 'KiB', growth.grown_kib, 100, {
			digits: 0, detail: `after ${growth.warm} calls to warm up; ${growth.descriptors_grown} descriptors more` }))
	if (reconnect)
		list.push(
			figure('reconnect', 'caller audio lost across a model reconnect', 'ms', reconnect.caller_audio_lost_ms, 0, {
				digits: 0, detail: `${reconnect.reconnects} reconnects` }),
			figure('reconnect', 'assistant silent across a model reconnect, longest', 'ms', reconnect.assistant_silent_ms, 1500, { digits: 0 }))
	return list
}

const overloaded = (capacity) => Object.values(capacity ?? {}).flatMap((c) => c.points.filter((p) => p.within))

function faults(report) {
	const runs = [...report.runs, ...overloaded(report.capacity)]
	const sum = (prefix) => runs.filter((r) => r.bridge.startsWith(prefix)).reduce((n, r) => n + faultsOf(r), 0)
	const frames = runs.filter((r) => r.bridge.startsWith('ringdown')).reduce((n, r) => n + (r.up?.frames ?? 0) + (r.down?.frames ?? 0), 0)
	return figure('main', 'frames lost, doubled or reordered, all runs', 'frames', sum('ringdown'), 0, {
		digits: 0, baseline: { 'both Node bridges': sum('node') }, detail: `of ${frames}` })
}

function capacities(capacity) {
	if (!capacity?.ringdown) return []
	const baseline = Object.fromEntries(Object.values(capacity).filter((c) => c.bridge !== 'ringdown').map((c) => [c.bridge, c.calls]))
	return [figure('capacity', 'most calls with p99 < 5 ms each way', 'calls', capacity.ringdown.calls, null, {
		digits: 0, baseline, detail: `limit: ${capacity.ringdown.limit}` })]
}

export function figures(report) {
	const n = report.settings
	return [...costs(report.runs, n), faults(report), ...ways(report.runs, n), ...bargeIns(report.runs, n), ...memory(report.runs, n),
		...service(report), ...capacities(report.capacity)].filter((f) => f.value != null)
}
