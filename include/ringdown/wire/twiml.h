/* twiml.h - write TwiML (Twilio docs/voice/twiml, read 2026-11-23) through one escaper: text can
 * never become a verb.  Characters XML 1.0 forbids are dropped.  Pure. */
#ifndef RINGDOWN_WIRE_TWIML_H
#define RINGDOWN_WIRE_TWIML_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum { TWIML_DEPTH_MAX = 8 };

struct twiml {
	struct buf *b;
	const char *open[TWIML_DEPTH_MAX]; /* names of the elements still open */
	int depth;
	bool in_tag; /* the start tag still takes attributes */
	bool is_bad; /* misuse or too deep: twiml_end says so */
};

void twiml_begin(struct twiml *t, struct buf *b);          /* XML declaration and <Response> */
void twiml_open(struct twiml *t, const char *name);        /* name: a literal */
void twiml_attr(struct twiml *t, const char *name, struct str value);
void twiml_attr_u64(struct twiml *t, const char *name, uint64_t value);
void twiml_text(struct twiml *t, struct str text);
void twiml_close(struct twiml *t);
void twiml_leaf(struct twiml *t, const char *name, struct str text); /* <Name>text</Name> */
int twiml_end(struct twiml *t); /* closes all; -E2BIG: buffer full; -EINVAL: misuse */

#endif
