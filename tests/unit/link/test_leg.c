/* SPDX-License-Identifier: MIT */
/* The queue of a leg, on a transport that takes what the test lets it take. */
#include "../../../src/link/leg.h"

#include <errno.h>
#include <libwebsockets.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/base/mem.h"

enum { SOUND_MAX = 40, CONTROL_MAX = 100 };

static struct {
	char sent[512]; /* all that left, in its order, a '|' behind each message */
	size_t n;
	int takes;      /* messages until the kernel is full; -1: it is broken */
	int wishes, kills;
} wire;

static int wire_send(struct leg *l, unsigned char *text, size_t n)
{
	if (wire.takes < 0)
		return -EPIPE;
	memcpy(wire.sent + wire.n, text, n);
	memcpy(wire.sent + wire.n + n, "|", 2);
	wire.n += n + 1;
	if (--wire.takes <= 0)
		l->is_choked = true; /* and it is the queue that forgets it */
	memset(text, 'X', n); /* a mask destroys it */
	return 0;
}

static void wire_want(struct leg *l)
{
	(void)l;
	wire.wishes++;
}

static void wire_kill(struct leg *l)
{
	(void)l;
	wire.kills++;
}

static const struct leg_transport transport = {wire_send, wire_want, wire_kill};

static void open_leg(struct leg *l, int takes)
{
	memset(&wire, 0, sizeof(wire));
	wire.takes = takes;
	leg_init(l, SOUND_MAX, CONTROL_MAX);
	l->via = &transport;
}

static int put(struct leg *l, const char *text, enum tx_class cls)
{
	unsigned char message[LWS_PRE + 256];
	memcpy(message + LWS_PRE, text, strlen(text));
	return leg_write(l, message + LWS_PRE, strlen(text), cls);
}

static void drain(struct leg *l)
{
	for (int turns = 0; turns < 100 && l->head; turns++) {
		wire.takes = 2;
		assert_int_equal(leg_on_writable(l), 0);
	}
	assert_null(l->head);
	assert_int_equal(l->waiting_bytes, 0);
	assert_int_equal(l->sound_bytes, 0);
}

static void test_at_once_when_the_socket_takes_it(void **state)
{
	struct leg l;
	(void)state;
	open_leg(&l, 10);
	assert_true(leg_is_idle(&l));
	assert_int_equal(put(&l, "one", TX_CONTROL), 0);
	assert_int_equal(put(&l, "two", TX_SOUND), 0);
	assert_string_equal(wire.sent, "one|two|");
	assert_int_equal(wire.wishes, 0);
	leg_done(&l);
}

static void test_in_order_when_it_does_not(void **state)
{
	struct leg l;
	(void)state;
	open_leg(&l, 1);
	assert_int_equal(put(&l, "a", TX_SOUND), 0);
	assert_false(leg_is_idle(&l));
	assert_int_equal(put(&l, "b", TX_CONTROL), 0);
	assert_int_equal(put(&l, "c", TX_SOUND), 0);
	assert_string_equal(wire.sent, "a|");
	assert_true(wire.wishes > 0);
	drain(&l);
	assert_string_equal(wire.sent, "a|b|c|");
	assert_int_equal(leg_on_writable(&l), 0);
	assert_true(leg_is_idle(&l));
	leg_done(&l);
}

static void test_writable_unasked_is_nothing(void **state)
{
	struct leg l;
	(void)state;
	open_leg(&l, 10);
	assert_int_equal(leg_on_writable(&l), 0);
	assert_int_equal(wire.n, 0);
	leg_done(&l);
}

static void test_the_oldest_sound_is_dropped_and_nothing_else(void **state)
{
	struct leg l;
	(void)state;
	open_leg(&l, 1);
	(void)put(&l, "-", TX_CONTROL); /* the socket is full now */
	assert_int_equal(put(&l, "control 1", TX_CONTROL), 0);
	for (char c = 'a'; c <= 'g'; c++) {
		const char sound[] = {c, c, c, c, c, c, c, c, c, c, '\0'};
		assert_int_equal(put(&l, sound, TX_SOUND), 0);
	}
	assert_int_equal(put(&l, "control 2", TX_CONTROL), 0);
	assert_int_equal(l.n_dropped, 3);
	assert_int_equal(l.sound_bytes, SOUND_MAX);
	drain(&l);
	assert_string_equal(wire.sent, "-|control 1|dddddddddd|eeeeeeeeee|ffffffffff|gggggggggg|control 2|");
	leg_done(&l);
}

