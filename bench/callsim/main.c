/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/wav.h"
#include "callsim.h"
#include "ringdown/base/auto.h"
#include "ringdown/media/mulaw.h"

enum { RATE_8K = 8000, US_A_MS = 1000, NS_A_MS = 1000000, DEFAULT_TALK_MS = 1000 };

struct simulator sim = {
	.calls = 1,
	.seconds = 10,
	.pause_ms = 600,
	.dtmf_after_ms = 1000,
	.turns = -1,
	.from = "+15550100001",
	.to = "+15550199001",
	.pace = "realtime",
	.account = "AC00000000000000000000000000000000",
};

static const char what[] =
	"Twilio callers for tests: each opens a media stream, speaks and listens in real time.\n"
	"\n"
	"Without --wav, --talk-ms and --barge-ms a caller speaks all the time, in frames that carry a number (bench/lib/\n"
	"tones.h), and expects them back (modelsim --mode echo); else it speaks in turns and waits for an answer.\n"
	"\n"
	"Report: \"up\" is the time from a frame's send() to its reading by modelsim, all frames; \"down\" from modelsim's\n"
	"send() to the reading here, of those frames that nobody has a reason to hold back: all in echo, the first of each\n"
	"delta when deltas come as fast as they are spoken (--burst 1), the first of each answer otherwise.  Both need\n"
	"--trace at both simulators and an assistant with \"sim={{sim}}\" in its instructions.  \"barge_in\" is the time from\n"
	"speech_started's send() to the reading of \"clear\"; \"truncate\" holds the model's audio_end_ms against what was\n"
	"played here.  \"schedule\" is this program's own lateness: large figures void the others.";

static const struct option_row rows[] = {
	{"url", OPTION_TEXT, &sim.url, "media stream to open, ws[s]://host:port/path"},
	{"webhook", OPTION_TEXT, &sim.webhook, "ask this URL for TwiML first and open the stream that it names"},
	{"calls", OPTION_NUMBER, &sim.calls, "how many (1)"},
	{"seconds", OPTION_NUMBER, &sim.seconds, "each call's length (10)"},
	{"hangup-after-ms", OPTION_NUMBER, &sim.hangup_after_ms, "the same in milliseconds; wins"},
	{"ramp-ms", OPTION_NUMBER, &sim.ramp_ms, "starts are spread over so long (0)"},
	{"ca-file", OPTION_TEXT, &sim.ca_file, "PEM: certificates that are believed (the system's)"},
	{"signature-token", OPTION_TEXT, &sim.token_option, "auth token, or @FILE: sign as Twilio does"},
	{"public-url", OPTION_TEXT, &sim.public_url, "what is signed: a URL, or its scheme and host (what is dialled)"},
	{"account", OPTION_TEXT, &sim.account, "accountSid"},
	{"call-sid", OPTION_TEXT, &sim.call_sid, "callSid of the one call (made up)"},
	{"stream-sid", OPTION_TEXT, &sim.stream_sid, "streamSid of its one stream (made up)"},
	{"from", OPTION_TEXT, &sim.from, "caller's number"},
	{"to", OPTION_TEXT, &sim.to, "called number"},
	{"parameter", OPTION_LIST, &sim.parameters, "NAME=VALUE: a custom parameter besides sim=<index of the call>"},
	{"wav", OPTION_LIST, &sim.wavs, "what callers say in a turn; the first in the first one, and so on, then the last again"},
	{"talk-ms", OPTION_NUMBER, &sim.talk_ms, "length of a turn of coded frames (1000 with --barge-ms, else no turns)"},
	{"pause-ms", OPTION_NUMBER, &sim.pause_ms, "silence between an answer's end and the next turn (600)"},
	{"barge-ms", OPTION_NUMBER, &sim.barge_ms, "begin a turn so long after an answer begins to be heard"},
	{"turns", OPTION_NUMBER, &sim.turns, "how many; 0: until the end (0, with --wav as many as there are)"},
	{"dtmf", OPTION_TEXT, &sim.dtmf, "digits, two a second"},
	{"dtmf-after-ms", OPTION_NUMBER, &sim.dtmf_after_ms, "the first of them (1000)"},
	{"heard", OPTION_TEXT, &sim.heard, "directory for heard-<index>.wav, what each caller heard"},
	{"trace", OPTION_TEXT, &sim.trace_file, "file shared with modelsim (best in /dev/shm); emptied at the start"},
	{"json", OPTION_TEXT, &sim.json, "file of the report (standard output)"},
	{"timed-after-ms", OPTION_NUMBER, &sim.timed_after_ms,
		"frames sent in a run's first milliseconds are counted, but not timed: calls are still being set up (0)"},
	{"pace", OPTION_TEXT, &sim.pace, "realtime: there is no other"},
};

