/* SPDX-License-Identifier: MIT */
#include "bridge.h"

#include <errno.h>

#include "plane_private.h"
#include "ringdown/base/clock.h"

static int64_t now_s(void)
{
	return clock_now_us() / 1000000;
}

void book_lock(struct plane *p)
{
	pthread_mutex_lock(&p->book_mutex);
	plane_take_fresh_set(p);
}

void book_unlock(struct plane *p)
{
	pthread_mutex_unlock(&p->book_mutex);
}

static int enter(struct plane *p, const struct bridge_stream *s, struct book_row **ret_row)
{
	struct str assistant = s->assistant.n > 0 ? s->assistant : p->settings.default_assistant;
	if (!assistant_find(p->set, assistant) || assistant.n > ASSISTANT_ID_MAX)
		return -ENOENT;
	struct book_row *row = book_get(&p->book, s->call_sid, now_s());
	if (!row)
		return book_is_sid(s->call_sid) ? -ENOMEM : -EINVAL;
	(void)str_copy(assistant, row->assistant, sizeof(row->assistant));
	(void)str_copy(s->caller, row->caller, sizeof(row->caller));
	(void)str_copy(s->called, row->called, sizeof(row->called));
	*ret_row = row;
	return 0;
}

int bridge_token(struct plane *p, const struct bridge_stream *s, char ret_token[TOKEN_TEXT_MAX])
{
	struct book_row *row = NULL;
	book_lock(p);
	int err = enter(p, s, &row);
	if (err == 0)
		err = claim_token(p, row, s->idempotency_token, now_s(), ret_token);
	book_unlock(p);
	return err;
}

int bridge_result_of(struct plane *p, struct str call_sid, struct bridge_result *ret)
{
	book_lock(p);
	const struct book_row *row = book_find(&p->book, call_sid, now_s());
	if (row) {
		*ret = (struct bridge_result){.outcome = row->outcome, .streams = row->resumes};
		(void)str_copy(str_of(row->target_name), ret->target_name, sizeof(ret->target_name));
		(void)str_copy(str_of(row->target_number), ret->target_number, sizeof(ret->target_number));
	}
	book_unlock(p);
	return row ? 0 : -ENOENT;
}

int bridge_resume(struct plane *p, struct str call_sid)
{
	book_lock(p);
	struct book_row *row = book_find(&p->book, call_sid, now_s());
	int err = !row ? -ENOENT : row->resumes >= RESUMES_MAX ? -E2BIG : 0;
	if (err == 0)
		row->resumes++;
	book_unlock(p);
	return err;
}

void bridge_forget(struct plane *p, struct str call_sid)
{
	book_lock(p);
	struct book_row *row = book_find(&p->book, call_sid, now_s());
	if (row && row->replaced) /* its socket is about to close: what it has to tell comes first */
		row->is_over = true;
	else if (row)
		book_drop(&p->book, row);
	book_unlock(p);
}
