/* SPDX-License-Identifier: MIT */
#include "store_keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "ringdown/base/auto.h"

enum { KEY_SET_BYTES_MAX = 65536 };

static void auto_file(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

static int read_key_set(struct store_keys *k, const char *file, struct str *ret, struct buf *errors)
{
	*ret = STR("");
	if (!file[0])
		return 0;
	AUTO(auto_file) FILE *f = fopen(file, "re");
	char *text = arena_alloc(&k->arena, KEY_SET_BYTES_MAX);
	int err = !f ? -errno : !text ? -ENOMEM : 0;
	size_t n = err == 0 ? fread(text, 1, KEY_SET_BYTES_MAX, f) : 0;
	if (err == 0 && (ferror(f) || n == KEY_SET_BYTES_MAX))
		err = ferror(f) ? -EIO : -EFBIG;
	if (err < 0)
		buf_printf(errors, "[auth] jwks_file = %s: %s\n", file, strerror(-err));
	else
		*ret = (struct str){text, n};
	return err;
}

int store_keys_load(struct store_keys *k, const struct config *c, struct buf *errors)
{
	arena_init(&k->arena, 2 * KEY_SET_BYTES_MAX);
	k->is_open = true;
	size_t before = errors->n;
	int err = keys_load(c->keys_dir[0] ? c->keys_dir : NULL, &k->keys, errors);
	if (err < 0 && errors->n == before)
		buf_printf(errors, "[keys] dir: %s\n", strerror(-err));
	struct key_ring_settings s = {.issuer = str_of(c->public_url), .other_issuer = str_of(c->issuer)};
	if (err == 0)
		err = read_key_set(k, c->jwks_file, &s.key_set, errors);
	return err < 0 ? err : key_ring_init(&k->ring, k->keys, &s, errors);
}

int store_keys_open(struct store_keys *k, struct store_command *s)
{
	char text[1024];
	struct buf errors;
	buf_init(&errors, text, sizeof(text) - 1);
	int err = store_keys_load(k, &s->config, &errors);
	while (errors.n > 0 && text[errors.n - 1] == '\n')
		errors.n--;
	text[errors.n] = '\0';
	if (err == 0)
		return EX_OK;
	return store_command_fail(s, err == -EACCES ? EX_NOPERM : EX_CONFIG, "%s", text[0] ? text : strerror(-err));
}

void store_keys_close(struct store_keys *k)
{
	if (!k->is_open)
		return;
	key_ring_done(&k->ring);
	k->keys = keys_free(k->keys);
	arena_done(&k->arena);
	k->is_open = false;
}
