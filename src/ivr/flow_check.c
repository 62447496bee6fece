/* SPDX-License-Identifier: MIT */
/* What a node may not hold though each of its values is right. */
#include <string.h>

#include "flow_table.h"
#include "pattern.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/phone.h"
#include "template.h"

static void tell(struct flow_reader *r, struct str pointer, const char *reason, const char *words)
{
	flow_fault(r->faults, false, pointer, reason, "%s", words);
}

/* ---- menu ---- */

static const struct flow_value *option_digit(const struct flow_value *options, uint32_t i)
{
	return flow_member(&options->items[i], "digit");
}

static bool has_digit(const struct flow_value *options, uint32_t n, char digit)
{
	for (uint32_t i = 0; i < n; i++)
		if (option_digit(options, i)->text.n == 1 && option_digit(options, i)->text.p[0] == digit)
			return true;
	return false;
}

static void check_digits(struct flow_reader *r, const struct flow_value *options)
{
	for (uint32_t i = 1; i < options->n; i++) {
		struct str digit = option_digit(options, i)->text;
		if (digit.n == 1 && has_digit(options, i, digit.p[0]))
			tell(r, option_digit(options, i)->pointer, "digit_duplicate", "another option has this digit");
	}
}

/* "press 4", in any case of letters: is there an option 4? */
static void check_mentions(struct flow_reader *r, const struct flow_node *n, const struct flow_value *options)
{
	static const char press[] = "press ";
	const struct flow_value *say = flow_member(flow_get(n, "prompt"), "say");
	for (size_t i = 0; i + sizeof(press) <= say->text.n; i++) {
		char digit = say->text.p[i + sizeof(press) - 1];
		size_t k = 0;
		while (k < sizeof(press) - 1 && (say->text.p[i + k] | 0x20) == (press[k] | 0x20))
			k++;
		if (k == sizeof(press) - 1 && memchr("0123456789*#", digit, 12) && !has_digit(options, options->n, digit))
			flow_fault(r->faults, true, say->pointer, "prompt_mentions_digit",
				"says \"press %c\", and there is no such option", digit);
	}
}

static struct str spoken_language(const struct flow_reader *r, const struct flow_node *n)
{
	struct str language = flow_member(flow_get(n, "prompt"), "language")->text;
	return language.n > 0 ? language : flow_setting(r->flow, "language");
}

static void check_speech(struct flow_reader *r, const struct flow_node *n)
{
	if (!str_is_among(spoken_language(r, n), flow_gather_languages))
		tell(r, n->pointer, "language_not_heard", "Twilio speaks this language but does not understand it");
}

static void check_menu(struct flow_reader *r, const struct flow_node *n)
{
	const struct flow_value *options = flow_get(n, "options");
	check_digits(r, options);
	check_mentions(r, n, options);
	if (flow_get(n, "speech")->number)
		check_speech(r, n);
}

/* ---- collect ---- */

static void check_collect(struct flow_reader *r, const struct flow_node *n)
{
	const struct flow_value *min = flow_get(n, "min"), *max = flow_get(n, "max"), *digits = flow_get(n, "numDigits");
	const struct flow_value *pattern = flow_get(n, "pattern");
	struct pattern p;
	if (min->is_given && max->is_given && min->number > max->number)
		tell(r, min->pointer, "out_of_range", "is more than max");
	if (digits->is_given && (min->is_given || max->is_given))
		tell(r, digits->pointer, "conflicts", "is given together with min or max");
	if (pattern->is_given && pattern_parse(pattern->text, &p) < 0)
		tell(r, pattern->pointer, "pattern_invalid",
			"must be of characters, ., [a-z], \\d, \\w, \\s and ? * + {m,n}; no groups, no alternatives");
	if (!str_is(flow_get(n, "input")->text, STR("dtmf")))
		check_speech(r, n);
}

/* ---- transfers ---- */

static void check_dialled(const struct flow_value *v, void *arg)
{
	struct flow_reader *r = arg;
	if (!v->row || !v->is_given || !(v->row->flags & ROW_DIAL) || template_is_in(v->text))
		return;
	struct str countries = r->policy ? r->policy->allowed_countries : STR("");
	if (phone_is_emergency(v->text))
		tell(r, v->pointer, "emergency_number", "calls to emergency services are not transferred");
	else if (!phone_is_e164(v->text))
		tell(r, v->pointer, "pattern", "must be a number in E.164 form: +14155550100");
	else if (!phone_is_allowed(v->text, countries))
		tell(r, v->pointer, "destination_not_allowed",
			"is a premium number, or of a country that is not among allowedCountries");
}

static void check_ringing(struct flow_reader *r, const struct flow_node *n)
{
	if (str_is(flow_get(n, "callerIdMode")->text, STR("custom")) && !flow_get(n, "customCallerId")->is_given)
		tell(r, flow_get(n, "callerIdMode")->pointer, "required", "needs customCallerId");
	flow_each_node_value(n, check_dialled, r);
}

/* ---- the others ---- */

