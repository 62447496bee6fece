/* SPDX-License-Identifier: MIT */
/* micro_base64 - what does it cost to turn a message's sound into text and back, beside OpenSSL's
 * EVP? A Twilio frame is 160 bytes of mu-law, a frame for the model 960 bytes of PCM16, a large
 * delta of its answer 9,600.  Prints one line of JSON a size. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/wire/base64.h"

enum { BYTES_MAX = 9600, TOTAL_BYTES = 1 << 28, TURNS = 5 };

static uint8_t plain[BYTES_MAX], back[BYTES_MAX + 4];
static char text[BASE64_ENCODED(BYTES_MAX) + 1];

static void encode(size_t n)
{
	if (base64_encode(plain, n, text) != BASE64_ENCODED(n))
		exit(1);
}

static void encode_evp(size_t n)
{
	if (EVP_EncodeBlock((unsigned char *)text, plain, (int)n) != (int)BASE64_ENCODED(n))
		exit(1);
}

static void decode(size_t n)
{
	if (base64_decode(text, BASE64_ENCODED(n), back) != (ssize_t)n)
		exit(1);
}

static void decode_evp(size_t n)
{
	if (EVP_DecodeBlock(back, (const unsigned char *)text, (int)BASE64_ENCODED(n)) < (int)n)
		exit(1);
}

/* The best of some turns: what disturbs a measurement only ever makes it slower. */
static double ns_of(void (*work)(size_t), size_t n)
{
	int64_t times = TOTAL_BYTES / TURNS / (int64_t)n / 8;
	double best = 0;
	for (int turn = 0; turn < TURNS; turn++) {
		int64_t began_us = clock_now_us();
		for (int64_t i = 0; i < times; i++)
			work(n);
		double ns = (double)(clock_now_us() - began_us) * 1000.0 / (double)times;
		best = turn == 0 || ns < best ? ns : best;
	}
	return best;
}

static void measure(size_t n)
{
	double enc = ns_of(encode, n), enc_evp = ns_of(encode_evp, n);
	encode(n);
	double dec = ns_of(decode, n);
	if (memcmp(plain, back, n) != 0)
		exit(1);
	double dec_evp = ns_of(decode_evp, n);
	printf("{\"bench\":\"base64\",\"bytes\":%zu,\"encode_ns\":%.1f,\"encode_openssl_ns\":%.1f,"
	       "\"decode_ns\":%.1f,\"decode_openssl_ns\":%.1f,\"encode_ratio\":%.1f,\"decode_"
	       "ratio\":%.1f}\n",
		n, enc, enc_evp, dec, dec_evp, enc_evp / enc, dec_evp / dec);
}

int main(void)
{
	static const size_t sizes[] = {160, 960, BYTES_MAX};
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i * 167 + i / 256);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		measure(sizes[i]);
	return 0;
}
