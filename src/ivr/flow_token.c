/* SPDX-License-Identifier: MIT */
#include "ringdown/ivr/flow_token.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/wire/base64.h"
#include "ringdown/wire/digest.h"

enum { MAC_BYTES = 16, CALL_HEX = 16, MAC_TEXT = BASE64URL_ENCODED(MAC_BYTES) };

static bool call_hash(struct str call_sid, char ret_hex[CALL_HEX + 1])
{
	char hex[DIGEST_HEX_MAX];
	if (digest_hex(call_sid, hex) < 0)
		return false;
	memcpy(ret_hex, hex, CALL_HEX);
	ret_hex[CALL_HEX] = '\0';
	return true;
}

/* The newest that fit: "12.3,7.1" */
static void put_visits(struct buf *b, const struct flow_state *s)
{
	bool is_first = true;
	for (int i = 0; i < FLOW_VISITS; i++) {
		if (s->visits[i].times == 0)
			continue;
		buf_printf(b, "%s%u.%u", is_first ? "" : ",", s->visits[i].node, s->visits[i].times);
		is_first = false;
	}
}

static void put_payload(struct buf *b, const struct flow_state *s, const char *call)
{
	buf_put(b, STR("{\"o\":"));
	buf_put_json(b, str_of(s->org));
	buf_printf(b, ",\"v\":%u,\"h\":%u,\"i\":%u,\"q\":%u,\"x\":%u,\"c\":\"%s\",\"e\":%lld,\"k\":", s->version, s->hops,
		s->invalid, s->no_input, s->index, call, (long long)s->expires_s);
	buf_put_json(b, str_of(s->key_id));
	buf_put(b, STR(",\"p\":"));
	buf_put_json(b, str_of(s->phase));
	buf_put(b, STR(",\"n\":\""));
	put_visits(b, s);
	buf_put(b, STR("\"}"));
}

/* Flow and node stand in the URL's path: sealed as well, or a token would be good for every node. */
static int mac_of(struct str key, const struct flow_place *at, struct str payload, uint8_t mac[DIGEST_BYTES])
{
	char text[FLOW_PAYLOAD_MAX + 512];
	struct buf b;
	buf_init(&b, text, sizeof(text));
	buf_put(&b, STR("ivr1\n"));
	buf_put(&b, at->flow);
	buf_putc(&b, '\n');
	buf_put(&b, at->node);
	buf_putc(&b, '\n');
	buf_put(&b, payload);
	return buf_ok(&b) ? digest_hmac(key, buf_str(&b), mac) : -E2BIG;
}

int flow_token_make(struct str key, const struct flow_place *at, const struct flow_state *s, char ret_text[FLOW_TOKEN_MAX])
{
	char payload[FLOW_PAYLOAD_MAX], call[CALL_HEX + 1];
	uint8_t mac[DIGEST_BYTES];
	struct buf b;
	buf_init(&b, payload, sizeof(payload));
	if (!call_hash(at->call_sid, call))
		return -ENOMEM;
	put_payload(&b, s, call);
	if (!buf_ok(&b))
		return -E2BIG;
	int err = mac_of(key, at, buf_str(&b), mac);
	if (err < 0)
		return err;
	size_t n = base64url_encode((const uint8_t *)payload, b.n, ret_text);
	ret_text[n++] = '.';
	n += base64url_encode(mac, MAC_BYTES, ret_text + n);
	ret_text[n] = '\0';
	return 0;
}

/* Both halves of a token, decoded. */
static int split(struct str token, char payload[FLOW_PAYLOAD_MAX + 3], size_t *ret_n, uint8_t mac[MAC_BYTES + 3])
{
	struct str rest = token, head = str_split(&rest, '.');
	if (head.n == 0 || BASE64URL_DECODED(head.n) > FLOW_PAYLOAD_MAX || rest.n != MAC_TEXT)
		return -EBADMSG;
	ssize_t n = base64url_decode(head.p, head.n, (uint8_t *)payload);
	if (n <= 0 || base64url_decode(rest.p, rest.n, mac) != MAC_BYTES)
		return -EBADMSG;
	*ret_n = (size_t)n;
	return 0;
}

