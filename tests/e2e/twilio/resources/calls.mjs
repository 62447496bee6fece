// SPDX-License-Identifier: MIT
// Calls: made, looked at, changed while they are live; their recordings and real-time transcriptions.
import { addCall } from '../call-record.mjs'
import { RestError, notFound } from '../errors.mjs'
import { Interrupt } from '../leg.mjs'
import { dated, filtered, page2010 } from '../lists.mjs'
import { isE164, rfc2822 } from '../sids.mjs'
import { bodies, created, gone, record, remove, v2010 } from './route.mjs'

const EVENTS = ['initiated', 'ringing', 'answered', 'completed']

function check({ account, form }) {
	const [to, from] = [form.get('To'), form.get('From')]
	if (!to) throw new RestError(21201)
	if (!from) throw new RestError(21213)
	if (!form.has('Url') && !form.has('Twiml') && !form.has('ApplicationSid')) throw new RestError(21205)
	if (form.has('Url') && !URL.canParse(form.get('Url'))) throw new RestError(21205, { message: 'Url parameter is not valid.' })
	if (form.has('StatusCallback') && !URL.canParse(form.get('StatusCallback'))) throw new RestError(21609)
	if (account.isTest) return
	if (!isE164(to) && !/^(client|sip):./.test(to)) throw new RestError(21211)
	if (isE164(to) && !account.geo.some((prefix) => to.startsWith(prefix))) throw new RestError(21215)
	if (!account.mayCallFrom(from))
		throw new RestError(21210, { message: `The source phone number provided, ${from}, is not yet verified for your account.` })
}

export const statusOf = (form) => ({
	url: form.get('StatusCallback') ?? undefined,
	method: form.get('StatusCallbackMethod') ?? 'POST',
	events: form.has('StatusCallback')
		? form.has('StatusCallbackEvent')
			? form
					.getAll('StatusCallbackEvent')
					.flatMap((e) => e.split(' '))
					.filter((e) => EVENTS.includes(e))
			: ['completed']
		: [],
})

function requestOf({ account, form, twilio }) {
	if (form.has('Twiml')) return { twiml: form.get('Twiml') }
	if (form.has('ApplicationSid')) return twilio.phone.entryOf(account, { voice_application_sid: form.get('ApplicationSid') })
	return { url: form.get('Url'), method: form.get('Method') ?? 'POST', fallback: form.get('FallbackUrl') ?? undefined }
}

// The recording parameters of a form, as a verb's attributes.
const recordingOf = (form) => ({
	recordingStatusCallback: form.get('RecordingStatusCallback') ?? undefined,
	recordingStatusCallbackMethod: form.get('RecordingStatusCallbackMethod') ?? 'POST',
	recordingStatusCallbackEvent: form.has('RecordingStatusCallbackEvent') ? form.getAll('RecordingStatusCallbackEvent').join(' ') : undefined,
	track: form.get('RecordingTrack') ?? 'both',
	channels: form.get('RecordingChannels') ?? 'mono',
})
const channelsOf = ({ channels }) => (channels === 'dual' ? 2 : 1)

function createCall(ctx) {
	check(ctx)
	const { account, form, twilio } = ctx
	if (account.isTest) return testCall(account, form)
	const leg = twilio.phone.place(account, {
		from: form.get('From'),
		to: form.get('To'),
		request: requestOf(ctx),
		status: statusOf(form),
		timeoutS: Number(form.get('Timeout') ?? 60),
		sendDigits: form.get('SendDigits'),
		record: form.get('Record') === 'true' ? recordingOf(form) : undefined,
	})
	ctx.then.push(leg.start)
	return { ...leg.record.body }
}

// What test credentials get: it looks made, and nothing ever happens.
function testCall(account, form) {
	const { body } = addCall(account, { from: form.get('From'), to: form.get('To'), direction: 'outbound-api' })
	account.calls.delete(body.sid)
	return body
}

function updateCall(ctx) {
	const { leg, body } = record(ctx, 'calls')
	const { form } = ctx
	const status = form.get('Status')
	if (!leg || leg.isOver) throw new RestError(21220)
	if (status === 'completed' || status === 'canceled') {
		if (status === 'canceled' && body.status === 'in-progress') return body
		leg.interrupt(new Interrupt('hangup', { by: 'REST' }))
		return { ...body, status: body.status === 'in-progress' ? 'completed' : 'canceled' }
	}
	if (form.has('Url') || form.has('Twiml')) {
		if (body.status !== 'in-progress') throw new RestError(21220)
		leg.interrupt(new Interrupt('redirect', { next: requestOf(ctx) }))
	}
	return body
}

const callRecording = ({
	account_sid,
	api_version,
	call_sid,
	conference_sid,
	date_created,
	date_updated,
	start_time,
	duration,
	sid,
	uri,
	encryption_details,
	price_unit,
	status,
	channels,
	source,
	error_code,
	track,
}) => ({
	account_sid,
	api_version,
	call_sid,
	conference_sid,
	date_created,
	date_updated,
	start_time,
	duration,
	sid,
	price: null,
	uri: uri.replace('/Recordings/', `/Calls/${call_sid}/Recordings/`),
	encryption_details,
	price_unit,
	status,
	channels,
	source,
	error_code,
	track,
})

