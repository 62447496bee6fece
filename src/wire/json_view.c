/* SPDX-License-Identifier: MIT */
#include "json_view.h"

#include <errno.h>

#include "scan.h"

json_t *json_view_load(struct str text, int depth_max)
{
	if (!json_depth_ok(text, depth_max))
		return NULL;
	json_t *doc = json_loadb(text.p, text.n, 0, NULL);
	if (doc && !json_is_object(doc)) {
		json_decref(doc);
		return NULL;
	}
	return doc;
}

struct str json_view_str(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);
	return json_is_string(v) ? (struct str){json_string_value(v), json_string_length(v)} : STR("");
}

int64_t json_view_int(const json_t *object, const char *key, int64_t absent)
{
	const json_t *v = json_object_get(object, key);
	return json_is_integer(v) ? json_integer_value(v) : absent;
}

int json_view_number(const json_t *object, const char *key, uint64_t *ret_value)
{
	const json_t *v = json_object_get(object, key);
	*ret_value = 0;
	if (!v || json_is_null(v))
		return 0;
	if (json_is_integer(v) && json_integer_value(v) >= 0) {
		*ret_value = (uint64_t)json_integer_value(v);
		return 0;
	}
	struct str s = {json_string_value(v), json_string_length(v)};
	return json_is_string(v) && str_u64(s, INT64_MAX, ret_value) == 0 ? 0 : -EBADMSG;
}
