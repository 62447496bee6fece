/* fuzz: links ivr */
/* SPDX-License-Identifier: MIT */
/* Any bytes are a zone that has an offset of less than a week at every instant, or none. */
#include <errno.h>
#include <stdlib.h>

#include "ringdown/base/auto.h"
#include "ringdown/ivr/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t instants[] = {INT32_MIN, -1, 0, 1, 1795521600, INT32_MAX, 1LL << 36};
	AUTO(arena_done) struct arena a;
	const struct zone *z = NULL;
	arena_init(&a, 1 << 16);
	int err = zone_read(&a, (struct str){(const char *)data, size}, &z);
	if ((err == 0) != (z != NULL) || (err != 0 && err != -EBADMSG))
		abort();
	for (size_t i = 0; z && i < ARRAY_LEN(instants); i++)
		(void)zone_offset_s(z, instants[i]);
	return 0;
}
