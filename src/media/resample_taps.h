/* resample_taps.h - the filter of resample.c; resample_taps.c says what it is and how it was made.
 */
#ifndef RINGDOWN_MEDIA_RESAMPLE_TAPS_H
#define RINGDOWN_MEDIA_RESAMPLE_TAPS_H

#include "ringdown/media/resample.h"

/* SPDX-License-Identifier: MIT */

extern const int16_t resample_taps_down[RESAMPLE_DOWN_TAPS];
extern const int16_t resample_taps_up[3][RESAMPLE_UP_TAPS];

#endif
