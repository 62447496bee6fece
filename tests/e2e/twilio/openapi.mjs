// SPDX-License-Identifier: MIT
// Twilio's own OpenAPI documents (twilio/twilio-oai, state 2026-04-14) as a judge: of each request that is made, and of each
// answer the fake gives.  Where a document is not at hand nothing is judged; paths.mjs has the products that have none.
import fs from 'node:fs'
import path from 'node:path'
import Ajv from 'ajv'
import { specs } from '../lib/specs.mjs'
import { paths } from './paths.mjs'

export const FILES = { api: 'twilio_api_v2010.json', messaging: 'twilio_messaging_v1.json', voice: 'twilio_voice_v1.json' }
const METHODS = ['get', 'post', 'delete']

const isDate = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))
const isTime = (text) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text))
const isUrl = (text) => /^(https?|wss?):$/.test(URL.canParse(text) ? new URL(text).protocol : '')
const FORMATS = {
	// A list may be asked for a day or a moment of it (docs/voice/api/call-resource, "Filter by date").
	date: (text) => isDate(text) || isTime(text),
	'date-time': isTime,
	uri: (text) => text === '' || isUrl(text),
	'phone-number': (text) => text === '' || /^\+?[0-9*]{1,15}$|^(client|sip|whatsapp):/.test(text),
	'iso-country-code': (text) => /^[A-Z]{2}$/.test(text),
	endpoint: (text) => /^(\+?[0-9]+|anonymous|(client|sip|sim|whatsapp):.+)$/.test(text),
}
const TYPES = { integer: /^-?\d+$/, number: /^-?\d+(\.\d+)?$/, boolean: /^(true|false)$/ }

export class OpenApi {
	// directory: where the documents lie
	constructor(directory = specs) {
		this.products = new Map()
		for (const [product, file] of Object.entries(FILES)) {
			const whole = path.join(directory, file)
			if (fs.existsSync(whole)) this.add(product, JSON.parse(fs.readFileSync(whole, 'utf8')))
		}
		for (const [product, document] of Object.entries(paths)) this.add(product, document)
	}

	add(product, document) {
		const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
		ajv.addSchema({ $id: `https://${product}.invalid/`, components: asJsonSchema(document.components ?? {}) })
		const operations = []
		for (const [template, item] of Object.entries(document.paths))
			for (const method of METHODS.filter((m) => item[m])) operations.push(this.operation(document, product, template, method, item[method]))
		// What names more wins: /IncomingPhoneNumbers/Local.json is not the number "Local".
		operations.sort((a, b) => a.names.length - b.names.length)
		this.products.set(product, { document, operations, ajv })
	}

