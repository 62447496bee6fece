/* certificate.h - is a certificate and key pair fit to be served?  (lws keeps quiet about bad ones.) */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

/* 0, or -EINVAL and a line in errors. */
int certificate_check(const char *cert_file, const char *key_file, struct buf *errors);

struct certificate_facts {
	int64_t begins_s, ends_s; /* since the epoch */
	bool fits_host;
};
/* Of the first certificate of the file, for a name or an address.  -EINVAL: there is none. */
int certificate_look(const char *cert_file, struct str host, struct certificate_facts *ret);

#endif
