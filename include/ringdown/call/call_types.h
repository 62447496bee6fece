/* call_types.h - what goes into the call machine and what comes out of it: settings, events, actions. */
#ifndef RINGDOWN_CALL_CALL_TYPES_H
#define RINGDOWN_CALL_CALL_TYPES_H

#include "ringdown/base/str.h"
#include "ringdown/call/ledger.h"
#include "ringdown/call/transcript.h"

/* SPDX-License-Identifier: MIT */

/* ---- settings: fixed for the life of a call ---- */
enum call_greeting {
	CALL_GREETING_MODEL,  /* the model speaks first, in its own words */
	CALL_GREETING_CALLER, /* wait for the caller */
	CALL_GREETING_TEXT,   /* this text is spoken first */
};

struct call_settings {
	enum call_greeting greeting;
	struct str greeting_text;      /* borrowed for the life of the call */
	uint32_t lead_ms;              /* how far play-out may run ahead of what was heard; 0 = 400 */
	uint32_t message_ms;           /* smallest worthwhile caller message; 0 = 100 */
	uint32_t idle_prompt_s;        /* silence of both sides before the model is asked to speak; 0 = never */
	uint32_t max_duration_s;       /* 0 = no limit */
	uint32_t queue_max_ms;         /* sound waiting to be played; 0 = 60000 */
	uint32_t connect_timeout_ms;   /* one dial, until session.created; 0 = 3000 */
	uint32_t configure_timeout_ms; /* until session.updated; 0 = 5000 */
	uint32_t reach_budget_ms;      /* all dials before the first session; 0 = 4000: then somebody else has to answer */
	uint32_t reconnect_budget_ms;  /* all dials of one outage in mid-call; 0 = 10000 */
	uint32_t answer_timeout_ms;    /* caller stopped, no sound came: ask for it; 0 = 8000 */
	uint32_t media_timeout_ms;     /* no media message of the caller: lost; 0 = 10000 */
	uint32_t jitter_seed;          /* spreads the dials of many calls that lost their model at once */
	bool server_interrupts;        /* the model's server cancels its response when the caller speaks */
	bool is_resumed;               /* an earlier stream of this call broke: no greeting, go on */
};

/* ---- events in ---- */
enum call_event_kind {
	CALL_EV_START,            /* the stream is accepted; settings are known */
	CALL_EV_MARK,             /* text: name */
	CALL_EV_DTMF,             /* digit */
	CALL_EV_CALLER_GONE,      /* stop, or the socket ended; why */
	/* these four, and MODEL_ERROR, say by is_next of which session they are */
	CALL_EV_MODEL_OPEN,       /* WebSocket is up */
	CALL_EV_MODEL_LOST,       /* dial failed or socket ended; why, retry_after_ms */
	CALL_EV_SESSION_CREATED,  /* at: expires_at as monotonic us, 0 unknown */
	CALL_EV_SESSION_UPDATED,
	CALL_EV_RESPONSE_CREATED, /* response_id */
	CALL_EV_ITEM_ADDED,       /* response_id (may be empty), item_id, role */
	CALL_EV_SPEECH_STARTED,   /* item_id: what the caller says will be that item */
	CALL_EV_SPEECH_STOPPED,   /* item_id */
	CALL_EV_AUDIO_DONE,       /* response_id, item_id */
	CALL_EV_MODEL_TEXT,       /* response_id, item_id, text: a delta of the assistant's transcript */
	CALL_EV_MODEL_TEXT_DONE,  /* response_id, item_id, text: the whole of it (of a content part) */
	CALL_EV_CALLER_TEXT,      /* item_id, text */
	CALL_EV_TOOL_CALL,        /* call_id, name, text: arguments; reason: filler, borrowed for the call */
	CALL_EV_TOOL_REFUSED,     /* call_id, name, text: output; a tool that cannot be run */
	CALL_EV_END_CALL,         /* response_id, call_id, text: the model ends the call, once its goodbye is heard */
	CALL_EV_TRANSFER,         /* response_id, call_id, text; name: the target, known to be allowed */
	CALL_EV_RESPONSE_DONE,    /* response_id, status, reason */
	CALL_EV_MODEL_ERROR,      /* name: code; text: message */
	CALL_EV_TOOL_DONE,        /* call_id, text: output (JSON or plain), is_ok */
	CALL_EV_DEADLINE,         /* call_deadline_us() has passed */
	CALL_EV_HANGUP,           /* operator or local fault: end the call */
	CALL_EV_DRAIN,            /* close now without a result: the action URL resumes the call */
};

