// SPDX-License-Identifier: MIT
// What goes wrong on demand: with the answers to REST requests, and with the callbacks Twilio makes.

// A request's fault: {on, kind, times, ...}
//   on      an operation's id (CreateCall), "METHOD /path", or a RegExp over "METHOD /product/path"; left out: any
//   times   how often (1); Infinity: always
//   kind    'slow' {ms}: before anything is done      'late' {ms}: done at once, answered so much later
//           'status' {status, code, message}          '429' {retryAfterS}: nothing was done
//           'cut': done, the line breaks before the answer            'hang': done, never answered
//           'reset': the line breaks before the request is looked at  'garbage': an answer that is no JSON
export class Faults {
	constructor() {
		this.rules = []
	}

	add(rule) {
		this.rules.push({ times: 1, ...rule })
		return this
	}

	clear() {
		this.rules = []
	}

	// The first rule that fits, used up by one.
	take(line, operationId, kinds) {
		const rule = this.rules.find((r) => r.times > 0 && kinds.includes(r.kind) && fits(r.on, line, operationId))
		if (rule) rule.times--
		return rule
	}
}

function fits(on, line, operationId) {
	if (on === undefined) return true
	if (on instanceof RegExp) return on.test(line)
	return on === operationId || line === on
}

// A callback's fault: {kind, match, times, ...what}
//   kind    RegExp over the callback's kind: call-status, leg-status, recording, transcription, realtime, stream, conference
//   match   function of the parameters
//   what    lose: true   repeat: n more times   lateMs   afterNext: true (it changes places with the one behind it)
export class Bends {
	constructor() {
		this.rules = []
	}

	add(rule) {
		this.rules.push({ times: 1, ...rule })
		return this
	}

	clear() {
		this.rules = []
	}

	take(kind, params) {
		const rule = this.rules.find((r) => r.times > 0 && (!r.kind || r.kind.test(kind)) && (!r.match || r.match(params)))
		if (rule) rule.times--
		return rule ?? {}
	}
}
