/* SPDX-License-Identifier: MIT */
/* A stream asks who it is; a stream tells how it ended. */
#include <errno.h>
#include <openssl/rand.h>
#include <string.h>

#include "plane_private.h"

/* FNV-1a; 0 stands for no token. */
static uint64_t hash_of(struct str s)
{
	uint64_t h = 14695981039346656037u;
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
	return s.n > 0 ? h | 1 : 0;
}

static struct book_nonce *given_before(struct book_row *row, uint64_t asked_by, int64_t now_s)
{
	for (int i = 0; asked_by && i < BOOK_NONCES; i++)
		if (row->nonces[i].is_open && row->nonces[i].asked_by == asked_by && row->nonces[i].expires_s >= now_s)
			return &row->nonces[i];
	return NULL;
}

int claim_token(struct plane *p, struct book_row *row, struct str idempotency_token, int64_t now_s,
	char ret_text[TOKEN_TEXT_MAX])
{
	uint64_t asked_by = hash_of(idempotency_token);
	struct book_nonce *n = given_before(row, asked_by, now_s);
	if (!n) {
		n = &row->nonces[row->next_nonce++ % BOOK_NONCES];
		n->is_open = RAND_bytes(n->bytes, sizeof(n->bytes)) == 1;
		n->expires_s = now_s + TOKEN_LIFE_S;
		n->asked_by = asked_by;
	}
	if (!n->is_open)
		return -EIO;
	return token_make(p->token_key, str_of(row->call_sid), n->expires_s, n->bytes, ret_text);
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

static const char *token_fault(int err)
{
	return err == -ETIMEDOUT ? "the token has expired" : "the token is missing, forged, or of another call";
}

/* The row of a call whose stream may come in, or NULL and why not.  Who has no good token makes no row. */
static struct book_row *row_for(struct plane *p, const struct plane_claim *c, int64_t now_s, const char **ret_why)
{
	uint8_t nonce[TOKEN_NONCE_BYTES];
	*ret_why = "CallSid is not one, or there is no memory for one more call";
	if (!p->settings.require_signature)
		return book_get(&p->book, c->call_sid, now_s);
	*ret_why = "AccountSid is not [twilio] account_sid";
	if (p->settings.account_sid.n > 0 && !str_is(c->account_sid, p->settings.account_sid))
		return NULL;
	int err = token_check(p->token_key, c->token, c->call_sid, now_s, nonce);
	*ret_why = token_fault(err);
	struct book_row *row = err == 0 ? book_find(&p->book, c->call_sid, now_s) : NULL;
	if (err == 0)
		*ret_why = "the token was used before";
	return row && take_nonce(row, nonce) ? row : NULL;
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

static void take_over(struct book_row *row, struct plane_claim *c)
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
	if (!row->is_unknown)
		c->n_history = 0;
	row->is_unknown = false; /* what is said from now on, this node knows */
	for (uint32_t i = 0; i < row->n_history; i++)
		plane_history_add(c->history, &c->n_history, &c->arena, &row->history[i]);
}

static int claim_check(struct plane *p, struct plane_claim *c, int64_t now_s)
{
	struct book_row *row = row_for(p, c, now_s, &c->why);
	if (!row)
		return p->settings.require_signature ? -EACCES : -EINVAL;
	int err = find_assistant(p, row, c);
	if (err < 0)
		return err;
	c->why = NULL;
	struct str caller = row->caller[0] ? str_of(row->caller) : parameter(c, STR("caller"));
	struct str called = row->called[0] ? str_of(row->called) : parameter(c, STR("called"));
	c->caller = arena_str(&c->arena, caller);
	c->called = arena_str(&c->arena, called);
	take_over(row, c);
	return 0;
}

/* What was said before a crash is in a file, and no file is read with the book locked: whether it is wanted is looked up
 * before, and decided again when the claim is granted. */
static void load_history(struct plane *p, struct plane_claim *c, int64_t now_s)
{
	book_lock(p);
	const struct book_row *row = book_find(&p->book, c->call_sid, now_s);
	bool is_wanted = row && row->is_unknown;
	book_unlock(p);
	if (is_wanted && p->settings.history_fn)
		p->settings.history_fn(c, p->settings.history_arg);
}

void claim_handle(struct plane *p, struct plane_claim *c, int64_t now_s)
{
	load_history(p, c, now_s);
	book_lock(p);
	c->error = claim_check(p, c, now_s);
	book_unlock(p);
	c->done(c);
}

static void note_result(struct plane *p, struct plane_result *r, int64_t now_s)
{
	struct book_row *row = book_find(&p->book, r->call_sid, now_s);
	if (row && str_is(str_of(row->stream_sid), r->stream_sid)) { /* else a newer stream speaks for it */
		row->replaced = NULL;
		row->outcome = r->outcome;
		(void)str_copy(r->target_name, row->target_name, sizeof(row->target_name));
		(void)str_copy(r->target_number, row->target_number, sizeof(row->target_number));
		book_set_history(&p->book, row, r->history, r->n_history);
		if (row->is_over)
			book_drop(&p->book, row);
	}
}

void result_handle(struct plane *p, struct plane_result *r, int64_t now_s)
{
	book_lock(p);
	note_result(p, r, now_s);
	book_unlock(p);
	plane_result_free(r);
}
