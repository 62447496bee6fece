// SPDX-License-Identifier: MIT
// A bad road between two network namespaces; bin/weather is the road.  The test file runs again in a namespace of its
// own, so that nothing of this machine's network is touched.  Root only, and it fails without.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { program } from './ringdown.mjs'

export const HERE = '198.51.100.1'
const INSIDE = 'RINGDOWN_E2E_NETWORK'

// True inside; outside, a test that runs `file` again, inside.
export function isInOwnNetwork(file, test, assert) {
	if (process.env[INSIDE]) return true
	test('in a network of its own', () => {
		const env = { ...process.env, [INSIDE]: '1' }
		delete env.NODE_TEST_CONTEXT
		const r = spawnSync('unshare', ['--net', process.execPath, '--test-reporter=spec', file], { env, encoding: 'utf8' })
		process.stdout.write(r.stdout ?? '')
		assert.equal(r.status, 0, `unshare --net (root is needed, and /dev/net/tun) ended with ${r.status ?? r.error}:\n${r.stdout}\n${r.stderr}`)
	})
	return false
}

export class Road {
	async open() {
		this.weather = spawn(program('weather'), { stdio: ['pipe', 'pipe', 'inherit'] })
		this.lines = createInterface({ input: this.weather.stdout })
		const ready = await this.line()
		if (!ready.startsWith('ready ')) throw new Error(`the road is not open: ${ready}`)
		// The far end: a command with this prefix runs there.
		this.prefix = ['nsenter', `--net=/proc/${ready.split(' ')[1]}/ns/net`]
		return this
	}

	async line() {
		const [line] = await Promise.race([once(this.lines, 'line'), once(this.weather, 'exit').then(() => ['it ended'])])
		return line
	}

	async set({ delayMs = 0, jitterMs = 0, lossPermille = 0, rateKbit = 0, isCut = false } = {}) {
		const answer = this.line()
		this.weather.stdin.write(`${delayMs} ${jitterMs} ${lossPermille} ${rateKbit} ${Number(isCut)}\n`)
		const [, carried, , lost] = (await answer).split(' ')
		return { carried: Number(carried), lost: Number(lost) }
	}

	close() {
		this.weather?.stdin.end()
	}
}
