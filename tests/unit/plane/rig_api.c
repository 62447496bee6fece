/* SPDX-License-Identifier: MIT */
#include "api_rig.h"

struct api_rig api_rig;

static void add_org(const char *org)
{
	struct store_scope s = {.conn = api_rig.worker.store, .org = str_of(org), .author = STR("rig"), .now_ms = 1};
	struct store_value name = store_text(str_of(org));
	assert_int_equal(record_insert(&s, &record_org, str_of(org), STR("{}"), &name), 0);
}

int api_setup(void **state)
{
	char words[STORE_ERROR_SIZE], url[512];
	struct buf errors;
	if (help_setup(state) < 0)
		return -1;
	api_rig = (struct api_rig){.org = "acme"};
	arena_init(&api_rig.arena, 1 << 22);
	api_rig.keys = (struct bearer_keys){.issuer = STR(RIG_URL), .n = 1};
	api_rig.keys.list[0] = (struct bearer_key){BEARER_HS256, STR("k1"), STR(API_SECRET)};
	(void)snprintf(url, sizeof(url), "sqlite:%s", help_path("store.db"));
	buf_init(&errors, words, sizeof(words));
	if (store_open(url, &api_rig.store, &errors) < 0)
		fail_msg("%s: " STR_FMT, url, STR_ARG(buf_str(&errors)));
	struct plane_settings s = rig_settings(true);
	s.store = api_rig.store;
	s.bearer_keys = &api_rig.keys;
	s.cors_origins = STR("https://console.example.com https://b.example.com");
	s.webhook_workers = 1;
	s.api_workers = 2;
	api_rig.plane = rig_new(&s);
	api_rig.worker.pool = &api_rig.plane->api_workers;
	assert_int_equal(store_connect(api_rig.store, &api_rig.worker.store), 0);
	add_org("acme");
	add_org("other");
	api_rig.token = api_rig_token("acme", "app", "cli", "owner", "");
	return 0;
}

int api_teardown(void **state)
{
	json_decref(api_rig.answer);
	plane_request_free(api_rig.last);
	plane_free(api_rig.plane);
	store_disconnect(api_rig.worker.store);
	store_close(api_rig.store);
	arena_done(&api_rig.arena);
	return help_teardown(state);
}

const char *api_rig_token(const char *org, const char *type, const char *subject, const char *roles, const char *scopes)
{
	int64_t now_s = clock_wall_ms() / 1000;
	struct bearer b = {.subject = str_of(subject), .type = str_of(type), .orgs = {str_of(org)}, .n_orgs = 1,
		.roles = str_of(roles), .scopes = str_of(scopes), .issued_s = now_s, .expires_s = now_s + 600};
	struct str text;
	assert_int_equal(bearer_make(&api_rig.keys, &api_rig.arena, &b, &text), 0);
	return arena_strdup(&api_rig.arena, text);
}

static struct str given(struct plane_request *r, const char *text)
{
	return text ? arena_str(&r->arena, str_of(text)) : STR("");
}

int api_ask(const char *method, const char *path, const char *body)
{
	const char *query = strchr(path, '?');
	struct plane_request *r = rig_request(method, "", query ? query + 1 : "", body ? body : "");
	r->path = arena_str(&r->arena, (struct str){path, query ? (size_t)(query - path) : strlen(path)});
	r->content_type = STR("application/json");
	if (api_rig.token)
		r->authorization = str_of(arena_printf(&r->arena, "Bearer %s", api_rig.token));
	r->client_authorization = given(r, api_rig.client_token);
	r->org = given(r, api_rig.org);
	r->if_match = given(r, api_rig.if_match);
	r->idempotency_key = given(r, api_rig.idempotency_key);
	r->request_id = STR("rig-request");
	r->peer = STR("192.0.2.1");
	r->plane = api_rig.plane;
	if (api_pool_of(api_rig.plane, r))
		api_run(&api_rig.worker, r);
	else
		plane_handle(api_rig.plane, r);
	plane_request_free(api_rig.last);
	json_decref(api_rig.answer);
	api_rig.last = r;
	api_rig.answer = r->reply.n > 0 ? json_loadb(r->reply.p, r->reply.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	return r->status;
}

const json_t *api_said_json(const char *pointer)
{
	struct str rest = str_of(pointer + 1);
	const json_t *j = api_rig.answer;
	while (j && rest.n > 0) {
		char name[64];
		(void)str_copy(str_split(&rest, '/'), name, sizeof(name));
		j = json_is_array(j) ? json_array_get(j, (size_t)strtoul(name, NULL, 10)) : json_object_get(j, name);
	}
	return j;
}

const char *api_said(const char *pointer)
{
	const char *text = json_string_value(api_said_json(pointer));
	return text ? text : "";
}

int64_t api_said_number(const char *pointer)
{
	return json_integer_value(api_said_json(pointer));
}

const char *api_reply_header(const char *name)
{
	for (uint32_t i = 0; i < api_rig.last->n_headers; i++)
		if (strcmp(api_rig.last->headers[i].name, name) == 0)
			return api_rig.last->headers[i].value.p;
	return "";
}

int64_t api_count(const char *sql)
{
	struct store_rows rows;
	assert_true(store_ask(api_rig.worker.store, &api_rig.arena, sql, NULL, 0, &rows) >= 0);
	return rows.n_rows > 0 ? store_cell_int(&rows, 0, 0) : -1;
}
