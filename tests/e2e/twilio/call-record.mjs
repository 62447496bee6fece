// SPDX-License-Identifier: MIT
// A call as REST shows it.
import { formatted } from './sids.mjs'

const SUBRESOURCES = {
	notifications: 'Notifications',
	recordings: 'Recordings',
	payments: 'Payments',
	events: 'Events',
	siprec: 'Siprec',
	streams: 'Streams',
	transcriptions: 'Transcriptions',
	user_defined_message_subscriptions: 'UserDefinedMessageSubscriptions',
	user_defined_messages: 'UserDefinedMessages',
}
const NOTHING_YET = ['phone_number_sid', 'start_time', 'end_time', 'duration', 'price', 'answered_by', 'group_sid', 'caller_name', 'trunk_sid']

// options: from, to, direction, parentSid, forwardedFrom, sid
export function addCall(account, { from, to, direction, parentSid = null, forwardedFrom = null, sid }, rest) {
	const record = account.add(
		'calls',
		'CA',
		{
			...(sid ? { sid } : {}),
			from,
			to,
			from_formatted: formatted(from),
			to_formatted: formatted(to),
			parent_call_sid: parentSid,
			forwarded_from: forwardedFrom,
			direction,
			status: 'queued',
			price_unit: 'USD',
			api_version: '2010-04-01',
			queue_time: '0',
			...Object.fromEntries(NOTHING_YET.map((name) => [name, null])),
		},
		rest,
	)
	const at = account.path(`Calls/${record.body.sid}`)
	record.body.uri = `${at}.json`
	record.body.subresource_uris = Object.fromEntries(Object.entries(SUBRESOURCES).map(([key, name]) => [key, `${at}/${name}.json`]))
	return record
}
