/* SPDX-License-Identifier: MIT */
/* The configuration: every key from the file and from the environment, every fault with its place, secrets. */
#include "../help_dir.h"

#include <ctype.h>

#include "../../../src/app/config_table.h"
#include "ringdown/app/config.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/mem.h"

static struct config config;
static char error_text[CONFIG_ERRORS_BYTES];

static int load_bytes(const char *text, size_t n)
{
	struct buf errors;
	buf_init(&errors, error_text, sizeof(error_text) - 1);
	help_write_bytes("ringdown.conf", text, n);
	int err = config_load(&config, help_path("ringdown.conf"), &errors);
	error_text[errors.n] = '\0';
	return err;
}

static int load(const char *text)
{
	return load_bytes(text, strlen(text));
}

/* What no configuration can do without, before `text`. */
#define BASE "[model]\nurl = ws://127.0.0.1:9/x\n[security]\nrequire_signature = no\n"

static void load_well(const char *text)
{
	static char all[8192];
	(void)snprintf(all, sizeof(all), "%s%s", BASE, text);
	if (load(all) < 0)
		fail_msg("%s\nis refused: %s", text, error_text);
}

/* The faults name this, and nothing else is wrong. */
static void refuses(const char *text, const char *fault)
{
	static char all[8192];
	(void)snprintf(all, sizeof(all), "%s%s", BASE, text);
	int err = load(all);
	config_done(&config);
	if (err == 0)
		fail_msg("taken: %s", text);
	if (!strstr(error_text, fault) || strchr(error_text, '\n') != error_text + strlen(error_text) - 1)
		fail_msg("%s\nis refused with: %sand not only: %s", text, error_text, fault);
}

static void *field_of(const struct config_key *k)
{
	return (char *)&config + k->offset;
}

/* A value for each key that is not its default. */
static const struct {
	const char *name, *value;
} others[] = {
	{"server.listen", "[::1]:8443 127.0.0.1:8080 systemd"},
	{"server.public_url", "https://voice.example.com"},
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
	char name[64];
	for (size_t k = 0; config_key_name(k, name, sizeof(name)); k++)
		if (strcmp(name, others[i].name) == 0)
			return &config_keys[k];
	fail_msg("%s is not a key", others[i].name);
	return NULL;
}

