/* SPDX-License-Identifier: MIT */
/* The table of node types as a JSON Schema (draft 2020-12), and a flow as nodes and edges to be drawn. */
#include <string.h>

#include "flow_table.h"

static json_t *rows_schema(const struct flow_row *rows, const char *type);

static json_t *words_list(const char *words)
{
	json_t *list = json_array();
	struct str rest = str_of(words);
	while (rest.n > 0) {
		struct str word = str_split(&rest, ' ');
		(void)json_array_append_new(list, json_stringn(word.p, word.n));
	}
	return list;
}

/* Blank-separated patterns are alternatives; a template fits where it may stand. */
static json_t *pattern_of(const char *patterns, unsigned flags)
{
	char text[1024];
	struct buf b;
	struct str rest = str_of(patterns);
	buf_init(&b, text, sizeof(text));
	buf_put(&b, STR("^(?:"));
	while (rest.n > 0) {
		buf_put(&b, str_split(&rest, ' '));
		buf_put(&b, rest.n > 0 ? STR("|") : STR(""));
	}
	buf_put(&b, STR(")$"));
	if (flags & ROW_EMPTY)
		buf_put(&b, STR("|^$"));
	if (flags & ROW_TEMPLATE)
		buf_put(&b, STR("|\\{\\{"));
	return json_stringn(b.p, buf_ok(&b) ? b.n : 0);
}

static json_t *text_schema(const struct flow_row *row)
{
	json_t *s = json_pack("{s:s, s:i}", "type", "string", "minLength", row->flags & ROW_EMPTY ? 0 : 1);
	if (row->max > 0)
		(void)json_object_set_new(s, "maxLength", json_integer(row->max));
	if (row->pattern)
		(void)json_object_set_new(s, "pattern", pattern_of(row->pattern, row->flags));
	return s;
}

static json_t *edge_schema(void)
{
	return json_pack("{s:s}", "$ref", "#/$defs/edge");
}

static json_t *members_schema(const struct flow_row *row)
{
	json_t *s = json_pack("{s:s, s:I, s:o}", "type", "object", "maxProperties", (json_int_t)row->max,
		"additionalProperties",
		row->kind == KIND_EDGES ? edge_schema()
					: json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean"));
	if (row->pattern)
		(void)json_object_set_new(s, "propertyNames", json_pack("{s:o}", "pattern", pattern_of(row->pattern, 0)));
	return s;
}

static json_t *texts_schema(const struct flow_row *row)
{
	const struct flow_row item = {.min = 1, .max = 2000, .pattern = row->pattern};
	return json_pack("{s:s, s:I, s:o}", "type", "array", "maxItems", (json_int_t)row->max, "items", text_schema(&item));
}

static json_t *value_schema(void)
{
	return json_pack("{s:[{s:[s,s,s]}, {s:s, s:i, s:{s:[s,s,s]}}]}", "anyOf", "type", "string", "number", "boolean", "type",
		"array", "minItems", 1, "items", "type", "string", "number", "boolean");
}

static json_t *row_schema(const struct flow_row *row)
{
	switch (row->kind) {
	case KIND_TEXT:
		return text_schema(row);
	case KIND_WORD:
		return json_pack("{s:o}", "enum", words_list(row->words));
	case KIND_INT:
		return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)row->min, "maximum",
			(json_int_t)row->max);
	case KIND_BOOL:
		return json_pack("{s:s}", "type", "boolean");
	case KIND_EDGE:
		return edge_schema();
	case KIND_OBJECT:
		return rows_schema(row->rows, NULL);
	case KIND_PROMPT:
		return json_pack("{s:s}", "$ref", "#/$defs/prompt");
	case KIND_LIST:
		return json_pack("{s:s, s:I, s:I, s:o}", "type", "array", "minItems", (json_int_t)row->min, "maxItems",
			(json_int_t)row->max, "items", rows_schema(row->rows, NULL));
	case KIND_TEXTS:
		return texts_schema(row);
	case KIND_MAP:
	case KIND_EDGES:
		return members_schema(row);
	case KIND_VALUE:
		return value_schema();
	case KIND_ANY:
		return json_object();
	}
	return NULL;
}

static void put_default(json_t *schema, const struct flow_row *row)
{
	if (!row->preset)
		return;
	json_t *v = row->kind == KIND_TEXT || row->kind == KIND_WORD ? json_string(row->preset)
								     : json_loads(row->preset, JSON_DECODE_ANY, NULL);
	(void)json_object_set_new(schema, "default", v);
}

