// SPDX-License-Identifier: MIT
// The beta dialect from end to end, before a model of the tests' own and before modelsim; and the stages on the
// caller's sound that an assistant may ask for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Caller, FRAME } from './lib/caller.mjs'
import { Model } from './lib/model.mjs'
import { sleep, startRingdown, until } from './lib/ringdown.mjs'
import { startModelsim } from './lib/simulators.mjs'

const assistants = {
	default: { instructions: 'Speak.', greeting: 'Good day.', voice: 'sage', turn_detection: { type: 'server_vad', threshold: 0.4 }, noise_reduction: 'near_field', tools: [{ type: 'builtin', name: 'end_call' }] },
	plain: { instructions: 'Speak.', greeting: '', audio: 'pcmu' },
}
const beta = { config: { model: { dialect: 'beta' } }, assistants }
const items = (session) => session.of('conversation.item.create').map((e) => e.item)

async function withBeta(work) {
	const model = await new Model({ dialect: 'beta' }).start()
	const r = await startRingdown({ ...beta, modelUrl: model.url })
	try {
		await work(model, r)
	} finally {
		await r.stop()
		await model.stop()
	}
}

test('beta: header, session, sound both ways, words, barge-in', { timeout: 30000 }, () =>
	withBeta(async (model, r) => {
		const caller = await new Caller(r.url).call()
		const session = await model.session()
		assert.equal(session.request.headers['openai-beta'], 'realtime=v1')
		const { session: s } = await session.event('session.update')
		assert.equal(s.type, undefined)
		assert.deepEqual(s.modalities, ['audio', 'text'])
		assert.equal(s.input_audio_format, 'pcm16')
		assert.equal(s.output_audio_format, 'pcm16')
		assert.equal(s.voice, 'sage')
		assert.equal(s.turn_detection.threshold, 0.4)
		assert.deepEqual(s.input_audio_noise_reduction, { type: 'near_field' })
		assert.equal(s.tools[0].name, 'end_call')
		assert.equal(s.audio, undefined)
		const wish = await session.event('response.create')
		assert.match(wish.response.instructions, /^Speak\.\n\n.*Good day\.$/s)
		await until(() => session.soundBytes >= 960 * 20, 'the caller is not heard')
		session.speak(400, { text: 'Good day.' })
		await caller.hears(400)
		await until(() => caller.queue.length === 0 && !caller.playing, 'the greeting is not heard')
		session.callerSays('count for me')
		const { item } = session.speak(5000, { text: 'one two three four five six', open: true })
		await until(() => caller.playedNow() >= 8 * 1400, 'nothing is heard')
		session.speechStarted()
		const truncate = await session.event('conversation.item.truncate')
		assert.equal(truncate.item_id, item)
		assert.equal(caller.clears.length, 1)
		await caller.hangUp()
		const doc = await until(() => {
			try {
				const d = r.transcript(caller.callSid)
				return d.status !== 'live' && d
			} catch {
				return undefined
			}
		}, 'no transcript')
		assert.deepEqual(doc.turns.filter((t) => t.kind === 'assistant').map((t) => t.interrupted), [false, true])
	}))

test('beta: a session that ends is replayed in its words, mu-law passes through', { timeout: 30000 }, () =>
	withBeta(async (model, r) => {
		const caller = await new Caller(r.url, { path: '/simple-voice/stream/default/plain' }).call()
		const session = await model.session()
		const { session: s } = await session.event('session.update')
		assert.equal(s.input_audio_format, 'g711_ulaw')
		session.callerSays('hello')
		session.speak(200, { text: 'hello yourself', pcmu: true })
		await caller.hears(200)
		await until(() => caller.queue.length === 0 && !caller.playing, 'it is not heard')
		session.socket.close(1001, 'bye')
		const second = await model.session(1)
		await until(() => items(second).length === 2, 'no replay')
		assert.deepEqual(items(second).map((i) => [i.role, i.content[0].type, i.content[0].text]), [['user', 'input_text', 'hello'], ['assistant', 'text', 'hello yourself']])
		await until(() => second.appends > 10, 'no sound')
		await caller.hangUp()
	}))

for (const dialect of ['ga', 'beta'])
	test(`${dialect}: before modelsim a turn of the caller is answered, and so is the next, after a session that broke`, { timeout: 60000 }, async () => {
		const sim = await startModelsim(['--listen', '127.0.0.1:0', '--seconds', 60, '--dialect', dialect, '--mode', 'speech', '--answer-ms', 600, '--fault', 'close:1011:5000@1'])
		const r = await startRingdown({ modelUrl: sim.url, config: { model: { dialect } }, assistants: { default: { instructions: 'x', greeting: '' } } })
		const caller = await new Caller(r.url).call({ talk: false })
		const say = async (ms, byte) => {
			for (let i = 0; i < ms / 20; i++) {
				caller.frame(byte === undefined ? (i % 2 ? 0x20 : 0xa0) : byte)
				await sleep(20)
			}
		}
		for (let turn = 1; turn <= 2; turn++) {
			await say(1000)
			await say(1500, 0xff)
			await until(() => caller.heardMs >= 500 * turn, `turn ${turn} was not answered, ${caller.heardMs} ms heard; ${r.log.slice(-2000)}`)
			if (turn === 1) {
				for (let i = 0; r.lines(/model reconnected/).length === 0 && i < 400; i++) await say(20, 0xff)
				assert.equal(r.lines(/model closed code=1011/).length, 1)
			}
		}
		assert.equal(r.lines(/model error|not an event/).length, 0, r.log)
		await caller.hangUp()
		await r.stop()
		await sim.stop()
	})

test('enhance: steady noise reaches the model 6 dB weaker at least, the line is otherwise as it was', { timeout: 60000 }, async () => {
	const model = await new Model({ onSound: (s, bytes) => (s.sound = Buffer.concat([s.sound ?? Buffer.alloc(0), bytes])) }).start()
	const r = await startRingdown({ modelUrl: model.url, assistants: { default: { instructions: 'x', greeting: '' }, clean: { instructions: 'x', greeting: '', enhance: ['denoise'] } } })
	const power = async (path, n) => {
		const caller = await new Caller(r.url, { path }).call({ talk: false })
		const session = await model.session(n)
		await session.event('session.update')
		let seed = 1
		for (let i = 0; i < 200; i++) {
			const noise = Buffer.alloc(FRAME)
			for (let k = 0; k < FRAME; k++) {
				seed = (seed * 1103515245 + 12345) & 0x7fffffff
				noise[k] = 0xe0 - ((seed >> 16) & 0x8f)
			}
			caller.send(caller.mediaMessage(noise))
		}
		await until(() => session.sound?.length >= 200 * 960, 'not all of it came')
		await caller.hangUp()
		const last = session.sound.subarray(-50 * 960)
		let sum = 0
		for (let i = 0; i < last.length; i += 2) sum += last.readInt16LE(i) ** 2
		return 10 * Math.log10(sum / (last.length / 2))
	}
	const asItIs = await power('/media-stream', 0)
	const clean = await power('/simple-voice/stream/default/clean', 1)
	assert.ok(asItIs - clean >= 6, `${asItIs.toFixed(1)} dB as it is, ${clean.toFixed(1)} dB denoised`)
	await r.stop()
	await model.stop()
})
