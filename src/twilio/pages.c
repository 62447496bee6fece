/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "ringdown/base/auto.h"
#include "ringdown/twilio/twilio.h"

enum { PAGES_MAX = 100 };

/* The v1 lists name the next page with its host.  Whatever host that is, our credentials go to the one we know. */
static struct str without_host(struct str url)
{
	if (!str_starts(url, STR("https://")) && !str_starts(url, STR("http://")))
		return url;
	for (int slashes = 0; url.n > 0; url = str_skip(url, 1))
		if (*url.p == '/' && ++slashes == 3)
			return url;
	return url;
}

struct str twilio_next_page(const struct twilio_answer *a)
{
	const json_t *next = json_object_get(a->body, "next_page_uri");
	if (!json_is_string(next))
		next = json_object_get(json_object_get(a->body, "meta"), "next_page_url");
	struct str page = without_host((struct str){json_string_value(next), json_string_length(next)});
	return str_starts(page, STR("/")) ? page : (struct str){0};
}

static int each_of(const struct twilio_answer *a, const char *key, twilio_item_fn *each, void *arg)
{
	size_t i;
	json_t *item;
	json_array_foreach(json_object_get(a->body, key), i, item) {
		int err = each(item, arg);
		if (err != 0)
			return err;
	}
	return 0;
}

int twilio_each(struct twilio *t, const struct twilio_account *a, struct twilio_request *q, struct arena *arena,
	const char *key, twilio_item_fn *each, void *arg, struct twilio_answer *ret_answer)
{
	for (int page = 0; page < PAGES_MAX; page++) {
		int err = twilio_call(t, a, q, arena, ret_answer);
		if (err < 0)
			return err;
		err = each_of(ret_answer, key, each, arg);
		if (err != 0)
			return err < 0 ? err : 0;
		q->page = arena_str(arena, twilio_next_page(ret_answer));
		if (q->page.n == 0)
			return 0;
		twilio_answer_done(ret_answer);
	}
	return -E2BIG;
}
