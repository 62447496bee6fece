// SPDX-License-Identifier: MIT
// FAULTS.md 51 and 52: the process dies in mid-call, and the calls live on.  kill.mjs does it as often as is wished.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { killing } from './lib/killing.mjs'
import { Model } from './lib/model.mjs'
import { ENDS_BY_SIGNAL, program, startRingdown, tempDir, until } from './lib/ringdown.mjs'

const SEED = Number(process.env.RINGDOWN_SEED ?? Date.now() % 1e9)
let model
before(async () => {
	console.log(`seed ${SEED}: RINGDOWN_SEED=${SEED} repeats it`)
	model = await new Model().start()
})
after(async () => model?.stop())

test('F51 SIGKILL at random moments: at most two seconds of a transcript are lost, what is recorded plays, every call goes on', { timeout: 60000 }, async () => {
	await Promise.all([0, 1].map((lane) => killing(model, { times: 2, seed: SEED + lane })))
})

test('F52 SIGSEGV: the calls go on as after SIGKILL', { timeout: 60000 }, async () => {
	await killing(model, { times: 1, seed: SEED + 2, signal: 'SIGSEGV' })
})

// Of a process that may not be dumped /proc shows root as the owner, whoever runs it.  So somebody else has to run it.
const NOBODY = 65534
function ofSomebodyElse(dir) {
	if (process.getuid() !== 0) return []
	const copy = path.join(dir, 'ringdown')
	fs.copyFileSync(program('ringdown'), copy)
	fs.mkdirSync(path.join(dir, 'records'))
	for (const d of [dir, path.join(dir, 'records')]) fs.chownSync(d, NOBODY, NOBODY)
	return ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', 'sh', '-c', `shift; exec ${copy} "$@"`, 'sh']
}

test('F52 SIGSEGV leaves no core: the process may not be dumped, by limit and by flag', { timeout: 30000 }, async () => {
	const dir = tempDir()
	const prefix = ofSomebodyElse(dir)
	const other = spawn(prefix[0] ?? 'sleep', prefix.length ? [...prefix.slice(1, 4), 'sleep', '20'] : ['20'])
	const owner = (pid) => fs.statSync(`/proc/${pid}/environ`).uid
	await until(() => fs.readFileSync(`/proc/${other.pid}/comm`, 'utf8') === 'sleep\n', 'sleep does not run')
	assert.notEqual(owner(other.pid), 0, 'a process that may be dumped looks the same: this test shows nothing')
	other.kill()
	const r = await startRingdown({ dir, prefix, modelUrl: model.url, env: ENDS_BY_SIGNAL })
	assert.equal(owner(r.child.pid), 0, 'it may be dumped')
	assert.match(fs.readFileSync(`/proc/${r.child.pid}/limits`, 'utf8'), /Max core file size +0 +0/)
	const cwd = fs.readlinkSync(`/proc/${r.child.pid}/cwd`)
	const cores = () => [cwd, dir].flatMap((d) => fs.readdirSync(d)).filter((f) => /^core/.test(f))
	const before = cores()
	r.signal('SIGSEGV')
	assert.equal(await r.exited, 'SIGSEGV')
	assert.deepEqual(cores(), before)
})
