/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "ringdown/base/auto.h"

struct trace *trace_open(const char *path)
{
	AUTO(auto_close) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *p = MAP_FAILED;
	if (fd >= 0 && ftruncate(fd, sizeof(struct trace)) == 0)
		p = mmap(NULL, sizeof(struct trace), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		perror(path);
		return NULL;
	}
	return p;
}

int trace_clear(struct trace *t)
{
	if (madvise(t, sizeof(*t), MADV_REMOVE) == 0)
		return 0;
	perror("the trace cannot be emptied on this file system (try /dev/shm)");
	return -1;
}

int64_t trace_now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
