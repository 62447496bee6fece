// SPDX-License-Identifier: MIT
// FAULTS.md 65 and 66: a log that nobody reads, and text that wants to forge it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Caller } from './lib/caller.mjs'
import { Model } from './lib/model.mjs'
import { Stage } from './lib/stage.mjs'
import { sleep, startRingdown, until } from './lib/ringdown.mjs'

const VOICE = '/connect/webhook/twilio/voice'
const sid = () => `CA${Math.random().toString(16).slice(2).padEnd(32, '0').slice(0, 32)}`
const post = (url, fields) => fetch(url, { method: 'POST', body: new URLSearchParams(fields) })
test('F65 a stderr that is full: calls go on, lines are dropped and counted, and it speaks again once it is read', { timeout: 60000 }, async () => {
	const model = await new Model().start()
	const r = await startRingdown({ modelUrl: model.url, wait: false, prefix: ['sh', '-c', 'timeout 0.5 cat /dev/zero >&2; exec "$@"', 'sh'] })
	r.child.stderr.pause()
	await r.ready()
	for (let i = 0; i < 12; i++) await (await new Caller(r.url).call({ talk: false })).hangUp()
	const n = model.sessions.length
	const caller = await new Caller(r.url).call()
	const session = await model.session(n)
	await until(() => session.appends > 50, 'the call does not go on')
	assert.ok((await r.metrics()).log_drops_total > 5, `${(await r.metrics()).log_drops_total} lines were dropped`)
	r.child.stderr.resume()
	await sleep(200)
	r.log = ''
	await caller.hangUp()
	await r.logged(/call=\d+ sid=CA\.\.\w\w end /)
	await r.stop()
	await model.stop()
})

test('F66 nothing a peer says forges a line of the log', { timeout: 60000 }, async () => {
	const stage = await new Stage().open({ hasWitness: false })
	const r = stage.ringdown
	const evil = 'x\r\n2026-11-24T00:00:00.000Z err FORGED call=1\u001b[2J\u2028\u202e\u009b31m'
	await post(r.url + VOICE, { CallSid: sid(), From: evil, To: evil, CallStatus: evil, CallerName: evil })
	await post(`${r.url}/connect/webhook/twilio/status`, { CallSid: sid(), StreamEvent: 'stream-error', StreamError: evil })
	await post(`${r.url}/connect/webhook/twilio/after?dial=1`, { CallSid: sid(), DialCallStatus: evil })
	await post(`${r.url}/connect/webhook/twilio/voice?x=%0d%0aFORGED`, { CallSid: evil })
	const { caller, session } = await stage.begin({ parameters: { evil } })
	caller.send({ event: evil, streamSid: caller.streamSid })
	caller.send({ event: 'mark', streamSid: caller.streamSid, mark: { name: evil } })
	caller.send({ event: `${evil}\u0000`, streamSid: caller.streamSid })
	session.send({ type: 'error', error: { type: evil, code: evil, message: evil, param: evil } })
	session.callTool(evil, evil, { callId: evil })
	session.speak(200, { text: evil })
	await r.logged(/model error/)
	await r.logged(/refused: /)
	await caller.hangUp()
	await stage.close(assert)
	const lines = r.log.split('\n').filter(Boolean)
	for (const line of lines) {
		assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (err|warning|notice|info|debug) /, 'a line that is none of ours')
		assert.ok(!/^\S+ err FORGED/.test(line), line)
		// eslint-disable-next-line no-control-regex
		assert.ok(!/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/.test(line), JSON.stringify(line))
	}
	assert.ok(lines.some((l) => l.includes('\\r\\n')), 'the test said nothing evil')
})
