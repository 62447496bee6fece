/* SPDX-License-Identifier: MIT */
/* Tokens of both issuers, and forged ones of every kind (FAULTS 81). */
#include "plane_help.h"

#include <errno.h>
#include <jansson.h>
#include <jwt.h>
#include <stdio.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/buf.h"
#include "ringdown/plane/bearer.h"
#include "ringdown/wire/base64.h"
#include "ringdown/wire/digest.h"

#define NOW_S   1790000000
#define SECRET  "0123456789abcdef0123456789abcdef"
#define SECRET2 "fedcba9876543210fedcba9876543210"
#define ISSUER  "https://voice.example.com"

static struct arena arena;
static struct bearer_keys keys;
static char vector_text[16384];

static struct str vector_of(const char *name)
{
	char path[512];
	(void)snprintf(path, sizeof(path), RINGDOWN_SOURCE_DIR "/tests/vectors/jwt/%s", name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t n = fread(vector_text, 1, sizeof(vector_text) - 1, f);
	vector_text[n] = '\0';
	(void)fclose(f);
	return arena_str(&arena, (struct str){vector_text, n + 1}); /* libjwt wants the NUL as well */
}

static int setup(void **state)
{
	char words[256];
	struct buf b;
	(void)state;
	arena_init(&arena, 1 << 22);
	keys = (struct bearer_keys){.issuer = STR(ISSUER), .other_issuer = STR("https://id.example.com"), .n = 2};
	keys.list[0] = (struct bearer_key){BEARER_HS256, STR("rd-1"), STR(SECRET)};
	keys.list[1] = (struct bearer_key){BEARER_HS256, STR("rd-2"), STR(SECRET2)};
	buf_init(&b, words, sizeof(words));
	struct str set = vector_of("jwks.json");
	set.n--;
	assert_int_equal(bearer_add_key_set(&keys, set, &arena, &b), 0);
	assert_int_equal(keys.n, 4);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static const char *encode(const char *text)
{
	size_t n = strlen(text);
	char *to = arena_alloc(&arena, BASE64URL_ENCODED(n) + 1);
	(void)base64url_encode((const uint8_t *)text, n, to);
	return to;
}

/* Signed with HMAC under `secret`, whatever the header says. */
static const char *forge(const char *header, const char *claims, const char *secret)
{
	uint8_t mac[DIGEST_BYTES];
	char text[64] = "";
	const char *head = arena_printf(&arena, "%s.%s", encode(header), encode(claims));
	assert_int_equal(digest_hmac(str_of(secret), str_of(head), mac), 0);
	text[base64url_encode(mac, sizeof(mac), text)] = '\0';
	return arena_printf(&arena, "%s.%s", head, text);
}

#define HEAD    "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"rd-1\"}"
#define PARTIES "\"iss\":\"" ISSUER "\",\"sub\":\"u1\",\"org\":\"acme\""
#define CLAIMS  "{" PARTIES ",\"exp\":1790000600}"

static int check_text(const char *text, struct bearer *b, const char **why)
{
	*why = "";
	return bearer_check(&keys, &arena, str_of(text), NOW_S, b, why);
}

static void is_refused(const char *text, int err, const char *words)
{
	struct bearer b = {0};
	const char *why;
	int got = check_text(text, &b, &why);
	if (got != err || !strstr(why, words) || b.subject.n > 0)
		fail_msg("%s: %d %s", text, got, why);
}

static void what_we_make_we_take(void **state)
{
	struct bearer in = {.subject = STR("u1"), .type = STR("app"), .id = STR("j1"), .orgs = {STR("acme"), STR("other")},
		.n_orgs = 2, .roles = STR("agent viewer"), .scopes = STR("calls:read users:*"), .issued_s = NOW_S,
		.expires_s = NOW_S + 60}, out = {0};
	struct str text;
	const char *why;
	(void)state;
	assert_int_equal(bearer_make(&keys, &arena, &in, &text), 0);
	int err = bearer_check(&keys, &arena, text, NOW_S, &out, &why);
	if (err < 0)
		fail_msg("%s", why);
	assert_str(out.issuer, ISSUER);
	assert_str(out.subject, "u1");
	assert_str(out.type, "app");
	assert_str(out.id, "j1");
	assert_int_equal(out.n_orgs, 2);
	assert_str(out.orgs[0], "acme");
	assert_str(out.orgs[1], "other");
	assert_str(out.roles, "agent viewer");
	assert_str(out.scopes, "calls:read users:*");
	assert_int_equal(out.issued_s, NOW_S);
	assert_int_equal(out.expires_s, NOW_S + 60);
	assert_true(out.is_ours);
	struct bearer_keys none = {.issuer = STR(ISSUER)};
	assert_int_equal(bearer_make(&none, &arena, &in, &text), -ENOKEY);
	none.list[none.n++] = (struct bearer_key){BEARER_HS256, STR("short"), STR("short")};
	assert_int_equal(bearer_make(&none, &arena, &in, &text), -ENOKEY);
}

/* Two live for rotation: the last one signs, both are believed; one that is gone is not. */
static void keys_rotate(void **state)
{
	struct bearer in = {.subject = STR("u1"), .orgs = {STR("acme")}, .n_orgs = 1, .type = STR("user"), .issued_s = NOW_S,
		.expires_s = NOW_S + 60}, out;
	struct bearer_keys old = keys, fresh = keys;
	struct str text;
	const char *why;
	(void)state;
	old.n = 1;
	assert_int_equal(bearer_make(&old, &arena, &in, &text), 0);
	assert_int_equal(bearer_check(&keys, &arena, text, NOW_S, &out, &why), 0);
	fresh.list[0] = fresh.list[1];
	fresh.n = 1;
	assert_int_equal(bearer_check(&fresh, &arena, text, NOW_S, &out, &why), -EACCES);
}

static const char *sign(jwt_alg_t algorithm, const char *pem_file, const char *kid, const char *claims)
{
	jwt_t *jwt = NULL;
	struct str pem = vector_of(pem_file);
	assert_int_equal(jwt_new(&jwt), 0);
	assert_int_equal(jwt_add_grants_json(jwt, claims), 0);
	if (kid)
		assert_int_equal(jwt_add_header(jwt, "kid", kid), 0);
	assert_int_equal(jwt_set_alg(jwt, algorithm, (const unsigned char *)pem.p, (int)pem.n), 0);
	char *text = jwt_encode_str(jwt);
	assert_non_null(text);
	const char *copy = arena_strdup(&arena, str_of(text));
	free(text);
	jwt_free(jwt);
	return copy;
}

#define THEIRS "{\"iss\":\"https://id.example.com\",\"sub\":\"kc|1\",\"org\":\"acme\",\"exp\":1790000600,\"roles\":[\"agent\"]}"

static void another_issuer_is_believed_under_its_keys(void **state)
{
	struct bearer b = {0};
	const char *why;
	(void)state;
	static const struct {
		jwt_alg_t algorithm;
		const char *file, *kid, *wrong;
	} cases[] = {{JWT_ALG_RS256, "rsa.pem", "rsa-1", "ec-1"}, {JWT_ALG_ES256, "ec.pem", "ec-1", "rsa-1"}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *text = sign(cases[i].algorithm, cases[i].file, cases[i].kid, THEIRS);
		if (check_text(text, &b, &why) < 0)
			fail_msg("%s", why);
		assert_str(b.subject, "kc|1");
		assert_str(b.type, "user");
		assert_str(b.roles, "agent");
		assert_false(b.is_ours);
		is_refused(sign(cases[i].algorithm, cases[i].file, cases[i].wrong, THEIRS), -EACCES, "no key");
		is_refused(sign(cases[i].algorithm, cases[i].file, "nobody", THEIRS), -EACCES, "no key");
		is_refused(sign(cases[i].algorithm, cases[i].file, NULL, THEIRS), -EACCES, "no key"); /* the keys have names */
		is_refused(sign(cases[i].algorithm, cases[i].file, cases[i].kid, CLAIMS), -EACCES, "iss");
	}
	is_refused(sign(JWT_ALG_RS384, "rsa.pem", "rsa-1", THEIRS), -EACCES, "algorithm");
	keys.list[2].kid = STR("");
	assert_int_equal(check_text(sign(JWT_ALG_RS256, "rsa.pem", NULL, THEIRS), &b, &why), 0);
	/* their issuer does not become ours, nor ours theirs */
	is_refused(forge(HEAD, THEIRS, SECRET), -EACCES, "iss");
}

static void algorithms_are_not_the_tokens_to_choose(void **state)
{
	(void)state;
	struct str pem = vector_of("rsa-public.pem");
	char *public_key = arena_strdup(&arena, (struct str){pem.p, pem.n - 1});
	static const char *const headers[] = {"{\"alg\":\"none\"}", "{\"alg\":\"None\",\"kid\":\"rd-1\"}", "{\"alg\":\"NONE\"}",
		"{\"alg\":\"hs256\",\"kid\":\"rd-1\"}", "{\"alg\":\"HS384\",\"kid\":\"rd-1\"}", "{\"alg\":\"HS512\",\"kid\":\"rd-1\"}",
		"{\"alg\":7,\"kid\":\"rd-1\"}", "{\"kid\":\"rd-1\"}", "{\"alg\":\"\"}"};
	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		is_refused(forge(headers[i], CLAIMS, SECRET), -EACCES, "algorithm");
		is_refused(arena_printf(&arena, "%s.%s.", encode(headers[i]), encode(CLAIMS)), -EACCES, "JSON Web Token");
	}
	/* HMAC with the public key that everybody knows */
	is_refused(forge("{\"alg\":\"HS256\",\"kid\":\"rsa-1\"}", THEIRS, public_key), -EACCES, "no key");
	is_refused(forge("{\"alg\":\"RS256\",\"kid\":\"rsa-1\"}", THEIRS, public_key), -EACCES, "no key");
	is_refused(forge("{\"alg\":\"ES256\",\"kid\":\"ec-1\"}", THEIRS, public_key), -EACCES, "no key");
}

static void keys_are_not_the_tokens_to_bring(void **state)
{
	(void)state;
	static const char *const headers[] = {"{\"alg\":\"HS256\"}", "{\"alg\":\"HS256\",\"kid\":\"\"}",
		"{\"alg\":\"HS256\",\"kid\":\"../../../dev/null\"}", "{\"alg\":\"HS256\",\"kid\":\"x' UNION SELECT 'a\"}",
		"{\"alg\":\"HS256\",\"kid\":\"rd-2\"}", "{\"alg\":\"HS256\",\"kid\":\"rd-1\\u0000\"}",
		"{\"alg\":\"HS256\",\"kid\":[\"rd-1\"]}",
		"{\"alg\":\"HS256\",\"jku\":\"https://evil.example/jwks\",\"x5u\":\"https://evil.example/x\"}",
		"{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"},\"kid\":\"evil\"}"};
	for (size_t i = 0; i < ARRAY_LEN(headers); i++)
		is_refused(forge(headers[i], CLAIMS, SECRET), -EACCES, "");
	is_refused(forge(HEAD, CLAIMS, ""), -EACCES, "no key");
	is_refused(forge(HEAD, CLAIMS, "guessed"), -EACCES, "no key");
	is_refused(forge("{\"alg\":\"HS256\",\"kid\":\"rd-1\",\"crit\":[\"exp\"]}", CLAIMS, SECRET), -EACCES, "JSON Web Token");
	is_refused(forge("{\"alg\":\"HS256\",\"alg\":\"HS256\",\"kid\":\"rd-1\"}", CLAIMS, SECRET), -EACCES, "JSON Web Token");
}

