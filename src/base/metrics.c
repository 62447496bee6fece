/* SPDX-License-Identifier: MIT */
#include "ringdown/base/metrics.h"

#include <stdatomic.h>
#include <stdbool.h>

/* Log-linear steps, as HdrHistogram has them: 0..15 us one step each, then 16 steps an octave, so a
 * step is never wider than 1/16 of the values in it.  The last step takes all from 2^26 us (67 s)
 * up. */
enum {
	STEPS = 16,
	STEP_BITS = 4,
	TOP_BIT = 26,
	LAST_STEP = (TOP_BIT - STEP_BITS + 1) * STEPS,
	STEP_COUNT = LAST_STEP + 1,
};

/* Bounds shown to Prometheus are powers of two, 64 us .. 67 s: they fall on the edge of a step, so
 * what is told is exact.  Round decimals would not be. */
enum { BOUND_FIRST_BIT = 6, BOUND_LAST_BIT = TOP_BIT };

enum kind { COUNTER, GAUGE };

struct metric_row {
	enum kind kind;
	struct str name, help;
};

struct latency_row {
	struct str name, help;
};

struct histogram {
	_Atomic uint64_t steps[STEP_COUNT];
	_Atomic int64_t sum_us;
};

static const struct metric_row metric_rows[METRIC_COUNT] = {
#define X(id, kind, name, help)                                                                    \
	[METRIC_##id] = {kind, {name, sizeof(name) - 1}, {help, sizeof(help) - 1}},
	METRICS_LIST(X)
#undef X
};

static const struct latency_row latency_rows[LATENCY_COUNT] = {
#define X(id, name, help) [LATENCY_##id] = {{name, sizeof(name) - 1}, {help, sizeof(help) - 1}},
	LATENCIES_LIST(X)
#undef X
};

static _Atomic int64_t values[METRIC_COUNT];
static struct histogram histograms[LATENCY_COUNT];

void metric_add(enum metric m, int64_t n)
{
	(void)atomic_fetch_add_explicit(&values[m], n, memory_order_relaxed);
}

void metric_set(enum metric m, int64_t v)
{
	atomic_store_explicit(&values[m], v, memory_order_relaxed);
}

int64_t metric_get(enum metric m)
{
	return atomic_load_explicit(&values[m], memory_order_relaxed);
}

static size_t step_of(uint64_t us)
{
	if (us < STEPS)
		return (size_t)us;
	if (us >> TOP_BIT)
		return LAST_STEP;
	unsigned bit = 63U - (unsigned)__builtin_clzll(us);
	return (bit - STEP_BITS + 1) * STEPS + ((us >> (bit - STEP_BITS)) & (STEPS - 1));
}

/* The largest value that falls into the step; of the last step, the smallest. */
static int64_t step_top_us(size_t step)
{
	if (step < STEPS)
		return (int64_t)step;
	if (step == LAST_STEP)
		return INT64_C(1) << TOP_BIT;
	size_t shift = step / STEPS - 1;
	return ((int64_t)(STEPS + step % STEPS + 1) << shift) - 1;
}

void latency_record_us(enum latency l, int64_t us)
{
	uint64_t value = us < 0 ? 0 : (uint64_t)us;
	struct histogram *h = &histograms[l];
	(void)atomic_fetch_add_explicit(&h->steps[step_of(value)], 1, memory_order_relaxed);
	(void)atomic_fetch_add_explicit(&h->sum_us, (int64_t)value, memory_order_relaxed);
}

static uint64_t step_count(const struct histogram *h, size_t step)
{
	return atomic_load_explicit(&h->steps[step], memory_order_relaxed);
}

int64_t latency_percentile_us(enum latency l, double p)
{
	const struct histogram *h = &histograms[l];
	uint64_t total = 0, below = 0;
	for (size_t i = 0; i < STEP_COUNT; i++)
		total += step_count(h, i);
	if (!total)
		return 0;
	double wanted = p / 100.0 * (double)total; /* this many values are at or below the answer */
	size_t step = 0;
	for (; step < LAST_STEP; step++) {
		below += step_count(h, step);
		if (below && (double)below >= wanted)
			break;
	}
	return step_top_us(step);
}

static void put_head(struct buf *b, struct str name, struct str help, const char *type)
{
	buf_printf(b, "# HELP " STR_FMT " " STR_FMT "\n", STR_ARG(name), STR_ARG(help));
	buf_printf(b, "# TYPE " STR_FMT " %s\n", STR_ARG(name), type);
}

static void put_metric(struct buf *b, enum metric m)
{
	const struct metric_row *row = &metric_rows[m];
	put_head(b, row->name, row->help, row->kind == GAUGE ? "gauge" : "counter");
	buf_put(b, row->name);
	buf_putc(b, ' ');
	buf_put_i64(b, metric_get(m));
	buf_putc(b, '\n');
}

static void put_seconds(struct buf *b, int64_t us)
{
	buf_printf(b, "%lld.%06lld", (long long)(us / 1000000), (long long)(us % 1000000));
}

/* The count is the sum of the steps read here and not a counter of its own: it must equal le="+Inf"
 * even while other threads record. */
static void put_latency(struct buf *b, enum latency l)
{
	const struct latency_row *row = &latency_rows[l];
	const struct histogram *h = &histograms[l];
	put_head(b, row->name, row->help, "histogram");
	uint64_t count = 0;
	size_t step = 0;
	for (unsigned bit = BOUND_FIRST_BIT; bit <= BOUND_LAST_BIT; bit++) {
		for (; step < step_of(UINT64_C(1) << bit); step++)
			count += step_count(h, step);
		buf_printf(b, STR_FMT "_bucket{le=\"", STR_ARG(row->name));
		put_seconds(b, INT64_C(1) << bit);
		buf_printf(b, "\"} %llu\n", (unsigned long long)count);
	}
	count += step_count(h, LAST_STEP);
	buf_printf(b, STR_FMT "_bucket{le=\"+Inf\"} %llu\n", STR_ARG(row->name),
		(unsigned long long)count);
	buf_printf(b, STR_FMT "_sum ", STR_ARG(row->name));
	put_seconds(b, atomic_load_explicit(&h->sum_us, memory_order_relaxed));
	buf_printf(b, "\n" STR_FMT "_count %llu\n", STR_ARG(row->name), (unsigned long long)count);
}

void metrics_render(struct buf *b)
{
	for (unsigned m = 0; m < METRIC_COUNT; m++)
		put_metric(b, (enum metric)m);
	for (unsigned l = 0; l < LATENCY_COUNT; l++)
		put_latency(b, (enum latency)l);
}
