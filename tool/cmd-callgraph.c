/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "lib/cfg/callgraph.h"
#include "tool/graph.h"
#include "tool/symbol-options.h"
#include "tool/table.h"
#include "tool/term.h"
#include "tool/verbs.h"
#include "tool/words.h"

static char *input_path, *callers_of, *callees_of, *depth_text, *limit_text, *format_text,
    *color_text;
static gboolean no_pager;

static char *process_text;

const GOptionEntry cmd_callgraph_options[] = {
    {"input", 'i', 0, G_OPTION_ARG_FILENAME, &input_path, "profile to read (default cflow.db)",
     "FILE"},
    {"process", 'p', 0, G_OPTION_ARG_FILENAME, &process_text,
     "only processes with this id, name or path", "PID|GLOB"},
    {"callers", 0, 0, G_OPTION_ARG_FILENAME, &callers_of, "who calls FUNCTION, and who these",
     "FUNCTION"},
    {"callees", 0, 0, G_OPTION_ARG_FILENAME, &callees_of, "whom FUNCTION calls, and whom these",
     "FUNCTION"},
    {"depth", 'd', 0, G_OPTION_ARG_FILENAME, &depth_text,
     "levels of these trees (default 3, 0 all)", "N"},
    {"limit", 'n', 0, G_OPTION_ARG_FILENAME, &limit_text,
     "functions to print, or branches per level (default 10, 0 all)", "N"},
    {"format", 'f', 0, G_OPTION_ARG_FILENAME, &format_text, "default text", "text|json"},
    SYMBOL_OPTION_ENTRIES,
    {"color", 0, 0, G_OPTION_ARG_FILENAME, &color_text, "use colour: auto, always or never",
     "WHEN"},
    {"no-pager", 0, 0, G_OPTION_ARG_NONE, &no_pager, "print straight to the terminal", NULL},
    G_OPTION_ENTRY_NULL,
};

struct wishes {
    guint64 depth, limit;
    bool json;
};

static bool parse(int argc, char **argv, struct wishes *wishes)
{
    wishes->depth = 3;
    wishes->limit = 10;
    if (!verb_parse("callgraph", &argc, &argv) ||
        !graph_parse_format("callgraph", format_text, &wishes->json) ||
        !graph_parse_number("callgraph", "depth", depth_text, &wishes->depth) ||
        !graph_parse_number("callgraph", "limit", limit_text, &wishes->limit)) {
        return false;
    }
    if (argc > 1) {
        fail_usage("callgraph", "unexpected argument '%s': say --callers %s or --callees %s",
                   argv[1], argv[1], argv[1]);
        return false;
    }
    if (callers_of && callees_of) {
        fail_usage("callgraph", "--callers and --callees exclude each other");
        return false;
    }
    if (!term_set_color(color_text)) {
        fail_usage("callgraph", "unknown --color '%s': say auto, always or never", color_text);
        return false;
    }
    return true;
}

/* --- all functions --------------------------------------------------------------- */

enum {
    C_COUNT,
    C_KIND,
    C_FUNCTION,
    C_MODULE,
    C_INSTRUCTIONS,
    C_COLUMNS
};

static const struct column columns[C_COLUMNS] = {
    {.title = "calls", .right = true},
    {.title = "kind"},
    {.title = "function", .shrinks = true, .style = TERM_NAME},
    {.title = "module"},
    {.title = "instructions", .right = true},
};

static void cell_function(const struct graph_input *input, table *table, const char *prefix,
                          const struct cflow_cfg_function *f)
{
    const struct cflow_module *module = cflow_profile_module(input->profile, f->module);
    g_autofree char *name = cflow_cfg_module_name(module);

    g_autofree char *function = words_short_function(f->name);

    table_cell(table, C_FUNCTION, "%s%s", prefix, function);
    table_cell(table, C_MODULE, "%s", f->module == CFLOW_MODULE_OUTSIDE ? "" : name);
}

