/* SPDX-License-Identifier: MIT */
/* The file is gone through twice: once to find how far back the bytes reach, once to copy.  A call of an hour has
 * more turns than the model needs, and it is the last ones that count. */
#include "history.h"

#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/record/record.h"

enum { HISTORY_BYTES = 12288 };

struct history {
	struct plane_claim *claim;
	size_t sizes[PLANE_HISTORY_MAX]; /* of the last turns, turn n at n % PLANE_HISTORY_MAX */
	uint32_t n;                      /* turns seen in this round */
	uint32_t first;                  /* the first to be kept */
};

/* The view of the file dies with it: the literal of the same words, NULL for what the model need not know. */
static const char *kept_kind(const struct record_turn *t)
{
	static const char *const kinds[] = {"caller", "assistant", "tool_call", "tool_output", "dtmf"};
	for (size_t i = 0; t->text.n > 0 && i < ARRAY_LEN(kinds); i++)
		if (strcmp(t->kind, kinds[i]) == 0)
			return kinds[i];
	return NULL;
}

static void measure_turn(const struct record_turn *t, void *arg)
{
	struct history *h = arg;
	if (kept_kind(t))
		h->sizes[h->n++ % PLANE_HISTORY_MAX] = t->text.n + t->call_id.n + t->name.n;
}

static uint32_t first_kept(const struct history *h)
{
	size_t bytes = 0;
	uint32_t first = h->n;
	while (first > 0 && h->n - first < PLANE_HISTORY_MAX) {
		bytes += h->sizes[(first - 1) % PLANE_HISTORY_MAX];
		if (bytes > HISTORY_BYTES)
			break;
		first--;
	}
	return first;
}

static void copy_turn(const struct record_turn *t, void *arg)
{
	struct history *h = arg;
	struct plane_claim *c = h->claim;
	const char *kind = kept_kind(t);
	bool is_kept = kind && h->n++ >= h->first && c->n_history < PLANE_HISTORY_MAX;
	/* An output whose call was left behind means nothing to the model. */
	if (!is_kept || (c->n_history == 0 && strcmp(kind, "tool_output") == 0))
		return;
	plane_history_add(c->history, &c->n_history, &c->arena, &(struct plane_turn){kind, t->text, t->call_id, t->name});
}

void history_load(struct plane_claim *claim, void *arg)
{
	struct history h = {.claim = claim};
	if (record_load(arg, claim->call_sid, measure_turn, &h) < 0)
		return;
	h.first = first_kept(&h);
	h.n = 0;
	(void)record_load(arg, claim->call_sid, copy_turn, &h);
	claim->is_resumed |= claim->n_history > 0;
}
