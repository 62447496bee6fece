// SPDX-License-Identifier: MIT
// The comparison with Node bridges runs through and its report is whole; what it measures is not judged here.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { Decimator, Interpolator } from '../../bench/compare/bridges/fir.mjs'
import { mulawOf, pcmOf } from '../../bench/compare/bridges/mulaw.mjs'
import { bin, root, tempDir } from './lib/ringdown.mjs'

async function runCompare(out, ...args) {
	const file = path.join(root, 'bench/compare/run.mjs')
	const child = spawn(process.execPath, [file, '--out', out, ...args], { env: { ...process.env, RINGDOWN_BIN: bin } })
	let log = ''
	for (const s of [child.stdout, child.stderr]) s.on('data', (d) => (log += d))
	const [code] = await once(child, 'exit')
	assert.equal(code, 0, log)
	return JSON.parse(fs.readFileSync(path.join(out, 'report.json'), 'utf8'))
}

const isTime = (t) => [t.p50_us, t.p90_us, t.p99_us, t.max_us].every((v, i, all) => v > 0 && (i === 0 || v >= all[i - 1]))

function checkRun(run) {
	const what = JSON.stringify(run)
	assert.equal(run.connected, run.calls, what)
	assert.equal(run.failed + run.ended_by_bridge + run.warnings, 0, what)
	assert.ok(run.cpu_ms_per_call_s > 0 && run.rss_kib > 1000 && run.window_s >= 2, what)
	for (const way of run.load === 'duplex' ? [run.up, run.down] : [run.up]) {
		assert.ok(way.frames > 0 && isTime(way), what)
		assert.equal(way.lost + way.doubled + way.reordered, 0, what)
	}
}

// Side by side, as nothing is judged: it would take two minutes one after the other.
async function runParts(...parts) {
	const outs = parts.map(() => tempDir())
	const few = ['--calls', '5', '--few', '2', '--seconds', '3', '--rounds', '1', '--short-calls', '20']
	const reports = await Promise.all(parts.map((sections, i) => runCompare(outs[i], '--sections', sections, ...few)))
	const pages = outs.map((out) => fs.readFileSync(path.join(out, 'report.html'), 'utf8'))
	for (const out of outs) fs.rmSync(out, { recursive: true })
	return { reports, pages }
}

test('ringdown and the Node bridges under one load: every field is there and sane', { timeout: 200000 }, async () => {
	const { reports, pages } = await runParts('main', 'tls,reconnect', 'barge,growth')
	const [main, reconnecting, growing] = reports
	for (const report of reports)
		for (const key of ['date', 'command', 'machine', 'versions', 'settings', 'seconds_taken']) assert.ok(report[key], key)
	assert.match(main.versions.commit, /^[0-9a-f]{7,}$|^$/)
	assert.equal(main.versions.ws, '8.23.0')
	assert.deepEqual(new Set(main.runs.map((r) => r.bridge)), new Set(['ringdown', 'ringdown-pcmu', 'node-passthrough', 'node-transcode']))
	assert.equal(reconnecting.runs.filter((r) => r.tls).length, 4)
	reports.flatMap((r) => r.runs).forEach(checkRun)
	for (const run of growing.runs) {
		assert.equal(run.load, 'barge')
		assert.ok(run.barge_in.count > 0 && isTime(run.barge_in), JSON.stringify(run))
		assert.equal(run.truncate.missing, 0, `${run.bridge}: ${JSON.stringify(run.truncate)}`)
	}
	assert.ok(reconnecting.reconnect.reconnects >= 2, JSON.stringify(reconnecting.reconnect.model))
	assert.equal(reconnecting.reconnect.caller_audio_lost_ms, 0)
	assert.equal(growing.growth.after.connected, 20)
	const figures = reports.flatMap((r) => r.figures)
	assert.ok(new Set(figures.map((f) => f.name)).size >= 14)
	for (const f of figures) assert.ok(f.name && f.command && Number.isFinite(f.value), JSON.stringify(f))
	assert.ok((pages.join().match(/<svg /g) ?? []).length >= 6)
	for (const page of pages) assert.doesNotMatch(page, /https?:\/\/|<script|undefined|NaN/)
})

test('the search for the capacity ends, and says where', { timeout: 120000 }, async () => {
	const out = tempDir()
	const report = await runCompare(out, '--sections', 'capacity', '--bridges', 'ringdown', '--seconds', '2', '--most', '25')
	const found = report.capacity.ringdown
	assert.ok([0, 25].includes(found.calls), JSON.stringify(found))
	assert.equal(found.points.length, 1)
	assert.equal(found.points[0].within, found.calls === 25)
	fs.rmSync(out, { recursive: true })
})

const rms = (list) => Math.sqrt(list.reduce((s, v) => s + v * v, 0) / list.length)
const sine = (hz, rate, n) => Int16Array.from({ length: n }, (_, i) => Math.round(16000 * Math.sin((2 * Math.PI * hz * i) / rate)))
const db = (ratio) => 20 * Math.log10(ratio)

test('the Node bridge that transcodes really filters, whatever the split', () => {
	for (const hz of [300, 1000, 3300]) {
		const up = new Interpolator(), down = new Decimator(), input = sine(hz, 8000, 8000), out = []
		for (let i = 0; i < input.length; i += 160) out.push(...down.run(up.run(input.subarray(i, i + 160))))
		const gain = db(rms(out.slice(1000)) / rms([...input].slice(1000)))
		assert.ok(Math.abs(gain) < 0.1, `${hz} Hz: ${gain} dB`)
	}
	const alias = [...new Decimator().run(sine(5000, 24000, 24000))].slice(100)
	assert.ok(db(rms(alias) / rms([...sine(5000, 24000, 24000)])) < -60)
	const whole = new Decimator().run(sine(700, 24000, 4801)), parts = new Decimator(), split = []
	for (let i = 0, input = sine(700, 24000, 4801); i < input.length; i += 37) split.push(...parts.run(input.subarray(i, i + 37)))
	assert.deepEqual(split, [...whole])
	const codes = Uint8Array.from({ length: 256 }, (_, i) => i)
	assert.deepEqual([...mulawOf(pcmOf(codes))].filter((c, i) => c !== codes[i]), [0xff]) // the two zeros are one
})
