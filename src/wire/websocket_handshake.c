/* SPDX-License-Identifier: MIT */
/* The opening handshake of RFC 6455, section 4. */
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "ringdown/base/auto.h"
#include "ringdown/wire/base64.h"
#include "ringdown/wire/websocket.h"

enum { SHA1_BYTES = 20, STATUS_MIN = 100, STATUS_MAX = 599 };

void ws_key(const uint8_t random[WS_KEY_BYTES], char ret_key[WS_KEY_TEXT])
{
	ret_key[base64_encode(random, WS_KEY_BYTES, ret_key)] = '\0';
}

void ws_accept(const char *key, char ret_accept[WS_ACCEPT_TEXT])
{
	static const struct str salt = {"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36}; /* section 1.3 */
	char text[WS_KEY_TEXT + 36];
	uint8_t sum[SHA1_BYTES];
	struct buf b;
	buf_init(&b, text, sizeof(text));
	buf_put(&b, str_of(key));
	buf_put(&b, salt);
	ret_accept[0] = '\0';
	if (buf_ok(&b) && EVP_Digest(text, b.n, sum, NULL, EVP_sha1(), NULL) == 1)
		ret_accept[base64_encode(sum, sizeof(sum), ret_accept)] = '\0';
}

void ws_put_request(struct buf *b, struct str host, struct str path, const char *key, struct str headers)
{
	const struct str parts[] = {
		STR("GET "), path, STR(" HTTP/1.1\r\nHost: "), host,
		STR("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "),
		str_of(key), STR("\r\n"), headers, STR("\r\n"),
	};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		buf_put(b, parts[i]);
}

static bool is_name(struct str a, struct str b)
{
	return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

/* "keep-alive, Upgrade" holds "upgrade". */
static bool has_token(struct str list, struct str token)
{
	while (list.n > 0)
		if (is_name(str_trim(str_split(&list, ',')), token))
			return true;
	return false;
}

static void take_header(struct ws_response *r, struct str name, struct str value, unsigned *seen)
{
	if (is_name(name, STR("upgrade")))
		*seen |= is_name(value, STR("websocket")) ? 1 : 0;
	else if (is_name(name, STR("connection")))
		*seen |= has_token(value, STR("upgrade")) ? 2 : 0;
	else if (is_name(name, STR("sec-websocket-accept")))
		r->accept = value;
	else if (is_name(name, STR("retry-after")))
		r->retry_after = value;
	else if (is_name(name, STR("sec-websocket-extensions")) || is_name(name, STR("sec-websocket-protocol")))
		r->has_extras |= value.n > 0;
}

/* One line without its CRLF; false: it has not come yet. */
static bool take_line(struct str *text, struct str *ret_line)
{
	const char *lf = text->n ? memchr(text->p, '\n', text->n) : NULL;
	if (!lf)
		return false;
	size_t n = (size_t)(lf - text->p);
	*ret_line = (struct str){text->p, n > 0 && text->p[n - 1] == '\r' ? n - 1 : n};
	*text = str_skip(*text, n + 1);
	return true;
}

static int scan_status(struct str line)
{
	uint64_t status;
	struct str version = str_split(&line, ' ');
	if (!str_is(version, STR("HTTP/1.1")))
		return -EBADMSG;
	if (str_u64(str_split(&line, ' '), STATUS_MAX, &status) < 0 || status < STATUS_MIN)
		return -EBADMSG;
	return (int)status;
}

int ws_scan_response(struct str text, struct ws_response *ret_response)
{
	struct ws_response r = {0};
	struct str rest = text, line;
	unsigned seen = 0;
	if (!take_line(&rest, &line))
		return 0;
	r.status = scan_status(line);
	if (r.status < 0)
		return -EBADMSG;
	while (take_line(&rest, &line)) {
		if (line.n == 0) {
			r.is_upgrade = seen == 3;
			*ret_response = r;
			return (int)(text.n - rest.n);
		}
		struct str name = str_split(&line, ':');
		take_header(&r, name, str_trim(line), &seen);
	}
	return 0;
}

bool ws_is_accepted(const struct ws_response *r, const char *key)
{
	char accept[WS_ACCEPT_TEXT];
	ws_accept(key, accept);
	return r->status == 101 && r->is_upgrade && !r->has_extras && accept[0] && str_is(r->accept, str_of(accept));
}
