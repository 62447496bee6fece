// SPDX-License-Identifier: MIT
// <Dial>: the called phones ring all at once, the first that answers (and accepts, where it is asked) is connected
// (twilio.com/docs/voice/twiml/dial, number, client; read 2026-11-23).
import { Interrupt, Leg } from './leg.mjs'
import { elements, textOf } from './twiml.mjs'

const NOUNS = ['Number', 'Client', 'Sip']

function addressOf(noun) {
	if (noun.name !== 'Client') return textOf(noun)
	const identity = elements(noun).find((c) => c.name === 'Identity')
	return `client:${identity ? textOf(identity) : textOf(noun)}`
}

function nounsOf(node) {
	const nouns = elements(node).filter((c) => NOUNS.includes(c.name))
	return nouns.length > 0 || textOf(node) === '' ? nouns : [{ name: 'Number', attributes: {}, children: node.children }]
}

function ringing(leg, node, noun, script) {
	const { statusCallback, statusCallbackMethod: method, statusCallbackEvent = 'completed' } = noun.attributes
	const address = addressOf(noun)
	const person = leg.phone.personAt(address, typeof script?.outcome === 'string' || typeof script === 'string' ? script : script?.[address])
	const child = new Leg(leg.phone, leg.account, {
		from: node.attributes.callerId ?? leg.from,
		to: address,
		direction: 'outbound-dial',
		parent: leg,
		script: { inputs: person.keys, ...person },
		status: { url: leg.absolute(statusCallback), method, events: statusCallback ? statusCallbackEvent.split(/\s+/) : [] },
	})
	child.become('initiated')
	child.become('ringing')
	return { child, person, noun }
}

// Lets the phones ring until one is connected: that one, or undefined.
async function ringAll(leg, all, timeoutS, url) {
	for (const one of [...all].sort((a, b) => a.person.afterS - b.person.afterS)) {
		const { child, person, noun } = one
		if (person.rings) await leg.race(person.rings)
		if (person.afterS > timeoutS || person.outcome === 'no-answer') continue
		await leg.pass(Math.max(0, person.afterS - (leg.clockS - all.begunS)))
		child.clockS = leg.clockS
		if (person.outcome !== 'answered') {
			await child.hangUp(person.outcome)
			continue
		}
		child.answer()
		if (!noun.attributes.url || (await accepts(child, noun, url))) return one
		await child.hangUp('completed')
		return undefined
	}
	await leg.pass(Math.max(0, timeoutS - (leg.clockS - all.begunS)))
}

// The document for the called side before it is connected: does it stay on the line?
async function accepts(child, { attributes }, url) {
	child.step('asked')
	let request = child.goTo(url, attributes.url, attributes.method, {})
	try {
		while (request) request = await child.execute(await child.ask(request))
	} catch (e) {
		if (!(e instanceof Interrupt)) throw e
		return false
	}
	return child.story.at(-1) !== 'Hangup'
}

// Until one of the two hangs up.
async function talk(leg, { child, person }, node) {
	const seconds = Math.min(person.seconds, Number(node.attributes.timeLimit ?? 14400))
	leg.answer()
	leg.step('connected', { text: child.to })
	if (leg.script.hangsUp === 'talk') throw new Interrupt('hangup', { by: 'caller' })
	if (person.until) await leg.race(child.race(person.until).catch((e) => sendOn(child, e)))
	leg.clockS += seconds
	child.clockS += seconds
}

// The called side was sent elsewhere by REST: it goes on without this call.
function sendOn(child, e) {
	if (!(e instanceof Interrupt)) throw e
	child.isDetached = e.next !== undefined
	if (e.next) child.live(e.next)
}

function beginRecording(leg, { record }, attributes) {
	if (!record || record === 'do-not-record') return undefined
	return leg.phone.recorder.start(leg, attributes, { source: 'DialVerb', channels: /dual/.test(record) ? 2 : 1 })
}

function outcomeOf(all, winner) {
	if (winner) return 'completed'
	const outcomes = all.map((one) => one.person.outcome)
	return outcomes.every((o) => o === outcomes[0]) && outcomes[0] !== 'answered' ? outcomes[0] : 'no-answer'
}

async function ringAndTalk(leg, node, url) {
	const script = leg.script.dials?.shift()
	const timeoutS = Number(node.attributes.timeout ?? 30)
	const all = nounsOf(node).map((noun) => ringing(leg, node, noun, script))
	all.begunS = leg.clockS
	let winner, recording
	try {
		if (leg.script.hangsUp === 'ringing') throw new Interrupt('hangup', { by: 'caller', dialStatus: 'canceled' })
		winner = await ringAll(leg, all, timeoutS, url)
		for (const { child, person } of all.filter((one) => one !== winner && !one.child.isOver))
			await child.hangUp(winner ? (person.outcome === 'busy' ? 'busy' : 'canceled') : person.outcome === 'answered' ? 'no-answer' : person.outcome)
		if (winner) recording = beginRecording(leg, node.attributes, node.attributes)
		if (winner) await talk(leg, winner, node)
	} finally {
		if (recording) leg.phone.recorder.finish(recording)
		for (const { child } of all.filter((one) => !one.child.isDetached)) await child.hangUp(child.answeredAtS === undefined ? 'canceled' : 'completed')
	}
	return { status: outcomeOf(all, winner), winner, recording, first: all[0]?.child }
}

function resultOf({ status, winner, recording, first }) {
	const leg = winner?.child ?? first
	return {
		DialCallStatus: status,
		...(leg ? { DialCallSid: leg.sid } : {}),
		DialBridged: String(Boolean(winner)),
		...(winner ? { DialCallDuration: String(leg.talkedS) } : {}),
		...(recording ? { RecordingUrl: recording.url } : {}),
	}
}

export async function dial(leg, node, url) {
	const { action, method } = node.attributes
	const kind = elements(node).find((c) => c.name === 'Queue' || c.name === 'Conference')
	const nouns = kind ? [`${kind.name} ${textOf(kind)}`] : nounsOf(node).map(addressOf)
	leg.step('Dial', { text: nouns.join(' '), attributes: node.attributes })
	let result
	try {
		if (kind?.name === 'Queue') result = await leg.phone.queues.connect(leg, kind, node, url)
		else if (kind) result = await leg.phone.conferences.join(leg, kind)
		else result = resultOf(await ringAndTalk(leg, node, url))
	} catch (e) {
		if (e instanceof Interrupt && e.kind === 'hangup' && action)
			await leg.tell(
				leg.goTo(url, action, method, { DialCallStatus: e.dialStatus ?? 'completed', DialBridged: String(!e.dialStatus), CallStatus: 'completed' }),
			)
		throw e
	}
	leg.step('dialled', { text: result.DialCallStatus })
	return leg.goTo(url, action, method, result)
}
