/* SPDX-License-Identifier: MIT */
/* GET /phone/voice/voices: what can speak.  Those of <Say> after Amazon's list for Polly (docs.aws.amazon.com/polly, neural
 * voices, read 2026-11), by the names Twilio has for them; those of assistants after the model's (platform.openai.com/docs
 * guides/realtime, read 2026-11).  Twilio has more: a flow takes any. */
#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/plane/api.h"

static const struct {
	const char *id, *language, *gender;
} says[] = {
	{"Polly.Danielle-Neural", "en-US", "female"},
	{"Polly.Gregory-Neural", "en-US", "male"},
	{"Polly.Ivy-Neural", "en-US", "female"},
	{"Polly.Joanna-Neural", "en-US", "female"},
	{"Polly.Joey-Neural", "en-US", "male"},
	{"Polly.Kendra-Neural", "en-US", "female"},
	{"Polly.Kimberly-Neural", "en-US", "female"},
	{"Polly.Matthew-Neural", "en-US", "male"},
	{"Polly.Ruth-Neural", "en-US", "female"},
	{"Polly.Salli-Neural", "en-US", "female"},
	{"Polly.Stephen-Neural", "en-US", "male"},
	{"Polly.Amy-Neural", "en-GB", "female"},
	{"Polly.Arthur-Neural", "en-GB", "male"},
	{"Polly.Brian-Neural", "en-GB", "male"},
	{"Polly.Emma-Neural", "en-GB", "female"},
	{"Polly.Olivia-Neural", "en-AU", "female"},
	{"Polly.Niamh-Neural", "en-IE", "female"},
	{"Polly.Kajal-Neural", "en-IN", "female"},
	{"Polly.Aria-Neural", "en-NZ", "female"},
	{"Polly.Ayanda-Neural", "en-ZA", "female"},
	{"Polly.Daniel-Neural", "de-DE", "male"},
	{"Polly.Vicki-Neural", "de-DE", "female"},
	{"Polly.Hannah-Neural", "de-AT", "female"},
	{"Polly.Lea-Neural", "fr-FR", "female"},
	{"Polly.Remi-Neural", "fr-FR", "male"},
	{"Polly.Gabrielle-Neural", "fr-CA", "female"},
	{"Polly.Liam-Neural", "fr-CA", "male"},
	{"Polly.Isabelle-Neural", "fr-BE", "female"},
	{"Polly.Lucia-Neural", "es-ES", "female"},
	{"Polly.Sergio-Neural", "es-ES", "male"},
	{"Polly.Lupe-Neural", "es-US", "female"},
	{"Polly.Pedro-Neural", "es-US", "male"},
	{"Polly.Andres-Neural", "es-MX", "male"},
	{"Polly.Mia-Neural", "es-MX", "female"},
	{"Polly.Adriano-Neural", "it-IT", "male"},
	{"Polly.Bianca-Neural", "it-IT", "female"},
	{"Polly.Camila-Neural", "pt-BR", "female"},
	{"Polly.Thiago-Neural", "pt-BR", "male"},
	{"Polly.Ines-Neural", "pt-PT", "female"},
	{"Polly.Laura-Neural", "nl-NL", "female"},
	{"Polly.Lisa-Neural", "nl-BE", "female"},
	{"Polly.Sofie-Neural", "da-DK", "female"},
	{"Polly.Ida-Neural", "nb-NO", "female"},
	{"Polly.Elin-Neural", "sv-SE", "female"},
	{"Polly.Suvi-Neural", "fi-FI", "female"},
	{"Polly.Ola-Neural", "pl-PL", "female"},
	{"Polly.Burcu-Neural", "tr-TR", "female"},
	{"Polly.Arlet-Neural", "ca-ES", "female"},
	{"Polly.Hala-Neural", "ar-AE", "female"},
	{"Polly.Zayd-Neural", "ar-AE", "male"},
	{"Polly.Kazuha-Neural", "ja-JP", "female"},
	{"Polly.Takumi-Neural", "ja-JP", "male"},
	{"Polly.Tomoko-Neural", "ja-JP", "female"},
	{"Polly.Seoyeon-Neural", "ko-KR", "female"},
	{"Polly.Zhiyu-Neural", "cmn-CN", "female"},
	{"Polly.Hiujin-Neural", "yue-CN", "female"},
};
static const char *const assistants[] = {"alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse"};

static void get_voices(struct api *a)
{
	json_t *list = json_array();
	for (size_t i = 0; i < ARRAY_LEN(says); i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", says[i].id, "name", says[i].id, "language",
			says[i].language, "gender", says[i].gender, "for", "say"));
	for (size_t i = 0; i < ARRAY_LEN(assistants); i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:n, s:n, s:s}", "id", assistants[i], "name", assistants[i], "language",
			"gender", "for", "assistant"));
	json_int_t total = (json_int_t)json_array_size(list);
	api_json(a, 200, json_pack("{s:o, s:I, s:i, s:I, s:b}", "data", list, "total", total, "page", 1, "pageSize", total, "hasNext", 0));
}

const struct api_route voices_routes[] = {
	{"GET", "/phone/voice/voices", AUTH_JWT, NULL, get_voices, 0, "What can speak: voices of <Say> and of assistants"},
	{0},
};