static struct caller *callers;

static void fail(const char *mistake, const char *value)
{
	fprintf(stderr, "callsim: %s: %s\n", mistake, value);
	exit(2);
}

static void read_token(void)
{
	if (!sim.token_option)
		return;
	if (sim.token_option[0] != '@') {
		snprintf(sim.token, sizeof(sim.token), "%s", sim.token_option);
		return;
	}
	FILE *f = fopen(sim.token_option + 1, "r");
	if (!f || fscanf(f, "%511s", sim.token) != 1)
		fail("--signature-token cannot be read", sim.token_option + 1);
	fclose(f);
}

static void read_options(void)
{
	const char *url = sim.webhook ? sim.webhook : sim.url;
	if (!url || (sim.webhook && sim.url))
		fail("give one of --url and --webhook", "--help explains them");
	if (target_read(&sim.at, url) < 0)
		fail("no URL of ws, wss, http or https", url);
	if (strcmp(sim.pace, "realtime") != 0)
		fail("--pace is realtime, not", sim.pace);
	if ((sim.call_sid || sim.stream_sid) && sim.calls != 1)
		fail("--call-sid and --stream-sid are one call's", "--calls");
	if ((sim.call_sid && strlen(sim.call_sid) >= SID_BYTES) || (sim.stream_sid && strlen(sim.stream_sid) >= SID_BYTES))
		fail("a SID has 34 characters", sim.call_sid ? sim.call_sid : sim.stream_sid);
	if (sim.turns < 0)
		sim.turns = sim.wavs.n;
	if (sim.barge_ms && !sim.talk_ms)
		sim.talk_ms = DEFAULT_TALK_MS;
	sim.is_turns = sim.wavs.n || sim.talk_ms;
	if (sim.trace_file && (!(sim.trace = trace_open(sim.trace_file)) || trace_clear(sim.trace) < 0))
		exit(2);
	if (sim.heard && mkdir(sim.heard, 0777) < 0 && access(sim.heard, W_OK) < 0)
		fail("--heard cannot be written", sim.heard);
	read_token();
}

static void open_tls(void)
{
	if (!sim.at.is_tls)
		return;
	sim.tls = SSL_CTX_new(TLS_client_method());
	if (!sim.tls || (sim.ca_file ? SSL_CTX_load_verify_locations(sim.tls, sim.ca_file, NULL)
				     : SSL_CTX_set_default_verify_paths(sim.tls)) != 1)
		fail("no certificates in", sim.ca_file ? sim.ca_file : "the system's store");
	SSL_CTX_set_verify(sim.tls, SSL_VERIFY_PEER, NULL);
}

static void raise_files(void)
{
	struct rlimit r;
	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

static int64_t begun_us;

static int64_t start_us(long i)
{
	return begun_us + (int64_t)sim.ramp_ms * US_A_MS * i / sim.calls;
}

static void on_next(struct timer *t)
{
	int64_t now_us = loop_now_us(sim.loop);
	while (sim.started < sim.calls && start_us(sim.started) <= now_us) {
		long i = sim.started++;
		caller_start(&callers[i], (int)i);
	}
	if (sim.started < sim.calls)
		timer_arm(sim.loop, t, start_us(sim.started));
	else if (sim.live == 0)
		loop_stop(sim.loop);
}

static void write_heard(void)
{
	char path[1024];
	for (long i = 0; sim.heard && i < sim.started; i++) {
		struct hearing *h = &callers[i].hearing;
		AUTO(auto_free) int16_t *pcm = malloc((h->heard.n + 1) * sizeof(*pcm));
		if (!pcm)
			exit(3);
		mulaw_decode(h->heard.p + h->heard.from, h->heard.n, pcm);
		snprintf(path, sizeof(path), "%s/heard-%ld.wav", sim.heard, i);
		(void)wav_write(path, RATE_8K, pcm, h->heard.n);
	}
}

int main(int argc, char **argv)
{
	static struct timer next = {.fire = on_next};
	options_read(argc, argv, what, rows, ARRAY_LEN(rows));
	read_options();
	words_init();
	open_tls();
	raise_files();
	callers = calloc((size_t)sim.calls + 1, sizeof(*callers));
	sim.loop = loop_new();
	if (!callers)
		exit(3);
	begun_us = loop_now_us(sim.loop);
	sim.timed_from_ns = trace_now_ns() + (int64_t)sim.timed_after_ms * NS_A_MS;
	timer_arm(sim.loop, &next, begun_us);
	loop_run(sim.loop);
	report_write();
	write_heard();
	return sim.failed > 0 || sim.connected < sim.calls;
}
