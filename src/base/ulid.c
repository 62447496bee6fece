/* SPDX-License-Identifier: MIT */
#include "ringdown/base/ulid.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum { TIME_CHARS = 10, TIME_BYTES = 6, BITS = 5 };

static const int64_t time_max_ms = (1LL << 48) - 1;
static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static void encode(const uint8_t *bytes, size_t n_bytes, char *dst, size_t n_chars)
{
	uint32_t bits = 0, n_bits = (uint32_t)(n_chars * BITS - n_bytes * 8); /* zeroes in front fill the first character */
	for (size_t i = 0; i < n_bytes; i++) {
		bits = bits << 8 | bytes[i];
		for (n_bits += 8; n_bits >= BITS; n_bits -= BITS)
			*dst++ = alphabet[bits >> (n_bits - BITS) & 31];
	}
}

void ulid_make(int64_t wall_ms, const uint8_t random[ULID_RANDOM_BYTES], char dst[ULID_SIZE])
{
	uint64_t ms = (uint64_t)(wall_ms < 0 ? 0 : wall_ms > time_max_ms ? time_max_ms : wall_ms);
	uint8_t time[TIME_BYTES];
	for (int i = TIME_BYTES - 1; i >= 0; i--, ms >>= 8)
		time[i] = (uint8_t)ms;
	encode(time, TIME_BYTES, dst, TIME_CHARS);
	encode(random, ULID_RANDOM_BYTES, dst + TIME_CHARS, ULID_CHARS - TIME_CHARS);
	dst[ULID_CHARS] = '\0';
}

void ulid_new(int64_t wall_ms, char dst[ULID_SIZE])
{
	uint8_t random[ULID_RANDOM_BYTES];
	ssize_t n;
	do
		n = getrandom(random, sizeof(random), 0);
	while (n < 0 && errno == EINTR);
	assert(n == (ssize_t)sizeof(random)); /* so few bytes are never given in part: getrandom(2) */
	ulid_make(wall_ms, random, dst);
}

bool ulid_is(struct str s)
{
	if (s.n != ULID_CHARS || s.p[0] > '7')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr(alphabet, s.p[i]))
			return false;
	return true;
}

int64_t ulid_wall_ms(struct str s)
{
	int64_t ms = 0;
	if (!ulid_is(s))
		return -EINVAL;
	for (size_t i = 0; i < TIME_CHARS; i++)
		ms = ms << BITS | (int64_t)(strchr(alphabet, s.p[i]) - alphabet);
	return ms;
}
