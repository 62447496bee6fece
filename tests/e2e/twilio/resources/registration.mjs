// SPDX-License-Identifier: MIT
// Registrations that are only read here: A2P brands, and verifications of toll-free numbers.
import { notFound } from '../errors.mjs'
import { pageMeta } from '../lists.mjs'
import { iso8601, makeSid } from '../sids.mjs'
import { bodies } from './route.mjs'

const BASE = 'https://messaging.twilio.com/v1'

export function addBrand(account, body = {}) {
	const now = iso8601(Date.now())
	const sid = body.sid ?? makeSid('BN')
	const url = `${BASE}/a2p/BrandRegistrations/${sid}`
	account.brands.set(sid, {
		body: {
			sid,
			account_sid: account.sid,
			customer_profile_bundle_sid: makeSid('BU'),
			a2p_profile_bundle_sid: makeSid('BU'),
			date_created: now,
			date_updated: now,
			brand_type: 'STANDARD',
			status: 'APPROVED',
			tcr_id: 'BXXXXXX',
			failure_reason: null,
			url,
			brand_score: 42,
			brand_feedback: null,
			identity_status: 'VERIFIED',
			russell_3000: false,
			government_entity: false,
			tax_exempt_status: null,
			skip_automatic_sec_vet: false,
			mock: false,
			errors: [],
			links: { brand_vettings: `${url}/Vettings`, brand_registration_otps: `${url}/SmsOtp` },
			...body,
		},
	})
	return account.brands.get(sid).body
}

export function addVerification(account, body = {}) {
	const now = iso8601(Date.now())
	const sid = makeSid('HH')
	account.verifications.set(sid, {
		body: {
			sid,
			account_sid: account.sid,
			date_created: now,
			date_updated: now,
			business_name: 'Acme',
			status: 'TWILIO_APPROVED',
			tollfree_phone_number_sid: null,
			rejection_reason: null,
			error_code: null,
			url: `${BASE}/Tollfree/Verifications/${sid}`,
			...body,
		},
	})
	return account.verifications.get(sid).body
}

function brand(ctx) {
	const found = ctx.account.brands.get(ctx.values.Sid)
	if (!found) throw notFound(ctx.pathname)
	return found.body
}

function verifications(ctx) {
	const wanted = { status: ctx.query.get('Status'), tollfree_phone_number_sid: ctx.query.get('TollfreePhoneNumberSid') }
	return pageMeta(
		ctx,
		'verifications',
		bodies(ctx.account.verifications).filter((v) => Object.entries(wanted).every(([key, value]) => value === null || v[key] === value)),
	)
}

export const routes = [
	{ id: 'FetchBrandRegistrations', product: 'messaging', method: 'GET', path: '/v1/a2p/BrandRegistrations/{Sid}', handle: brand },
	{ id: 'ListTollfreeVerification', product: 'messaging', method: 'GET', path: '/v1/Tollfree/Verifications', handle: verifications },
]