static void put_choice(json_t *schema, const struct flow_row *rows)
{
	json_t *choices = json_array();
	for (; rows->name; rows++)
		if (rows->flags & ROW_ONE_OF)
			(void)json_array_append_new(choices, json_pack("{s:[s]}", "required", rows->name));
	if (json_array_size(choices) > 0)
		(void)json_object_set(schema, "oneOf", choices);
	json_decref(choices);
}

/* type: the node type these are the rows of, or NULL: an object of another kind. */
static json_t *rows_schema(const struct flow_row *rows, const char *type)
{
	json_t *properties = json_object(), *required = json_array();
	json_t *s = json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required", required,
		"additionalProperties", 0);
	for (const struct flow_row *row = rows; row->name; row++) {
		bool is_type = type && strcmp(row->name, "type") == 0;
		json_t *v = is_type ? json_pack("{s:s}", "const", type) : row_schema(row);
		put_default(v, row);
		(void)json_object_set_new(properties, row->name, v);
		if (row->flags & ROW_REQUIRED)
			(void)json_array_append_new(required, json_string(row->name));
	}
	put_choice(s, rows);
	return s;
}

static json_t *nodes_schema(void)
{
	json_t *types = json_array();
	for (size_t i = 0; i < flow_n_types; i++)
		(void)json_array_append_new(types, rows_schema(flow_types[i].rows, flow_types[i].name));
	/* The platform's alias: a transfer-group or a transfer-phone by its actionParams. */
	(void)json_array_append_new(types,
		json_pack("{s:s, s:{s:{s:s}, s:{}}, s:[s,s]}", "type", "object", "properties", "type", "const", "forward",
			"actionParams", "required", "type", "actionParams"));
	return json_pack("{s:s, s:i, s:i, s:{s:o}, s:{s:o}}", "type", "object", "minProperties", 1, "maxProperties",
		FLOW_NODES_MAX, "propertyNames", "pattern", pattern_of(flow_node_pattern, 0), "additionalProperties", "oneOf",
		types);
}

json_t *flow_schema(void)
{
	json_t *s = rows_schema(flow_document_rows, NULL);
	(void)json_object_set_new(s, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
	(void)json_object_set_new(s, "title", json_string("ivr-flow/1"));
	(void)json_object_set_new(json_object_get(s, "properties"), "nodes", nodes_schema());
	(void)json_object_set_new(s, "$defs",
		json_pack("{s:o, s:{s:s, s:s}}", "prompt", rows_schema(flow_prompt_rows, NULL), "edge", "type", "string",
			"pattern", "^(?:[A-Za-z0-9_-]{1,64}#?[a-z0-9]{0,5}|flow:[a-zA-Z0-9_-]{1,64})$"));
	return s;
}

/* ---- graph ---- */

struct edge_list {
	const struct flow_node *from;
	const struct flow *f;
	json_t *edges;
};

static void on_graph_edge(const struct flow_value *edge, const char *label, void *arg)
{
	const struct edge_list *l = arg;
	struct str to = edge->number >= 0 ? l->f->nodes[edge->number].id : edge->text;
	(void)json_array_append_new(l->edges,
		json_pack("{s:s%, s:s%, s:s}", "from", l->from->id.p, l->from->id.n, "to", to.p, to.n, "label", label));
}

/* An option is known by its digit, not by the word "next". */
static void put_option_edges(const struct flow_node *n, const struct edge_list *l)
{
	const struct flow_value *options = flow_get(n, "options");
	for (uint32_t i = 0; i < options->n; i++)
		if (flow_member(&options->items[i], "next")->is_given)
			on_graph_edge(flow_member(&options->items[i], "next"), flow_member(&options->items[i], "digit")->text.p,
				(void *)(uintptr_t)l);
}

static void on_other_edge(const struct flow_value *edge, const char *label, void *arg)
{
	const struct edge_list *l = arg;
	if (l->from->type->id != FLOW_MENU || strcmp(label, "next") != 0)
		on_graph_edge(edge, label, arg);
}

json_t *flow_graph(const struct flow *f)
{
	json_t *nodes = json_array(), *edges = json_array();
	for (uint32_t i = 0; i < f->n_nodes; i++) {
		const struct flow_node *n = &f->nodes[i];
		struct str label = flow_get(n, "label")->text;
		struct edge_list l = {n, f, edges};
		(void)json_array_append_new(nodes,
			json_pack("{s:s%, s:s, s:s%, s:b, s:b}", "id", n->id.p, n->id.n, "type", n->type->name, "label",
				label.n ? label.p : n->id.p, label.n ? label.n : n->id.n, "isEntry", f->entry == (int32_t)i,
				"isError", f->on_error == (int32_t)i));
		put_option_edges(n, &l);
		flow_each_edge(n, on_other_edge, &l);
	}
	return json_pack("{s:o, s:o}", "nodes", nodes, "edges", edges);
}
