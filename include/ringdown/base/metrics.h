/* metrics.h - what the process counts, as one const table of rows.  Any thread; relaxed atomics, no
 * lock.  Rendered as Prometheus text (exposition format 0.0.4).  Latencies go into log-linear
 * histograms (16 steps an octave, 1 us .. 67 s), shown as _bucket, _sum, _count. */
#ifndef RINGDOWN_BASE_METRICS_H
#define RINGDOWN_BASE_METRICS_H

#include <stdint.h>

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

#include "ringdown/base/metrics_list.h"

enum metric { /* counters only grow; gauges go both ways */
#define X(id, kind, name, help) METRIC_##id,
	METRICS_LIST(X)
#undef X
	METRIC_COUNT
};

enum latency {
#define X(id, name, help) LATENCY_##id,
	LATENCIES_LIST(X)
#undef X
	LATENCY_COUNT
};

void metric_add(enum metric m, int64_t n); /* n may be negative for gauges */
void metric_set(enum metric m, int64_t v); /* gauges */
int64_t metric_get(enum metric m);
void latency_record_us(enum latency l, int64_t us); /* negative counts as 0 */
int64_t latency_percentile_us(enum latency l, double p); /* p in 0..100; 0 when empty */
void metrics_render(struct buf *b);

#endif
