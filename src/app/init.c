/* SPDX-License-Identifier: MIT */
/* `ringdown init --dir DIR`: a configuration, a key, a database and an assistant, all of them new or none at all. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "init_files.h"
#include "ringdown/app/commands.h"
#include "ringdown/app/config.h"
#include "ringdown/base/auto.h"
#include "ringdown/store/store.h"

/* A line of ringdown.conf holds 198 bytes, and the longest has "api_key_file = " and a name behind the folder's. */
enum { DIR_MAX = 150, TEXT_MAX = 4096 };

static const char config_text[] =
	"# Made by ringdown init.  Every key there is: ringdown.conf(5).\n"
	"[server]\n"
	"listen = 127.0.0.1:8080\n"
	"# What Twilio calls, exactly: https://voice.example.com.  Signatures are checked against it.\n"
	"public_url = http://127.0.0.1:8080\n"
	"# A port for /metrics, for this machine or the inner network:\n"
	"#admin_listen = 127.0.0.1:9091\n"
	"\n[store]\nurl = sqlite:%s/ringdown.db\n"
	"\n[keys]\ndir = %s/keys\n"
	"\n[model]\n"
	"# A file that holds your OpenAI API key and nothing else; AI assistants want it.\n"
	"#api_key_file = %s/openai_api_key\n"
	"\n[assistants]\ndir = %s/assistants\n"
	"\n[record]\ndir = %s/records\n";

static const char assistant_text[] =
	"{\n"
	"\t\"instructions\": \"You answer the telephone of a small company. Be brief and warm, and speak the caller's language. "
	"Find out what the call is about. When everything is settled, say goodbye and call end_call. What you do not know, you say "
	"you do not know. The caller's number is {{caller}}.\",\n"
	"\t\"tools\": [{ \"type\": \"builtin\", \"name\": \"end_call\" }],\n"
	"\t\"idle_prompt_s\": 20,\n"
	"\t\"max_duration_s\": 1800\n"
	"}\n";

struct init {
	char dir[DIR_MAX + 1]; /* whole, without links */
	struct init_files files;
};

static int give_up(struct init *i, int code, const char *path, const char *why)
{
	init_undo(&i->files);
	fprintf(stderr, "ringdown init: %s: %s; nothing was made\n", path, why);
	return code;
}

/* What the configuration can hold as a value. */
static const char *dir_fault(const char *dir)
{
	if (strlen(dir) > DIR_MAX)
		return "the folder's name is too long for a line of the configuration";
	for (const char *p = dir; *p; p++)
		if (*p < ' ' || *p > '~' || *p == ';' || *p == '#' || *p == '?' || *p == '%')
			return "the folder's name has a character that the configuration cannot hold";
	return NULL;
}

static int enter_dir(struct init *i, const char *name)
{
	int err = init_make_dir(&i->files, name);
	if (err < 0 && err != -EEXIST)
		return give_up(i, EX_CANTCREAT, name, strerror(-err));
	AUTO(auto_free) char *whole = realpath(name, NULL);
	if (!whole)
		return give_up(i, EX_CANTCREAT, name, strerror(errno));
	const char *fault = dir_fault(whole);
	if (fault)
		return give_up(i, EX_USAGE, whole, fault);
	(void)snprintf(i->dir, sizeof(i->dir), "%s", whole);
	return EX_OK;
}

static const char *path_in(const struct init *i, const char *name, char path[INIT_PATH_MAX])
{
	(void)snprintf(path, INIT_PATH_MAX, "%s/%s", i->dir, name);
	return path;
}

/* The first thing of ours that is there already, or NULL. */
static const char *find_old(const struct init *i, const char *config)
{
	static const char *const names[] = {"keys", "ringdown.db", "assistants", "records"};
	static char path[INIT_PATH_MAX];
	if (access(config, F_OK) == 0)
		return config;
	for (size_t n = 0; n < ARRAY_LEN(names); n++)
		if (access(path_in(i, names[n], path), F_OK) == 0)
			return path;
	return NULL;
}

static int make_database(struct init *i)
{
	char path[INIT_PATH_MAX], url[INIT_PATH_MAX + 8], text[STORE_ERROR_SIZE];
	struct store *store = NULL;
	struct buf errors;
	buf_init(&errors, text, sizeof(text) - 1);
	(void)snprintf(url, sizeof(url), "sqlite:%s", path_in(i, "ringdown.db", path));
	static const char *const beside[] = {"ringdown.db", "ringdown.db-wal", "ringdown.db-shm"};
	for (size_t n = 0; n < ARRAY_LEN(beside); n++) {
		char one[INIT_PATH_MAX];
		(void)init_adopt(&i->files, path_in(i, beside[n], one));
	}
	int err = store_open(url, &store, &errors);
	store_close(store);
	text[errors.n] = '\0';
	if (errors.n > 0 && text[errors.n - 1] == '\n')
		text[errors.n - 1] = '\0';
	return err < 0 ? give_up(i, EX_CANTCREAT, path, text[0] ? text : strerror(-err)) : EX_OK;
}

static int make_files(struct init *i, const char *config)
{
	static const char *const dirs[] = {"keys", "assistants", "records"};
	char path[INIT_PATH_MAX], text[TEXT_MAX];
	for (size_t n = 0; n < ARRAY_LEN(dirs); n++) {
		int err = init_make_dir(&i->files, path_in(i, dirs[n], path));
		if (err < 0)
			return give_up(i, EX_CANTCREAT, path, strerror(-err));
	}
	int err = init_make_key(&i->files, path_in(i, "keys/cred-1.key", path));
	if (err == 0)
		err = init_make_file(&i->files, path_in(i, "assistants/default.json", path), str_of(assistant_text));
	if (err < 0)
		return give_up(i, EX_CANTCREAT, path, strerror(-err));
	int code = make_database(i);
	if (code != EX_OK)
		return code;
	const char *d = i->dir;
	(void)snprintf(text, sizeof(text), config_text, d, d, d, d, d);
	err = init_make_file(&i->files, config, str_of(text)); /* last: with it everything is there */
	return err < 0 ? give_up(i, EX_CANTCREAT, config, strerror(-err)) : EX_OK;
}

static void tell_next(const struct init *i, const char *config)
{
	printf("made %s, and in %s:\n"
	       "  keys/cred-1.key          seals what is secret in the database; keep a copy where the database's is not\n"
	       "  ringdown.db              organisations, users, numbers, flows, calls\n"
	       "  assistants/default.json  an assistant to begin with, see ringdown-assistant(5)\n"
	       "  records                  for transcripts and recordings of AI calls\n"
	       "\nnext:\n"
	       "  1. in %s set public_url to the https name that Twilio calls\n"
	       "     (http://127.0.0.1:8080 will do to try it with a simulator)\n"
	       "  2. ringdown org add acme --config %s\n"
	       "  3. ringdown serve --config %s\n"
	       "  4. TOKEN=$(ringdown token --config %s --org acme --scope '*')\n"
	       "     curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:8080/phone/users\n",
		config, i->dir, config, config, config, config);
}

int command_init(const struct arguments *a)
{
	static struct init i;
	char path[INIT_PATH_MAX];
	(void)umask(077);
	int code = enter_dir(&i, a->dir);
	if (code != EX_OK)
		return code;
	const char *config = a->has_config ? a->config : path_in(&i, "ringdown.conf", path);
	const char *old = find_old(&i, config);
	if (old)
		return give_up(&i, EX_CANTCREAT, old, "is there already");
	code = make_files(&i, config);
	if (code == EX_OK)
		tell_next(&i, config);
	return code;
}
