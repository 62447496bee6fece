// SPDX-License-Identifier: MIT
// FAULTS.md 60: the n-th allocation fails, for every n of a webhook, a call's start, its talk and a reload.  Whatever
// wanted it may fail; the process, the witness and the next call do not.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { Stage } from './lib/stage.mjs'
import { bin, sleep, tempDir, until } from './lib/ringdown.mjs'

const orders = path.join(tempDir(), 'orders')
fs.writeFileSync(orders, Buffer.alloc(8))
const fd = fs.openSync(orders, 'r+')
const failAt = (n) => fs.writeSync(fd, Buffer.from(Uint32Array.of(n).buffer), 0, 4, 0)
const failures = () => {
	const b = Buffer.alloc(4)
	fs.readSync(fd, b, 0, 4, 4)
	return b.readUInt32LE()
}

// 1, 2, 3 ... closely at first, in wider steps later.
function* numbers(most) {
	for (let n = 1; n <= most; n += n < 40 ? 1 : Math.ceil(n / 12)) yield n
}

const soon = (promise, ms) => Promise.race([promise.catch(() => undefined), sleep(ms)])

async function oneCall(stage) {
	const before = stage.model.sessions.length
	const caller = stage.caller()
	await soon(caller.call({ talk: false }), 1000)
	for (let i = 0; i < 5; i++) caller.frame()
	await soon(until(() => stage.model.sessions.length > before, 'no session', 150), 200)
	const session = stage.model.sessions[before]
	session?.speak(100)
	session?.callerSays?.('one two')
	caller.send({ event: 'dtmf', streamSid: caller.streamSid, sequenceNumber: '9', dtmf: { track: 'inbound_track', digit: '1' } })
	await sleep(60)
	await soon(caller.hangUp(), 300)
}

const webhook = (stage) =>
	soon(fetch(`${stage.ringdown.url}/connect/webhook/twilio/voice`, {
		method: 'POST',
		body: new URLSearchParams({ CallSid: `CA${String(Date.now()).padStart(32, '0')}`, From: '+15550100', To: '+15550199' }),
	}).then((r) => r.text()), 1000)

async function reload(stage) {
	stage.ringdown.signal('SIGHUP')
	await sleep(60)
}

const scenarios = [
	{ name: 'a call', run: oneCall, most: 300, least: 15 },
	{ name: 'a webhook', run: webhook, most: 60, least: 3 },
	{ name: 'a reload', run: reload, most: 120, least: 3 },
]

test('F60 the n-th allocation fails: the process, the witness and the next call do not', { timeout: 200000 }, async () => {
	const stage = await new Stage().open({ env: { LD_PRELOAD: path.join(bin, 'shim_malloc.so'), SHIM_MALLOC_FILE: orders } })
	for (const { name, run, most, least } of scenarios) {
		const before = failures()
		for (const n of numbers(most)) {
			const failed = failures()
			failAt(n)
			await run(stage)
			const isOver = failures() === failed
			failAt(0)
			assert.equal(stage.ringdown.exitCode, undefined, `${name}: ringdown ended when allocation ${n} failed:\n${stage.ringdown.log.slice(-2000)}`)
			if (isOver && n > least) break // it takes fewer than that
		}
		assert.ok(failures() - before >= least, `${name}: only ${failures() - before} allocations failed`)
		await stage.witness.undisturbed(assert, name)
		const { caller, session } = await stage.begin({ talk: true })
		await until(() => session.appends > 20, `after ${name}: a new call is not carried`)
		await caller.hangUp()
	}
	await stage.close(assert)
})
