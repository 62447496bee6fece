// SPDX-License-Identifier: MIT
// Recordings, their sound, and the classic transcriptions of them.
import { notFound } from '../errors.mjs'
import { dated, filtered, page2010 } from '../lists.mjs'
import { bodies, gone, record, remove, v2010 } from './route.mjs'

// Here a recording's own page is shown; `track` belongs to the call's view of it.
function shown(account, { track, ...body }) {
	return {
		...body,
		media_url: `https://api.twilio.com${account.path(`Recordings/${body.sid}`)}`,
		subresource_uris: {
			add_on_results: account.path(`Recordings/${body.sid}/AddOnResults.json`),
			transcriptions: account.path(`Recordings/${body.sid}/Transcriptions.json`),
		},
	}
}

function list(ctx) {
	const all = filtered(bodies(ctx.account.recordings), ctx.query, { CallSid: 'call_sid', ConferenceSid: 'conference_sid' })
	return page2010(
		ctx,
		'recordings',
		dated(all, ctx.query, 'DateCreated', 'date_created').map((body) => shown(ctx.account, body)),
	)
}

function ofRecording(ctx) {
	return bodies(ctx.account.transcriptions).filter((t) => t.recording_sid === ctx.values.RecordingSid)
}

function oneOfRecording(ctx) {
	const found = ofRecording(ctx).find((t) => t.sid === ctx.values.Sid)
	if (!found) throw notFound(ctx.pathname)
	return found
}

const media = (suffix, format) =>
	v2010(`Media${format}`, 'GET', `/Recordings/{Sid}${suffix}`, (ctx) => ctx.twilio.phone.media.serve(ctx, format), { isRaw: true })
export const routes = [
	v2010('ListRecording', 'GET', '/Recordings.json', list),
	v2010('FetchRecording', 'GET', '/Recordings/{Sid}.json', (ctx) => shown(ctx.account, record(ctx, 'recordings').body)),
	v2010('DeleteRecording', 'DELETE', '/Recordings/{Sid}.json', (ctx) => remove(ctx, 'recordings'), gone),
	media('.wav', 'wav'),
	media('.mp3', 'mp3'),
	media('', 'wav'),
	v2010('ListTranscription', 'GET', '/Transcriptions.json', (ctx) => page2010(ctx, 'transcriptions', bodies(ctx.account.transcriptions))),
	v2010('FetchTranscription', 'GET', '/Transcriptions/{Sid}.json', (ctx) => record(ctx, 'transcriptions').body),
	v2010('DeleteTranscription', 'DELETE', '/Transcriptions/{Sid}.json', (ctx) => remove(ctx, 'transcriptions'), gone),
	v2010('ListRecordingTranscription', 'GET', '/Recordings/{RecordingSid}/Transcriptions.json', (ctx) =>
		page2010(ctx, 'transcriptions', ofRecording(ctx)),
	),
	v2010('FetchRecordingTranscription', 'GET', '/Recordings/{RecordingSid}/Transcriptions/{Sid}.json', oneOfRecording),
]
