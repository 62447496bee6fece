// SPDX-License-Identifier: MIT
// Every message ringdown can write, as wire_dump writes them, against the schemas of those who read them.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import Ajv from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { program } from './lib/ringdown.mjs'
import { hasSpecs, specs } from './lib/specs.mjs'

const files = {
	ga: 'openai-realtime.schema.json',
	beta: 'openai-realtime-beta.schema.json',
	twilio: 'twilio-media-streams.schema.json',
}
const isThere = hasSpecs(...Object.values(files))

// What a schema does not name, a server may refuse, but JSON Schema lets pass: every object is closed.
function close(node) {
	if (Array.isArray(node)) return node.map(close)
	if (node === null || typeof node !== 'object') return node
	const closed = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, close(value)]))
	if (node.properties && node.type === 'object' && !('additionalProperties' in node)) closed.additionalProperties = false
	return closed
}

// Two faults of the beta schema: session.update is given the answer of POST /sessions, with a client_secret in it; and
// items are GA's, where an assistant's text is "output_text" (beta calls it "text": the migration guide).
function mendBeta(defs) {
	defs.RealtimeBetaClientEventSessionUpdate.properties.session = { $ref: '#/$defs/RealtimeSession' }
	defs.RealtimeConversationItemMessageAssistant.properties.content.items.properties.type.enum = ['text']
}

// What clients send, as each of the three schemas has it.
function validators() {
	const compile = (name, choose) => {
		const ajv = new Ajv({ strict: false, allErrors: false })
		addFormats(ajv)
		ajv.addFormat('unixtime', true)
		const schema = close(JSON.parse(fs.readFileSync(path.join(specs, files[name]), 'utf8')))
		if (name === 'beta') mendBeta(schema.$defs)
		schema.$id = `https://ringdown.invalid/${name}.json`
		ajv.addSchema(schema)
		const refs = choose(Object.keys(schema.$defs)).map((def) => ({ $ref: `${schema.$id}#/$defs/${def}` }))
		assert.ok(refs.length > 0, `${name}: no definitions`)
		// One at a time, chosen by the message's type: an error then names the field and not the whole union.
		const byType = new Map()
		for (const ref of refs) {
			const def = schema.$defs[ref.$ref.split('/').at(-1)]
			const type = def.properties.type ?? def.properties.event
			for (const value of type.enum ?? [type.const]) byType.set(value, ajv.compile(ref))
		}
		return (message) => {
			const validate = byType.get(message.type ?? message.event)
			if (!validate) return 'no such message'
			return validate(message) ? null : ajv.errorsText(validate.errors)
		}
	}
	return {
		ga: compile('ga', (names) => names.filter((name) => name.startsWith('RealtimeClientEvent') && name !== 'RealtimeClientEvent')),
		beta: compile('beta', (names) => names.filter((name) => name.startsWith('RealtimeBetaClientEvent'))),
		twilio: compile('twilio', (names) => names.filter((name) => name.endsWith('_out'))),
	}
}

function dump() {
	const run = spawnSync(program('wire_dump'), { encoding: 'utf8', maxBuffer: 1 << 28 })
	assert.equal(run.status, 0, run.stderr)
	return run.stdout.trimEnd().split('\n').map((line) => JSON.parse(line))
}

const written = {
	ga: ['session.update', 'input_audio_buffer.append', 'response.create', 'response.cancel', 'conversation.item.truncate',
		'conversation.item.delete', 'conversation.item.create'],
	twilio: ['media', 'mark', 'clear'],
}
written.beta = written.ga

for (const name of isThere ? Object.keys(files) : []) {
	test(`every message written validates: ${files[name]}`, () => {
		const validate = validators()[name]
		const lines = dump().filter(({ schema }) => schema === name)
		const kinds = new Set(lines.map(({ message }) => message.type ?? message.event))
		assert.deepEqual([...kinds].sort(), [...written[name]].sort())
		for (const { message } of lines) {
			const error = validate(message)
			assert.equal(error, null, `${error}\n${JSON.stringify(message).slice(0, 2000)}`)
		}
	})
}

if (isThere)
	test('the check itself finds a wrong message', () => {
		const { ga, beta, twilio } = validators()
		assert.notEqual(ga({ type: 'response.cancel', response: 'x' }), null)
		assert.notEqual(ga({ type: 'session.update', session: { type: 'realtime', audio: { input: { format: 'pcm16' } } } }), null)
		assert.notEqual(ga({ type: 'session.update', session: { type: 'realtime', voice: 'marin' } }), null)
		assert.notEqual(beta({ type: 'session.update', session: { input_audio_format: 'audio/pcm' } }), null)
		assert.notEqual(twilio({ event: 'clear', streamSid: 'MZ1', more: 1 }), null)
		assert.notEqual(twilio({ event: 'mark', streamSid: 'MZ1', mark: {} }), null)
	})
