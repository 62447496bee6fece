/* SPDX-License-Identifier: MIT */
/* What the values of single keys must look like. */
#include <string.h>

#include "config_table.h"
#include "ringdown/base/log.h"
#include "ringdown/link/link.h"

enum { PUBLIC_URL_MAX = 400, PORT_MAX = 65535, NUMBER_DIGITS_MIN = 2, NUMBER_DIGITS_MAX = 15 };

static bool is_address(struct str one)
{
	uint64_t port;
	size_t colon = one.n;
	while (colon > 0 && one.p[colon - 1] != ':')
		colon--;
	return str_is(one, STR("systemd")) || str_u64(str_skip(one, colon), PORT_MAX, &port) == 0;
}

const char *check_listen(const char *value)
{
	static const char right[] = "1 to 8 of port, host:port or [v6]:port, with ports of 0 to 65535, separated by blanks";
	struct str rest = str_of(value);
	uint32_t n = 0;
	while (rest.n > 0) {
		struct str one = str_split(&rest, ' ');
		if (one.n == 0)
			continue;
		if (!is_address(one))
			return right;
		n++;
	}
	return n >= 1 && n <= LINK_LISTEN_MAX ? NULL : right;
}

const char *check_admin_listen(const char *value)
{
	bool is_good = is_address(str_of(value)) && strcmp(value, "systemd") != 0 && !strchr(value, ' ');
	return !value[0] || is_good ? NULL : "one host:port, [v6]:port or port, or nothing";
}

/* "scheme://host[:port]" and not a byte behind it. */
static bool is_origin(struct str one)
{
	struct str rest = str_skip(one, str_starts(one, STR("https://")) ? 8 : str_starts(one, STR("http://")) ? 7 : one.n);
	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] <= ' ' || strchr("/?#@\"\\,*", rest.p[i]))
			return false;
	return rest.n > 0;
}

const char *check_origins(const char *value)
{
	struct str rest = str_of(value);
	while (rest.n > 0) {
		struct str one = str_split(&rest, ' ');
		if (one.n > 0 && !is_origin(one))
			return "origins as a browser sends them, https://host[:port], separated by blanks";
	}
	return NULL;
}

static bool begins(const char *value, const char *prefix)
{
	return strncmp(value, prefix, strlen(prefix)) == 0 && value[strlen(prefix)] != '\0';
}

const char *check_public_url(const char *value)
{
	size_t n = strlen(value);
	bool is_good = begins(value, "https://") || begins(value, "http://");
	if (is_good && n <= PUBLIC_URL_MAX && value[n - 1] != '/' && !strpbrk(value, "?#@ \"<>"))
		return NULL;
	return "https://host without a slash behind it: what Twilio calls, exactly";
}

const char *check_account_sid(const char *value)
{
	bool is_sid = strncmp(value, "AC", 2) == 0 && strlen(value) == 34 &&
		strspn(value + 2, "0123456789abcdef") == 32;
	return !value[0] || is_sid ? NULL : "AC and 32 digits of 0-9 a-f, or nothing";
}

bool config_is_e164(const char *text)
{
	size_t n = text[0] == '+' ? strlen(text + 1) : 0;
	return n >= NUMBER_DIGITS_MIN && n <= NUMBER_DIGITS_MAX && n == strspn(text + 1, "0123456789");
}

const char *check_fallback_number(const char *value)
{
	return !value[0] || config_is_e164(value) ? NULL : "a number in E.164 form, such as +15551230001, or nothing";
}

const char *check_model_url(const char *value)
{
	return begins(value, "wss://") || begins(value, "ws://") ? NULL : "wss://host[:port]/path (or ws:// to test)";
}

const char *check_dialect(const char *value)
{
	return strcmp(value, "ga") == 0 || strcmp(value, "beta") == 0 ? NULL : "ga or beta";
}

const char *check_log_level(const char *value)
{
	enum log_level level;
	return log_level_parse(str_of(value), &level) == 0 ? NULL : "err, warning, notice, info or debug";
}

/* The template of Twilio's hosts: what stands for {product} is "api", "messaging", "voice" ... */
const char *check_api_url(const char *value)
{
	static const char right[] = "https://... with {product} in it once, and no slash behind it";
	const char *at = strstr(value, "{product}");
	bool is_url = begins(value, "https://") || begins(value, "http://");
	if (!is_url || !at || strstr(at + 1, "{product}") || value[strlen(value) - 1] == '/')
		return right;
	return strlen(value) <= PUBLIC_URL_MAX && !strpbrk(value, "?#@ \"<>") ? NULL : right;
}

bool config_is_loopback(const char *url)
{
	const char *at = strstr(url, "://");
	struct str rest = str_of(at ? at + 3 : url);
	struct str host = str_split(&rest, '/');
	size_t colon = host.n;
	while (colon > 0 && host.p[colon - 1] != ':')
		colon--;
	if (colon > 0 && host.p[host.n - 1] != ']')
		host.n = colon - 1;
	bool is_v4 = str_starts(host, STR("127.")) && strspn(host.p, "0123456789.") >= host.n;
	return is_v4 || str_is(host, STR("localhost")) || str_is(host, STR("[::1]"));
}

const char *check_store_url(const char *value)
{
	bool is_file = begins(value, "sqlite:/");
	bool is_server = begins(value, "postgresql://") || begins(value, "postgres://");
	return !value[0] || is_file || is_server ? NULL : "sqlite:/path, postgresql://..., or nothing";
}

static bool is_target(struct str one)
{
	uint64_t port;
	size_t colon = one.n;
	while (colon > 0 && one.p[colon - 1] != ':')
		colon--;
	struct str host = {one.p, colon > 0 ? colon - 1 : 0};
	bool is_v6 = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
	bool has_port = str_u64(str_skip(one, colon), PORT_MAX, &port) == 0 && port > 0;
	return has_port && host.n > 0 && (is_v6 || !memchr(host.p, ':', host.n)) && !memchr(host.p, ' ', host.n) &&
		!memchr(host.p, '/', host.n) && !memchr(host.p, '*', host.n);
}

const char *check_allow_private(const char *value)
{
	struct str rest = str_of(value);
	while (rest.n > 0)
		if (!is_target(str_trim(str_split(&rest, ','))))
			return "host:port or [v6]:port, separated by commas";
	return NULL;
}
