// SPDX-License-Identifier: MIT
// One leg of a call: who it is, its state, its clock, the documents it asks for, and what interrupts it.
// Time is the leg's own: what speaks, plays, rings or waits moves its clock and takes no time here.
import { addCall } from './call-record.mjs'
import { rfc2822, sleep } from './sids.mjs'
import { grammarFaults, limitFaults, parse } from './twiml.mjs'

const CHARS_A_SECOND = 15
const HOPS_MAX = 200
const TERMINAL = ['completed', 'busy', 'failed', 'no-answer', 'canceled']
const SIP_CODES = { busy: '486', 'no-answer': '480', failed: '404', canceled: '487' }
const XML = /^(text\/xml|application\/xml|text\/html)\b/

// Thrown through whatever a leg is doing.  next: the request it goes on with; none: it is over.
export class Interrupt extends Error {
	constructor(kind, more = {}) {
		super(kind)
		Object.assign(this, { kind, ...more })
	}
}

class Failure extends Error {}

const deferred = () => {
	const d = {}
	d.promise = new Promise((resolve, reject) => Object.assign(d, { resolve, reject }))
	d.promise.catch(() => {})
	return d
}

export class Leg {
	// options: from, to, direction, parent, script, extra (more webhook parameters), status {url, method, events}, ends: inbound's number record
	constructor(phone, account, options) {
		const { sid, ...who } = options
		Object.assign(this, { phone, account, fake: phone.fake, direction: 'inbound', script: {}, extra: {}, status: { events: [] }, ...who })
		const { from, to, parent, direction } = this
		const forwardedFrom = this.extra?.ForwardedFrom
		this.record = addCall(account, { from, to, direction, parentSid: parent?.sid, forwardedFrom, sid }, { leg: this })
		this.story = [] // what happened, a line each
		this.steps = [] // {what, ...} in full
		this.documents = []
		this.recordings = []
		this.verbs = {}
		this.clockS = 0
		this.sequence = 0
		this.inputs = [...(this.script.inputs ?? [])]
		this.interruption = deferred()
		this.finished = deferred()
		this.ended = this.finished.promise
		phone.live.set(this.sid, this)
		phone.legs.push(this)
	}

	get sid() {
		return this.record.body.sid
	}

	get state() {
		return this.record.body.status
	}

	get isOver() {
		return TERMINAL.includes(this.state)
	}

	// Spoken to this leg so far.
	get said() {
		return this.steps.filter((s) => s.what === 'Say').map((s) => s.text)
	}

	step(what, more = {}) {
		this.steps.push({ what, atS: this.clockS, ...more })
		const words = [what, more.text ?? more.note].filter(Boolean).join(' ')
		this.story.push(words)
		this.phone.onStep?.(this, words)
	}

	params(more = {}) {
		const geo = Object.fromEntries(
			['From', 'To', 'Caller', 'Called'].flatMap((who) => [
				[`${who}City`, ''],
				[`${who}State`, 'CA'],
				[`${who}Zip`, ''],
				[`${who}Country`, 'US'],
			]),
		)
		return {
			AccountSid: this.account.sid,
			ApiVersion: '2010-04-01',
			CallSid: this.sid,
			CallStatus: this.state,
			Direction: this.direction,
			From: this.from,
			To: this.to,
			Caller: this.from,
			Called: this.to,
			...(this.parent ? { ParentCallSid: this.parent.sid } : {}),
			...geo,
			...this.extra,
			...more,
		}
	}

	// A new state, told to whoever wants it.
	become(state, event = state) {
		if (this.isOver) return
		const { body } = this.record
		body.status = state === 'initiated' ? 'queued' : state
		body.date_updated = rfc2822(Date.now())
		if (event === 'answered') {
			this.answeredAtS = this.clockS
			body.start_time = rfc2822(Date.now())
		}
		if (TERMINAL.includes(state)) {
			body.end_time = rfc2822(Date.now())
			body.duration = String(this.talkedS)
		}
		if (this.status.events.includes(event)) this.tellState(state)
	}

	get talkedS() {
		return this.answeredAtS === undefined ? 0 : Math.ceil(this.clockS - this.answeredAtS)
	}

	tellState(state) {
		const end = { CallDuration: String(this.talkedS), Duration: String(Math.ceil(this.talkedS / 60)), SipResponseCode: SIP_CODES[state] ?? '200' }
		const params = this.params({
			CallStatus: state,
			Timestamp: rfc2822(Date.now()),
			CallbackSource: 'call-progress-events',
			SequenceNumber: String(this.sequence++),
			...(TERMINAL.includes(state) ? end : {}),
		})
		this.fake.callbacks.send(this.account, this.parent ? 'leg-status' : 'call-status', this.sid, this.status, params)
	}

	answer() {
		if (this.answeredAtS !== undefined || this.isOver) return
		this.become('in-progress', 'answered')
	}

