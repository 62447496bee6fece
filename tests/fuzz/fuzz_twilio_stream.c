/* fuzz: links wire */
/* SPDX-License-Identifier: MIT */
/* Whatever a caller's socket says: the hot scan agrees with jansson, every view lies where it may
 * be read, every number within its range. */
#include <stdlib.h>
#include <string.h>

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

static void check(const struct twilio_event *ev)
{
	volatile size_t sum = touch(ev->stream_sid) + touch(ev->payload) + touch(ev->mark) +
			      touch(ev->account_sid) + touch(ev->call_sid) + touch(ev->encoding);
	require(ev->n_parameters <= TWILIO_PARAMETERS_MAX);
	for (uint32_t i = 0; i < ev->n_parameters; i++)
		sum += touch(ev->parameters[i].name) + touch(ev->parameters[i].value);
	(void)sum;
	require(ev->sequence <= INT64_MAX && ev->chunk <= INT64_MAX &&
		ev->timestamp_ms <= INT64_MAX);
	require(ev->mark.n <= TWILIO_MARK_NAME_MAX);
	require((ev->kind == TWILIO_MARK) == (ev->mark.n > 0));
	require((ev->kind == TWILIO_DTMF) == (ev->digit != '\0'));
	require(!ev->digit || strchr("0123456789*#ABCD", ev->digit));
}

/* The input's lines as the values of a message in the usual order, which the hot scan is made for:
 * what a value holds may break out of it, but not be read in two ways. */
static void scan_usual(struct str lines)
{
	static const char *const parts[] = {"{\"event\":\"media\",\"sequenceNumber\":\"",
		"\",\"media\":{\"track\":\"", "\",\"chunk\":\"", "\",\"timestamp\":\"",
		"\",\"payload\":\"", "\"},\"streamSid\":\""};
	size_t cap = lines.n + 256;
	AUTO(auto_free) char *mem = malloc(cap);
	struct buf b;
	buf_init(&b, mem, mem ? cap : 0);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		buf_put(&b, str_of(parts[i]));
		buf_put(&b, str_split(&lines, '\n'));
	}
	buf_put(&b, STR("\"}"));
	require(!mem || (buf_ok(&b) && same_twilio(buf_str(&b))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str message = {(const char *)data, size};
	struct twilio_event ev;
	require(same_twilio(message));
	scan_usual(message);
	if (twilio_parse(message, &ev) < 0) {
		require(!ev.doc);
		return 0;
	}
	check(&ev);
	twilio_event_done(&ev);
	return 0;
}
