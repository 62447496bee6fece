// SPDX-License-Identifier: MIT
// FAULTS.md 3A, 27 and 28: thousands of sockets that want nothing, and a hundred calls at once over TLS.  Calls that
// are there do not notice, calls that come get in, memory and log stay small.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import { once } from 'node:events'
import tls from 'node:tls'
import { after, before, describe, test } from 'node:test'
import { Flood } from './lib/flood.mjs'
import { makeCertificate, rssKiB, sleep, tempDir, until } from './lib/ringdown.mjs'
import { Stage } from './lib/stage.mjs'

// The oracle of these tests is the witness, not the certificate.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
const ROOM = ['prlimit', '--nofile=8192:8192']
const LINES_A_SECOND_MAX = 12
const MEMORY_MAX_KIB = 200 * 1024

// While the flood stands: a new call from elsewhere gets through.
async function getsIn(stage, limitMs = 5000) {
	const at = performance.now()
	const { caller, session } = await stage.begin({ localAddress: '127.0.0.9' })
	caller.frame()
	await until(() => session.soundBytes === 960, 'a new call is not heard', limitMs)
	const tookMs = performance.now() - at
	assert.ok(tookMs < limitMs, `a new call took ${tookMs} ms to be heard`)
	await caller.hangUp()
	return tookMs
}

// Runs the flood for so long after its last socket was opened.
async function under(stage, options, holdMs, check) {
	const connections = (await stage.ringdown.metrics()).connections_live
	const lines = stage.ringdown.log.split('\n').length
	const at = performance.now()
	const flood = new Flood({ port: stage.ringdown.port, ...options })
	let told
	await until(async () => (told = await flood.ask()).begun === flood.n && told.connected + told.failed >= flood.n - 200, 'the flood does not rise', 40000)
	await sleep(holdMs)
	await check(flood)
	const rss = rssKiB(stage.ringdown.child.pid)
	assert.ok(rss < MEMORY_MAX_KIB, `${rss} KiB in use`)
	told = await flood.end()
	const seconds = Math.ceil((performance.now() - at) / 1000)
	const written = stage.ringdown.log.split('\n').length - lines
	assert.ok(written <= LINES_A_SECOND_MAX * seconds + 20, `${written} lines in ${seconds} s`)
	await until(async () => (await stage.ringdown.metrics()).connections_live <= connections, 'sockets stay', 15000)
	return told
}

describe('plain', () => {
	const stage = new Stage()
	before(() => stage.open({ prefix: ROOM }))
	after(() => stage.close(assert))

	test('F27 10,000 connects from one address: it gets its share of the room and no more', { timeout: 90000 }, async (t) => {
		const told = await under(stage, { n: 10000 }, 1000, async (flood) => {
			const now = await flood.ask()
			assert.ok(now.connected - now.closed <= 1100, `${now.connected - now.closed} sockets are held by one address`)
			t.diagnostic(`a new call is heard after ${Math.round(await getsIn(stage))} ms`)
			assert.ok((await stage.ringdown.metrics()).connections_refused_total > 5000)
		})
		assert.ok(told.closed > 8000, `${told.closed} of 10000 were closed`)
		await stage.ringdown.logged(/flood: refused=\d+/)
		await stage.witness.undisturbed(assert, '10,000 connects')
	})

	test('F27 10,000 connects from 250 addresses: the oldest that wait make room', { timeout: 90000 }, async (t) => {
		const addresses = Array.from({ length: 250 }, (_, i) => `127.0.1.${i + 1}`)
		const told = await under(stage, { n: 10000, addresses }, 1000, async () => {
			t.diagnostic(`a new call is heard after ${Math.round(await getsIn(stage))} ms`)
			const { connections_live } = await stage.ringdown.metrics()
			assert.ok(connections_live <= 4096 + 64, `${connections_live} connections`)
		})
		assert.ok(told.closed > 5000, `${told.closed} of 10000 were closed`)
		await stage.ringdown.logged(/evicted=[1-9]/)
		await stage.witness.undisturbed(assert, '10,000 connects from everywhere')
	})

	test('F27 1,000 streams without a start are closed after 5 s', { timeout: 60000 }, async (t) => {
		const upgrade = 'GET /media-stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
		const told = await under(stage, { n: 1000, bytes: [upgrade] }, 500, async (flood) => {
			t.diagnostic(`a new call is heard after ${Math.round(await getsIn(stage))} ms`)
			await until(async () => (await flood.ask()).closed === 1000, 'they stay', 15000)
		})
		assert.equal(told.closed, 1000)
		await stage.witness.undisturbed(assert, '1,000 streams without a start')
	})
})

// The first thing a TLS client says, as this Node says it.
async function clientHello() {
	const server = net.createServer().listen(0, '127.0.0.1')
	await once(server, 'listening')
	const client = tls.connect({ port: server.address().port, host: '127.0.0.1' })
	client.on('error', () => {})
	const [socket] = await once(server, 'connection')
	const [hello] = await once(socket, 'data')
	client.destroy()
	socket.destroy()
	server.close()
	return hello
}

describe('TLS', () => {
	const stage = new Stage()
	before(async () => {
		stage.witnessOptions = { growthKiB: 128 * 1024 } // a thousand handshakes under way
		const dir = tempDir()
		const pair = makeCertificate(dir, 'localhost')
		await stage.open({ prefix: ROOM, isTls: true, config: { server: { tls_cert: pair.cert, tls_key: pair.key } } })
	})
	after(() => stage.close(assert))

	test('F27 10,000 connects that never say hello', { timeout: 90000 }, async (t) => {
		await under(stage, { n: 10000 }, 1000, async () => t.diagnostic(`a new call is heard after ${Math.round(await getsIn(stage))} ms`))
		await stage.witness.undisturbed(assert, '10,000 connects without a hello')
	})

	test('F27 1,000 hellos that go no further, 1,000 halves of one', { timeout: 90000 }, async (t) => {
		const hello = await clientHello()
		const told = await under(stage, { n: 2000, bytes: [hello, hello.subarray(0, 60)], addresses: ['127.0.2.1', '127.0.2.2'] }, 500, async (flood) => {
			t.diagnostic(`a new call is heard after ${Math.round(await getsIn(stage))} ms`)
			await until(async () => (await flood.ask()).closed === 2000, 'they stay', 20000)
		})
		assert.equal(told.closed, 2000)
		await stage.witness.undisturbed(assert, '1,000 stalled hellos')
	})

	test('F28 100 calls started at once all get through within 2 s', { timeout: 30000 }, async (t) => {
		const at = performance.now()
		const callers = await Promise.all(Array.from({ length: 100 }, () => stage.caller().call({ talk: false })))
		const sessions = await Promise.all(callers.map((c) => stage.model.sessionOf(c.callSid)))
		for (const c of callers) c.frame()
		await until(() => sessions.every((s) => s.soundBytes === 960), 'a call is not heard')
		const tookMs = performance.now() - at
		t.diagnostic(`${Math.round(tookMs)} ms, with this test's own half of the handshakes`)
		assert.ok(tookMs < 6000, `${tookMs} ms`)
		await Promise.all(callers.map((c) => c.hangUp()))
		t.diagnostic(JSON.stringify(await stage.witness.undisturbed(assert, '100 calls at once')))
	})
})
