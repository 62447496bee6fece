/* SPDX-License-Identifier: MIT */
#include "ringdown/plane/plane.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "plane_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/mem.h"
#include "ringdown/base/metrics.h"
#include "ringdown/wire/problem.h"

enum { INBOX_SLOTS = 4096, REQUEST_BYTES_MAX = 512 * 1024, CLAIM_BYTES_MAX = 128 * 1024, SID_MAX = 64 };

enum plane_message_kind { MESSAGE_REQUEST, MESSAGE_CLAIM, MESSAGE_RESULT, MESSAGE_EXIT };
struct plane_message {
	enum plane_message_kind kind;
	void *ptr;
};

/* ---- replies ---- */

void reply_text(struct plane_request *r, int status, const char *type, struct str text)
{
	r->status = status;
	r->reply_type = type;
	r->reply = text;
}

void reply_problem(struct plane_request *r, int status, const char *detail)
{
	struct buf b;
	char *text = arena_alloc(&r->arena, 1024);
	buf_init(&b, text, text ? 1024 : 0);
	problem_put(&b, status, str_of(http_status_name(status)), str_of(detail));
	reply_text(r, status, "application/problem+json", buf_str(&b));
	metric_add(METRIC_HTTP_REFUSED, 1);
}

/* ---- routes ---- */

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
} routes[] = {
	{"/healthz", "GET HEAD", get_health, NULL},
	{"/readyz", "GET HEAD", get_ready, NULL},
	{"/metrics", "GET HEAD", get_metrics, NULL},
	{"/connect/webhook/twilio/voice", "POST GET", NULL, webhook_voice},
	{"/connect/webhook/twilio/after", "POST GET", NULL, webhook_after},
	{"/connect/webhook/twilio/status", "POST GET", NULL, webhook_status},
};

static struct str without_api(struct str path)
{
	return str_starts(path, STR("/api/")) ? str_skip(path, 4) : path;
}

static const struct route *route_find(struct str path)
{
	path = without_api(path);
	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		if (str_is(path, str_of(routes[i].path)))
			return &routes[i];
	return NULL;
}

static bool allows(const struct route *route, struct str method)
{
	struct str list = str_of(route->methods);
	while (list.n > 0)
		if (str_is(str_split(&list, ' '), method))
			return true;
	return false;
}

/* ---- webhooks: whose are they? ---- */

static bool is_form_type(struct str type)
{
	struct str rest = type;
	return str_is(str_trim(str_split(&rest, ';')), STR("application/x-www-form-urlencoded"));
}

static bool is_authentic(struct plane *p, const struct plane_request *r, const struct form *form)
{
	char url[SIGNATURE_URL_MAX];
	struct buf b;
	if (!p->settings.require_signature)
		return true;
	buf_init(&b, url, sizeof(url));
	buf_put(&b, p->settings.public_url);
	buf_put(&b, r->path);
	if (r->query.n > 0) {
		buf_putc(&b, '?');
		buf_put(&b, r->query);
	}
	bool is_post = str_is(r->method, STR("POST"));
	if (buf_ok(&b) && signature_check(p->settings.auth_token, buf_str(&b), is_post ? form : NULL, STR(""), r->signature))
		return true;
	log_warning("webhook path=" STR_FMT " refused: X-Twilio-Signature %s for " STR_FMT, STR_ARG(r->path),
		r->signature.n ? "does not fit" : "is missing", STR_ARG(buf_str(&b)));
	return false;
}

static void handle_webhook(struct plane *p, struct plane_request *r, webhook_fn *handler)
{
	bool is_post = str_is(r->method, STR("POST"));
	struct form *form = arena_alloc(&r->arena, sizeof(*form));
	struct webhook w = {p, r, form, clock_wall_ms() / 1000};
	if (!form) {
		reply_problem(r, 503, "no memory for the form");
		return;
	}
	if (is_post && !is_form_type(r->content_type)) {
		reply_problem(r, 415, "Content-Type must be application/x-www-form-urlencoded");
		return;
	}
	if (form_parse(is_post ? r->body : r->query, &r->arena, form) < 0) {
		reply_problem(r, 400, "the form is not well-formed: a bad percent escape, a NUL, or over 256 fields");
		return;
	}
	if (!is_authentic(p, r, form)) {
		reply_problem(r, 403, "X-Twilio-Signature is missing or does not fit this request");
		return;
	}
	handler(&w);
	metric_add(METRIC_WEBHOOKS, 1);
	if (r->received_us > 0)
		latency_record_us(LATENCY_WEBHOOK, clock_now_us() - r->received_us);
}

