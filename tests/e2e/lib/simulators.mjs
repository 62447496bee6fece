// SPDX-License-Identifier: MIT
// Starts the simulators of bench/ and reads what they report.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import Ajv from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { program, tempDir } from './ringdown.mjs'
import { specs } from './specs.mjs'

// A trace is a file of 1 GB with holes: where memory is a file system it costs no disk.
export const traceFile = () => path.join(fs.existsSync('/dev/shm') ? fs.mkdtempSync('/dev/shm/ringdown-e2e-') : tempDir(), 'trace')

export async function startModelsim(args = [], tls) {
	const dir = tempDir()
	const stats = path.join(dir, 'stats.json')
	const child = spawn(program('modelsim'), ['--stats', stats, ...(tls ? ['--tls-cert', tls.cert, '--tls-key', tls.key] : []), ...args.map(String)],
		{ stdio: ['ignore', 'pipe', 'pipe'] })
	let errors = ''
	child.stderr.on('data', (d) => (errors += d))
	const exited = once(child, 'exit')
	const line = await Promise.race([once(child.stdout, 'data').then(([d]) => String(d)), exited.then(() => '')])
	const port = Number(/^listening 127\.0\.0\.1:(\d+)\n$/.exec(line)?.[1])
	if (!port) throw new Error(`modelsim does not listen: ${line}${errors}`)
	return {
		port,
		url: `${tls ? 'wss://localhost' : 'ws://127.0.0.1'}:${port}/v1/realtime`,
		async stop() {
			child.kill('SIGTERM')
			await exited
			return JSON.parse(fs.readFileSync(stats, 'utf8'))
		},
	}
}

// Runs callsim to its end: {status, report, errors}
export async function callsim(args) {
	const child = spawn(program('callsim'), args.map(String), { stdio: ['ignore', 'pipe', 'pipe'] })
	let out = '', errors = ''
	child.stdout.on('data', (d) => (out += d))
	child.stderr.on('data', (d) => (errors += d))
	const [status] = await once(child, 'close')
	return { status, report: out ? JSON.parse(out) : null, errors }
}

// A check of each message by its type (or event): null, or what is wrong.
export function validator(file, choose, mend = () => {}) {
	const ajv = new Ajv({ strict: false })
	addFormats(ajv)
	ajv.addFormat('unixtime', true)
	const schema = JSON.parse(fs.readFileSync(path.join(specs, file), 'utf8'))
	mend(schema.$defs)
	schema.$id = `https://ringdown.invalid/${file}`
	ajv.addSchema(schema)
	const byType = new Map()
	for (const name of Object.keys(schema.$defs).filter(choose)) {
		const def = schema.$defs[name].properties?.type ?? schema.$defs[name].properties?.event
		for (const value of def?.enum ?? (def?.const ? [def.const] : [])) byType.set(value, ajv.compile({ $ref: `${schema.$id}#/$defs/${name}` }))
	}
	return (message) => {
		const validate = byType.get(message.type ?? message.event)
		if (!validate) return `no such message: ${message.type ?? message.event}`
		return validate(message) ? null : ajv.errorsText(validate.errors)
	}
}

// `ms` of a tone at 24 kHz, PCM16
export function tone(ms, level = 8000) {
	const b = Buffer.alloc(ms * 48)
	for (let i = 0; i < ms * 24; i++) b.writeInt16LE(Math.round(level * Math.sin((2 * Math.PI * 440 * i) / 24000)), i * 2)
	return b
}
