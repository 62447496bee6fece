/* SPDX-License-Identifier: MIT */
#include "address_book.h"

#include <string.h>

static int find(const struct address_book *b, const char *text)
{
	for (uint32_t i = 0; i < b->list.n; i++)
		if (strcmp(b->list.text[i], text) == 0)
			return (int)i;
	return -1;
}

void address_book_set(struct address_book *b, const struct address_list *list)
{
	struct address_book fresh = {.list = *list};
	for (uint32_t i = 0; i < fresh.list.n; i++) {
		int old = find(b, fresh.list.text[i]);
		fresh.bad_until_us[i] = old < 0 ? 0 : b->bad_until_us[old];
	}
	*b = fresh;
}

int address_book_pick(const struct address_book *b, int64_t now_us)
{
	int best = -1;
	for (uint32_t i = 0; i < b->list.n; i++) {
		if (b->bad_until_us[i] <= now_us)
			return (int)i;
		if (best < 0 || b->bad_until_us[i] < b->bad_until_us[best])
			best = (int)i;
	}
	return best;
}

bool address_book_has_other(const struct address_book *b, const char *text, int64_t now_us)
{
	for (uint32_t i = 0; i < b->list.n; i++)
		if (b->bad_until_us[i] <= now_us && (!text || strcmp(b->list.text[i], text) != 0))
			return true;
	return false;
}

void address_book_failed(struct address_book *b, const char *text, int64_t now_us)
{
	int i = find(b, text);
	if (i >= 0)
		b->bad_until_us[i] = now_us + ADDRESS_BAD_US;
}

void address_book_worked(struct address_book *b, const char *text)
{
	int i = find(b, text);
	if (i >= 0)
		b->bad_until_us[i] = 0;
}
