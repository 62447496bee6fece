/* SPDX-License-Identifier: MIT */
/* URLs: where a call goes, and what is signed on the way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "callsim.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/buf.h"
#include "ringdown/wire/signature.h"

enum { HTTP_PORT = 80, HTTPS_PORT = 443 };

static const struct {
	const char *scheme;
	bool is_tls;
} schemes[] = {{"ws://", false}, {"wss://", true}, {"http://", false}, {"https://", true}};

/* What is behind "scheme://"; empty: none of ours. */
static struct str behind_scheme(struct str url, bool *ret_is_tls)
{
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (str_starts(url, str_of(schemes[i].scheme))) {
			*ret_is_tls = schemes[i].is_tls;
			return str_skip(url, strlen(schemes[i].scheme));
		}
	return STR("");
}

int target_read(struct target *t, const char *url)
{
	struct str rest = behind_scheme(str_of(url), &t->is_tls), path = rest;
	struct str place = str_split(&path, '/');
	struct str host = str_split(&place, ':');
	uint64_t port = t->is_tls ? HTTPS_PORT : HTTP_PORT;
	if (host.n == 0 || (place.n > 0 && str_u64(place, UINT16_MAX, &port) < 0) || !str_copy(host, t->host, sizeof(t->host)))
		return -1;
	t->port = (int)port;
	int n = snprintf(t->path, sizeof(t->path), "/" STR_FMT, STR_ARG(path));
	return n > 0 && (size_t)n < sizeof(t->path) ? 0 : -1;
}

void target_path(const char *url, bool is_stream, char *ret_path, size_t size)
{
	bool is_tls;
	struct str rest = behind_scheme(str_of(url), &is_tls), path = str_of(url);
	if (rest.n > 0) {
		(void)str_split(&rest, '/');
		path = rest;
	} else {
		path = str_skip(path, str_starts(path, STR("/")));
	}
	if (is_stream)
		path = str_split(&path, '?');
	path = str_split(&path, '#');
	snprintf(ret_path, size, "/" STR_FMT, STR_ARG(path));
}

/* --public-url with a path is the very URL; without one it stands for the host that is dialled. */
static void url_of_options(const char *path, char *ret_url, size_t size)
{
	bool is_tls = false;
	const char *from = sim.public_url ? sim.public_url : sim.url ? sim.url : sim.webhook;
	struct str rest = behind_scheme(str_of(from), &is_tls);
	struct str host = str_split(&rest, '/');
	size_t n = (size_t)(host.p - from) + host.n;
	if (sim.public_url && rest.n > 0)
		snprintf(ret_url, size, "%s", from);
	else
		snprintf(ret_url, size, STR_FMT "%s", (int)n, from, path);
}

/* A stream's scheme is signed as wss, however it was written (Twilio docs/usage/security, read 2026-11-23), and without
 * the query that Twilio strips. */
static void put_signature(const char *url, const char *path, const struct form *form, struct buf *head)
{
	char whole[SIGNATURE_URL_MAX], wss[SIGNATURE_URL_MAX], sum[SIGNATURE_TEXT_MAX];
	bool is_tls;
	if (!sim.token[0])
		return;
	url_of_options(path, whole, sizeof(whole));
	if (!url || behind_scheme(str_of(url), &is_tls).n == 0)
		url = whole;
	if (!form) {
		struct str rest = behind_scheme(str_of(url), &is_tls);
		rest = str_split(&rest, '?');
		snprintf(wss, sizeof(wss), "wss://" STR_FMT, STR_ARG(rest));
		url = wss;
	}
	if (signature_make(str_of(sim.token), str_of(url), form, sum) == 0)
		buf_printf(head, "X-Twilio-Signature: %s\r\n", sum);
}

static struct buf begin_head(char *ret_head, size_t size, const char *agent)
{
	struct buf b;
	buf_init(&b, ret_head, size);
	buf_printf(&b, "User-Agent: %s\r\n", agent);
	return b;
}

void target_head_of_stream(const char *url, const char *path, char *ret_head, size_t size)
{
	struct buf b = begin_head(ret_head, size, "Twilio.TmeWs/1.0");
	put_signature(url, path, NULL, &b);
	buf_putc(&b, '\0');
}

void target_head_of_post(const char *url, const char *path, const struct form *form, char *ret_head, size_t size)
{
	uint8_t token[16];
	struct buf b = begin_head(ret_head, size, "TwilioProxy/1.1");
	put_signature(url, path, form, &b);
	buf_put(&b, STR("I-Twilio-Idempotency-Token: "));
	RAND_bytes(token, sizeof(token));
	for (size_t i = 0; i < sizeof(token); i++)
		buf_printf(&b, "%02x", token[i]);
	buf_put(&b, STR("\r\n"));
	buf_putc(&b, '\0');
}
