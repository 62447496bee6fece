// SPDX-License-Identifier: MIT
// The report as one page that needs nothing else.
import { best, kibPerCall } from '../lib/figures.mjs'
import { bars, escape, lines, spread } from './svg.mjs'
import { style } from './style.mjs'

const LOOKS = {
	ringdown: { title: 'ringdown', sub: 'transcoding', cls: 'ours' },
	'ringdown-pcmu': { title: 'ringdown', sub: 'pass-through', cls: 'ours2' },
	'node-passthrough': { title: 'Node bridge', sub: 'pass-through', cls: 'peer' },
	'node-transcode': { title: 'Node bridge', sub: 'transcoding', cls: 'peer2' },
}
const LIMIT_MS = 5

const figureOf = (title, caption, plot) => `<figure><h3>${escape(title)}</h3><figcaption>${escape(caption)}</figcaption>${plot}</figure>`

function rowsOf(report, valueOf) {
	return Object.entries(LOOKS).flatMap(([bridge, look]) => {
		const value = valueOf(bridge)
		return Number.isFinite(value) ? [{ ...look, value: Math.max(0, value) }] : []
	})
}

function barPlot(report, title, caption, valueOf, options) {
	const rows = rowsOf(report, valueOf)
	return rows.length ? figureOf(title, caption, bars(rows, { label: title, ...options })) : ''
}

const plain = (report, bridge, calls = report.settings.calls) => best(report.runs, { bridge, load: 'duplex', calls, tls: false })

function cpuPlots(report) {
	const { calls, many } = report.settings, unit = 'in ms for one second of one call'
	const cpu = (n, tls) => (bridge) => best(report.runs, { bridge, load: 'duplex', calls: n, tls })?.cpu_ms_per_call_s
	return [
		barPlot(report, `CPU, ${calls} calls`, `User and system time of the bridge, ${unit}`, cpu(calls, false), { digits: 2, asked: 1.6 }),
		barPlot(report, `CPU, ${calls} calls, TLS on both legs`, `TLS 1.3 to the caller and to the model; ${unit}`, cpu(calls, true), { digits: 2, asked: 2.6 }),
		barPlot(report, `CPU, ${many} calls`, `More calls share each turn of the loop; ${unit}`, cpu(many, false), { digits: 2 }),
	]
}

function latencyPlots(report) {
	const plot = (title, asked, timesOf) => {
		const rows = Object.entries(LOOKS).flatMap(([bridge, look]) => {
			const t = timesOf(bridge)
			return t?.p50_us == null ? [] : [{ ...look, p50: t.p50_us / 1000, p90: t.p90_us / 1000, p99: t.p99_us / 1000, max: t.max_us / 1000 }]
		})
		const caption = `${report.settings.calls} calls. Large dots: p50 and p99; small dot: p90; ring: the longest of the run`
		return rows.length ? figureOf(title, caption, spread(rows, { label: title, asked })) : ''
	}
	const { calls } = report.settings, way = { p50: 0.5, p99: 2 }
	return [
		plot('Added latency, caller to model', way, (bridge) => plain(report, bridge)?.up),
		plot('Added latency, model to caller', way, (bridge) => plain(report, bridge)?.down),
		plot('Barge-in: speech_started to clear', { p99: 2 }, (bridge) => best(report.runs, { bridge, load: 'barge', calls, tls: false })?.barge_in),
	]
}

function memoryPlots(report) {
	const { few, calls } = report.settings
	const of = (tls) => (bridge) => kibPerCall(report.runs, { bridge, tls, few, many: calls })
	const caption = `Resident memory, KiB a call: slope from ${few} to ${calls} calls`
	return [
		barPlot(report, 'Memory a call', caption, of(false), { digits: 0, asked: 100 }),
		barPlot(report, 'Memory a call, TLS on both legs', caption, of(true), { digits: 0, asked: 160 }),
	]
}

function capacityPlots(report) {
	const found = Object.values(report.capacity ?? {})
	if (!found.length) return []
	const worst = (p) => Math.max(p.up?.p99_us ?? Infinity, p.down?.p99_us ?? Infinity) / 1000
	const series = found.map((c) => ({
		...LOOKS[c.bridge], title: `${LOOKS[c.bridge].title}, ${LOOKS[c.bridge].sub}`,
		points: c.points.filter((p) => Number.isFinite(worst(p))).map((p) => ({ x: p.calls, y: worst(p) })),
	}))
	const limits = found.filter((c) => c.limit === 'machine').map((c) => LOOKS[c.bridge].title)
	const caption = `p99 of the slower way. Rings: 5 ms not held${limits.length ? '; ringed points of ' + [...new Set(limits)].join(' and ') + ' are where the machine with the simulators on it was full, not the bridge' : ''}`
	return [
		barPlot(report, 'Most calls with p99 below 5 ms, each way', 'Found by halving, steps of 25 calls, no frame lost, doubled or reordered',
			(bridge) => report.capacity[bridge]?.calls, { digits: 0 }),
		figureOf('Latency as calls are added', caption, lines(series, { label: 'p99 against the number of calls', limit: LIMIT_MS, xUnit: 'calls' })),
	]
}

const asked = (f) => (f.asked == null ? '' : `${f.less ? '&lt;' : '&le;'} ${f.asked}`)
const peers = (f) => Object.entries(f.baseline).map(([k, v]) => `${escape(LOOKS[k] ? `${LOOKS[k].title}, ${LOOKS[k].sub}` : k)}: ${v}`).join('<br>')
const verdict = (f) => (f.met == null ? '' : f.met ? '<span class="met">reached</span>' : '<span class="missed">missed</span>')

