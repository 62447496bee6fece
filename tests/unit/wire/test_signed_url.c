/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/signed_url.h"

#include <stdio.h>

#include "wire_test.h"

enum { NOW_S = 1800000000, EXPIRES_S = NOW_S + 300 };

static const struct signed_url_key keys[] = {
	{1, {"0123456789abcdef0123456789abcdef", 32}}, {2, {"fedcba9876543210fedcba9876543210", 32}}};

#define PATH "/media/recordings/RE0123456789abcdef0123456789abcdef.mp3"

static const struct signed_url link_to_sound = {
	.method = {"GET", 3},
	.path = {PATH, sizeof(PATH) - 1},
	.fields = {{{"u", 1}, {"01jd3v4k2m0000000000000000", 26}}, {{"o", 1}, {"acme", 4}}},
	.n_fields = 2,
	.expires_s = EXPIRES_S,
};

static char text[2048];

static struct str make(const struct signed_url_key *key, const struct signed_url *url)
{
	struct buf b;
	buf_init(&b, text, sizeof(text));
	assert_int_equal(signed_url_put(&b, key, url), 0);
	return buf_str(&b);
}

static int check_at(struct str method, struct str url, int64_t now_s)
{
	int64_t expires_s = 0;
	struct str query = url;
	struct str path = str_split(&query, '?');
	int err = signed_url_check(keys, 2, method, path, query, now_s, &expires_s);
	assert_int_equal(expires_s, err == -EACCES ? 0 : EXPIRES_S);
	return err;
}

static int check(const char *url)
{
	return check_at(STR("GET"), str_of(url), NOW_S);
}

/* Computed by another program, Python's hmac. */
static void test_form(void **state)
{
	(void)state;
	assert_view(make(&keys[1], &link_to_sound),
		PATH "?e=1800000300&k=2&o=acme&u=01jd3v4k2m0000000000000000&s=zJyZ88wcAkz0TjuERvjnrjvBF4YE4QtHOt7rldaCGac");
}

static void test_get_is_head_and_nothing_else(void **state)
{
	(void)state;
	struct str url = make(&keys[0], &link_to_sound);
	assert_int_equal(check_at(STR("GET"), url, NOW_S), 0);
	assert_int_equal(check_at(STR("HEAD"), url, NOW_S), 0);
	assert_int_equal(check_at(STR("POST"), url, NOW_S), -EACCES);
	assert_int_equal(check_at(STR("DELETE"), url, NOW_S), -EACCES);
	assert_int_equal(check_at(STR(""), url, NOW_S), -EACCES);
}

static void test_expiry(void **state)
{
	(void)state;
	struct str url = make(&keys[0], &link_to_sound);
	assert_int_equal(check_at(STR("GET"), url, EXPIRES_S), 0);
	assert_int_equal(check_at(STR("GET"), url, EXPIRES_S + 1), -ETIMEDOUT);
	assert_int_equal(check_at(STR("GET"), url, INT64_MAX), -ETIMEDOUT);
	/* Who forges an expiry learns nothing of it. */
	memcpy(strstr(text, "e=18"), "e=17", 4);
	assert_int_equal(check_at(STR("GET"), url, NOW_S), -EACCES);
}

static void test_order_does_not_matter(void **state)
{
	(void)state;
	static char other[2048];
	make(&keys[1], &link_to_sound);
	(void)snprintf(other, sizeof(other), PATH "?%s&u=01jd3v4k2m0000000000000000&k=2&o=acme&e=1800000300", strstr(text, "s="));
	assert_int_equal(check(other), 0);
	struct signed_url turned = link_to_sound;
	turned.fields[0] = link_to_sound.fields[1];
	turned.fields[1] = link_to_sound.fields[0];
	static char first[2048];
	memcpy(first, text, sizeof(first));
	make(&keys[1], &turned);
	assert_string_equal(first, text);
}

static void test_every_byte_counts(void **state)
{
	(void)state;
	struct str url = make(&keys[0], &link_to_sound);
	for (size_t i = 0; i < url.n; i++) {
		char was = text[i];
		text[i] = was == '1' ? '2' : '1';
		if (check(text) != -EACCES)
			fail_msg("taken with another byte at %zu: %s", i, text);
		text[i] = was;
	}
	assert_int_equal(check(text), 0);
	for (size_t i = url.n - 1; i > 0; i--)
		assert_int_equal(check_at(STR("GET"), (struct str){url.p, i}, NOW_S), -EACCES);
}

