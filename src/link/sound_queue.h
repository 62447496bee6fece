/* sound_queue.h - mu-law sound that waits, in blocks from the shard's pool: what the model said ahead
 * of play-out, and what the caller said while no model was there.  A call is small when nothing
 * waits.  Loop thread only. */
#ifndef RINGDOWN_LINK_SOUND_QUEUE_H
#define RINGDOWN_LINK_SOUND_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

enum { SOUND_BLOCK_SAMPLES = 4080, SOUND_POOL_KEEP = 256 };

struct sound_block;
struct sound_pool {              /* one a shard: blocks given back wait here for the next call */
	struct sound_block *spare;
	uint32_t n_spare;        /* at most SOUND_POOL_KEEP are kept */
};
struct sound_queue {
	struct sound_block *head, *tail;
	size_t head_off;         /* samples of head already taken */
	size_t n_samples;        /* waiting */
};

void sound_pool_done(struct sound_pool *p);
/* False: no memory; nothing was put. */
bool sound_put(struct sound_pool *p, struct sound_queue *q, const uint8_t *mulaw, size_t n_samples);
bool sound_put_silence(struct sound_pool *p, struct sound_queue *q, size_t n_samples);
/* Takes at most n_samples from the front; returns how many.  ret_mulaw NULL: throw them away. */
size_t sound_take(struct sound_pool *p, struct sound_queue *q, uint8_t *ret_mulaw, size_t n_samples);
void sound_clear(struct sound_pool *p, struct sound_queue *q);

#endif
