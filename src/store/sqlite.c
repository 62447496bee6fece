/* SPDX-License-Identifier: MIT */
#include "sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/mem.h"

enum { BUSY_LOOK_US = 2000, FILE_MODE = 0600, CHECK_BYTES_MAX = 64 << 20 };

struct sqlite_conn *sqlite_of(struct store_conn *c)
{
	return container_of(c, struct sqlite_conn, conn);
}

static const struct {
	int code, err;
} errors_of_sqlite[] = { /* an extended code before its primary one */
	{SQLITE_CONSTRAINT_UNIQUE, -EEXIST},
	{SQLITE_CONSTRAINT_PRIMARYKEY, -EEXIST},
	{SQLITE_CONSTRAINT_ROWID, -EEXIST},
	{SQLITE_CONSTRAINT_FOREIGNKEY, -ENOENT},
	{SQLITE_BUSY, -EAGAIN},
	{SQLITE_LOCKED, -EAGAIN},
	{SQLITE_FULL, -ENOSPC},
	{SQLITE_READONLY, -EROFS},
	{SQLITE_CORRUPT, -EBADMSG},
	{SQLITE_NOTADB, -EBADMSG},
	{SQLITE_CONSTRAINT, -EINVAL},
	{SQLITE_ERROR, -EINVAL},
	{SQLITE_RANGE, -EINVAL},
	{SQLITE_MISMATCH, -EINVAL},
	{SQLITE_TOOBIG, -EINVAL},
	{SQLITE_NOMEM, -ENOMEM},
};

/* A file-size limit and a quota are a full disk by another name. */
static bool is_full(const struct sqlite_conn *c, int code)
{
	int err = (code & 0xff) == SQLITE_IOERR && c->db ? sqlite3_system_errno(c->db) : 0;
	return err == ENOSPC || err == EDQUOT || err == EFBIG;
}

int sqlite_fault(struct sqlite_conn *c, int code)
{
	if (c->db)
		engine_say_line(&c->conn, sqlite3_errmsg(c->db));
	if (is_full(c, code))
		return -ENOSPC;
	for (size_t i = 0; i < ARRAY_LEN(errors_of_sqlite); i++)
		if (errors_of_sqlite[i].code == code || errors_of_sqlite[i].code == (code & 0xff))
			return errors_of_sqlite[i].err;
	return -EIO;
}

/* Other programs are waited for by looking; how long is what the gate has left of the statement's time. */
static int on_busy(void *arg, int n_looks)
{
	const struct sqlite_conn *c = arg;
	struct timespec wait = {.tv_nsec = BUSY_LOOK_US * 1000};
	(void)n_looks;
	if (clock_now_us() >= c->busy_until_us)
		return 0;
	(void)nanosleep(&wait, NULL);
	return 1;
}

static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
			      "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;";

/* Made by us first, as SQLite gives its other files the mode of this one.  One that is there is not touched: to close it
 * would take away the locks of all connections of this process (fcntl(2)), and another program that ends would then
 * delete the log under them. */
static int make_file(struct sqlite_conn *c, const char *path)
{
	AUTO(auto_close) int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (fd >= 0 || errno == EEXIST)
		return 0;
	int err = -errno;
	engine_say(&c->conn, "%s: %s", path, strerror(-err));
	return err;
}

static int open_db(struct sqlite_conn *c)
{
	const char *path = c->conn.store->target;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int err = make_file(c, path);
	if (err < 0)
		return err;
	int code = sqlite3_open_v2(path, &c->db, flags, NULL);
	if (code == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_CANTOPEN) {
		err = c->db ? -sqlite3_system_errno(c->db) : -ENOMEM;
		engine_say(&c->conn, "%s: %s", path, strerror(-err));
		return err < 0 ? err : -EIO;
	}
	c->busy_until_us = clock_now_us() + (int64_t)STORE_BUSY_MS * 1000;
	if (code == SQLITE_OK)
		code = sqlite3_busy_handler(c->db, on_busy, c);
	if (code == SQLITE_OK)
		code = sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(c->db, pragmas, NULL, NULL, NULL);
	(void)sqlite3_wal_hook(c->db, sqlite_on_commit, c); /* behind the pragmas: it takes the place of one of SQLite's */
	return code == SQLITE_OK ? 0 : sqlite_fault(c, code);
}

