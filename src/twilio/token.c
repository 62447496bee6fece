/* SPDX-License-Identifier: MIT */
/* Signed here and not by libjwt: that sorts the claims, and what is promised is Twilio's own bytes. */
#include "ringdown/twilio/token.h"

#include <errno.h>

#include "ringdown/base/auto.h"
#include "ringdown/wire/jws.h"

bool twilio_identity_ok(struct str identity)
{
	for (size_t i = 0; i < identity.n; i++) {
		char c = identity.p[i];
		bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
		if (!is_word)
			return false;
	}
	return identity.n > 0 && identity.n <= TWILIO_IDENTITY_MAX;
}

static void put_member(struct buf *b, const char *head, struct str value)
{
	buf_put(b, str_of(head));
	buf_put_json(b, value);
}

static void put_header(struct buf *b, const struct twilio_token *t)
{
	buf_put(b, STR("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"cty\":\"twilio-fpa;v=1\""));
	if (t->region.n > 0)
		put_member(b, ",\"twr\":", t->region);
	buf_putc(b, '}');
}

static void put_voice(struct buf *b, const struct twilio_token *t)
{
	const char *comma = "";
	buf_put(b, STR(",\"voice\":{"));
	if (t->may_receive) {
		buf_put(b, STR("\"incoming\":{\"allow\":true}"));
		comma = ",";
	}
	if (t->application_sid.n > 0) {
		buf_put(b, str_of(comma));
		put_member(b, "\"outgoing\":{\"application_sid\":", t->application_sid);
		buf_putc(b, '}');
		comma = ",";
	}
	if (t->push_credential_sid.n > 0) {
		buf_put(b, str_of(comma));
		put_member(b, "\"push_credential_sid\":", t->push_credential_sid);
	}
	buf_putc(b, '}');
}

static void put_payload(struct buf *b, const struct twilio_token *t)
{
	buf_put(b, STR("{\"jti\":\""));
	buf_put(b, t->key_sid);
	buf_putc(b, '-');
	buf_put_i64(b, t->now_s);
	put_member(b, "\",\"grants\":{\"identity\":", t->identity);
	put_voice(b, t);
	buf_put(b, STR("},\"iat\":"));
	buf_put_i64(b, t->now_s);
	buf_put(b, STR(",\"exp\":"));
	buf_put_i64(b, t->now_s + t->ttl_s);
	put_member(b, ",\"iss\":", t->key_sid);
	put_member(b, ",\"sub\":", t->account_sid);
	buf_putc(b, '}');
}

int twilio_token_make(const struct twilio_token *t, char *ret_text, size_t size)
{
	char header[256], payload[2048];
	struct buf h, p;
	if (!twilio_identity_ok(t->identity) || t->ttl_s < 1 || t->ttl_s > TWILIO_TOKEN_TTL_MAX_S)
		return -EINVAL;
	buf_init(&h, header, sizeof(header));
	buf_init(&p, payload, sizeof(payload));
	put_header(&h, t);
	put_payload(&p, t);
	if (!buf_ok(&h) || !buf_ok(&p))
		return -E2BIG;
	return jws_hs256(t->key_secret, buf_str(&h), buf_str(&p), ret_text, size);
}
