// SPDX-License-Identifier: MIT
// FAULTS.md 51: rounds of calls, each ended by a blow to the process at a random moment, and what must be true after it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { Caller } from './caller.mjs'
import { ENDS_BY_SIGNAL, sleep, startRingdown, tempDir, until } from './ringdown.mjs'

const WORD_MS = 250 // the caller says one so often
const MOMENT_MS = [300, 7000] // after the first call began
const TRANSCRIPT_MS = 2000 // what a blow may cost of it
const RECORDING_MS = 3500 // the same; 2.5 s are held back for what may be cleared, then a page is a second
const LATE_MS = 1000 // how late this machine may be
const READY_MS = 10000
const ASSISTANTS = { default: { instructions: 'The name is {{name}}.', greeting: '', recording: true } }

// mulberry32: the same numbers for the same seed.
export function randomOf(seed) {
	let a = seed >>> 0
	return () => {
		a = (a + 0x6d2b79f5) >>> 0
		let t = Math.imul(a ^ (a >>> 15), a | 1)
		t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296
	}
}

const files = (r, pattern) => fs.readdirSync(r.records).filter((f) => pattern.test(f))

// Milliseconds that can be played of a recording; a last page that is cut short is no fault.
function playableMs(file) {
	const r = spawnSync('opusdec', ['--quiet', '--rate', '8000', file, `${file}.wav`], { encoding: 'utf8' })
	assert.equal(r.error, undefined, 'opusdec is missing: apt-get install opus-tools (scripts/setup does it)')
	assert.equal(r.status, 0, `${file} cannot be played: ${r.stderr}`)
	const bytes = fs.statSync(`${file}.wav`).size - 44
	fs.rmSync(`${file}.wav`)
	return bytes / 4 / 8
}

// A caller who counts: "word 1 of CA...", with when it was said.
class Victim {
	constructor(model, random, momentMs) {
		this.callSid = `CA${Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('')}`
		Object.assign(this, { model, words: [], delayMs: random() * momentMs * 0.7 })
	}

	dial(url, n) {
		this.seen = n
		return new Caller(url, { callSid: this.callSid, parameters: { name: this.callSid } }).call()
	}

	// The model's session of the stream just dialled.
	session() {
		const has = (s) => s.of('session.update').some((e) => e.session.instructions?.includes(this.callSid))
		return until(() => this.model.sessions.slice(this.seen).find(has), `no model session of ${this.callSid}`)
	}

	async live(url) {
		await sleep(this.delayMs)
		if (this.isOver) return
		this.caller = await this.dial(url, this.model.sessions.length)
		this.begunAt = performance.now()
		const session = await this.session()
		session.speak(1500, { text: 'Please count.' })
		while (!this.isOver) {
			const text = `word ${this.words.length + 1} of ${this.callSid}`
			session.callerSays(text)
			this.words.push({ text, at: performance.now() })
			await sleep(WORD_MS)
		}
	}

	// What is left of the call, right after the blow.
	inspect(r, killedAt) {
		this.caller?.stopTalking()
		const file = path.join(r.records, `${this.callSid}.json`)
		this.left = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined
		const turns = new Set(this.left?.turns.map((t) => t.text))
		const lost = this.words.find((w) => !turns.has(w.text))
		const transcriptMs = lost ? killedAt - lost.at : 0
		assert.ok(transcriptMs < TRANSCRIPT_MS + LATE_MS, `the transcript is ${Math.round(transcriptMs)} ms old`)
		const names = files(r, new RegExp(`^${this.callSid}-\\d+\\.opus$`))
		const livedMs = this.begunAt === undefined ? 0 : killedAt - this.begunAt
		const isSound = (name) => fs.statSync(path.join(r.records, name)).size > 1000
		const played = names.filter(isSound).reduce((sum, name) => sum + playableMs(path.join(r.records, name)), 0)
		const recordingMs = Math.max(0, livedMs - played)
		assert.ok(recordingMs < RECORDING_MS + LATE_MS, `of ${Math.round(livedMs)} ms, ${Math.round(played)} can be played`)
		return { transcriptMs, recordingMs: played > 0 ? recordingMs : 0 }
	}

