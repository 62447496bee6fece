/* SPDX-License-Identifier: MIT */
/* A stream asks who it is; a stream tells how it ended. */
#include <errno.h>
#include <openssl/rand.h>
#include <string.h>

#include "plane_private.h"

int claim_token(struct plane *p, struct book_row *row, int64_t now_s, char ret_text[TOKEN_TEXT_MAX])
{
	struct book_nonce *n = &row->nonces[row->next_nonce++ % BOOK_NONCES];
	if (RAND_bytes(n->bytes, sizeof(n->bytes)) != 1)
		return -EIO;
	n->is_open = true;
	return token_make(p->token_key, str_of(row->call_sid), now_s + TOKEN_LIFE_S, n->bytes, ret_text);
}

static bool take_nonce(struct book_row *row, const uint8_t nonce[TOKEN_NONCE_BYTES])
{
	for (int i = 0; i < BOOK_NONCES; i++) {
		struct book_nonce *n = &row->nonces[i];
		if (!n->is_open || memcmp(n->bytes, nonce, sizeof(n->bytes)) != 0)
			continue;
		n->is_open = false;
		return true;
	}
	return false;
}

static int check_token(struct plane *p, struct book_row *row, const struct plane_claim *c, int64_t now_s, const char **why)
{
	uint8_t nonce[TOKEN_NONCE_BYTES];
	if (!p->settings.require_signature)
		return 0;
	int err = token_check(p->token_key, c->token, c->call_sid, now_s, nonce);
	*why = err == -ETIMEDOUT ? "the token has expired"
		: err            ? "the token is missing, forged, or of another call"
				 : "the token was used before";
	return err == 0 && take_nonce(row, nonce) ? 0 : -EACCES;
}

static struct str parameter(const struct plane_claim *c, struct str name)
{
	for (uint32_t i = 0; i < c->n_parameters; i++)
		if (str_is(c->parameters[i].name, name))
			return c->parameters[i].value;
	return STR("");
}

static int find_assistant(struct plane *p, const struct book_row *row, struct plane_claim *c)
{
	struct str id = c->path_assistant.n ? c->path_assistant
		: row->assistant[0]         ? str_of(row->assistant)
					    : p->settings.default_assistant;
	c->assistant = assistant_find(p->set, id);
	if (!c->assistant) {
		c->why = "there is no such assistant";
		return -ENOENT;
	}
	c->set = assistant_set_ref(p->set);
	return 0;
}

static void take_over(struct plane *p, struct book_row *row, struct plane_claim *c)
{
	if (row->replaced)
		row->replaced(row->owner, row->session_id);
	row->replaced = c->replaced;
	row->owner = c->owner;
	row->session_id = c->session_id;
	row->outcome = PLANE_NONE;
	(void)str_copy(c->stream_sid, row->stream_sid, sizeof(row->stream_sid));
	(void)str_copy(c->assistant->id, row->assistant, sizeof(row->assistant));
	c->is_resumed = row->resumes > 0;
	for (uint32_t i = 0; i < row->n_history; i++)
		c->history[c->n_history++] = (struct plane_turn){
			.kind = row->history[i].kind,
			.text = arena_str(&c->arena, row->history[i].text),
			.call_id = arena_str(&c->arena, row->history[i].call_id),
			.name = arena_str(&c->arena, row->history[i].name),
		};
	if (row->is_unknown && row->n_history == 0 && p->settings.history_fn)
		p->settings.history_fn(c, p->settings.history_arg);
}

static int claim_check(struct plane *p, struct plane_claim *c, int64_t now_s)
{
	struct book_row *row = book_get(&p->book, c->call_sid, now_s);
	if (!row) {
		c->why = "CallSid is not one";
		return -EINVAL;
	}
	if (p->settings.account_sid.n > 0 && p->settings.require_signature &&
		!str_is(c->account_sid, p->settings.account_sid)) {
		c->why = "AccountSid is not [twilio] account_sid";
		return -EACCES;
	}
	int err = check_token(p, row, c, now_s, &c->why);
	if (err == 0)
		err = find_assistant(p, row, c);
	if (err < 0)
		return err;
	c->why = NULL;
	struct str caller = row->caller[0] ? str_of(row->caller) : parameter(c, STR("caller"));
	struct str called = row->called[0] ? str_of(row->called) : parameter(c, STR("called"));
	c->caller = arena_str(&c->arena, caller);
	c->called = arena_str(&c->arena, called);
	take_over(p, row, c);
	return 0;
}

void claim_handle(struct plane *p, struct plane_claim *c, int64_t now_s)
{
	c->error = claim_check(p, c, now_s);
	c->done(c);
}

void result_handle(struct plane *p, struct plane_result *r, int64_t now_s)
{
	struct book_row *row = book_find(&p->book, r->call_sid, now_s);
	if (row && str_is(str_of(row->stream_sid), r->stream_sid)) { /* else a newer stream speaks for it */
		row->replaced = NULL;
		row->outcome = r->outcome;
		(void)str_copy(r->target_number, row->target_number, sizeof(row->target_number));
		book_set_history(row, r->history, r->n_history);
	}
	plane_result_free(r);
}
