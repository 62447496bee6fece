/* SPDX-License-Identifier: MIT */
/* Whether a webhook is Twilio's, and whose (PLANE.md 3.3). */
#include "api_private.h"
#include "webhook_auth.h"

int api_authenticate_twilio(struct api *a)
{
	return webhook_authenticate(a);
}
