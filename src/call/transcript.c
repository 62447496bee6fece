/* SPDX-License-Identifier: MIT */
#include "ringdown/call/transcript.h"

#include <string.h>

/* A turn as it lies in mem: this head, then its five texts, then fill up to eight bytes. */
struct stored {
	uint32_t size; /* of all of it */
	uint32_t n[5];
	struct transcript_turn turn; /* its views are void */
};

static struct str *text_of(struct transcript_turn *t, int i)
{
	struct str *const texts[] = {&t->text, &t->cut_text, &t->item_id, &t->call_id, &t->name};
	return texts[i];
}

/* Not in the middle of a UTF-8 sequence. */
static struct str shortened(struct str s, size_t max)
{
	if (s.n <= max)
		return s;
	while (max > 0 && ((unsigned char)s.p[max] & 0xC0) == 0x80)
		max--;
	return (struct str){s.p, max};
}

void transcript_init(struct transcript *t)
{
	t->used = t->n_turns = t->n_dropped = 0;
}

static void drop_oldest(struct transcript *t)
{
	struct stored head;
	memcpy(&head, t->mem, sizeof(head));
	t->used -= head.size;
	memmove(t->mem, t->mem + head.size, t->used);
	t->n_turns--;
	t->n_dropped++;
}

void transcript_add(struct transcript *t, const struct transcript_turn *turn)
{
	struct stored head = {.turn = *turn};
	struct transcript_turn copy = *turn;
	size_t size = sizeof(head);
	for (int i = 0; i < 5; i++) {
		size_t max = i < 2 ? TRANSCRIPT_TURN_MAX : TRANSCRIPT_ID_MAX;
		*text_of(&copy, i) = shortened(*text_of(&copy, i), max);
		head.n[i] = (uint32_t)text_of(&copy, i)->n;
		size += head.n[i];
	}
	size = (size + 7) & ~(size_t)7;
	head.size = (uint32_t)size;
	while (t->used + size > sizeof(t->mem))
		drop_oldest(t);
	unsigned char *to = t->mem + t->used;
	memcpy(to, &head, sizeof(head));
	to += sizeof(head);
	for (int i = 0; i < 5; i++) {
		if (head.n[i] > 0)
			memcpy(to, text_of(&copy, i)->p, head.n[i]);
		to += head.n[i];
	}
	t->used += head.size;
	t->n_turns++;
}

bool transcript_next(const struct transcript *t, uint32_t *pos, struct transcript_turn *ret_turn)
{
	struct stored head;
	if (*pos >= t->used)
		return false;
	memcpy(&head, t->mem + *pos, sizeof(head));
	const char *text = (const char *)t->mem + *pos + sizeof(head);
	*ret_turn = head.turn;
	for (int i = 0; i < 5; i++) {
		*text_of(ret_turn, i) = (struct str){text, head.n[i]};
		text += head.n[i];
	}
	*pos += head.size;
	return true;
}

struct str transcript_heard_part(struct str text, uint32_t heard_ms, uint32_t total_ms)
{
	enum { WORD_MAX = 48 }; /* further back there is none: a language that writes no blanks */
	if (total_ms == 0 || heard_ms == 0)
		return (struct str){text.p, 0};
	if (heard_ms >= total_ms)
		return text;
	size_t n = (size_t)((uint64_t)text.n * heard_ms / total_ms);
	size_t word = n;
	while (word > 0 && n - word < WORD_MAX && text.p[word] != ' ') /* a word that was begun was not heard */
		word--;
	if (n < text.n && (word == 0 || text.p[word] == ' '))
		return (struct str){text.p, word};
	return shortened(text, n);
}
