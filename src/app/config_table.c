/* SPDX-License-Identifier: MIT */
#include "config_table.h"

#include "ringdown/base/auto.h"

#define TEXT(section, key, field, fallback, check) \
	{section, key, CONFIG_TEXT, offsetof(struct config, field), fallback, 0, 0, check}
#define NUMBER(section, key, field, fallback, min, max) \
	{section, key, CONFIG_NUMBER, offsetof(struct config, field), fallback, min, max, NULL}
#define BOOL(section, key, field, fallback) \
	{section, key, CONFIG_BOOL, offsetof(struct config, field), fallback, 0, 0, NULL}

const struct config_key config_keys[] = {
	TEXT("server", "listen", listen, "127.0.0.1:8080", check_listen),
	TEXT("server", "admin_listen", admin_listen, "", check_admin_listen),
	TEXT("server", "public_url", public_url, "http://127.0.0.1:8080", check_public_url),
	TEXT("server", "cors_origins", cors_origins, "", check_origins),
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
	TEXT("twilio", "api_url", api_url, "https://{product}.twilio.com", check_api_url),
	TEXT("twilio", "fallback_number", fallback_number, "", check_fallback_number),
	TEXT("store", "url", store_url, "", check_store_url),
	TEXT("keys", "dir", keys_dir, "", NULL),
	NUMBER("plane", "webhook_workers", webhook_workers, "4", 1, 64),
	NUMBER("plane", "api_workers", api_workers, "4", 1, 64),
	TEXT("auth", "jwks_file", jwks_file, "", NULL),
	TEXT("auth", "issuer", issuer, "", NULL),
	TEXT("outbound", "allow_private", allow_private, "", check_allow_private),
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
