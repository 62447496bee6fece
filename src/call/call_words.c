/* SPDX-License-Identifier: MIT */
/* What was said becomes turns: the caller's when its transcript comes, the assistant's when it was
 * heard, cut where the caller cut it. */
#include <string.h>

#include "call_private.h"

int64_t words_time(const struct step *s)
{
	return s->now_us - s->c->start_us;
}

void words_persist(struct step *s, const struct transcript_turn *turn)
{
	act(s, CALL_ACT_PERSIST)->turn = *turn;
	transcript_add(&s->c->transcript, turn);
}

static struct call_spoken *spoken_find(struct call *c, struct str item_id)
{
	for (int i = 0; i < CALL_SPOKEN_MAX; i++)
		if (c->spoken[i].is_used && str_is(str_of(c->spoken[i].item_id), item_id))
			return &c->spoken[i];
	return NULL;
}

static bool is_in_ledger(const struct call *c, const char *item_id)
{
	for (uint32_t i = 0; i < c->ledger.n_items; i++)
		if (strcmp(c->ledger.items[i].id, item_id) == 0)
			return true;
	return false;
}

/* A free place, or that of words whose sound is not waited for. */
static struct call_spoken *spoken_new(struct step *s, struct str item_id)
{
	struct call_spoken *place = NULL;
	for (int i = 0; i < CALL_SPOKEN_MAX && !place; i++)
		if (!s->c->spoken[i].is_used || !is_in_ledger(s->c, s->c->spoken[i].item_id))
			place = &s->c->spoken[i];
	if (!place || !str_copy(item_id, place->item_id, sizeof(place->item_id)))
		return NULL;
	place->is_used = true;
	place->is_complete = false;
	place->n = 0;
	place->start_us = words_time(s);
	return place;
}

static void spoken_append(struct call_spoken *w, struct str text)
{
	size_t room = sizeof(w->text) - w->n;
	if (text.n > room) {
		text.n = room;
		while (text.n > 0 && ((unsigned char)text.p[text.n] & 0xC0) == 0x80)
			text.n--;
	}
	if (text.n > 0)
		memcpy(w->text + w->n, text.p, text.n);
	w->n += (uint32_t)text.n;
}

void words_on_model_text(struct step *s, const struct call_event *ev, bool is_whole)
{
	struct call_spoken *w = spoken_find(s->c, ev->item_id);
	bool is_stale = ev->response_id.n > 0 && (s->c->is_cancelled || id_hash(ev->response_id) != s->c->active_id);
	if (!w && !is_stale)
		w = spoken_new(s, ev->item_id);
	if (!w)
		return;
	if (is_whole)
		w->n = 0;
	spoken_append(w, ev->text);
	w->is_complete |= is_whole;
	words_finish_heard(s);
}

void words_on_caller_text(struct step *s, const struct call_event *ev)
{
	struct transcript_turn turn = {
		.kind = TRANSCRIPT_CALLER,
		.text = str_trim(ev->text),
		.item_id = ev->item_id,
		.start_us = s->c->speech_us ? s->c->speech_us - s->c->start_us : words_time(s),
		.end_us = words_time(s),
	};
	if (turn.text.n > 0)
		words_persist(s, &turn);
}

void words_cut(struct step *s, const struct ledger_item *item, uint32_t heard_ms, bool is_cut)
{
	struct call_spoken *w = spoken_find(s->c, str_of(item->id));
	struct str said = w ? (struct str){w->text, w->n} : STR("");
	uint32_t total_ms = (uint32_t)(item->raw_samples / 8);
	struct str heard = is_cut ? transcript_heard_part(said, heard_ms, total_ms) : said;
	struct transcript_turn turn = {
		.kind = TRANSCRIPT_ASSISTANT,
		.text = heard,
		.cut_text = str_skip(said, heard.n),
		.item_id = str_of(item->id),
		.start_us = w ? w->start_us : words_time(s),
		.end_us = words_time(s),
		.heard_ms = is_cut ? heard_ms : total_ms,
		.total_ms = total_ms,
		.is_cut = is_cut,
	};
	words_persist(s, &turn);
	if (w)
		w->is_used = false;
}

void words_finish_heard(struct step *s)
{
	struct call *c = s->c;
	struct ledger *l = &c->ledger;
	for (uint32_t i = 0; l->n_items > 0 && i < LEDGER_ITEMS_MAX; i++) {
		const struct ledger_item *item = &l->items[0];
		const struct call_spoken *w = spoken_find(c, str_of(item->id));
		bool is_heard = item->is_done && l->marked_samples >= item->start_samples + item->taken_samples;
		bool is_said = !w || w->is_complete || !c->active_id;
		if (!is_heard || !is_said)
			return;
		c->finished[i] = *item; /* the turn's views outlive the ledger's entry */
		ledger_drop_first(l);
		words_cut(s, &c->finished[i], 0, false);
	}
}
