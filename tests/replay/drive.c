/* SPDX-License-Identifier: MIT */
/* One line of the text after the other. */
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "replay.h"

enum { SAMPLES_A_MS = 8 };

static void __attribute__((format(printf, 3, 4))) fail(struct replay *r, const struct line *l, const char *fmt, ...)
{
	va_list ap;
	if (r->error[0])
		return;
	int n = snprintf(r->error, sizeof(r->error), "%s:%d: ", l->file, l->number);
	va_start(ap, fmt);
	vsnprintf(r->error + n, sizeof(r->error) - (size_t)n, fmt, ap);
	va_end(ap);
}

static uint32_t number(struct replay *r, struct line *l, const char *key, uint64_t fallback)
{
	return (uint32_t)line_number(l, key, fallback, r->error, sizeof(r->error));
}

static struct str view(struct line *l, const char *key)
{
	return str_of(line_value(l, key));
}

static bool is_yes(struct line *l, const char *key)
{
	const char *value = line_value(l, key);
	return value && strcmp(value, "yes") == 0;
}

static void on_settings(struct replay *r, struct line *l)
{
	struct call_settings *s = &r->settings;
	const struct {
		const char *key;
		uint32_t *to;
	} numbers[] = {
		{"lead_ms", &s->lead_ms},
		{"message_ms", &s->message_ms},
		{"idle_prompt_s", &s->idle_prompt_s},
		{"max_duration_s", &s->max_duration_s},
		{"queue_max_ms", &s->queue_max_ms},
		{"reconnect_budget_ms", &s->reconnect_budget_ms},
		{"reach_budget_ms", &s->reach_budget_ms},
		{"jitter_seed", &s->jitter_seed},
	};
	const char *greeting = line_value(l, "greeting");
	if (r->is_begun)
		fail(r, l, "settings come first");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		*numbers[i].to = number(r, l, numbers[i].key, *numbers[i].to);
	s->server_interrupts = line_value(l, "server_interrupts") ? is_yes(l, "server_interrupts") : s->server_interrupts;
	s->is_resumed |= is_yes(l, "is_resumed");
	if (!greeting)
		return;
	(void)str_copy(str_of(greeting), r->greeting, sizeof(r->greeting));
	s->greeting = strcmp(greeting, "model") == 0 ? CALL_GREETING_MODEL
		: *greeting                          ? CALL_GREETING_TEXT
						     : CALL_GREETING_CALLER;
	s->greeting_text = s->greeting == CALL_GREETING_TEXT ? str_of(r->greeting) : STR("");
}

static void begin(struct replay *r)
{
	if (r->is_begun)
		return;
	r->is_begun = true;
	world_init(&r->world, &r->settings);
	r->world.on_action = came_action;
	r->world.on_send = came_send;
	r->world.arg = r;
}

static void on_caller(struct replay *r, struct line *l)
{
	struct twilio *t = &r->world.twilio;
	begin(r);
	t->net_us = number(r, l, "net_ms", (uint64_t)t->net_us / 1000) * 1000LL;
	t->lag_us = number(r, l, "lag_ms", (uint64_t)t->lag_us / 1000) * 1000LL;
	t->delay_us = number(r, l, "late_ms", (uint64_t)t->delay_us / 1000) * 1000LL;
	if (line_value(l, "stall_ms"))
		twilio_stall(t, r->world.now_us, number(r, l, "stall_ms", 0) * 1000LL);
	if (line_value(l, "marks"))
		t->is_deaf = !is_yes(l, "marks");
	if (line_value(l, "talks"))
		r->world.talks = is_yes(l, "talks");
	if (line_value(l, "exact"))
		r->world.is_exact = is_yes(l, "exact");
	if (is_yes(l, "round_trip"))
		call_round_trip(&r->world.call, (uint32_t)(2 * t->net_us));
}

/* Runs until something comes, or until it is that time. */
static void run(struct replay *r, int64_t until_us)
{
	while (r->n_came == 0 && world_advance(&r->world, until_us))
		;
}

/* What comes by itself before this line has to be told of by lines before it. */
static bool run_to(struct replay *r, const struct line *l)
{
	char text[2 * TOKEN_MAX];
	if (l->has_time)
		run(r, l->at_us);
	if (r->n_came == 0)
		return true;
	came_print(&r->came[0], text, sizeof(text));
	fail(r, l, "before \"%s\" came\n  %s", l->text, text);
	return false;
}