static void the_list_of_this_test_is_whole(void **state)
{
	(void)state;
	char name[64];
	size_t n = 0;
	while (config_key_name(n, name, sizeof(name)))
		n++;
	assert_int_equal(n, ARRAY_LEN(others));
	assert_int_equal(n, n_config_keys);
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

static void what_is_wrong_in_the_environment_is_named_by_its_variable(void **state)
{
	(void)state;
	setenv("RINGDOWN_LIMITS_MAX_CALLS", "many", 1);
	refuses("", "RINGDOWN_LIMITS_MAX_CALLS: [limits] max_calls = many: must be a whole number from 1 to 100000");
	unsetenv("RINGDOWN_LIMITS_MAX_CALLS");
}

static void wrong_values_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *text, *fault;
	} cases[] = {
		{"[server]\nlisten = here\n", "ringdown.conf:6: [server] listen = here: must be 1 to 8 of port"},
		{"[server]\nlisten = 1.2.3.4:99999\n", "listen = 1.2.3.4:99999: must be"},
		{"[server]\nlisten =\n", "listen = : must be"},
		{"[server]\nlisten = 1 2 3 4 5 6 7 8 9\n", "must be 1 to 8 of"},
		{"[server]\npublic_url = voice.example.com\n", "public_url = voice.example.com: must be https://host"},
		{"[server]\npublic_url = https://voice.example.com/\n", "must be https://host without a slash"},
		{"[server]\npublic_url = https://u@voice.example.com\n", "must be https://host"},
		{"[server]\npublic_url = https://voice.example.com?x\n", "must be https://host"},
		{"[server]\npublic_url = https://\n", "must be https://host"},
		{"[server]\nloops = 65\n", "loops = 65: must be a whole number from 0 to 64"},
		{"[server]\nloops = -1\n", "loops = -1: must be a whole number"},
		{"[server]\nloops = 1.5\n", "loops = 1.5: must be a whole number"},
		{"[server]\nloops = 99999999999999999999\n", "must be a whole number"},
		{"[server]\ndrain_timeout_s = 86401\n", "must be a whole number from 0 to 86400"},
		{"[server]\nmax_connections = 0\n", "must be a whole number from 1 to 1000000"},
		{"[server]\nlog_level = loud\n", "log_level = loud: must be err, warning, notice, info or debug"},
		{"[server]\ntls_cert = /c.pem\n", "[server] tls_cert and tls_key: both or neither"},
		{"[model]\nurl = https://x\n", "url = https://x: must be wss://host"},
		{"[model]\ndialect = gamma\n", "dialect = gamma: must be ga or beta"},
		{"[model]\nconnect_timeout_ms = 99\n", "must be a whole number from 100 to 60000"},
		{"[model]\napi_key_file = /nonexistent\n", "[model] api_key_file = /nonexistent: No such file"},
		{"[model]\nurl = wss://api.openai.com/v1/realtime\n", "[model] api_key_file is missing"},
		{"[twilio]\naccount_sid = AC12\n", "account_sid = AC12: must be AC and 32 digits"},
		{"[twilio]\nauth_token_file = /dev/null\n", "[twilio] auth_token_file = /dev/null: there is nothing in it"},
		{"[security]\nrequire_signature = maybe\n", "require_signature = maybe: must be yes or no"},
		{"[security]\nrequire_signature = yes\n", "[twilio] auth_token_file is missing"},
		{"[record]\nbitrate = 5999\n", "must be a whole number from 6000 to 256000"},
		{"[tools]\nworkers = 65\n", "must be a whole number from 1 to 64"},
		{"[play]\nlead_ms = 59\n", "must be a whole number from 60 to 5000"},
		{"[play]\nmessage_ms = 19\n", "must be a whole number from 20 to 1000"},
		{"[numbers]\n911 = default\n", "ringdown.conf:6: [numbers] 911: must be a number in E.164 form"},
		{"[numbers]\n+49abc = default\n", "[numbers] +49abc: must be"},
		{"[numbers]\n+1234567890123456 = default\n", "must be a number"},
		{"[numbers]\n+15550100 = a\n+15550100 = b\n", "ringdown.conf:7: [numbers] +15550100: is given twice"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		refuses(cases[i].text, cases[i].fault);
}

static void unknown_names_are_faults_with_a_hint(void **state)
{
	(void)state;
	refuses("[server]\nlops = 2\n", "ringdown.conf:6: [server] lops is not a key; is loops meant?");
	refuses("[server]\nzzzzzzzz = 2\n", "[server] zzzzzzzz is not a key\n");
	refuses("[severs]\nloops = 2\n", "ringdown.conf:6: [severs] is not a section");
	refuses("[server]\nmodel = x\n", "[server] model is not a key");
	refuses("[model]\nserver = x\n\n[limits]\n", "ringdown.conf:6: [model] server is not a key");
}

static void lines_that_are_none_are_named_each(void **state)
{
	(void)state;
	help_write("secret", "x");
	(void)load("loops = 1\n[server\nwhat is this\n\n# listen\n; listen\n[server]\nloops\nloops = 2\n[security]\nrequire_signature = no\n"
		   "[model]\nurl = ws://x/y\n");
	assert_non_null(strstr(error_text, "ringdown.conf:1: loops stands before any [section]"));
	assert_non_null(strstr(error_text, "ringdown.conf:2: the section's ] is missing"));
	assert_non_null(strstr(error_text, "ringdown.conf:3: neither a [section] nor key = value"));
	assert_non_null(strstr(error_text, "ringdown.conf:8: neither"));
	assert_int_equal(config.loops, 2);
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

static void a_line_that_is_too_long_is_not_cut(void **state)
{
	(void)state;
	static char text[1024];
	(void)snprintf(text, sizeof(text), "# %0300d\n[assistants]\ndir = /%0193d\n[server]\nloops = 2\n", 0, 0);
	refuses(text, "ringdown.conf:7: the line is too long");
	(void)snprintf(text, sizeof(text), "# %0300d\n[assistants]\ndir = /%0180d\n", 0, 0);
	load_well(text);
	assert_int_equal(strlen(config.assistants_dir), 181);
	config_done(&config);
}

static void a_nul_byte_is_named(void **state)
{
	(void)state;
	static const char text[] = BASE "[server]\n# a\0b\nloops = 2\nlo\0ops = 2\n";
	assert_true(load_bytes(text, sizeof(text) - 1) < 0);
	assert_non_null(strstr(error_text, "ringdown.conf:6: a NUL byte is in the line"));
	assert_non_null(strstr(error_text, "ringdown.conf:8: a NUL byte is in the line"));
	assert_int_equal(config.loops, 2);
	config_done(&config);
}

static void a_file_that_cannot_be_read(void **state)
{
	(void)state;
	struct buf errors;
	static const struct {
		const char *file, *fault;
	} cases[] = {{"/nonexistent/ringdown.conf", "/nonexistent/ringdown.conf: No such file or directory\n"},
		{"/", "/: Is a directory\n"}};
	setenv("RINGDOWN_SECURITY_REQUIRE_SIGNATURE", "no", 1);
	setenv("RINGDOWN_MODEL_URL", "ws://x/y", 1);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_init(&errors, error_text, sizeof(error_text) - 1);
		assert_true(config_load(&config, cases[i].file, &errors) < 0);
		error_text[errors.n] = '\0';
		assert_string_equal(error_text, cases[i].fault);
		config_done(&config);
	}
	unsetenv("RINGDOWN_SECURITY_REQUIRE_SIGNATURE");
	unsetenv("RINGDOWN_MODEL_URL");
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

static void more_faults_than_there_is_room_for(void **state)
{
	(void)state;
	static char text[40000];
	size_t n = 0;
	for (int i = 0; i < 1000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "[server]\nunknown_key_%d = 1\n", i);
	assert_true(load(text) < 0);
	assert_non_null(strstr(error_text, "unknown_key_0"));
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
		cmocka_unit_test_setup_teardown(
			what_is_wrong_in_the_environment_is_named_by_its_variable, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(wrong_values_are_named, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(unknown_names_are_faults_with_a_hint, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(lines_that_are_none_are_named_each, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(lines_are_taken_as_people_write_them, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_line_that_is_too_long_is_not_cut, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_nul_byte_is_named, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_file_that_cannot_be_read, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(numbers_lead_to_assistants, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(numbers_have_a_limit, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(secrets_come_from_files_or_credentials, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(secrets_are_read_again, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(what_is_in_force_is_printed_without_secrets, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(more_faults_than_there_is_room_for, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(want_of_memory_is_told, help_setup, help_teardown),
	};
	return cmocka_run_group_tests_name("app/config", tests, NULL, NULL);
}
