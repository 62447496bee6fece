/* SPDX-License-Identifier: MIT */
#include "scopes.h"

#include "ringdown/base/auto.h"

#define AGENT "sms:send calls:make calls:read inbox:rw leads:rw presence:self presence:read phone:token numbers:read recordings:own"

static const struct {
	const char *role, *scopes;
} roles_seeded[] = {
	{"owner", "*"},
	{"admin", "* -org:delete"},
	{"supervisor", AGENT " calls:control recordings:read campaigns:* reports:read presence:others"},
	{"agent", AGENT},
	{"viewer", "*:read -recordings:read"},
};

static bool fits(struct str part, struct str wanted)
{
	return str_is(part, STR("*")) || str_is(part, wanted);
}

static bool word_covers(struct str word, struct str wanted)
{
	if (str_is(word, STR("*")))
		return true;
	struct str verb = word, wanted_verb = wanted;
	struct str resource = str_split(&verb, ':'), wanted_resource = str_split(&wanted_verb, ':');
	bool is_either = str_is(verb, STR("rw")) &&
		(str_is(wanted_verb, STR("read")) || str_is(wanted_verb, STR("write")));
	return fits(resource, wanted_resource) && (is_either || fits(verb, wanted_verb));
}

bool scope_covers(struct str granted, struct str wanted)
{
	bool is_covered = false;
	while (granted.n > 0) {
		struct str word = str_split(&granted, ' ');
		bool takes_back = str_starts(word, STR("-"));
		if (word.n == 0 || !word_covers(str_skip(word, takes_back), wanted))
			continue;
		if (takes_back)
			return false;
		is_covered = true;
	}
	return is_covered;
}

static struct str scopes_of(struct str role)
{
	for (size_t i = 0; i < ARRAY_LEN(roles_seeded); i++)
		if (str_is(role, str_of(roles_seeded[i].role)))
			return str_of(roles_seeded[i].scopes);
	return STR("");
}

static bool one_allowed(struct str roles, struct str scopes, struct str wanted)
{
	while (roles.n > 0)
		if (scope_covers(scopes_of(str_split(&roles, ' ')), wanted))
			return true;
	return scope_covers(scopes, wanted);
}

bool scopes_allow(struct str roles, struct str scopes, struct str wanted)
{
	while (wanted.n > 0)
		if (one_allowed(roles, scopes, str_split(&wanted, '|')))
			return true;
	return false;
}

bool role_exists(struct str role)
{
	return role.n > 0 && scopes_of(role).n > 0;
}

const char *role_name(size_t i)
{
	return i < ARRAY_LEN(roles_seeded) ? roles_seeded[i].role : NULL;
}
