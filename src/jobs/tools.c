/* SPDX-License-Identifier: MIT */
/* A dispatcher thread takes jobs from the inbox that loops post into without a lock; workers take
 * them from the dispatcher under a mutex, and run one request each. */
#include "ringdown/jobs/tools.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/inbox.h"
#include "ringdown/base/log.h"
#include "ringdown/base/mem.h"
#include "ringdown/wire/signature.h"

enum {
	WORKERS_DEFAULT = 4,
	WORKERS_MAX = 64,
	QUEUE_DEFAULT = 256,
	JOB_BYTES_MAX = 512 * 1024,
	OUTPUT_MAX = 32768,
	BODY_REST_MAX = 16384, /* of a request, beside the arguments */
};

struct tool_pool {
	struct tool_pool_settings settings;
	struct inbox inbox;
	sem_t wake;
	pthread_t dispatcher, workers[WORKERS_MAX];
	uint32_t n_workers;
	bool has_dispatcher;
	_Atomic uint32_t waiting;
	_Atomic bool is_ending;
	pthread_mutex_t lock; /* between dispatcher and workers */
	pthread_cond_t more;
	struct tool_job *first, *last;
};

struct tool_job *tool_job_new(void)
{
	struct tool_job *job = mem_alloc(sizeof(*job));
	if (job)
		arena_init(&job->arena, JOB_BYTES_MAX);
	return job;
}

struct tool_job *tool_job_free(struct tool_job *job)
{
	if (job)
		arena_done(&job->arena);
	return mem_free(job);
}

static void answer_error(struct tool_job *job, const char *words)
{
	struct buf b;
	char *text = arena_alloc(&job->arena, 1024);
	buf_init(&b, text, text ? 1024 : 0);
	buf_put(&b, STR("{\"error\":"));
	buf_put_json(&b, str_of(words));
	buf_putc(&b, '}');
	job->is_ok = false;
	job->output = buf_ok(&b) ? buf_str(&b) : STR("{\"error\":\"the function failed\"}");
}

/* head: what stands before the value, a literal. */
static void put_member(struct buf *b, const char *head, struct str value)
{
	buf_put(b, str_of(head));
	buf_put_json(b, value);
}

static bool is_object(struct str json)
{
	AUTO(json_decrefp) json_t *j = json_loadb(json.p ? json.p : "", json.n, JSON_DECODE_INT_AS_REAL, NULL);
	return json_is_object(j);
}

/* The arguments go as the model wrote them: no number is rounded on the way. */
static struct str make_body(struct tool_job *job)
{
	struct buf b;
	size_t size = job->arguments.n + BODY_REST_MAX;
	char *mem = arena_alloc(&job->arena, size);
	buf_init(&b, mem, mem ? size : 0);
	put_member(&b, "{\"type\":\"function_call\",\"name\":", job->name);
	put_member(&b, ",\"call_id\":", job->call_id);
	buf_put(&b, STR(",\"arguments\":"));
	buf_put(&b, job->arguments);
	put_member(&b, ",\"call\":{\"call_sid\":", job->call_sid);
	put_member(&b, ",\"assistant\":", job->assistant);
	put_member(&b, ",\"caller\":", job->caller);
	put_member(&b, ",\"called\":", job->called);
	buf_put(&b, STR("}}"));
	return buf_str(&b);
}

static void take_response(struct tool_job *job, const struct http_response *r)
{
	if (r->status < 200 || r->status > 299) {
		answer_error(job, arena_printf(&job->arena, "the function's server answered with status %d", r->status));
		return;
	}
	job->is_ok = r->body.n <= OUTPUT_MAX;
	job->output = r->body.n > 0 ? r->body : STR("{}");
	if (!job->is_ok)
		answer_error(job, "the function's answer is over 32768 bytes");
}

static const char *words_of(int err)
{
	static const struct {
		int err;
		const char *words;
	} table[] = {
		{-ETIMEDOUT, "the function did not answer in time"},
		{-ECONNREFUSED, "the function's server cannot be reached"},
		{-ENOENT, "the function's server cannot be found"},
		{-EMSGSIZE, "the function's answer is too large"},
		{-EACCES, "the function's URL is not allowed"},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].err == err)
			return table[i].words;
	return "the function could not be run";
}

static int ask(struct http_client *client, struct tool_job *job, struct str body, struct http_response *ret_response)
{
	char signature[WEBHOOK_SIGNATURE_MAX];
	int64_t now_s = clock_wall_ms() / 1000;
	int err = webhook_sign(job->secret, job->call_id, now_s, body, signature);
	if (err < 0)
		return err;
	struct http_request req = {
		.method = STR("POST"),
		.url = job->url,
		.body = body,
		.headers = {{STR("Content-Type"), STR("application/json")},
			{STR("webhook-id"), job->call_id},
			{STR("webhook-timestamp"), str_of(arena_printf(&job->arena, "%lld", (long long)now_s))},
			{STR("webhook-signature"), str_of(signature)}},
		.n_headers = 4,
		.timeout_ms = job->timeout_ms,
	};
	return http_client_run(client, &req, &job->arena, ret_response);
}

