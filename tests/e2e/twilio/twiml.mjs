// SPDX-License-Identifier: MIT
// TwiML read as a tree, and held against the grammar of Twilio's own library and the limits of its documentation.
import fs from 'node:fs'
import path from 'node:path'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { specs } from '../lib/specs.mjs'

const parser = new XMLParser({
	preserveOrder: true,
	ignoreAttributes: false,
	attributeNamePrefix: '',
	parseTagValue: false,
	parseAttributeValue: false,
	trimValues: false,
	ignoreDeclaration: true,
	commentPropName: '#comment',
})
const DOCUMENT_BYTES = 64 * 1024
const SAY_CHARS = 4096
const PARAMETER_CHARS = 500
const NOUNS = 10

const simplify = (nodes) =>
	nodes.map((node) => {
		const [name] = Object.keys(node).filter((k) => k !== ':@')
		if (name === '#text') return { text: node['#text'] }
		return { name, attributes: { ...node[':@'] }, children: simplify(node[name]) }
	})

// [{name, attributes, children} or {text}] in document order; throws what is wrong with the XML.
export function parse(xml) {
	const valid = XMLValidator.validate(xml)
	if (valid !== true) throw new Error(`${valid.err.msg} (line ${valid.err.line})`)
	return simplify(parser.parse(xml)).filter((n) => n.name !== '#comment')
}

export const elements = (node) => node.children.filter((c) => c.name)
export const textOf = (node) =>
	node.children
		.map((c) => c.text ?? textOf(c))
		.join('')
		.trim()

export function loadGrammar(directory = specs) {
	const file = path.join(directory, 'twiml-grammar.json')
	return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined
}

// What is wrong with a node by the grammar: [] when nothing.
export function grammarFaults(classes, key, node, at = node.name) {
	const rule = classes[key]
	if (node.name !== rule.element) return [`${at}: not <${rule.element}>`]
	const found = Object.entries(node.attributes).flatMap(([name, value]) => attributeFaults(rule.attributes[name], `${at} ${name}`, value))
	for (const child of node.children) {
		if (child.text !== undefined) {
			if (!rule.text && child.text.trim() !== '') found.push(`${at}: no text here: ${child.text}`)
		} else if (!rule.children[child.name]) {
			found.push(`${at}: no <${child.name}> here`)
		} else {
			found.push(...grammarFaults(classes, rule.children[child.name], child, `${at}/${child.name}`))
		}
	}
	return found
}

function attributeFaults(rule, at, value) {
	if (!rule) return [`${at}: there is no such attribute`]
	const values = rule.list ? value.split(/\s+/) : [value]
	if (rule.enum && !rule.open && !values.every((one) => rule.enum.includes(one))) return [`${at}="${value}"`]
	if (rule.pattern && !new RegExp(rule.pattern).test(value)) return [`${at}="${value}"`]
	return []
}

// Limits that no grammar has.
export function limitFaults(xml, node, at = node.name) {
	const found = []
	if (Buffer.byteLength(xml) > DOCUMENT_BYTES) found.push(`a document of ${Buffer.byteLength(xml)} bytes`)
	for (const child of elements(node)) {
		const where = `${at}/${child.name}`
		if (child.name === 'Say' && textOf(child).length > SAY_CHARS) found.push(`${where}: ${textOf(child).length} characters`)
		if (child.name === 'Parameter' && `${child.attributes.name}${child.attributes.value}`.length >= PARAMETER_CHARS)
			found.push(`${where} ${child.attributes.name}: too long`)
		if (child.name === 'Dial' && elements(child).length > NOUNS) found.push(`${where}: ${elements(child).length} nouns`)
		if (child.name === 'Enqueue' && textOf(child).length > 64) found.push(`${where}: a name of more than 64 characters`)
		if (child.name === 'Stream' && child.attributes.url?.includes('?')) found.push(`${where}: a query is stripped`)
		found.push(...limitFaults('', child, where))
	}
	return found
}
