/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "integrations.h"
#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"

static void set_status(struct api *a, struct integration *i, const char *status, const char *event)
{
	const struct record_change change = {"status", store_text(str_of(status))};
	if (record_change(&a->scope, &record_integration, i->record.sk, 0, &change, 1) < 0)
		log_warning("integration=" STR_FMT " cannot be marked %s, ignoring: %s", STR_ARG(i->record.sk), status,
			store_words(a->store));
	i->status = str_of(status);
	api_event(a, event, json_pack("{s:o, s:o}", "integration", json_of(i->record.sk), "name", json_of(i->name)));
}

void integration_follow(struct api *a, struct integration *i, const struct twilio_answer *answer)
{
	if (answer->has_opened_breaker) {
		log_err("org=" STR_FMT " integration=" STR_FMT " Twilio refuses its credentials: nothing goes out but a probe a minute",
			STR_ARG(a->scope.org), STR_ARG(i->record.sk));
		set_status(a, i, "error", "integration.unauthorized");
	}
	if (answer->has_closed_breaker) {
		log_notice("org=" STR_FMT " integration=" STR_FMT " Twilio takes its credentials again", STR_ARG(a->scope.org),
			STR_ARG(i->record.sk));
		set_status(a, i, "active", "integration.restored");
	}
}

int integration_call(struct api *a, struct integration *i, const struct twilio_request *q, struct twilio_answer *ret)
{
	int err = twilio_call(a->twilio, &i->account, q, a->arena, ret);
	integration_follow(a, i, ret);
	return err;
}

json_t *twilio_provider(const struct twilio_answer *a)
{
	json_t *p = json_pack("{s:s, s:i}", "name", "twilio", "status", a->status);
	if (a->code > 0)
		json_object_set_new(p, "code", json_integer(a->code));
	if (a->message.n > 0)
		json_object_set_new(p, "message", json_of(a->message));
	if (a->more_info.n > 0)
		json_object_set_new(p, "moreInfo", json_of(a->more_info));
	return p;
}

static const struct {
	int err, status;
	const char *reason, *words;
} lost[] = {
	{-EINPROGRESS, 504, "provider_outcome_unknown",
		"Twilio was asked, and whether it did it is not known. Do not ask again: look at the record in a minute"},
	{-EACCES, 502, "provider_unauthorized",
		"Twilio has refused this integration's credentials repeatedly: verify it, then ask again"},
	{-EAGAIN, 503, "provider_busy", "too many requests to Twilio are under way for this account"},
	{-EHOSTUNREACH, 502, "provider_unreachable", "Twilio cannot be reached; nothing was done"},
	{-ETIMEDOUT, 504, "provider_timeout", "Twilio did not answer in time"},
	{-EPROTO, 502, "provider_error", "Twilio's answer could not be read"},
	{-ECANCELED, 503, "shutting_down", "this node is shutting down"},
};

void reply_twilio(struct api *a, int err, const struct twilio_answer *answer)
{
	const struct twilio_error *e = answer->error;
	if (answer->status > 0)
		api_member(a, "provider", twilio_provider(answer));
	if (err == -EREMOTEIO) {
		if (e->status == 429)
			api_header(a, "retry-after:", "%lld", (long long)(answer->retry_after_s > 0 ? answer->retry_after_s : 5));
		api_problem(a, e->status, e->reason, "%s", e->advice);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(lost); i++)
		if (lost[i].err == err) {
			if (lost[i].status == 503)
				api_header(a, "retry-after:", "1");
			api_problem(a, lost[i].status, lost[i].reason, "%s", lost[i].words);
			return;
		}
	api_problem(a, 500, "internal", "the request to Twilio could not be made");
}
