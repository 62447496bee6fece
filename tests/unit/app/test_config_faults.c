/* SPDX-License-Identifier: MIT */
/* What is wrong in a configuration: each fault with its place, what is there, and what would be right. */
#include "config_rig.h"

#include "ringdown/base/auto.h"

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
		{"[server]\nadmin_listen = here\n", "admin_listen = here: must be one host:port"},
		{"[server]\nadmin_listen = 127.0.0.1:1 127.0.0.1:2\n", "must be one host:port"},
		{"[server]\nadmin_listen = systemd\n", "must be one host:port"},
		{"[server]\ncors_origins = https://a.example/\n", "must be origins as a browser sends them"},
		{"[server]\ncors_origins = https://a.example *\n", "must be origins"},
		{"[server]\ncors_origins = a.example\n", "must be origins"},
		{"[twilio]\napi_url = https://api.twilio.com\n", "must be https://... with {product} in it once"},
		{"[twilio]\napi_url = https://{product}.{product}.com\n", "with {product} in it once"},
		{"[twilio]\napi_url = https://{product}.twilio.com/\n", "no slash behind it"},
		{"[twilio]\napi_url = http://{product}.twilio.com\n", "[twilio] api_url = http://{product}.twilio.com: must begin with https://, unless"},
		{"[twilio]\napi_url = http://127.0.0.1.example.com/{product}\n", "must begin with https://, unless"},
		{"[store]\nurl = mysql://u:pw-canary@h/d\n", "[store] url = mysql://u:****@h/d: must be sqlite:/path, postgresql://"},
		{"[store]\nurl = sqlite:ringdown.db\n", "must be sqlite:/path"},
		{"[plane]\nwebhook_workers = 0\n", "must be a whole number from 1 to 64"},
		{"[plane]\napi_workers = 65\n", "must be a whole number from 1 to 64"},
		{"[outbound]\nallow_private = 10.0.0.1\n", "must be host:port or [v6]:port, separated by commas"},
		{"[outbound]\nallow_private = 10.0.0.0/8:80\n", "must be host:port"},
		{"[outbound]\nallow_private = *:80\n", "must be host:port"},
		{"[outbound]\nallow_private = a:80, b:0\n", "must be host:port"},
		{"[outbound]\nallow_private = ::1:80\n", "must be host:port"},
		{"[model]\nurl = https://x\n", "url = https://x: must be wss://host"},
		{"[model]\ndialect = gamma\n", "dialect = gamma: must be ga or beta"},
		{"[model]\nconnect_timeout_ms = 99\n", "must be a whole number from 100 to 60000"},
		{"[model]\napi_key_file = /nonexistent\n", "[model] api_key_file = /nonexistent: No such file"},
		{"[model]\nurl = wss://api.openai.com/v1/realtime\n", "[model] api_key_file is missing"},
		{"[twilio]\naccount_sid = AC12\n", "account_sid = AC12: must be AC and 32 digits"},
		{"[twilio]\nfallback_number = 5551230009\n", "fallback_number = 5551230009: must be a number in E.164 form"},
		{"[twilio]\nfallback_number = +1555 1230009\n", "must be a number in E.164 form"},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_is_wrong_in_the_environment_is_named_by_its_variable, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(wrong_values_are_named, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(unknown_names_are_faults_with_a_hint, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(lines_that_are_none_are_named_each, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_line_that_is_too_long_is_not_cut, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_nul_byte_is_named, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_file_that_cannot_be_read, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(more_faults_than_there_is_room_for, help_setup, help_teardown),
	};
	return cmocka_run_group_tests_name("app/config_faults", tests, NULL, NULL);
}
