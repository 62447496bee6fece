// SPDX-License-Identifier: MIT
// Twilio's own client, whose requests go to the fake.
import twilio from 'twilio'

class Redirected extends twilio.RequestClient {
	constructor(origin) {
		super()
		this.origin = origin
	}

	request(options) {
		return super.request({ ...options, uri: options.uri.replace(/^https:\/\/(\w+)\.twilio\.com/, `${this.origin}/$1`) })
	}
}

// options: as twilio's
export const clientOf = (fake, user, password, options = {}) => twilio(user, password, { ...options, httpClient: new Redirected(fake.origin) })
