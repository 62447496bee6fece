// SPDX-License-Identifier: MIT
// Helpers of the route tables.
import { notFound } from '../errors.mjs'
import { rfc2822 } from '../sids.mjs'

const BASE = '/2010-04-01/Accounts/{AccountSid}'
export const v2010 = (id, method, path, handle, more) => ({ id, product: 'api', method, path: BASE + path, handle, ...more })
export const created = (status = 201) => ({ status })
export const gone = { status: 204 }

// The record named in the path, or Twilio's 404.
export function record(ctx, collection, name = 'Sid') {
	const found = ctx.account[collection].get(ctx.values[name])
	if (!found) throw notFound(ctx.pathname)
	return found
}

export function remove(ctx, collection, name = 'Sid') {
	record(ctx, collection, name)
	ctx.account[collection].delete(ctx.values[name])
}

export const touch = (found) => ((found.body.date_updated = rfc2822(Date.now())), found.body)
export const bodies = (collection) => [...collection.values()].map((r) => r.body)