static void disconnect(struct store_conn *conn)
{
	struct sqlite_conn *c = sqlite_of(conn);
	sqlite_statements_done(c);
	if (c->has_gate)
		gate_leave(&conn->store->gate);
	(void)sqlite3_close_v2(c->db);
	mem_free(c);
}

static int connect_db(struct store *s, struct store_conn **ret_conn)
{
	struct sqlite_conn *c = mem_alloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->conn.store = s;
	int err = open_db(c);
	*ret_conn = &c->conn;
	return err;
}

/* $3 is the third value wherever it stands: SQLite counts by first appearance. */
static int bind_one(struct sqlite_conn *c, sqlite3_stmt *stmt, int at, const struct store_value *v)
{
	const char *bytes = v->bytes.p ? v->bytes.p : "";
	int code = SQLITE_OK;
	switch (v->type) {
	case STORE_NULL:
		code = sqlite3_bind_null(stmt, at);
		break;
	case STORE_INT:
		code = sqlite3_bind_int64(stmt, at, v->number);
		break;
	case STORE_TEXT:
		code = sqlite3_bind_text64(stmt, at, bytes, v->bytes.n, SQLITE_STATIC, SQLITE_UTF8);
		break;
	case STORE_BLOB:
		code = sqlite3_bind_blob64(stmt, at, bytes, v->bytes.n, SQLITE_STATIC);
		break;
	}
	return code == SQLITE_OK ? 0 : sqlite_fault(c, code);
}

static int bind(struct sqlite_conn *c, sqlite3_stmt *stmt, const struct store_value *v, uint32_t n)
{
	uint64_t highest = 0;
	for (int at = sqlite3_bind_parameter_count(stmt); at > 0; at--) {
		const char *name = sqlite3_bind_parameter_name(stmt, at);
		uint64_t number = 0;
		if (!name || str_u64(str_skip(str_of(name), 1), n, &number) < 0 || number == 0) {
			engine_say(&c->conn, "a parameter is not $1..$%u", n);
			return -EINVAL;
		}
		highest = number > highest ? number : highest;
		int err = bind_one(c, stmt, at, &v[number - 1]);
		if (err < 0)
			return err;
	}
	if (highest == n)
		return 0;
	engine_say(&c->conn, "%u values for parameters up to $%u", n, (unsigned)highest);
	return -EINVAL;
}

static bool take_cell(sqlite3_stmt *stmt, int column, struct arena *a, struct store_value *cell)
{
	int type = sqlite3_column_type(stmt, column);
	if (type == SQLITE_NULL)
		return true;
	if (type == SQLITE_INTEGER) {
		*cell = store_int(sqlite3_column_int64(stmt, column));
		return true;
	}
	bool is_blob = type == SQLITE_BLOB;
	const void *p = is_blob ? sqlite3_column_blob(stmt, column) : sqlite3_column_text(stmt, column);
	struct str copy = arena_str(a, (struct str){p, (size_t)sqlite3_column_bytes(stmt, column)});
	*cell = is_blob ? store_blob(copy) : store_text(copy);
	return copy.p != NULL;
}

static bool take_row(sqlite3_stmt *stmt, struct rows_builder *b)
{
	struct store_value *cells = rows_add(b);
	for (uint32_t i = 0; cells && i < b->rows.n_columns; i++)
		if (!take_cell(stmt, (int)i, b->arena, &cells[i]))
			return false;
	return cells != NULL;
}

/* To the end, even when rows are not wanted: what RETURNING stands behind is done only then. */
static int step_all(struct sqlite_conn *c, sqlite3_stmt *stmt, struct rows_builder *b)
{
	int code;
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW)
		if (b->arena && !take_row(stmt, b)) {
			engine_say(&c->conn, "the rows do not fit the arena");
			return -ENOMEM;
		}
	return code == SQLITE_DONE ? 0 : sqlite_fault(c, code);
}

static int execute(struct sqlite_conn *c, sqlite3_stmt *stmt, struct rows_builder *b)
{
	struct gate *gate = &c->conn.store->gate;
	c->busy_until_us = clock_now_us() + (int64_t)STORE_BUSY_MS * 1000;
	if (!c->has_gate && !sqlite3_stmt_readonly(stmt)) {
		int err = gate_take(gate, STORE_BUSY_MS);
		if (err < 0) {
			engine_say(&c->conn, "another thread writes for too long");
			return err;
		}
		c->has_gate = true;
	}
	int64_t before = sqlite3_total_changes64(c->db);
	int err = step_all(c, stmt, b);
	int changed = (int)(sqlite3_total_changes64(c->db) - before);
	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	if (c->has_gate && sqlite3_get_autocommit(c->db)) { /* BEGIN IMMEDIATE keeps it up to COMMIT or ROLLBACK */
		c->has_gate = false;
		gate_leave(gate);
	}
	if (sqlite3_get_autocommit(c->db)) {
		int sync_err = sqlite_sync(c);
		err = err < 0 ? err : sync_err;
	}
	return err < 0 ? err : changed;
}

