/* replay.h - a call told in text and replayed against the machine in virtual time.
 * README.md says how such a text is written. */
#ifndef REPLAY_H
#define REPLAY_H

#include <stdio.h>

#include "help_world.h"

/* SPDX-License-Identifier: MIT */

enum { PAIRS_MAX = 16, TOKEN_MAX = 1200, CAME_MAX = 64 };

struct pair { /* key=value, key~=part of it, key=500+-40 */
	char key[24], value[TOKEN_MAX];
	bool is_part;
	bool is_used;
};

struct line {
	const char *file;
	int number;
	char text[2 * TOKEN_MAX];
	bool has_time, is_expected;
	int64_t at_us;
	char word[32];
	struct pair pairs[PAIRS_MAX];
	uint32_t n_pairs;
};

struct came { /* an action as it came, in the words of the text */
	int64_t at_us;
	char word[32];
	struct pair pairs[PAIRS_MAX];
	uint32_t n_pairs, n_must; /* the first n_must have to be named by what is expected */
};

struct replay {
	struct world world;
	struct call_settings settings;
	char greeting[TOKEN_MAX], fillers[8][128];
	uint32_t n_fillers;
	bool is_begun, shows_sends;
	struct came came[CAME_MAX]; /* and not expected yet */
	uint32_t n_came;
	char error[4096];
};

/* script.c: reading.  False: nothing on this line.  Complaints go to ret_error. */
bool line_read(struct line *l, char *text, char *ret_error, size_t size);
const char *line_value(struct line *l, const char *key); /* NULL: not there */
uint64_t line_number(struct line *l, const char *key, uint64_t fallback, char *ret_error, size_t size);

/* came.c: actions in words */
void came_action(void *arg, const struct call_action *a);
void came_send(void *arg, const struct call_send *send);
struct came *came_new(struct replay *r, const char *word);
void came_put(struct came *c, const char *key, struct str value);
void came_put_ms(struct came *c, const char *key, uint64_t ms);
void came_print(const struct came *c, char *ret_text, size_t size);
bool came_is(const struct came *c, const struct line *l, char *ret_why, size_t size);

/* drive.c: carrying lines out.  Errors: r->error. */
void drive_line(struct replay *r, struct line *l);
void drive_end(struct replay *r, const struct line *last);

#endif