static void add_calls(const struct graph_input *input, table *table, const GPtrArray *calls,
                      bool callers, guint64 limit)
{
    int64_t rest = 0;
    guint hidden = 0;

    for (guint i = 0; i < calls->len; i++) {
        const struct cflow_call *call = g_ptr_array_index(calls, i);
        if (limit && i >= limit) {
            rest = rest > INT64_MAX - call->count ? INT64_MAX : rest + call->count;
            hidden++;
            continue;
        }
        table_row(table, true);
        table_cell(table, C_COUNT, "%" G_GINT64_FORMAT, call->count);
        table_cell(table, C_KIND, "%s", cflow_call_kind_name(call->kind));
        cell_function(input, table, callers ? "  <- " : "  -> ", callers ? call->from : call->to);
    }
    if (hidden > 0) {
        table_row(table, true);
        table_cell(table, C_COUNT, "%" G_GINT64_FORMAT, rest);
        table_cell(table, C_FUNCTION, "  %s %u more", callers ? "<-" : "->", hidden);
    }
}

static void print_all(const struct graph_input *input, const cflow_callgraph *graph,
                      const struct wishes *wishes)
{
    g_autoptr(table) table = table_new(columns, C_COLUMNS);
    g_autoptr(GPtrArray) nodes = g_ptr_array_new();

    for (guint i = 0; i < graph->nodes->len; i++) {
        const struct cflow_callgraph_node *node = g_ptr_array_index(graph->nodes, i);
        if (node->function->module != CFLOW_MODULE_OUTSIDE) {
            g_ptr_array_add(nodes, (gpointer)node);
        }
    }
    guint n = wishes->limit ? (guint)MIN((guint64)nodes->len, wishes->limit) : nodes->len;

    printf("%stotals%s   ", term_on(TERM_TITLE), term_off(TERM_TITLE));
    for (int kind = 0; kind < CFLOW_CALL_N_KINDS; kind++) {
        printf("%s%" G_GINT64_FORMAT " %s", kind ? ", " : "  ", graph->by_kind[kind],
               cflow_call_kind_name((enum cflow_call_kind)kind));
    }
    printf("\n");
    graph_print_exactness(input);
    printf("\n%sfunctions called most, %u of %u%s\n\n", term_on(TERM_TITLE), n, nodes->len,
           term_off(TERM_TITLE));
    for (guint i = 0; i < n; i++) {
        const struct cflow_callgraph_node *node = g_ptr_array_index(nodes, i);
        table_row(table, false);
        table_cell(table, C_COUNT, "%" G_GINT64_FORMAT, node->called);
        table_cell(table, C_KIND, "%s", node->recursive ? "recursive" : "");
        cell_function(input, table, "", node->function);
        table_cell(table, C_INSTRUCTIONS, "%" G_GINT64_FORMAT, node->function->instructions);
        add_calls(input, table, node->callers, true, 5);
        add_calls(input, table, node->callees, false, 5);
    }
    table_print(table);
}

/* --- a tree ---------------------------------------------------------------------- */

struct tree {
    const struct graph_input *input;
    const cflow_callgraph *graph;
    const struct wishes *wishes;
    bool callers;
    bool utf8;
    GPtrArray *path; /* functions from the root: to see circles */
    int width;       /* of counts */
};

static void print_tree_row(const struct tree *t, int64_t count, const char *indent,
                           const char *branch, const char *text, const char *note)
{
    g_autofree char *clean = term_escape(text);
    size_t used = (size_t)t->width + 2 + term_width(indent) + term_width(branch) + strlen(note);
    size_t columns = term_columns();
    g_autofree char *cut = term_cut(clean, columns > used + 24 ? columns - used : 24);

    printf("%*" G_GINT64_FORMAT "  %s%s%s%s%s%s%s%s\n", t->width, count, indent, branch,
           term_on(TERM_NAME), cut, term_off(TERM_NAME), term_on(TERM_FAINT), note,
           term_off(TERM_FAINT));
}

