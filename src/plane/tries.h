/* tries.h - how often something may be tried in a quarter of an hour, counted in the store: guessing passwords.  Workers. */
#ifndef TRIES_H
#define TRIES_H

#include "ringdown/plane/api.h"

/* SPDX-License-Identifier: MIT */

enum { TRIES_WINDOW_MS = 15 * 60 * 1000 };

/* Counts this try.  true: it may go on; else 429 has been sent. */
bool tries_enter(struct api *a, const char *what, struct str who, uint32_t max);
void tries_clear(struct api *a, const char *what, struct str who); /* it was the right one */

#endif
