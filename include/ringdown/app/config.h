/* config.h - the configuration file: /etc/ringdown/ringdown.conf, ini, one table of keys.  Each key can
 * be overridden as RINGDOWN_<SECTION>_<KEY>.  Secrets are read from the files that keys name, or
 * from systemd credentials.  One owner; read once at start. */
#ifndef RINGDOWN_APP_CONFIG_H
#define RINGDOWN_APP_CONFIG_H

#include "ringdown/base/arena.h"
#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum { CONFIG_NUMBERS_MAX = 256, CONFIG_ERRORS_BYTES = 16384 };
#define CONFIG_FILE_DEFAULT "/etc/ringdown/ringdown.conf"

struct config_number {
	struct str number, assistant;
};

struct config { /* all text in the arena, terminated; "" = not set */
	struct arena arena;
	char *listen, *admin_listen, *public_url, *cors_origins, *tls_cert, *tls_key, *log_level;
	uint32_t loops, drain_timeout_s, max_connections;
	char *model_url, *model, *dialect, *api_key_file, *ca_file, *transcription_model;
	uint32_t connect_timeout_ms;
	char *account_sid, *auth_token_file, *fallback_number;
	char *api_url;       /* with {product} in it */
	char *store_url;     /* "sqlite:/path" or "postgresql://...", which may hold a password */
	char *keys_dir;
	uint32_t webhook_workers, api_workers;
	char *jwks_file, *issuer;
	char *allow_private; /* host:port, separated by commas */
	bool require_signature, allow_private_webhooks;
	char *assistants_dir, *assistants_default;
	char *record_dir;
	bool has_transcripts;
	uint32_t bitrate;
	uint32_t max_calls, max_pending_per_address;
	uint32_t tool_workers;
	char *tools_ca_file;
	uint32_t lead_ms, message_ms;
	struct config_number numbers[CONFIG_NUMBERS_MAX];
	uint32_t n_numbers;
	struct str api_key, auth_token; /* secrets: never printed */
};

/* Reads file and environment into *c.  0, or -EINVAL and a line a fault in errors: file, line,
 * section, key, value, and what would be right.  config_done in both cases. */
int config_load(struct config *c, const char *file, struct buf *errors);
void config_done(struct config *c); /* wipes the secrets */
/* Reads the secrets again (a key may have been rotated); the old ones stay when that fails. */
int config_load_secrets(struct config *c, struct buf *errors);
/* The effective values, a line each; secrets as "(51 bytes)", passwords in URLs as "****". */
void config_print(const struct config *c, struct buf *out);

#endif
