/* SPDX-License-Identifier: MIT */
/* libwebsockets' client asks lws_get_random() for the mask of every frame it sends (RFC 6455, 5.3),
 * and 4.1.6 answers with a read() of /dev/urandom: a system call a frame.  The library calls it
 * through its symbol table, so this definition takes its place: the same quality of random bytes
 * (OpenSSL's generator), fetched 4 KiB at a time, one store a thread. */
#include <libwebsockets.h>
#include <openssl/rand.h>
#include <string.h>

struct random_store {
	unsigned char bytes[4096];
	size_t left;
};

static _Thread_local struct random_store store;

__attribute__((visibility("default"))) size_t lws_get_random(
	struct lws_context *context, void *buf, size_t len)
{
	(void)context;
	unsigned char *out = buf;
	if (len > sizeof(store.bytes) / 16)
		return RAND_bytes(out, (int)len) == 1 ? len : 0;
	if (store.left < len) {
		if (RAND_bytes(store.bytes, sizeof(store.bytes)) != 1)
			return 0;
		store.left = sizeof(store.bytes);
	}
	unsigned char *from = store.bytes + sizeof(store.bytes) - store.left;
	memcpy(out, from, len);
	memset(from, 0, len); /* used bytes are not kept */
	store.left -= len;
	return len;
}
