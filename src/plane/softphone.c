/* SPDX-License-Identifier: MIT */
/* The softphone in a browser or an app: its token, its registration, its heartbeat (PLANE.md 8.5, PLATFORM.md). */
#include "softphone.h"

#include <errno.h>
#include <string.h>

#include "integrations.h"
#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/twilio/token.h"
#include "ringdown/wire/client_identity.h"

enum { TOKEN_TTL_S = 3600, LABEL_MAX = 200, AGENT_MAX = 500, CAPABILITIES_MAX = 8 };

struct str softphone_identity(struct api *a, struct str user_sk)
{
	struct buf b;
	char *text = arena_alloc(a->arena, CLIENT_IDENTITY_MAX + 1);
	buf_init(&b, text, text ? CLIENT_IDENTITY_MAX : 0);
	return client_identity_put(&b, a->scope.org, user_sk) == 0 ? buf_str(&b) : STR("");
}

/* A phone rings for a person: an app alone has none. */
static bool is_person(struct api *a)
{
	if (a->subject.user_sk.n > 0)
		return true;
	api_problem(a, 403, "user_required", "this is for a user's token; an app brings it in x-client-authorization");
	return false;
}

/* ---- token ---- */

struct voice_token { /* in the arena */
	struct str identity, token, region, edge;
};

/* 0, or < 0 and the request was answered. */
static int make_token(struct api *a, struct voice_token *ret)
{
	struct integration i;
	char *text = arena_alloc(a->arena, TWILIO_TOKEN_MAX);
	int err = integration_find(a, STR(""), &i);
	if (err < 0)
		return err;
	if (i.api_key_sid.n == 0 || i.secrets.api_key_secret.n == 0) {
		api_problem(a, 409, "api_key_required",
			"a softphone's token is signed with a Twilio API key, and the integration has none: save apiKeySid and apiKeySecret");
		return -ENOKEY;
	}
	ret->identity = softphone_identity(a, a->subject.user_sk);
	ret->region = i.region;
	ret->edge = i.edge;
	const struct twilio_token t = {
		.account_sid = i.account_sid,
		.key_sid = i.api_key_sid,
		.key_secret = i.secrets.api_key_secret,
		.identity = ret->identity,
		.region = i.region,
		.now_s = a->now_ms / 1000,
		.ttl_s = TOKEN_TTL_S,
		.may_receive = true,
		.application_sid = i.twiml_app_sid,
	};
	err = text ? twilio_token_make(&t, text, TWILIO_TOKEN_MAX) : -ENOMEM;
	if (err < 0) {
		api_problem(a, 500, "internal_error", "the token cannot be made");
		return err;
	}
	ret->token = str_of(text);
	return 0;
}

static bool is_platform(struct str s)
{
	return str_is(s, STR("web")) || str_is(s, STR("ios")) || str_is(s, STR("android"));
}

static struct str read_platform(struct api *a)
{
	struct str platform = api_text(a, "platform", 0, 32);
	if (platform.n > 0 && !is_platform(platform))
		api_fault(a, "/platform", "invalid_value", "must be web, ios or android");
	return platform.n > 0 ? platform : STR("web");
}

static json_t *or_null(struct str s)
{
	return s.n > 0 ? json_of(s) : json_null();
}

static void post_token(struct api *a)
{
	struct voice_token t;
	(void)read_platform(a);
	if (api_has_faults(a) || !is_person(a) || make_token(a, &t) < 0)
		return;
	api_json(a, 200, json_pack("{s:o, s:o, s:i, s:i, s:o, s:o}", "identity", json_of(t.identity), "token", json_of(t.token), "ttl",
		TOKEN_TTL_S, "expiresIn", TOKEN_TTL_S, "edge", or_null(t.edge), "region", or_null(t.region)));
}

/* ---- registration ---- */

struct registration {
	struct str device_id, platform, agent, label, presence;
	json_t *capabilities; /* borrowed of the body, or NULL */
	struct presence_device device;
};

static bool is_device_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '/')
			return false;
	return s.n > 0;
}

