// SPDX-License-Identifier: MIT
// Lists in pages, in both of Twilio's shapes; and forms that become records.
import { RestError } from './errors.mjs'

const DEFAULT_SIZE = 50

function slice(records, query) {
	const size = Number(query.get('PageSize') ?? DEFAULT_SIZE)
	const page = Number(query.get('Page') ?? 0)
	if (!(size >= 1 && size <= 1000)) throw new RestError(20001, { message: 'Page size must be between 1 and 1000' })
	const start = page * size
	return { size, page, start, part: records.slice(start, start + size), hasNext: start + size < records.length }
}

function address(pathname, query, page) {
	const next = new URLSearchParams(query)
	next.delete('PageToken')
	next.set('Page', page)
	if (!next.has('PageSize')) next.set('PageSize', DEFAULT_SIZE)
	if (page > 0) next.set('PageToken', `PA${String(page).padStart(8, '0')}`)
	return `${pathname}?${next}`
}

// The 2010 API: paths without a host; newest first.
export function page2010(ctx, key, records) {
	const { size, page, start, part, hasNext } = slice([...records].reverse(), ctx.query)
	const at = (n) => address(ctx.pathname, ctx.query, n)
	return {
		[key]: part,
		page,
		page_size: size,
		start,
		end: start + Math.max(part.length - 1, 0),
		uri: at(page),
		first_page_uri: at(0),
		next_page_uri: hasNext ? at(page + 1) : null,
		previous_page_uri: page > 0 ? at(page - 1) : null,
	}
}

// Newer APIs: whole URLs, in `meta`.
export function pageMeta(ctx, key, records) {
	const { size, page, part, hasNext } = slice(records, ctx.query)
	const at = (n) => ctx.origin + address(ctx.pathname, ctx.query, n)
	const meta = {
		key,
		page,
		page_size: size,
		url: at(page),
		first_page_url: at(0),
		next_page_url: hasNext ? at(page + 1) : null,
		previous_page_url: page > 0 ? at(page - 1) : null,
	}
	return { meta, [key]: part }
}

export const snake = (name) => name.replace(/(?<=.)([A-Z])/g, '_$1').toLowerCase()

// Puts those fields of a form into a record's body that it has keys for, in the type that is there.
export function apply(body, form, names = [...form.keys()]) {
	for (const name of names.filter((n) => form.has(n))) {
		const key = snake(name)
		if (!Object.hasOwn(body, key)) continue
		const text = form.get(name)
		if (typeof body[key] === 'boolean') body[key] = text === 'true'
		else if (typeof body[key] === 'number') body[key] = Number(text)
		else body[key] = text === '' && body[key] === null ? null : text
	}
}

// Keeps what equals the query's filters: {query's name: key of the body}
export function filtered(records, query, names) {
	return records.filter((body) => Object.entries(names).every(([name, key]) => !query.has(name) || String(body[key]) === query.get(name)))
}

// Filters of a day: Name=, Name<, Name> over an RFC 2822 time.
export function dated(records, query, name, key) {
	const day = (text) => new Date(text).toISOString().slice(0, 10)
	const keeps = { '': (a, b) => a === b, '<': (a, b) => a <= b, '>': (a, b) => a >= b }
	return Object.entries(keeps).reduce((left, [sign, keep]) => {
		const wanted = query.get(name + sign)
		return wanted === null ? left : left.filter((body) => body[key] && keep(day(body[key]), day(wanted)))
	}, records)
}
