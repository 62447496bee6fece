/* SPDX-License-Identifier: MIT */
/* What holds for every route: which row a path is for, who may come in, what is refused how, other origins, OpenAPI.
 * The matrix of authorisation is made from the route tables, so a new row is in it. */
#include "api_rig.h"

#include <ctype.h>

#include "../../../src/plane/scopes.h"

/* ---- paths ---- */

static void nothing(struct api *a)
{
	(void)a;
}

static const struct api_route some[] = {
	{"GET", "/a/{id}", AUTH_PUBLIC, NULL, nothing, 0, "1"},
	{"DELETE", "/a/{id}", AUTH_PUBLIC, NULL, nothing, 0, "2"},
	{"POST", "/a/buy", AUTH_PUBLIC, NULL, nothing, 0, "3"},
	{"GET", "/a/{id}/b/{n}", AUTH_PUBLIC, NULL, nothing, 0, "4"},
	{"GET", "/a/x/b/{n}", AUTH_PUBLIC, NULL, nothing, 0, "5"},
	{"GET", "/", AUTH_PUBLIC, NULL, nothing, 0, "6"},
	{0},
};
static const struct api_route *const some_tables[] = {some, NULL};

static void a_path_has_one_row(void **state)
{
	static const struct {
		const char *method, *path, *row, *values, *allow;
	} cases[] = {
		{"GET", "/a/7", "1", "7", "GET, HEAD, DELETE"},
		{"HEAD", "/a/7", "1", "7", "GET, HEAD, DELETE"},
		{"DELETE", "/a/7", "2", "7", "GET, HEAD, DELETE"},
		{"PUT", "/a/7", NULL, "", "GET, HEAD, DELETE"},
		{"OPTIONS", "/a/7", NULL, "", "GET, HEAD, DELETE"},
		{"POST", "/a/buy", "3", "", "POST"},
		{"GET", "/a/buy", NULL, "", "POST"}, /* buy is no id */
		{"GET", "/a/y/b/2", "4", "y2", "GET, HEAD"},
		{"GET", "/a/x/b/2", "5", "2", "GET, HEAD"},
		{"GET", "/", "6", "", "GET, HEAD"},
		{"GET", "/a", NULL, "", ""},
		{"GET", "/a/", NULL, "", ""},
		{"GET", "//7", NULL, "", ""},
		{"GET", "/a//b/2", NULL, "", ""},
		{"GET", "/a/7/", NULL, "", ""},
		{"GET", "a/7", NULL, "", ""},
		{"GET", "", NULL, "", ""},
		{"get", "/a/7", NULL, "", "GET, HEAD, DELETE"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct api_match m;
		char values[64];
		api_match(some_tables, str_of(cases[i].method), str_of(cases[i].path), &m);
		(void)snprintf(values, sizeof(values), STR_FMT STR_FMT, STR_ARG(m.values[0]), STR_ARG(m.values[1]));
		const char *row = m.route ? m.route->summary : NULL;
		bool is_row = cases[i].row ? row && strcmp(row, cases[i].row) == 0 : row == NULL;
		if (!is_row || strcmp(m.allow, cases[i].allow) != 0 || strcmp(values, cases[i].values) != 0)
			fail_msg("%s %s: row %s, allow %s, values %s", cases[i].method, cases[i].path, row ? row : "none", m.allow, values);
	}
}

static void what_scopes_cover(void **state)
{
	static const struct {
		const char *roles, *scopes, *wanted;
		bool is_allowed;
	} cases[] = {
		{"", "*", "calls:read", true}, {"", "calls:*", "calls:read", true}, {"", "*:read", "calls:read", true},
		{"", "*:read", "calls:write", false}, {"", "inbox:rw", "inbox:read", true}, {"", "inbox:rw", "inbox:write", true},
		{"", "inbox:rw", "inbox:delete", false}, {"", "calls:read", "call:read", false}, {"", "calls", "calls:read", false},
		{"", "", "calls:read", false}, {"", "calls:read", "calls:write|calls:read", true}, {"", "* -org:delete", "org:delete", false},
		{"owner", "", "org:delete", true}, {"admin", "", "org:delete", false}, {"admin", "", "users:write", true},
		{"supervisor", "", "recordings:read", true}, {"agent", "", "recordings:read", false}, {"agent", "", "recordings:own", true},
		{"agent", "", "users:write", false}, {"agent", "", "numbers:read", true}, {"viewer", "", "calls:read", true},
		{"viewer", "", "recordings:read", false}, {"viewer supervisor", "", "recordings:read", true}, {"king", "", "calls:read", false},
		{"viewer", "calls:write", "calls:write", true}, {"", "  calls:read ", "calls:read", true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (scopes_allow(str_of(cases[i].roles), str_of(cases[i].scopes), str_of(cases[i].wanted)) != cases[i].is_allowed)
			fail_msg("roles %s, scopes %s: %s", cases[i].roles, cases[i].scopes, cases[i].wanted);
}

/* ---- every row ---- */

/* Names filled in with what could be a record of somebody else's. */
static const char *path_for(const struct api_route *r)
{
	static char text[256];
	char *to = text;
	for (const char *c = r->path; *c; c++) {
		if (*c != '{') {
			*to++ = *c;
			continue;
		}
		memcpy(to, "01jd0000000000000000000000", 26);
		to += 26;
		c = strchr(c, '}');
	}
	*to = '\0';
	return text;
}

static void is_refused(const struct api_route *r, const char *whose, int status, const char *reason)
{
	int got = api_ask(r->method, path_for(r), "{}");
	if (got != status || (reason && strcmp(api_said("/reason"), reason) != 0))
		fail_msg("%s %s, %s: %d: %s", r->method, r->path, whose, got, rig_text(api_rig.last));
	assert_int_equal(json_object_size(api_said_json("/data")), 0);
}

static void each_token_refused(const struct api_route *r)
{
	api_rig.org = "acme";
	api_rig.token = NULL;
	is_refused(r, "no token", 401, "invalid_token");
	assert_non_null(strstr(api_reply_header("www-authenticate:"), "Bearer"));
	api_rig.token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.";
	is_refused(r, "a bad token", 401, "invalid_token");
	api_rig.token = api_rig_token("other", "app", "cli", "owner", "");
	is_refused(r, "another organisation's", 403, "token_org_mismatch");
	api_rig.org = NULL;
	api_rig.token = api_rig_token("nowhere", "app", "cli", "owner", "");
	is_refused(r, "an organisation's that is not there", 401, "token_revoked");
	api_rig.token = api_rig_token("acme", "user", "01jd0000000000000000000000", "owner", "*");
	is_refused(r, "a deleted user's", 401, "token_revoked");
	if (!r->scope)
		return;
	api_rig.token = api_rig_token("acme", "app", "cli", "", "nothing:read");
	is_refused(r, "lacking scope", 403, "insufficient_scope");
	api_rig.token = api_rig_token("acme", "app", "cli", "king", "");
	is_refused(r, "a role nobody knows", 403, "insufficient_scope");
}

static void nobody_comes_in_who_may_not(void **state)
{
	size_t n = 0;
	(void)state;
	for (const struct api_route *const *t = api_tables; *t; t++)
		for (const struct api_route *r = *t; r->method; r++) {
			if (r->auth == AUTH_JWT)
				each_token_refused(r);
			else if (r->auth == AUTH_TWILIO) /* GET brings no form, POST must: it is looked at before its signature */
				is_refused(r, "no signature", strcmp(r->method, "GET") == 0 ? 403 : 415, NULL);
			else if (r->auth == AUTH_SIGNED_URL)
				is_refused(r, "no signature", 403, "bad_signature");
			n++;
		}
	assert_true(n > 20);
}

/* A row that two share, a scope that is misspelt or a handler that is missing would be found by nobody else. */
static void rows_are_well_formed(void **state)
{
	(void)state;
	for (const struct api_route *const *t = api_tables; *t; t++)
		for (const struct api_route *r = *t; r->method; r++) {
			struct api_match m;
			api_match(api_tables, str_of(r->method), str_of(path_for(r)), &m);
			if (m.route != r)
				fail_msg("%s %s: hidden by %s", r->method, r->path, m.route ? m.route->path : "nothing");
			if (!r->handler || !r->summary || !r->summary[0] || (r->auth == AUTH_JWT && r->scope && !strchr(r->scope, ':')))
				fail_msg("%s %s: no handler, summary or scope", r->method, r->path);
		}
}

static void every_row_is_in_openapi(void **state)
{
	(void)state;
	api_rig.token = NULL;
	assert_asked(200, "GET", "/openapi.json", NULL);
	const json_t *paths = json_object_get(api_rig.answer, "paths");
	size_t n = 0, n_described = 0;
	for (const struct api_route *const *t = api_tables; *t; t++)
		for (const struct api_route *r = *t; r->method; r++, n++) {
			char method[16] = "";
			for (size_t i = 0; r->method[i]; i++)
				method[i] = (char)tolower((unsigned char)r->method[i]);
			const json_t *op = json_object_get(json_object_get(paths, r->path), method);
			if (!json_is_object(json_object_get(op, "responses")))
				fail_msg("%s %s is not in it", r->method, r->path);
			assert_int_equal(json_array_size(json_object_get(op, "security")), r->auth == AUTH_PUBLIC || r->auth == AUTH_ADMIN ? 0 : 1);
		}
	const char *path;
	json_t *item;
	json_object_foreach((json_t *)(uintptr_t)paths, path, item)
		n_described += json_object_size(item);
	assert_int_equal(n_described, n);
	assert_string_equal(api_said("/openapi"), "3.1.0");
}

/* ---- what all of them refuse ---- */

static void bodies_that_are_not_json(void **state)
{
	static const struct {
		const char *body;
		int status;
	} cases[] = {{"{", 400}, {"[]", 400}, {"7", 400}, {"{\"email\":\"a@b.example\",\"email\":\"b@b.example\"}", 400}, {"{\"a\":1e999}", 400},
		{"{\"a\":\"\\u0000\"}", 400}, {"{\"a\":\"\xff\"}", 400}, {"{} {}", 400}, {"", 422}, {"  \t", 422}, {"{}", 422}};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_asked(cases[i].status, "POST", "/phone/users", cases[i].body);
		assert_string_equal(api_said("/reason"), cases[i].status == 400 ? "malformed_json" : "required");
	}
	static char deep[8001];
	memset(deep, '[', 8000);
	assert_asked(400, "POST", "/phone/users", deep);
}

static void problems_say_all_that_clients_read(void **state)
{
	(void)state;
	assert_asked(404, "GET", "/api/phone/users/x", NULL);
	assert_string_equal(api_said("/type"), RIG_URL "/problems/not-found");
	assert_string_equal(api_said("/instance"), "/api/phone/users/x");
	assert_string_equal(api_said("/path"), "/api/phone/users/x");
	assert_string_equal(api_said("/requestId"), "rig-request");
	assert_int_equal(api_said_number("/statusCode"), 404);
	assert_string_equal(api_rig.last->reply_type, "application/problem+json");
	assert_asked(405, "TRACE", "/phone/users", NULL);
	assert_string_equal(api_reply_header("allow:"), "GET, HEAD, POST");
	assert_asked(404, "GET", "/phone", NULL);
}

static void without_a_store_there_is_none(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	struct plane_request *r = rig_request("GET", "/api/phone/users", "", "");
	assert_null(api_pool_of(p, r));
	plane_handle(p, r);
	assert_int_equal(r->status, 503);
	assert_non_null(strstr(rig_text(r), "store_missing"));
	plane_request_free(r);
	plane_free(p);
}

/* ---- pages of other origins ---- */

static const char *header_of(const struct plane_request *r, const char *name)
{
	for (uint32_t i = 0; i < r->n_headers; i++)
		if (strcmp(r->headers[i].name, name) == 0)
			return r->headers[i].value.p;
	return "";
}

static struct plane_request *preflight(const char *origin)
{
	struct plane_request *r = rig_request("OPTIONS", "/api/phone/users", "", "");
	r->origin = str_of(origin);
	plane_handle(api_rig.plane, r);
	return r;
}

static void pages_of_configured_origins_may_ask(void **state)
{
	(void)state;
	struct plane_request *r = preflight("https://b.example.com");
	assert_int_equal(r->status, 204);
	assert_string_equal(header_of(r, "access-control-allow-origin:"), "https://b.example.com");
	assert_non_null(strstr(header_of(r, "access-control-allow-methods:"), "POST"));
	assert_non_null(strstr(header_of(r, "access-control-allow-headers:"), "idempotency-key"));
	assert_string_equal(header_of(r, "vary:"), "Origin");
	plane_request_free(r);
	static const char *const others[] = {"https://evil.example", "https://console.example.com.evil.example", "null",
		"http://console.example.com", "https://console.example.co"};
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		r = preflight(others[i]);
		assert_string_equal(header_of(r, "access-control-allow-origin:"), "");
		plane_request_free(r);
	}
}

/* ---- workers ---- */

static sem_t answered;

static void on_done(struct plane_request *r)
{
	*(int *)r->owner = r->status;
	plane_request_free(r);
	sem_post(&answered);
}

static void workers_answer_what_is_submitted(void **state)
{
	enum { N = 60 };
	int status[N] = {0};
	(void)state;
	sem_init(&answered, 0, 0);
	for (int i = 0; i < N; i++) {
		struct plane_request *r = rig_request(i % 2 ? "GET" : "POST", "/phone/users", "", i % 2 ? "" : "{");
		r->authorization = str_of(arena_printf(&r->arena, "Bearer %s", api_rig.token));
		r->done = on_done;
		r->owner = &status[i];
		assert_int_equal(plane_submit(api_rig.plane, r), 0);
	}
	for (int i = 0; i < N; i++)
		sem_wait(&answered);
	for (int i = 0; i < N; i++)
		assert_int_equal(status[i], i % 2 ? 200 : 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_has_one_row),
		cmocka_unit_test(what_scopes_cover),
		API_TEST(nobody_comes_in_who_may_not),
		API_TEST(rows_are_well_formed),
		API_TEST(every_row_is_in_openapi),
		API_TEST(bodies_that_are_not_json),
		API_TEST(problems_say_all_that_clients_read),
		cmocka_unit_test_setup_teardown(without_a_store_there_is_none, help_setup, help_teardown),
		API_TEST(pages_of_configured_origins_may_ask),
		API_TEST(workers_answer_what_is_submitted),
	};
	return cmocka_run_group_tests_name("plane/api", tests, NULL, NULL);
}
