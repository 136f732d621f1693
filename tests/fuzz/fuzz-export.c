/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles that are databases as they should be, with rows as they should not.
 * An input is a list of changes to one of the profiles that the target is given:
 * cells, rows that are gone or there twice.  What they are changed in has no
 * constraints, which a hostile file need not have either.  Then one verb runs
 * over it, or all exports.  What is printed is looked at, too: JSON must be JSON,
 * and nothing may hold what a terminal takes for a command.
 */
#include <json-glib/json-glib.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/export/export.h"
#include "lib/profile/profile.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/verbs.h"

#define MAX_CHANGES 48
#define MAX_BASES   4

/* A profile to change. */
struct base {
    GBytes *bytes;
    GPtrArray *tables; /* struct table */
};

struct table {
    char *name;
    char **columns;
    guint n_columns;
    guint n_rows;
};

static struct base bases[MAX_BASES];
static unsigned n_bases;
static char *good, *out, *screen, *sysroot;

/* --- changing -------------------------------------------------------------- */

static void bind_value(sqlite3_stmt *s, struct fuzz_reader *r)
{
    unsigned kind = fuzz_take8(r) % 8;

    if (kind < 3) {
        sqlite3_bind_int64(s, 1, (sqlite3_int64)fuzz_take_number(r));
    } else if (kind < 5) {
        sqlite3_bind_text(s, 1, fuzz_take_text(r), -1, g_free);
    } else if (kind == 5) {
        sqlite3_bind_null(s, 1);
    } else if (kind == 6) {
        char *text = fuzz_take_text(r);
        sqlite3_bind_blob(s, 1, text, (int)strlen(text), g_free);
    } else {
        sqlite3_bind_double(s, 1, (double)(int64_t)fuzz_take_number(r) * 1e10);
    }
}

static void G_GNUC_PRINTF(3, 4)
    change_with(sqlite3 *db, struct fuzz_reader *r, const char *format, ...)
{
    sqlite3_stmt *s = NULL;
    va_list args;

    va_start(args, format);
    g_autofree char *sql = g_strdup_vprintf(format, args);
    va_end(args);
    FUZZ_CHECK(sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK);
    if (sqlite3_bind_parameter_count(s)) {
        bind_value(s, r);
    }
    sqlite3_step(s);
    sqlite3_finalize(s);
}

static void change(sqlite3 *db, const struct base *base, struct fuzz_reader *r)
{
    unsigned what = fuzz_take8(r) % 16;
    const struct table *t = g_ptr_array_index(base->tables, fuzz_take8(r) % base->tables->len);
    unsigned row = t->n_rows ? 1 + fuzz_take16(r) % t->n_rows : 1;
    const char *column = t->columns[fuzz_take8(r) % t->n_columns];

    if (what < 9) {
        change_with(db, r, "UPDATE %s SET \"%s\" = ? WHERE rowid = %u", t->name, column, row);
    } else if (what < 11) { /* what another row has: circles, doubles */
        change_with(db, r,
                    "UPDATE %s SET \"%s\" = (SELECT \"%s\" FROM %s WHERE rowid = %u)"
                    " WHERE rowid = %u",
                    t->name, column, column, t->name, 1 + fuzz_take16(r) % MAX(t->n_rows, 1), row);
    } else if (what == 11) { /* one more, one less */
        change_with(db, r, "UPDATE %s SET \"%s\" = \"%s\" + %d WHERE rowid = %u", t->name, column,
                    column, (int8_t)fuzz_take8(r), row);
    } else if (what == 12) {
        change_with(db, r, "DELETE FROM %s WHERE rowid = %u", t->name, row);
    } else if (what == 13) {
        change_with(db, r, "INSERT INTO %s SELECT * FROM %s WHERE rowid = %u", t->name, t->name,
                    row);
    } else if (what == 14) {
        change_with(db, r, "DELETE FROM %s WHERE rowid %% %u = 0", t->name, 1 + fuzz_take8(r) % 8);
    } else {
        change_with(db, r, "UPDATE %s SET \"%s\" = ? WHERE rowid %% %u = 0", t->name, column,
                    1 + row % 8);
    }
}

