/* SPDX-License-Identifier: MIT */
#include "ringdown/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/metrics.h"

struct tube { /* [0]: where the test reads; [1]: what the log is given */
	int fds[2];
};

static void tube_done(struct tube *t)
{
	auto_close(&t->fds[0]);
	auto_close(&t->fds[1]);
}

static struct tube tube_open(bool is_journal)
{
	struct tube t;
	assert_int_equal(pipe2(t.fds, O_CLOEXEC), 0);
	assert_int_equal(fcntl(t.fds[0], F_SETFL, O_NONBLOCK), 0);
	log_init(t.fds[1], is_journal, LOG_LEVEL_INFO);
	return t;
}

/* What the log wrote since the last call; "" when nothing. */
static const char *tube_read(const struct tube *t)
{
	static char text[65537];
	ssize_t n = read(t->fds[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void test_line(void **state)
{
	AUTO(tube_done) struct tube t = tube_open(true);
	(void)state;
	errno = ENOSPC;
	log_info("call=%d barge-in heard_ms=%d", 7, 1840);
	assert_int_equal(errno, ENOSPC);
	assert_string_equal(tube_read(&t), "<6>call=7 barge-in heard_ms=1840\n");
	log_err("%s", "");
	assert_string_equal(tube_read(&t), "<3>\n");
}

static void test_time_in_front(void **state)
{
	AUTO(tube_done) struct tube t = tube_open(false);
	(void)state;
	log_warning("dropping x=%d", 1);
	const char *line = tube_read(&t);
	assert_int_equal(strlen(line), strlen("2026-11-23T20:57:38.123Z warning dropping x=1\n"));
	assert_int_equal(line[10], 'T');
	assert_int_equal(line[23], 'Z');
	assert_string_equal(line + 24, " warning dropping x=1\n");
}

static void test_levels(void **state)
{
	static const char *const names[] = {"err", "warning", "notice", "info", "debug"};
	AUTO(tube_done) struct tube t = tube_open(true);
	enum log_level level = LOG_LEVEL_ERR;
	(void)state;
	log_debug("not %s", "this");
	assert_string_equal(tube_read(&t), "");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("but %s", "this");
	assert_string_equal(tube_read(&t), "<7>but this\n");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(log_level_parse(str_of(names[i]), &level), 0);
		assert_int_equal(level, LOG_LEVEL_ERR + i);
		log_set_level(level);
		assert_true(log_is_on(level));
		assert_int_equal(log_is_on(LOG_LEVEL_DEBUG), level == LOG_LEVEL_DEBUG);
	}
	assert_int_equal(log_level_parse(STR("loud"), &level), -EINVAL);
	assert_int_equal(log_level_parse(STR(""), &level), -EINVAL);
	assert_int_equal(level, LOG_LEVEL_DEBUG);
}

/* FAULTS 66: nothing a peer sends ends a line, moves the cursor or turns the text around. */
static void test_escapes(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"a\r\n<3>forged", "<6>a\\r\\n<3>forged\n"},
		{"\t\\n", "<6>\\t\\\\n\n"},
		{"\x1b[2J\a\x7f", "<6>\\x1b[2J\\x07\\x7f\n"},
		{"\xc2\x9b"
		 "2J",
			"<6>\\x9b2J\n"},
		{"\xe2\x80\xae\xe2\x80\xa8\xe2\x81\xa6", "<6>\\u202e\\u2028\\u2066\n"},
		{"caf\xc3\xa9 \xf0\x9f\x93\x9e", "<6>caf\xc3\xa9 \xf0\x9f\x93\x9e\n"},
		{"\xff\xe1\x80z", "<6>\\xff\\xe1\\x80z\n"},
	};
	AUTO(tube_done) struct tube t = tube_open(true);
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		log_info("%s", rows[i].text);
		assert_string_equal(tube_read(&t), rows[i].want);
	}
}

