// SPDX-License-Identifier: MIT
// Numbers of the account, and those that can be bought: ten in each area of the plan, except where an area is sold out.
import { apply, filtered, page2010 } from '../lists.mjs'
import { RestError, notFound } from '../errors.mjs'
import { formatted, isE164 } from '../sids.mjs'
import { bodies, created, gone, record, remove, touch, v2010 } from './route.mjs'

const NUMBER = {
	address_sid: null,
	address_requirements: 'none',
	api_version: '2010-04-01',
	beta: false,
	friendly_name: null,
	identity_sid: null,
	origin: 'twilio',
	sms_application_sid: null,
	sms_fallback_method: 'POST',
	sms_fallback_url: '',
	sms_method: 'POST',
	sms_url: '',
	status_callback: '',
	status_callback_method: 'POST',
	trunk_sid: null,
	voice_receive_mode: 'voice',
	voice_application_sid: null,
	voice_caller_id_lookup: false,
	voice_fallback_method: 'POST',
	voice_fallback_url: '',
	voice_method: 'POST',
	voice_url: '',
	emergency_status: 'Inactive',
	emergency_address_sid: null,
	emergency_address_status: 'unregistered',
	bundle_sid: null,
	status: 'in-use',
	type: 'local',
}
const CAPABILITIES = { voice: true, sms: true, mms: true, fax: false }
const COUNTRIES = { US: 'United States', CA: 'Canada', GB: 'United Kingdom', DE: 'Germany' }
const PREFIXES = { US: '+1', CA: '+1', GB: '+44', DE: '+49' }
const SOLD_OUT = '533'
const AREAS = {
	Local: { US: '415', CA: '604', GB: '20', DE: '30' },
	TollFree: { US: '800', CA: '888', GB: '800', DE: '800' },
	Mobile: { US: '650', CA: '778', GB: '7400', DE: '1512' },
}

export function addNumber(account, phoneNumber, more = {}) {
	const made = account.add('numbers', 'PN', {
		...NUMBER,
		phone_number: phoneNumber,
		friendly_name: formatted(phoneNumber),
		capabilities: { ...CAPABILITIES },
		...more,
	})
	made.body.uri = account.path(`IncomingPhoneNumbers/${made.body.sid}.json`)
	return made
}

// The n-th number of an area: eight digits behind the prefix for Europe, ten in all for the Americas.
function nth(country, area, n) {
	const rest = `55${String(50100 + n).padStart(5, '0')}`
	return `${PREFIXES[country]}${area}${rest}`
}

function free(twilio, country, type, area) {
	const taken = (number) => [...twilio.accounts.values()].some((a) => a.number(number))
	if (area === SOLD_OUT) return []
	return Array.from({ length: 10 }, (_, i) => nth(country, area, i)).filter((number) => !taken(number))
}

function available(ctx, type) {
	const { CountryCode: country } = ctx.values
	if (!COUNTRIES[country] || !AREAS[type][country]) throw notFound(ctx.pathname)
	const area = ctx.query.get('AreaCode') ?? AREAS[type][country]
	const pattern = new RegExp((ctx.query.get('Contains') ?? '').replace(/[+]/g, '\\+').replace(/\*/g, '.'))
	const wanted = ['Voice', 'Sms', 'Mms', 'Fax']
		.filter((name) => ctx.query.get(`${name}Enabled`) === 'true')
		.every((name) => CAPABILITIES[name.toLowerCase()])
	const numbers = wanted ? free(ctx.twilio, country, type, area).filter((n) => pattern.test(n)) : []
	const limit = Number(ctx.query.get('PageSize') ?? 50)
	return {
		uri: ctx.pathname,
		available_phone_numbers: numbers.slice(0, limit).map((number) => ({
			friendly_name: formatted(number),
			phone_number: number,
			lata: country === 'US' ? '722' : null,
			locality: 'San Francisco',
			rate_center: 'SNFC CNTRL',
			latitude: null,
			longitude: null,
			region: 'CA',
			postal_code: '94105',
			iso_country: country,
			address_requirements: 'none',
			beta: false,
			capabilities: { ...CAPABILITIES },
		})),
	}
}

