/* SPDX-License-Identifier: MIT */
/* plane_dump DIR - every TwiML document the plane can answer, for callers of every kind, one a line:
 * {"name":"connect","caller":"...","token":"...","document":"..."}.  DIR: assistants, one of them "default".
 * tests/e2e/twiml.test.mjs holds each against the grammar and against the twilio package. */
#include <stdio.h>
#include <stdlib.h>

#include "../../src/plane/plane_private.h"
#include "ringdown/base/auto.h"

#define SID "CA00000000000000000000000000000001"

/* What a caller, or whoever is in between, may put into a webhook. */
static const char *const callers[] = {
	"+15550100",
	"anonymous",
	"sip:\"O'Neill\" <on@example.com>;tag=1&2",
	"</Parameter></Stream></Connect><Dial>+900</Dial>",
	"]]><!-- \x01\x02 gr\xc3\xbc\xc3\x9f \xef\xbf\xbe \xff\xed\xa0\x80 -->",
};

static void put_line(const char *name, const char *caller, struct str document)
{
	static char line[1 << 18];
	struct buf b;
	buf_init(&b, line, sizeof(line));
	buf_printf(&b, "{\"name\":\"%s\",\"caller\":", name);
	buf_put_json(&b, str_of(caller));
	buf_put(&b, STR(",\"document\":"));
	buf_put_json(&b, document);
	buf_put(&b, STR("}\n"));
	if (!buf_ok(&b) || fwrite(line, 1, b.n, stdout) != b.n)
		exit(1);
}

static void ask(struct plane *p, const char *name, const char *path, const char *query, const char *caller, const char *more)
{
	char body[4096];
	struct buf b;
	struct plane_request *r = plane_request_new();
	if (!r)
		exit(1);
	buf_init(&b, body, sizeof(body));
	buf_put(&b, STR("CallSid=" SID "&To=%2B15550199&From="));
	percent_put(&b, str_of(caller));
	buf_put(&b, str_of(more));
	r->method = STR("POST");
	r->path = str_of(path);
	r->query = str_of(query);
	r->content_type = STR("application/x-www-form-urlencoded");
	r->body = buf_str(&b);
	plane_handle(p, r);
	if (r->status != 200)
		exit(1);
	put_line(name, caller, r->reply);
	plane_request_free(r);
}

static void on_done(struct plane_claim *c)
{
	(void)c;
}

static void end_stream(struct plane *p, enum plane_outcome outcome)
{
	struct plane_claim *c = plane_claim_new();
	struct plane_result *r = plane_result_new();
	if (!c || !r)
		exit(1);
	c->call_sid = r->call_sid = STR(SID);
	c->stream_sid = r->stream_sid = STR("MZ1");
	c->done = on_done;
	claim_handle(p, c, 1);
	assistant_set_unref(c->set);
	plane_claim_free(c);
	r->outcome = outcome;
	r->target_name = STR("sales");
	r->target_number = STR("+15551230001");
	result_handle(p, r, 1);
}

#define VOICE "/connect/webhook/twilio/voice"
#define AFTER "/connect/webhook/twilio/after"

/* A plane that has nobody but a human to offer. */
static void dump_fallback(struct plane *p, const char *caller)
{
	end_stream(p, PLANE_FAILED);
	ask(p, "fallback", AFTER, "n=1", caller, "&CallStatus=in-progress");
}

static void dump_for(struct plane *p, const char *caller)
{
	static const char going[] = "&CallStatus=in-progress";
	ask(p, "connect", VOICE, "", caller, "&CallStatus=ringing");
	ask(p, "connect-custom", VOICE, "campaign=spring <&\"'> \xc3\xa9&b=1", caller, "&CallStatus=ringing");
	end_stream(p, PLANE_NONE);
	ask(p, "resume", AFTER, "n=1", caller, going);
	end_stream(p, PLANE_TRANSFER);
	ask(p, "dial", AFTER, "n=1", caller, going);
	end_stream(p, PLANE_COMPLETE);
	ask(p, "hangup", AFTER, "n=1", caller, going);
	end_stream(p, PLANE_NONE);
	ask(p, "sorry", AFTER, "n=6", caller, going);
	ask(p, "nothing", AFTER, "n=1", caller, "&CallStatus=completed");
	plane_set_draining(p, true);
	ask(p, "come-back", VOICE, "", caller, going);
	ask(p, "come-back-again", VOICE, "wait=1", caller, going);
	ask(p, "come-back-after", AFTER, "n=2", caller, going);
	plane_set_draining(p, false);
	plane_set_full(p, true);
	ask(p, "busy", VOICE, "", caller, "&CallStatus=ringing");
	plane_set_full(p, false);
}

int main(int argc, char **argv)
{
	struct plane_settings settings = {
		.public_url = STR("https://voice.example.com"), .default_assistant = STR("default")};
	struct assistant_set *set = NULL;
	AUTO(auto_free) char *error = NULL;
	if (argc != 2 || assistant_set_load(argv[1], &set, &error) < 0)
		return 1;
	struct plane *p = plane_new(&settings, set);
	settings.fallback_number = STR("+15551230009");
	struct plane *with_fallback = plane_new(&settings, set);
	assistant_set_unref(set);
	if (!p || !with_fallback)
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(callers); i++) {
		dump_for(p, callers[i]);
		dump_fallback(with_fallback, callers[i]);
	}
	plane_free(with_fallback);
	plane_free(p);
	return 0;
}
