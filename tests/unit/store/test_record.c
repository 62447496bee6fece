/* SPDX-License-Identifier: MIT */
#include "store_rig.h"

static int put_user(const struct store_scope *s, const char *sk, const char *email, const char *name)
{
	const struct store_value columns[] = {store_text(str_of(email)), store_text_or_null(str_of(name)), store_null(), store_int(1),
		store_null(), store_int(0)};
	return record_insert(s, &record_user, str_of(sk), STR("{\"roles\":[\"agent\"]}"), columns);
}

static void a_record_comes_back_whole(void **state)
{
	(void)state;
	assert_int_equal(put_user(&rig.scope, "u1", "a@acme.test", "Ann"), 0);
	struct record r = rig_get(&record_user, "u1");
	assert_true(str_is(r.org, STR("acme")));
	assert_true(str_is(r.sk, STR("u1")));
	assert_string_equal(r.data.p, "{\"roles\":[\"agent\"]}");
	assert_true(str_is(r.state, STR("active")));
	assert_true(str_is(r.author, STR("ann@acme.test")));
	assert_int_equal(r.version, 1);
	assert_int_equal(r.created_ms, 1000);
	assert_int_equal(r.modified_ms, 1000);
	assert_true(str_is(r.columns[record_column(&record_user, "email")].bytes, STR("a@acme.test")));
	assert_int_equal(r.columns[record_column(&record_user, "phone")].type, STORE_NULL);
	assert_int_equal(r.columns[record_column(&record_user, "is_active")].number, 1);
	assert_int_equal(record_column(&record_user, "data"), -1);
}

static void what_is_there_is_not_made_twice(void **state)
{
	(void)state;
	struct store_scope other = rig_scope(rig.conn, "other", 2000);
	assert_int_equal(put_user(&rig.scope, "u1", "a@acme.test", NULL), 0);
	assert_int_equal(put_user(&rig.scope, "u1", "b@acme.test", NULL), -EEXIST);
	assert_int_equal(put_user(&rig.scope, "u2", "a@acme.test", NULL), -EEXIST);
	assert_int_equal(put_user(&other, "u1", "a@acme.test", NULL), 0); /* each organisation for itself */
	struct store_scope nobody = rig_scope(rig.conn, "nobody", 2000);
	assert_int_equal(put_user(&nobody, "u1", "a@acme.test", NULL), -ENOENT);
}

/* Every way to a record, tried from the other organisation. */
static void another_orgs_record_is_not_there(void **state)
{
	(void)state;
	struct store_scope other = rig_scope(rig.conn, "other", 2000);
	struct record r = {.version = 77};
	struct record_list list;
	struct record_change change = {"name", store_text(STR("Eve"))};
	struct record_query all = {0};
	assert_int_equal(put_user(&rig.scope, "u1", "a@acme.test", "Ann"), 0);
	assert_int_equal(record_get(&other, &rig.arena, &record_user, STR("u1"), &r), -ENOENT);
	assert_int_equal(record_find(&other, &rig.arena, &record_user, "email", store_text(STR("a@acme.test")), &r), -ENOENT);
	assert_int_equal(record_update(&other, &record_user, STR("u1"), 0, STR("{}"), NULL), -ENOENT);
	assert_int_equal(record_update(&other, &record_user, STR("u1"), 1, STR("{}"), NULL), -ENOENT);
	assert_int_equal(record_change(&other, &record_user, STR("u1"), 1, &change, 1), -ENOENT);
	assert_int_equal(record_delete(&other, &record_user, STR("u1"), 0), -ENOENT);
	assert_int_equal(record_list(&other, &rig.arena, &record_user, &all, &list), 0);
	assert_int_equal(list.total, 0);
	assert_int_equal(r.version, 77);
	assert_int_equal(rig_get(&record_user, "u1").version, 1);
}

