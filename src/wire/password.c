/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/password.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#include "ringdown/base/buf.h"
#include "ringdown/wire/base64.h"
#include "ringdown/wire/digest.h"

enum {
	COST_LOG2 = 15,
	BLOCK_SIZE = 8,
	PARALLEL = 1,
	HASH_BYTES = 32,
	MEMORY_MAX = 64 << 20,
	SALT_CHARS = BASE64URL_ENCODED(PASSWORD_SALT_BYTES),
};

static const struct str head = {"$scrypt$ln=15,r=8,p=1$", 22};

static bool derive(struct str password, const uint8_t salt[PASSWORD_SALT_BYTES], uint8_t hash[HASH_BYTES])
{
	const char *text = password.n > 0 ? password.p : "";
	return EVP_PBE_scrypt(text, password.n, salt, PASSWORD_SALT_BYTES, UINT64_C(1) << COST_LOG2, BLOCK_SIZE, PARALLEL,
		       MEMORY_MAX, hash, HASH_BYTES) == 1;
}

static void put_bytes(struct buf *b, const uint8_t *bytes, size_t n)
{
	char *to = buf_reserve(b, BASE64URL_ENCODED(n));
	if (to)
		buf_commit(b, base64url_encode(bytes, n, to));
}

int password_hash(struct str password, const uint8_t salt[PASSWORD_SALT_BYTES], char ret_text[PASSWORD_TEXT_MAX])
{
	uint8_t hash[HASH_BYTES];
	struct buf b;
	ret_text[0] = '\0';
	if (!derive(password, salt, hash))
		return -ENOMEM;
	buf_init(&b, ret_text, PASSWORD_TEXT_MAX);
	buf_put(&b, head);
	put_bytes(&b, salt, PASSWORD_SALT_BYTES);
	buf_putc(&b, '$');
	put_bytes(&b, hash, sizeof(hash));
	buf_putc(&b, '\0');
	return 0;
}

static bool read_salt(struct str hash, uint8_t salt[PASSWORD_SALT_BYTES])
{
	struct str rest = str_skip(hash, head.n);
	memset(salt, 0, PASSWORD_SALT_BYTES);
	return str_starts(hash, head) && rest.n > SALT_CHARS && rest.p[SALT_CHARS] == '$' &&
		base64url_decode(rest.p, SALT_CHARS, salt) == PASSWORD_SALT_BYTES;
}

bool password_check(struct str password, struct str hash)
{
	uint8_t salt[PASSWORD_SALT_BYTES];
	char again[PASSWORD_TEXT_MAX];
	bool is_hash = read_salt(hash, salt);
	return password_hash(password, salt, again) == 0 && is_hash && digest_equal(str_of(again), hash);
}
