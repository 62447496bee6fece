// SPDX-License-Identifier: MIT
// FAULTS.md 53 and 67: the manager is told that the service lives for as long as every loop does, and not a moment
// longer.  What a real systemd makes of that is in scripts/boot-test.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { bin, PRELOADED, program, sleep, startRingdown, tempDir, until } from './lib/ringdown.mjs'

const FED_MS = 3000 // it is meant to be once a second
const STALL_MS = 2000 // a loop may stand so long
const TOLD_MS = 1500 // what was already on its way, and a slow machine

class Manager {
	async open(dir) {
		this.path = path.join(dir, 'notify')
		this.messages = []
		this.child = spawn(program('manager'), [this.path], { stdio: ['pipe', 'pipe', 'inherit'] })
		createInterface({ input: this.child.stdout }).on('line', (text) => this.messages.push({ text, at: performance.now() }))
		await until(() => this.messages.shift(), 'the manager does not begin')
		return this
	}

	fed(from = 0) {
		return this.messages.filter((m) => m.at > from && /^WATCHDOG=1 /.test(m.text))
	}

	async isFed(n, what) {
		const from = performance.now()
		await until(() => this.fed(from).length >= n, `${what}: it is not fed`, n * FED_MS)
	}

	close() {
		this.child.stdin.end()
	}
}

// shim_stall's orders: the first number is ours, the second its answer.
class Stall {
	constructor(dir) {
		this.file = path.join(dir, 'stall')
		fs.writeFileSync(this.file, Buffer.alloc(8))
		this.fd = fs.openSync(this.file, 'r+')
	}

	async set(isStalled) {
		const answer = Buffer.alloc(4)
		fs.writeSync(this.fd, Buffer.from(Uint32Array.of(Number(isStalled)).buffer), 0, 4, 0)
		await until(() => fs.readSync(this.fd, answer, 0, 4, 4) && answer.readUInt32LE() === Number(isStalled), 'no loop stalls')
	}
}

test('F53 the watchdog is fed while every loop ticks: not when one of two stands still; and again when it goes on', { timeout: 60000 }, async () => {
	const dir = tempDir()
	const manager = await new Manager().open(dir)
	const stall = new Stall(dir)
	const r = await startRingdown({
		dir,
		config: { server: { loops: 2 } },
		env: {
			NOTIFY_SOCKET: manager.path,
			WATCHDOG_USEC: '10000000',
			LD_PRELOAD: path.join(bin, 'shim_stall.so'),
			SHIM_STALL_FILE: stall.file,
			...PRELOADED,
		},
	})
	await until(() => manager.messages.some((m) => m.text === 'READY=1'), 'it is not ready')
	await manager.isFed(3, 'a service with nothing to do')
	assert.match(manager.fed().at(-1).text, /STATUS=0 calls/)
	await stall.set(true)
	const from = performance.now()
	await sleep(STALL_MS + TOLD_MS + 3000)
	assert.deepEqual(manager.fed(from + STALL_MS + TOLD_MS), [], 'it is fed although a loop stands still')
	await stall.set(false)
	await manager.isFed(2, 'after the stall')
	r.signal('SIGSTOP')
	await sleep(1000)
	r.signal('SIGCONT')
	await manager.isFed(2, 'after the stop')
	await r.stop()
	assert.ok(manager.messages.some((m) => /^STOPPING=1 /.test(m.text)), 'the stop is not told')
	manager.close()
})
