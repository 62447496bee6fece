// SPDX-License-Identifier: MIT
// Queues: <Enqueue> with its wait documents and <Leave>, <Dial><Queue>, and dequeuing by REST
// (twilio.com/docs/voice/twiml/enqueue, queue; read 2026-11-24).
import { Interrupt } from './leg.mjs'
import { textOf } from './twiml.mjs'
import { gather } from './verbs.mjs'
import { rfc2822, sleep } from './sids.mjs'

const SIZE = 1000
const TICK_MS = 10
const PATIENCE = 100
const LEFT = Symbol('<Leave>')

export class Queues {
	constructor(fake) {
		this.fake = fake
	}

	create(account, name, size = SIZE) {
		const made = account.add(
			'queues',
			'QU',
			{ friendly_name: name, current_size: 0, average_wait_time: 0, max_size: size },
			{ members: [], waits: [] },
		)
		made.body.uri = account.path(`Queues/${made.body.sid}.json`)
		return made
	}

	named(account, name) {
		return [...account.queues.values()].find((q) => q.body.friendly_name === name)
	}

	memberBody(queue, member) {
		const { sid } = queue.body
		return {
			call_sid: member.leg.sid,
			date_enqueued: rfc2822(member.sinceMs),
			position: queue.members.indexOf(member) + 1,
			wait_time: this.waited(member),
			queue_sid: sid,
			uri: member.leg.account.path(`Queues/${sid}/Members/${member.leg.sid}.json`),
		}
	}

	waited(member) {
		return Math.round(member.leg.clockS - member.sinceS)
	}

	enter(queue, leg) {
		const member = { leg, queue, sinceS: leg.clockS, sinceMs: Date.now() }
		queue.members.push(member)
		queue.body.current_size = queue.members.length
		return member
	}

	leave(member) {
		const { queue } = member
		queue.members = queue.members.filter((m) => m !== member)
		queue.waits.push(this.waited(member))
		queue.body.current_size = queue.members.length
		queue.body.average_wait_time = Math.round(queue.waits.reduce((a, b) => a + b, 0) / queue.waits.length)
	}

	async enqueue(leg, node, url) {
		const name = textOf(node)
		const { action, method } = node.attributes
		leg.step('Enqueue', { text: name })
		const queue = this.named(leg.account, name) ?? this.create(leg.account, name)
		if (queue.members.length >= queue.body.max_size)
			return this.result(leg, url, action, method, { QueueResult: 'queue-full', QueueSid: queue.body.sid, QueueTime: '0' })
		const member = this.enter(queue, leg)
		const params = (result) => ({ QueueResult: result, QueueSid: queue.body.sid, QueueTime: String(this.waited(member)) })
		try {
			const result = await this.waitAndTalk(member, node, url)
			return this.result(leg, url, action, method, params(result))
		} catch (e) {
			if (e instanceof Interrupt && action)
				await leg.tell(
					leg.goTo(url, action, method, { ...params(this.brokenOff(member, e)), ...(e.kind === 'hangup' ? { CallStatus: 'completed' } : {}) }),
				)
			throw e
		} finally {
			if (queue.members.includes(member)) this.leave(member)
			member.bridge?.end()
		}
	}

	brokenOff(member, e) {
		if (e.kind === 'hangup') return member.bridge ? 'bridged' : 'hangup'
		return member.bridge ? 'redirected-from-bridged' : 'redirected'
	}

	result(leg, url, action, method, params) {
		leg.step('queue', { text: params.QueueResult })
		return leg.goTo(url, action, method, params)
	}