static void check_capabilities(struct api *a, const json_t *list)
{
	const json_t *item;
	size_t i;
	if (!list)
		return;
	if (!json_is_array(list) || json_array_size(list) > CAPABILITIES_MAX)
		api_fault(a, "/capabilities", "invalid_value", "must be a list of voice and sms");
	json_array_foreach(list, i, item)
		if (!str_is(json_text(item), STR("voice")) && !str_is(json_text(item), STR("sms")))
			api_fault(a, arena_printf(a->arena, "/capabilities/%zu", i), "invalid_value", "must be voice or sms");
}

/* False: the request was answered. */
static bool read_registration(struct api *a, struct registration *r)
{
	*r = (struct registration){
		.device_id = api_text(a, "deviceId", 1, DEVICE_ID_MAX),
		.platform = read_platform(a),
		.agent = api_text(a, "userAgent", 0, AGENT_MAX),
		.label = api_text(a, "label", 0, LABEL_MAX),
		.presence = api_text(a, "presence", 0, 16),
		.capabilities = json_object_get(a->body, "capabilities"),
	};
	if (r->device_id.n > 0 && !is_device_id(r->device_id))
		api_fault(a, "/deviceId", "invalid_value", "must be letters, digits and signs without blanks and slashes");
	if (r->presence.n > 0 && !presence_is_state(r->presence))
		api_fault(a, "/presence", "invalid_value", "must be available, busy, away, dnd or offline");
	check_capabilities(a, r->capabilities);
	if (api_has_faults(a) || !is_person(a))
		return false;
	AUTO(auto_json) json_t *data = json_pack("{s:o, s:o, s:O?}", "userAgent", or_null(r->agent), "label", or_null(r->label),
		"capabilities", r->capabilities);
	r->device = (struct presence_device){r->device_id, a->subject.user_sk, r->platform, json_write(data, a->arena)};
	if (r->device.data.n > 0)
		return true;
	api_store_problem(a, -ENOMEM);
	return false;
}

/* Who registers can be rung, unless something else was chosen, before or now. */
static int register_device(struct store_conn *conn, void *arg)
{
	struct api *a = ((void **)arg)[0];
	const struct registration *r = ((void **)arg)[1];
	struct presence now;
	(void)conn;
	int err = presence_put_device(&a->scope, &r->device);
	if (err == 0)
		err = presence_get(&a->scope, a->arena, a->subject.user_sk, &now);
	if (err < 0)
		return err;
	struct str wanted = r->presence;
	if (wanted.n == 0 && str_is(now.state, STR("offline")))
		wanted = STR("available");
	if (wanted.n == 0 || (str_is(wanted, now.state) && now.changed_ms > 0))
		return 0;
	const struct presence_choice choice = {.user_sk = a->subject.user_sk, .state = wanted};
	return presence_set(&a->scope, &choice);
}

static int take_registration(struct api *a, const struct registration *r, struct presence *ret_presence)
{
	const void *both[] = {a, r};
	int err = presence_sweep(&a->scope);
	if (err >= 0)
		err = store_transaction(a->store, register_device, both);
	if (err == 0)
		err = presence_get(&a->scope, a->arena, a->subject.user_sk, ret_presence);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_event(a, "presence.changed", presence_view(ret_presence));
	return err < 0 ? err : 0;
}

json_t *presence_view(const struct presence *p)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:b}", "userId", json_of(p->user_sk), "email", json_of(p->email),
		"name", or_null(p->name), "state", json_of(p->state), "effective", json_of(p->effective), "reason", or_null(p->reason),
		"until", json_time(p->until_ms), "since", json_time(p->changed_ms), "devices", (json_int_t)p->n_devices,
		"reachableByPhone", p->is_reachable_by_phone);
}

static json_t *number_view(const struct user_number *n)
{
	AUTO(auto_json) json_t *data = json_loadb(n->data.p, n->data.n, 0, NULL);
	json_t *registration = json_object_get(data, "smsRegistration");
	return json_pack("{s:o, s:o, s:o, s:s, s:O}", "id", json_of(n->sk), "phoneNumber", json_of(n->e164), "friendlyName",
		or_null(n->friendly_name), "assignment", n->is_direct ? "direct" : "group", "smsRegistration",
		registration ? registration : json_null());
}

