/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/base64.h"

#include <openssl/evp.h>

#include "../../../src/wire/base64_simd.h"
#include "wire_test.h"

enum { LENGTH_MAX = 512, GUARD = 0x5A };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void fill(uint8_t *bytes, size_t n)
{
	uint32_t seed = 7;
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)next_random(&seed);
}

static ssize_t decode_text(const char *text, uint8_t *ret_bytes)
{
	return base64_decode(text, strlen(text), ret_bytes);
}

/* As slow and as plain as can be: what the tests hold the decoder against. */
static ssize_t slow_decode(const uint8_t *in, size_t n, uint8_t *out)
{
	uint32_t bits = 0;
	size_t n_bits = 0, written = 0, pad = 0;
	if (n % 4)
		return -EBADMSG;
	for (size_t i = 0; i < n; i++) {
		const char *at = in[i] ? strchr(alphabet, in[i]) : NULL;
		pad += in[i] == '=';
		if (in[i] == '=' && i + 2 >= n)
			continue;
		if (!at || pad)
			return -EBADMSG;
		bits = bits << 6 | (uint32_t)(at - alphabet);
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			out[written++] = (uint8_t)(bits >> n_bits);
		}
		bits &= (1u << n_bits) - 1;
	}
	return bits ? -EBADMSG : (ssize_t)written;
}

