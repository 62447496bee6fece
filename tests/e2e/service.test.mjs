// SPDX-License-Identifier: MIT
// FAULTS.md 2C as far as the bridge goes, and what an operator does: signals, reloads, bad
// configuration, secrets, a full disk, no descriptors.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import tls from 'node:tls'
import { after, before, test } from 'node:test'
import { Caller } from './lib/caller.mjs'
import { Model } from './lib/model.mjs'
import { API_KEY, AUTH_TOKEN, makeCertificate, PRELOADED, program, sleep, startRingdown, tempDir, until } from './lib/ringdown.mjs'

let model
before(async () => {
	model = await new Model().start()
})
after(async () => {
	await model?.stop()
})
const live = async (r, options = {}) => {
	const n = model.sessions.length
	const caller = await new Caller(r.url, options).call()
	const session = await model.session(n)
	await until(() => session.appends > 5, 'no sound')
	return { caller, session }
}

test('F49 SIGTERM drains: not ready, no new streams, live calls go on; then they are closed to be resumed', { timeout: 40000 }, async () => {
	const r = await startRingdown({ modelUrl: model.url, config: { server: { drain_timeout_s: 3 } } })
	const { caller, session } = await live(r)
	session.speak(400, { text: 'said before the restart' })
	await caller.hears(400)
	r.signal('SIGTERM')
	await until(async () => (await fetch(`${r.url}/readyz`)).status === 503, 'still ready')
	await assert.rejects(new Caller(r.url).open(), { status: 503 })
	const before = session.appends
	await until(() => session.appends > before + 20, 'the live call did not go on')
	await caller.closed
	const doc = await until(() => fs.existsSync(path.join(r.records, `${caller.callSid}.json`)) && r.transcript(caller.callSid), 'no transcript')
	assert.ok(doc.turns.some((t) => t.text.includes('said before the restart')))
	assert.equal(await r.exited, 0)
})

test('F49 SIGTERM without calls ends at once; F50 a second signal ends live calls at once', { timeout: 30000 }, async () => {
	const idle = await startRingdown({ modelUrl: model.url })
	idle.signal('SIGTERM')
	assert.equal(await idle.exited, 0)
	const busy = await startRingdown({ modelUrl: model.url, config: { server: { drain_timeout_s: 300 } } })
	const { caller } = await live(busy)
	busy.signal('SIGTERM')
	await sleep(200)
	busy.signal('SIGTERM')
	await caller.closed
	assert.equal(await busy.exited, 0)
})

test('F54 SIGHUP: a good assistant is taken, a bad one leaves the old in place, and says so', { timeout: 30000 }, async () => {
	const r = await startRingdown({ modelUrl: model.url })
	const file = path.join(r.assistants, 'default.json')
	fs.writeFileSync(file, JSON.stringify({ instructions: 'second edition', greeting: '' }))
	r.signal('SIGHUP')
	await r.logged(/reload/)
	const { caller, session } = await live(r)
	assert.equal(session.of('session.update')[0].session.instructions, 'second edition')
	await caller.hangUp()
	fs.writeFileSync(file, JSON.stringify({ instructions: 'third', greting: '' }))
	r.signal('SIGHUP')
	await r.logged(/greting/)
	const next = await live(r)
	assert.equal(next.session.of('session.update')[0].session.instructions, 'second edition')
	await next.caller.hangUp()
	await r.stop()
})

const serial = (port) =>
	new Promise((resolve, reject) => {
		const s = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
			resolve(s.getPeerCertificate().serialNumber)
			s.destroy()
		})
		s.on('error', reject)
	})

test('F54 certificates: a new pair is served after SIGHUP, a mismatched one is not', { timeout: 30000 }, async () => {
	const dir = tempDir()
	const pair = makeCertificate(dir, 'localhost', 'server')
	process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
	const r = await startRingdown({ dir, modelUrl: model.url, wait: false, config: { server: { tls_cert: pair.cert, tls_key: pair.key } } })
	r.url = `https://127.0.0.1:${r.port}`
	await r.ready()
	const first = await serial(r.port)
	const n = model.sessions.length
	const caller = await new Caller(r.url, { ca: fs.readFileSync(pair.ca) }).call()
	const session = await model.session(n)
	await until(() => session.appends > 5, 'no sound over TLS')
	makeCertificate(dir, 'localhost', 'server')
	r.signal('SIGHUP')
	await until(async () => (await serial(r.port)) !== first, 'the new certificate is not served')
	const second = await serial(r.port)
	makeCertificate(dir, 'localhost', 'other')
	fs.copyFileSync(path.join(dir, 'other.pem'), pair.cert)
	r.signal('SIGHUP')
	await r.logged(/certificate.*(keeping|old)/i)
	assert.equal(await serial(r.port), second)
	const before = session.appends
	await until(() => session.appends > before + 5, 'the live call did not go on')
	await caller.hangUp()
	await r.stop()
	delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
})

test('bad configuration: every fault at once, with section, key, value and what would be right', () => {
	const dir = tempDir()
	const file = path.join(dir, 'bad.conf')
	fs.writeFileSync(file, '[server]\nlisten = nowhere:99999\nlops = 2\n[model]\nurl = http://x\ndialect = gamma\n[limits]\nmax_calls = many\n')
	const r = spawnSync(program('ringdown'), ['check', '--config', file], { encoding: 'utf8' })
	assert.equal(r.status, 1)
	const text = r.stdout + r.stderr
	for (const word of ['listen', 'lops', 'loops', 'url', 'dialect', 'gamma', 'max_calls', 'many']) assert.ok(text.includes(word), `${word} is not named in:\n${text}`)
})

