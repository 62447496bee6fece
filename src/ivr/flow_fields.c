/* SPDX-License-Identifier: MIT */
/* A JSON object into values, row by row; what does not fit its row is told. */
#include <string.h>

#include "flow_table.h"
#include "pattern.h"
#include "ringdown/base/utf8.h"

enum { ITEM_BYTES_MAX = 2000, SHOWN_BYTES = 60 };

struct place { /* a value that is being read */
	const json_t *v;
	const struct flow_row *row;
	struct str pointer;
};

static struct str copy(struct flow_reader *r, struct str s)
{
	struct str c = arena_str(r->arena, s);
	r->is_out_of_memory |= c.p == NULL;
	return c.p ? c : STR("");
}

static struct flow_value *new_values(struct flow_reader *r, size_t n)
{
	struct flow_value *v = arena_alloc(r->arena, n * sizeof(*v));
	r->is_out_of_memory |= v == NULL;
	return v;
}

static struct str text_of(const json_t *v)
{
	return (struct str){json_string_value(v), json_string_length(v)};
}

static size_t characters(struct str s)
{
	uint32_t code;
	size_t n = 0;
	for (int step; (step = utf8_scan(s, &code)) != 0; n++)
		s = str_skip(s, (size_t)(step > 0 ? step : -step));
	return n;
}

static bool has_template(const struct flow_row *row, struct str s)
{
	for (size_t i = 0; row->flags & ROW_TEMPLATE && i + 1 < s.n; i++)
		if (s.p[i] == '{' && s.p[i + 1] == '{')
			return true;
	return false;
}

static bool fits_pattern(const char *patterns, struct str s)
{
	struct str rest = str_of(patterns);
	while (rest.n > 0) {
		struct pattern p;
		if (pattern_parse(str_split(&rest, ' '), &p) == 0 && pattern_fits(&p, s))
			return true;
	}
	return false;
}

static struct str read_text(struct flow_reader *r, const struct place *at)
{
	struct str s = text_of(at->v);
	size_t n = characters(s);
	const struct flow_row *row = at->row;
	if (!json_is_string(at->v))
		flow_fault(r->faults, false, at->pointer, "type_string", "must be a string");
	else if (n == 0 && !(row->flags & ROW_EMPTY))
		flow_fault(r->faults, false, at->pointer, "too_short", "must not be empty");
	else if (row->max > 0 && n > (size_t)row->max)
		flow_fault(r->faults, false, at->pointer, "too_long", "is %zu characters long, at most %lld are taken", n,
			(long long)row->max);
	else if (row->pattern && n > 0 && !has_template(row, s) && !fits_pattern(row->pattern, s))
		flow_fault(r->faults, false, at->pointer, "pattern", "\"%.*s\" must look like %s",
			(int)(s.n < SHOWN_BYTES ? s.n : SHOWN_BYTES), s.p, row->pattern);
	else
		return copy(r, s);
	return STR("");
}

static struct str read_word(struct flow_reader *r, const struct place *at)
{
	struct str s = text_of(at->v);
	if (json_is_string(at->v) && str_is_among(s, at->row->words))
		return copy(r, s);
	flow_fault(r->faults, false, at->pointer, "not_one_of", "must be one of: %.300s", at->row->words);
	return STR("");
}

static int64_t read_int(struct flow_reader *r, const struct place *at)
{
	json_int_t n = json_integer_value(at->v);
	if (json_is_integer(at->v) && n >= at->row->min && n <= at->row->max)
		return n;
	flow_fault(r->faults, false, at->pointer, json_is_integer(at->v) ? "out_of_range" : "type_integer",
		"must be a whole number from %lld to %lld", (long long)at->row->min, (long long)at->row->max);
	return at->row->min;
}

static struct str read_edge(struct flow_reader *r, const json_t *v, struct str pointer)
{
	struct str s = text_of(v);
	struct str flow = str_starts(s, STR("flow:")) ? str_skip(s, 5) : (struct str){0};
	if (!json_is_string(v))
		flow_fault(r->faults, false, pointer, "type_string", "must be the name of a node, or \"flow:NAME\"");
	else if (flow.p ? !flow_is_name(flow) : !pattern_matches(flow_node_pattern, s))
		flow_fault(r->faults, false, pointer, "pattern", "is no name of a node, nor \"flow:NAME\"");
	else
		return copy(r, s);
	return STR("");
}

