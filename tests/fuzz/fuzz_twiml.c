/* fuzz: links wire */
/* SPDX-License-Identifier: MIT */
/* FAULTS.md 3D 78: whatever text is put in, the document is well-formed, its verbs are ours and no
 * others, and it holds no character XML forbids. */
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/utf8.h"
#include "ringdown/wire/twiml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool claim)
{
	if (!claim)
		abort();
}

static bool take(struct str *s, const char *literal)
{
	bool is_next = str_starts(*s, str_of(literal));
	if (is_next)
		*s = str_skip(*s, strlen(literal));
	return is_next;
}

/* Steps over text as XML may hold it: no markup, only the entities of XML and of white space. */
static void take_text(struct str *s)
{
	static const char *const entities[] = {
		"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#9;", "&#10;", "&#13;"};
	while (s->n && s->p[0] != '<' && s->p[0] != '"') {
		bool is_entity = false;
		for (size_t i = 0; i < ARRAY_LEN(entities) && !is_entity; i++)
			is_entity = take(s, entities[i]);
		if (is_entity)
			continue;
		uint32_t code = 0;
		int n = utf8_scan(*s, &code);
		require(n > 0 && code >= 0x20 && code != '&' && code != '>' && code != '\'' &&
			code != 0xFFFE && code != 0xFFFF);
		*s = str_skip(*s, (size_t)n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(auto_free) char *mem = malloc(24 * size + 256);
	struct buf b;
	struct twiml t;
	struct str text = {(const char *)data, size};
	if (!mem)
		return 0;
	buf_init(&b, mem, 24 * size + 256);
	twiml_begin(&t, &b);
	twiml_open(&t, "Say");
	twiml_attr(&t, "voice", text);
	twiml_attr(&t, "language", text);
	twiml_text(&t, text);
	twiml_close(&t);
	twiml_leaf(&t, "Redirect", text);
	require(twiml_end(&t) == 0);
	struct str s = buf_str(&b);
	require(take(&s, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Say voice=\""));
	take_text(&s);
	require(take(&s, "\" language=\""));
	take_text(&s);
	require(take(&s, "\">"));
	take_text(&s);
	require(take(&s, "</Say><Redirect>"));
	take_text(&s);
	require(take(&s, "</Redirect></Response>") && s.n == 0);
	return 0;
}