/* NULL: the request was answered. */
static json_t *numbers_view(struct api *a)
{
	struct user_number *list;
	uint32_t n = 0;
	int err = user_numbers(a, a->subject.user_sk, &list, &n);
	if (err < 0) {
		api_store_problem(a, err);
		return NULL;
	}
	json_t *j = json_array();
	for (uint32_t i = 0; i < n; i++)
		json_array_append_new(j, number_view(&list[i]));
	return j;
}

static json_t *device_view(struct api *a, const struct registration *r)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "sk", json_of(r->device_id), "platform", json_of(r->platform), "label",
		or_null(r->label), "expiresAt", json_time(a->now_ms + DEVICE_LIFE_MS));
}

/* POST /phone/sms/register.  Everything that may refuse comes before anything is written. */
static void post_register(struct api *a)
{
	struct registration r;
	struct voice_token t;
	struct presence p;
	if (!read_registration(a, &r) || make_token(a, &t) < 0)
		return;
	json_t *numbers = numbers_view(a);
	if (!numbers)
		return;
	if (take_registration(a, &r, &p) < 0) {
		json_decref(numbers);
		return;
	}
	api_json(a, 200, json_pack("{s:b, s:{s:o, s:o, s:{s:o, s:o, s:i}, s:o}}", "success", 1, "data", "device", device_view(a, &r),
		"presence", presence_view(&p), "voice", "identity", json_of(t.identity), "token", json_of(t.token), "ttl", TOKEN_TTL_S,
		"numbers", numbers));
}

/* The platform's spelling of the same. */
static void post_register_device(struct api *a)
{
	struct registration r;
	struct voice_token t;
	struct presence p;
	if (!read_registration(a, &r) || make_token(a, &t) < 0)
		return;
	json_t *numbers = numbers_view(a);
	if (!numbers)
		return;
	if (take_registration(a, &r, &p) < 0) {
		json_decref(numbers);
		return;
	}
	api_json(a, 200, json_pack("{s:o, s:o, s:i, s:o}", "identity", json_of(t.identity), "token", json_of(t.token), "expiresIn",
		TOKEN_TTL_S, "assignedPhones", numbers));
}

static void delete_register(struct api *a)
{
	if (!is_person(a))
		return;
	int err = presence_drop_device(&a->scope, a->path_values[0], a->subject.user_sk);
	struct presence p;
	if (err == 0)
		err = presence_get(&a->scope, a->arena, a->subject.user_sk, &p);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_event(a, "presence.changed", presence_view(&p));
	api_json(a, 200, json_pack("{s:b, s:{s:o}}", "success", 1, "data", "presence", presence_view(&p)));
}

static void post_heartbeat(struct api *a)
{
	struct str device_id = api_text(a, "deviceId", 1, DEVICE_ID_MAX);
	if (api_has_faults(a) || !is_person(a))
		return;
	int err = presence_heartbeat(&a->scope, device_id, a->subject.user_sk);
	if (err == -ENOENT)
		api_problem(a, 404, "device_unknown", "this device is not registered, or was not heard of for 90 seconds: register it again");
	else if (err < 0)
		api_store_problem(a, err);
	else
		api_json(a, 200, json_pack("{s:b, s:{s:o, s:o}}", "success", 1, "data", "sk", json_of(device_id), "expiresAt",
			json_time(a->now_ms + DEVICE_LIFE_MS)));
}

const struct api_route softphone_routes[] = {
	{"POST", "/phone/token", AUTH_JWT, "phone:token", post_token, 0, "A Twilio Voice token for the user's softphone"},
	{"POST", "/phone/sms/register", AUTH_JWT, "presence:self", post_register, 0, "Register a device of the user's, or refresh it"},
	{"DELETE", "/phone/sms/register/{deviceId}", AUTH_JWT, "presence:self", delete_register, 0, "Sign a device off"},
	{"POST", "/phone/voice/register-device", AUTH_JWT, "presence:self", post_register_device, 0, "Register a device of the user's"},
	{"POST", "/phone/voice/heartbeat", AUTH_JWT, "presence:self", post_heartbeat, 0, "A device is still there"},
	{"POST", "/phone/presence/heartbeat", AUTH_JWT, "presence:self", post_heartbeat, 0, "A device is still there"},
	{0},
};
