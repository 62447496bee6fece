/* SPDX-License-Identifier: MIT */
/* The service: start everything, then wait for signals; the watchdog is fed while every loop ticks. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "history.h"
#include "ringdown/app/commands.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"
#include "service.h"

enum {
	TURN_MS = 100,
	TICK_LATE_US = 2000000, /* a loop that has not ticked for so long is stuck: no more watchdog */
	LAST_WEBHOOK_US = 2000000, /* after the last call: Twilio asks how it goes on (measured: 0.2 to 0.9 s) */
	CLOSE_GRACE_US = 1000000,  /* the same, when somebody is in a hurry */
	STOP_MARGIN_S = 30, /* what the manager waits beyond the drain: function calls under way, last files */
};

static int give_up(const char *words)
{
	log_err("%s", words);
	return -EINVAL;
}

static void harden(void)
{
	struct rlimit files, none = {0, 0};
	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none); /* a core would hold keys and voices */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

static int block_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

/* Words of several lines into the log; returns err. */
static int tell_why(int err, struct buf *errors)
{
	errors->p[errors->n] = '\0';
	log_lines(errors->p);
	return err;
}

/* The store and the keys for what is secret in it. */
static int start_store(struct service *s)
{
	const struct config *c = &s->loaded.config;
	char text[2 * STORE_ERROR_SIZE];
	struct buf errors;
	if (!c->store_url[0])
		return 0;
	buf_init(&errors, text, sizeof(text) - 1);
	int err = store_keys_load(&s->keys, c, &errors);
	if (err == 0)
		err = store_open(c->store_url, &s->store, &errors);
	return err < 0 ? tell_why(err, &errors) : 0;
}

static int start_plane(struct service *s)
{
	const struct config *c = &s->loaded.config;
	for (uint32_t i = 0; i < c->n_numbers; i++)
		s->numbers[i] = (struct plane_number){c->numbers[i].number, c->numbers[i].assistant};
	struct plane_settings ps = {
		.public_url = str_of(c->public_url),
		.auth_token = c->auth_token,
		.account_sid = str_of(c->account_sid),
		.require_signature = c->require_signature,
		.has_admin = c->admin_listen[0],
		.default_assistant = str_of(c->assistants_default),
		.fallback_number = str_of(c->fallback_number),
		.numbers = s->numbers,
		.n_numbers = c->n_numbers,
		.store = s->store,
		.bearer_keys = &s->keys.ring.bearer,
		.keys = s->keys.keys,
		.flow_key = s->keys.ring.flow,
		.url_keys = s->keys.ring.urls,
		.n_url_keys = s->keys.ring.n_urls,
		.cors_origins = str_of(c->cors_origins),
		.webhook_workers = c->webhook_workers,
		.api_workers = c->api_workers,
		.twilio_api_url = c->api_url,
		.private_targets = or_null(c->allow_private),
		.records_dir = or_null(c->record_dir),
		.history_fn = c->record_dir[0] ? history_load : NULL,
		.history_arg = c->record_dir,
	};
	s->plane = plane_new(&ps, s->loaded.set);
	return s->plane ? 0 : give_up("the plane's thread cannot be started");
}

static int start_recorder(struct service *s)
{
	const struct config *c = &s->loaded.config;
	const struct recorder_settings rs = {c->record_dir, c->bitrate, c->has_transcripts};
	if (!c->record_dir[0])
		return 0;
	s->recorder = recorder_new(&rs);
	if (s->recorder)
		return 0;
	log_err("[record] dir = %s: %s", c->record_dir, strerror(errno));
	return -EINVAL;
}

static int start_tools(struct service *s)
{
	const struct config *c = &s->loaded.config;
	const struct tool_pool_settings ts = {
		.workers = c->tool_workers,
		.http = {.ca_file = or_null(c->tools_ca_file), .allows_private = c->allow_private_webhooks,
			.private_targets = or_null(c->allow_private)},
	};
	s->tools = tool_pool_new(&ts);
	return s->tools ? 0 : give_up("the tool workers cannot be started");
}

/* "a:1 b:2" into the settings; "systemd" stands for the sockets systemd hands over. */
static void take_listeners(struct service *s)
{
	struct link_settings *ls = &s->link_settings;
	char *rest = s->loaded.config.listen;
	char *one;
	while ((one = strsep(&rest, " "))) {
		if (strcmp(one, "systemd") == 0 || !one[0])
			continue;
		if (ls->n_listen < LINK_LISTEN_MAX)
			ls->listen[ls->n_listen++] = one;
	}
	int n = sd_listen_fds(1);
	for (int i = 0; i < n && i < LINK_LISTEN_MAX; i++)
		ls->listen_fds[ls->n_listen_fds++] = SD_LISTEN_FDS_START + i;
	if (n > 0)
		ls->n_listen = 0; /* the socket unit says where */
}

static int start_link(struct service *s)
{
	const struct config *c = &s->loaded.config;
	AUTO(auto_free) char *words = NULL;
	s->link_settings = (struct link_settings){
		.admin_listen = or_null(c->admin_listen),
		.loops = c->loops,
		.max_connections = c->max_connections,
		.max_calls = c->max_calls,
		.max_pending_per_address = c->max_pending_per_address,
		.tls_cert = or_null(c->tls_cert),
		.tls_key = or_null(c->tls_key),
		.model_url = c->model_url,
		.model = str_of(c->model),
		.dialect = c->dialect,
		.api_key = c->api_key,
		.ca_file = or_null(c->ca_file),
		.transcription_model = str_of(c->transcription_model),
		.connect_timeout_ms = c->connect_timeout_ms,
		.lead_ms = c->lead_ms,
		.message_ms = c->message_ms,
		.plane = s->plane,
		.recorder = s->recorder,
		.tools = s->tools,
	};
	take_listeners(s);
	s->link = link_new(&s->link_settings, &words);
	if (s->link)
		return 0;
	return give_up(words ? words : "the loops cannot be started");
}

