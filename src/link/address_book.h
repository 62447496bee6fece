/* address_book.h - the model's addresses as this loop knows them, and which of them did not answer lately.
 * Pure but for its owner's clock; one owner, one thread. */
#ifndef RINGDOWN_LINK_ADDRESS_BOOK_H
#define RINGDOWN_LINK_ADDRESS_BOOK_H

#include <stdbool.h>

#include "resolver.h"

/* SPDX-License-Identifier: MIT */

enum { ADDRESS_BAD_US = 60 * 1000000 };

struct address_book {
	struct address_list list;              /* n = 0: nothing is known yet */
	int64_t bad_until_us[ADDRESSES_MAX];   /* 0: it works, as far as we know */
};

/* A fresh look-up; what is known of addresses that stay is kept. */
void address_book_set(struct address_book *b, const struct address_list *list);
/* The first address that is not bad, else the one that is bad for the shortest time still.  -1: none is known. */
int address_book_pick(const struct address_book *b, int64_t now_us);
/* Is there one that is not bad, but for this one?  NULL: is there any? */
bool address_book_has_other(const struct address_book *b, const char *text, int64_t now_us);
void address_book_failed(struct address_book *b, const char *text, int64_t now_us); /* nobody answered there */
void address_book_worked(struct address_book *b, const char *text);

#endif
