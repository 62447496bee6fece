/* SPDX-License-Identifier: MIT */
/* What Twilio asks of a call, and what is decided; documents.c words it (TWILIO.md 3, 5, 6). */
#include <string.h>

#include "plane_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"

static struct str field(const struct webhook *w, const char *name)
{
	return form_get(w->form, str_of(name));
}

static bool is_call_over(const struct webhook *w)
{
	return str_is_among(field(w, "CallStatus"), "completed canceled failed busy no-answer");
}

static struct str assistant_for(const struct plane *p, struct str called)
{
	for (uint32_t i = 0; i < p->settings.n_numbers; i++)
		if (str_is(p->settings.numbers[i].number, called))
			return p->settings.numbers[i].assistant;
	return p->settings.default_assistant;
}

static struct book_row *row_for(struct webhook *w)
{
	struct str sid = field(w, "CallSid");
	struct book_row *row = book_get(&w->plane->book, sid, w->now_s);
	if (!row && book_is_sid(sid))
		reply_problem(w->request, 503, "no memory for one more call");
	else if (!row)
		reply_problem(w->request, 400, "CallSid is missing or not one: letters and digits, as CA0123");
	return row;
}

static void fill_row(struct webhook *w, struct book_row *row)
{
	(void)str_copy(field(w, "From"), row->caller, sizeof(row->caller));
	(void)str_copy(field(w, "To"), row->called, sizeof(row->called));
	if (!row->assistant[0])
		(void)str_copy(assistant_for(w->plane, str_of(row->called)), row->assistant, sizeof(row->assistant));
}

static void connect(struct webhook *w, struct book_row *row)
{
	fill_row(w, row);
	if (assistant_find(w->plane->set, str_of(row->assistant))) {
		reply_connect(w, row);
		return;
	}
	log_err("webhook assistant=%s is configured and does not exist", row->assistant);
	reply_fallback(w);
}

static bool is_away(const struct plane *p)
{
	return atomic_load(&p->is_draining) || atomic_load(&p->is_full);
}

/* All lines are taken: who was never answered hears that it is busy, the others wait. */
static void turn_away(struct webhook *w)
{
	log_warning("webhook refused: max_calls are live");
	if (str_is_among(field(w, "CallStatus"), "ringing queued"))
		reply_busy(w);
	else
		reply_come_back(w, 0);
}

void webhook_voice(struct webhook *w)
{
	if (atomic_load(&w->plane->is_draining)) {
		reply_come_back(w, 0);
		return;
	}
	if (atomic_load(&w->plane->is_full) && !book_find(&w->plane->book, field(w, "CallSid"), w->now_s)) {
		turn_away(w);
		return;
	}
	struct book_row *row = row_for(w);
	if (row)
		connect(w, row);
}

static void forget(struct webhook *w, struct book_row *row)
{
	if (row->replaced) /* its socket is about to close: what it has to tell comes first */
		row->is_over = true;
	else
		book_drop(&w->plane->book, row);
}

/* The last stream left no result: it broke, or this node was restarted.  A fresh one goes on.  n, in the URL, counts
 * them: a request that is repeated counts once, and a node that was not there before knows. */
static void resume(struct webhook *w, struct book_row *row, uint32_t n)
{
	if (n > row->resumes)
		row->resumes = n;
	if (row->resumes > RESUMES_MAX) {
		log_warning("webhook sid=%.2s..%.2s has lost its stream %d times, giving up", row->call_sid,
			row->call_sid + strlen(row->call_sid) - 2, RESUMES_MAX);
		reply_fallback(w);
		return;
	}
	log_info("webhook sid=%.2s..%.2s resumes=%u", row->call_sid, row->call_sid + strlen(row->call_sid) - 2,
		row->resumes);
	connect(w, row);
}

