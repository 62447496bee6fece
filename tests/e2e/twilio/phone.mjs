// SPDX-License-Identifier: MIT
// The telephone network: who calls whom, which verb does what, and the legs that are live.
import { Conferences } from './conference.mjs'
import { dial } from './dial.mjs'
import { Interrupt, Leg } from './leg.mjs'
import { Media } from './media.mjs'
import { Queues } from './queue.mjs'
import { Recorder } from './recorder.mjs'
import { connect } from './stream.mjs'
import { Transcriber } from './transcriber.mjs'
import { loadGrammar } from './twiml.mjs'
import { END, verbs } from './verbs.mjs'

const ANSWERS = { outcome: 'answered', afterS: 3, seconds: 30 }

export class Phone {
	constructor(fake) {
		this.fake = fake
		this.live = new Map()
		this.legs = [] // all there ever were
		this.grammar = loadGrammar(fake.options.specs)
		this.media = new Media(fake)
		this.recorder = new Recorder(fake)
		this.transcriber = new Transcriber(fake)
		this.queues = new Queues(fake)
		this.conferences = new Conferences(fake)
		this.END = END
		this.verbs = { ...verbs, Connect: connect, Dial: dial, Enqueue: (leg, node, url) => this.queues.enqueue(leg, node, url) }
	}

	// Where a URL is really dialled.
	reach(url) {
		const to = this.fake.options.reach?.[url.origin]
		return to ? new URL(url.pathname + url.search, to) : url
	}

	perform(leg, node, url) {
		const verb = this.verbs[node.name]
		if (!verb) {
			this.fake.violate('twiml', `the fake cannot <${node.name}>`)
			return END
		}
		return verb(leg, node, url)
	}

	// Somebody calls a number of the account.  options: from, to, account, sid, extra, url (in place of the number's), and the script:
	//   inputs   what is pressed or said at each <Gather>: '1', {speech, confidence}, null (nothing), 'hangup', or function(gather)
	//   dials    how each <Dial> is taken: {outcome, afterS, seconds, keys, until} or {address: the same}; else `people` of the fake
	//   records  what is left at each <Record>: {seconds, key, text, isSilent}
	//   waits    as inputs, while in a queue; patience: documents heard there before giving up
	//   stream   for callsim: {seconds, args}, or function(stream)
	//   asksTwice  the webhook is asked twice for this one call
	//   hangsUp  'Dial', 'Gather#2', 'talk' ...: the caller gives up there
	call(options) {
		const { from = '+14155550100', to, account = this.accountOf(to), sid, extra, url, ...script } = options
		const number = account.number(to)?.body
		if (!number && !url) throw new Error(`${to} is no number of ${account.sid}`)
		const status = { url: number?.status_callback, method: number?.status_callback_method, events: number?.status_callback ? ['completed'] : [] }
		const leg = new Leg(this, account, { from, to, sid, extra, script, status })
		if (number) leg.record.body.phone_number_sid = number.sid
		leg.become('ringing')
		const first = url ? { url } : this.entryOf(account, number)
		if (script.asksTwice) this.askBefore(leg, first)
		else leg.live(first)
		return leg
	}

	// In some configurations the webhook is asked twice for one call; the second document is the one that counts.
	async askBefore(leg, first) {
		await leg.ask(first).catch(() => {})
		await leg.live(first)
	}

	accountOf(number) {
		const found = [...this.fake.accounts.values()].find((a) => a.number(number))
		return found ?? this.fake.account
	}

	entryOf(account, at) {
		const found = account.applications.get(at.voice_application_sid)?.body ?? at
		return { url: found.voice_url, method: found.voice_method, fallback: found.voice_fallback_url || undefined }
	}

	// A browser's call through a TwiML application.  options as call's; to, identity, application, params
	clientCall({ identity, application, params = {}, account = this.fake.account, ...script }) {
		const found = account.applications.get(application)?.body
		const leg = new Leg(this, account, {
			from: `client:${identity}`,
			to: params.To ?? '',
			script,
			extra: { ApplicationSid: application, ...params },
			status: { url: found.status_callback, method: found.status_callback_method, events: found.status_callback ? ['completed'] : [] },
		})
		leg.become('ringing')
		leg.live(this.entryOf(account, { ...found }))
		return leg
	}

	// How an address behaves when it is called.
	personAt(address, script) {
		const given = script ?? this.fake.people.get(address)
		const one = Array.isArray(given) ? (given.length > 1 ? given.shift() : given[0]) : given
		return { ...ANSWERS, ...(typeof one === 'function' ? one(address) : typeof one === 'string' ? { outcome: one } : one) }
	}

	// A call made by REST: rings, and when it is answered does what its document says.
	place(account, { from, to, request, status, timeoutS = 60, sendDigits, record, join }) {
		const person = this.personAt(to)
		const leg = new Leg(this, account, { from, to, direction: 'outbound-api', status, script: { inputs: person.keys, ...person } })
		leg.start = () =>
			this.ring(leg, person, timeoutS, async () => {
				leg.answer()
				if (record) this.recorder.start(leg, record, { source: 'OutboundAPI', channels: record.channels === 'dual' ? 2 : 1 })
				if (sendDigits) leg.step('digits', { text: sendDigits })
				if (join) await this.finishAfter(leg, join)
				else await leg.live(request)
			})
		return leg
	}

	async finishAfter(leg, work) {
		try {
			await work(leg)
		} catch (e) {
			if (!(e instanceof Interrupt)) throw e
			if (e.next) return leg.live(e.next)
		}
		await leg.hangUp()
	}

	async ring(leg, person, timeoutS, then) {
		try {
			leg.become('initiated')
			leg.become('ringing')
			if (person.rings) await leg.race(person.rings)
			await leg.pass(Math.min(person.afterS, timeoutS))
		} catch (e) {
			if (!(e instanceof Interrupt)) throw e
			return leg.hangUp('canceled')
		}
		if (person.outcome !== 'answered') return leg.hangUp(person.outcome)
		if (person.afterS > timeoutS) return leg.hangUp('no-answer')
		return then()
	}

	async beforeEnd(leg) {
		this.recorder.endOf(leg)
		this.transcriber.endOf(leg)
	}

	async stop() {
		for (const leg of this.live.values()) leg.interrupt(new Interrupt('hangup', { by: 'the end of the test' }))
		await Promise.all([...this.live.values()].map((leg) => leg.ended))
	}
}
