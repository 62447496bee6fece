/* SPDX-License-Identifier: MIT */
#include "ringdown/store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "engine.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/mem.h"
#include "ringdown/base/utf8.h"

enum { RETRY_WAIT_MAX_MS = 40 };

void engine_say(struct store_conn *c, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(c->words, sizeof(c->words), fmt, args);
	va_end(args);
}

void engine_say_line(struct store_conn *c, const char *text)
{
	struct str rest = str_of(text);
	struct str line = str_split(&rest, '\n');
	(void)snprintf(c->words, sizeof(c->words), STR_FMT, STR_ARG(line));
}

const char *store_words(const struct store_conn *c)
{
	return c->words;
}

const char *store_engine(const struct store *s)
{
	return s->engine->name;
}

bool store_is_in_transaction(const struct store_conn *c)
{
	return c->is_in_transaction;
}

static const struct engine *engine_of(struct str url, struct str *ret_target)
{
	*ret_target = url;
	if (str_starts(url, STR("postgresql://")) || str_starts(url, STR("postgres://")))
		return &engine_postgresql;
	if (!str_starts(url, STR("sqlite:")))
		return NULL;
	*ret_target = str_skip(url, strlen("sqlite:"));
	return ret_target->n > 0 ? &engine_sqlite : NULL;
}

