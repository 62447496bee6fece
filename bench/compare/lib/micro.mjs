// SPDX-License-Identifier: MIT
// The micro-benches (bench/micro_*.c): each prints JSON, a line a measurement, its baseline in the same line.
import { execFileSync } from 'node:child_process'
import { program } from './process.mjs'

export const MICRO = ['ring', 'resample', 'base64', 'scan']

export function micro(...args) {
	return MICRO.flatMap((name) =>
		execFileSync(program(`micro_${name}`), args, { encoding: 'utf8' }).trim().split('\n').map((line) => JSON.parse(line)))
}
