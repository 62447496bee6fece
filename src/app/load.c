/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certificate.h"
#include "ringdown/outbound/http_client.h"

/* What would be refused in the middle of a call is refused at once. */
static void check_tools(const struct config *c, const struct assistant *a, struct buf *errors)
{
	for (uint32_t i = 0; i < a->n_tools; i++)
		if (str_starts(a->tools[i].url, STR("http://")) && !c->allow_private_webhooks &&
			!http_is_private_target(c->allow_private, a->tools[i].url))
			buf_printf(errors, "%s/" STR_FMT ".json: /tools/%u/webhook/url: must begin with https:// while "
				"[security] allow_private_webhooks = no\n", c->assistants_dir, STR_ARG(a->id), i);
}

int load_check_assistants(const struct config *c, const struct assistant_set *set, struct buf *errors)
{
	size_t before = errors->n;
	if (!assistant_find(set, str_of(c->assistants_default)))
		buf_printf(errors, "[assistants] default = %s: there is no such assistant in %s\n", c->assistants_default,
			c->assistants_dir);
	for (uint32_t i = 0; i < c->n_numbers; i++)
		if (!assistant_find(set, c->numbers[i].assistant))
			buf_printf(errors, "[numbers] " STR_FMT " = " STR_FMT ": there is no such assistant in %s\n",
				STR_ARG(c->numbers[i].number), STR_ARG(c->numbers[i].assistant), c->assistants_dir);
	for (uint32_t i = 0; i < set->n; i++)
		check_tools(c, &set->list[i], errors);
	return errors->n == before && buf_ok(errors) ? 0 : -EINVAL;
}

static void check_key_set(const struct config *c, struct buf *errors)
{
	if (c->jwks_file[0] && access(c->jwks_file, R_OK) < 0)
		buf_printf(errors, "[auth] jwks_file = %s: %s\n", c->jwks_file, strerror(errno));
}

int load_all(struct loaded *l, const char *file)
{
	struct buf errors;
	char *words = NULL;
	buf_init(&errors, l->errors, sizeof(l->errors) - 1);
	l->set = NULL;
	(void)config_load(&l->config, file, &errors);
	if (assistant_set_load(l->config.assistants_dir, &l->set, &words) < 0)
		buf_printf(&errors, "%s\n", words ? words : "no memory for the assistants");
	else
		(void)load_check_assistants(&l->config, l->set, &errors);
	free(words);
	if (l->config.tls_cert[0] && l->config.tls_key[0])
		(void)certificate_check(l->config.tls_cert, l->config.tls_key, &errors);
	check_key_set(&l->config, &errors);
	l->errors[errors.n] = '\0';
	return errors.n == 0 && buf_ok(&errors) ? 0 : -EINVAL;
}

void load_done(struct loaded *l)
{
	l->set = assistant_set_unref(l->set);
	config_done(&l->config);
}
