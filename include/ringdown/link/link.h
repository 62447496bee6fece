/* link.h - the bridge at work: loop shards, listener, media streams, model legs, HTTP connections.
 * All of libwebsockets and libuv is behind this header.  link_new starts the threads; every other
 * call may come from any thread and never blocks, but for link_free. */
#ifndef RINGDOWN_LINK_LINK_H
#define RINGDOWN_LINK_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

struct link;
struct plane;
struct recorder;
struct tool_pool;

enum { LINK_LISTEN_MAX = 8, LINK_LOOPS_MAX = 64 };

struct link_settings { /* borrowed for the life of the link, but for api_key */
	const char *listen[LINK_LISTEN_MAX]; /* "127.0.0.1:8080", "[::]:443", "8080": port on all addresses */
	uint32_t n_listen;
	int listen_fds[LINK_LISTEN_MAX];     /* listening sockets handed over (systemd); not closed by us */
	uint32_t n_listen_fds;
	const char *admin_listen;            /* one more, always plain: /metrics, /healthz, /readyz; NULL: none */
	uint32_t loops;                      /* 0: one a core */
	uint32_t max_connections;            /* accepted sockets over all loops; 0 = 4096 */
	uint32_t max_pending_per_address;    /* of those a loop has, no stream yet; 0 = 1024 */
	uint32_t max_calls;                  /* media streams over all loops; 0 = 500 */
	const char *tls_cert, *tls_key;      /* both or neither (plain) */
	const char *model_url;               /* wss://host[:port]/path or ws:// */
	struct str model;                    /* query parameter, unless the assistant names its own */
	const char *dialect;                 /* "ga" or "beta" */
	struct str api_key;                  /* copied */
	const char *ca_file;                 /* NULL: the system's */
	struct str transcription_model;      /* empty: callers are not transcribed */
	uint32_t connect_timeout_ms, lead_ms, message_ms; /* 0: the machine's defaults */
	struct plane *plane;
	struct recorder *recorder;           /* or NULL */
	struct tool_pool *tools;
};

/* Binds, makes the contexts and starts the loops.  NULL: *ret_error (free it) says what and why. */
struct link *link_new(const struct link_settings *s, char **ret_error);
struct link *link_free(struct link *l);     /* ends calls still there, joins the threads */
void link_drain(struct link *l);            /* refuse new streams; live ones go on; webhooks are answered */
void link_close_calls(struct link *l);      /* end live calls so that their action URL resumes them */
uint32_t link_calls(const struct link *l);  /* live now, over all loops */
int64_t link_oldest_tick_us(const struct link *l); /* clock_now_us() of the loop that is furthest behind */
void link_reload_certificate(struct link *l);      /* the pair has been checked by the caller */
int link_set_api_key(struct link *l, struct str api_key); /* for dials from now on; -ENOMEM */
uint32_t link_port(const struct link *l);          /* of the first listener: tests listen on port 0 */
uint32_t link_admin_port(const struct link *l);    /* 0: there is none */

#endif
