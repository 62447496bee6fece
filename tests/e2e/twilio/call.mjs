#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Somebody calls a number of the Twilio that serve.mjs plays, or straight a webhook; what happens is printed line by line.
import { parseArgs } from 'node:util'
import { FakeTwilio } from './twilio.mjs'

const HELP = `usage: node call.mjs --to +1... [options]
  --fake URL         where serve.mjs listens (http://127.0.0.1:8095)
  --webhook URL      asks this URL itself instead, signed with --auth-token, as account --account
  --from +1...       who calls (+14155550100)
  --digits 1,,2      what is pressed at the first menu, the second ...; nothing between commas: nothing is pressed
  --say WORDS        spoken at the first menu, instead
  --dial HOW         how the called phones are: answered, busy, no-answer, failed; commas for one after the other
  --record SECONDS   how long the message left at <Record> is (5); 0: nothing is said
  --wait KEYS        what is pressed in a queue, as --digits
  --hangs-up VERB    gives up there: Gather, Dial, Enqueue, talk, ringing, Record ...; Gather#2 for the second
  --seconds N        how long a <Stream> is listened to (20)`

const { values } = parseArgs({
	options: {
		fake: { type: 'string', default: 'http://127.0.0.1:8095' },
		webhook: { type: 'string' },
		'auth-token': { type: 'string', default: 'fake-auth-token' },
		account: { type: 'string', default: `AC${'0'.repeat(32)}` },
		from: { type: 'string', default: '+14155550100' },
		to: { type: 'string' },
		digits: { type: 'string' },
		say: { type: 'string' },
		dial: { type: 'string' },
		record: { type: 'string' },
		wait: { type: 'string' },
		'hangs-up': { type: 'string' },
		seconds: { type: 'string' },
		help: { type: 'boolean' },
	},
})
if (values.help || !values.to) {
	console.log(HELP)
	process.exit(values.help ? 0 : 2)
}

const list = (text) => text?.split(',').map((one) => (one === '' ? null : one))
const script = {
	from: values.from,
	to: values.to,
	inputs: values.say ? [{ speech: values.say }, ...(list(values.digits) ?? [])] : list(values.digits),
	dials: list(values.dial),
	records: values.record === undefined ? undefined : [values.record === '0' ? { isSilent: true } : { seconds: Number(values.record) }],
	waits: list(values.wait),
	hangsUp: values['hangs-up'],
	stream: values.seconds ? { seconds: Number(values.seconds) } : undefined,
}

async function ask() {
	const response = await fetch(`${values.fake}/control/call`, { method: 'POST', body: JSON.stringify(script) })
	if (!response.ok) throw new Error((await response.json()).message)
	for await (const chunk of response.body) process.stdout.write(chunk)
}

async function callItself() {
	const fake = await new FakeTwilio({ accounts: [{ sid: values.account, authToken: values['auth-token'] }] }).start()
	fake.phone.onStep = (leg, words) => console.log(words)
	const leg = fake.phone.call({ ...script, url: values.webhook })
	await leg.ended
	await fake.stop()
	console.log(`the call is over: ${leg.state}, ${leg.talkedS} s`)
	for (const { kind, code, text } of [...fake.violations, ...fake.notifications]) console.log(`! ${kind ?? code}: ${text}`)
	process.exitCode = fake.violations.length > 0 ? 1 : 0
}

try {
	await (values.webhook ? callItself() : ask())
} catch (e) {
	console.error(`call: ${e.cause?.code ?? e.message}`)
	process.exit(1)
}