static void versions_keep_writers_apart(void **state)
{
	(void)state;
	struct store_scope later = rig_scope(rig.conn, "acme", 5000);
	later.author = STR("bob@acme.test");
	assert_int_equal(put_user(&rig.scope, "u1", "a@acme.test", "Ann"), 0);
	assert_int_equal(record_update(&later, &record_user, STR("u1"), 1, STR("{\"x\":1}"), NULL), 0);
	assert_int_equal(record_update(&later, &record_user, STR("u1"), 1, STR("{\"x\":2}"), NULL), -ESTALE);
	struct record r = rig_get(&record_user, "u1");
	assert_string_equal(r.data.p, "{\"x\":1}");
	assert_int_equal(r.version, 2);
	assert_int_equal(r.created_ms, 1000);
	assert_int_equal(r.modified_ms, 5000);
	assert_true(str_is(r.author, STR("bob@acme.test")));
	assert_true(str_is(r.columns[1].bytes, STR("Ann"))); /* columns NULL leaves them */
	assert_int_equal(record_update(&later, &record_user, STR("u1"), 0, STR("{\"x\":3}"), NULL), 0);
	assert_int_equal(record_delete(&later, &record_user, STR("u1"), 2), -ESTALE);
	assert_int_equal(record_delete(&later, &record_user, STR("u1"), 3), 0);
	assert_int_equal(record_delete(&later, &record_user, STR("u1"), 3), -ENOENT);
	assert_int_equal(record_update(&later, &record_user, STR("u1"), 3, STR("{}"), NULL), -ENOENT);
}

static void columns_change_one_by_one_or_all(void **state)
{
	(void)state;
	const struct store_value columns[] = {store_text(STR("b@acme.test")), store_text(STR("Bea")), store_text(STR("+15550100")),
		store_int(0), store_null(), store_int(9)};
	struct record_change changes[] = {{"state", store_text(STR("archived"))}, {"phone", store_null()}};
	assert_int_equal(put_user(&rig.scope, "u1", "a@acme.test", "Ann"), 0);
	assert_int_equal(record_update(&rig.scope, &record_user, STR("u1"), 1, (struct str){0}, columns), 0);
	struct record r = rig_get(&record_user, "u1");
	assert_string_equal(r.data.p, "{\"roles\":[\"agent\"]}"); /* no data leaves it */
	assert_true(str_is(r.columns[2].bytes, STR("+15550100")));
	assert_int_equal(record_change(&rig.scope, &record_user, STR("u1"), 2, changes, 2), 0);
	r = rig_get(&record_user, "u1");
	assert_int_equal(r.version, 3);
	assert_true(str_is(r.state, STR("archived")));
	assert_int_equal(r.columns[2].type, STORE_NULL);
	assert_true(str_is(r.columns[1].bytes, STR("Bea")));
	changes[0].column = "org";
	assert_int_equal(record_change(&rig.scope, &record_user, STR("u1"), 0, changes, 1), -EINVAL);
	changes[0].column = "name = 'x' --";
	assert_int_equal(record_change(&rig.scope, &record_user, STR("u1"), 0, changes, 1), -EINVAL);
}

static void the_newest_is_found(void **state)
{
	(void)state;
	struct store_scope later = rig_scope(rig.conn, "acme", 5000);
	struct record r;
	assert_int_equal(put_user(&later, "u1", "a@acme.test", "Ann"), 0);
	assert_int_equal(put_user(&rig.scope, "u2", "b@acme.test", "Ann"), 0);
	assert_int_equal(record_find(&rig.scope, &rig.arena, &record_user, "name", store_text(STR("Ann")), &r), 0);
	assert_true(str_is(r.sk, STR("u1")));
	assert_int_equal(record_find(&rig.scope, &rig.arena, &record_user, "created_ms", store_int(1000), &r), 0);
	assert_true(str_is(r.sk, STR("u2")));
	assert_int_equal(record_find(&rig.scope, &rig.arena, &record_user, "name", store_text(STR("Bob")), &r), -ENOENT);
	assert_int_equal(record_find(&rig.scope, &rig.arena, &record_user, "1 = 1 OR name", store_text(STR("Ann")), &r), -EINVAL);
}

