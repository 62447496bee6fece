/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/client_identity.h"

#include <stdio.h>

#include "wire_test.h"

#define SK "01jd3v4k2m0000000000000000"

static char text[256];

static int make(const char *org, const char *sk)
{
	struct buf b;
	buf_init(&b, text, sizeof(text) - 1);
	int err = client_identity_put(&b, str_of(org), str_of(sk));
	text[b.n] = '\0';
	return err;
}

static void test_there_and_back(void **state)
{
	(void)state;
	static const struct {
		const char *org, *identity;
	} cases[] = {{"acme", "acme_" SK}, {"acme_inc", "acme_inc_" SK}, {"acme-inc", "acmeDinc_" SK}, {"a_-b", "a_Db_" SK}, {"9", "9_" SK}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct client_identity id;
		char spelled[300];
		assert_int_equal(make(cases[i].org, SK), 0);
		assert_string_equal(text, cases[i].identity);
		(void)snprintf(spelled, sizeof(spelled), "client:%s", text);
		assert_int_equal(client_identity_read(str_of(text), &id), 0);
		assert_string_equal(id.org, cases[i].org);
		assert_view(id.user_sk, SK);
		assert_int_equal(client_identity_read(str_of(spelled), &id), 0);
		assert_string_equal(id.org, cases[i].org);
		assert_int_equal(id.email.n, 0);
	}
}

static void test_what_cannot_be_one(void **state)
{
	(void)state;
	static char longest[128];
	memset(longest, 'a', CLIENT_IDENTITY_MAX - CLIENT_SK_CHARS - 1);
	assert_int_equal(make(longest, SK), 0);
	assert_int_equal(strlen(text), CLIENT_IDENTITY_MAX);
	longest[CLIENT_IDENTITY_MAX - CLIENT_SK_CHARS - 1] = 'a';
	assert_int_equal(make(longest, SK), -EINVAL);
	assert_int_equal(make("", SK), -EINVAL);
	assert_int_equal(make("Acme", SK), -EINVAL);
	assert_int_equal(make("a b", SK), -EINVAL);
	assert_int_equal(make("acme", "short"), -EINVAL);
	assert_int_equal(make("acme", "01JD3V4K2M0000000000000000"), -EINVAL);
}

static void test_what_is_not_read(void **state)
{
	(void)state;
	static const char *const wrong[] = {"", "client:", SK, "_" SK, "acme-" SK, "ac-me_" SK, "acme_" SK "0", "acme_01jd3v4k2m00000000000000-0",
		"ACME_" SK, "+15551230001", "client:alice", "user:alice", "user:", "acme__"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct client_identity id;
		if (client_identity_read(str_of(wrong[i]), &id) != -EBADMSG)
			fail_msg("%s is read", wrong[i]);
	}
}

static void test_the_platforms_spelling(void **state)
{
	(void)state;
	struct client_identity id;
	assert_int_equal(client_identity_read(STR("client:user:ann@acme.example"), &id), 0);
	assert_view(id.email, "ann@acme.example");
	assert_int_equal(id.user_sk.n, 0);
	assert_string_equal(id.org, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_what_cannot_be_one),
		cmocka_unit_test(test_what_is_not_read),
		cmocka_unit_test(test_the_platforms_spelling),
	};
	return cmocka_run_group_tests_name("wire/client_identity", tests, NULL, NULL);
}
