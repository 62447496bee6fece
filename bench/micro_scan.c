/* SPDX-License-Identifier: MIT */
/* micro_scan - what does the hot scan save over jansson, on a Twilio frame and on a delta of 4 KB
 * of sound?  Both readers give the same event (tests/unit/wire/test_hot_path.c).  Prints one line
 * of JSON a message. */
#include <stdio.h>
#include <stdlib.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/wire/base64.h"
#include "ringdown/wire/realtime.h"
#include "ringdown/wire/twilio_stream.h"

enum { FRAME_BYTES = 160, DELTA_BYTES = 4096, TIMES = 10000, TURNS = 5 };

static char media_text[1024], delta_text[8192];
static uint8_t sound[DELTA_BYTES];
static struct str media, delta;
static const struct realtime_dialect *ga;

static void put_sound(struct buf *b, size_t n)
{
	char *to = buf_reserve(b, BASE64_ENCODED(n));
	if (to)
		buf_commit(b, base64_encode(sound, n, to));
}

static void write_messages(void)
{
	struct buf b;
	buf_init(&b, media_text, sizeof(media_text));
	buf_put(&b, STR("{\"event\":\"media\",\"sequenceNumber\":\"1234\",\"media\":{\"track\":"
			"\"inbound\","
			"\"chunk\":\"1233\",\"timestamp\":\"24660\",\"payload\":\""));
	put_sound(&b, FRAME_BYTES);
	buf_put(&b, STR("\"},\"streamSid\":\"MZ0123456789abcdef0123456789abcdef\"}"));
	media = buf_str(&b);
	buf_init(&b, delta_text, sizeof(delta_text));
	buf_put(&b, STR("{\"type\":\"response.output_audio.delta\",\"event_id\":\"event_"
			"CfX0123456789abcdef01\","
			"\"response_id\":\"resp_CfX0123456789abcdef01\",\"item_id\":\"item_"
			"CfX0123456789abcdef01\","
			"\"output_index\":0,\"content_index\":0,\"delta\":\""));
	put_sound(&b, DELTA_BYTES);
	buf_put(&b, STR("\"}"));
	delta = buf_str(&b);
}

static void scan_media(void)
{
	static struct twilio_event ev;
	if (twilio_scan_media(media, &ev) < 0 || ev.chunk != 1233)
		exit(1);
}

static void parse_media(void)
{
	static struct twilio_event ev;
	if (twilio_parse(media, &ev) < 0 || ev.chunk != 1233)
		exit(1);
	twilio_event_done(&ev);
}

static void scan_delta(void)
{
	struct realtime_event ev;
	if (realtime_scan_audio(ga, delta, &ev) < 0 || ev.audio.n != BASE64_ENCODED(DELTA_BYTES))
		exit(1);
}

static void parse_delta(void)
{
	struct realtime_event ev;
	if (realtime_parse(ga, delta, &ev) < 0 || ev.audio.n != BASE64_ENCODED(DELTA_BYTES))
		exit(1);
	realtime_event_done(&ev);
}

/* The best of some turns: what disturbs a measurement only ever makes it slower. */
static double ns_of(void (*work)(void))
{
	double best = 0;
	for (int turn = 0; turn < TURNS; turn++) {
		int64_t began_us = clock_now_us();
		for (int i = 0; i < TIMES; i++)
			work();
		double ns = (double)(clock_now_us() - began_us) * 1000.0 / TIMES;
		best = turn == 0 || ns < best ? ns : best;
	}
	return best;
}

static void measure(const char *name, struct str message, void (*scan)(void), void (*parse)(void))
{
	double hot = ns_of(scan), cold = ns_of(parse);
	printf("{\"bench\":\"scan\",\"message\":\"%s\",\"bytes\":%zu,\"scan_ns\":%.1f,\"jansson_"
	       "ns\":%.1f,"
	       "\"ratio\":%.1f}\n",
		name, message.n, hot, cold, cold / hot);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(sound); i++)
		sound[i] = (uint8_t)(i * 167 + i / 256);
	ga = realtime_dialect_find(STR("ga"));
	write_messages();
	if (!ga || media.n == 0 || delta.n == 0)
		return 1;
	measure("twilio media", media, scan_media, parse_media);
	measure("audio delta", delta, scan_delta, parse_delta);
	return 0;
}
