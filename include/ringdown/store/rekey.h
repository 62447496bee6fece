/* rekey.h - everything that is sealed, sealed anew under the newest key: then the older ones may be taken away.  Safe
 * beside a service that runs, once that service has the newest key too; may be cut short and run again. */
#ifndef RINGDOWN_STORE_REKEY_H
#define RINGDOWN_STORE_REKEY_H

#include "ringdown/store/keys.h"
#include "ringdown/store/store.h"

/* SPDX-License-Identifier: MIT */

struct rekey_result {
	int64_t n_sealed;  /* found under another key than the newest */
	int64_t n_done;
	int64_t n_changed; /* somebody else was first: sealed with what he had, so run it again */
	int64_t n_failed;  /* could not be opened: each is logged, by table, organisation and record */
};
/* 0 though some failed; errors as in store.h. */
int rekey_all(struct store_conn *c, const struct keys *k, struct rekey_result *ret_result);

#endif
