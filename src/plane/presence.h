/* presence.h - who can be rung: what a person has chosen, the devices that have been heard of lately, the calls that are
 * on (PLANE.md 8.5).  All of it is in the store, so that a restart changes nothing: devices that still live say so
 * within DEVICE_LIFE_MS.  Workers only; errors as in store.h. */
#ifndef PRESENCE_H
#define PRESENCE_H

#include "ringdown/store/record.h"

/* SPDX-License-Identifier: MIT */

enum { DEVICE_LIFE_MS = 90000, PRESENCE_LIST_MAX = 1000, DEVICE_ID_MAX = 128, PRESENCE_REASON_MAX = 200 };

struct presence { /* texts in the arena */
	struct str user_sk, email, name, phone;
	struct str state;     /* chosen: "available", "busy", "away", "dnd", "offline" */
	struct str effective; /* "on-call" > "wrap-up" > chosen > "offline" (no device lives, nor is the person reached by phone) */
	struct str reason;
	int64_t until_ms, changed_ms, wrap_up_until_ms, idle_since_ms; /* 0: none */
	int64_t n_devices, n_calls; /* that live */
	bool is_reachable_by_phone;
};

bool presence_is_state(struct str s); /* one that can be chosen */

struct presence_query { /* empty: all */
	struct str user_sk, group, queue; /* group, queue: sk or name */
};
/* Active users only, by e-mail; PRESENCE_LIST_MAX of them at most. */
int presence_list(const struct store_scope *s, struct arena *a, const struct presence_query *q, struct presence **ret_list,
	uint32_t *ret_n);
int presence_get(const struct store_scope *s, struct arena *a, struct str user_sk, struct presence *ret); /* -ENOENT */

struct presence_choice {
	struct str user_sk, state, reason;
	int64_t until_ms; /* 0: until chosen otherwise; after it the person is available again */
};
int presence_set(const struct store_scope *s, const struct presence_choice *c); /* and a row of the history */

struct presence_device { /* texts borrowed */
	struct str device_id, user_sk, platform;
	struct str data; /* JSON text */
};
/* Again: it has been heard of, and is this user's from now on. */
int presence_put_device(const struct store_scope *s, const struct presence_device *d);
int presence_heartbeat(const struct store_scope *s, struct str device_id, struct str user_sk); /* -ENOENT: none that lives */
/* -ENOENT.  With the last one of a user, the user goes offline. */
int presence_drop_device(const struct store_scope *s, struct str device_id, struct str user_sk);
/* Devices that have not been heard of are dropped, and the history says when that was.  How many, or < 0. */
int presence_sweep(const struct store_scope *s);

struct presence_change { /* of the history, newest first */
	struct str sk, user_sk, state, reason, author;
	int64_t at_ms;
};
int presence_history(const struct store_scope *s, struct arena *a, struct str user_sk, int64_t since_ms, int64_t until_ms,
	struct presence_change **ret_list, uint32_t *ret_n);

#endif
