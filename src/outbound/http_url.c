/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "http_private.h"
#include "ringdown/base/auto.h"

enum { HOST_MAX = 256, URL_MAX = 4096 };

static void free_url(CURLU **u)
{
	curl_url_cleanup(*u);
}

static bool url_part(CURLU *u, CURLUPart part, unsigned flags, char *dst, size_t size)
{
	char *text = NULL;
	bool is_there = curl_url_get(u, part, &text, flags) == CURLUE_OK && strlen(text) < size;
	if (is_there)
		snprintf(dst, size, "%s", text);
	curl_free(text);
	return is_there;
}

/* However long it is. */
static bool has_part(CURLU *u, CURLUPart part)
{
	char *text = NULL;
	bool is_there = curl_url_get(u, part, &text, 0) == CURLUE_OK;
	curl_free(text);
	return is_there;
}

/* "host:port, host:port" */
static bool is_listed(const char *targets, CURLU *u)
{
	char host[HOST_MAX], port[8], target[HOST_MAX + 16];
	if (!targets || !url_part(u, CURLUPART_HOST, 0, host, sizeof(host)) ||
		!url_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, port, sizeof(port)))
		return false;
	snprintf(target, sizeof(target), "%s:%s", host, port);
	for (struct str list = str_of(targets); list.n > 0;) {
		struct str one = str_trim(str_split(&list, ','));
		if (one.n == strlen(target) && strncasecmp(one.p, target, one.n) == 0)
			return true;
	}
	return false;
}

bool http_is_private_target(const char *targets, struct str url)
{
	char text[URL_MAX + 1];
	AUTO(free_url) CURLU *u = curl_url();
	return u && str_copy(url, text, sizeof(text)) && curl_url_set(u, CURLUPART_URL, text, 0) == CURLUE_OK &&
		is_listed(targets, u);
}

int url_check(const struct http_client *c, const char *url, bool *ret_allows_private, const char **ret_why)
{
	char scheme[8];
	AUTO(free_url) CURLU *u = curl_url();
	*ret_why = "the URL is not well-formed";
	if (!u || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
		return -EINVAL;
	*ret_why = "the URL holds credentials";
	if (has_part(u, CURLUPART_USER) || has_part(u, CURLUPART_PASSWORD))
		return -EACCES;
	*ret_why = "only https is allowed";
	bool is_there = url_part(u, CURLUPART_SCHEME, 0, scheme, sizeof(scheme));
	bool is_https = is_there && strcmp(scheme, "https") == 0, is_http = is_there && strcmp(scheme, "http") == 0;
	*ret_allows_private = c->allows_private || is_listed(c->private_targets, u);
	return is_https || (*ret_allows_private && is_http) ? 0 : -EACCES;
}
