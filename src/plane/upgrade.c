/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "plane_private.h"
#include "ringdown/base/clock.h"

/* Who may open a media stream.  Any thread: reads settings and atomics only. */

static int parse_stream_path(struct str path, struct str *ret_org, struct str *ret_assistant)
{
	static const struct str prefix = {"/simple-voice/stream/", 21};
	*ret_org = *ret_assistant = STR("");
	path = path_without_api(path);
	if (str_is(path, STR("/media-stream")) || str_is(path, STR("/media-stream/")))
		return 101;
	if (!str_starts(path, prefix))
		return 404;
	struct str rest = str_skip(path, prefix.n);
	*ret_org = str_split(&rest, '/');
	*ret_assistant = str_ends(rest, STR("/")) ? (struct str){rest.p, rest.n - 1} : rest;
	bool is_good = str_is(*ret_org, STR("default")) && ret_assistant->n > 0 && ret_assistant->n <= ASSISTANT_ID_MAX &&
		!memchr(ret_assistant->p, '/', ret_assistant->n);
	return is_good ? 101 : 404;
}

int plane_check_upgrade(struct plane *p, struct str path, struct str signature, struct str *ret_org, struct str *ret_assistant)
{
	char url[1024];
	struct buf b;
	if (memchr(path.p, '?', path.n))
		return 400;
	int status = parse_stream_path(path, ret_org, ret_assistant);
	if (status != 101)
		return status;
	if (atomic_load(&p->is_draining))
		return 503;
	if (!p->settings.require_signature)
		return 101;
	buf_init(&b, url, sizeof(url));
	buf_put(&b, STR("wss")); /* Twilio signs this form whatever the scheme (docs/usage/security, read 2026-11-23) */
	buf_put(&b, str_of(strchr(p->stream_base, ':')));
	buf_put(&b, path);
	bool is_ours = buf_ok(&b) && signature_check(plane_auth_token(p), buf_str(&b), NULL, STR(""), signature);
	const struct stream_name name = {*ret_org, *ret_assistant};
	return is_ours || stream_passes_fit(&p->passes, signature, &name, clock_now_us() / 1000000) ? 101 : 403;
}

