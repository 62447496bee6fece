/* SPDX-License-Identifier: MIT */
#include <curl/curl.h>
#include <openssl/crypto.h>
#include <stdio.h>

#include "load.h"
#include "ringdown/app/commands.h"

int command_check(const struct arguments *a)
{
	static struct loaded l;
	char text[16384];
	struct buf out;
	int err = load_all(&l, a->config);
	if (err < 0) {
		fputs(l.errors, stderr);
	} else {
		buf_init(&out, text, sizeof(text) - 1);
		config_print(&l.config, &out);
		for (uint32_t i = 0; i < l.set->n; i++)
			buf_printf(&out, "assistant " STR_FMT ": %u tools\n", STR_ARG(l.set->list[i].id),
				l.set->list[i].n_tools);
		text[out.n] = '\0';
		fputs(text, stdout);
	}
	load_done(&l);
	return err < 0 ? 1 : 0;
}

int command_version(const struct arguments *a)
{
	(void)a;
	printf("ringdown %s\n%s\n%s\n", RINGDOWN_VERSION, OpenSSL_version(OPENSSL_VERSION), curl_version());
	return 0;
}
