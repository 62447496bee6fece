/* SPDX-License-Identifier: MIT */
/* A caller's media stream: who may open one, and what its messages mean. */
#include <errno.h>
#include <string.h>

#include "conn.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"
#include "ringdown/plane/plane.h"
#include "session.h"

enum { PATH_MAX_BYTES = 512, SIGNATURE_HEADER_MAX = 128 };

static int refuse(struct conn *c, int status, const char *why)
{
	log_warning("conn=%llu stream refused status=%d: %s", (unsigned long long)c->id, status, why);
	metric_add(METRIC_CALLS_REFUSED, 1);
	lws_return_http_status(c->wsi, (unsigned)status, NULL);
	return -1;
}

static const char *refusal_words(int status)
{
	static const struct {
		int status;
		const char *words;
	} table[] = {
		{400, "the path of a media stream takes no query"},
		{403, "X-Twilio-Signature is missing or wrong"},
		{404, "no media stream lives at this path"},
		{503, "this node is draining"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].status == status)
			return table[i].words;
	return "refused";
}

static struct str header(struct lws *wsi, const char *name, char *dst, int size)
{
	int n = lws_hdr_custom_length(wsi, name, (int)strlen(name));
	if (n <= 0 || n >= size || lws_hdr_custom_copy(wsi, dst, size, name, (int)strlen(name)) < 0)
		return STR("");
	return (struct str){dst, (size_t)n};
}

/* lws takes any (LWS.md L-24), and would speak to an older one in the frames of this one. */
static bool is_version_known(struct lws *wsi)
{
	char version[8];
	int n = lws_hdr_copy(wsi, version, sizeof(version), WSI_TOKEN_VERSION);
	return n > 0 && str_is((struct str){version, (size_t)n}, STR("13"));
}

int stream_on_upgrade(struct conn *c)
{
	char path[PATH_MAX_BYTES], signature[SIGNATURE_HEADER_MAX];
	struct str org, assistant;
	struct link_shared *shared = c->shard->shared;
	int n = lws_hdr_copy(c->wsi, path, sizeof(path), WSI_TOKEN_GET_URI);
	if (n <= 0)
		return refuse(c, 400, "no path");
	if (c->arrival.is_admin)
		return refuse(c, 404, refusal_words(404));
	if (!is_version_known(c->wsi))
		return refuse(c, 426, "Sec-WebSocket-Version is not 13");
	if (lws_hdr_total_length(c->wsi, WSI_TOKEN_HTTP_URI_ARGS) > 0)
		return refuse(c, 400, refusal_words(400));
	struct str sig = header(c->wsi, "x-twilio-signature:", signature, sizeof(signature));
	int status = plane_check_upgrade(shared->settings->plane, (struct str){path, (size_t)n}, sig, &org, &assistant);
	if (status != 101)
		return refuse(c, status, refusal_words(status));
	if (atomic_load_explicit(&shared->calls, memory_order_relaxed) >= shared->settings->max_calls)
		return refuse(c, 503, "max_calls are live");
	if (!str_copy(org, c->org, sizeof(c->org)) || !str_copy(assistant, c->assistant, sizeof(c->assistant)))
		return refuse(c, 404, refusal_words(404));
	return 0;
}

int stream_on_established(struct conn *c)
{
	c->kind = CONN_STREAM;
	leg_init(&c->leg, SESSION_CALLER_SOUND_MAX, SESSION_CALLER_CONTROL_MAX);
	leg_open_lws(&c->leg, c->wsi);
	c->heard_us = clock_now_us();
	c->deadline_us = c->heard_us + CONN_START_TIMEOUT_MS * 1000LL;
	return 0;
}

static void on_bad(struct conn *c, enum caller_fault fault)
{
	char tag[CONN_TAG_MAX];
	caller_fault(c, fault);
	if (++c->bad_in_a_row < CONN_BAD_IN_A_ROW_MAX)
		return;
	log_warning("%s caller: %d bad messages in a row, closing 1007", conn_tag(c, tag), CONN_BAD_IN_A_ROW_MAX);
	leg_close(&c->leg, LWS_CLOSE_STATUS_INVALID_PAYLOAD, "too many messages that are not Twilio's");
	if (c->session)
		session_step(c->session,
			&(struct call_event){.kind = CALL_EV_CALLER_GONE, .why = CALL_WHY_PROTOCOL});
}