/* What may stand in a "value": as text, whatever it was. */
static struct str scalar(struct flow_reader *r, const json_t *v, struct str pointer)
{
	if (json_is_string(v) && json_string_length(v) <= ITEM_BYTES_MAX)
		return copy(r, text_of(v));
	if (json_is_boolean(v))
		return json_is_true(v) ? STR("true") : STR("false");
	if (json_is_integer(v))
		return str_of(arena_printf(r->arena, "%lld", (long long)json_integer_value(v)));
	if (json_is_real(v))
		return str_of(arena_printf(r->arena, "%.15g", json_real_value(v)));
	flow_fault(r->faults, false, pointer, "type_scalar", "must be text, a number or a boolean");
	return STR("");
}

static bool is_size(struct flow_reader *r, const struct place *at, size_t n, const char *what)
{
	if (n >= (size_t)at->row->min && (at->row->max == 0 || n <= (size_t)at->row->max))
		return true;
	flow_fault(r->faults, false, at->pointer, n < (size_t)at->row->min ? "too_few" : "too_many",
		"holds %zu %s, from %lld to %lld are taken", n, what, (long long)at->row->min, (long long)at->row->max);
	return false;
}

static void read_list(struct flow_reader *r, const struct place *at, struct flow_value *ret)
{
	size_t n = json_array_size(at->v);
	if (!json_is_array(at->v)) {
		flow_fault(r->faults, false, at->pointer, "type_array", "must be a list");
		return;
	}
	if (!is_size(r, at, n, "elements") || !(ret->items = new_values(r, n)))
		return;
	for (; ret->n < n; ret->n++) {
		struct flow_value *item = &ret->items[ret->n];
		item->pointer = flow_pointer_index(r->arena, at->pointer, ret->n);
		item->is_given = true;
		item->row = at->row;
		const json_t *v = json_array_get(at->v, ret->n);
		if (at->row->kind == KIND_LIST) {
			item->n = flow_rows_count(at->row->rows);
			item->items = new_values(r, item->n);
			if (item->items)
				flow_read_rows(r, v, item->pointer, at->row->rows, item->items);
		} else {
			item->text = read_text(r, &(struct place){v, &(struct flow_row){.name = "", .min = 1, .max = ITEM_BYTES_MAX, .pattern = at->row->pattern}, item->pointer});
		}
	}
}

static void read_member(struct flow_reader *r, const struct place *at, const char *key, const json_t *v,
	struct flow_value *ret)
{
	const struct flow_row text = {.max = ITEM_BYTES_MAX, .flags = at->row->flags | ROW_EMPTY};
	ret->pointer = flow_pointer_join(r->arena, at->pointer, key);
	ret->key = copy(r, str_of(key));
	ret->is_given = true;
	ret->row = at->row;
	ret->number = FLOW_NO_NODE;
	if (at->row->pattern && !fits_pattern(at->row->pattern, ret->key))
		flow_fault(r->faults, false, ret->pointer, "pattern", "a name must look like %s", at->row->pattern);
	if (at->row->kind == KIND_EDGES)
		ret->text = read_edge(r, v, ret->pointer);
	else if (json_is_string(v))
		ret->text = read_text(r, &(struct place){v, &text, ret->pointer});
	else
		ret->text = scalar(r, v, ret->pointer);
}

static void read_map(struct flow_reader *r, const struct place *at, struct flow_value *ret)
{
	const char *key;
	json_t *v;
	if (!json_is_object(at->v)) {
		flow_fault(r->faults, false, at->pointer, "type_object", "must be an object");
		return;
	}
	if (!is_size(r, at, json_object_size(at->v), "members"))
		return;
	ret->items = new_values(r, json_object_size(at->v));
	json_object_foreach((json_t *)(uintptr_t)at->v, key, v)
	{
		if (ret->items)
			read_member(r, at, key, v, &ret->items[ret->n++]);
	}
}

static void read_values(struct flow_reader *r, const struct place *at, struct flow_value *ret)
{
	size_t n = json_is_array(at->v) ? json_array_size(at->v) : 1;
	if (n > 100 || n == 0) {
		flow_fault(r->faults, false, at->pointer, "too_many", "holds %zu values, 1 to 100 are taken", n);
		return;
	}
	if (!(ret->items = new_values(r, n)))
		return;
	for (; ret->n < n; ret->n++) {
		const json_t *v = json_is_array(at->v) ? json_array_get(at->v, ret->n) : at->v;
		ret->items[ret->n].text = scalar(r, v, at->pointer);
	}
	ret->text = ret->items[0].text;
}

static void read_object(struct flow_reader *r, const struct place *at, struct flow_value *ret)
{
	ret->n = flow_rows_count(at->row->rows);
	ret->items = new_values(r, ret->n);
	if (ret->items)
		flow_read_rows(r, at->v, at->pointer, at->row->rows, ret->items);
}

