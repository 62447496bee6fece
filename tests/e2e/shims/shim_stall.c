/* SPDX-License-Identifier: MIT */
/* LD_PRELOAD: stalls one loop.  The file SHIM_STALL_FILE, mapped, holds two numbers of 32 bits: while the first is 1, the
 * thread that comes next for events stands still, alone; the second is 1 while it does. */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef int epoll_pwait_fn(int fd, struct epoll_event *events, int n, int timeout_ms, const sigset_t *mask);

static struct orders {
	_Atomic uint32_t is_wanted, is_stalled;
} * orders;
static epoll_pwait_fn *real;

__attribute__((constructor)) static void begin(void)
{
	const char *file = getenv("SHIM_STALL_FILE");
	int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
	void *symbol = dlsym(RTLD_NEXT, "epoll_pwait");
	memcpy(&real, &symbol, sizeof(real));
	if (fd < 0)
		return;
	void *map = mmap(NULL, sizeof(*orders), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map != MAP_FAILED)
		orders = map;
}

static void stall(void)
{
	static const struct timespec pause = {.tv_nsec = 10000000};
	uint32_t none = 0;
	if (!orders || !atomic_load(&orders->is_wanted) || !atomic_compare_exchange_strong(&orders->is_stalled, &none, 1))
		return;
	while (atomic_load(&orders->is_wanted))
		nanosleep(&pause, NULL);
	atomic_store(&orders->is_stalled, 0);
}

#define VISIBLE __attribute__((visibility("default")))

VISIBLE int epoll_pwait(int fd, struct epoll_event *events, int n, int timeout_ms, const sigset_t *mask)
{
	stall();
	return real(fd, events, n, timeout_ms, mask);
}

VISIBLE int epoll_wait(int fd, struct epoll_event *events, int n, int timeout_ms)
{
	stall();
	return real(fd, events, n, timeout_ms, NULL);
}
