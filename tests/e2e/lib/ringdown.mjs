// SPDX-License-Identifier: MIT
// Starts the real binary with a configuration of its own in a temporary directory, and ends it.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
export const root = path.resolve(here, '../../..')
export const bin = process.env.RINGDOWN_BIN ?? path.join(root, 'build/release/bin')
export const AUTH_TOKEN = 'e2e-auth-token-0123456789abcdef0'
export const API_KEY = 'sk-e2e-canary-4c1d0a'

const sanitized = (option) => ({ ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:${option}` })
// For a library of LD_PRELOAD: it comes before the sanitizer's, which would rather not start then.
export const PRELOADED = sanitized('verify_asan_link_order=0')
// A signal ends it, as it does without a sanitizer, whose handler would report it and exit.
export const ENDS_BY_SIGNAL = sanitized('handle_segv=0')

export function program(name) {
	const file = path.join(bin, name)
	if (!fs.existsSync(file)) throw new Error(`${file} is missing: run scripts/test, or set RINGDOWN_BIN`)
	return file
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

// Waits until claim() is truthy and returns it; fails with `what` after the limit.
export async function until(claim, what, limitMs = 10000) {
	const end = Date.now() + limitMs
	for (;;) {
		const got = await claim()
		if (got) return got
		if (Date.now() > end) throw new Error(`waited ${limitMs} ms in vain: ${what}`)
		await sleep(10)
	}
}

// Resident memory of a process.
export function rssKiB(pid) {
	return Number(/^VmRSS:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1])
}

export async function freePort() {
	const server = net.createServer().listen(0, '127.0.0.1')
	await once(server, 'listening')
	const { port } = server.address()
	server.close()
	await once(server, 'close')
	return port
}

// Gone when the file's tests have passed; kept, to be looked at, when one has failed.
const tempDirs = []
process.on('exit', () => {
	if (!process.exitCode) for (const dir of tempDirs) fs.rmSync(dir, { recursive: true, force: true })
})

export function tempDir() {
	tempDirs.push(fs.mkdtempSync(path.join(os.tmpdir(), 'ringdown-e2e-')))
	return tempDirs.at(-1)
}

const ini = (sections) =>
	Object.entries(sections)
		.map(([name, keys]) => `[${name}]\n${Object.entries(keys).map(([k, v]) => `${k} = ${v}\n`).join('')}`)
		.join('\n')

// A certificate authority with one server certificate for `name`, made once a directory.
export function makeCertificate(dir, name, base = 'server') {
	const run = (args) => {
		const r = spawnSync('openssl', args, { cwd: dir, encoding: 'utf8' })
		if (r.status !== 0) throw new Error(`openssl ${args[0]}: ${r.stderr}`)
	}
	if (!fs.existsSync(path.join(dir, 'ca.pem')))
		run(['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
			'-subj', '/CN=ringdown e2e CA', '-keyout', 'ca.key', '-out', 'ca.pem'])
	run(['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`,
		'-keyout', `${base}.key`, '-out', `${base}.csr`])
	fs.writeFileSync(path.join(dir, `${base}.ext`), `subjectAltName=DNS:${name}\n`)
	run(['x509', '-req', '-in', `${base}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2',
		'-extfile', `${base}.ext`, '-out', `${base}.pem`])
	return { ca: path.join(dir, 'ca.pem'), cert: path.join(dir, `${base}.pem`), key: path.join(dir, `${base}.key`) }
}

const DEFAULT_ASSISTANT = { instructions: 'You are the e2e assistant.', greeting: '' }

// options: modelUrl, assistants {id: document}, config {section: {key: value}}, args, env, limits
export async function startRingdown(options = {}) {
	const dir = options.dir ?? tempDir()
	const port = options.port ?? (await freePort())
	const assistants = path.join(dir, 'assistants')
	fs.mkdirSync(assistants, { recursive: true })
	fs.mkdirSync(path.join(dir, 'records'), { recursive: true })
	for (const [id, doc] of Object.entries(options.assistants ?? { default: DEFAULT_ASSISTANT }))
		fs.writeFileSync(path.join(assistants, `${id}.json`), JSON.stringify(doc))
	fs.writeFileSync(path.join(dir, 'auth_token'), AUTH_TOKEN + '\n')
	fs.writeFileSync(path.join(dir, 'api_key'), API_KEY + '\n')
	const config = {
		server: { listen: `127.0.0.1:${port}`, public_url: `http://127.0.0.1:${port}`, loops: 1, drain_timeout_s: 5 },
		model: { url: options.modelUrl ?? 'ws://127.0.0.1:9/v1/realtime', api_key_file: path.join(dir, 'api_key') },
		twilio: { account_sid: `AC${'0'.repeat(32)}`, auth_token_file: path.join(dir, 'auth_token') },
		security: { require_signature: 'no', allow_private_webhooks: 'yes' },
		assistants: { dir: assistants, default: 'default' },
		record: { dir: path.join(dir, 'records') },
		limits: {},
	}
	for (const [section, keys] of Object.entries(options.config ?? {}))
		config[section] = { ...config[section], ...keys }
	const file = path.join(dir, 'ringdown.conf')
	fs.writeFileSync(file, ini(config))
	return serveRingdown(file, { ...options, dir, port, assistants })
}

