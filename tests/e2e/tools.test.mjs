// SPDX-License-Identifier: MIT
// The assistant's functions: signed HTTPS requests to the operator's server, each with one effect, on threads that no
// call waits for; and where they may never go (FAULTS.md 44, 79).
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Stage } from './lib/stage.mjs'
import { makeCertificate, sleep, tempDir, until } from './lib/ringdown.mjs'

const SECRET = 'whsec-canary-8f3b'

// The operator's server.  What a path does: /ok answers, /slow never does, /late in 1.5 s, the rest fails in its own way.
class Functions {
	async open(dir) {
		this.requests = []
		const { ca, cert, key } = makeCertificate(dir, 'localhost', 'functions')
		this.ca = ca
		this.server = https.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) }, (req, res) => this.take(req, res))
		this.plain = http.createServer((req, res) => this.take(req, res))
		this.connections = 0
		for (const s of [this.server, this.plain]) {
			s.on('connection', () => this.connections++).on('tlsClientError', () => {})
			s.listen(0, '127.0.0.1')
			await once(s, 'listening')
		}
		this.base = `https://localhost:${this.server.address().port}`
		this.plainBase = `http://127.0.0.1:${this.plain.address().port}`
		return this
	}

	async take(req, res) {
		let body = ''
		for await (const d of req) body += d
		this.requests.push({ path: req.url, headers: req.headers, body, at: performance.now() })
		const say = (status, text) => res.writeHead(status, { 'content-type': 'application/json' }).end(text)
		if (req.url === '/ok') say(200, '{"weather":"rain"}')
		else if (req.url === '/late') setTimeout(() => say(200, '{"late":true}'), 1500)
		else if (req.url === '/slow') return
		else if (req.url === '/fails') say(500, 'no')
		else if (req.url === '/elsewhere') res.writeHead(302, { location: '/ok' }).end()
		else if (req.url === '/huge') say(200, 'x'.repeat(100000))
		else req.socket.destroy()
	}

	of(url) {
		return this.requests.filter((r) => r.path === url)
	}

	close() {
		for (const s of [this.server, this.plain]) {
			s.closeAllConnections()
			s.close()
		}
	}
}

const functions = new Functions()
const stage = new Stage()
const dir = tempDir()
const tool = (name, url, extra = {}) => ({ type: 'function', name, description: name, parameters: { type: 'object', properties: {} }, webhook: { url, secret_file: 'secret', ...extra } })
const assistant = (tools) => ({ instructions: 'The name is {{name}}.', greeting: '', tools })

before(async () => {
	await functions.open(dir)
	fs.mkdirSync(path.join(dir, 'assistants'))
	fs.writeFileSync(path.join(dir, 'assistants/secret'), `${SECRET}\n`)
	await stage.open({
		dir,
		assistants: {
			default: assistant([
				tool('weather', `${functions.base}/ok`),
				tool('plain', `${functions.plainBase}/ok`),
				tool('late', `${functions.base}/late`, { filler: 'One moment, please.' }),
				tool('slow', `${functions.base}/slow`, { timeout_ms: 700, filler: 'I am looking.' }),
				tool('hangs', `${functions.base}/slow`, { timeout_ms: 60000 }),
				tool('fails', `${functions.base}/fails`),
				tool('elsewhere', `${functions.base}/elsewhere`),
				tool('huge', `${functions.base}/huge`),
				tool('drops', `${functions.base}/drops`),
				tool('refused', 'https://127.0.0.1:1/'),
				tool('other_name', functions.base.replace('localhost', '127.0.0.1') + '/ok'),
			]),
		},
		config: { tools: { ca_file: functions.ca, workers: 12 } },
	})
})
after(async () => {
	try {
		await stage.close(assert)
	} finally {
		functions.close()
	}
	assert.equal(stage.ringdown.log.includes(SECRET), false, 'the secret is in the log')
})

