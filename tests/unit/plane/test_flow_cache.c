/* SPDX-License-Identifier: MIT */
/* Versions that several workers read while others are published: each gets what it asked for, whole, until it is done. */
#include "api_rig.h"

#include <errno.h>

#include "../../../src/plane/flow_cache.h"
#include "ringdown/base/auto.h"
#include "ringdown/ivr/step.h"

enum { READERS = 3, ROUNDS = 300 };

static struct flow_cache cache;
static _Atomic int n_wrong, n_published;

static struct store_scope scope_of(struct store_conn *c)
{
	return (struct store_scope){.conn = c, .org = STR("acme"), .author = STR("rig"), .now_ms = 1};
}

static int put_version(struct store_conn *c, int version)
{
	char doc[256];
	(void)snprintf(doc, sizeof(doc), "{\"name\":\"f\",\"displayName\":\"%d\",\"entry\":\"a\",\"nodes\":{\"a\":{\"type\":\"hangup\"}}}", version);
	const struct store_value v[] = {store_int(version), store_text(str_of(doc))};
	int err = store_run(c, "INSERT INTO ivr_flow_version (org, name, version, doc, hash, author, at_ms) VALUES ('acme', 'f', $1, $2, '', '', 1)", v, 2);
	return err < 0 ? err : store_run(c, "UPDATE ivr_flow SET published_version = $1 WHERE org = 'acme' AND name = 'f'", v, 1);
}

static void look(const struct store_scope *s, uint32_t version)
{
	bool is_stale;
	int err;
	uint64_t said = 0;
	struct flow_version *v = flow_cache_get(&cache, s, STR("f"), version, &is_stale, &err);
	bool is_right = v && !is_stale && str_u64(v->flow->display_name, UINT32_MAX, &said) == 0 && said == v->version &&
		(version == 0 || v->version == version);
	n_wrong += !is_right;
	flow_version_unref(v);
}

static void *reader(void *arg)
{
	struct store_conn *c = NULL;
	(void)arg;
	if (store_connect(api_rig.store, &c) < 0) {
		n_wrong++;
		return NULL;
	}
	const struct store_scope s = scope_of(c);
	for (int i = 0; i < ROUNDS; i++)
		look(&s, i % 3 ? 0 : (uint32_t)(1 + i % atomic_load(&n_published)));
	store_disconnect(c);
	return NULL;
}

static void readers_and_a_publisher(void **state)
{
	pthread_t threads[READERS];
	struct store_conn *c = api_rig.worker.store;
	const struct store_scope s = scope_of(c);
	const struct store_value columns[] = {store_text(STR("f")), store_null()};
	(void)state;
	assert_int_equal(flow_cache_init(&cache), 0);
	assert_int_equal(record_insert(&s, &record_flow, STR("01jd0000000000000000000001"), STR("{}"), columns), 0);
	assert_true(put_version(c, 1) >= 0);
	atomic_store(&n_published, 1);
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, NULL), 0);
	for (int version = 2; version < 40; version++)
		if (put_version(c, version) >= 0)
			atomic_store(&n_published, version);
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&n_wrong), 0);
	assert_true(atomic_load(&n_published) > 10);
	flow_cache_done(&cache);
}

/* A version outlives its place in the cache; another organisation's is not there; what is gone is still known. */
static void what_is_kept(void **state)
{
	bool is_stale;
	int err;
	struct store_conn *c = api_rig.worker.store;
	struct store_scope s = scope_of(c), other = scope_of(c);
	const struct store_value columns[] = {store_text(STR("f")), store_null()};
	(void)state;
	other.org = STR("other");
	assert_int_equal(flow_cache_init(&cache), 0);
	assert_int_equal(record_insert(&s, &record_flow, STR("01jd0000000000000000000001"), STR("{}"), columns), 0);
	assert_null(flow_cache_get(&cache, &s, STR("f"), 0, &is_stale, &err)); /* not published */
	assert_int_equal(err, -ENOENT);
	assert_true(put_version(c, 1) >= 0);
	struct flow_version *v = flow_cache_get(&cache, &s, STR("f"), 0, &is_stale, &err);
	assert_non_null(v);
	assert_null(flow_cache_get(&cache, &other, STR("f"), 0, &is_stale, &err));
	assert_true(store_run(c, "DROP TABLE ivr_flow", NULL, 0) >= 0);
	struct flow_version *again = flow_cache_get(&cache, &s, STR("f"), 0, &is_stale, &err);
	assert_ptr_equal(again, v);
	assert_true(is_stale);
	flow_version_unref(again);
	flow_cache_done(&cache);
	assert_int_equal(v->flow->n_nodes, 1);
	flow_version_unref(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		API_TEST(readers_and_a_publisher),
		API_TEST(what_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
