// SPDX-License-Identifier: MIT
// The specifications of Twilio and the model lie beside the clone, not in it: tests that need them are left out with
// one line where they are not, but never in CI.
import fs from 'node:fs'
import path from 'node:path'
import { root } from './ringdown.mjs'

export const specs = process.env.RINGDOWN_SPECS ?? path.resolve(root, '../shared/specs')

// True when all of them are there.
export function hasSpecs(...files) {
	const missing = files.filter((file) => !fs.existsSync(path.join(specs, file)))
	if (missing.length === 0) return true
	const what = `${missing.join(', ')} not in ${specs} (RINGDOWN_SPECS)`
	if (process.env.CI === 'true') throw new Error(what)
	console.log(`left out: ${what}`)
	return false
}
