/* webhook_auth.h - who sends a webhook: Twilio, for which organisation (PLANE.md 3.3); and the URLs it is given. */
#ifndef WEBHOOK_AUTH_H
#define WEBHOOK_AUTH_H

#include "integrations.h"

/* SPDX-License-Identifier: MIT */

/* Parses the form (of a GET: the query), finds the active integrations of its AccountSid, and the one whose auth token
 * (or the former one, for a day) signed it, or whose secret is in the URL.  Of several organisations with one account
 * the one that has the number is meant.  0: a.form, a.scope.org and author, a.integration_sk are set; < 0: answered. */
int webhook_authenticate(struct api *a);

/* PUBLIC/connect/webhook/twilio/<path>, with the secret where the integration's webhooks are told by one.  In the arena.
 * kind: of the path, "voice". */
struct str webhook_url(struct api *a, const struct integration *i, const char *path, const char *kind);
/* "w=..." for any other URL that Twilio is to ask for the integration (kind "ivr" below /automation/ivr, else the path's
 * last word), or empty: signed webhooks need none. */
struct str webhook_secret(struct api *a, const struct integration *i, const char *kind);

#endif
