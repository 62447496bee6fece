/* client_identity.h - the name of a person's softphone at Twilio: "<org>_<user sk>" (PLANE.md 8.5).  Twilio's mobile SDKs
 * take letters, digits and '_' only, so the '-' that an org may have is written as 'D', which it cannot have.  Pure. */
#ifndef RINGDOWN_WIRE_CLIENT_IDENTITY_H
#define RINGDOWN_WIRE_CLIENT_IDENTITY_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum { CLIENT_IDENTITY_MAX = 121, CLIENT_SK_CHARS = 26 };

struct client_identity {
	char org[CLIENT_IDENTITY_MAX + 1]; /* empty: the platform's spelling, which names none */
	struct str user_sk;                /* a view into the text read; empty: see email */
	struct str email;                  /* of "user:someone@example.com" */
};

/* -EINVAL: org or sk have a character that is not theirs, or are too long together. */
int client_identity_put(struct buf *b, struct str org, struct str user_sk);
/* With "client:" before it or without.  -EBADMSG: neither our spelling nor the platform's. */
int client_identity_read(struct str text, struct client_identity *ret);

#endif
