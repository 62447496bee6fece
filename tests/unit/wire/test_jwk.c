/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/jwk.h"

#include <stdio.h>

#include "wire_test.h"

static char file_bytes[16384];

static struct str read_vector(const char *name)
{
	char path[512];
	(void)snprintf(path, sizeof(path), RINGDOWN_SOURCE_DIR "/tests/vectors/jwt/%s", name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t n = fread(file_bytes, 1, sizeof(file_bytes), f);
	(void)fclose(f);
	return (struct str){file_bytes, n};
}

static int read_set(struct str text, struct arena *a, struct jwk keys[JWK_KEYS_MAX], uint32_t *n, char words[512])
{
	struct buf b;
	memset(words, 0, 512);
	buf_init(&b, words, 511);
	return jwk_set_read(text, a, keys, n, &b);
}

/* PEM as the openssl command writes the same keys. */
static void keys_become_pem(void **state)
{
	struct arena a;
	struct jwk keys[JWK_KEYS_MAX];
	uint32_t n = 0;
	char words[512];
	(void)state;
	arena_init(&a, 1 << 20);
	if (read_set(read_vector("jwks.json"), &a, keys, &n, words) < 0)
		fail_msg("%s", words);
	assert_int_equal(n, 2); /* P-384, the key for encryption and Ed25519 are passed over */
	assert_view(keys[0].kid, "rsa-1");
	assert_int_equal(keys[0].kind, JWK_RSA);
	assert_true(str_is(keys[0].pem, read_vector("rsa-public.pem")));
	assert_view(keys[1].kid, "ec-1");
	assert_int_equal(keys[1].kind, JWK_EC_P256);
	assert_true(str_is(keys[1].pem, read_vector("ec-public.pem")));
	arena_done(&a);
}

#define X "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""

static void sets_that_are_none(void **state)
{
	static const struct {
		const char *text;
		int err;
		const char *words;
	} cases[] = {
		{"", -EINVAL, ""},
		{"{", -EINVAL, ""},
		{"[]", -EINVAL, "/keys"},
		{"{\"keys\":{}}", -EINVAL, "/keys"},
		{"{\"keys\":[]}", -ENODATA, "none of them"},
		{"{\"keys\":[7,null,{}]}", -ENODATA, "none of them"},
		{"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", -ENODATA, "none of them"},
		{"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\"}]}", -EINVAL, "/keys/0"},
		{"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\"," X ",\"y\":\"AAAA\"}]}", -EINVAL, "/keys/0"},
		/* a point that is not on the curve */
		{"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\"," X ",\"y\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}", -EINVAL,
			"/keys/0"},
		{"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}", -EINVAL, "/keys/0"},
		{"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"!\",\"e\":\"AQAB\"}]}", -EINVAL, "/keys/0"},
	};
	struct arena a;
	(void)state;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct jwk keys[JWK_KEYS_MAX];
		uint32_t n = 99;
		char words[512];
		int err = read_set(str_of(cases[i].text), &a, keys, &n, words);
		if (err != cases[i].err || !strstr(words, cases[i].words) || n != 99)
			fail_msg("%s: %d %s", cases[i].text, err, words);
	}
	arena_done(&a);
}

static void keys_nobody_should_use(void **state)
{
	static const char *const files[] = {"small.json", "private.json"};
	struct arena a;
	(void)state;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct jwk keys[JWK_KEYS_MAX];
		uint32_t n = 0;
		char words[512];
		assert_int_equal(read_set(read_vector(files[i]), &a, keys, &n, words), -EINVAL);
		assert_non_null(strstr(words, "/keys/0"));
	}
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_become_pem),
		cmocka_unit_test(sets_that_are_none),
		cmocka_unit_test(keys_nobody_should_use),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
