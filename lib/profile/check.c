/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/check.h"

#include <sqlite3.h>
#include <string.h>

#include "lib/profile/check-internal.h"

static void free_check(gpointer data)
{
    struct cflow_check *check = data;

    g_free(check->detail);
    g_free(check);
}

bool check_add(struct checker *c, const char *name, enum cflow_check_status status,
               const char *format, ...)
{
    struct cflow_check *check = g_new0(struct cflow_check, 1);
    va_list args;

    va_start(args, format);
    check->detail = g_strdup_vprintf(format, args);
    va_end(args);
    check->name = name;
    check->status = status;
    g_ptr_array_add(c->results, check);
    return status != CFLOW_CHECK_FAILED;
}

char *check_number(check_wide n)
{
    char digits[48], *at = digits + sizeof(digits) - 1;

    *at = '\0';
    do {
        *--at = (char)('0' + (int)(n % 10));
        n /= 10;
    } while (n);
    return g_strdup(at);
}

bool check_add_sqlite(struct checker *c, const char *name)
{
    g_autoptr(GError) error = NULL;

    cflow_profile_sqlite_error(c->profile, &error);
    return check_add(c, name, CFLOW_CHECK_FAILED, "%s", error->message);
}

/* --- rows --------------------------------------------------------------------- */

/* The number that @sql yields; -1 with a message in @why if it cannot be run. */
static int64_t ask(struct checker *c, const char *sql, char **why)
{
    g_autoptr(GError) error = NULL;
    sqlite3_stmt *s = NULL;
    int64_t n = -1;

    if (sqlite3_prepare_v2(cflow_profile_db(c->profile), sql, -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW) {
        n = sqlite3_column_int64(s, 0);
    } else {
        cflow_profile_sqlite_error(c->profile, &error);
        *why = g_strdup(error->message);
    }
    sqlite3_finalize(s);
    return n;
}

#define INTEGER(column)       " OR typeof(" column ") <> 'integer'"
#define COUNT(column)         INTEGER(column) " OR " column " < 0"
#define LISTED(column, table) " OR ifnull(" column ", -1) NOT IN (SELECT id FROM " table ")"

/* Rows that are wrong, each with a question for their number. */
static const struct {
    const char *what, *sql;
} wrong_rows[] = {
    {"module 0 is not the outside",
     "SELECT NOT EXISTS (SELECT 1 FROM module WHERE id = 0 AND kind = 'outside')"},
    {"rows of module", "SELECT count(*) FROM module WHERE typeof(path) <> 'text' OR id < 0"
                       " OR typeof(kind) <> 'text'"},
    {"rows of kind", "SELECT count(*) FROM kind WHERE typeof(name) <> 'text' OR id < 0"},
    {"rows of process", "SELECT count(*) FROM process WHERE 0" COUNT("transfers") COUNT("residual")
                            COUNT("vcpus") INTEGER("complete")},
    {"rows of mapping",
     "SELECT count(*) FROM mapping WHERE 0" INTEGER("start") INTEGER("\"end\"") INTEGER("bias")
         LISTED("process", "process") LISTED("module", "module")},
    {"rows of insn", "SELECT count(*) FROM insn WHERE length(bytes) > 16" INTEGER("offset")
                         COUNT("flags") LISTED("module", "module")},
    {"rows of block", "SELECT count(*) FROM block WHERE insns < 1" INTEGER("start") INTEGER("last")
                          INTEGER("insns") COUNT("privilege") COUNT("entered") COUNT("completed")
                              LISTED("process", "process") LISTED("module", "module")},
    {"rows of edge",
     "SELECT count(*) FROM edge WHERE (src_module = 0 AND src <> 0)"
     " OR (dst_module = 0 AND dst <> 0)" INTEGER("src") INTEGER("dst") COUNT("count")
         COUNT("privilege") LISTED("process", "process") LISTED("src_module", "module")
             LISTED("dst_module", "module") LISTED("kind", "kind")},
    {"rows of discontinuity",
     "SELECT count(*) FROM discontinuity WHERE mid_block NOT IN (0, 1)" COUNT("privilege")
         INTEGER("vcpu") INTEGER("src") INTEGER("dst") COUNT("count") LISTED("process", "process")
             LISTED("src_module", "module") LISTED("dst_module", "module") LISTED("kind", "kind")},
    {"returns of discontinuity",
     "SELECT count(*) FROM discontinuity WHERE returned > count"
     " OR (returned = 0 AND instructions <> 0)" COUNT("returned") COUNT("instructions")},
};

static bool check_rows(struct checker *c)
{
    size_t n_modules, n_processes;

    cflow_profile_modules(c->profile, &n_modules);
    cflow_profile_processes(c->profile, &n_processes);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong_rows); i++) {
        g_autofree char *why = NULL;
        int64_t n = ask(c, wrong_rows[i].sql, &why);
        if (n != 0) {
            return why ? check_add(c, "rows", CFLOW_CHECK_FAILED, "%s", why)
                   : i ? check_add(c, "rows", CFLOW_CHECK_FAILED,
                                   "%s that make no sense: %" G_GINT64_FORMAT
                                   " (a type, a range, or a process, module or kind not listed)",
                                   wrong_rows[i].what, n)
                       : check_add(c, "rows", CFLOW_CHECK_FAILED, "%s", wrong_rows[i].what);
        }
    }
    for (int kind = 0; kind < CFLOW_N_KINDS; kind++) {
        g_autofree char *why = NULL;
        g_autofree char *sql =
            g_strdup_printf("SELECT count(*) FROM kind WHERE (id = %d) <> (name = '%s')", kind,
                            cflow_kind_name((enum cflow_kind)kind));
        if (ask(c, sql, &why) != 0) {
            return check_add(c, "rows", CFLOW_CHECK_FAILED, "kind %d is not called %s", kind,
                             cflow_kind_name((enum cflow_kind)kind));
        }
    }
    return check_add(c, "rows", CFLOW_CHECK_OK,
                     "processes (%zu), modules (%zu) and kinds that rows name are there",
                     n_processes, n_modules);
}

