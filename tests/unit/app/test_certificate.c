/* SPDX-License-Identifier: MIT */
/* Pairs that can be served and pairs that cannot, as operators leave them behind. */
#include "../help_dir.h"

#include <errno.h>

#include "../../../src/app/certificate.h"
#include "ringdown/base/auto.h"

static char words[1024];

static int check(const char *cert, const char *key)
{
	struct buf errors;
	buf_init(&errors, words, sizeof(words) - 1);
	int err = certificate_check(help_path(cert), help_path(key), &errors);
	words[errors.n] = '\0';
	return err;
}

static int make_pairs(void **state)
{
	char command[1024];
	if (help_setup(state) < 0)
		return -1;
	(void)snprintf(command, sizeof(command),
		"cd %s && for n in a b; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
		"-subj /CN=$n.example -keyout $n.key -out $n.pem 2>log || exit 1; done && "
		"openssl ec -in a.key -aes128 -passout pass:secret -out locked.key 2>log && cat a.pem b.pem >chain.pem",
		help_dir);
	return system(command) == 0 ? 0 : -1;
}

static void cut(const char *from, const char *to, size_t percent)
{
	static char content[16384];
	FILE *f = fopen(help_path(from), "r");
	assert_non_null(f);
	size_t n = fread(content, 1, sizeof(content), f);
	assert_int_equal(fclose(f), 0);
	help_write_bytes(to, content, n * percent / 100);
}

static void a_pair_is_fit(void **state)
{
	(void)state;
	assert_int_equal(check("a.pem", "a.key"), 0);
	assert_int_equal(check("b.pem", "b.key"), 0);
	assert_int_equal(check("chain.pem", "a.key"), 0);
	assert_string_equal(words, "");
}

static void what_is_not_is_named(void **state)
{
	(void)state;
	cut("a.pem", "half.pem", 50);
	cut("a.key", "half.key", 50);
	cut("chain.pem", "half-chain.pem", 80);
	help_write("empty", "");
	help_write("garbage", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
	static const struct {
		const char *cert, *key, *fault;
	} cases[] = {
		{"a.pem", "b.key", "[server] tls_key = "},
		{"chain.pem", "b.key", "[server] tls_key = "},
		{"none", "a.key", "[server] tls_cert = "},
		{"a.pem", "none", "[server] tls_key = "},
		{"empty", "a.key", "[server] tls_cert = "},
		{"a.pem", "empty", "[server] tls_key = "},
		{"half.pem", "a.key", "[server] tls_cert = "},
		{"a.pem", "half.key", "[server] tls_key = "},
		{"half-chain.pem", "a.key", "[server] tls_cert = "},
		{"garbage", "a.key", "[server] tls_cert = "},
		{"a.key", "a.pem", "[server] tls_cert = "},
		{"a.pem", "locked.key", "[server] tls_key = "},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (check(cases[i].cert, cases[i].key) != -EINVAL)
			fail_msg("%s and %s are taken", cases[i].cert, cases[i].key);
		if (!str_starts(str_of(words), str_of(cases[i].fault)) || strchr(words, '\n') != words + strlen(words) - 1)
			fail_msg("%s and %s: %s", cases[i].cert, cases[i].key, words);
	}
	assert_int_equal(check("a.pem", "a.key"), 0); /* no error is left over from those */
}

static struct certificate_facts look(const char *cert, const char *host)
{
	struct certificate_facts facts;
	assert_int_equal(certificate_look(help_path(cert), str_of(host), &facts), 0);
	return facts;
}

static void make(const char *extension, const char *file)
{
	char command[1024];
	(void)snprintf(command, sizeof(command),
		"cd %s && openssl req -x509 -key a.key -days 30 -subj /CN=a.example -addext subjectAltName=%s -out %s 2>log",
		help_dir, extension, file);
	assert_int_equal(system(command), 0);
}

static void what_a_certificate_says_is_read(void **state)
{
	(void)state;
	make("DNS:voice.example.com,DNS:*.wild.example", "names.pem");
	make("IP:192.0.2.7,IP:2001:db8::7", "addresses.pem");
	struct certificate_facts facts = look("names.pem", "voice.example.com");
	assert_true(facts.fits_host);
	assert_int_equal(facts.ends_s - facts.begins_s, 30 * 86400);
	assert_in_range(facts.begins_s, 1700000000, 4000000000);
	static const struct {
		const char *cert, *host;
		bool fits;
	} cases[] = {
		{"names.pem", "VOICE.example.com", true},
		{"names.pem", "a.wild.example", true},
		{"names.pem", "a.b.wild.example", false},
		{"names.pem", "voice.example.co", false},
		{"names.pem", "a.example", false}, /* the subject, when there are names */
		{"names.pem", "", false},
		{"addresses.pem", "192.0.2.7", true},
		{"addresses.pem", "192.0.2.8", false},
		{"addresses.pem", "2001:db8:0:0::7", true},
		{"a.pem", "a.example", true},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (look(cases[i].cert, cases[i].host).fits_host != cases[i].fits)
			fail_msg("%s for %s", cases[i].cert, cases[i].host);
	struct certificate_facts none = {.ends_s = 7};
	assert_int_equal(certificate_look(help_path("a.key"), STR("a"), &none), -EINVAL);
	assert_int_equal(certificate_look(help_path("none"), STR("a"), &none), -EINVAL);
	assert_int_equal(none.ends_s, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_pair_is_fit, make_pairs, help_teardown),
		cmocka_unit_test_setup_teardown(what_is_not_is_named, make_pairs, help_teardown),
		cmocka_unit_test_setup_teardown(what_a_certificate_says_is_read, make_pairs, help_teardown),
	};
	return cmocka_run_group_tests_name("app/certificate", tests, NULL, NULL);
}
