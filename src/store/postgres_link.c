/* SPDX-License-Identifier: MIT */
/* The socket: dialled and listened to with deadlines of ours, as libpq's own waits have none. */
#include "postgres.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/mem.h"

void postgres_clear(PGresult **r)
{
	PQclear(*r);
}

void postgres_hang_up(struct postgres_conn *c)
{
	PQfinish(c->pg);
	c->pg = NULL;
	for (int i = 0; i < POSTGRES_STATEMENTS; i++) {
		mem_free(c->statements[i].sql);
		c->statements[i] = (struct postgres_statement){0};
	}
}

int postgres_lost(struct postgres_conn *c)
{
	const char *why = c->pg ? PQerrorMessage(c->pg) : "";
	if (why[0])
		engine_say_line(&c->conn, why);
	else
		engine_say(&c->conn, "the PostgreSQL server does not answer");
	postgres_hang_up(c);
	return -ENOTCONN;
}

/* False when the time is up. */
static bool wait_for(PGconn *pg, short events, int64_t until_us)
{
	struct pollfd p = {.fd = PQsocket(pg), .events = events};
	for (;;) {
		int64_t left_us = until_us - clock_now_us();
		int n = left_us > 0 ? poll(&p, 1, (int)(left_us / 1000 + 1)) : 0;
		if (n > 0)
			return true;
		if (n == 0 || errno != EINTR)
			return false;
	}
}

static bool finish_dial(struct postgres_conn *c, int64_t until_us)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;
	while (state != PGRES_POLLING_OK) {
		if (state == PGRES_POLLING_FAILED || PQsocket(c->pg) < 0)
			return false;
		if (!wait_for(c->pg, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, until_us))
			return false;
		state = PQconnectPoll(c->pg);
	}
	return true;
}

static void be_silent(void *arg, const PGresult *notice)
{
	(void)arg, (void)notice; /* "relation exists, skipping": nothing for stderr */
}

/* The last of equal keywords counts: these stand before the url, so that it may say otherwise. */
int postgres_dial(struct postgres_conn *c)
{
	static const char *const keys[] = {"application_name", "options", "tcp_user_timeout", "keepalives_idle",
		"client_encoding", "dbname", NULL};
	const char *const values[] = {"ringdown",
		"-c statement_timeout=1300 -c lock_timeout=1000 -c idle_in_transaction_session_timeout=10000 -c bytea_output=hex",
		"5000", "30", "UTF8", c->conn.store->target, NULL};
	int64_t now_us = clock_now_us();
	if (c->dialled_us && now_us - c->dialled_us < (int64_t)POSTGRES_AGAIN_MS * 1000)
		return -ENOTCONN;
	c->dialled_us = now_us;
	postgres_hang_up(c);
	c->pg = PQconnectStartParams(keys, values, 1);
	if (!c->pg)
		return -ENOMEM;
	(void)PQsetNoticeReceiver(c->pg, be_silent, NULL);
	if (PQstatus(c->pg) == CONNECTION_BAD || !finish_dial(c, now_us + (int64_t)POSTGRES_CONNECT_MS * 1000))
		return postgres_lost(c);
	c->conn.words[0] = '\0';
	c->dialled_us = 0;
	return 0;
}

/* One result an answer, but scripts have one a statement: the first that failed, or the last. */
PGresult *postgres_answer(struct postgres_conn *c)
{
	int64_t until_us = clock_now_us() + c->answer_ms * 1000;
	PGresult *kept = NULL;
	for (;;) {
		while (PQisBusy(c->pg))
			if (!wait_for(c->pg, POLLIN, until_us) || !PQconsumeInput(c->pg)) {
				PQclear(kept);
				return NULL;
			}
		PGresult *r = PQgetResult(c->pg);
		if (!r)
			return kept;
		bool has_failed = kept && PQresultStatus(kept) == PGRES_FATAL_ERROR;
		PQclear(has_failed ? r : kept);
		kept = has_failed ? kept : r;
	}
}

static const struct {
	const char *state; /* a class of two, or all five characters; first match counts */
	int err;
} errors_of_postgres[] = {
	{"23505", -EEXIST},
	{"23503", -ENOENT},
	{"40", -EAGAIN},    /* serialization_failure, deadlock_detected */
	{"55P03", -EAGAIN}, /* lock_not_available: lock_timeout */
	{"57014", -EAGAIN}, /* query_canceled: statement_timeout */
	{"53100", -ENOSPC},
	{"53200", -ENOMEM},
	{"53300", -ENOTCONN},
	{"57P", -ENOTCONN}, /* shutdown, crash, cannot connect now, database dropped, idle session */
	{"25P03", -ENOTCONN}, /* idle_in_transaction_session_timeout */
	{"08", -ENOTCONN},
	{"25006", -EROFS},
	{"22", -EINVAL},
	{"23", -EINVAL},
	{"42", -EINVAL},
};

static int error_of(const char *state)
{
	if (strcmp(state, "08P01") == 0) /* the number of parameters */
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_LEN(errors_of_postgres); i++)
		if (strncmp(errors_of_postgres[i].state, state, strlen(errors_of_postgres[i].state)) == 0)
			return errors_of_postgres[i].err;
	return -EIO;
}

int postgres_fault(struct postgres_conn *c, const PGresult *r)
{
	const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
	const char *primary = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	if (!state || PQstatus(c->pg) == CONNECTION_BAD)
		return postgres_lost(c);
	/* A statement prepared before another program changed the schema: anew, on a new connection. */
	bool is_old_plan = strcmp(state, "0A000") == 0 && primary && strstr(primary, "cached plan");
	int err = is_old_plan ? -EAGAIN : error_of(state);
	engine_say_line(&c->conn, primary ? primary : state);
	if (err == -ENOTCONN || is_old_plan)
		postgres_hang_up(c);
	return err;
}
