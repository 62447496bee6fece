// SPDX-License-Identifier: MIT
// Queues and who waits in them.
import { RestError, notFound } from '../errors.mjs'
import { apply, page2010 } from '../lists.mjs'
import { bodies, created, gone, record, touch, v2010 } from './route.mjs'

function createQueue({ account, form, twilio }) {
	const name = form.get('FriendlyName')
	if (twilio.phone.queues.named(account, name)) throw new RestError(22003)
	return twilio.phone.queues.create(account, name, Number(form.get('MaxSize') ?? 1000)).body
}

function updateQueue(ctx) {
	const found = record(ctx, 'queues')
	apply(found.body, ctx.form)
	return touch(found)
}

function deleteQueue(ctx) {
	if (record(ctx, 'queues').members.length > 0) throw new RestError(20001, { message: 'Queue is not empty' })
	ctx.account.queues.delete(ctx.values.Sid)
}

// "Front" is the head of the line.
function member(ctx) {
	const { members } = record(ctx, 'queues', 'QueueSid')
	const found = ctx.values.CallSid === 'Front' ? members[0] : members.find((m) => m.leg.sid === ctx.values.CallSid)
	if (!found) throw notFound(ctx.pathname)
	return found
}

const shown = (ctx, one) => ctx.twilio.phone.queues.memberBody(one.queue, one)

export const routes = [
	v2010('ListQueue', 'GET', '/Queues.json', (ctx) => page2010(ctx, 'queues', bodies(ctx.account.queues))),
	v2010('CreateQueue', 'POST', '/Queues.json', createQueue, created()),
	v2010('FetchQueue', 'GET', '/Queues/{Sid}.json', (ctx) => record(ctx, 'queues').body),
	v2010('UpdateQueue', 'POST', '/Queues/{Sid}.json', updateQueue),
	v2010('DeleteQueue', 'DELETE', '/Queues/{Sid}.json', deleteQueue, gone),
	v2010('ListMember', 'GET', '/Queues/{QueueSid}/Members.json', (ctx) =>
		page2010(
			ctx,
			'queue_members',
			record(ctx, 'queues', 'QueueSid')
				.members.map((m) => shown(ctx, m))
				.reverse(),
		),
	),
	v2010('FetchMember', 'GET', '/Queues/{QueueSid}/Members/{CallSid}.json', (ctx) => shown(ctx, member(ctx))),
	v2010('UpdateMember', 'POST', '/Queues/{QueueSid}/Members/{CallSid}.json', (ctx) =>
		ctx.twilio.phone.queues.dequeue(member(ctx), { url: ctx.form.get('Url'), method: ctx.form.get('Method') ?? 'POST' }),
	),
]