/* --- questions to the tables --------------------------------------------------- */

/* An edge may be told of in several rows, and edges of these kinds are in full. */
#define TOLD_IN_FULL "(11, 12, 19)" /* interrupt, signal, host-call */

static void check_discontinuities(struct checker *c)
{
    static const char more[] =
        "SELECT count(*) FROM (SELECT process, kind, src_module, src, dst_module, dst,"
        " sum(count) AS n FROM discontinuity GROUP BY 1, 2, 3, 4, 5, 6) d"
        " LEFT JOIN edge e ON e.process = d.process AND e.src_module = d.src_module AND"
        " e.src = d.src AND e.dst_module = d.dst_module AND e.dst = d.dst AND e.kind = d.kind"
        " WHERE e.count IS NULL OR d.n > e.count";
    static const char less[] =
        "SELECT (SELECT ifnull(sum(count), 0) FROM edge WHERE kind IN " TOLD_IN_FULL ") -"
        " (SELECT ifnull(sum(count), 0) FROM discontinuity WHERE kind IN " TOLD_IN_FULL ")";
    g_autofree char *why = NULL;
    int64_t n = ask(c, more, &why);

    if (n == 0) {
        int64_t rest = ask(c, less, &why);
        if (rest != 0 && !why) {
            check_add(c, "discontinuities", CFLOW_CHECK_FAILED,
                      "signals and interrupts that are edges only: %" G_GINT64_FORMAT, rest);
            return;
        }
    }
    if (why || n) {
        check_add(c, "discontinuities", CFLOW_CHECK_FAILED, "%s",
                  why ? why : "some were counted more often than their edges");
    } else {
        check_add(c, "discontinuities", CFLOW_CHECK_OK, "each is an edge as well");
    }
}

