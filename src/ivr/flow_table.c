/* SPDX-License-Identifier: MIT */
/* THE table of node types (their parameters, ranges, defaults and edges), and the rows of the document around them. */
#include "flow_table.h"

#include <string.h>

#include "ringdown/base/auto.h"

/* Twilio's <Say> and <Gather> know different lists (TwiML grammar of npm twilio 6.2.0, read 2026-11-23). */
const char flow_say_languages[] =
	"af-ZA am-ET ar-AE ar-XA arb bg-BG bn-IN ca-ES cmn-CN cmn-TW cs-CZ cy-GB da-DK de-AT de-DE el-GR en-AU en-CA en-GB "
	"en-GB-WLS en-IE en-IN en-NZ en-US en-ZA es-ES es-MX es-US fi-FI fil-PH fr-BE fr-CA fr-FR gu-IN he-IL hi-IN hu-HU "
	"id-ID is-IS it-IT ja-JP kn-IN ko-KR lv-LV ml-IN mr-IN ms-MY nb-NO nl-BE nl-NL pa-IN pl-PL pt-BR pt-PT ro-RO ru-RU "
	"sk-SK sr-RS sv-SE ta-IN te-IN th-TH tr-TR uk-UA vi-VN yue-HK zh-CN zh-HK zh-TW";
const char flow_gather_languages[] =
	"af-ZA am-ET ar-AE ar-BH ar-DZ ar-EG ar-IL ar-IQ ar-JO ar-KW ar-LB ar-MA ar-OM ar-PS ar-QA ar-SA ar-TN az-AZ bg-BG "
	"bn-BD bn-IN ca-ES cmn-Hans-CN cmn-Hant-TW cs-CZ da-DK de-DE el-GR en-AU en-CA en-GB en-GH en-IE en-IN en-KE en-NG "
	"en-NZ en-PH en-SG en-TZ en-US en-ZA es-AR es-BO es-CL es-CO es-CR es-DO es-EC es-ES es-GT es-HN es-MX es-NI es-PA "
	"es-PE es-PR es-PY es-SV es-US es-UY es-VE et-EE eu-ES fa-IR fi-FI fil-PH fr-CA fr-FR gl-ES gu-IN he-IL hi-IN hr-HR "
	"hu-HU hy-AM id-ID is-IS it-IT ja-JP jv-ID ka-GE km-KH kn-IN ko-KR lo-LA lt-LT lv-LV mk-MK ml-IN mn-MN mr-IN ms-MY "
	"my-MM nar-IQ nb-NO ne-NP nl-BE nl-NL pa-guru-IN pl-PL pt-BR pt-PT ro-RO ru-RU si-LK sk-SK sl-SI sq-AL sr-RS su-ID "
	"sv-SE sw-KE sw-TZ ta-IN ta-LK ta-MY ta-SG te-IN th-TH tr-TR uk-UA ur-IN ur-PK uz-UZ vi-VN yue-Hant-HK zh zh-TW "
	"zu-ZA";

const char flow_node_pattern[] = "[A-Za-z0-9_-]{1,64}#?[a-z0-9]{0,5}";

#define PHONE      "\\+[1-9]\\d{6,14}"
#define VAR        "[a-z][a-zA-Z0-9_]{0,31}"
#define NAME       "[^\\s{}]{1,128}"
#define FLOW_NAME  "[a-zA-Z0-9_-]{1,64}"
#define HTTPS      "https://[^\\s]{1,1900}"
#define VOICE      "[A-Za-z0-9._-]{1,64}"
#define KEY        "[0-9*#]"

#define TEXT(n, max_)              {.name = n, .kind = KIND_TEXT, .min = 1, .max = max_}
#define TEXT_AS(n, max_, ...)      {.name = n, .kind = KIND_TEXT, .min = 1, .max = max_, __VA_ARGS__}
#define SPOKEN(n)                  TEXT_AS(n, 3000, .flags = ROW_TEMPLATE)
#define INT(n, min_, max_, preset_) {.name = n, .kind = KIND_INT, .min = min_, .max = max_, .preset = preset_}
#define BOOL(n, preset_)           {.name = n, .kind = KIND_BOOL, .preset = preset_}
#define WORD(n, words_, preset_)   {.name = n, .kind = KIND_WORD, .words = words_, .preset = preset_}
#define EDGE(n)                    {.name = n, .kind = KIND_EDGE}
#define EDGE_NEEDED(n)             {.name = n, .kind = KIND_EDGE, .flags = ROW_REQUIRED}
#define TEXTS(n, max_)             {.name = n, .kind = KIND_TEXTS, .max = max_}
#define OBJECT(n, rows_)           {.name = n, .kind = KIND_OBJECT, .rows = rows_}
#define OBJECT_AS(n, rows_, ...)   {.name = n, .kind = KIND_OBJECT, .rows = rows_, __VA_ARGS__}
#define LIST(n, min_, max_, rows_, flags_) {.name = n, .kind = KIND_LIST, .min = min_, .max = max_, .rows = rows_, .flags = flags_}
#define MAP(n, max_, ...)          {.name = n, .kind = KIND_MAP, .max = max_, __VA_ARGS__}
#define PROMPT(n, flags_)          {.name = n, .kind = KIND_PROMPT, .rows = flow_prompt_rows, .flags = flags_}
#define END                        {.name = NULL}

