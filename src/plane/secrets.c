/* SPDX-License-Identifier: MIT */
#include "secrets.h"

#include <errno.h>
#include <string.h>

#include "plane_private.h"
#include "ringdown/store/seal.h"
#include "ringdown/wire/jws.h"

enum { TEXT_MAX = 1024 };

int secret_seal(struct api *a, struct str sk, const char *field, struct str secret, struct str *ret_sealed)
{
	const struct seal_place at = {a->scope.org, sk, str_of(field)};
	return a->plane->settings.keys ? seal_close(a->plane->settings.keys, &at, secret, a->arena, ret_sealed) : -ENOKEY;
}

int secret_unseal(struct api *a, struct str org, struct str sk, const char *field, struct str sealed, struct str *ret_secret)
{
	const struct seal_place at = {org, sk, str_of(field)};
	return a->plane->settings.keys ? seal_open(a->plane->settings.keys, &at, sealed, a->arena, ret_secret) : -ENOKEY;
}

/* The signature alone of a JWS whose header says what it is for. */
static int mark_with(const struct keys *k, uint32_t n, struct str text, char ret_mark[MARK_MAX])
{
	uint8_t key[KEY_BYTES];
	char jws[2 * TEXT_MAX];
	int err = keys_derive(k, n, "mark", key);
	if (err == 0)
		err = jws_hs256((struct str){(const char *)key, sizeof(key)}, STR("mark"), text, jws, sizeof(jws));
	explicit_bzero(key, sizeof(key));
	if (err < 0)
		return err;
	return str_copy(str_of(strrchr(jws, '.') + 1), ret_mark, MARK_MAX) ? 0 : -E2BIG;
}

int secret_mark(struct api *a, struct str text, char ret_mark[MARK_MAX])
{
	const struct keys *k = a->plane->settings.keys;
	return k ? mark_with(k, keys_newest(k), text, ret_mark) : -ENOKEY;
}

static bool is_same(struct str a, struct str b)
{
	unsigned char different = a.n != b.n;
	for (size_t i = 0; i < a.n && i < b.n; i++)
		different = (unsigned char)(different | (a.p[i] ^ b.p[i]));
	return different == 0;
}

bool secret_is_mark(struct api *a, struct str text, struct str mark)
{
	char right[MARK_MAX];
	const struct keys *k = a->plane->settings.keys;
	for (uint32_t i = 0; k && keys_at(k, i) > 0; i++)
		if (mark_with(k, keys_at(k, i), text, right) == 0 && is_same(mark, str_of(right)))
			return true;
	return false;
}
