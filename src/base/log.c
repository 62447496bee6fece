/* SPDX-License-Identifier: MIT */
#include "ringdown/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/buf.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/metrics.h"
#include "ringdown/base/utf8.h"

enum {
	SUPPRESSED_MAX = 32, /* " suppressed=4294967295" */
	TAIL_MAX = 4,	     /* "..." and the newline */
};

struct level_name {
	enum log_level level;
	struct str name;
};

static const struct level_name level_names[] = {
	{LOG_LEVEL_ERR, {"err", 3}},
	{LOG_LEVEL_WARNING, {"warning", 7}},
	{LOG_LEVEL_NOTICE, {"notice", 6}},
	{LOG_LEVEL_INFO, {"info", 4}},
	{LOG_LEVEL_DEBUG, {"debug", 5}},
};

/* Written by log_init while there is one thread. */
static struct {
	int fd;		/* our own; -1 before log_init */
	bool is_socket; /* send() can be told not to wait, whatever the flags of the description are
			 */
	bool is_journal; /* "<6>" in front instead of the time */
} sink = {.fd = -1};

static _Atomic int level_on;	 /* 0: nothing, until log_init */
static _Atomic uint64_t dropped; /* lines */
static _Atomic bool is_torn;	 /* the last line went out in part: close it before the next */

/* A description of our own is the only one we may make non-blocking: the flag on a shared one would
 * reach the parent's stdout and stdin (a shell's terminal, for one). */
static int open_own(int fd, bool is_socket, bool is_file)
{
	char path[32];
	if (is_socket ||
		is_file) /* sockets: MSG_DONTWAIT; files: never wait, and keep the shared offset */
		return fcntl(fd, F_DUPFD_CLOEXEC, 3);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (own >= 0)
		return own;
	/* No /proc, or a pipe of another user: rather a flag too many than a loop that stands
	 * still. */
	own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	int flags = own >= 0 ? fcntl(own, F_GETFL) : -1;
	if (flags >= 0)
		(void)fcntl(own, F_SETFL, flags | O_NONBLOCK);
	return own;
}

void log_init(int fd, bool is_journal, enum log_level level)
{
	struct stat st;
	bool is_open = fstat(fd, &st) == 0;
	auto_close(&sink.fd);
	sink.is_socket = is_open && S_ISSOCK(st.st_mode);
	sink.is_journal = is_journal;
	sink.fd = is_open ? open_own(fd, sink.is_socket, S_ISREG(st.st_mode)) : -1;
	atomic_store(&is_torn, false);
	log_set_level(level);
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&level_on, (int)level, memory_order_relaxed);
}

bool log_is_on(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&level_on, memory_order_relaxed);
}

int log_level_parse(struct str name, enum log_level *ret_level)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (str_is(name, level_names[i].name)) {
			*ret_level = level_names[i].level;
			return 0;
		}
	}
	return -EINVAL;
}

uint64_t log_dropped(void)
{
	return atomic_load_explicit(&dropped, memory_order_relaxed);
}

/* May let a few more through when two threads open the same second together; a lock would cost
 * more. */
static bool site_may_write(struct log_site *site)
{
	int64_t now_s = clock_now_us() / 1000000;
	int64_t window_s = atomic_load_explicit(&site->window_s, memory_order_relaxed);
	if (window_s != now_s && atomic_compare_exchange_strong_explicit(&site->window_s, &window_s,
					 now_s, memory_order_relaxed, memory_order_relaxed))
		atomic_store_explicit(&site->count, 0, memory_order_relaxed);
	if (atomic_fetch_add_explicit(&site->count, 1, memory_order_relaxed) < (site->burst ? site->burst : LOG_BURST))
		return true;
	(void)atomic_fetch_add_explicit(&site->suppressed, 1, memory_order_relaxed);
	return false;
}