static void enter(struct service *s, enum phase phase, int64_t after_us)
{
	s->phase = phase;
	s->phase_end_us = clock_now_us() + after_us;
}

static void on_stop_wish(struct service *s)
{
	if (s->phase == PHASE_SERVING) {
		log_notice("stop draining calls=%u limit_s=%u", link_calls(s->link), s->loaded.config.drain_timeout_s);
		/* TimeoutStopSec of the unit may be less than the drain that is configured. */
		sd_notifyf(0, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRId64,
			(s->loaded.config.drain_timeout_s + (int64_t)STOP_MARGIN_S) * 1000000);
		link_drain(s->link);
		enter(s, PHASE_DRAINING, s->loaded.config.drain_timeout_s * 1000000LL);
	} else {
		s->phase_end_us = 0; /* a second wish: now */
	}
}

static void on_signals(struct service *s)
{
	struct signalfd_siginfo info;
	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			service_reload(s);
		else
			on_stop_wish(s);
	}
}

static void move_on(struct service *s)
{
	int64_t now_us = clock_now_us();
	bool is_over = now_us >= s->phase_end_us, is_empty = link_calls(s->link) == 0;
	if (!is_empty)
		s->busy_us = now_us;
	if (s->phase == PHASE_DRAINING && is_empty && now_us - s->busy_us >= LAST_WEBHOOK_US) {
		s->phase = PHASE_DONE;
	} else if (s->phase == PHASE_DRAINING && is_over) {
		log_notice("stop closing calls=%u", link_calls(s->link));
		link_close_calls(s->link);
		enter(s, PHASE_CLOSING, is_empty && now_us - s->busy_us >= CLOSE_GRACE_US ? 0 : CLOSE_GRACE_US);
	} else if (s->phase == PHASE_CLOSING && is_over) {
		s->phase = PHASE_DONE;
	}
}

static void feed_watchdog(struct service *s)
{
	if (clock_now_us() - link_oldest_tick_us(s->link) > TICK_LATE_US)
		return;
	sd_notifyf(0, "WATCHDOG=1\nSTATUS=%u calls", link_calls(s->link));
}

static void run(struct service *s)
{
	struct pollfd p = {.fd = s->signals, .events = POLLIN};
	int turns = 0;
	while (s->phase != PHASE_DONE) {
		(void)poll(&p, 1, TURN_MS);
		on_signals(s);
		move_on(s);
		plane_set_full(s->plane, link_calls(s->link) >= s->loaded.config.max_calls);
		metric_set(METRIC_LOG_DROPS, (int64_t)log_dropped());
		if (turns++ % 10 == 0)
			feed_watchdog(s);
	}
}

/* First those who call into the loops, then the loops, then what the loops call into. */
static void stop(struct service *s)
{
	plane_stop(s->plane);
	tool_pool_stop(s->tools);
	link_free(s->link);
	tool_pool_free(s->tools);
	plane_free(s->plane);
	store_close(s->store);
	store_keys_close(&s->keys);
	recorder_free(s->recorder);
	load_done(&s->loaded);
	auto_close(&s->signals);
}

static void warn_open_door(const struct service *s)
{
	if (!s->loaded.config.require_signature)
		log_warning("require_signature = no: ANYONE who reaches this port can open streams and spend your money; "
			    "this is for development only");
}

static void warn_open_guard(const struct service *s)
{
	if (s->loaded.config.allow_private[0])
		log_notice("start outbound allow_private=%s: private addresses and plain http are open to these",
			s->loaded.config.allow_private);
}

int command_serve(const struct arguments *a)
{
	static struct service s;
	enum log_level level = LOG_LEVEL_INFO;
	harden();
	log_init(STDERR_FILENO, getenv("JOURNAL_STREAM") != NULL, level);
	int err = load_all(&s.loaded, a->config);
	if (err < 0) {
		log_lines(s.loaded.errors);
		load_done(&s.loaded);
		return EX_CONFIG; /* RestartPreventExitStatus: it would be no better the next time */
	}
	(void)log_level_parse(str_of(s.loaded.config.log_level), &level);
	log_set_level(level);
	s.signals = block_signals();
	if (http_client_global_init() < 0) {
		stop(&s);
		(void)give_up("libcurl cannot be set up");
		return EX_OSERR;
	}
	if (start_store(&s) < 0) {
		stop(&s);
		return EX_CONFIG;
	}
	if (start_plane(&s) < 0 || start_recorder(&s) < 0 || start_tools(&s) < 0 || start_link(&s) < 0) {
		stop(&s);
		return 1;
	}
	warn_open_door(&s);
	plane_set_ready(s.plane, true);
	log_notice("start version=%s port=%u assistants=%u model=%s", RINGDOWN_VERSION, link_port(s.link), s.loaded.set->n,
		s.loaded.config.model_url);
	if (link_admin_port(s.link))
		log_notice("start admin port=%u", link_admin_port(s.link));
	warn_open_guard(&s);
	sd_notify(0, "READY=1");
	run(&s);
	stop(&s);
	log_notice("stop done");
	return 0;
}
