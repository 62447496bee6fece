/* SPDX-License-Identifier: MIT */
#include "call_orphans.h"

#include <errno.h>
#include <stddef.h>

#include "json_help.h"
#include "ringdown/base/auto.h"

static const struct {
	const char *name;
	size_t offset; /* of a struct str */
} texts[] = {
	{"sid", offsetof(struct call_news, sid)},
	{"account", offsetof(struct call_news, account_sid)},
	{"parent", offsetof(struct call_news, parent_sid)},
	{"from", offsetof(struct call_news, from)},
	{"to", offsetof(struct call_news, to)},
	{"direction", offsetof(struct call_news, direction)},
	{"status", offsetof(struct call_news, status)},
	{"answeredBy", offsetof(struct call_news, answered_by)},
	{"stirVerstat", offsetof(struct call_news, stir_verstat)},
	{"sipCode", offsetof(struct call_news, sip_code)},
};

static struct str payload_of(const struct call_news *n, struct arena *a)
{
	AUTO(auto_json) json_t *j = json_pack("{s:I, s:I}", "sequence", (json_int_t)n->sequence, "duration", (json_int_t)n->duration_s);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const struct str *s = (const void *)((const char *)n + texts[i].offset);
		if (s->n > 0)
			json_object_set_new(j, texts[i].name, json_of(*s));
	}
	return json_write(j, a);
}

static void read_payload(const json_t *j, struct arena *a, struct call_news *ret)
{
	*ret = (struct call_news){.sequence = json_integer_value(json_object_get(j, "sequence")),
		.duration_s = json_integer_value(json_object_get(j, "duration"))};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*(struct str *)(void *)((char *)ret + texts[i].offset) = arena_str(a, json_str(j, texts[i].name));
}

int call_orphans_keep(const struct store_scope *s, struct arena *a, const struct call_news *n)
{
	struct str key = n->parent_sid.n > 0 ? n->parent_sid : n->sid, payload = payload_of(n, a);
	const struct store_value now = store_int(s->now_ms);
	const struct store_value v[] = {store_text(key), store_text(payload), store_int(s->now_ms + CALL_ORPHAN_LIFE_MS),
		store_int(CALL_ORPHANS_OF_ONE)};
	if (payload.n == 0)
		return -ENOMEM;
	int err = store_run(s->conn, "DELETE FROM orphan_status WHERE until_ms < $1", &now, 1);
	if (err < 0)
		return err;
	err = store_run(s->conn, "INSERT INTO orphan_status (sid, n, payload, until_ms)"
		" SELECT $1, coalesce(max(n), 0) + 1, $2, $3 FROM orphan_status WHERE sid = $1 HAVING count(*) < $4", v, ARRAY_LEN(v));
	return err < 0 ? err : err == 0 ? -ENOSPC : 0;
}

static int adopt(const struct store_scope *s, struct arena *a, struct str payload)
{
	AUTO(auto_json) json_t *j = json_loadb(payload.p, payload.n, 0, NULL);
	struct call_news news;
	struct call_change change;
	read_payload(j, a, &news);
	int err = j ? call_apply_within(s, a, &news, &change) : -EBADMSG;
	return err < 0 ? err : 0;
}

int call_orphans_adopt(const struct store_scope *s, struct arena *a, struct str sid)
{
	const struct store_value key = store_text(sid);
	struct store_rows rows;
	int n = store_ask(s->conn, a, "SELECT payload FROM orphan_status WHERE sid = $1 ORDER BY n", &key, 1, &rows);
	int err = n > 0 ? store_run(s->conn, "DELETE FROM orphan_status WHERE sid = $1", &key, 1) : n;
	for (int i = 0; err >= 0 && i < n; i++)
		err = adopt(s, a, store_cell_text(&rows, (uint32_t)i, 0));
	return err < 0 ? err : 0;
}