static void check_case(struct flow_reader *r, const struct flow_value *when)
{
	static const char *const alone[] = {"tag", "lead", "from", "to", "hours", "presence", "stirVerstat"};
	const struct flow_value *value = flow_member(when, "value");
	struct str op = flow_member(when, "op")->text;
	struct pattern p;
	if (str_is(op, STR("matches")) && value->is_given && pattern_parse(value->text, &p) < 0)
		tell(r, value->pointer, "pattern_invalid", "is no pattern");
	for (size_t i = 0; i < ARRAY_LEN(alone); i++)
		if (flow_member(when, alone[i])->is_given)
			return;
	if (!value->is_given)
		tell(r, when->pointer, "required", "needs a value");
}

static void check_branch(struct flow_reader *r, const struct flow_node *n)
{
	const struct flow_value *cases = flow_get(n, "cases");
	for (uint32_t i = 0; i < cases->n; i++)
		check_case(r, flow_member(&cases->items[i], "when"));
}

static void check_strict(struct flow_reader *r, const struct flow_node *n)
{
	if (flow_get(n, "strict")->number && !flow_get(n, "onFailed")->is_given)
		tell(r, flow_get(n, "strict")->pointer, "required", "needs onFailed: where the call goes when it failed");
}

static void check_tags(struct flow_reader *r, const struct flow_node *n)
{
	if (flow_get(n, "add")->n + flow_get(n, "remove")->n == 0)
		tell(r, n->pointer, "required", "needs add or remove");
}

static void check_missed(struct flow_reader *r)
{
	for (uint32_t i = 0; i < r->flow->missed.n; i++) {
		const struct flow_value *m = &r->flow->missed.items[i];
		struct str action = flow_member(m, "action")->text;
		const char *needs = str_is(action, STR("sms")) ? "message" : str_is(action, STR("automation")) ? "automation"
			: str_is(action, STR("webhook")) ? "url" : NULL;
		if (needs && !flow_member(m, needs)->is_given)
			flow_fault(r->faults, false, m->pointer, "required", "needs %s", needs);
	}
}

static void check_node(struct flow_reader *r, const struct flow_node *n)
{
	switch (n->type->id) {
	case FLOW_MENU:
		check_menu(r, n);
		return;
	case FLOW_COLLECT:
		check_collect(r, n);
		return;
	case FLOW_TRANSFER_PHONE:
	case FLOW_TRANSFER_USER:
	case FLOW_TRANSFER_GROUP:
		check_ringing(r, n);
		return;
	case FLOW_BRANCH:
		check_branch(r, n);
		return;
	case FLOW_PAUSE_RECORDING:
	case FLOW_RESUME_RECORDING:
	case FLOW_STOP_RECORDING:
		check_strict(r, n);
		return;
	case FLOW_TAG:
		check_tags(r, n);
		return;
	case FLOW_SAY:
	case FLOW_PAUSE:
	case FLOW_TRANSFER_QUEUE:
	case FLOW_VOICEMAIL:
	case FLOW_SEND_SMS:
	case FLOW_AI_ASSISTANT:
	case FLOW_START_RECORDING:
	case FLOW_HOURS:
	case FLOW_SET:
	case FLOW_CREATE_LEAD:
	case FLOW_TRIGGER_AUTOMATION:
	case FLOW_OPT_OUT:
	case FLOW_WEBHOOK:
	case FLOW_GOTO_FLOW:
	case FLOW_HANGUP:
		return;
	}
}

/* ---- {{names}} ---- */

struct declared { /* is this variable set anywhere in the flow? */
	struct str name;
	bool is_found;
};

static void on_declaration(const struct flow_value *v, void *arg)
{
	struct declared *d = arg;
	if (!v->row)
		return;
	d->is_found |= strcmp(v->row->name, "var") == 0 && str_is(v->text, d->name);
	d->is_found |= v->row->kind == KIND_MAP && v->row->pattern && str_is(v->key, d->name);
}

static void check_name(struct str name, void *arg)
{
	struct flow_reader *r = arg;
	struct declared d = {name, template_is_known(name)};
	for (uint32_t i = 0; !d.is_found && i < r->flow->n_nodes; i++)
		flow_each_node_value(&r->flow->nodes[i], on_declaration, &d);
	if (!d.is_found)
		flow_fault(r->faults, false, STR(""), "template_unknown_variable", "{{" STR_FMT "}} is set nowhere",
			STR_ARG(name));
}

static void check_template(const struct flow_value *v, void *arg)
{
	struct flow_reader *r = arg;
	uint32_t first = r->faults->n;
	if (!v->row || !(v->row->flags & ROW_TEMPLATE) || !v->is_given)
		return;
	template_each_name(v->text, check_name, r);
	for (uint32_t i = first; i < r->faults->n; i++)
		r->faults->list[i].pointer = v->pointer;
}

void flow_check_nodes(struct flow_reader *r)
{
	for (uint32_t i = 0; i < r->flow->n_nodes; i++) {
		check_node(r, &r->flow->nodes[i]);
		flow_each_node_value(&r->flow->nodes[i], check_template, r);
	}
	check_missed(r);
	flow_each_value(&r->flow->missed, 1, check_template, r);
	flow_each_value(&r->flow->settings, 1, check_template, r);
}
