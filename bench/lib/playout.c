/* SPDX-License-Identifier: MIT */
#include "playout.h"

#include <string.h>

struct mark { /* in the queue, followed by its name */
	int64_t at;
	uint32_t n;
};

static int64_t ends_us(const struct playout *p)
{
	return p->from_us + (p->total - p->from) * PLAYOUT_US_A_SAMPLE;
}

int64_t playout_run(struct playout *p, int64_t now_us)
{
	if (!p->is_playing)
		return p->total;
	if (now_us >= ends_us(p)) {
		p->is_playing = false;
		p->dry_us = ends_us(p);
		return p->total;
	}
	return now_us < p->from_us ? p->from : p->from + (now_us - p->from_us) / PLAYOUT_US_A_SAMPLE;
}

bool playout_put(struct playout *p, int64_t n, int64_t now_us, int64_t begin_us)
{
	playout_run(p, now_us);
	bool begins = !p->is_playing && n > 0;
	if (begins) {
		if (p->dry_us && begin_us - p->dry_us > p->longest_dry_us)
			p->longest_dry_us = begin_us - p->dry_us;
		p->is_playing = true;
		p->from_us = begin_us;
		p->from = p->total;
	}
	p->total += n;
	return begins;
}

void playout_mark(struct playout *p, const char *name, size_t n)
{
	struct mark m = {.at = p->total, .n = (uint32_t)(n < PLAYOUT_MARK_MAX ? n : PLAYOUT_MARK_MAX)};
	bytes_put(&p->marks, &m, sizeof(m));
	bytes_put(&p->marks, name, m.n);
	p->n_marks++;
}

int64_t playout_clear(struct playout *p, int64_t now_us)
{
	int64_t played = playout_run(p, now_us), dropped = p->total - played;
	if (p->is_playing)
		p->dry_us = now_us;
	p->is_playing = false;
	p->total = played;
	p->n_due = p->n_marks;
	return dropped;
}

static struct mark first_mark(const struct playout *p)
{
	struct mark m;
	memcpy(&m, p->marks.p + p->marks.from, sizeof(m));
	return m;
}

int playout_take_mark(struct playout *p, int64_t now_us, char ret_name[PLAYOUT_MARK_MAX])
{
	if (!p->n_marks)
		return -1;
	struct mark m = first_mark(p);
	if (p->n_due)
		p->n_due--;
	else if (m.at > playout_run(p, now_us))
		return -1;
	memcpy(ret_name, p->marks.p + p->marks.from + sizeof(m), m.n);
	bytes_drop(&p->marks, sizeof(m) + m.n);
	p->n_marks--;
	return (int)m.n;
}

void playout_done(struct playout *p)
{
	bytes_done(&p->marks);
	p->n_marks = p->n_due = 0;
}
