/* SPDX-License-Identifier: MIT */
/* The configuration: every key from the file and from the environment, every fault with its place, secrets. */
#include "config_rig.h"

#include <ctype.h>

#include "../../../src/app/config_table.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/mem.h"

static void *field_of(const struct config_key *k)
{
	return (char *)&config + k->offset;
}

/* A value for each key that is not its default. */
static const struct {
	const char *name, *value;
} others[] = {
	{"server.listen", "[::1]:8443 127.0.0.1:8080 systemd"},
	{"server.admin_listen", "127.0.0.1:9090"},
	{"server.public_url", "https://voice.example.com"},
	{"server.cors_origins", "https://a.example http://127.0.0.1:3000"},
	{"server.tls_cert", "/c.pem"},
	{"server.tls_key", "/k.pem"},
	{"server.loops", "7"},
	{"server.drain_timeout_s", "8"},
	{"server.max_connections", "9"},
	{"server.log_level", "debug"},
	{"model.url", "ws://127.0.0.1:10/y"},
	{"model.model", "other"},
	{"model.dialect", "beta"},
	{"model.api_key_file", "SECRET"},
	{"model.ca_file", "/ca.pem"},
	{"model.transcription_model", "whisper-1"},
	{"model.connect_timeout_ms", "777"},
	{"twilio.account_sid", "AC0123456789abcdef0123456789abcdef"},
	{"twilio.auth_token_file", "SECRET"},
	{"twilio.api_url", "http://127.0.0.1:4010/{product}"},
	{"twilio.fallback_number", "+15551230009"},
	{"store.url", "sqlite:/d/ringdown.db"},
	{"keys.dir", "/d/keys"},
	{"plane.webhook_workers", "6"},
	{"plane.api_workers", "7"},
	{"auth.jwks_file", "/d/jwks.json"},
	{"auth.issuer", "https://id.example.com/"},
	{"outbound.allow_private", "127.0.0.1:4010, [::1]:80,fake.local:443"},
	{"security.require_signature", "no"},
	{"security.allow_private_webhooks", "yes"},
	{"assistants.dir", "/a"},
	{"assistants.default", "reception"},
	{"record.dir", "/r"},
	{"record.transcripts", "no"},
	{"record.bitrate", "24000"},
	{"limits.max_calls", "11"},
	{"limits.max_pending_per_address", "11"},
	{"tools.workers", "5"},
	{"tools.ca_file", "/t.pem"},
	{"play.lead_ms", "300"},
	{"play.message_ms", "60"},
};

static const char *other_value(size_t i)
{
	return strcmp(others[i].value, "SECRET") == 0 ? help_path("secret") : others[i].value;
}

static bool is_set(const struct config_key *k, const char *value)
{
	switch (k->type) {
	case CONFIG_TEXT:
		return strcmp(*(char **)field_of(k), value) == 0;
	case CONFIG_NUMBER:
		return *(uint32_t *)field_of(k) == (uint32_t)strtoul(value, NULL, 10);
	case CONFIG_BOOL:
		return *(bool *)field_of(k) == (strcmp(value, "yes") == 0);
	}
	return false;
}

static const struct config_key *row_of(size_t i)
{
	struct str key = str_of(others[i].name);
	struct str section = str_split(&key, '.');
	for (size_t k = 0; k < n_config_keys; k++)
		if (str_is(section, str_of(config_keys[k].section)) && str_is(key, str_of(config_keys[k].key)))
			return &config_keys[k];
	fail_msg("%s is not a key", others[i].name);
	return NULL;
}

static void the_list_of_this_test_is_whole(void **state)
{
	(void)state;
	assert_int_equal(n_config_keys, ARRAY_LEN(others));
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_non_null(row_of(i));
}

static void defaults(void **state)
{
	(void)state;
	load_well("");
	assert_string_equal(config.listen, "127.0.0.1:8080");
	assert_string_equal(config.dialect, "ga");
	assert_int_equal(config.drain_timeout_s, 300);
	assert_int_equal(config.max_pending_per_address, 1024);
	assert_int_equal(config.max_calls, 500);
	assert_int_equal(config.lead_ms, 400);
	assert_true(config.has_transcripts);
	assert_false(config.allow_private_webhooks);
	assert_int_equal(config.n_numbers, 0);
	assert_int_equal(config.api_key.n, 0);
	config_done(&config);
}

static void every_key_is_read_from_the_file(void **state)
{
	(void)state;
	static char text[8192];
	size_t n = 0;
	help_write("secret", "s3cr3t\n");
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		const struct config_key *k = row_of(i);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "[%s]\n%s = %s\n", k->section, k->key, other_value(i));
	}
	load_well(text);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (!is_set(row_of(i), other_value(i)))
			fail_msg("%s did not become %s", others[i].name, other_value(i));
	config_done(&config);
}

