/* SPDX-License-Identifier: MIT */
/* Tokens and URLs outlive the change to a newer key, and the two never share one. */
#include "../help_dir.h"

#include <errno.h>
#include <sys/stat.h>

#include "ringdown/plane/key_ring.h"

static struct key_ring ring;
static struct arena arena;

static struct keys *load(void)
{
	char words[512];
	struct buf errors;
	struct keys *k = NULL;
	buf_init(&errors, words, sizeof(words));
	if (keys_load(help_dir, &k, &errors) < 0)
		fail_msg(STR_FMT, STR_ARG(buf_str(&errors)));
	return k;
}

static void write_key(const char *name, char fill)
{
	char bytes[KEY_BYTES];
	memset(bytes, fill, sizeof(bytes));
	help_write_bytes(name, bytes, sizeof(bytes));
	assert_int_equal(chmod(help_path(name), 0600), 0);
}

static void begin(struct str key_set)
{
	const struct key_ring_settings s = {.issuer = STR("https://a.example"), .key_set = key_set};
	struct keys *k = load();
	struct buf errors;
	char words[512];
	buf_init(&errors, words, sizeof(words));
	assert_int_equal(key_ring_init(&ring, k, &s, &errors), 0);
	keys_free(k); /* nothing of it is borrowed */
}

static struct str token(void)
{
	const struct bearer b = {.subject = STR("me"), .type = STR("app"), .orgs = {STR("acme")}, .n_orgs = 1, .issued_s = 1000,
		.expires_s = 2000};
	struct str text;
	assert_int_equal(bearer_make(&ring.bearer, &arena, &b, &text), 0);
	return text;
}

static int check(struct str text)
{
	struct bearer b;
	const char *why;
	return bearer_check(&ring.bearer, &arena, text, 1500, &b, &why);
}

static void a_newer_key_signs_and_the_older_is_still_believed(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	write_key("cred-1.key", 'a');
	begin(STR(""));
	struct str first = token();
	assert_int_equal(check(first), 0);
	assert_int_equal(ring.n_urls, 1);
	assert_int_equal(ring.urls[0].id, 1);
	key_ring_done(&ring);

	write_key("cred-2.key", 'b');
	begin(STR(""));
	struct str second = token();
	assert_int_equal(check(first), 0);
	assert_int_equal(check(second), 0);
	assert_int_equal(ring.n_urls, 2);
	assert_int_equal(ring.urls[0].id, 2);
	assert_memory_not_equal(ring.urls[0].key.p, ring.urls[1].key.p, KEY_BYTES);
	assert_memory_not_equal(ring.urls[1].key.p, ring.bearer.list[0].key.p, KEY_BYTES);
	key_ring_done(&ring);

	assert_int_equal(unlink(help_path("cred-1.key")), 0);
	begin(STR(""));
	assert_int_equal(check(first), -EACCES);
	assert_int_equal(check(second), 0);
	key_ring_done(&ring);
	key_ring_done(&ring);
	arena_done(&arena);
}

static void a_key_set_that_is_none_is_told(void **state)
{
	(void)state;
	char words[512];
	struct buf errors;
	const struct key_ring_settings s = {.issuer = STR("x"), .key_set = STR("{\"keys\": 7}")};
	write_key("cred-1.key", 'a');
	struct keys *k = load();
	buf_init(&errors, words, sizeof(words));
	assert_true(key_ring_init(&ring, k, &s, &errors) < 0);
	assert_true(errors.n > 0);
	key_ring_done(&ring);
	keys_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_newer_key_signs_and_the_older_is_still_believed, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_key_set_that_is_none_is_told, help_setup, help_teardown),
	};
	return cmocka_run_group_tests_name("plane/key_ring", tests, NULL, NULL);
}
