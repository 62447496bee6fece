/* call_state.h - struct call, visible so that it can be embedded.  Fields are read-only outside
 * src/call; times are monotonic microseconds. */
#ifndef RINGDOWN_CALL_CALL_STATE_H
#define RINGDOWN_CALL_CALL_STATE_H

#include "ringdown/call/call_types.h"

/* SPDX-License-Identifier: MIT */

enum {
	CALL_SPOKEN_MAX = LEDGER_ITEMS_MAX,
	CALL_SPOKEN_TEXT_MAX = 2048,
	CALL_DISCARDED_MAX = 16,
	CALL_TOOL_IDS_MAX = 32,
	CALL_TOOLS_OPEN_MAX = 8,
	CALL_DIGITS_MAX = 64,
};

enum call_timer {       /* each at most once armed; call_deadline_us() is the earliest */
	CALL_TIMER_LEG,      /* the dial or the configuration takes too long */
	CALL_TIMER_EXPIRY,   /* the model's session nears its end: look for a quiet moment */
	CALL_TIMER_MEDIA,    /* the caller sends nothing */
	CALL_TIMER_DIGITS,   /* no more digits come */
	CALL_TIMER_ANSWER,   /* the caller has spoken and no response begins */
	CALL_TIMER_IDLE,     /* nobody speaks */
	CALL_TIMER_NOTICE,   /* max_duration_s is near */
	CALL_TIMER_LIMIT,    /* max_duration_s is reached */
	CALL_TIMER_END,      /* the goodbye takes too long */
	CALL_TIMER_TOOLS,    /* a tool was never answered */
	CALL_TIMER_OVERFLOW, /* queue_max_ms is reached: cancel the response */
	CALL_TIMER_RESPOND,  /* a response was asked for and none came */
	CALL_TIMERS,
};

enum call_respond { /* why a response is wanted; it decides the instructions */
	CALL_RESPOND_NONE,
	CALL_RESPOND_PLAIN,
	CALL_RESPOND_GREETING,
	CALL_RESPOND_RESUME,
	CALL_RESPOND_FILLER,
	CALL_RESPOND_IDLE,
	CALL_RESPOND_GOODBYE,
	CALL_RESPOND_NOTICE,
};

enum call_ending {
	CALL_ENDING_NO,
	CALL_ENDING_RESPONSE, /* the response that ends the call is still being made */
	CALL_ENDING_GOODBYE,  /* it said nothing: a goodbye was asked for */
	CALL_ENDING_PLAYED,   /* wait until the caller has heard all */
};

struct call_spoken { /* the words of one assistant item */
	char item_id[CALL_ID_MAX];
	int64_t start_us;
	uint32_t n;
	bool is_used, is_complete; /* complete: the whole text has come */
	char text[CALL_SPOKEN_TEXT_MAX];
};

struct call_tool {
	char call_id[CALL_ID_MAX];
	struct str filler; /* borrowed for the life of the call */
	bool is_open, is_filled;
};

struct call {
	struct call_settings settings;
	int64_t start_us;
	int64_t timers[CALL_TIMERS]; /* INT64_MAX: off */
	bool is_started, has_ended;
	/* model leg: call_model.c */
	enum call_leg leg;
	uint32_t n_dials;            /* of this outage */
	uint32_t jitter;             /* state of the generator */
	int64_t outage_us;           /* since when no model is there */
	int64_t expires_us;          /* of the session; 0: unknown */
	bool was_live, is_minimal;
	/* turns: call_turns.c */
	uint64_t active_id;          /* hash of the active response; 0: none */
	bool is_cancelled;           /* the active response was cut: its sound is not wanted */
	bool has_spoken;             /* the active response has given sound */
	bool is_awaiting;            /* a response was asked for and has not begun */
	bool has_retried;            /* a failed response was asked for again */
	bool owes_answer;            /* the caller waits for one */
	bool is_caller_speaking;
	uint32_t n_asked;            /* times an answer was asked for after the caller stopped */
	enum call_respond wanted, last_wanted;
	uint64_t discarded[CALL_DISCARDED_MAX];
	uint32_t n_discarded;
	int64_t speech_us;           /* when the caller began to speak */
	char prompt[CALL_TEXT_MAX];  /* instructions being given */
	size_t tail_samples;         /* see call_audio_tail */
	struct ledger ledger;
	struct ledger_item finished[LEDGER_ITEMS_MAX]; /* items whose turns were just written: views point here */
	struct call_spoken spoken[CALL_SPOKEN_MAX];
	char digits[CALL_DIGITS_MAX + 32];
	uint32_t n_digits;
	/* tools: call_tools.c */
	uint64_t tool_ids[CALL_TOOL_IDS_MAX];
	uint32_t n_tool_ids;
	struct call_tool tools[CALL_TOOLS_OPEN_MAX];
	/* end: call_end.c */
	enum call_ending ending;
	enum call_result ending_result;
	char target[CALL_ID_MAX];
	uint32_t idle_prompts;
	/* caller's sound: call_media.c */
	uint64_t next_samples;       /* where the next media message should begin */
	uint32_t n_repeats;
	bool has_media;
	struct transcript transcript;
};

#endif
