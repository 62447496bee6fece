/* SPDX-License-Identifier: MIT */
/* The figures of a run, as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "callsim.h"

enum { SAMPLES_FIRST = 4096, NS_A_US = 1000, CUT_ALLOWED_MS = 40, NONE_CAME = -1, ITEM_DELETED = -2, CUTS_LISTED = 100 };

void samples_put(struct samples *s, int64_t v)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : SAMPLES_FIRST;
		s->v = realloc(s->v, s->cap * sizeof(*s->v));
		if (!s->v)
			exit(3);
	}
	s->v[s->n++] = v;
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static json_t *percentile(const struct samples *s, double share)
{
	if (s->n == 0)
		return json_null();
	size_t at = (size_t)(share * (double)s->n);
	return json_integer(s->v[at < s->n ? at : s->n - 1]);
}

/* Adds p50, p90, p99 and the maximum; frees the samples. */
static void put_times(json_t *j, struct samples *s)
{
	if (s->n > 0)
		qsort(s->v, s->n, sizeof(*s->v), ascending);
	json_object_set_new(j, "measured", json_integer((json_int_t)s->n));
	json_object_set_new(j, "p50_us", percentile(s, 0.5));
	json_object_set_new(j, "p90_us", percentile(s, 0.9));
	json_object_set_new(j, "p99_us", percentile(s, 0.99));
	json_object_set_new(j, "max_us", percentile(s, 1));
	free(s->v);
	*s = (struct samples){0};
}

static json_t *counts_json(const struct counts *n)
{
	return json_pack("{sI sI sI sI sI}", "frames", (json_int_t)n->frames, "lost", (json_int_t)n->lost, "doubled",
		(json_int_t)n->doubled, "reordered", (json_int_t)n->reordered, "unread", (json_int_t)n->unread);
}

static long traced_calls(void)
{
	return !sim.trace ? 0 : sim.calls < TRACE_CALLS ? sim.calls : TRACE_CALLS;
}

/* Adds the way of one frame through the bridge; one that never arrived has none. */
static void put_way(struct samples *times, int64_t sent_ns, int64_t got_ns)
{
	if (sent_ns >= sim.timed_from_ns && sent_ns && got_ns)
		samples_put(times, (got_ns - sent_ns) / NS_A_US);
}

/* From the trace: a frame that the model has never got is lost. */
static json_t *up(void)
{
	struct counts n = {0};
	struct samples times = {0};
	long heard = 0;
	uint64_t replayed = 0;
	for (long i = 0; i < traced_calls(); i++) {
		const struct trace_call *t = &sim.trace->calls[i];
		if (!t->sessions)
			continue;
		heard++;
		n.frames += (uint64_t)t->n_up;
		n.doubled += t->up_doubled;
		n.reordered += t->up_reordered;
		n.unread += t->up_unread;
		replayed += t->up_replayed;
		for (int64_t k = 0; k < t->n_up; k++) {
			n.lost += !t->up_got_ns[k];
			put_way(&times, t->up_sent_ns[k], t->up_got_ns[k]);
		}
	}
	json_t *j = counts_json(&n);
	json_object_set_new(j, "replayed", json_integer((json_int_t)replayed));
	json_object_set_new(j, "calls_traced", json_integer(heard));
	put_times(j, &times);
	return j;
}

static json_t *down(void)
{
	struct samples times = {0};
	for (long i = 0; i < traced_calls(); i++) {
		const struct trace_call *t = &sim.trace->calls[i];
		for (int64_t k = 0; t->sessions && k < TRACE_FRAMES; k++)
			put_way(&times, t->down_sent_ns[k], t->down_got_ns[k]);
	}
	json_t *j = counts_json(&sim.down);
	json_object_set_new(j, "stale", json_integer((json_int_t)sim.down.stale));
	put_times(j, &times);
	return j;
}

struct cuts {
	json_t *list; /* the first CUTS_LISTED */
	int64_t count, within, missing, deleted, max_error_ms;
	struct samples barge;
};

