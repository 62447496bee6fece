// SPDX-License-Identifier: MIT
// A Twilio on loopback: its REST services, each under /{product} of one port, and the telephone network behind them.  What a
// client does wrong is not only answered as Twilio answers it but kept in `violations`, which a test holds empty at its end.
import http from 'node:http'
import { once } from 'node:events'
import { Account } from './account.mjs'
import { Callbacks } from './callbacks.mjs'
import { RestError, notFound } from './errors.mjs'
import { Bends, Faults } from './faults.mjs'
import { checkMagic } from './magic.mjs'
import { OpenApi } from './openapi.mjs'
import { Phone } from './phone.mjs'
import { findRoute } from './resources/index.mjs'
import { sleep } from './sids.mjs'

const BODY_LIMIT = 1 << 20

export class FakeTwilio {
	// options: port (any), accounts [Account's options] (one), specs: directory of OpenAPI documents,
	// reach: {origin as Twilio is told: origin that is dialled}, callsim: program, mediaRedirects (true), people: {address: how it answers}
	constructor(options = {}) {
		this.options = { mediaRedirects: true, ...options }
		this.api = new OpenApi(options.specs)
		this.accounts = new Map()
		for (const one of options.accounts ?? [{}]) this.addAccount(one)
		this.violations = []
		this.notifications = [] // what Twilio's debugger would show: {code, text}
		this.requests = []
		this.faults = new Faults()
		this.bends = new Bends()
		this.callbacks = new Callbacks(this)
		this.phone = new Phone(this)
		this.people = new Map(Object.entries(options.people ?? {}))
		this.server = http.createServer((request, response) => this.serve(request, response))
	}

	addAccount(options) {
		const account = new Account(options)
		this.accounts.set(account.sid, account)
		return account
	}

	get account() {
		return this.accounts.values().next().value
	}

	async start() {
		this.server.listen(this.options.port ?? 0, this.options.host ?? '127.0.0.1')
		await once(this.server, 'listening')
		await this.phone.media.start()
		this.port = this.server.address().port
		this.origin = `http://127.0.0.1:${this.port}`
		this.apiUrl = `${this.origin}/{product}` // for [twilio] api_url
		return this
	}

	async stop() {
		await this.phone.stop()
		await this.callbacks.settled()
		await this.phone.media.stop()
		this.server.closeAllConnections()
		this.server.close()
		await once(this.server, 'close')
	}

	fault(rule) {
		this.faults.add(rule)
	}

	bend(rule) {
		this.bends.add(rule)
	}

	violate(kind, text) {
		this.violations.push({ kind, text })
	}

	notify(code, text) {
		this.notifications.push({ code, text })
	}

	// Requests so far of one operation: {method, product, pathname, query, form, operationId, status}
	requestsOf(operationId) {
		return this.requests.filter((r) => r.operationId === operationId)
	}

	async serve(request, response) {
		const line = `${request.method} ${request.url}`
		if (this.faults.take(line, this.operationIdOf(request), ['reset'])) return request.socket.resetAndDestroy()
		try {
			await this.answer(request, response, line)
		} catch (e) {
			this.violate('fake', `${line}: ${e.stack}`)
			if (!response.headersSent) reply(response, 500, new RestError(20500).body)
		}
	}

	operationIdOf(request) {
		const { product, pathname } = parts(request.url)
		return findRoute(product, methodOf(request), pathname)?.route.id
	}

	async answer(request, response, line) {
		const { product, pathname, query } = parts(request.url)
		const body = await readBody(request)
		if (product === 'control') return this.options.control?.(request, response, pathname, body)
		const form = new URLSearchParams(request.method === 'POST' ? body : '')
		const found = findRoute(product, methodOf(request), pathname)
		const ctx = { twilio: this, product, pathname, query, form, values: found?.values ?? {}, origin: `${this.origin}/${product}`, request, response }
		const entry = { method: request.method, product, pathname, query, form, operationId: found?.route.id, status: 0, ms: Date.now() }
		this.requests.push(entry)
		const early = this.faults.take(line, entry.operationId, ['slow', 'status', '429', 'garbage'])
		if (early?.kind === 'slow') await sleep(early.ms)
		const answer = early && early.kind !== 'slow' ? failing(early) : await this.work(ctx, found, request, body)
		entry.status = answer.status
		// A call that was made may be under way before its maker is told.
		const rule = this.faults.take(line, entry.operationId, ['late', 'cut', 'hang'])
		if (rule) this.goOn(answer)
		await this.send(response, answer, rule)
		if (!rule) this.goOn(answer)
	}

	// {status, body, headers, then}
	async work(ctx, found, request, body) {
		const said = `${request.method} /${ctx.product}${ctx.pathname}`
		try {
			if (!isMedia(found)) this.judge(ctx, request, body, said)
			ctx.account = (isMedia(found) && this.publicAccount(ctx, request)) || this.authenticate(ctx, request)
			if (!found) throw notFound(ctx.pathname)
			if (ctx.account.isTest) checkMagic(found.route.id, ctx.product, ctx.form)
			ctx.then = []
			const result = await found.route.handle(ctx)
			const answer = { status: found.route.status, body: result, headers: {}, then: ctx.then, isRaw: found.route.isRaw }
			if (!answer.isRaw) this.judgeAnswer(ctx, answer, said)
			return answer
		} catch (e) {
			if (!(e instanceof RestError)) throw e
			return { status: e.status, body: e.body, headers: e.headers }
		}
	}