static void take_fresh_set(struct plane *p)
{
	struct assistant_set *fresh = atomic_exchange(&p->fresh, NULL);
	if (!fresh)
		return;
	assistant_set_unref(p->set);
	p->set = fresh;
}

void plane_handle(struct plane *p, struct plane_request *r)
{
	const struct route *route = route_find(r->path);
	take_fresh_set(p);
	if (!route)
		reply_problem(r, 404, "nothing lives at this path");
	else if (!allows(route, r->method))
		reply_problem(r, 405, arena_printf(&r->arena, "this path takes %s", route->methods));
	else if (route->webhook)
		handle_webhook(p, r, route->webhook);
	else
		route->open(p, r);
}

/* ---- the thread ---- */

static void wake_plane(void *arg)
{
	struct plane *p = arg;
	sem_post(&p->wake);
}

static void handle_message(struct plane *p, const struct plane_message *m)
{
	int64_t now_s = clock_wall_ms() / 1000;
	take_fresh_set(p);
	if (m->kind == MESSAGE_REQUEST) {
		struct plane_request *r = m->ptr;
		plane_handle(p, r);
		r->done(r);
	} else if (m->kind == MESSAGE_CLAIM) {
		claim_handle(p, m->ptr, now_s);
	} else if (m->kind == MESSAGE_RESULT) {
		result_handle(p, m->ptr, now_s);
	}
}

static void *plane_main(void *arg)
{
	struct plane *p = arg;
	struct plane_message m;
	for (;;) {
		while (inbox_take(&p->inbox, &m)) {
			if (m.kind == MESSAGE_EXIT)
				return NULL;
			handle_message(p, &m);
		}
		while (sem_wait(&p->wake) < 0 && errno == EINTR)
			;
	}
}

static int submit(struct plane *p, enum plane_message_kind kind, void *ptr)
{
	struct plane_message m = {kind, ptr};
	return inbox_post(&p->inbox, &m);
}

int plane_submit(struct plane *p, struct plane_request *r)
{
	return submit(p, MESSAGE_REQUEST, r);
}

int plane_claim_submit(struct plane *p, struct plane_claim *c)
{
	return submit(p, MESSAGE_CLAIM, c);
}

int plane_result_submit(struct plane *p, struct plane_result *r)
{
	return submit(p, MESSAGE_RESULT, r);
}

static void make_stream_base(struct plane *p)
{
	struct str url = p->settings.public_url;
	bool is_tls = str_starts(url, STR("https://"));
	struct str host = str_skip(url, is_tls ? 8 : str_starts(url, STR("http://")) ? 7 : 0);
	snprintf(p->stream_base, sizeof(p->stream_base), "%s://" STR_FMT, is_tls ? "wss" : "ws", STR_ARG(host));
}

struct plane *plane_new(const struct plane_settings *s, struct assistant_set *set)
{
	struct plane *p = mem_alloc(sizeof(*p));
	if (!p)
		return NULL;
	p->settings = *s;
	p->set = assistant_set_ref(set);
	p->token_key = s->token_key.n ? s->token_key : (struct str){(const char *)p->key, sizeof(p->key)};
	make_stream_base(p);
	book_init(&p->book);
	sem_init(&p->wake, 0, 0);
	bool is_ok = RAND_bytes(p->key, sizeof(p->key)) == 1 &&
		inbox_init(&p->inbox, INBOX_SLOTS, sizeof(struct plane_message), wake_plane, p) == 0 &&
		pthread_create(&p->thread, NULL, plane_main, p) == 0;
	p->is_running = is_ok;
	return is_ok ? p : plane_free(p);
}

