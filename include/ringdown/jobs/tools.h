/* tools.h - the workers that run an assistant's webhook tools: signed HTTPS POST, time limit, one
 * effect for a repeated call_id.  Loops submit and get their answer through `done`, which runs on
 * the worker's thread and posts into the loop's inbox. */
#ifndef RINGDOWN_JOBS_TOOLS_H
#define RINGDOWN_JOBS_TOOLS_H

#include "ringdown/base/arena.h"
#include "ringdown/base/buf.h"
#include "ringdown/outbound/http_client.h"

/* SPDX-License-Identifier: MIT */

struct tool_pool;
struct tool_job;
typedef void tool_done_fn(struct tool_job *job); /* worker thread; takes the job over */

struct tool_job { /* one block; everything it points to is in its arena */
	struct arena arena;
	struct str url, secret;              /* secret: bytes of the secret file, for the signature */
	struct str name, call_id, arguments; /* arguments: JSON text of the model, perhaps invalid */
	struct str call_sid, assistant, caller, called;
	uint64_t call_tag;       /* for log lines: call=<tag> */
	uint32_t timeout_ms;
	tool_done_fn *done;
	void *owner;             /* whoever gets the answer: */
	uint64_t session_id;     /* ... and which call of it */
	/* answer */
	bool is_ok;
	struct str output;       /* what the model is told: the answer's body, or {"error":"..."} */
	int64_t took_us;
	struct tool_job *next;
};

struct tool_pool_settings {
	uint32_t workers;   /* 0 = 4 */
	uint32_t queue_max; /* jobs waiting; 0 = 256 */
	struct http_client_settings http;
};

struct tool_pool *tool_pool_new(const struct tool_pool_settings *s);
/* Cancels what runs, joins the workers: nothing calls `done` any more, and submit gives -EAGAIN.  Takes a second or
 * two.  NULL is fine, and so is twice. */
void tool_pool_stop(struct tool_pool *p);
struct tool_pool *tool_pool_free(struct tool_pool *p); /* stops it first; jobs never run are freed */
struct tool_job *tool_job_new(void);                   /* NULL: no memory */
struct tool_job *tool_job_free(struct tool_job *job);
/* Takes the job over on success.  -EAGAIN: queue full, or the pool is stopped; the job stays the caller's.  Never blocks. */
int tool_pool_submit(struct tool_pool *p, struct tool_job *job);

#endif
