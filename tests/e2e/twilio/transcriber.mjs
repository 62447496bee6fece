// SPDX-License-Identifier: MIT
// Real-time transcription of a call: <Start><Transcription> and POST Calls/{CA}/Transcriptions
// (twilio.com/docs/voice/twiml/transcription, read 2026-11-23).  What is said comes from the call's script:
// transcript: [{track: 'inbound_track', text, confidence}].
import { makeSid, rfc2822 } from './sids.mjs'

export class Transcriber {
	constructor(fake) {
		this.fake = fake
	}

	start(leg, attributes) {
		const sid = makeSid('GT')
		const body = {
			sid,
			account_sid: leg.account.sid,
			call_sid: leg.sid,
			name: attributes.name ?? null,
			status: 'in-progress',
			date_updated: rfc2822(Date.now()),
			uri: leg.account.path(`Calls/${leg.sid}/Transcriptions/${sid}.json`),
		}
		const made = { leg, body, attributes, sequence: 0 }
		leg.account.realtime.set(sid, made)
		this.tell(made, 'transcription-started', { ProviderConfiguration: '{}', TranscriptionEngine: attributes.transcriptionEngine ?? 'google' })
		for (const { track = 'inbound_track', text, confidence = 0.9 } of leg.script.transcript ?? []) {
			const data = JSON.stringify({ transcript: text, confidence })
			if (this.listens(attributes.track, track)) this.tell(made, 'transcription-content', { TranscriptionData: data, Final: 'true', Track: track })
		}
		return made
	}

	listens(wanted = 'both_tracks', track) {
		return wanted === 'both_tracks' || wanted === track
	}

	tell(made, event, more = {}) {
		const { leg, body, attributes } = made
		const params = {
			AccountSid: body.account_sid,
			CallSid: body.call_sid,
			TranscriptionSid: body.sid,
			Timestamp: new Date().toISOString(),
			SequenceId: String(++made.sequence),
			TranscriptionEvent: event,
			LanguageCode: attributes.languageCode ?? 'en-US',
			...(body.name ? { Name: body.name } : {}),
			...more,
		}
		this.fake.callbacks.send(
			leg.account,
			'realtime',
			body.sid,
			{ url: leg.absolute(attributes.statusCallbackUrl), method: attributes.statusCallbackMethod },
			params,
		)
	}

	of(leg) {
		return [...leg.account.realtime.values()].filter((t) => t.leg === leg && t.body.status === 'in-progress')
	}

	stop(leg, name) {
		for (const made of this.of(leg).filter((t) => name === undefined || t.body.name === name)) this.end(made)
	}

	end(made) {
		if (made.body.status === 'stopped') return
		made.body.status = 'stopped'
		this.tell(made, 'transcription-stopped')
	}

	endOf(leg) {
		for (const made of this.of(leg)) this.end(made)
	}
}
