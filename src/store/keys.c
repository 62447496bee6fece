/* SPDX-License-Identifier: MIT */
#include "ringdown/store/keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/mem.h"

/* 1..9999 of "cred-<n>.key", or 0. */
static uint32_t number_of(const char *name)
{
	uint64_t n;
	struct str s = str_of(name);
	if (!str_starts(s, STR("cred-")) || !str_ends(s, STR(".key")) || s.n <= 9)
		return 0;
	struct str digits = {s.p + 5, s.n - 9};
	return str_u64(digits, 9999, &n) == 0 && n > 0 && digits.p[0] != '0' ? (uint32_t)n : 0;
}

static int read_key(const char *path, bool is_credential, uint8_t bytes[KEY_BYTES], struct buf *errors)
{
	struct stat st;
	uint8_t more;
	AUTO(auto_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		int err = -errno;
		buf_printf(errors, "%s: %s\n", path, strerror(errno));
		return err;
	}
	if (!is_credential && (st.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
		buf_printf(errors, "%s can be read by anybody, or written by a group: chmod 600 it\n", path);
		return -EINVAL;
	}
	if (read(fd, bytes, KEY_BYTES) == KEY_BYTES && read(fd, &more, 1) == 0)
		return 0;
	buf_printf(errors, "%s has to hold %d bytes, no more and no less\n", path, KEY_BYTES);
	return -EINVAL;
}

static struct key *find(struct keys *k, uint32_t n)
{
	for (uint32_t i = 0; i < k->n; i++)
		if (k->list[i].number == n)
			return &k->list[i];
	return NULL;
}

const struct key *keys_find(const struct keys *k, uint32_t number)
{
	return find((struct keys *)(uintptr_t)k, number);
}

/* Newest first. */
static void add(struct keys *k, uint32_t number, const uint8_t bytes[KEY_BYTES])
{
	uint32_t at = k->n++;
	for (; at > 0 && k->list[at - 1].number < number; at--)
		k->list[at] = k->list[at - 1];
	k->list[at].number = number;
	memcpy(k->list[at].bytes, bytes, KEY_BYTES);
}

static void close_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

static int load_dir(struct keys *k, const char *dir, bool is_credential, struct buf *errors)
{
	char path[4096];
	uint8_t bytes[KEY_BYTES];
	int err = 0;
	AUTO(close_dir) DIR *d = opendir(dir);
	if (!d && is_credential)
		return 0;
	if (!d) {
		buf_printf(errors, "%s: %s\n", dir, strerror(errno));
		return -errno;
	}
	for (struct dirent *e; err == 0 && (e = readdir(d));) {
		uint32_t number = number_of(e->d_name);
		if (number == 0 || find(k, number)) /* a credential was first */
			continue;
		if (k->n == KEYS_MAX) {
			buf_printf(errors, "%s: over %d keys\n", dir, KEYS_MAX);
			return -E2BIG;
		}
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		err = read_key(path, is_credential, bytes, errors);
		if (err == 0)
			add(k, number, bytes);
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return err;
}

static struct keys *keys_new(void)
{
	struct keys *k = mmap(NULL, sizeof(*k), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (k == MAP_FAILED)
		return NULL;
	(void)madvise(k, sizeof(*k), MADV_DONTDUMP);
	(void)mlock(k, sizeof(*k));
	return k;
}

struct keys *keys_free(struct keys *k)
{
	if (k) {
		OPENSSL_cleanse(k, sizeof(*k));
		(void)munmap(k, sizeof(*k));
	}
	return NULL;
}

int keys_load(const char *dir, struct keys **ret_keys, struct buf *errors)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	struct keys *k = keys_new();
	if (!k)
		return -ENOMEM;
	int err = credentials ? load_dir(k, credentials, true, errors) : 0;
	if (err == 0 && dir && dir[0])
		err = load_dir(k, dir, false, errors);
	if (err == 0 && k->n == 0) {
		buf_printf(errors, "there is no key (cred-1.key) in [keys] dir, nor as a systemd credential: ringdown init makes one\n");
		err = -ENOENT;
	}
	if (err < 0)
		keys_free(k);
	else
		*ret_keys = k;
	return err;
}

int keys_of_bytes(const uint8_t bytes[KEY_BYTES], struct keys **ret_keys)
{
	struct keys *k = keys_new();
	if (!k)
		return -ENOMEM;
	add(k, 1, bytes);
	*ret_keys = k;
	return 0;
}

uint32_t keys_newest(const struct keys *k)
{
	return k->list[0].number;
}

uint32_t keys_at(const struct keys *k, uint32_t i)
{
	return i < k->n ? k->list[i].number : 0;
}

int keys_derive(const struct keys *k, uint32_t n, const char *label, uint8_t ret_key[KEY_BYTES])
{
	const struct key *key = keys_find(k, n);
	if (!key)
		return -ENOENT;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)"SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)key->bytes, KEY_BYTES),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)"ringdown v1", 11),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)label, strlen(label)),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	int ok = ctx ? EVP_KDF_derive(ctx, ret_key, KEY_BYTES, params) : 0;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok == 1 ? 0 : -ENOMEM;
}
