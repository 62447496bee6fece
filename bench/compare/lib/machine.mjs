// SPDX-License-Identifier: MIT
// What a figure is worth depends on where it was measured.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { program, root } from './process.mjs'

function output(command, ...args) {
	try {
		return execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
	} catch {
		return ''
	}
}

const line = (file, pattern) => (fs.existsSync(file) ? pattern.exec(fs.readFileSync(file, 'utf8'))?.[1] ?? '' : '')
const packageVersion = (name) => {
	const file = path.join(root, 'bench/compare/node_modules', name, 'package.json')
	return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).version : ''
}

export function machine() {
	return {
		processor: os.cpus()[0]?.model.trim() ?? '',
		processors: os.cpus().length,
		memory_gib: Math.round(os.totalmem() / 2 ** 30),
		kernel: os.release(),
		system: line('/etc/os-release', /^PRETTY_NAME="?([^"\n]*)/m),
		virtual: output('systemd-detect-virt') || 'none',
		load_average: os.loadavg()[0],
	}
}

export function versions() {
	return {
		ringdown: output(program('ringdown'), 'version').split('\n')[0],
		commit: output('git', 'rev-parse', '--short=12', 'HEAD'),
		changed: output('git', 'status', '--porcelain', '--untracked-files=no') !== '',
		node: process.version,
		ws: packageVersion('ws'),
		bufferutil: packageVersion('bufferutil'),
		libwebsockets: output('pkg-config', '--modversion', 'libwebsockets').replace(/-$/, ''),
		libuv: output('pkg-config', '--modversion', 'libuv'),
		openssl: output('pkg-config', '--modversion', 'libssl'),
	}
}