	// Asks for a document: its nodes, or a Failure when neither the URL nor its fallback has one.
	async ask(request) {
		this.hops = (this.hops ?? 0) + 1
		if (this.hops > HOPS_MAX) throw new Failure(`more than ${HOPS_MAX} documents`)
		if (request.twiml !== undefined) return this.read(request.twiml, 'inline')
		const params = this.params(request.params)
		const answer = await this.request(request, params)
		if (answer.error || answer.status >= 400) {
			this.fake.notify(11200, `${request.url}: ${answer.error ?? answer.status}`)
			if (!request.fallback) throw new Failure(`${request.url} answered ${answer.error ?? answer.status}`)
			return this.ask({ url: request.fallback, params: { ...request.params, ErrorCode: '11200', ErrorUrl: request.url } })
		}
		return this.read(answer.text, request.url, answer.type)
	}

	async request({ url, method = 'POST' }, params) {
		const answer = await this.fake.callbacks.request(this.account, { url, method, params })
		this.steps.push({ what: 'request', url, params, status: answer.status ?? answer.error, ms: answer.ms, text: answer.text })
		return answer
	}

	read(xml, url, type = 'text/xml') {
		if (!XML.test(type)) throw (this.fake.violate('twiml', `${url}: Content-Type ${type}`), new Failure(`${url} is ${type}`))
		this.documents.push({ url, xml })
		if (xml.trim() === '') return { url, nodes: [] }
		let tree
		try {
			tree = parse(xml)
		} catch (e) {
			this.fake.violate('twiml', `${url}: ${e.message}: ${xml}`)
			throw new Failure(`${url} is no TwiML`)
		}
		const { grammar } = this.phone
		const faults =
			tree.length !== 1
				? ['not one element']
				: [...(grammar ? grammarFaults(grammar.voice, grammar.root.voice, tree[0]) : []), ...limitFaults(xml, tree[0])]
		for (const fault of faults) this.fake.violate('twiml', `${url}: ${fault} in ${xml}`)
		return { url, nodes: tree[0].children.filter((n) => n.name) }
	}

	// The whole life of a leg, from its first document.
	async live(first) {
		try {
			for (let next = first; next;) next = await this.turn(next)
		} catch (e) {
			if (!(e instanceof Failure)) this.fake.violate('fake', e.stack)
			this.step('error', { note: e.message })
			if (this.answeredAtS === undefined) this.become('failed', 'completed')
		}
		await this.hangUp()
		return this
	}

	async turn(request) {
		try {
			return await this.execute(await this.race(this.ask(request)))
		} catch (e) {
			if (!(e instanceof Interrupt)) throw e
			if (e.kind === 'hangup') this.step('hung up', { note: `by ${e.by}` })
			return e.next
		}
	}

	// Runs a document's verbs; the request to go on with, or nothing at its end.
	async execute({ url, nodes }) {
		this.base = url
		for (const node of nodes) {
			if (node.name !== 'Reject' && !(node.name === 'Dial' && node.attributes.answerOnBridge === 'true')) this.answer()
			await this.maybeHangUp(node.name)
			const next = await this.phone.perform(this, node, url)
			if (next) return next === this.phone.END ? undefined : next
		}
	}

	// The script says at which verb the caller gives up: "Dial", or "Gather#2" for the second one.
	async maybeHangUp(verb) {
		this.verbs[verb] = (this.verbs[verb] ?? 0) + 1
		const at = this.script.hangsUp
		if (at !== undefined && (at === `${verb}#${this.verbs[verb]}` || (at === verb && this.verbs[verb] === 1)))
			this.interrupt(new Interrupt('hangup', { by: 'caller' }))
	}

	interrupt(what) {
		this.interruption.reject(what)
	}

	// Waits for something, unless the leg is interrupted meanwhile.
	async race(promise) {
		try {
			return await Promise.race([this.interruption.promise, promise])
		} catch (e) {
			if (e instanceof Interrupt) this.interruption = deferred()
			throw e
		}
	}

	// So many of the leg's seconds; others get their turn.
	async pass(seconds) {
		this.clockS += seconds
		await this.race(sleep(0))
	}

	async speak(text) {
		this.step('Say', { text })
		await this.pass(text.length / CHARS_A_SECOND)
	}

	// A callback's URL, as the document has it.
	absolute(url) {
		return url === undefined || this.base === undefined || this.base === 'inline' ? url : new URL(url, this.base).href
	}

	// An action or another URL of a document, as a request; undefined when there is none.
	goTo(base, url, method, params) {
		if (url === undefined) return undefined
		return { url: new URL(url, base === 'inline' ? undefined : base).href, method, params }
	}

	// Tells a URL something and does not listen to what it says.
	async tell(request) {
		if (request) await this.request(request, this.params(request.params))
	}

	async hangUp(state = this.answeredAtS === undefined ? 'no-answer' : 'completed') {
		if (!this.isOver) {
			await this.phone.beforeEnd(this)
			this.become(state, 'completed')
		}
		this.phone.live.delete(this.sid)
		this.finished.resolve(this)
	}
}
