/* secrets.h - what workers do with the keys of the installation: columns that are sealed, and marks only we can make. */
#ifndef SECRETS_H
#define SECRETS_H

#include "ringdown/plane/api.h"

/* SPDX-License-Identifier: MIT */

enum { MARK_MAX = 64 };

/* A column of one of the request's organisation's records.  -ENOKEY: no keys are configured; else as seal.h. */
int secret_seal(struct api *a, struct str sk, const char *field, struct str secret, struct str *ret_sealed);
int secret_unseal(struct api *a, struct str org, struct str sk, const char *field, struct str sealed, struct str *ret_secret);
/* 43 characters for URLs, from the newest key, that nobody else can make for this text.  -ENOKEY, -ENOMEM, -E2BIG. */
int secret_mark(struct api *a, struct str text, char ret_mark[MARK_MAX]);
bool secret_is_mark(struct api *a, struct str text, struct str mark); /* of any of the keys; in constant time */

#endif
