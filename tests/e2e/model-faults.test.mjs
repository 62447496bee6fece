// SPDX-License-Identifier: MIT
// FAULTS.md 2B: what the model's side can do wrong.  One bystander call must notice nothing.
import assert from 'node:assert/strict'
import http from 'node:http'
import { once } from 'node:events'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import { Bystander, Caller } from './lib/caller.mjs'
import { Model, pcm24 } from './lib/model.mjs'
import { sleep, startRingdown, tempDir, until } from './lib/ringdown.mjs'

let model, ringdown, bystander
const normal = (s) => s.created()
before(async () => {
	model = await new Model().start()
	ringdown = await startRingdown({ modelUrl: model.url })
	bystander = await new Bystander(ringdown, model).begin()
})
after(async () => {
	await bystander?.undisturbed(assert)
	await bystander?.end()
	await ringdown?.stop()
	await model?.stop()
})

const begin = async (options = {}) => {
	const n = model.sessions.length
	const caller = await new Caller(ringdown.url, options).call({ talk: false, ...options })
	const session = await model.session(n, 15000)
	await session.event('session.update')
	return { caller, session, n }
}
const at = (response, item) => ({ response_id: response, item_id: item, output_index: 0, content_index: 0 })

test('F37 error events end nothing', async () => {
	const { caller, session } = await begin()
	for (const code of ['rate_limit_exceeded', 'invalid_value', null, 'response_cancel_not_active'])
		session.send({ type: 'error', error: { type: 'server_error', code, message: 'm', param: null, event_id: null } })
	caller.frame()
	await until(() => session.soundBytes === 960, 'the call did not go on')
	assert.equal(session.closed, false)
	await caller.hangUp()
})

test('F37 a failed response is asked for once more', async () => {
	const { caller, session } = await begin()
	session.send({ type: 'response.created', response: { id: 'resp_f', status: 'in_progress', output: [] } })
	session.send({ type: 'response.done', response: { id: 'resp_f', status: 'failed', status_details: { type: 'failed', error: { type: 'server_error', code: null } }, output: [] } })
	await session.event('response.create')
	await caller.hangUp()
})

test('F39 a burst of a minute in no time is played at its pace and barge-in cuts it exactly', { timeout: 30000 }, async () => {
	const { caller, session } = await begin()
	session.speak(58000, { open: true })
	await until(() => caller.playedNow() >= 8 * 1000, 'nothing is played')
	assert.ok(caller.heardMs < 3000, `${caller.heardMs} ms were sent within the first second`)
	session.speechStarted()
	const truncate = await session.event('conversation.item.truncate')
	assert.ok(Math.abs(truncate.audio_end_ms - caller.clears[0].playedMs) <= 40, `${truncate.audio_end_ms} against ${caller.clears[0].playedMs}`)
	await caller.hangUp()
})

test('F40 bad base64, odd bytes, split samples, empty and huge deltas', async () => {
	const { caller, session } = await begin()
	const ids = at('resp_o', 'item_o')
	const sound = pcm24(600)
	session.send({ type: 'response.created', response: { id: 'resp_o', status: 'in_progress', output: [] } })
	session.send({ type: 'response.output_audio.delta', ...ids, delta: '!!!!' })
	session.send({ type: 'response.output_audio.delta', ...ids, delta: '' })
	for (let i = 0; i < sound.length; i += 4801) session.send({ type: 'response.output_audio.delta', ...ids, delta: sound.subarray(i, i + 4801).toString('base64') })
	session.finish({ response: 'resp_o', item: 'item_o', text: 'odd' })
	await caller.hears(600)
	session.send({ type: 'response.created', response: { id: 'resp_h', status: 'in_progress', output: [] } })
	session.send({ type: 'response.output_audio.delta', ...at('resp_h', 'item_h'), delta: 'A'.repeat(2 << 20) })
	session.finish({ response: 'resp_h', item: 'item_h', text: 'huge' })
	session.speak(200)
	await until(() => caller.heardMs >= 800, 'the call did not go on')
	await ringdown.logged(/model message over 1048576 bytes/)
	await caller.hangUp()
})

test('F41 an event storm leaves other calls alone', async () => {
	const { caller, session } = await begin()
	for (let i = 0; i < 20000; i++) session.send('{"type":"rate_limits.updated","event_id":"e","rate_limits":[]}')
	caller.frame()
	await until(() => session.soundBytes === 960, 'the call did not go on')
	await bystander.undisturbed(assert)
	await caller.hangUp()
})

