/* SPDX-License-Identifier: MIT */
/* Links that are good for a while (PLANE.md 2.7): made, and believed. */
#include <errno.h>

#include "api_private.h"
#include "ringdown/base/ulid.h"
#include "ringdown/wire/signed_url.h"

enum { URL_MAX = 2048 };

/* Whose link it is: a user's, or an app's, whose id may have signs that a link cannot have. */
static struct str maker(const struct api *a)
{
	return a->subject.user_sk.n > 0 ? a->subject.user_sk : STR("app");
}

struct str api_link(struct api *a, const char *path, int64_t ttl_s, struct str option)
{
	const struct plane_settings *s = &a->plane->settings;
	const struct signed_url url = {
		.method = STR("GET"),
		.path = str_of(path),
		.fields = {{STR("o"), a->scope.org}, {STR("u"), maker(a)}, {option, STR("1")}},
		.n_fields = option.n > 0 ? 3 : 2,
		.expires_s = a->now_ms / 1000 + ttl_s,
	};
	struct buf b;
	char *text = path ? arena_alloc(a->arena, URL_MAX) : NULL;
	buf_init(&b, text, text ? URL_MAX : 0);
	buf_put(&b, s->public_url);
	bool is_made = s->n_url_keys > 0 && signed_url_put(&b, &s->url_keys[0], &url) == 0;
	return is_made ? buf_str(&b) : STR("");
}

int api_authenticate_url(struct api *a)
{
	const struct plane_settings *s = &a->plane->settings;
	const struct plane_request *r = a->request;
	int64_t expires_s = 0;
	int err = signed_url_check(
		s->url_keys, s->n_url_keys, r->method, path_without_api(r->path), r->query, a->now_ms / 1000, &expires_s);
	if (err == -ETIMEDOUT) {
		api_problem(a, 410, "url_expired", "this link was good for a while, and is no longer: ask for a new one");
		return err;
	}
	if (err < 0) {
		api_problem(a, 403, "bad_signature", "this link is not signed by this appliance, or was changed");
		return err;
	}
	struct str who = signed_url_get(r->query, STR("u"));
	a->scope.org = signed_url_get(r->query, STR("o"));
	a->scope.author = who;
	a->subject.user_sk = ulid_is(who) ? who : STR("");
	a->subject.is_app = !ulid_is(who);
	a->bearer_expires_s = expires_s;
	return 0;
}
