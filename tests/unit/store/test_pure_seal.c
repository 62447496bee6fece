/* SPDX-License-Identifier: MIT */
#include "../help_dir.h"

#include <errno.h>

#include "ringdown/base/auto.h"
#include "ringdown/store/seal.h"

static struct arena arena;
static const struct seal_place place = {{"acme", 4}, {"01jd", 4}, {"cred_enc", 8}};

static int setup(void **state)
{
	arena_init(&arena, 1 << 20);
	unsetenv("CREDENTIALS_DIRECTORY");
	return help_setup(state);
}

static int teardown(void **state)
{
	arena_done(&arena);
	return help_teardown(state);
}

static void write_key(const char *name, char fill, size_t n, mode_t mode)
{
	char bytes[64];
	memset(bytes, fill, sizeof(bytes));
	help_write_bytes(name, bytes, n);
	assert_int_equal(chmod(help_path(name), mode), 0);
}

static int load(struct keys **k, char words[512])
{
	struct buf errors;
	buf_init(&errors, words, 511);
	int err = keys_load(help_dir, k, &errors);
	words[errors.n] = '\0';
	return err;
}

static void the_newest_seals_and_all_open(void **state)
{
	(void)state;
	char words[512];
	struct keys *k = NULL;
	struct str old, new, secret;
	write_key("cred-1.key", 'a', 32, 0600);
	assert_int_equal(load(&k, words), 0);
	assert_int_equal(seal_close(k, &place, STR("a1b2"), &arena, &old), 0);
	assert_true(str_starts(old, STR("v1|1|")));
	k = keys_free(k);
	write_key("cred-10.key", 'b', 32, 0600);
	write_key("cred-2.key", 'c', 32, 0640);
	write_key("cred-03.key", 'd', 32, 0600); /* no name of a key's */
	write_key("cred-x.key", 'd', 32, 0600);
	assert_int_equal(load(&k, words), 0);
	assert_int_equal(keys_newest(k), 10);
	assert_int_equal(keys_at(k, 1), 2);
	assert_int_equal(keys_at(k, 2), 1);
	assert_int_equal(keys_at(k, 3), 0);
	assert_int_equal(seal_close(k, &place, STR(""), &arena, &new), 0);
	assert_int_equal(seal_key(new), 10);
	assert_int_equal(seal_open(k, &place, old, &arena, &secret), 0);
	assert_true(str_is(secret, STR("a1b2")));
	assert_int_equal(seal_open(k, &place, new, &arena, &secret), 0);
	assert_int_equal(secret.n, 0);
	k = keys_free(k);
	assert_int_equal(unlink(help_path("cred-1.key")), 0);
	assert_int_equal(load(&k, words), 0);
	assert_int_equal(seal_open(k, &place, old, &arena, &secret), -ENOENT);
	keys_free(k);
}

static void what_is_moved_or_changed_does_not_open(void **state)
{
	(void)state;
	struct keys *k = NULL;
	struct str text, again, secret;
	static const uint8_t bytes[KEY_BYTES] = {1, 2, 3};
	assert_int_equal(keys_of_bytes(bytes, &k), 0);
	assert_int_equal(seal_close(k, &place, STR("open sesame"), &arena, &text), 0);
	assert_int_equal(seal_close(k, &place, STR("open sesame"), &arena, &again), 0);
	assert_false(str_is(text, again));
	struct seal_place others[] = {place, place, place};
	others[0].org = STR("evil"), others[1].record = STR("01je"), others[2].field = STR("prev_token_enc");
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(seal_open(k, &others[i], text, &arena, &secret), -EBADMSG);
	char *bent = arena_strdup(&arena, text);
	for (size_t i = 5; i < text.n; i++) {
		bent[i] = bent[i] == '0' ? '1' : '0';
		assert_int_equal(seal_open(k, &place, (struct str){bent, text.n}, &arena, &secret), -EBADMSG);
		bent[i] = text.p[i];
	}
	for (size_t n = 0; n < text.n; n++)
		assert_true(seal_open(k, &place, (struct str){text.p, n}, &arena, &secret) < 0);
	assert_int_equal(seal_open(k, &place, text, &arena, &secret), 0);
	assert_true(str_is(secret, STR("open sesame")));
	keys_free(k);
}

static void keys_that_are_none_are_told(void **state)
{
	(void)state;
	char words[512];
	struct keys *k = NULL;
	assert_int_equal(load(&k, words), -ENOENT);
	assert_non_null(strstr(words, "ringdown init"));
	write_key("cred-1.key", 'a', 31, 0600);
	assert_int_equal(load(&k, words), -EINVAL);
	write_key("cred-1.key", 'a', 33, 0600);
	assert_int_equal(load(&k, words), -EINVAL);
	write_key("cred-1.key", 'a', 32, 0644);
	assert_int_equal(load(&k, words), -EINVAL);
	assert_non_null(strstr(words, "chmod"));
	struct buf errors;
	buf_init(&errors, words, sizeof(words));
	assert_int_equal(keys_load("/nonexistent/keys", &k, &errors), -ENOENT);
}

static void a_credential_of_that_name_wins(void **state)
{
	(void)state;
	char words[512];
	struct keys *own = NULL, *both = NULL;
	struct str text, secret;
	write_key("cred-1.key", 'a', 32, 0600);
	assert_int_equal(load(&own, words), 0);
	assert_int_equal(mkdir(help_path("credentials"), 0700), 0);
	write_key("credentials/cred-1.key", 'z', 32, 0440);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", help_path("credentials"), 1), 0);
	assert_int_equal(load(&both, words), 0);
	assert_int_equal(seal_close(own, &place, STR("x"), &arena, &text), 0);
	assert_int_equal(seal_open(both, &place, text, &arena, &secret), -EBADMSG);
	keys_free(own);
	keys_free(both);
}

/* RFC 5869 by OpenSSL: `openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:01.. -kdfopt salt:.. -kdfopt info:url HKDF` */
static void each_use_has_a_key_of_its_own(void **state)
{
	(void)state;
	struct keys *k = NULL;
	static const uint8_t bytes[KEY_BYTES] = {1};
	uint8_t url[KEY_BYTES], jwt[KEY_BYTES], again[KEY_BYTES];
	assert_int_equal(keys_of_bytes(bytes, &k), 0);
	assert_int_equal(keys_derive(k, 1, "url", url), 0);
	assert_int_equal(keys_derive(k, 1, "jwt", jwt), 0);
	assert_int_equal(keys_derive(k, 1, "url", again), 0);
	assert_memory_equal(url, again, sizeof(url));
	assert_memory_not_equal(url, jwt, sizeof(url));
	assert_memory_not_equal(url, bytes, sizeof(url));
	assert_int_equal(keys_derive(k, 2, "url", url), -ENOENT);
	static const uint8_t known[4] = {0xD2, 0x0A, 0x0D, 0xAB};
	assert_memory_equal(again, known, sizeof(known));
	keys_free(k);
	assert_null(keys_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_newest_seals_and_all_open, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_moved_or_changed_does_not_open, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_that_are_none_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(a_credential_of_that_name_wins, setup, teardown),
		cmocka_unit_test_setup_teardown(each_use_has_a_key_of_its_own, setup, teardown),
	};
	return cmocka_run_group_tests_name("store/seal", tests, NULL, NULL);
}
