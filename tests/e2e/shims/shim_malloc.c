/* SPDX-License-Identifier: MIT */
/* LD_PRELOAD: makes one allocation fail.  The file SHIM_MALLOC_FILE, mapped, holds two numbers of 32 bits: how many
 * allocations from now the one is that fails (0: none does), and how many have failed so far.  Counted are those that the
 * program itself asks for: what libraries do without memory is not ours to mend (jansson 2.14 writes past its buffer). */
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

enum { RANGES_MAX = 16 };

struct orders {
	_Atomic uint32_t left, failed;
};

static struct orders *orders;
static struct {
	uintptr_t from, to;
} ranges[RANGES_MAX];
static int n_ranges;

static int take_range(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	if (info->dlpi_name[0]) /* a library */
		return 0;
	for (int i = 0; i < info->dlpi_phnum && n_ranges < RANGES_MAX; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		ranges[n_ranges].from = info->dlpi_addr + p->p_vaddr;
		ranges[n_ranges++].to = info->dlpi_addr + p->p_vaddr + p->p_memsz;
	}
	return 0;
}

__attribute__((constructor)) static void begin(void)
{
	const char *file = getenv("SHIM_MALLOC_FILE");
	int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	void *map = mmap(NULL, sizeof(*orders), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	dl_iterate_phdr(take_range, NULL);
	if (map != MAP_FAILED)
		orders = map;
}

static bool fails(const void *caller)
{
	bool is_counted = false;
	for (int i = 0; orders && i < n_ranges; i++)
		is_counted |= (uintptr_t)caller >= ranges[i].from && (uintptr_t)caller < ranges[i].to;
	uint32_t left = is_counted ? atomic_load(&orders->left) : 0;
	while (left && !atomic_compare_exchange_weak(&orders->left, &left, left - 1))
		;
	if (left == 1)
		atomic_fetch_add(&orders->failed, 1);
	return left == 1;
}

#define VISIBLE __attribute__((visibility("default")))

VISIBLE void *malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

VISIBLE void *calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

VISIBLE void *realloc(void *p, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(p, size);
}
