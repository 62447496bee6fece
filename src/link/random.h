/* random.h - random bytes for masks and keys without a system call each: OpenSSL's generator, fetched
 * 4 KiB at a time, one store a thread. */
#ifndef RINGDOWN_LINK_RANDOM_H
#define RINGDOWN_LINK_RANDOM_H

#include <stddef.h>

/* SPDX-License-Identifier: MIT */

int random_take(void *ret_bytes, size_t n); /* n <= 256; -EIO: the generator has failed */

#endif
