// SPDX-License-Identifier: MIT
// A certificate authority of an afternoon, and one certificate for localhost.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

export function makeCertificate(dir) {
	const openssl = (...args) => execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] })
	fs.mkdirSync(dir, { recursive: true })
	openssl('req', '-x509', ...KEY, '-days', '2', '-subj', '/CN=ringdown bench CA', '-keyout', 'ca.key', '-out', 'ca.pem')
	openssl('req', ...KEY, '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr')
	fs.writeFileSync(path.join(dir, 'server.ext'), 'subjectAltName=DNS:localhost\n')
	openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2',
		'-extfile', 'server.ext', '-out', 'server.pem')
	const file = (name) => path.join(dir, name)
	return { ca: file('ca.pem'), cert: file('server.pem'), key: file('server.key') }
}
