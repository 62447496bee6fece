/* SPDX-License-Identifier: MIT */
/* The schema, step by step.  A step that was released is never changed: what comes later is a step of its own.
 * One text for both engines: BIGINT, TEXT and {blob} are the types, flags are 0 and 1, times are Unix milliseconds,
 * JSON is text.  Tables that hold ENVELOPE are record kinds (record_kinds_table.c names their columns again). Each table
 * has org but for those marked (*), whose rows belong to the installation. */
#include "schema.h"

#include "ringdown/base/auto.h"

#define ENVELOPE_OF(org_)                                                                                 \
	"org TEXT NOT NULL " org_ ", sk TEXT NOT NULL, data TEXT NOT NULL, state TEXT NOT NULL,"         \
	" author TEXT NOT NULL, version BIGINT NOT NULL, created_ms BIGINT NOT NULL, modified_ms BIGINT NOT NULL, "
#define ENVELOPE ENVELOPE_OF("REFERENCES org (org)")
#define OF_ORG   "org TEXT NOT NULL REFERENCES org (org), "

/* data: the settings of PLANE.md 0.  sk = org. */
static const char people[] =
	"CREATE TABLE org (" ENVELOPE_OF("")
	" name TEXT NOT NULL,"
	" PRIMARY KEY (org, sk), UNIQUE (org), CHECK (org = sk));"

	/* email is lower-case; pass_hash is scrypt's text or NULL: nobody signs in */
	"CREATE TABLE app_user (" ENVELOPE
	" email TEXT NOT NULL, name TEXT, phone TEXT, is_active BIGINT NOT NULL, pass_hash TEXT, tokens_nbf_ms BIGINT NOT NULL,"
	" PRIMARY KEY (org, sk), UNIQUE (org, email));"

	"CREATE TABLE user_group (" ENVELOPE
	" name TEXT NOT NULL,"
	" PRIMARY KEY (org, sk), UNIQUE (org, name));"
	"CREATE TABLE group_member (" OF_ORG
	" group_sk TEXT NOT NULL, user_sk TEXT NOT NULL, priority BIGINT NOT NULL, skills TEXT,"
	" PRIMARY KEY (org, group_sk, user_sk));"
	"CREATE INDEX group_member_user ON group_member (org, user_sk);"

	"CREATE TABLE app_key (" ENVELOPE
	" app_id TEXT NOT NULL, key_hash TEXT NOT NULL, secret_hash TEXT NOT NULL, revoked_at_ms BIGINT,"
	" PRIMARY KEY (org, sk), UNIQUE (org, app_id));"
	/* used_at_ms: not NULL once it was rotated; coming again it ends its family */
	"CREATE TABLE refresh_token (" OF_ORG
	" token_hash TEXT NOT NULL, family TEXT NOT NULL, user_sk TEXT NOT NULL, expires_ms BIGINT NOT NULL, used_at_ms BIGINT,"
	" PRIMARY KEY (token_hash));"
	"CREATE INDEX refresh_token_family ON refresh_token (org, family);"
	"CREATE INDEX refresh_token_user ON refresh_token (org, user_sk);"
	"CREATE INDEX refresh_token_expires ON refresh_token (expires_ms);"
	"CREATE TABLE token_deny (jti TEXT NOT NULL PRIMARY KEY, expires_ms BIGINT NOT NULL);" /* (*) */
	"CREATE INDEX token_deny_expires ON token_deny (expires_ms);"

	"CREATE TABLE presence (" OF_ORG
	" user_sk TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, until_ms BIGINT, changed_ms BIGINT NOT NULL,"
	" rona BIGINT NOT NULL DEFAULT 0, wrap_up_until_ms BIGINT, idle_since_ms BIGINT,"
	" PRIMARY KEY (org, user_sk));"
	"CREATE TABLE presence_log (" OF_ORG
	" sk TEXT NOT NULL, user_sk TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, author TEXT NOT NULL, at_ms BIGINT NOT NULL,"
	" PRIMARY KEY (org, sk));"
	"CREATE INDEX presence_log_user ON presence_log (org, user_sk, at_ms);"
	"CREATE TABLE device (" OF_ORG
	" device_id TEXT NOT NULL, user_sk TEXT NOT NULL, platform TEXT NOT NULL, data TEXT NOT NULL,"
	" created_ms BIGINT NOT NULL, last_seen_ms BIGINT NOT NULL,"
	" PRIMARY KEY (org, device_id));"
	"CREATE INDEX device_user ON device (org, user_sk, last_seen_ms);";