// The configuration is there.  options: dir, port, assistants: folders and port it names; args, env, prefix, isTls, wait
export async function serveRingdown(file, options) {
	const command = [...(options.prefix ?? []), program('ringdown'), 'serve', '--config', file, ...(options.args ?? [])]
	const child = spawn(command[0], command.slice(1), {
		stdio: ['ignore', 'pipe', 'pipe'],
		env: { ...process.env, ...options.env },
	})
	const { dir, port, assistants } = options
	const r = new Ringdown(child, dir, port, file, assistants)
	if (options.isTls) r.url = `https://127.0.0.1:${port}`
	if (options.wait !== false) await r.ready()
	return r
}

class Ringdown {
	constructor(child, dir, port, file, assistants) {
		Object.assign(this, { child, dir, port, file, assistants, log: '' })
		this.records = path.join(dir, 'records')
		this.url = `http://127.0.0.1:${port}`
		for (const s of [child.stdout, child.stderr]) s.on('data', (d) => (this.log += d))
		this.exited = once(child, 'exit').then(([code, signal]) => ((this.exitCode = code ?? signal), this.exitCode))
	}

	async ready() {
		await until(async () => {
			if (this.exitCode !== undefined) throw new Error(`ringdown ended with ${this.exitCode}:\n${this.log}`)
			try {
				return (await fetch(`${this.url}/healthz`)).status === 200
			} catch {
				return false
			}
		}, `ringdown does not answer:\n${this.log}`)
	}

	lines(pattern) {
		return this.log.split('\n').filter((l) => (pattern instanceof RegExp ? pattern.test(l) : l.includes(pattern)))
	}

	async logged(pattern, limitMs) {
		return until(() => this.lines(pattern)[0], `no log line with ${pattern}; log:\n${this.log}`, limitMs)
	}

	async metrics() {
		const text = await (await fetch(`${this.url}/metrics`)).text()
		const m = { buckets: {} }
		for (const line of text.split('\n')) {
			const hit = /^([a-z_]+) ([-0-9.e+]+)$/.exec(line)
			if (hit) m[hit[1].replace(/^ringdown_/, '')] = Number(hit[2])
			const bucket = /^ringdown_([a-z_]+)_bucket\{le="([^"]+)"\} (\d+)$/.exec(line)
			if (bucket) (m.buckets[bucket[1]] ??= {})[bucket[2] === '+Inf' ? 'Infinity' : bucket[2]] = Number(bucket[3])
		}
		return m
	}

	transcript(callSid) {
		return JSON.parse(fs.readFileSync(path.join(this.records, `${callSid}.json`), 'utf8'))
	}

	signal(name) {
		this.child.kill(name)
	}

	async stop(signal = 'SIGINT') {
		if (this.exitCode === undefined) {
			this.child.kill('SIGTERM')
			this.child.kill(signal)
		}
		try {
			await until(() => this.exitCode !== undefined, 'it does not end', 15000)
		} catch {
			this.child.kill('SIGKILL')
			throw new Error(`ringdown did not end:\n${this.log.slice(-3000)}`)
		}
		const found = /^.*(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:)[^]*/m.exec(this.log)
		if (found) throw new Error(found[0].slice(0, 6000))
		return this.exitCode
	}
}
