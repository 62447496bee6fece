/* SPDX-License-Identifier: MIT */
#include "ringdown/call/ledger.h"

#include <string.h>

#include "ringdown/base/buf.h"

enum {
	SAMPLES_A_MS = 8,
	FRAME_SAMPLES = 160,
	/* Marks come back a message length and a round trip later.  Time alone is believed no further:
	 * a caller whose socket is stuck hears nothing, however long we wait. */
	BELIEF_SAMPLES = 1500 * SAMPLES_A_MS,
};

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void ledger_init(struct ledger *l)
{
	*l = (struct ledger){.epoch = 1};
}

static struct ledger_item *last_item(struct ledger *l)
{
	return l->n_items ? &l->items[l->n_items - 1] : NULL;
}

bool ledger_begin_item(struct ledger *l, struct str item_id)
{
	struct ledger_item *last = last_item(l);
	if (last && !last->is_done && str_is(str_of(last->id), item_id))
		return true;
	if (l->n_items == LEDGER_ITEMS_MAX)
		return false;
	struct ledger_item *item = &l->items[l->n_items];
	*item = (struct ledger_item){.start_samples = l->taken_samples};
	if (!str_copy(item_id, item->id, sizeof(item->id)))
		return false;
	l->n_items++;
	return true;
}

void ledger_take(struct ledger *l, size_t n_samples)
{
	struct ledger_item *item = last_item(l);
	if (!item || item->is_done)
		return;
	item->taken_samples += n_samples;
	item->raw_samples += n_samples;
	l->taken_samples += n_samples;
}

void ledger_end_item(struct ledger *l, size_t pad_samples)
{
	struct ledger_item *item = last_item(l);
	if (!item || item->is_done)
		return;
	item->taken_samples += pad_samples;
	l->taken_samples += pad_samples;
	item->is_done = true;
}

size_t ledger_waiting(const struct ledger *l)
{
	return (size_t)(l->taken_samples - l->sent_samples);
}

/* The item that the next sample to be sent belongs to. */
static const struct ledger_item *sending_item(const struct ledger *l)
{
	for (uint32_t i = 0; i < l->n_items; i++)
		if (l->sent_samples < l->items[i].start_samples + l->items[i].taken_samples)
			return &l->items[i];
	return NULL;
}

size_t ledger_sendable(const struct ledger *l, uint32_t lead_ms, uint32_t message_ms, int64_t now_us)
{
	const struct ledger_item *item = sending_item(l);
	if (!item)
		return 0;
	uint64_t there = item->start_samples + item->taken_samples - l->sent_samples;
	uint64_t ahead = l->sent_samples - ledger_heard_samples(l, now_us);
	uint64_t lead = (uint64_t)lead_ms * SAMPLES_A_MS;
	there -= there % FRAME_SAMPLES;
	uint64_t room = ahead < lead ? lead - ahead : 0;
	room -= room % FRAME_SAMPLES;
	/* All that is there goes at once; a part of it only when it is worth a message. */
	if (there <= room)
		return (size_t)there;
	return room >= (uint64_t)message_ms * SAMPLES_A_MS ? (size_t)room : 0;
}

void ledger_send(struct ledger *l, size_t n_samples, int64_t now_us, char *ret_mark, size_t size)
{
	const struct ledger_item *item = sending_item(l);
	uint64_t heard = ledger_heard_samples(l, now_us);
	struct buf b;
	if (heard >= l->sent_samples) { /* into an empty buffer: it is played from now on */
		l->base_samples = l->sent_samples;
		l->base_us = now_us;
	}
	l->heard_floor_samples = heard;
	l->sent_samples += n_samples;
	buf_init(&b, ret_mark, size);
	buf_put_u64(&b, l->epoch);
	buf_putc(&b, ':');
	buf_put(&b, str_of(item ? item->id : "-"));
	buf_putc(&b, ':');
	buf_put_u64(&b, (l->sent_samples - (item ? item->start_samples : 0)) / SAMPLES_A_MS);
	buf_putc(&b, '\0');
}

/* epoch:item:ms; an item's id may hold colons itself. */
static bool parse_mark(struct str name, uint64_t *ret_epoch, struct str *ret_item, uint64_t *ret_ms)
{
	struct str rest = name;
	struct str epoch = str_split(&rest, ':');
	size_t colon = rest.n;
	while (colon > 0 && rest.p[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return false;
	*ret_item = (struct str){rest.p, colon - 1};
	return str_u64(epoch, UINT32_MAX, ret_epoch) == 0 &&
		str_u64(str_skip(rest, colon), UINT32_MAX, ret_ms) == 0;
}

bool ledger_mark(struct ledger *l, struct str name, int64_t now_us)
{
	uint64_t epoch, ms;
	struct str item_id;
	if (!parse_mark(name, &epoch, &item_id, &ms) || epoch != l->epoch)
		return false;
	for (uint32_t i = 0; i < l->n_items; i++) {
		if (!str_is(str_of(l->items[i].id), item_id))
			continue;
		uint64_t at = l->items[i].start_samples + ms * SAMPLES_A_MS;
		if (at > l->sent_samples || at <= l->marked_samples)
			continue;
		uint64_t heard = ledger_heard_samples(l, now_us);
		l->heard_floor_samples = heard > at ? heard : at;
		l->marked_samples = at;
		l->base_samples = at;
		l->base_us = now_us;
		return true;
	}
	return false;
}

uint64_t ledger_heard_samples(const struct ledger *l, int64_t now_us)
{
	int64_t since_us = now_us > l->base_us ? now_us - l->base_us : 0;
	uint64_t heard = l->base_samples + (uint64_t)since_us * SAMPLES_A_MS / 1000;
	heard = min_u64(heard, min_u64(l->sent_samples, l->marked_samples + BELIEF_SAMPLES));
	return heard > l->heard_floor_samples ? heard : l->heard_floor_samples;
}

struct ledger_heard ledger_heard(const struct ledger *l, int64_t now_us)
{
	uint64_t heard = ledger_heard_samples(l, now_us);
	const struct ledger_item *item = NULL;
	for (uint32_t i = 0; i < l->n_items; i++)
		if (i == 0 || l->items[i].start_samples < heard)
			item = &l->items[i];
	if (!item)
		return (struct ledger_heard){0};
	uint64_t of_item = heard > item->start_samples ? heard - item->start_samples : 0;
	return (struct ledger_heard){
		.item_id = str_of(item->id),
		.heard_ms = (uint32_t)(min_u64(of_item, item->raw_samples) / SAMPLES_A_MS),
		.total_ms = (uint32_t)(item->raw_samples / SAMPLES_A_MS),
		.is_complete = item->is_done && of_item >= item->raw_samples,
	};
}

uint32_t ledger_lead_ms(const struct ledger *l, int64_t now_us)
{
	return (uint32_t)((l->sent_samples - ledger_heard_samples(l, now_us)) / SAMPLES_A_MS);
}

bool ledger_is_played_out(const struct ledger *l)
{
	return l->marked_samples == l->taken_samples;
}

void ledger_drop_first(struct ledger *l)
{
	if (l->n_items == 0)
		return;
	l->n_items--;
	memmove(l->items, l->items + 1, l->n_items * sizeof(l->items[0]));
}

void ledger_clear(struct ledger *l)
{
	*l = (struct ledger){.epoch = l->epoch + 1};
}
