// SPDX-License-Identifier: MIT
// The socket comes from systemd: two loops share it, and [server] listen is not used.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { freePort, program, startRingdown } from './lib/ringdown.mjs'

test('systemd hands over the socket', async () => {
	const tool = 'systemd-socket-activate'
	assert.equal(spawnSync(tool, ['--version']).status, 0, `${tool} is missing: sudo apt-get install systemd`)
	const port = await freePort()
	const r = await startRingdown({
		port,
		prefix: [tool, '-l', `127.0.0.1:${port}`],
		config: { server: { listen: '127.0.0.1:1', loops: 2 } },
	})
	try {
		assert.match(await r.logged(' start '), new RegExp(`port=${port} `))
		const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(`${r.url}/readyz`)))
		assert.deepEqual(new Set(answers.map((a) => a.status)), new Set([200]))
	} finally {
		await r.stop()
	}
})

test('a wrong configuration is not worth another start', () => {
	const r = spawnSync(program('ringdown'), ['serve', '--config', '/dev/null'], { encoding: 'utf8', env: {} })
	assert.equal(r.status, 78)
	assert.match(r.stderr, /auth_token_file is missing/)
})