#define NEEDED        .flags = ROW_REQUIRED
#define SHORT         .flags = ROW_REQUIRED | ROW_SHORTHAND
#define COMMON        TEXT_AS("type", 32, NEEDED), TEXT("label", 100), EDGE("onError")
#define STRATEGIES    "ring-all round-robin longest-idle skill-based sequential"

const struct flow_row flow_prompt_rows[] = {
	TEXT_AS("say", 3000, .flags = ROW_TEMPLATE | ROW_ONE_OF),
	TEXT_AS("play", 2000, .flags = ROW_ONE_OF, .pattern = "[A-Za-z0-9_.-]{1,128} " HTTPS, .ref = FLOW_REF_PROMPT),
	TEXT_AS("voice", 64, .pattern = VOICE),
	WORD("language", flow_say_languages, NULL),
	INT("loop", 1, 5, "1"),
	END,
};

const struct flow_row flow_setting_rows[] = {
	TEXT_AS("voice", 64, .pattern = VOICE, .preset = "Polly.Joanna-Neural"),
	WORD("language", flow_say_languages, "en-US"),
	INT("maxHops", 1, 1000, "100"),
	INT("maxCallSeconds", 60, 86400, "3600"),
	TEXT_AS("recordingNotice", 3000, .flags = ROW_TEMPLATE,
		.preset = "This call may be recorded for quality purposes."),
	TEXT("businessName", 200),
	END,
};

const struct flow_row flow_missed_rows[] = {
	{.name = "action", .kind = KIND_WORD, .words = "sms lead automation webhook", .flags = ROW_REQUIRED},
	TEXT_AS("message", 1600, .flags = ROW_TEMPLATE),
	TEXT_AS("automation", 128, .ref = FLOW_REF_AUTOMATION),
	TEXT_AS("url", 2000, .pattern = HTTPS),
	END,
};

const struct flow_row flow_document_rows[] = {
	WORD("schema", "ivr-flow/1", "ivr-flow/1"),
	TEXT_AS("name", 64, .flags = ROW_REQUIRED, .pattern = FLOW_NAME),
	TEXT("displayName", 100),
	OBJECT("settings", flow_setting_rows),
	EDGE_NEEDED("entry"),
	EDGE("onError"),
	LIST("missedCallActions", 0, 8, flow_missed_rows, 0),
	{.name = "nodes", .kind = KIND_ANY, .flags = ROW_REQUIRED},
	END,
};

static const struct flow_row option_rows[] = {
	TEXT_AS("digit", 1, .flags = ROW_REQUIRED, .pattern = KEY),
	TEXT("label", 100),
	{.name = "next", .kind = KIND_EDGE, .flags = ROW_ONE_OF},
	TEXT_AS("action", 64, .flags = ROW_ONE_OF),
	{.name = "actionParams", .kind = KIND_ANY},
	WORD("groupStrategy", STRATEGIES " simultaneous", NULL),
	END,
};

static const struct flow_row when_rows[] = {
	TEXT_AS("var", 32, .flags = ROW_ONE_OF, .pattern = VAR),
	{.name = "from", .kind = KIND_VALUE, .flags = ROW_ONE_OF},
	{.name = "to", .kind = KIND_VALUE, .flags = ROW_ONE_OF},
	TEXT_AS("tag", 40, .flags = ROW_ONE_OF),
	{.name = "lead", .kind = KIND_WORD, .words = "open none any", .flags = ROW_ONE_OF},
	TEXT_AS("presence", 140, .flags = ROW_ONE_OF, .pattern = "queue:" NAME " group:" NAME " user:" NAME),
	TEXT_AS("hours", 128, .flags = ROW_ONE_OF, .ref = FLOW_REF_SCHEDULE),
	{.name = "stirVerstat", .kind = KIND_VALUE, .flags = ROW_ONE_OF},
	WORD("op", "eq in matches gt lt", "eq"),
	{.name = "value", .kind = KIND_VALUE},
	END,
};
static const struct flow_row case_rows[] = {OBJECT_AS("when", when_rows, NEEDED), EDGE_NEEDED("next"), END};

