/* SPDX-License-Identifier: MIT */
#include "certificate.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

static const char *last_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_get_error());
	ERR_clear_error();
	return reason ? reason : "unknown reason";
}

/* Nobody is there to be asked: without this, OpenSSL would wait at the terminal. */
static int no_passphrase(char *dst, int size, int is_writing, void *arg)
{
	(void)dst, (void)size, (void)is_writing, (void)arg;
	return -1;
}

int certificate_check(const char *cert_file, const char *key_file, struct buf *errors)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	int err = -EINVAL;
	if (ctx)
		SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	if (!ctx)
		buf_printf(errors, "TLS cannot be set up: %s\n", last_reason());
	else if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1)
		buf_printf(errors, "[server] tls_cert = %s: %s\n", cert_file, last_reason());
	else if (SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1)
		buf_printf(errors, "[server] tls_key = %s: %s\n", key_file, last_reason());
	else if (SSL_CTX_check_private_key(ctx) != 1)
		buf_printf(errors, "[server] tls_key = %s: does not belong to tls_cert\n", key_file);
	else
		err = 0;
	SSL_CTX_free(ctx);
	return err;
}
