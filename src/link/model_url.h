/* model_url.h - the model's URL in its parts. */
#ifndef RINGDOWN_LINK_MODEL_URL_H
#define RINGDOWN_LINK_MODEL_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

struct model_url {
	bool is_tls;
	uint16_t port;
	char host[256];        /* name or address, without brackets */
	char host_header[264]; /* with the port where it is not the scheme's */
	char path[512];        /* with its leading slash and its query, if any */
};

/* ws:// or wss://, host, port, path, query; -EINVAL: anything else, and a user or a fragment. */
int model_url_parse(const char *url, struct model_url *ret_url);
/* Path and query of one dial: adds model=<model> unless the URL names a session already.  -E2BIG. */
int model_url_path(const struct model_url *u, struct str model, char *dst, size_t size);

#endif
