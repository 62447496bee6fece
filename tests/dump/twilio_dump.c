/* SPDX-License-Identifier: MIT */
/* twilio_dump - what the room twilio would send and say, one JSON object a line: {"operation":...}, {"error":...}, and
 * {"token":...,"of":{...}} at the time given as the argument.  tests/e2e/twilio-client.test.mjs holds it against
 * Twilio's documents and library. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ringdown/base/auto.h"
#include "ringdown/twilio/errors.h"
#include "ringdown/twilio/operations.h"
#include "ringdown/twilio/token.h"

static void dump_operations(void)
{
	static const char *const repeats[] = {"safe", "idempotent", "creating"};
	for (int i = 0; i < TWILIO_OP_COUNT; i++) {
		const struct twilio_operation *o = twilio_operation((enum twilio_op)i);
		printf("{\"operation\":\"%s\",\"product\":\"%s\",\"method\":\"%s\",\"path\":\"%s\",\"repeat\":\"%s\"}\n", o->name,
			o->product, o->method, o->path, repeats[o->repeat]);
	}
}

static void dump_errors(void)
{
	for (uint32_t i = 0; twilio_error_at(i); i++) {
		const struct twilio_error *e = twilio_error_at(i);
		printf("{\"error\":%d,\"status\":%d,\"reason\":\"%s\",\"flags\":%u}\n", e->code, e->status, e->reason, e->flags);
	}
}

static int dump_tokens(int64_t now_s)
{
	char text[TWILIO_TOKEN_MAX];
	static const char *const regions[] = {"", "ie1"}, *const identities[] = {"a", "acme_01JD9Z"};
	static const char *const applications[] = {"", "AP0123456789abcdef0123456789abcdef"};
	static const char *const pushes[] = {"", "CR0123456789abcdef0123456789abcdef"};
	for (int i = 0; i < 32; i++) {
		const struct twilio_token t = {
			.account_sid = STR("AC0123456789abcdef0123456789abcdef"),
			.key_sid = STR("SK0123456789abcdef0123456789abcdef"),
			.key_secret = STR("a secret of some length: \"quoted\""),
			.identity = str_of(identities[i & 1]),
			.region = str_of(regions[i >> 1 & 1]),
			.application_sid = str_of(applications[i >> 2 & 1]),
			.push_credential_sid = str_of(pushes[i >> 3 & 1]),
			.may_receive = i >> 4 & 1,
			.now_s = now_s,
			.ttl_s = 60 + i,
		};
		if (twilio_token_make(&t, text, sizeof(text)) < 0)
			return EXIT_FAILURE;
		printf("{\"token\":\"%s\",\"of\":{\"identity\":\"%s\",\"region\":\"%s\",\"application\":\"%s\",\"push\":\"%s\","
			"\"incoming\":%s,\"ttl\":%d}}\n", text, identities[i & 1], regions[i >> 1 & 1],
			applications[i >> 2 & 1], pushes[i >> 3 & 1], t.may_receive ? "true" : "false", 60 + i);
	}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	uint64_t now_s;
	if (argc != 2 || str_u64(str_of(argv[1]), INT64_MAX, &now_s) < 0) {
		fprintf(stderr, "usage: twilio_dump UNIX-SECONDS\n");
		return 2;
	}
	dump_operations();
	dump_errors();
	return dump_tokens((int64_t)now_s);
}
