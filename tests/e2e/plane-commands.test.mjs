// SPDX-License-Identifier: MIT
// init, org, token, rekey, backup: what an operator does before there is a service, and beside it.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { after, test } from 'node:test'
import { freePort, program, tempDir, until } from './lib/ringdown.mjs'

// { status, out, err }
function run(...args) {
	const r = spawnSync(program('ringdown'), args, { encoding: 'utf8', env: { PATH: process.env.PATH } })
	assert.equal(r.error, undefined)
	return { status: r.status, out: r.stdout, err: r.stderr }
}

const mode = (file) => (fs.statSync(file).mode & 0o777).toString(8)

// A directory that init has made, with { dir, conf, ringdown(...args) }.
function initiated() {
	const dir = path.join(tempDir(), 'ringdown')
	const made = run('init', '--dir', dir)
	assert.equal(made.status, 0, made.err)
	const conf = path.join(dir, 'ringdown.conf')
	return { dir, conf, made, ringdown: (...args) => run(...args, '--config', conf) }
}

test('init makes what check takes, for its owner alone, and says what to do next', () => {
	const { dir, made, conf, ringdown } = initiated()
	for (const [name, bits] of Object.entries({ '.': '700', 'ringdown.conf': '600', 'ringdown.db': '600', keys: '700', 'keys/cred-1.key': '600', assistants: '700' }))
		assert.equal(mode(path.join(dir, name)), bits, name)
	assert.equal(fs.statSync(path.join(dir, 'keys/cred-1.key')).size, 32)
	assert.match(made.out, new RegExp(`ringdown org add acme --config ${conf}`))
	const check = ringdown('check')
	assert.equal(check.status, 0, check.err)
	assert.match(check.out, new RegExp(`url = sqlite:${dir}/ringdown.db`))
	assert.match(check.out, /^assistant default: 1 tools$/m)
	const other = initiated()
	assert.notDeepEqual(fs.readFileSync(path.join(dir, 'keys/cred-1.key')), fs.readFileSync(path.join(other.dir, 'keys/cred-1.key')))
})

test('init overwrites nothing, and leaves nothing behind when it fails', () => {
	const { dir, conf } = initiated()
	const before = fs.readFileSync(path.join(dir, 'keys/cred-1.key'))
	const again = run('init', '--dir', dir)
	assert.equal(again.status, 73)
	assert.match(again.err, /ringdown\.conf: is there already; nothing was made/)
	fs.unlinkSync(conf)
	assert.equal(run('init', '--dir', dir).status, 73)
	assert.deepEqual(fs.readFileSync(path.join(dir, 'keys/cred-1.key')), before)
	const empty = path.join(tempDir(), 'x')
	fs.mkdirSync(path.join(empty, 'records'), { recursive: true })
	assert.equal(run('init', '--dir', empty).status, 73)
	assert.deepEqual(fs.readdirSync(empty), ['records'])
	const nowhere = path.join(tempDir(), 'a', 'b')
	assert.equal(run('init', '--dir', nowhere).status, 73)
	const odd = path.join(tempDir(), 'a;b')
	assert.equal(run('init', '--dir', odd).status, 64)
	assert.ok(!fs.existsSync(odd))
})

test('the configuration may lie elsewhere', () => {
	const dir = tempDir()
	const conf = path.join(dir, 'other.conf')
	const made = run('init', '--dir', path.join(dir, 'data'), '--config', conf)
	assert.equal(made.status, 0, made.err)
	assert.equal(run('check', '--config', conf).status, 0)
	assert.ok(!fs.existsSync(path.join(dir, 'data/ringdown.conf')))
})

const children = []
after(() => children.forEach((child) => child.kill('SIGKILL')))

// The service on a free port: { url, get(path, token), stop() }
async function serve({ conf }) {
	const url = `http://127.0.0.1:${await freePort()}`
	fs.writeFileSync(conf, fs.readFileSync(conf, 'utf8').replaceAll(/http:\/\/127.0.0.1:\d+|(?<= = )127.0.0.1:\d+/g, (at) =>
		at.startsWith('http') ? url : url.slice(7)))
	const child = spawn(program('ringdown'), ['serve', '--config', conf], { stdio: ['ignore', 'ignore', 'pipe'] })
	children.push(child)
	let log = ''
	child.stderr.on('data', (d) => (log += d))
	await until(() => fetch(`${url}/readyz`).then((r) => r.status === 200, () => false), `no service: ${log}`)
	const get = async (path, token, headers = {}) => {
		const r = await fetch(url + path, { headers: { authorization: `Bearer ${token}`, ...headers } })
		return { status: r.status, body: await r.json() }
	}
	const stop = () => new Promise((resolve) => (child.on('exit', resolve), child.kill('SIGTERM'), child.kill('SIGTERM')))
	return { url, get, stop }
}

// The token that the command prints; it says why when there is none.
function token({ ringdown }, ...args) {
	const made = ringdown('token', ...args)
	assert.equal(made.status, 0, made.err)
	return made.out.trim()
}

const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'))

