/* SPDX-License-Identifier: MIT */
/* How heard is known.
 *
 *   sending    nothing is played before it is sent: sent_origin is the earliest play-out could be
 *   marks      a mark at position p that comes back at T was reached half a round trip before.  A
 *              clear sent at T takes effect half a round trip later: p and a whole round trip's sound
 *              have been played by then.  Marks may be held up on their way, never hurried: of the
 *              last four the earliest is believed, so that one late mark moves nothing, and a
 *              play-out that has really stopped for a while is followed.
 *   lag        until the first mark of a new beginning: as long after sending as it was before
 *
 * Time alone is believed for BELIEF only: a caller whose socket is stuck hears nothing, however long
 * we wait. */
#include "ringdown/call/ledger.h"

#include <string.h>

#include "ringdown/base/buf.h"

enum {
	SAMPLES_A_MS = 8,
	SAMPLE_US = 125,
	FRAME_SAMPLES = 160,
	MESSAGE_MAX_SAMPLES = 200 * SAMPLES_A_MS, /* a mark at least that often */
	BELIEF_SAMPLES = 1500 * SAMPLES_A_MS,
	LAG_MAX_US = 500000,
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

static uint64_t end_of(const struct ledger_item *item)
{
	return item->start_samples + item->taken_samples;
}

/* It was thought done, and another part of it comes: the padding lies in its midst now. */
static void reopen(struct ledger_item *item)
{
	item->is_done = false;
	item->inner_samples = item->taken_samples - item->raw_samples;
}

bool ledger_begin_item(struct ledger *l, struct str item_id)
{
	struct ledger_item *last = last_item(l);
	if (last && str_is(str_of(last->id), item_id)) {
		if (last->is_done)
			reopen(last);
		return true;
	}
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

/* The place of the item that the next sample to be sent belongs to; n_items: none waits. */
static uint32_t sending_item(const struct ledger *l)
{
	uint32_t i = 0;
	while (i < l->n_items && l->sent_samples >= end_of(&l->items[i]))
		i++;
	return i;
}

size_t ledger_sendable(const struct ledger *l, uint32_t lead_ms, uint32_t message_ms, int64_t now_us)
{
	uint32_t i = sending_item(l);
	if (i == l->n_items)
		return 0;
	uint64_t there = end_of(&l->items[i]) - l->sent_samples;
	uint64_t ahead = l->sent_samples - ledger_heard_samples(l, now_us);
	uint64_t lead = (uint64_t)lead_ms * SAMPLES_A_MS;
	uint64_t room = ahead < lead ? lead - ahead : 0;
	there = min_u64(there - there % FRAME_SAMPLES, MESSAGE_MAX_SAMPLES);
	room -= room % FRAME_SAMPLES;
	/* All that is there goes at once; a part of it only when it is worth a message. */
	if (there <= room)
		return (size_t)there;
	return room >= (uint64_t)message_ms * SAMPLES_A_MS ? (size_t)room : 0;
}

/* The earliest of the last marks. */
static int64_t mark_origin_us(const struct ledger *l)
{
	uint32_t n = l->n_marks < LEDGER_MARKS_MAX ? l->n_marks : LEDGER_MARKS_MAX;
	int64_t first_us = INT64_MAX;
	for (uint32_t i = 0; i < n; i++)
		if (l->mark_origins_us[i] < first_us)
			first_us = l->mark_origins_us[i];
	return first_us;
}

static int64_t origin_us(const struct ledger *l)
{
	if (l->n_marks == 0)
		return l->sent_origin_us + l->lag_us;
	int64_t told_us = mark_origin_us(l);
	return told_us > l->sent_origin_us ? told_us : l->sent_origin_us;
}

uint64_t ledger_heard_samples(const struct ledger *l, int64_t now_us)
{
	int64_t since_us = now_us - origin_us(l);
	uint64_t heard = since_us > 0 ? (uint64_t)since_us / SAMPLE_US : 0;
	heard = min_u64(heard, min_u64(l->sent_samples, l->marked_samples + BELIEF_SAMPLES));
	return heard > l->heard_floor_samples ? heard : l->heard_floor_samples;
}

/* Up in two steps, down at once: one late mark is no lag. */
static void learn_lag(struct ledger *l)
{
	if (l->n_marks == 0)
		return;
	int64_t lag_us = origin_us(l) - l->sent_origin_us;
	if (lag_us > LAG_MAX_US)
		lag_us = LAG_MAX_US;
	l->lag_us = lag_us < l->lag_us ? lag_us : (l->lag_us + lag_us) / 2;
}

static void put_mark(struct buf *b, const struct ledger *l, const struct ledger_item *item)
{
	buf_put_u64(b, l->epoch);
	buf_putc(b, ':');
	buf_put(b, str_of(item ? item->id : "-"));
	buf_putc(b, ':');
	buf_put_u64(b, (l->sent_samples - (item ? item->start_samples : 0)) / SAMPLES_A_MS);
	buf_putc(b, '\0');
}

void ledger_send(struct ledger *l, size_t n_samples, int64_t now_us, char *ret_mark, size_t size)
{
	uint32_t i = sending_item(l);
	struct ledger_item *item = i < l->n_items ? &l->items[i] : NULL;
	uint64_t heard = ledger_heard_samples(l, now_us);
	struct buf b;
	l->heard_floor_samples = heard;
	if (heard >= l->sent_samples) { /* into an empty buffer: it is played from now on */
		learn_lag(l);
		l->n_marks = 0;
		l->begun_samples = l->sent_samples;
		l->sent_origin_us = now_us - (int64_t)l->sent_samples * SAMPLE_US;
	}
	if (item && !item->first_us)
		item->first_us = now_us + (int64_t)(l->sent_samples - heard) * SAMPLE_US;
	l->sent_samples += n_samples;
	buf_init(&b, ret_mark, size);
	put_mark(&b, l, item);
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
	return str_u64(epoch, UINT32_MAX, ret_epoch) == 0 && str_u64(str_skip(rest, colon), UINT32_MAX, ret_ms) == 0;
}

static void note_mark(struct ledger *l, uint64_t at_samples, int64_t now_us)
{
	uint64_t heard = ledger_heard_samples(l, now_us);
	int64_t latest_us = now_us - (int64_t)at_samples * SAMPLE_US; /* had it come back in no time */
	l->heard_floor_samples = heard > at_samples ? heard : at_samples;
	l->marked_samples = at_samples;
	if (at_samples <= l->begun_samples) /* of what was played before the pause */
		return;
	if (latest_us < l->sent_origin_us) /* their clock is faster than ours */
		l->sent_origin_us = latest_us;
	l->mark_origins_us[l->n_marks % LEDGER_MARKS_MAX] = latest_us - l->round_trip_us;
	l->n_marks++;
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
		if (at > l->sent_samples || at > end_of(&l->items[i]) || at <= l->marked_samples)
			continue;
		note_mark(l, at, now_us);
		return true;
	}
	return false;
}

uint64_t ledger_item_heard(const struct ledger_item *item, uint64_t heard_samples)
{
	uint64_t of_item = heard_samples > item->start_samples ? heard_samples - item->start_samples : 0;
	of_item = of_item > item->inner_samples ? of_item - item->inner_samples : 0;
	return min_u64(of_item, item->raw_samples);
}

bool ledger_item_is_played(const struct ledger *l, const struct ledger_item *item)
{
	return item->is_done && l->marked_samples >= end_of(item);
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
	uint64_t of_item = ledger_item_heard(item, heard);
	return (struct ledger_heard){
		.item_id = str_of(item->id),
		.heard_ms = (uint32_t)(of_item / SAMPLES_A_MS),
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

void ledger_drop_played(struct ledger *l)
{
	while (l->n_items > 1 && ledger_item_is_played(l, &l->items[0])) {
		l->n_items--;
		memmove(l->items, l->items + 1, l->n_items * sizeof(l->items[0]));
	}
}

void ledger_clear(struct ledger *l)
{
	learn_lag(l);
	*l = (struct ledger){.epoch = l->epoch + 1, .round_trip_us = l->round_trip_us, .lag_us = l->lag_us};
}
