// SPDX-License-Identifier: MIT
// Messages are accepted and go on to "delivered" when they are looked at again; messaging services have senders and an A2P campaign.
import { RestError, notFound } from '../errors.mjs'
import { apply, dated, filtered, page2010, pageMeta, snake } from '../lists.mjs'
import { isE164, iso8601, makeSid, rfc2822 } from '../sids.mjs'
import { addBrand } from './registration.mjs'
import { bodies, created, gone, record, remove, touch, v2010 } from './route.mjs'

const BODY_CHARS = 1600
// One character of GSM 03.38 is one of a segment; others make all of them two bytes.
const GSM7 =
	/^[\x20-\x7e\n\r\u00a3\u00a5\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7\u00d8\u00f8\u00c5\u00e5\u0394\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e\u00c6\u00e6\u00df\u00c9\u00c4\u00d6\u00d1\u00dc\u00a7\u00bf\u00e4\u00f6\u00f1\u00fc\u00e0]*$/

function segments(text) {
	const [one, more] = GSM7.test(text) ? [160, 153] : [70, 67]
	return String(text.length <= one ? 1 : Math.ceil(text.length / more))
}

function checkMessage({ account, form }) {
	const [to, from, service] = ['To', 'From', 'MessagingServiceSid'].map((name) => form.get(name))
	if (!to) throw new RestError(21604)
	if (!from && !service) throw new RestError(21603)
	if (!form.get('Body') && !form.has('MediaUrl') && !form.has('ContentSid')) throw new RestError(21602)
	if ((form.get('Body') ?? '').length > BODY_CHARS) throw new RestError(21617)
	if (account.isTest) return
	if (!isE164(to)) throw new RestError(21211, { message: `The 'To' number ${to} is not a valid phone number.` })
	if (service && !account.services.has(service)) throw new RestError(21701)
	if (from && !account.number(from)) throw new RestError(21606)
}

function createMessage(ctx) {
	checkMessage(ctx)
	const { account, form } = ctx
	const service = form.get('MessagingServiceSid')
	const made = account.add('messages', 'SM', {
		body: form.get('Body') ?? '',
		num_segments: segments(form.get('Body') ?? ''),
		direction: 'outbound-api',
		from: form.get('From'),
		to: form.get('To'),
		price: null,
		error_message: null,
		num_media: String(form.getAll('MediaUrl').length),
		status: service ? 'accepted' : 'queued',
		messaging_service_sid: service,
		date_sent: null,
		error_code: null,
		price_unit: 'USD',
		api_version: '2010-04-01',
	})
	const { body } = made
	body.uri = account.path(`Messages/${body.sid}.json`)
	body.subresource_uris = { media: account.path(`Messages/${body.sid}/Media.json`) }
	const shown = { ...body }
	if (account.isTest) account.messages.delete(body.sid)
	else Object.assign(body, { status: 'delivered', date_sent: rfc2822(Date.now()), price: '-0.00750' })
	return shown
}

function updateMessage(ctx) {
	const found = record(ctx, 'messages')
	if (ctx.form.get('Status') === 'canceled') found.body.status = 'canceled'
	if (ctx.form.get('Body') === '') found.body.body = ''
	return touch(found)
}

const SERVICE = {
	friendly_name: null,
	inbound_request_url: null,
	inbound_method: 'POST',
	fallback_url: null,
	fallback_method: 'POST',
	status_callback: null,
	sticky_sender: true,
	mms_converter: true,
	smart_encoding: true,
	scan_message_content: 'inherit',
	fallback_to_long_code: true,
	area_code_geomatch: true,
	synchronous_validation: false,
	validity_period: 14400,
	usecase: 'undeclared',
	us_app_to_person_registered: false,
	use_inbound_webhook_on_number: false,
}

export function addService(account, body = {}) {
	const now = iso8601(Date.now())
	const sid = body.sid ?? makeSid('MG')
	const url = `https://messaging.twilio.com/v1/Services/${sid}`
	const links = {
		phone_numbers: `${url}/PhoneNumbers`,
		short_codes: `${url}/ShortCodes`,
		alpha_senders: `${url}/AlphaSenders`,
		us_app_to_person: `${url}/Compliance/Usa2p`,
	}
	const made = {
		account,
		numbers: new Map(),
		campaigns: [],
		body: { sid, account_sid: account.sid, date_created: now, date_updated: now, url, links, ...SERVICE, ...body },
	}
	account.services.set(sid, made)
	return made
}

