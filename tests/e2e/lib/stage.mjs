// SPDX-License-Identifier: MIT
// ringdown, a model, a witness, and calls that find one another by name: so several tests can run at once.
import { Caller } from './caller.mjs'
import { Model } from './model.mjs'
import { startRingdown, until } from './ringdown.mjs'
import { Witness } from './witness.mjs'

export class Stage {
	// options: as startRingdown; hasWitness; modelOptions: as Model's
	async open({ hasWitness = true, assistants, modelOptions, ...options } = {}) {
		this.model = await new Model(modelOptions).start()
		this.ringdown = await startRingdown({
			modelUrl: this.model.url,
			assistants: assistants ?? { default: { instructions: 'The name is {{name}}.', greeting: '' } },
			...options,
		})
		if (hasWitness) this.witness = await new Witness(this.ringdown, this.model, this.witnessOptions).begin()
		return this
	}

	async close(assert) {
		try {
			await this.witness?.undisturbed(assert, 'the whole file')
			await this.witness?.end(assert)
		} finally {
			await this.ringdown?.stop()
			await this.model?.stop()
		}
	}

	// A caller whose model session can be found; not opened yet.
	caller(options = {}) {
		this.serial = (this.serial ?? 0) + 1
		// The log shows the last two characters: no other call of this stage has them, nor the witness, whose are hexadecimal.
		const letters = 'ghijklmnopqrstuvwxyz'
		const pair = letters[Math.floor(this.serial / letters.length) % letters.length] + letters[this.serial % letters.length]
		const callSid = options.callSid ?? `CA${Date.now().toString(16).padStart(24, '0')}${this.serial.toString(36).padStart(6, '0')}${pair}`
		return new Caller(this.ringdown.url, { ...options, callSid, parameters: { name: callSid, ...options.parameters } })
	}

	// A call under way.  talk: frames from the start.
	async begin(options = {}) {
		const caller = await this.caller(options).call({ talk: false, ...options })
		return { caller, session: await this.model.sessionOf(caller.callSid) }
	}

	// What was written down of the call, once it is complete.
	transcript(caller) {
		try {
			const doc = this.ringdown.transcript(caller.callSid)
			return doc.status === 'live' ? undefined : doc
		} catch {
			return undefined
		}
	}

	// Lines of the log with this call's tag and these words.
	lines(caller, words) {
		const start = this.ringdown.lines(`sid=CA..${caller.callSid.slice(-2)} start `)[0]
		if (!start) return []
		const tag = /call=\d+ /.exec(start)[0]
		return this.ringdown.lines(tag).filter((l) => new RegExp(words).test(l))
	}

	// Exactly one.
	async oneLine(assert, caller, words) {
		await until(() => this.lines(caller, words).length > 0, `no line with ${words} of this call in\n${this.ringdown.log.slice(-3000)}`, 3000)
		assert.equal(this.lines(caller, words).length, 1, this.lines(caller, words).join('\n'))
	}
}
