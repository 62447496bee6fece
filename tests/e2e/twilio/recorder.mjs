// SPDX-License-Identifier: MIT
// Recordings of calls: begun by verbs or by REST, paused, ended; their callbacks and their classic transcriptions
// (twilio.com/docs/voice/api/recording, twiml/record; read 2026-11-23).
import { makeSid, rfc2822 } from './sids.mjs'

const ACTIVE = ['in-progress', 'paused']

export class Recorder {
	constructor(fake) {
		this.fake = fake
	}

	// attributes: those of the verb, in TwiML's spelling; RecordingStatus events "completed" unless others are named
	start(leg, attributes, { source, channels, conference }) {
		const { account } = leg
		const { body } = account.add('recordings', 'RE', {
			api_version: '2010-04-01',
			call_sid: leg.sid,
			conference_sid: conference?.body.sid ?? null,
			start_time: rfc2822(Date.now()),
			duration: null,
			price: null,
			price_unit: 'USD',
			status: 'in-progress',
			channels,
			source,
			error_code: null,
			encryption_details: null,
			track: attributes.recordingTrack ?? attributes.track ?? 'both',
		})
		const recording = account.recordings.get(body.sid)
		body.uri = account.path(`Recordings/${body.sid}.json`)
		Object.assign(recording, {
			leg,
			begunS: leg.clockS,
			pausedS: 0,
			url: `https://api.twilio.com${account.path(`Recordings/${body.sid}`)}`,
			callback: { url: leg.absolute?.(attributes.recordingStatusCallback), method: attributes.recordingStatusCallbackMethod },
			events: (attributes.recordingStatusCallbackEvent ?? 'completed').split(/\s+/),
		})
		leg.recordings.push(recording)
		this.tell(recording, 'in-progress')
		return recording
	}

	// What Twilio.CURRENT means.
	current(leg) {
		return leg.recordings.findLast((r) => ACTIVE.includes(r.body.status))
	}

	change(recording, status, behavior = 'silence') {
		const { body, leg } = recording
		if (status === 'stopped') return this.finish(recording)
		if (status === body.status) return
		if (status === 'paused') Object.assign(recording, { pausedAtS: leg.clockS, behavior })
		else if (recording.behavior === 'skip') recording.pausedS += leg.clockS - recording.pausedAtS
		body.status = status
		body.date_updated = rfc2822(Date.now())
		leg.step('recording', { text: status })
	}

	finish(recording, status = 'completed') {
		const { body, leg } = recording
		if (!ACTIVE.includes(body.status)) return
		if (body.status === 'paused' && recording.behavior === 'skip') recording.pausedS += leg.clockS - recording.pausedAtS
		const seconds = Math.max(0, Math.round(leg.clockS - recording.begunS - recording.pausedS))
		Object.assign(body, { status, duration: String(status === 'absent' ? 0 : seconds), date_updated: rfc2822(Date.now()) })
		this.tell(recording, status)
	}

	tell({ body, leg, callback, events, url }, status) {
		if (!callback.url || !events.includes(status)) return
		const params = {
			AccountSid: body.account_sid,
			CallSid: body.call_sid,
			RecordingSid: body.sid,
			RecordingUrl: url,
			RecordingStatus: status,
			RecordingChannels: String(body.channels),
			RecordingStartTime: body.start_time,
			RecordingSource: body.source,
			RecordingTrack: body.track,
			...(body.conference_sid ? { ConferenceSid: body.conference_sid } : {}),
			...(status === 'completed' || status === 'absent' ? { RecordingDuration: body.duration } : {}),
			...(status === 'absent' ? { ErrorCode: '0' } : {}),
		}
		this.fake.callbacks.send(leg.account, 'recording', `recording ${body.sid}`, callback, params)
	}

	endOf(leg) {
		for (const recording of leg.recordings) this.finish(recording)
	}

	// Of 2 to 120 seconds of speech; shorter or longer ones fail.
	transcribe(leg, recording, { transcribeCallback }, text = 'Hello, please call me back.') {
		const seconds = Number(recording.body.duration)
		const status = seconds > 2 && seconds < 120 ? 'completed' : 'failed'
		const { body } = leg.account.add('transcriptions', 'TR', {
			api_version: '2010-04-01',
			duration: recording.body.duration,
			price: null,
			price_unit: 'USD',
			recording_sid: recording.body.sid,
			status,
			transcription_text: status === 'completed' ? text : null,
			type: 'fast',
		})
		body.uri = leg.account.path(`Transcriptions/${body.sid}.json`)
		const { AccountSid, ApiVersion, CallSid, CallStatus, Direction, From, To } = leg.params()
		const params = {
			AccountSid,
			ApiVersion,
			CallSid,
			CallStatus,
			Direction,
			From,
			To,
			TranscriptionSid: body.sid,
			TranscriptionText: body.transcription_text ?? '',
			TranscriptionStatus: status,
			TranscriptionUrl: `https://api.twilio.com${body.uri.replace('.json', '')}`,
			RecordingSid: recording.body.sid,
			RecordingUrl: recording.url,
		}
		this.fake.callbacks.send(leg.account, 'transcription', `recording ${recording.body.sid}`, { url: leg.absolute(transcribeCallback) }, params)
	}

	// One that a test wants to be there, of a call that is over.
	make(account, { callSid = makeSid('CA'), seconds = 5, channels = 1, source = 'RecordVerb', status = 'completed' } = {}) {
		const leg = { account, sid: callSid, clockS: 0, recordings: [] }
		const recording = this.start(leg, {}, { source, channels })
		leg.clockS = seconds
		if (status !== 'in-progress') this.finish(recording, status)
		return recording
	}
}
