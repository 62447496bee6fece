// SPDX-License-Identifier: MIT
// The manual against the program, both ways: what `ringdown check` knows is documented, with its default, and what is
// documented is known.  The examples that are shipped, and those in the documents, are taken without a fault.
//   RINGDOWN_BIN=build/release/bin node --test tests/house/manual.test.mjs
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const bin = path.join(process.env.RINGDOWN_BIN ?? path.join(root, 'build/release/bin'), 'ringdown')
const read = (name) => fs.readFileSync(path.join(root, name), 'utf8')
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringdown-manual-'))
after(() => fs.rmSync(dir, { recursive: true }))

function folder(files) {
	const at = fs.mkdtempSync(path.join(dir, 'assistants-'))
	for (const [id, text] of Object.entries(files)) fs.writeFileSync(path.join(at, `${id}.json`), text)
	return at
}

// ringdown check with this configuration: { status, values: {"server.listen": "..."}, faults: [lines] }
function check(config, assistants = folder({ default: '{"instructions": "x"}' }), env = {}) {
	const file = path.join(dir, 'ringdown.conf')
	fs.writeFileSync(file, config)
	const always = { RINGDOWN_ASSISTANTS_DIR: assistants, ...env }
	const r = spawnSync(bin, ['check', '--config', file], { encoding: 'utf8', env: always })
	assert.equal(r.error, undefined)
	const values = {}
	let section = ''
	for (const line of r.stdout.split('\n')) {
		section = /^\[(.*)\]$/.exec(line)?.[1] ?? section
		const hit = /^ {2}(\S+) = (.*)$/.exec(line)
		if (hit) values[`${section}.${hit[1]}`] = hit[2]
	}
	return { status: r.status, values, faults: r.stderr.split('\n').filter(Boolean) }
}

// Without an account: what check asks for of a bare configuration.
const open = { RINGDOWN_SECURITY_REQUIRE_SIGNATURE: 'no', RINGDOWN_MODEL_URL: 'ws://127.0.0.1:9/x' }
const defaults = () => {
	const c = check('', undefined, open)
	assert.deepEqual(c.faults, [])
	return { ...c.values, 'security.require_signature': 'yes', 'model.url': 'wss://api.openai.com/v1/realtime' }
}

// { "server.listen": "127.0.0.1:8080", ... } of ringdown.conf(5)
function manualKeys() {
	const keys = {}
	let section = ''
	for (const line of read('docs/man/ringdown.conf.5').split('\n')) {
		section = /^\.Ss \[(.*)\]$/.exec(line)?.[1] ?? section
		const hit = /^\.It Ic (\S+) No = ?(.*)$/.exec(line)
		if (hit) keys[`${section}.${hit[1]}`] = hit[2]
	}
	return keys
}

// The same of the example: "#key = value" is a key, "# text" is a comment.
function exampleKeys(text) {
	const keys = {}
	let section = ''
	for (const line of text.split('\n')) {
		section = /^\[(.*)\]$/.exec(line)?.[1] ?? section
		const hit = /^#([a-z_]+) = ?(.*)$/.exec(line)
		if (hit) keys[`${section}.${hit[1]}`] = hit[2]
	}
	return keys
}

const known = defaults()
delete known['assistants.dir'] // overridden by every check here
const withoutDir = ({ 'assistants.dir': where, ...rest }) => {
	assert.equal(where, '/etc/ringdown/assistants')
	return rest
}

test('ringdown.conf(5) lists the keys there are, with their defaults', () => {
	assert.ok(Object.keys(known).length > 20)
	assert.deepEqual(withoutDir(manualKeys()), known)
})

test('the example lists the keys there are, with their defaults', () => {
	assert.deepEqual(withoutDir(exampleKeys(read('systemd/ringdown.conf'))), known)
})

