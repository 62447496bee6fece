/* SPDX-License-Identifier: MIT */
#include "ringdown/call/call.h"

const char *call_leg_name(enum call_leg leg)
{
	static const char *const names[] = {
		[CALL_LEG_NONE] = "none",
		[CALL_LEG_CONNECTING] = "connecting",
		[CALL_LEG_CONFIGURING] = "configuring",
		[CALL_LEG_LIVE] = "live",
		[CALL_LEG_LOST] = "lost",
	};
	return names[leg];
}

const char *call_event_name(enum call_event_kind k)
{
	static const char *const names[] = {
		[CALL_EV_START] = "START",
		[CALL_EV_MARK] = "MARK",
		[CALL_EV_DTMF] = "DTMF",
		[CALL_EV_CALLER_GONE] = "CALLER_GONE",
		[CALL_EV_MODEL_OPEN] = "MODEL_OPEN",
		[CALL_EV_MODEL_LOST] = "MODEL_LOST",
		[CALL_EV_SESSION_CREATED] = "SESSION_CREATED",
		[CALL_EV_SESSION_UPDATED] = "SESSION_UPDATED",
		[CALL_EV_RESPONSE_CREATED] = "RESPONSE_CREATED",
		[CALL_EV_ITEM_ADDED] = "ITEM_ADDED",
		[CALL_EV_SPEECH_STARTED] = "SPEECH_STARTED",
		[CALL_EV_SPEECH_STOPPED] = "SPEECH_STOPPED",
		[CALL_EV_AUDIO_DONE] = "AUDIO_DONE",
		[CALL_EV_MODEL_TEXT] = "MODEL_TEXT",
		[CALL_EV_MODEL_TEXT_DONE] = "MODEL_TEXT_DONE",
		[CALL_EV_CALLER_TEXT] = "CALLER_TEXT",
		[CALL_EV_TOOL_CALL] = "TOOL_CALL",
		[CALL_EV_TOOL_REFUSED] = "TOOL_REFUSED",
		[CALL_EV_END_CALL] = "END_CALL",
		[CALL_EV_TRANSFER] = "TRANSFER",
		[CALL_EV_RESPONSE_DONE] = "RESPONSE_DONE",
		[CALL_EV_MODEL_ERROR] = "MODEL_ERROR",
		[CALL_EV_TOOL_DONE] = "TOOL_DONE",
		[CALL_EV_DEADLINE] = "DEADLINE",
		[CALL_EV_HANGUP] = "HANGUP",
		[CALL_EV_DRAIN] = "DRAIN",
	};
	return names[k];
}

const char *call_action_name(enum call_action_kind k)
{
	static const char *const names[] = {
		[CALL_ACT_MODEL_DIAL] = "MODEL_DIAL",
		[CALL_ACT_MODEL_DROP] = "MODEL_DROP",
		[CALL_ACT_CONFIGURE] = "CONFIGURE",
		[CALL_ACT_SWITCH] = "SWITCH",
		[CALL_ACT_REPLAY] = "REPLAY",
		[CALL_ACT_GO_LIVE] = "GO_LIVE",
		[CALL_ACT_RESPOND] = "RESPOND",
		[CALL_ACT_CANCEL] = "CANCEL",
		[CALL_ACT_TRUNCATE] = "TRUNCATE",
		[CALL_ACT_DELETE_ITEM] = "DELETE_ITEM",
		[CALL_ACT_USER_TEXT] = "USER_TEXT",
		[CALL_ACT_ASSISTANT_TEXT] = "ASSISTANT_TEXT",
		[CALL_ACT_TOOL_OUTPUT] = "TOOL_OUTPUT",
		[CALL_ACT_RUN_TOOL] = "RUN_TOOL",
		[CALL_ACT_CLEAR] = "CLEAR",
		[CALL_ACT_PERSIST] = "PERSIST",
		[CALL_ACT_RESULT] = "RESULT",
		[CALL_ACT_CLOSE] = "CLOSE",
	};
	return names[k];
}

const char *call_why_name(enum call_why w)
{
	static const char *const names[] = {
		[CALL_WHY_NONE] = "none",
		[CALL_WHY_STOP] = "stop",
		[CALL_WHY_CLOSED] = "closed",
		[CALL_WHY_LOST] = "lost",
		[CALL_WHY_PROTOCOL] = "protocol",
		[CALL_WHY_REPLACED] = "replaced",
		[CALL_WHY_REFUSED] = "refused",
		[CALL_WHY_UNAUTHORIZED] = "unauthorized",
		[CALL_WHY_BUSY] = "busy",
		[CALL_WHY_TIMEOUT] = "timeout",
		[CALL_WHY_EXPIRED] = "expired",
	};
	return names[w];
}

const char *call_result_name(enum call_result r)
{
	static const char *const names[] = {
		[CALL_RESULT_NONE] = "none",
		[CALL_RESULT_COMPLETE] = "complete",
		[CALL_RESULT_TRANSFER] = "transfer",
		[CALL_RESULT_FAILED] = "failed",
		[CALL_RESULT_LIMIT] = "limit",
	};
	return names[r];
}
