// SPDX-License-Identifier: MIT
// Bare sockets: HTTP and WebSocket as no library would send them.
import crypto from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { until } from './ringdown.mjs'

// frame(1, 'text'): as a client sends it, masked with zeros.  length: what the head says instead of the truth.
export function frame(opcode, payload, { fin = true, masked = true, length, rsv = 0 } = {}) {
	const body = Buffer.from(payload)
	const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode]
	const mask = masked ? 0x80 : 0
	const n = length ?? body.length
	if (n < 126) head.push(mask | n)
	else if (n < 65536) head.push(mask | 126, n >> 8, n & 255)
	else head.push(mask | 127, ...[...new Uint8Array(new BigUint64Array([BigInt(n)]).buffer)].reverse())
	return Buffer.concat([Buffer.from(head), Buffer.alloc(masked ? 4 : 0), body])
}

export class Raw {
	// options: port, host, localAddress, tls (options of tls.connect)
	constructor(options) {
		this.options = options
		this.bytes = Buffer.alloc(0)
	}

	async open() {
		const { tls: tlsOptions, ...to } = { host: '127.0.0.1', ...this.options }
		this.socket = tlsOptions ? tls.connect({ ...to, ...tlsOptions }) : net.connect(to)
		this.socket.on('error', (e) => (this.error = e))
		this.socket.on('data', (d) => (this.bytes = Buffer.concat([this.bytes, d])))
		this.closed = new Promise((resolve) => this.socket.once('close', () => ((this.isClosed = true), resolve(this))))
		await once(this.socket, tlsOptions ? 'secureConnect' : 'connect')
		return this
	}

	send(bytes) {
		this.socket.write(bytes)
		return this
	}

	get text() {
		return this.bytes.toString('latin1')
	}

	// Statuses of the HTTP responses so far.
	get statuses() {
		return [...this.text.matchAll(/^HTTP\/1\.[01] (\d+) /gm)].map((m) => Number(m[1]))
	}

	// The peer ends the connection, by itself.
	async ends(what, limitMs) {
		await until(() => this.isClosed, `${what}: the connection is not closed; it said ${JSON.stringify(this.text.slice(0, 300))}`, limitMs)
		return this
	}

	async upgrade(path, headers = '') {
		this.send(`GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${crypto.randomBytes(16).toString('base64')}\r\n${headers}\r\n`)
		await until(() => this.bytes.includes('\r\n\r\n') || this.isClosed, 'no answer to the upgrade')
		const head = this.bytes.subarray(0, this.bytes.indexOf('\r\n\r\n') + 4)
		this.bytes = this.bytes.subarray(head.length)
		this.status = Number(head.toString('latin1').split(' ')[1])
		return this
	}

	// The code of the close frame that comes; the frame is answered, so that the peer can end.
	async closeCode(limitMs) {
		let code
		await until(() => (code = this.findClose()) !== undefined, 'no close frame', limitMs)
		this.send(frame(8, Buffer.from([code >> 8, code & 255])))
		return code
	}

	findClose() {
		for (let at = 0; at + 2 <= this.bytes.length; ) {
			const short = this.bytes[at + 1] & 127
			const skip = short < 126 ? 2 : short === 126 ? 4 : 10
			if (at + skip > this.bytes.length) return undefined
			const n = short < 126 ? short : short === 126 ? this.bytes.readUInt16BE(at + 2) : Number(this.bytes.readBigUInt64BE(at + 2))
			if ((this.bytes[at] & 15) === 8) return n >= 2 ? this.bytes.readUInt16BE(at + skip) : 1005
			at += skip + n
		}
		return undefined
	}
}
