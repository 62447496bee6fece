/* model_tls.h - TLS towards the model: one context a shard, the certificate checked by name, the last
 * session kept so that the next dial is a resumption.  Loop thread only. */
#ifndef RINGDOWN_LINK_MODEL_TLS_H
#define RINGDOWN_LINK_MODEL_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

/* SPDX-License-Identifier: MIT */

struct model_tls {
	SSL_CTX *ctx;
	SSL_SESSION *session; /* of the last connection; NULL: none yet */
};

/* ca_file NULL: the system's authorities.  -EINVAL: it cannot be read. */
int model_tls_init(struct model_tls *t, const char *ca_file);
void model_tls_done(struct model_tls *t);
/* A connection over fd to the host (a name or an address) whose certificate has to say so.  NULL: no memory. */
SSL *model_tls_new(struct model_tls *t, int fd, const char *host);

enum tls_result { TLS_DONE, TLS_WANTS_READ, TLS_WANTS_WRITE, TLS_FAILED };
enum tls_result model_tls_result(const SSL *ssl, int returned); /* what the last call's return value means */
/* Words for a handshake that failed; *ret_is_untrusted: the certificate was the reason. */
const char *model_tls_why(const SSL *ssl, bool *ret_is_untrusted);

#endif
