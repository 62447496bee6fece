/* SPDX-License-Identifier: MIT */
#include "config_table.h"

#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"
#include "ringdown/link/link.h"

enum { PUBLIC_URL_MAX = 400 };

static bool is_address(struct str one)
{
	uint64_t port;
	size_t colon = one.n;
	while (colon > 0 && one.p[colon - 1] != ':')
		colon--;
	return str_is(one, STR("systemd")) || str_u64(str_skip(one, colon), 65535, &port) == 0;
}

static const char *check_listen(const char *value)
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

static bool begins(const char *value, const char *prefix)
{
	return strncmp(value, prefix, strlen(prefix)) == 0 && value[strlen(prefix)] != '\0';
}

static const char *check_public_url(const char *value)
{
	size_t n = strlen(value);
	bool is_good = begins(value, "https://") || begins(value, "http://");
	if (is_good && n <= PUBLIC_URL_MAX && value[n - 1] != '/' && !strpbrk(value, "?#@ \"<>"))
		return NULL;
	return "https://host without a slash behind it: what Twilio calls, exactly";
}

static const char *check_account_sid(const char *value)
{
	bool is_sid = strncmp(value, "AC", 2) == 0 && strlen(value) == 34 &&
		strspn(value + 2, "0123456789abcdef") == 32;
	return !value[0] || is_sid ? NULL : "AC and 32 digits of 0-9 a-f, or nothing";
}

static const char *check_model_url(const char *value)
{
	return begins(value, "wss://") || begins(value, "ws://") ? NULL : "wss://host[:port]/path (or ws:// to test)";
}

static const char *check_dialect(const char *value)
{
	return strcmp(value, "ga") == 0 || strcmp(value, "beta") == 0 ? NULL : "ga or beta";
}

static const char *check_log_level(const char *value)
{
	enum log_level level;
	return log_level_parse(str_of(value), &level) == 0 ? NULL : "err, warning, notice, info or debug";
}

#define TEXT(section, key, field, fallback, check) \
	{section, key, CONFIG_TEXT, offsetof(struct config, field), fallback, 0, 0, check}
#define NUMBER(section, key, field, fallback, min, max) \
	{section, key, CONFIG_NUMBER, offsetof(struct config, field), fallback, min, max, NULL}
#define BOOL(section, key, field, fallback) \
	{section, key, CONFIG_BOOL, offsetof(struct config, field), fallback, 0, 0, NULL}

const struct config_key config_keys[] = {
	TEXT("server", "listen", listen, "127.0.0.1:8080", check_listen),
	TEXT("server", "public_url", public_url, "http://127.0.0.1:8080", check_public_url),
	TEXT("server", "tls_cert", tls_cert, "", NULL),
	TEXT("server", "tls_key", tls_key, "", NULL),
	NUMBER("server", "loops", loops, "0", 0, 64),
	NUMBER("server", "drain_timeout_s", drain_timeout_s, "300", 0, 86400),
	NUMBER("server", "max_connections", max_connections, "4096", 1, 1000000),
	TEXT("server", "log_level", log_level, "info", check_log_level),
	TEXT("model", "url", model_url, "wss://api.openai.com/v1/realtime", check_model_url),
	TEXT("model", "model", model, "gpt-realtime-2.1", NULL),
	TEXT("model", "dialect", dialect, "ga", check_dialect),
	TEXT("model", "api_key_file", api_key_file, "", NULL),
	TEXT("model", "ca_file", ca_file, "", NULL),
	TEXT("model", "transcription_model", transcription_model, "gpt-4o-mini-transcribe", NULL),
	NUMBER("model", "connect_timeout_ms", connect_timeout_ms, "3000", 100, 60000),
	TEXT("twilio", "account_sid", account_sid, "", check_account_sid),
	TEXT("twilio", "auth_token_file", auth_token_file, "", NULL),
	BOOL("security", "require_signature", require_signature, "yes"),
	BOOL("security", "allow_private_webhooks", allow_private_webhooks, "no"),
	TEXT("assistants", "dir", assistants_dir, "/etc/ringdown/assistants", NULL),
	TEXT("assistants", "default", assistants_default, "default", NULL),
	TEXT("record", "dir", record_dir, "", NULL),
	BOOL("record", "transcripts", has_transcripts, "yes"),
	NUMBER("record", "bitrate", bitrate, "32000", 6000, 256000),
	NUMBER("limits", "max_calls", max_calls, "500", 1, 100000),
	NUMBER("limits", "max_pending_per_address", max_pending_per_address, "1024", 1, 65535),
	NUMBER("tools", "workers", tool_workers, "16", 1, 64),
	TEXT("tools", "ca_file", tools_ca_file, "", NULL),
	NUMBER("play", "lead_ms", lead_ms, "400", 60, 5000),
	NUMBER("play", "message_ms", message_ms, "100", 20, 1000),
};
const size_t n_config_keys = ARRAY_LEN(config_keys);
