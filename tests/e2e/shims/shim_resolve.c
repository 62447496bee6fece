/* SPDX-License-Identifier: MIT */
/* LD_PRELOAD: answers getaddrinfo for the name in SHIM_RESOLVE_NAME as the file SHIM_RESOLVE_FILE says, which is
 * read anew each time:  "fail"  |  "MS address..." (waits, then gives these; "0" = at once).
 * Every look-up of that name adds a byte to SHIM_RESOLVE_FILE.count.  Other names go their usual way. */
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int getaddrinfo_fn(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res);

static int real(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res)
{
	void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
	getaddrinfo_fn *fn;
	memcpy(&fn, &symbol, sizeof(fn));
	return fn(node, service, hints, res);
}

static void count(const char *file)
{
	char name[4096];
	snprintf(name, sizeof(name), "%s.count", file);
	FILE *f = fopen(name, "a");
	if (!f)
		return;
	fputc('.', f);
	fclose(f);
}

static int read_orders(const char *file, char *text, size_t size)
{
	FILE *f = fopen(file, "r");
	if (!f)
		return -1;
	size_t n = fread(text, 1, size - 1, f);
	fclose(f);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

static int resolve_list(char *addresses, const char *service, const struct addrinfo *hints, struct addrinfo **res)
{
	struct addrinfo *first = NULL;
	struct addrinfo **end = &first;
	for (char *one = strsep(&addresses, " "); one; one = strsep(&addresses, " ")) {
		if (!one[0] || real(one, service, hints, end))
			continue;
		while (*end)
			end = &(*end)->ai_next;
	}
	*res = first;
	return first ? 0 : EAI_NONAME;
}

__attribute__((visibility("default"))) int getaddrinfo(const char *node, const char *service,
	const struct addrinfo *hints, struct addrinfo **res)
{
	const char *name = getenv("SHIM_RESOLVE_NAME");
	const char *file = getenv("SHIM_RESOLVE_FILE");
	char text[1024];
	if (!name || !file || !node || strcmp(node, name) != 0)
		return real(node, service, hints, res);
	count(file);
	if (read_orders(file, text, sizeof(text)) < 0 || strcmp(text, "fail") == 0)
		return EAI_AGAIN;
	char *rest = text;
	long ms = strtol(strsep(&rest, " "), NULL, 10);
	const struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	nanosleep(&wait, NULL);
	return resolve_list(rest, service, hints, res);
}
