/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/jwk.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/wire/base64.h"

enum { PART_BYTES_MAX = 1024, P256_BYTES = 32 };

static void auto_json(json_t **j)
{
	json_decref(*j);
}

static void auto_bn(BIGNUM **n)
{
	BN_free(*n);
}

static void auto_builder(OSSL_PARAM_BLD **b)
{
	OSSL_PARAM_BLD_free(*b);
}

static void auto_params(OSSL_PARAM **p)
{
	OSSL_PARAM_free(*p);
}

static void auto_ctx(EVP_PKEY_CTX **c)
{
	EVP_PKEY_CTX_free(*c);
}

static void auto_pkey(EVP_PKEY **k)
{
	EVP_PKEY_free(*k);
}

static void auto_bio(BIO **b)
{
	BIO_free(*b);
}

static struct str text_of(const json_t *key, const char *name)
{
	const json_t *j = json_object_get(key, name);
	return (struct str){json_string_value(j), json_string_length(j)};
}

/* Bytes of a base64url member; 0: not there, not one, or too long. */
static size_t bytes_of(const json_t *key, const char *name, uint8_t bytes[PART_BYTES_MAX])
{
	struct str text = text_of(key, name);
	if (text.n == 0 || BASE64URL_DECODED(text.n) > PART_BYTES_MAX)
		return 0;
	ssize_t n = base64url_decode(text.p, text.n, bytes);
	return n > 0 ? (size_t)n : 0;
}

static EVP_PKEY *make_key(const char *type, OSSL_PARAM_BLD *builder)
{
	AUTO(auto_params) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
	AUTO(auto_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;
	if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return key;
}

static EVP_PKEY *rsa_key(const json_t *jwk)
{
	uint8_t n_bytes[PART_BYTES_MAX], e_bytes[PART_BYTES_MAX];
	size_t n_n = bytes_of(jwk, "n", n_bytes), n_e = bytes_of(jwk, "e", e_bytes);
	if (n_n == 0 || n_e == 0)
		return NULL;
	AUTO(auto_bn) BIGNUM *n = BN_bin2bn(n_bytes, (int)n_n, NULL);
	AUTO(auto_bn) BIGNUM *e = BN_bin2bn(e_bytes, (int)n_e, NULL);
	AUTO(auto_builder) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	if (!n || !e || !builder || BN_num_bits(n) < JWK_RSA_BITS_MIN || !BN_is_odd(e) || BN_is_one(e) ||
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1)
		return NULL;
	return make_key("RSA", builder);
}

static EVP_PKEY *ec_key(const json_t *jwk)
{
	uint8_t x[PART_BYTES_MAX], y[PART_BYTES_MAX], point[1 + 2 * P256_BYTES] = {POINT_CONVERSION_UNCOMPRESSED};
	if (!str_is(text_of(jwk, "crv"), STR("P-256")) || bytes_of(jwk, "x", x) != P256_BYTES ||
		bytes_of(jwk, "y", y) != P256_BYTES)
		return NULL;
	memcpy(point + 1, x, P256_BYTES);
	memcpy(point + 1 + P256_BYTES, y, P256_BYTES);
	AUTO(auto_builder) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	if (!builder ||
		OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
		OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) != 1)
		return NULL;
	return make_key("EC", builder);
}

static struct str pem_of(EVP_PKEY *key, struct arena *a)
{
	AUTO(auto_bio) BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	if (!bio || PEM_write_bio_PUBKEY(bio, key) != 1)
		return STR("");
	long n = BIO_get_mem_data(bio, &text);
	return str_of(arena_strdup(a, (struct str){text, (size_t)n}));
}

/* Whether it is of a kind we use, for what we use it for. */
static bool is_ours(const json_t *jwk, enum jwk_kind *ret_kind)
{
	struct str kty = text_of(jwk, "kty"), use = text_of(jwk, "use"), alg = text_of(jwk, "alg");
	bool is_rsa = str_is(kty, STR("RSA")), is_ec = str_is(kty, STR("EC"));
	*ret_kind = is_rsa ? JWK_RSA : JWK_EC_P256;
	if ((!is_rsa && !is_ec) || (use.n > 0 && !str_is(use, STR("sig"))))
		return false;
	if (is_ec && !str_is(text_of(jwk, "crv"), STR("P-256")))
		return false;
	return alg.n == 0 || str_is(alg, is_rsa ? STR("RS256") : STR("ES256"));
}

static int read_one(const json_t *jwk, struct arena *a, struct jwk *ret)
{
	if (json_object_get(jwk, "d"))
		return -EINVAL; /* a private key has no business in a file of public ones */
	AUTO(auto_pkey) EVP_PKEY *key = ret->kind == JWK_RSA ? rsa_key(jwk) : ec_key(jwk);
	if (!key)
		return -EINVAL;
	ret->kid = arena_str(a, text_of(jwk, "kid"));
	ret->pem = pem_of(key, a);
	return ret->pem.n > 0 ? 0 : -ENOMEM;
}

static bool has_kid(const struct jwk *keys, uint32_t n, struct str kid)
{
	for (uint32_t i = 0; i < n; i++)
		if (str_is(keys[i].kid, kid))
			return true;
	return false;
}

static int read_all(const json_t *list, struct arena *a, struct jwk keys[JWK_KEYS_MAX], uint32_t *n, struct buf *errors)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *jwk = json_array_get(list, i);
		struct jwk one = {0};
		if (!is_ours(jwk, &one.kind))
			continue;
		if (*n == JWK_KEYS_MAX)
			return -E2BIG;
		int err = read_one(jwk, a, &one);
		if (err == 0 && has_kid(keys, *n, one.kid))
			err = -EINVAL;
		if (err < 0) {
			buf_printf(errors, "/keys/%zu: not a public RSA key of %d bits or more, nor a point of P-256, with a kid of its own",
				i, JWK_RSA_BITS_MIN);
			return err;
		}
		keys[(*n)++] = one;
	}
	return *n > 0 ? 0 : -ENODATA;
}

int jwk_set_read(struct str text, struct arena *a, struct jwk ret_keys[JWK_KEYS_MAX], uint32_t *ret_n, struct buf *errors)
{
	json_error_t error;
	uint32_t n = 0;
	AUTO(auto_json) json_t *doc = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &error);
	const json_t *list = json_object_get(doc, "keys");
	if (!json_is_array(list)) {
		buf_printf(errors, "%s", doc ? "/keys: not an array" : error.text);
		return -EINVAL;
	}
	int err = read_all(list, a, ret_keys, &n, errors);
	if (err == 0)
		*ret_n = n;
	else if (err == -ENODATA)
		buf_printf(errors, "/keys: none of them is an RSA or P-256 key for signatures");
	else if (err == -E2BIG)
		buf_printf(errors, "/keys: over %d of them", JWK_KEYS_MAX);
	return err;
}