static void print_level(struct tree *t, const struct cflow_cfg_function *function,
                        const char *indent)
{
    const struct cflow_callgraph_node *node = cflow_callgraph_find(t->graph, function);
    const GPtrArray *calls = !node ? NULL : t->callers ? node->callers : node->callees;
    guint n = !calls             ? 0
              : t->wishes->limit ? (guint)MIN((guint64)calls->len, t->wishes->limit)
                                 : calls->len;
    int64_t rest = 0;

    for (guint i = 0; i < n; i++) {
        const struct cflow_call *call = g_ptr_array_index(calls, i);
        const struct cflow_cfg_function *other = t->callers ? call->from : call->to;
        bool last = i + 1 == calls->len;
        bool again = g_ptr_array_find(t->path, other, NULL);
        bool deeper = !again && (!t->wishes->depth || t->path->len < t->wishes->depth);
        g_autofree char *kind = call->kind == CFLOW_CALL_DIRECT
                                    ? g_strdup("")
                                    : g_strdup_printf(", %s", cflow_call_kind_name(call->kind));
        g_autofree char *note =
            g_strdup_printf("  %u site%s%s%s", call->sites, call->sites == 1 ? "" : "s", kind,
                            other == function ? ", recursive"
                            : again           ? ", see above"
                                              : "");
        const char *branch = t->utf8 ? (last ? "╰─ " : "├─ ") : (last ? "`- " : "|- ");
        print_tree_row(t, call->count, indent, branch, other->name, note);
        if (deeper) {
            g_autofree char *inner = g_strconcat(indent,
                                                 last      ? "   "
                                                 : t->utf8 ? "│  "
                                                           : "|  ",
                                                 NULL);
            g_ptr_array_add(t->path, (gpointer)other);
            print_level(t, other, inner);
            g_ptr_array_set_size(t->path, (int)t->path->len - 1);
        }
    }
    for (guint i = n; calls && i < calls->len; i++) {
        const struct cflow_call *call = g_ptr_array_index(calls, i);
        rest = rest > INT64_MAX - call->count ? INT64_MAX : rest + call->count;
    }
    if (calls && n < calls->len) {
        g_autofree char *more = g_strdup_printf("%u more", calls->len - n);
        print_tree_row(t, rest, indent, t->utf8 ? "╰─ " : "`- ", more, "");
    }
}

static void print_tree(const struct graph_input *input, const cflow_callgraph *graph,
                       const struct wishes *wishes, const struct cflow_cfg_function *root)
{
    const struct cflow_callgraph_node *node = cflow_callgraph_find(graph, root);
    g_autoptr(GPtrArray) path = g_ptr_array_new();
    struct tree t = {.input = input,
                     .graph = graph,
                     .wishes = wishes,
                     .callers = callers_of != NULL,
                     .utf8 = g_get_charset(NULL),
                     .path = path,
                     .width = 5};
    int64_t most = 0;

    for (size_t i = 0; i < graph->n_calls; i++) {
        most = MAX(most, graph->calls[i].count);
    }
    t.width = MAX(t.width, snprintf(NULL, 0, "%" G_GINT64_FORMAT, most));
    graph_print_exactness(input);
    printf("\n%s%s%s\n\n", term_on(TERM_TITLE),
           t.callers ? "callers; a count is of calls to the function one level up, by whomever"
                     : "callees; a count is of calls by the function one level up, for whomever",
           term_off(TERM_TITLE));
    print_tree_row(&t, node ? node->called : 0, "", "", root->name, "  called");
    g_ptr_array_add(path, (gpointer)root);
    print_level(&t, root, "");
}

/* --- JSON ------------------------------------------------------------------------ */

static void add_node(const struct graph_input *input, JsonBuilder *b,
                     const struct cflow_callgraph_node *node, int64_t id)
{
    json_builder_begin_object(b);
    words_add_int(b, "id", id);
    graph_add_function(input, b, node->function);
    words_add_int(b, "called", node->called);
    words_add_int(b, "recursive", node->recursive);
    words_add_int(b, "calls", node->calls);
    words_add_int(b, "instructions", node->function->instructions);
    json_builder_end_object(b);
}