static void put_users(uint32_t n)
{
	char sk[16], email[32], name[32];
	for (uint32_t i = 0; i < n; i++) {
		struct store_scope s = rig_scope(rig.conn, "acme", 1000 + i / 2); /* two a millisecond */
		(void)snprintf(sk, sizeof(sk), "u%02u", i);
		(void)snprintf(email, sizeof(email), "%u@acme.test", i);
		(void)snprintf(name, sizeof(name), "%s %u%%", i % 2 ? "Odd_One" : "Even", i);
		assert_int_equal(put_user(&s, sk, email, name), 0);
	}
}

static struct record_list list_of(const struct record_query *q)
{
	struct record_list list = {0};
	assert_int_equal(record_list(&rig.scope, &rig.arena, &record_user, q, &list), 0);
	return list;
}

static void pages_go_on_where_the_one_before_ended(void **state)
{
	(void)state;
	struct record_query q = {0};
	put_users(25);
	struct record_list list = list_of(&q);
	assert_int_equal(list.total, 25);
	assert_int_equal(list.n_records, 20);
	assert_int_equal(list.page, 1);
	assert_int_equal(list.page_size, 20);
	assert_true(str_is(list.records[0].sk, STR("u24"))); /* the newest first */
	q = (struct record_query){.page_size = 10};
	int next = 24;
	for (q.page = 1; q.page <= 3; q.page++) {
		list = list_of(&q);
		assert_int_equal(list.n_records, q.page < 3 ? 10 : 5);
		for (uint32_t i = 0; i < list.n_records; i++, next--)
			assert_int_equal(strtol(list.records[i].sk.p + 1, NULL, 10), next);
	}
	list = list_of(&q); /* beyond the last */
	assert_int_equal(list.n_records, 0);
	assert_int_equal(list.total, 25);
	q = (struct record_query){.page_size = 5000};
	assert_int_equal(list_of(&q).page_size, RECORD_PAGE_MAX);
}

static void lists_are_sorted(void **state)
{
	(void)state;
	struct record_query q = {.sort = "email", .page_size = 2};
	struct record_list list;
	put_users(5);
	assert_true(str_is(list_of(&q).records[0].sk, STR("u00")));
	q.is_descending = true;
	assert_true(str_is(list_of(&q).records[0].sk, STR("u04")));
	q.sort = "email; DROP TABLE app_user";
	assert_int_equal(record_list(&rig.scope, &rig.arena, &record_user, &q, &list), -EINVAL);
}

static void filter(struct record_query *q, const char *column, const char *op, struct store_value v, int64_t total)
{
	q->filters[0] = (struct record_filter){column, op, v};
	q->n_filters = 1;
	assert_int_equal(list_of(q).total, total);
}

static void lists_are_filtered(void **state)
{
	(void)state;
	struct record_query q = {0};
	struct record_list list;
	put_users(10);
	filter(&q, "email", "=", store_text(STR("3@acme.test")), 1);
	filter(&q, "email", "<>", store_text(STR("3@acme.test")), 9);
	filter(&q, "created_ms", ">=", store_int(1004), 2);
	filter(&q, "created_ms", "<", store_int(1001), 2);
	filter(&q, "created_ms", ">", store_int(1004), 0);
	filter(&q, "created_ms", "<=", store_int(1004), 10);
	filter(&q, "phone", "is null", store_null(), 10);
	filter(&q, "phone", "is not null", store_null(), 0);
	filter(&q, "name", "contains", store_text(STR("odd_")), 5);
	filter(&q, "name", "contains", store_text(STR("n_")), 0); /* LIKE's own signs are letters here */
	filter(&q, "name", "contains", store_text(STR("3%")), 1);
	filter(&q, "name", "contains", store_text(STR("!")), 0);
	filter(&q, "email|name", "contains", store_text(STR("7")), 1);
	filter(&q, "email|name", "=", store_text(STR("Even 8%")), 1);
	q.filters[1] = (struct record_filter){"email", "=", store_text(STR("1@acme.test"))};
	q.n_filters = 2;
	assert_int_equal(list_of(&q).total, 0); /* both must hold */
	q.n_filters = 1;
	static const struct record_filter wrong[] = {{.column = "email", .op = "LIKE"}, {.column = "data", .op = "="},
		{.column = "email|1=1", .op = "="}, {.column = "", .op = "="}, {.column = "email", .op = "contains"}};
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		q.filters[0] = wrong[i];
		assert_int_equal(record_list(&rig.scope, &rig.arena, &record_user, &q, &list), -EINVAL);
	}
}