static int run(struct store_conn *conn, struct arena *a, const char *sql, const struct store_value *v, uint32_t n,
	struct store_rows *ret_rows)
{
	struct sqlite_conn *c = sqlite_of(conn);
	sqlite3_stmt *stmt = NULL;
	int err = sqlite_statement(c, sql, &stmt);
	if (err == 0)
		err = bind(c, stmt, v, n);
	if (err < 0)
		return err;
	struct rows_builder b = {.arena = a, .rows.n_columns = (uint32_t)sqlite3_column_count(stmt)};
	err = execute(c, stmt, &b);
	if (err < 0 || !a)
		return err;
	*ret_rows = b.rows;
	return (int)b.rows.n_rows;
}

static int script(struct store_conn *conn, const char *sql)
{
	struct sqlite_conn *c = sqlite_of(conn);
	int code = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? 0 : sqlite_fault(c, code);
}

static int control(struct store_conn *conn, const char *sql)
{
	int n = run(conn, NULL, sql, NULL, 0, NULL);
	return n < 0 ? n : 0;
}

static int heal(struct store_conn *conn)
{
	(void)conn;
	return 0;
}

static int ask_number(struct sqlite_conn *c, const char *sql, int64_t *ret_number)
{
	AUTO(arena_done) struct arena a;
	struct store_rows rows;
	arena_init(&a, STORE_SQL_MAX);
	int n = run(&c->conn, &a, sql, NULL, 0, &rows);
	if (n > 0)
		*ret_number = store_cell_int(&rows, 0, 0);
	return n < 0 ? n : 0;
}

/* The whole of a small file, the header and the schema of a large one: those are read to open it.  -EBADMSG: no. */
static int look_through(struct sqlite_conn *c)
{
	AUTO(arena_done) struct arena a;
	struct store_rows rows;
	struct stat st;
	if (stat(c->conn.store->target, &st) == 0 && st.st_size > CHECK_BYTES_MAX)
		return 0;
	arena_init(&a, STORE_SQL_MAX * 2);
	int n = run(&c->conn, &a, "PRAGMA quick_check(1)", NULL, 0, &rows);
	if (n <= 0 || str_is(store_cell_text(&rows, 0, 0), STR("ok")))
		return n < 0 ? n : 0;
	engine_say(&c->conn, STR_FMT, STR_ARG(store_cell_text(&rows, 0, 0)));
	return -EBADMSG;
}

static int check(struct store_conn *conn, struct buf *errors)
{
	struct sqlite_conn *c = sqlite_of(conn);
	const char *path = conn->store->target;
	int64_t application = 0, n_tables = 0;
	int err = ask_number(c, "SELECT count(*) FROM sqlite_schema", &n_tables); /* first: another may be making them */
	if (err == 0)
		err = ask_number(c, "PRAGMA application_id", &application);
	if (err == 0 && application != SQLITE_APPLICATION && (application != 0 || n_tables > 0)) {
		buf_printf(errors, "%s belongs to another program: name a file of ringdown's own in [store] url", path);
		return -EPROTO;
	}
	if (err == 0)
		err = look_through(c);
	if (err == -EAGAIN)
		buf_printf(errors, "%s is locked by another program", path);
	if (err == -EBADMSG)
		buf_printf(errors, "%s is damaged (%s): put it aside and restore the last backup (ringdown backup makes one)", path,
			conn->words);
	if (err < 0 || application != 0)
		return err;
	return script(conn, "PRAGMA application_id = 1382641255");
}

static const struct engine_word words[] = {{"blob", "BLOB"}, {"skip_locked", ""}, {NULL, NULL}};

const struct engine engine_sqlite = {
	.name = "sqlite",
	.begin = "BEGIN IMMEDIATE",
	.words = words,
	.connect = connect_db,
	.disconnect = disconnect,
	.run = run,
	.control = control,
	.script = script,
	.heal = heal,
	.check = check,
};
