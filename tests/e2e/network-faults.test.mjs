// SPDX-License-Identifier: MIT
// FAULTS.md 3A, 24 and 31: callers at the end of a bad road, and one that is cut off.  The witness is on a good one.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import { pcm24 } from './lib/model.mjs'
import { RemoteCaller } from './lib/remote-caller.mjs'
import { HERE, isInOwnNetwork, Road } from './lib/road.mjs'
import { freePort, sleep, until } from './lib/ringdown.mjs'
import { Stage } from './lib/stage.mjs'

const stage = new Stage()
const road = new Road()
let port

// A call from the far end of the road, once it is heard.
async function farCall(name) {
	const caller = new RemoteCaller(`http://${HERE}:${port}`, { callSid: name, parameters: { name } }, road.prefix)
	await caller.begin()
	const session = await stage.model.sessionOf(name, 20000)
	await until(() => session.appends > 10, 'the far caller is not heard', 20000)
	return { caller: Object.assign(caller, { callSid: name }), session }
}

// How often a frame came further from its place than so many seconds.
const jitterOver = (buckets, seconds) => buckets.Infinity - Math.min(...Object.entries(buckets).filter(([le]) => Number(le) >= seconds).map(([, n]) => n))

// Says `ms` at once; what the caller hears of it is paced by the marks that come back over the road.
function say(session, ms, name) {
	const at = { response_id: `resp_${name}`, item_id: `item_${name}`, output_index: 0, content_index: 0 }
	session.send({ type: 'response.created', response: { id: at.response_id, object: 'realtime.response', status: 'in_progress', output: [] } })
	for (let said = 0; said < ms; said += 200) session.send({ type: 'response.output_audio.delta', ...at, delta: pcm24(200).toString('base64') })
}

if (isInOwnNetwork(fileURLToPath(import.meta.url), test, assert)) {
	before(async () => {
		await road.open()
		port = await freePort()
		await stage.open({ port, config: { server: { listen: `127.0.0.1:${port} ${HERE}:${port}` } } })
	})
	after(async () => {
		try {
			await stage.close(assert)
		} finally {
			road.close()
		}
	})

	test('F24 half-open: the road is cut without a word; calls are given up within 15 s, and their sockets are let go', { timeout: 60000 }, async () => {
		const before = (await stage.ringdown.metrics()).connections_live
		const silent = await farCall('CAhalfopen24')
		const dead = await farCall('CAhalfopen25')
		await road.set({ isCut: true })
		dead.caller.peer.kill('SIGKILL') // its FIN never arrives
		const cutAt = performance.now()
		for (const { caller, session } of [silent, dead]) {
			await until(() => session.closed, 'the model leg stays', 17000)
			assert.ok(performance.now() - cutAt < 16500, `given up after ${performance.now() - cutAt} ms`)
			await stage.oneLine(assert, caller, 'caller silent for 5000 ms, pinged')
			await until(() => stage.lines(caller, ' end why=lost ').length === 1, 'the socket of the lost call is not let go', 17000)
		}
		await until(async () => (await stage.ringdown.metrics()).connections_live <= before, 'a socket stays', 17000)
		await stage.witness.undisturbed(assert, 'a cut road')
		await road.set()
		silent.caller.peer.kill()
	})

	// Loss makes TCP stand still for a round trip or more, and the narrow rate is less than the sound needs both ways
	// (a call is 2 x 107 kbit/s of JSON): sound may come late, but none of it twice, or of the wrong place.
	for (const [name, weather, isEnough] of [
		['200 ms, give or take 100', { delayMs: 200, jitterMs: 100 }, true],
		['5 % loss at 40 ms', { delayMs: 40, jitterMs: 5, lossPermille: 50 }, true],
		['64 kbit/s', { delayMs: 50, rateKbit: 64 }, false],
		['200 ms, give or take 100, 5 % loss, 300 kbit/s', { delayMs: 200, jitterMs: 100, lossPermille: 50, rateKbit: 300 }, false],
	])
		test(`F31 ${name}: late, but whole and in step`, { timeout: 90000 }, async () => {
			const callSid = `CAweather${name.replace(/\W/g, '')}`.slice(0, 30)
			const { caller, session } = await farCall(callSid)
			session.frames = []
			stage.model.onSound = (s, bytes) => s.frames?.push(bytes.length)
			const calm = jitterOver((await stage.ringdown.metrics()).buckets.caller_jitter_seconds, 0.005)
			const wasCarried = await road.set(weather)
			say(session, 20000, callSid)
			await sleep(5000)
			const heard = await caller.ask('report')
			assert.equal(heard.code, undefined, `the call was lost: ${heard.code}`)
			assert.ok(heard.messages > 5, `${heard.messages} messages of sound arrived`)
			session.speechStarted()
			await until(async () => (await caller.ask('report')).clears === 1, 'clear does not arrive', 15000)
			const { carried, lost } = await road.set()
			if (weather.jitterMs) assert.ok(jitterOver((await stage.ringdown.metrics()).buckets.caller_jitter_seconds, 0.005) > calm, 'no jitter is told')
			if (weather.lossPermille) assert.ok(lost > wasCarried.lost, 'nothing was lost: that is no bad road')
			assert.ok(carried > wasCarried.carried)
			const { frames } = await caller.ask('quiet')
			const came = () => session.soundBytes / 960
			await until(() => came() >= frames || !isEnough, `${frames} frames were sent, ${came()} came`, 20000)
			assert.ok(came() <= frames, `${came()} frames came of ${frames}: some are doubled`)
			assert.ok(session.frames.every((n) => n % 960 === 0), 'a frame was cut')
			await caller.end()
			await stage.oneLine(assert, caller, ' end why=stop ')
			await stage.witness.undisturbed(assert, name)
		})
}