/* Nobody answered: the assistant takes the caller back, and knows why. */
static void add_note(struct webhook *w, struct book_row *row, struct str status)
{
	struct plane_turn turns[PLANE_HISTORY_MAX + 1];
	uint32_t n = row->n_history;
	const char *text = arena_printf(&w->request->arena,
		"The transfer to " STR_FMT " failed (" STR_FMT "). The caller is back on the line: say so, and offer what you can do.",
		STR_ARG(str_of(row->target_name)), STR_ARG(status));
	if (n > 0)
		memcpy(turns, row->history, n * sizeof(*turns));
	turns[n++] = (struct plane_turn){.kind = "note", .text = str_of(text)};
	book_set_history(&w->plane->book, row, turns, n);
}

static void after_dial(struct webhook *w, struct book_row *row, uint32_t n)
{
	struct str status = field(w, "DialCallStatus");
	if (str_is_among(status, "completed answered")) {
		reply_hangup(w);
		forget(w, row);
		return;
	}
	log_warning("webhook sid=%.2s..%.2s transfer failed status=" STR_FMT, row->call_sid,
		row->call_sid + strlen(row->call_sid) - 2, STR_ARG(status));
	add_note(w, row, status);
	row->outcome = PLANE_NONE;
	if (is_away(w->plane))
		reply_come_back(w, n);
	else
		resume(w, row, n);
}

static void after_stream(struct webhook *w, struct book_row *row, uint32_t n)
{
	switch (row->outcome) {
	case PLANE_COMPLETE:
	case PLANE_LIMIT:
		reply_hangup(w);
		return;
	case PLANE_TRANSFER:
		reply_dial(w, row);
		return;
	case PLANE_FAILED:
		reply_fallback(w);
		return;
	case PLANE_NONE:
		resume(w, row, n ? n : row->resumes + 1);
		return;
	}
}

/* Nobody there either: there is nobody else to ask. */
static void after_fallback(struct webhook *w, struct book_row *row)
{
	struct str status = field(w, "DialCallStatus");
	if (str_is_among(status, "completed answered")) {
		reply_hangup(w);
	} else {
		log_warning("webhook fallback_number cannot be reached status=" STR_FMT, STR_ARG(status));
		reply_sorry(w);
	}
	if (row)
		forget(w, row);
}

void webhook_after(struct webhook *w)
{
	struct str query = w->request->query;
	struct book_row *row = book_find(&w->plane->book, field(w, "CallSid"), w->now_s);
	uint32_t dial = query_number(query, STR("dial")), n = query_number(query, STR("n"));
	if (is_call_over(w)) {
		reply_nothing(w);
		if (row)
			forget(w, row);
		return;
	}
	if (query_number(query, STR("fallback"))) {
		after_fallback(w, row);
		return;
	}
	if (is_away(w->plane) && (!row || row->outcome == PLANE_NONE) && !dial) {
		reply_come_back(w, n);
		return;
	}
	bool is_known = row != NULL;
	if (!row && !(row = row_for(w)))
		return;
	row->is_unknown |= !is_known;
	if (dial)
		after_dial(w, row, dial);
	else
		after_stream(w, row, n);
}

/* Of the stream (StreamEvent) or of the call (CallStatus): what went wrong is told, what is over is forgotten. */
void webhook_status(struct webhook *w)
{
	struct str sid = field(w, "CallSid"), event = field(w, "StreamEvent");
	struct book_row *row = book_find(&w->plane->book, sid, w->now_s);
	const char *end = sid.n >= 2 ? sid.p + sid.n - 2 : "";
	if (str_is(event, STR("stream-error")))
		log_warning("webhook sid=%.2s..%.2s stream-error: " STR_FMT, sid.n ? sid.p : "", end,
			STR_ARG(field(w, "StreamError")));
	else if (event.n > 0)
		log_debug("webhook sid=%.2s..%.2s " STR_FMT, sid.n ? sid.p : "", end, STR_ARG(event));
	if (row && event.n == 0 && is_call_over(w))
		forget(w, row);
	reply_text(w->request, 204, "text/plain", STR(""));
}
