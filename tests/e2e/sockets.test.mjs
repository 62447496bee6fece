// SPDX-License-Identifier: MIT
// How connections come in: by a socket from systemd, that two loops share, and over TLS, dead on arrival.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import https from 'node:https'
import net from 'node:net'
import { test } from 'node:test'
import { freePort, makeCertificate, program, startRingdown, tempDir, until } from './lib/ringdown.mjs'

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

// A health check of a load balancer, or a scanner: the socket is closed before TLS has begun.
async function connectAndLeave(port, leave) {
	const socket = net.connect(port, '127.0.0.1')
	socket.on('error', () => {})
	await once(socket, 'connect')
	leave(socket)
	await once(socket, 'close')
}

test('connections over TLS that are dead on arrival cost nothing but themselves', { timeout: 60000 }, async () => {
	const dir = tempDir(), pair = makeCertificate(dir, 'localhost')
	const r = await startRingdown({ dir, wait: false, config: { server: { tls_cert: pair.cert, tls_key: pair.key } } })
	const agent = new https.Agent({ ca: fs.readFileSync(pair.ca), keepAlive: false })
	const get = (path) => new Promise((resolve, reject) => {
		https.get({ host: 'localhost', port: r.port, path, agent, family: 4 }, (response) => {
			let text = ''
			response.on('data', (d) => (text += d))
			response.on('end', () => resolve(text))
		}).on('error', reject)
	})
	try {
		await until(() => get('/healthz').catch(() => r.exitCode !== undefined), `ringdown does not answer:\n${r.log}`)
		for (let i = 0; i < 40; i++)
			await connectAndLeave(r.port, (s) => (i % 2 ? s.destroy() : s.resetAndDestroy()))
		assert.equal(r.exitCode, undefined, `ringdown ended with ${r.exitCode}`)
		await until(async () => /^ringdown_connections_live 1$/m.test(await get('/metrics')), 'their connections are still counted')
	} finally {
		assert.equal(await r.stop(), 0)
	}
})
