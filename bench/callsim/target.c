/* SPDX-License-Identifier: MIT */
/* URLs: where a call goes, and what is signed on the way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callsim.h"
#include "ringdown/base/auto.h"
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

/* --public-url with a path is the very URL; without one it stands for the host that is dialled. */
static void signed_url(const char *scheme, const char *path, char *ret_url, size_t size)
{
	bool is_tls = false;
	const char *from = sim.public_url ? sim.public_url : sim.url ? sim.url : sim.webhook;
	struct str place = behind_scheme(str_of(from), &is_tls), rest = place;
	struct str host = str_split(&rest, '/');
	if (sim.public_url && rest.n > 0)
		snprintf(ret_url, size, "%s" STR_FMT, scheme, STR_ARG(place));
	else
		snprintf(ret_url, size, "%s" STR_FMT "%s", scheme, STR_ARG(host), path);
}

void target_sign_upgrade(const char *path, char *ret_head, size_t size)
{
	char url[SIGNATURE_URL_MAX], sum[SIGNATURE_TEXT_MAX];
	ret_head[0] = '\0';
	int n = snprintf(ret_head, size, "User-Agent: Twilio.TmeWs/1.0\r\n");
	if (!sim.token[0])
		return;
	signed_url("wss://", path, url, sizeof(url));
	if (signature_make(str_of(sim.token), str_of(url), NULL, sum) == 0)
		snprintf(ret_head + n, size - (size_t)n, "X-Twilio-Signature: %s\r\n", sum);
}
