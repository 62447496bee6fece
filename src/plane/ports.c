/* SPDX-License-Identifier: MIT */
/* Ports are tracked, never begun or cancelled here (PLANE.md 7.4): rows of our own, and what Twilio says of its port-ins. */
#include <errno.h>

#include "json_help.h"
#include "numbers.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/phone.h"

static bool is_day(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool is_dash = i == 4 || i == 7;
		if (is_dash ? s.p[i] != '-' : s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return s.n == 10;
}

static int add_port_in(json_t *item, void *arg)
{
	return json_array_append(arg, item) < 0 ? -ENOMEM : 0;
}

/* Twilio's own port-in requests of the account; NULL when they cannot be had. */
static json_t *port_ins(struct api *a)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct twilio_request q = {.op = TWILIO_PORT_IN_LIST};
	struct integration i;
	struct str which = {0};
	json_t *list = json_array();
	(void)api_query(a, "integration", &which);
	if (integration_find(a, which, &i) < 0)
		return json_decref(list), NULL;
	int err = twilio_each(a->twilio, &i.account, &q, a->arena, "port_in_requests", add_port_in, list, &answer);
	integration_follow(a, &i, &answer);
	if (err == 0)
		return list;
	reply_twilio(a, err, &answer);
	return json_decref(list), NULL;
}

static void list(struct api *a)
{
	static const char *const sorts[] = {"createdate", "modifydate", "e164", "status", NULL};
	struct record_query q = api_paging(a, sorts);
	struct record_list rows;
	struct str provider = {0};
	if (api_has_faults(a))
		return;
	if (api_query(a, "provider", &provider) == 0 && str_is_among(provider, "true 1 twilio")) {
		json_t *theirs = port_ins(a);
		if (theirs)
			api_json(a, 200, json_pack("{s:b, s:o}", "success", 1, "data", theirs));
		return;
	}
	int err = record_list(&a->scope, a->arena, &record_port, &q, &rows);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_list(a, &rows, &record_port, NULL);
}

static void create(struct api *a)
{
	struct record r;
	const char *sk = api_new_sk(a);
	struct str number = json_str(a->body, "phoneNumber"), direction = json_str(a->body, "direction");
	struct str day = json_str(a->body, "expectedDate"), carrier = api_text(a, "carrier", 0, 100), note = api_text(a, "note", 0, 2000);
	if (!phone_is_e164(number))
		api_fault(a, "/phoneNumber", "number_invalid", "E.164, for example +15551234567");
	if (!str_is_among(direction, "in out"))
		api_fault(a, "/direction", "direction_unknown", "in or out");
	if (day.n > 0 && !is_day(day))
		api_fault(a, "/expectedDate", "date_invalid", "a day, for example 2026-12-31");
	if (api_has_faults(a))
		return;
	AUTO(auto_json) json_t *data = json_pack("{s:o, s:o, s:s, s:o, s:o, s:o}", "phoneNumber", json_of(number), "direction",
		json_of(direction), "status", "tracked", "expectedDate", json_or_null(day), "carrier", json_or_null(carrier), "note",
		json_or_null(note));
	const struct store_value columns[] = {store_text(number), store_text(direction), store_text(STR("tracked")), store_null(),
		store_null()};
	int err = record_insert(&a->scope, &record_port, str_of(sk), json_write(data, a->arena), columns);
	if (err == 0)
		err = record_get(&a->scope, a->arena, &record_port, str_of(sk), &r);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_record(a, 201, &r, &record_port);
}

const struct api_route ports_routes[] = {
	{"GET", "/phone/ports", AUTH_JWT, "numbers:read", list, 0, "Ports that are tracked; ?provider=true: Twilio's port-ins"},
	{"POST", "/phone/ports", AUTH_JWT, "numbers:write", create, 0, "Track a port; none is begun or cancelled here"},
	{0},
};
