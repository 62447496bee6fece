/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/signed_url.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "mac.h"
#include "ringdown/wire/base64.h"

enum { SEAL_CHARS = 43, KEY_BYTES_MIN = 16 }; /* 32 bytes in base64url, without padding */

struct fields {
	struct signed_url_field list[SIGNED_URL_FIELDS_MAX];
	uint32_t n;
};

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '_' && c != '~')
			return false;
	}
	return true;
}

static bool is_ours(struct str name)
{
	return str_is(name, STR("e")) || str_is(name, STR("k")) || str_is(name, STR("s"));
}

static int compare(struct str a, struct str b)
{
	int c = memcmp(a.p ? a.p : "", b.p ? b.p : "", a.n < b.n ? a.n : b.n);
	return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* In its place; two of one name: false. */
static bool insert(struct fields *f, struct str name, struct str value)
{
	uint32_t at = f->n;
	if (f->n == SIGNED_URL_FIELDS_MAX)
		return false;
	while (at > 0 && compare(f->list[at - 1].name, name) > 0)
		at--;
	if (at > 0 && compare(f->list[at - 1].name, name) == 0)
		return false;
	memmove(&f->list[at + 1], &f->list[at], (f->n - at) * sizeof(f->list[0]));
	f->list[at] = (struct signed_url_field){name, value};
	f->n++;
	return true;
}

static struct str method_class(struct str method)
{
	return str_is(method, STR("HEAD")) ? STR("GET") : method;
}

static void put_fields(struct buf *b, const struct fields *f)
{
	for (uint32_t i = 0; i < f->n; i++) {
		if (i > 0)
			buf_putc(b, '&');
		buf_put(b, f->list[i].name);
		buf_putc(b, '=');
		buf_put(b, f->list[i].value);
	}
}

/* "+/=" are not for URLs: RFC 4648 section 5, without the padding. */
static bool make_seal(struct str key, struct str method, struct str path, struct str fields, char seal[SEAL_CHARS + 1])
{
	uint8_t bytes[MAC_SHA256_BYTES];
	struct mac m;
	mac_begin(&m, "SHA256", key);
	mac_add(&m, STR("v1\n"));
	mac_add(&m, method_class(method));
	mac_add(&m, STR("\n"));
	mac_add(&m, path);
	mac_add(&m, STR("\n"));
	mac_add(&m, fields);
	if (!mac_end(&m, bytes, sizeof(bytes)))
		return false;
	base64_encode(bytes, sizeof(bytes), seal);
	for (int i = 0; i < SEAL_CHARS; i++)
		seal[i] = seal[i] == '+' ? '-' : seal[i] == '/' ? '_' : seal[i];
	return true;
}

static int take_fields(const struct signed_url *url, struct fields *f)
{
	if (url->n_fields > SIGNED_URL_FIELDS_MAX - 3)
		return -E2BIG;
	for (uint32_t i = 0; i < url->n_fields; i++) {
		const struct signed_url_field *one = &url->fields[i];
		if (one->name.n == 0 || is_ours(one->name) || !is_plain(one->name) || !is_plain(one->value) ||
			!insert(f, one->name, one->value))
			return -EINVAL;
	}
	return 0;
}

int signed_url_put(struct buf *b, const struct signed_url_key *key, const struct signed_url *url)
{
	char expiry[24], id[16], query[SIGNED_URL_QUERY_MAX], seal[SEAL_CHARS + 1];
	struct fields f = {0};
	struct buf e, k, q;
	int err = take_fields(url, &f);
	if (err < 0)
		return err;
	if (key->key.n < KEY_BYTES_MIN || url->expires_s < 0)
		return -EINVAL;
	buf_init(&e, expiry, sizeof(expiry));
	buf_put_i64(&e, url->expires_s);
	buf_init(&k, id, sizeof(id));
	buf_put_u64(&k, key->id);
	insert(&f, STR("e"), buf_str(&e));
	insert(&f, STR("k"), buf_str(&k));
	buf_init(&q, query, sizeof(query));
	put_fields(&q, &f);
	if (!buf_ok(&q))
		return -E2BIG;
	if (!make_seal(key->key, url->method, url->path, buf_str(&q), seal))
		return -ENOMEM;
	buf_put(b, url->path);
	buf_putc(b, '?');
	buf_put(b, buf_str(&q));
	buf_put(b, STR("&s="));
	buf_put(b, (struct str){seal, SEAL_CHARS});
	return buf_ok(b) ? 0 : -E2BIG;
}

struct str signed_url_get(struct str query, struct str name)
{
	while (query.n > 0) {
		struct str value = str_split(&query, '&');
		if (str_is(str_split(&value, '='), name))
			return value;
	}
	return STR("");
}

/* All fields but s, which comes apart; false: not such a query. */
static bool read_query(struct str query, struct fields *f, struct str *ret_seal)
{
	*ret_seal = STR("");
	if (query.n > SIGNED_URL_QUERY_MAX)
		return false;
	while (query.n > 0) {
		struct str value = str_split(&query, '&');
		struct str name = str_split(&value, '=');
		if (!is_plain(name) || !is_plain(value))
			return false;
		if (!str_is(name, STR("s"))) {
			if (!insert(f, name, value))
				return false;
			continue;
		}
		if (ret_seal->n > 0)
			return false;
		*ret_seal = value;
	}
	return ret_seal->n == SEAL_CHARS;
}

static const struct signed_url_key *find_key(const struct signed_url_key *keys, uint32_t n_keys, struct str id)
{
	uint64_t number;
	if (str_u64(id, UINT32_MAX, &number) < 0)
		return NULL;
	for (uint32_t i = 0; i < n_keys; i++)
		if (keys[i].id == number && keys[i].key.n >= KEY_BYTES_MIN)
			return &keys[i];
	return NULL;
}

int signed_url_check(const struct signed_url_key *keys, uint32_t n_keys, struct str method, struct str path,
	struct str query, int64_t now_s, int64_t *ret_expires_s)
{
	char text[SIGNED_URL_QUERY_MAX + SIGNED_URL_FIELDS_MAX], seal[SEAL_CHARS + 1];
	struct fields f = {0};
	struct str given;
	struct buf q;
	uint64_t expires_s;
	if (!read_query(query, &f, &given) || str_u64(signed_url_get(query, STR("e")), INT64_MAX, &expires_s) < 0)
		return -EACCES;
	const struct signed_url_key *key = find_key(keys, n_keys, signed_url_get(query, STR("k")));
	buf_init(&q, text, sizeof(text));
	put_fields(&q, &f);
	if (!key || !buf_ok(&q) || !make_seal(key->key, method, path, buf_str(&q), seal) ||
		CRYPTO_memcmp(seal, given.p, SEAL_CHARS) != 0)
		return -EACCES;
	*ret_expires_s = (int64_t)expires_s;
	return (int64_t)expires_s < now_s ? -ETIMEDOUT : 0;
}