static void test_long_line_is_cut(void **state)
{
	AUTO(tube_done) struct tube t = tube_open(true);
	char text[5000];
	(void)state;
	for (char fill = 'x'; fill; fill = fill == 'x' ? '\n' : '\0') {
		memset(text, fill, sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		log_info("%s", text);
		const char *line = tube_read(&t);
		size_t n = strlen(line);
		assert_in_range(n, LOG_LINE_MAX - 64, LOG_LINE_MAX);
		assert_string_equal(line + n - 4, "...\n");
		assert_ptr_equal(strchr(line, '\n'), line + n - 1);
	}
}

static size_t lines_in(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Tries again when a new second began in between: the limit is by the second. */
static void test_rate_limit(void **state)
{
	AUTO(tube_done) struct tube t = tube_open(true);
	struct log_site site, other = {0};
	int64_t began_s;
	size_t lines;
	(void)state;
	do {
		memset(&site, 0, sizeof(site));
		began_s = clock_now_us() / 1000000;
		for (int i = 0; i < 3 * LOG_BURST; i++)
			log_write(&site, LOG_LEVEL_INFO, "again %d", i);
		lines = lines_in(tube_read(&t));
	} while (clock_now_us() / 1000000 != began_s);
	assert_int_equal(lines, LOG_BURST);
	assert_int_equal(atomic_load(&site.suppressed), 2 * LOG_BURST);
	log_write(&other, LOG_LEVEL_INFO, "another site"); /* is not held back by this one */
	assert_string_equal(tube_read(&t), "<6>another site\n");
	atomic_store(&site.window_s, began_s - 1); /* as if that second were over */
	log_write(&site, LOG_LEVEL_INFO, "later");
	assert_string_equal(tube_read(&t), "<6>later suppressed=20\n");
	log_write(&site, LOG_LEVEL_INFO, "later");
	assert_string_equal(tube_read(&t), "<6>later\n");
}

/* Lines that are written once a call are not held back when many calls start. */
static void test_call_lines(void **state)
{
	AUTO(tube_done) struct tube t = tube_open(true);
	size_t lines = 0;
	(void)state;
	for (int i = 0; i < 10 * LOG_BURST; i++)
		log_call("call=%d start", i);
	for (const char *text = tube_read(&t); *text; text = tube_read(&t))
		lines += lines_in(text);
	assert_int_equal(lines, 10 * LOG_BURST);
}

/* One line, never held back: each call brings a site of its own. */
static void log_one(const char *text)
{
	struct log_site site = {0};
	log_write(&site, LOG_LEVEL_INFO, "%s", text);
}

/* FAULTS 65: fills what nobody reads.  That this function returns at all is the point of it. */
static void fill_until_drops(const struct tube *t, uint64_t *ret_dropped)
{
	uint64_t before = log_dropped();
	int64_t metric_before = metric_get(METRIC_LOG_DROPS);
	for (int i = 0; i < 20000 && log_dropped() - before < 100; i++)
		log_one("nobody reads this line, and it is of some length, and so the pipe is full "
			"soon");
	*ret_dropped = log_dropped() - before;
	assert_int_equal(metric_get(METRIC_LOG_DROPS) - metric_before, *ret_dropped);
	while (*tube_read(t))
		;
	log_one("free again");
}

static void test_full_pipe(void **state)
{
	AUTO(tube_done) struct tube t = tube_open(true);
	uint64_t lost = 0;
	(void)state;
	fill_until_drops(&t, &lost);
	assert_int_equal(lost, 100);
	assert_string_equal(tube_read(&t), "<6>free again\n");
	/* whoever shares the pipe with us still has it as he made it */
	assert_int_equal(fcntl(t.fds[1], F_GETFL) & O_NONBLOCK, 0);
}

/* The journal's stderr is a stream socket. */
static void test_full_socket(void **state)
{
	AUTO(tube_done) struct tube t = {{-1, -1}};
	uint64_t lost = 0;
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, t.fds), 0);
	assert_int_equal(fcntl(t.fds[0], F_SETFL, O_NONBLOCK), 0);
	log_init(t.fds[1], true, LOG_LEVEL_INFO);
	fill_until_drops(&t, &lost);
	assert_int_equal(lost, 100);
	assert_non_null(strstr(tube_read(&t), "<6>free again\n"));
	assert_int_equal(fcntl(t.fds[1], F_GETFL) & O_NONBLOCK, 0);
}

