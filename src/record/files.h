/* files.h - names and whole files in the recorder's directory.  Blocking. */
#ifndef RINGDOWN_RECORD_FILES_H
#define RINGDOWN_RECORD_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum { FILES_SID_MAX = 64, FILES_PATH_MAX = PATH_MAX, FILES_MODE = 0640 };

/* A CallSid becomes part of a file name: 1 to 64 letters and digits, or it is refused. */
bool files_is_sid(struct str call_sid);
/* <dir>/<call_sid><suffix>; false: too long. */
bool files_path(char *dst, size_t size, const char *dir, struct str call_sid, const char *suffix);
int files_write(int fd, const void *data, size_t n); /* all of it; 0 or -errno */
/* Temporary file, fsync, rename: a reader sees the old or the new content, never half of it. */
int files_replace(const char *path, const void *data, size_t n);

#endif
