/* phone.h - telephone numbers in E.164 form: whose they are, and which must not be called by a machine.  Calling codes
 * after ITU-T E.164 (its list of assigned codes), area codes of the North American plan after its administrator's
 * list; both as of 2026-11.  Pure. */
#ifndef RINGDOWN_WIRE_PHONE_H
#define RINGDOWN_WIRE_PHONE_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

bool phone_is_e164(struct str s);             /* "+" and 7 to 15 digits, the first not 0 */
/* ISO 3166 code ("US"), "" for what is of no country (+800, satellites) or unknown. */
struct str phone_country(struct str e164);
/* 911, 112 and the like, with or without a "+", a country's code in front, or blanks and dashes within. */
bool phone_is_emergency(struct str s);
bool phone_is_premium(struct str e164);       /* a service that charges its caller: +1900, +44 9, ... */
/* What Twilio puts for a caller who withholds the number: words, and numbers that spell them. */
bool phone_is_withheld(struct str from);
/* countries: blank- or comma-separated ISO codes; empty: all.  Premium numbers are never allowed. */
bool phone_is_allowed(struct str e164, struct str countries);

#endif
