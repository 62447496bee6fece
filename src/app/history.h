/* history.h - the conversation of a call whose node crashed, from its transcript file. */
#ifndef HISTORY_H
#define HISTORY_H

#include "ringdown/plane/plane.h"

/* SPDX-License-Identifier: MIT */

/* plane_history_fn; arg: the record directory. */
void history_load(struct plane_claim *claim, void *arg);

#endif