static const char *changed_profile(struct fuzz_reader *r)
{
    const struct base *base = &bases[fuzz_take8(r) % n_bases];
    gsize size;
    const uint8_t *data = g_bytes_get_data(base->bytes, &size);
    const char *path = fuzz_file(data, size);
    sqlite3 *db;

    FUZZ_CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    sqlite3_exec(db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN", NULL, NULL,
                 NULL);
    for (unsigned i = 0; i < MAX_CHANGES && r->at < r->end; i++) {
        change(db, base, r);
    }
    FUZZ_CHECK(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(db);
    return path;
}

/* --- reading --------------------------------------------------------------- */

static void export_all(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, &error);
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(sysroot);
    size_t n;

    if (!profile) {
        return;
    }
    const struct cflow_module *modules = cflow_profile_modules(profile, &n);
    for (size_t i = 0; cflow_export_formats[i]; i++) {
        const struct cflow_export_format *format = cflow_export_formats[i];
        for (size_t m = format->one_module; m <= MIN(n, 3); m++) {
            g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
            g_autoptr(GError) why = NULL;
            const struct cflow_export export = {
                .profile = profile,
                .symbols = symbols,
                .module = m ? &modules[m - 1] : NULL,
                .notes = notes,
            };
            FILE *file = fopen("/dev/null", "w");
            bool ok = format->write(&export, file, &why);
            fclose(file);
            FUZZ_CHECK(ok == (why == NULL));
        }
    }
}

/* JSON, or text for people: lines of printable UTF-8. */
static void look_at(const char *path, bool json)
{
    g_autofree char *text = NULL;
    gsize size;

    if (!g_file_get_contents(path, &text, &size, NULL) || !size) {
        return;
    }
    FUZZ_CHECK(g_utf8_validate_len(text, size, NULL));
    for (gsize i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        FUZZ_CHECK((c >= ' ' && c != 0x7f) || c == '\n');
        FUZZ_CHECK(c != 0xc2 || (unsigned char)text[i + 1] >= 0xa0);
    }
    if (json) {
        g_autoptr(JsonParser) parser = json_parser_new();
        FUZZ_CHECK(json_parser_load_from_data(parser, text, (gssize)size, NULL));
    }
}

enum {
    TEXT,
    JSON,
    OTHER
};

