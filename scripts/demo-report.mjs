#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// What scripts/demo prints: demo-report.mjs FOLDER.  Each claim is looked at in the files the
// simulators and the service have left, never taken from a log line; one that does not hold ends it with 1.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const [dir] = process.argv.slice(2)
const at = (...names) => path.join(dir, ...names)
const json = (file) => JSON.parse(fs.readFileSync(file, 'utf8'))
const color = process.stdout.isTTY && !process.env.NO_COLOR
const paint = (code) => (text) => (color ? `\x1b[${code}m${text}\x1b[0m` : text)
const [bold, dim, red] = [paint(1), paint(2), paint(31)]
const WIDTH = 96

// ---- sound: 8 kHz, one channel of a file

const RATE = 8000
function sound(file, channel = 1) {
	const wav = file.endsWith('.opus') ? `${file}.wav` : file
	if (wav !== file) execFileSync('opusdec', ['--quiet', '--rate', String(RATE), file, wav], { stdio: 'ignore' })
	const raw = execFileSync('sox', [wav, '-t', 's16', '-r', String(RATE), '-', 'remix', String(channel)], { maxBuffer: 1 << 28 })
	if (wav !== file) fs.unlinkSync(wav)
	return new Int16Array(raw.buffer, raw.byteOffset, raw.length >> 1)
}

// How alike `part` and `whole` are where they are most alike, -1 to 1, from `near` milliseconds on, give or take 400.
function likeness(part, whole, near) {
	let best = { r: -1, ms: 0 }
	const power = part.reduce((sum, x) => sum + x * x, 0)
	for (let lag = Math.max(0, (near - 400) * 8); lag <= (near + 400) * 8 && lag + part.length <= whole.length; lag++) {
		let dot = 0
		let other = 0
		for (let i = 0; i < part.length; i++) {
			const y = whole[lag + i]
			dot += part[i] * y
			other += y * y
		}
		const r = other > 0 ? dot / Math.sqrt(power * other) : 0
		if (r > best.r) best = { r, ms: lag / 8 }
	}
	return best
}

const rms = (x) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / Math.max(1, x.length))
const between = (x, fromMs, toMs) => x.subarray(Math.max(0, Math.round(fromMs * 8)), Math.max(0, Math.round(toMs * 8)))

// ---- words and numbers

const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`
const ms = (us) => `${(us / 1000).toFixed(us < 9995 ? 2 : 1)} ms`
const count = (n) => n.toLocaleString('en')

function wrapped(text, width) {
	const lines = ['']
	for (const word of text.split(/\s+/).filter(Boolean))
		if ((lines.at(-1) + ' ' + word).trim().length <= width) lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim()
		else lines.push(word)
	return lines
}

let failed = 0
function claim(holds, words) {
	if (holds) return true
	failed++
	console.log(red(`  FAILED     ${words}`))
	return false
}

// ---- the conversation

const transcripts = fs.readdirSync(at('records')).filter((f) => f.endsWith('.json')).map((f) => [f, json(at('records', f))])
if (transcripts.length !== 1) {
	console.error(`there are ${transcripts.length} transcripts in ${at('records')}, not one`)
	process.exit(1)
}
const [[transcriptFile, transcript]] = transcripts
const spoken = transcript.turns.filter((t) => t.kind === 'caller' || t.kind === 'assistant')
const cut = spoken.find((t) => t.interrupted)
const conversation = json(at('conversation.json'))
const told = conversation.truncate.list[0]

console.log(bold('\nA call') + dim(`   caller ${transcript.caller}, assistant "${transcript.assistant}"; TLS on both legs, signatures checked\n`))
for (const t of spoken) {
	const lead = `  ${(t.start_ms / 1000).toFixed(1).padStart(5)} s  ${t.kind.padEnd(9)}  `
	wrapped(t.text, WIDTH - lead.length).forEach((line, i) => console.log((i ? ' '.repeat(lead.length) : dim(lead)) + line))
	if (!t.interrupted) continue
	console.log(' '.repeat(lead.length) + bold(`-- cut short: heard ${seconds(t.heard_ms)} of ${seconds(t.total_ms)}`))
	for (const line of wrapped(`not heard: ${t.cut_text.trim()}`, WIDTH - lead.length)) console.log(' '.repeat(lead.length) + dim(line))
}
console.log()
claim(spoken.map((t) => t.kind).join() === 'caller,assistant,caller,assistant', 'the conversation is not question, answer, interruption, answer')
claim(transcript.status === 'ended', `the transcript's status is ${transcript.status}`)