	judge(ctx, request, body, said) {
		if (!this.api.has(ctx.product)) return
		ctx.match = this.api.find(ctx.product, request.method, ctx.pathname)
		if (!ctx.match) return this.violate('request', `${said}: there is no such operation`)
		if (request.method !== 'POST' && body.length > 0) this.violate('request', `${said}: has a body`)
		for (const fault of this.api.faults(ctx.product, ctx.match, ctx.query, ctx.form, request.headers['content-type']))
			this.violate('request', `${said}: ${fault}`)
	}

	judgeAnswer(ctx, answer, said) {
		if (!ctx.match) return
		for (const fault of this.api.answerFaults(ctx.product, ctx.match.operation, answer.status, answer.body))
			this.violate('answer', `${said}: ${fault}`)
	}

	// "Enforce HTTP auth on media URLs" is off there, and nobody says who he is.
	publicAccount(ctx, request) {
		const account = this.accounts.get(ctx.values.AccountSid)
		return request.headers.authorization ? undefined : account?.hasPublicMedia && account
	}

	authenticate(ctx, request) {
		const [, given = ''] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? []
		const [user, ...password] = Buffer.from(given, 'base64').toString().split(':')
		for (const account of this.accounts.values()) {
			const admitted = account.admits(user, password.join(':'))
			if (admitted) return this.mayAct(ctx, account, admitted)
		}
		throw new RestError(20003, { headers: { 'WWW-Authenticate': 'Basic realm="Twilio API"' } })
	}

	// A path of another account is not found; a key may not look at the account itself, unless it is a main key.
	mayAct(ctx, account, admitted) {
		const hit = /^\/2010-04-01\/Accounts(?:\/(AC\w+?)(\.json)?(?=\/|$)|\.json$)/.exec(ctx.pathname)
		if (hit?.[1] && hit[1] !== account.sid) throw new RestError(20003)
		const isAccount = hit && (hit[2] || !hit[1])
		if (isAccount && admitted !== true && admitted.kind !== 'main') throw new RestError(20003)
		if (admitted.denied?.test(`${ctx.request.method} /${ctx.product}${ctx.pathname}`))
			throw new RestError(20003, { status: 403, message: 'Permission Denied' })
		if (account.status !== 'active' && !isAccount) throw new RestError(20003, { message: 'Account is not active' })
		return account
	}

	goOn(answer) {
		for (const then of answer.then ?? []) then()
	}

	async send(response, answer, rule) {
		if (rule?.kind === 'late') await sleep(rule.ms)
		if (rule?.kind === 'cut') response.socket.destroy()
		if (rule?.kind === 'cut' || rule?.kind === 'hang' || answer.isRaw) return
		reply(response, answer.status, answer.body, answer.headers)
	}

	// Nothing was done wrong by anybody, the fake included.
	assertClean(assert) {
		assert.deepEqual(
			this.violations.map((v) => `${v.kind}: ${v.text}`),
			[],
			'what Twilio would have had to complain of',
		)
	}
}

// HEAD is for sound only; it is found where GET is.
const methodOf = ({ method }) => (method === 'HEAD' ? 'GET' : method)
const isMedia = (found) => found?.route.isRaw === true

function failing(rule) {
	if (rule.kind === 'garbage') return { status: 200, body: '<html>Bad gateway</html>', headers: { 'Content-Type': 'text/html' } }
	if (rule.kind === '429')
		return {
			status: 429,
			body: new RestError(20429).body,
			headers: rule.retryAfterS === undefined ? {} : { 'Retry-After': String(rule.retryAfterS) },
		}
	const error = new RestError(rule.code ?? 20500, { status: rule.status, message: rule.message, headers: rule.headers })
	return { status: error.status, body: error.body, headers: error.headers }
}

function parts(target) {
	const url = new URL(target, 'http://fake.invalid')
	const [, product, ...rest] = url.pathname.split('/')
	return { product, pathname: `/${rest.join('/')}`, query: url.searchParams }
}

async function readBody(request) {
	const chunks = []
	let bytes = 0
	for await (const chunk of request) {
		chunks.push(chunk)
		bytes += chunk.length
		if (bytes > BODY_LIMIT) throw new Error('a body of more than 1 MiB')
	}
	return Buffer.concat(chunks).toString()
}

export function reply(response, status, body, headers = {}) {
	const text = status === 204 ? '' : typeof body === 'string' ? body : JSON.stringify(body)
	response.writeHead(status, {
		...(status === 204 ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
		'Content-Length': Buffer.byteLength(text),
		'Twilio-Request-Id': `RQ${Math.random().toString(16).slice(2).padEnd(32, '0')}`,
		...headers,
	})
	response.end(text)
}
