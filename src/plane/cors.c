/* SPDX-License-Identifier: MIT */
/* Pages of other origins (Fetch standard, 2026): those that are configured may read our answers.  Tokens come in a
 * header, never in a cookie, so credentials are not spoken of. */
#include "api_private.h"

#define ALLOWED "authorization, x-client-authorization, orgid, shared-org-id, domainasorg, content-type, idempotency-key, " \
		"if-match, last-event-id"
#define EXPOSED "etag, retry-after, idempotency-replayed, x-request-id, link"

static bool is_allowed(const struct plane *p, struct str origin)
{
	struct str rest = p->settings.cors_origins;
	while (rest.n > 0) {
		struct str one = str_split(&rest, ' ');
		if (one.n > 0 && (str_is(one, origin) || str_is(one, STR("*"))))
			return true;
	}
	return false;
}

/* The origin is repeated rather than "*", and said to matter, so that no cache gives one page's answer to another's. */
void cors_headers(struct plane *p, struct plane_request *r)
{
	if (p->settings.cors_origins.n == 0 || r->origin.n == 0)
		return;
	reply_header(r, "vary:", "Origin");
	if (!is_allowed(p, r->origin))
		return;
	reply_header(r, "access-control-allow-origin:", arena_strdup(&r->arena, r->origin));
	reply_header(r, "access-control-expose-headers:", EXPOSED);
}

void cors_preflight(struct plane_request *r, const char *allow)
{
	const char *methods = arena_printf(&r->arena, "%s, OPTIONS", allow);
	reply_text(r, 204, "text/plain", STR(""));
	reply_header(r, "allow:", methods);
	reply_header(r, "access-control-allow-methods:", methods);
	reply_header(r, "access-control-allow-headers:", ALLOWED);
	reply_header(r, "access-control-max-age:", "600");
}
