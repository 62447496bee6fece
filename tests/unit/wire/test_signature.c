/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/signature.h"

#include <jansson.h>

#include "wire_test.h"

enum { VECTORS = 29 };

static const char vectors_path[] = RINGDOWN_SOURCE_DIR "/tests/vectors/twilio-signatures.json";

static void doc_free(json_t **doc)
{
	json_decref(*doc);
}

static struct str text_of(const json_t *vector, const char *key)
{
	const json_t *v = json_object_get(vector, key);
	return v ? (struct str){json_string_value(v), json_string_length(v)} : STR("");
}

static struct str text_at(const json_t *array, size_t i)
{
	return str_of(json_string_value(json_array_get(array, i)));
}

/* NULL where the vector's request is no form POST. */
static const struct form *form_of(const json_t *vector, struct form *form)
{
	const json_t *params = json_object_get(vector, "params");
	*form = (struct form){.n = json_array_size(params)};
	for (size_t i = 0; i < form->n; i++) {
		const json_t *pair = json_array_get(params, i);
		form->fields[i] = (struct form_field){text_at(pair, 0), text_at(pair, 1)};
	}
	return params ? form : NULL;
}

static void check_vector(const json_t *v)
{
	static struct form form;
	const struct form *f = form_of(v, &form);
	bool is_expected = json_is_true(json_object_get(v, "expected"));
	bool is_ok = signature_check(text_of(v, "auth_token"), text_of(v, "url"), f,
		text_of(v, "body"), text_of(v, "signature"));
	if (is_ok != is_expected)
		fail_msg("%s: wanted %d", json_string_value(json_object_get(v, "name")),
			is_expected);
	if (!json_object_get(v, "signed_url") || !json_is_true(json_object_get(v, "recomputed")))
		return;
	char text[SIGNATURE_TEXT_MAX];
	assert_int_equal(
		signature_make(text_of(v, "auth_token"), text_of(v, "signed_url"), f, text), 0);
	assert_view(text_of(v, "signature"), text);
}

static void test_vectors(void **state)
{
	(void)state;
	AUTO(doc_free) json_t *doc = json_load_file(vectors_path, 0, NULL);
	const json_t *vectors = json_object_get(doc, "vectors");
	assert_int_equal(json_array_size(vectors), VECTORS);
	for (size_t i = 0; i < VECTORS; i++)
		check_vector(json_array_get(vectors, i));
}

static const struct str token = {"0123456789abcdef0123456789abcdef", 32};

static bool fits(const char *signed_url, const char *url)
{
	char text[SIGNATURE_TEXT_MAX];
	assert_int_equal(signature_make(token, str_of(signed_url), NULL, text), 0);
	return signature_check(token, str_of(url), NULL, STR(""), str_of(text));
}

static void test_upgrade(void **state)
{
	(void)state;
	assert_true(fits("wss://a.example/media-stream", "wss://a.example/media-stream"));
	assert_true(fits("wss://a.example/media-stream/", "wss://a.example/media-stream"));
	assert_true(fits("wss://a.example:443/media-stream", "wss://a.example/media-stream"));
	assert_true(fits("wss://a.example/media-stream", "wss://a.example:8443/media-stream"));
	assert_true(fits("wss://a.example:443/media-stream/", "wss://a.example:8443/media-stream"));
	assert_false(fits("https://a.example/media-stream", "wss://a.example/media-stream"));
	assert_false(fits("wss://a.example/media-stream", "wss://a.example/media-stream?token=1"));
	assert_false(fits("wss://a.example/media-stream", "wss://b.example/media-stream"));
	assert_false(
		fits("wss://a.example/media-stream", "wss://a.example/simple-voice/stream/o/a"));
}

static void test_ports(void **state)
{
	(void)state;
	assert_true(fits("https://a.example/x", "https://a.example:8443/x"));
	assert_true(fits("https://a.example:443/x", "https://a.example/x"));
	assert_true(fits("http://a.example:80/x", "http://a.example/x"));
	assert_true(fits("http://a.example:8080/x", "http://a.example:8080/x"));
	assert_false(fits("https://a.example:8443/x", "https://a.example/x"));
	assert_false(fits("https://a.example:80/x", "https://a.example/x"));
	assert_false(fits("https://a.example/x/", "https://a.example/x"));
	assert_false(fits("http://a.example/x", "https://a.example/x"));
	assert_true(fits("https://[2001:db8::1]/x", "https://[2001:db8::1]:8443/x"));
	assert_true(fits("https://[2001:db8::1]:443/x", "https://[2001:db8::1]/x"));
	assert_true(fits("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"));
	assert_true(fits("https://a.example?x=1:2@3", "https://a.example:1?x=1:2@3"));
	assert_true(fits("https://a.example/x", "https://user:pa:ss@a.example:8443/x"));
	assert_true(fits("https://user:pa:ss@a.example/x", "https://user:pa:ss@a.example:8443/x"));
}

