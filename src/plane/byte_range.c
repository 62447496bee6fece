/* SPDX-License-Identifier: MIT */
#include "byte_range.h"

#include <errno.h>
#include <string.h>

/* "-500": the last 500 */
static int read_suffix(struct str text, uint64_t size, struct byte_range *ret)
{
	uint64_t n;
	if (str_u64(text, UINT64_MAX / 2, &n) < 0)
		return -ENODATA;
	if (n == 0 || size == 0)
		return -ERANGE;
	n = n < size ? n : size;
	*ret = (struct byte_range){size - n, n};
	return 0;
}

int byte_range_read(struct str header, uint64_t size, struct byte_range *ret)
{
	uint64_t first, last = UINT64_MAX / 2;
	if (!str_starts(header, STR("bytes=")) || memchr(header.p, ',', header.n))
		return -ENODATA;
	struct str rest = str_trim(str_skip(header, 6));
	if (!memchr(rest.p, '-', rest.n))
		return -ENODATA;
	struct str from = str_split(&rest, '-');
	if (from.n == 0)
		return read_suffix(rest, size, ret);
	if (str_u64(from, UINT64_MAX / 2, &first) < 0 || (rest.n > 0 && str_u64(rest, UINT64_MAX / 2, &last) < 0) || last < first)
		return -ENODATA;
	if (first >= size)
		return -ERANGE;
	uint64_t n = last - first < size - first - 1 ? last - first + 1 : size - first;
	*ret = (struct byte_range){first, n};
	return 0;
}
