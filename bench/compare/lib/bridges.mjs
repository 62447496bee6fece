// SPDX-License-Identifier: MIT
// The bridges under comparison, each started the same way:
//   start({ dir, modelUrl, tls, cpus, hearsTurns }) -> { process, url of its media stream, webhook: of its voice webhook, if it has one }
// hearsTurns: the model's server listens for turns and the caller speaks first; else nobody looks for turns and the
// model speaks from the start.  Every assistant's instructions name the simulated call, for modelsim's trace.
import fs from 'node:fs'
import path from 'node:path'
import { Process, freePort, program, root } from './process.mjs'

const INSTRUCTIONS = 'A bench: sim={{sim}}'
const MAX_CALLS = 2000

const ini = (sections) =>
	Object.entries(sections)
		.map(([name, keys]) => `[${name}]\n${Object.entries(keys).map(([k, v]) => `${k} = ${v}\n`).join('')}`)
		.join('\n')

// Transcripts are kept, as in service; sound is not recorded.
function configure(dir, port, { modelUrl, tls, hearsTurns }, audio) {
	const file = (name, text) => {
		fs.writeFileSync(path.join(dir, name), text)
		return path.join(dir, name)
	}
	for (const folder of ['assistants', 'records']) fs.mkdirSync(path.join(dir, folder), { recursive: true })
	file('assistants/default.json', JSON.stringify({
		instructions: INSTRUCTIONS,
		audio,
		...(hearsTurns ? { greeting: '' } : { turn_detection: null }),
	}))
	return file('ringdown.conf', ini({
		server: {
			listen: `127.0.0.1:${port}`,
			public_url: `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${port}`,
			loops: 1,
			...(tls && { tls_cert: tls.cert, tls_key: tls.key }),
		},
		model: { url: modelUrl, api_key_file: file('api_key', 'sk-bench\n'), ...(tls && { ca_file: tls.ca }) },
		twilio: { auth_token_file: file('auth_token', `${'0'.repeat(32)}\n`) },
		security: { require_signature: 'no' },
		assistants: { dir: path.join(dir, 'assistants') },
		record: { dir: path.join(dir, 'records') },
		limits: { max_calls: MAX_CALLS },
	}))
}

const streamUrl = (tls, port) => `${tls ? 'wss://localhost' : 'ws://127.0.0.1'}:${port}/media-stream`

const ringdown = (audio) => async (how) => {
	const port = await freePort()
	const config = configure(how.dir, port, how, audio)
	const p = new Process('ringdown', program('ringdown'), ['serve', '--config', config], { cpus: how.cpus })
	await p.accepts(port)
	const webhook = `${how.tls ? 'https://localhost' : 'http://127.0.0.1'}:${port}/connect/webhook/twilio/voice`
	return { process: p, url: streamUrl(how.tls, port), webhook }
}

const node = (name) => async ({ modelUrl, tls, cpus, hearsTurns }) => {
	const args = [path.join(root, 'bench/compare/bridges', `${name}.mjs`), '--model-url', modelUrl, '--instructions', INSTRUCTIONS]
	if (!hearsTurns) args.push('--turn-detection', 'none', '--greet')
	if (tls) args.push('--ca-file', tls.ca, '--tls-cert', tls.cert, '--tls-key', tls.key)
	const p = new Process(`node ${name}`, process.execPath, args, { cpus })
	return { process: p, url: streamUrl(tls, await p.listening()) }
}

export const bridges = {
	ringdown: { title: 'ringdown', sound: 'transcoding', start: ringdown('pcm24k') },
	'ringdown-pcmu': { title: 'ringdown', sound: 'pass-through', start: ringdown('pcmu') },
	'node-passthrough': { title: 'Node', sound: 'pass-through', start: node('passthrough') },
	'node-transcode': { title: 'Node', sound: 'transcoding', start: node('transcode') },
}
