/* plane_help.h - what every test of the plane needs: a directory for assistants, and claims about views. */
#ifndef PLANE_HELP_H
#define PLANE_HELP_H

#include "../help_dir.h"
#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

#define assert_str(view, literal) \
	do { \
		struct str assert_view = (view); \
		assert_int_equal(assert_view.n, sizeof(literal) - 1); \
		assert_memory_equal(assert_view.n ? assert_view.p : "", literal, sizeof(literal) - 1); \
	} while (0)

#endif
