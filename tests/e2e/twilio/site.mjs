// SPDX-License-Identifier: MIT
import http from 'node:http'
import { once } from 'node:events'
import twilio from 'twilio'

// A web site that answers TwiML: pages {path: text or function(params)}; what was asked is kept, and whether its signature was good.
export class Site {
	constructor(authToken) {
		this.authToken = authToken
	}

	async start() {
		this.pages = {}
		this.asked = []
		this.server = http.createServer(async (request, response) => {
			let body = ''
			for await (const chunk of request) body += chunk
			const params = Object.fromEntries(new URLSearchParams(body))
			const url = new URL(request.url, this.origin)
			const isSigned = twilio.validateRequest(this.authToken, request.headers['x-twilio-signature'] ?? '', url.href, params)
			this.asked.push({ path: url.pathname, query: url.search, params, isSigned, method: request.method })
			const page = this.pages[url.pathname]
			const text = typeof page === 'function' ? page(params, request) : page
			response.writeHead(text === undefined ? 404 : 200, { 'Content-Type': 'text/xml' })
			response.end(text)
		})
		this.server.listen(0, '127.0.0.1')
		await once(this.server, 'listening')
		this.origin = `http://127.0.0.1:${this.server.address().port}`
		return this
	}

	at(where) {
		return this.origin + where
	}

	of(where) {
		return this.asked.filter((a) => a.path === where)
	}

	serve(pages) {
		this.pages = { '/status': '<Response/>', ...pages }
		this.asked = []
	}

	async stop() {
		this.server.closeAllConnections()
		this.server.close()
	}
}
