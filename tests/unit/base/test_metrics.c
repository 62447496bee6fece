/* SPDX-License-Identifier: MIT */
#include "ringdown/base/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char text[65536];

/* Each test has a latency of its own: what was recorded stays for the life of the process. */

static const char *render(void)
{
	struct buf b;
	buf_init(&b, text, sizeof(text) - 1);
	metrics_render(&b);
	assert_true(buf_ok(&b));
	text[buf_str(&b).n] = '\0';
	return text;
}

static void assert_has_line(const char *line)
{
	char wanted[256];
	assert_in_range(snprintf(wanted, sizeof(wanted), "\n%s\n", line), 2, sizeof(wanted) - 1);
	if (!strstr(render(), wanted))
		fail_msg("no line: %s", line);
}

static void test_counters_and_gauges(void **state)
{
	(void)state;
	metric_add(METRIC_BARGE_INS, 2);
	metric_add(METRIC_BARGE_INS, 40);
	metric_set(METRIC_CONNECTIONS_LIVE, 7);
	metric_add(METRIC_CONNECTIONS_LIVE, -9);
	assert_int_equal(metric_get(METRIC_BARGE_INS), 42);
	assert_int_equal(metric_get(METRIC_CONNECTIONS_LIVE), -2);
	assert_has_line("# TYPE ringdown_barge_ins_total counter");
	assert_has_line("# HELP ringdown_barge_ins_total Times a caller cut the assistant short");
	assert_has_line("ringdown_barge_ins_total 42");
	assert_has_line("# TYPE ringdown_connections_live gauge");
	assert_has_line("ringdown_connections_live -2");
	assert_has_line("ringdown_webhooks_total 0");
}

/* One value in an empty histogram comes back no smaller and at most 1/16 larger. */
static void test_step_width(void **state)
{
	(void)state;
	int64_t last = 0;
	for (int64_t us = 0; us < INT64_C(1) << 26; us += 1 + us / 50) {
		latency_record_us(LATENCY_UPLINK, us);
		int64_t got = latency_percentile_us(LATENCY_UPLINK, 100);
		assert_true(got >= us && got <= us + us / 16);
		assert_true(got >= last);
		last = got;
	}
	latency_record_us(LATENCY_UPLINK, INT64_MAX / 4);
	assert_int_equal(latency_percentile_us(LATENCY_UPLINK, 100), INT64_C(1) << 26);
}

static void test_percentiles(void **state)
{
	(void)state;
	assert_int_equal(latency_percentile_us(LATENCY_DOWNLINK, 50), 0);
	for (int64_t us = 1; us <= 1000; us++)
		latency_record_us(LATENCY_DOWNLINK, us);
	assert_int_equal(latency_percentile_us(LATENCY_DOWNLINK, 0), 1);
	assert_int_equal(latency_percentile_us(LATENCY_DOWNLINK, 0.1), 1);
	assert_int_equal(latency_percentile_us(LATENCY_DOWNLINK, 1), 10);
	assert_int_equal(latency_percentile_us(LATENCY_DOWNLINK, 50), 511);
	assert_int_equal(latency_percentile_us(LATENCY_DOWNLINK, 99), 991);
	assert_int_equal(latency_percentile_us(LATENCY_DOWNLINK, 100), 1023);
}

static void test_histogram_text(void **state)
{
	static const int64_t values[] = {
		-5, 0, 63, 64, 127, 128, 1023, 1024, 67108863, 67108864, 1000000000};
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		latency_record_us(LATENCY_TOOL, values[i]);
	assert_has_line("# TYPE ringdown_tool_seconds histogram");
	assert_has_line("ringdown_tool_seconds_bucket{le=\"0.000064\"} 3");
	assert_has_line("ringdown_tool_seconds_bucket{le=\"0.000128\"} 5");
	assert_has_line("ringdown_tool_seconds_bucket{le=\"0.000256\"} 6");
	assert_has_line("ringdown_tool_seconds_bucket{le=\"0.001024\"} 7");
	assert_has_line("ringdown_tool_seconds_bucket{le=\"0.002048\"} 8");
	assert_has_line("ringdown_tool_seconds_bucket{le=\"67.108864\"} 9");
	assert_has_line("ringdown_tool_seconds_bucket{le=\"+Inf\"} 11");
	assert_has_line("ringdown_tool_seconds_sum 1134.220156");
	assert_has_line("ringdown_tool_seconds_count 11");
}

/* The exposition format: each name has HELP, then TYPE, then its samples; the last line ends with
 * \n. */
static void test_form(void **state)
{
	size_t heads = 0, types = 0;
	(void)state;
	const char *all = render();
	assert_int_equal(all[strlen(all) - 1], '\n');
	for (const char *line = all; *line; line = strchr(line, '\n') + 1) {
		bool is_help = !strncmp(line, "# HELP ringdown_", 16);
		bool is_type = !strncmp(line, "# TYPE ringdown_", 16);
		assert_true(is_help || is_type || !strncmp(line, "ringdown_", 9));
		heads += is_help;
		types += is_type;
		assert_true(heads == types || (is_help && heads == types + 1));
	}
	assert_int_equal(heads, METRIC_COUNT + LATENCY_COUNT);
	assert_int_equal(types, heads);
}

static void test_too_little_room(void **state)
{
	struct buf b;
	(void)state;
	buf_init(&b, text, 1000);
	metrics_render(&b);
	assert_false(buf_ok(&b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counters_and_gauges),
		cmocka_unit_test(test_step_width),
		cmocka_unit_test(test_percentiles),
		cmocka_unit_test(test_histogram_text),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_too_little_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
