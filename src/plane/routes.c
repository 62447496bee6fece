/* SPDX-License-Identifier: MIT */
/* Which path is whose, and whether a webhook is Twilio's. */
#include <errno.h>
#include <string.h>

#include "api_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"
#include "ringdown/wire/problem.h"

void reply_text(struct plane_request *r, int status, const char *type, struct str text)
{
	r->status = status;
	r->reply_type = type;
	r->reply = text;
}

void reply_header(struct plane_request *r, const char *name, const char *value)
{
	if (!value || r->n_headers == PLANE_HEADERS_MAX)
		return;
	r->headers[r->n_headers++] = (struct plane_header){name, str_of(value)};
}

void reply_problem_with(struct plane_request *r, const struct problem *problem)
{
	struct problem p = *problem;
	struct buf b;
	p.instance = r->path;
	p.request_id = r->request_id;
	p.base_url = r->plane ? r->plane->settings.public_url : STR("");
	/* each text escaped, six for one at worst: detail thrice, path twice */
	size_t size = 2048 + 18 * p.detail.n + 12 * r->path.n + p.members.n;
	char *text = arena_alloc(&r->arena, size);
	buf_init(&b, text, text ? size : 0);
	problem_put(&b, &p);
	reply_text(r, p.status, "application/problem+json", buf_str(&b));
	metric_add(METRIC_HTTP_REFUSED, 1);
}

void reply_problem(struct plane_request *r, int status, const char *detail)
{
	if (status == 503)
		reply_header(r, "retry-after:", "1");
	reply_problem_with(r, &(struct problem){.status = status, .detail = str_of(detail)});
}

void plane_refuse(struct plane *p, struct plane_request *r, int status, const char *detail)
{
	r->plane = p;
	cors_headers(p, r);
	reply_problem(r, status, detail);
}

typedef void public_fn(struct plane *p, struct plane_request *r);
typedef void webhook_fn(struct webhook *w);

static void get_health(struct plane *p, struct plane_request *r)
{
	(void)p;
	reply_text(r, 200, "application/json", STR("{\"status\":\"ok\"}"));
}

static void get_ready(struct plane *p, struct plane_request *r)
{
	if (atomic_load(&p->is_draining))
		reply_text(r, 503, "application/json", STR("{\"status\":\"draining\"}"));
	else if (!atomic_load(&p->is_ready))
		reply_text(r, 503, "application/json", STR("{\"status\":\"starting\"}"));
	else
		reply_text(r, 200, "application/json", STR("{\"status\":\"ready\"}"));
}

static void get_metrics(struct plane *p, struct plane_request *r)
{
	struct buf b;
	(void)p;
	char *text = arena_alloc(&r->arena, PLANE_REPLY_MAX);
	buf_init(&b, text, text ? PLANE_REPLY_MAX : 0);
	metrics_render(&b);
	if (buf_ok(&b))
		reply_text(r, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&b));
	else
		reply_problem(r, 500, "the metrics do not fit their buffer");
}

static const struct route {
	const char *path;
	const char *methods;  /* blank-separated */
	public_fn *open;      /* anybody may ask */
	webhook_fn *webhook;  /* Twilio asks, and proves it */
	enum { DOOR_MAIN, DOOR_BOTH, DOOR_ADMIN } door;
} routes[] = {
	{"/healthz", "GET HEAD", get_health, NULL, DOOR_BOTH},
	{"/readyz", "GET HEAD", get_ready, NULL, DOOR_BOTH},
	{"/metrics", "GET HEAD", get_metrics, NULL, DOOR_ADMIN},
	{"/connect/webhook/twilio/voice", "POST", NULL, webhook_voice, DOOR_MAIN},
	{"/connect/webhook/twilio/after", "POST", NULL, webhook_after, DOOR_MAIN},
	{"/connect/webhook/twilio/status", "POST", NULL, webhook_status, DOOR_MAIN},
};

struct str path_without_api(struct str path)
{
	return str_starts(path, STR("/api/")) ? str_skip(path, 4) : path;
}

/* What an operator closes by its path, as in front of /metrics, is there under no other. */
static const struct route *route_find(struct str path)
{
	struct str without_api = path_without_api(path);
	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		if (str_is(routes[i].door == DOOR_ADMIN ? path : without_api, str_of(routes[i].path)))
			return &routes[i];
	return NULL;
}

/* Without an admin listener its paths are on the main one, for this machine alone. */
static bool is_at_its_door(const struct plane *p, const struct route *route, const struct plane_request *r)
{
	if (route->door == DOOR_BOTH)
		return true;
	if (r->is_admin)
		return route->door == DOOR_ADMIN;
	return route->door == DOOR_MAIN || !p->settings.has_admin;
}

static bool is_form_type(struct str type)
{
	struct str rest = type;
	return str_is(str_trim(str_split(&rest, ';')), STR("application/x-www-form-urlencoded"));
}