test('the example is taken as it is, and with every key uncommented', () => {
	const example = read('systemd/ringdown.conf')
	assert.deepEqual(check(example, undefined, open).faults, [])
	const c = check(example.replace(/^#(?! )/gm, ''), undefined, open)
	assert.deepEqual(c.faults, [])
	assert.equal(c.status, 0)
})

test('a key that is misspelt is told with the one that is meant', () => {
	const c = check('[server]\nlisen = 1\n[sever]\nx = 1\n', undefined, open)
	assert.equal(c.status, 1)
	assert.match(c.faults[0], /\[server\] lisen is not a key; is listen meant\?/)
	assert.match(c.faults[1], /\[sever\] is not a section/)
})

test('the environment overrides every key, as the manual says', () => {
	for (const [name, value] of Object.entries({ 'server.loops': '7', 'record.transcripts': 'no', 'play.lead_ms': '999' })) {
		const variable = `RINGDOWN_${name.replace('.', '_').toUpperCase()}`
		assert.equal(check('', undefined, { ...open, [variable]: value }).values[name], value)
	}
})

// Each object of a file with a key of nobody: the faults name the keys there are.
function assistantKeys() {
	const zz = { zz: 1 }
	const tools = [
		{ type: 'builtin', name: 'end_call', ...zz },
		{ type: 'builtin', name: 'transfer_call', targets: { a: '+15551230001' }, ...zz },
		{ type: 'function', name: 'f', webhook: { url: 'https://a.example/', secret_file: 'none', ...zz }, ...zz },
	]
	const document = (type) => JSON.stringify({ instructions: 'x', turn_detection: { type, ...zz }, tools, ...zz })
	const { faults } = check('', folder({ default: document('server_vad'), other: document('semantic_vad') }), open)
	const titles = [
		[/: \/zz: /, 'an assistant'],
		[/: \/turn_detection\/zz: /, 'turn_detection'],
		[/: \/tools\/[01]\/zz: /, 'a built-in tool'],
		[/: \/tools\/2\/zz: /, 'a function tool'],
		[/: \/tools\/2\/webhook\/zz: /, 'a webhook'],
	]
	return Object.fromEntries(titles.map(([pattern, title]) => {
		const lists = faults.filter((f) => pattern.test(f)).map((f) => /there are: (.*)$/.exec(f)[1].split(' '))
		assert.ok(lists.length > 0, `no fault tells of the keys of ${title}: ${faults.join('\n')}`)
		return [title, [...new Set(lists.flat())].sort()]
	}))
}

test('ringdown-assistant(5) lists the keys there are', () => {
	const documented = {}
	let title = ''
	for (const line of read('docs/man/ringdown-assistant.5').split('\n')) {
		if (/^\.S[sh] /.test(line)) title = /^\.Ss Keys of (.*)$/.exec(line)?.[1] ?? ''
		const hit = /^\.It Ic (\S+)$/.exec(line)
		if (hit && title) (documented[title] ??= []).push(hit[1])
	}
	for (const list of Object.values(documented)) list.sort()
	assert.deepEqual(documented, assistantKeys())
})

// What stands in place of the file with a tool's secret, which is the reader's to make.
const withSecret = (text) => {
	const file = path.join(dir, 'secret')
	fs.writeFileSync(file, 'a secret\n')
	return text.replace(/"secret_file": "[^"]*"/g, `"secret_file": ${JSON.stringify(file)}`)
}

test('the assistants that are shipped are taken', () => {
	for (const where of ['systemd/assistants', 'systemd/examples'])
		for (const name of fs.readdirSync(path.join(root, where))) {
			const at = folder({ default: withSecret(read(path.join(where, name))) })
			assert.deepEqual(check('', at, open).faults, [], name)
		}
})

// ---- documents

// The names in backticks in the first column of a table.
const firstColumn = (text) => [...text.matchAll(/^\| `([^`]+)` \|/gm)].map((m) => m[1])

test('OPERATIONS.md explains every metric there is', () => {
	const metrics = [...read('include/ringdown/base/metrics_list.h').matchAll(/"(ringdown_[a-z_]+)"/g)].map((m) => m[1])
	assert.ok(metrics.length > 20)
	assert.deepEqual(firstColumn(read('docs/OPERATIONS.md')).filter((n) => /^ringdown_/.test(n)).sort(), metrics.sort())
})

test('ASSISTANTS.md names every key, and its examples are taken', () => {
	const text = read('docs/ASSISTANTS.md')
	for (const key of new Set(Object.values(assistantKeys()).flat()))
		assert.ok(text.includes(`\`${key}\``) || text.includes(`"${key}"`), `${key} is not in ASSISTANTS.md`)
	const examples = [...text.matchAll(/^```json\n(.*?)^```$/gms)].map((m) => m[1])
	assert.ok(examples.length >= 6)
	for (const example of examples)
		assert.deepEqual(check('', folder({ default: withSecret(example) }), open).faults, [], example)
})

