/* SPDX-License-Identifier: MIT */
#include "random.h"

#include <assert.h>
#include <errno.h>
#include <openssl/rand.h>
#include <string.h>

struct random_store {
	unsigned char bytes[4096];
	size_t left;
};

static _Thread_local struct random_store store;

int random_take(void *ret_bytes, size_t n)
{
	assert(n <= 256);
	if (store.left < n) {
		if (RAND_bytes(store.bytes, sizeof(store.bytes)) != 1)
			return -EIO;
		store.left = sizeof(store.bytes);
	}
	unsigned char *from = store.bytes + sizeof(store.bytes) - store.left;
	memcpy(ret_bytes, from, n);
	memset(from, 0, n); /* used bytes are not kept */
	store.left -= n;
	return 0;
}
