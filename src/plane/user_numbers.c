/* SPDX-License-Identifier: MIT */
/* Which numbers of the organisation are a user's: named in assignedUsers, or by a group in assignedGroups (PLANE.md 7). */
#include <errno.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "softphone.h"

struct wanted {
	struct str user_sk, email;
	const struct store_rows *groups; /* sk, name */
};

static bool names(const json_t *list, struct str one)
{
	const json_t *item;
	size_t i;
	json_array_foreach(list, i, item)
		if (one.n > 0 && str_is(json_text(item), one))
			return true;
	return false;
}

static bool names_a_group(const json_t *list, const struct store_rows *groups)
{
	for (uint32_t i = 0; i < groups->n_rows; i++)
		if (names(list, store_cell_text(groups, i, 0)) || names(list, store_cell_text(groups, i, 1)))
			return true;
	return false;
}

/* 0: neither; 1: by a group; 2: the user's own */
static int assignment(struct str data, const struct wanted *w)
{
	AUTO(auto_json) json_t *j = json_loadb(data.p, data.n, 0, NULL);
	const json_t *users = json_object_get(j, "assignedUsers");
	if (names(users, w->user_sk) || names(users, w->email))
		return 2;
	return names_a_group(json_object_get(j, "assignedGroups"), w->groups);
}

static int ask_groups(struct api *a, struct str user_sk, struct store_rows *ret)
{
	const struct store_value v[] = {store_text(a->scope.org), store_text(user_sk)};
	return store_ask(a->store, a->arena,
		"SELECT g.sk, g.name FROM group_member m JOIN user_group g ON g.org = m.org AND g.sk = m.group_sk"
		" WHERE m.org = $1 AND m.user_sk = $2", v, 2, ret);
}

int user_numbers(struct api *a, struct str user_sk, struct user_number **ret_list, uint32_t *ret_n)
{
	struct store_rows groups, rows;
	struct record user;
	int err = record_get(&a->scope, a->arena, &record_user, user_sk, &user);
	if (err == 0)
		err = ask_groups(a, user_sk, &groups);
	if (err < 0)
		return err;
	const struct store_value v[] = {store_text(a->scope.org)};
	int n = store_ask(a->store, a->arena,
		"SELECT sk, e164, friendly_name, data FROM phone_number WHERE org = $1 AND status = 'active' ORDER BY e164 LIMIT 1000", v,
		1, &rows);
	if (n < 0)
		return n;
	struct wanted w = {user_sk, user.columns[record_column(&record_user, "email")].bytes, &groups};
	struct user_number *list = arena_alloc(a->arena, ((size_t)n + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	*ret_list = list;
	*ret_n = 0;
	for (int kind = 2; kind > 0; kind--)
		for (uint32_t i = 0; i < rows.n_rows; i++)
			if (assignment(store_cell_text(&rows, i, 3), &w) == kind)
				list[(*ret_n)++] = (struct user_number){store_cell_text(&rows, i, 0), store_cell_text(&rows, i, 1),
					store_cell_text(&rows, i, 2), kind == 2, store_cell_text(&rows, i, 3)};
	return 0;
}
