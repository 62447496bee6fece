/* SPDX-License-Identifier: MIT */
#include "ringdown/store/seal.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "keys_private.h"
#include "ringdown/base/auto.h"

enum { NONCE_BYTES = 12, TAG_BYTES = 16, SECRET_MAX = 65536 };

static void free_cipher(EVP_CIPHER_CTX **c)
{
	EVP_CIPHER_CTX_free(*c);
}

static void put_hex(struct buf *b, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_putc(b, "0123456789abcdef"[bytes[i] >> 4]);
		buf_putc(b, "0123456789abcdef"[bytes[i] & 15]);
	}
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hex(struct str text, uint8_t *bytes, size_t n)
{
	for (size_t i = 0; text.n == 2 * n && i < n; i++) {
		int high = digit(text.p[2 * i]), low = digit(text.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return text.n == 2 * n;
}

/* What the tag covers beside the secret: where it lies.  No part can hold the '|' that parts them (ids, names of ours). */
static const char *place_text(const struct seal_place *at, uint32_t key, struct arena *a)
{
	return arena_printf(a, STR_FMT "|" STR_FMT "|" STR_FMT "|%u", STR_ARG(at->org), STR_ARG(at->record), STR_ARG(at->field), key);
}

static bool encrypt(const struct key *key, const char *place, const uint8_t nonce[NONCE_BYTES], struct str secret, uint8_t *out,
	uint8_t tag[TAG_BYTES])
{
	int n = 0;
	AUTO(free_cipher) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	return c && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key->bytes, nonce) == 1 &&
		EVP_EncryptUpdate(c, NULL, &n, (const uint8_t *)place, (int)strlen(place)) == 1 &&
		EVP_EncryptUpdate(c, out, &n, (const uint8_t *)secret.p, (int)secret.n) == 1 && EVP_EncryptFinal_ex(c, out + n, &n) == 1 &&
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) == 1;
}

int seal_close(const struct keys *k, const struct seal_place *at, struct str secret, struct arena *a, struct str *ret_text)
{
	uint8_t nonce[NONCE_BYTES], tag[TAG_BYTES];
	struct buf b;
	uint32_t number = keys_newest(k);
	size_t size = 2 * (secret.n + NONCE_BYTES + TAG_BYTES) + 64;
	const char *place = place_text(at, number, a);
	uint8_t *cipher = secret.n <= SECRET_MAX ? arena_alloc(a, secret.n + TAG_BYTES) : NULL;
	char *text = arena_alloc(a, size);
	if (!place || !cipher || !text || RAND_bytes(nonce, sizeof(nonce)) != 1 ||
		!encrypt(keys_find(k, number), place, nonce, secret, cipher, tag))
		return -ENOMEM;
	buf_init(&b, text, size);
	buf_printf(&b, "v1|%u|", number);
	put_hex(&b, nonce, sizeof(nonce));
	buf_putc(&b, '|');
	put_hex(&b, cipher, secret.n);
	buf_putc(&b, '|');
	put_hex(&b, tag, sizeof(tag));
	*ret_text = buf_str(&b);
	return buf_ok(&b) ? 0 : -ENOMEM;
}

static bool decrypt(const struct key *key, const char *place, const uint8_t nonce[NONCE_BYTES], struct str cipher,
	uint8_t tag[TAG_BYTES], uint8_t *out)
{
	int n = 0;
	AUTO(free_cipher) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	return c && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key->bytes, nonce) == 1 &&
		EVP_DecryptUpdate(c, NULL, &n, (const uint8_t *)place, (int)strlen(place)) == 1 &&
		EVP_DecryptUpdate(c, out, &n, (const uint8_t *)cipher.p, (int)cipher.n) == 1 &&
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 && EVP_DecryptFinal_ex(c, out + n, &n) == 1;
}

static bool read_head(struct str *text, uint32_t *ret_number)
{
	uint64_t n;
	if (!str_is(str_split(text, '|'), STR("v1")) || str_u64(str_split(text, '|'), 9999, &n) < 0)
		return false;
	*ret_number = (uint32_t)n;
	return true;
}

uint32_t seal_key(struct str text)
{
	uint32_t number = 0;
	return read_head(&text, &number) ? number : 0;
}

int seal_open(const struct keys *k, const struct seal_place *at, struct str text, struct arena *a, struct str *ret_secret)
{
	uint8_t nonce[NONCE_BYTES], tag[TAG_BYTES];
	uint32_t number;
	if (!read_head(&text, &number))
		return -EBADMSG;
	const struct key *key = keys_find(k, number);
	if (!key)
		return -ENOENT;
	struct str nonce_hex = str_split(&text, '|'), cipher_hex = str_split(&text, '|');
	size_t n = cipher_hex.n / 2;
	const char *place = place_text(at, number, a);
	uint8_t *cipher = n <= SECRET_MAX ? arena_alloc(a, n + TAG_BYTES) : NULL;
	char *secret = n <= SECRET_MAX ? arena_alloc(a, n + 1) : NULL;
	if (!place || !cipher || !secret)
		return -ENOMEM;
	if (!take_hex(nonce_hex, nonce, sizeof(nonce)) || !take_hex(cipher_hex, cipher, n) || !take_hex(text, tag, sizeof(tag)) ||
		!decrypt(key, place, nonce, (struct str){(const char *)cipher, n}, tag, (uint8_t *)secret))
		return -EBADMSG;
	*ret_secret = (struct str){secret, n};
	return 0;
}
