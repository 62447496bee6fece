// SPDX-License-Identifier: MIT
// A ringdown with a store, organisations and tokens, and a client of its REST API.
import { spawnSync } from 'node:child_process'
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { freePort, program, startRingdown, tempDir } from './ringdown.mjs'

function run(...args) {
	const done = spawnSync(program('ringdown'), args, { encoding: 'utf8' })
	if (done.status !== 0) throw new Error(`ringdown ${args.join(' ')}: ${done.status}\n${done.stderr}`)
	return done.stdout.trim()
}

// options: twilio (a FakeTwilio: its REST is asked, and its webhooks come here), orgs ['acme'], and startRingdown's.
// Gives the Ringdown, with token(org, scope) and as(org, scope): a client.
export async function startPlane(options = {}) {
	const dir = options.dir ?? tempDir(), port = options.port ?? (await freePort())
	const keys = path.join(dir, 'keys')
	if (!fs.existsSync(keys)) {
		fs.mkdirSync(keys, { mode: 0o700 })
		fs.writeFileSync(path.join(keys, 'cred-1.key'), crypto.randomBytes(32), { mode: 0o600 })
	}
	const config = { ...options.config, store: { url: `sqlite:${path.join(dir, 'ringdown.db')}` }, keys: { dir: keys } }
	if (options.twilio) config.twilio = { ...config.twilio, api_url: options.twilio.apiUrl }
	const ringdown = await startRingdown({ ...options, dir, port, config })
	for (const org of options.orgs ?? ['acme']) run('org', 'add', org, '--config', ringdown.file)
	ringdown.database = path.join(dir, 'ringdown.db')
	ringdown.token = (org = 'acme', scope = '*', ...more) => run('token', '--config', ringdown.file, '--org', org, '--scope', scope, ...more)
	ringdown.as = (org = 'acme', scope = '*') => client(ringdown.url, ringdown.token(org, scope), org)
	return ringdown
}

// client(...)('POST', '/phone/numbers/purchase', {...}, {'idempotency-key': 'x'}) -> {status, body, headers}
export function client(url, token, org) {
	return async (method, where, body, headers = {}) => {
		const answer = await fetch(url + where, {
			method,
			headers: { authorization: `Bearer ${token}`, orgid: org, ...headers },
			body: body === undefined ? undefined : JSON.stringify(body),
		})
		const text = await answer.text()
		return { status: answer.status, headers: answer.headers, body: /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : text }
	}
}
