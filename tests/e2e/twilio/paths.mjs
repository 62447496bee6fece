// SPDX-License-Identifier: MIT
// Products whose OpenAPI documents are not at hand, in the same shape and as far as the fake serves them: paths, methods and
// parameters are those of npm twilio 6.2.0 (lib/rest/lookups/v2, pricing/v1, numbers/v1; read 2026-11-24).
const text = { type: 'string' }
const inPath = (name, schema = text) => ({ name, in: 'path', required: true, schema })
const inQuery = (name, schema = text) => ({ name, in: 'query', schema })
const paging = [
	inQuery('PageSize', { type: 'integer', minimum: 1, maximum: 1000 }),
	inQuery('Page', { type: 'integer', minimum: 0 }),
	inQuery('PageToken'),
]
const get = (operationId, parameters) => ({ get: { operationId, parameters, responses: { 200: { description: 'OK' } } } })
const country = inPath('IsoCountry', { type: 'string', pattern: '^[A-Z]{2}$' })

const LOOKUP = [
	'FirstName',
	'LastName',
	'AddressLine1',
	'AddressLine2',
	'City',
	'State',
	'PostalCode',
	'AddressCountryCode',
	'NationalId',
	'DateOfBirth',
	'LastVerifiedDate',
	'VerificationSid',
	'PartnerSubId',
]
const FIELDS =
	'validation|caller_name|sim_swap|call_forwarding|line_status|line_type_intelligence|identity_match|reassigned_number|sms_pumping_risk|phone_number_quality_score|pre_fill'

export const paths = {
	lookups: {
		paths: {
			'/v2/PhoneNumbers/{PhoneNumber}': get('FetchPhoneNumber', [
				inPath('PhoneNumber'),
				inQuery('Fields', { type: 'string', pattern: `^(${FIELDS})(,(${FIELDS}))*$` }),
				inQuery('CountryCode', { type: 'string', format: 'iso-country-code' }),
				...LOOKUP.map((name) => inQuery(name)),
			]),
		},
	},
	pricing: {
		paths: {
			'/v1/PhoneNumbers/Countries': get('ListPhoneNumberCountry', paging),
			'/v1/PhoneNumbers/Countries/{IsoCountry}': get('FetchPhoneNumberCountry', [country]),
			'/v1/Voice/Countries/{IsoCountry}': get('FetchVoiceCountry', [country]),
		},
	},
	numbers: {
		paths: {
			'/v1/Porting/PortIn/PortInRequests': get('ListPortingAllPortIn', [
				inQuery('Token'),
				inQuery('Size', { type: 'integer' }),
				inQuery('PortInRequestSid'),
				inQuery('PortInRequestStatus'),
				inQuery('CreatedBefore'),
				inQuery('CreatedAfter'),
				...paging,
			]),
			'/v1/Porting/PortIn/{PortInRequestSid}': get('FetchPortingPortIn', [
				inPath('PortInRequestSid', { type: 'string', pattern: '^KW[0-9a-fA-F]{32}$' }),
			]),
		},
	},
}
