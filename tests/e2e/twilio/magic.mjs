// SPDX-License-Identifier: MIT
// Test credentials: three resources can be made, nothing happens, and some numbers mean an error
// (twilio.com/docs/iam/test-credentials; read 2026-11-23).  null: it is taken.  "*": every other value.
import { RestError } from './errors.mjs'

const MINE = '+15005550006'
export const MAGIC = {
	Messages: {
		From: { '+15005550001': 21212, '+15005550007': 21606, '+15005550008': 21611, [MINE]: null, '*': 21606 },
		To: { '+15005550001': 21211, '+15005550002': 21612, '+15005550003': 21408, '+15005550004': 21610, '+15005550009': 21614 },
	},
	Calls: {
		From: { '+15005550001': 21212, [MINE]: null, '*': 21210 },
		To: { '+15005550001': 21217, '+15005550002': 21214, '+15005550003': 21215, '+15005550004': 21216 },
	},
	IncomingPhoneNumbers: {
		PhoneNumber: { '+15005550000': 21422, '+15005550001': 21421, [MINE]: null },
		AreaCode: { 533: 21452, 500: null },
	},
}
const OPERATIONS = { CreateMessage: 'Messages', CreateCall: 'Calls', CreateIncomingPhoneNumber: 'IncomingPhoneNumbers' }

// Throws what test credentials are answered; nothing when the request may be made.
export function checkMagic(operationId, product, form) {
	if (product === 'lookups') return
	const rules = MAGIC[OPERATIONS[operationId]]
	if (!rules) throw new RestError(20008)
	if (form.has('MessagingServiceSid')) throw new RestError(21606)
	for (const [name, values] of Object.entries(rules)) {
		const value = form.get(name)
		const code = value === null ? null : (values[value] ?? (Object.hasOwn(values, value) ? null : (values['*'] ?? null)))
		if (code) throw new RestError(code)
	}
}
