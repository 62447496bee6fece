/* SPDX-License-Identifier: MIT */
#include "history.h"

#include <string.h>

#include "ringdown/record/record.h"

/* The view of the file dies with it: the literal of the same words, NULL for what the model need not know. */
static const char *kept_kind(const char *kind)
{
	static const char *const kinds[] = {"caller", "assistant", "tool_call", "tool_output", "dtmf"};
	for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return kinds[i];
	return NULL;
}

static void take_turn(const struct record_turn *t, void *arg)
{
	struct plane_claim *c = arg;
	const char *kind = kept_kind(t->kind);
	if (!kind || t->text.n == 0)
		return;
	if (c->n_history == PLANE_HISTORY_MAX) { /* the oldest leaves */
		memmove(c->history, c->history + 1, sizeof(c->history) - sizeof(c->history[0]));
		c->n_history--;
	}
	c->history[c->n_history++] = (struct plane_turn){
		.kind = kind,
		.text = arena_str(&c->arena, t->text),
		.call_id = arena_str(&c->arena, t->call_id),
		.name = arena_str(&c->arena, t->name),
	};
}

void history_load(struct plane_claim *claim, void *arg)
{
	(void)record_load(arg, claim->call_sid, take_turn, claim);
	claim->is_resumed |= claim->n_history > 0;
}
