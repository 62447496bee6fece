// SPDX-License-Identifier: MIT
// What a call leaves behind: two channels on one clock, cut where the caller cut, and a transcript that keeps the schema
// of docs/RECORDS.md.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import Ajv from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { FRAME } from './lib/caller.mjs'
import { Stage } from './lib/stage.mjs'
import { root, sleep, until } from './lib/ringdown.mjs'

const RATE = 8000
const CALLER_HZ = 1000, ASSISTANT_HZ = 440
const stage = new Stage()
before(() => stage.open({ hasWitness: false, assistants: { default: { instructions: 'The name is {{name}}.', greeting: '', recording: true, tools: [{ type: 'builtin', name: 'end_call' }] } } }))
after(() => stage.close(assert))

// G.711 mu-law of one sample.
function mulaw(x) {
	const sign = x < 0 ? 0x80 : 0
	const v = Math.min(Math.abs(x), 32635) + 132
	const exponent = 31 - Math.clz32(v) - 7
	return ~(sign | (exponent << 4) | ((v >> (exponent + 3)) & 15)) & 255
}
const tone = (n) => Buffer.from(Array.from({ length: FRAME }, (_, i) => mulaw(Math.round(3000 * Math.sin((2 * Math.PI * CALLER_HZ * (n * FRAME + i)) / RATE)))))
const silence = Buffer.alloc(FRAME, 0xff)

// Frames at their pace; isLoud(n) says which of them are a tone.
function talk(caller, isLoud) {
	const begun = performance.now()
	let n = 0
	caller.talker = setInterval(() => {
		for (; n * 20 <= performance.now() - begun; n++) caller.send(caller.mediaMessage(isLoud(n) ? tone(n) : silence))
	}, 5)
}

function decode(file) {
	const r = spawnSync('opusdec', ['--quiet', '--rate', String(RATE), file, `${file}.wav`], { encoding: 'utf8' })
	assert.equal(r.error, undefined, 'opusdec is missing: apt-get install opus-tools (scripts/setup does it)')
	assert.equal(r.status, 0, r.stderr)
	const wav = fs.readFileSync(`${file}.wav`)
	assert.equal(wav.readUInt16LE(22), 2)
	const at = wav.indexOf('data') + 8
	const samples = new Int16Array((wav.length - at) >> 1)
	for (let i = 0; i < samples.length; i++) samples[i] = wav.readInt16LE(at + 2 * i)
	return [0, 1].map((channel) => samples.filter((_, i) => i % 2 === channel))
}

// How much of one frequency lies in 20 ms from sample `at` on (Goertzel).
function level(samples, hz, at) {
	const k = 2 * Math.cos((2 * Math.PI * hz) / RATE)
	let a = 0
	let b = 0
	for (let i = at; i < at + FRAME; i++) [a, b] = [samples[i] + k * a - b, a]
	return Math.sqrt(Math.max(0, a * a + b * b - k * a * b))
}

// Where the tone of one side begins and ends in a channel, in ms: a window that is half filled has half the level.  The
// other side's tone, which the codec lets through for a moment, does not count.
function span(samples, hz) {
	const levels = []
	for (let at = 0; at + FRAME <= samples.length; at += 8) levels.push(level(samples, hz, at))
	const half = Math.max(...levels) / 2
	return [levels.findIndex((x) => x > half) + 10, levels.findLastIndex((x) => x > half) + 10]
}

const near = (got, expected, tolerance, what) => assert.ok(Math.abs(got - expected) <= tolerance, `${what}: ${got} ms, not ${expected} +- ${tolerance}`)

const schema = JSON.parse(/```json\n([^]*?)```/.exec(fs.readFileSync(path.join(root, 'docs/RECORDS.md'), 'utf8'))[1])
function close(node) {
	if (node.properties) node.additionalProperties = false
	for (const child of Object.values(node)) if (child && typeof child === 'object') close(child)
	return node
}
const ajv = new Ajv({ strict: false })
addFormats(ajv)
const validate = ajv.compile(close(schema))
const finished = (caller) => until(() => stage.transcript(caller), 'no transcript')

test('both channels lie where they were said and heard; a barge-in ends the assistant where the caller stopped hearing it', { timeout: 60000 }, async () => {
	const caller = await stage.caller().open()
	caller.connected()
	const begun = performance.now()
	caller.start()
	talk(caller, (n) => n >= 25 && n < 50)
	const session = await stage.model.sessionOf(caller.callSid)
	await sleep(Math.max(0, 1500 - (performance.now() - begun)))
	session.speak(8000, { text: 'alpha bravo charlie delta echo foxtrot golf hotel', open: true })
	await until(() => caller.heard.length > 0, 'nothing is heard')
	const heardAt = performance.now() - begun
	await until(() => caller.playedNow() >= 8 * 2000, 'it is not played')
	session.speechStarted()
	await until(() => caller.clears.length > 0, 'no clear')
	const { playedMs } = caller.clears[0]
	await sleep(700)
	await caller.hangUp()
	const doc = await finished(caller)
	assert.ok(validate(doc), ajv.errorsText(validate.errors))
	const [left, right] = decode(path.join(stage.ringdown.records, doc.streams[0].recording))
	const [callerFrom, callerTo] = span(left, CALLER_HZ)
	near(callerFrom, 500, 40, 'the caller begins') // 20 of them the first frame's own way
	near(callerTo - callerFrom, 500, 5, 'the caller speaks')
	const [from, to] = span(right, ASSISTANT_HZ)
	near(from, heardAt, 40, 'the assistant begins')
	near(to - from, playedMs, 40, 'the assistant is heard')
	const turn = doc.turns.find((t) => t.kind === 'assistant')
	assert.equal(turn.interrupted, true)
	near(turn.heard_ms, playedMs, 40, 'heard_ms')
	assert.match(turn.text, /^alpha/)
	assert.match(turn.cut_text, /hotel$/)
	near(turn.start_ms, from, 60, 'start_ms')
})

test('digits, tools, both speakers: all kinds of turns keep the schema', { timeout: 60000 }, async () => {
	const { caller, session } = await stage.begin()
	caller.talk()
	session.callerSays('Hello there.')
	session.speak(300, { text: 'Good morning.' })
	await caller.hears(300)
	caller.dtmf('12#')
	await until(() => session.of('response.create').length > 0, 'the digits are not passed on')
	session.speak(200, { text: 'Goodbye.' })
	session.callTool('end_call', {})
	await caller.closed
	const doc = await finished(caller)
	assert.ok(validate(doc), ajv.errorsText(validate.errors))
	assert.equal(doc.status, 'ended')
	assert.equal(doc.result, 'complete')
	const kinds = doc.turns.map((t) => t.kind)
	for (const kind of ['caller', 'assistant', 'dtmf', 'tool_output']) assert.ok(kinds.includes(kind), `no ${kind} in ${kinds}`)
	const times = doc.turns.map((t) => t.end_ms)
	assert.deepEqual(times, [...times].sort((a, b) => a - b), 'turns out of order')
	assert.equal(validate({ ...doc, status: 'odd' }), false)
	assert.equal(validate({ ...doc, turns: [{ ...doc.turns[0], heard_ms: -1 }] }), false)
})
