// SPDX-License-Identifier: MIT
// FAULTS.md 2C, what happens to the process itself while calls are live: no room on the disk, a clock that jumps, a drain
// with decisions still to be fetched; and what must be nowhere to be found afterwards.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import { once } from 'node:events'
import path from 'node:path'
import { test } from 'node:test'
import twilio from 'twilio'
import { Caller } from './lib/caller.mjs'
import { Stage } from './lib/stage.mjs'
import { API_KEY, AUTH_TOKEN, ENDS_BY_SIGNAL, PRELOADED, sleep, tempDir, until } from './lib/ringdown.mjs'

const VOICE = '/connect/webhook/twilio/voice'
const sid = () => `CA${Math.random().toString(16).slice(2).padEnd(32, '0').slice(0, 32)}`
const post = (url, fields) => fetch(url, { method: 'POST', body: new URLSearchParams(fields) })
test('F100 no secret, number or word of a call is in the log, a command line, an error or a core', { timeout: 60000 }, async () => {
	const dir = tempDir()
	const tool = 'whsec-canary-2d71'
	const hook = http.createServer((req, res) => res.writeHead(500).end('no')).listen(0, '127.0.0.1')
	await once(hook, 'listening')
	fs.mkdirSync(path.join(dir, 'assistants'))
	fs.writeFileSync(path.join(dir, 'assistants/secret'), tool)
	const PUBLIC = 'https://voice.example.com'
	const stage = await new Stage().open({
		hasWitness: false,
		dir,
		env: ENDS_BY_SIGNAL,
		assistants: { default: { instructions: 'The name is {{name}}. canary-instructions', greeting: '', tools: [{ type: 'function', name: 'f', webhook: { url: `http://127.0.0.1:${hook.address().port}/`, secret_file: 'secret' } }] } },
		config: { server: { public_url: PUBLIC, log_level: 'debug' }, security: { require_signature: 'yes' } },
	})
	const r = stage.ringdown
	const fields = { CallSid: sid(), AccountSid: `AC${'0'.repeat(32)}`, From: '+15557654321', To: '+15551234567', CallStatus: 'ringing' }
	const signature = twilio.getExpectedTwilioSignature(AUTH_TOKEN, PUBLIC + VOICE, fields)
	const ask = (s) => fetch(r.url + VOICE, { method: 'POST', body: new URLSearchParams(fields), headers: { 'X-Twilio-Signature': s } })
	const errors = await (await ask('wrong-signature-canary')).text()
	const xml = await (await ask(signature)).text()
	const token = /name="token" value="([^"]+)"/.exec(xml)[1]
	const wss = twilio.getExpectedTwilioSignature(AUTH_TOKEN, `${PUBLIC.replace('https', 'wss')}/media-stream`, {})
	const join = () => new Caller(r.url, { callSid: fields.CallSid, parameters: { token, name: fields.CallSid }, headers: { 'x-twilio-signature': wss } }).call()
	const caller = await join()
	const session = await stage.model.sessionOf(fields.CallSid)
	const replay = await join()
	await replay.closed
	session.callerSays('my password is canary-transcript')
	session.callTool('f', { card: 'canary-argument' })
	await r.logged(/tool=f .*failed/)
	session.send({ type: 'error', error: { type: 'invalid_request_error', code: 'x', message: 'no', param: null } })
	await r.logged(/model error/)
	await caller.hangUp()
	const argv = fs.readFileSync(`/proc/${r.child.pid}/cmdline`, 'utf8')
	const limits = fs.readFileSync(`/proc/${r.child.pid}/limits`, 'utf8')
	assert.match(limits, /Max core file size +0 +0/)
	const metrics = await (await fetch(`${r.url}/metrics`)).text()
	r.signal('SIGSEGV')
	assert.equal(await r.exited, 'SIGSEGV')
	assert.deepEqual(fs.readdirSync(dir).filter((f) => /^core/.test(f)), [])
	const places = { log: r.log, argv, errors, replay: replay.reason, metrics }
	const secrets = [API_KEY, AUTH_TOKEN, tool, token, signature, wss, 'canary', '+15557654321', '5557654321', '+15551234567', 'my password']
	for (const [place, text] of Object.entries(places))
		for (const secret of secrets) assert.equal(text.includes(secret), false, `${secret} is in the ${place}:\n${text.split('\n').find((l) => l.includes(secret))}`)
	await stage.model.stop()
	hook.close()
})

// A file system of 1 MiB of its own, and a hand in it that fills and frees it.
class LittleDisk {
	constructor() {
		this.dir = tempDir()
		this.records = path.join(this.dir, 'records')
		this.fifo = path.join(this.dir, 'hand')
		fs.mkdirSync(this.records)
		const made = spawnSync('mkfifo', [this.fifo])
		assert.equal(made.status, 0)
		const script = `mount -t tmpfs -o size=1m none ${this.records} || exit 9
			while read -r order <${this.fifo}; do eval "$order"; done & exec "$@"`
		this.prefix = ['unshare', '-rm', 'sh', '-c', script, 'sh']
	}

