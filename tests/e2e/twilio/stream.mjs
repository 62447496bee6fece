// SPDX-License-Identifier: MIT
// <Connect><Stream>: the stream itself is callsim's (bench/callsim), which speaks, listens and counts as a phone does; or a
// function of the script.  Afterwards Twilio asks the action (twilio.com/docs/voice/twiml/connect, read 2026-11-23).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { Interrupt } from './leg.mjs'
import { makeSid } from './sids.mjs'
import { elements } from './twiml.mjs'

const DEFAULT_S = 20
const NAMES = ['callsim', 'ringdown-callsim']

// The program: named, beside RINGDOWN_BIN's, or in the PATH.
export function findCallsim(named) {
	if (named) return named
	const folders = [process.env.RINGDOWN_BIN, ...(process.env.PATH ?? '').split(path.delimiter)].filter(Boolean)
	return folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name))).find((file) => fs.existsSync(file))
}

function commandOf(leg, stream, script) {
	const url = new URL(stream.url)
	const dialled = leg.phone.reach(new URL(stream.url.replace(/^ws/, 'http')))
	const local = `${dialled.protocol.replace('http', 'ws')}//${dialled.host}${url.pathname}`
	return [
		'--url',
		local,
		'--public-url',
		stream.url,
		'--signature-token',
		leg.account.authToken,
		'--account',
		leg.account.sid,
		'--call-sid',
		leg.sid,
		'--stream-sid',
		stream.sid,
		'--from',
		leg.from,
		'--to',
		leg.to,
		'--seconds',
		String(script.seconds ?? DEFAULT_S),
		...Object.entries(stream.parameters).flatMap(([name, value]) => ['--parameter', `${name}=${value}`]),
		...(script.args ?? []).map(String),
	]
}

// {isEndedByServer, report} or {error: Twilio's code}
async function runCallsim(leg, stream, script) {
	const program = findCallsim(leg.fake.options.callsim)
	if (!program) throw new Error('callsim is not there: set RINGDOWN_BIN to the folder of the built programs')
	const child = spawn(program, commandOf(leg, stream, script), { stdio: ['ignore', 'pipe', 'pipe'] })
	let out = '',
		errors = ''
	child.stdout.on('data', (d) => (out += d))
	child.stderr.on('data', (d) => (errors += d))
	const ended = once(child, 'close')
	try {
		await leg.race(ended)
	} catch (e) {
		child.kill('SIGTERM')
		await ended
		throw e
	}
	const report = out ? JSON.parse(out) : {}
	if (!report.connected) return { error: report.refused ? 31920 : 31902, report, errors }
	return { isEndedByServer: report.ended_by_bridge > 0, report }
}

function read(node) {
	const stream = elements(node).find((c) => c.name === 'Stream')
	if (!stream) return undefined
	const parameters = Object.fromEntries(
		elements(stream)
			.filter((c) => c.name === 'Parameter')
			.map((p) => [p.attributes.name, p.attributes.value]),
	)
	return { sid: makeSid('MZ'), parameters, ...stream.attributes }
}

function tell(leg, stream, event, error) {
	const { statusCallback, statusCallbackMethod: method } = stream
	const params = {
		AccountSid: leg.account.sid,
		CallSid: leg.sid,
		StreamSid: stream.sid,
		...(stream.name ? { StreamName: stream.name } : {}),
		StreamEvent: event,
		Timestamp: new Date().toISOString(),
		...(error ? { StreamError: String(error) } : {}),
	}
	leg.fake.callbacks.send(leg.account, 'stream', stream.sid, { url: leg.absolute(statusCallback), method }, params)
}

async function stay(leg, stream) {
	const script = Array.isArray(leg.script.stream) ? leg.script.stream.shift() : leg.script.stream
	const begun = Date.now()
	tell(leg, stream, 'stream-started')
	try {
		if (typeof script === 'function') return await leg.race(script(stream, leg))
		return await runCallsim(leg, stream, script ?? {})
	} finally {
		leg.clockS += (Date.now() - begun) / 1000
	}
}

export async function connect(leg, node, url) {
	const stream = read(node)
	if (!stream) return void leg.fake.violate('twiml', 'the fake can <Connect> to a <Stream> only')
	const { action, method } = node.attributes
	leg.step('Connect', { text: stream.url, stream })
	let isGone = false
	try {
		const result = await stay(leg, stream)
		leg.streams = [...(leg.streams ?? []), result]
		tell(leg, stream, result.error ? 'stream-error' : 'stream-stopped', result.error)
		if (result.error) leg.fake.notify(result.error, `${stream.url} ${result.errors ?? ''}`)
		isGone = !result.error && !result.isEndedByServer
		leg.step('stream', { text: result.error ? `error ${result.error}` : isGone ? 'hung up' : 'closed' })
	} catch (e) {
		if (!(e instanceof Interrupt)) throw e
		tell(leg, stream, 'stream-stopped')
		if (e.kind === 'hangup') await leg.tell(leg.goTo(url, action, method, { CallStatus: 'completed' }))
		throw e
	}
	if (!isGone) return leg.goTo(url, action, method, {})
	await leg.tell(leg.goTo(url, action, method, { CallStatus: 'completed' }))
	throw new Interrupt('hangup', { by: 'caller' })
}
