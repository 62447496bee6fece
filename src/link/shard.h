/* shard.h - one loop: a thread, a libuv loop, an lws context on it, and everything that lives there.
 * All fields belong to the loop's thread, but for `inbox` (any thread posts) and the atomics. */
#ifndef RINGDOWN_LINK_SHARD_H
#define RINGDOWN_LINK_SHARD_H

#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include "address_book.h"
#include "admission.h"
#include "breaker.h"
#include "bytes.h"
#include "listener.h"
#include "model_tls.h"
#include "model_url.h"
#include "porch.h"
#include "resolver.h"
#include "ringdown/base/inbox.h"
#include "ringdown/link/link.h"
#include "sound_queue.h"

/* SPDX-License-Identifier: MIT */

enum {
	SHARD_TICK_MS = 20,
	SHARD_TX_BYTES = 256 * 1024,   /* largest message we write: a session.update with all tools */
	SHARD_RX_BYTES = 65536,        /* read from a model's socket at once */
	SHARD_SCRATCH_BYTES = 1 << 20, /* decoded sound of one message */
	CALLER_MESSAGE_MAX = 65536,
	MODEL_MESSAGE_MAX = 1 << 20,
	SHARD_CONN_BUCKETS = 256,
};

enum shard_message_kind {
	SHARD_HTTP_REPLY,   /* ptr: struct plane_request */
	SHARD_HTTP_MORE,    /* id: connection whose reply is fed */
	SHARD_CLAIM_DONE,   /* ptr: struct plane_claim */
	SHARD_REPLACED,     /* id: session */
	SHARD_TOOL_DONE,    /* ptr: struct tool_job */
	SHARD_MODEL_LOST,   /* id: session; ptr: struct model_leg of it; arg: enum call_why; a dial that failed at once */
	SHARD_ADDRESSES,    /* ptr: struct address_list */
	SHARD_API_KEY,      /* ptr: char *, heap */
	SHARD_CERTIFICATE,  /* load the pair again */
	SHARD_CLOSE_CALLS,
	SHARD_EXIT,
};

struct shard_message {
	enum shard_message_kind kind;
	int32_t arg;
	uint32_t retry_after_ms;
	uint64_t id;
	void *ptr;
};

struct session;
struct conn;

struct link_shared { /* one a link; read-only for shards, but for the atomics */
	const struct link_settings *settings;
	struct model_url model;
	const struct realtime_dialect *dialect;
	struct resolver *_Atomic resolver; /* NULL: not started yet */
	_Atomic uint32_t calls, connections;
	_Atomic uint64_t call_tags;
};

struct shard {
	struct link_shared *shared;
	uint32_t index;
	pthread_t thread;
	bool is_running;
	uv_loop_t loop;
	uv_timer_t tick;
	uv_async_t wake;
	struct lws_context *context;
	struct lws_vhost *server;
	struct inbox inbox;
	struct listener listeners[LINK_LISTEN_MAX * 2 + 1]; /* and the admin one */
	uint32_t n_listeners;
	_Atomic int64_t tick_us;         /* when the tick last ran */
	int64_t now_us;                  /* of the event being handled */
	struct session **sessions;       /* slots; an id is slot | generation << 32 */
	uint32_t n_slots, next_slot, next_generation;
	struct conn *conns[SHARD_CONN_BUCKETS]; /* all accepted sockets of this shard, by id */
	uint32_t next_bucket;            /* conn_tick goes on there */
	uint64_t next_conn_id;
	struct admission admission;
	struct porch porch;
	struct sound_pool pool;
	struct address_book addresses;   /* of the model */
	struct breaker breaker;
	struct bytes_pool bytes;         /* what the models' sockets carry */
	struct model_socket *sockets;    /* of the models, dropped ones as well */
	struct model_tls tls;
	char *api_key;
	unsigned char *tx;               /* LWS_PRE + SHARD_TX_BYTES: the message being written */
	uint8_t *rx;                     /* SHARD_RX_BYTES: what a model's socket gives */
	uint8_t *scratch;                /* SHARD_SCRATCH_BYTES: sound being decoded */
	uint8_t *scratch_out;            /* as large: sound being made of it */
	bool is_exiting;
};

/* 0 or -errno; *ret_error words what failed. */
int shard_init(struct shard *s, struct link_shared *shared, uint32_t index, const char **ret_error);
int shard_start(struct shard *s);
void shard_post(struct shard *s, const struct shard_message *m); /* any thread; waits while the inbox is full */
void shard_done(struct shard *s); /* after its thread has been told SHARD_EXIT */

#endif