static void put_prefix(struct buf *line, enum log_level level)
{
	char time[25];
	if (sink.is_journal) {
		buf_printf(line, "<%d>", (int)level);
		return;
	}
	clock_format(clock_wall_ms(), time, sizeof(time));
	buf_printf(line, "%s ", time);
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++)
		if (level_names[i].level == level)
			buf_put(line, level_names[i].name);
	buf_putc(line, ' ');
}

/* What could end a line, move a terminal's cursor or turn the direction of writing: C0, DEL, C1,
 * line and paragraph separator, the bidirectional controls. */
static bool is_harmful(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
	       code == 0x200e || code == 0x200f || code == 0x61c ||
	       (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* The form of one character or, of bytes that are none, of the first byte.  Returns bytes of text
 * read. */
static size_t escape(struct str text, struct buf *ret_form)
{
	uint32_t code = 0;
	int n = utf8_scan(text, &code);
	if (n < 0)
		buf_printf(ret_form, "\\x%02x", (unsigned)(unsigned char)text.p[0]);
	else if (code == '\\')
		buf_put(ret_form, STR("\\\\"));
	else if (code == '\n' || code == '\r' || code == '\t')
		buf_printf(ret_form, "\\%c", code == '\n' ? 'n' : code == '\r' ? 'r' : 't');
	else if (is_harmful(code))
		buf_printf(ret_form, code < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)code);
	else
		buf_put(ret_form, (struct str){text.p, (size_t)n});
	return n < 0 ? 1 : (size_t)n;
}

static void put_escaped(struct buf *line, struct str text, size_t end)
{
	char mem[16];
	struct buf form;
	while (text.n) {
		buf_init(&form, mem, sizeof(mem));
		size_t read = escape(text, &form);
		if (line->n + form.n > end) {
			buf_put(line, STR("..."));
			return;
		}
		buf_put(line, buf_str(&form));
		text = str_skip(text, read);
	}
}

static ssize_t sink_write(const char *p, size_t n)
{
	return sink.is_socket ? send(sink.fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL)
			      : write(sink.fd, p, n);
}

/* One system call a line: up to PIPE_BUF bytes a pipe takes all or nothing, so lines do not mix. */
static bool sink_put(struct str line)
{
	if (atomic_load_explicit(&is_torn, memory_order_relaxed)) {
		if (sink_write("\n", 1) != 1)
			return false;
		atomic_store_explicit(&is_torn, false, memory_order_relaxed);
	}
	ssize_t n = sink_write(line.p, line.n);
	if (n > 0 && (size_t)n < line.n)
		atomic_store_explicit(&is_torn, true, memory_order_relaxed);
	return n == (ssize_t)line.n;
}

void log_write(struct log_site *site, enum log_level level, const char *fmt, ...)
{
	int saved = errno; /* callers log first and return -errno after */
	if (!site_may_write(site))
		return;
	char text[LOG_LINE_MAX], mem[LOG_LINE_MAX];
	struct buf line;
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	buf_init(&line, mem, sizeof(mem));
	put_prefix(&line, level);
	put_escaped(&line, str_of(n < 0 ? fmt : text), sizeof(mem) - SUPPRESSED_MAX - TAIL_MAX);
	uint32_t suppressed = atomic_exchange_explicit(&site->suppressed, 0, memory_order_relaxed);
	if (suppressed)
		buf_printf(&line, " suppressed=%u", (unsigned)suppressed);
	buf_putc(&line, '\n');
	if (!sink_put(buf_str(&line))) {
		(void)atomic_fetch_add_explicit(
			&site->suppressed, suppressed, memory_order_relaxed);
		(void)atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
		metric_add(METRIC_LOG_DROPS, 1);
	}
	errno = saved;
}

const char *log_mask(struct str number, char *dst, size_t size)
{
	if (!size)
		return "";
	size_t n = number.n < size ? number.n : size - 1;
	for (size_t i = 0; i < n; i++)
		dst[i] = '*';
	if (n > 2) {
		memcpy(dst + n - 2, number.p + number.n - 2, 2);
		dst[0] = number.p[0] == '+' ? '+' : '*';
	}
	dst[n] = '\0';
	return dst;
}
