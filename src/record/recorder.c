/* SPDX-License-Identifier: MIT */
#include "recorder.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/mem.h"
#include "ringdown/base/metrics.h"

enum { BITRATE_DEFAULT = 32000, BITRATE_MIN = 12000, BITRATE_MAX = 256000 };

static const char *const matters[RECORDER_MATTERS] = {
	[RECORDER_SOUND] = "sound",
	[RECORDER_TRANSCRIPTS] = "transcripts",
};

void recorder_failed(struct recorder *r, enum recorder_matter m, uint64_t call_tag, int error)
{
	metric_add(METRIC_RECORD_ERRORS, 1);
	r->failed_us[m] = clock_now_us();
	if (r->is_failing[m])
		return;
	r->is_failing[m] = true;
	log_err("call=%llu record: %s cannot be written, trying again every 2 s dir=%s "
		"error=\"%s\"",
		(unsigned long long)call_tag, matters[m], r->dir, strerror(-error));
}

void recorder_worked(struct recorder *r, enum recorder_matter m)
{
	if (!r->is_failing[m] || clock_now_us() - r->failed_us[m] < RECORDER_STEADY_US)
		return;
	r->is_failing[m] = false;
	log_notice("record: %s can be written again dir=%s", matters[m], r->dir);
}

static void wake(void *arg)
{
	struct recorder *r = arg;
	const uint64_t one = 1;
	/* It fails only when the counter is full, and then the thread is awake anyhow. */
	ssize_t n = write(r->wake_fd, &one, sizeof(one));
	(void)n;
}

/* Before the messages are taken: what a closed tap has posted is then among them. */
static void mark_closing(struct recorder *r)
{
	for (struct record_tap *t = r->taps; t; t = t->next)
		t->is_closing = atomic_load_explicit(
			&t->is_closed, memory_order_acquire); /* pairs with record_close() */
}

static void take_messages(struct recorder *r, int64_t now_us)
{
	struct recorder_message m;
	while (inbox_take(&r->inbox, &m)) {
		if (m.turn) {
			writer_turn(r, m.tap, m.turn);
			(void)mem_free(m.turn);
			continue;
		}
		m.tap->next = r->taps;
		r->taps = m.tap;
		writer_open(r, m.tap, now_us);
	}
}

static void run_taps(struct recorder *r, int64_t now_us, bool is_last)
{
	for (struct record_tap **at = &r->taps; *at;) {
		struct record_tap *t = *at;
		writer_round(r, t, now_us);
		if (!t->is_closing && !is_last) {
			at = &t->next;
			continue;
		}
		*at = t->next;
		writer_finish(r, t, t->is_closing ? "ended" : "interrupted");
		(void)tap_free(t);
		(void)atomic_fetch_sub_explicit(&r->n_taps, 1, memory_order_relaxed);
	}
}

static void run_round(struct recorder *r, bool is_last)
{
	int64_t now_us = clock_now_us();
	mark_closing(r);
	take_messages(r, now_us);
	run_taps(r, now_us, is_last);
	shelf_round(r, now_us);
}

/* With nothing to do it sleeps until somebody opens a tap. */
static void wait_for_work(struct recorder *r)
{
	struct pollfd p = {.fd = r->wake_fd, .events = POLLIN};
	uint64_t count;
	int timeout_ms = r->taps || r->documents ? RECORDER_POLL_MS : -1;
	if (poll(&p, 1, timeout_ms) > 0 && read(r->wake_fd, &count, sizeof(count)) < 0)
		return;
}

static void *recorder_main(void *arg)
{
	struct recorder *r = arg;
	int marked = document_sweep(r->dir);
	if (marked > 0)
		log_notice("record: transcripts interrupted by the last stop n=%d dir=%s", marked,
			r->dir);
	while (!atomic_load_explicit(&r->is_stopping, memory_order_acquire)) {
		run_round(r, false);
		wait_for_work(r);
	}
	run_round(
		r, false); /* taps that were opened and closed since: seen as closed by the next */
	run_round(r, true);
	shelf_finish(r);
	return NULL;
}

static bool is_usable(const char *dir)
{
	struct stat st;
	if (stat(dir, &st) < 0)
		return false;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return false;
	}
	return access(dir, W_OK | X_OK) == 0;
}

/* Signals are for the main thread. */
static int start_thread(struct recorder *r)
{
	sigset_t all, before;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&r->thread, NULL, recorder_main, r);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

static struct recorder *give_up(struct recorder *r, int error)
{
	inbox_done(&r->inbox);
	if (r->wake_fd >= 0)
		(void)close(r->wake_fd);
	(void)mem_free(r->memory);
	errno = -error;
	return NULL;
}

static uint32_t bitrate_of(uint32_t asked)
{
	if (asked == 0)
		return BITRATE_DEFAULT;
	return asked < BITRATE_MIN ? BITRATE_MIN : asked > BITRATE_MAX ? BITRATE_MAX : asked;
}

static struct recorder *recorder_alloc(void)
{
	const size_t align = alignof(struct recorder);
	unsigned char *memory = mem_alloc(sizeof(struct recorder) + align);
	if (!memory)
		return NULL;
	struct recorder *r = (void *)(memory + (align - (uintptr_t)memory % align));
	r->memory = memory;
	r->wake_fd = -1;
	return r;
}

struct recorder *recorder_new(const struct recorder_settings *s)
{
	if (!is_usable(s->dir))
		return NULL;
	struct recorder *r = recorder_alloc();
	if (!r) {
		errno = ENOMEM;
		return NULL;
	}
	r->bitrate = bitrate_of(s->bitrate);
	r->has_transcripts = s->has_transcripts;
	if (!str_copy(str_of(s->dir), r->dir, sizeof(r->dir)))
		return give_up(r, -ENAMETOOLONG);
	int error = inbox_init(
		&r->inbox, RECORDER_INBOX_SLOTS, sizeof(struct recorder_message), wake, r);
	if (error)
		return give_up(r, error);
	r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	error = r->wake_fd < 0 ? -errno : start_thread(r);
	return error ? give_up(r, error) : r;
}

struct recorder *recorder_free(struct recorder *r)
{
	if (!r)
		return NULL;
	atomic_store_explicit(&r->is_stopping, true, memory_order_release);
	wake(r);
	(void)pthread_join(r->thread, NULL);
	(void)give_up(r, 0);
	return NULL;
}