static const char twilio[] =
	/* cred_enc, prev_token_enc: sealed (seal.h), record = sk, field = the column's name; status: active, degraded, error, disabled */
	"CREATE TABLE integration (" ENVELOPE
	" type TEXT NOT NULL, name TEXT NOT NULL, account_sid TEXT, api_key_sid TEXT, cred_enc TEXT NOT NULL,"
	" prev_token_enc TEXT, prev_token_until_ms BIGINT, environment TEXT NOT NULL, status TEXT NOT NULL, is_default BIGINT NOT NULL,"
	" PRIMARY KEY (org, sk));"
	"CREATE UNIQUE INDEX integration_name ON integration (org, name) WHERE status <> 'disabled';"
	"CREATE INDEX integration_account ON integration (account_sid);"

	/* status: pending, active, porting, released, failed; a number has one owner over all organisations */
	"CREATE TABLE phone_number (" ENVELOPE
	" e164 TEXT NOT NULL, provider_sid TEXT, integration_sk TEXT, status TEXT NOT NULL, friendly_name TEXT,"
	" intent TEXT, quarantine_until_ms BIGINT, checked_ms BIGINT,"
	" PRIMARY KEY (org, sk));"
	"CREATE UNIQUE INDEX phone_number_e164 ON phone_number (e164) WHERE status NOT IN ('released', 'failed');"
	"CREATE UNIQUE INDEX phone_number_sid ON phone_number (provider_sid) WHERE status NOT IN ('released', 'failed');"
	"CREATE INDEX phone_number_status ON phone_number (org, status);"
	"CREATE TABLE number_event (" OF_ORG
	" sk TEXT NOT NULL, number_sk TEXT NOT NULL, event TEXT NOT NULL, data TEXT NOT NULL, author TEXT NOT NULL,"
	" at_ms BIGINT NOT NULL, PRIMARY KEY (org, sk));"
	"CREATE INDEX number_event_number ON number_event (org, number_sk, at_ms);"
	"CREATE TABLE number_port (" ENVELOPE
	" e164 TEXT NOT NULL, direction TEXT NOT NULL, status TEXT NOT NULL, expected_ms BIGINT, provider_sid TEXT,"
	" PRIMARY KEY (org, sk));"
	"CREATE INDEX number_port_e164 ON number_port (org, e164);"
	/* A purchase from before Twilio is asked until its outcome is known: due_ms is when a sweep looks after it */
	"CREATE TABLE purchase_intent (" ENVELOPE
	" e164 TEXT, status TEXT NOT NULL, number_sk TEXT, integration_sk TEXT, due_ms BIGINT,"
	" PRIMARY KEY (org, sk));"
	"CREATE INDEX purchase_intent_due ON purchase_intent (status, due_ms);"

	"CREATE TABLE contact (" ENVELOPE
	" phone TEXT NOT NULL, name TEXT, email TEXT,"
	" PRIMARY KEY (org, sk), UNIQUE (org, phone));"
	"CREATE TABLE contact_tag (" OF_ORG
	" contact_sk TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (org, contact_sk, tag));"
	"CREATE INDEX contact_tag_tag ON contact_tag (org, tag);"
	/* number: '' when it holds for all of the organisation's */
	"CREATE TABLE opt_out (" ENVELOPE
	" phone TEXT NOT NULL, scope TEXT NOT NULL, number TEXT NOT NULL, source TEXT NOT NULL, at_ms BIGINT NOT NULL,"
	" cleared_at_ms BIGINT, PRIMARY KEY (org, sk));"
	"CREATE UNIQUE INDEX opt_out_live ON opt_out (org, phone, scope, number) WHERE cleared_at_ms IS NULL;"
	"CREATE INDEX opt_out_phone ON opt_out (phone);";

static const char flows[] =
	/* data: the draft; published_version: NULL until there is one */
	"CREATE TABLE ivr_flow (" ENVELOPE
	" name TEXT NOT NULL, published_version BIGINT,"
	" PRIMARY KEY (org, sk), UNIQUE (org, name));"
	"CREATE TABLE ivr_flow_version (" OF_ORG
	" name TEXT NOT NULL, version BIGINT NOT NULL, doc TEXT NOT NULL, hash TEXT NOT NULL, author TEXT NOT NULL,"
	" at_ms BIGINT NOT NULL, PRIMARY KEY (org, name, version));"
	"CREATE TABLE schedule (" ENVELOPE
	" name TEXT NOT NULL,"
	" PRIMARY KEY (org, sk), UNIQUE (org, name));"
	"CREATE TABLE prompt (" ENVELOPE
	" name TEXT NOT NULL, hash TEXT NOT NULL, content_type TEXT NOT NULL, size_bytes BIGINT NOT NULL,"
	" PRIMARY KEY (org, sk), UNIQUE (org, name));"
	"CREATE TABLE prompt_audio (" OF_ORG
	" prompt_sk TEXT NOT NULL, audio {blob} NOT NULL, PRIMARY KEY (org, prompt_sk));"
	"CREATE TABLE assistant (" ENVELOPE
	" name TEXT NOT NULL,"
	" PRIMARY KEY (org, sk), UNIQUE (org, name));";

