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
		{204, "No Content"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{411, "Length Required"},
		{413, "Content Too Large"},
		{415, "Unsupported Media Type"},
		{429, "Too Many Requests"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
	};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].status == status)
			return names[i].name;
	return "Unknown";
}

void problem_put(struct buf *b, int status, struct str title, struct str detail)
{
	buf_put(b, STR("{\"type\":\"about:blank\",\"title\":"));
	buf_put_json(b, title);
	buf_put(b, STR(",\"status\":"));
	buf_put_i64(b, status);
	buf_put(b, STR(",\"detail\":"));
	buf_put_json(b, detail);
	buf_putc(b, '}');
}
