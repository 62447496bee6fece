// SPDX-License-Identifier: MIT
// Twilio's errors: the body {code, message, more_info, status} (twilio.com/docs/usage/twilios-response) and the codes a telephony client meets.
const TABLE = {
	20001: [400, 'Bad request'],
	20003: [401, 'Authenticate'],
	20008: [403, 'Resource not accessible with Test Account Credentials'],
	20404: [404, 'The requested resource was not found'],
	20429: [429, 'Too Many Requests'],
	20500: [500, 'Internal Server Error'],
	20503: [503, 'Service Unavailable'],
	21201: [400, "No 'To' number is specified"],
	21205: [400, 'Url parameter is required.'],
	21210: [400, 'The source phone number provided is not yet verified for your account'],
	21211: [400, "Invalid 'To' Phone Number"],
	21212: [400, "Invalid 'From' Number (caller ID)"],
	21213: [400, "'From' phone number is required"],
	21214: [400, "'To' phone number cannot be reached"],
	21215: [400, 'Account not authorized to call the number. Perhaps you need to enable some international permissions'],
	21216: [400, 'Call blocked by Twilio'],
	21217: [400, 'Phone number does not appear to be valid'],
	21220: [400, 'Call is not in-progress. Cannot redirect.'],
	21408: [400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"],
	21421: [400, 'PhoneNumber is invalid'],
	21422: [400, 'PhoneNumber is not available'],
	21452: [400, 'No phone numbers found in area code'],
	21602: [400, 'Message body is required.'],
	21603: [400, "A 'From' phone number is required."],
	21604: [400, "A 'To' phone number is required."],
	21606: [400, "The 'From' phone number provided is not a valid message-capable Twilio phone number for this destination"],
	21609: [400, "Invalid 'StatusCallback' URL"],
	21610: [400, 'Attempt to send to unsubscribed recipient'],
	21611: [400, "This 'From' number has exceeded the maximum number of queued messages"],
	21612: [400, "Message cannot be sent with the current combination of 'To' and/or 'From' parameters"],
	21614: [400, "'To' number is not a valid mobile number"],
	21617: [400, 'The concatenated message body exceeds the 1600 character limit'],
	21701: [404, 'Messaging Service does not exist'],
	21710: [409, 'Phone Number is already associated with a Messaging Service'],
	22003: [400, 'A queue with this name exists already'],
}

export class RestError extends Error {
	constructor(code, { message, status, headers = {}, details } = {}) {
		super(message ?? TABLE[code]?.[1] ?? 'Error')
		Object.assign(this, { code, status: status ?? TABLE[code]?.[0] ?? 400, headers, details })
	}

	get body() {
		const body = { code: this.code, message: this.message, more_info: `https://www.twilio.com/docs/errors/${this.code}`, status: this.status }
		return this.details ? { ...body, details: this.details } : body
	}
}

export const notFound = (pathname) => new RestError(20404, { message: `The requested resource ${pathname} was not found` })
