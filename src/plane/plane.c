/* SPDX-License-Identifier: MIT */
#include "ringdown/plane/plane.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "api_private.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/mem.h"

enum { INBOX_SLOTS = 4096 };

enum plane_message_kind { MESSAGE_REQUEST, MESSAGE_CLAIM, MESSAGE_RESULT, MESSAGE_EXIT };
struct plane_message {
	enum plane_message_kind kind;
	void *ptr;
};

static void wake_plane(void *arg)
{
	struct plane *p = arg;
	sem_post(&p->wake);
}

void plane_take_fresh_set(struct plane *p)
{
	struct assistant_set *fresh = atomic_exchange(&p->fresh, NULL);
	if (!fresh)
		return;
	assistant_set_unref(p->set);
	p->set = fresh;
}

static void handle_message(struct plane *p, const struct plane_message *m)
{
	int64_t now_s = clock_now_us() / 1000000;
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
	return atomic_load(&p->is_stopped) ? -EAGAIN : inbox_post(&p->inbox, &m);
}

int plane_submit(struct plane *p, struct plane_request *r)
{
	struct pool *pool = api_pool_of(p, r);
	r->plane = p;
	return pool ? pool_post(pool, r) : submit(p, MESSAGE_REQUEST, r);
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

int plane_set_auth_token(struct plane *p, struct str auth_token)
{
	struct plane_secret *old = atomic_load(&p->auth_token), *fresh;
	if (old && str_is((struct str){old->bytes, old->n}, auth_token))
		return 0;
	fresh = mem_alloc(sizeof(*fresh) + auth_token.n);
	if (!fresh)
		return -ENOMEM;
	if (auth_token.n > 0)
		memcpy(fresh->bytes, auth_token.p, auth_token.n);
	fresh->n = auth_token.n;
	fresh->older = old;
	atomic_store(&p->auth_token, fresh);
	return 0;
}

struct str plane_auth_token(struct plane *p)
{
	const struct plane_secret *s = atomic_load(&p->auth_token);
	return (struct str){s->bytes, s->n};
}

static void forget_tokens(struct plane *p)
{
	struct plane_secret *s = atomic_load(&p->auth_token);
	while (s) {
		struct plane_secret *older = s->older;
		explicit_bzero(s->bytes, s->n);
		mem_free(s);
		s = older;
	}
}

static int start_pools(struct plane *p)
{
	const struct plane_settings *s = &p->settings;
	if (!s->store)
		return 0;
	p->gate = twilio_gate_new();
	const struct twilio_settings ts = {.api_url = s->twilio_api_url, .private_targets = s->private_targets, .gate = p->gate};
	struct pool_settings ps = {.plane = p, .work = api_run, .store = s->store, .twilio = &ts};
	ps.n_workers = s->webhook_workers ? s->webhook_workers : 1;
	int err = p->gate ? pool_start(&p->webhook_workers, &ps) : -ENOMEM;
	ps.n_workers = s->api_workers ? s->api_workers : 1;
	err = err < 0 ? err : pool_start(&p->api_workers, &ps);
	return err < 0 ? err : sweeper_start(&p->sweeper, p, s->store, &ts);
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
	p->flow_key = s->flow_key.n ? s->flow_key : p->token_key;
	book_init(&p->book);
	pthread_mutex_init(&p->book_mutex, NULL);
	sem_init(&p->wake, 0, 0);
	bool is_ok = flow_cache_init(&p->flows) == 0 && plane_set_auth_token(p, s->auth_token) == 0 && RAND_bytes(p->key, sizeof(p->key)) == 1 &&
		inbox_init(&p->inbox, INBOX_SLOTS, sizeof(struct plane_message), wake_plane, p) == 0 &&
		pthread_create(&p->thread, NULL, plane_main, p) == 0;
	p->settings.auth_token = STR(""); /* ours from here on */
	p->is_running = is_ok;
	return is_ok && start_pools(p) == 0 ? p : plane_free(p);
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

void plane_stop(struct plane *p)
{
	struct plane_message m = {MESSAGE_EXIT, NULL};
	if (!p)
		return;
	sweeper_stop(&p->sweeper);
	pool_stop(&p->webhook_workers);
	pool_stop(&p->api_workers);
	if (!p->is_running)
		return;
	atomic_store(&p->is_stopped, true);
	while (inbox_post(&p->inbox, &m) < 0)
		sched_yield();
	pthread_join(p->thread, NULL);
	p->is_running = false;
}

struct plane *plane_free(struct plane *p)
{
	struct plane_message m;
	if (!p)
		return NULL;
	plane_stop(p);
	pool_done(&p->webhook_workers);
	pool_done(&p->api_workers);
	twilio_gate_free(p->gate);
	while (p->inbox.slots && inbox_take(&p->inbox, &m))
		drop_message(&m);
	inbox_done(&p->inbox);
	book_done(&p->book);
	flow_cache_done(&p->flows);
	plane_take_fresh_set(p);
	assistant_set_unref(p->set);
	forget_tokens(p);
	pthread_mutex_destroy(&p->book_mutex);
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

void plane_set_full(struct plane *p, bool is_full)
{
	atomic_store(&p->is_full, is_full);
}