static const struct flow_row whisper_rows[] = {TEXT_AS("message", 3000, .flags = ROW_TEMPLATE | ROW_REQUIRED), END};
static const struct flow_row screening_rows[] = {
	TEXT_AS("message", 3000, .flags = ROW_TEMPLATE, .preset = "Press {{key}} to accept this call from {{caller}}."),
	TEXT_AS("key", 1, .pattern = "[0-9]", .preset = "1"),
	END,
};
static const struct flow_row breakout_rows[] = {
	TEXT_AS("digit", 1, .flags = ROW_REQUIRED, .pattern = KEY), EDGE_NEEDED("next"), END};
static const struct flow_row owner_rows[] = {
	{.name = "type", .kind = KIND_WORD, .words = "user group number", .flags = ROW_REQUIRED},
	TEXT_AS("id", 128, NEEDED),
	END,
};
static const struct flow_row notify_rows[] = {
	{.name = "sms", .kind = KIND_TEXTS, .max = 10, .pattern = PHONE " user:" NAME " group:" NAME},
	TEXT_AS("automation", 128, .ref = FLOW_REF_AUTOMATION),
	END,
};

/* What every transfer that rings telephones takes.  ROWS(ringDuration's default) */
#define RINGING(seconds)                                                                                              \
	WORD("callerIdMode", "caller office custom", "office"), TEXT_AS("customCallerId", 16, .pattern = PHONE),         \
		INT("ringDuration", 5, 60, seconds), INT("timeLimit", 1, 86400, "14400"), SPOKEN("announce"),           \
		OBJECT("whisper", whisper_rows), OBJECT("screening", screening_rows), BOOL("record", "false"),            \
		WORD("machineDetection", "off enable detect-message-end", "off"), EDGE("next"), EDGE("onNoAnswer"),       \
		EDGE("onBusy"), EDGE("onFailed")