enum call_why {
	CALL_WHY_NONE,
	CALL_WHY_STOP,         /* Twilio said stop: the caller hung up */
	CALL_WHY_CLOSED,       /* socket ended */
	CALL_WHY_LOST,         /* silent or half-open */
	CALL_WHY_PROTOCOL,     /* too much garbage */
	CALL_WHY_REPLACED,     /* a newer stream of the same CallSid */
	CALL_WHY_REFUSED,      /* connect refused, 5xx, handshake failed: worth another try */
	CALL_WHY_UNAUTHORIZED, /* 401, 403, 404 and their like, wrong certificate: no other try */
	CALL_WHY_BUSY,         /* 429 */
	CALL_WHY_TIMEOUT,
	CALL_WHY_EXPIRED,      /* session_expired */
};

struct call_event { /* views are borrowed for the step */
	enum call_event_kind kind;
	enum call_why why;
	struct str response_id, item_id, call_id, name, role, status, reason, text;
	int64_t at_us;
	uint32_t retry_after_ms;
	char digit;
	bool is_ok;
	bool is_next; /* of the session that is to take over */
};

/* ---- actions out ---- */
enum call_action_kind {
	/* these three say by is_next which leg they mean */
	CALL_ACT_MODEL_DIAL,      /* open the model leg */
	CALL_ACT_MODEL_DROP,      /* close the model leg; what it still says is of no interest */
	CALL_ACT_CONFIGURE,       /* session.update; is_minimal after a refusal */
	CALL_ACT_SWITCH,          /* the next leg becomes the model leg, the old one is closed */
	CALL_ACT_REPLAY,          /* the transcript as items, then call_unheard_next() */
	CALL_ACT_GO_LIVE,         /* send the caller's sound from now on, what is kept of it first */
	CALL_ACT_RESPOND,         /* response.create; text: instructions, may be empty */
	CALL_ACT_CANCEL,          /* response.cancel of response_id; empty: of the one that is active */
	CALL_ACT_TRUNCATE,        /* item_id, ms */
	CALL_ACT_DELETE_ITEM,     /* item_id: nothing of it was heard */
	CALL_ACT_USER_TEXT,       /* conversation item of role user; text */
	CALL_ACT_ASSISTANT_TEXT,  /* conversation item of role assistant; text */
	CALL_ACT_TOOL_OUTPUT,     /* function_call_output: call_id, text */
	CALL_ACT_RUN_TOOL,        /* name, call_id, text: arguments */
	CALL_ACT_CLEAR,           /* Twilio clear, and drop all sound that waits */
	CALL_ACT_PERSIST,         /* turn: a finished turn for the transcript file */
	CALL_ACT_RESULT,          /* result, text: transfer target or reason; once a call, before CLOSE */
	CALL_ACT_CLOSE,           /* close the caller's stream; why */
};

enum call_result {
	CALL_RESULT_NONE,     /* no result: whoever asks next may resume the call */
	CALL_RESULT_COMPLETE,
	CALL_RESULT_TRANSFER, /* text: the target's name */
	CALL_RESULT_FAILED,   /* the model could not be reached */
	CALL_RESULT_LIMIT,    /* max_duration_s */
};

enum { CALL_ACTIONS_MAX = 32, CALL_ID_MAX = 80, CALL_TEXT_MAX = 1024, CALL_KEEP_MAX_MS = 5000 };

struct call_action { /* views live until the next call_step of this call */
	enum call_action_kind kind;
	struct str response_id, item_id, call_id, name, text;
	uint32_t ms;
	enum call_why why;
	enum call_result result;
	bool is_minimal;
	bool is_next;
	struct transcript_turn turn;
};

struct call_actions {
	struct call_action list[CALL_ACTIONS_MAX];
	uint32_t n;
	bool has_lost; /* there were more: never, say the tests */
};

enum call_leg { /* the model leg */
	CALL_LEG_NONE,        /* before START and after the end */
	CALL_LEG_CONNECTING,  /* dialled, until session.created */
	CALL_LEG_CONFIGURING, /* until session.updated */
	CALL_LEG_LIVE,
	CALL_LEG_LOST,        /* waiting for the next dial */
};

#endif
