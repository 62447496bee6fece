// SPDX-License-Identifier: MIT
// Lookup, prices, and ports of numbers: read only.
import { notFound } from '../errors.mjs'
import { pageMeta } from '../lists.mjs'
import { formatted, isE164, iso8601, makeSid } from '../sids.mjs'

const OPTIONAL = [
	'caller_name',
	'sim_swap',
	'call_forwarding',
	'line_status',
	'line_type_intelligence',
	'identity_match',
	'reassigned_number',
	'sms_pumping_risk',
	'phone_number_quality_score',
	'pre_fill',
]

// A landline ends in 99 here, everything else is a mobile.
function lookup({ values, query }) {
	const number = values.PhoneNumber.startsWith('+') ? values.PhoneNumber : `+1${values.PhoneNumber.replace(/\D/g, '')}`
	const isValid = isE164(number)
	const fields = (query.get('Fields') ?? '').split(',')
	const body = {
		calling_country_code: isValid ? (/^\+(1|7|[2-9]\d)/.exec(number)?.[1] ?? null) : null,
		country_code: /^\+1/.test(number) ? 'US' : null,
		phone_number: number,
		national_format: formatted(number),
		valid: isValid,
		validation_errors: isValid ? [] : ['NOT_A_NUMBER'],
		...Object.fromEntries(OPTIONAL.map((name) => [name, null])),
		url: `https://lookups.twilio.com/v2/PhoneNumbers/${number}`,
	}
	if (fields.includes('line_type_intelligence'))
		body.line_type_intelligence = {
			mobile_country_code: '310',
			mobile_network_code: '456',
			carrier_name: 'A carrier',
			type: number.endsWith('99') ? 'landline' : 'mobile',
			error_code: null,
		}
	if (fields.includes('caller_name')) body.caller_name = { caller_name: 'A CALLER', caller_type: 'CONSUMER', error_code: null }
	return body
}

const PRICES = {
	US: ['United States', '1.15', '2.15'],
	CA: ['Canada', '1.15', '2.15'],
	GB: ['United Kingdom', '1.15', '2.15'],
	DE: ['Germany', '1.15', '2.15'],
}
const priceUrl = (path) => `https://pricing.twilio.com/v1/${path}`

function prices(ctx) {
	const { IsoCountry: iso } = ctx.values
	if (!PRICES[iso]) throw notFound(ctx.pathname)
	const [country, local, tollFree] = PRICES[iso]
	const price = (type, amount) => ({ number_type: type, base_price: amount, current_price: amount })
	return {
		country,
		iso_country: iso,
		phone_number_prices: [price('local', local), price('toll free', tollFree), price('mobile', local)],
		price_unit: 'USD',
		url: priceUrl(`PhoneNumbers/Countries/${iso}`),
	}
}

function voicePrices(ctx) {
	const { IsoCountry: iso } = ctx.values
	if (!PRICES[iso]) throw notFound(ctx.pathname)
	return {
		country: PRICES[iso][0],
		iso_country: iso,
		url: priceUrl(`Voice/Countries/${iso}`),
		price_unit: 'USD',
		outbound_prefix_prices: [{ prefixes: ['1'], base_price: '0.014', current_price: '0.014', friendly_name: 'Programmable Outbound Minute' }],
		inbound_call_prices: [{ number_type: 'local', base_price: '0.0085', current_price: '0.0085' }],
	}
}

export function addPort(account, body = {}) {
	const made = {
		body: {
			port_in_request_sid: makeSid('KW'),
			account_sid: account.sid,
			notification_emails: [],
			target_port_in_date: '2026-12-15',
			target_port_in_time_range_start: '10:15:00',
			target_port_in_time_range_end: '11:00:00',
			port_in_request_status: 'In progress',
			order_cancellation_reason: null,
			losing_carrier_information: null,
			phone_numbers: [],
			bundle_sid: null,
			portability_advance_carrier: null,
			auto_cancel_approval_numbers: null,
			documents: [],
			date_created: iso8601(Date.now()),
			support_ticket_id: null,
			signature_request_url: null,
			url: null,
			...body,
		},
	}
	made.body.url ??= `https://numbers.twilio.com/v1/Porting/PortIn/${made.body.port_in_request_sid}`
	account.ports.set(made.body.port_in_request_sid, made)
	return made.body
}

function ports(ctx) {
	const wanted = ctx.query.get('PortInRequestStatus')
	return pageMeta(
		ctx,
		'port_in_requests',
		[...ctx.account.ports.values()].map((p) => p.body).filter((p) => !wanted || p.port_in_request_status === wanted),
	)
}

function port(ctx) {
	const found = ctx.account.ports.get(ctx.values.PortInRequestSid)
	if (!found) throw notFound(ctx.pathname)
	return found.body
}

const get = (product, id, path, handle) => ({ id, product, method: 'GET', path, handle })
export const routes = [
	get('lookups', 'FetchPhoneNumber', '/v2/PhoneNumbers/{PhoneNumber}', lookup),
	get('pricing', 'ListPhoneNumberCountry', '/v1/PhoneNumbers/Countries', (ctx) =>
		pageMeta(
			ctx,
			'countries',
			Object.entries(PRICES).map(([iso, [country]]) => ({ country, iso_country: iso, url: priceUrl(`PhoneNumbers/Countries/${iso}`) })),
		),
	),
	get('pricing', 'FetchPhoneNumberCountry', '/v1/PhoneNumbers/Countries/{IsoCountry}', prices),
	get('pricing', 'FetchVoiceCountry', '/v1/Voice/Countries/{IsoCountry}', voicePrices),
	get('numbers', 'ListPortingAllPortIn', '/v1/Porting/PortIn/PortInRequests', ports),
	get('numbers', 'FetchPortingPortIn', '/v1/Porting/PortIn/{PortInRequestSid}', port),
]