static void run_job(struct http_client *client, struct tool_job *job)
{
	int64_t begun_us = clock_now_us();
	struct http_response response = {0};
	int err = 0;
	if (!is_object(job->arguments)) {
		answer_error(job, "the arguments are not a JSON object");
	} else {
		struct str body = make_body(job);
		err = body.n > 0 ? ask(client, job, body, &response) : -ENOMEM;
		if (err == 0)
			take_response(job, &response);
		else
			answer_error(job, words_of(err));
	}
	job->took_us = clock_now_us() - begun_us;
	if (!job->is_ok)
		log_warning("call=%llu tool=" STR_FMT " call_id=" STR_FMT " failed status=%d took_ms=%lld answer=" STR_FMT
			" reason=\"" STR_FMT "\"", (unsigned long long)job->call_tag, STR_ARG(job->name),
			STR_ARG(job->call_id), response.status, (long long)(job->took_us / 1000), STR_ARG(job->output),
			STR_ARG(response.error));
}

/* NULL: the pool ends, and what still waits is not begun. */
static struct tool_job *next_job(struct tool_pool *p)
{
	pthread_mutex_lock(&p->lock);
	while (!p->first && !atomic_load(&p->is_ending))
		pthread_cond_wait(&p->more, &p->lock);
	struct tool_job *job = atomic_load(&p->is_ending) ? NULL : p->first;
	if (job) {
		p->first = job->next;
		if (!p->first)
			p->last = NULL;
	}
	pthread_mutex_unlock(&p->lock);
	return job;
}

static void *worker_main(void *arg)
{
	struct tool_pool *p = arg;
	struct http_client *client = NULL;
	struct tool_job *job;
	while ((job = next_job(p))) {
		atomic_fetch_sub(&p->waiting, 1);
		if (!client) /* made for the first job, or again when there was no memory for it */
			client = http_client_new(&p->settings.http);
		if (client)
			run_job(client, job);
		else
			answer_error(job, "there is no memory for a request");
		job->done(job);
	}
	http_client_free(client);
	return NULL;
}

static void *dispatcher_main(void *arg)
{
	struct tool_pool *p = arg;
	struct tool_job *job;
	while (!atomic_load(&p->is_ending)) {
		while (inbox_take(&p->inbox, &job)) {
			pthread_mutex_lock(&p->lock);
			job->next = NULL;
			*(p->last ? &p->last->next : &p->first) = job;
			p->last = job;
			pthread_cond_signal(&p->more);
			pthread_mutex_unlock(&p->lock);
		}
		while (sem_wait(&p->wake) < 0 && errno == EINTR)
			;
	}
	return NULL;
}

static void wake_dispatcher(void *arg)
{
	struct tool_pool *p = arg;
	sem_post(&p->wake);
}

static uint32_t round_up(uint32_t n)
{
	uint32_t size = 2;
	while (size < n)
		size *= 2;
	return size;
}

struct tool_pool *tool_pool_new(const struct tool_pool_settings *s)
{
	struct tool_pool *p = mem_alloc(sizeof(*p));
	if (!p)
		return NULL;
	p->settings = *s;
	p->settings.http.is_cancelled = &p->is_ending;
	if (!p->settings.workers || p->settings.workers > WORKERS_MAX)
		p->settings.workers = WORKERS_DEFAULT;
	if (!p->settings.queue_max)
		p->settings.queue_max = QUEUE_DEFAULT;
	sem_init(&p->wake, 0, 0);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	if (inbox_init(&p->inbox, round_up(p->settings.queue_max), sizeof(struct tool_job *), wake_dispatcher, p) < 0)
		return tool_pool_free(p);
	p->has_dispatcher = pthread_create(&p->dispatcher, NULL, dispatcher_main, p) == 0;
	while (p->has_dispatcher && p->n_workers < p->settings.workers &&
		pthread_create(&p->workers[p->n_workers], NULL, worker_main, p) == 0)
		p->n_workers++;
	return p->n_workers > 0 ? p : tool_pool_free(p);
}

void tool_pool_stop(struct tool_pool *p)
{
	if (!p || atomic_load(&p->is_ending))
		return;
	pthread_mutex_lock(&p->lock);
	atomic_store(&p->is_ending, true);
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	sem_post(&p->wake);
	if (p->has_dispatcher)
		pthread_join(p->dispatcher, NULL);
	for (uint32_t i = 0; i < p->n_workers; i++)
		pthread_join(p->workers[i], NULL);
}

struct tool_pool *tool_pool_free(struct tool_pool *p)
{
	struct tool_job *job;
	if (!p)
		return NULL;
	tool_pool_stop(p);
	while ((job = p->first)) {
		p->first = job->next;
		tool_job_free(job);
	}
	while (p->inbox.slots && inbox_take(&p->inbox, &job))
		tool_job_free(job);
	inbox_done(&p->inbox);
	pthread_cond_destroy(&p->more);
	pthread_mutex_destroy(&p->lock);
	sem_destroy(&p->wake);
	return mem_free(p);
}

int tool_pool_submit(struct tool_pool *p, struct tool_job *job)
{
	if (atomic_load(&p->is_ending))
		return -EAGAIN;
	if (atomic_fetch_add(&p->waiting, 1) >= p->settings.queue_max || inbox_post(&p->inbox, &job) < 0) {
		atomic_fetch_sub(&p->waiting, 1);
		return -EAGAIN;
	}
	return 0;
}