static void test_not_even_a_url(void **state)
{
	static const char *const odd[] = {"x", "://", ":", "@", "[", "wss://", "//",
		"https://@:", "https://[::1", "?'", "https://a]:1/"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		assert_true(fits(odd[i], odd[i]));
	assert_false(signature_check(
		token, STR(""), NULL, STR(""), STR("AAAAAAAAAAAAAAAAAAAAAAAAAAA=")));
}

static void test_long_url(void **state)
{
	char url[SIGNATURE_URL_MAX + 1], text[SIGNATURE_TEXT_MAX];
	(void)state;
	memset(url, '\'', sizeof(url)); /* each one three times as long when it is escaped */
	memcpy(url, "https://a/?", 11);
	struct str longest = {url, SIGNATURE_URL_MAX}, too_long = {url, SIGNATURE_URL_MAX + 1};
	assert_int_equal(signature_make(token, longest, NULL, text), 0);
	assert_true(signature_check(token, longest, NULL, STR(""), str_of(text)));
	assert_int_equal(signature_make(token, too_long, NULL, text), -E2BIG);
	assert_false(signature_check(token, too_long, NULL, STR(""), str_of(text)));
}

/* Each bit of a signature counts, and so does its length. */
static void test_tampered(void **state)
{
	static const char url[] = "https://a.example/connect/webhook/twilio/voice";
	char text[SIGNATURE_TEXT_MAX];
	(void)state;
	assert_int_equal(signature_make(token, str_of(url), NULL, text), 0);
	struct str good = str_of(text);
	for (size_t i = 0; i < good.n * 8; i++) {
		text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
		assert_false(signature_check(token, str_of(url), NULL, STR(""), good));
		text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
	}
	assert_true(signature_check(token, str_of(url), NULL, STR(""), good));
	for (size_t n = 0; n < good.n; n++)
		assert_false(
			signature_check(token, str_of(url), NULL, STR(""), (struct str){text, n}));
	text[good.n] = '=';
	assert_false(
		signature_check(token, str_of(url), NULL, STR(""), (struct str){text, good.n + 1}));
	assert_false(signature_check(STR("other"), str_of(url), NULL, STR(""), good));
	assert_false(signature_check(STR(""), str_of(url), NULL, STR(""), good));
}

/* What was signed as a form is neither another form nor none. */
static void test_fields(void **state)
{
	static struct form form, other;
	static const struct str url = {"https://a.example/x", 19};
	char text[SIGNATURE_TEXT_MAX];
	(void)state;
	form.n = 2;
	form.fields[0] = (struct form_field){STR("b"), STR("2")};
	form.fields[1] = (struct form_field){STR("a"), STR("")};
	assert_int_equal(signature_make(token, url, &form, text), 0);
	assert_true(signature_check(token, url, &form, STR(""), str_of(text)));
	assert_false(signature_check(token, url, NULL, STR(""), str_of(text)));
	other = form;
	other.fields[0].value = STR("3");
	assert_false(signature_check(token, url, &other, STR(""), str_of(text)));
	other = (struct form){
		.n = 2, .fields = {form.fields[1], form.fields[0]}}; /* the order does not count */
	assert_true(signature_check(token, url, &other, STR(""), str_of(text)));
	other.fields[other.n++] = form.fields[0]; /* nor does the same once more */
	assert_true(signature_check(token, url, &other, STR(""), str_of(text)));
	other.fields[other.n++] = (struct form_field){STR("c"), STR("")};
	assert_false(signature_check(token, url, &other, STR(""), str_of(text)));
}

static void test_as_many_fields_as_there_can_be(void **state)
{
	static struct form form;
	static char names[FORM_FIELDS_MAX][8];
	char text[SIGNATURE_TEXT_MAX];
	(void)state;
	for (form.n = 0; form.n < FORM_FIELDS_MAX; form.n++) {
		struct buf b;
		buf_init(&b, names[form.n], sizeof(names[0]));
		buf_put_u64(&b, form.n * 7919 % FORM_FIELDS_MAX);
		form.fields[form.n] = (struct form_field){buf_str(&b), STR("v")};
	}
	assert_int_equal(signature_make(token, STR("https://a/"), &form, text), 0);
	assert_true(signature_check(token, STR("https://a/"), &form, STR(""), str_of(text)));
	form.fields[255].value = STR("w");
	assert_false(signature_check(token, STR("https://a/"), &form, STR(""), str_of(text)));
}

#define BODY_SUM "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
#define NO_SUM	 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static bool body_fits(const char *url, const char *body)
{
	char text[SIGNATURE_TEXT_MAX];
	assert_int_equal(signature_make(token, str_of(url), NULL, text), 0);
	return signature_check(token, str_of(url), NULL, str_of(body), str_of(text));
}

static void test_body(void **state)
{
	static const char body[] = "{\"property\": \"value\", \"boolean\": true}";
	(void)state;
	assert_true(body_fits("https://a/x?bodySHA256=" BODY_SUM, body));
	assert_true(body_fits("https://a/x?a=1&bodySHA256=" BODY_SUM "&b=2", body));
	assert_true(body_fits("https://a/x?bodySHA256=" NO_SUM, ""));
	assert_false(body_fits("https://a/x?bodySHA256=" BODY_SUM, "{}"));
	assert_false(body_fits("https://a/x?bodySHA256=" NO_SUM, body));
	assert_false(body_fits("https://a/x?bodySHA256=0a1ff7634d9ab3b9", body));
	assert_false(body_fits("https://a/x?bodySHA256=", body));
	assert_false(body_fits("https://a/x", body));
}

/* Who takes the body away has tampered with it, too. */
static void test_body_taken_away(void **state)
{
	(void)state;
	assert_false(body_fits("https://a/x?bodySHA256=" BODY_SUM, ""));
}

/* Who has no token has nobody to trust: a signature made with no key fits nothing. */
static void test_no_token(void **state)
{
	(void)state;
	char text[SIGNATURE_TEXT_MAX];
	assert_int_equal(signature_make(STR(""), STR("https://a/x"), NULL, text), 0);
	assert_false(signature_check(STR(""), STR("https://a/x"), NULL, STR(""), str_of(text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_upgrade),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_not_even_a_url),
		cmocka_unit_test(test_long_url),
		cmocka_unit_test(test_tampered),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_as_many_fields_as_there_can_be),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_body_taken_away),
		cmocka_unit_test(test_no_token),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
