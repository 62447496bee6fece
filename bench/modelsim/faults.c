/* SPDX-License-Identifier: MIT */
/* Misbehaviour on demand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modelsim.h"
#include "ringdown/base/auto.h"

static struct fault faults[OPTION_LIST_MAX];

static const char *const kinds[] = {"refuse", "http", "slow-handshake", "no-session", "close", "reset", "error",
	"garbage", "stale", "expire", "odd"};

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

int fault_on_head(struct session *s)
{
	char text[256];
	const struct fault *http = fault_find("http", s->number);
	if (fault_find("slow-handshake", s->number))
		return 1; /* and the answer never comes: the client's own limit must end it */
	if (!http)
		return 0;
	int n = snprintf(text, sizeof(text),
		"HTTP/1.1 %ld Simulated\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", http->args[0]);
	ws_refuse(&s->ws, text, (size_t)n);
	return 1;
}

static void strike(struct timer *t)
{
	struct session *s = container_of(t, struct session, fault);
	const struct fault *f = s->fault_wanted;
	if (strcmp(f->kind, "close") == 0)
		ws_close(&s->ws, (unsigned)f->args[0], "simulated");
	else if (strcmp(f->kind, "reset") == 0)
		ws_reset(&s->ws);
	else if (strcmp(f->kind, "error") == 0)
		say_error(s, "server_error", "simulated", "an error that ends nothing");
	else if (strcmp(f->kind, "garbage") == 0)
		ws_send(&s->ws, "{\"type\":\"resp\xff", 13);
	else if (strcmp(f->kind, "expire") == 0) {
		say_error(s, "invalid_request_error", "session_expired", "Your session hit the maximum duration of 60 minutes.");
		ws_close(&s->ws, 1001, "session expired");
	}
}

void faults_on_open(struct session *s)
{
	static const struct {
		const char *kind;
		int delay_arg;
	} timed[] = {{"close", 1}, {"reset", 0}, {"error", 0}, {"garbage", 0}, {"expire", 0}};
	for (size_t i = 0; i < ARRAY_LEN(timed); i++) {
		const struct fault *f = fault_find(timed[i].kind, s->number);
		if (!f)
			continue;
		s->fault_wanted = f;
		s->fault.fire = strike;
		timer_arm(sim.loop, &s->fault, loop_now_us(sim.loop) + f->args[timed[i].delay_arg] * 1000);
		return;
	}
}
