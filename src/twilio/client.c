/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>

#include "ringdown/base/clock.h"
#include "ringdown/base/mem.h"
#include "ringdown/wire/form.h"

enum { SLEEP_STEP_MS = 100 };

static int64_t world_now_ms(void *arg)
{
	(void)arg;
	return clock_now_us() / 1000;
}

static uint32_t world_random(void *arg)
{
	uint32_t r;
	(void)arg;
	return getrandom(&r, sizeof(r), 0) == sizeof(r) ? r : UINT32_MAX; /* jitter, no secret: without it the longest wait */
}

int64_t twilio_now_ms(const struct twilio *t)
{
	return t->world.now_ms(t->world.arg);
}

void twilio_trust(struct twilio *t, struct str account_sid)
{
	twilio_gate_forget(t->gate, account_sid);
}

uint32_t client_random(const struct twilio *t)
{
	return t->world.random(t->world.arg);
}

static bool is_cancelled(const struct twilio *t)
{
	return t->is_cancelled && atomic_load(t->is_cancelled);
}

void client_sleep(const struct twilio *t, int64_t ms)
{
	if (t->world.sleep_ms) {
		t->world.sleep_ms(t->world.arg, ms);
		return;
	}
	for (int64_t until_ms = twilio_now_ms(t) + ms; !is_cancelled(t) && twilio_now_ms(t) < until_ms;)
		(void)poll(NULL, 0, SLEEP_STEP_MS);
}

struct twilio *twilio_new(const struct twilio_settings *s)
{
	struct twilio *t = mem_alloc(sizeof(*t));
	if (!t)
		return NULL;
	const char *url = s->api_url ? s->api_url : TWILIO_API_URL;
	/* Who sets another URL in the configuration knows where it leads: a proxy inside, a false Twilio. */
	struct http_client_settings http = {.ca_file = s->ca_file, .allows_private = strcmp(url, TWILIO_API_URL) != 0,
		.private_targets = s->private_targets, .body_max_bytes = ANSWER_BYTES_MAX, .is_cancelled = s->is_cancelled};
	t->is_cancelled = s->is_cancelled;
	t->gate = s->gate;
	t->world = s->world;
	if (!t->world.now_ms)
		t->world.now_ms = world_now_ms;
	if (!t->world.random)
		t->world.random = world_random;
	t->http = http_client_new(&http);
	t->api_url = mem_alloc(strlen(url) + 1);
	if (!t->http || !t->api_url)
		return twilio_free(t);
	memcpy(t->api_url, url, strlen(url));
	return t;
}

struct twilio *twilio_free(struct twilio *t)
{
	if (!t)
		return NULL;
	http_client_free(t->http);
	mem_free(t->api_url);
	return mem_free(t);
}

/* An edge without a region is one of us1 (twilio-node src/base/RequestClient, read 2026-11). */
static void put_product(struct buf *b, const struct twilio_account *a, const char *product, bool is_twilios)
{
	struct str region = a->region.n == 0 && a->edge.n > 0 ? STR("us1") : a->region;
	buf_put(b, str_of(product));
	if (!is_twilios) /* of another host we know no regions */
		return;
	if (a->edge.n > 0) {
		buf_putc(b, '.');
		buf_put(b, a->edge);
	}
	if (region.n > 0) {
		buf_putc(b, '.');
		buf_put(b, region);
	}
}

struct str client_base(const struct twilio *t, const struct twilio_account *a, const char *product, struct arena *arena)
{
	static const char name[] = "{product}";
	struct buf b;
	const char *at = strstr(t->api_url, name);
	char *mem = arena_alloc(arena, URL_BYTES_MAX);
	buf_init(&b, mem, mem ? URL_BYTES_MAX : 0);
	if (!at) {
		buf_put(&b, str_of(t->api_url));
		return buf_str(&b);
	}
	const char *rest = at + sizeof(name) - 1;
	buf_put(&b, (struct str){t->api_url, (size_t)(at - t->api_url)});
	put_product(&b, a, product, str_starts(str_of(rest), STR(".twilio.com")));
	buf_put(&b, str_of(rest));
	return buf_str(&b);
}

