/* SPDX-License-Identifier: MIT */
#include "realtime_dialect.h"

#include "ringdown/base/auto.h"

static const struct realtime_dialect ga = {
	.name = "ga",
	.audio_delta = {"response.output_audio.delta", 27},
	.audio_done = {"response.output_audio.done", 26},
	.text_delta = {"response.output_audio_transcript.delta", 38},
	.text_done = {"response.output_audio_transcript.done", 37},
	.assistant_text = {"output_text", 11},
	.put_session = realtime_ga_put_session,
};

static const struct realtime_dialect beta = {
	.name = "beta",
	.header_name = "OpenAI-Beta",
	.header_value = "realtime=v1",
	.audio_delta = {"response.audio.delta", 20},
	.audio_done = {"response.audio.done", 19},
	.text_delta = {"response.audio_transcript.delta", 31},
	.text_done = {"response.audio_transcript.done", 30},
	.assistant_text = {"text", 4},
	.put_session = realtime_beta_put_session,
};

static const struct realtime_dialect *const dialects[] = {&ga, &beta};

const struct realtime_dialect *realtime_dialect_find(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(dialects); i++)
		if (str_is(name, str_of(dialects[i]->name)))
			return dialects[i];
	return NULL;
}

const char *realtime_dialect_name(const struct realtime_dialect *d)
{
	return d->name;
}

void realtime_dialect_header(const struct realtime_dialect *d, const char **ret_name, const char **ret_value)
{
	*ret_name = d->header_name;
	*ret_value = d->header_value;
}

static void put_raw(struct buf *b, struct str key, struct str json)
{
	if (json.n == 0)
		return;
	buf_put(b, STR(",\""));
	buf_put(b, key);
	buf_put(b, STR("\":"));
	buf_put(b, json);
}

static void put_text(struct buf *b, struct str key, struct str text)
{
	if (text.n == 0)
		return;
	buf_put(b, STR(",\""));
	buf_put(b, key);
	buf_put(b, STR("\":"));
	buf_put_json(b, text);
}

/* Off is what a session begins with, and the GA schema does not know null here: it is left out. */
static void put_noise_reduction(struct buf *b, struct str key, struct str json)
{
	if (!str_is(json, STR("null")))
		put_raw(b, key, json);
}

static void put_transcription(struct buf *b, struct str key, struct str model)
{
	if (model.n == 0)
		return;
	buf_put(b, STR(",\""));
	buf_put(b, key);
	buf_put(b, STR("\":{\"model\":"));
	buf_put_json(b, model);
	buf_putc(b, '}');
}

void realtime_ga_put_session(struct buf *b, const struct realtime_session *s)
{
	struct str format = s->audio == REALTIME_PCMU ? STR("\"format\":{\"type\":\"audio/pcmu\"}")
						      : STR("\"format\":{\"type\":\"audio/pcm\",\"rate\":24000}");
	buf_put(b, STR("{\"type\":\"realtime\",\"output_modalities\":[\"audio\"]"));
	put_text(b, STR("instructions"), s->instructions);
	buf_put(b, STR(",\"audio\":{\"input\":{"));
	buf_put(b, format);
	if (!s->is_minimal) {
		put_raw(b, STR("turn_detection"), s->turn_detection);
		put_noise_reduction(b, STR("noise_reduction"), s->noise_reduction);
		put_transcription(b, STR("transcription"), s->transcription_model);
	}
	buf_put(b, STR("},\"output\":{"));
	buf_put(b, format);
	if (!s->is_minimal)
		put_text(b, STR("voice"), s->voice);
	buf_put(b, STR("}}"));
	if (!s->is_minimal && s->tools.n > 0) {
		put_raw(b, STR("tools"), s->tools);
		buf_put(b, STR(",\"tool_choice\":\"auto\""));
	}
	buf_putc(b, '}');
}

void realtime_beta_put_session(struct buf *b, const struct realtime_session *s)
{
	struct str format = s->audio == REALTIME_PCMU ? STR("\"g711_ulaw\"") : STR("\"pcm16\"");
	buf_put(b, STR("{\"modalities\":[\"audio\",\"text\"],\"input_audio_format\":"));
	buf_put(b, format);
	buf_put(b, STR(",\"output_audio_format\":"));
	buf_put(b, format);
	put_text(b, STR("instructions"), s->instructions);
	if (!s->is_minimal) {
		put_text(b, STR("voice"), s->voice);
		put_raw(b, STR("turn_detection"), s->turn_detection);
		put_noise_reduction(b, STR("input_audio_noise_reduction"), s->noise_reduction);
		put_transcription(b, STR("input_audio_transcription"), s->transcription_model);
	}
	if (!s->is_minimal && s->tools.n > 0) {
		put_raw(b, STR("tools"), s->tools);
		buf_put(b, STR(",\"tool_choice\":\"auto\""));
	}
	buf_putc(b, '}');
}
