/* SPDX-License-Identifier: MIT */
/* Misbehaviour on demand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modelsim.h"
#include "ringdown/base/auto.h"

enum { NESTED = 10000, US_A_MS = 1000 };

static struct fault faults[OPTION_LIST_MAX];

static const char *const kinds[] = {"refuse", "http", "slow-handshake", "no-session", "close", "reset", "error",
	"garbage", "stale", "expire", "odd", "failed"};

static void read_one(struct fault *f, const char *text)
{
	char word[64];
	snprintf(word, sizeof(word), "%s", text);
	char *times = strchr(word, '@');
	if (times) {
		*times = '\0';
		f->times = strtoull(times + 1, NULL, 10);
	}
	char *rest = word;
	const char *kind = strsep(&rest, ":");
	for (int i = 0; i < 3 && rest; i++)
		f->args[i] = strtol(strsep(&rest, ":"), NULL, 10);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			f->kind = kinds[i];
	if (!f->kind) {
		fprintf(stderr, "modelsim: there is no fault %s; --help lists them\n", text);
		exit(2);
	}
}

void faults_read(void)
{
	for (unsigned i = 0; i < sim.faults.n; i++)
		read_one(&faults[i], sim.faults.values[i]);
}

const struct fault *fault_find(const char *kind, uint64_t connection)
{
	for (unsigned i = 0; i < sim.faults.n; i++)
		if (strcmp(faults[i].kind, kind) == 0 && (!faults[i].times || connection <= faults[i].times))
			return &faults[i];
	return NULL;
}

static void on_handshake(struct timer *t)
{
	ws_agree(&container_of(t, struct session, handshake)->ws);
}

int fault_on_head(struct session *s)
{
	char text[256];
	const struct fault *http = fault_find("http", s->number), *slow = fault_find("slow-handshake", s->number);
	if (slow && slow->args[0]) {
		s->handshake.fire = on_handshake;
		timer_arm(sim.loop, &s->handshake, loop_now_us(sim.loop) + slow->args[0] * US_A_MS);
	}
	if (slow)
		return 1; /* without a time the answer never comes: the client's own limit must end it */
	if (!http)
		return 0;
	int n = snprintf(text, sizeof(text),
		"HTTP/1.1 %ld Simulated\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", http->args[0]);
	ws_refuse(&s->ws, text, (size_t)n);
	return 1;
}

static void say_nested(struct session *s)
{
	static const char head[] = "{\"type\":\"rate_limits.updated\",\"x\":";
	static char text[sizeof(head) + 2 * NESTED];
	char *p = text + sizeof(head) - 1;
	memcpy(text, head, sizeof(head) - 1);
	memset(p, '[', NESTED);
	memset(p + NESTED, ']', NESTED);
	text[sizeof(text) - 1] = '}';
	ws_send(&s->ws, text, sizeof(text));
}

static void say_garbage(struct session *s, long kind)
{
	static const char cut[] = "{\"type\":\"response.output_audio.del", no_utf8[] = "{\"type\":\"resp\xff\"}";
	if (kind == 0)
		ws_send(&s->ws, cut, sizeof(cut) - 1);
	else if (kind == 1)
		ws_send(&s->ws, no_utf8, sizeof(no_utf8) - 1);
	else if (kind == 2)
		ws_send_binary(&s->ws, no_utf8, sizeof(no_utf8) - 1);
	else if (kind == 3)
		say_nested(s);
	else
		say(s, "\"type\":\"%s\",\"response_id\":\"%s\",\"item_id\":\"%s\",\"output_index\":0,\"content_index\":0,\"delta\":\"*?\"",
			part(s, "response.output_audio.delta", "response.audio.delta"), s->response, s->item);
}

static void strike_close(struct session *s, const struct fault *f)
{
	ws_close(&s->ws, (unsigned)f->args[0], "simulated");
}

static void strike_reset(struct session *s, const struct fault *f)
{
	(void)f;
	ws_reset(&s->ws);
}

static void strike_error(struct session *s, const struct fault *f)
{
	(void)f;
	say_error(s, NULL, "server_error", "simulated", NULL, "An error that ends nothing.");
}

static void strike_garbage(struct session *s, const struct fault *f)
{
	say_garbage(s, f->args[1]);
}

static void strike_expire(struct session *s, const struct fault *f)
{
	(void)f;
	say_error(s, NULL, "invalid_request_error", "session_expired", NULL,
		"Your session hit the maximum duration of 60 minutes.");
	ws_close(&s->ws, 1001, "session expired");
}

static const struct {
	const char *kind;
	int delay_arg;
	void (*strike)(struct session *s, const struct fault *f);
} timed[] = {{"close", 1, strike_close}, {"reset", 0, strike_reset}, {"error", 0, strike_error},
	{"garbage", 0, strike_garbage}, {"expire", 0, strike_expire}};
_Static_assert(ARRAY_LEN(timed) == FAULTS_TIMED, "a timer for each");

static void strike(struct timer *t)
{
	struct fault_timer *f = container_of(t, struct fault_timer, timer);
	timed[f - f->session->faults].strike(f->session, f->fault);
}

void faults_on_open(struct session *s)
{
	for (size_t i = 0; i < ARRAY_LEN(timed) && s->is_used; i++) {
		const struct fault *f = fault_find(timed[i].kind, s->number);
		if (!f)
			continue;
		s->faults[i] = (struct fault_timer){.timer.fire = strike, .session = s, .fault = f};
		timer_arm(sim.loop, &s->faults[i].timer, loop_now_us(sim.loop) + f->args[timed[i].delay_arg] * US_A_MS);
	}
}

void faults_end(struct session *s)
{
	timer_disarm(sim.loop, &s->handshake);
	for (size_t i = 0; i < FAULTS_TIMED; i++)
		timer_disarm(sim.loop, &s->faults[i].timer);
}
