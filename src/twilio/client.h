/* client.h - one client of Twilio, and one HTTP request of it. */
#ifndef CLIENT_H
#define CLIENT_H

#include "ringdown/outbound/http_client.h"
#include "ringdown/twilio/twilio.h"

/* SPDX-License-Identifier: MIT */

enum { ANSWER_BYTES_MAX = 4 << 20, URL_BYTES_MAX = 4096, FORM_BYTES_MAX = 64 << 10 };

struct twilio {
	struct http_client *http;
	char *api_url;
	const _Atomic bool *is_cancelled;
	struct twilio_gate *gate;
	struct twilio_world world;
};

/* "https://api.dublin.ie1.twilio.com": product, edge and region filled in.  Empty: no memory. */
struct str client_base(const struct twilio *t, const struct twilio_account *a, const char *product, struct arena *arena);
/* Method, URL, body, credentials, deadlines.  Texts in the arena.  -EINVAL, -E2BIG, -ENOMEM. */
int client_prepare(const struct twilio *t, const struct twilio_account *a, const struct twilio_request *q,
	struct arena *arena, struct http_request *ret_http);
void client_sleep(const struct twilio *t, int64_t ms); /* ends early when cancelled */
uint32_t client_random(const struct twilio *t);

#endif
