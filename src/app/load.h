/* load.h - configuration, assistants and certificates together: what serve, check and doctor begin with. */
#ifndef LOAD_H
#define LOAD_H

#include "ringdown/app/config.h"
#include "ringdown/plane/assistant.h"

/* SPDX-License-Identifier: MIT */

struct loaded {
	struct config config;
	struct assistant_set *set;
	char errors[CONFIG_ERRORS_BYTES];
};

/* 0, or -EINVAL and all faults, a line each, in errors.  load_done in both cases. */
int load_all(struct loaded *l, const char *file);
void load_done(struct loaded *l);
/* Every number and the default must name an assistant. */
int load_check_assistants(const struct config *c, const struct assistant_set *set, struct buf *errors);

#endif