function liveLeg(ctx, message) {
	const { leg } = record(ctx, 'calls', 'CallSid')
	if (!leg || leg.state !== 'in-progress') throw new RestError(21220, { message })
	return leg
}

function createRecording(ctx) {
	const leg = liveLeg(ctx, 'Requested resource is not eligible for recording')
	const attributes = recordingOf(ctx.form)
	const made = ctx.twilio.phone.recorder.start(leg, attributes, { source: 'StartCallRecordingAPI', channels: channelsOf(attributes) })
	leg.step('recording', { text: 'begun by REST' })
	return callRecording(made.body)
}

function oneRecording(ctx) {
	const { leg } = record(ctx, 'calls', 'CallSid')
	const found = ctx.values.Sid === 'Twilio.CURRENT' ? leg && ctx.twilio.phone.recorder.current(leg) : ctx.account.recordings.get(ctx.values.Sid)
	if (!found || found.body.call_sid !== ctx.values.CallSid) throw notFound(ctx.pathname)
	return found
}

function updateRecording(ctx) {
	const found = oneRecording(ctx)
	const behavior = ctx.form.get('PauseBehavior')
	if (behavior && !['skip', 'silence'].includes(behavior)) throw new RestError(20001, { message: 'Invalid PauseBehavior' })
	if (['completed', 'absent'].includes(found.body.status)) throw new RestError(21220, { message: 'Requested resource is not eligible for recording' })
	ctx.twilio.phone.recorder.change(found, ctx.form.get('Status'), behavior ?? 'silence')
	const shown = callRecording(found.body)
	return ctx.form.get('Status') === 'stopped' ? { ...shown, status: 'stopped' } : shown
}

function createTranscription(ctx) {
	const leg = liveLeg(ctx, 'Call is not in-progress')
	const { form } = ctx
	return ctx.twilio.phone.transcriber.start(leg, {
		name: form.get('Name') ?? undefined,
		track: form.get('Track') ?? undefined,
		statusCallbackUrl: form.get('StatusCallbackUrl') ?? undefined,
		statusCallbackMethod: form.get('StatusCallbackMethod') ?? 'POST',
		languageCode: form.get('LanguageCode') ?? undefined,
		transcriptionEngine: form.get('TranscriptionEngine') ?? undefined,
	}).body
}

function updateTranscription(ctx) {
	const found = [...ctx.account.realtime.values()].find(
		(t) => t.body.call_sid === ctx.values.CallSid && (t.body.sid === ctx.values.Sid || t.body.name === ctx.values.Sid),
	)
	if (!found) throw notFound(ctx.pathname)
	ctx.twilio.phone.transcriber.end(found)
	found.body.date_updated = rfc2822(Date.now())
	return found.body
}

const FILTERS = { To: 'to', From: 'from', ParentCallSid: 'parent_call_sid', Status: 'status' }
export const routes = [
	v2010('ListCall', 'GET', '/Calls.json', (ctx) =>
		page2010(ctx, 'calls', dated(filtered(bodies(ctx.account.calls), ctx.query, FILTERS), ctx.query, 'StartTime', 'start_time')),
	),
	v2010('CreateCall', 'POST', '/Calls.json', createCall, created()),
	v2010('FetchCall', 'GET', '/Calls/{Sid}.json', (ctx) => record(ctx, 'calls').body),
	v2010('UpdateCall', 'POST', '/Calls/{Sid}.json', updateCall),
	v2010('DeleteCall', 'DELETE', '/Calls/{Sid}.json', (ctx) => remove(ctx, 'calls'), gone),
	v2010('ListCallRecording', 'GET', '/Calls/{CallSid}/Recordings.json', (ctx) =>
		page2010(
			ctx,
			'recordings',
			bodies(ctx.account.recordings)
				.filter((r) => r.call_sid === ctx.values.CallSid)
				.map(callRecording),
		),
	),
	v2010('CreateCallRecording', 'POST', '/Calls/{CallSid}/Recordings.json', createRecording, created()),
	v2010('FetchCallRecording', 'GET', '/Calls/{CallSid}/Recordings/{Sid}.json', (ctx) => callRecording(oneRecording(ctx).body)),
	v2010('UpdateCallRecording', 'POST', '/Calls/{CallSid}/Recordings/{Sid}.json', updateRecording),
	v2010(
		'DeleteCallRecording',
		'DELETE',
		'/Calls/{CallSid}/Recordings/{Sid}.json',
		(ctx) => void ctx.account.recordings.delete(oneRecording(ctx).body.sid),
		gone,
	),
	v2010('CreateRealtimeTranscription', 'POST', '/Calls/{CallSid}/Transcriptions.json', createTranscription),
	v2010('UpdateRealtimeTranscription', 'POST', '/Calls/{CallSid}/Transcriptions/{Sid}.json', updateTranscription),
]
