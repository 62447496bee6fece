/* SPDX-License-Identifier: MIT */
/* Configuration, assistants and certificate together: all that is wrong at once, and nothing half loaded. */
#include "../help_dir.h"

#include "../../../src/app/load.h"
#include "ringdown/base/mem.h"

static struct loaded loaded;

static int load(const char *more)
{
	static char text[4096];
	(void)snprintf(text, sizeof(text),
		"[model]\nurl = ws://127.0.0.1:9/x\n[security]\nrequire_signature = no\n[assistants]\ndir = %s\n%s",
		help_path("assistants"), more);
	help_write("ringdown.conf", text);
	return load_all(&loaded, help_path("ringdown.conf"));
}

static int set_up(void **state)
{
	if (help_setup(state) < 0 || mkdir(help_path("assistants"), 0700) < 0)
		return -1;
	help_write("assistants/default.json", "{\"instructions\":\"x\"}");
	help_write("secret", "s3cr3t");
	return 0;
}

static void is_loaded_whole(void **state)
{
	(void)state;
	assert_int_equal(load("[numbers]\n+15550100 = default\n"), 0);
	assert_string_equal(loaded.errors, "");
	assert_int_equal(loaded.set->n, 1);
	load_done(&loaded);
}

static void all_that_is_wrong_is_told_at_once(void **state)
{
	(void)state;
	help_write("assistants/bad.json", "{\"instructions\":7}");
	assert_true(load("[server]\nlops = 1\ntls_cert = /nonexistent\ntls_key = /nonexistent\n") < 0);
	assert_non_null(strstr(loaded.errors, "ringdown.conf:8: [server] lops is not a key; is loops meant?\n"));
	assert_non_null(strstr(loaded.errors, "bad.json: /instructions = 7: must be a string\n"));
	assert_non_null(strstr(loaded.errors, "[server] tls_cert = /nonexistent: "));
	assert_null(loaded.set);
	load_done(&loaded);
}

static void names_that_lead_nowhere(void **state)
{
	(void)state;
	assert_true(load("default = nobody\n[numbers]\n+15550100 = default\n+15550101 = gone\n") < 0);
	assert_non_null(strstr(loaded.errors, "[assistants] default = nobody: there is no such assistant in "));
	assert_non_null(strstr(loaded.errors, "[numbers] +15550101 = gone: there is no such assistant in "));
	assert_null(strstr(loaded.errors, "+15550100"));
	load_done(&loaded);
}

/* What the guard would refuse in the middle of a call. */
static void plain_webhooks_are_for_development(void **state)
{
	(void)state;
	help_write("assistants/tool.json",
		"{\"instructions\":\"x\",\"tools\":[{\"type\":\"builtin\",\"name\":\"end_call\"},{\"type\":\"function\",\"name\":\"f\","
		"\"webhook\":{\"url\":\"http://127.0.0.1/\",\"secret_file\":\"../secret\"}}]}");
	assert_true(load("") < 0);
	assert_non_null(strstr(loaded.errors,
		"tool.json: /tools/1/webhook/url: must begin with https:// while [security] allow_private_webhooks = no\n"));
	load_done(&loaded);
	assert_int_equal(load("[security]\nallow_private_webhooks = yes\n"), 0);
	load_done(&loaded);
}

static void one_private_target_may_be_opened(void **state)
{
	(void)state;
	help_write("assistants/tool.json",
		"{\"instructions\":\"x\",\"tools\":[{\"type\":\"function\",\"name\":\"f\","
		"\"webhook\":{\"url\":\"http://127.0.0.1:81/\",\"secret_file\":\"../secret\"}}]}");
	assert_true(load("[outbound]\nallow_private = 127.0.0.1:80\n") < 0);
	load_done(&loaded);
	assert_int_equal(load("[outbound]\nallow_private = 127.0.0.1:80, 127.0.0.1:81\n"), 0);
	load_done(&loaded);
}

static void a_key_set_that_is_not_there(void **state)
{
	(void)state;
	assert_true(load("[auth]\njwks_file = /nonexistent\n") < 0);
	assert_string_equal(loaded.errors, "[auth] jwks_file = /nonexistent: No such file or directory\n");
	load_done(&loaded);
}

static void want_of_memory_loads_nothing_half(void **state)
{
	(void)state;
	uint32_t n = 1;
	for (int err = -1; err < 0; n++) {
		assert_true(n < 200);
		mem_fail_at(n);
		err = load("[numbers]\n+15550100 = default\n");
		mem_fail_at(0);
		assert_true(err == 0 || loaded.errors[0]);
		load_done(&loaded);
	}
	assert_true(n > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(is_loaded_whole, set_up, help_teardown),
		cmocka_unit_test_setup_teardown(all_that_is_wrong_is_told_at_once, set_up, help_teardown),
		cmocka_unit_test_setup_teardown(names_that_lead_nowhere, set_up, help_teardown),
		cmocka_unit_test_setup_teardown(plain_webhooks_are_for_development, set_up, help_teardown),
		cmocka_unit_test_setup_teardown(one_private_target_may_be_opened, set_up, help_teardown),
		cmocka_unit_test_setup_teardown(a_key_set_that_is_not_there, set_up, help_teardown),
		cmocka_unit_test_setup_teardown(want_of_memory_loads_nothing_half, set_up, help_teardown),
	};
	return cmocka_run_group_tests_name("app/load", tests, NULL, NULL);
}