	async waitAndTalk(member, node, url) {
		const { leg } = member
		try {
			return await this.wait(member, node, url)
		} catch (e) {
			if (!(e instanceof Interrupt) || e.kind !== 'taken') throw e
			this.leave(member)
			member.bridge = e.bridge
			if (e.whisper)
				await leg.execute(
					await leg.race(
						leg.ask({
							...e.whisper,
							params: { QueueSid: member.queue.body.sid, QueueTime: String(this.waited(member)), DequeingCallSid: e.bridge.agent.sid },
						}),
					),
				)
			e.bridge.ready()
			leg.step('connected', { text: e.bridge.agent.to })
			await leg.race(e.bridge.over)
			leg.clockS += e.bridge.seconds ?? 0
			return 'bridged'
		}
	}

	// Documents of the waitUrl, one after the other, until one says <Leave> or the caller is taken.
	async wait(member, { attributes }, url) {
		const { leg } = member
		const patience = leg.script.patience ?? PATIENCE
		for (let n = 0; ; n++) {
			if (n >= patience) throw new Interrupt('hangup', { by: 'caller' })
			if (attributes.waitUrl && (await this.hear(member, leg.goTo(url, attributes.waitUrl, attributes.waitUrlMethod))) === LEFT) return 'leave'
			leg.clockS += 1
			await leg.race(sleep(leg.script.tickMs ?? TICK_MS))
		}
	}

	params(member) {
		const { queue } = member
		const { sid, current_size, average_wait_time, max_size } = queue.body
		return {
			QueueSid: sid,
			QueueTime: String(this.waited(member)),
			QueuePosition: String(queue.members.indexOf(member) + 1),
			CurrentQueueSize: String(current_size),
			AvgQueueTime: String(average_wait_time),
			MaxQueueSize: String(max_size),
		}
	}

	async hear(member, request) {
		const { leg } = member
		while (request) {
			const { url, nodes } = await leg.race(leg.ask({ ...request, params: { ...request.params, ...this.params(member) } }))
			request = undefined
			for (const node of nodes) {
				await leg.maybeHangUp(node.name)
				if (node.name === 'Leave') return (leg.step('Leave'), LEFT)
				const next = node.name === 'Gather' ? await gather(leg, node, url, (leg.script.waits ??= [])) : await leg.phone.perform(leg, node, url)
				if (next === leg.phone.END) throw new Interrupt('hangup', { by: 'TwiML' })
				if ((request = next)) break
			}
		}
	}

	// <Dial><Queue>: the agent gets the head of the line.
	async connect(agent, noun, node, url) {
		const name = textOf(noun)
		const queue = this.named(agent.account, name)
		if (!queue?.members.length) await agent.race(sleep(TICK_MS))
		const [member] = queue?.members ?? []
		if (!member) {
			await agent.pass(Number(node.attributes.timeout ?? 30))
			return { DialCallStatus: 'no-answer', DialBridged: 'false' }
		}
		const bridge = this.bridge(agent)
		member.leg.interrupt(new Interrupt('taken', { bridge, whisper: agent.goTo(url, noun.attributes.url, noun.attributes.method) }))
		await agent.race(bridge.isReady)
		agent.answer()
		agent.step('connected', { text: member.leg.from })
		await this.talk(agent, member, bridge)
		return { DialCallStatus: 'completed', DialCallSid: member.leg.sid, DialCallDuration: String(bridge.seconds), DialBridged: 'true' }
	}

	bridge(agent) {
		const bridge = { agent, seconds: agent.script.seconds ?? 30 }
		bridge.over = new Promise((resolve) => (bridge.end = resolve))
		bridge.isReady = new Promise((resolve) => (bridge.ready = resolve))
		return bridge
	}

	async talk(agent, member, bridge) {
		try {
			if (agent.script.until) await agent.race(Promise.race([bridge.over, agent.script.until]))
			agent.clockS += bridge.seconds
		} finally {
			bridge.end()
		}
	}

	// POST Queues/{QU}/Members/{CA}: the call goes on at that URL.
	dequeue(member, request) {
		const body = this.memberBody(member.queue, member)
		member.leg.interrupt(new Interrupt('redirect', { next: request }))
		return body
	}
}
