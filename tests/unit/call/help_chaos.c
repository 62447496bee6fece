/* SPDX-License-Identifier: MIT */
#include "help_chaos.h"

#include <stdio.h>
#include <string.h>

enum { LONG_TEXT = 3000 };

enum { RESPONSES = 4 };

struct bytes {
	const uint8_t *p;
	size_t n;
	uint32_t ages[RESPONSES]; /* servers use no name twice: a response made anew is another one */
	uint8_t items[RESPONSES]; /* nor do they go back to an item when they have begun the next one */
	char response[24], item[32], call_id[8], name[8];
};

static uint8_t next(struct bytes *b)
{
	if (b->n == 0)
		return 0;
	b->n--;
	return *b->p++;
}

static void begin(struct world *w, struct bytes *b)
{
	static const uint32_t leads[] = {0, 100, 400, 2000}, idles[] = {0, 3, 10, 0}, limits[] = {0, 0, 35, 0};
	uint8_t a = next(b), c = next(b), d = next(b);
	struct call_settings s = {
		.greeting = (enum call_greeting)(a % 3),
		.greeting_text = a & 8 ? STR("Good day.") : STR(""),
		.lead_ms = leads[a >> 4 & 3],
		.message_ms = a & 64 ? 20 : 0,
		.queue_max_ms = a & 128 ? 900 : 0,
		.idle_prompt_s = idles[c & 3],
		.max_duration_s = limits[c >> 2 & 3],
		.server_interrupts = c & 16,
		.is_resumed = c & 32,
		.jitter_seed = d,
	};
	world_init(w, &s);
	w->is_sane = false;
	w->talks = (c & 192) != 64;
	w->twilio.net_us = (d & 15) * 5000;
	w->twilio.lag_us = (d >> 4 & 3) * 10000;
	w->twilio.is_deaf = d >= 240;
	w->is_exact = !w->twilio.is_deaf;
	call_round_trip(&w->call, (uint32_t)(2 * w->twilio.net_us));
}

static struct str name_of(char *dst, size_t size, char letter, unsigned i)
{
	int n = snprintf(dst, size, "%c%u", letter, i);
	return (struct str){dst, (size_t)n};
}

/* One of four responses, or (now and then) one that was there before it, and an item of it. */
static void name_item(struct bytes *b, uint8_t x)
{
	uint32_t age = b->ages[x % RESPONSES];
	age -= age > 0 && (x & 0x70) == 0x70;
	snprintf(b->response, sizeof(b->response), "r%u.%u", x % RESPONSES, age);
	snprintf(b->item, sizeof(b->item), "i%u.%s", x >> 2 & 3, b->response);
}

static void name_sounding_item(struct bytes *b, uint8_t x)
{
	uint8_t *item = &b->items[x % RESPONSES];
	if ((x >> 2 & 3) > *item)
		*item = x >> 2 & 3;
	name_item(b, (uint8_t)((x & 0x83) | *item << 2));
}

static void renew(struct bytes *b, uint8_t x)
{
	b->ages[x % RESPONSES]++;
	b->items[x % RESPONSES] = 0;
}

static struct str text_of(uint8_t i)
{
	static char big[LONG_TEXT];
	for (size_t k = 0; !big[0] && k < sizeof(big); k++) /* with characters of three bytes, and blanks */
		big[sizeof(big) - 1 - k] = "xxx \xac\x82\xe2"[k % 7];
	static const struct str texts[] = {
		{"", 0}, {"yes ", 4}, {"a few words ", 12}, {"\xc3\xa4", 2}, {"1:i1:200", 8}, {"9:i1:1", 6}, {"   ", 3},
	};
	return i % 8 == 7 ? (struct str){big, 1 + i * 11u} : texts[i % 8];
}

/* One event of that kind, its fields from a few names, so that they meet. */
static void event(struct world *w, enum call_event_kind kind, struct bytes *b)
{
	static const struct str statuses[] = {
		{"completed", 9}, {"cancelled", 9}, {"failed", 6}, {"incomplete", 10}};
	static const struct str errors[] = {
		{"session_expired", 15}, {"conversation_already_has_active_response", 40}, {"rate_limit_exceeded", 19}, {"", 0}};
	static const char digits[] = "0123456789*#ABCD";
	uint8_t x = next(b), y = next(b);
	if (kind == CALL_EV_RESPONSE_CREATED)
		renew(b, x);
	name_item(b, kind == CALL_EV_RESPONSE_CREATED ? x & 0x8f : x);
	struct call_event ev = {
		.kind = kind,
		.why = (enum call_why)(y % (CALL_WHY_EXPIRED + 1)),
		.response_id = (x & 192) == 192 && kind != CALL_EV_RESPONSE_CREATED ? STR("") : str_of(b->response),
		.item_id = str_of(b->item),
		.call_id = name_of(b->call_id, sizeof(b->call_id), 'c', y & 15),
		.name = kind == CALL_EV_MODEL_ERROR ? errors[y & 3] : name_of(b->name, sizeof(b->name), 'n', y & 3),
		.role = x & 128 ? STR("assistant") : STR(""),
		.status = statuses[y & 3],
		.reason = kind == CALL_EV_TOOL_CALL && y & 1 ? STR("One moment.") : STR(""),
		.text = text_of(y),
		.at_us = y & 8 ? w->now_us + (y - 30) * 500000LL : 0,
		.retry_after_ms = x & 128 ? y * 20u : 0,
		.digit = digits[y & 15],
		.is_next = kind >= CALL_EV_MODEL_OPEN && kind <= CALL_EV_SESSION_UPDATED && x & 32,
	};
	world_event(w, &ev);
}

