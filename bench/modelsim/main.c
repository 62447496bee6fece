/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "modelsim.h"
#include "ringdown/base/auto.h"

struct simulator sim = {
	.listen = "127.0.0.1:0",
	.dialect = "auto",
	.mode_name = "speech",
	.delta_ms = 100,
	.answer_ms = 4000,
	.expires_s = 3600,
	.tool_args = "{}",
};

static const struct option_row rows[] = {
	{"listen", OPTION_TEXT, &sim.listen, "address:port, port 0 for any; prints \"listening ADDRESS:PORT\""},
	{"tls-cert", OPTION_TEXT, &sim.cert, "PEM chain: serve wss"},
	{"tls-key", OPTION_TEXT, &sim.key, "PEM key of it"},
	{"dialect", OPTION_TEXT, &sim.dialect, "ga, beta, or auto: beta when the client sends OpenAI-Beta (auto)"},
	{"api-key-file", OPTION_TEXT, &sim.api_key_file, "only this key is taken, others get 401 (any)"},
	{"mode", OPTION_TEXT, &sim.mode_name, "echo, speech (answers each turn), tool (calls a tool at the first turn)"},
	{"speech", OPTION_LIST, &sim.speeches,
		"WAV file that is the answer: the first of a session, and so on, then the last again (frames coded by tones)"},
	{"said", OPTION_LIST, &sim.said, "the answer's transcript, as above (This is what I had to say)"},
	{"understood", OPTION_LIST, &sim.understood, "the transcript of a caller's turn, as above ((N ms of speech))"},
	{"answer-ms", OPTION_NUMBER, &sim.answer_ms, "length of a coded answer (4000)"},
	{"delta-ms", OPTION_NUMBER, &sim.delta_ms, "sound of one delta (100)"},
	{"think-ms", OPTION_NUMBER, &sim.think_ms, "from the end of a turn to the answer's first delta (0)"},
	{"burst", OPTION_NUMBER, &sim.burst, "answers come N times as fast as they are spoken; 0: at once (0)"},
	{"tool-name", OPTION_TEXT, &sim.tool_name, "mode tool: the function"},
	{"tool-args", OPTION_TEXT, &sim.tool_args, "mode tool: its arguments, JSON ({})"},
	{"fault", OPTION_LIST, &sim.faults,
		"KIND[:A[:B]][@FIRST-N-CONNECTIONS]: refuse (RST), http:STATUS, slow-handshake:MS (0: never), no-session, "
		"close:CODE:AFTER_MS, reset:AFTER_MS, error:AFTER_MS, garbage:AFTER_MS:KIND (0 cut JSON, 1 no UTF-8, 2 binary, "
		"3 nested 10,000 deep, 4 delta that is not base64), stale (deltas of a cancelled response), expire:AFTER_MS, "
		"odd (deltas part within samples), failed (responses fail)"},
	{"expires-s", OPTION_NUMBER, &sim.expires_s, "expires_at of a session (3600)"},
	{"trace", OPTION_TEXT, &sim.trace_file, "file shared with callsim: times of each frame"},
	{"stats", OPTION_TEXT, &sim.stats, "JSON written at the end"},
	{"seconds", OPTION_NUMBER, &sim.seconds, "end by itself (0: on SIGTERM)"},
};

static const struct {
	const char *name;
	enum mode mode;
} modes[] = {{"echo", MODE_ECHO}, {"speech", MODE_SPEECH}, {"tool", MODE_TOOL}};

static void fail(const char *what, const char *value)
{
	fprintf(stderr, "modelsim: %s: %s\n", what, value);
	exit(2);
}

static void read_mode(void)
{
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (strcmp(sim.mode_name, modes[i].name) == 0) {
			sim.mode = modes[i].mode;
			return;
		}
	fail("--mode is echo, speech or tool, not", sim.mode_name);
}

static void read_key(void)
{
	if (!sim.api_key_file)
		return;
	FILE *f = fopen(sim.api_key_file, "r");
	if (!f || fscanf(f, "%511s", sim.api_key) != 1)
		fail("--api-key-file cannot be read", sim.api_key_file);
	fclose(f);
}

static void open_tls(void)
{
	if (!sim.cert)
		return;
	sim.tls = SSL_CTX_new(TLS_server_method());
	if (!sim.tls || SSL_CTX_use_certificate_chain_file(sim.tls, sim.cert) != 1 || !sim.key ||
		SSL_CTX_use_PrivateKey_file(sim.tls, sim.key, SSL_FILETYPE_PEM) != 1)
		fail("--tls-cert and --tls-key are no pair", sim.cert);
}

static void on_accept(struct io *io, uint32_t events)
{
	int fd;
	(void)events;
	while ((fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		(void)session_new(fd);
}

static struct io listener = {.ready = on_accept};

static void open_listener(void)
{
	char host[64];
	int one = 1, port = 0;
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t n = sizeof(at);
	if (sscanf(sim.listen, "%63[0-9.]:%d", host, &port) != 2 || inet_pton(AF_INET, host, &at.sin_addr) != 1)
		fail("--listen is ADDRESS:PORT, not", sim.listen);
	at.sin_port = htons((uint16_t)port);
	listener.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(listener.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener.fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(listener.fd, 1024) < 0)
		fail("cannot listen on", sim.listen);
	getsockname(listener.fd, (struct sockaddr *)&at, &n);
	io_set(sim.loop, &listener, EPOLLIN);
	printf("listening %s:%d\n", host, ntohs(at.sin_port));
	fflush(stdout);
}

static void write_stats(void)
{
	struct rusage u;
	FILE *f = sim.stats ? fopen(sim.stats, "w") : NULL;
	if (!f)
		return;
	getrusage(RUSAGE_SELF, &u);
	fprintf(f,
		"{\"connections\":%llu,\"appends\":%llu,\"truncates\":%llu,\"deletes\":%llu,\"cancels\":%llu,"
		"\"responses\":%llu,\"tool_outputs\":%llu,\"items_created\":%llu,\"errors_sent\":%llu,"
		"\"up_lost\":%llu,\"up_doubled\":%llu,\"up_reordered\":%llu,\"up_unread\":%llu,\"up_replayed\":%llu,\"cpu_s\":%.3f}\n",
		(unsigned long long)sim.connections, (unsigned long long)sim.appends, (unsigned long long)sim.truncates,
		(unsigned long long)sim.deletes, (unsigned long long)sim.cancels, (unsigned long long)sim.responses,
		(unsigned long long)sim.tool_outputs, (unsigned long long)sim.created_items,
		(unsigned long long)sim.errors_sent, (unsigned long long)sim.up_lost, (unsigned long long)sim.up_doubled,
		(unsigned long long)sim.up_reordered, (unsigned long long)sim.up_unread,
		(unsigned long long)sim.up_replayed,
		(double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
	fclose(f);
}

static void on_end(struct timer *t)
{
	(void)t;
	loop_stop(sim.loop);
}

int main(int argc, char **argv)
{
	static struct timer end = {.fire = on_end};
	options_read(argc, argv, "A Realtime server for tests: it hears, answers and misbehaves as told.", rows,
		ARRAY_LEN(rows));
	read_mode();
	read_key();
	faults_read();
	speech_init();
	if (sim.trace_file && !(sim.trace = trace_open(sim.trace_file)))
		return 2;
	sim.loop = loop_new();
	open_tls();
	open_listener();
	if (sim.seconds)
		timer_arm(sim.loop, &end, loop_now_us(sim.loop) + sim.seconds * 1000000);
	loop_run(sim.loop);
	sessions_end();
	write_stats();
	return 0;
}
