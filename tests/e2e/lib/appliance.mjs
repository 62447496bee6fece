// SPDX-License-Identifier: MIT
// ringdown with a store, as an operator sets it up: init, an organisation, a token; and a Twilio for it that is none.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { FakeTwilio } from '../twilio/twilio.mjs'
import { API_KEY, bin, freePort, program, serveRingdown, tempDir } from './ringdown.mjs'

export const ORG = 'acme'
export const ACCOUNT = {
	sid: `AC${'7'.repeat(32)}`,
	authToken: '0123456789abcdef0123456789abcdef',
	keys: [{ sid: `SK${'7'.repeat(32)}`, secret: 'key-secret', kind: 'main' }],
}

// One of ringdown's commands, to its end: what it prints.
export function ringdown(...args) {
	const run = spawnSync(program('ringdown'), args, { encoding: 'utf8', timeout: 20000 })
	if (run.status !== 0) throw new Error(`ringdown ${args.join(' ')}: ${run.status ?? run.signal}: ${run.stderr}${run.stdout}`)
	return run.stdout.trim()
}

// Sets keys of a configuration file, and leaves the rest of it as it is.  keys: {section: {key: value}}
export function configure(file, keys) {
	const lines = fs.readFileSync(file, 'utf8').split('\n')
	for (const [section, values] of Object.entries(keys)) {
		if (!lines.includes(`[${section}]`)) lines.push(`[${section}]`)
		for (const [key, value] of Object.entries(values)) {
			const at = lines.indexOf(`[${section}]`)
			const end = lines.findIndex((line, i) => i > at && line.startsWith('['))
			const same = lines.findIndex((line, i) => i > at && (end < 0 || i < end) && new RegExp(`^\\s*[#;]?\\s*${key}\\s*=`).test(line))
			if (same >= 0) lines.splice(same, 1)
			lines.splice(at + 1, 0, `${key} = ${value}`)
		}
	}
	fs.writeFileSync(file, lines.join('\n'))
}

export class Appliance {
	// options: org (acme; assistants' files are those of the org `default`), config (more keys), modelUrl, assistants {id: document}, twilio (FakeTwilio's options), publicUrl: what Twilio is told (the very address)
	async open(options = {}) {
		this.dir = path.join(tempDir(), 'node')
		this.port = await freePort()
		const url = `http://127.0.0.1:${this.port}`
		this.publicUrl = options.publicUrl ?? url
		this.twilio = await new FakeTwilio({
			accounts: [ACCOUNT],
			callsim: path.join(bin, 'callsim'),
			reach: { [this.publicUrl]: url },
			...options.twilio,
		}).start()
		ringdown('init', '--dir', this.dir)
		this.file = path.join(this.dir, 'ringdown.conf')
		for (const [id, document] of Object.entries(options.assistants ?? {}))
			fs.writeFileSync(path.join(this.dir, 'assistants', `${id}.json`), JSON.stringify(document))
		fs.writeFileSync(path.join(this.dir, 'model_key'), `${API_KEY}\n`, { mode: 0o600 })
		configure(this.file, {
			server: { listen: `127.0.0.1:${this.port}`, public_url: this.publicUrl, loops: 1, drain_timeout_s: 5 },
			twilio: { api_url: this.twilio.apiUrl },
			model: { url: options.modelUrl ?? 'ws://127.0.0.1:9/v1/realtime', api_key_file: path.join(this.dir, 'model_key') },
			security: { allow_private_webhooks: 'yes' },
			outbound: { allow_private: `127.0.0.1:${new URL(this.twilio.phone.media.origin).port}` },
		})
		for (const [section, keys] of Object.entries(options.config ?? {})) configure(this.file, { [section]: keys })
		this.org = options.org ?? ORG
		ringdown('org', 'add', this.org, '--config', this.file)
		this.token = this.tokenOf('*')
		await this.serve(options)
		return this
	}

	async serve(options = {}) {
		this.ringdown = await serveRingdown(this.file, { dir: this.dir, port: this.port, ...options.serve })
	}

	tokenOf(scope, ...more) {
		return ringdown('token', '--config', this.file, '--org', this.org, '--scope', scope, ...more)
			.split('\n')
			.at(-1)
	}

	// A request to the REST API: {status, body, headers}
	async ask(method, where, body, headers = {}) {
		const response = await fetch(`${this.ringdown.url}${where}`, {
			method,
			body: body === undefined ? undefined : JSON.stringify(body),
			headers: {
				Authorization: `Bearer ${this.token}`,
				orgid: this.org,
				...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
				...headers,
			},
		})
		const text = await response.text()
		return {
			status: response.status,
			headers: response.headers,
			text,
			body: /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined,
		}
	}

	// As ask, and it has to answer `status`.
	async must(status, method, where, body, headers) {
		const answer = await this.ask(method, where, body, headers)
		if (answer.status !== status)
			throw new Error(`${method} ${where}: ${answer.status} in place of ${status}: ${answer.text}\n${this.ringdown.log.slice(-2000)}`)
		return answer.body
	}

	connect(more = {}) {
		return this.must(200, 'POST', '/api/upstream/save-integration', {
			type: 'twilio-provider',
			name: 'Main Twilio',
			credentials: { accountSid: ACCOUNT.sid, authToken: ACCOUNT.authToken, apiKeySid: ACCOUNT.keys[0].sid, apiKeySecret: ACCOUNT.keys[0].secret },
			...more,
		})
	}

	async publish(flow) {
		await this.must(201, 'POST', '/api/automation/ivr/flows', flow)
		return this.must(200, 'POST', `/api/automation/ivr/flows/${flow.name}/publish`)
	}

	// Calls a number to the call's end, and until everything about it was told.
	async call(options) {
		const leg = this.twilio.phone.call(options)
		await leg.ended
		await this.twilio.callbacks.settled()
		return leg
	}

	async close(assert) {
		try {
			await this.twilio?.stop()
			this.twilio?.assertClean(assert)
		} finally {
			await this.ringdown?.stop()
		}
	}
}