static void claims_that_are_refused(void **state)
{
	static const struct {
		const char *claims;
		int err;
		const char *words;
	} cases[] = {
		{"{" PARTIES "}", -EACCES, "no expiry"},
		{"{" PARTIES ",\"exp\":\"1790000600\"}", -EACCES, "no expiry"},
		{"{" PARTIES ",\"exp\":null}", -EACCES, "no expiry"},
		{"{" PARTIES ",\"exp\":-5}", -EACCES, "no expiry"},
		{"{" PARTIES ",\"exp\":1e308}", -EACCES, "no expiry"},
		{"{" PARTIES ",\"exp\":1789999939}", -ETIMEDOUT, "expired"},
		{"{" PARTIES ",\"exp\":1790086461}", -EACCES, "24 hours"},
		{"{" PARTIES ",\"exp\":1790000600,\"nbf\":1790000061}", -EACCES, "not good yet"},
		{"{" PARTIES ",\"exp\":1790000600,\"nbf\":\"x\"}", -EACCES, "not good yet"},
		{"{" PARTIES ",\"exp\":1790000600,\"iat\":1790000061}", -EACCES, "not good yet"},
		{"{\"iss\":\"https://evil.example\",\"sub\":\"u1\",\"org\":\"acme\",\"exp\":1790000600}", -EACCES, "issuer"},
		{"{\"sub\":\"u1\",\"org\":\"acme\",\"exp\":1790000600}", -EACCES, "issuer"},
		{"{" PARTIES ",\"exp\":1790000600,\"aud\":\"https://other.example\"}", -EACCES, "aud"},
		{"{" PARTIES ",\"exp\":1790000600,\"aud\":[]}", -EACCES, "aud"},
		{"{" PARTIES ",\"exp\":1790000600,\"aud\":7}", -EACCES, "aud"},
		{"{\"iss\":\"" ISSUER "\",\"org\":\"acme\",\"exp\":1790000600}", -EACCES, "sub"},
		{"{\"iss\":\"" ISSUER "\",\"sub\":\"u1\",\"exp\":1790000600}", -EACCES, "org"},
		{"{\"iss\":\"" ISSUER "\",\"sub\":\"u1\",\"org\":\"\",\"exp\":1790000600}", -EACCES, "org"},
		{"{\"iss\":\"" ISSUER "\",\"sub\":\"u1\",\"org\":{},\"exp\":1790000600}", -EACCES, "org"},
		{"{" PARTIES ",\"exp\":1790000600,\"typ\":\"admin\"}", -EACCES, "typ"},
		{"{" PARTIES ",\"exp\":1790000600,\"exp\":1790000600}", -EACCES, "JSON Web Token"},
		{"{" PARTIES ",\"org\":\"other\",\"exp\":1790000600}", -EACCES, "JSON Web Token"},
		{"[]", -EACCES, "JSON Web Token"},
		{"", -EACCES, "JSON Web Token"},
		{"{", -EACCES, "JSON Web Token"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		is_refused(forge(HEAD, cases[i].claims, SECRET), cases[i].err, cases[i].words);
}

static void claims_at_the_edge_are_taken(void **state)
{
	static const char *const claims[] = {CLAIMS, "{" PARTIES ",\"exp\":1789999940}", "{" PARTIES ",\"exp\":1790086460}",
		"{" PARTIES ",\"exp\":1790000600,\"nbf\":1790000060,\"iat\":1790000060}", "{" PARTIES ",\"exp\":1790000600.5}",
		"{" PARTIES ",\"exp\":1790000600,\"aud\":\"" ISSUER "\"}", "{" PARTIES ",\"exp\":1790000600,\"aud\":[\"x\",\"" ISSUER "\"]}",
		"{" PARTIES ",\"exp\":1790000600,\"orgs\":[\"acme\"]}"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
		struct bearer b = {0};
		const char *why;
		if (check_text(forge(HEAD, claims[i], SECRET), &b, &why) < 0)
			fail_msg("%s: %s", claims[i], why);
		assert_int_equal(b.n_orgs, 1);
	}
}

/* Any byte of a good token changed, any part of it missing: nothing is let through. */
static void a_token_that_was_touched(void **state)
{
	(void)state;
	const char *good = forge(HEAD, CLAIMS, SECRET);
	size_t n = strlen(good);
	for (size_t i = 0; i < n; i++) {
		char *bad = arena_strdup(&arena, str_of(good));
		struct bearer b = {0};
		const char *why;
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		assert_int_equal(check_text(bad, &b, &why), -EACCES);
		assert_int_equal(bearer_check(&keys, &arena, (struct str){good, i}, NOW_S, &b, &why), -EACCES);
	}
	is_refused("", -EACCES, "JSON Web Token");
	is_refused("..", -EACCES, "JSON Web Token");
	is_refused(arena_printf(&arena, "%s.x", good), -EACCES, "");
	is_refused(arena_printf(&arena, " %s", good), -EACCES, "");
	is_refused(arena_printf(&arena, "%s=", good), -EACCES, "");
	char *huge = arena_alloc(&arena, BEARER_TEXT_MAX + 2);
	memset(huge, 'A', BEARER_TEXT_MAX + 1);
	memcpy(huge, good, n);
	is_refused(huge, -EACCES, "JSON Web Token");
}

static void deep_nests_are_no_stack(void **state)
{
	(void)state;
	char *claims = arena_alloc(&arena, 6001);
	memset(claims, '[', 6000);
	is_refused(forge(HEAD, claims, SECRET), -EACCES, "JSON Web Token");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_we_make_we_take, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_rotate, setup, teardown),
		cmocka_unit_test_setup_teardown(another_issuer_is_believed_under_its_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(algorithms_are_not_the_tokens_to_choose, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_are_not_the_tokens_to_bring, setup, teardown),
		cmocka_unit_test_setup_teardown(claims_that_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(claims_at_the_edge_are_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(a_token_that_was_touched, setup, teardown),
		cmocka_unit_test_setup_teardown(deep_nests_are_no_stack, setup, teardown),
	};
	return cmocka_run_group_tests_name("plane/bearer", tests, NULL, NULL);
}
