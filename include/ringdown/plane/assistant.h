/* assistant.h - assistants: one JSON file each in a directory; the file's name without ".json" is the
 * id.  A set is immutable once loaded and shared by counting; reload makes a new set. */
#ifndef RINGDOWN_PLANE_ASSISTANT_H
#define RINGDOWN_PLANE_ASSISTANT_H

#include <stdatomic.h>

#include "ringdown/base/arena.h"
#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum { ASSISTANT_TOOLS_MAX = 64, ASSISTANT_TARGETS_MAX = 32, ASSISTANT_ID_MAX = 64, ASSISTANTS_MAX = 1000 };

enum assistant_tool_kind { TOOL_END_CALL, TOOL_TRANSFER_CALL, TOOL_WEBHOOK };

struct assistant_target { /* of transfer_call: the model may name only these */
	struct str name, number; /* number: E.164 */
};
struct assistant_tool {
	enum assistant_tool_kind kind;
	struct str name;
	struct assistant_target *targets;
	uint32_t n_targets;             /* at most ASSISTANT_TARGETS_MAX */
	struct str url, secret, filler; /* webhook: secret is what secret_file held, trimmed */
	uint32_t timeout_ms;            /* 10000 when absent */
};
enum assistant_greeting { ASSISTANT_GREETING_MODEL, ASSISTANT_GREETING_CALLER, ASSISTANT_GREETING_TEXT };

struct assistant { /* all text lives in the set's arena */
	struct str id, instructions, greeting_text, voice, model;
	enum assistant_greeting greeting;
	bool is_pcmu;               /* audio: "pcmu" pass-through; else "pcm24k" */
	struct str turn_detection;  /* raw JSON; a complete default when absent */
	struct str noise_reduction; /* raw JSON or "null" */
	bool has_denoise, has_agc;  /* enhance: our own stages, before the model's; never with pcmu */
	struct str tools_json;      /* raw JSON array, function tools in Realtime GA form, built-ins included */
	struct assistant_tool *tools;
	uint32_t n_tools;           /* at most ASSISTANT_TOOLS_MAX */
	uint32_t idle_prompt_s, max_duration_s; /* 0: off */
	bool is_recorded;
};

struct assistant_set {
	_Atomic uint32_t refs;
	struct arena arena;
	struct assistant *list;
	uint32_t n;
};

/* Reads every *.json of dir.  0 and a set with one reference; else -errno and *ret_error tells file,
 * field, value and what would be right (all faults, a line each; free() it).  Blocking. */
int assistant_set_load(const char *dir, struct assistant_set **ret_set, char **ret_error);
struct assistant_set *assistant_set_ref(struct assistant_set *s);
struct assistant_set *assistant_set_unref(struct assistant_set *s); /* NULL is fine; returns NULL */
const struct assistant *assistant_find(const struct assistant_set *s, struct str id);
const struct assistant_tool *assistant_tool(const struct assistant *a, struct str name);

struct assistant_variable {
	struct str name, value;
};
/* Writes text with each {{name}} replaced by its value; unknown names become empty. */
void assistant_substitute(struct str text, const struct assistant_variable *vars, uint32_t n, struct buf *b);

#endif
