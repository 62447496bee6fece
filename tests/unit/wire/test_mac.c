/* SPDX-License-Identifier: MIT */
#include "../../../src/wire/mac.h"

#include "wire_test.h"

static void check(const char *digest, struct str key, struct str text, const char *want_hex)
{
	uint8_t mac[MAC_SHA256_BYTES];
	char hex[2 * MAC_SHA256_BYTES];
	struct mac m;
	struct buf b;
	size_t size = strlen(want_hex) / 2;
	mac_begin(&m, digest, key);
	mac_add(&m, text);
	assert_true(mac_end(&m, mac, size));
	buf_init(&b, hex, sizeof(hex));
	hex_put(&b, mac, size);
	assert_written(&b, want_hex);
}

static void test_sha1(void **state) /* RFC 2202, section 3 */
{
	char key[80];
	(void)state;
	memset(key, 0x0b, 20);
	check("SHA1", (struct str){key, 20}, STR("Hi There"),
		"b617318655057264e28bc0b6fb378c8ef146be00");
	check("SHA1", STR("Jefe"), STR("what do ya want for nothing?"),
		"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	memset(key, 0xaa, sizeof(key));
	check("SHA1", (struct str){key, 80},
		STR("Test Using Larger Than Block-Size Key - Hash Key First"),
		"aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

static void test_sha256(void **state) /* RFC 4231, sections 4.2, 4.3, 4.7 */
{
	char key[131];
	(void)state;
	memset(key, 0x0b, 20);
	check("SHA256", (struct str){key, 20}, STR("Hi There"),
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	check("SHA256", STR("Jefe"), STR("what do ya want for nothing?"),
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	check("SHA256", (struct str){key, 131},
		STR("Test Using Larger Than Block-Size Key - Hash Key First"),
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void test_empty(void **state)
{
	(void)state;
	check("SHA1", STR(""), STR(""), "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
	check("SHA1", (struct str){NULL, 0}, (struct str){NULL, 0},
		"fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
	check("SHA256", (struct str){NULL, 0}, STR(""),
		"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void test_pieces(void **state)
{
	static const char text[] = "what do ya want for nothing?";
	const size_t n = sizeof(text) - 1;
	(void)state;
	for (size_t cut = 0; cut <= n; cut++) {
		uint8_t whole[MAC_SHA1_BYTES], cut_up[MAC_SHA1_BYTES];
		struct mac m;
		mac_begin(&m, "SHA1", STR("Jefe"));
		mac_add(&m, str_of(text));
		assert_true(mac_end(&m, whole, sizeof(whole)));
		mac_begin(&m, "SHA1", STR("Jefe"));
		mac_add(&m, (struct str){text, cut});
		mac_add(&m, STR(""));
		mac_add(&m, (struct str){text + cut, n - cut});
		assert_true(mac_end(&m, cut_up, sizeof(cut_up)));
		assert_memory_equal(whole, cut_up, sizeof(whole));
	}
}

static void test_what_fails_fails_at_the_end(void **state)
{
	static const char *const digests[] = {"NONE", "", "a digest with a name too long"};
	uint8_t mac[64];
	struct mac m;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(digests); i++) {
		mac_begin(&m, digests[i], STR("k"));
		mac_add(&m, STR("x"));
		assert_false(mac_end(&m, mac, MAC_SHA1_BYTES));
	}
	static const size_t sizes[] = {0, MAC_SHA1_BYTES - 1, MAC_SHA1_BYTES + 1, MAC_SHA256_BYTES};
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		mac_begin(&m, "SHA1", STR("k"));
		assert_false(mac_end(&m, mac, sizes[i]));
		assert_false(mac_end(&m, mac, MAC_SHA1_BYTES)); /* ended is ended */
	}
}

static void test_hex(void **state)
{
	static const char *const bad[] = {"", "0", "000", "00ffa", "00ffa50", "00fFa5", "00FFA5",
		"00gfa5", "00f a5", "0x0fa5", "00ffa/", "00ffa:", "00ffa`", "-0ffa5"};
	static const uint8_t bytes[3] = {0x00, 0xff, 0xa5};
	uint8_t got[3] = {0};
	char text[6];
	struct buf b;
	(void)state;
	buf_init(&b, text, sizeof(text));
	hex_put(&b, bytes, 3);
	assert_written(&b, "00ffa5");
	assert_true(hex_take(buf_str(&b), got, 3));
	assert_memory_equal(got, bytes, 3);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(hex_take(str_of(bad[i]), got, 3));
	assert_true(hex_take(STR(""), got, 0));
	buf_init(&b, text, 5);
	hex_put(&b, bytes, 3);
	assert_false(buf_ok(&b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha1),
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_what_fails_fails_at_the_end),
		cmocka_unit_test(test_hex),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