static void add_cut(struct cuts *cuts, const struct trace_barge *b)
{
	if (!b->cleared_ns)
		return;
	samples_put(&cuts->barge, (b->cleared_ns - b->started_ns) / NS_A_US);
	if (b->heard_ms < 0)
		return;
	if (b->truncated_ms == NONE_CAME) {
		cuts->missing++;
		return;
	}
	cuts->deleted += b->truncated_ms == ITEM_DELETED;
	int64_t error_ms = (b->truncated_ms == ITEM_DELETED ? 0 : b->truncated_ms) - b->heard_ms;
	error_ms = error_ms < 0 ? -error_ms : error_ms;
	if (cuts->count++ < CUTS_LISTED)
		json_array_append_new(cuts->list, json_pack("{si si}", "heard_ms", b->heard_ms, "told_ms", b->truncated_ms));
	cuts->within += error_ms <= CUT_ALLOWED_MS;
	if (error_ms > cuts->max_error_ms)
		cuts->max_error_ms = error_ms;
}

static void put_cuts(json_t *j)
{
	struct cuts cuts = {.list = json_array()};
	for (long i = 0; i < traced_calls(); i++) {
		struct trace_call *t = &sim.trace->calls[i];
		uint32_t n = atomic_load_explicit(&t->n_barges, memory_order_acquire);
		for (uint32_t k = 0; k < n; k++)
			add_cut(&cuts, &t->barges[k]);
	}
	json_t *barge = json_pack("{sI}", "count", (json_int_t)cuts.barge.n);
	put_times(barge, &cuts.barge);
	json_object_set_new(j, "barge_in", barge);
	json_object_set_new(j, "truncate",
		json_pack("{sI sI sI sI sI so}", "count", (json_int_t)cuts.count, "within_40_ms", (json_int_t)cuts.within,
			"max_error_ms", (json_int_t)cuts.max_error_ms, "deleted", (json_int_t)cuts.deleted, "missing",
			(json_int_t)cuts.missing, "list", cuts.list));
}

static double cpu_s(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static json_t *totals(double cpu)
{
	double call_s = (double)sim.call_us / 1e6;
	return json_pack("{sI sf sI sI sI sI sI sI sf sf sf}", "calls", (json_int_t)sim.calls, "seconds",
		sim.hangup_after_ms ? (double)sim.hangup_after_ms / 1000 : (double)sim.seconds, "connected",
		(json_int_t)sim.connected, "failed", (json_int_t)sim.failed, "refused", (json_int_t)sim.refused,
		"ended_by_bridge", (json_int_t)sim.ended_by_bridge, "streams", (json_int_t)sim.streams, "dialled",
		(json_int_t)sim.dialled, "call_s", call_s, "cpu_s", cpu, "cpu_ms_per_call_s",
		call_s > 0 ? cpu * 1000 / call_s : 0.0);
}

static json_t *times_of(struct samples *s)
{
	json_t *j = json_object();
	put_times(j, s);
	return j;
}

void report_write(void)
{
	json_t *j = totals(cpu_s());
	json_object_set_new(j, "sent_frames", json_integer((json_int_t)sim.sent));
	json_object_set_new(j, "schedule", times_of(&sim.late));
	json_object_set_new(j, "up", sim.trace && sim.is_coded ? up() : json_null());
	json_object_set_new(j, "down", down());
	json_object_set_new(j, "round_trip", sim.is_turns ? json_null() : times_of(&sim.round_trip));
	put_cuts(j);
	json_object_set_new(j, "media", json_integer((json_int_t)sim.media_got));
	json_object_set_new(j, "clears", json_integer((json_int_t)sim.clears));
	json_object_set_new(j, "marks", json_integer((json_int_t)sim.marks_got));
	json_object_set_new(j, "marks_echoed", json_integer((json_int_t)sim.marks_echoed));
	json_object_set_new(j, "warnings", json_integer((json_int_t)sim.warnings));
	json_object_set_new(j, "longest_silence_ms", json_integer(sim.longest_silence_us / 1000));
	int failed = sim.json && strcmp(sim.json, "-") != 0 ? json_dump_file(j, sim.json, JSON_INDENT(2))
							     : json_dumpf(j, stdout, JSON_INDENT(2));
	if (failed)
		perror(sim.json);
	json_decref(j);
}