static void drop_message(const struct plane_message *m)
{
	if (m->kind == MESSAGE_REQUEST)
		plane_request_free(m->ptr);
	else if (m->kind == MESSAGE_CLAIM)
		plane_claim_free(m->ptr);
	else if (m->kind == MESSAGE_RESULT)
		plane_result_free(m->ptr);
}

struct plane *plane_free(struct plane *p)
{
	struct plane_message m = {MESSAGE_EXIT, NULL};
	if (!p)
		return NULL;
	if (p->is_running) {
		while (inbox_post(&p->inbox, &m) < 0)
			sched_yield();
		pthread_join(p->thread, NULL);
	}
	while (p->inbox.slots && inbox_take(&p->inbox, &m))
		drop_message(&m);
	inbox_done(&p->inbox);
	book_done(&p->book);
	take_fresh_set(p);
	assistant_set_unref(p->set);
	sem_destroy(&p->wake);
	explicit_bzero(p->key, sizeof(p->key));
	return mem_free(p);
}

void plane_set_assistants(struct plane *p, struct assistant_set *set)
{
	assistant_set_unref(atomic_exchange(&p->fresh, assistant_set_ref(set)));
}

void plane_set_ready(struct plane *p, bool is_ready)
{
	atomic_store(&p->is_ready, is_ready);
}

void plane_set_draining(struct plane *p, bool is_draining)
{
	atomic_store(&p->is_draining, is_draining);
}

/* ---- who may open a media stream ---- */

static int parse_stream_path(struct str path, struct str *ret_org, struct str *ret_assistant)
{
	static const struct str prefix = {"/simple-voice/stream/", 21};
	*ret_org = *ret_assistant = STR("");
	path = without_api(path);
	if (str_is(path, STR("/media-stream")) || str_is(path, STR("/media-stream/")))
		return 101;
	if (!str_starts(path, prefix))
		return 404;
	struct str rest = str_skip(path, prefix.n);
	*ret_org = str_split(&rest, '/');
	*ret_assistant = str_ends(rest, STR("/")) ? (struct str){rest.p, rest.n - 1} : rest;
	bool is_good = str_is(*ret_org, STR("default")) && ret_assistant->n > 0 && ret_assistant->n <= ASSISTANT_ID_MAX &&
		!memchr(ret_assistant->p, '/', ret_assistant->n);
	return is_good ? 101 : 404;
}

int plane_check_upgrade(struct plane *p, struct str path, struct str signature, struct str *ret_org, struct str *ret_assistant)
{
	char url[1024];
	struct buf b;
	if (memchr(path.p, '?', path.n))
		return 400;
	int status = parse_stream_path(path, ret_org, ret_assistant);
	if (status != 101)
		return status;
	if (atomic_load(&p->is_draining))
		return 503;
	if (!p->settings.require_signature)
		return 101;
	buf_init(&b, url, sizeof(url));
	buf_put(&b, str_of(p->stream_base));
	buf_put(&b, path);
	bool is_ours = buf_ok(&b) && signature_check(p->settings.auth_token, buf_str(&b), NULL, STR(""), signature);
	return is_ours ? 101 : 403;
}

/* ---- the messages' own memory ---- */

struct plane_request *plane_request_new(void)
{
	struct plane_request *r = mem_alloc(sizeof(*r));
	if (r)
		arena_init(&r->arena, REQUEST_BYTES_MAX);
	return r;
}

struct plane_request *plane_request_free(struct plane_request *r)
{
	if (r)
		arena_done(&r->arena);
	return mem_free(r);
}

struct plane_claim *plane_claim_new(void)
{
	struct plane_claim *c = mem_alloc(sizeof(*c));
	if (c)
		arena_init(&c->arena, CLAIM_BYTES_MAX);
	return c;
}

struct plane_claim *plane_claim_free(struct plane_claim *c)
{
	if (c)
		arena_done(&c->arena);
	return mem_free(c);
}

struct plane_result *plane_result_new(void)
{
	struct plane_result *r = mem_alloc(sizeof(*r));
	if (r)
		arena_init(&r->arena, CLAIM_BYTES_MAX);
	return r;
}

struct plane_result *plane_result_free(struct plane_result *r)
{
	if (r)
		arena_done(&r->arena);
	return mem_free(r);
}
