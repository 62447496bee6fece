/* SPDX-License-Identifier: MIT */
/* branch: the first case whose condition holds. */
#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "step_private.h"

static bool to_number(struct str s, double *ret)
{
	char text[64], *end;
	if (s.n == 0 || !str_copy(s, text, sizeof(text)))
		return false;
	*ret = strtod(text, &end);
	return *end == '\0';
}

/* "+1415*" stands for all that begins so. */
static bool equals(struct str subject, struct str wanted)
{
	if (wanted.n > 1 && wanted.p[wanted.n - 1] == '*')
		return str_starts(subject, (struct str){wanted.p, wanted.n - 1});
	return str_is(subject, wanted);
}

static bool is_one_of(struct str subject, const struct flow_value *values)
{
	for (uint32_t i = 0; i < values->n; i++)
		if (equals(subject, values->items[i].text))
			return true;
	return false;
}

static bool compare(struct str subject, struct str op, const struct flow_value *values)
{
	double a, b;
	struct pattern p;
	struct str wanted = values->n > 0 ? values->items[0].text : STR("");
	if (str_is(op, STR("matches")))
		return pattern_parse(wanted, &p) == 0 && pattern_fits(&p, subject);
	if (str_is(op, STR("gt")) || str_is(op, STR("lt"))) {
		bool are_numbers = to_number(subject, &a) && to_number(wanted, &b);
		return are_numbers && (str_is(op, STR("gt")) ? a > b : a < b);
	}
	return is_one_of(subject, values);
}

static bool has_tag(const struct ivr_run *r, struct str tag)
{
	for (uint32_t i = 0; i < r->world->n_tags; i++)
		if (str_is(r->world->tags[i], tag))
			return true;
	return false;
}

static uint32_t group_available(const struct ivr_world *w, const struct ivr_group *g)
{
	uint32_t n = 0;
	for (uint32_t i = 0; g && i < g->n_members; i++)
		n += g->members[i] < w->n_users && w->users[g->members[i]].is_available;
	return n;
}

/* How many could take a call now. */
static uint32_t available(const struct ivr_world *w, struct str presence)
{
	struct str name = presence, kind = str_split(&name, ':');
	const struct ivr_queue *q = world_queue(w, name);
	const struct ivr_user *u = world_user(w, name);
	if (str_is(kind, STR("queue")))
		return q ? q->n_available : 0;
	if (str_is(kind, STR("group")))
		return group_available(w, world_group(w, name));
	return u && u->is_available;
}

static bool presence_holds(struct ivr_run *r, const struct flow_value *when)
{
	const struct flow_value *value = flow_member(when, "value");
	uint32_t n = available(r->world, flow_member(when, "presence")->text);
	struct str op = flow_member(when, "op")->text;
	if (!value->is_given || str_is(value->text, STR("available")))
		return n > 0;
	if (str_is(value->text, STR("unavailable")))
		return n == 0;
	return compare(str_of(arena_printf(r->arena, "%u", n)), op, value);
}

static bool lead_holds(const struct ivr_run *r, struct str wanted)
{
	bool has_lead = str_is(r->world->lead, STR("open"));
	return str_is(wanted, STR("any")) || (str_is(wanted, STR("open")) ? has_lead : !has_lead);
}

/* from, to and stirVerstat hold what is wanted themselves, or true, and then a value beside them says it. */
static bool field_holds(struct str subject, const struct flow_value *field, const struct flow_value *when)
{
	const struct flow_value *value = flow_member(when, "value");
	return compare(subject, flow_member(when, "op")->text, value->is_given ? value : field);
}

static bool stir_holds(const struct ivr_run *r, const struct flow_value *field, const struct flow_value *when)
{
	bool has_passed = str_starts(r->world->stir_verstat, STR("TN-Validation-Passed"));
	if (str_is(field->text, STR("passed")) || (str_is(field->text, STR("true")) && !flow_member(when, "value")->is_given))
		return has_passed;
	if (str_is(field->text, STR("failed")))
		return str_starts(r->world->stir_verstat, STR("TN-Validation-Failed"));
	return field_holds(r->world->stir_verstat, field, when);
}

static bool hours_hold(const struct ivr_run *r, const struct flow_value *when)
{
	struct str state = world_named(r->world->schedules, r->world->n_schedules, flow_member(when, "hours")->text);
	const struct flow_value *value = flow_member(when, "value");
	state = state.n > 0 ? state : STR("open");
	return value->is_given ? is_one_of(state, value) : str_is(state, STR("open"));
}

static bool holds(struct ivr_run *r, const struct flow_value *when)
{
	const struct flow_value *from = flow_member(when, "from"), *to = flow_member(when, "to");
	const struct flow_value *stir = flow_member(when, "stirVerstat"), *tag = flow_member(when, "tag");
	if (flow_member(when, "var")->is_given)
		return compare(step_value(r, str_of(arena_printf(r->arena, "vars." STR_FMT, STR_ARG(flow_member(when, "var")->text)))),
			flow_member(when, "op")->text, flow_member(when, "value"));
	if (from->is_given)
		return field_holds(r->world->from, from, when);
	if (to->is_given)
		return field_holds(r->world->to, to, when);
	if (tag->is_given)
		return has_tag(r, tag->text);
	if (flow_member(when, "lead")->is_given)
		return lead_holds(r, flow_member(when, "lead")->text);
	if (flow_member(when, "presence")->is_given)
		return presence_holds(r, when);
	if (stir->is_given)
		return stir_holds(r, stir, when);
	return hours_hold(r, when);
}

void branch_enter(struct ivr_run *r, const struct flow_node *n)
{
	const struct flow_value *cases = flow_get(n, "cases");
	for (uint32_t i = 0; i < cases->n; i++) {
		if (!holds(r, flow_member(&cases->items[i], "when")))
			continue;
		step_note(r, "case %u", i);
		(void)step_go(r, flow_member(&cases->items[i], "next"));
		return;
	}
	step_note(r, "else");
	(void)step_go(r, flow_get(n, "else"));
}