/* Twilio signs the URL as it was given to it, and lws hands the query over decoded: what had to be escaped in it, as
 * our own URLs have, is escaped again. */
static bool fits(struct plane *p, const struct plane_request *r, const struct form *form, bool is_escaped, char *url,
	struct buf *b)
{
	buf_init(b, url, SIGNATURE_URL_MAX);
	buf_put(b, p->settings.public_url);
	buf_put(b, r->path);
	buf_put(b, r->query.n > 0 ? STR("?") : STR(""));
	if (is_escaped)
		query_put_escaped(b, r->query);
	else
		buf_put(b, r->query);
	return buf_ok(b) && signature_check(plane_auth_token(p), buf_str(b), form, STR(""), r->signature);
}

bool webhook_is_authentic(struct plane *p, const struct plane_request *r, const struct form *form)
{
	char url[SIGNATURE_URL_MAX];
	struct buf b;
	if (!p->settings.require_signature)
		return true;
	if ((r->query.n > 0 && fits(p, r, form, true, url, &b)) || fits(p, r, form, false, url, &b))
		return true;
	log_warning("webhook path=" STR_FMT " refused: X-Twilio-Signature %s for " STR_FMT, STR_ARG(r->path),
		r->signature.n ? "does not fit" : "is missing", STR_ARG(buf_str(&b)));
	return false;
}

int webhook_read_form(struct plane_request *r, struct form *form)
{
	if (!form)
		reply_problem(r, 503, "no memory for the form");
	else if (!is_form_type(r->content_type))
		reply_problem(r, 415, "Content-Type must be application/x-www-form-urlencoded");
	else if (form_parse(r->body, &r->arena, form) < 0)
		reply_problem(r, 400, "the form is not well-formed: a bad percent escape, a NUL, or over 256 fields");
	else
		return 0;
	return -EINVAL;
}

static void handle_webhook(struct plane *p, struct plane_request *r, webhook_fn *handler)
{
	struct form *form = arena_alloc(&r->arena, sizeof(*form));
	struct webhook w = {p, r, form, clock_now_us() / 1000000};
	if (webhook_read_form(r, form) < 0)
		return;
	if (!webhook_is_authentic(p, r, form)) {
		reply_problem(r, 403, "X-Twilio-Signature is missing or does not fit this request");
		return;
	}
	book_lock(p);
	handler(&w);
	book_unlock(p);
	metric_add(METRIC_WEBHOOKS, 1);
	if (r->received_us > 0)
		latency_record_us(LATENCY_WEBHOOK, clock_now_us() - r->received_us);
}

/* methods: blank-separated; Allow wants commas. */
static const char *allow_of(struct plane_request *r, const char *methods)
{
	char *allow = arena_alloc(&r->arena, 2 * strlen(methods) + 1), *to = allow;
	for (const char *c = methods; allow && *c; c++) {
		if (*c == ' ')
			*to++ = ',';
		*to++ = *c;
	}
	return allow ? allow : "";
}

static void refuse_method(struct plane_request *r, const char *allow)
{
	reply_problem(r, 405, arena_printf(&r->arena, "this path takes %s", allow));
	reply_header(r, "allow:", arena_printf(&r->arena, "%s", allow)); /* it may lie on the caller's stack */
}

/* A path of the API's that did not go to a worker: a method it has not, a look at what it has, or there is no store. */
static void handle_rest(struct plane *p, struct plane_request *r)
{
	struct api_match match;
	api_match(api_tables, r->method, path_without_api(r->path), &match);
	if (!match.allow[0] || r->is_admin)
		reply_problem(r, 404, "nothing lives at this path");
	else if (str_is(r->method, STR("OPTIONS")))
		cors_preflight(r, match.allow);
	else if (!match.route)
		refuse_method(r, match.allow);
	else if (!p->settings.store)
		reply_problem_with(r, &(struct problem){.status = 503, .reason = STR("store_missing"),
			.detail = STR("[store] url is not set; `ringdown init` makes one")});
	else
		reply_problem(r, 503, "too many requests wait; try again");
}

static void handle_route(struct plane *p, struct plane_request *r, const struct route *route)
{
	if (!is_at_its_door(p, route, r))
		reply_problem(r, 404, "nothing lives at this path");
	else if (route->door == DOOR_ADMIN && !r->is_admin && !r->is_local)
		reply_problem(r, 403, "this is for this machine alone; [server] admin_listen opens a port for it");
	else if (!str_is_among(r->method, route->methods))
		refuse_method(r, allow_of(r, route->methods));
	else if (route->webhook)
		handle_webhook(p, r, route->webhook);
	else
		route->open(p, r);
}

void plane_handle(struct plane *p, struct plane_request *r)
{
	const struct route *route = route_find(r->path);
	r->plane = p;
	cors_headers(p, r);
	if (route)
		handle_route(p, r, route);
	else
		handle_rest(p, r);
}
