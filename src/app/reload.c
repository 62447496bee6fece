/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <systemd/sd-daemon.h>

#include "certificate.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "service.h"

/* A site for each line: none of the faults is one too many. */
void log_lines(const char *text)
{
	struct str rest = str_of(text);
	while (rest.n > 0) {
		struct log_site site = {0};
		struct str line = str_split(&rest, '\n');
		if (line.n > 0 && log_is_on(LOG_LEVEL_ERR))
			log_write(&site, LOG_LEVEL_ERR, STR_FMT, STR_ARG(line));
	}
}

static void reload_certificate(struct service *s)
{
	const struct config *c = &s->loaded.config;
	char text[1024];
	struct buf errors;
	if (!c->tls_cert[0])
		return;
	buf_init(&errors, text, sizeof(text) - 1);
	if (certificate_check(c->tls_cert, c->tls_key, &errors) == 0) {
		link_reload_certificate(s->link);
		return;
	}
	text[errors.n] = '\0';
	log_lines(text);
	log_err("reload certificate is bad, keeping the old one");
}

static void reload_assistants(struct service *s)
{
	struct assistant_set *fresh = NULL;
	AUTO(auto_free) char *words = NULL;
	char text[4096];
	struct buf errors;
	buf_init(&errors, text, sizeof(text) - 1);
	int err = assistant_set_load(s->loaded.config.assistants_dir, &fresh, &words);
	if (err == 0)
		err = load_check_assistants(&s->loaded.config, fresh, &errors);
	text[errors.n] = '\0';
	if (err == 0) {
		plane_set_assistants(s->plane, fresh);
		log_notice("reload assistants=%u", fresh->n);
	} else {
		log_lines(words ? words : text);
		log_err("reload assistants are bad, keeping the old ones");
	}
	assistant_set_unref(fresh);
}

static void reload_secrets(struct service *s)
{
	char text[1024];
	struct buf errors;
	buf_init(&errors, text, sizeof(text) - 1);
	if (config_load_secrets(&s->loaded.config, &errors) == 0) {
		if (link_set_api_key(s->link, s->loaded.config.api_key) < 0 ||
			plane_set_auth_token(s->plane, s->loaded.config.auth_token) < 0)
			log_err("reload secrets: no memory, keeping the old ones");
		return;
	}
	text[errors.n] = '\0';
	log_lines(text);
	log_err("reload secrets cannot be read, keeping the old ones");
}

void service_reload(struct service *s)
{
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_now_us());
	reload_assistants(s);
	reload_certificate(s);
	reload_secrets(s);
	sd_notify(0, "READY=1");
}