static void take_came(struct replay *r)
{
	memmove(r->came, r->came + 1, --r->n_came * sizeof(r->came[0]));
}

static void on_expected(struct replay *r, const struct line *l)
{
	char text[2 * TOKEN_MAX], why[2 * TOKEN_MAX];
	if (l->has_time)
		run(r, l->at_us + 999);
	if (r->n_came == 0) {
		fail(r, l, "expected \"%s\", nothing came", l->text);
		return;
	}
	came_print(&r->came[0], text, sizeof(text));
	if (!came_is(&r->came[0], l, why, sizeof(why)))
		fail(r, l, "expected \"%s\", came\n  %s\n  (%s)", l->text, text, why);
	else if (l->has_time && r->came[0].at_us / 1000 != l->at_us / 1000)
		fail(r, l, "expected \"%s\", it came at another time:\n  %s", l->text, text);
	take_came(r);
}

static void step(struct replay *r, enum call_event_kind kind, struct line *l)
{
	struct str digit = view(l, "digit");
	int64_t expires_ms = number(r, l, "expires", 0);
	struct call_event ev = {
		.kind = kind,
		.response_id = view(l, "response"),
		.item_id = view(l, "item"),
		.call_id = view(l, "call"),
		.name = view(l, "name"),
		.role = view(l, "role"),
		.status = view(l, "status"),
		.reason = view(l, "reason"),
		.text = view(l, "text"),
		.at_us = expires_ms ? WORLD_START_US + expires_ms * 1000 : 0,
		.retry_after_ms = number(r, l, "retry_after", 0),
		.is_next = is_yes(l, "next"),
		.digit = digit.n ? digit.p[0] : '\0',
	};
	const char *why = line_value(l, "why");
	for (int w = CALL_WHY_NONE; why && w <= CALL_WHY_EXPIRED; w++)
		if (strcmp(why, call_why_name((enum call_why)w)) == 0)
			ev.why = (enum call_why)w;
	if (kind == CALL_EV_TOOL_CALL && ev.reason.n) { /* borrowed for the call */
		char *filler = r->fillers[r->n_fillers++ % 8];
		(void)str_copy(ev.reason, filler, sizeof(r->fillers[0]));
		ev.reason = str_of(filler);
	}
	world_event(&r->world, &ev);
}

static bool is_event(struct replay *r, struct line *l)
{
	for (int k = 0; k <= CALL_EV_DRAIN; k++) {
		if (strcmp(l->word, call_event_name((enum call_event_kind)k)) != 0)
			continue;
		step(r, (enum call_event_kind)k, l);
		return true;
	}
	return false;
}

static void swallow(struct replay *r, struct line *l, const char *word)
{
	if (r->n_came == 0 || strcmp(r->came[0].word, word) != 0)
		fail(r, l, "no %s, but %s", word, r->n_came ? r->came[0].word : "nothing");
	else
		take_came(r);
}

/* From START to a session that is live, in no time. */
static void on_begin(struct replay *r, struct line *l)
{
	step(r, CALL_EV_START, l);
	swallow(r, l, "MODEL_DIAL");
	step(r, CALL_EV_MODEL_OPEN, l);
	step(r, CALL_EV_SESSION_CREATED, l);
	swallow(r, l, "CONFIGURE");
	step(r, CALL_EV_SESSION_UPDATED, l);
	if (r->settings.is_resumed)
		swallow(r, l, "REPLAY");
	swallow(r, l, "GO_LIVE");
}

static void on_audio(struct replay *r, struct line *l)
{
	size_t n = line_value(l, "samples") ? number(r, l, "samples", 0) : number(r, l, "ms", 0) * SAMPLES_A_MS;
	if (!world_audio(&r->world, view(l, "response"), view(l, "item"), n))
		(void)came_new(r, "DROPPED");
}

/* A whole response at once: its sound comes faster than it is played. */
static void on_speak(struct replay *r, struct line *l)
{
	struct line role = *l;
	(void)snprintf(role.pairs[role.n_pairs].key, sizeof(role.pairs[0].key), "role");
	(void)snprintf(role.pairs[role.n_pairs++].value, sizeof(role.pairs[0].value), "assistant");
	step(r, CALL_EV_RESPONSE_CREATED, l);
	step(r, CALL_EV_ITEM_ADDED, &role);
	on_audio(r, l);
	if (line_value(l, "text")) {
		step(r, CALL_EV_MODEL_TEXT_DONE, l);
	}
	if (is_yes(l, "open"))
		return;
	step(r, CALL_EV_AUDIO_DONE, l);
	step(r, CALL_EV_RESPONSE_DONE, l);
}

