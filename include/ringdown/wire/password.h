/* password.h - passwords as scrypt hashes in the PHC string format,
 * "$scrypt$ln=15,r=8,p=1$<salt>$<hash>" (RFC 7914; OWASP cheat sheet, 2026).  Takes about 0.1 s and 32 MiB on purpose:
 * never on a loop thread.  Pure. */
#ifndef RINGDOWN_WIRE_PASSWORD_H
#define RINGDOWN_WIRE_PASSWORD_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum { PASSWORD_SALT_BYTES = 16, PASSWORD_TEXT_MAX = 128, PASSWORD_CHARS_MIN = 12, PASSWORD_BYTES_MAX = 1024 };

int password_hash(struct str password, const uint8_t salt[PASSWORD_SALT_BYTES], char ret_text[PASSWORD_TEXT_MAX]); /* -ENOMEM */
/* false as well for a hash that is none, after the same work: nobody learns from the time whether there is an account. */
bool password_check(struct str password, struct str hash);

#endif