static const char calls[] =
	/* status_rank, sequence: PLANE.md 8.4; from_number, to_number: as Twilio has them, client:.. among them */
	"CREATE TABLE call (" ENVELOPE
	" call_sid TEXT, account_sid TEXT, parent_sid TEXT, session_id TEXT, direction TEXT NOT NULL, from_number TEXT, to_number TEXT,"
	" status TEXT NOT NULL, status_rank BIGINT NOT NULL, sequence BIGINT NOT NULL, number_sk TEXT, flow TEXT, flow_version BIGINT,"
	" user_sk TEXT, queue_sk TEXT, started_ms BIGINT, answered_ms BIGINT, ended_ms BIGINT, is_missed BIGINT NOT NULL,"
	" has_voicemail BIGINT NOT NULL,"
	" PRIMARY KEY (org, sk), UNIQUE (call_sid));"
	"CREATE INDEX call_created ON call (org, created_ms);"
	"CREATE INDEX call_session_id ON call (org, session_id);"
	"CREATE INDEX call_parent ON call (parent_sid);"
	"CREATE INDEX call_user ON call (org, user_sk, created_ms);"
	"CREATE INDEX call_live ON call (org, created_ms) WHERE status_rank < 4;"
	"CREATE TABLE call_event (" OF_ORG
	" call_sk TEXT NOT NULL, n BIGINT NOT NULL, at_ms BIGINT NOT NULL, event TEXT NOT NULL, details TEXT NOT NULL,"
	" PRIMARY KEY (org, call_sk, n));"
	"CREATE TABLE call_session (" OF_ORG
	" call_sid TEXT NOT NULL PRIMARY KEY, flow TEXT, flow_version BIGINT, vars TEXT NOT NULL, candidates TEXT, ai TEXT,"
	" expires_ms BIGINT NOT NULL);"
	"CREATE INDEX call_session_expires ON call_session (expires_ms);"
	"CREATE TABLE orphan_status (" /* (*): of a call nobody knows yet */
	" sid TEXT NOT NULL, n BIGINT NOT NULL, payload TEXT NOT NULL, until_ms BIGINT NOT NULL, PRIMARY KEY (sid, n));"
	"CREATE INDEX orphan_status_until ON orphan_status (until_ms);";

static const char queues[] =
	"CREATE TABLE queue (" ENVELOPE
	" name TEXT NOT NULL, strategy TEXT NOT NULL,"
	" PRIMARY KEY (org, sk), UNIQUE (org, name));"
	/* member_type: user, group */
	"CREATE TABLE queue_member (" OF_ORG
	" queue_sk TEXT NOT NULL, member_type TEXT NOT NULL, member_sk TEXT NOT NULL, priority BIGINT NOT NULL,"
	" PRIMARY KEY (org, queue_sk, member_type, member_sk));"
	/* status: waiting, offered, connected, left; a call waits in one queue at a time */
	"CREATE TABLE queue_entry (" OF_ORG
	" sk TEXT NOT NULL, queue_sk TEXT NOT NULL, call_sid TEXT NOT NULL, status TEXT NOT NULL, priority BIGINT NOT NULL,"
	" skills TEXT, data TEXT NOT NULL, entered_ms BIGINT NOT NULL, left_ms BIGINT, reason TEXT,"
	" PRIMARY KEY (org, sk));"
	"CREATE UNIQUE INDEX queue_entry_call ON queue_entry (call_sid) WHERE left_ms IS NULL;"
	"CREATE INDEX queue_entry_line ON queue_entry (org, queue_sk, status, entered_ms);"
	/* One open offer an agent, one an entry */
	"CREATE TABLE queue_offer (" OF_ORG
	" sk TEXT NOT NULL, queue_sk TEXT NOT NULL, entry_sk TEXT NOT NULL, user_sk TEXT NOT NULL, call_sid TEXT, status TEXT NOT NULL,"
	" lease_until_ms BIGINT NOT NULL, created_ms BIGINT NOT NULL, ended_ms BIGINT,"
	" PRIMARY KEY (org, sk));"
	"CREATE UNIQUE INDEX queue_offer_user ON queue_offer (org, user_sk) WHERE ended_ms IS NULL;"
	"CREATE UNIQUE INDEX queue_offer_entry ON queue_offer (org, entry_sk) WHERE ended_ms IS NULL;"
	"CREATE INDEX queue_offer_lease ON queue_offer (lease_until_ms) WHERE ended_ms IS NULL;";