static void test_what_is_added_or_taken_away(void **state)
{
	(void)state;
	static char more[2500];
	static const char *const added[] = {"&x=1", "&u=other", "&e=1900000000", "&k=1", "&s=", "&", "&=", "&x", "&o=%61", "&%75=1"};
	struct str url = make(&keys[0], &link_to_sound);
	for (size_t i = 0; i < sizeof(added) / sizeof(*added); i++) {
		(void)snprintf(more, sizeof(more), "%s%s", url.p, added[i]);
		/* A bare '&' at the end is no field. */
		if (check(more) != (strcmp(added[i], "&") == 0 ? 0 : -EACCES))
			fail_msg("%s", added[i]);
	}
	assert_int_equal(check(PATH), -EACCES);
	assert_int_equal(check(PATH "?"), -EACCES);
	assert_int_equal(check(PATH "?e=1800000300&k=1"), -EACCES);
}

static void test_keys(void **state)
{
	(void)state;
	static const struct signed_url_key empty[] = {{1, {"", 0}}, {3, {"short", 5}}};
	int64_t expires_s;
	struct str query = make(&keys[1], &link_to_sound);
	struct str path = str_split(&query, '?');
	assert_int_equal(signed_url_check(keys, 2, STR("GET"), path, query, NOW_S, &expires_s), 0);
	assert_int_equal(signed_url_check(keys, 1, STR("GET"), path, query, NOW_S, &expires_s), -EACCES);
	assert_int_equal(signed_url_check(keys, 0, STR("GET"), path, query, NOW_S, &expires_s), -EACCES);
	struct signed_url_key swapped[] = {{2, keys[0].key}, {1, keys[1].key}};
	assert_int_equal(signed_url_check(swapped, 2, STR("GET"), path, query, NOW_S, &expires_s), -EACCES);
	struct buf b;
	buf_init(&b, text, sizeof(text));
	assert_int_equal(signed_url_put(&b, &empty[0], &link_to_sound), -EINVAL);
	assert_int_equal(signed_url_put(&b, &empty[1], &link_to_sound), -EINVAL);
}

static void test_fields_that_cannot_be(void **state)
{
	(void)state;
	static const char *const names[] = {"e", "k", "s", "", "a b", "a&b", "a=b", "a%62", "\xc3\xa4", "u"};
	struct buf b;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct signed_url url = link_to_sound;
		url.fields[1].name = str_of(names[i]);
		buf_init(&b, text, sizeof(text));
		assert_int_equal(signed_url_put(&b, &keys[0], &url), -EINVAL);
		url.fields[1] = (struct signed_url_field){STR("o"), str_of(names[i])};
		int is_good = i < 4 || i == 9;
		assert_int_equal(signed_url_put(&b, &keys[0], &url), is_good ? 0 : -EINVAL);
	}
	struct signed_url many = link_to_sound;
	many.n_fields = SIGNED_URL_FIELDS_MAX - 2;
	assert_int_equal(signed_url_put(&b, &keys[0], &many), -E2BIG);
	buf_init(&b, text, 100);
	assert_int_equal(signed_url_put(&b, &keys[0], &link_to_sound), -E2BIG);
}

static void test_get(void **state)
{
	(void)state;
	assert_view(signed_url_get(STR("e=1&u=abc&o="), STR("u")), "abc");
	assert_view(signed_url_get(STR("e=1&u=abc&o="), STR("o")), "");
	assert_view(signed_url_get(STR("e=1&u=abc&o="), STR("x")), "");
	assert_view(signed_url_get(STR(""), STR("u")), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_get_is_head_and_nothing_else),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_order_does_not_matter),
		cmocka_unit_test(test_every_byte_counts),
		cmocka_unit_test(test_what_is_added_or_taken_away),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_fields_that_cannot_be),
		cmocka_unit_test(test_get),
	};
	return cmocka_run_group_tests_name("wire/signed_url", tests, NULL, NULL);
}