test('F42 deltas of a response nobody announced after a barge-in are dropped; F43 two at once do not mix', async () => {
	const { caller, session } = await begin()
	session.send({ type: 'response.created', response: { id: 'resp_1', status: 'in_progress', output: [] } })
	session.send({ type: 'response.created', response: { id: 'resp_2', status: 'in_progress', output: [] } })
	for (let i = 0; i < 4; i++) {
		session.send({ type: 'response.output_audio.delta', ...at('resp_1', 'item_1'), delta: pcm24(200).toString('base64') })
		session.send({ type: 'response.output_audio.delta', ...at('resp_2', 'item_2'), delta: pcm24(200).toString('base64') })
	}
	session.finish({ response: 'resp_1', item: 'item_1', text: 'a' })
	session.finish({ response: 'resp_2', item: 'item_2', text: 'b' })
	await until(() => caller.heardMs >= 600, 'nothing is heard')
	await sleep(500)
	const items = caller.texts.filter((t) => t.event === 'mark').map((t) => t.mark.name.split(':')[1])
	const changes = items.filter((v, i) => i > 0 && v !== items[i - 1]).length
	assert.ok(changes <= 1, `items were mixed: ${items}`)
	await caller.hangUp()
})

test('garbage and binary frames of the model are ignored', async () => {
	const { caller, session } = await begin()
	session.socket.send('not json')
	session.socket.send(Buffer.from([1, 2, 3]))
	session.socket.send('{"type":7}')
	caller.frame()
	await until(() => session.soundBytes === 960, 'the call did not go on')
	await caller.hangUp()
})

test('F47 a model that does not read: the oldest sound is dropped, the caller is not', { timeout: 30000 }, async () => {
	const { caller, session } = await begin()
	session.socket.pause()
	for (let i = 0; i < 40; i++) caller.send(caller.mediaMessage(Buffer.alloc(40000, 0xff)))
	await until(async () => (await ringdown.metrics()).queue_drops_total > 0, 'nothing was dropped', 15000)
	session.socket.resume()
	assert.equal(caller.socket.readyState, 1)
	await caller.hangUp()
})

test('F48 expires_at in the past is not believed', async () => {
	model.onSession = (s) => s.created(-1000)
	const { caller, session, n } = await begin({ talk: true })
	model.onSession = normal
	await sleep(500)
	assert.equal(model.sessions.length, n + 1)
	assert.equal(session.closed, false)
	await caller.hangUp()
})

test('F44 tools: unknown names, bad arguments, repeats, slow and failing webhooks', { timeout: 60000 }, async () => {
	const requests = []
	const hook = http.createServer((req, res) => {
		let body = ''
		req.on('data', (d) => (body += d))
		req.on('end', () => {
			requests.push({ url: req.url, headers: req.headers, body: JSON.parse(body) })
			if (req.url === '/slow') return setTimeout(() => res.end('{}'), 5000).unref()
			if (req.url === '/fails') return res.writeHead(500).end('no')
			res.writeHead(200, { 'content-type': 'application/json' }).end('{"weather":"rain"}')
		})
	}).listen(0, '127.0.0.1')
	await once(hook, 'listening')
	const base = `http://127.0.0.1:${hook.address().port}`
	const tool = (name, path, extra = {}) => ({ type: 'function', name, description: name, parameters: { type: 'object', properties: {} }, webhook: { url: base + path, secret_file: 'secret', ...extra } })
	const dir = tempDir()
	fs.mkdirSync(`${dir}/assistants`)
	fs.writeFileSync(`${dir}/assistants/secret`, 'whsec-canary-77\n')
	const r = await startRingdown({
		dir,
		modelUrl: model.url,
		assistants: { default: { instructions: 'x', greeting: '', tools: [tool('weather', '/ok'), tool('slow', '/slow', { timeout_ms: 500, filler: 'One moment please.' }), tool('fails', '/fails'), { type: 'builtin', name: 'transfer_call', targets: { sales: '+15551230001' } }] } },
	})
	const n = model.sessions.length
	const caller = await new Caller(r.url).call()
	const session = await model.session(n)
	await session.event('session.update')
	const output = (id) => until(() => session.events.find((e) => e.item?.type === 'function_call_output' && e.item.call_id === id), `no output of ${id}`)
	const ok = session.callTool('weather', { city: 'Oslo' })
	assert.match((await output(ok)).item.output, /rain/)
	assert.equal(requests[0].body.arguments.city, 'Oslo')
	assert.match(requests[0].headers['webhook-signature'], /^v1,/)
	await until(() => session.of('response.create').length >= 1, 'no response after the tool')
	session.callTool('weather', { city: 'Oslo' }, { callId: ok })
	await sleep(300)
	assert.equal(requests.length, 1, 'a repeated call_id ran again')
	for (const [name, args, pattern] of [['nonesuch', {}, /no tool of this name/], ['weather', '{"city":', /error/], ['fails', {}, /error/], ['slow', {}, /error/], ['transfer_call', { target: 'moon' }, /error/]])
		assert.match((await output(session.callTool(name, args))).item.output, pattern)
	assert.ok(session.of('response.create').some((e) => JSON.stringify(e).includes('One moment please.')), 'no filler')
	assert.equal(r.log.includes('whsec-canary-77'), false)
	await caller.hangUp()
	await r.stop()
	hook.close()
})
