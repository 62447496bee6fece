/* ivr_test.h - what the tests of this room share. */
#ifndef IVR_TEST_H
#define IVR_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/ivr/flow.h"

/* SPDX-License-Identifier: MIT */

enum { TEST_ARENA_BYTES = 8 << 20 };

/* The text of a file below the source directory, terminated; to be freed. */
static inline char *test_file(const char *path)
{
	char name[4096];
	(void)snprintf(name, sizeof(name), "%s/%s", RINGDOWN_SOURCE_DIR, path);
	FILE *f = fopen(name, "rb");
	if (!f)
		fail_msg("%s: %s", name, strerror(errno));
	char *text = calloc(1, 1 << 20);
	assert_non_null(text);
	size_t n = fread(text, 1, (1 << 20) - 1, f);
	assert_true(n > 0 && n < (1 << 20) - 1);
	fclose(f);
	return text;
}

static inline void fault_print(const struct flow_faults *f)
{
	for (uint32_t i = 0; i < f->n; i++)
		print_message("  %s" STR_FMT " %s: " STR_FMT "\n", f->list[i].is_warning ? "warning " : "",
			STR_ARG(f->list[i].pointer), f->list[i].reason, STR_ARG(f->list[i].message));
}

static inline const struct flow_fault *fault_find(const struct flow_faults *f, const char *pointer, const char *reason)
{
	for (uint32_t i = 0; i < f->n; i++)
		if (str_is(f->list[i].pointer, str_of(pointer)) && strcmp(f->list[i].reason, reason) == 0)
			return &f->list[i];
	return NULL;
}

/* The flow in tests/ivr/flows/NAME.json, which must be good. */
static inline const struct flow *test_flow(struct arena *a, const char *name)
{
	char path[256];
	struct flow_faults *faults = arena_alloc(a, sizeof(*faults));
	const struct flow *flow = NULL;
	(void)snprintf(path, sizeof(path), "tests/ivr/flows/%s.json", name);
	AUTO(auto_free) char *text = test_file(path);
	assert_non_null(faults);
	flow_faults_init(faults, a);
	if (flow_parse(a, str_of(text), NULL, faults, &flow) < 0) {
		fault_print(faults);
		fail_msg("%s is not good", path);
	}
	return flow;
}

#endif