export function addCampaign(service, body = {}) {
	const now = iso8601(Date.now())
	const made = {
		sid: makeSid('QE'),
		account_sid: service.body.account_sid,
		brand_registration_sid: makeSid('BN'),
		messaging_service_sid: service.body.sid,
		description: 'Notifications to customers',
		message_samples: ['Your table is ready.'],
		us_app_to_person_usecase: 'CUSTOMER_CARE',
		has_embedded_links: true,
		has_embedded_phone: false,
		subscriber_opt_in: true,
		age_gated: false,
		direct_lending: false,
		campaign_status: 'VERIFIED',
		campaign_id: 'CFOOBAR',
		is_externally_registered: false,
		rate_limits: { att: { mps: 600, msg_class: 'A' }, tmobile: { brand_tier: 'TOP' } },
		message_flow: 'On the web site',
		opt_in_message: '',
		opt_out_message: '',
		help_message: '',
		opt_in_keywords: [],
		opt_out_keywords: ['STOP'],
		help_keywords: ['HELP'],
		date_created: now,
		date_updated: now,
		url: `${service.body.url}/Compliance/Usa2p`,
		mock: false,
		errors: [],
		...body,
	}
	service.campaigns.push(made)
	if (service.account && !service.account.brands.has(made.brand_registration_sid)) addBrand(service.account, { sid: made.brand_registration_sid })
	service.body.us_app_to_person_registered = true
	return made
}

export function attachNumber(service, number) {
	const { sid, account_sid, phone_number } = number.body
	const now = iso8601(Date.now())
	const body = {
		sid,
		account_sid,
		service_sid: service.body.sid,
		date_created: now,
		date_updated: now,
		phone_number,
		country_code: 'US',
		capabilities: ['Voice', 'SMS', 'MMS'],
		url: `${service.body.url}/PhoneNumbers/${sid}`,
	}
	service.numbers.set(sid, { body })
	return body
}

function attach(ctx) {
	const service = record(ctx, 'services', 'ServiceSid')
	const number = ctx.account.numbers.get(ctx.form.get('PhoneNumberSid'))
	if (!number) throw notFound(ctx.pathname)
	if ([...ctx.account.services.values()].some((s) => s.numbers.has(number.body.sid))) throw new RestError(21710)
	return attachNumber(service, number)
}

function attached(ctx) {
	const found = record(ctx, 'services', 'ServiceSid').numbers.get(ctx.values.Sid)
	if (!found) throw notFound(ctx.pathname)
	return found.body
}

function detach(ctx) {
	attached(ctx)
	ctx.account.services.get(ctx.values.ServiceSid).numbers.delete(ctx.values.Sid)
}

function createService(ctx) {
	const made = addService(ctx.account)
	apply(made.body, ctx.form, [...ctx.form.keys()])
	return made.body
}

function updateService(ctx) {
	const found = record(ctx, 'services')
	apply(
		found.body,
		ctx.form,
		[...ctx.form.keys()].filter((name) => snake(name) in SERVICE),
	)
	found.body.date_updated = iso8601(Date.now())
	return found.body
}

function campaign(ctx) {
	const found = record(ctx, 'services', 'MessagingServiceSid').campaigns.find((c) => c.sid === ctx.values.Sid)
	if (!found) throw notFound(ctx.pathname)
	return found
}

const at = (id, method, path, handle, more) => ({ id, product: 'messaging', method, path: `/v1/Services${path}`, handle, ...more })
export const routes = [
	v2010('ListMessage', 'GET', '/Messages.json', (ctx) =>
		page2010(
			ctx,
			'messages',
			dated(filtered(bodies(ctx.account.messages), ctx.query, { To: 'to', From: 'from' }), ctx.query, 'DateSent', 'date_sent'),
		),
	),
	v2010('CreateMessage', 'POST', '/Messages.json', createMessage, created()),
	v2010('FetchMessage', 'GET', '/Messages/{Sid}.json', (ctx) => record(ctx, 'messages').body),
	v2010('UpdateMessage', 'POST', '/Messages/{Sid}.json', updateMessage),
	v2010('DeleteMessage', 'DELETE', '/Messages/{Sid}.json', (ctx) => remove(ctx, 'messages'), gone),
	at('ListService', 'GET', '', (ctx) => pageMeta(ctx, 'services', bodies(ctx.account.services))),
	at('CreateService', 'POST', '', createService, created()),
	at('FetchService', 'GET', '/{Sid}', (ctx) => record(ctx, 'services').body),
	at('UpdateService', 'POST', '/{Sid}', updateService),
	at('DeleteService', 'DELETE', '/{Sid}', (ctx) => remove(ctx, 'services'), gone),
	at('ListPhoneNumber', 'GET', '/{ServiceSid}/PhoneNumbers', (ctx) =>
		pageMeta(ctx, 'phone_numbers', bodies(record(ctx, 'services', 'ServiceSid').numbers)),
	),
	at('CreatePhoneNumber', 'POST', '/{ServiceSid}/PhoneNumbers', attach, created()),
	at('FetchPhoneNumber', 'GET', '/{ServiceSid}/PhoneNumbers/{Sid}', attached),
	at('DeletePhoneNumber', 'DELETE', '/{ServiceSid}/PhoneNumbers/{Sid}', detach, gone),
	at('ListUsAppToPerson', 'GET', '/{MessagingServiceSid}/Compliance/Usa2p', (ctx) =>
		pageMeta(ctx, 'compliance', record(ctx, 'services', 'MessagingServiceSid').campaigns),
	),
	at('FetchUsAppToPerson', 'GET', '/{MessagingServiceSid}/Compliance/Usa2p/{Sid}', campaign),
]