	operation(document, product, template, method, raw) {
		const names = [...template.matchAll(/\{(\w+)\}/g)].map((m) => m[1])
		const pattern = new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '([^/]+?)')}$`)
		const parameters = (raw.parameters ?? []).map((p) => this.resolve(document, p))
		const form = raw.requestBody?.content?.['application/x-www-form-urlencoded']?.schema
		return {
			id: raw.operationId,
			product,
			template,
			method: method.toUpperCase(),
			names,
			pattern,
			parameters,
			form: form && this.resolve(document, form),
			answers: raw.responses,
		}
	}

	resolve(document, node) {
		while (node?.$ref)
			node = node.$ref
				.replace('#/', '')
				.split('/')
				.reduce((at, key) => at[key], document)
		return node
	}

	has(product) {
		return this.products.has(product)
	}

	// {operation, values} or undefined; path: without the product's prefix
	find(product, method, pathname) {
		for (const operation of this.products.get(product)?.operations ?? []) {
			const hit = operation.method === method && operation.pattern.exec(pathname)
			if (hit) return { operation, values: Object.fromEntries(operation.names.map((name, i) => [name, decodeURIComponent(hit[i + 1])])) }
		}
	}

	// What is wrong with a request: [] when nothing.  query, form: URLSearchParams
	faults(product, { operation, values }, query, form, contentType) {
		const { document } = this.products.get(product)
		const found = []
		const judge = (what, schema, value) => found.push(...this.value(document, schema, value).map((fault) => `${what} ${fault}`))
		for (const p of operation.parameters.filter((x) => x.in === 'path')) judge(`path {${p.name}}`, p.schema, [values[p.name]])
		const queries = new Map(operation.parameters.filter((x) => x.in === 'query').map((p) => [p.name, p]))
		for (const name of new Set(query.keys())) {
			if (!queries.has(name)) found.push(`query ${name} is not known`)
			else judge(`query ${name}`, queries.get(name).schema, query.getAll(name))
		}
		for (const p of queries.values()) if (p.required && !query.has(p.name)) found.push(`query ${p.name} is missing`)
		if (operation.method === 'POST') found.push(...this.formFaults(document, operation, form, contentType, judge))
		else if ([...form.keys()].length > 0) found.push(`${operation.method} has a body`)
		return found
	}

	formFaults(document, operation, form, contentType, judge) {
		const found = []
		const properties = operation.form?.properties ?? {}
		const names = [...new Set(form.keys())]
		if (names.length > 0 && !/^application\/x-www-form-urlencoded\b/.test(contentType ?? '')) found.push(`Content-Type ${contentType}`)
		for (const name of names) {
			if (!Object.hasOwn(properties, name)) found.push(`form ${name} is not known`)
			else judge(`form ${name}`, properties[name], form.getAll(name))
		}
		for (const name of operation.form?.required ?? []) if (!names.includes(name)) found.push(`form ${name} is missing`)
		return found
	}

	value(document, schema, given) {
		const rule = this.resolve(document, schema)
		if (rule.type === 'array') return given.flatMap((one) => this.value(document, rule.items ?? {}, [one]))
		if (given.length > 1) return [`is there ${given.length} times`]
		const [text] = given
		const found = []
		if (TYPES[rule.type] && !TYPES[rule.type].test(text)) found.push(`is no ${rule.type}: ${text}`)
		if (rule.enum && !rule.enum.includes(text)) found.push(`is none of ${rule.enum.join('|')}: ${text}`)
		// An empty SID takes the reference away.
		if (rule.pattern && text !== '' && !new RegExp(rule.pattern).test(text)) found.push(`is not ${rule.pattern}: ${text}`)
		if (rule.minimum !== undefined && Number(text) < rule.minimum) found.push(`is less than ${rule.minimum}: ${text}`)
		if (rule.maximum !== undefined && Number(text) > rule.maximum) found.push(`is more than ${rule.maximum}: ${text}`)
		if (rule.format && FORMATS[rule.format] && !FORMATS[rule.format](text)) found.push(`is no ${rule.format}: ${text}`)
		return found
	}

	// What is wrong with an answer of the fake.
	answerFaults(product, operation, status, body) {
		const { ajv, document } = this.products.get(product)
		const answer = operation.answers?.[status]
		if (!answer) return [`${operation.id} does not answer ${status}`]
		const schema = answer.content && Object.values(answer.content)[0].schema
		if (!schema) return []
		operation.validators ??= {}
		const validate = (operation.validators[status] ??= ajv.compile(asJsonSchema(schema, `https://${product}.invalid/`)))
		const found = validate(body) ? [] : validate.errors.map((e) => `${operation.id}${e.instancePath} ${e.message}`)
		return [...found, ...this.unknown(document, schema, body, operation.id)]
	}

	// Keys of an answer that no document names.
	unknown(document, schema, body, at) {
		const rule = this.resolve(document, schema)
		if (Array.isArray(body)) return body.flatMap((one, i) => this.unknown(document, rule?.items ?? {}, one, `${at}[${i}]`))
		if (!rule?.properties || typeof body !== 'object' || body === null) return []
		return Object.keys(body).flatMap((key) =>
			Object.hasOwn(rule.properties, key) ? this.unknown(document, rule.properties[key], body[key], `${at}.${key}`) : [`${at}.${key} is not known`],
		)
	}
}

// OpenAPI 3.0 in JSON Schema's words: what may be null and has no type may be anything; references are to `base`.
function asJsonSchema(node, base = '') {
	if (Array.isArray(node)) return node.map((one) => asJsonSchema(one, base))
	if (typeof node !== 'object' || node === null) return node
	const { nullable, ...rest } = node
	const kept = nullable && rest.type ? { ...rest, nullable } : nullable === true || nullable === false ? rest : node
	return Object.fromEntries(Object.entries(kept).map(([k, v]) => [k, k === '$ref' && typeof v === 'string' ? base + v : asJsonSchema(v, base)]))
}