test('what THREATS.md and TESTING.md say is shown by a test, or kept in a file, is there', () => {
	const file = {
		e2e: (n) => `tests/e2e/${n}.test.mjs`,
		house: (n) => ['sh', 'test.mjs'].map((end) => `tests/house/${n}.${end}`).find((f) => fs.existsSync(path.join(root, f))),
		'fuzz-corpus': (n) => `tests/fuzz/corpus/${n}`,
		scripts: (n) => `scripts/${n}`,
		tests: (n) => `tests/${n}`,
	}
	const rooms = fs.readdirSync(path.join(root, 'src')).filter((n) => !n.includes('.'))
	const pattern = new RegExp(`(?<![\\w/.-])(${[...Object.keys(file), ...rooms].join('|')})/([a-z_][a-z0-9_-]*)`, 'g')
	for (const document of ['docs/THREATS.md', 'docs/TESTING.md'])
		for (const [whole, kind, name] of read(document).matchAll(pattern)) {
			const at = file[kind]?.(name) ?? `tests/unit/${kind}/test_${name}.c`
			assert.ok(fs.existsSync(path.join(root, at)), `${document}: ${whole} is not there`)
		}
})

test('links between documents lead somewhere', () => {
	const documents = ['README.md', ...fs.readdirSync(path.join(root, 'docs')).filter((f) => f.endsWith('.md')).map((f) => `docs/${f}`)]
	for (const document of documents)
		for (const [, target] of read(document).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
			const at = path.join(root, path.dirname(document), target)
			assert.ok(fs.existsSync(at), `${document}: ${target} is not there`)
		}
})

test('docs/adr/README.md lists every decision', () => {
	const pages = fs.readdirSync(path.join(root, 'docs/adr')).filter((f) => /^\d/.test(f)).sort()
	assert.deepEqual([...read('docs/adr/README.md').matchAll(/^\| \[\d+\]\(([^)]+)\) \|/gm)].map((m) => m[1]), pages)
})

// Every file of C below src as one text: adjacent literals joined, conversions as "...".
function sourceText() {
	const files = fs.readdirSync(path.join(root, 'src'), { recursive: true }).filter((f) => f.endsWith('.c'))
	return files.map((f) => read(path.join('src', f))).join('\n')
		.replace(/"\s*STR_FMT\s*"?/g, '...').replace(/"\s+"/g, '').replace(/%[-.0-9lz]*[a-z]/g, '...').replace(/\\"/g, '"')
}

test('the log lines that OPERATIONS.md explains are written somewhere', () => {
	const source = sourceText()
	const table = read('docs/OPERATIONS.md').split('| line | what it means')[1].split('\n\n')[0]
	const lines = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap((m) => m[1].split('`, `')).map((l) => l.replaceAll('`', ''))
	assert.ok(lines.length > 25)
	for (const line of lines)
		for (const part of line.split(/\.\.\.|\bN\b/).map((p) => p.trim()).filter((p) => p.length > 2))
			assert.ok(source.includes(part), `no log line has "${part}" of "${line}"`)
})
