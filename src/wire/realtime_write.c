/* SPDX-License-Identifier: MIT */
/* One client event each.  Source: openai-openapi 2.3.0, RealtimeClientEvent*. */
#include "realtime_dialect.h"
#include "ringdown/wire/base64.h"

void realtime_put_session_update(const struct realtime_dialect *d, struct buf *b, const struct realtime_session *s)
{
	buf_put(b, STR("{\"type\":\"session.update\",\"session\":"));
	d->put_session(b, s);
	buf_putc(b, '}');
}

void realtime_put_append(const struct realtime_dialect *d, struct buf *b, const uint8_t *audio, size_t n_bytes)
{
	(void)d;
	buf_put(b, STR("{\"type\":\"input_audio_buffer.append\",\"audio\":\""));
	char *to = buf_reserve(b, BASE64_ENCODED(n_bytes));
	if (to)
		buf_commit(b, base64_encode(audio, n_bytes, to));
	buf_put(b, STR("\"}"));
}

void realtime_put_response_create(const struct realtime_dialect *d, struct buf *b, struct str instructions)
{
	(void)d;
	if (instructions.n == 0) {
		buf_put(b, STR("{\"type\":\"response.create\"}"));
		return;
	}
	buf_put(b, STR("{\"type\":\"response.create\",\"response\":{\"instructions\":"));
	buf_put_json(b, instructions);
	buf_put(b, STR("}}"));
}

void realtime_put_response_cancel(const struct realtime_dialect *d, struct buf *b, struct str response_id)
{
	(void)d;
	buf_put(b, STR("{\"type\":\"response.cancel\""));
	if (response_id.n > 0) {
		buf_put(b, STR(",\"response_id\":"));
		buf_put_json(b, response_id);
	}
	buf_putc(b, '}');
}

void realtime_put_truncate(const struct realtime_dialect *d, struct buf *b, struct str item_id, uint32_t audio_end_ms)
{
	(void)d;
	buf_put(b, STR("{\"type\":\"conversation.item.truncate\",\"item_id\":"));
	buf_put_json(b, item_id);
	buf_put(b, STR(",\"content_index\":0,\"audio_end_ms\":"));
	buf_put_u64(b, audio_end_ms);
	buf_putc(b, '}');
}

void realtime_put_item_delete(const struct realtime_dialect *d, struct buf *b, struct str item_id)
{
	(void)d;
	buf_put(b, STR("{\"type\":\"conversation.item.delete\",\"item_id\":"));
	buf_put_json(b, item_id);
	buf_putc(b, '}');
}

static void put_item(const struct realtime_dialect *d, struct buf *b, struct str item_id, struct str role, struct str text)
{
	bool is_assistant = str_is(role, STR("assistant"));
	buf_put(b, STR("{\"type\":\"conversation.item.create\",\"item\":{"));
	if (item_id.n > 0) {
		buf_put(b, STR("\"id\":"));
		buf_put_json(b, item_id);
		buf_putc(b, ',');
	}
	buf_put(b, STR("\"type\":\"message\",\"role\":"));
	buf_put_json(b, role);
	buf_put(b, STR(",\"content\":[{\"type\":"));
	buf_put_json(b, is_assistant ? d->assistant_text : STR("input_text"));
	buf_put(b, STR(",\"text\":"));
	buf_put_json(b, text);
	buf_put(b, STR("}]}}"));
}

void realtime_put_message(const struct realtime_dialect *d, struct buf *b, struct str role, struct str text)
{
	put_item(d, b, STR(""), role, text);
}

void realtime_put_said(const struct realtime_dialect *d, struct buf *b, struct str item_id, struct str text)
{
	put_item(d, b, item_id, STR("assistant"), text);
}

void realtime_put_tool_call(const struct realtime_dialect *d, struct buf *b, struct str call_id, struct str name,
	struct str arguments)
{
	(void)d;
	buf_put(b, STR("{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"function_call\",\"call_id\":"));
	buf_put_json(b, call_id);
	buf_put(b, STR(",\"name\":"));
	buf_put_json(b, name);
	buf_put(b, STR(",\"arguments\":"));
	buf_put_json(b, arguments);
	buf_put(b, STR("}}"));
}

void realtime_put_tool_output(const struct realtime_dialect *d, struct buf *b, struct str call_id, struct str output)
{
	(void)d;
	buf_put(b, STR("{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"function_call_output\",\"call_id\":"));
	buf_put_json(b, call_id);
	buf_put(b, STR(",\"output\":"));
	buf_put_json(b, output);
	buf_put(b, STR("}}"));
}