/* Nodes in reach of @root over at most --depth calls; all if there is no root. */
static void collect(const cflow_callgraph *graph, const struct cflow_cfg_function *root,
                    const struct wishes *wishes, GHashTable *ids, GPtrArray *nodes)
{
    guint level_end = 0;

    for (guint i = 0; !root && i < graph->nodes->len; i++) {
        if (!wishes->limit || i < wishes->limit) {
            struct cflow_callgraph_node *node = g_ptr_array_index(graph->nodes, i);
            g_hash_table_insert(ids, (gpointer)node->function, GUINT_TO_POINTER(i));
            g_ptr_array_add(nodes, node);
        }
    }
    const struct cflow_callgraph_node *first = root ? cflow_callgraph_find(graph, root) : NULL;
    if (first) {
        g_hash_table_insert(ids, (gpointer)root, GUINT_TO_POINTER(0));
        g_ptr_array_add(nodes, (gpointer)first);
    }
    for (guint64 level = 0; first && (!wishes->depth || level < wishes->depth); level++) {
        guint begin = level_end;
        level_end = nodes->len;
        for (guint i = begin; i < level_end; i++) {
            const struct cflow_callgraph_node *node = g_ptr_array_index(nodes, i);
            const GPtrArray *calls = callers_of ? node->callers : node->callees;
            for (guint c = 0; c < calls->len; c++) {
                const struct cflow_call *call = g_ptr_array_index(calls, c);
                const struct cflow_cfg_function *other = callers_of ? call->from : call->to;
                if (!g_hash_table_contains(ids, other)) {
                    g_hash_table_insert(ids, (gpointer)other, GUINT_TO_POINTER(nodes->len));
                    g_ptr_array_add(nodes, (gpointer)cflow_callgraph_find(graph, other));
                }
            }
        }
        if (level_end == nodes->len) {
            break;
        }
    }
}

static void print_json(const struct graph_input *input, const cflow_callgraph *graph,
                       const struct wishes *wishes, const struct cflow_cfg_function *root)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    g_autoptr(GHashTable) ids = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) nodes = g_ptr_array_new();

    collect(graph, root, wishes, ids, nodes);
    json_builder_begin_object(b);
    graph_add_profile(input, b);
    words_add_int(b, "matching", root ? (int64_t)nodes->len : (int64_t)graph->nodes->len);
    json_builder_set_member_name(b, "functions");
    json_builder_begin_array(b);
    for (guint i = 0; i < nodes->len; i++) {
        add_node(input, b, g_ptr_array_index(nodes, i), i);
    }
    json_builder_end_array(b);
    json_builder_set_member_name(b, "calls");
    json_builder_begin_array(b);
    for (guint i = 0; i < nodes->len; i++) {
        const struct cflow_callgraph_node *node = g_ptr_array_index(nodes, i);
        for (guint c = 0; c < node->callees->len; c++) {
            const struct cflow_call *call = g_ptr_array_index(node->callees, c);
            gpointer to;
            if (g_hash_table_lookup_extended(ids, call->to, NULL, &to)) {
                json_builder_begin_object(b);
                words_add_int(b, "from", i);
                words_add_int(b, "to", GPOINTER_TO_UINT(to));
                words_add_string(b, "kind", cflow_call_kind_name(call->kind));
                words_add_int(b, "count", call->count);
                words_add_int(b, "sites", call->sites);
                json_builder_end_object(b);
            }
        }
    }
    json_builder_end_array(b);
    graph_add_warnings(input, b);
    json_builder_end_object(b);
    words_print_json(b, TRUE);
    putchar('\n');
}

static int callgraph(const struct graph_input *input, const struct wishes *wishes)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cflow_callgraph) graph = cflow_callgraph_new(input->program);
    const char *words = callers_of ? callers_of : callees_of;
    g_autoptr(GPtrArray) found =
        words ? cflow_cfg_program_select(input->program, words, &error) : NULL;
    const struct cflow_cfg_function *root = found ? g_ptr_array_index(found, 0) : NULL;

    if (error) {
        return fail("%s", error->message);
    }
    if (wishes->json) {
        print_json(input, graph, wishes, root);
        return STATUS_OK;
    }
    if (!no_pager) {
        term_start_pager();
    }
    if (root) {
        print_tree(input, graph, wishes, root);
    } else {
        print_all(input, graph, wishes);
    }
    graph_print_warnings(input);
    return STATUS_OK;
}

int cmd_callgraph(int argc, char **argv)
{
    struct graph_input input;
    struct wishes wishes;

    if (!parse(argc, argv, &wishes)) {
        return STATUS_USAGE;
    }
    int status = graph_open(&input, input_path, process_text, symbol_options_resolver())
                     ? callgraph(&input, &wishes)
                     : STATUS_FAILURE;
    graph_close(&input);
    return status;
}
