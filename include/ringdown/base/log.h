/* log.h - one line a fact: "call=7 sid=CA..c3 barge-in heard_ms=1840".  Any thread; never blocks: a
 * line that stderr cannot take at once is dropped and counted.  Control characters in a line are
 * escaped, so nothing a peer sends can forge a line.  Each call site may write LOG_BURST lines a
 * second; what is beyond is counted and told with the next line of that site ("suppressed=N").
 * Pure rooms (media, wire, call, ivr, sms) do not log. */
#ifndef RINGDOWN_BASE_LOG_H
#define RINGDOWN_BASE_LOG_H

#include <stdatomic.h>
#include <stdint.h>

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum log_level { LOG_LEVEL_ERR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

struct log_site { /* one static a call site: rate limit */
	_Atomic int64_t window_s;    /* second the count belongs to */
	_Atomic uint32_t count;      /* lines in that second */
	_Atomic uint32_t suppressed; /* since the last line that got out */
	uint32_t burst;              /* lines a second; 0: LOG_BURST */
};

enum { LOG_BURST = 10, LOG_CALL_BURST = 500, LOG_LINE_MAX = 1024 };

/* Once, before there are threads; nothing is written before.  fd: where lines go, reopened or duplicated so
 * that its flags stay as they are for whoever shares it; is_journal: "<6>" prefix instead of time.  The
 * program ignores SIGPIPE, as a pipe without a reader would end it. */
void log_init(int fd, bool is_journal, enum log_level level);
void log_set_level(enum log_level level);
bool log_is_on(enum log_level level);
int log_level_parse(struct str name, enum log_level *ret_level); /* err warning notice info debug; -EINVAL */
uint64_t log_dropped(void); /* lines lost because stderr was full */
void log_write(struct log_site *site, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4))); /* keeps errno */

#define LOG_AT_MOST(burst_, level, ...)                            \
	do {                                                       \
		static struct log_site log_site_here = {.burst = (burst_)}; \
		if (log_is_on(level))                              \
			log_write(&log_site_here, level, __VA_ARGS__); \
	} while (0)
#define LOG_AT(level, ...) LOG_AT_MOST(LOG_BURST, level, __VA_ARGS__)
#define log_err(...)     LOG_AT(LOG_LEVEL_ERR, __VA_ARGS__)     /* a human must act */
#define log_warning(...) LOG_AT(LOG_LEVEL_WARNING, __VA_ARGS__) /* survived; says "ignoring" or "dropping" */
#define log_notice(...)  LOG_AT(LOG_LEVEL_NOTICE, __VA_ARGS__)  /* start, stop, configuration */
#define log_info(...)    LOG_AT(LOG_LEVEL_INFO, __VA_ARGS__)    /* a call starts, a call ends */
/* What is written once a call (its start, its end, a kind of fault) bounds itself: hundreds may start at once. */
#define log_call(...)    LOG_AT_MOST(LOG_CALL_BURST, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   LOG_AT(LOG_LEVEL_DEBUG, __VA_ARGS__)   /* steps; nothing per frame */

/* "+15551230001" -> "+*********01": numbers in logs keep their last two digits.  Returns dst. */
const char *log_mask(struct str number, char *dst, size_t size);

#endif
