/* SPDX-License-Identifier: MIT */
/* Purchases whose answer was lost: the sweep looks at Twilio's list, and buys nothing. */
#include "api_rig.h"

#include "../../../src/plane/numbers.h"
#include "../twilio/script_server.h"
#include "ringdown/base/auto.h"
#include "ringdown/outbound/http_client.h"
#include "ringdown/store/keys.h"

#define AC     "AC11111111111111111111111111111111"
#define NUMBER "+15550002222"
#define BOUGHT "{\"incoming_phone_numbers\":[{\"sid\":\"PN1\",\"phone_number\":\"" NUMBER "\",\"voice_url\":\"https://elsewhere.example/\"," \
	"\"capabilities\":{\"voice\":true}}],\"next_page_uri\":null}"

static struct keys *keys;
static struct twilio_gate *gate;

static int setup(void **state)
{
	static const uint8_t bytes[KEY_BYTES] = {7};
	static char url[64];
	if (api_setup(state) < 0 || script_start(state) < 0 || keys_of_bytes(bytes, &keys) < 0)
		return -1;
	sweeper_stop(&api_rig.plane->sweeper); /* the plane's own: it would be quicker than the test, and ask elsewhere */
	api_rig.plane->settings.keys = keys;
	gate = twilio_gate_new();
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/{product}", script.port);
	const struct twilio_settings s = {.api_url = url, .gate = gate};
	api_rig.worker.twilio = twilio_new(&s);
	return api_rig.worker.twilio ? 0 : -1;
}

static int teardown(void **state)
{
	api_rig.worker.twilio = twilio_free(api_rig.worker.twilio);
	gate = twilio_gate_free(gate);
	int err = script_end(state);
	err = api_teardown(state) < 0 ? -1 : err;
	keys = keys_free(keys);
	return err;
}

static struct api begin(struct arena *arena)
{
	arena_init(arena, 8 << 20);
	struct api a = {.arena = arena, .plane = api_rig.plane, .store = api_rig.worker.store, .twilio = api_rig.worker.twilio,
		.now_ms = clock_wall_ms()};
	a.scope = (struct store_scope){.conn = a.store, .org = STR("acme"), .author = STR("test"), .now_ms = a.now_ms};
	return a;
}

/* A pending number, as a purchase leaves it that got no answer so long ago. */
static void leave_pending(int64_t ago_ms)
{
	AUTO(arena_done) struct arena arena;
	AUTO(auto_json) json_t *config = json_object();
	struct api a = begin(&arena);
	struct record r;
	struct integration i = {.record = {.sk = STR("01integration")}, .name = STR("main"), .status = STR("active"),
		.account_sid = STR(AC), .secrets = {.auth_token = STR("11111111111111111111111111111111")}};
	assert_int_equal(integration_write(&a, NULL, &i, config, NULL, &r), 0);
	AUTO(number_done) struct number n = {.record = {.sk = STR("01number")}, .e164 = STR(NUMBER), .status = STR("pending"),
		.integration_sk = STR("01integration"), .data = json_object()};
	assert_int_equal(number_write(&a, &n), 0);
	a.now_ms = a.scope.now_ms = a.now_ms - ago_ms;
	assert_int_equal(purchase_insert(&a, &n), 0);
	api_done(&a);
}

static void sweep(void)
{
	AUTO(arena_done) struct arena arena;
	struct api a = begin(&arena);
	numbers_sweep(&a);
	api_done(&a);
}

static void assert_number(const char *status)
{
	char sql[128];
	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM phone_number WHERE status = '%s'", status);
	assert_int_equal(api_count(sql), 1);
}

static void one_that_was_bought_is_found_and_led_here(void **state)
{
	(void)state;
	SCRIPT({"200 OK", BOUGHT}, {"200 OK", "{\"sid\":\"PN1\",\"phone_number\":\"" NUMBER "\"}"});
	leave_pending(NUMBER_SETTLE_MS + 1);
	sweep();
	assert_number("active");
	assert_int_equal(atomic_load(&script.n_requests), 2);
	assert_non_null(strstr(script.requests[0], "GET /api/2010-04-01/Accounts/" AC "/IncomingPhoneNumbers.json?PhoneNumber=%2B15550002222"));
	assert_non_null(strstr(script.requests[1], "POST /api/2010-04-01/Accounts/" AC "/IncomingPhoneNumbers/PN1.json"));
	assert_int_equal(api_count("SELECT count(*) FROM event_log WHERE type = 'number.purchased'"), 1);
	sweep(); /* once */
	assert_int_equal(atomic_load(&script.n_requests), 2);
}

static void one_that_was_not_may_be_bought_again(void **state)
{
	(void)state;
	SCRIPT({"200 OK", "{\"incoming_phone_numbers\":[],\"next_page_uri\":null}"});
	leave_pending(NUMBER_SETTLE_MS + 1);
	sweep();
	assert_number("failed");
	assert_int_equal(api_count("SELECT count(*) FROM purchase_intent WHERE status = 'failed' AND due_ms IS NULL"), 1);
}

static void what_cannot_be_seen_is_looked_at_later(void **state)
{
	(void)state;
	SCRIPT({"500 Oh", "{}"}, {"500 Oh", "{}"});
	leave_pending(NUMBER_SETTLE_MS + 1);
	sweep();
	assert_number("pending");
	sweep();
	assert_int_equal(atomic_load(&script.n_requests), 1); /* not before another minute */
}

static void one_that_is_under_way_is_left_alone(void **state)
{
	(void)state;
	SCRIPT({"200 OK", BOUGHT});
	leave_pending(0);
	sweep();
	assert_number("pending");
	assert_int_equal(atomic_load(&script.n_requests), 0);
}

static int set_up_curl(void **state)
{
	(void)state;
	return http_client_global_init();
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(one_that_was_bought_is_found_and_led_here),
		CASE(one_that_was_not_may_be_bought_again),
		CASE(what_cannot_be_seen_is_looked_at_later),
		CASE(one_that_is_under_way_is_left_alone),
	};
	return cmocka_run_group_tests_name("plane/number_sweep", tests, set_up_curl, NULL);
}
