/* SPDX-License-Identifier: MIT */
/* wire_dump - writes every message wire can write, each with several sets of arguments, one a line:
 * {"schema":"ga","message":{...}} with "ga", "beta" or "twilio".  tests/e2e/schemas.test.mjs holds
 * each against the schema of its kind. */
#include <stdio.h>
#include <stdlib.h>

#include "ringdown/base/auto.h"
#include "ringdown/wire/realtime.h"
#include "ringdown/wire/twilio_stream.h"

enum { LINE_MAX_BYTES = 1 << 18, SOUND_BYTES = 48000 };

static char line[LINE_MAX_BYTES];
static uint8_t sound[SOUND_BYTES];

static const char *const texts[] = {
	"x",
	"Hello, how can I help?",
	"\"},{\\\"\n\t\x01",
	"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 \xff\xed\xa0\x80",
};
static const size_t sizes[] = {0, 1, 2, 160, 960, SOUND_BYTES};

static void begin(struct buf *b, const char *schema)
{
	buf_init(b, line, sizeof(line));
	buf_printf(b, "{\"schema\":\"%s\",\"message\":", schema);
}

static void end(struct buf *b)
{
	buf_put(b, STR("}\n"));
	struct str s = buf_str(b);
	if (!buf_ok(b) || fwrite(s.p, 1, s.n, stdout) != s.n)
		exit(1);
}

static void dump_twilio(void)
{
	struct str sid = STR("MZ0123456789abcdef0123456789abcdef");
	struct buf b;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		begin(&b, "twilio");
		twilio_put_media(&b, sid, sound, sizes[i]);
		end(&b);
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		begin(&b, "twilio");
		twilio_put_mark(&b, sid, str_of(texts[i]));
		end(&b);
	}
	begin(&b, "twilio");
	twilio_put_clear(&b, sid);
	end(&b);
}

#define TOOL(parameters)                                                                           \
	"{\"type\":\"function\",\"name\":\"look_up\",\"description\":\"Finds "                     \
	"it.\",\"parameters\":" parameters "}"

static void dump_sessions(const struct realtime_dialect *d)
{
	static const char *const detections[] = {
		"",
		"null",
		"{\"type\":\"server_vad\",\"threshold\":0.5,\"silence_duration_ms\":500}",
		"{\"type\":\"semantic_vad\",\"eagerness\":\"auto\",\"create_response\":true}",
	};
	static const char *const reductions[] = {"", "null", "{\"type\":\"near_field\"}"};
	static const char *const tools[] = {
		"", "[]", "[" TOOL("{\"type\":\"object\",\"properties\":{}}") "]"};
	struct buf b;
	for (size_t i = 0; i < 2 * 2 * 4 * 3 * 3; i++) {
		struct realtime_session s = {
			.is_minimal = i % 2 == 1,
			.audio = i / 2 % 2 ? REALTIME_PCMU : REALTIME_PCM24K,
			.turn_detection = str_of(detections[i / 4 % 4]),
			.noise_reduction = str_of(reductions[i / 16 % 3]),
			.tools = str_of(tools[i / 48]),
			.model = STR("gpt-realtime-2.1"),
		};
		if (i / 4 % 3) {
			s.instructions = str_of(texts[i / 4 % ARRAY_LEN(texts)]);
			s.voice = STR("marin");
			s.transcription_model = STR("gpt-4o-mini-transcribe");
		}
		begin(&b, realtime_dialect_name(d));
		realtime_put_session_update(d, &b, &s);
		end(&b);
	}
}

static void dump_responses(const struct realtime_dialect *d)
{
	static const char *const ids[] = {"", "resp_0123456789"};
	const char *name = realtime_dialect_name(d);
	struct buf b;
	begin(&b, name);
	realtime_put_response_create(d, &b, STR(""));
	end(&b);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		begin(&b, name);
		realtime_put_response_create(d, &b, str_of(texts[i]));
		end(&b);
	}
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		begin(&b, name);
		realtime_put_response_cancel(d, &b, str_of(ids[i]));
		end(&b);
	}
}

static void dump_sound(const struct realtime_dialect *d)
{
	static const uint32_t times_ms[] = {0, 1840, UINT32_MAX};
	const char *name = realtime_dialect_name(d);
	struct buf b;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		begin(&b, name);
		realtime_put_append(d, &b, sound, sizes[i]);
		end(&b);
	}
	for (size_t i = 0; i < ARRAY_LEN(times_ms); i++) {
		begin(&b, name);
		realtime_put_truncate(d, &b, STR("item_0123456789"), times_ms[i]);
		end(&b);
	}
	begin(&b, name);
	realtime_put_item_delete(d, &b, STR("item_0123456789"));
	end(&b);
}

static void dump_items(const struct realtime_dialect *d)
{
	static const char *const roles[] = {"user", "assistant", "system"};
	const char *name = realtime_dialect_name(d);
	struct buf b;
	for (size_t i = 0; i < ARRAY_LEN(roles) * ARRAY_LEN(texts); i++) {
		begin(&b, name);
		realtime_put_message(d, &b, str_of(roles[i % ARRAY_LEN(roles)]),
			str_of(texts[i / ARRAY_LEN(roles)]));
		end(&b);
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		begin(&b, name);
		realtime_put_tool_call(d, &b, STR("call_1"), STR("look_up"), str_of(texts[i]));
		end(&b);
		begin(&b, name);
		realtime_put_tool_output(d, &b, STR("call_1"), str_of(texts[i]));
		end(&b);
	}
}

int main(void)
{
	static const char *const dialects[] = {"ga", "beta"};
	for (size_t i = 0; i < sizeof(sound); i++)
		sound[i] = (uint8_t)(i * 7 + i / 256);
	dump_twilio();
	for (size_t i = 0; i < ARRAY_LEN(dialects); i++) {
		const struct realtime_dialect *d = realtime_dialect_find(str_of(dialects[i]));
		if (!d)
			return 1;
		dump_sessions(d);
		dump_responses(d);
		dump_sound(d);
		dump_items(d);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
