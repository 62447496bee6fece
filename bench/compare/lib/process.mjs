// SPDX-License-Identifier: MIT
// Processes of a run: started on the processors they are to have, ready when they say so, ended by us and nobody else.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..')
const binaries = process.env.RINGDOWN_BIN ?? path.join(root, 'build/release/bin')
const READY_MS = 10000, END_MS = 5000, LOG_KEPT = 20000

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

export function program(name) {
	const file = path.join(binaries, name)
	if (!fs.existsSync(file)) throw new Error(`${file} is missing: build it (scripts/bench does), or set RINGDOWN_BIN`)
	return file
}

const running = new Set()
process.on('exit', () => running.forEach((p) => p.child.kill('SIGKILL')))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

export class Process {
	// options: cpus ("1", "0,2"; empty: any), env
	constructor(name, command, args, options = {}) {
		const pinned = options.cpus ? ['taskset', '-c', options.cpus, command] : [command]
		this.name = name
		this.log = ''
		this.child = spawn(pinned[0], [...pinned.slice(1), ...args], {
			stdio: ['ignore', 'pipe', 'pipe'],
			env: { ...process.env, ...options.env },
		})
		this.pid = this.child.pid // taskset becomes the program it starts
		running.add(this)
		for (const s of [this.child.stdout, this.child.stderr])
			s.on('data', (d) => (this.log = (this.log + d).slice(-LOG_KEPT)))
		this.ended = once(this.child, 'exit').then(([code, signal]) => {
			running.delete(this)
			this.code = code ?? signal
			return this.code
		}, (e) => {
			running.delete(this)
			this.code = e.message
			return this.code
		})
	}

	async until(claim, what) {
		const end = Date.now() + READY_MS
		for (;;) {
			const got = await claim()
			if (got) return got
			if (this.code !== undefined) throw new Error(`${this.name} ended with ${this.code}:\n${this.log}`)
			if (Date.now() > end) throw new Error(`${this.name}: waited ${READY_MS} ms in vain ${what}:\n${this.log}`)
			await sleep(20)
		}
	}

	// The port that a program of ours prints.
	async listening() {
		return this.until(() => /^listening \S+:(\d+)$/m.exec(this.log)?.[1], 'to read its port')
	}

	async accepts(port) {
		return this.until(() => canConnect(port), `to connect to its port ${port}`)
	}

	async stop() {
		if (this.code !== undefined) return this.code
		this.child.kill('SIGTERM')
		const late = setTimeout(() => this.child.kill('SIGKILL'), END_MS)
		await this.ended
		clearTimeout(late)
		return this.code
	}
}

function canConnect(port) {
	return new Promise((resolve) => {
		const socket = net.connect(port, '127.0.0.1')
		socket.on('connect', () => (socket.destroy(), resolve(true)))
		socket.on('error', () => resolve(false))
	})
}

export async function freePort() {
	const server = net.createServer().listen(0, '127.0.0.1')
	await once(server, 'listening')
	const { port } = server.address()
	server.close()
	await once(server, 'close')
	return port
}
