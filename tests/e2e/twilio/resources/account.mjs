// SPDX-License-Identifier: MIT
// The account itself, its TwiML applications and its verified caller ids.
import { apply, filtered, page2010 } from '../lists.mjs'
import { makeSid } from '../sids.mjs'
import { bodies, created, gone, record, remove, touch, v2010 } from './route.mjs'

const APPLICATION = {
	api_version: '2010-04-01',
	friendly_name: null,
	message_status_callback: null,
	sms_fallback_method: 'POST',
	sms_fallback_url: null,
	sms_method: 'POST',
	sms_status_callback: null,
	sms_url: null,
	status_callback: null,
	status_callback_method: 'POST',
	voice_caller_id_lookup: false,
	voice_fallback_method: 'POST',
	voice_fallback_url: null,
	voice_method: 'POST',
	voice_url: null,
	public_application_connect_enabled: false,
}

function createApplication({ account, form }) {
	const made = account.add('applications', 'AP', { ...APPLICATION })
	made.body.uri = account.path(`Applications/${made.body.sid}.json`)
	apply(made.body, form)
	return made.body
}

// The real one calls the number and has it dialled; this one is verified at once.
function verify({ account, form }) {
	const phone = form.get('PhoneNumber')
	const made = account.add('callerIds', 'PN', { friendly_name: form.get('FriendlyName') ?? phone, phone_number: phone })
	made.body.uri = account.path(`OutgoingCallerIds/${made.body.sid}.json`)
	return { account_sid: account.sid, call_sid: makeSid('CA'), friendly_name: made.body.friendly_name, phone_number: phone, validation_code: '123456' }
}

function update(ctx, collection) {
	const found = record(ctx, collection)
	apply(found.body, ctx.form)
	return touch(found)
}

const at = (id, method, path, handle, more) => ({ id, product: 'api', method, path, handle, ...more })
export const routes = [
	at('ListAccount', 'GET', '/2010-04-01/Accounts.json', (ctx) => page2010(ctx, 'accounts', [ctx.account.body])),
	at('FetchAccount', 'GET', '/2010-04-01/Accounts/{Sid}.json', (ctx) => ctx.account.body),
	at('UpdateAccount', 'POST', '/2010-04-01/Accounts/{Sid}.json', (ctx) => {
		ctx.account.friendlyName = ctx.form.get('FriendlyName') ?? ctx.account.friendlyName
		return ctx.account.body
	}),
	v2010('FetchBalance', 'GET', '/Balance.json', ({ account }) => ({ account_sid: account.sid, balance: '100.00', currency: 'USD' })),
	v2010('ListApplication', 'GET', '/Applications.json', (ctx) =>
		page2010(ctx, 'applications', filtered(bodies(ctx.account.applications), ctx.query, { FriendlyName: 'friendly_name' })),
	),
	v2010('CreateApplication', 'POST', '/Applications.json', createApplication, created()),
	v2010('FetchApplication', 'GET', '/Applications/{Sid}.json', (ctx) => record(ctx, 'applications').body),
	v2010('UpdateApplication', 'POST', '/Applications/{Sid}.json', (ctx) => update(ctx, 'applications')),
	v2010('DeleteApplication', 'DELETE', '/Applications/{Sid}.json', (ctx) => remove(ctx, 'applications'), gone),
	v2010('ListOutgoingCallerId', 'GET', '/OutgoingCallerIds.json', (ctx) =>
		page2010(
			ctx,
			'outgoing_caller_ids',
			filtered(bodies(ctx.account.callerIds), ctx.query, { PhoneNumber: 'phone_number', FriendlyName: 'friendly_name' }),
		),
	),
	v2010('CreateValidationRequest', 'POST', '/OutgoingCallerIds.json', verify),
	v2010('FetchOutgoingCallerId', 'GET', '/OutgoingCallerIds/{Sid}.json', (ctx) => record(ctx, 'callerIds').body),
	v2010('UpdateOutgoingCallerId', 'POST', '/OutgoingCallerIds/{Sid}.json', (ctx) => update(ctx, 'callerIds')),
	v2010('DeleteOutgoingCallerId', 'DELETE', '/OutgoingCallerIds/{Sid}.json', (ctx) => remove(ctx, 'callerIds'), gone),
]