static struct store *store_new(const struct engine *e, struct str target)
{
	struct store *s = mem_alloc(sizeof(*s));
	char *copy = s ? mem_alloc(target.n + 1) : NULL;
	if (!copy)
		return mem_free(s);
	memcpy(copy, target.p, target.n);
	s->engine = e;
	s->target = copy;
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_mutex_init(&s->gate.mutex, NULL);
	pthread_cond_init(&s->gate.is_free, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_mutex_init(&s->log_sync.mutex, NULL);
	pthread_cond_init(&s->log_sync.is_done, NULL);
	return s;
}

struct store *store_close(struct store *s)
{
	if (!s)
		return NULL;
	pthread_cond_destroy(&s->log_sync.is_done);
	pthread_mutex_destroy(&s->log_sync.mutex);
	pthread_cond_destroy(&s->gate.is_free);
	pthread_mutex_destroy(&s->gate.mutex);
	mem_free(s->target);
	return mem_free(s);
}

static void auto_store(struct store **s)
{
	*s = store_close(*s);
}

static void auto_conn(struct store_conn **c)
{
	*c = store_disconnect(*c);
}

static int complain(struct buf *errors, int err, const char *why)
{
	buf_printf(errors, "%s", why);
	return err;
}

/* What the engine said of it, unless check or migrate has said it better. */
static int prepare(struct store *s, struct buf *errors)
{
	AUTO(auto_conn) struct store_conn *c = NULL;
	int err = s->engine->connect(s, &c);
	if (err == 0 || err == -EBADMSG)
		err = s->engine->check(c, errors);
	if (err == 0)
		err = migrate(c, errors);
	if (err < 0 && errors->n == 0)
		buf_printf(errors, "%s", c && c->words[0] ? c->words : strerror(-err));
	return err;
}

int store_open(const char *url, struct store **ret_store, struct buf *errors)
{
	char nowhere[STORE_ERROR_SIZE];
	struct buf unread;
	struct str target;
	const struct engine *e = engine_of(str_of(url), &target);
	buf_init(&unread, nowhere, sizeof(nowhere));
	if (!errors)
		errors = &unread;
	if (!e)
		return complain(errors, -EINVAL, "[store] url wants sqlite:/path or postgresql://user@host/database");
	AUTO(auto_store) struct store *s = store_new(e, target);
	if (!s)
		return complain(errors, -ENOMEM, "no memory");
	int err = prepare(s, errors);
	if (err < 0)
		return err;
	*ret_store = s;
	s = NULL;
	return 0;
}

int store_connect(struct store *s, struct store_conn **ret_conn)
{
	AUTO(auto_conn) struct store_conn *c = NULL;
	int err = s->engine->connect(s, &c);
	if (err < 0 && (err != -ENOTCONN || !c))
		return err;
	*ret_conn = c;
	c = NULL;
	return 0;
}

struct store_conn *store_disconnect(struct store_conn *c)
{
	if (c)
		c->store->engine->disconnect(c);
	return NULL;
}

/* PostgreSQL takes no other text; SQLite would, and give it back to whoever reads JSON. */
static bool is_text(struct str s)
{
	while (s.n > 0) {
		uint32_t code = 0;
		int n = (unsigned char)s.p[0] < 0x80 ? s.p[0] != '\0' : utf8_scan(s, &code);
		if (n <= 0)
			return false;
		s = str_skip(s, (size_t)n);
	}
	return true;
}

static int check_values(struct store_conn *c, const struct store_value *v, uint32_t n)
{
	if (n > STORE_VALUES_MAX) {
		engine_say(c, "a statement of %u parameters", n);
		return -EINVAL;
	}
	for (uint32_t i = 0; i < n; i++)
		if (v[i].type == STORE_TEXT && !is_text(v[i].bytes)) {
			engine_say(c, "parameter $%u is not UTF-8, or holds NUL", i + 1);
			return -EINVAL;
		}
	return 0;
}

/* What only a programmer or an operator can mend is told once here; the rest belongs to the caller. */
static int judge(struct store_conn *c, int result, const char *sql)
{
	if (result >= 0)
		return result;
	if (c->is_in_transaction && !c->doom)
		c->doom = result;
	if (result == -EINVAL || result == -EIO || result == -EBADMSG || result == -ENOSPC || result == -EROFS)
		log_err("store: %s (%.60s)", c->words, sql);
	return result;
}

static int run(struct store_conn *c, struct arena *a, const char *sql, const struct store_value *v, uint32_t n,
	struct store_rows *ret_rows)
{
	if (c->is_in_transaction && c->doom)
		return -ECANCELED;
	int err = check_values(c, v, n);
	if (err == 0 && !c->is_in_transaction)
		err = c->store->engine->heal(c);
	if (err == 0)
		err = c->store->engine->run(c, a, sql, v, n, ret_rows);
	return judge(c, err, sql);
}

int store_run(struct store_conn *c, const char *sql, const struct store_value *v, uint32_t n)
{
	return run(c, NULL, sql, v, n, NULL);
}

int store_ask(struct store_conn *c, struct arena *a, const char *sql, const struct store_value *v, uint32_t n,
	struct store_rows *ret_rows)
{
	return run(c, a, sql, v, n, ret_rows);
}

static int finish(struct store_conn *c, int err)
{
	if (c->doom)
		err = c->doom;
	if (err == 0)
		err = c->store->engine->control(c, "COMMIT");
	int result = judge(c, err, "COMMIT");
	if (result >= 0)
		return 0;
	char words[STORE_WORDS_SIZE]; /* SQLite may have rolled back by itself, and would say so */
	memcpy(words, c->words, sizeof(words));
	(void)c->store->engine->control(c, "ROLLBACK");
	memcpy(c->words, words, sizeof(words));
	return result;
}

static int try_transaction(struct store_conn *c, store_work_fn *work, void *arg)
{
	const struct engine *e = c->store->engine;
	int err = e->heal(c);
	if (err == 0)
		err = e->control(c, e->begin);
	if (err < 0)
		return judge(c, err, e->begin);
	c->is_in_transaction = true;
	c->doom = 0;
	err = finish(c, work(c, arg));
	c->is_in_transaction = false;
	return err;
}

static int try_in_line(struct store_conn *c, store_work_fn *work, void *arg)
{
	const struct engine *e = c->store->engine;
	int err = e->queue_in ? e->heal(c) : 0;
	if (err == 0 && e->queue_in)
		err = e->control(c, e->queue_in);
	if (err < 0)
		return err;
	err = try_transaction(c, work, arg);
	if (e->queue_out) /* a connection that was lost has left the line, too */
		(void)e->control(c, e->queue_out);
	return err;
}

/* Full jitter: those who collided do not do so again. */
static void wait_a_little(int tries)
{
	uint32_t chance = 0;
	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0)
		chance = (uint32_t)clock_now_us();
	uint32_t max_ms = tries < 5 ? 1U << tries : RETRY_WAIT_MAX_MS;
	struct timespec wait = {.tv_nsec = (long)(chance % (max_ms * 1000)) * 1000};
	(void)nanosleep(&wait, NULL);
}

int store_transaction(struct store_conn *c, store_work_fn *work, void *arg)
{
	if (c->is_in_transaction)
		return -EDEADLK;
	int64_t until_us = clock_now_us() + (int64_t)STORE_BUSY_MS * 1000;
	for (int tries = 0;; tries++) {
		int err = tries == 0 ? try_transaction(c, work, arg) : try_in_line(c, work, arg);
		if (err != -EAGAIN || clock_now_us() >= until_us)
			return err;
		wait_a_little(tries);
	}
}
