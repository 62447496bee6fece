/* fuzz: links ivr */
/* SPDX-License-Identifier: MIT */
/* A caller who does anything at any node of any flow, in any state: what comes out is a whole document within its bounds,
 * the walk ends, and no text of the caller's becomes a verb. */
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/ivr/step.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool claim)
{
	if (!claim)
		abort();
}

/* Lines: the state ("node hops invalid no-input index phase"), fields as a form, vars as a form; then the flow. */
struct input {
	struct str state, form, vars, flow;
};

static struct input split(struct str s)
{
	struct input in;
	in.state = str_split(&s, '\n');
	in.form = str_split(&s, '\n');
	in.vars = str_split(&s, '\n');
	in.flow = s;
	return in;
}

static uint32_t take_number(struct str *s)
{
	uint64_t n = 0;
	(void)str_u64(str_split(s, ' '), UINT32_MAX, &n);
	return (uint32_t)n;
}

static const struct ivr_user users[] = {{.name = {"ann", 3}, .sk = {"ann", 3}, .identity = {"o_ann", 5}, .is_available = true},
	{.name = {"bob", 3}, .sk = {"bob", 3}, .phone = {"+14155550101", 12}, .is_available = true, .has_simring = true}};
static const uint32_t members[] = {0, 1, 7};
static const struct ivr_group groups[] = {{.name = {"sales", 5}, .members = members, .n_members = 3, .next = 4}};
static const struct str candidates[] = {{"ann", 3}, {"bob", 3}};

static struct ivr_world world_of(const struct form *form, const struct form *vars, struct ivr_pair *pairs)
{
	struct ivr_world w = {.now_ms = 1795521600000, .base_url = STR("https://v.example"), .stream_base = STR("wss://v.example"),
		.org = STR("o"), .key = STR("k"), .key_id = STR("1"), .call_sid = STR("CA1"), .session_id = STR("s"),
		.from = form_get(form, STR("From")), .to = STR("+14155550100"), .direction = STR("inbound"),
		.call_status = form_get(form, STR("CallStatus")), .can_text = true, .has_record_transcripts = true,
		.vars = pairs, .users = users, .n_users = 2, .groups = groups, .n_groups = 1, .candidates = candidates,
		.n_candidates = 2, .queue_exit = form_get(form, STR("exit")), .ai = {form_get(form, STR("ai")), form_get(form, STR("target")), STR("")}};
	for (size_t i = 0; i < vars->n; i++)
		pairs[w.n_vars++] = (struct ivr_pair){vars->fields[i].name, vars->fields[i].value};
	return w;
}

/* Whole: a prolog, one Response, and no markup but elements of ours. */
static void check_document(struct str s)
{
	static const char *const verbs[] = {"Response", "Say", "Play", "Pause", "Gather", "Dial", "Number", "Client", "Identity",
		"Parameter", "Enqueue", "Leave", "Record", "Start", "Recording", "Transcription", "Connect", "Stream", "Redirect", "Reject",
		"Hangup", "?xml"};
	require(s.n > 0 && s.n <= IVR_XML_MAX && str_starts(s, STR("<?xml")));
	require(str_ends(s, STR("</Response>")) || str_ends(s, STR("<Response/>")));
	for (size_t i = 0; i < s.n; i++) {
		bool is_known = false;
		if (s.p[i] != '<')
			continue;
		struct str rest = str_skip(s, i + (s.p[i + 1] == '/' ? 2 : 1));
		for (size_t k = 0; k < ARRAY_LEN(verbs) && !is_known; k++)
			is_known = str_starts(rest, str_of(verbs[k])) && strchr(" >/", rest.p[strlen(verbs[k])]);
		require(is_known);
	}
}

static void run(const struct flow *flow, const struct input *in, struct arena *a)
{
	static struct ivr_run r;
	static struct ivr_pair pairs[FORM_FIELDS_MAX];
	struct form *form = arena_alloc(a, sizeof(*form)), *vars = arena_alloc(a, sizeof(*vars));
	struct flow_state s = {0};
	struct str rest = in->state;
	if (!form || !vars || form_parse(in->form, a, form) < 0 || form_parse(in->vars, a, vars) < 0)
		return;
	uint32_t node = take_number(&rest) % flow->n_nodes;
	s.hops = take_number(&rest) % 2000;
	s.invalid = take_number(&rest) % 10;
	s.no_input = take_number(&rest) % 10;
	s.index = take_number(&rest) % 10000;
	(void)str_copy(rest, s.phase, sizeof(s.phase));
	const struct ivr_world w = world_of(form, vars, pairs);
	const struct ivr_flow f = {flow, 1};
	require(ivr_begin(&r, &w, a, &f, (int32_t)node, &s, form) == 0);
	if (str_is(rest, STR("wait")) || str_is(rest, STR("key")))
		(void)ivr_wait(&r);
	else if (str_is(rest, STR("whisper")) || str_is(rest, STR("screen")))
		(void)ivr_whisper(&r);
	else
		for (int asked = 0; ivr_run(&r) == IVR_ASKS; asked++) {
			require(asked < 100);
			ivr_answer(&r, asked % 2 == 0, pairs, asked % 3 == 0 ? w.n_vars : 0);
		}
	check_document(ivr_document(&r));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct flow_faults faults;
	AUTO(arena_done) struct arena arena;
	const struct flow *flow = NULL;
	const struct input in = split((struct str){(const char *)data, size});
	arena_init(&arena, 256 << 20);
	flow_faults_init(&faults, &arena);
	if (flow_parse(&arena, in.flow, NULL, &faults, &flow) == 0)
		run(flow, &in, &arena);
	return 0;
}
