#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// A Twilio to try ringdown against, without an account: REST on one port, and calls that call.mjs asks for.
import { parseArgs } from 'node:util'
import { addService } from './resources/messaging.mjs'
import { addNumber } from './resources/numbers.mjs'
import { FakeTwilio, reply } from './twilio.mjs'

const HELP = `usage: node serve.mjs [options]
  --port N              listens at 127.0.0.1:N (8095)
  --account AC...       the account's SID (AC and 32 zeros)
  --auth-token TOKEN    its token (32 hexadecimal digits, or another text; fake-auth-token)
  --api-key SK..:SECRET a key of it; may be given again
  --number +1...        a number it already has; may be given again
  --service NAME        a messaging service it already has
  --reach FROM=TO       requests to origin FROM go to origin TO: https://voice.example.com=http://127.0.0.1:8080
  --person ADDRESS=HOW  a phone or client:identity that is called: answered, busy, no-answer, failed; may be given again
  --callsim PROGRAM     for <Stream>; else RINGDOWN_BIN and PATH are searched
What a client does wrong, and what happens in calls, is printed.`

const { values } = parseArgs({
	options: {
		port: { type: 'string', default: '8095' },
		account: { type: 'string', default: `AC${'0'.repeat(32)}` },
		'auth-token': { type: 'string', default: 'fake-auth-token' },
		'api-key': { type: 'string', multiple: true, default: [] },
		number: { type: 'string', multiple: true, default: [] },
		service: { type: 'string' },
		reach: { type: 'string', multiple: true, default: [] },
		person: { type: 'string', multiple: true, default: [] },
		callsim: { type: 'string' },
		help: { type: 'boolean' },
	},
})
if (values.help) {
	console.log(HELP)
	process.exit(0)
}

const pairs = (list) => Object.fromEntries(list.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]))
const keys = values['api-key'].map((one) => ({ sid: one.slice(0, one.indexOf(':')), secret: one.slice(one.indexOf(':') + 1) }))
const fake = new FakeTwilio({
	port: Number(values.port),
	accounts: [{ sid: values.account, authToken: values['auth-token'], keys }],
	reach: pairs(values.reach),
	people: pairs(values.person),
	callsim: values.callsim,
	control,
})

// POST /control/call {from, to, inputs ...}: a call, line by line, to its end.
async function control(request, response, pathname, body) {
	if (request.method !== 'POST' || pathname !== '/call') return reply(response, 404, { message: 'POST /control/call' })
	let leg
	try {
		leg = fake.phone.call(JSON.parse(body))
	} catch (e) {
		return reply(response, 400, { message: e.message })
	}
	response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' })
	const lines = (one, words) => (one === leg || one.parent === leg) && response.write(`${one === leg ? '' : '  called: '}${words}\n`)
	listeners.add(lines)
	await leg.ended
	await fake.callbacks.settled()
	listeners.delete(lines)
	response.end(`the call is over: ${leg.state}, ${leg.talkedS} s\n`)
}

const listeners = new Set()
fake.phone.onStep = (leg, words) => {
	for (const listener of listeners) listener(leg, words)
	console.log(`${leg.sid.slice(-4)} ${words}`)
}
for (const list of [fake.violations, fake.notifications]) {
	list.push = (one) => (console.log(`! ${one.kind ?? one.code}: ${one.text}`), Array.prototype.push.call(list, one))
}

await fake.start()
for (const number of values.number) addNumber(fake.account, number)
if (values.service)
	console.log(`messaging service ${addService(fake.account, { friendly_name: values.service, use_inbound_webhook_on_number: true }).body.sid}`)
console.log(`account ${values.account}, token ${values['auth-token']}\n[twilio]\napi_url = ${fake.apiUrl}`)
if (!fake.api.has('api')) console.log("requests are not checked: Twilio's OpenAPI documents are not there (RINGDOWN_SPECS)")
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => fake.stop().then(() => process.exit(0)))
