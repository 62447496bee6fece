/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/redact.h"

#include <string.h>

enum { CARD_MIN = 13, CARD_MAX = 19, SSN_DIGITS = 9, GAP_MAX = 2, RUN_MAX = 40 };

struct run { /* digits with little between them */
	char digits[RUN_MAX];
	size_t n;        /* digits */
	size_t groups[RUN_MAX], n_groups;
	size_t end;      /* in the text, behind the last digit */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_gap(char c)
{
	return c == ' ' || c == '-' || c == '.' || c == ',';
}

/* From a digit on. */
static void read_run(struct str text, size_t at, struct run *r)
{
	*r = (struct run){.n_groups = 1};
	size_t gap = 0;
	for (; at < text.n && r->n < RUN_MAX; at++) {
		if (is_digit(text.p[at])) {
			if (gap > 0)
				r->n_groups++;
			gap = 0;
			r->digits[r->n++] = text.p[at];
			r->groups[r->n_groups - 1]++;
			r->end = at + 1;
		} else if (is_gap(text.p[at]) && gap < GAP_MAX) {
			gap++;
		} else {
			break;
		}
	}
}

/* ISO/IEC 7812-1, annex B */
static bool passes_luhn(const struct run *r)
{
	int sum = 0;
	for (size_t i = 0; i < r->n; i++) {
		int d = r->digits[r->n - 1 - i] - '0';
		d = i % 2 == 1 ? 2 * d : d;
		sum += d > 9 ? d - 9 : d;
	}
	return sum % 10 == 0;
}

static bool is_card(const struct run *r)
{
	return r->n >= CARD_MIN && r->n <= CARD_MAX && passes_luhn(r);
}

static bool is_ssn(const struct run *r)
{
	return r->n == SSN_DIGITS && r->n_groups == 3 && r->groups[0] == 3 && r->groups[1] == 2 && r->groups[2] == 4;
}

bool redact_put(struct buf *b, struct str text)
{
	bool is_changed = false;
	for (size_t i = 0; i < text.n;) {
		struct run r;
		if (!is_digit(text.p[i])) {
			buf_putc(b, text.p[i++]);
			continue;
		}
		read_run(text, i, &r);
		bool is_secret = is_card(&r) || is_ssn(&r);
		buf_put(b, is_secret ? STR("[redacted]") : (struct str){text.p + i, r.end - i});
		is_changed |= is_secret;
		i = r.end;
	}
	return is_changed;
}
