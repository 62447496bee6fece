// SPDX-License-Identifier: MIT
// Every document of tests/ivr/*.txt against the grammar of Twilio's own library; the JSON Schema of flows against the flows there are.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import Ajv2020 from 'ajv/dist/2020.js'
import { program, root } from './lib/ringdown.mjs'
import { hasSpecs } from './lib/specs.mjs'
import { grammarFaults, limitFaults, loadGrammar, parse } from './twilio/twiml.mjs'

const dir = path.join(root, 'tests/ivr')
const run = (...args) => {
	const r = spawnSync(program('ivr_golden'), args, { encoding: 'utf8', maxBuffer: 1 << 26 })
	assert.equal(r.status, 0, r.stderr)
	return r.stdout
}
const texts = fs.readdirSync(dir).filter((f) => f.endsWith('.txt')).map((f) => path.join(dir, f))
const documents = run('--dump', ...texts).trim().split('\n').map((line) => JSON.parse(line))

test('every verb a flow can put is in a document', () => {
	const all = documents.map((d) => d.document).join('')
	for (const verb of ['Say', 'Play', 'Pause', 'Gather', 'Dial', 'Number', 'Client', 'Identity', 'Enqueue', 'Leave', 'Record', 'Recording', 'Transcription', 'Connect', 'Stream', 'Parameter', 'Redirect', 'Reject', 'Hangup'])
		assert.ok(all.includes(`<${verb}`), verb)
	assert.ok(documents.length > 100, `${documents.length} documents`)
})

if (hasSpecs('twiml-grammar.json'))
	test('every document keeps the grammar', () => {
		const { voice, root: roots } = loadGrammar()
		for (const d of documents) {
			const tree = parse(d.document)
			assert.equal(tree.length, 1, d.document)
			assert.deepEqual(grammarFaults(voice, roots.voice, tree[0]), [], `${d.file}: ${d.step}`)
			assert.deepEqual(limitFaults(d.document, tree[0]), [], `${d.file}: ${d.step}`)
		}
		for (const bad of ['<Response><Gather input="dtmf smell"/></Response>', '<Response><Dial><Say>x</Say></Dial></Response>'])
			assert.notDeepEqual(grammarFaults(voice, roots.voice, parse(bad)[0]), [], bad)
	})

test('the schema takes the flows there are, shorthand and all, and refuses what is none', () => {
	const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: false }).compile(JSON.parse(run('--schema')))
	const flows = fs.readdirSync(path.join(dir, 'flows')).map((f) => JSON.parse(fs.readFileSync(path.join(dir, 'flows', f), 'utf8')))
	for (const flow of flows) assert.ok(validate(flow), `${flow.name}: ${JSON.stringify(validate.errors)}`)
	const welcome = flows.find((f) => f.name === 'welcome')
	const wrong = (change) => {
		const flow = structuredClone(welcome)
		change(flow)
		assert.ok(!validate(flow), change.toString())
	}
	wrong((f) => delete f.entry)
	wrong((f) => (f.colour = 'red'))
	wrong((f) => (f.nodes.main.timeout = 2))
	wrong((f) => (f.nodes.main.options = []))
	wrong((f) => (f.nodes.main.options[0].digit = 'A'))
	wrong((f) => (f.nodes.main.prompt = { say: 'a', play: 'b' }))
	wrong((f) => (f.nodes.bye.type = 'shout'))
	wrong((f) => (f.nodes.sms.to = 'nobody'))
	wrong((f) => (f.nodes['no blanks'] = { type: 'hangup' }))
	wrong((f) => (f.settings.language = 'xx'))
})
