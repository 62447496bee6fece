/* SPDX-License-Identifier: MIT */
/* What was said becomes turns: the caller's when its transcript comes, the assistant's when two things
 * are known, in whatever order they come: what was heard of it, and its words. */
#include <string.h>

#include "call_private.h"

enum { SAMPLES_A_MS = 8 };

int64_t words_time(const struct step *s)
{
	return s->now_us - s->c->start_us;
}

void words_persist(struct step *s, const struct transcript_turn *turn)
{
	act(s, CALL_ACT_PERSIST)->turn = *turn;
	transcript_add(&s->c->transcript, turn);
}

struct call_said *words_find(struct call *c, struct str item_id)
{
	for (uint32_t i = 0; i < c->n_said; i++)
		if (!c->said[i].is_written && str_is(str_of(c->said[i].item_id), item_id))
			return &c->said[i];
	return NULL;
}

bool words_is_known(const struct call *c, struct str item_id)
{
	uint64_t id = id_hash(item_id);
	for (uint32_t i = 0; i < c->n_said; i++)
		if (str_is(str_of(c->said[i].item_id), item_id))
			return true;
	for (uint32_t i = 0; i < CALL_SAID_MAX; i++)
		if (c->written_ids[i] == id)
			return true;
	return false;
}

struct call_said *words_begin(struct call *c, struct str item_id, uint64_t response_id)
{
	struct call_said *said = words_find(c, item_id);
	if (said)
		return said;
	if (c->n_said == CALL_SAID_MAX)
		return NULL;
	said = &c->said[c->n_said];
	*said = (struct call_said){.response_id = response_id, .at = c->words_used};
	if (!str_copy(item_id, said->item_id, sizeof(said->item_id)))
		return NULL;
	c->n_said++;
	return said;
}

/* Puts text in place of the item's bytes from keep_n on; the texts behind it move. */
static void put_text(struct call *c, struct call_said *said, uint32_t keep_n, struct str text)
{
	uint32_t end = said->at + said->n;
	size_t room = sizeof(c->words) - (c->words_used - (said->n - keep_n));
	if (text.n > room) {
		text.n = room;
		while (text.n > 0 && ((unsigned char)text.p[text.n] & 0xC0) == 0x80)
			text.n--;
	}
	uint32_t n = keep_n + (uint32_t)text.n;
	memmove(c->words + said->at + n, c->words + end, c->words_used - end);
	if (text.n > 0)
		memcpy(c->words + said->at + keep_n, text.p, text.n);
	for (struct call_said *later = said + 1; later < c->said + c->n_said; later++)
		later->at = later->at + n - said->n;
	c->words_used = c->words_used + n - said->n;
	said->n = n;
}

void words_sweep(struct call *c)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < c->n_said; i++)
		if (c->said[i].is_written)
			put_text(c, &c->said[i], 0, STR(""));
	for (uint32_t i = 0; i < c->n_said; i++)
		if (!c->said[i].is_written)
			c->said[kept++] = c->said[i];
	c->n_said = kept;
}

/* Transcripts come before, with and after their sound, and once more as a whole. */
void words_on_model_text(struct step *s, const struct call_event *ev)
{
	struct call *c = s->c;
	struct call_said *said = words_find(c, ev->item_id);
	uint64_t response_id = id_hash(ev->response_id);
	if (!said && response_id == c->active_id && !c->is_cancelled && !words_is_known(c, ev->item_id))
		said = words_begin(c, ev->item_id, response_id);
	if (!said)
		return;
	bool is_whole = ev->kind == CALL_EV_MODEL_TEXT_DONE;
	if (is_whole)
		put_text(c, said, said->part_n, ev->text);
	else
		put_text(c, said, said->n, ev->text);
	if (is_whole)
		said->part_n = said->n;
	said->is_complete = is_whole;
	words_update(s);
}

void words_on_speech_started(struct step *s, struct str item_id)
{
	struct call *c = s->c;
	c->speeches[c->n_speeches++ % CALL_SPEECHES_MAX] =
		(struct call_speech){.item_id = id_hash(item_id), .start_us = words_time(s)};
}

static struct call_speech *speech_find(struct call *c, struct str item_id)
{
	uint64_t id = id_hash(item_id);
	for (uint32_t i = 1; i <= CALL_SPEECHES_MAX; i++) { /* the latest first */
		struct call_speech *speech = &c->speeches[(c->n_speeches - i) % CALL_SPEECHES_MAX];
		if (speech->item_id == id)
			return speech;
	}
	return NULL;
}

