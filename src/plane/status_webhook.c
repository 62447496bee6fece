/* SPDX-License-Identifier: MIT */
/* POST /connect/webhook/twilio/status, of an installation with a store: of a call, or of a media stream.  ?m= is our
 * record's sk, in the URLs of calls that we make. */
#include <errno.h>

#include "bridge.h"
#include "calls.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"

#define TAIL(sid) (int)((sid).n >= 2 ? 2 : 0), (sid).n >= 2 ? (sid).p + (sid).n - 2 : ""

static void on_stream(struct api *a, struct str sid, struct str event)
{
	if (str_is(event, STR("stream-error")))
		log_warning("webhook sid=CA..%.*s stream-error: " STR_FMT, TAIL(sid), STR_ARG(form_get(a->form, STR("StreamError"))));
	int err = str_is(event, STR("stream-started")) ? call_answered(&a->scope, a->arena, sid) : 0;
	if (err < 0 && err != -ENOENT)
		api_store_problem(a, err);
	else
		api_empty(a);
}

/* Of a call that is nobody's, or of an organisation that lives in files alone, nothing is kept. */
static void on_call(struct api *a, const struct call_news *news)
{
	struct call_change change;
	int err = call_apply(&a->scope, a->arena, news, &change);
	if (err == 0)
		call_tell(a, &change);
	else if (err == -ENOENT || err == -ENOSPC)
		log_warning("webhook sid=CA..%.*s status=" STR_FMT " is of no call that is known, ignoring", TAIL(news->sid),
			STR_ARG(news->status));
	else
		log_err("webhook sid=CA..%.*s status=" STR_FMT " cannot be kept: %s", TAIL(news->sid), STR_ARG(news->status),
			store_words(a->store));
	if (call_rank(news->status) == CALL_RANK_OVER)
		bridge_forget(a->plane, news->sid);
	if (err < 0 && err != -ENOENT && err != -ENOSPC)
		api_store_problem(a, err);
	else
		api_empty(a);
}

static void take_status(struct api *a)
{
	struct str event = form_get(a->form, STR("StreamEvent")), sid = form_get(a->form, STR("CallSid")), sk = STR("");
	struct call_news news;
	(void)api_query(a, "m", &sk);
	if (event.n > 0)
		on_stream(a, sid, event);
	else if (call_news_read(a->form, sk, &news) == 0)
		on_call(a, &news);
	else
		api_empty(a); /* as it always was: a status that says nothing is taken, and does nothing */
}

const struct api_route status_routes[] = {
	{"POST", "/connect/webhook/twilio/status", AUTH_TWILIO, NULL, take_status, 0, "What Twilio says of a call, or of its media stream"},
	{0},
};
