/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "time_read.h"

static int64_t milliseconds(const char **rest)
{
	uint64_t ms = 0;
	size_t n = **rest == '.' ? strspn(*rest + 1, "0123456789") : 0;
	if (n == 3)
		(void)str_u64((struct str){*rest + 1, n}, 999, &ms);
	if (n > 0)
		*rest += n + 1;
	return (int64_t)ms;
}

int64_t time_read(struct str s)
{
	static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%a, %d %b %Y %H:%M:%S"};
	char text[48];
	if (!str_copy(s, text, sizeof(text)))
		return -EINVAL;
	for (int i = 0; i < 2; i++) {
		struct tm tm = {0};
		const char *rest = strptime(text, forms[i], &tm);
		if (!rest)
			continue;
		int64_t ms = milliseconds(&rest);
		if (strcmp(rest, i == 0 ? "Z" : " +0000") == 0)
			return (int64_t)timegm(&tm) * 1000 + ms;
	}
	return -EINVAL;
}