/* "{AccountSid}" is the account's; any other name takes the next of the values given. */
static int put_path(struct buf *b, const struct twilio_account *a, const struct twilio_request *q)
{
	uint32_t n = 0;
	for (struct str rest = str_of(twilio_operation(q->op)->path); rest.n > 0;) {
		buf_put(b, str_split(&rest, '{'));
		struct str name = str_split(&rest, '}');
		if (name.n == 0)
			break;
		bool is_account = str_is(name, STR("AccountSid"));
		if (!is_account && (n == 2 || q->path[n].n == 0))
			return -EINVAL;
		percent_put(b, is_account ? a->sid : q->path[n++]);
	}
	return 0;
}

static int make_form(const struct twilio_request *q, struct arena *arena, struct str *ret_form)
{
	struct buf b;
	size_t size = 64; /* as much as they can take, each byte of a value escaped */
	if (q->n_params > TWILIO_PARAMS_MAX)
		return -E2BIG;
	for (uint32_t i = 0; i < q->n_params; i++)
		size += 3 * (strlen(q->params[i].name) + q->params[i].value.n) + 2;
	char *mem = arena_alloc(arena, size);
	if (!mem)
		return -ENOMEM;
	buf_init(&b, mem, size);
	for (uint32_t i = 0; i < q->n_params; i++)
		form_put(&b, str_of(q->params[i].name), q->params[i].value);
	*ret_form = buf_str(&b);
	return b.n <= FORM_BYTES_MAX ? 0 : -E2BIG;
}

static struct str make_url(const struct twilio *t, const struct twilio_account *a, const struct twilio_request *q,
	struct str query, struct arena *arena)
{
	struct buf b;
	char *mem = arena_alloc(arena, URL_BYTES_MAX);
	buf_init(&b, mem, mem ? URL_BYTES_MAX : 0);
	buf_put(&b, client_base(t, a, twilio_operation(q->op)->product, arena));
	if (q->page.n > 0) {
		buf_put(&b, q->page);
		return buf_str(&b);
	}
	if (put_path(&b, a, q) < 0)
		return (struct str){0};
	if (query.n > 0)
		buf_putc(&b, '?');
	buf_put(&b, query);
	return buf_str(&b);
}

int client_prepare(const struct twilio *t, const struct twilio_account *a, const struct twilio_request *q,
	struct arena *arena, struct http_request *ret_http)
{
	const struct twilio_operation *op = twilio_operation(q->op);
	bool is_post = strcmp(op->method, "POST") == 0;
	struct str form;
	int err = make_form(q, arena, &form);
	if (err < 0)
		return err;
	struct str url = make_url(t, a, q, is_post ? (struct str){0} : form, arena);
	if (url.n == 0)
		return -EINVAL;
	*ret_http = (struct http_request){.method = str_of(op->method), .url = url, .user = a->user, .password = a->password,
		.timeout_ms = TWILIO_TOTAL_MS, .connect_timeout_ms = TWILIO_CONNECT_MS, .is_once = op->repeat == TWILIO_CREATING,
		.headers = {{STR("Accept"), STR("application/json")}}, .n_headers = 1};
	if (!is_post)
		return 0;
	ret_http->body = form;
	ret_http->headers[ret_http->n_headers++] =
		(struct http_header){STR("Content-Type"), STR("application/x-www-form-urlencoded")};
	return 0;
}

void twilio_put(struct twilio_request *q, const char *name, struct str value)
{
	if (q->n_params < TWILIO_PARAMS_MAX)
		q->params[q->n_params] = (struct twilio_param){name, value};
	q->n_params++;
}

void twilio_put_text(struct twilio_request *q, const char *name, const char *value)
{
	twilio_put(q, name, str_of(value));
}

void twilio_put_given(struct twilio_request *q, const char *name, struct str value)
{
	if (value.n > 0)
		twilio_put(q, name, value);
}
