/* SPDX-License-Identifier: MIT */
#include "model_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "ringdown/base/str.h"

/* Called within SSL_read.  Copies are kept and given out: a connection that ends without a close_notify, as many do,
 * spoils the session it was made with. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
	struct model_tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	SSL_SESSION *copy = SSL_SESSION_dup(session);
	if (!copy)
		return 0;
	SSL_SESSION_free(t->session);
	t->session = copy;
	return 0; /* the reference stays with OpenSSL */
}

static void resume(const struct model_tls *t, SSL *ssl)
{
	SSL_SESSION *copy = t->session ? SSL_SESSION_dup(t->session) : NULL;
	if (copy)
		(void)SSL_set_session(ssl, copy); /* refused: a full handshake follows */
	SSL_SESSION_free(copy);
}

int model_tls_init(struct model_tls *t, const char *ca_file)
{
	t->ctx = SSL_CTX_new(TLS_client_method());
	if (!t->ctx)
		return -ENOMEM;
	int is_read = ca_file ? SSL_CTX_load_verify_file(t->ctx, ca_file) : SSL_CTX_set_default_verify_paths(t->ctx);
	if (is_read != 1 || SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION) != 1) {
		ERR_clear_error();
		model_tls_done(t);
		return -EINVAL;
	}
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
	/* A record in one read instead of two; buffers are given back while nothing comes. */
	SSL_CTX_set_read_ahead(t->ctx, 1);
	SSL_CTX_set_mode(t->ctx,
		SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_set_app_data(t->ctx, t);
	SSL_CTX_sess_set_new_cb(t->ctx, on_session);
	return 0;
}

void model_tls_done(struct model_tls *t)
{
	SSL_SESSION_free(t->session);
	SSL_CTX_free(t->ctx);
	*t = (struct model_tls){0};
}

/* An address stands in the certificate as one; SNI is for names only (RFC 6066, 3). */
static bool expect_host(SSL *ssl, const char *host)
{
	struct in6_addr address;
	char name[256]; /* OpenSSL's macro takes it without const */
	if (inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	return str_copy(str_of(host), name, sizeof(name)) && SSL_set_tlsext_host_name(ssl, name) == 1 &&
		SSL_set1_host(ssl, host) == 1;
}

SSL *model_tls_new(struct model_tls *t, int fd, const char *host)
{
	static const unsigned char alpn[] = "\x08http/1.1";
	SSL *ssl = SSL_new(t->ctx);
	if (!ssl)
		return NULL;
	if (!expect_host(ssl, host) || SSL_set_fd(ssl, fd) != 1 || SSL_set_alpn_protos(ssl, alpn, sizeof(alpn) - 1) != 0) {
		SSL_free(ssl);
		return NULL;
	}
	resume(t, ssl);
	SSL_set_connect_state(ssl);
	return ssl;
}

enum tls_result model_tls_result(const SSL *ssl, int returned)
{
	switch (SSL_get_error(ssl, returned)) {
	case SSL_ERROR_NONE:
		return TLS_DONE;
	case SSL_ERROR_WANT_READ:
		return TLS_WANTS_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANTS_WRITE;
	}
	return TLS_FAILED;
}

const char *model_tls_why(const SSL *ssl, bool *ret_is_untrusted)
{
	long verify = SSL_get_verify_result(ssl);
	*ret_is_untrusted = verify != X509_V_OK;
	if (*ret_is_untrusted)
		return X509_verify_cert_error_string(verify);
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	return reason ? reason : "the TLS handshake was cut short";
}