test('a value can be overridden from the environment', async () => {
	const r = await startRingdown({ modelUrl: 'ws://127.0.0.1:9/none', env: { RINGDOWN_MODEL_URL: model.url } })
	const { caller } = await live(r)
	await caller.hangUp()
	await r.stop()
})

test('F55 a recording directory that cannot be written never hurts a call', { timeout: 30000 }, async () => {
	const r = await startRingdown({ modelUrl: model.url, assistants: { default: { instructions: 'x', greeting: '', recording: true } } })
	fs.rmSync(r.records, { recursive: true })
	fs.writeFileSync(r.records, 'a file where a directory should be')
	const { caller, session } = await live(r)
	session.speak(400)
	await caller.hears(400)
	await until(async () => (await r.metrics()).record_errors_total > 0, 'the error is not counted', 8000)
	const before = session.appends
	await until(() => session.appends > before + 20, 'the call did not go on')
	await caller.hangUp()
	await r.stop()
})

test('F58 a wall clock that jumps does not move the pace of sound', { timeout: 30000 }, async () => {
	const lib = spawnSync('sh', ['-c', 'ls /usr/lib/*/faketime/libfaketimeMT.so.1'], { encoding: 'utf8' }).stdout.trim()
	assert.ok(lib, 'faketime is missing: apt-get install faketime')
	const dir = tempDir()
	const clock = path.join(dir, 'clock')
	fs.writeFileSync(clock, '+0')
	const r = await startRingdown({ modelUrl: model.url, env: { LD_PRELOAD: lib, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_NO_CACHE: '1', ...PRELOADED } })
	const { caller, session } = await live(r)
	for (const jump of ['+3600', '-3600', '+0']) {
		fs.writeFileSync(clock, jump)
		const before = session.appends
		await until(() => session.appends > before + 25, `the call did not go on after ${jump} s`)
	}
	session.speak(600)
	await caller.hears(600)
	await caller.hangUp()
	await r.stop()
})

// One that has `limit` descriptors, a call, and more silent visitors than there is room for.
async function crowded(limit) {
	const r = await startRingdown({ modelUrl: model.url, prefix: ['prlimit', `--nofile=${limit}:${limit}`] })
	const { caller, session } = await live(r)
	const visitors = Array.from({ length: 2 * limit }, () => net.connect({ port: r.port, host: '127.0.0.1' }).on('error', () => {}))
	await r.logged(/accept: Too many open files/)
	const ticks = () => fs.readFileSync(`/proc/${r.child.pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).reduce((a, b) => a + Number(b), 0)
	const look = () => ({ ticks: ticks(), lines: r.log.split('\n').length, appends: session.appends, fds: fs.readdirSync(`/proc/${r.child.pid}/fd`).length })
	return { r, limit, caller, visitors, look }
}

test('F59 no descriptors left: the loop does not spin, the log does not flood, live calls go on, and new ones when there are some', { timeout: 60000 }, async () => {
	const SECONDS = 4
	const all = []
	for (const limit of [40, 48, 64]) all.push(await crowded(limit))
	await sleep(500)
	const from = all.map(({ look }) => look())
	await sleep(1000 * SECONDS)
	const to = all.map(({ look }) => look())
	for (const [i, { r, limit, caller, visitors }] of all.entries()) {
		const what = `of ${limit}: ${JSON.stringify([from[i], to[i]])}`
		assert.ok(to[i].fds > limit - 10, `there are some left, ${what}`)
		assert.ok(to[i].appends - from[i].appends > 40 * SECONDS, `the live call suffers, ${what}`)
		assert.ok(to[i].ticks - from[i].ticks < 5 * SECONDS, `more than 5 % of a processor, ${what}`)
		assert.ok(to[i].lines - from[i].lines <= 2 * SECONDS, `the log is filled, ${what}:\n${r.log}`)
		for (const s of visitors) s.destroy()
		const next = await live(r)
		await next.caller.hangUp()
		await caller.hangUp()
		await r.stop()
	}
})

test('F53 a stopped process catches up without a burst', { timeout: 30000 }, async () => {
	const r = await startRingdown({ modelUrl: model.url })
	const { caller, session } = await live(r)
	r.signal('SIGSTOP')
	await sleep(2000)
	r.signal('SIGCONT')
	const before = session.appends
	await until(() => session.appends > before + 20, 'the call did not go on')
	await caller.hangUp()
	await r.stop()
})

test('F65 a stderr nobody reads does not block a call; F100 no secret is in a log, a core or a command line', { timeout: 30000 }, async () => {
	const r = await startRingdown({ modelUrl: model.url, config: { server: { log_level: 'debug' } } })
	r.child.stderr.pause()
	r.child.stdout.pause()
	for (let i = 0; i < 30; i++) await (await new Caller(r.url).call({ talk: false })).hangUp()
	const { caller } = await live(r)
	await caller.hangUp()
	r.child.stderr.resume()
	r.child.stdout.resume()
	const argv = fs.readFileSync(`/proc/${r.child.pid}/cmdline`, 'utf8')
	const limits = fs.readFileSync(`/proc/${r.child.pid}/limits`, 'utf8')
	assert.match(limits, /Max core file size\s+0/)
	await r.stop()
	for (const secret of [API_KEY, AUTH_TOKEN]) {
		assert.equal(argv.includes(secret), false)
		assert.equal(r.log.includes(secret), false)
	}
})
