/* SPDX-License-Identifier: MIT */
#include "ringdown/plane/key_ring.h"

#include <errno.h>
#include <string.h>

enum { ARENA_BYTES = 1 << 18 };

/* A key of the installation's key n for one use; empty: none. */
static struct str derive(struct key_ring *r, const struct keys *k, uint32_t n, const char *label)
{
	uint8_t *bytes = r->secrets[r->n_secrets];
	if (keys_derive(k, n, label, bytes) < 0)
		return STR("");
	r->n_secrets++;
	return (struct str){(const char *)bytes, KEY_BYTES};
}

static int add_key(struct key_ring *r, const struct keys *k, uint32_t n)
{
	struct str secret = derive(r, k, n, "jwt");
	const char *kid = arena_printf(&r->arena, "cred-%u", n);
	if (secret.n == 0 || !kid)
		return -ENOMEM;
	r->bearer.list[r->bearer.n++] = (struct bearer_key){BEARER_HS256, str_of(kid), secret};
	return 0;
}

static int add_url_key(struct key_ring *r, const struct keys *k, uint32_t n)
{
	struct str secret = derive(r, k, n, "url");
	if (secret.n == 0)
		return -ENOMEM;
	r->urls[r->n_urls++] = (struct signed_url_key){n, secret};
	return 0;
}

int key_ring_init(struct key_ring *r, const struct keys *k, const struct key_ring_settings *s, struct buf *errors)
{
	uint32_t n_keys = 0;
	int err = 0;
	*r = (struct key_ring){.bearer = {.issuer = s->issuer, .other_issuer = s->other_issuer}};
	arena_init(&r->arena, ARENA_BYTES);
	while (keys_at(k, n_keys) > 0)
		n_keys++;
	for (uint32_t i = n_keys; err == 0 && i > 0; i--) /* the newest last */
		err = add_key(r, k, keys_at(k, i - 1));
	for (uint32_t i = 0; err == 0 && i < n_keys && i < SIGNED_URL_KEYS_MAX; i++)
		err = add_url_key(r, k, keys_at(k, i));
	r->flow = derive(r, k, keys_newest(k), "flow");
	if (err == 0 && r->flow.n == 0)
		err = -ENOMEM;
	if (err == 0 && s->key_set.n > 0)
		err = bearer_add_key_set(&r->bearer, s->key_set, &r->arena, errors);
	return err;
}

void key_ring_done(struct key_ring *r)
{
	explicit_bzero(r->secrets, sizeof(r->secrets));
	arena_done(&r->arena);
	r->bearer.n = r->n_urls = r->n_secrets = 0;
}
