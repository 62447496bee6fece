// SPDX-License-Identifier: MIT
// The REST API over the wire: sign-in, users, errors, limits, versions, idempotency, pieces, other origins.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startPlane } from './lib/plane.mjs'
import { Raw } from './lib/raw.mjs'

let ringdown, token
before(async () => {
	ringdown = await startPlane({ config: { server: { cors_origins: 'https://console.example.com' } } })
	token = ringdown.token('acme')
})
after(() => ringdown?.stop())

const ask = async (method, where, { body, as = token, headers = {}, ...more } = {}) => {
	const response = await fetch(ringdown.url + where, {
		method,
		body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
		headers: { ...(as && { authorization: `Bearer ${as}` }), orgid: 'acme', ...headers },
		...more,
	})
	const text = await response.text()
	return { status: response.status, headers: response.headers, text, json: text && /json/.test(response.headers.get('content-type')) ? JSON.parse(text) : undefined }
}

test('a user is made, signs in, refreshes, signs out', async () => {
	const password = 'correct horse battery'
	const made = await ask('POST', '/api/phone/users', { body: { email: 'ann@acme.example', roles: ['viewer'], password } })
	assert.equal(made.status, 201, made.text)
	const signedIn = await ask('POST', '/profile/signin', { as: null, body: { email: 'ANN@acme.example', password } })
	assert.equal(signedIn.status, 200, signedIn.text)
	const { access_token: access, refresh_token: refresh } = signedIn.json
	assert.equal((await ask('GET', '/phone/users', { as: access })).json.total, 1)
	const refused = await ask('POST', '/phone/users', { as: access, body: { email: 'b@acme.example' } })
	assert.deepEqual([refused.status, refused.json.reason], [403, 'insufficient_scope'])
	assert.equal((await ask('POST', '/user/refresh', { as: null, body: { refresh_token: refresh } })).status, 200)
	assert.equal((await ask('POST', '/user/refresh', { as: null, body: { refresh_token: refresh } })).json.reason, 'token_revoked')
	assert.equal((await ask('GET', '/profile/logout', { as: access })).status, 204)
	assert.equal((await ask('GET', '/phone/users', { as: access })).json.reason, 'token_revoked')
	assert.ok(!ringdown.log.includes(password) && !ringdown.log.includes(refresh))
})

test('PUT, PATCH and DELETE bring bodies; If-Match keeps others\' changes', async () => {
	const made = await ask('POST', '/phone/users', { body: { email: 'c@acme.example' } })
	const where = `/phone/users/${made.json.sk}`
	assert.equal(made.headers.get('etag'), '"v1"')
	const changed = await ask('PATCH', where, { body: { name: 'C' }, headers: { 'if-match': '"v1"' } })
	assert.deepEqual([changed.status, changed.headers.get('etag')], [200, '"v2"'])
	const late = await ask('PUT', where, { body: { email: 'c@acme.example' }, headers: { 'if-match': '"v1"' } })
	assert.deepEqual([late.status, late.json.reason, late.json.version], [412, 'version_mismatch', 2])
	assert.equal((await ask('DELETE', where, { body: {}, headers: { 'if-match': '"v2"' } })).status, 204)
	assert.equal((await ask('GET', where)).status, 404)
})

test('one Idempotency-Key, one user; ten at once as well', async () => {
	const body = { email: 'd@acme.example' }
	const all = await Promise.all(Array.from({ length: 10 }, () => ask('POST', '/phone/users', { body, headers: { 'idempotency-key': 'once' } })))
	const made = all.filter((r) => r.status === 201)
	assert.ok(made.length >= 1)
	for (const r of all) assert.ok(r.status === 201 || r.json.reason === 'idempotency_in_progress' || r.status === 503, r.text)
	assert.equal(new Set(made.map((r) => r.json.sk)).size, 1)
	assert.equal((await ask('GET', '/phone/users?email=d@acme.example')).json.total, 1)
	const again = await ask('POST', '/phone/users', { body, headers: { 'idempotency-key': 'once' } })
	assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [201, 'true'])
})

test('limits and what is refused: 400, 401, 404, 405, 411, 413, 415, 422', async () => {
	const reason = async (...args) => {
		const r = await ask(...args)
		assert.match(r.headers.get('content-type'), /problem\+json/)
		assert.equal(r.json.requestId, r.headers.get('x-request-id'))
		return [r.status, r.json.reason]
	}
	assert.deepEqual(await reason('POST', '/phone/users', { body: '{' }), [400, 'malformed_json'])
	assert.deepEqual(await reason('GET', '/phone/users', { as: null }), [401, 'invalid_token'])
	assert.deepEqual(await reason('GET', '/phone/nothing'), [404, 'not_found'])
	assert.deepEqual(await reason('DELETE', '/phone/users'), [405, 'method_not_allowed'])
	assert.equal((await ask('DELETE', '/phone/users')).headers.get('allow'), 'GET, HEAD, POST')
	assert.deepEqual(await reason('POST', '/phone/users', { body: 'x', headers: { 'content-type': 'multipart/form-data' } }), [415, 'unsupported_media_type'])
	assert.deepEqual(await reason('POST', '/phone/users', { body: {} }), [422, 'required'])
	assert.deepEqual(await reason('GET', '/phone/users', { headers: { orgid: 'other' } }), [403, 'token_org_mismatch'])
	const big = await new Raw({ port: ringdown.port }).open()
	big.send('POST /phone/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1048577\r\n\r\n')
	await big.ends('a body that is too large')
	assert.deepEqual(big.statuses, [413])
	const without = await new Raw({ port: ringdown.port }).open()
	without.send('PATCH /phone/users/x HTTP/1.1\r\nHost: x\r\n\r\n')
	await without.ends('a body without a length')
	assert.deepEqual(without.statuses, [411])
})

test('a body of a megabyte goes in, an answer of more than a piece comes out whole', async () => {
	const large = await ask('POST', '/phone/users', { body: { email: 'e@acme.example', note: 'x'.repeat(1_000_000) } })
	assert.equal(large.status, 201, large.text.slice(0, 300))
	const spec = await ask('GET', '/openapi.json', { as: null })
	assert.ok(Number(spec.headers.get('content-length')) > 10000)
	assert.equal(spec.text.length, Number(spec.headers.get('content-length')))
	assert.ok(spec.json.paths['/phone/users/{id}'].patch)
})

test('a query\'s escapes, the request\'s id, pages of other origins', async () => {
	assert.equal((await ask('GET', '/phone/users?email=ANN%40acme.example')).json.total, 1)
	assert.equal((await ask('GET', '/phone/users', { headers: { 'x-request-id': 'mine-7' } })).headers.get('x-request-id'), 'mine-7')
	assert.match((await ask('GET', '/phone/users', { headers: { 'x-request-id': 'no good' } })).headers.get('x-request-id'), /^[0-9a-f]{16}$/)
	const preflight = await ask('OPTIONS', '/phone/users', { as: null, headers: { origin: 'https://console.example.com' } })
	assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-origin')], [204, 'https://console.example.com'])
	const foreign = await ask('GET', '/phone/users', { headers: { origin: 'https://evil.example' } })
	assert.equal(foreign.headers.get('access-control-allow-origin'), null)
})