static void read_given(struct flow_reader *r, const struct place *at, struct flow_value *ret)
{
	switch (at->row->kind) {
	case KIND_TEXT:
		ret->text = read_text(r, at);
		return;
	case KIND_WORD:
		ret->text = read_word(r, at);
		return;
	case KIND_INT:
		ret->number = read_int(r, at);
		return;
	case KIND_BOOL:
		if (!json_is_boolean(at->v))
			flow_fault(r->faults, false, at->pointer, "type_boolean", "must be true or false");
		ret->number = json_is_true(at->v);
		return;
	case KIND_EDGE:
		ret->text = read_edge(r, at->v, at->pointer);
		return;
	case KIND_OBJECT:
	case KIND_PROMPT:
		read_object(r, at, ret);
		return;
	case KIND_LIST:
	case KIND_TEXTS:
		read_list(r, at, ret);
		return;
	case KIND_MAP:
	case KIND_EDGES:
		read_map(r, at, ret);
		return;
	case KIND_VALUE:
		read_values(r, at, ret);
		return;
	case KIND_ANY:
		return;
	}
}

/* What is absent has its default; an object that is absent has none of its members. */
static void set_preset(const struct flow_row *row, struct flow_value *v)
{
	uint64_t n;
	v->row = row;
	v->number = row->kind == KIND_EDGE ? FLOW_NO_NODE : 0;
	if (!row->preset)
		return;
	v->text = str_of(row->preset);
	if (row->kind == KIND_INT && str_u64(v->text, INT64_MAX, &n) == 0)
		v->number = (int64_t)n;
	if (row->kind == KIND_BOOL)
		v->number = strcmp(row->preset, "true") == 0;
}

static const struct flow_row *row_find(const struct flow_row *rows, const char *name)
{
	for (; rows->name; rows++)
		if (strcmp(rows->name, name) == 0)
			return rows;
	return NULL;
}

static void tell_unknown(struct flow_reader *r, const json_t *object, struct str pointer, const struct flow_row *rows)
{
	const char *key;
	json_t *v;
	char list[400];
	struct buf b;
	buf_init(&b, list, sizeof(list) - 1);
	for (const struct flow_row *row = rows; row->name; row++) {
		buf_put(&b, row == rows ? STR("") : STR(" "));
		buf_put(&b, str_of(row->name));
	}
	list[b.overflow ? 0 : b.n] = '\0';
	json_object_foreach((json_t *)(uintptr_t)object, key, v)
	{
		if (!row_find(rows, key))
			flow_fault(r->faults, false, flow_pointer_join(r->arena, pointer, key), "unknown_field",
				"is not known here; there are: %s", list);
	}
}

static void tell_choice(struct flow_reader *r, const json_t *object, struct str pointer, const struct flow_row *rows)
{
	char list[300];
	struct buf b;
	uint32_t n = 0;
	buf_init(&b, list, sizeof(list) - 1);
	for (; rows->name; rows++) {
		if (!(rows->flags & ROW_ONE_OF))
			continue;
		buf_put(&b, b.n ? STR(", ") : STR(""));
		buf_put(&b, str_of(rows->name));
		n += json_object_get(object, rows->name) != NULL;
	}
	list[b.overflow ? 0 : b.n] = '\0';
	if (b.n > 0 && n != 1)
		flow_fault(r->faults, false, pointer, "one_of_required", "needs exactly one of: %s", list);
}

void flow_read_rows(struct flow_reader *r, const json_t *object, struct str pointer, const struct flow_row *rows,
	struct flow_value *ret_values)
{
	if (!json_is_object(object)) {
		flow_fault(r->faults, false, pointer, "type_object", "must be an object");
		object = NULL;
	}
	for (uint32_t i = 0; rows[i].name; i++) {
		const json_t *v = json_object_get(object, rows[i].name);
		set_preset(&rows[i], &ret_values[i]);
		if (!v && object && rows[i].flags & ROW_REQUIRED)
			flow_fault(r->faults, false, flow_pointer_join(r->arena, pointer, rows[i].name), "required", "is missing");
		if (!v)
			continue;
		ret_values[i].is_given = true;
		ret_values[i].pointer = flow_pointer_join(r->arena, pointer, rows[i].name);
		read_given(r, &(struct place){v, &rows[i], ret_values[i].pointer}, &ret_values[i]);
	}
	if (!object)
		return;
	tell_unknown(r, object, pointer, rows);
	tell_choice(r, object, pointer, rows);
}
