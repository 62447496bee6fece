/* fuzz: links app */
/* SPDX-License-Identifier: MIT */
/* Any file is a configuration without a fault, whose every value is in its range, or one with faults that are told; no
 * text is ever NULL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../src/app/config_table.h"
#include "ringdown/app/config.h"
#include "ringdown/base/auto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool claim)
{
	if (!claim)
		abort();
}

static void name_file(int fd, const uint8_t *data, size_t size, char path[32])
{
	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	(void)snprintf(path, 32, "/proc/self/fd/%d", fd);
}

static void check_value(const struct config *c, const struct config_key *k)
{
	const void *field = (const char *)c + k->offset;
	if (k->type == CONFIG_TEXT) {
		const char *text = *(char *const *)field;
		require(text && (!k->check || !k->check(text)));
	} else if (k->type == CONFIG_NUMBER) {
		uint32_t n = *(const uint32_t *)field;
		require(n >= k->min && n <= k->max);
	}
}

static void check_numbers(const struct config *c)
{
	require(c->n_numbers <= CONFIG_NUMBERS_MAX);
	for (uint32_t i = 0; i < c->n_numbers; i++)
		require(c->numbers[i].number.n >= 3 && c->numbers[i].number.p[0] == '+');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config c;
	static char words[CONFIG_ERRORS_BYTES], printed[1 << 16];
	struct buf errors, out;
	char path[32];
	/* No fuzzer opens files of its own choice here. */
	setenv("RINGDOWN_MODEL_API_KEY_FILE", "", 1);
	setenv("RINGDOWN_TWILIO_AUTH_TOKEN_FILE", "", 1);
	AUTO(auto_close) int fd = memfd_create("ringdown.conf", MFD_CLOEXEC);
	name_file(fd, data, size, path);
	buf_init(&errors, words, sizeof(words));
	int err = config_load(&c, path, &errors);
	require((err == 0) == (errors.n == 0 && buf_ok(&errors)));
	for (size_t i = 0; i < n_config_keys; i++)
		check_value(&c, &config_keys[i]);
	check_numbers(&c);
	buf_init(&out, printed, sizeof(printed));
	config_print(&c, &out);
	config_done(&c);
	return 0;
}
