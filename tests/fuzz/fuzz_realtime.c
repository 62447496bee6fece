/* fuzz: links wire */
/* SPDX-License-Identifier: MIT */
/* Whatever the model's socket says, in both dialects: the hot scan agrees with jansson, and every
 * view lies where it may be read. */
#include <stdlib.h>

#include "../unit/wire/same_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool claim)
{
	if (!claim)
		abort();
}

static size_t touch(struct str s)
{
	size_t sum = 0;
	for (size_t i = 0; i < s.n; i++)
		sum += (unsigned char)s.p[i];
	return sum;
}

static void check(const struct realtime_event *ev)
{
	const struct str views[] = {ev->type, ev->response_id, ev->item_id, ev->call_id, ev->name,
		ev->role, ev->text, ev->audio, ev->code, ev->error_type, ev->param,
		ev->client_event_id, ev->status, ev->reason};
	volatile size_t sum = 0;
	for (size_t i = 0; i < ARRAY_LEN(views); i++)
		sum += touch(views[i]);
	(void)sum;
	require(ev->type.n > 0 && ev->kind <= REALTIME_OTHER);
	require(ev->kind == REALTIME_AUDIO_DELTA || ev->audio.n == 0 || ev->kind == REALTIME_OTHER);
}

static void parse(struct str name, struct str message)
{
	const struct realtime_dialect *d = realtime_dialect_find(name);
	struct realtime_event ev;
	require(d && same_realtime(d, message));
	if (realtime_parse(d, message, &ev) < 0) {
		require(!ev.doc);
		return;
	}
	check(&ev);
	realtime_event_done(&ev);
}

/* The input's lines as the members of a delta: whatever they are, they are not read in two ways. */
static void scan_members(struct str lines)
{
	size_t cap = 2 * lines.n + 256;
	AUTO(auto_free) char *mem = malloc(cap);
	struct buf b;
	buf_init(&b, mem, mem ? cap : 0);
	buf_put(&b, STR("{\"type\":\"response.output_audio.delta\""));
	while (lines.n) {
		buf_putc(&b, ',');
		buf_put(&b, str_split(&lines, '\n'));
	}
	buf_put(&b, STR("}"));
	require(!mem ||
		(buf_ok(&b) && same_realtime(realtime_dialect_find(STR("ga")), buf_str(&b))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str message = {(const char *)data, size};
	parse(STR("ga"), message);
	parse(STR("beta"), message);
	scan_members(message);
	return 0;
}
