// SPDX-License-Identifier: MIT
// Thousands of sockets that want nothing, in a process of their own so that the test's clock does not feel them.
import { fork } from 'node:child_process'
import net from 'node:net'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(import.meta.url)
const AT_ONCE = 200 // connects under way

// ---- there: opens `n` sockets from the addresses in turn, says one of `bytes` in each, and holds what it gets ----

function work({ port, n, addresses, bytes }) {
	const told = { connected: 0, closed: 0, failed: 0 }
	const first = bytes.map((b) => Buffer.from(b, 'base64'))
	let begun = 0
	let isOver = false
	const more = () => {
		while (!isOver && begun < n && begun - told.connected - told.failed < AT_ONCE) {
			const socket = net.connect({ port, host: '127.0.0.1', localAddress: addresses[begun % addresses.length] })
			const words = first[begun++ % first.length]
			let isIn = false
			socket.on('connect', () => {
				isIn = true
				told.connected++
				if (words?.length) socket.write(words)
				more()
			})
			socket.on('error', () => {})
			socket.on('close', () => {
				told[isIn ? 'closed' : 'failed']++
				more()
			})
			socket.resume()
		}
	}
	process.on('message', (what) => {
		process.send({ ...told, begun })
		if (what === 'end') process.exit(0)
	})
	process.on('disconnect', () => process.exit(0))
	more()
}

if (process.argv[1] === here) work(JSON.parse(process.argv[2]))

// ---- here ----

export class Flood {
	constructor({ port, n, addresses = ['127.0.2.1'], bytes = [] }) {
		const there = JSON.stringify({ port, n, addresses, bytes: bytes.map((b) => Buffer.from(b).toString('base64')) })
		this.n = n
		this.child = fork(here, [there], { execPath: 'prlimit', execArgv: ['--nofile=20000:20000', process.execPath] })
	}

	// { connected, closed, failed, begun } so far
	async ask(what = 'report') {
		return new Promise((resolve, reject) => {
			const isOver = (code) => reject(new Error(`the flood ended with ${code}`))
			this.child.once('exit', isOver)
			this.child.once('message', (answer) => {
				this.child.off('exit', isOver)
				resolve(answer)
			})
			this.child.send(what)
		})
	}

	async end() {
		return this.ask('end')
	}
}
