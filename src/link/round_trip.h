/* round_trip.h - how long a word takes to the other end of a socket and back, by the kernel's count. */
#ifndef LINK_ROUND_TRIP_H
#define LINK_ROUND_TRIP_H

#include <stdint.h>

/* SPDX-License-Identifier: MIT */

/* Microseconds, the shortest of late: what delays of acknowledgements add is not in it.  0: unknown. */
uint32_t round_trip_us(int fd);

#endif
