/* base64_simd.h - the vector part of base64: as many whole groups as fit, the rest is the caller's. */
#ifndef BASE64_SIMD_H
#define BASE64_SIMD_H

#include <stddef.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

/* Returns bytes of src encoded: a multiple of 3, 0 where the machine has no such instructions. */
size_t base64_encode_simd(const uint8_t *src, size_t n, char *out);
/* Returns characters decoded: a multiple of 4; stops before the first that is not in the alphabet. */
size_t base64_decode_simd(const uint8_t *in, size_t n, uint8_t *out);

#endif
