// SPDX-License-Identifier: MIT
// What the room twilio would send, as twilio_dump writes it: the operations against Twilio's OpenAPI documents, the error
// table against the magic numbers, the access tokens against Twilio's own library.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import twilio from 'twilio'
import { program } from './lib/ringdown.mjs'
import { hasSpecs, specs } from './lib/specs.mjs'

const NOW_S = 1800000000
const run = spawnSync(program('twilio_dump'), [String(NOW_S)], { encoding: 'utf8' })
assert.equal(run.status, 0, run.stderr)
const lines = run.stdout.trim().split('\n').map((line) => JSON.parse(line))
const operations = lines.filter((l) => l.operation), errors = lines.filter((l) => l.error), tokens = lines.filter((l) => l.token)

test('access tokens are byte for byte those of npm twilio', (t) => {
	const realNow = Date.now
	t.after(() => (Date.now = realNow))
	Date.now = () => NOW_S * 1000
	const { AccessToken } = twilio.jwt
	assert.equal(tokens.length, 32)
	for (const { token, of } of tokens) {
		const theirs = new AccessToken('AC0123456789abcdef0123456789abcdef', 'SK0123456789abcdef0123456789abcdef',
			'a secret of some length: "quoted"', { identity: of.identity, ttl: of.ttl, ...(of.region && { region: of.region }) })
		theirs.addGrant(new AccessToken.VoiceGrant({ incomingAllow: of.incoming,
			...(of.application && { outgoingApplicationSid: of.application }), ...(of.push && { pushCredentialSid: of.push }) }))
		assert.equal(token, theirs.toJwt(), JSON.stringify(of))
	}
})

test('an operation has a name of its own, and only a POST may create', () => {
	assert.equal(new Set(operations.map((o) => o.operation)).size, operations.length)
	for (const o of operations) assert.equal(o.repeat === 'safe', o.method !== 'POST', o.operation)
	// PLANE.md 2.6: never blindly repeated, and naturally idempotent
	const repeatOf = Object.fromEntries(operations.map((o) => [o.operation, o.repeat]))
	for (const name of ['message-create', 'call-create', 'number-create', 'queue-create', 'participant-create'])
		assert.equal(repeatOf[name], 'creating', name)
	for (const name of ['call-update', 'call-recording-update', 'number-update']) assert.equal(repeatOf[name], 'idempotent', name)
})

const DOCUMENTS = { api: 'twilio_api_v2010.json', messaging: 'twilio_messaging_v1.json' }
if (hasSpecs(...Object.values(DOCUMENTS)))
	test('each operation is one of the OpenAPI documents', () => {
		for (const [product, file] of Object.entries(DOCUMENTS)) {
			const { paths } = JSON.parse(fs.readFileSync(path.join(specs, file)))
			const known = new Set()
			for (const [at, item] of Object.entries(paths))
				for (const method of ['get', 'post', 'delete'])
					if (item[method]) known.add(`${method.toUpperCase()} ${at}`)
			for (const o of operations.filter((o) => o.product === product)) {
				const at = o.operation === 'account-fetch' ? o.path.replace('{AccountSid}', '{Sid}') : o.path
				assert.ok(known.has(`${o.method} ${at}`), `${o.operation}: ${o.method} ${at}`)
			}
		}
	})

if (hasSpecs('twilio-magic-numbers.json'))
	test('every code of a magic number has a row', () => {
		const magic = JSON.parse(fs.readFileSync(path.join(specs, 'twilio-magic-numbers.json')))
		const codes = new Set(errors.map((e) => e.error))
		for (const resource of ['messages', 'calls', 'incoming_phone_numbers'])
			for (const rows of Object.values(magic[resource]))
				for (const [, code] of rows) if (code) assert.ok(codes.has(code), `${resource}: ${code}`)
	})
