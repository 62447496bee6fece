/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/signature.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "mac.h"
#include "ringdown/wire/base64.h"

enum { SIGNATURE_CHARS = 28, PARTS_MAX = 2 * FORM_FIELDS_MAX };

static int compare_str(struct str a, struct str b)
{
	int c = memcmp(a.p ? a.p : "", b.p ? b.p : "", a.n < b.n ? a.n : b.n);
	return c ? c : (a.n > b.n) - (a.n < b.n);
}

static int compare_fields(const void *a, const void *b)
{
	const struct form_field *x = a, *y = b;
	int c = compare_str(x->name, y->name);
	return c ? c : compare_str(x->value, y->value);
}

static bool sign(struct str token, struct str url, const struct form_field *sorted, size_t n, uint8_t mac[MAC_SHA1_BYTES])
{
	struct mac m;
	mac_begin(&m, "SHA1", token);
	mac_add(&m, url);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && compare_fields(&sorted[i], &sorted[i - 1]) == 0)
			continue;
		mac_add(&m, sorted[i].name);
		mac_add(&m, sorted[i].value);
	}
	return mac_end(&m, mac, MAC_SHA1_BYTES);
}

static size_t sort_fields(const struct form *form, struct form_field sorted[FORM_FIELDS_MAX])
{
	size_t n = form ? form->n : 0;
	if (n > 0)
		memcpy(sorted, form->fields, n * sizeof(*sorted));
	if (n > 1)
		qsort(sorted, n, sizeof(*sorted), compare_fields);
	return n;
}

int signature_make(struct str auth_token, struct str url, const struct form *form, char ret_text[SIGNATURE_TEXT_MAX])
{
	struct form_field sorted[FORM_FIELDS_MAX];
	uint8_t mac[MAC_SHA1_BYTES];
	if (url.n > SIGNATURE_URL_MAX)
		return -E2BIG;
	size_t n = sort_fields(form, sorted);
	if (!sign(auth_token, url, sorted, n, mac))
		return -ENOMEM;
	ret_text[base64_encode(mac, sizeof(mac), ret_text)] = '\0';
	return 0;
}

/* A URL in the parts that validators disagree about. */
struct url_parts {
	struct str scheme;      /* with "://" */
	struct str credentials; /* with '@'; may be empty */
	struct str host, port;  /* port with ':'; may be empty */
	struct str path;        /* and query */
};

static struct url_parts split_url(struct str url)
{
	struct url_parts u = {0};
	const char *p = url.p, *end = url.p + url.n;
	const char *mark = memmem(url.p, url.n, "://", 3);
	if (mark) {
		u.scheme = (struct str){p, (size_t)(mark + 3 - p)};
		p = mark + 3;
	}
	const char *slash = p;
	while (slash < end && *slash != '/' && *slash != '?')
		slash++;
	const char *at = memrchr(p, '@', (size_t)(slash - p));
	if (at) {
		u.credentials = (struct str){p, (size_t)(at + 1 - p)};
		p = at + 1;
	}
	const char *colon = memrchr(p, ':', (size_t)(slash - p));
	if (colon && memchr(colon, ']', (size_t)(slash - colon)))
		colon = NULL; /* inside a v6 literal */
	u.host = (struct str){p, (size_t)((colon ? colon : slash) - p)};
	if (colon)
		u.port = (struct str){colon, (size_t)(slash - colon)};
	u.path = (struct str){slash, (size_t)(end - slash)};
	return u;
}

/* The quote of the query, which old clients leave bare and newer ones escape. */
enum query_form { QUERY_AS_IS, QUERY_BARE, QUERY_ESCAPED, QUERY_FORMS };

static void put_path(struct buf *b, struct str path, enum query_form form)
{
	bool is_query = false;
	for (size_t i = 0; i < path.n; i++) {
		is_query |= path.p[i] == '?';
		if (is_query && form == QUERY_ESCAPED && path.p[i] == '\'') {
			buf_put(b, STR("%27"));
		} else if (is_query && form == QUERY_BARE && str_starts(str_skip(path, i), STR("%27"))) {
			buf_putc(b, '\'');
			i += 2;
		} else {
			buf_putc(b, path.p[i]);
		}
	}
}

enum url_port { PORT_AS_IS, PORT_NONE, PORT_DEFAULT, PORTS };

struct variant {
	bool has_credentials, has_slash;
	enum url_port port;
	enum query_form query;
};

static bool is_secure(const struct url_parts *u)
{
	return str_is(u->scheme, STR("https://")) || str_is(u->scheme, STR("wss://"));
}