static void on_media(struct replay *r, struct line *l)
{
	uint64_t ms = line_number(l, "ms", 20, r->error, sizeof(r->error));
	uint64_t at = line_number(l, "at", 0, r->error, sizeof(r->error));
	struct call_media m = world_media(&r->world, at, ms * SAMPLES_A_MS);
	if (m.is_repeat)
		(void)came_new(r, "REPEAT");
	if (m.gap_samples)
		came_put_ms(came_new(r, "GAP"), "ms", m.gap_samples / SAMPLES_A_MS);
}

/* How things stand, by the machine's own word. */
static void on_stands(struct replay *r, struct line *l)
{
	const struct call *c = &r->world.call;
	struct ledger_heard heard = ledger_heard(&c->ledger, r->world.now_us);
	struct came now = {.at_us = r->world.now_us, .word = "STANDS"};
	char text[2 * TOKEN_MAX], why[2 * TOKEN_MAX];
	int64_t due_us = call_deadline_us(c);
	came_put(&now, "leg", str_of(call_leg_name(call_leg(c))));
	came_put(&now, "item", heard.item_id.n ? heard.item_id : STR("none"));
	came_put_ms(&now, "heard", heard.heard_ms);
	came_put_ms(&now, "total", heard.total_ms);
	came_put_ms(&now, "lead", call_lead_ms(c, r->world.now_us));
	came_put_ms(&now, "waiting", r->world.waiting_samples / SAMPLES_A_MS);
	came_put(&now, "complete", heard.is_complete ? STR("yes") : STR("no"));
	came_put(&now, "ended", call_has_ended(c) ? STR("yes") : STR("no"));
	if (due_us == INT64_MAX)
		came_put(&now, "deadline", STR("none"));
	else
		came_put_ms(&now, "deadline", (uint64_t)(due_us - WORLD_START_US) / 1000);
	came_print(&now, text, sizeof(text));
	if (!came_is(&now, l, why, sizeof(why)))
		fail(r, l, "expected \"%s\", it is\n  %s\n  (%s)", l->text, text, why);
}

static bool is_order(struct replay *r, struct line *l)
{
	static const struct {
		const char *word;
		void (*run)(struct replay *r, struct line *l);
	} orders[] = {
		{"BEGIN", on_begin},
		{"AUDIO", on_audio},
		{"SPEAK", on_speak},
		{"MEDIA", on_media},
		{"STANDS", on_stands},
	};
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (strcmp(l->word, orders[i].word) == 0) {
			orders[i].run(r, l);
			return true;
		}
	return strcmp(l->word, "QUIET") == 0;
}

static bool is_preparation(struct replay *r, struct line *l)
{
	if (strcmp(l->word, "settings") == 0)
		on_settings(r, l);
	else if (strcmp(l->word, "caller") == 0)
		on_caller(r, l);
	else if (strcmp(l->word, "show_sends") == 0)
		r->shows_sends = true;
	else
		return false;
	return true;
}

static void check_used(struct replay *r, struct line *l)
{
	for (uint32_t i = 0; i < l->n_pairs; i++)
		if (!l->pairs[i].is_used && strcmp(l->word, "STANDS") != 0)
			fail(r, l, "%s= means nothing here", l->pairs[i].key);
}

void drive_line(struct replay *r, struct line *l)
{
	if (l->is_expected) {
		on_expected(r, l);
	} else if (!is_preparation(r, l)) {
		begin(r);
		if (!l->has_time)
			fail(r, l, "an event wants its time: t=...");
		if (!run_to(r, l))
			return;
		if (!is_order(r, l) && !is_event(r, l))
			fail(r, l, "%s is neither an event nor an order", l->word);
		check_used(r, l);
	} else {
		check_used(r, l);
	}
	if (r->world.fault[0])
		fail(r, l, "%s", r->world.fault);
}

void drive_end(struct replay *r, const struct line *last)
{
	struct line end = *last;
	end.has_time = false;
	(void)str_copy(STR("the end"), end.text, sizeof(end.text));
	(void)run_to(r, &end);
	if (!r->is_begun)
		fail(r, &end, "nothing is told here");
}
