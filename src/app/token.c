/* SPDX-License-Identifier: MIT */
/* `ringdown token`: a JSON Web Token of ours, for whoever may read the keys. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "ringdown/base/clock.h"
#include "ringdown/base/ulid.h"
#include "ringdown/plane/key_ring.h"
#include "ringdown/store/record.h"
#include "store_command.h"
#include "store_keys.h"

static int find_user(struct store_command *s, const struct store_scope *scope, const char *email, struct record *user)
{
	char lower[320];
	if (!str_copy(str_of(email), lower, sizeof(lower)))
		return -ENOENT;
	str_lower(lower);
	return record_find(scope, &s->arena, &record_user, "email", store_text(str_of(lower)), user);
}

static int print_token(struct store_command *s, const struct bearer *b)
{
	struct store_keys keys = {0};
	struct str text;
	int code = store_keys_open(&keys, s);
	if (code == EX_OK && bearer_make(&keys.ring.bearer, &s->arena, b, &text) < 0)
		code = store_command_fail(s, EX_OSERR, "the token cannot be made");
	if (code == EX_OK)
		printf(STR_FMT "\n", STR_ARG(text));
	store_keys_close(&keys);
	return code;
}

static int make(struct store_command *s, const struct arguments *a, uint64_t ttl_s)
{
	struct record org, user = {0};
	char id[ULID_SIZE];
	int64_t now_ms = clock_wall_ms();
	const struct store_scope scope = {.conn = s->conn, .org = str_of(a->org), .author = STR("ringdown token"), .now_ms = now_ms};
	int err = record_get(&scope, &s->arena, &record_org, scope.org, &org);
	if (err == -ENOENT)
		return store_command_fail(s, EX_NOINPUT, "--org %s: there is no such organisation (ringdown org add %s)", a->org, a->org);
	if (err == 0 && a->user)
		err = find_user(s, &scope, a->user, &user);
	if (err == -ENOENT)
		return store_command_fail(s, EX_NOINPUT, "--user %s: %s has no such user", a->user, a->org);
	if (err < 0)
		return store_command_fail(s, store_exit_code(err), "%s", strerror(-err));
	ulid_new(now_ms, id);
	const struct bearer b = {
		.subject = a->user ? user.sk : STR("ringdown-token"),
		.type = a->user ? STR("user") : STR("app"),
		.id = str_of(id),
		.orgs = {scope.org},
		.n_orgs = 1,
		.scopes = str_of(a->scope),
		.issued_s = now_ms / 1000,
		.expires_s = now_ms / 1000 + (int64_t)ttl_s,
	};
	return print_token(s, &b);
}

int command_token(const struct arguments *a)
{
	static struct store_command s = {.name = "token"};
	uint64_t ttl_s = BEARER_TTL_S;
	if (a->ttl && (str_u64(str_of(a->ttl), BEARER_TTL_MAX_S, &ttl_s) < 0 || ttl_s == 0))
		return store_command_fail(&s, EX_USAGE, "--ttl %s: must be seconds, from 1 to %d", a->ttl, BEARER_TTL_MAX_S);
	if (!a->scope[0])
		return store_command_fail(&s, EX_USAGE, "--scope: must be scopes separated by blanks, or '*'");
	int code = store_command_begin(&s, "token", a);
	return store_command_end(&s, code == EX_OK ? make(&s, a, ttl_s) : code);
}