static void on_start(struct conn *c, const struct twilio_event *ev)
{
	if (c->session) {
		on_bad(c, CALLER_FAULT_SECOND_START);
		return;
	}
	int err = session_start(c, ev);
	if (err == 0) {
		c->deadline_us = INT64_MAX;
		return;
	}
	metric_add(METRIC_CALLS_REFUSED, 1);
	log_warning("conn=%llu start refused: %s", (unsigned long long)c->id, strerror(-err));
	bool is_ours = err == -EBUSY || err == -ENOMEM || err == -EAGAIN;
	leg_close(&c->leg, is_ours ? 1013 : LWS_CLOSE_STATUS_POLICY_VIOLATION,
		err == -EPROTO ? "mediaFormat must be audio/x-mulaw, 8000 Hz, 1 channel" : "start refused");
}

/* Of this stream, and after its start? */
static bool is_ours(struct conn *c, const struct twilio_event *ev)
{
	if (c->session && (ev->stream_sid.n == 0 || str_is(ev->stream_sid, str_of(c->session->stream_sid))))
		return true;
	caller_fault(c, c->session ? CALLER_FAULT_OTHER_STREAM : CALLER_FAULT_EARLY);
	return false;
}

static void on_event(struct conn *c, const struct twilio_event *ev)
{
	if (ev->kind == TWILIO_START) {
		on_start(c, ev);
		return;
	}
	if (ev->kind == TWILIO_UNKNOWN)
		caller_fault(c, CALLER_FAULT_UNKNOWN);
	if (ev->kind == TWILIO_CONNECTED || ev->kind == TWILIO_UNKNOWN || !is_ours(c, ev))
		return;
	if (ev->kind == TWILIO_MEDIA)
		session_caller_sound(c->session, ev);
	else
		session_on_stream(c->session, ev);
}

static void on_message(struct conn *c, struct str message)
{
	struct twilio_event ev;
	if (twilio_scan_media(message, &ev) == 0) {
		c->bad_in_a_row = 0;
		if (is_ours(c, &ev))
			session_caller_sound(c->session, &ev);
		return;
	}
	if (twilio_parse(message, &ev) < 0) {
		on_bad(c, CALLER_FAULT_MALFORMED);
		return;
	}
	c->bad_in_a_row = 0;
	on_event(c, &ev);
	twilio_event_done(&ev);
}

static int append(struct conn *c, const void *in, size_t n)
{
	unsigned char *to = c->part.n + n <= CALLER_MESSAGE_MAX ? bytes_room(&c->shard->bytes, &c->part, n) : NULL;
	if (!to)
		return -EMSGSIZE;
	memcpy(to, in, n);
	c->part.n += n;
	return 0;
}

/* lws hands messages over in any pieces (LWS.md L-12).  1 and *ret_message complete; 0: more to come; -EMSGSIZE: over
 * the cap, the message is thrown away (told once a message). */
static int collect(struct conn *c, const void *in, size_t n, struct str *ret_message)
{
	bool is_first = lws_is_first_fragment(c->wsi);
	bool is_final = lws_is_final_fragment(c->wsi);
	if (is_first) {
		c->is_skipping = false;
		bytes_drop(&c->shard->bytes, &c->part, c->part.n);
	}
	if (is_first && is_final && n <= CALLER_MESSAGE_MAX) { /* the common case: whole, used where it lies */
		*ret_message = (struct str){in, n};
		return 1;
	}
	if (c->is_skipping)
		return 0;
	if (n > 0 && append(c, in, n) < 0) {
		c->is_skipping = true;
		return -EMSGSIZE;
	}
	if (!is_final)
		return 0;
	*ret_message = (struct str){(const char *)c->part.p, c->part.n};
	return 1;
}

int stream_on_receive(struct conn *c, const void *in, size_t n)
{
	struct str message;
	char tag[CONN_TAG_MAX];
	if (c->leg.is_closing)
		return 0;
	if (lws_frame_is_binary(c->wsi)) {
		log_warning("%s caller: a binary frame, closing 1003", conn_tag(c, tag));
		leg_close(&c->leg, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "text only");
		return 0;
	}
	int err = collect(c, in, n, &message);
	if (err == -EMSGSIZE) {
		log_warning("%s caller: a message over %d bytes, closing 1009", conn_tag(c, tag), CALLER_MESSAGE_MAX);
		leg_close(&c->leg, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "message too large");
	}
	if (err > 0)
		on_message(c, message);
	if (err != 0)
		bytes_drop(&c->shard->bytes, &c->part, c->part.n);
	return 0;
}

void stream_on_closed(struct conn *c)
{
	if (!c->session)
		return;
	struct session *s = c->session;
	s->totals.ignored = c->n_ignored;
	c->session = NULL;
	s->conn = NULL;
	c->leg.via = NULL;
	c->leg.wsi = NULL;
	s->shard->now_us = clock_now_us();
	session_free(s);
}
