/* SPDX-License-Identifier: MIT */
/* The tools of an assistant: what the model is told of them, and what we do when it calls. */
#include <stdio.h>
#include <string.h>

#include "assistant_parse.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/secret.h"

enum {
	TIMEOUT_DEFAULT_MS = 10000,
	TIMEOUT_MIN_MS = 100,
	TIMEOUT_MAX_MS = 60000,
	FILLER_MAX = 500,
	URL_MAX = 2000,
	DESCRIPTION_MAX = 4096,
	TARGET_NAME_MAX = 64, /* the call machine keeps ids of less than 80 bytes */
};

static bool is_e164(struct str s)
{
	if (s.n < 3 || s.n > 16 || s.p[0] != '+' || s.p[1] == '0')
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static bool is_tool_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool is_good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
			c == '_';
		if (!is_good)
			return false;
	}
	return s.n > 0 && s.n <= 64;
}

static json_t *function_for_model(const char *name, const char *description, json_t *parameters)
{
	return json_pack("{s:s, s:s, s:s, s:o}", "type", "function", "name", name, "description", description,
		"parameters", parameters);
}

static json_t *end_call_for_model(void)
{
	return function_for_model("end_call",
		"End the phone call. Say goodbye first, in the same response; the call ends when it was heard.",
		json_pack("{s:s, s:{}, s:b}", "type", "object", "properties", "additionalProperties", 0));
}

static void parse_target(struct assistant_reader *r, const char *name, const json_t *number, const char *pointer,
	struct assistant_tool *t, json_t *names)
{
	char where[256];
	struct str n = {json_string_value(number), json_string_length(number)};
	snprintf(where, sizeof(where), "%s/%s", pointer, name);
	if (!name[0] || strlen(name) > TARGET_NAME_MAX)
		reader_fault(r, where, "the name must be of 1 to %d bytes", TARGET_NAME_MAX);
	if (!is_e164(n))
		reader_wrong(r, number, where, "must be a number in E.164 form, such as +15551230001");
	t->targets[t->n_targets++] =
		(struct assistant_target){reader_copy(r, str_of(name), where), reader_copy(r, n, where)};
	if (json_array_append_new(names, json_string(name)) < 0)
		reader_fault(r, where, "there is no memory for it");
}

static void parse_targets(struct assistant_reader *r, const json_t *targets, const char *pointer,
	struct assistant_tool *t, json_t *names)
{
	const char *name;
	json_t *number;
	size_t n = json_object_size(targets);
	if (n == 0 || n > ASSISTANT_TARGETS_MAX) {
		reader_wrong(r, targets, pointer, "must be an object of 1 to %d names with a number each",
			ASSISTANT_TARGETS_MAX);
		return;
	}
	t->targets = arena_alloc(r->arena, n * sizeof(*t->targets));
	if (!t->targets) {
		reader_fault(r, pointer, "there is no memory for it");
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)targets, name, number)
		parse_target(r, name, number, pointer, t, names);
}

static json_t *transfer_for_model(json_t *names)
{
	json_t *parameters = json_pack("{s:s, s:{s:{s:s, s:o}}, s:[s], s:b}", "type", "object", "properties", "target",
		"type", "string", "enum", names, "required", "target", "additionalProperties", 0);
	return function_for_model("transfer_call",
		"Transfer the caller to one of these targets. Tell them so first, in the same response.", parameters);
}

static json_t *parse_transfer(struct assistant_reader *r, const json_t *v, const char *pointer, struct assistant_tool *t)
{
	static const char *const known[] = {"type", "name", "targets", NULL};
	char where[128];
	json_t *names = json_array();
	reader_known_keys(r, v, pointer, known);
	t->kind = TOOL_TRANSFER_CALL;
	snprintf(where, sizeof(where), "%s/targets", pointer);
	parse_targets(r, json_object_get(v, "targets"), where, t, names);
	return transfer_for_model(names);
}

static json_t *parse_builtin(struct assistant_reader *r, const json_t *v, const char *pointer, struct assistant_tool *t)
{
	static const char *const known[] = {"type", "name", NULL};
	const json_t *given = json_object_get(v, "name");
	const char *name = json_string_value(given);
	char where[128];
	snprintf(where, sizeof(where), "%s/name", pointer);
	if (name && strcmp(name, "end_call") == 0) {
		reader_known_keys(r, v, pointer, known);
		t->kind = TOOL_END_CALL;
		t->name = STR("end_call");
		return end_call_for_model();
	}
	if (name && strcmp(name, "transfer_call") == 0) {
		t->name = STR("transfer_call");
		return parse_transfer(r, v, pointer, t);
	}
	reader_wrong(r, given, where, "must be \"end_call\" or \"transfer_call\"");
	return NULL;
}

/* The secret lies beside the assistants, unless its path says otherwise. */
static struct str read_secret(struct assistant_reader *r, const char *file, const char *pointer)
{
	char path[4096];
	struct str secret = STR("");
	snprintf(path, sizeof(path), "%s%s%s", file[0] == '/' ? "" : r->dir, file[0] == '/' ? "" : "/", file);
	int err = secret_read(path, r->arena, &secret);
	if (err < 0)
		reader_fault(r, pointer, "%s cannot be taken: %s", path, secret_error(err));
	return secret;
}

