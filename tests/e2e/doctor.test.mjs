// SPDX-License-Identifier: MIT
// ringdown doctor: what it looks at, what it says of it, and that its status tells whether a caller would get through.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { answer, Model } from './lib/model.mjs'
import { program, startRingdown, tempDir } from './lib/ringdown.mjs'

let model, ringdown, good
const dir = tempDir()
before(async () => {
	model = await new Model().start()
	good = certificate('localhost', 90, 'good')
	ringdown = await startRingdown({ dir, modelUrl: model.url })
})
after(async () => {
	await ringdown?.stop()
	await model?.stop()
})

// The service here speaks plain: doctor looks at the file, and asks the public URL by http.
function certificate(name, days, base) {
	const run = (...args) => {
		const r = spawnSync('openssl', args, { cwd: dir, encoding: 'utf8' })
		assert.equal(r.status, 0, r.stderr)
	}
	run('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${base}.key`, '-out', `${base}.csr`)
	fs.writeFileSync(path.join(dir, `${base}.ext`), `subjectAltName=DNS:${name}\nbasicConstraints=critical,CA:TRUE\n`)
	run('x509', '-req', '-in', `${base}.csr`, '-signkey', `${base}.key`, '-days', String(days), '-extfile', `${base}.ext`, '-out', `${base}.pem`)
	return { cert: path.join(dir, `${base}.pem`), key: path.join(dir, `${base}.key`) }
}

// What it says under these other values of the configuration, { SERVER_TLS_CERT: ... }.
async function doctor(values = {}) {
	const always = { SERVER_PUBLIC_URL: `http://localhost:${ringdown.port}`, SECURITY_REQUIRE_SIGNATURE: 'yes', ...values }
	const env = Object.fromEntries(Object.entries(always).map(([key, value]) => [`RINGDOWN_${key}`, value]))
	const child = spawn(program('ringdown'), ['doctor', '--config', ringdown.file], { env })
	let text = ''
	for (const s of [child.stdout, child.stderr]) s.on('data', (d) => (text += d))
	const [status] = await once(child, 'close')
	return { status, text, has: (pattern) => assert.match(text, pattern), fails: text.split('\n').filter((l) => l.startsWith('FAIL')) }
}

const served = (pair, values) => doctor({ SERVER_TLS_CERT: pair.cert, SERVER_TLS_KEY: pair.key, ...values })

test('all is well: every look says ok, and the URLs for Twilio are there', async () => {
	const d = await served(good)
	assert.deepEqual(d.fails, [], d.text)
	assert.equal(d.status, 0)
	for (const what of ['configuration', 'records', 'model DNS', 'model socket', 'public DNS', 'certificate', 'public URL', 'Twilio']) d.has(new RegExp(`^ok {4}${what}: `, 'm'))
	d.has(/certificate: .*good\.pem is for localhost, (89|90) days to go/)
	d.has(new RegExp(`POST http://localhost:${ringdown.port}/connect/webhook/twilio/voice`))
	d.has(/^warn {2}public URL: Twilio opens media streams over TLS only/m)
	d.has(new RegExp(`wss://localhost:${ringdown.port}/media-stream`))
})

test('a certificate that ends within 14 days is a warning, no failure', async () => {
	const d = await served(certificate('localhost', 13, 'short'))
	d.has(/^warn {2}certificate: .*short\.pem expires in 1[23] days: renew it/m)
	assert.equal(d.status, 0, d.text)
})

test('a certificate that has expired, of another host, of another key: a caller would not get through', async () => {
	const other = certificate('elsewhere.example', 90, 'other')
	for (const [pair, words] of [
		[certificate('localhost', -1, 'old'), /^FAIL {2}certificate: .*old\.pem has expired/m],
		[other, /^FAIL {2}certificate: .*other\.pem is not for localhost, the host of \[server\] public_url/m],
		[{ cert: good.cert, key: other.key }, /\[server\] tls_key = .*key values mismatch\nFAIL {2}configuration: /],
	]) {
		const d = await served(pair)
		assert.match(d.text, words)
		assert.equal(d.fails.length, 1, d.text)
		assert.equal(d.status, 1)
	}
})

test('without TLS of our own there is no certificate to look at', async () => {
	const d = await doctor()
	assert.doesNotMatch(d.text, / certificate: /)
})

test('what stands in the way is told, each with what to do', async () => {
	for (const [values, words] of [
		[{ SERVER_PUBLIC_URL: 'https://localhost:1' }, /^FAIL {2}public URL: /m],
		[{ SERVER_PUBLIC_URL: `http://localhost:${ringdown.port}/elsewhere` }, /^FAIL {2}(public URL: .*\/healthz answers 404|configuration)/m],
		[{ MODEL_URL: 'ws://nowhere.invalid/v1/realtime' }, /^FAIL {2}model DNS: the name nowhere\.invalid is not found/m],
		[{ MODEL_URL: 'ws://127.0.0.1:1/v1/realtime' }, /^FAIL {2}model socket: /m],
		[{ RECORD_DIR: '/nonexistent' }, /^FAIL {2}records: \/nonexistent: /m],
	]) {
		const d = await doctor(values)
		assert.match(d.text, words)
		assert.equal(d.status, 1, d.text)
	}
	const open = await doctor({ SECURITY_REQUIRE_SIGNATURE: 'no' })
	open.has(/^warn {2}Twilio: require_signature = no/m)
})

test('the answers of a model that refuses are told in words', async () => {
	for (const [status, words] of [[401, /the key is refused/], [404, /no such model or path/], [429, /quota/], [200, /names no Realtime socket/]]) {
		model.onUpgrade = answer(status)
		const d = await doctor()
		assert.match(d.text, new RegExp(`^FAIL {2}model socket: status ${status}.*${words.source}`, 'm'))
		assert.equal(d.status, 1)
	}
	model.onUpgrade = undefined
})
