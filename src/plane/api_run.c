/* SPDX-License-Identifier: MIT */
/* A request's way through a worker: row, authentication, body, idempotency, handler. */
#include <errno.h>
#include <string.h>

#include "api_private.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"

static bool is_among_methods(struct str method)
{
	return str_is(method, STR("POST")) || str_is(method, STR("PUT")) || str_is(method, STR("PATCH"));
}

/* Whatever Content-Type says: browsers say text/plain where the page says nothing (PLANE.md 1.3). */
static int read_json(struct api *a)
{
	json_error_t error;
	const struct plane_request *r = a->request;
	if (!is_among_methods(r->method))
		return 0;
	if (str_starts(r->content_type, STR("multipart/"))) {
		api_problem(a, 415, "unsupported_media_type", "this takes JSON, not multipart");
		return -EINVAL;
	}
	a->body = str_trim(r->body).n == 0 ? json_object() : json_loadb(r->body.p, r->body.n, JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(a->body))
		return 0;
	api_problem(a, 400, "malformed_json", "%s",
		a->body ? "the body must be a JSON object"
			: arena_printf(a->arena, "the body is not JSON: %s, at byte %d", error.text, error.position));
	return -EINVAL;
}

static int read_body(struct api *a)
{
	if ((a->route->flags & API_RAW_BODY) || (a->route->auth != AUTH_JWT && a->route->auth != AUTH_PUBLIC))
		return 0;
	return read_json(a);
}

static void run_route(struct api *a)
{
	if (api_authenticate(a) < 0 || read_body(a) < 0)
		return;
	if (idempotency_enter(a)) {
		a->route->handler(a);
		idempotency_leave(a);
	}
	if (a->is_answered)
		return;
	log_err("api %s %s did not answer", a->route->method, a->route->path);
	api_problem(a, 500, "internal_error", "nothing answered this; the log of the appliance says more");
}

void api_run(struct worker *w, struct plane_request *r)
{
	struct api_match match;
	cors_headers(w->pool->plane, r);
	api_match(api_tables, r->method, path_without_api(r->path), &match);
	if (!match.route) { /* asked for by what a pool's choice does not see */
		reply_problem(r, 404, "nothing lives at this path");
		return;
	}
	struct api a = {.request = r, .arena = &r->arena, .plane = w->pool->plane, .store = w->store, .twilio = w->twilio,
		.now_ms = clock_wall_ms(), .route = match.route};
	a.scope = (struct store_scope){.conn = w->store, .now_ms = a.now_ms};
	memcpy(a.path_values, match.values, sizeof(a.path_values));
	run_route(&a);
	api_done(&a);
	if (a.route->auth == AUTH_TWILIO) {
		metric_add(METRIC_WEBHOOKS, 1);
		if (r->received_us > 0)
			latency_record_us(LATENCY_WEBHOOK, clock_now_us() - r->received_us);
	}
}

struct pool *api_pool_of(struct plane *p, const struct plane_request *r)
{
	struct api_match match;
	if (!p->settings.store || r->is_admin)
		return NULL;
	api_match(api_tables, r->method, path_without_api(r->path), &match);
	if (!match.route)
		return NULL;
	bool is_webhook = match.route->auth == AUTH_TWILIO || (match.route->flags & API_ON_WEBHOOKS);
	return is_webhook ? &p->webhook_workers : &p->api_workers;
}
