/* SPDX-License-Identifier: MIT */
/* The tools of an assistant: what the model is told of them, and what we do when it calls. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "assistant_parse.h"
#include "ringdown/base/auto.h"

enum {
	TIMEOUT_DEFAULT_MS = 10000,
	TIMEOUT_MIN_MS = 100,
	TIMEOUT_MAX_MS = 60000,
	FILLER_MAX = 500,
	URL_MAX = 2000,
	DESCRIPTION_MAX = 4096,
	SECRET_MAX = 4096,
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

static void parse_targets(struct assistant_reader *r, const json_t *targets, const char *pointer,
	struct assistant_tool *t, json_t *names)
{
	const char *name;
	json_t *number;
	if (json_object_size(targets) == 0 || json_object_size(targets) > ASSISTANT_TARGETS_MAX)
		reader_fault(r, pointer, "must be an object of 1 to %d names with a number each",
			ASSISTANT_TARGETS_MAX);
	json_object_foreach((json_t *)(uintptr_t)targets, name, number)
	{
		char where[256];
		struct str n = str_of(json_string_value(number));
		snprintf(where, sizeof(where), "%s/%s", pointer, name);
		if (!is_e164(n))
			reader_fault(r, where, "must be a number in E.164 form, such as +15551230001");
		if (t->n_targets == ASSISTANT_TARGETS_MAX)
			return;
		t->targets[t->n_targets++] =
			(struct assistant_target){arena_str(r->arena, str_of(name)), arena_str(r->arena, n)};
		json_array_append_new(names, json_string(name));
	}
}

static json_t *transfer_for_model(json_t *names)
{
	json_t *parameters = json_pack("{s:s, s:{s:{s:s, s:o}}, s:[s], s:b}", "type", "object", "properties", "target",
		"type", "string", "enum", names, "required", "target", "additionalProperties", 0);
	return function_for_model("transfer_call",
		"Transfer the caller to one of these targets. Tell them so first, in the same response.", parameters);
}

static json_t *parse_builtin(struct assistant_reader *r, const json_t *v, const char *pointer, struct assistant_tool *t)
{
	static const char *const end_keys[] = {"type", "name", NULL};
	static const char *const transfer_keys[] = {"type", "name", "targets", NULL};
	const char *name = json_string_value(json_object_get(v, "name"));
	char where[128];
	t->name = arena_str(r->arena, str_of(name));
	if (name && strcmp(name, "end_call") == 0) {
		reader_known_keys(r, v, pointer, end_keys);
		t->kind = TOOL_END_CALL;
		return end_call_for_model();
	}
	if (name && strcmp(name, "transfer_call") == 0) {
		json_t *names = json_array();
		reader_known_keys(r, v, pointer, transfer_keys);
		t->kind = TOOL_TRANSFER_CALL;
		snprintf(where, sizeof(where), "%s/targets", pointer);
		parse_targets(r, json_object_get(v, "targets"), where, t, names);
		return transfer_for_model(names);
	}
	snprintf(where, sizeof(where), "%s/name", pointer);
	reader_fault(r, where, "must be \"end_call\" or \"transfer_call\"");
	return NULL;
}

/* The secret lies beside the assistants: what the file holds, without blanks around it. */
static struct str read_secret(struct assistant_reader *r, const char *file, const char *pointer)
{
	char path[4096], text[SECRET_MAX + 1];
	snprintf(path, sizeof(path), "%s%s%s", file[0] == '/' ? "" : r->dir, file[0] == '/' ? "" : "/", file);
	AUTO(auto_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	struct str secret = {text, n > 0 ? (size_t)n : 0};
	while (secret.n > 0 && (secret.p[secret.n - 1] == '\n' || secret.p[secret.n - 1] == '\r'))
		secret.n--;
	secret = str_trim(secret);
	if (n < 0 || n > SECRET_MAX || secret.n == 0)
		reader_fault(r, pointer, "%s cannot be read, is empty or over %d bytes", path, SECRET_MAX);
	struct str copy = arena_str(r->arena, secret);
	explicit_bzero(text, sizeof(text));
	return copy;
}

static void parse_webhook(struct assistant_reader *r, const json_t *w, const char *pointer, struct assistant_tool *t)
{
	static const char *const known[] = {"url", "secret_file", "timeout_ms", "filler", NULL};
	char where[256];
	reader_known_keys(r, w, pointer, known);
	snprintf(where, sizeof(where), "%s/url", pointer);
	t->url = reader_str(r, json_object_get(w, "url"), where, URL_MAX);
	if (!str_starts(t->url, STR("https://")) && !str_starts(t->url, STR("http://")))
		reader_fault(r, where, "must begin with https://");
	snprintf(where, sizeof(where), "%s/secret_file", pointer);
	const char *file = json_string_value(json_object_get(w, "secret_file"));
	if (file && file[0])
		t->secret = read_secret(r, file, where);
	else
		reader_fault(r, where, "is missing: the file with the secret that signs requests");
	t->timeout_ms = TIMEOUT_DEFAULT_MS;
	snprintf(where, sizeof(where), "%s/timeout_ms", pointer);
	if (json_object_get(w, "timeout_ms"))
		t->timeout_ms = reader_u32(r, json_object_get(w, "timeout_ms"), where, TIMEOUT_MIN_MS, TIMEOUT_MAX_MS);
	snprintf(where, sizeof(where), "%s/filler", pointer);
	if (json_object_get(w, "filler"))
		t->filler = reader_str(r, json_object_get(w, "filler"), where, FILLER_MAX);
}

static json_t *parse_function(struct assistant_reader *r, const json_t *v, const char *pointer, struct assistant_tool *t)
{
	static const char *const known[] = {"type", "name", "description", "parameters", "webhook", NULL};
	char where[128];
	reader_known_keys(r, v, pointer, known);
	t->kind = TOOL_WEBHOOK;
	snprintf(where, sizeof(where), "%s/name", pointer);
	t->name = reader_str(r, json_object_get(v, "name"), where, 64);
	if (!is_tool_name(t->name))
		reader_fault(r, where, "must be 1 to 64 of A-Z a-z 0-9 - _");
	snprintf(where, sizeof(where), "%s/description", pointer);
	struct str description = json_object_get(v, "description")
		? reader_str(r, json_object_get(v, "description"), where, DESCRIPTION_MAX)
		: STR("");
	json_t *parameters = json_object_get(v, "parameters");
	snprintf(where, sizeof(where), "%s/parameters", pointer);
	if (parameters && !json_is_object(parameters))
		reader_fault(r, where, "must be a JSON Schema object");
	snprintf(where, sizeof(where), "%s/webhook", pointer);
	if (json_is_object(json_object_get(v, "webhook")))
		parse_webhook(r, json_object_get(v, "webhook"), where, t);
	else
		reader_fault(r, where, "must be an object with url and secret_file");
	parameters = json_is_object(parameters) ? json_incref(parameters)
						: json_pack("{s:s, s:{}}", "type", "object", "properties");
	return json_pack("{s:s, s:s%, s:s%, s:o}", "type", "function", "name", t->name.p, t->name.n, "description",
		description.p ? description.p : "", description.n, "parameters", parameters);
}

static json_t *parse_tool(struct assistant_reader *r, const json_t *v, size_t i, struct assistant *a)
{
	char pointer[32], where[64];
	const char *type = json_string_value(json_object_get(v, "type"));
	struct assistant_tool t = {0};
	json_t *made = NULL;
	snprintf(pointer, sizeof(pointer), "/tools/%zu", i);
	if (type && strcmp(type, "builtin") == 0) {
		made = parse_builtin(r, v, pointer, &t);
	} else if (type && strcmp(type, "function") == 0) {
		made = parse_function(r, v, pointer, &t);
	} else {
		snprintf(where, sizeof(where), "%s/type", pointer);
		reader_fault(r, where, "must be \"builtin\" or \"function\"");
	}
	if (made && assistant_tool(a, t.name))
		reader_fault(r, pointer, "has the name of an earlier tool");
	if (made)
		a->tools[a->n_tools++] = t;
	return made;
}

void assistant_parse_tools(struct assistant_reader *r, const json_t *tools, struct assistant *ret)
{
	size_t i;
	json_t *v;
	json_t *list = json_array();
	if (!json_is_array(tools) || json_array_size(tools) > ASSISTANT_TOOLS_MAX) {
		reader_fault(r, "/tools", "must be a list of at most %d tools", ASSISTANT_TOOLS_MAX);
		json_decref(list);
		return;
	}
	json_array_foreach((json_t *)(uintptr_t)tools, i, v)
	{
		json_t *made = parse_tool(r, v, i, ret);
		if (made)
			json_array_append_new(list, made);
	}
	if (json_array_size(list) > 0)
		ret->tools_json = reader_dump(r, list);
	json_decref(list);
}