static void name_variable(const struct config_key *k, char *dst, size_t size)
{
	(void)snprintf(dst, size, "RINGDOWN_%s_%s", k->section, k->key);
	for (char *p = dst; *p; p++)
		*p = (char)toupper((unsigned char)*p);
}

static void every_key_is_overridden_by_the_environment(void **state)
{
	(void)state;
	char name[64];
	help_write("secret", "s3cr3t\n");
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		name_variable(row_of(i), name, sizeof(name));
		setenv(name, other_value(i), 1);
	}
	load_well("[limits]\nmax_calls = 99\n");
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		name_variable(row_of(i), name, sizeof(name));
		unsetenv(name);
		if (!is_set(row_of(i), other_value(i)))
			fail_msg("%s did not make %s", name, other_value(i));
	}
	config_done(&config);
}

static void lines_are_taken_as_people_write_them(void **state)
{
	(void)state;
	help_write("secret", "x");
	assert_int_equal(load("\xef\xbb\xbf[security]\r\n  require_signature=no\r\n\t[model]\r\n  url : ws://a/b ; with a comment\r\n"
			      "  model = my model  \r\n[server]\n   loops =   3"),
		0);
	assert_string_equal(config.model_url, "ws://a/b");
	assert_string_equal(config.model, "my model");
	assert_int_equal(config.loops, 3);
	config_done(&config);
}

static void numbers_lead_to_assistants(void **state)
{
	(void)state;
	load_well("[numbers]\n+15550100 = reception\n+4930123456 = sales-de\n");
	assert_int_equal(config.n_numbers, 2);
	assert_true(str_is(config.numbers[0].number, STR("+15550100")));
	assert_true(str_is(config.numbers[1].assistant, STR("sales-de")));
	config_done(&config);
}

static void numbers_have_a_limit(void **state)
{
	(void)state;
	static char text[8192];
	size_t n = (size_t)snprintf(text, sizeof(text), "[numbers]\n");
	for (int i = 0; i <= CONFIG_NUMBERS_MAX; i++) {
		if (i == CONFIG_NUMBERS_MAX) {
			load_well(text);
			assert_int_equal(config.n_numbers, CONFIG_NUMBERS_MAX);
			config_done(&config);
		}
		n += (size_t)snprintf(text + n, sizeof(text) - n, "+1555%04d = a\n", i);
	}
	refuses(text, "[numbers] +15550256: is one too many");
}

static void secrets_come_from_files_or_credentials(void **state)
{
	(void)state;
	static char text[2048];
	help_write("key", "sk-file\n");
	(void)snprintf(text, sizeof(text), "[model]\napi_key_file = %s\n", help_path("key"));
	assert_int_equal(mkdir(help_path("credentials"), 0700), 0);
	help_write("credentials/openai_api_key", "sk-credential\n");
	help_write("credentials/twilio_auth_token", " token \n");
	setenv("CREDENTIALS_DIRECTORY", help_path("credentials"), 1);
	load_well(text);
	assert_true(str_is(config.api_key, STR("sk-file")));
	assert_true(str_is(config.auth_token, STR("token")));
	config_done(&config);
	load_well("");
	assert_true(str_is(config.api_key, STR("sk-credential")));
	config_done(&config);
	assert_int_equal(unlink(help_path("credentials/twilio_auth_token")), 0);
	load_well("");
	assert_int_equal(config.auth_token.n, 0);
	config_done(&config);
	help_write("credentials/twilio_auth_token", "\n");
	refuses("", "credentials/twilio_auth_token: there is nothing in it");
	unsetenv("CREDENTIALS_DIRECTORY");
}

static int reload_secrets(void)
{
	struct buf errors;
	buf_init(&errors, error_text, sizeof(error_text) - 1);
	int err = config_load_secrets(&config, &errors);
	error_text[errors.n] = '\0';
	return err;
}

static void secrets_are_read_again(void **state)
{
	(void)state;
	static char text[2048];
	help_write("key", "first");
	help_write("token", "token");
	(void)snprintf(text, sizeof(text), "[model]\napi_key_file = %s\n[twilio]\nauth_token_file = %s\n", help_path("key"),
		help_path("token"));
	load_well(text);
	const char *same = config.auth_token.p;
	help_write("key", "second");
	assert_int_equal(reload_secrets(), 0);
	assert_true(str_is(config.api_key, STR("second")));
	assert_ptr_equal(config.auth_token.p, same);
	help_write("key", "\n");
	assert_true(reload_secrets() < 0);
	assert_non_null(strstr(error_text, "api_key_file"));
	assert_true(str_is(config.api_key, STR("second")));
	/* However often: what did not change takes no memory that is not given back. */
	help_write("key", "second");
	for (int i = 0; i < 40000; i++)
		if (reload_secrets() < 0 || !str_is(config.api_key, STR("second")))
			fail_msg("lost after %d times: %s", i, error_text);
	config_done(&config);
	assert_int_equal(config.api_key.n, 0);
}

