/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ringdown/app/config.h"
#include "ringdown/base/secret.h"

static int tell_secret(struct buf *errors, const char *what, const char *file, int err)
{
	buf_printf(errors, "%s = %s: %s\n", what, file, secret_error(err));
	return -EINVAL;
}

/* What is there already stays, unless the file holds something else: reloads take no memory. */
static int take_secret(struct config *c, const char *file, const char *what, struct buf *errors, struct str *secret)
{
	struct arena scratch;
	struct str fresh = STR("");
	arena_init(&scratch, 2 * SECRET_BYTES_MAX);
	int err = secret_read(file, &scratch, &fresh);
	if (err == 0 && !str_is(fresh, *secret)) {
		struct str kept = arena_str(&c->arena, fresh);
		err = kept.p ? 0 : -ENOMEM;
		if (kept.p) {
			secret_wipe(secret);
			*secret = kept;
		}
	}
	secret_wipe(&fresh);
	arena_done(&scratch);
	return err < 0 ? tell_secret(errors, what, file, err) : 0;
}

/* Where LoadCredential of ringdown.service finds them: what root runs by hand has no credentials of its own. */
static const char store[] = "/etc/credstore/ringdown.";

/* The key's file, else systemd's credential, else nothing. */
static int load_secret(struct config *c, const char *file, const char *credential, const char *what, struct buf *errors,
	struct str *secret)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char path[4096];
	if (file[0])
		return take_secret(c, file, what, errors, secret);
	snprintf(path, sizeof(path), "%s%s%s", dir ? dir : store, dir ? "/" : "", credential);
	return access(path, F_OK) == 0 ? take_secret(c, path, what, errors, secret) : 0;
}

int config_load_secrets(struct config *c, struct buf *errors)
{
	int key = load_secret(c, c->api_key_file, "openai_api_key", "[model] api_key_file", errors, &c->api_key);
	int token = load_secret(c, c->auth_token_file, "twilio_auth_token", "[twilio] auth_token_file", errors,
		&c->auth_token);
	return key < 0 || token < 0 ? -EINVAL : 0;
}
