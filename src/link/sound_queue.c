/* SPDX-License-Identifier: MIT */
#include "sound_queue.h"

#include <string.h>

#include "ringdown/base/mem.h"
#include "ringdown/media/mulaw.h"

struct sound_block {
	struct sound_block *next;
	size_t n; /* samples filled */
	uint8_t mulaw[SOUND_BLOCK_SAMPLES];
};

static struct sound_block *block_get(struct sound_pool *p)
{
	struct sound_block *b = p->spare;
	if (!b)
		return mem_alloc(sizeof(*b));
	p->spare = b->next;
	p->n_spare--;
	b->next = NULL;
	b->n = 0;
	return b;
}

static void block_put(struct sound_pool *p, struct sound_block *b)
{
	if (p->n_spare >= SOUND_POOL_KEEP) {
		mem_free(b);
		return;
	}
	b->next = p->spare;
	p->spare = b;
	p->n_spare++;
}

void sound_pool_done(struct sound_pool *p)
{
	while (p->spare) {
		struct sound_block *b = p->spare;
		p->spare = b->next;
		mem_free(b);
	}
	p->n_spare = 0;
}

/* Makes room for n more samples, so that a put is all or nothing. */
static bool queue_reserve(struct sound_pool *p, struct sound_queue *q, size_t n)
{
	size_t room = q->tail ? SOUND_BLOCK_SAMPLES - q->tail->n : 0;
	struct sound_block *fresh = NULL;
	struct sound_block **end = &fresh;
	for (; room < n; room += SOUND_BLOCK_SAMPLES) {
		*end = block_get(p);
		if (!*end) {
			while (fresh) {
				struct sound_block *next = fresh->next;
				block_put(p, fresh);
				fresh = next;
			}
			return false;
		}
		end = &(*end)->next;
	}
	if (q->tail)
		q->tail->next = fresh;
	else
		q->head = fresh;
	if (!q->tail)
		q->tail = fresh;
	return true;
}

static bool queue_fill(struct sound_pool *p, struct sound_queue *q, const uint8_t *mulaw, size_t n)
{
	if (n == 0)
		return true;
	if (!queue_reserve(p, q, n))
		return false;
	q->n_samples += n;
	while (n > 0) {
		struct sound_block *b = q->tail;
		size_t room = SOUND_BLOCK_SAMPLES - b->n;
		size_t now = n < room ? n : room;
		if (mulaw) {
			memcpy(b->mulaw + b->n, mulaw, now);
			mulaw += now;
		} else {
			memset(b->mulaw + b->n, MULAW_SILENCE, now);
		}
		b->n += now;
		n -= now;
		if (n > 0)
			q->tail = b->next;
	}
	return true;
}

bool sound_put(struct sound_pool *p, struct sound_queue *q, const uint8_t *mulaw, size_t n_samples)
{
	return queue_fill(p, q, mulaw, n_samples);
}

bool sound_put_silence(struct sound_pool *p, struct sound_queue *q, size_t n_samples)
{
	return queue_fill(p, q, NULL, n_samples);
}

static void queue_drop_head(struct sound_pool *p, struct sound_queue *q)
{
	struct sound_block *b = q->head;
	q->head = b->next;
	q->head_off = 0;
	if (!q->head)
		q->tail = NULL;
	block_put(p, b);
}

size_t sound_take(struct sound_pool *p, struct sound_queue *q, uint8_t *ret_mulaw, size_t n_samples)
{
	size_t taken = 0;
	while (taken < n_samples && q->n_samples > 0) {
		struct sound_block *b = q->head;
		size_t have = b->n - q->head_off;
		size_t now = n_samples - taken < have ? n_samples - taken : have;
		if (ret_mulaw)
			memcpy(ret_mulaw + taken, b->mulaw + q->head_off, now);
		taken += now;
		q->head_off += now;
		q->n_samples -= now;
		if (q->head_off == b->n)
			queue_drop_head(p, q);
	}
	return taken;
}

void sound_clear(struct sound_pool *p, struct sound_queue *q)
{
	while (q->head)
		queue_drop_head(p, q);
	*q = (struct sound_queue){0};
}
