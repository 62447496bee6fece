/* auto.h - the one clean-up idiom: AUTO(fn) runs fn(&variable) when the variable leaves its scope. */
#ifndef RINGDOWN_BASE_AUTO_H
#define RINGDOWN_BASE_AUTO_H

#include <stddef.h>

/* SPDX-License-Identifier: MIT */

#define AUTO(fn)                        __attribute__((cleanup(fn)))
#define ARRAY_LEN(a)                    (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

void auto_free(void *p);  /* AUTO(auto_free) char *x: free(x) */
void auto_close(int *fd); /* closes when >= 0 */

#endif