if (claim(cut && told, 'nobody was interrupted')) {
	claim(conversation.truncate.count === 1 && conversation.clears === 1, 'there was more or less than one interruption')
	claim(Math.abs(told.heard_ms - told.told_ms) <= 40, `the caller heard ${told.heard_ms} ms and the model was told ${told.told_ms} ms`)
	claim(told.told_ms === cut.heard_ms, `the transcript says ${cut.heard_ms} ms and the model was told ${told.told_ms} ms`)
	console.log(`  barge-in   heard ${bold(seconds(told.heard_ms))} of ${seconds(cut.total_ms)}, by the caller's own clock; ` +
		`the model was told ${bold(seconds(told.told_ms))}`)
	console.log(`             ${ms(conversation.barge_in.p50_us)} from the model's speech_started to the caller's clear`)
}

// ---- what was heard, and what was recorded

const heardFile = at('heard', 'heard-0.wav')
const heard = sound(heardFile)
const answers = spoken.filter((t) => t.kind === 'assistant')
const questions = spoken.filter((t) => t.kind === 'caller')
const parts = answers.map((t, i) => {
	const part = between(sound(at(`answer-${i}.wav`)), 0, Math.min(t.heard_ms, t.total_ms) - 20)
	return { part, ...likeness(part, heard, t.start_ms) }
})
const alike = Math.min(...parts.map((p) => p.r))
claim(alike > 0.95, `what was heard is not what was said: ${alike.toFixed(3)}`)
if (cut && parts.length === 2) {
	const quiet = between(heard, parts[0].ms + cut.heard_ms + 60, parts[1].ms - 20)
	claim(quiet.length > 0 && rms(quiet) < 30, `after the interruption the first answer goes on: ${rms(quiet).toFixed(0)} rms`)
}
console.log(`  heard      ${heardFile}\n             ${seconds(heard.length / 8)}; ${(100 * alike).toFixed(1)} % alike what the assistant said, silent after the cut`)

const recording = transcript.streams[0]?.recording
if (claim(recording, 'there is no recording')) {
	const file = at('records', recording)
	const info = execFileSync('opusinfo', [file], { encoding: 'utf8' })
	const length = /Playback length: (\S+)/.exec(info)?.[1]
	claim(length && !/WARNING|ERROR/.test(info), `opusinfo is not content with it:\n${info}`)
	const [left, right] = [sound(file, 1), sound(file, 2)]
	const ofCaller = Math.min(...questions.map((t, i) => likeness(between(sound(at(`question-${i}.wav`)), 0, 1e9), left, t.start_ms).r))
	const ofAssistant = Math.min(...parts.map((p) => likeness(p.part, right, p.ms).r))
	claim(ofCaller > 0.8, `the left channel is not the caller: ${ofCaller.toFixed(3)}`)
	claim(ofAssistant > 0.8, `the right channel is not the assistant: ${ofAssistant.toFixed(3)}`)
	console.log(`  recording  ${file}\n             ${length?.replace(/^0m:/, '')}, caller left, assistant right: ` +
		`${(100 * ofCaller).toFixed(1)} and ${(100 * ofAssistant).toFixed(1)} % alike; opusdec FILE - | aplay`)
}
console.log(`  transcript ${at('records', transcriptFile)}\n  log        ${at('ringdown.log')}`)

// ---- twenty at once

const twenty = json(at('twenty.json'))
const lost = twenty.up.lost + twenty.down.lost + twenty.up.doubled + twenty.down.doubled + twenty.up.reordered + twenty.down.reordered
console.log(bold(`\nTwenty calls at once`) + dim(`   ${twenty.seconds} s, mu-law to PCM16 at 24 kHz and back, TLS on both legs, one loop\n`))
const row = (...cells) => console.log('  ' + cells[0].padEnd(34) + cells.slice(1).map((c) => String(c).padStart(11)).join(''))
const head = ['', 'frames', 'p50', 'p90', 'p99', 'max']
console.log(dim('  ' + head[0].padEnd(34) + head.slice(1).map((c) => c.padStart(11)).join('')))
for (const [name, d] of [['caller to model', twenty.up], ['model to caller', twenty.down]])
	row(name, count(d.measured), ms(d.p50_us), ms(d.p90_us), ms(d.p99_us), ms(d.max_us))
row('(this machine\'s own lateness)', count(twenty.schedule.measured), ...['p50', 'p90', 'p99', 'max'].map((p) => ms(twenty.schedule[`${p}_us`])))
console.log(`\n  ${count(twenty.up.frames)} frames up, ${count(twenty.down.frames)} down; lost, doubled or out of order: ${bold(lost)}`)
claim(twenty.failed === 0 && twenty.connected === 20, `${twenty.failed} of 20 calls failed`)
claim(lost === 0, 'frames were lost, doubled or out of order')
claim(twenty.up.measured > 5000 && twenty.down.measured > 5000, 'too few frames were measured')

console.log(failed ? red(`\n${failed} of what was to happen did not happen.\n`) : bold('\nAll of it happened.\n'))
process.exit(failed ? 1 : 0)