function choose({ twilio, form }) {
	const number = form.get('PhoneNumber')
	if (number !== null) {
		if (!isE164(number)) throw new RestError(21421)
		if ([...twilio.accounts.values()].some((a) => a.number(number))) throw new RestError(21422)
		return number
	}
	const area = form.get('AreaCode')
	if (area === null) throw new RestError(21421, { message: 'PhoneNumber or AreaCode is required' })
	const [first] = free(twilio, 'US', 'Local', area)
	if (!first) throw new RestError(21452)
	return first
}

function buy(ctx) {
	const number = ctx.account.isTest ? (ctx.form.get('PhoneNumber') ?? '+15005550006') : choose(ctx)
	const made = addNumber(ctx.account, number)
	apply(
		made.body,
		ctx.form,
		[...ctx.form.keys()].filter((name) => name !== 'PhoneNumber'),
	)
	if (ctx.account.isTest) ctx.account.numbers.delete(made.body.sid)
	return made.body
}

function update(ctx) {
	const found = record(ctx, 'numbers')
	apply(found.body, ctx.form)
	return touch(found)
}

function release(ctx) {
	for (const service of ctx.account.services.values()) service.numbers.delete(ctx.values.Sid)
	remove(ctx, 'numbers')
}

function countries({ account }) {
	return {
		uri: account.path('AvailablePhoneNumbers.json'),
		countries: Object.entries(COUNTRIES).map(([code, name]) => country(account, code, name)),
	}
}

function country(account, code, name) {
	const uri = account.path(`AvailablePhoneNumbers/${code}.json`)
	const types = { local: 'Local', toll_free: 'TollFree', mobile: 'Mobile' }
	return {
		country_code: code,
		country: name,
		uri: `https://api.twilio.com${uri}`,
		beta: false,
		subresource_uris: Object.fromEntries(Object.entries(types).map(([key, type]) => [key, uri.replace('.json', `/${type}.json`)])),
	}
}

const list = (ctx, keep = () => true) => {
	const part = ctx.query.get('PhoneNumber') ?? ''
	const all = bodies(ctx.account.numbers).filter((n) => n.phone_number.includes(part) && keep(n))
	return page2010(ctx, 'incoming_phone_numbers', filtered(all, ctx.query, { FriendlyName: 'friendly_name', Origin: 'origin' }))
}

export const routes = [
	v2010('ListIncomingPhoneNumber', 'GET', '/IncomingPhoneNumbers.json', list),
	v2010('CreateIncomingPhoneNumber', 'POST', '/IncomingPhoneNumbers.json', buy, created()),
	v2010('FetchIncomingPhoneNumber', 'GET', '/IncomingPhoneNumbers/{Sid}.json', (ctx) => record(ctx, 'numbers').body),
	v2010('UpdateIncomingPhoneNumber', 'POST', '/IncomingPhoneNumbers/{Sid}.json', update),
	v2010('DeleteIncomingPhoneNumber', 'DELETE', '/IncomingPhoneNumbers/{Sid}.json', release, gone),
	v2010('ListAvailablePhoneNumberCountry', 'GET', '/AvailablePhoneNumbers.json', countries),
	v2010('FetchAvailablePhoneNumberCountry', 'GET', '/AvailablePhoneNumbers/{CountryCode}.json', (ctx) => {
		const name = COUNTRIES[ctx.values.CountryCode]
		if (!name) throw notFound(ctx.pathname)
		return country(ctx.account, ctx.values.CountryCode, name)
	}),
	...['Local', 'TollFree', 'Mobile'].map((type) =>
		v2010(`ListAvailablePhoneNumber${type}`, 'GET', `/AvailablePhoneNumbers/{CountryCode}/${type}.json`, (ctx) => available(ctx, type)),
	),
]