/* "@i" is the changed profile, "@o" a file to write, "@g" a good profile, "@s" the sysroot. */
static const struct action {
    const char *words;
    int prints;
} actions[] = {
    {"info -i @i -f text", TEXT},
    {"info -i @i -f json", JSON},
    {"report -i @i -s hottest -n 0 --sysroot @s", TEXT},
    {"report -i @i -s hottest -f json -n 0 --sysroot @s", JSON},
    {"report -i @i -s destinations --sysroot @s", TEXT},
    {"report -i @i -s destinations -f json --sysroot @s", JSON},
    {"report -i @i -s bias -f csv --sysroot @s", OTHER},
    {"report -i @i -s faults --sysroot @s", TEXT},
    {"report -i @i -s faults -f json --sysroot @s", JSON},
    {"report -i @i --interrupts --sysroot @s", TEXT},
    {"report -i @i --interrupts -f json --sysroot @s", JSON},
    {"report -i @i --history --sysroot @s", TEXT},
    {"report -i @i --history -f json --sysroot @s", JSON},
    {"report -i @i -b function --sysroot @s", TEXT},
    {"report -i @i -b file -f json --sysroot @s", JSON},
    {"report -i @i -b module -f csv --sysroot @s", OTHER},
    {"report -i @i -b branch --sysroot @s", TEXT},
    {"report -i @i -b block --sysroot @s", TEXT},
    {"report -i @i -b loop -f json --sysroot @s", JSON},
    {"report -i @i -b process --sysroot @s", TEXT},
    {"report -i @i -b process -f json --sysroot @s", JSON},
    {"report -i @i -m demo -S m* -p * -k taken,call --sysroot @s", TEXT},
    {"annotate -i @i --sysroot @s", TEXT},
    {"annotate -i @i -f json --sysroot @s", JSON},
    {"annotate -i @i --sysroot @s main", TEXT},
    {"annotate -i @i --sysroot @s --show-raw-insn 0x0-0x200000", TEXT},
    {"callgraph -i @i --sysroot @s -n 0", TEXT},
    {"callgraph -i @i --sysroot @s -f json -n 0", JSON},
    {"callgraph -i @i --sysroot @s --callers main -d 0", TEXT},
    {"callgraph -i @i --sysroot @s --callees * -d 9", TEXT},
    {"loops -i @i --sysroot @s -n 0", TEXT},
    {"loops -i @i --sysroot @s -n 0 -f json", JSON},
    {"coverage -i @i --sysroot @s -m *", TEXT},
    {"coverage -i @i --sysroot @s -m * -f json", JSON},
    {"coverage -i @i --sysroot @s -b", TEXT},
    {"check @i", TEXT},
    {"check -f json @i @g", JSON},
    {"diff -c 1 -t 0.1 -n 0 --sysroot @s @i @g", TEXT},
    {"diff -c 1 -t 0.1 -n 0 --sysroot @s @g @i", TEXT},
    {"diff -c 1 -f json --sysroot @s @g @i", JSON},
    {"diff --sysroot @s @i @i", TEXT},
    {"merge -o @o @i @g @i", TEXT},
    {"merge --keep-processes -o @o @g @i", TEXT},
    {"export -f bolt -i @i -o @o --sysroot @s", OTHER},
    {"export -f callgrind -i @i -o @o --sysroot @s", OTHER},
    {"export -f csv -i @i -o @o --sysroot @s", OTHER},
    {"export -f csv-blocks -i @i -o @o --sysroot @s", OTHER},
    {"export -f dot -i @i -o @o --sysroot @s -F main", OTHER},
    {"export -f drcov -i @i -o @o --sysroot @s", OTHER},
    {"export -f gmon -i @i -o @o --sysroot @s", OTHER},
    {"export -f json -i @i -o @o --sysroot @s", OTHER},
    {"export -f lcov -i @i -o @o --sysroot @s", OTHER},
    {"export -f llvm-profgen -i @i -o @o --sysroot @s", OTHER},
};

