/* SPDX-License-Identifier: MIT */
#include "help_twilio.h"

#include <assert.h>
#include <string.h>

enum { SAMPLE_US = 125 };

static struct twilio_part *part_at(struct twilio *t, uint32_t i)
{
	return &t->parts[(t->first + i) % TWILIO_PARTS_MAX];
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Of "epoch:item:ms". */
static struct str item_of(struct str mark)
{
	(void)str_split(&mark, ':');
	while (mark.n > 0 && mark.p[mark.n - 1] != ':')
		mark.n--;
	mark.n -= mark.n > 0;
	return mark;
}

void twilio_take(struct twilio *t, struct str mark, size_t n_samples, int64_t now_us)
{
	assert(t->n < TWILIO_PARTS_MAX);
	struct twilio_part *p = part_at(t, t->n++);
	int64_t there_us = now_us + t->net_us;
	assert(str_copy(item_of(mark), p->item, sizeof(p->item)) && str_copy(mark, p->mark, sizeof(p->mark)));
	p->start_us = there_us > t->busy_us ? there_us + t->lag_us : t->busy_us;
	p->end_us = p->start_us + (int64_t)n_samples * SAMPLE_US;
	t->busy_us = p->end_us;
	p->back_us = later(p->end_us + t->net_us + t->delay_us, t->last_back_us);
	t->last_back_us = p->back_us;
}

static uint64_t part_heard(const struct twilio_part *p, int64_t at_us)
{
	int64_t until_us = at_us < p->end_us ? at_us : p->end_us;
	return until_us > p->start_us ? (uint64_t)(until_us - p->start_us) / SAMPLE_US : 0;
}

static void add_heard(struct twilio_heard *list, uint32_t *n, const char *item, uint64_t samples)
{
	uint32_t i = 0;
	while (i < *n && strcmp(list[i].item, item) != 0)
		i++;
	if (i == *n) {
		if (*n == TWILIO_ITEMS_MAX) { /* the oldest is of no interest any more */
			memmove(list, list + 1, (TWILIO_ITEMS_MAX - 1) * sizeof(list[0]));
			i = --*n;
		}
		list[(*n)++] = (struct twilio_heard){0};
		assert(str_copy(str_of(item), list[i].item, sizeof(list[i].item)));
	}
	list[i].samples += samples;
}

static uint64_t find_heard(const struct twilio_heard *list, uint32_t n, struct str item)
{
	for (uint32_t i = 0; i < n; i++)
		if (str_is(str_of(list[i].item), item))
			return list[i].samples;
	return 0;
}

uint64_t twilio_heard(const struct twilio *t, struct str item, int64_t at_us)
{
	uint64_t samples = find_heard(t->heard, t->n_heard, item);
	for (uint32_t i = 0; i < t->n; i++) {
		const struct twilio_part *p = &t->parts[(t->first + i) % TWILIO_PARTS_MAX];
		if (str_is(str_of(p->item), item))
			samples += part_heard(p, at_us);
	}
	return samples;
}

uint64_t twilio_cleared(const struct twilio *t, struct str item)
{
	return find_heard(t->cleared, t->n_cleared, item);
}

void twilio_clear(struct twilio *t, int64_t now_us)
{
	int64_t there_us = now_us + t->net_us;
	memcpy(t->cleared, t->heard, sizeof(t->cleared));
	t->n_cleared = t->n_heard;
	t->n_heard = 0;
	for (uint32_t i = 0; i < t->n; i++) {
		struct twilio_part *p = part_at(t, i);
		add_heard(t->cleared, &t->n_cleared, p->item, part_heard(p, there_us));
		if (p->end_us <= there_us)
			continue;
		p->back_us = there_us + t->net_us + t->delay_us; /* comes back, and was not played */
	}
	for (uint32_t i = 1; i < t->n; i++)
		part_at(t, i)->back_us = later(part_at(t, i)->back_us, part_at(t, i - 1)->back_us);
	for (uint32_t i = 0; i < t->n; i++)
		part_at(t, i)->start_us = part_at(t, i)->end_us = 0;
	t->busy_us = there_us;
	t->last_back_us = t->n ? part_at(t, t->n - 1)->back_us : 0;
}

/* Who asks before it goes on is told too little. */
void twilio_stall(struct twilio *t, int64_t now_us, int64_t for_us)
{
	for (uint32_t i = 0; i < t->n; i++) {
		struct twilio_part *p = part_at(t, i);
		if (p->end_us <= now_us)
			continue;
		p->start_us += for_us;
		p->end_us += for_us;
		p->back_us += for_us;
		t->busy_us = p->end_us;
		t->last_back_us = p->back_us;
	}
}

int64_t twilio_next_mark_us(const struct twilio *t)
{
	return t->n ? t->parts[t->first].back_us : INT64_MAX;
}

const char *twilio_mark(struct twilio *t)
{
	struct twilio_part *p = part_at(t, 0);
	if (p->end_us > 0)
		add_heard(t->heard, &t->n_heard, p->item, part_heard(p, p->end_us));
	t->first = (t->first + 1) % TWILIO_PARTS_MAX;
	t->n--;
	return p->mark;
}
