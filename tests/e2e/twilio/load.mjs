#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Many calls a second ask one webhook, each signed, each on a connection and with a CallSid of its own: how long until its TwiML is there?
import { parseArgs } from 'node:util'
import twilio from 'twilio'
import { exchange } from './callbacks.mjs'
import { makeSid } from './sids.mjs'

const HELP = `usage: node load.mjs --webhook URL [options]
  --rate N          calls a second (200)          --seconds N      how long (10)
  --account AC...   (AC and 32 zeros)             --auth-token T   (fake-auth-token)
  --to, --from      numbers of the calls          --param K=V      another parameter; may be given again
Prints {sent, statuses, errors, p50_ms, p99_ms, max_ms, late_p99_ms}: when this program itself is late, the figures are void.`

const { values } = parseArgs({
	options: {
		webhook: { type: 'string' },
		rate: { type: 'string', default: '200' },
		seconds: { type: 'string', default: '10' },
		account: { type: 'string', default: `AC${'0'.repeat(32)}` },
		'auth-token': { type: 'string', default: 'fake-auth-token' },
		to: { type: 'string', default: '+14155550199' },
		from: { type: 'string', default: '+14155550100' },
		param: { type: 'string', multiple: true, default: [] },
		help: { type: 'boolean' },
	},
})
if (values.help || !values.webhook) {
	console.log(HELP)
	process.exit(values.help ? 0 : 2)
}

const extra = Object.fromEntries(values.param.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]))
const url = new URL(values.webhook)
const took = [],
	late = [],
	statuses = {}
let errors = 0

async function ask() {
	const params = {
		AccountSid: values.account,
		ApiVersion: '2010-04-01',
		CallSid: makeSid('CA'),
		CallStatus: 'ringing',
		Direction: 'inbound',
		From: values.from,
		To: values.to,
		Caller: values.from,
		Called: values.to,
		...extra,
	}
	const body = new URLSearchParams(params).toString()
	const headers = {
		'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
		'Content-Length': Buffer.byteLength(body),
		'User-Agent': 'TwilioProxy/1.1',
		'X-Twilio-Signature': twilio.getExpectedTwilioSignature(values['auth-token'], values.webhook, params),
	}
	const begun = performance.now()
	const answer = await exchange(url, { method: 'POST', headers }, body)
	if (answer.error) errors++
	else statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
	took.push(performance.now() - begun)
}

const percentile = (all, p) => Number(([...all].sort((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * p))] ?? 0).toFixed(2))
const begun = performance.now()
const total = Number(values.rate) * Number(values.seconds)
const open = new Set()
for (let n = 0; n < total;) {
	const due = begun + (n * 1000) / Number(values.rate)
	const now = performance.now()
	if (due > now) {
		await new Promise((resolve) => setTimeout(resolve, due - now))
		continue
	}
	late.push(now - due)
	const one = ask().finally(() => open.delete(one))
	open.add(one)
	n++
}
await Promise.all(open)
console.log(
	JSON.stringify({
		sent: total,
		statuses,
		errors,
		p50_ms: percentile(took, 0.5),
		p99_ms: percentile(took, 0.99),
		max_ms: percentile(took, 1),
		late_p99_ms: percentile(late, 0.99),
	}),
)