static void run(const struct action *action, const char *path)
{
    g_auto(GStrv) words = g_strsplit(action->words, " ", -1);

    for (char **word = words; *word; word++) {
        const char *real = strcmp(*word, "@i") == 0   ? path
                           : strcmp(*word, "@o") == 0 ? out
                           : strcmp(*word, "@g") == 0 ? good
                           : strcmp(*word, "@s") == 0 ? sysroot
                                                      : NULL;
        if (real) {
            g_free(*word);
            *word = g_strdup(real);
        }
    }
    FUZZ_CHECK(ftruncate(fileno(stdout), 0) == 0);
    rewind(stdout);
    unlink(out);
    int status = fuzz_verb(words);
    FUZZ_CHECK(status >= 0 && status <= 2);
    fflush(stdout);
    if (action->prints != OTHER) {
        look_at(screen, action->prints == JSON);
    }
    if (status == 0 && strcmp(words[0], "merge") == 0) { /* what was merged can be read */
        g_autoptr(GError) error = NULL;
        g_autoptr(cflow_profile) profile = cflow_profile_open(out, &error);
        FUZZ_CHECK(profile);
    }
    if (status == 0 && strstr(action->words, "-f json -i @i -o")) {
        look_at(out, true);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_reader r = {data, data + size};
    unsigned which = fuzz_take8(&r) % (G_N_ELEMENTS(actions) + 8);
    const char *path = changed_profile(&r);

    if (which < G_N_ELEMENTS(actions)) {
        run(&actions[which], path);
    } else {
        export_all(path);
    }
    return 0;
}

/* --- what is changed -------------------------------------------------------- */

static GPtrArray *strings_of(sqlite3 *db, const char *sql)
{
    GPtrArray *strings = g_ptr_array_new();
    sqlite3_stmt *s = NULL;

    FUZZ_CHECK(sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK);
    while (sqlite3_step(s) == SQLITE_ROW) {
        g_ptr_array_add(strings, g_strdup((const char *)sqlite3_column_text(s, 0)));
    }
    sqlite3_finalize(s);
    return strings;
}

static void G_GNUC_PRINTF(2, 3) execute(sqlite3 *db, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *sql = g_strdup_vprintf(format, args);
    va_end(args);
    FUZZ_CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

/* What profiles of today have and these have not. */
static void modernise(sqlite3 *db)
{
    sqlite3_exec(db, "ALTER TABLE process ADD COLUMN isa TEXT", NULL, NULL, NULL);
    execute(db, "UPDATE process SET isa = (SELECT value FROM meta WHERE key = 'isa')");
    execute(db, "CREATE TABLE IF NOT EXISTS flight(flight INTEGER, step INTEGER, process INTEGER,"
                " vcpu INTEGER, kind INTEGER, cause TEXT, src_module INTEGER, src INTEGER,"
                " dst_module INTEGER, dst INTEGER)");
    execute(db, "INSERT INTO flight SELECT 1, row_number() OVER (), process, 0, kind, '',"
                " src_module, src, dst_module, dst FROM edge LIMIT 20");
    execute(db, "INSERT INTO flight SELECT 1, 0, process, vcpu, kind, cause, src_module, src,"
                " dst_module, dst FROM discontinuity LIMIT 1");
}

static void add_base(const char *path)
{
    struct base *base = &bases[n_bases++];
    g_autofree char *copy = g_build_filename(fuzz_directory(), "base", NULL);
    g_autofree char *data = NULL;
    gsize size;
    sqlite3 *db;

    FUZZ_CHECK(n_bases <= MAX_BASES && g_file_get_contents(path, &data, &size, NULL) &&
               g_file_set_contents(copy, data, (gssize)size, NULL));
    FUZZ_CHECK(sqlite3_open(copy, &db) == SQLITE_OK);
    modernise(db);
    execute(db, "DROP VIEW IF EXISTS edges");
    g_autoptr(GPtrArray) names = strings_of(db, "SELECT name FROM sqlite_schema"
                                                " WHERE type = 'table' ORDER BY name");
    base->tables = g_ptr_array_new();
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        struct table *t = g_new0(struct table, 1);
        execute(db,
                "CREATE TABLE loose AS SELECT * FROM %s; DROP TABLE %s;"
                "ALTER TABLE loose RENAME TO %s",
                name, name, name);
        g_autofree char *sql = g_strdup_printf("SELECT name FROM pragma_table_info('%s')", name);
        GPtrArray *columns = strings_of(db, sql);
        g_autofree char *count = g_strdup_printf("SELECT count(*) FROM %s", name);
        g_autoptr(GPtrArray) rows = strings_of(db, count);
        t->name = g_strdup(name);
        t->n_columns = columns->len;
        t->columns = (char **)g_ptr_array_free(columns, FALSE);
        t->n_rows = (guint)atoi(g_ptr_array_index(rows, 0));
        g_ptr_array_add(base->tables, t);
    }
    execute(db, "PRAGMA page_size = 1024; VACUUM");
    sqlite3_close(db);
    FUZZ_CHECK(g_file_get_contents(copy, &data, &size, NULL));
    base->bytes = g_bytes_new(data, size);
    unlink(copy);
}

/* Called with the sysroot, a good profile, and the profiles to change. */
void fuzz_seeds(GPtrArray *seeds, int argc, char **argv)
{
    FUZZ_CHECK(argc > 2);
    sysroot = argv[0];
    good = argv[1];
    out = g_build_filename(fuzz_directory(), "out", NULL);
    screen = g_build_filename(fuzz_directory(), "screen", NULL);
    for (int i = 2; i < argc; i++) {
        add_base(argv[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(actions) + 1; i++) {
        for (unsigned k = 0; k < n_bases; k++) {
            const uint8_t bytes[] = {(uint8_t)i, (uint8_t)k};
            g_ptr_array_add(seeds, g_bytes_new(bytes, sizeof(bytes)));
        }
    }
    fuzz_add_noise(seeds, 600, 120);
    fuzz_silence();
    FUZZ_CHECK(freopen(screen, "w", stdout));
}
