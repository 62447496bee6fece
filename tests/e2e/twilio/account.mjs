// SPDX-License-Identifier: MIT
// What one account has.  Everything is a record {body, ...}: body is what REST shows, the rest is the fake's own.
import { makeSid, rfc2822 } from './sids.mjs'

const COLLECTIONS = [
	'applications',
	'brands',
	'calls',
	'callerIds',
	'conferences',
	'messages',
	'numbers',
	'ports',
	'queues',
	'realtime',
	'recordings',
	'services',
	'transcriptions',
	'verifications',
]

export class Account {
	// options: sid, authToken, secondaryToken, friendlyName, type, status, isTest, keys [{sid, secret, kind}],
	// geo: what a called number may begin with (any)
	constructor(options = {}) {
		this.sid = options.sid ?? makeSid('AC')
		this.authToken = options.authToken ?? makeSid('').slice(0, 32)
		this.secondaryToken = options.secondaryToken
		this.isTest = options.isTest ?? false
		this.type = options.type ?? 'Full'
		this.status = options.status ?? 'active'
		this.friendlyName = options.friendlyName ?? 'A fake account'
		this.keys = (options.keys ?? []).map((key) => ({ kind: 'standard', ...key }))
		this.geo = options.geo ?? ['']
		this.hasPublicMedia = options.hasPublicMedia ?? false
		this.createdMs = Date.now()
		for (const name of COLLECTIONS) this[name] = new Map()
	}

	// The name and path under which 2010 resources know themselves.
	path(rest) {
		return `/2010-04-01/Accounts/${this.sid}/${rest}`
	}

	// A new record with what all of the 2010 API have.
	add(collection, kind, body, rest = {}) {
		const now = rfc2822(Date.now())
		const record = { ...rest, body: { sid: makeSid(kind), account_sid: this.sid, date_created: now, date_updated: now, ...body } }
		this[collection].set(record.body.sid, record)
		return record
	}

	// May this user and password act here?  The key that did, or true.
	admits(user, password) {
		if (user === this.sid) return [this.authToken, this.secondaryToken].includes(password) && password !== undefined
		return this.keys.find((key) => key.sid === user && key.secret === password)
	}

	number(e164) {
		return [...this.numbers.values()].find((n) => n.body.phone_number === e164)
	}

	mayCallFrom(address) {
		if (/^(client|sip):/.test(address)) return true
		return Boolean(this.number(address)) || [...this.callerIds.values()].some((c) => c.body.phone_number === address)
	}

	get body() {
		const names = {
			applications: 'Applications',
			available_phone_numbers: 'AvailablePhoneNumbers',
			calls: 'Calls',
			conferences: 'Conferences',
			incoming_phone_numbers: 'IncomingPhoneNumbers',
			messages: 'Messages',
			outgoing_caller_ids: 'OutgoingCallerIds',
			queues: 'Queues',
			recordings: 'Recordings',
			transcriptions: 'Transcriptions',
		}
		return {
			sid: this.sid,
			owner_account_sid: this.sid,
			friendly_name: this.friendlyName,
			auth_token: this.authToken,
			status: this.status,
			type: this.type,
			date_created: rfc2822(this.createdMs),
			date_updated: rfc2822(this.createdMs),
			uri: `/2010-04-01/Accounts/${this.sid}.json`,
			subresource_uris: Object.fromEntries(Object.entries(names).map(([key, name]) => [key, this.path(`${name}.json`)])),
		}
	}
}
