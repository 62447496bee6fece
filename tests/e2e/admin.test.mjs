// SPDX-License-Identifier: MIT
// The admin listener: what lives there, what does not, and what that leaves on the main one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import WebSocket from 'ws'
import { makeCertificate, startRingdown, tempDir } from './lib/ringdown.mjs'

const statuses = (base, paths) =>
	Promise.all(paths.map(async ([method, path]) => (await fetch(base + path, { method })).status))

async function adminOf(r) {
	return `http://127.0.0.1:${/port=(\d+)/.exec(await r.logged('start admin port='))[1]}`
}

test('metrics live on the admin listener alone, health on both', async () => {
	const r = await startRingdown({ config: { server: { admin_listen: '127.0.0.1:0', loops: 2 } } })
	const admin = await adminOf(r)
	const paths = [['GET', '/metrics'], ['GET', '/healthz'], ['GET', '/readyz'], ['POST', '/connect/webhook/twilio/voice']]
	assert.deepEqual(await statuses(admin, paths), [200, 200, 200, 404])
	assert.deepEqual(await statuses(r.url, paths), [404, 200, 200, 415])
	assert.match(await (await fetch(`${admin}/metrics`)).text(), /^ringdown_calls_live 0$/m)
	const refused = (url) => new Promise((resolve) => {
		const ws = new WebSocket(url)
		ws.on('unexpected-response', (_, response) => (resolve(response.statusCode), ws.terminate()))
		ws.on('open', () => (resolve('open'), ws.terminate()))
		ws.on('error', () => {})
	})
	assert.equal(await refused(`${admin.replace('http', 'ws')}/media-stream`), 404)
	assert.equal(await refused(`${r.url.replace('http', 'ws')}/media-stream`), 'open')
	assert.equal(await r.stop(), 0)
})

test('the admin listener is plain beside a main one with TLS', async () => {
	const dir = tempDir()
	const { cert, key } = makeCertificate(dir, 'voice.test')
	const r = await startRingdown({ dir, wait: false, config: { server: { admin_listen: '127.0.0.1:0', tls_cert: cert, tls_key: key } } })
	const admin = await adminOf(r)
	assert.deepEqual(await statuses(admin, [['GET', '/metrics'], ['GET', '/healthz']]), [200, 200])
	await assert.rejects(fetch(`${r.url}/healthz`), 'the main listener answers without TLS')
	assert.equal(await r.stop(), 0)
})

test('an admin address that is not ours keeps the service from starting', async () => {
	const r = await startRingdown({ wait: false, config: { server: { admin_listen: '192.0.2.1:9090' } } })
	assert.equal(await r.exited, 1)
	assert.match(r.log, /\[server\] admin_listen = 192\.0\.2\.1:9090: Cannot assign requested address/)
})