static void test_rfc4648(void **state)
{
	static const char *const vectors[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
		{"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		const char *plain = vectors[i][0];
		char text[16];
		uint8_t bytes[16];
		size_t n = base64_encode((const uint8_t *)plain, strlen(plain), text);
		assert_int_equal(n, BASE64_ENCODED(strlen(plain)));
		assert_view((struct str){text, n}, vectors[i][1]);
		assert_int_equal(decode_text(vectors[i][1], bytes), strlen(plain));
		assert_memory_equal(bytes, plain, strlen(plain));
	}
}

static void test_nothing(void **state)
{
	char text[1] = {GUARD};
	uint8_t bytes[1] = {GUARD};
	(void)state;
	assert_int_equal(base64_encode(NULL, 0, text), 0);
	assert_int_equal(base64_decode(NULL, 0, bytes), 0);
	assert_int_equal(text[0], GUARD);
	assert_int_equal(bytes[0], GUARD);
}

/* Every length, in memory of exactly that size: the vector part reads and writes sixteen at once.
 */
static void test_round_trip(void **state)
{
	uint8_t plain[LENGTH_MAX];
	(void)state;
	fill(plain, sizeof(plain));
	for (size_t n = 0; n <= LENGTH_MAX; n++) {
		unsigned char want[LENGTH_MAX * 2];
		AUTO(auto_free) char *src = exact_copy((struct str){(const char *)plain, n});
		AUTO(auto_free) char *text = malloc(BASE64_ENCODED(n) + 1);
		size_t n_text = base64_encode((const uint8_t *)src, n, text);
		assert_int_equal(n_text, EVP_EncodeBlock(want, plain, (int)n));
		assert_memory_equal(text, want, n_text);
		AUTO(auto_free) char *exact = exact_copy((struct str){text, n_text});
		AUTO(auto_free) uint8_t *back = malloc(BASE64_DECODED(n_text) + 1);
		back[BASE64_DECODED(n_text)] = GUARD;
		assert_int_equal(base64_decode(exact, n_text, back), n);
		assert_memory_equal(back, plain, n);
		assert_int_equal(back[BASE64_DECODED(n_text)], GUARD);
	}
}

static void test_in_place(void **state)
{
	uint8_t plain[LENGTH_MAX];
	(void)state;
	fill(plain, sizeof(plain));
	for (size_t n = 0; n <= LENGTH_MAX; n++) {
		char text[LENGTH_MAX * 2];
		size_t n_text = base64_encode(plain, n, text);
		AUTO(auto_free) char *both = exact_copy((struct str){text, n_text});
		assert_int_equal(base64_decode(both, n_text, (uint8_t *)both), n);
		assert_memory_equal(both, plain, n);
	}
}

/* Each of 256 bytes at each place of texts that the scalar part, the vector part and the last group
 * see: accepted and refused exactly as the slow decoder does. */
static void test_every_byte_everywhere(void **state)
{
	static const size_t lengths[] = {4, 8, 36, 100};
	uint8_t plain[75];
	(void)state;
	fill(plain, sizeof(plain));
	for (size_t l = 0; l < ARRAY_LEN(lengths); l++) {
		char text[100];
		size_t n = base64_encode(plain, BASE64_DECODED(lengths[l]), text);
		for (size_t i = 0; i < n * 256; i++) {
			uint8_t got[75], want[75];
			char kept = text[i / 256];
			text[i / 256] = (char)(i % 256);
			ssize_t n_want = slow_decode((const uint8_t *)text, n, want);
			assert_int_equal(base64_decode(text, n, got), n_want);
			if (n_want > 0)
				assert_memory_equal(got, want, (size_t)n_want);
			text[i / 256] = kept;
		}
	}
}

static void test_padding(void **state)
{
	static const char *const bad[] = {"Z", "Zg", "Zg=", "Zm8", "Zg===", "=",
		"==", "===", "====", "Z===", "=Zg=", "Zg=g",
		"Z=g=", "Zm9v====", "Zg==Zg==", "Zg==Zm9v", "Zm8=Zm9v",
		"Zm9vZ===", "Zm9v=", "Zm9v=="};
	static const char *const stray_bits[] = {"Zh==", "Zv==", "Zm9=", "Zm+=", "//==", "///="};
	uint8_t bytes[16];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(decode_text(bad[i], bytes), -EBADMSG);
	for (size_t i = 0; i < ARRAY_LEN(stray_bits); i++)
		assert_int_equal(decode_text(stray_bits[i], bytes), -EBADMSG);
}

static void test_only_the_standard_alphabet(void **state)
{
	static const char *const bad[] = {"_-_-", "Zm9_", "-m9v", "Zm9v\n", "Zm9v\r\n\r\n",
		" Zm9v   ", "Zm 9v===", "Zm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm-v",
		"Zm9vZm9vZm-vZm9vZm9vZm9vZm9vZm9vZm9vZm9v",
		"Zm9vZm9vZm_vZm9vZm9vZm9vZm9vZm9vZm9vZm9v",
		"Zm9vZm9vZm9vZm9v\r\nZm9vZm9vZm9vZm9vZm9v=="};
	uint8_t bytes[64], want[30];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(decode_text(bad[i], bytes), -EBADMSG);
	memset(want, 0xff, sizeof(want));
	assert_int_equal(decode_text("////////////////////////////////////////", bytes), 30);
	assert_memory_equal(bytes, want, 30);
}

/* The vector part against OpenSSL and the slow decoder, at every offset in a line of memory. */
static void test_vector_part(void **state)
{
	uint8_t plain[288];
	char text[BASE64_ENCODED(288)];
	(void)state;
	fill(plain, sizeof(plain));
	base64_encode(plain, sizeof(plain), text);
	for (size_t offset = 0; offset < 32; offset++) {
		for (size_t n = 0; n <= 256; n++) {
			char got[LENGTH_MAX];
			unsigned char want[LENGTH_MAX];
			uint8_t back[LENGTH_MAX], slow[LENGTH_MAX];
			size_t done = base64_encode_simd(plain + offset, n, got);
			assert_true(done <= n && done % 3 == 0);
			assert_int_equal(
				EVP_EncodeBlock(want, plain + offset, (int)done), done / 3 * 4);
			assert_memory_equal(got, want, done / 3 * 4);
			done = base64_decode_simd((const uint8_t *)text + offset, n, back);
			assert_true(done <= n && done % 4 == 0);
			assert_int_equal(slow_decode((const uint8_t *)text + offset, done, slow),
				done / 4 * 3);
			assert_memory_equal(back, slow, done / 4 * 3);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc4648),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_every_byte_everywhere),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_only_the_standard_alphabet),
		cmocka_unit_test(test_vector_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