static void check_instructions(struct checker *c)
{
    static const struct {
        const char *sql, *what;
    } questions[] = {
        {"SELECT count(*) FROM block b WHERE NOT EXISTS (SELECT 1 FROM insn i"
         " WHERE i.module = b.module AND i.offset = b.start AND i.flags & 8)",
         "blocks without a first instruction"},
        {"SELECT count(*) FROM block b WHERE NOT EXISTS (SELECT 1 FROM insn i"
         " WHERE i.module = b.module AND i.offset = b.last AND i.flags & 1)",
         "blocks without a last instruction"},
        {"SELECT count(*) FROM edge e JOIN insn i ON i.module = e.src_module AND i.offset = e.src"
         " WHERE e.kind IN (1, 3, 4) AND i.target IS NOT NULL AND NOT i.flags & 4"
         " AND e.dst_module = e.src_module AND e.dst <> i.target",
         "direct branches that did not go to their target"},
        {"SELECT count(*) FROM edge e JOIN insn i ON i.module = e.src_module AND i.offset = e.src"
         " WHERE e.kind IN (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 18) AND NOT i.flags & 4"
         " AND NOT CASE i.class WHEN 'conditional' THEN e.kind IN (1, 2)"
         " WHEN 'jump' THEN e.kind IN (2, 3) WHEN 'call' THEN e.kind IN (2, 4)"
         " WHEN 'return' THEN e.kind IN (2, 5, 18) WHEN 'indirect-jump' THEN e.kind IN (2, 6, 18)"
         " WHEN 'indirect-call' THEN e.kind IN (2, 7) WHEN 'syscall' THEN e.kind IN (2, 8)"
         " WHEN 'system' THEN e.kind IN (2, 9, 18) WHEN 'trap' THEN e.kind = 2"
         " WHEN 'plain' THEN e.kind = 9 WHEN 'repeat' THEN e.kind = 9"
         " WHEN 'unknown' THEN e.kind IN (0, 9) ELSE 1 END",
         "edges of a kind that their instruction cannot make"},
        {"SELECT count(*) FROM edge e JOIN insn i ON i.module = e.src_module AND i.offset = e.src"
         " WHERE e.kind = 2 AND NOT i.flags & 4 AND e.dst_module = e.src_module"
         " AND e.dst <> e.src + length(i.bytes)",
         "branches not taken that did not go on to the next instruction"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++) {
        g_autofree char *why = NULL;
        int64_t n = ask(c, questions[i].sql, &why);
        if (n != 0) {
            g_autofree char *what =
                why ? g_steal_pointer(&why)
                    : g_strdup_printf("%s: %" G_GINT64_FORMAT, questions[i].what, n);
            check_add(c, "instructions", CFLOW_CHECK_FAILED, "%s", what);
            return;
        }
    }
    check_add(c, "instructions", CFLOW_CHECK_OK,
              "blocks begin and end with one, edges are of its kind");
}

/* --- meta ----------------------------------------------------------------------- */

/* A sum that meta has; returns false after having added a failure. */
static bool check_sum(struct checker *c, const char *key, check_wide found)
{
    int64_t stored = cflow_profile_meta_int(c->profile, key, -1);

    if (!cflow_profile_meta(c->profile, key) || (stored >= 0 && (check_wide)stored == found)) {
        return true;
    }
    g_autofree char *number = check_number(found);
    return check_add(c, "meta", CFLOW_CHECK_FAILED, "%s says %s, the rows %s", key,
                     cflow_profile_meta(c->profile, key), number);
}

/* Does it call itself exact just when it may? */
static bool check_exactness(struct checker *c, check_wide residual)
{
    int64_t except = cflow_profile_meta_int(c->profile, "exact_except", -1);
    int64_t exact = cflow_profile_meta_int(c->profile, "exact", -1);
    const char *note = cflow_profile_meta(c->profile, "exact_note");

    if (cflow_profile_meta(c->profile, "exact_except") &&
        (except < 0 || (check_wide)except < residual + c->unexplained)) {
        return check_add(
            c, "meta", CFLOW_CHECK_FAILED,
            "exact_except is less than what is unexplained, not recorded, or does not balance");
    }
    if (exact != 0 && exact != 1) {
        return check_add(c, "meta", CFLOW_CHECK_FAILED, "it does not say whether it is exact");
    }
    if (exact && (except > 0 || residual + c->unexplained > 0)) {
        return check_add(c, "meta", CFLOW_CHECK_FAILED, "it calls itself exact and is not");
    }
    if (!exact && except <= 0 && residual + c->unexplained == 0 && !(note && note[0])) {
        return check_add(c, "meta", CFLOW_CHECK_FAILED,
                         "it calls itself not exact and does not say why");
    }
    return true;
}

static void check_meta(struct checker *c)
{
    size_t n;
    const struct cflow_process *processes = cflow_profile_processes(c->profile, &n);
    check_wide transfers = 0, residual = 0, beyond = 0;

    for (size_t i = 0; i < n; i++) {
        transfers += (check_wide)processes[i].transfers;
        residual += (check_wide)processes[i].residual;
        beyond += (check_wide)processes[i].beyond;
    }
    if (check_sum(c, "transfers", transfers) && check_sum(c, "residual", residual) &&
        check_sum(c, "unexplained", c->unexplained) && check_sum(c, "blocks_run", c->blocks_run) &&
        check_sum(c, "beyond_limit", beyond) && check_exactness(c, residual + beyond)) {
        g_autofree char *exactness = cflow_profile_exactness(c->profile);
        check_add(c, "meta", CFLOW_CHECK_OK, "its sums are those of the rows; %s", exactness);
    }
}

static bool check_structure(struct checker *c)
{
    g_autoptr(GError) error = NULL;

    if (!cflow_profile_check(c->profile, &error)) {
        return check_add(c, "structure", CFLOW_CHECK_FAILED, "%s", error->message);
    }
    return check_add(c, "structure", CFLOW_CHECK_OK, "a whole database, schema %d",
                     cflow_profile_version(c->profile));
}

GPtrArray *cflow_check(cflow_profile *profile)
{
    struct checker c = {
        .profile = profile,
        .results = g_ptr_array_new_with_free_func(free_check),
        .sums = g_ptr_array_new_with_free_func(check_free_sums),
    };

    if (check_structure(&c) && check_rows(&c) && check_read_sums(&c)) {
        check_arrivals(&c);
        check_flow(&c);
        check_discontinuities(&c);
        check_instructions(&c);
        check_processes(&c);
        check_meta(&c);
    }
    g_ptr_array_unref(c.sums);
    return c.results;
}
