// SPDX-License-Identifier: MIT
// Requests Twilio makes: signed, with its retries and overrides (twilio.com/docs/usage/webhooks/webhooks-connection-overrides, docs/usage/security; read 2026-11-23),
// and the status callbacks among them, which come in order, one after the other, unless a rule bends that.
import http from 'node:http'
import https from 'node:https'
import crypto from 'node:crypto'
import twilio from 'twilio'
import { sleep } from './sids.mjs'

const LIMIT_MS = 15000
const REDIRECTS_MAX = 10

// "#rc=2&rp=ct,5xx": what the fragment of a URL asks for.
function overrides(url) {
	const given = new URLSearchParams(url.hash.slice(1))
	return {
		retries: Number(given.get('rc') ?? 1),
		on: (given.get('rp') ?? 'ct').split(','),
		limitMs: Number(given.get('tt') ?? given.get('rt') ?? LIMIT_MS),
	}
}

// What is signed: of https the port is dropped.
function signedUrl(url) {
	const text = url.href.split('#')[0]
	return url.protocol === 'https:' && url.port ? text.replace(`:${url.port}`, '') : text
}

export class Callbacks {
	constructor(fake) {
		this.fake = fake
		this.sent = [] // {kind, url, params, status, ms, error}
		this.chains = new Map()
		this.open = new Set()
	}

	// One request as Twilio makes it: {status, type, text, ms, url} or {error}
	async request(account, { url: text, method = 'POST', params }) {
		const url = new URL(text)
		const { retries, on, limitMs } = overrides(url)
		const token = crypto.randomUUID()
		let answer
		for (let tries = 0; tries <= retries; tries++) {
			answer = await this.follow(account, url, method, params, { limitMs, token })
			const reason = answer.error ? answer.error : answer.status >= 500 ? '5xx' : answer.status >= 400 ? '4xx' : undefined
			if (!reason || !(on.includes(reason) || on.includes('all'))) break
		}
		return answer
	}

	async follow(account, url, method, params, more) {
		for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
			const answer = await this.once(account, url, method, params, more)
			if (!(answer.status >= 300 && answer.status < 400 && answer.location)) return answer
			url = new URL(answer.location, url)
			if (answer.status === 303) method = 'GET'
		}
		return { error: 'redirects' }
	}

	once(account, url, method, params, { limitMs, token }) {
		const isGet = method === 'GET'
		const target = new URL(url.href.split('#')[0])
		if (isGet) for (const [name, value] of Object.entries(params)) target.searchParams.append(name, value)
		const signature =
			this.fake.options.sign?.(target.href, params) ?? twilio.getExpectedTwilioSignature(account.authToken, signedUrl(target), isGet ? {} : params)
		const body = isGet ? '' : new URLSearchParams(params).toString()
		const dialled = this.fake.phone.reach(target)
		const headers = {
			Host: target.host,
			'User-Agent': 'TwilioProxy/1.1',
			Accept: '*/*',
			'X-Twilio-Signature': signature,
			'I-Twilio-Idempotency-Token': token,
			...(isGet ? {} : { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8', 'Content-Length': Buffer.byteLength(body) }),
		}
		return exchange(dialled, { method, headers, limitMs }, body)
	}

	// A status callback; the caller goes on.  chain: those with the same one come in order.
	send(account, kind, chain, { url, method = 'POST' }, params) {
		if (!url) return
		if (!URL.canParse(url)) return this.fake.notify(11100, `${kind}: ${url} is no URL`)
		const rule = this.fake.bends.take(kind, params)
		const run = async () => {
			if (rule.lateMs) await sleep(rule.lateMs)
			for (let n = 0; n <= (rule.repeat ?? 0); n++) await this.deliver(account, kind, { url, method, params })
		}
		const before = this.chains.get(chain) ?? Promise.resolve()
		if (rule.lose) return
		if (rule.afterNext) return this.track(this.held(chain, run))
		// What is late does not hold up what comes behind it.
		const work = rule.lateMs ? run() : before.then(run)
		if (!rule.lateMs)
			this.chains.set(
				chain,
				work.then(() => this.release(chain)),
			)
		this.track(work)
	}

	held(chain, run) {
		this.waiting ??= new Map()
		return new Promise((resolve) => this.waiting.set(chain, () => run().then(resolve)))
	}

	async release(chain) {
		const run = this.waiting?.get(chain)
		this.waiting?.delete(chain)
		await run?.()
	}

	track(promise) {
		this.open.add(promise)
		promise.finally(() => this.open.delete(promise))
	}

	async deliver(account, kind, { url, method, params }) {
		const entry = { kind, url, params, status: 0 }
		this.sent.push(entry)
		const answer = await this.request(account, { url, method, params })
		Object.assign(entry, { status: answer.status, ms: answer.ms, error: answer.error })
		if (answer.error || answer.status >= 300) this.fake.notify(11200, `${kind} to ${url}: ${answer.error ?? answer.status}`)
	}

	// Until everything that is under way has been delivered.
	async settled() {
		while (this.open.size > 0) await Promise.all([...this.open])
		for (const chain of [...(this.waiting?.keys() ?? [])]) await this.release(chain)
	}

	of(kind) {
		return this.sent.filter((s) => (kind instanceof RegExp ? kind.test(s.kind) : s.kind === kind))
	}
}

// {status, type, location, text, ms} or {error: 'ct' (no connection), 'rt' (no answer in time)}
export function exchange(url, { method, headers, limitMs = LIMIT_MS }, body = '') {
	const begun = Date.now()
	return new Promise((resolve) => {
		const lib = url.protocol === 'https:' ? https : http
		const request = lib.request(url, { method, headers, agent: false, rejectUnauthorized: false })
		const timer = setTimeout(() => (resolve({ error: 'rt', ms: Date.now() - begun }), request.destroy()), limitMs)
		const fail = () => (clearTimeout(timer), resolve({ error: 'ct', ms: Date.now() - begun }))
		request.on('error', fail)
		request.on('response', (response) => {
			const chunks = []
			response.on('data', (d) => chunks.push(d))
			response.on('error', fail)
			response.on('end', () => {
				clearTimeout(timer)
				resolve({
					status: response.statusCode,
					type: response.headers['content-type'] ?? '',
					location: response.headers.location,
					text: Buffer.concat(chunks).toString(),
					ms: Date.now() - begun,
				})
			})
		})
		request.end(body)
	})
}
