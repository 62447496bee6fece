/* SPDX-License-Identifier: MIT */
/* menu and collect: what the caller presses or says.  What did not fit and what did not come are counted apart, and the
 * counts travel in the token. */
#include <string.h>

#include "flow_table.h"
#include "pattern.h"
#include "step_private.h"

#define MASK "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"

static const char *const spoken_digits[] = {
	"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};

static bool is_pound_an_option(const struct flow_value *options)
{
	for (uint32_t i = 0; i < options->n; i++)
		if (str_is(flow_member(&options->items[i], "digit")->text, STR("#")))
			return true;
	return false;
}

static void open_gather(struct ivr_run *r, const struct flow_node *n, const char *input)
{
	step_open(r, "Gather");
	step_attr(r, "input", str_of(input));
	twiml_attr_u64(&r->xml, "timeout", (uint64_t)flow_get(n, "timeout")->number);
	if (strstr(input, "speech")) {
		struct str language = flow_member(flow_get(n, "prompt"), "language")->text;
		step_attr(r, "speechTimeout", STR("auto"));
		step_attr(r, "language", language.n > 0 ? language : flow_setting(r->flow, "language"));
		if (flow_get(n, "hints")->is_given)
			step_attr(r, "hints", flow_get(n, "hints")->text);
	}
}

/* first: what is said before the prompt; its keys are taken at once as well. */
static void close_gather(struct ivr_run *r, const struct flow_node *n, const struct flow_value *first)
{
	step_attr(r, "actionOnEmptyResult", STR("true"));
	step_attr(r, "method", STR("POST"));
	step_attr(r, "action", step_url(r, n, "in", 0));
	if (first)
		step_say(r, first->text);
	step_prompt(r, flow_get(n, "prompt"));
	twiml_close(&r->xml);
	step_end(r);
}

static void put_menu(struct ivr_run *r, const struct flow_node *n, const struct flow_value *first)
{
	open_gather(r, n, flow_get(n, "speech")->number ? "dtmf speech" : "dtmf");
	twiml_attr_u64(&r->xml, "numDigits", 1);
	if (is_pound_an_option(flow_get(n, "options")))
		step_attr(r, "finishOnKey", STR(""));
	close_gather(r, n, first);
}

static void put_collect(struct ivr_run *r, const struct flow_node *n, const struct flow_value *first)
{
	struct str input = flow_get(n, "input")->text;
	int64_t digits = flow_get(n, "numDigits")->number, max = flow_get(n, "max")->number;
	bool has_keys = !str_is(input, STR("speech"));
	open_gather(r, n, str_is(input, STR("both")) ? "dtmf speech" : has_keys ? "dtmf" : "speech");
	if (has_keys && (digits > 0 || max > 0))
		twiml_attr_u64(&r->xml, "numDigits", (uint64_t)(digits > 0 ? digits : max));
	if (has_keys)
		step_attr(r, "finishOnKey", flow_get(n, "finishOnKey")->text);
	close_gather(r, n, first);
}

static void enter_fresh(struct ivr_run *r)
{
	r->state.invalid = r->state.no_input = 0;
}

void menu_enter(struct ivr_run *r, const struct flow_node *n)
{
	enter_fresh(r);
	put_menu(r, n, NULL);
}

void collect_enter(struct ivr_run *r, const struct flow_node *n)
{
	enter_fresh(r);
	put_collect(r, n, NULL);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_letter(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* Whole words, in any case of letters. */
static bool has_words(struct str speech, struct str words)
{
	for (size_t i = 0; words.n > 0 && i + words.n <= speech.n; i++) {
		size_t k = 0;
		while (k < words.n && lower(speech.p[i + k]) == lower(words.p[k]))
			k++;
		bool is_start = i == 0 || !is_letter(speech.p[i - 1]);
		bool is_end = i + words.n == speech.n || !is_letter(speech.p[i + words.n]);
		if (k == words.n && is_start && is_end)
			return true;
	}
	return false;
}

static bool is_said(const struct flow_value *option, struct str speech)
{
	struct str digit = flow_member(option, "digit")->text;
	if (has_words(speech, flow_member(option, "label")->text) || has_words(speech, digit))
		return true;
	return digit.n == 1 && digit.p[0] >= '0' && digit.p[0] <= '9' && has_words(speech, str_of(spoken_digits[digit.p[0] - '0']));
}

/* The longest label that was said: "sales support" is not "sales". */
static const struct flow_value *find_spoken(const struct flow_value *options, struct str speech)
{
	const struct flow_value *best = NULL;
	size_t best_n = 0;
	for (uint32_t i = 0; i < options->n; i++) {
		size_t n = flow_member(&options->items[i], "label")->text.n;
		if (is_said(&options->items[i], speech) && (!best || n > best_n)) {
			best = &options->items[i];
			best_n = n;
		}
	}
	return best;
}

static const struct flow_value *find_option(const struct ivr_run *r, const struct flow_node *n)
{
	const struct flow_value *options = flow_get(n, "options");
	struct str digits = step_field(r, "Digits"), speech = step_field(r, "SpeechResult");
	for (uint32_t i = 0; digits.n > 0 && i < options->n; i++)
		if (str_is(flow_member(&options->items[i], "digit")->text, digits))
			return &options->items[i];
	return digits.n == 0 && speech.n > 0 ? find_spoken(options, speech) : NULL;
}

static bool has_input(const struct ivr_run *r)
{
	return step_field(r, "Digits").n > 0 || step_field(r, "SpeechResult").n > 0;
}

static void record_input(struct ivr_run *r, const struct flow_node *n, struct str shown, const char *outcome)
{
	struct ivr_effect *e = step_effect(r, IVR_INPUT, n);
	step_pair(r, e, "input", shown);
	step_pair(r, e, "outcome", str_of(outcome));
	step_note(r, "%s", outcome);
}

static int64_t tries_of(const struct flow_node *n, const char *name)
{
	const struct flow_value *own = flow_get(n, name);
	return own->is_given ? own->number : flow_get(n, "maxRetries")->number;
}

typedef void put_fn(struct ivr_run *r, const struct flow_node *n, const struct flow_value *first);

static void try_again(struct ivr_run *r, const struct flow_node *n, bool is_empty, put_fn *put)
{
	uint32_t *tries = is_empty ? &r->state.no_input : &r->state.invalid;
	const struct flow_value *words = flow_get(n, is_empty ? "noInputMessage" : "invalidMessage");
	if (++*tries < (uint32_t)tries_of(n, is_empty ? "maxNoInput" : "maxInvalid"))
		put(r, n, words->is_given ? words : NULL);
	else if (!step_go_first(r, n, is_empty ? "onNoInput" : "onInvalid", "defaultAction", NULL))
		step_fall(r, n);
}

/* Of an option that was said as well. */
static void keep_digit(struct ivr_run *r, const struct flow_node *n, struct str digit)
{
	const struct flow_value *var = flow_get(n, "var");
	if (!var->is_given)
		return;
	step_pair(r, step_effect(r, IVR_SET_VARS, n), var->text.p, digit);
	step_set(r, var->text, digit);
}

void menu_back(struct ivr_run *r, const struct flow_node *n)
{
	if (r->is_gone)
		return;
	const struct flow_value *option = find_option(r, n);
	struct str shown = step_field(r, "Digits").n > 0 ? step_field(r, "Digits") : step_field(r, "SpeechResult");
	record_input(r, n, shown, option ? "option" : has_input(r) ? "invalid" : "no-input");
	if (has_input(r))
		step_acted(r);
	if (option) {
		keep_digit(r, n, flow_member(option, "digit")->text);
		(void)step_go(r, flow_member(option, "next"));
	} else {
		try_again(r, n, !has_input(r), put_menu);
	}
}

static bool is_acceptable(const struct ivr_run *r, const struct flow_node *n, struct str value)
{
	int64_t digits = flow_get(n, "numDigits")->number, min = flow_get(n, "min")->number, max = flow_get(n, "max")->number;
	const struct flow_value *wanted = flow_get(n, "pattern");
	struct pattern p;
	bool is_typed = step_field(r, "Digits").n > 0;
	if (is_typed && digits > 0 && (int64_t)value.n != digits)
		return false;
	if (is_typed && ((min > 0 && (int64_t)value.n < min) || (max > 0 && (int64_t)value.n > max)))
		return false;
	return !wanted->is_given || (pattern_parse(wanted->text, &p) == 0 && pattern_fits(&p, value));
}

/* A secret is kept for this document alone: what is stored of it is a mask. */
static void keep(struct ivr_run *r, const struct flow_node *n, struct str value)
{
	struct ivr_effect *e = step_effect(r, IVR_SET_VARS, n);
	step_pair(r, e, flow_get(n, "var")->text.p, flow_get(n, "secret")->number ? STR(MASK) : value);
	step_set(r, flow_get(n, "var")->text, value);
}

void collect_back(struct ivr_run *r, const struct flow_node *n)
{
	struct str value = step_field(r, "Digits").n > 0 ? step_field(r, "Digits") : step_field(r, "SpeechResult");
	if (r->is_gone)
		return;
	bool is_good = value.n > 0 && is_acceptable(r, n, value);
	record_input(r, n, flow_get(n, "secret")->number && value.n > 0 ? STR(MASK) : value,
		is_good ? "collected" : value.n > 0 ? "invalid" : "no-input");
	if (value.n > 0)
		step_acted(r);
	if (!is_good) {
		try_again(r, n, value.n == 0, put_collect);
		return;
	}
	keep(r, n, value);
	step_next(r, n);
}
