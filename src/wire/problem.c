/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/problem.h"

#include "ringdown/base/auto.h"

const char *http_status_name(int status)
{
	static const struct {
		int status;
		const char *name;
	} names[] = {
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{204, "No Content"},
		{206, "Partial Content"},
		{207, "Multi Status"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{410, "Gone"},
		{411, "Length Required"},
		{412, "Precondition Failed"},
		{413, "Content Too Large"},
		{415, "Unsupported Media Type"},
		{416, "Range Not Satisfiable"},
		{422, "Unprocessable Content"},
		{423, "Locked"},
		{429, "Too Many Requests"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
	};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].status == status)
			return names[i].name;
	return "Unknown";
}

/* "Not Found" -> "not_found" */
static struct str reason_of(const struct problem *p, char *text, size_t size)
{
	if (p->reason.n > 0)
		return p->reason;
	struct str name = str_of(http_status_name(p->status));
	size_t n = name.n < size ? name.n : size;
	for (size_t i = 0; i < n; i++)
		text[i] = name.p[i] == ' ' ? '_' : (char)(name.p[i] | 0x20);
	return (struct str){text, n};
}

static void put_swapped(struct buf *b, struct str text, char from, char to)
{
	for (size_t i = 0; i < text.n; i++)
		buf_putc(b, text.p[i] == from ? to : text.p[i]);
}

/* "recipient_opted_out" -> "Recipient opted out"; reasons are our own words: nothing in them wants escaping. */
static void put_title(struct buf *b, struct str reason)
{
	char first = reason.p[0];
	buf_putc(b, first >= 'a' && first <= 'z' ? (char)(first - 'a' + 'A') : first);
	put_swapped(b, str_skip(reason, 1), '_', ' ');
}

static void put_type(struct buf *b, const struct problem *p, struct str reason)
{
	buf_put(b, p->base_url.n > 0 ? p->base_url : STR("about:blank"));
	if (p->base_url.n == 0)
		return;
	buf_put(b, STR("/problems/"));
	put_swapped(b, reason, '_', '-');
}

static void put_member(struct buf *b, const char *name, struct str value)
{
	buf_put(b, STR(",\""));
	buf_put(b, str_of(name));
	buf_put(b, STR("\":"));
	buf_put_json(b, value);
}

/* detail three times and the path twice: which of them a client reads depends on its age (PLANE.md 2.3). */
void problem_put(struct buf *b, const struct problem *p)
{
	char text[64];
	struct str reason = reason_of(p, text, sizeof(text));
	buf_put(b, STR("{\"type\":\""));
	put_type(b, p, reason);
	buf_put(b, STR("\",\"title\":\""));
	put_title(b, reason);
	buf_put(b, STR("\",\"status\":"));
	buf_put_i64(b, p->status);
	put_member(b, "detail", p->detail);
	if (p->instance.n > 0)
		put_member(b, "instance", p->instance);
	if (p->request_id.n > 0)
		put_member(b, "requestId", p->request_id);
	buf_put(b, STR(",\"statusCode\":"));
	buf_put_i64(b, p->status);
	put_member(b, "error", p->detail);
	put_member(b, "message", p->detail);
	put_member(b, "reason", reason);
	put_member(b, "code", reason);
	if (p->instance.n > 0)
		put_member(b, "path", p->instance);
	if (p->members.n > 0) {
		buf_putc(b, ',');
		buf_put(b, p->members);
	}
	buf_putc(b, '}');
}