test('a token of the command line is taken by the API, for its organisation and its scopes', async () => {
	const made = initiated()
	const { ringdown } = made
	for (const org of ['acme', 'other']) assert.equal(ringdown('org', 'add', org).status, 0)
	const service = await serve(made)
	const all = token(made, '--org', 'acme', '--scope', '*')
	assert.equal((await service.get('/phone/users', all)).status, 200)
	assert.equal((await service.get('/api/phone/users', all, { orgid: 'other' })).status, 403)
	assert.equal((await service.get('/phone/users', `${all}x`)).status, 401)
	const narrow = token(made, '--org', 'acme', '--scope', 'numbers:read')
	assert.equal((await service.get('/phone/users', narrow)).body.reason, 'insufficient_scope')
	const user = await fetch(`${service.url}/phone/users`, {
		method: 'POST', headers: { authorization: `Bearer ${all}` }, body: JSON.stringify({ email: 'ann@acme.example', name: 'Ann', roles: ['agent'] }),
	})
	assert.equal(user.status, 201)
	const hers = token(made, '--org', 'acme', '--scope', 'users:read', '--user', 'Ann@Acme.example')
	assert.equal(claims(hers).sub, (await user.json()).sk)
	assert.equal((await service.get('/phone/users', hers)).status, 200)
	const short = claims(token(made, '--org', 'acme', '--scope', '*', '--ttl', '60'))
	assert.equal(short.exp - short.iat, 60)
	// Backed up while it serves, and a newer key beside the one that signed.
	assert.equal(ringdown('backup', path.join(made.dir, 'live.db')).status, 0)
	assert.match(ringdown('rekey', '--add').out, /cred-2\.key/)
	assert.equal(await service.stop(), 0)
	const again = await serve(made)
	assert.equal((await again.get('/phone/users', token(made, '--org', 'acme', '--scope', '*'))).status, 200)
	assert.match(ringdown('rekey').out, /^sealed with cred-2\.key: 0 of 0 that were not$/m)
	assert.equal(await again.stop(), 0)
})

test('a token is refused for what it names, and without a key', () => {
	const { dir, ringdown } = initiated()
	assert.equal(ringdown('org', 'add', 'acme').status, 0)
	const refused = (...args) => ringdown('token', ...args)
	assert.match(refused('--org', 'none', '--scope', '*').err, /--org none: there is no such organisation/)
	assert.match(refused('--org', 'acme', '--scope', '*', '--user', 'x@y').err, /--user x@y: acme has no such user/)
	for (const ttl of ['0', '86401', '-1', '1h']) assert.equal(refused('--org', 'acme', '--scope', '*', '--ttl', ttl).status, 64, ttl)
	assert.equal(refused('--org', 'acme').status, 64)
	fs.chmodSync(path.join(dir, 'keys/cred-1.key'), 0o644)
	assert.match(refused('--org', 'acme', '--scope', '*').err, /cred-1\.key can be read by anybody/)
	fs.unlinkSync(path.join(dir, 'keys/cred-1.key'))
	const none = refused('--org', 'acme', '--scope', '*')
	assert.equal(none.status, 78)
	assert.equal(none.out, '')
	assert.match(ringdown('rekey', '--add').out, /cred-1\.key/)
	assert.equal(refused('--org', 'acme', '--scope', '*').status, 0)
})

test('organisations have names that are names, once', () => {
	const { ringdown } = initiated()
	assert.deepEqual(ringdown('org', 'add', 'acme'), { status: 0, out: 'acme\n', err: '' })
	assert.equal(ringdown('org', 'add', 'acme-2_b').status, 0)
	const again = ringdown('org', 'add', 'acme')
	assert.equal(again.status, 73)
	assert.match(again.err, /ringdown org: acme is there already/)
	for (const name of ['Acme', '-acme', 'a', 'a'.repeat(64), 'a b', 'a/b', '']) assert.equal(ringdown('org', 'add', name).status, 64, name)
	assert.equal(ringdown('org', 'remove', 'acme').status, 64)
	assert.equal(ringdown('org', 'add').status, 64)
})

test('commands say what they miss', () => {
	const dir = tempDir()
	const conf = path.join(dir, 'bare.conf')
	fs.writeFileSync(conf, '[model]\nurl = ws://127.0.0.1:9/x\n[security]\nrequire_signature = no\n')
	const bare = run('org', 'add', 'acme', '--config', conf)
	assert.equal(bare.status, 78)
	assert.match(bare.err, /\[store\] url is not set; `ringdown init` makes one/)
	assert.equal(run('org', 'add', 'acme', '--config', path.join(dir, 'none.conf')).status, 78)
	fs.appendFileSync(conf, `[store]\nurl = sqlite:${dir}/none/x.db\n`)
	const nowhere = run('org', 'add', 'acme', '--config', conf)
	assert.notEqual(nowhere.status, 0)
	assert.match(nowhere.err, /\[store\] url: /)
	fs.writeFileSync(path.join(dir, 'text.db'), 'this is no database\n'.repeat(100))
	fs.writeFileSync(conf, fs.readFileSync(conf, 'utf8').replace('none/x.db', 'text.db'))
	assert.notEqual(run('org', 'add', 'acme', '--config', conf).status, 0)
	assert.match(run('init').err, /missing: --dir/)
	assert.equal(run('nonsense').status, 64)
	assert.match(run('--help').out, /backup FILE/)
})

test('a backup is whole, private, and never replaces one', () => {
	const { dir, ringdown } = initiated()
	assert.equal(ringdown('org', 'add', 'acme').status, 0)
	const file = path.join(dir, 'backup.db')
	const made = ringdown('backup', file)
	assert.equal(made.status, 0, made.err)
	assert.equal(mode(file), '600')
	assert.equal(ringdown('backup', file).status, 73)
	assert.equal(ringdown('backup', path.join(dir, 'none', 'backup.db')).status, 73)
	assert.deepEqual(fs.readdirSync(dir).filter((n) => n.includes('.part-')), [])
	// It is the database of another appliance now, with the same organisations.
	const conf = path.join(dir, 'copy.conf')
	fs.writeFileSync(conf, fs.readFileSync(path.join(dir, 'ringdown.conf'), 'utf8').replace('/ringdown.db', '/backup.db'))
	assert.equal(run('org', 'add', 'acme', '--config', conf).status, 73)
	assert.equal(run('org', 'add', 'other', '--config', conf).status, 0)
})
