/* SPDX-License-Identifier: MIT */
/* Each finding is one line: "ok", "warn" or "FAIL", what was looked at, what was found, what to do. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "certificate.h"
#include "load.h"
#include "ringdown/app/commands.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/outbound/http_client.h"

enum {
	REQUEST_TIMEOUT_MS = 10000,
	RECORD_ROOM_MIN_MIB = 1024,
	ARENA_BYTES_MAX = 1 << 20,
	CERTIFICATE_WARN_DAYS = 14,
	DAY_S = 86400,
};

struct doctor {
	const struct config *config;
	struct arena arena;
	uint32_t n_failed;
};

#define OK(...) tell("ok  ", __VA_ARGS__)
#define WARN(...) tell("warn", __VA_ARGS__)
#define FAIL(d, ...) ((d)->n_failed++, tell("FAIL", __VA_ARGS__))

__attribute__((format(printf, 2, 3))) static void tell(const char *grade, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	printf("%s  ", grade);
	vprintf(format, ap);
	putchar('\n');
	va_end(ap);
}

static int fetch(struct doctor *d, const char *ca_file, const struct http_request *req, struct http_response *r)
{
	const struct http_client_settings settings = {.ca_file = ca_file, .allows_private = true};
	struct http_client *client = http_client_new(&settings);
	int err = client ? http_client_run(client, req, &d->arena, r) : -ENOMEM;
	http_client_free(client);
	return err;
}

/* The host of a URL of any scheme, without port and brackets. */
static struct str host_of(const char *url)
{
	const char *at = strstr(url, "://");
	struct str rest = str_of(at ? at + 3 : url);
	struct str host = str_split(&rest, '/');
	if (host.n > 0 && host.p[0] == '[') {
		host = str_skip(host, 1);
		return str_split(&host, ']');
	}
	return str_split(&host, ':');
}

static void look_up(struct doctor *d, const char *what, const char *url)
{
	char host[256], address[INET6_ADDRSTRLEN] = "";
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int n = 0;
	if (!str_copy(host_of(url), host, sizeof(host))) {
		FAIL(d, "%s: no host in %s", what, url);
		return;
	}
	int64_t start_us = clock_now_us();
	int err = getaddrinfo(host, NULL, &hints, &found);
	int64_t took_ms = (clock_now_us() - start_us) / 1000;
	if (err) {
		FAIL(d, "%s: the name %s is not found (%s): check the name, and resolv.conf", what, host, gai_strerror(err));
		return;
	}
	for (const struct addrinfo *a = found; a; a = a->ai_next)
		if (n++ == 0)
			(void)getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof(address), NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(found);
	OK("%s: %s is %s (%d addresses, %lld ms)", what, host, address, n, (long long)took_ms);
}

static void look_at_model_name(struct doctor *d)
{
	look_up(d, "model DNS", d->config->model_url);
}

static void look_at_public_name(struct doctor *d)
{
	look_up(d, "public DNS", d->config->public_url);
}

static const struct {
	int status;
	const char *advice;
} model_answers[] = {
	{401, "the key is refused: check [model] api_key_file"},
	{403, "the key may not use this model: check the project's rights"},
	{404, "there is no such model or path: check [model] url and model"},
	{429, "the account is out of quota or over its rate"},
};

static void judge_model(struct doctor *d, int status)
{
	for (size_t i = 0; i < ARRAY_LEN(model_answers); i++)
		if (model_answers[i].status == status) {
			FAIL(d, "model socket: status %d: %s", status, model_answers[i].advice);
			return;
		}
	if (status == 101)
		OK("model socket: opens, and takes the key");
	else
		FAIL(d, "model socket: status %d instead of 101: [model] url names no Realtime socket", status);
}

/* The opening handshake of RFC 6455, as the bridge makes it; the key of the example there will do. */
static void look_at_model(struct doctor *d)
{
	const struct config *c = d->config;
	struct http_response r;
	const char *rest = strstr(c->model_url, "://"); /* checked by config_load */
	const char *scheme = strncmp(c->model_url, "wss", 3) == 0 ? "https" : "http";
	const char *joint = strchr(c->model_url, '?') ? "&" : "?";
	char *url = arena_printf(&d->arena, "%s%s%smodel=%s", scheme, rest, joint, c->model);
	char *bearer = arena_printf(&d->arena, "Bearer " STR_FMT, STR_ARG(c->api_key));
	struct http_request req = {
		.method = STR("GET"),
		.url = str_of(url),
		.timeout_ms = REQUEST_TIMEOUT_MS,
		.headers = {{STR("Connection"), STR("Upgrade")},
			{STR("Upgrade"), STR("websocket")},
			{STR("Sec-WebSocket-Version"), STR("13")},
			{STR("Sec-WebSocket-Key"), STR("dGhlIHNhbXBsZSBub25jZQ==")},
			{STR("Authorization"), str_of(bearer)},
			{STR("OpenAI-Beta"), STR("realtime=v1")}},
		.n_headers = strcmp(c->dialect, "beta") == 0 ? 6 : 5,
	};
	if (c->api_key.n == 0)
		WARN("model key: none is set ([model] api_key_file, or credential openai_api_key)");
	if (fetch(d, c->ca_file[0] ? c->ca_file : NULL, &req, &r) < 0)
		FAIL(d, "model socket: " STR_FMT, STR_ARG(r.error));
	else
		judge_model(d, r.status);
}