const output = async (session, id, limitMs) =>
	(await until(() => session.events.find((e) => e.item?.type === 'function_call_output' && e.item.call_id === id), `no output of ${id}`, limitMs)).item.output
const created = (session) => session.of('response.create')

// As a receiver would check it, with the standard's own words (standardwebhooks 1.0.0), the secret being the file's bytes.
function verify({ headers, body }) {
	const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
	const expected = `v1,${crypto.createHmac('sha256', SECRET).update(signed).digest('base64')}`
	assert.equal(headers['webhook-signature'], expected)
	assert.ok(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000) < 60)
}

test('a function is asked over TLS, signed, and its answer goes to the model, which goes on', { timeout: 30000 }, async () => {
	const { caller, session } = await stage.begin()
	const id = session.callTool('weather', { city: 'Troms\u00f8' })
	assert.equal(await output(session, id), '{"weather":"rain"}')
	const [request] = functions.of('/ok').slice(-1)
	verify(request)
	assert.equal(request.headers['webhook-id'], id)
	assert.equal(request.headers['content-type'], 'application/json')
	assert.deepEqual(JSON.parse(request.body), {
		type: 'function_call',
		name: 'weather',
		call_id: id,
		arguments: { city: 'Troms\u00f8' },
		call: { call_sid: caller.callSid, assistant: 'default', caller: '', called: '' },
	})
	await until(() => created(session).length === 1, 'the model is not asked to go on')
	const order = session.events.map((e) => e.type)
	assert.ok(order.lastIndexOf('response.create') > order.lastIndexOf('conversation.item.create'))
	assert.equal(await output(session, session.callTool('plain', {})), '{"weather":"rain"}')
	await caller.hangUp()
})

test('each failure is told to the model, and the log has one line of the call for it', { timeout: 60000 }, async () => {
	const { caller, session } = await stage.begin()
	const cases = [
		['fails', {}, /status 500/],
		['elsewhere', {}, /status 302/],
		['huge', {}, /too large/],
		['drops', {}, /could not be run/],
		['refused', {}, /cannot be reached/],
		['other_name', {}, /could not be run/], // the certificate is of another name
		['slow', {}, /did not answer in time/],
		['weather', '{"city":', /not a JSON object/],
		['weather', '[1]', /not a JSON object/],
	]
	for (const [name, args, pattern] of cases) {
		const id = session.callTool(name, args)
		const text = await output(session, id)
		assert.match(JSON.parse(text).error, pattern, name)
		await stage.oneLine(assert, caller, `tool=${name} call_id=${id} failed`)
	}
	assert.equal(functions.of('/elsewhere').length, 1)
	await caller.hangUp()
})

test('a call_id that is repeated has one effect, also when the model is lost meanwhile', { timeout: 60000 }, async () => {
	const { caller, session } = await stage.begin()
	caller.talk()
	const before = functions.of('/late').length
	const id = session.callTool('late', {})
	session.callTool('late', {}, { callId: id })
	await until(() => functions.of('/late').length > before, 'the function is not asked')
	session.callTool('late', {}, { callId: id })
	session.socket.close(1011, 'gone')
	const again = await until(() => stage.model.sessions.find((s) => s !== session && s.request.url && s.events.some((e) => e.item?.call_id === id)), 'the call is not replayed to the new model')
	assert.match(await output(again, id), /late/)
	again.callTool('late', {}, { callId: id })
	await sleep(500)
	assert.equal(functions.of('/late').length, before + 1, 'it had more than one effect')
	assert.equal(again.events.filter((e) => e.item?.type === 'function_call_output' && e.item.call_id === id).length, 1, 'the output came twice')
	await caller.hangUp()
})

