/* SPDX-License-Identifier: MIT */
/* `ringdown rekey`: what is sealed in the store is sealed again, under the newest key.  `--add` makes that key first; every
 * node must have read it before anything is sealed with it, so that is a run of its own. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "init_files.h"
#include "ringdown/store/rekey.h"
#include "store_command.h"
#include "store_keys.h"

static int rekey(struct store_command *s)
{
	struct store_keys keys = {0};
	struct rekey_result r = {0};
	int code = store_keys_open(&keys, s);
	int err = code == EX_OK ? rekey_all(s->conn, keys.keys, &r) : 0;
	uint32_t newest = code == EX_OK ? keys_newest(keys.keys) : 0;
	store_keys_close(&keys);
	if (code != EX_OK)
		return code;
	if (err < 0)
		return store_command_fail(s, store_exit_code(err), "%s", strerror(-err));
	printf("sealed with cred-%u.key: %lld of %lld that were not\n", newest, (long long)r.n_done, (long long)r.n_sealed);
	if (r.n_changed > 0)
		return store_command_fail(s, EX_TEMPFAIL, "%lld were changed meanwhile: run it again", (long long)r.n_changed);
	if (r.n_failed > 0)
		return store_command_fail(s, EX_DATAERR, "%lld cannot be opened: keep the older keys", (long long)r.n_failed);
	return EX_OK;
}

static int add_key(struct store_command *s)
{
	static struct init_files files;
	struct keys *keys = NULL;
	char path[INIT_PATH_MAX], words[512];
	struct buf errors;
	const char *dir = s->config.keys_dir;
	buf_init(&errors, words, sizeof(words));
	if (!dir[0])
		return store_command_fail(s, EX_CONFIG, "[keys] dir is not set: keys that are credentials are made by whoever gives them");
	int err = keys_load(dir, &keys, &errors);
	uint32_t n = err == 0 ? keys_newest(keys) + 1 : 1;
	keys_free(keys);
	if (err < 0 && err != -ENOENT)
		return store_command_fail(s, EX_CONFIG, "%s: %s", dir, strerror(-err));
	(void)snprintf(path, sizeof(path), "%s/cred-%u.key", dir, n);
	err = init_make_key(&files, path);
	if (err < 0)
		return store_command_fail(s, EX_CANTCREAT, "%s: %s", path, strerror(-err));
	printf("%s\nnext: restart each node, so that it knows this key; then ringdown rekey\n", path);
	return EX_OK;
}

int command_rekey(const struct arguments *a)
{
	static struct store_command s;
	int code = store_command_begin(&s, "rekey", a);
	if (code == EX_OK)
		code = a->adds_key ? add_key(&s) : rekey(&s);
	return store_command_end(&s, code);
}