static void what_is_in_force_is_printed_without_secrets(void **state)
{
	(void)state;
	static char text[2048], printed[8192];
	struct buf out;
	help_write("key", "sk-canary");
	(void)snprintf(text, sizeof(text), "[model]\napi_key_file = %s\n[numbers]\n+15550100 = reception\n", help_path("key"));
	load_well(text);
	buf_init(&out, printed, sizeof(printed) - 1);
	config_print(&config, &out);
	assert_true(buf_ok(&out));
	printed[out.n] = '\0';
	assert_non_null(strstr(printed, "[server]\n  listen = 127.0.0.1:8080\n"));
	assert_non_null(strstr(printed, "  require_signature = no\n"));
	assert_non_null(strstr(printed, "api key (9 bytes), auth token (0 bytes)"));
	assert_non_null(strstr(printed, "number +15550100 -> reception"));
	assert_null(strstr(printed, "canary"));
	config_done(&config);
}

static void passwords_of_urls_are_not_printed(void **state)
{
	(void)state;
	static const struct {
		const char *url, *printed;
	} cases[] = {
		{"postgresql://me:pw-canary@h:5432/d", "  url = postgresql://me:****@h:5432/d\n"},
		{"postgresql://me:p@pw-canary@h/d?sslmode=verify-full", "  url = postgresql://me:****@h/d?sslmode=verify-full\n"},
		{"postgresql://h/d?password=pw-canary&user=me", "  url = postgresql://h/d?password=****&user=me\n"},
		{"postgresql://me@h/d", "  url = postgresql://me@h/d\n"},
		{"postgresql://h:5432/d@x", "  url = postgresql://h:5432/d@x\n"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		static char text[256], printed[8192];
		struct buf out;
		(void)snprintf(text, sizeof(text), "[store]\nurl = %s\n", cases[i].url);
		load_well(text);
		assert_string_equal(config.store_url, cases[i].url);
		buf_init(&out, printed, sizeof(printed) - 1);
		config_print(&config, &out);
		printed[out.n] = '\0';
		if (!strstr(printed, cases[i].printed) || strstr(printed, "canary"))
			fail_msg("%s is printed as\n%s", cases[i].url, printed);
		config_done(&config);
	}
}

/* With a store the tokens and keys are its integrations'. */
static void a_store_asks_for_no_account_in_files(void **state)
{
	(void)state;
	static const char store[] = "[store]\nurl = sqlite:/d/ringdown.db\n[model]\nurl = wss://api.openai.com/v1/realtime\n";
	assert_int_equal(load(store), 0);
	assert_true(config.require_signature);
	config_done(&config);
	assert_true(load(strstr(store, "[model]")) < 0);
	assert_non_null(strstr(error_text, "[twilio] auth_token_file is missing"));
	assert_non_null(strstr(error_text, "[model] api_key_file is missing"));
	config_done(&config);
}

static void want_of_memory_is_told(void **state)
{
	(void)state;
	uint32_t n = 1;
	help_write("key", "sk-x");
	char text[1024];
	(void)snprintf(text, sizeof(text), BASE "[model]\napi_key_file = %s\n[numbers]\n+15550100 = a\n", help_path("key"));
	for (int err = -1; err < 0; n++) {
		assert_true(n < 200);
		mem_fail_at(n);
		err = load(text);
		mem_fail_at(0);
		assert_true(err == 0 || strstr(error_text, "memory"));
		for (size_t i = 0; i < n_config_keys; i++)
			assert_true(config_keys[i].type != CONFIG_TEXT || *(char **)field_of(&config_keys[i]));
		config_done(&config);
	}
	assert_true(n > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_of_this_test_is_whole),
		cmocka_unit_test_setup_teardown(defaults, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(every_key_is_read_from_the_file, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(every_key_is_overridden_by_the_environment, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(lines_are_taken_as_people_write_them, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(numbers_lead_to_assistants, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(numbers_have_a_limit, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(secrets_come_from_files_or_credentials, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(secrets_are_read_again, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(what_is_in_force_is_printed_without_secrets, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(passwords_of_urls_are_not_printed, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_store_asks_for_no_account_in_files, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(want_of_memory_is_told, help_setup, help_teardown),
	};
	return cmocka_run_group_tests_name("app/config", tests, NULL, NULL);
}