	// Done when it has said so in a file.
	async order(text) {
		const said = path.join(this.dir, `said-${(this.n = (this.n ?? 0) + 1)}`)
		fs.writeFileSync(this.fifo, `${text}; ${text === 'exit' ? '' : `touch ${said}`}\n`)
		if (text !== 'exit') await until(() => fs.existsSync(said), `${text} is not done`)
	}
}

test('F55 the disk of the recordings is full: calls go on, one alarm, and it records again when there is room', { timeout: 60000 }, async () => {
	const disk = new LittleDisk()
	const stage = await new Stage().open({
		dir: disk.dir,
		prefix: disk.prefix,
		assistants: { default: { instructions: 'The name is {{name}}.', greeting: '', recording: true } },
	})
	const r = stage.ringdown
	await disk.order(`head -c 2000000 /dev/zero >${disk.records}/filler 2>/dev/null`)
	await until(async () => (await r.metrics()).record_errors_total > 0, 'it is not noticed', 15000)
	await r.logged(/record: sound cannot be written.*No space left on device/)
	await sleep(2000)
	const { caller, session } = await stage.begin()
	caller.talk()
	session.speak(400)
	await caller.hears(400)
	await stage.witness.undisturbed(assert, 'a full disk')
	assert.equal(r.lines(/record: sound cannot be written/).length, 1, 'more than one alarm')
	await disk.order(`rm ${disk.records}/filler`)
	await r.logged(/record: sound can be written again/, 15000)
	await sleep(1500)
	await caller.hangUp()
	await stage.close(assert)
	await disk.order(`cp ${disk.records}/* ${disk.dir}`)
	await disk.order('exit')
	const doc = JSON.parse(fs.readFileSync(path.join(disk.dir, `${caller.callSid}.json`), 'utf8'))
	assert.equal(doc.status, 'ended')
	const [part] = doc.streams[0].recordings.slice(-1)
	assert.ok(fs.statSync(path.join(disk.dir, part.file)).size > 1000, 'nothing is recorded after there was room')
})

test('F49 a drain: callers are sent round, what was decided is still told, the rest resumes elsewhere, nothing is lost', { timeout: 60000 }, async () => {
	const stage = await new Stage().open({
		hasWitness: false,
		assistants: { default: { instructions: 'The name is {{name}}.', greeting: '', tools: [{ type: 'builtin', name: 'transfer_call', targets: { sales: '+15551230001' } }] } },
		config: { server: { drain_timeout_s: 4 } },
	})
	const r = stage.ringdown
	const calls = await Promise.all(Array.from({ length: 12 }, () => stage.begin()))
	for (const { session, caller } of calls) {
		caller.talk()
		session.speak(300, { text: 'said before the drain' })
	}
	await Promise.all(calls.map(({ caller }) => caller.hears(300)))
	r.signal('SIGTERM')
	await until(async () => (await fetch(`${r.url}/readyz`)).status === 503, 'still ready')
	await assert.rejects(new Caller(r.url).open(), { status: 503 })
	const away = await (await post(r.url + VOICE, { CallSid: sid(), From: '+1', To: '+2', CallStatus: 'ringing' })).text()
	assert.match(away, /<Pause length="2"\/><Redirect method="POST">[^<]*\/voice\?wait=1<\/Redirect>/)
	const first = calls.shift()
	first.session.callTool('transfer_call', { target: 'sales' })
	first.session.speak(200, { text: 'I connect you.' })
	await first.caller.closed
	const after = (caller) => post(`${r.url}/connect/webhook/twilio/after?n=1`, { CallSid: caller.callSid, CallStatus: 'in-progress' }).then((x) => x.text())
	assert.match(await after(first.caller), /<Dial[^>]*><Number>\+15551230001</)
	const second = calls.shift()
	await second.caller.hangUp()
	await Promise.all(calls.map(({ caller }) => caller.closed))
	assert.match(await after(calls[0].caller), /<Redirect method="POST">[^<]*\/after\?wait=1&amp;n=1</, 'the last decision is not told')
	assert.equal(await r.exited, 0)
	for (const { caller } of [first, second, ...calls]) {
		const doc = r.transcript(caller.callSid)
		assert.notEqual(doc.status, 'live')
		assert.ok(doc.turns.some((t) => t.text.includes('said before the drain')), caller.callSid)
	}
	assert.equal(r.lines(/stop draining calls=12 /).length, 1)
	assert.equal(r.lines(/stop done/).length, 1)
	await stage.model.stop()
})

