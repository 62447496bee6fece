/* SPDX-License-Identifier: MIT */
#include "flow_cache.h"

#include <errno.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/mem.h"

enum { ASK_ARENA_BYTES = 1 << 20 };

int flow_cache_init(struct flow_cache *c)
{
	c->is_made = pthread_mutex_init(&c->lock, NULL) == 0;
	return c->is_made ? 0 : -ENOMEM;
}

struct flow_version *flow_version_unref(struct flow_version *v)
{
	if (v && atomic_fetch_sub_explicit(&v->refs, 1, memory_order_acq_rel) == 1) {
		arena_done(&v->arena);
		mem_free(v);
	}
	return NULL;
}

void flow_cache_done(struct flow_cache *c)
{
	while (c->list) {
		struct flow_version *v = c->list;
		c->list = v->next;
		flow_version_unref(v);
	}
	if (c->is_made)
		(void)pthread_mutex_destroy(&c->lock);
	c->is_made = false;
}

static bool is_it(const struct flow_version *v, struct str org, struct str name)
{
	return str_is(v->org, org) && str_is(v->name, name);
}

/* version 0: whichever was published last. */
static struct flow_version *find(struct flow_cache *c, struct str org, struct str name, uint32_t version)
{
	struct flow_version *found = NULL;
	(void)pthread_mutex_lock(&c->lock);
	for (struct flow_version *v = c->list; v && !found; v = v->next)
		if (is_it(v, org, name) && (version ? v->version == version : v->is_published))
			found = v;
	if (found)
		atomic_fetch_add_explicit(&found->refs, 1, memory_order_relaxed);
	(void)pthread_mutex_unlock(&c->lock);
	return found;
}

static void mark_published(struct flow_cache *c, struct str org, struct str name, uint32_t version)
{
	(void)pthread_mutex_lock(&c->lock);
	for (struct flow_version *v = c->list; v; v = v->next)
		if (is_it(v, org, name))
			v->is_published = v->version == version;
	(void)pthread_mutex_unlock(&c->lock);
}

static void drop_oldest(struct flow_cache *c)
{
	struct flow_version **p = &c->list;
	while (*p && (*p)->next)
		p = &(*p)->next;
	flow_version_unref(*p);
	*p = NULL;
	c->n--;
}

static void keep(struct flow_cache *c, struct flow_version *v)
{
	(void)pthread_mutex_lock(&c->lock);
	atomic_fetch_add_explicit(&v->refs, 1, memory_order_relaxed);
	v->next = c->list;
	c->list = v;
	if (++c->n > FLOW_CACHE_MAX)
		drop_oldest(c);
	(void)pthread_mutex_unlock(&c->lock);
}

static struct flow_version *new_version(struct str org, struct str name, uint32_t version, struct str doc)
{
	struct flow_version *v = mem_alloc(sizeof(*v));
	struct flow_faults *faults;
	if (!v)
		return NULL;
	atomic_init(&v->refs, 1);
	arena_init(&v->arena, FLOW_ARENA_BYTES);
	faults = arena_alloc(&v->arena, sizeof(*faults));
	v->org = arena_str(&v->arena, org);
	v->name = arena_str(&v->arena, name);
	v->version = version;
	if (!faults || !v->name.p)
		return flow_version_unref(v);
	flow_faults_init(faults, &v->arena);
	return flow_parse(&v->arena, doc, NULL, faults, &v->flow) < 0 ? flow_version_unref(v) : v;
}

static int ask_published(const struct store_scope *s, struct arena *a, struct str name, uint32_t *ret_version)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(s->org), store_text(name)};
	int n = store_ask(s->conn, a, "SELECT published_version FROM ivr_flow WHERE org = $1 AND name = $2", v, 2, &rows);
	if (n < 0)
		return n;
	*ret_version = n > 0 ? (uint32_t)store_cell_int(&rows, 0, 0) : 0;
	return *ret_version > 0 ? 0 : -ENOENT;
}

static struct flow_version *load(struct flow_cache *c, const struct store_scope *s, struct arena *a, struct str name,
	uint32_t version, int *ret_err)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(s->org), store_text(name), store_int(version)};
	int n = store_ask(s->conn, a, "SELECT doc FROM ivr_flow_version WHERE org = $1 AND name = $2 AND version = $3", v, 3, &rows);
	*ret_err = n < 0 ? n : n == 0 ? -ENOENT : 0;
	if (n <= 0)
		return NULL;
	struct flow_version *fresh = new_version(s->org, name, version, store_cell_text(&rows, 0, 0));
	if (fresh)
		keep(c, fresh);
	else
		*ret_err = -EBADMSG;
	return fresh;
}

int flow_cache_adopt(struct flow_cache *c, struct str org, struct str name, uint32_t version, struct str doc)
{
	struct flow_version *v = find(c, org, name, version);
	if (!v) {
		v = new_version(org, name, version, doc);
		if (v)
			keep(c, v);
	}
	int err = v ? 0 : -EBADMSG;
	flow_version_unref(v);
	return err;
}

struct flow_version *flow_cache_get(struct flow_cache *c, const struct store_scope *s, struct str name, uint32_t version,
	bool *ret_is_stale, int *ret_err)
{
	AUTO(arena_done) struct arena a;
	bool is_latest = version == 0;
	arena_init(&a, ASK_ARENA_BYTES);
	*ret_is_stale = false;
	*ret_err = is_latest ? ask_published(s, &a, name, &version) : 0;
	if (*ret_err == -ENOENT)
		return NULL;
	if (*ret_err < 0) { /* the database cannot be asked */
		struct flow_version *known = find(c, s->org, name, 0);
		*ret_is_stale = known != NULL;
		return known;
	}
	struct flow_version *v = find(c, s->org, name, version);
	if (!v)
		v = load(c, s, &a, name, version, ret_err);
	if (v && is_latest)
		mark_published(c, s->org, name, version);
	return v;
}

static struct flow_number *number_slot(struct flow_cache *c, struct str org, struct str number)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < org.n + number.n; i++)
		h = (h ^ (unsigned char)(i < org.n ? org.p[i] : number.p[i - org.n])) * 16777619u;
	return &c->numbers[h % FLOW_NUMBERS];
}

void flow_cache_put_number(struct flow_cache *c, const struct flow_number *n)
{
	(void)pthread_mutex_lock(&c->lock);
	*number_slot(c, str_of(n->org), str_of(n->number)) = *n;
	(void)pthread_mutex_unlock(&c->lock);
}

bool flow_cache_get_number(struct flow_cache *c, struct str org, struct str number, struct flow_number *ret)
{
	(void)pthread_mutex_lock(&c->lock);
	*ret = *number_slot(c, org, number);
	(void)pthread_mutex_unlock(&c->lock);
	return str_is(str_of(ret->org), org) && str_is(str_of(ret->number), number);
}
