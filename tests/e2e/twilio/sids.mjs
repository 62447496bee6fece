// SPDX-License-Identifier: MIT
// Names and times as Twilio writes them.
import crypto from 'node:crypto'

export const makeSid = (kind) => kind + crypto.randomBytes(16).toString('hex')
export const isSid = (kind, text) => new RegExp(`^${kind}[0-9a-fA-F]{32}$`).test(text ?? '')
// RFC 2822 with a numeric zone, as the 2010 API has it; null stays null.
export const rfc2822 = (ms) => (ms === null || ms === undefined ? null : new Date(ms).toUTCString().replace('GMT', '+0000'))
export const iso8601 = (ms) => (ms === null || ms === undefined ? null : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z'))
export const isE164 = (text) => /^\+[1-9]\d{1,14}$/.test(text ?? '')
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

// "(415) 555-0100", as far as the 2010 API formats numbers.
export function formatted(number) {
	const hit = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number ?? '')
	return hit ? `(${hit[1]}) ${hit[2]}-${hit[3]}` : number
}