static void parse_webhook(struct assistant_reader *r, const json_t *w, const char *pointer, struct assistant_tool *t)
{
	static const char *const known[] = {"url", "secret_file", "timeout_ms", "filler", NULL};
	const json_t *url = json_object_get(w, "url"), *secret = json_object_get(w, "secret_file");
	const json_t *timeout = json_object_get(w, "timeout_ms"), *filler = json_object_get(w, "filler");
	char where[256];
	reader_known_keys(r, w, pointer, known);
	snprintf(where, sizeof(where), "%s/url", pointer);
	t->url = reader_str(r, url, where, URL_MAX);
	if (json_is_string(url) && !str_starts(t->url, STR("https://")) && !str_starts(t->url, STR("http://")))
		reader_wrong(r, url, where, "must begin with https://");
	snprintf(where, sizeof(where), "%s/secret_file", pointer);
	if (json_string_length(secret) > 0)
		t->secret = read_secret(r, json_string_value(secret), where);
	else
		reader_wrong(r, secret, where, "must name the file with the secret that signs requests");
	snprintf(where, sizeof(where), "%s/timeout_ms", pointer);
	t->timeout_ms = timeout ? reader_u32(r, timeout, where, TIMEOUT_MIN_MS, TIMEOUT_MAX_MS) : TIMEOUT_DEFAULT_MS;
	snprintf(where, sizeof(where), "%s/filler", pointer);
	if (filler)
		t->filler = reader_str(r, filler, where, FILLER_MAX);
}

static struct str parse_name(struct assistant_reader *r, const json_t *v, const char *pointer)
{
	char where[128];
	const json_t *name = json_object_get(v, "name");
	struct str text = {json_string_value(name), json_string_length(name)};
	snprintf(where, sizeof(where), "%s/name", pointer);
	if (is_tool_name(text))
		return reader_copy(r, text, where);
	reader_wrong(r, name, where, "must be 1 to 64 of A-Z a-z 0-9 - _");
	return STR("");
}

/* What the model is told of it; borrowed from v. */
static json_t *function_from(struct assistant_reader *r, const json_t *v, const char *pointer)
{
	char where[128];
	const json_t *description = json_object_get(v, "description");
	json_t *parameters = json_object_get(v, "parameters");
	struct str words = STR("");
	snprintf(where, sizeof(where), "%s/description", pointer);
	if (description)
		words = reader_str(r, description, where, DESCRIPTION_MAX);
	snprintf(where, sizeof(where), "%s/parameters", pointer);
	if (parameters && !json_is_object(parameters))
		reader_wrong(r, parameters, where, "must be a JSON Schema object");
	parameters = json_is_object(parameters) ? json_incref(parameters)
						: json_pack("{s:s, s:{}}", "type", "object", "properties");
	return function_for_model(json_string_value(json_object_get(v, "name")), words.p, parameters);
}

static json_t *parse_function(struct assistant_reader *r, const json_t *v, const char *pointer, struct assistant_tool *t)
{
	static const char *const known[] = {"type", "name", "description", "parameters", "webhook", NULL};
	char where[128];
	const json_t *webhook = json_object_get(v, "webhook");
	reader_known_keys(r, v, pointer, known);
	t->kind = TOOL_WEBHOOK;
	t->name = parse_name(r, v, pointer);
	snprintf(where, sizeof(where), "%s/webhook", pointer);
	if (json_is_object(webhook))
		parse_webhook(r, webhook, where, t);
	else
		reader_wrong(r, webhook, where, "must be an object with url and secret_file");
	return t->name.n > 0 ? function_from(r, v, pointer) : NULL;
}

static json_t *parse_tool(struct assistant_reader *r, const json_t *v, const char *pointer, struct assistant_tool *t)
{
	char where[64];
	const json_t *type = json_object_get(v, "type");
	const char *name = json_string_value(type);
	if (name && strcmp(name, "builtin") == 0)
		return parse_builtin(r, v, pointer, t);
	if (name && strcmp(name, "function") == 0)
		return parse_function(r, v, pointer, t);
	snprintf(where, sizeof(where), "%s/type", pointer);
	reader_wrong(r, type, where, "must be \"builtin\" or \"function\"");
	return NULL;
}

static void add_tool(struct assistant_reader *r, const json_t *v, size_t i, struct assistant *a, json_t *list)
{
	char pointer[32];
	struct assistant_tool t = {0};
	size_t before = r->errors->n;
	snprintf(pointer, sizeof(pointer), "/tools/%zu", i);
	json_t *made = parse_tool(r, v, pointer, &t);
	if (made && assistant_tool(a, t.name))
		reader_fault(r, pointer, "has the name of an earlier tool");
	if (json_array_append_new(list, made) < 0 && r->errors->n == before)
		reader_fault(r, pointer, "there is no memory for it");
	if (made)
		a->tools[a->n_tools++] = t;
}

void assistant_parse_tools(struct assistant_reader *r, const json_t *tools, struct assistant *ret)
{
	size_t i, n = json_array_size(tools);
	json_t *v;
	if (!json_is_array(tools) || n > ASSISTANT_TOOLS_MAX) {
		reader_wrong(r, tools, "/tools", "must be a list of at most %d tools", ASSISTANT_TOOLS_MAX);
		return;
	}
	AUTO(json_decrefp) json_t *list = json_array();
	ret->tools = arena_alloc(r->arena, n * sizeof(*ret->tools));
	if (!list || !ret->tools) {
		reader_fault(r, "/tools", "there is no memory for it");
		return;
	}
	json_array_foreach((json_t *)(uintptr_t)tools, i, v)
		add_tool(r, v, i, ret, list);
	if (n > 0)
		ret->tools_json = reader_dump(r, list, "/tools");
}