function figureTable(report) {
	const rows = report.figures.map((f) => `<tr><td>${escape(f.name)}${f.detail ? `<small>${escape(f.detail)}</small>` : ''}</td>` +
		`<td class="n"><b>${f.value}</b></td><td>${escape(f.unit)}</td><td class="n">${asked(f)}</td><td>${verdict(f)}</td><td><small>${peers(f)}</small></td></tr>`)
	return `<div class="wide"><table><thead><tr><th>Figure</th><th class="n">Measured</th><th>Unit</th><th class="n">Asked</th><th></th><th>Beside it, same run</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

function microTable(report) {
	if (!report.micro?.length) return ''
	const rows = report.micro.map((m) => {
		const { bench, ...rest } = m
		return `<tr><td>${escape(bench)}</td><td>${Object.entries(rest).map(([k, v]) => `<code>${escape(k)}</code> ${escape(v)}`).join(' &nbsp; ')}</td></tr>`
	})
	return `<h2>Micro-benches</h2><p class="soft">Nanoseconds, the best of some rounds, each beside the library that does the same.</p><div class="wide"><table><tbody>${rows.join('')}</tbody></table></div>`
}

const ms = (us) => (us == null ? '' : (us / 1000).toFixed(2))

function runTable(report) {
	const all = [...report.runs, ...Object.values(report.capacity ?? {}).flatMap((c) => c.points)]
	const head = ['bridge', 'load', 'calls', 'TLS', 'CPU ms', 'up p50', 'up p99', 'down p50', 'down p99', 'RSS MiB', 'lost, doubled, reordered', 'callers late p99']
	const rows = all.map((r) => [r.bridge, r.load, r.calls, r.tls ? 'yes' : '', r.cpu_ms_per_call_s.toFixed(2), ms(r.up?.p50_us), ms(r.up?.p99_us), ms(r.down?.p50_us),
		ms(r.down?.p99_us), (r.rss_kib / 1024).toFixed(1), ['lost', 'doubled', 'reordered'].map((k) => (r.up?.[k] ?? 0) + (r.down?.[k] ?? 0)).join(', '), ms(r.simulators.schedule.p99_us)])
	const cell = (tag) => (v, i) => `<${tag}${i > 1 && i !== 3 ? ' class="n"' : ''}>${escape(v)}</${tag}>`
	return `<details><summary>All ${all.length} runs (times in ms)</summary><div class="wide"><table><thead><tr>${head.map(cell('th')).join('')}</tr></thead><tbody>` +
		rows.map((r) => `<tr>${r.map(cell('td')).join('')}</tr>`).join('') + '</tbody></table></div></details>'
}

function method(report) {
	const { loads, seconds, rounds, cpus } = report.settings
	return `<h2>What was done</h2>
<p>Each run starts a model simulator, one bridge and a caller simulator afresh, on this machine, and lets all calls be set up before it measures ${seconds} s. CPU is user and system time of the bridge's process (<code>/proc/PID/stat</code>) over those seconds, divided by calls and seconds${rounds > 1 ? `; of ${rounds} runs the cheaper one counts` : ''}. Latency is taken frame by frame from the moment one simulator sends to the moment the other has read: frames carry their number as tones, so that a lost, doubled or swapped one is named. ${cpus ? `Processors of the bridge and of the simulators: <code>${escape(cpus)}</code>.` : 'All processes share the processors as the kernel sees fit.'}</p>
${Object.entries(loads).map(([k, w]) => `<p><b>${escape(k)}</b>: ${escape(w)}.</p>`).join('')}
<p>The Node bridges (<code>bench/compare/bridges</code>) are written as well as plain Node allows: <code>ws</code> ${escape(report.versions.ws)} with <code>bufferutil</code>, no compression, base64 left alone where sound passes through, marks, clear and truncate done right; the transcoding one filters with 96 taps, polyphase.</p>`
}

export function page(report) {
	const { machine: m, versions: v } = report
	const judged = report.figures.filter((f) => f.met != null), met = judged.filter((f) => f.met).length
	const plots = [...cpuPlots(report), ...capacityPlots(report), ...latencyPlots(report), ...memoryPlots(report)].join('')
	const keys = Object.values(LOOKS).map((l) => `<li><i class="${l.cls}"></i>${l.title}, ${l.sub}</li>`).join('')
	return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>ringdown beside Node bridges</title><style>${style}</style></head><body><main>
<h1>ringdown beside Node bridges, under one load</h1>
<p class="soft">${escape(report.date.slice(0, 16).replace('T', ' '))} UTC. Commit ${escape(v.commit)}${v.changed ? ' with changes' : ''}. ${m.processors} processors, ${escape(m.processor)}, ${m.memory_gib} GiB, ${escape(m.system)}, Linux ${escape(m.kernel)}; load before the first run ${m.load_average.toFixed(2)}. Node ${escape(v.node)}, libwebsockets ${escape(v.libwebsockets)}, OpenSSL ${escape(v.openssl)}.</p>
<p><b>${met} of ${judged.length}</b> figures that were asked for are reached.</p>
${figureTable(report)}
<h2>Plots</h2><ul class="key">${keys}</ul>
<div class="plots">${plots}</div>
${microTable(report)}
${method(report)}
${runTable(report)}
<p class="soft">Made by <code>${escape(report.command)}</code> in ${report.seconds_taken} s.</p>
</main></body></html>
`
}
