/* rig.h - a client of the false Twilio whose clock the test moves: sleeping takes no time. */
#ifndef RIG_H
#define RIG_H

#include "script_server.h"

#include <errno.h>

#include "ringdown/outbound/http_client.h"
#include "ringdown/twilio/twilio.h"

/* SPDX-License-Identifier: MIT */

#define AC    "AC0123456789abcdef0123456789abcdef"
#define TOKEN "0123456789abcdef0123456789abcdef"

static struct {
	int64_t now_ms, slept_ms[SCRIPT_MAX];
	int n_sleeps;
	uint32_t random;
	struct twilio_gate *gate;
	struct twilio *client;
	struct arena arena;
	struct twilio_account account;
	struct twilio_answer answer;
	char api_url[128];
} rig;

static inline int64_t rig_now_ms(void *arg)
{
	(void)arg;
	return rig.now_ms;
}

static inline void rig_sleep_ms(void *arg, int64_t ms)
{
	(void)arg;
	rig.slept_ms[rig.n_sleeps++] = ms;
	rig.now_ms += ms;
}

static inline uint32_t rig_random(void *arg)
{
	(void)arg;
	return rig.random;
}

static inline void rig_open(const char *api_url)
{
	(void)snprintf(rig.api_url, sizeof(rig.api_url), "%s", api_url);
	const struct twilio_settings s = {.api_url = rig.api_url, .gate = rig.gate,
		.world = {rig_now_ms, rig_sleep_ms, rig_random, NULL}};
	rig.client = twilio_new(&s);
	assert_non_null(rig.client);
}

static inline int rig_setup(void **state)
{
	memset(&rig, 0, sizeof(rig));
	if (script_start(state) != 0)
		return -1;
	rig.now_ms = 1000000;
	rig.gate = twilio_gate_new();
	arena_init(&rig.arena, 16 << 20);
	rig.account = (struct twilio_account){.sid = STR(AC), .user = STR(AC), .password = STR(TOKEN)};
	char url[128];
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/{product}", script.port);
	rig_open(url);
	return 0;
}

static inline int rig_teardown(void **state)
{
	twilio_answer_done(&rig.answer);
	twilio_free(rig.client);
	twilio_gate_free(rig.gate);
	arena_done(&rig.arena);
	return script_end(state);
}

static inline int rig_call(const struct twilio_request *q)
{
	twilio_answer_done(&rig.answer);
	return twilio_call(rig.client, &rig.account, q, &rig.arena, &rig.answer);
}

/* A request by itself: reading an account, buying a number, updating a call. */
static inline int rig_get(void)
{
	const struct twilio_request q = {.op = TWILIO_ACCOUNT_FETCH};
	return rig_call(&q);
}

static inline int rig_buy(void)
{
	struct twilio_request q = {.op = TWILIO_NUMBER_CREATE};
	twilio_put_text(&q, "PhoneNumber", "+15005550006");
	return rig_call(&q);
}

static inline int rig_update(void)
{
	struct twilio_request q = {.op = TWILIO_CALL_UPDATE, .path = {STR("CA0123456789abcdef0123456789abcdef")}};
	twilio_put_text(&q, "Status", "completed");
	return rig_call(&q);
}

static inline int rig_group(void **state)
{
	(void)state;
	return http_client_global_init();
}

#endif
