// SPDX-License-Identifier: MIT
// FAULTS.md 3D, 73: who asks for more than the kernel holds and does not read it.  In a network of its own, whose
// sockets hold 4 KiB, so that any answer is too much.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import { Raw } from './lib/raw.mjs'
import { isInOwnNetwork, Road } from './lib/road.mjs'
import { sleep, until } from './lib/ringdown.mjs'
import { Stage } from './lib/stage.mjs'

const stage = new Stage()
const road = new Road()
// The longest answer there is without a key: the path, twice, six characters for each.
const GET = `GET /${'\x01'.repeat(15000)} HTTP/1.1\r\nHost: x\r\n\r\n`

if (isInOwnNetwork(fileURLToPath(import.meta.url), test, assert)) {
	before(async () => {
		await road.open() // and loopback with it
		await stage.open()
		for (const name of ['tcp_rmem', 'tcp_wmem']) fs.writeFileSync(`/proc/sys/net/ipv4/${name}`, '4096 4096 4096')
	})
	after(async () => {
		try {
			await stage.close(assert)
		} finally {
			road.close()
		}
	})

	const reader = async () => {
		const raw = await new Raw({ port: stage.ringdown.port }).open()
		raw.socket.pause()
		return raw.send(GET)
	}

	test('F73 a reader that does not read is cut off after 10 s, one that is slow gets its answer', { timeout: 60000 }, async () => {
		const before = (await stage.ringdown.metrics()).connections_live
		const idle = await Promise.all(Array.from({ length: 100 }, reader))
		const slow = await reader()
		try {
			await sleep(2000)
			assert.ok((await stage.ringdown.metrics()).connections_live >= before + 101, 'the kernel has taken all of it: that is no test')
			await stage.witness.undisturbed(assert, 'a hundred answers that wait')
			for (let i = 0; i < 70 && !slow.isClosed; i++) {
				slow.socket.resume()
				await sleep(5)
				slow.socket.pause()
				await sleep(100)
			}
			slow.socket.resume()
			await slow.ends('a slow reader')
			const [head, body] = slow.text.split('\r\n\r\n')
			assert.equal(body.length, Number(/content-length: (\d+)/.exec(head)[1]), 'the answer is not whole')
			await until(async () => (await stage.ringdown.metrics()).connections_live <= before, 'they are not cut off', 14000)
			await stage.ringdown.logged(/request not complete in 10000 ms, closing/)
		} finally {
			for (const raw of [...idle, slow]) raw.socket.destroy()
		}
	})
}
