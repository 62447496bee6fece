/* SPDX-License-Identifier: MIT */
/* Frames of a model's socket become messages, where they lie when they came whole. */
#include <errno.h>
#include <string.h>

#include "model_socket_state.h"

static void drop_message(struct model_socket *m, const char *why)
{
	bytes_drop(&m->shard->bytes, &m->message, m->message.n);
	m->events->dropped(m->owner, why);
}

static void protocol_error(struct model_socket *m)
{
	const uint8_t code[2] = {1002 >> 8, 1002 & 0xff};
	(void)io_control(m, WS_CLOSE, code, sizeof(code));
	socket_fail(m, "not the WebSocket protocol");
}

/* A part of a message in several frames. */
static void take_fragment(struct model_socket *m, const struct ws_head *head, const uint8_t *p)
{
	size_t n = (size_t)head->n;
	if (m->is_skipping) {
		m->is_skipping = !head->is_final;
		return;
	}
	unsigned char *to = m->message.n + n <= MODEL_MESSAGE_MAX ? bytes_room(&m->shard->bytes, &m->message, n + 1) : NULL;
	if (!to) {
		m->is_skipping = !head->is_final;
		drop_message(m, "over 1048576 bytes");
		return;
	}
	memcpy(to, p, n);
	m->message.n += n;
	if (!head->is_final)
		return;
	m->events->text(m->owner, (struct str){(const char *)m->message.p, m->message.n});
	bytes_drop(&m->shard->bytes, &m->message, m->message.n);
}

static void take_text(struct model_socket *m, const struct ws_head *head, const uint8_t *p)
{
	if (m->message.n) {
		protocol_error(m); /* the message before has not ended */
		return;
	}
	m->is_skipping = false;
	if (head->is_final)
		m->events->text(m->owner, (struct str){(const char *)p, (size_t)head->n});
	else
		take_fragment(m, head, p);
}

static void take_binary(struct model_socket *m, const struct ws_head *head)
{
	m->is_skipping = !head->is_final;
	m->events->dropped(m->owner, "in a binary frame");
}

static void take_close(struct model_socket *m, struct str payload)
{
	struct socket_end end = {.was_open = true};
	if (!ws_scan_close(payload, &end.close_code, &end.text)) {
		protocol_error(m);
		return;
	}
	(void)io_control(m, WS_CLOSE, payload.p, payload.n < 2 ? 0 : 2);
	socket_ended(m, &end);
}

static void take_frame(struct model_socket *m, const struct ws_head *head, const uint8_t *p)
{
	switch (head->opcode) {
	case WS_CONTINUATION:
		take_fragment(m, head, p);
		return;
	case WS_TEXT:
		take_text(m, head, p);
		return;
	case WS_BINARY:
		take_binary(m, head);
		return;
	case WS_CLOSE:
		take_close(m, (struct str){(const char *)p, (size_t)head->n});
		return;
	case WS_PING:
		(void)io_control(m, WS_PONG, p, (size_t)head->n);
		return;
	case WS_PONG:
		return;
	}
}

/* Nothing is kept of a frame over the cap, whatever length it announces. */
static void skip_frame(struct model_socket *m, const struct ws_head *head)
{
	m->skip_n = head->n;
	if (!m->is_skipping)
		drop_message(m, "over 1048576 bytes");
	m->is_skipping = !head->is_final;
}

size_t frames_take(struct model_socket *m, uint8_t *p, size_t n)
{
	size_t used = 0;
	while (used < n && m->state == SOCKET_OPEN) {
		struct ws_head head;
		if (m->skip_n) {
			size_t skip = m->skip_n < n - used ? (size_t)m->skip_n : n - used;
			m->skip_n -= skip;
			used += skip;
			continue;
		}
		int n_head = ws_scan_head(p + used, n - used, &head);
		if (n_head < 0) {
			protocol_error(m);
			return n;
		}
		bool is_over = n_head > 0 && head.n > MODEL_MESSAGE_MAX;
		if (n_head == 0 || (!is_over && head.n > n - used - (size_t)n_head))
			return used;
		used += (size_t)n_head;
		if (is_over) {
			skip_frame(m, &head);
			continue;
		}
		take_frame(m, &head, p + used);
		used += (size_t)head.n;
	}
	return m->state == SOCKET_OPEN ? used : n;
}
