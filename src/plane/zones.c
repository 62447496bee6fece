/* SPDX-License-Identifier: MIT */
/* Schedules asked: their document from the store, their zone's rules from the system's files. */
#include <errno.h>
#include <stdio.h>

#include "flow_world.h"
#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/ivr/schedule.h"

enum { ZONE_BYTES_MAX = 65536 };

static void close_file(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

static struct str read_zone(struct arena *a, struct str name)
{
	char *bytes = arena_alloc(a, ZONE_BYTES_MAX);
	char *path = zone_is_name(name) ? arena_printf(a, "/usr/share/zoneinfo/" STR_FMT, STR_ARG(name)) : NULL;
	AUTO(close_file) FILE *f = path && bytes ? fopen(path, "rb") : NULL;
	return f ? (struct str){bytes, fread(bytes, 1, ZONE_BYTES_MAX, f)} : STR("");
}

bool zone_exists(struct str name)
{
	AUTO(arena_done) struct arena a;
	const struct zone *z;
	arena_init(&a, 2 * ZONE_BYTES_MAX);
	struct str bytes = read_zone(&a, name);
	return bytes.n > 0 && zone_read(&a, bytes, &z) == 0;
}

static int answer(struct arena *a, struct str document, int64_t now_ms, struct schedule_answer *ret)
{
	const struct schedule *s = NULL;
	const struct zone *z = NULL;
	struct flow_faults *faults = arena_alloc(a, sizeof(*faults));
	AUTO(auto_json) json_t *doc = json_loadb(document.p, document.n, 0, NULL);
	if (!faults || !doc)
		return -ENOMEM;
	flow_faults_init(faults, a);
	if (schedule_read(a, doc, faults, &s) < 0 || zone_read(a, read_zone(a, s->timezone), &z) < 0)
		return -EINVAL;
	schedule_at(s, z, now_ms, ret);
	return 0;
}

int flow_world_schedule(const struct store_scope *s, struct arena *a, struct str name, int64_t now_ms,
	struct schedule_answer *ret)
{
	struct record r;
	int err = record_find(s, a, &record_schedule, "name", store_text(name), &r);
	return err < 0 ? err : answer(a, r.data, now_ms, ret);
}
