/* SPDX-License-Identifier: MIT */
/* /openapi.json: OpenAPI 3.1 made from the route tables, so that no row is missing from it. */
#include <ctype.h>
#include <string.h>

#include "api_match.h"
#include "json_help.h"
#include "plane_private.h"
#include "ringdown/plane/api.h"

static json_t *parameters_of(const char *path)
{
	json_t *list = json_array();
	struct str rest = str_of(path);
	while (rest.n > 0) {
		struct str part = str_split(&rest, '/');
		if (!str_starts(part, STR("{")))
			continue;
		json_array_append_new(list, json_pack("{s:o, s:s, s:b, s:{s:s}}", "name", json_of((struct str){part.p + 1, part.n - 2}),
			"in", "path", "required", 1, "schema", "type", "string"));
	}
	return list;
}

static json_t *problem_answer(const char *description)
{
	return json_pack("{s:s, s:{s:{s:{s:s}}}}", "description", description, "content", "application/problem+json", "schema", "$ref",
		"#/components/schemas/Problem");
}

static json_t *answers_of(const struct api_route *r)
{
	json_t *answers = json_pack("{s:{s:s}, s:o}", "2XX", "description", "Done", "4XX", problem_answer("Refused"));
	json_object_set_new(answers, "503", problem_answer("Not now: see Retry-After"));
	if (r->auth == AUTH_JWT)
		json_object_set_new(answers, "401", problem_answer("No good token"));
	return answers;
}

static json_t *security_of(const struct api_route *r)
{
	json_t *scopes = json_array();
	struct str rest = str_of(r->scope);
	while (rest.n > 0)
		json_array_append_new(scopes, json_of(str_split(&rest, '|')));
	switch (r->auth) {
	case AUTH_JWT:
		return json_pack("[{s:o}]", "bearer", scopes);
	case AUTH_TWILIO:
		return json_pack("[{s:o}]", "twilioSignature", scopes);
	case AUTH_SIGNED_URL:
		return json_pack("[{s:o}]", "signedUrl", scopes);
	case AUTH_PUBLIC:
	case AUTH_ADMIN:
		break;
	}
	json_decref(scopes);
	return json_array();
}

/* "GET", "/phone/users/{id}" -> "getPhoneUsersId": client generators make functions of it. */
static json_t *operation_id(const struct api_route *r, struct arena *a)
{
	size_t size = strlen(r->method) + strlen(r->path) + 1, n = 0;
	char *text = arena_alloc(a, size);
	bool is_first = false;
	for (const char *c = r->method; text && *c; c++)
		text[n++] = (char)tolower((unsigned char)*c);
	for (const char *c = r->path; text && *c; c++) {
		bool is_word = isalnum((unsigned char)*c);
		if (is_word)
			text[n++] = (char)(is_first ? toupper((unsigned char)*c) : *c);
		is_first = !is_word;
	}
	return json_of((struct str){text, n});
}

static bool takes_json(const struct api_route *r)
{
	bool has_body = strcmp(r->method, "POST") == 0 || strcmp(r->method, "PUT") == 0 || strcmp(r->method, "PATCH") == 0;
	return has_body && r->auth != AUTH_TWILIO && !(r->flags & API_RAW_BODY);
}

static json_t *operation(const struct api_route *r, struct arena *a)
{
	json_t *parameters = parameters_of(r->path);
	if (r->flags & API_IDEMPOTENT)
		json_array_append_new(parameters, json_pack("{s:s}", "$ref", "#/components/parameters/IdempotencyKey"));
	json_t *op = json_pack("{s:s, s:o, s:o, s:o, s:o}", "summary", r->summary ? r->summary : "", "operationId", operation_id(r, a),
		"parameters", parameters, "security", security_of(r), "responses", answers_of(r));
	if (takes_json(r))
		json_object_set_new(op, "requestBody",
			json_pack("{s:{s:{s:{s:s}}}}", "content", "application/json", "schema", "type", "object"));
	return op;
}

static json_t *paths(struct arena *a)
{
	json_t *all = json_object();
	for (const struct api_route *const *t = api_tables; *t; t++)
		for (const struct api_route *r = *t; r->method; r++) {
			char method[16] = "";
			json_t *item = json_object_get(all, r->path);
			if (!item) {
				item = json_object();
				json_object_set_new(all, r->path, item);
			}
			for (size_t i = 0; r->method[i] && i < sizeof(method) - 1; i++)
				method[i] = (char)tolower((unsigned char)r->method[i]);
			json_object_set_new(item, method, operation(r, a));
		}
	return all;
}

static json_t *components(void)
{
	static const char text[] =
		"{\"securitySchemes\": {"
		"\"bearer\": {\"type\": \"http\", \"scheme\": \"bearer\", \"bearerFormat\": \"JWT\"},"
		"\"twilioSignature\": {\"type\": \"apiKey\", \"in\": \"header\", \"name\": \"X-Twilio-Signature\"},"
		"\"signedUrl\": {\"type\": \"apiKey\", \"in\": \"query\", \"name\": \"s\"}},"
		"\"parameters\": {\"IdempotencyKey\": {\"name\": \"Idempotency-Key\", \"in\": \"header\","
		" \"schema\": {\"type\": \"string\", \"maxLength\": 255}}},"
		"\"schemas\": {\"Problem\": {\"type\": \"object\", \"required\": [\"type\", \"title\", \"status\", \"detail\", \"reason\"],"
		" \"properties\": {\"type\": {\"type\": \"string\"}, \"title\": {\"type\": \"string\"}, \"status\": {\"type\": \"integer\"},"
		" \"detail\": {\"type\": \"string\"}, \"instance\": {\"type\": \"string\"}, \"requestId\": {\"type\": \"string\"},"
		" \"reason\": {\"type\": \"string\"}, \"errors\": {\"type\": \"array\", \"items\": {\"type\": \"object\", \"properties\":"
		" {\"pointer\": {\"type\": \"string\"}, \"reason\": {\"type\": \"string\"}, \"message\": {\"type\": \"string\"}}}}}}}}";
	return json_loads(text, 0, NULL);
}

static void get_openapi(struct api *a)
{
	struct str url = a->plane->settings.public_url;
	const char *prefixed = arena_printf(a->arena, STR_FMT "/api", STR_ARG(url));
	api_json(a, 200, json_pack("{s:s, s:{s:s, s:s}, s:[{s:o}, {s:s}], s:o, s:o}", "openapi", "3.1.0", "info", "title", "ringdown",
		"version", RINGDOWN_VERSION, "servers", "url", json_of(url), "url", prefixed, "paths", paths(a->arena), "components",
		components()));
}

const struct api_route openapi_routes[] = {
	{"GET", "/openapi.json", AUTH_PUBLIC, NULL, get_openapi, 0, "This description"},
	{0},
};
