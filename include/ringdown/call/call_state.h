/* call_state.h - struct call, visible so that it can be embedded.  Fields are read-only outside
 * src/call; times are monotonic microseconds. */
#ifndef RINGDOWN_CALL_CALL_STATE_H
#define RINGDOWN_CALL_CALL_STATE_H

#include "ringdown/call/call_types.h"

/* SPDX-License-Identifier: MIT */

enum {
	CALL_SAID_MAX = LEDGER_ITEMS_MAX,
	CALL_WORDS_BYTES = 8192,
	CALL_DISCARDED_MAX = 16,
	CALL_SPEECHES_MAX = 4,
	CALL_TOOL_IDS_MAX = 32,
	CALL_TOOLS_OPEN_MAX = 8,
	CALL_DIGITS_MAX = 64,
};

enum call_timer {       /* each at most once armed; call_deadline_us() is the earliest */
	CALL_TIMER_LEG,      /* the next dial is due, or the dial or configuration takes too long */
	CALL_TIMER_EXPIRY,   /* the model's session nears its end: get the next one, look for a quiet moment */
	CALL_TIMER_NEXT,     /* as LEG, for the next session */
	CALL_TIMER_MEDIA,    /* the caller sends nothing */
	CALL_TIMER_DIGITS,   /* no more digits come */
	CALL_TIMER_ANSWER,   /* the caller has spoken and hears nothing */
	CALL_TIMER_IDLE,     /* nobody speaks */
	CALL_TIMER_NOTICE,   /* max_duration_s is near */
	CALL_TIMER_LIMIT,    /* max_duration_s is reached */
	CALL_TIMER_END,      /* the goodbye takes too long */
	CALL_TIMER_TOOLS,    /* a tool was not answered */
	CALL_TIMER_OVERFLOW, /* queue_max_ms is reached: cancel the response */
	CALL_TIMER_RESPOND,  /* a response was asked for and none began, or it is too early to ask again */
	CALL_TIMERS,
};

enum call_respond { /* why a response is wanted, most urgent first; it decides the instructions */
	CALL_RESPOND_NONE,
	CALL_RESPOND_GREETING,
	CALL_RESPOND_RESUME,
	CALL_RESPOND_GOODBYE,
	CALL_RESPOND_NOTICE,
	CALL_RESPOND_CONTINUE,
	CALL_RESPOND_PLAIN,
	CALL_RESPOND_FILLER,
	CALL_RESPOND_IDLE,
	CALL_RESPONDS,
};

enum call_ending {
	CALL_ENDING_NO,
	CALL_ENDING_RESPONSE, /* the response that ends the call is still being made */
	CALL_ENDING_GOODBYE,  /* it said nothing: a goodbye was asked for */
	CALL_ENDING_PLAYED,   /* wait until the caller has heard all */
};

struct call_said { /* an assistant item on its way to become a turn */
	char item_id[CALL_ID_MAX];
	uint64_t response_id;         /* hash */
	int64_t start_us, end_us;     /* since the call began */
	uint32_t at, n;               /* its text in words[] */
	uint32_t part_n;              /* of it: text of content parts that are complete */
	uint32_t heard_ms, total_ms;
	bool has_sound, is_complete;  /* complete: the whole text has come */
	bool is_settled, is_cut;      /* settled: what was heard of it is known */
	bool is_told;                 /* the present session knows it as text, from the replay */
	bool is_written;              /* swept away in the next step: views point to it */
};

struct call_speech { /* of the caller, until its transcript comes */
	uint64_t item_id;         /* hash */
	int64_t start_us, end_us; /* since the call began; end 0: not yet */
};

struct call_tool {
	char call_id[CALL_ID_MAX];
	struct str filler; /* borrowed for the life of the call */
	int64_t due_us;
	bool is_open, is_filled;
};

struct call_next { /* the session that takes over before the present one expires */
	enum call_leg leg; /* NONE: none is wanted; LIVE: it waits to take over */
	uint32_t n_dials;
	int64_t expires_us;
	bool is_minimal;
};

struct call {
	struct call_settings settings;
	int64_t start_us;
	int64_t timers[CALL_TIMERS]; /* INT64_MAX: off */
	bool is_started, has_ended;
	/* model leg: call_model.c, and call_handover.c for the next one */
	enum call_leg leg;
	uint32_t n_dials;            /* of this outage */
	uint32_t jitter;             /* state of the generator */
	int64_t outage_us;           /* since when no model is there */
	int64_t live_us;             /* since when this session is live */
	int64_t expires_us;          /* of the session; 0: unknown */
	int64_t relaxed_us;          /* from then on sound still being played does not keep the next session waiting */
	int64_t hard_us;             /* and from then on nothing does */
	bool was_live, is_minimal;
	struct call_next next;
	/* asking for responses: call_respond.c */
	uint32_t wanted;             /* bits of enum call_respond */
	enum call_respond asked;     /* sent and not begun */
	uint32_t n_unanswered;       /* asked in a row and never begun */
	uint32_t n_refused;          /* for a response that nobody has told us of */
	char prompt[CALL_TEXT_MAX];  /* instructions being given */
	/* responses and barge-in: call_turns.c */
	uint64_t active_id;          /* hash of the active response; 0: none */
	enum call_respond active_kind;
	bool is_cancelled;           /* the active response was cut: its sound is not wanted */
	bool has_spoken;             /* the active response has given sound */
	bool is_caller_speaking;
	uint32_t n_asked;            /* times an answer was asked for after the caller stopped */
	uint32_t n_failed;           /* responses that failed, one after another */
	int64_t speech_us;           /* when the caller began to speak */
	int64_t unsettled_us;        /* the caller's sound since then has neither transcript nor answer; 0: all has */
	int64_t settled_us;          /* the caller stopped speaking then, and it was dealt with */
	bool is_heard_again;         /* the next session gets what the caller said last, and answers it by itself */
	uint64_t discarded[CALL_DISCARDED_MAX];
	uint32_t n_discarded;
	struct ledger ledger;
	size_t tail_samples;         /* see call_audio_tail */
	struct ledger_item cut[LEDGER_ITEMS_MAX]; /* items that were just cut: views point here */
	/* words and turns: call_words.c */
	struct call_said said[CALL_SAID_MAX]; /* oldest first */
	uint32_t n_said, words_used, n_written;
	uint64_t written_ids[CALL_SAID_MAX]; /* hashes of items that have become turns of late */
	char words[CALL_WORDS_BYTES];         /* texts of said[], in its order, one behind the other */
	struct call_speech speeches[CALL_SPEECHES_MAX];
	uint32_t n_speeches;
	char digits[CALL_DIGITS_MAX + 32];
	uint32_t n_digits;
	/* tools: call_tools.c */
	uint64_t tool_ids[CALL_TOOL_IDS_MAX];
	uint32_t n_tool_ids;
	struct call_tool tools[CALL_TOOLS_OPEN_MAX];
	bool owes_tools;             /* outputs went out that no response has been asked for yet */
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
