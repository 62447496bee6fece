/* service.h - what `ringdown serve` is made of.  The main thread's. */
#ifndef SERVICE_H
#define SERVICE_H

#include "load.h"
#include "ringdown/jobs/tools.h"
#include "ringdown/link/link.h"
#include "ringdown/plane/plane.h"
#include "ringdown/record/record.h"
#include "store_keys.h"

/* SPDX-License-Identifier: MIT */

enum phase { PHASE_SERVING, PHASE_DRAINING, PHASE_CLOSING, PHASE_DONE };

struct service {
	struct loaded loaded;
	struct store *store;           /* NULL: none is configured */
	struct store_keys keys;
	struct plane *plane;
	struct recorder *recorder;
	struct tool_pool *tools;
	struct link *link;
	struct plane_number numbers[CONFIG_NUMBERS_MAX];
	struct link_settings link_settings;
	int signals;
	enum phase phase;
	int64_t phase_end_us;
	int64_t busy_us; /* when a call was last seen to live */
};

/* reload.c: SIGHUP.  What is bad is told, and the old kept. */
void service_reload(struct service *s);
void log_lines(const char *text); /* each fault is a line of its own in the log */

#endif