	// Twilio asks the action URL, opens what it is told to, and the assistant knows what was said.
	async comeBack(r) {
		const fields = { CallSid: this.callSid, From: '+15550100', To: '+15550199', CallStatus: 'in-progress' }
		const answer = await fetch(`${r.url}/connect/webhook/twilio/after?n=1`, { method: 'POST', body: new URLSearchParams(fields) })
		assert.match(await answer.text(), /<Connect[^>]*><Stream/)
		const back = await this.dial(r.url, this.model.sessions.length)
		const session = await this.session()
		await until(() => session.appends > 5, 'the call that came back is not heard')
		const told = JSON.stringify(session.of('conversation.item.create'))
		for (const t of (this.left?.turns ?? []).filter((t) => t.kind === 'caller')) assert.ok(told.includes(t.text), `the assistant is not told "${t.text}"`)
		await back.hangUp()
		const ended = () => ((doc) => doc.status === 'ended' && doc)(r.transcript(this.callSid))
		const doc = await until(ended, `the transcript of ${this.callSid} does not end`)
		assert.equal(doc.streams.length, (this.left?.streams.length ?? 0) + 1)
		for (const t of this.left?.turns ?? []) assert.ok(doc.turns.some((x) => x.text === t.text), `"${t.text}" has gone`)
	}
}

async function restart(options, killAfterMs) {
	if (killAfterMs !== undefined) { // another blow, while it puts the papers in order
		const r = await startRingdown({ ...options, wait: false })
		await sleep(killAfterMs)
		r.signal('SIGKILL')
		await r.exited
	}
	const begun = performance.now()
	const r = await startRingdown(options)
	return { r, readyMs: performance.now() - begun }
}

// One lane of rounds; each starts on what the last one left.  report({...figures of a round}).
export async function killing(model, { times, seed, signal = 'SIGKILL', calls = 3, report }) {
	const random = randomOf(seed)
	const options = { dir: tempDir(), modelUrl: model.url, assistants: ASSISTANTS, config: { server: { loops: 2 } }, env: ENDS_BY_SIGNAL }
	let r = await startRingdown(options)
	for (let round = 0; round < times; round++) {
		// Spread over the whole range, however few they are.
		const momentMs = MOMENT_MS[0] + ((round + random()) / times) * (MOMENT_MS[1] - MOMENT_MS[0])
		const victims = Array.from({ length: calls }, () => new Victim(model, random, momentMs))
		victims[0].delayMs = 0
		const again = random() < 0.3 ? random() * 60 : undefined
		try {
			const lives = victims.map((v) => v.live(r.url).catch((e) => (v.error = e)))
			await sleep(momentMs)
			for (const v of victims) assert.equal(v.error, undefined, v.error?.stack)
			const killedAt = performance.now()
			for (const v of victims) v.isOver = true
			r.signal(signal)
			assert.equal(await r.exited, signal)
			const costs = victims.map((v) => v.inspect(r, killedAt))
			await Promise.all(lives)
			const next = await restart({ ...options, port: r.port }, again)
			r = next.r
			assert.ok(next.readyMs < READY_MS, `ready after ${next.readyMs} ms`)
			await until(() => victims.every((v) => !v.left || r.transcript(v.callSid).status === 'interrupted'), 'transcripts are left "live"')
			await Promise.all(victims.map((v) => v.comeBack(r)))
			assert.deepEqual(files(r, /\.bad$/), [])
			const worst = (key) => Math.round(Math.max(...costs.map((c) => c[key])))
			report?.({ round, momentMs: Math.round(momentMs), readyMs: Math.round(next.readyMs), transcriptMs: worst('transcriptMs'), recordingMs: worst('recordingMs') })
		} catch (e) {
			r.signal('SIGKILL')
			throw new Error(`seed ${seed}, round ${round}, ${signal} ${Math.round(momentMs)} ms after the first call began: ${e.message}\n${r.log.slice(-2000)}`, { cause: e })
		}
	}
	return r.stop()
}
