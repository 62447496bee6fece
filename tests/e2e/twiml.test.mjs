// SPDX-License-Identifier: MIT
// Every TwiML document the plane can answer, as plane_dump writes them, against the grammar of Twilio's own library and
// against that library itself.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import twilio from 'twilio'
import { program, tempDir } from './lib/ringdown.mjs'
import { hasSpecs } from './lib/specs.mjs'
import { grammarFaults, loadGrammar, parse as readTwiml } from './twilio/twiml.mjs'

const NAMES = ['busy', 'come-back', 'come-back-after', 'come-back-again', 'connect', 'connect-custom', 'dial', 'fallback', 'hangup', 'nothing', 'resume', 'sorry']
const PUBLIC = 'https://voice.example.com'
const dir = tempDir()
fs.writeFileSync(path.join(dir, 'default.json'), JSON.stringify({ instructions: 'x' }))
const run = spawnSync(program('plane_dump'), [dir], { encoding: 'utf8' })
assert.equal(run.status, 0, run.stderr)
const documents = run.stdout.trim().split('\n').map((line) => JSON.parse(line))

const parse = (xml) => {
	try {
		return readTwiml(xml)
	} catch (e) {
		assert.fail(`${e.message}: ${xml}`)
	}
}

test('every kind of document is in the dump, for every kind of caller', () => {
	const seen = new Set(documents.map((d) => d.name))
	assert.deepEqual([...seen].sort(), NAMES)
	assert.ok(new Set(documents.map((d) => d.caller)).size >= 5)
})

const check = (classes, key, node, at) => assert.deepEqual(grammarFaults(classes, key, node, at), [], at)

if (hasSpecs('twiml-grammar.json'))
	test('every document keeps the grammar', () => {
		const { voice, root } = loadGrammar()
		for (const d of documents) {
			const tree = parse(d.document)
			assert.equal(tree.length, 1, d.document)
			check(voice, root.voice, tree[0], d.name)
		}
		// ... and the check itself can fail.
		for (const bad of ['<Response><Stream/></Response>', '<Response><Pause length="x"/></Response>', '<Response><Reject reason="tired"/></Response>', '<Response>text</Response>', '<Response><Dial answer="true"/></Response>'])
			assert.throws(() => check(voice, root.voice, parse(bad)[0], 'bad'), undefined, bad)
	})

const action = (query, file = 'after') => `${PUBLIC}/connect/webhook/twilio/${file}?${query}`
function connect(r, n, parameters) {
	const stream = r.connect({ action: action(`n=${n}`), method: 'POST' }).stream({
		url: 'wss://voice.example.com/simple-voice/stream/default/default',
		statusCallback: `${PUBLIC}/connect/webhook/twilio/status`,
		statusCallbackMethod: 'POST',
	})
	for (const [name, value] of parameters) stream.parameter({ name, value })
	r.redirect({ method: 'POST' }, action(`n=${n}`))
}
const SORRY = 'We are sorry. The assistant cannot be reached right now. Please call again later.'

// The same document in the words of Twilio's library.
const builders = {
	connect: (r, p) => connect(r, 1, p),
	resume: (r, p) => connect(r, 2, p),
	sorry: (r) => (r.say(SORRY), r.hangup()),
	fallback: (r) => {
		r.say('We are sorry. The assistant cannot be reached. You are being connected with a person.')
		r.dial({ action: action('fallback=1'), method: 'POST', answerOnBridge: true }).number('+15551230009')
	},
	dial: (r) => r.dial({ action: action('dial=2'), method: 'POST', answerOnBridge: true }).number('+15551230001'),
	hangup: (r) => r.hangup(),
	nothing: () => {},
	'come-back': (r) => (r.say('One moment, please.'), r.pause({ length: 2 }), r.redirect({ method: 'POST' }, action('wait=1', 'voice'))),
	'come-back-again': (r) => (r.pause({ length: 2 }), r.redirect({ method: 'POST' }, action('wait=2', 'voice'))),
	'come-back-after': (r) => (r.say('One moment, please.'), r.pause({ length: 2 }), r.redirect({ method: 'POST' }, action('wait=1&n=2'))),
	busy: (r) => r.reject({ reason: 'busy' }),
}

const parametersOf = (tree) => {
	const found = []
	const walk = (n) => (n.name === 'Parameter' ? found.push([n.attributes.name, n.attributes.value]) : n.children?.forEach(walk))
	tree.forEach(walk)
	return found
}

test('every document is what the twilio package would write', () => {
	for (const d of documents.filter((x) => builders[x.name])) {
		const ours = parse(d.document)
		const r = new twilio.twiml.VoiceResponse()
		builders[d.name](r, parametersOf(ours))
		assert.deepEqual(ours, parse(r.toString()), d.name)
	}
	const left = NAMES.filter((n) => !builders[n])
	assert.deepEqual(left, ['connect-custom'])
})

test('a stream is told who calls, in characters XML may hold, and what the operator put into the URL', () => {
	for (const d of documents.filter((x) => ['connect', 'connect-custom', 'resume'].includes(x.name))) {
		const parameters = Object.fromEntries(parametersOf(parse(d.document)))
		assert.match(parameters.token, /^v1\./)
		assert.equal(parameters.called, '+15550199')
		// eslint-disable-next-line no-control-regex
		assert.equal(parameters.caller, d.caller.replace(/[\u0001\u0002\ufffe\ufffd]/g, ''))
		if (d.name !== 'connect-custom') continue
		assert.equal(parameters.campaign, 'spring <')
		assert.equal(parameters.b, '1')
		assert.ok(d.document.includes(`?n=1&amp;campaign=spring%20%3C&amp;b=1"`), d.document)
	}
})