static bool take_text(const json_t *o, const char *name, char *ret, size_t size)
{
	const json_t *v = json_object_get(o, name);
	return json_is_string(v) && str_copy((struct str){json_string_value(v), json_string_length(v)}, ret, size);
}

static bool take_number(const json_t *o, const char *name, uint32_t *ret)
{
	json_int_t n = json_integer_value(json_object_get(o, name));
	*ret = (uint32_t)n;
	return json_is_integer(json_object_get(o, name)) && n >= 0 && n <= UINT32_MAX;
}

static bool take_visits(struct str text, struct flow_visit visits[FLOW_VISITS])
{
	uint64_t node, times;
	for (int i = 0; text.n > 0; i++) {
		struct str rest = str_split(&text, ','), first = str_split(&rest, '.');
		if (i == FLOW_VISITS || str_u64(first, UINT32_MAX, &node) < 0 || str_u64(rest, UINT32_MAX, &times) < 0)
			return false;
		visits[i] = (struct flow_visit){(uint32_t)node, (uint32_t)times};
	}
	return true;
}

static int read_payload(struct str payload, struct flow_state *s, char call[CALL_HEX + 1])
{
	char visits[200];
	AUTO(json_decrefp) json_t *o = json_loadb(payload.p, payload.n, JSON_REJECT_DUPLICATES, NULL);
	bool is_good = take_text(o, "o", s->org, sizeof(s->org)) && take_text(o, "k", s->key_id, sizeof(s->key_id)) &&
		take_text(o, "p", s->phase, sizeof(s->phase)) && take_text(o, "c", call, CALL_HEX + 1) &&
		take_text(o, "n", visits, sizeof(visits)) && take_number(o, "v", &s->version) &&
		take_number(o, "h", &s->hops) && take_number(o, "i", &s->invalid) && take_number(o, "q", &s->no_input) &&
		take_number(o, "x", &s->index) && json_is_integer(json_object_get(o, "e"));
	s->expires_s = json_integer_value(json_object_get(o, "e"));
	return is_good && take_visits(str_of(visits), s->visits) ? 0 : -EBADMSG;
}

int flow_token_key_id(struct str token, char ret_key_id[16])
{
	char payload[FLOW_PAYLOAD_MAX + 3], call[CALL_HEX + 1];
	uint8_t mac[MAC_BYTES + 3];
	struct flow_state s = {0};
	size_t n;
	if (split(token, payload, &n, mac) < 0 || read_payload((struct str){payload, n}, &s, call) < 0)
		return -EBADMSG;
	memcpy(ret_key_id, s.key_id, sizeof(s.key_id));
	return 0;
}

int flow_token_check(struct str key, struct str token, const struct flow_place *at, int64_t now_s,
	struct flow_state *ret_state)
{
	char payload[FLOW_PAYLOAD_MAX + 3], call[CALL_HEX + 1], wanted[CALL_HEX + 1];
	uint8_t given[MAC_BYTES + 3], mac[DIGEST_BYTES];
	struct flow_state s = {0};
	size_t n;
	if (split(token, payload, &n, given) < 0)
		return -EBADMSG;
	if (mac_of(key, at, (struct str){payload, n}, mac) < 0 ||
		!digest_equal((struct str){(char *)mac, MAC_BYTES}, (struct str){(char *)given, MAC_BYTES}))
		return -EACCES;
	if (read_payload((struct str){payload, n}, &s, call) < 0)
		return -EBADMSG;
	if (!call_hash(at->call_sid, wanted) || strcmp(wanted, call) != 0)
		return -EPERM;
	*ret_state = s;
	return s.expires_s < now_s ? -ETIMEDOUT : 0;
}
