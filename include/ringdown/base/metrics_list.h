/* metrics_list.h - the rows of metrics.h: add a row here and use METRIC_<ID> or LATENCY_<ID>. */
#ifndef RINGDOWN_BASE_METRICS_LIST_H
#define RINGDOWN_BASE_METRICS_LIST_H

/* SPDX-License-Identifier: MIT */

#define METRICS_LIST(X)                                                                                    \
	X(CALLS_LIVE, GAUGE, "ringdown_calls_live", "Calls with an open media stream")                     \
	X(CALLS_TOTAL, COUNTER, "ringdown_calls_total", "Media streams accepted")                          \
	X(CALLS_REFUSED, COUNTER, "ringdown_calls_refused_total", "Media streams refused")                 \
	X(CALLS_FAILED, COUNTER, "ringdown_calls_failed_total", "Calls that ended by a fault of ours")     \
	X(CALLER_FRAMES, COUNTER, "ringdown_caller_frames_total", "Media messages from callers")           \
	X(CALLER_BAD, COUNTER, "ringdown_caller_bad_messages_total", "Caller messages ignored as malformed") \
	X(CALLER_GAP_FRAMES, COUNTER, "ringdown_caller_gap_frames_total", "Frames of silence filled in")   \
	X(CALLER_DROPPED_FRAMES, COUNTER, "ringdown_caller_dropped_frames_total", "Caller frames dropped") \
	X(MODEL_FRAMES, COUNTER, "ringdown_model_frames_total", "20 ms frames sent to callers")            \
	X(MODEL_BAD, COUNTER, "ringdown_model_bad_messages_total", "Model messages ignored as malformed")  \
	X(MODEL_STALE, COUNTER, "ringdown_model_stale_deltas_total", "Deltas dropped: response cancelled") \
	X(MODEL_ERRORS, COUNTER, "ringdown_model_error_events_total", "error events of the model")         \
	X(MODEL_CONNECTS, COUNTER, "ringdown_model_connects_total", "Model connections opened")            \
	X(MODEL_CONNECT_FAILURES, COUNTER, "ringdown_model_connect_failures_total", "Model connections failed") \
	X(MODEL_RECONNECTS, COUNTER, "ringdown_model_reconnects_total", "Model connections replaced in mid-call") \
	X(BARGE_INS, COUNTER, "ringdown_barge_ins_total", "Times a caller cut the assistant short")        \
	X(TOOL_CALLS, COUNTER, "ringdown_tool_calls_total", "Function calls run")                          \
	X(TOOL_FAILURES, COUNTER, "ringdown_tool_failures_total", "Function calls that failed")            \
	X(WEBHOOKS, COUNTER, "ringdown_webhooks_total", "Twilio webhooks answered")                        \
	X(HTTP_REFUSED, COUNTER, "ringdown_http_refused_total", "HTTP requests refused (4xx, 5xx)")        \
	X(CONNECTIONS_LIVE, GAUGE, "ringdown_connections_live", "Accepted sockets open")                   \
	X(CONNECTIONS_REFUSED, COUNTER, "ringdown_connections_refused_total", "Sockets closed for lack of room") \
	X(ACCEPT_PAUSES, COUNTER, "ringdown_accept_pauses_total", "Times accepting paused for lack of descriptors") \
	X(QUEUE_DROPS, COUNTER, "ringdown_queue_drops_total", "Messages dropped: a leg's queue was full")  \
	X(RECORD_DROPS, COUNTER, "ringdown_record_drops_total", "Recorder slots dropped: ring full")       \
	X(RECORD_ERRORS, COUNTER, "ringdown_record_errors_total", "Recorder file errors (disk full, ...)") \
	X(LOG_DROPS, COUNTER, "ringdown_log_drops_total", "Log lines dropped: stderr full")                \
	X(ALLOC_FAILURES, COUNTER, "ringdown_alloc_failures_total", "Allocations that failed")

#define LATENCIES_LIST(X)                                                                                  \
	X(LOOP_LAG, "ringdown_loop_lag_seconds", "How late the 20 ms tick of a loop ran")                  \
	X(CALLER_JITTER, "ringdown_caller_jitter_seconds", "Caller media: time since the one before, off its own clock") \
	X(UPLINK, "ringdown_uplink_seconds", "Caller message received to model message written")           \
	X(DOWNLINK, "ringdown_downlink_seconds", "Model delta received to first caller message written")   \
	X(BARGE_IN, "ringdown_barge_in_seconds", "speech_started received to clear written")               \
	X(MODEL_CONNECT, "ringdown_model_connect_seconds", "Model dial to session ready")                  \
	X(WEBHOOK, "ringdown_webhook_seconds", "Webhook request complete to reply handed over")            \
	X(TOOL, "ringdown_tool_seconds", "Function call webhook, sent to answered")

#endif
