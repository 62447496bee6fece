/* SPDX-License-Identifier: MIT */
#include "json_help.h"

#include "ringdown/base/clock.h"

void auto_json(json_t **j)
{
	json_decref(*j);
}

struct str json_text(const json_t *j)
{
	return (struct str){json_string_value(j), json_string_length(j)};
}

struct str json_str(const json_t *object, const char *name)
{
	return json_text(json_object_get(object, name));
}

json_t *json_of(struct str s)
{
	json_t *j = json_stringn(s.n > 0 ? s.p : "", s.n);
	return j ? j : json_null();
}

struct str json_write(const json_t *j, struct arena *a)
{
	size_t size = j ? json_dumpb(j, NULL, 0, JSON_COMPACT) : 0;
	char *text = size > 0 ? arena_alloc(a, size) : NULL;
	if (!text)
		return STR("");
	return (struct str){text, json_dumpb(j, text, size, JSON_COMPACT)};
}

json_t *json_time(int64_t wall_ms)
{
	char text[32];
	if (wall_ms <= 0)
		return json_null();
	clock_format(wall_ms, text, sizeof(text));
	return json_string(text);
}
