/* users.h - people: what sign-in and groups need of them. */
#ifndef USERS_H
#define USERS_H

#include "ringdown/plane/api.h"

/* SPDX-License-Identifier: MIT */

enum { USER_EMAIL, USER_NAME, USER_PHONE, USER_IS_ACTIVE, USER_PASS_HASH, USER_TOKENS_NBF, USER_COLUMNS }; /* of record_user */

struct str user_email(struct arena *a, struct str text); /* lower case; empty: not one */
/* A scrypt hash in the arena; empty: no randomness, or no memory. */
struct str user_password_hash(struct api *a, struct str password);

#endif
