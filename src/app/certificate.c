/* SPDX-License-Identifier: MIT */
#include "certificate.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <time.h>

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

static X509 *first_of(const char *cert_file)
{
	BIO *file = BIO_new_file(cert_file, "r");
	X509 *x = file ? PEM_read_bio_X509_AUX(file, NULL, no_passphrase, NULL) : NULL;
	BIO_free(file);
	ERR_clear_error();
	return x;
}

static bool seconds_of(const ASN1_TIME *t, int64_t *ret_s)
{
	struct tm tm;
	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*ret_s = timegm(&tm);
	return true;
}

static bool fits(X509 *x, struct str host)
{
	char name[256];
	if (!str_copy(host, name, sizeof(name)))
		return false;
	return X509_check_ip_asc(x, name, 0) == 1 || X509_check_host(x, host.p, host.n, 0, NULL) == 1;
}

int certificate_look(const char *cert_file, struct str host, struct certificate_facts *ret)
{
	struct certificate_facts facts = {0};
	X509 *x = first_of(cert_file);
	if (!x)
		return -EINVAL;
	bool is_dated = seconds_of(X509_get0_notBefore(x), &facts.begins_s) &&
		seconds_of(X509_get0_notAfter(x), &facts.ends_s);
	facts.fits_host = fits(x, host);
	X509_free(x);
	ERR_clear_error();
	if (!is_dated)
		return -EINVAL;
	*ret = facts;
	return 0;
}
