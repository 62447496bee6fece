// SPDX-License-Identifier: MIT
// Conferences and who is in them.
import { RestError, notFound } from '../errors.mjs'
import { apply, filtered, page2010 } from '../lists.mjs'
import { rfc2822 } from '../sids.mjs'
import { statusOf } from './calls.mjs'
import { bodies, created, gone, record, touch, v2010 } from './route.mjs'

const FLAGS = {
	EndConferenceOnExit: 'endConferenceOnExit',
	StartConferenceOnEnter: 'startConferenceOnEnter',
	Muted: 'muted',
	Label: 'participantLabel',
	CallSidToCoach: 'coach',
	ConferenceStatusCallback: 'statusCallback',
	ConferenceStatusCallbackMethod: 'statusCallbackMethod',
}

function update(ctx) {
	const found = record(ctx, 'conferences')
	if (ctx.form.get('Status') === 'completed') ctx.twilio.phone.conferences.end(found, 'conference-ended-via-api')
	return touch(found)
}

// The name of a running one will do where a SID is asked.
function conference(ctx) {
	const { ConferenceSid: named } = ctx.values
	const found = ctx.account.conferences.get(named) ?? ctx.twilio.phone.conferences.named(ctx.account, named)
	if (!found) throw notFound(ctx.pathname)
	return found
}

function participant(ctx) {
	const { CallSid: named } = ctx.values
	const all = conference(ctx).participants
	const found = all.get(named) ?? [...all.values()].find((p) => p.body.label === named)
	if (!found) throw notFound(ctx.pathname)
	return found
}

function attributesOf(form) {
	const events = form.getAll('ConferenceStatusCallbackEvent').join(' ')
	return {
		...Object.fromEntries(
			Object.entries(FLAGS)
				.filter(([name]) => form.has(name))
				.map(([name, attribute]) => [attribute, form.get(name)]),
		),
		...(events ? { statusCallbackEvent: events } : {}),
	}
}

// Calls somebody into a conference, which begins with it when there is none of that name.
function invite(ctx) {
	const { account, form, twilio, values } = ctx
	const { conferences } = twilio.phone
	if (!account.mayCallFrom(form.get('From') ?? '')) throw new RestError(21210)
	const attributes = attributesOf(form)
	const made =
		account.conferences.get(values.ConferenceSid) ??
		conferences.named(account, values.ConferenceSid) ??
		conferences.create(account, values.ConferenceSid, attributes)
	const leg = twilio.phone.place(account, {
		from: form.get('From'),
		to: form.get('To'),
		status: statusOf(form),
		timeoutS: Number(form.get('Timeout') ?? 60),
		join: (answered) => conferences.stay(made, answered, attributes),
	})
	ctx.then.push(leg.start)
	const now = rfc2822(Date.now())
	return {
		account_sid: account.sid,
		call_sid: leg.sid,
		label: attributes.participantLabel ?? null,
		call_sid_to_coach: attributes.coach ?? null,
		coaching: attributes.coach !== undefined,
		conference_sid: made.body.sid,
		date_created: now,
		date_updated: now,
		end_conference_on_exit: attributes.endConferenceOnExit === 'true',
		muted: attributes.muted === 'true',
		hold: false,
		start_conference_on_enter: attributes.startConferenceOnEnter !== 'false',
		status: 'queued',
		queue_time: '0',
		uri: account.path(`Conferences/${made.body.sid}/Participants/${leg.sid}.json`),
	}
}

function change(ctx) {
	const found = participant(ctx)
	apply(found.body, ctx.form)
	for (const name of ['HoldUrl', 'AnnounceUrl']) if (ctx.form.has(name)) found.leg.step(name, { text: ctx.form.get(name) })
	for (const name of ['Muted', 'Hold']) if (ctx.form.has(name)) found.leg.step(name.toLowerCase(), { text: ctx.form.get(name) })
	return touch(found)
}

export const routes = [
	v2010('ListConference', 'GET', '/Conferences.json', (ctx) =>
		page2010(ctx, 'conferences', filtered(bodies(ctx.account.conferences), ctx.query, { FriendlyName: 'friendly_name', Status: 'status' })),
	),
	v2010('FetchConference', 'GET', '/Conferences/{Sid}.json', (ctx) => record(ctx, 'conferences').body),
	v2010('UpdateConference', 'POST', '/Conferences/{Sid}.json', update),
	v2010('ListParticipant', 'GET', '/Conferences/{ConferenceSid}/Participants.json', (ctx) =>
		page2010(ctx, 'participants', filtered(bodies(conference(ctx).participants), ctx.query, { Muted: 'muted', Hold: 'hold', Coaching: 'coaching' })),
	),
	v2010('CreateParticipant', 'POST', '/Conferences/{ConferenceSid}/Participants.json', invite, created()),
	v2010('FetchParticipant', 'GET', '/Conferences/{ConferenceSid}/Participants/{CallSid}.json', (ctx) => participant(ctx).body),
	v2010('UpdateParticipant', 'POST', '/Conferences/{ConferenceSid}/Participants/{CallSid}.json', change),
	v2010(
		'DeleteParticipant',
		'DELETE',
		'/Conferences/{ConferenceSid}/Participants/{CallSid}.json',
		(ctx) => ctx.twilio.phone.conferences.kick(conference(ctx), participant(ctx)),
		gone,
	),
]
