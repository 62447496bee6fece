// SPDX-License-Identifier: MIT
// docs/LWS-REMEDIES.md has a row for each fact, and names files, functions and tests that are there.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const document = fs.readFileSync(path.join(root, 'docs/LWS-REMEDIES.md'), 'utf8')
const read = (file) => {
	const at = path.join(root, file)
	assert.ok(fs.existsSync(at), `${file} is not there`)
	return fs.statSync(at).isFile() ? fs.readFileSync(at, 'utf8') : ''
}

// Of `e2e/flood` or `link/leg`.
function testFile(kind, name) {
	const places = { e2e: `tests/e2e/${name}.test.mjs`, fuzz: `tests/fuzz/fuzz_${name}.c`, stress: `tests/stress/stress_${name}.c` }
	return places[kind] ?? `tests/unit/${kind}/test_${name}.c`
}

test('each fact from L-01 to L-33 has one row', () => {
	const rows = [...document.matchAll(/^\| L-(\d\d): [^|]+\|[^|]+\|[^|]+\|([^|]+)\|$/gm)]
	assert.deepEqual(rows.map((m) => Number(m[1])), Array.from({ length: 33 }, (_, i) => i + 1))
	for (const [row, , shown] of rows) assert.ok(/`[a-z0-9]+\/|none/.test(shown), `nothing shows ${row.slice(0, 40)}`)
})

test('files and functions that are named are there', () => {
	const named = [...document.matchAll(/`((?:src|systemd|tests|scripts)\/[\w./-]+)(?::(\w+))?(?: [^`]*)?`/g)]
	assert.ok(named.length > 60, `${named.length} are named`)
	for (const [, file, name] of named)
		if (name) assert.match(read(file), new RegExp(`\\b${name}\\b`), `${file} has no ${name}`)
		else read(file)
})

test('tests that are named are there', () => {
	const rooms = fs.readdirSync(path.join(root, 'tests/unit')).join('|')
	const named = [...document.matchAll(new RegExp(`\`(e2e|fuzz|stress|${rooms})/([a-z0-9_-]+)\`((?:,? "[^"]+")*)`, 'g'))]
	assert.ok(named.length > 50, `${named.length} are named`)
	for (const [, kind, name, titles] of named) {
		const text = read(testFile(kind, name))
		for (const [, title] of titles.matchAll(/"([^"]+)"/g)) assert.ok(text.includes(title), `${testFile(kind, name)} has no "${title}"`)
	}
})
