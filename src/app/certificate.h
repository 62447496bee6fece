/* certificate.h - is a certificate and key pair fit to be served?  (lws keeps quiet about bad ones.) */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

/* 0, or -EINVAL and a line in errors. */
int certificate_check(const char *cert_file, const char *key_file, struct buf *errors);

#endif
