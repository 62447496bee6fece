/* SPDX-License-Identifier: MIT */
#include "ringdown/twilio/errors.h"

#include "ringdown/base/auto.h"

#define KEYS    TWILIO_CREDENTIALS
#define OUT     TWILIO_OPTED_OUT
#define GONE    TWILIO_GONE

#define SEE_CREDENTIALS "Check accountSid and authToken or API key of the integration in Twilio's console, then verify it again."
#define SEE_GEO "Allow the country in Twilio's console under Voice or Messaging > Settings > Geo permissions."

/* By code.  Codes of one meaning have one reason. */
static const struct twilio_error errors[] = {
	{10001, 502, "account_not_active", "Twilio has suspended or closed the account: its owner has to talk to Twilio.", KEYS},
	{10002, 403, "trial_not_allowed", "A trial account cannot do this: upgrade it in Twilio's console.", 0},
	{10004, 429, "too_many_calls", "The account has as many calls as it may: wait, or ask Twilio for more.", 0},
	{13223, 422, "to_invalid", "Give the number in E.164 form, for example +15551234567.", 0},
	{13224, 422, "to_invalid", "Twilio cannot call this number: check it, or use another.", 0},
	{13225, 403, "to_blocked", "Twilio does not let this number be called.", 0},
	{13226, 422, "to_invalid", "The country code is not one that Twilio knows.", 0},
	{13227, 403, "geo_permission", SEE_GEO, 0},
	{20001, 422, "provider_refused", "A parameter is not as Twilio wants it: its message names it.", 0},
	{20003, 502, "provider_unauthorized", SEE_CREDENTIALS, KEYS},
	{20004, 502, "provider_forbidden", "The key may not do this: use a Standard or Main API key, or the auth token.", 0},
	{20005, 502, "account_not_active", "Twilio has suspended or closed the account: its owner has to talk to Twilio.", KEYS},
	{20006, 502, "provider_forbidden", "The account may not do this: look at its permissions in Twilio's console.", KEYS},
	{20008, 409, "test_credentials", "Test credentials can only send, call and buy with the magic numbers.", 0},
	{20404, 404, "provider_not_found", "It is not (or no longer) in this Twilio account.", GONE},
	{20409, 409, "provider_conflict", "Twilio is just changing it: try again in a moment.", 0},
	{20429, 429, "rate_limited", "Twilio takes no more requests for now: wait as long as Retry-After says.", 0},
	{20500, 502, "provider_error", "Twilio has a fault: look at status.twilio.com and try again.", 0},
	{20503, 502, "provider_error", "Twilio is out of service: look at status.twilio.com and try again.", 0},
	{20104, 502, "token_invalid", "The access token's time is wrong: check this machine's clock.", 0},
	{21201, 422, "to_required", "Say whom to call.", 0},
	{21205, 422, "url_invalid", "The URL is not one that Twilio can ask.", 0},
	{21210, 422, "from_not_owned", "Call from a number of this account, or one verified as outgoing caller id.", 0},
	{21211, 422, "to_invalid", "Give the number in E.164 form, for example +15551234567.", 0},
	{21212, 422, "from_invalid", "Give the number in E.164 form, for example +15551234567.", 0},
	{21213, 422, "from_required", "Say which number to call from.", 0},
	{21214, 422, "to_unroutable", "Twilio cannot reach this number: check it.", 0},
	{21215, 403, "geo_permission", SEE_GEO, 0},
	{21216, 403, "to_blocked", "Twilio does not let this number be called.", 0},
	{21217, 422, "to_invalid", "Give the number in E.164 form, for example +15551234567.", 0},
	{21218, 422, "application_invalid", "The TwiML application is not there: verify the integration, which makes one.", 0},
	{21219, 422, "to_not_verified", "A trial account calls verified numbers only: verify it, or upgrade the account.", 0},
	{21220, 409, "call_not_live", "The call is over, or has not begun.", 0},
	{21264, 422, "from_invalid", "The number to call from is not one that Twilio takes.", 0},
	{21401, 422, "number_invalid", "It is not a number that can be had.", 0},
	{21404, 403, "trial_limit", "A trial account has one number: upgrade it to buy more.", 0},
	{21408, 403, "geo_permission", SEE_GEO, 0},
	{21421, 422, "number_invalid", "Take a number of GET /phone/numbers/available.", 0},
	{21422, 409, "number_unavailable", "Somebody else has it by now: take another.", 0},
	{21452, 409, "no_numbers_in_area", "There are none in this area for now: take another area code.", 0},
	{21602, 422, "body_required", "Give a body or media.", 0},
	{21603, 422, "from_required", "Say which number to send from.", 0},
	{21604, 422, "to_required", "Say whom to send to.", 0},
	{21606, 422, "from_not_owned", "Send from a number of this account that can send texts.", 0},
	{21608, 403, "to_not_verified", "A trial account writes to verified numbers only: verify it, or upgrade the account.", 0},
	{21610, 403, "recipient_opted_out", "The recipient has said STOP; only their START lets messages through again.", OUT},
	{21611, 429, "sender_queue_full", "This sender has too many messages waiting: slow down, or use more senders.", 0},
	{21612, 422, "to_unroutable", "Twilio cannot bring a message from this sender to this number.", 0},
	{21614, 422, "to_not_mobile", "The number does not take texts.", 0},
	{21615, 422, "requirements_missing", "The number needs a local address: give addressSid.", 0},
	{21616, 422, "from_ambiguous", "Give the number to send from in E.164 form.", 0},
	{21617, 422, "body_too_long", "A message has at most 1600 characters.", 0},
	{21631, 422, "requirements_missing", "The number needs an address: give addressSid.", 0},
	{21632, 422, "requirements_missing", "The number needs an address in another country: give addressSid.", 0},
	{21635, 422, "to_not_mobile", "The number is a landline that takes no texts.", 0},
	{21649, 422, "requirements_missing", "The number needs an approved regulatory bundle: give bundleSid.", 0},
	{21650, 422, "requirements_missing", "The bundle does not fit this number: give another bundleSid.", 0},
	{21651, 422, "requirements_missing", "The address does not fit this number: give another addressSid.", 0},
	{21659, 422, "from_not_owned", "Send from a number of this account.", 0},
	{21710, 409, "number_in_service", "The number is in this messaging service already.", 0},
	{21712, 409, "number_in_other_service", "The number is in another messaging service: take it out there first.", 0},
	{31204, 409, "api_key_restricted", "A Restricted API key makes no access tokens: use a Standard or Main key.", 0},
};

static const struct twilio_error by_status[] = {
	{0, 502, "provider_unauthorized", SEE_CREDENTIALS, KEYS},                                /* 401, 403 */
	{0, 404, "provider_not_found", "It is not (or no longer) in this Twilio account.", GONE}, /* 404, 410 */
	{0, 429, "rate_limited", "Twilio takes no more requests for now: wait as long as Retry-After says.", 0},
	{0, 502, "provider_error", "Twilio's message says what was wrong; its code is in the error dictionary.", 0},
};

const struct twilio_error *twilio_error_find(int code, int http_status)
{
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (code > 0 && errors[i].code == code)
			return &errors[i];
	if (http_status == 401 || http_status == 403)
		return &by_status[0];
	if (http_status == 404 || http_status == 410)
		return &by_status[1];
	return http_status == 429 ? &by_status[2] : &by_status[3];
}

const struct twilio_error *twilio_error_at(uint32_t n)
{
	return n < ARRAY_LEN(errors) ? &errors[n] : NULL;
}
