// SPDX-License-Identifier: MIT
// systemd/ringdown.service allows what the service does: every system call of a life with a call, a recording, a webhook
// tool, a reload and a drain is in its SystemCallFilter.  What is not would fail with EPERM, in service only.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { test } from 'node:test'
import { Caller } from './lib/caller.mjs'
import { Model } from './lib/model.mjs'
import { root, startRingdown, tempDir, until } from './lib/ringdown.mjs'

function run(tool, args, name) {
	const r = spawnSync(tool, args, { encoding: 'utf8' })
	assert.equal(r.error, undefined, `${tool} is missing: sudo apt-get install ${name} (scripts/setup does it)`)
	return r.stdout
}

// { "@ipc": ["pipe", ...], ... }: a set may hold others
function systemdSets() {
	const sets = {}
	let name
	for (const line of run('systemd-analyze', ['syscall-filter', '--no-pager'], 'systemd').split('\n')) {
		if (/^@/.test(line)) sets[(name = line.trim())] = []
		else if (/^ +[a-z_0-9@]/.test(line)) sets[name].push(line.trim())
	}
	return sets
}

const expand = (sets, word) => (word.startsWith('@') ? sets[word].flatMap((w) => expand(sets, w)) : [word])

function allowedCalls() {
	const sets = systemdSets()
	const allowed = new Set(expand(sets, '@default'))
	const unit = fs.readFileSync(path.join(root, 'systemd/ringdown.service'), 'utf8')
	for (const [, tilde, words] of unit.matchAll(/^SystemCallFilter=(~?)(.*)$/gm))
		for (const call of words.split(' ').flatMap((w) => expand(sets, w)))
			if (tilde) allowed.delete(call)
			else allowed.add(call)
	return allowed
}

async function live(trace) {
	const dir = tempDir()
	const hook = http.createServer((req, res) => req.resume().on('end', () => res.end('{"weather":"rain"}'))).listen(0, '127.0.0.1')
	await once(hook, 'listening')
	const webhook = { url: `http://127.0.0.1:${hook.address().port}/`, secret_file: 'secret' }
	const tools = [{ type: 'function', name: 'weather', parameters: { type: 'object', properties: {} }, webhook }]
	fs.mkdirSync(path.join(dir, 'assistants'))
	fs.writeFileSync(path.join(dir, 'assistants/secret'), 'a secret\n')
	const model = await new Model().start()
	const r = await startRingdown({
		dir,
		prefix: ['strace', '-D', '-f', '-qq', '-o', trace],
		modelUrl: model.url,
		config: { server: { loops: 2 } },
		assistants: { default: { instructions: 'x', greeting: '', recording: true, tools } },
	})
	const caller = await new Caller(r.url).call()
	const session = await model.session(0)
	await session.event('session.update')
	await until(() => session.appends >= 50, 'no sound at the model')
	session.callTool('weather', {})
	await until(() => session.events.some((e) => e.item?.type === 'function_call_output'), 'no output of the tool')
	r.signal('SIGHUP')
	await r.logged('reload assistants=1')
	await r.metrics()
	await caller.hangUp()
	await until(() => r.transcript(caller.callSid).status !== 'live', 'the transcript is not finished')
	await r.stop()
	await model.stop()
	hook.close()
}

test('every system call is one that the unit allows', { timeout: 60000 }, async () => {
	run('strace', ['-V'], 'strace')
	const trace = path.join(tempDir(), 'trace')
	await live(trace)
	const allowed = allowedCalls()
	const made = new Set([...fs.readFileSync(trace, 'utf8').matchAll(/^\d+ +([a-z_0-9]+)\(/gm)].map((m) => m[1]))
	assert.ok(made.has('epoll_pwait') || made.has('epoll_wait'), `no loop among ${made.size} system calls`)
	assert.deepEqual([...made].filter((call) => !allowed.has(call)).sort(), [])
})