static struct str url_variant(const struct url_parts *u, const struct variant *v, struct buf *b)
{
	buf_clear(b);
	buf_put(b, u->scheme);
	if (v->has_credentials)
		buf_put(b, u->credentials);
	buf_put(b, u->host);
	if (v->port == PORT_AS_IS)
		buf_put(b, u->port);
	else if (v->port == PORT_DEFAULT)
		buf_put(b, is_secure(u) ? STR(":443") : STR(":80"));
	put_path(b, u->path, v->query);
	if (v->has_slash)
		buf_putc(b, '/');
	return buf_str(b);
}

static bool has_quote(struct str path)
{
	return path.n > 0 && (memchr(path.p, '\'', path.n) || memmem(path.p, path.n, "%27", 3));
}

/* Most variants of most URLs are the same text: whoever forges a signature shall not make us sum it
 * dozens of times. */
static bool is_another(const struct url_parts *u, const struct variant *v)
{
	if (v->has_slash && !str_starts(u->scheme, STR("ws")))
		return false; /* Twilio's slash is behind socket URLs only */
	if (!v->has_credentials && u->credentials.n == 0)
		return false;
	if (v->port == PORT_NONE && u->port.n == 0)
		return false;
	return v->query == QUERY_AS_IS || has_quote(u->path);
}

static bool fits(struct str token, struct str url, const struct form_field *sorted, size_t n, struct str signature)
{
	uint8_t mac[MAC_SHA1_BYTES];
	char text[SIGNATURE_TEXT_MAX];
	if (url.n == 0 || !sign(token, url, sorted, n, mac))
		return false;
	base64_encode(mac, sizeof(mac), text);
	return CRYPTO_memcmp(text, signature.p, SIGNATURE_CHARS) == 0;
}

/* A URL that names the sum of a body wants that body, also when there is none any more. */
static bool body_fits(struct str url, struct str body)
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	char text[2 * SHA256_DIGEST_LENGTH];
	struct buf b;
	const char *at = memmem(url.p, url.n, "bodySHA256=", 11);
	if (!at)
		return body.n == 0;
	if ((size_t)(url.p + url.n - at) < 11 + sizeof(text))
		return false;
	SHA256((const unsigned char *)body.p, body.n, sum);
	buf_init(&b, text, sizeof(text));
	hex_put(&b, sum, sizeof(sum));
	return CRYPTO_memcmp(text, at + 11, sizeof(text)) == 0;
}

bool signature_check(struct str auth_token, struct str url, const struct form *form, struct str raw_body,
	struct str signature)
{
	struct form_field sorted[FORM_FIELDS_MAX];
	char text[SIGNATURE_URL_MAX + 64];
	struct buf b;
	if (auth_token.n == 0 || signature.n != SIGNATURE_CHARS || url.n == 0 || url.n > SIGNATURE_URL_MAX)
		return false;
	if (!form && !body_fits(url, raw_body))
		return false;
	size_t n = sort_fields(form, sorted);
	struct url_parts u = split_url(url);
	buf_init(&b, text, sizeof(text));
	for (int i = 0; i < 2 * 2 * PORTS * QUERY_FORMS; i++) {
		struct variant v = {
			.has_credentials = i % 2 == 0,
			.has_slash = i / 2 % 2 == 1,
			.port = (enum url_port)(i / 4 % PORTS),
			.query = (enum query_form)(i / 4 / PORTS),
		};
		if (is_another(&u, &v) && fits(auth_token, url_variant(&u, &v, &b), sorted, n, signature))
			return true;
	}
	return false;
}

uint32_t signatures_of_stream(struct str auth_token, struct str url, char ret_texts[SIGNATURES_OF_STREAM][SIGNATURE_TEXT_MAX])
{
	char text[SIGNATURE_URL_MAX + 64];
	struct buf b;
	uint32_t n = 0;
	if (auth_token.n == 0 || url.n == 0 || url.n > SIGNATURE_URL_MAX)
		return 0;
	struct url_parts u = split_url(url);
	buf_init(&b, text, sizeof(text));
	for (int i = 0; i < 2 * PORTS; i++) {
		struct variant v = {.has_credentials = true, .has_slash = i % 2 == 1, .port = (enum url_port)(i / 2)};
		struct str form = is_another(&u, &v) ? url_variant(&u, &v, &b) : STR("");
		if (form.n > 0 && signature_make(auth_token, form, NULL, ret_texts[n]) == 0)
			n++;
	}
	return n;
}