static void all_orgs_are_asked_on_purpose_only(void **state)
{
	(void)state;
	struct store_scope other = rig_scope(rig.conn, "other", 2000);
	struct record_list list;
	assert_int_equal(put_user(&rig.scope, "u1", "a@x.test", "Ann"), 0);
	assert_int_equal(put_user(&other, "u2", "a@x.test", "Ann"), 0);
	assert_int_equal(
		record_find_in_all_orgs(rig.conn, &rig.arena, &record_user, "email", store_text(STR("a@x.test")), &list), 0);
	assert_int_equal(list.total, 2);
	assert_true(str_is(list.records[0].org, STR("other")));
	assert_true(str_is(list.records[1].org, STR("acme")));
	assert_int_equal(record_find_in_all_orgs(rig.conn, &rig.arena, &record_user, "x", store_int(1), &list), -EINVAL);
}

/* A kind whose columns are not its table's would fail in the field only. */
static void each_kind_is_as_its_table(void **state)
{
	(void)state;
	static const char *const datatypes[] = {"org", "user", "usergroup", "app_key", "integration", "phone_number", "number_port",
		"purchase_intent", "contact", "opt_out", "ivr_flow", "schedule", "prompt", "ai_assistant", "call_log", "recording",
		"transcript", "queue"};
	for (size_t i = 0; i < ARRAY_LEN(datatypes); i++) {
		const struct record_kind *k = record_kind_find(str_of(datatypes[i]));
		struct record_query q = {0};
		struct record_list list;
		struct store_rows rows;
		char sql[64];
		assert_non_null(k);
		assert_int_equal(record_list(&rig.scope, &rig.arena, k, &q, &list), 0);
		(void)snprintf(sql, sizeof(sql), "SELECT * FROM %s", k->table);
		assert_true(store_ask(rig.conn, &rig.arena, sql, NULL, 0, &rows) >= 0);
		uint32_t n = 0;
		while (k->columns[n])
			n++;
		assert_int_equal(rows.n_columns, 8 + n);
		assert_true(n <= RECORD_COLUMNS_MAX);
	}
	assert_null(record_kind_find(STR("sandwich")));
}

static void a_number_has_one_owner(void **state)
{
	(void)state;
	struct store_scope other = rig_scope(rig.conn, "other", 2000);
	struct store_value columns[] = {store_text(STR("+15551234567")), store_null(), store_null(), store_text(STR("pending")),
		store_null(), store_null(), store_null(), store_null()};
	assert_int_equal(record_insert(&rig.scope, &record_number, STR("n1"), STR("{}"), columns), 0);
	assert_int_equal(record_insert(&other, &record_number, STR("n2"), STR("{}"), columns), -EEXIST);
	struct record_change change = {"status", store_text(STR("released"))};
	assert_int_equal(record_change(&rig.scope, &record_number, STR("n1"), 0, &change, 1), 0);
	assert_int_equal(record_insert(&other, &record_number, STR("n2"), STR("{}"), columns), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(a_record_comes_back_whole),
		RIG_TEST(what_is_there_is_not_made_twice),
		RIG_TEST(another_orgs_record_is_not_there),
		RIG_TEST(versions_keep_writers_apart),
		RIG_TEST(columns_change_one_by_one_or_all),
		RIG_TEST(the_newest_is_found),
		RIG_TEST(pages_go_on_where_the_one_before_ended),
		RIG_TEST(lists_are_sorted),
		RIG_TEST(lists_are_filtered),
		RIG_TEST(all_orgs_are_asked_on_purpose_only),
		RIG_TEST(each_kind_is_as_its_table),
		RIG_TEST(a_number_has_one_owner),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