static void sound(struct world *w, struct bytes *b)
{
	uint8_t x = next(b), y = next(b);
	name_sounding_item(b, x);
	(void)world_audio(w, str_of(b->response), str_of(b->item), (size_t)y * (x & 128 ? 61 : 8));
}

/* The way a session is made ready. */
static void make_session(struct world *w, struct bytes *b)
{
	static const enum call_event_kind way[] = {CALL_EV_MODEL_OPEN, CALL_EV_SESSION_CREATED, CALL_EV_SESSION_UPDATED};
	uint8_t x = next(b);
	for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		int64_t lives_us = (x & 31) * 1000000LL;
		world_event(w, &(struct call_event){.kind = way[i],
				       .at_us = lives_us ? w->now_us + lives_us : 0,
				       .is_next = w->next.session != 0});
		if (x & 32)
			world_run(w, w->now_us + (x >> 6) * 400000LL);
	}
}

/* A response as a server makes it, or its beginning. */
static void make_response(struct world *w, struct bytes *b)
{
	uint8_t x = next(b), y = next(b);
	renew(b, x);
	name_sounding_item(b, x);
	struct call_event ev = {
		.response_id = str_of(b->response),
		.item_id = str_of(b->item),
		.role = STR("assistant"),
		.text = text_of(y),
		.status = x & 32 ? STR("completed") : STR("failed"),
	};
	static const enum call_event_kind before[] = {CALL_EV_RESPONSE_CREATED, CALL_EV_ITEM_ADDED, CALL_EV_MODEL_TEXT};
	static const enum call_event_kind after[] = {CALL_EV_AUDIO_DONE, CALL_EV_MODEL_TEXT_DONE, CALL_EV_RESPONSE_DONE};
	for (size_t i = 0; i < 3; i++) {
		ev.kind = before[i];
		world_event(w, &ev);
	}
	(void)world_audio(w, ev.response_id, ev.item_id, y * 67u);
	for (size_t i = 0; i < (x >> 6); i++) {
		ev.kind = after[i];
		world_event(w, &ev);
	}
}

/* The ordinary steps come more often than those that end all. */
static void step(struct world *w, struct bytes *b)
{
	static const enum call_event_kind often[] = {
		CALL_EV_RESPONSE_CREATED, CALL_EV_ITEM_ADDED, CALL_EV_MODEL_TEXT, CALL_EV_MODEL_TEXT_DONE,
		CALL_EV_AUDIO_DONE, CALL_EV_RESPONSE_DONE, CALL_EV_SPEECH_STARTED, CALL_EV_SPEECH_STOPPED,
		CALL_EV_SPEECH_STOPPED, CALL_EV_DTMF, CALL_EV_TOOL_CALL, CALL_EV_TOOL_DONE, CALL_EV_TOOL_DONE,
		CALL_EV_CALLER_TEXT, CALL_EV_RESPONSE_DONE, CALL_EV_RESPONSE_CREATED,
	};
	uint8_t op = next(b);
	if (op < 70)
		world_run(w, w->now_us + (op < 60 ? op * 9000LL : (op - 59) * 700000LL));
	else if (op < 110)
		sound(w, b);
	else if (op < 115)
		(void)world_media(w, (uint64_t)next(b) << (next(b) & 63), next(b));
	else if (op < 130)
		make_session(w, b);
	else if (op < 160)
		make_response(w, b);
	else if (op < 240)
		event(w, often[op % 16], b);
	else
		event(w, (enum call_event_kind)(next(b) % (op < 255 ? CALL_EV_DEADLINE : CALL_EV_DRAIN + 1)), b);
}

void chaos_run(struct world *w, const uint8_t *data, size_t n)
{
	struct bytes b = {.p = data, .n = n};
	begin(w, &b);
	if (next(&b) & 7) /* mostly the ordinary beginning */
		world_event(w, &(struct call_event){.kind = CALL_EV_START});
	while (b.n > 0 && !w->fault[0])
		step(w, &b);
	world_event(w, &(struct call_event){.kind = CALL_EV_CALLER_GONE, .why = CALL_WHY_CLOSED});
	world_run(w, w->now_us + 1000000);
}
