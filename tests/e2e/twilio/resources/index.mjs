// SPDX-License-Identifier: MIT
// Every route of the fake.  {id, product, method, path, status, handle(ctx)}; ids are those of the OpenAPI documents.
import { routes as account } from './account.mjs'
import { routes as calls } from './calls.mjs'
import { routes as conferences } from './conferences.mjs'
import { routes as messaging } from './messaging.mjs'
import { routes as numbers } from './numbers.mjs'
import { routes as other } from './other.mjs'
import { routes as queues } from './queues.mjs'
import { routes as recordings } from './recordings.mjs'
import { routes as registration } from './registration.mjs'

export const routes = [...account, ...calls, ...conferences, ...messaging, ...numbers, ...other, ...queues, ...recordings, ...registration].map(
	(route) => {
		const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1])
		const pattern = new RegExp(`^${route.path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '([^/]+?)')}$`)
		return { status: 200, ...route, names, pattern }
	},
)
routes.sort((a, b) => a.names.length - b.names.length)

export function findRoute(product, method, pathname) {
	for (const route of routes) {
		const hit = route.product === product && route.method === method && route.pattern.exec(pathname)
		if (hit) return { route, values: Object.fromEntries(route.names.map((name, i) => [name, decodeURIComponent(hit[i + 1])])) }
	}
}
