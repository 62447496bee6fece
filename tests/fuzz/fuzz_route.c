/* fuzz: links plane */
/* SPDX-License-Identifier: MIT */
/* A path of anybody's: at most one row, whose values lie within the path and are what its pattern says. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../../src/plane/api_match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(struct str value, struct str path)
{
	if (!value.p)
		return;
	assert(value.p >= path.p && value.p + value.n <= path.p + path.n);
	assert(value.n > 0 && !memchr(value.p, '/', value.n));
}

/* The first word is the method. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str path = {(const char *)data, size};
	struct str method = str_split(&path, ' ');
	struct api_match m;
	api_match(api_tables, method, path, &m);
	assert(!m.route || m.allow[0]);
	for (size_t i = 0; i < API_PATH_VALUES_MAX; i++)
		check_value(m.values[i], path);
	if (m.route && !strchr(m.route->path, '{'))
		assert(str_is(path, str_of(m.route->path)));
	return 0;
}
