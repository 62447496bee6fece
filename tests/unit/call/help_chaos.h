/* help_chaos.h - bytes become a call: settings, events of all kinds in any order, sound, time.  The
 * property test feeds random bytes, the fuzz target what libFuzzer thinks of. */
#ifndef HELP_CHAOS_H
#define HELP_CHAOS_H

#include "help_world.h"

/* SPDX-License-Identifier: MIT */

/* To the end of the bytes, or until the world has found a fault; then the caller is gone. */
void chaos_run(struct world *w, const uint8_t *data, size_t n);

#endif
