/* SPDX-License-Identifier: MIT */
#include "ringdown/base/auto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The variable may be a pointer to anything: memcpy reads it without breaking the aliasing rules.
 */
void auto_free(void *p)
{
	void *memory;
	memcpy(&memory, p, sizeof(memory));
	free(memory);
}

/* Runs between `return -errno` and the caller, so errno stays as it was. */
void auto_close(int *fd)
{
	int saved = errno;
	if (*fd >= 0)
		(void)close(*fd);
	errno = saved;
}
