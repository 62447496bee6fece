/* SPDX-License-Identifier: MIT */
/* Whether a webhook is Twilio's, and whose (PLANE.md 3.3). */
#include <errno.h>

#include "api_private.h"

/* The account of the configuration file is that of the organisation "default". */
int api_authenticate_twilio(struct api *a)
{
	struct form *form = arena_alloc(a->arena, sizeof(*form));
	if (webhook_read_form(a->request, form) < 0) {
		a->is_answered = true;
		return -EACCES;
	}
	a->form = form;
	a->scope.org = STR("default");
	a->scope.author = STR("twilio");
	if (webhook_is_authentic(a->plane, a->request, form))
		return 0;
	api_problem(a, 403, "bad_twilio_signature", "X-Twilio-Signature is missing or does not fit this request");
	return -EACCES;
}