static void test_socket_without_reader(void **state)
{
	AUTO(tube_done) struct tube t = {{-1, -1}};
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, t.fds), 0);
	log_init(t.fds[1], true, LOG_LEVEL_INFO);
	auto_close(&t.fds[0]);
	t.fds[0] = -1;
	uint64_t before = log_dropped();
	log_one("to nobody"); /* no SIGPIPE */
	assert_int_equal(log_dropped() - before, 1);
}

static void test_file_keeps_its_offset(void **state)
{
	char path[] = "/tmp/ringdown-log-XXXXXX", text[64] = "";
	AUTO(auto_close) int fd = mkostemp(path, O_CLOEXEC);
	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(write(fd, "before\n", 7), 7);
	log_init(fd, true, LOG_LEVEL_INFO);
	log_one("line");
	assert_int_equal(write(fd, "after\n", 6), 6);
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "before\n<6>line\nafter\n");
}

static void test_closed_fd(void **state)
{
	(void)state;
	log_init(1 << 20, true, LOG_LEVEL_INFO);
	uint64_t before = log_dropped();
	log_one("nowhere");
	assert_int_equal(log_dropped() - before, 1);
}

/* A drop must not lose the count of lines held back before it. */
static void test_drop_keeps_suppressed(void **state)
{
	struct log_site site = {0};
	(void)state;
	log_init(1 << 20, true, LOG_LEVEL_INFO);
	atomic_store(&site.suppressed, 5);
	log_write(&site, LOG_LEVEL_INFO, "x");
	assert_int_equal(atomic_load(&site.suppressed), 5);
}

static void test_mask(void **state)
{
	char dst[16];
	(void)state;
	assert_string_equal(log_mask(STR("+15551230001"), dst, sizeof(dst)), "+*********01");
	assert_string_equal(log_mask(STR("15551230001"), dst, sizeof(dst)), "*********01");
	assert_string_equal(log_mask(STR("+12"), dst, sizeof(dst)), "+12");
	assert_string_equal(log_mask(STR("12"), dst, sizeof(dst)), "**");
	assert_string_equal(log_mask(STR(""), dst, sizeof(dst)), "");
	assert_string_equal(
		log_mask(STR("+155512300011234567"), dst, sizeof(dst)), "+************67");
	assert_string_equal(log_mask(STR("+15551230001"), dst, 1), "");
	assert_string_equal(log_mask(STR("+15551230001"), dst, 0), "");
}

static void test_every_size_of_mask(void **state)
{
	char dst[20];
	(void)state;
	for (size_t size = 1; size < sizeof(dst); size++) {
		memset(dst, '#', sizeof(dst));
		assert_ptr_equal(log_mask(STR("+15551230001"), dst, size), dst);
		assert_non_null(memchr(dst, '\0', size));
		assert_int_equal(dst[size], '#');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_time_in_front),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_long_line_is_cut),
		cmocka_unit_test(test_rate_limit),
		cmocka_unit_test(test_call_lines),
		cmocka_unit_test(test_full_pipe),
		cmocka_unit_test(test_full_socket),
		cmocka_unit_test(test_socket_without_reader),
		cmocka_unit_test(test_file_keeps_its_offset),
		cmocka_unit_test(test_closed_fd),
		cmocka_unit_test(test_drop_keeps_suppressed),
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_every_size_of_mask),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