static void test_sound_larger_than_the_limit_is_alone(void **state)
{
	struct leg l;
	char large[SOUND_MAX + 11];
	(void)state;
	memset(large, 'L', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	open_leg(&l, 1);
	(void)put(&l, "-", TX_CONTROL);
	(void)put(&l, "small", TX_SOUND);
	assert_int_equal(put(&l, large, TX_SOUND), 0);
	assert_int_equal(l.sound_bytes, sizeof(large) - 1);
	assert_int_equal(put(&l, "next", TX_SOUND), 0);
	assert_int_equal(l.sound_bytes, 4);
	leg_done(&l);
}

static void test_too_much_control_is_the_end(void **state)
{
	struct leg l;
	(void)state;
	open_leg(&l, 1);
	(void)put(&l, "-", TX_CONTROL);
	for (int i = 0; i < CONTROL_MAX / 10; i++)
		assert_int_equal(put(&l, "0123456789", TX_CONTROL), 0);
	assert_int_equal(put(&l, "s", TX_SOUND), 0);
	assert_int_equal(wire.kills, 0);
	assert_int_equal(put(&l, "x", TX_CONTROL), -EPIPE);
	assert_int_equal(wire.kills, 1);
	assert_int_equal(put(&l, "y", TX_SOUND), -EPIPE); /* it is closing */
	leg_done(&l);
}

static void test_dropping_sound_leaves_control(void **state)
{
	struct leg l;
	(void)state;
	open_leg(&l, 1);
	(void)put(&l, "-", TX_CONTROL);
	(void)put(&l, "s1", TX_SOUND);
	(void)put(&l, "c1", TX_CONTROL);
	(void)put(&l, "s2", TX_SOUND);
	leg_drop_sound(&l);
	assert_int_equal(l.sound_bytes, 0);
	(void)put(&l, "c2", TX_CONTROL);
	drain(&l);
	assert_string_equal(wire.sent, "-|c1|c2|");
	leg_drop_sound(&l);
	leg_done(&l);
}

static void test_a_socket_that_is_gone(void **state)
{
	struct leg l;
	(void)state;
	open_leg(&l, 1);
	(void)put(&l, "-", TX_CONTROL);
	(void)put(&l, "a", TX_CONTROL);
	wire.takes = -1;
	assert_int_equal(leg_on_writable(&l), -EPIPE);
	leg_done(&l);
	assert_int_equal(put(&l, "b", TX_CONTROL), -EPIPE);
	assert_false(leg_is_idle(&l));
}

static void test_no_memory_is_a_drop(void **state)
{
	struct leg l;
	(void)state;
	open_leg(&l, 1);
	(void)put(&l, "-", TX_CONTROL);
	mem_fail_at(1);
	int err = put(&l, "a", TX_SOUND);
	mem_fail_at(0);
	assert_int_equal(err, -ENOBUFS);
	assert_int_equal(put(&l, "b", TX_SOUND), 0);
	drain(&l);
	assert_string_equal(wire.sent, "-|b|");
	leg_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once_when_the_socket_takes_it),
		cmocka_unit_test(test_in_order_when_it_does_not),
		cmocka_unit_test(test_writable_unasked_is_nothing),
		cmocka_unit_test(test_the_oldest_sound_is_dropped_and_nothing_else),
		cmocka_unit_test(test_sound_larger_than_the_limit_is_alone),
		cmocka_unit_test(test_too_much_control_is_the_end),
		cmocka_unit_test(test_dropping_sound_leaves_control),
		cmocka_unit_test(test_a_socket_that_is_gone),
		cmocka_unit_test(test_no_memory_is_a_drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
