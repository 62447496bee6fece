/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/client_identity.h"

#include <errno.h>
#include <string.h>

static bool is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_sk(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_lower_or_digit(s.p[i]))
			return false;
	return s.n == CLIENT_SK_CHARS;
}

static bool is_org(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_lower_or_digit(s.p[i]) && s.p[i] != '_' && s.p[i] != '-')
			return false;
	return s.n > 0 && s.n + 1 + CLIENT_SK_CHARS <= CLIENT_IDENTITY_MAX;
}

int client_identity_put(struct buf *b, struct str org, struct str user_sk)
{
	if (!is_org(org) || !is_sk(user_sk))
		return -EINVAL;
	for (size_t i = 0; i < org.n; i++)
		buf_putc(b, org.p[i] == '-' ? 'D' : org.p[i]);
	buf_putc(b, '_');
	buf_put(b, user_sk);
	return 0;
}

static int read_ours(struct str text, struct client_identity *ret)
{
	if (text.n < CLIENT_SK_CHARS + 2 || text.n > CLIENT_IDENTITY_MAX)
		return -EBADMSG;
	size_t n_org = text.n - CLIENT_SK_CHARS - 1;
	struct str sk = str_skip(text, n_org + 1);
	if (text.p[n_org] != '_' || !is_sk(sk))
		return -EBADMSG;
	for (size_t i = 0; i < n_org; i++)
		ret->org[i] = text.p[i] == 'D' ? '-' : text.p[i];
	ret->org[n_org] = '\0';
	ret->user_sk = sk;
	return is_org(str_of(ret->org)) && !memchr(text.p, '-', n_org) ? 0 : -EBADMSG;
}

int client_identity_read(struct str text, struct client_identity *ret)
{
	*ret = (struct client_identity){0};
	if (str_starts(text, STR("client:")))
		text = str_skip(text, 7);
	if (!str_starts(text, STR("user:")))
		return read_ours(text, ret);
	ret->email = str_skip(text, 5);
	return ret->email.n > 0 && memchr(ret->email.p, '@', ret->email.n) ? 0 : -EBADMSG;
}
