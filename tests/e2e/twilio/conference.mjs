// SPDX-License-Identifier: MIT
// Conferences: who is in one, what is told about it, how one leaves (twilio.com/docs/voice/twiml/conference; read 2026-11-24).
import { Interrupt } from './leg.mjs'
import { textOf } from './twiml.mjs'
import { rfc2822, sleep } from './sids.mjs'

const STAY_MS = 100

export class Conferences {
	constructor(fake) {
		this.fake = fake
	}

	named(account, name) {
		return [...account.conferences.values()].find((c) => c.body.friendly_name === name && c.body.status !== 'completed')
	}

	create(account, name, attributes = {}) {
		const made = account.add(
			'conferences',
			'CF',
			{
				api_version: '2010-04-01',
				friendly_name: name,
				region: 'us1',
				status: 'init',
				reason_conference_ended: undefined,
				call_sid_ending_conference: null,
			},
			{ participants: new Map(), sequence: 0, attributes },
		)
		const { body } = made
		body.uri = account.path(`Conferences/${body.sid}.json`)
		body.subresource_uris = {
			participants: account.path(`Conferences/${body.sid}/Participants.json`),
			recordings: account.path(`Conferences/${body.sid}/Recordings.json`),
		}
		return made
	}

	// Where those of the first participant say so, things are told.
	tell(conference, event, participant, more = {}) {
		const { statusCallback: url, statusCallbackMethod: method, statusCallbackEvent: events = '' } = conference.attributes
		const name = event.replace(/^(conference|participant)-/, '')
		if (!url || !events.split(/\s+/).some((e) => e === name || e === event)) return
		const { body } = conference
		const params = {
			AccountSid: body.account_sid,
			ConferenceSid: body.sid,
			FriendlyName: body.friendly_name,
			SequenceNumber: String(++conference.sequence),
			Timestamp: rfc2822(Date.now()),
			StatusCallbackEvent: event,
			...(participant ? this.participantParams(participant) : {}),
			...more,
		}
		this.fake.callbacks.send(this.fake.accounts.get(body.account_sid), 'conference', body.sid, { url, method }, params)
	}

	participantParams({ body }) {
		return {
			CallSid: body.call_sid,
			Muted: String(body.muted),
			Hold: String(body.hold),
			Coaching: String(body.coaching),
			EndConferenceOnExit: String(body.end_conference_on_exit),
			StartConferenceOnEnter: String(body.start_conference_on_enter),
			...(body.label ? { ParticipantLabel: body.label } : {}),
		}
	}

	enter(conference, leg, attributes) {
		const now = rfc2822(Date.now())
		const yes = (name, otherwise) => (attributes[name] === undefined ? otherwise : attributes[name] === 'true')
		const participant = {
			leg,
			body: {
				account_sid: leg.account.sid,
				call_sid: leg.sid,
				label: attributes.participantLabel ?? null,
				call_sid_to_coach: attributes.coach ?? null,
				coaching: attributes.coach !== undefined,
				conference_sid: conference.body.sid,
				date_created: now,
				date_updated: now,
				end_conference_on_exit: yes('endConferenceOnExit', false),
				muted: yes('muted', false),
				hold: false,
				start_conference_on_enter: yes('startConferenceOnEnter', true),
				status: 'connected',
				queue_time: '0',
				uri: leg.account.path(`Conferences/${conference.body.sid}/Participants/${leg.sid}.json`),
			},
		}
		conference.participants.set(leg.sid, participant)
		this.tell(conference, 'participant-join', participant)
		if (conference.body.status === 'init' && participant.body.start_conference_on_enter) {
			conference.body.status = 'in-progress'
			this.tell(conference, 'conference-start')
		}
		return participant
	}

	exit(conference, participant, reason = 'last-participant-left') {
		if (!conference.participants.delete(participant.body.call_sid)) return
		participant.body.status = 'complete'
		this.tell(conference, 'participant-leave', participant)
		const isLast = conference.participants.size === 0
		if (!isLast && !participant.body.end_conference_on_exit) return
		this.end(conference, isLast ? reason : 'participant-with-end-conference-on-exit-left', participant.body.call_sid)
	}

	end(conference, reason, callSid) {
		if (conference.body.status === 'completed') return
		Object.assign(conference.body, {
			status: 'completed',
			reason_conference_ended: reason,
			call_sid_ending_conference: callSid ?? null,
			date_updated: rfc2822(Date.now()),
		})
		for (const { leg } of conference.participants.values()) leg.interrupt(new Interrupt('conference-over'))
		this.tell(conference, 'conference-end', undefined, { ReasonConferenceEnded: reason, ...(callSid ? { CallSidEndingConference: callSid } : {}) })
	}

	// <Dial><Conference>: until this one leaves, is put out, or all is over.
	async join(leg, noun) {
		const name = textOf(noun)
		const conference =
			this.named(leg.account, name) ??
			this.create(leg.account, name, { ...noun.attributes, statusCallback: leg.absolute(noun.attributes.statusCallback) })
		await this.stay(conference, leg, noun.attributes)
		return { DialCallStatus: 'completed', DialBridged: 'true' }
	}

	async stay(conference, leg, attributes) {
		leg.answer()
		const participant = this.enter(conference, leg, attributes)
		leg.step('joined', { text: conference.body.friendly_name })
		try {
			await leg.race(leg.script.until ?? sleep(STAY_MS))
			leg.clockS += leg.script.seconds ?? 30
		} catch (e) {
			if (!(e instanceof Interrupt) || e.kind !== 'conference-over') throw e
		} finally {
			this.exit(conference, participant)
		}
	}

	// DELETE of a participant: out of the conference, on with the next verb.
	kick(conference, participant) {
		participant.leg.interrupt(new Interrupt('conference-over'))
		this.exit(conference, participant, 'last-participant-kicked')
	}
}
