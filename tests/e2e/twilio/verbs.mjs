// SPDX-License-Identifier: MIT
// Verbs that concern one leg only: (leg, node, url of the document) -> nothing: the next verb; a request; END.
import { Interrupt } from './leg.mjs'
import { elements, textOf } from './twiml.mjs'
import { exchange } from './callbacks.mjs'

export const END = Symbol('the call ends')
const PLAY_S = 10
const RECORD_S = 5

async function play(leg, node, url) {
	const source = textOf(node)
	leg.step('Play', { text: node.attributes.digits ? `digits ${node.attributes.digits}` : source })
	if (source) await fetchSound(leg, new URL(source, url === 'inline' ? undefined : url))
	await leg.pass(PLAY_S)
}

// What is played must be there, and be sound (docs/api/errors/12300).
async function fetchSound(leg, url) {
	if (leg.phone.fake.options.soundsUnchecked) return
	const answer = await leg.race(exchange(leg.phone.reach(url), { method: 'GET', headers: { Host: url.host, 'User-Agent': 'TwilioProxy/1.1' } }))
	if (answer.error || answer.status >= 300) leg.fake.notify(11200, `<Play> ${url}: ${answer.error ?? answer.status}`)
	else if (!/^audio\//.test(answer.type)) leg.fake.notify(12300, `<Play> ${url}: ${answer.type}`)
}

// What the caller does at a <Gather>: {digits} or {speech, confidence} or nothing; the rest of the keys is for the next one.
function takeInput(inputs, { attributes }) {
	let one = inputs.shift()
	if (typeof one === 'function') one = one(attributes)
	if (one === 'hangup') throw new Interrupt('hangup', { by: 'caller' })
	if (one === null || one === undefined || one === '') return {}
	const takes = (attributes.input ?? 'dtmf').split(/\s+/)
	if (one.speech !== undefined) return takes.includes('speech') ? one : {}
	if (!takes.includes('dtmf')) return {}
	const finish = attributes.finishOnKey ?? '#'
	const keys = String(one.digits ?? one)
	const end = [...keys].findIndex((key) => finish.includes(key))
	let used = end < 0 ? keys.length : end
	if (attributes.numDigits) used = Math.min(used, Number(attributes.numDigits))
	const rest = keys.slice(used === end ? end + 1 : used)
	if (rest) inputs.unshift(rest)
	return { digits: keys.slice(0, used), key: used === end ? keys[end] : undefined }
}

export async function gather(leg, node, url, inputs = leg.inputs) {
	leg.step('Gather')
	for (const child of elements(node)) await leg.phone.perform(leg, child, url)
	const input = takeInput(inputs, node)
	const { action = url, method, timeout = '5', actionOnEmptyResult } = node.attributes
	if (input.digits !== undefined) {
		leg.step('pressed', { text: input.digits })
		await leg.pass(1)
		return leg.goTo(url, action, method, { Digits: input.digits, ...(input.key ? { FinishedOnKey: input.key } : {}) })
	}
	if (input.speech !== undefined) {
		leg.step('spoke', { text: input.speech })
		await leg.pass(2)
		return leg.goTo(url, action, method, { SpeechResult: input.speech, Confidence: String(input.confidence ?? 0.9) })
	}
	leg.step('silence')
	await leg.pass(Number(timeout) || 5)
	if (actionOnEmptyResult === 'true') return leg.goTo(url, action, method, { Digits: '' })
}

async function record(leg, node, url) {
	const { action = url, method, maxLength = '3600', timeout = '5', finishOnKey = '1234567890*#' } = node.attributes
	const left = { seconds: RECORD_S, key: [...finishOnKey][0], ...leg.script.records?.shift() }
	leg.step('Record', { note: left.isSilent ? 'silence' : `${left.seconds} s` })
	const recording = leg.phone.recorder.start(leg, node.attributes, { source: 'RecordVerb', channels: 1 })
	await leg.pass(left.isSilent ? Number(timeout) : Math.min(left.seconds, Number(maxLength)))
	leg.phone.recorder.finish(recording, left.isSilent ? 'absent' : 'completed')
	if (left.isSilent) return
	if (node.attributes.transcribe === 'true') leg.phone.recorder.transcribe(leg, recording, node.attributes, left.text)
	const isGone = left.key === 'hangup'
	const params = { RecordingUrl: recording.url, RecordingSid: recording.body.sid, RecordingDuration: recording.body.duration, Digits: left.key ?? '' }
	const next = leg.goTo(url, action, method, params)
	if (!isGone) return next
	await leg.tell({ ...next, params: { ...params, CallStatus: 'completed' } })
	throw new Interrupt('hangup', { by: 'caller' })
}

async function start(leg, node) {
	for (const child of elements(node)) {
		leg.step(`Start ${child.name}`)
		if (child.name === 'Recording')
			leg.phone.recorder.start(leg, child.attributes, { source: 'StartCallRecordingAPI', channels: child.attributes.channels === 'mono' ? 1 : 2 })
		else if (child.name === 'Transcription') leg.phone.transcriber.start(leg, child.attributes)
		else leg.fake.violate('twiml', `the fake cannot <Start><${child.name}>`)
	}
}

async function stop(leg, node) {
	for (const child of elements(node)) {
		leg.step(`Stop ${child.name}`)
		if (child.name === 'Transcription') leg.phone.transcriber.stop(leg, child.attributes.name)
		else leg.fake.violate('twiml', `the fake cannot <Stop><${child.name}>`)
	}
}

// Only as the first verb is a call refused; afterwards it is hung up.
async function reject(leg, node) {
	leg.step('Reject', { note: node.attributes.reason })
	await leg.hangUp(leg.answeredAtS !== undefined ? 'completed' : node.attributes.reason === 'busy' ? 'busy' : 'no-answer')
	return END
}

export const verbs = {
	Say: async (leg, node) => {
		for (let n = 0; n < Number(node.attributes.loop ?? 1); n++) await leg.speak(textOf(node))
	},
	Play: play,
	Pause: async (leg, node) => {
		leg.step('Pause', { note: node.attributes.length })
		await leg.pass(Number(node.attributes.length ?? 1))
	},
	Gather: gather,
	Record: record,
	Redirect: async (leg, node, url) => leg.goTo(url, textOf(node) || url, node.attributes.method, {}),
	Reject: reject,
	Hangup: async (leg) => {
		leg.step('Hangup')
		return END
	},
	Leave: async (leg) => {
		leg.fake.notify(13217, `<Leave> outside of a queue by ${leg.sid}`)
	},
	Start: start,
	Stop: stop,
}