const MANY = 200

// Enough sound that a call lives, and little enough that 200 of them leave the machine its time.
function murmur(caller) {
	caller.talker = setInterval(() => caller.frame(), 500)
}

test('F49 a drain with 200 calls: nobody is cut before its end, every caller is answered, every transcript is whole', { timeout: 60000 }, async () => {
	const drainS = 4
	const stage = await new Stage().open({ hasWitness: false, config: { server: { drain_timeout_s: drainS } } })
	const r = stage.ringdown
	const calls = await Promise.all(Array.from({ length: MANY }, () => stage.begin()))
	for (const { caller, session } of calls) {
		murmur(caller)
		session.speak(200, { text: `said to ${caller.callSid}` })
		session.callerSays(`said by ${caller.callSid}`)
	}
	await until(() => calls.every(({ session }) => session.appends > 0), 'a call is not carried', 20000)
	const termAt = performance.now()
	const afters = calls.map(({ caller }) => caller.closed.then(async () => {
		caller.lastedMs = performance.now() - termAt
		return (await post(`${r.url}/connect/webhook/twilio/after?n=1`, { CallSid: caller.callSid, CallStatus: 'in-progress' })).text()
	}))
	r.signal('SIGTERM')
	const heard = calls.map(({ session }) => session.appends)
	await until(() => calls.every(({ session }, i) => session.appends > heard[i]), 'a call is not carried while it drains', 1000 * drainS)
	for (const answer of await Promise.all(afters)) assert.match(answer, /<Redirect method="POST">[^<]*\/after\?wait=1/)
	const first = Math.min(...calls.map(({ caller }) => caller.lastedMs))
	assert.ok(first >= 1000 * drainS - 50, `a call was cut ${Math.round(first)} ms after SIGTERM`)
	assert.equal(await r.exited, 0)
	assert.ok(performance.now() - termAt < 1000 * (drainS + 30), 'it took longer than systemd waits')
	for (const { caller } of calls) {
		const doc = r.transcript(caller.callSid)
		assert.equal(doc.status, 'ended')
		assert.deepEqual(doc.turns.map((t) => t.kind).sort(), ['assistant', 'caller'], caller.callSid)
		assert.ok(doc.turns.every((t) => (t.text + (t.cut_text ?? '')).endsWith(caller.callSid)), JSON.stringify(doc.turns))
	}
	assert.equal(r.lines(new RegExp(`stop draining calls=${MANY} `)).length, 1)
	assert.equal(r.lines(/stop done/).length, 1)
	await stage.model.stop()
})

test('F58 a clock set forward an hour between webhook and stream, and one that says 1970, lose no call', { timeout: 60000 }, async () => {
	const lib = spawnSync('sh', ['-c', 'ls /usr/lib/*/faketime/libfaketimeMT.so.1'], { encoding: 'utf8' }).stdout.trim()
	assert.ok(lib, 'faketime is missing: apt-get install faketime (scripts/setup does it)')
	const PUBLIC = 'https://voice.example.com'
	for (const begin of ['+0', '-1790000000']) {
		const clock = path.join(tempDir(), 'clock')
		fs.writeFileSync(clock, begin)
		const stage = await new Stage().open({
			hasWitness: false,
			env: { LD_PRELOAD: lib, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_NO_CACHE: '1', ...PRELOADED },
			config: { server: { public_url: PUBLIC }, security: { require_signature: 'yes' } },
		})
		for (const jump of ['+3600', '-3600']) {
			fs.writeFileSync(clock, begin)
			const fields = { CallSid: sid(), AccountSid: `AC${'0'.repeat(32)}`, From: '+15550100', To: '+15550199', CallStatus: 'ringing' }
			const signature = twilio.getExpectedTwilioSignature(AUTH_TOKEN, PUBLIC + VOICE, fields)
			const xml = await (await fetch(stage.ringdown.url + VOICE, { method: 'POST', body: new URLSearchParams(fields), headers: { 'X-Twilio-Signature': signature } })).text()
			fs.writeFileSync(clock, begin === '+0' ? jump : `${Number(begin) + Number(jump)}`)
			const wss = twilio.getExpectedTwilioSignature(AUTH_TOKEN, `${PUBLIC.replace('https', 'wss')}/media-stream`, {})
			const caller = await new Caller(stage.ringdown.url, { callSid: fields.CallSid, parameters: { token: /name="token" value="([^"]+)"/.exec(xml)[1], name: fields.CallSid }, headers: { 'x-twilio-signature': wss } }).call()
			const session = await stage.model.sessionOf(fields.CallSid)
			await until(() => session.appends > 10, `the call is lost: ${caller.code} ${caller.reason}`)
			await caller.hangUp()
		}
		await stage.close(assert)
	}
})
