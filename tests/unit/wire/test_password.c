/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/password.h"

#include "ringdown/wire/digest.h"
#include "wire_test.h"

static const uint8_t salt[PASSWORD_SALT_BYTES] = "0123456789abcdef";

/* By Python's hashlib.scrypt (n=32768, r=8, p=1, 32 bytes). */
#define KNOWN "$scrypt$ln=15,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$xxaWgqTSKTdh7WrfWLps_DMbPoovZsowrLVRbAkJkjA"

static void a_hash_is_the_one_others_make(void **state)
{
	char text[PASSWORD_TEXT_MAX];
	(void)state;
	assert_int_equal(password_hash(STR("correct horse battery"), salt, text), 0);
	assert_string_equal(text, KNOWN);
}

static void only_the_right_password_fits(void **state)
{
	(void)state;
	assert_true(password_check(STR("correct horse battery"), STR(KNOWN)));
	assert_false(password_check(STR("correct horse batterY"), STR(KNOWN)));
	assert_false(password_check(STR(""), STR(KNOWN)));
}

static void a_hash_that_is_none_fits_nothing(void **state)
{
	static const char *const bad[] = {"", "$scrypt$", "$scrypt$ln=15,r=8,p=1$", "$scrypt$ln=15,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$",
		"$scrypt$ln=01,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAA", "$scrypt$ln=15,r=8,p=1$!!EyMzQ1Njc4OWFiY2RlZg$AAAA"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(password_check(STR(""), str_of(bad[i])));
}

static void digests(void **state)
{
	char text[DIGEST_HEX_MAX];
	uint8_t mac[DIGEST_BYTES];
	(void)state;
	assert_int_equal(digest_hex(STR("abc"), text), 0);
	assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	/* RFC 4231, test case 2 */
	assert_int_equal(digest_hmac(STR("Jefe"), STR("what do ya want for nothing?"), mac), 0);
	assert_memory_equal(mac, "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7", 16);
	assert_true(digest_equal(STR("abc"), STR("abc")));
	assert_true(digest_equal(STR(""), (struct str){NULL, 0}));
	assert_false(digest_equal(STR("abc"), STR("abd")));
	assert_false(digest_equal(STR("abc"), STR("abcd")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hash_is_the_one_others_make),
		cmocka_unit_test(only_the_right_password_fits),
		cmocka_unit_test(a_hash_that_is_none_fits_nothing),
		cmocka_unit_test(digests),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
