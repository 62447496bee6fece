/* SPDX-License-Identifier: MIT */
#include "model_url.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/buf.h"
#include "ringdown/wire/form.h"

/* What has no place in a request line or a Host header. */
static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == '#')
			return false;
	return true;
}

/* [user@]host[:port] without the user: a key in a URL ends up in logs. */
static int url_authority(struct str authority, struct model_url *u)
{
	struct str host = authority;
	if (authority.n > 0 && memchr(authority.p, '@', authority.n))
		return -EINVAL;
	if (authority.n > 0 && authority.p[0] == '[') {
		if (!memchr(authority.p, ']', authority.n))
			return -EINVAL;
		host = str_skip(authority, 1);
		struct str inside = str_split(&host, ']');
		authority = host;
		host = inside;
		if (authority.n > 0 && authority.p[0] != ':')
			return -EINVAL;
		authority = str_skip(authority, 1);
	} else {
		host = str_split(&authority, ':');
	}
	uint64_t port = u->is_tls ? 443 : 80;
	if (authority.n > 0 && str_u64(authority, 65535, &port) < 0)
		return -EINVAL;
	if (host.n == 0 || port == 0 || !str_copy(host, u->host, sizeof(u->host)))
		return -EINVAL;
	u->port = (uint16_t)port;
	return 0;
}

int model_url_parse(const char *url, struct model_url *ret_url)
{
	struct model_url u = {0};
	struct str s = str_of(url);
	if (!is_plain(s))
		return -EINVAL;
	if (str_starts(s, STR("wss://")))
		u.is_tls = true;
	else if (!str_starts(s, STR("ws://")))
		return -EINVAL;
	s = str_skip(s, u.is_tls ? 6 : 5);
	size_t slash = 0;
	while (slash < s.n && s.p[slash] != '/' && s.p[slash] != '?')
		slash++;
	if (url_authority((struct str){s.p, slash}, &u) < 0)
		return -EINVAL;
	bool is_default = u.port == (u.is_tls ? 443 : 80);
	bool is_v6 = strchr(u.host, ':') != NULL;
	int n = snprintf(u.host_header, sizeof(u.host_header), is_v6 ? "[%s]" : "%s", u.host);
	if (n < 0 || (size_t)n + 7 > sizeof(u.host_header))
		return -EINVAL;
	if (!is_default)
		snprintf(u.host_header + n, sizeof(u.host_header) - (size_t)n, ":%u", u.port);
	s = str_skip(s, slash);
	n = snprintf(u.path, sizeof(u.path), "%s" STR_FMT, s.n > 0 && s.p[0] == '/' ? "" : "/", STR_ARG(s));
	if (n < 0 || (size_t)n >= sizeof(u.path))
		return -EINVAL;
	*ret_url = u;
	return 0;
}

/* A session is named by exactly one of these (openai-node 7.57.0, buildRealtimeURL, 2026-11-13). */
static bool names_session(const char *path)
{
	static const char *const names[] = {"model=", "call_id=", "intent="};
	const char *query = strchr(path, '?');
	for (const char *at = query; at; at = strchr(at + 1, '&'))
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (strncmp(at + 1, names[i], strlen(names[i])) == 0)
				return true;
	return false;
}

int model_url_path(const struct model_url *u, struct str model, char *dst, size_t size)
{
	struct buf b;
	buf_init(&b, dst, size);
	buf_put(&b, str_of(u->path));
	bool has_query = strchr(u->path, '?') != NULL;
	if (model.n > 0 && !names_session(u->path)) {
		buf_put(&b, has_query ? STR("&model=") : STR("?model="));
		percent_put(&b, model);
	}
	buf_putc(&b, '\0');
	return buf_ok(&b) ? 0 : -E2BIG;
}