static void look_at_public_url(struct doctor *d)
{
	struct http_response r;
	struct http_request req = {
		.method = STR("GET"),
		.url = str_of(arena_printf(&d->arena, "%s/healthz", d->config->public_url)),
		.timeout_ms = REQUEST_TIMEOUT_MS,
	};
	if (fetch(d, NULL, &req, &r) < 0)
		FAIL(d, "public URL: " STR_FMT " (is the service running, and does the way from outside lead to it?)",
			STR_ARG(r.error));
	else if (r.status != 200 || !str_is(r.body, STR("{\"status\":\"ok\"}")))
		FAIL(d, "public URL: %s/healthz answers %d, not ringdown's: something else lives there",
			d->config->public_url, r.status);
	else
		OK("public URL: %s answers%s", d->config->public_url,
			strncmp(d->config->public_url, "https", 5) == 0 ? ", its certificate is good" : "");
	if (strncmp(d->config->public_url, "https", 5) != 0)
		WARN("public URL: Twilio opens media streams over TLS only: use https://");
}

/* The one that is served here; that the key belongs to it, load_all has seen.  What stands in front of us may have
 * another: that one is checked with the public URL. */
static void look_at_certificate(struct doctor *d)
{
	const char *file = d->config->tls_cert;
	struct certificate_facts facts;
	struct str host = host_of(d->config->public_url);
	int64_t now_s = clock_wall_ms() / 1000;
	if (!file[0])
		return;
	if (certificate_look(file, host, &facts) < 0) {
		FAIL(d, "certificate: %s holds none that can be read", file);
		return;
	}
	long long days = (facts.ends_s - now_s) / DAY_S;
	if (!facts.fits_host)
		FAIL(d, "certificate: %s is not for " STR_FMT ", the host of [server] public_url", file, STR_ARG(host));
	if (facts.begins_s > now_s)
		FAIL(d, "certificate: %s is not valid yet: check this machine's clock", file);
	else if (facts.ends_s <= now_s)
		FAIL(d, "certificate: %s has expired: Twilio refuses it; renew it, then SIGHUP", file);
	else if (days < CERTIFICATE_WARN_DAYS)
		WARN("certificate: %s expires in %lld days: renew it, then SIGHUP", file, days);
	else if (facts.fits_host)
		OK("certificate: %s is for " STR_FMT ", %lld days to go", file, STR_ARG(host), days);
}

static void look_at_twilio(struct doctor *d)
{
	const struct config *c = d->config;
	const char *rest = strstr(c->public_url, "://");
	if (c->auth_token.n == 0)
		FAIL(d, "Twilio: no auth token ([twilio] auth_token_file, or credential twilio_auth_token)");
	else if (!c->require_signature)
		WARN("Twilio: require_signature = no: anyone who reaches the port can open streams");
	else
		OK("Twilio: requests are checked with the token of %s", c->account_sid[0] ? c->account_sid : "the account");
	printf("      set the number's voice webhook to (the signature is checked against exactly this):\n");
	printf("        POST %s/connect/webhook/twilio/voice\n", c->public_url);
	printf("      media streams are checked as:\n        wss%s/simple-voice/stream/{org}/{assistant}\n        wss%s/media-stream\n",
		rest, rest);
}

static void look_at_records(struct doctor *d)
{
	const char *dir = d->config->record_dir;
	struct statvfs v;
	if (!dir[0]) {
		OK("records: off ([record] dir is not set)");
		return;
	}
	if (access(dir, W_OK | X_OK) < 0 || statvfs(dir, &v) < 0) {
		FAIL(d, "records: %s: %s: calls would go on unrecorded", dir, strerror(errno));
		return;
	}
	unsigned long long mib = (unsigned long long)v.f_bavail * v.f_frsize >> 20;
	if (mib < RECORD_ROOM_MIN_MIB)
		WARN("records: %s has %llu MiB left: an hour of call is about 14 MiB", dir, mib);
	else
		OK("records: %s is writable, %llu MiB left", dir, mib);
}

static void (*const looks[])(struct doctor *d) = {
	look_at_records, look_at_model_name, look_at_model, look_at_public_name, look_at_certificate, look_at_public_url,
	look_at_twilio,
};

int command_doctor(const struct arguments *a)
{
	static struct loaded l;
	struct doctor d = {.config = &l.config};
	if (load_all(&l, a->config) < 0) {
		fputs(l.errors, stdout);
		FAIL(&d, "configuration: %s", a->config);
		load_done(&l);
		return 1;
	}
	OK("configuration: %s, %u assistants, %u numbers", a->config, l.set->n, l.config.n_numbers);
	(void)http_client_global_init();
	arena_init(&d.arena, ARENA_BYTES_MAX);
	for (size_t i = 0; i < ARRAY_LEN(looks); i++)
		looks[i](&d);
	printf(d.n_failed ? "%u of these stand between a caller and the assistant\n" : "all is well\n", d.n_failed);
	arena_done(&d.arena);
	load_done(&l);
	return d.n_failed ? 1 : 0;
}
