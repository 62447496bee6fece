/* SPDX-License-Identifier: MIT */
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"

#include "recorder.h"

struct document *shelf_find(struct recorder *r, const char *call_sid, uint64_t call_tag)
{
	for (struct document *d = r->documents; d; d = d->next)
		if (str_is(str_of(d->call_sid), str_of(call_sid)))
			return d;
	struct document *d = NULL;
	int error = document_open(r->dir, call_sid, &d);
	if (error) {
		recorder_failed(r, RECORDER_TRANSCRIPTS, call_tag, error);
		return NULL;
	}
	d->next = r->documents;
	r->documents = d;
	return d;
}

/* At once when it is new or its call has ended, else a checkpoint at a time. */
static bool is_due(const struct document *d, int64_t now_us)
{
	bool is_urgent = d->written_us == 0 || (d->n_live == 0 && !d->has_failed);
	int64_t wait_us = d->has_failed ? RECORDER_RETRY_US : RECORDER_CHECKPOINT_US;
	return d->is_dirty && (is_urgent || now_us - d->written_us >= wait_us);
}

static void save(struct recorder *r, struct document *d)
{
	int error = document_save(d, r->dir);
	d->has_failed = error != 0;
	if (error)
		recorder_failed(r, RECORDER_TRANSCRIPTS, d->call_tag, error);
	else
		recorder_worked(r, RECORDER_TRANSCRIPTS);
}

static void drop(struct document *d)
{
	log_err("call=%llu record: transcript lost, could not be written",
		(unsigned long long)d->call_tag);
	metric_add(METRIC_RECORD_DROPS, 1);
}

/* New ones stand in front, so those beyond the limit are the oldest. */
void shelf_round(struct recorder *r, int64_t now_us)
{
	uint32_t n_waiting = 0;
	for (struct document **at = &r->documents; *at;) {
		struct document *d = *at;
		if (is_due(d, now_us))
			save(r, d);
		bool is_over = d->n_live == 0 && d->is_dirty &&
			       ++n_waiting > RECORDER_DOCUMENTS_MAX;
		if (is_over)
			drop(d);
		if (is_over || (d->n_live == 0 && !d->is_dirty)) {
			*at = d->next;
			(void)document_free(d);
			continue;
		}
		at = &d->next;
	}
}

void shelf_finish(struct recorder *r)
{
	while (r->documents) {
		struct document *d = r->documents;
		if (d->is_dirty)
			save(r, d);
		if (d->is_dirty)
			drop(d);
		r->documents = d->next;
		(void)document_free(d);
	}
}