static const struct flow_row say_rows[] = {COMMON, PROMPT("prompt", ROW_REQUIRED | ROW_SHORTHAND), EDGE("next"), END};
static const struct flow_row pause_rows[] = {COMMON, INT("seconds", 1, 10, "1"), EDGE("next"), END};
static const struct flow_row menu_rows[] = {
	COMMON,
	PROMPT("prompt", ROW_REQUIRED),
	LIST("options", 1, 12, option_rows, ROW_REQUIRED),
	TEXT_AS("var", 32, .pattern = VAR),
	INT("timeout", 3, 30, "5"),
	INT("maxRetries", 1, 5, "3"),
	INT("maxInvalid", 1, 5, NULL),
	INT("maxNoInput", 1, 5, NULL),
	BOOL("speech", "false"),
	TEXT("hints", 500),
	SPOKEN("invalidMessage"),
	SPOKEN("noInputMessage"),
	EDGE("onInvalid"),
	EDGE("onNoInput"),
	EDGE("defaultAction"),
	END,
};
static const struct flow_row collect_rows[] = {
	COMMON,
	PROMPT("prompt", ROW_REQUIRED),
	TEXT_AS("var", 32, .flags = ROW_REQUIRED, .pattern = VAR),
	WORD("input", "dtmf speech both", "dtmf"),
	INT("numDigits", 1, 64, NULL),
	INT("min", 1, 64, NULL),
	INT("max", 1, 64, NULL),
	TEXT_AS("finishOnKey", 1, .flags = ROW_EMPTY, .pattern = KEY, .preset = "#"),
	TEXT("pattern", 200),
	INT("timeout", 3, 30, "5"),
	INT("maxRetries", 1, 5, "3"),
	BOOL("secret", "false"),
	TEXT("hints", 500),
	SPOKEN("invalidMessage"),
	SPOKEN("noInputMessage"),
	EDGE("next"),
	EDGE("onInvalid"),
	EDGE("onNoInput"),
	END,
};
static const struct flow_row phone_rows[] = {
	COMMON,
	TEXT_AS("to", 200, .flags = ROW_REQUIRED | ROW_TEMPLATE | ROW_DIAL | ROW_SHORTHAND, .pattern = "\\+?\\d{2,15}"),
	RINGING("20"),
	END,
};
static const struct flow_row user_rows[] = {
	COMMON,
	TEXT_AS("user", 128, SHORT, .ref = FLOW_REF_USER),
	BOOL("simring", NULL),
	BOOL("ringWhenBusy", "false"),
	EDGE("onUnavailable"),
	RINGING("25"),
	END,
};
static const struct flow_row group_rows[] = {
	COMMON,
	TEXT_AS("group", 128, SHORT, .ref = FLOW_REF_GROUP),
	WORD("strategy", STRATEGIES, NULL),
	TEXTS("skills", 20),
	INT("maxAttempts", 1, 10, "10"),
	BOOL("simring", NULL),
	BOOL("ringWhenBusy", "false"),
	EDGE("onUnavailable"),
	RINGING("20"),
	END,
};
static const struct flow_row queue_rows[] = {
	COMMON,
	TEXT_AS("queue", 64, SHORT, .ref = FLOW_REF_QUEUE),
	INT("priority", 0, 9, "0"),
	TEXTS("skills", 20),
	INT("maxWait", 10, 7200, "600"),
	SPOKEN("announce"),
	INT("announceEvery", 10, 600, NULL),
	BOOL("announcePosition", NULL),
	OBJECT("breakout", breakout_rows),
	BOOL("callback", "false"),
	EDGE("next"),
	EDGE("onTimeout"),
	EDGE("onFull"),
	END,
};
static const struct flow_row voicemail_rows[] = {
	COMMON,
	PROMPT("greeting", 0),
	OBJECT_AS("mailbox", owner_rows, SHORT),
	INT("maxLength", 30, 600, "120"),
	TEXT_AS("finishOnKey", 1, .flags = ROW_EMPTY, .pattern = KEY, .preset = "#"),
	BOOL("beep", "true"),
	BOOL("transcribe", "true"),
	OBJECT("notify", notify_rows),
	EDGE("next"),
	END,
};
static const struct flow_row sms_rows[] = {
	COMMON,
	TEXT_AS("message", 1600, .flags = ROW_REQUIRED | ROW_TEMPLATE | ROW_SHORTHAND),
	TEXT_AS("to", 200, .flags = ROW_TEMPLATE, .pattern = "caller " PHONE, .preset = "caller"),
	TEXT_AS("from", 200, .flags = ROW_TEMPLATE, .pattern = PHONE),
	{.name = "mediaUrl", .kind = KIND_TEXTS, .max = 10, .pattern = HTTPS},
	EDGE("next"),
	EDGE("onFailed"),
	END,
};
static const struct flow_row assistant_rows[] = {
	COMMON,
	TEXT_AS("assistantId", 64, SHORT, .ref = FLOW_REF_ASSISTANT),
	TEXT_AS("greeting", 500, .flags = ROW_TEMPLATE),
	TEXT_AS("context", 2000, .flags = ROW_TEMPLATE),
	TEXT("language", 35),
	TEXT("voice", 64),
	WORD("eagerness", "low medium high auto", NULL),
	INT("maxDuration", 30, 3600, "600"),
	BOOL("canTransfer", "true"),
	{.name = "transferTargets", .kind = KIND_EDGES, .max = 32},
	BOOL("record", NULL),
	EDGE("onComplete"),
	EDGE("next"),
	EDGE("onTransfer"),
	EDGE("onTimeout"),
	EDGE("onFailed"),
	END,
};
static const struct flow_row start_recording_rows[] = {
	COMMON,
	BOOL("notify", "true"),
	SPOKEN("message"),
	WORD("channels", "mono dual", "dual"),
	WORD("track", "both inbound outbound", "both"),
	BOOL("transcription", "false"),
	EDGE("next"),
	END,
};
static const struct flow_row pause_recording_rows[] = {
	COMMON, WORD("behavior", "silence skip", "silence"), BOOL("strict", "false"), EDGE("next"), EDGE("onFailed"), END};
static const struct flow_row recording_rows[] = {COMMON, BOOL("strict", "false"), EDGE("next"), EDGE("onFailed"), END};
static const struct flow_row hours_rows[] = {
	COMMON,
	TEXT_AS("schedule", 128, .flags = ROW_REQUIRED, .ref = FLOW_REF_SCHEDULE),
	EDGE_NEEDED("open"),
	EDGE_NEEDED("closed"),
	EDGE("holiday"),
	END,
};
static const struct flow_row branch_rows[] = {COMMON, LIST("cases", 1, 20, case_rows, ROW_REQUIRED), EDGE_NEEDED("else"), END};
static const struct flow_row set_rows[] = {COMMON, MAP("vars", 20, .flags = ROW_REQUIRED | ROW_TEMPLATE, .pattern = VAR), EDGE("next"), END};
static const struct flow_row tag_rows[] = {COMMON, TEXTS("add", 20), TEXTS("remove", 20), EDGE("next"), END};
static const struct flow_row lead_rows[] = {
	COMMON,
	TEXT_AS("leadSource", 64, .preset = "call"),
	TEXTS("leadTags", 20),
	TEXT("leadStatus", 64),
	OBJECT("assignTo", owner_rows),
	MAP("map", 32, .flags = ROW_TEMPLATE),
	EDGE("next"),
	END,
};
static const struct flow_row automation_rows[] = {
	COMMON,
	TEXT_AS("automation", 128, SHORT, .ref = FLOW_REF_AUTOMATION),
	MAP("data", 32, .flags = ROW_TEMPLATE),
	EDGE("next"),
	END,
};
static const struct flow_row opt_out_rows[] = {
	COMMON, WORD("scope", "org number", "org"), PROMPT("confirm", 0), EDGE("next"), END};
