// SPDX-License-Identifier: MIT
// A caller outside of the test's own thread: in a worker, so that a test that keeps its thread busy does not disturb
// the measurement, or in a process in another network namespace.  Both sides of the conversation are in this file.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { Caller } from './caller.mjs'

const HOLE_MS = 20 // shorter is the resolution of two clocks
const here = fileURLToPath(import.meta.url)

// ---- there ----

// Notes when sound came: `holes` are the times without any although all that had come was played.
class Listener {
	constructor(caller) {
		Object.assign(this, { caller, playedUntil: undefined, holes: [], gapMax: 0, lastAt: undefined, messages: 0, clears: 0 })
		const take = caller.take.bind(caller)
		caller.take = (message) => {
			if (message.event === 'media') this.note(Buffer.byteLength(message.media.payload, 'base64') / 8)
			if (message.event === 'clear') this.clears++
			take(message)
			caller.texts.length = caller.heard.length = 0 // a long call
		}
	}

	note(ms) {
		const now = performance.now()
		if (this.playedUntil !== undefined && now - this.playedUntil > HOLE_MS) this.holes.push(Math.round(now - this.playedUntil))
		if (this.lastAt !== undefined) this.gapMax = Math.max(this.gapMax, now - this.lastAt)
		this.lastAt = now
		this.playedUntil = Math.max(this.playedUntil ?? now, now) + ms
		this.messages++
	}

	// Since the last question.
	report() {
		const { holes, gapMax, messages, clears } = this
		Object.assign(this, { holes: [], gapMax: 0, messages: 0 })
		return { holes, gapMaxMs: Math.round(gapMax), messages, clears, frames: this.caller.chunk, code: this.caller.code }
	}
}

async function work({ url, options }, port) {
	const caller = new Caller(url, options)
	const listener = new Listener(caller)
	const answers = {
		report: () => listener.report(),
		quiet: () => (caller.stopTalking(), listener.report()),
		end: async () => (await caller.hangUp(), listener.report()),
	}
	port.onAsk(async (what) => port.say(await answers[what]()))
	await caller.call(options)
	port.say('begun')
}

if (!isMainThread && workerData?.isRemoteCaller)
	await work(workerData, {
		say: (x) => parentPort.postMessage(x),
		onAsk: (f) => parentPort.on('message', f),
	})
else if (isMainThread && process.argv[1] === here)
	await work(JSON.parse(process.argv[2]), {
		say: (x) => process.send(x),
		onAsk: (f) => process.on('message', f),
	})

// ---- here ----

export class RemoteCaller {
	// prefix: a command that runs another one somewhere else; none: a worker of this process
	constructor(url, options = {}, prefix = []) {
		const there = { isRemoteCaller: true, url, options }
		if (prefix.length === 0) this.peer = new Worker(here, { workerData: there })
		else this.peer = fork(here, [JSON.stringify(there)], { execPath: prefix[0], execArgv: [...prefix.slice(1), process.execPath] })
		this.isWorker = prefix.length === 0
	}

	async next() {
		return new Promise((resolve, reject) => {
			const isOver = (code) => reject(new Error(`the remote caller ended with ${code}`))
			this.peer.once('error', reject)
			this.peer.once('exit', isOver)
			this.peer.once('message', (answer) => {
				this.peer.off('error', reject)
				this.peer.off('exit', isOver)
				resolve(answer)
			})
		})
	}

	async begin() {
		await this.next()
		return this
	}

	async ask(what) {
		const answer = this.next()
		if (this.isWorker) this.peer.postMessage(what)
		else this.peer.send(what)
		return answer
	}

	async end() {
		const last = await this.ask('end')
		if (this.isWorker) await this.peer.terminate()
		else this.peer.kill()
		return last
	}
}