void words_on_speech_stopped(struct step *s, struct str item_id)
{
	struct call_speech *speech = speech_find(s->c, item_id);
	if (speech)
		speech->end_us = words_time(s);
}

void words_on_caller_text(struct step *s, const struct call_event *ev)
{
	const struct call_speech *speech = speech_find(s->c, ev->item_id);
	struct transcript_turn turn = {
		.kind = TRANSCRIPT_CALLER,
		.text = str_trim(ev->text),
		.item_id = ev->item_id,
		.start_us = speech ? speech->start_us : words_time(s),
		.end_us = speech && speech->end_us ? speech->end_us : words_time(s),
	};
	if (turn.text.n > 0)
		words_persist(s, &turn);
	s->c->unsettled_us = s->c->is_caller_speaking ? s->c->speech_us : 0;
}

void words_settle(struct step *s, const struct ledger_item *item, uint32_t heard_ms, bool is_cut)
{
	struct call_said *said = words_find(s->c, str_of(item->id));
	if (!said || said->is_settled)
		return;
	said->total_ms = (uint32_t)(item->raw_samples / SAMPLES_A_MS);
	said->heard_ms = is_cut ? heard_ms : said->total_ms;
	said->is_cut = is_cut;
	said->is_settled = true;
	said->start_us = item->first_us ? item->first_us - s->c->start_us : words_time(s);
	said->end_us = words_time(s);
}

struct str words_heard(const struct call *c, const struct call_said *said, uint32_t heard_ms, uint32_t total_ms)
{
	return transcript_heard_part((struct str){c->words + said->at, said->n}, heard_ms, total_ms);
}

static void write_turn(struct step *s, struct call_said *said)
{
	struct str words = {s->c->words + said->at, said->n};
	struct str heard = said->is_cut ? words_heard(s->c, said, said->heard_ms, said->total_ms) : words;
	struct transcript_turn turn = {
		.kind = TRANSCRIPT_ASSISTANT,
		.text = heard,
		.cut_text = str_skip(words, heard.n),
		.item_id = str_of(said->item_id),
		.start_us = said->start_us,
		.end_us = said->end_us,
		.heard_ms = said->heard_ms,
		.total_ms = said->total_ms,
		.is_cut = said->is_cut,
	};
	words_persist(s, &turn);
	said->is_written = true;
	s->c->written_ids[s->c->n_written++ % CALL_SAID_MAX] = id_hash(turn.item_id);
}

static void settle_played(struct step *s)
{
	struct ledger *l = &s->c->ledger;
	for (uint32_t i = 0; i < l->n_items; i++)
		if (ledger_item_is_played(l, &l->items[i]))
			words_settle(s, &l->items[i], 0, false);
	ledger_drop_played(l);
}

void words_update(struct step *s)
{
	struct call *c = s->c;
	settle_played(s);
	for (uint32_t i = 0; i < c->n_said; i++) {
		struct call_said *said = &c->said[i];
		bool is_over = said->response_id != c->active_id;
		if (said->is_written)
			continue;
		if (!said->has_sound && is_over) /* nobody has heard of it */
			said->is_written = true;
		else if (said->is_settled && (said->is_complete || is_over))
			write_turn(s, said);
		else
			return;
	}
}

/* Does a new session have to be told of it? */
static bool is_unheard(const struct call_said *said)
{
	return said->has_sound && !said->is_written && said->n > 0;
}

void words_told(struct call *c)
{
	for (uint32_t i = 0; i < c->n_said; i++)
		c->said[i].is_told = is_unheard(&c->said[i]);
}

bool call_unheard_next(const struct call *c, uint32_t *pos, struct transcript_turn *ret_turn)
{
	while (*pos < c->n_said) {
		const struct call_said *said = &c->said[(*pos)++];
		if (!is_unheard(said))
			continue;
		*ret_turn = (struct transcript_turn){
			.kind = TRANSCRIPT_ASSISTANT,
			.text = {c->words + said->at, said->n},
			.item_id = str_of(said->item_id),
		};
		return true;
	}
	return false;
}

void words_end(struct step *s)
{
	struct call *c = s->c;
	struct ledger *l = &c->ledger;
	uint64_t heard = ledger_heard_samples(l, s->now_us);
	for (uint32_t i = 0; i < l->n_items; i++) {
		uint64_t of_item = ledger_item_heard(&l->items[i], heard);
		words_settle(s, &l->items[i], (uint32_t)(of_item / SAMPLES_A_MS), of_item < l->items[i].raw_samples);
	}
	c->active_id = 0;
	words_update(s);
}
