/* fuzz: links ivr */
/* SPDX-License-Identifier: MIT */
/* No bytes but our own are a token; and any state that can be sealed comes back as it was. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ringdown/ivr/flow_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct flow_place place = {{"f", 1}, {"n", 1}, {"CA1", 3}};

static void require(bool claim)
{
	if (!claim)
		abort();
}

static void check_foreign(struct str text)
{
	struct flow_state s;
	char key_id[16];
	int err = flow_token_check(STR("a key nobody has"), text, &place, 0, &s);
	require(err == -EBADMSG || err == -EACCES);
	(void)flow_token_key_id(text, key_id);
}

static void check_own(const uint8_t *data, size_t size)
{
	char token[FLOW_TOKEN_MAX];
	struct flow_state s = {.key_id = "1", .expires_s = 7}, got;
	for (size_t i = 0; i < size && i < sizeof(s.org) - 1; i++)
		s.org[i] = (char)(data[i] < 0x20 || data[i] > 0x7e ? 'x' : data[i]);
	if (size >= sizeof(s.hops))
		memcpy(&s.hops, data, sizeof(s.hops));
	if (flow_token_make(STR("k"), &place, &s, token) < 0)
		return;
	require(flow_token_check(STR("k"), str_of(token), &place, 7, &got) == 0);
	require(memcmp(&s, &got, sizeof(s)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_foreign((struct str){(const char *)data, size});
	check_own(data, size);
	return 0;
}