static const struct flow_row webhook_rows[] = {
	COMMON,
	TEXT_AS("url", 2000, .flags = ROW_REQUIRED, .pattern = HTTPS),
	INT("timeoutMs", 100, 5000, "3000"),
	MAP("responseVars", 20, .pattern = VAR),
	EDGE("next"),
	EDGE("onFailed"),
	END,
};
static const struct flow_row goto_rows[] = {
	COMMON, TEXT_AS("flow", 64, SHORT, .pattern = FLOW_NAME, .ref = FLOW_REF_FLOW), END};
static const struct flow_row hangup_rows[] = {
	COMMON,
	TEXT_AS("say", 3000, .flags = ROW_TEMPLATE | ROW_SHORTHAND),
	WORD("reject", "none busy rejected", "none"),
	END,
};

const struct flow_type flow_types[] = {
	{"say", FLOW_SAY, TYPE_SPEAKS, say_rows},
	{"pause", FLOW_PAUSE, TYPE_SPEAKS, pause_rows},
	{"menu", FLOW_MENU, TYPE_BLOCKING | TYPE_SPEAKS, menu_rows},
	{"collect", FLOW_COLLECT, TYPE_BLOCKING | TYPE_SPEAKS, collect_rows},
	{"transfer-phone", FLOW_TRANSFER_PHONE, TYPE_BLOCKING | TYPE_SPEAKS, phone_rows},
	{"transfer-user", FLOW_TRANSFER_USER, TYPE_BLOCKING | TYPE_SPEAKS, user_rows},
	{"transfer-group", FLOW_TRANSFER_GROUP, TYPE_BLOCKING | TYPE_SPEAKS, group_rows},
	{"transfer-queue", FLOW_TRANSFER_QUEUE, TYPE_BLOCKING | TYPE_SPEAKS, queue_rows},
	{"voicemail", FLOW_VOICEMAIL, TYPE_BLOCKING | TYPE_SPEAKS, voicemail_rows},
	{"send-sms", FLOW_SEND_SMS, 0, sms_rows},
	{"ai-assistant", FLOW_AI_ASSISTANT, TYPE_BLOCKING | TYPE_SPEAKS, assistant_rows},
	{"start-recording", FLOW_START_RECORDING, TYPE_SPEAKS, start_recording_rows},
	{"pause-recording", FLOW_PAUSE_RECORDING, 0, pause_recording_rows},
	{"resume-recording", FLOW_RESUME_RECORDING, 0, recording_rows},
	{"stop-recording", FLOW_STOP_RECORDING, 0, recording_rows},
	{"hours", FLOW_HOURS, 0, hours_rows},
	{"branch", FLOW_BRANCH, 0, branch_rows},
	{"set", FLOW_SET, 0, set_rows},
	{"tag", FLOW_TAG, 0, tag_rows},
	{"create-lead", FLOW_CREATE_LEAD, 0, lead_rows},
	{"trigger-automation", FLOW_TRIGGER_AUTOMATION, 0, automation_rows},
	{"opt-out", FLOW_OPT_OUT, 0, opt_out_rows},
	{"webhook", FLOW_WEBHOOK, 0, webhook_rows},
	{"goto-flow", FLOW_GOTO_FLOW, 0, goto_rows},
	{"hangup", FLOW_HANGUP, TYPE_BLOCKING, hangup_rows},
};
const size_t flow_n_types = ARRAY_LEN(flow_types);

const struct flow_type *flow_type_find(struct str name)
{
	for (size_t i = 0; i < flow_n_types; i++)
		if (str_is(name, str_of(flow_types[i].name)))
			return &flow_types[i];
	return NULL;
}

uint32_t flow_rows_count(const struct flow_row *rows)
{
	uint32_t n = 0;
	while (rows[n].name)
		n++;
	return n;
}
