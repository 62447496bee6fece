/* stream_passes.h - the signatures that the next upgrades may carry.  Whose account a stream is of is known to the worker that
 * answers the document with the <Stream>: it knows the auth token, and leaves the signatures here; a loop that has an
 * upgrade in hand looks for its own.  Lock-free: workers write, loops read. */
#ifndef STREAM_PASSES_H
#define STREAM_PASSES_H

#include <stdatomic.h>
#include <stdbool.h>

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum { STREAM_PASSES = 8192, STREAM_PASS_LIFE_S = 120 };

/* A signature is as good as random: it says itself where it lies.  Where two meet the later one stays; each document with a
 * stream leaves its own anew. */
struct stream_passes { /* zeroed at first */
	struct stream_pass {
		_Atomic uint64_t sum; /* of the signature's first 8 bytes and the stream it is for; 0: none */
		_Atomic int64_t until_s;
	} slots[STREAM_PASSES];
};

struct stream_name {
	struct str org, assistant;
};
/* base: "wss://HOST" or "ws://HOST", before the stream's path; signed is wss.  now_s: of clock_now_us(). */
void stream_passes_add(struct stream_passes *p, struct str auth_token, struct str base, const struct stream_name *name,
	int64_t now_s);
bool stream_passes_fit(const struct stream_passes *p, struct str signature, const struct stream_name *name, int64_t now_s);

#endif
