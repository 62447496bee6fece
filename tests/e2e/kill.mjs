#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// The process is killed in mid-call, at random moments, as often as is wished: the long form of kill.test.mjs.
//   node tests/e2e/kill.mjs [--times 200] [--lanes 2] [--seed N]
import { parseArgs } from 'node:util'
import { killing } from './lib/killing.mjs'
import { Model } from './lib/model.mjs'

const { values } = parseArgs({
	options: { times: { type: 'string', default: '200' }, lanes: { type: 'string', default: '2' }, seed: { type: 'string', default: String(Date.now() % 1e9) } },
})
const [times, lanes, seed] = [values.times, values.lanes, values.seed].map(Number)
console.log(`kill: times=${times} lanes=${lanes} seed=${seed}`)
const model = await new Model().start()
const rows = []
const report = (row) => {
	rows.push(row)
	console.log(Object.entries(row).map(([k, v]) => `${k}=${v}`).join(' '))
}
await Promise.all(Array.from({ length: lanes }, (_, i) => killing(model, { times: Math.ceil(times / lanes), seed: seed + i, report })))
const worst = (key) => Math.max(...rows.map((r) => r[key]))
console.log(`kill: ${rows.length} times; at most: ready after ${worst('readyMs')} ms, transcript ${worst('transcriptMs')} ms old, recording ${worst('recordingMs')} ms short`)
await model.stop()