static const char recordings[] =
	"CREATE TABLE recording (" ENVELOPE
	" sid TEXT, call_sid TEXT, session_id TEXT, kind TEXT NOT NULL, status TEXT NOT NULL, status_rank BIGINT NOT NULL, number TEXT,"
	" user_sk TEXT, mailbox TEXT, started_ms BIGINT, duration_s BIGINT, retention_until_ms BIGINT, is_heard BIGINT NOT NULL,"
	" PRIMARY KEY (org, sk), UNIQUE (sid));"
	"CREATE INDEX recording_call ON recording (org, call_sid);"
	"CREATE INDEX recording_created ON recording (org, created_ms);"
	"CREATE INDEX recording_retention ON recording (retention_until_ms);"
	/* body: all that was said, for searching; data has the segments */
	"CREATE TABLE transcript (" ENVELOPE
	" sid TEXT, call_sid TEXT, recording_sk TEXT, source TEXT NOT NULL, status TEXT NOT NULL, language TEXT, body TEXT NOT NULL,"
	" PRIMARY KEY (org, sk), UNIQUE (sid));"
	"CREATE INDEX transcript_call ON transcript (org, call_sid);"
	"CREATE INDEX transcript_created ON transcript (org, created_ms);"
	"CREATE TABLE media_audit (" OF_ORG
	" sk TEXT NOT NULL, recording_sk TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, ip TEXT, at_ms BIGINT NOT NULL,"
	" PRIMARY KEY (org, sk));"
	"CREATE INDEX media_audit_recording ON media_audit (org, recording_sk, at_ms);";

static const char machinery[] =
	/* state: waiting, done, dead; dedup_key: what may be asked for once only */
	"CREATE TABLE outbox (" OF_ORG
	" sk TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, not_before_ms BIGINT NOT NULL, lease_owner TEXT, lease_until_ms BIGINT,"
	" attempts BIGINT NOT NULL, state TEXT NOT NULL, bucket_key TEXT, dedup_key TEXT, payload TEXT NOT NULL, error TEXT,"
	" created_ms BIGINT NOT NULL, UNIQUE (org, dedup_key));"
	"CREATE INDEX outbox_due ON outbox (state, not_before_ms);"
	"CREATE TABLE idempotency (" /* no reference: a check of the key must not wait for a change of the org's row */
	" org TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, key TEXT NOT NULL, body_hash TEXT NOT NULL, state TEXT NOT NULL,"
	" owner TEXT NOT NULL, status BIGINT, headers TEXT, response TEXT, started_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL,"
	" PRIMARY KEY (org, method, path, key));"
	"CREATE INDEX idempotency_expires ON idempotency (expires_ms);"
	"CREATE TABLE rate_bucket (key TEXT NOT NULL PRIMARY KEY, tokens BIGINT NOT NULL, at_ms BIGINT NOT NULL);" /* (*) */
	"CREATE TABLE event_head (org TEXT NOT NULL PRIMARY KEY, seq BIGINT NOT NULL);"
	"CREATE TABLE event_log ("
	" org TEXT NOT NULL, seq BIGINT NOT NULL, at_ms BIGINT NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL,"
	" PRIMARY KEY (org, seq));"
	"CREATE INDEX event_log_at ON event_log (at_ms);"
	"CREATE TABLE audit_head (org TEXT NOT NULL PRIMARY KEY, seq BIGINT NOT NULL, hash TEXT NOT NULL);"
	"CREATE TABLE audit ("
	" org TEXT NOT NULL, seq BIGINT NOT NULL, at_ms BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL,"
	" was TEXT NOT NULL, becomes TEXT NOT NULL, ip TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (org, seq));"
	"CREATE TABLE lease (" /* (*); fence: one more with each new owner */
	" name TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, until_ms BIGINT NOT NULL, fence BIGINT NOT NULL);"
	"CREATE TABLE node (" /* (*) */
	" node TEXT NOT NULL PRIMARY KEY, url TEXT NOT NULL, data TEXT NOT NULL, started_ms BIGINT NOT NULL, seen_ms BIGINT NOT NULL);";

const struct schema_step schema_steps[] = {
	{1, "organisations, people, presence", people},
	{2, "integrations, numbers, contacts", twilio},
	{3, "flows, schedules, prompts, assistants", flows},
	{4, "calls", calls},
	{5, "queues", queues},
	{6, "recordings, transcripts", recordings},
	{7, "outbox, idempotency, events, audit, leases", machinery},
};
const uint32_t schema_n_steps = ARRAY_LEN(schema_steps);
