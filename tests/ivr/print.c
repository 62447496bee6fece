/* SPDX-License-Identifier: MIT */
/* A run as lines of text; signed URLs are opened and told by what they hold. */
#include <string.h>

#include "golden.h"

#define BASE "https://voice.example.com/automation/ivr/"

static struct str until(struct str s, const char *ends)
{
	size_t n = 0;
	while (n < s.n && !strchr(ends, s.p[n]))
		n++;
	return (struct str){s.p, n};
}

static void put_counter(struct buf *b, const char *name, uint32_t value)
{
	if (value > 0)
		buf_printf(b, ",%s=%u", name, value);
}

static void put_place(struct buf *b, struct str kind, struct str flow, struct str node, struct str token)
{
	char id[128];
	struct buf n;
	struct flow_state s;
	buf_init(&n, id, sizeof(id));
	for (size_t i = 0; i < node.n; i++)
		buf_putc(&n, node.p[i] == '~' ? '#' : node.p[i]);
	const struct flow_place at = {flow, buf_str(&n), GOLDEN_SID};
	int err = flow_token_check(GOLDEN_KEY, token, &at, 0, &s);
	if (err < 0)
		golden_die("a token of " STR_FMT "/" STR_FMT " is not good: %d", STR_ARG(flow), STR_ARG(node), err);
	if (kind.n > 0)
		buf_printf(b, "CB(" STR_FMT "," STR_FMT ",%s", STR_ARG(kind), STR_ARG(buf_str(&n)), s.phase);
	else
		buf_printf(b, "N(" STR_FMT ",%s", STR_ARG(buf_str(&n)), s.phase);
	put_counter(b, "i", s.invalid);
	put_counter(b, "q", s.no_input);
	put_counter(b, "x", s.index);
	put_counter(b, "h", s.hops);
	put_counter(b, "v", s.version == 1 ? 0 : s.version);
	buf_putc(b, ')');
}

/* Takes one URL of ours off *s. */
static void put_url(struct buf *b, struct str *s)
{
	struct str rest = str_skip(*s, sizeof(BASE) - 1);
	struct str kind = until(rest, "/");
	rest = str_skip(rest, kind.n + 1);
	struct str flow = until(rest, "/");
	rest = str_skip(rest, flow.n + 1);
	bool is_node = str_is(kind, STR("flow"));
	rest = str_skip(rest, is_node ? 2 : 0); /* "n/" */
	struct str node = until(rest, "?");
	rest = str_skip(rest, node.n + 3); /* "?t=" */
	struct str token = until(rest, "\"<&");
	put_place(b, is_node ? STR("") : kind, flow, node, token);
	*s = str_skip(rest, token.n);
}

static void put_document(struct buf *b, struct str s)
{
	static const char prolog[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
	if (!str_starts(s, str_of(prolog)))
		golden_die("no prolog: " STR_FMT, STR_ARG(s));
	buf_put(b, STR("= "));
	for (s = str_skip(s, sizeof(prolog) - 1); s.n > 0;) {
		if (str_starts(s, STR(BASE))) {
			put_url(b, &s);
			continue;
		}
		buf_putc(b, s.p[0]);
		s = str_skip(s, 1);
	}
	buf_putc(b, '\n');
}

static void put_effect(struct buf *b, const struct ivr_effect *e)
{
	buf_printf(b, "! %s node=" STR_FMT, ivr_kind_name(e->kind), STR_ARG(e->node));
	for (uint32_t i = 0; i < e->n; i++) {
		buf_printf(b, " " STR_FMT "=", STR_ARG(e->pairs[i].name));
		buf_put_json(b, e->pairs[i].value);
	}
	buf_putc(b, '\n');
}

void golden_print(struct buf *b, struct str document, const struct ivr_run *r)
{
	put_document(b, document);
	for (uint32_t i = 0; i < r->n_effects; i++)
		put_effect(b, r->effects[i]);
	for (uint32_t i = 0; i < r->n_trace; i++) {
		buf_printf(b, "~ " STR_FMT, STR_ARG(r->trace[i].node));
		if (r->trace[i].note.n > 0)
			buf_printf(b, ": " STR_FMT, STR_ARG(r->trace[i].note));
		buf_putc(b, '\n');
	}
}
