/* SPDX-License-Identifier: MIT */
#include "api_match.h"

#include <string.h>

#include "ringdown/base/buf.h"

bool api_path_fits(const char *pattern, struct str path, struct str values[API_PATH_VALUES_MAX], uint32_t *ret_rank)
{
	struct str rest = str_of(pattern);
	uint32_t rank = 0, n_values = 0;
	if (!str_starts(path, STR("/")))
		return false;
	path = str_skip(path, 1);
	rest = str_skip(rest, 1);
	for (;;) {
		bool is_last = !memchr(rest.p, '/', rest.n);
		if (is_last != !memchr(path.p, '/', path.n))
			return false;
		struct str wanted = str_split(&rest, '/'), got = str_split(&path, '/');
		bool is_name = str_starts(wanted, STR("{"));
		if (is_name ? got.n == 0 || n_values == API_PATH_VALUES_MAX : !str_is(wanted, got))
			return false;
		if (is_name)
			values[n_values++] = got;
		rank = rank << 1 | !is_name;
		if (is_last)
			break;
	}
	*ret_rank = rank;
	return true;
}

static bool is_method(const struct api_route *r, struct str method)
{
	return str_is(method, str_of(r->method)) || (str_is(method, STR("HEAD")) && strcmp(r->method, "GET") == 0);
}

static void add_method(struct buf *allow, const char *method)
{
	buf_put(allow, allow->n > 0 ? STR(", ") : STR(""));
	buf_put(allow, str_of(method));
	if (strcmp(method, "GET") == 0)
		buf_put(allow, STR(", HEAD"));
}

/* Of several patterns that fit, the one that is most literal is the path's: another row's methods are not its. */
void api_match(const struct api_route *const *tables, struct str method, struct str path, struct api_match *ret)
{
	const char *pattern = NULL;
	uint32_t best = 0;
	struct buf allow;
	memset(ret, 0, sizeof(*ret));
	buf_init(&allow, ret->allow, sizeof(ret->allow) - 1);
	for (; *tables; tables++)
		for (const struct api_route *r = *tables; r->method; r++) {
			struct str values[API_PATH_VALUES_MAX] = {{0}};
			uint32_t rank;
			if (!api_path_fits(r->path, path, values, &rank) || (pattern && rank < best))
				continue;
			if (!pattern || rank > best) {
				buf_clear(&allow);
				ret->route = NULL;
				memset(ret->values, 0, sizeof(ret->values));
			}
			pattern = r->path;
			best = rank;
			add_method(&allow, r->method);
			if (!is_method(r, method))
				continue;
			ret->route = r;
			memcpy(ret->values, values, sizeof(values));
		}
	ret->allow[buf_ok(&allow) ? allow.n : 0] = '\0';
}
