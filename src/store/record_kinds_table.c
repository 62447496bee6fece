/* SPDX-License-Identifier: MIT */
/* The kinds of records and their tables' own columns, in the order of schema_table.c, where each is explained. */
#include "ringdown/base/auto.h"
#include "ringdown/store/record.h"

#define COLUMNS(...)                    \
	(const char *const[])           \
	{                               \
		__VA_ARGS__, NULL       \
	}

const struct record_kind record_org = {"org", "org", COLUMNS("name")};
const struct record_kind record_user = {
	"user", "app_user", COLUMNS("email", "name", "phone", "is_active", "pass_hash", "tokens_nbf_ms")};
const struct record_kind record_group = {"usergroup", "user_group", COLUMNS("name")};
const struct record_kind record_app_key = {
	"app_key", "app_key", COLUMNS("app_id", "key_hash", "secret_hash", "revoked_at_ms")};
const struct record_kind record_integration = {"integration", "integration",
	COLUMNS("type", "name", "account_sid", "api_key_sid", "cred_enc", "prev_token_enc", "prev_token_until_ms", "environment",
		"status", "is_default")};
const struct record_kind record_number = {"phone_number", "phone_number",
	COLUMNS("e164", "provider_sid", "integration_sk", "status", "friendly_name", "intent", "quarantine_until_ms", "checked_ms")};
const struct record_kind record_port = {
	"number_port", "number_port", COLUMNS("e164", "direction", "status", "expected_ms", "provider_sid")};
const struct record_kind record_purchase = {
	"purchase_intent", "purchase_intent", COLUMNS("e164", "status", "number_sk", "integration_sk", "due_ms")};
const struct record_kind record_contact = {"contact", "contact", COLUMNS("phone", "name", "email")};
const struct record_kind record_opt_out = {
	"opt_out", "opt_out", COLUMNS("phone", "scope", "number", "source", "at_ms", "cleared_at_ms")};
const struct record_kind record_flow = {"ivr_flow", "ivr_flow", COLUMNS("name", "published_version")};
const struct record_kind record_schedule = {"schedule", "schedule", COLUMNS("name")};
const struct record_kind record_prompt = {"prompt", "prompt", COLUMNS("name", "hash", "content_type", "size_bytes")};
const struct record_kind record_ai_assistant = {"ai_assistant", "assistant", COLUMNS("name")};
const struct record_kind record_call = {"call_log", "call",
	COLUMNS("call_sid", "account_sid", "parent_sid", "session_id", "direction", "from_number", "to_number", "status",
		"status_rank", "sequence", "number_sk", "flow", "flow_version", "user_sk", "queue_sk", "started_ms", "answered_ms",
		"ended_ms", "is_missed", "has_voicemail")};
const struct record_kind record_recording = {"recording", "recording",
	COLUMNS("sid", "call_sid", "session_id", "kind", "status", "status_rank", "number", "user_sk", "mailbox", "started_ms",
		"duration_s", "retention_until_ms", "is_heard")};
const struct record_kind record_transcript = {"transcript", "transcript",
	COLUMNS("sid", "call_sid", "recording_sk", "source", "status", "language", "body")};
const struct record_kind record_queue = {"queue", "queue", COLUMNS("name", "strategy")};

const struct record_kind *record_kind_find(struct str datatype)
{
	static const struct record_kind *const all[] = {&record_org, &record_user, &record_group, &record_app_key,
		&record_integration, &record_number, &record_port, &record_purchase, &record_contact, &record_opt_out, &record_flow,
		&record_schedule, &record_prompt, &record_ai_assistant, &record_call, &record_recording, &record_transcript,
		&record_queue};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (str_is(str_of(all[i]->datatype), datatype))
			return all[i];
	return NULL;
}
