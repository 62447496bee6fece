/* SPDX-License-Identifier: MIT */
#include "store_rig.h"

#include "ringdown/store/rekey.h"
#include "ringdown/store/seal.h"

enum { INTEGRATIONS = 120 /* more than a batch */ };

static void write_key(const char *name, char fill)
{
	char bytes[KEY_BYTES];
	memset(bytes, fill, sizeof(bytes));
	FILE *f = fopen(rig_path(name), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, sizeof(bytes), f), sizeof(bytes));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(rig_path(name), 0600), 0);
}

static struct keys *load_keys(void)
{
	char words[512];
	struct buf errors;
	struct keys *k = NULL;
	buf_init(&errors, words, sizeof(words));
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(keys_load(rig.dir, &k, &errors), 0);
	return k;
}

static void put(const struct keys *k, const char *sk, const char *secret, const char *token)
{
	const struct seal_place at = {STR("acme"), str_of(sk), STR("cred_enc")};
	const struct seal_place at_token = {STR("acme"), str_of(sk), STR("prev_token_enc")};
	struct str sealed, sealed_token = {0};
	assert_int_equal(seal_close(k, &at, str_of(secret), &rig.arena, &sealed), 0);
	if (token)
		assert_int_equal(seal_close(k, &at_token, str_of(token), &rig.arena, &sealed_token), 0);
	const struct store_value columns[] = {store_text(STR("twilio-provider")), store_text(str_of(sk)), store_null(), store_null(),
		store_text(sealed), store_text_or_null(sealed_token), store_null(), store_text(STR("live")), store_text(STR("active")),
		store_int(0)};
	assert_int_equal(record_insert(&rig.scope, &record_integration, str_of(sk), STR("{}"), columns), 0);
}

static void expect(const struct keys *k, const char *sk, const char *column, const char *secret)
{
	const struct seal_place at = {STR("acme"), str_of(sk), str_of(column)};
	struct record r = rig_get(&record_integration, sk);
	struct str text = r.columns[record_column(&record_integration, column)].bytes, found;
	assert_int_equal(seal_key(text), keys_newest(k));
	assert_int_equal(seal_open(k, &at, text, &rig.arena, &found), 0);
	assert_true(str_is(found, str_of(secret)));
}

static void all_of_it_is_under_the_newest_key(void **state)
{
	(void)state;
	struct rekey_result result;
	char sk[16], secret[32];
	write_key("cred-1.key", 'a');
	struct keys *k = load_keys();
	for (int i = 0; i < INTEGRATIONS; i++) {
		(void)snprintf(sk, sizeof(sk), "i%03d", i);
		(void)snprintf(secret, sizeof(secret), "secret %d", i);
		put(k, sk, secret, i % 2 ? "a former token" : NULL);
	}
	assert_int_equal(rekey_all(rig.conn, k, &result), 0);
	assert_int_equal(result.n_sealed, 0);
	k = keys_free(k);
	write_key("cred-2.key", 'b');
	k = load_keys();
	put(k, "new", "under the newest", NULL);
	assert_int_equal(rekey_all(rig.conn, k, &result), 0);
	assert_int_equal(result.n_sealed, INTEGRATIONS + INTEGRATIONS / 2);
	assert_int_equal(result.n_done, result.n_sealed);
	assert_int_equal(result.n_failed, 0);
	k = keys_free(k);
	assert_int_equal(unlink(rig_path("cred-1.key")), 0); /* and the older is not needed any more */
	k = load_keys();
	for (int i = 0; i < INTEGRATIONS; i++) {
		(void)snprintf(sk, sizeof(sk), "i%03d", i);
		(void)snprintf(secret, sizeof(secret), "secret %d", i);
		expect(k, sk, "cred_enc", secret);
		if (i % 2)
			expect(k, sk, "prev_token_enc", "a former token");
	}
	(void)keys_free(k);
}

static void what_cannot_be_opened_stops_nothing(void **state)
{
	(void)state;
	struct rekey_result result;
	write_key("cred-1.key", 'a');
	struct keys *k = load_keys();
	put(k, "i1", "one", NULL);
	put(k, "i2", "two", NULL);
	put(k, "i3", "three", NULL);
	struct str of_i1 = rig_get(&record_integration, "i1").columns[4].bytes;
	struct record_change moved = {"cred_enc", store_text(of_i1)}; /* to where it was not sealed for */
	assert_int_equal(record_change(&rig.scope, &record_integration, STR("i2"), 0, &moved, 1), 0);
	k = keys_free(k);
	write_key("cred-2.key", 'b');
	k = load_keys();
	assert_int_equal(rekey_all(rig.conn, k, &result), 0);
	assert_int_equal(result.n_sealed, 3);
	assert_int_equal(result.n_done, 2);
	assert_int_equal(result.n_failed, 1);
	expect(k, "i3", "cred_enc", "three");
	assert_true(str_is(rig_get(&record_integration, "i2").columns[4].bytes, of_i1)); /* left as it was */
	(void)keys_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(all_of_it_is_under_the_newest_key),
		RIG_TEST(what_cannot_be_opened_stops_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
