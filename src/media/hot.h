/* hot.h - include it last, in a file whose loops every frame of every call goes through: gcc 12
 * vectorises them at -O3 only (5 times the speed), clang does at -O2. */
#ifndef RINGDOWN_MEDIA_HOT_H
#define RINGDOWN_MEDIA_HOT_H

/* SPDX-License-Identifier: MIT */

#ifndef __clang__
#pragma GCC optimize("O3")
#endif

#endif
