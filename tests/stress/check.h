/* check.h - as assert(), but in every kind of build: a stress that checks nothing always passes. */
#ifndef RINGDOWN_STRESS_CHECK_H
#define RINGDOWN_STRESS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* SPDX-License-Identifier: MIT */

#define CHECK(claim)                                                                               \
	do {                                                                                       \
		if (!(claim)) {                                                                    \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #claim);        \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