test('the filler is said when a function takes its time, and never waits for it', { timeout: 30000 }, async () => {
	const { caller, session } = await stage.begin()
	const begun = performance.now()
	const id = session.callTool('late', {})
	const filler = await until(() => created(session).find((e) => JSON.stringify(e).includes('One moment, please.')), 'no filler')
	assert.ok(performance.now() - begun < 1400, 'the filler waited for the function')
	assert.ok(filler)
	session.speak(200, { text: 'One moment, please.' })
	await output(session, id)
	await until(() => created(session).length === 2, 'the model is not asked to go on after the filler')
	await caller.hangUp()
})

test('functions that hang delay nobody: the witness, the call itself, and the function of another', { timeout: 60000 }, async () => {
	await stage.witness.watch()
	const hung = await Promise.all([0, 1, 2].map(() => stage.begin()))
	for (const { session } of hung) session.callTool('hangs', {})
	await until(() => functions.of('/slow').length >= 3, 'they are not asked')
	const { caller, session } = await stage.begin()
	assert.match(await output(session, session.callTool('weather', {})), /rain/)
	for (const { session: s, caller: c } of hung) {
		s.speak(200)
		await c.hears(200)
	}
	await sleep(2000)
	await stage.witness.undisturbed(assert, 'functions that hang')
	for (const { caller: c } of hung) await c.hangUp()
	await caller.hangUp()
})

test('nine functions at once: eight run, the ninth is refused, all are answered', { timeout: 60000 }, async () => {
	const { caller, session } = await stage.begin()
	const ids = Array.from({ length: 9 }, (_, i) => session.callTool('late', { i }))
	const outputs = await Promise.all(ids.map((id) => output(session, id, 30000)))
	assert.equal(outputs.filter((o) => /too many functions/.test(o)).length, 1)
	assert.equal(outputs.filter((o) => /late/.test(o)).length, 8)
	await caller.hangUp()
})

test('F79 with the guard on, no private address is asked, however it is spelled', { timeout: 60000 }, async () => {
	const guarded = new Stage()
	const port = functions.server.address().port
	const hosts = ['127.0.0.1', 'localhost', '127.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', '10.0.0.1', '192.168.0.1']
	const own = tempDir()
	fs.mkdirSync(path.join(own, 'assistants'))
	fs.writeFileSync(path.join(own, 'assistants/secret'), SECRET)
	await guarded.open({
		hasWitness: false,
		dir: own,
		assistants: { default: assistant(hosts.map((h, i) => tool(`f${i}`, `https://${h}:${port}/ok`))) },
		config: { security: { allow_private_webhooks: 'no' }, tools: { ca_file: functions.ca } },
	})
	const connections = functions.connections
	const { caller, session } = await guarded.begin()
	for (let i = 0; i < hosts.length; i++) {
		const text = await output(session, session.callTool(`f${i}`, {}))
		assert.match(JSON.parse(text).error, /URL is not allowed/, hosts[i])
	}
	assert.equal(functions.connections, connections, 'something was connected to')
	assert.equal(guarded.ringdown.lines(/private or special address/).length, hosts.length)
	await caller.hangUp()
	await guarded.close(assert)
})

test('F50 a stop does not wait for a function that hangs', { timeout: 60000 }, async () => {
	const other = new Stage()
	const own = tempDir()
	fs.mkdirSync(path.join(own, 'assistants'))
	fs.writeFileSync(path.join(own, 'assistants/secret'), SECRET)
	await other.open({ hasWitness: false, dir: own, assistants: { default: assistant([tool('hangs', `${functions.plainBase}/slow`, { timeout_ms: 60000 })]) }, config: { tools: { workers: 4 } } })
	const { session } = await other.begin()
	const before = functions.of('/slow').length
	for (let i = 0; i < 6; i++) session.callTool('hangs', {}) // more than there are workers
	await until(() => functions.of('/slow').length >= before + 4, 'they are not asked')
	const begun = performance.now()
	assert.equal(await other.ringdown.stop(), 0)
	assert.ok(performance.now() - begun < 10000, `it took ${performance.now() - begun} ms`)
	assert.equal(functions.of('/slow').length, before + 4, 'a function that waited was begun at the end')
	await other.model.stop()
})
