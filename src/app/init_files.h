/* init_files.h - files and folders that are made together or not at all.  Blocking; main thread. */
#ifndef INIT_FILES_H
#define INIT_FILES_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum { INIT_FILES_MAX = 16, INIT_PATH_MAX = 512 };

struct init_files {
	char made[INIT_FILES_MAX][INIT_PATH_MAX]; /* in this order */
	uint32_t n_made;
};

/* Each: 0, or -errno with nothing made; -EEXIST: there is such a thing already.  Readable by their owner alone. */
int init_make_dir(struct init_files *f, const char *path);
int init_make_file(struct init_files *f, const char *path, struct str content);
int init_make_key(struct init_files *f, const char *path); /* 32 random bytes */
int init_adopt(struct init_files *f, const char *path);    /* somebody else made this */
void init_undo(struct init_files *f);                      /* the last first; what is in use by others stays */

#endif
