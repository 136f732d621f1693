/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The format of Callgrind, for callgrind_annotate and KCachegrind:
 * https://valgrind.org/docs/manual/cl-format.html, and what Callgrind 3.19
 * writes where that is not precise (jcnd=TAKEN/EXECUTED has a slash).
 *
 * Cost is instructions, "Ir", of each instruction.  Calls and jumps have their
 * counts.  What a call costs with all that it leads to is not in a profile, but
 * the format wants it: there stands an estimate (lib/export/inclusive.h), which
 * the name of the event and a "desc:" line say.
 */
#include <string.h>

#include "lib/export/executed.h"
#include "lib/export/formats.h"
#include "lib/export/inclusive.h"
#include "lib/export/text.h"

#define NO_NAME "???" /* as Callgrind has it */

/* A function, or all code of a module that is in none. */
struct function {
    const struct cflow_module *module;
    const char *name, *file;
    uint64_t start;
    bool known;
};

/* What ran of a module. */
struct part {
    const struct cflow_module *module;
    GArray *executed;    /* struct cflow_executed */
    uint32_t *functions; /* of each of these */
};

enum arc {
    ARC_NONE,
    ARC_CALL, /* of a function; also a jump to the start of another one */
    ARC_JUMP,
    ARC_CONDITIONAL,
    ARC_LOST, /* a jump that the format cannot say */
};

struct writer {
    const struct cflow_export *export;
    const cflow_flow *flow;
    FILE *out;
    GArray *functions;    /* struct function */
    GHashTable *by_key;   /* its cflow_function, or its module if not known -> index + 1 */
    GArray *self;         /* int64_t, by function */
    GArray *parts;        /* struct part */
    GArray *calls;        /* struct cflow_call, in the order of their edges */
    GHashTable *names[3]; /* "ob", "fl", "fn": text -> number, see put_name() */
    int64_t total, lost;
    struct cflow_inexact inexact;
    /* Where writing has got to. */
    size_t edge, call;
    const struct cflow_module *module;
    uint32_t function;
    const char *file;
};

static struct function *function_of(struct writer *w, uint32_t i)
{
    return &g_array_index(w->functions, struct function, i);
}

/* The function at @offset of @module, as an index. */
static uint32_t function_at(struct writer *w, const struct cflow_module *module, uint64_t offset)
{
    const struct cflow_function *f =
        cflow_symbols_function_at(w->export->symbols, module->path, module->build_id, offset);
    gconstpointer key = f ? (gconstpointer)f : (gconstpointer)module;
    guint known = GPOINTER_TO_UINT(g_hash_table_lookup(w->by_key, key));
    struct function function = {module, NO_NAME, NO_NAME, 0, false};
    int64_t none = 0;

    if (known) {
        return known - 1;
    }
    if (f) {
        struct cflow_location at;
        cflow_symbols_lookup(w->export->symbols, module->path, module->build_id, f->start, &at);
        function.name = f->name;
        function.file = f->file ? f->file : at.file ? at.file : NO_NAME;
        function.start = f->start;
        function.known = true;
    }
    g_array_append_val(w->functions, function);
    g_array_append_val(w->self, none);
    g_hash_table_insert(w->by_key, (gpointer)key, GUINT_TO_POINTER(w->functions->len));
    return w->functions->len - 1;
}

/* --- what ran -------------------------------------------------------------- */

static bool is_selected(const struct writer *w, uint32_t function)
{
    return !w->export->function ||
           g_strcmp0(g_array_index(w->functions, struct function, function).name,
                     w->export->function) == 0;
}

static bool add_part(struct writer *w, const struct cflow_block *blocks, size_t n, GError **error)
{
    struct part part = {.module = cflow_profile_module(w->export->profile, blocks[0].module)};

    if (w->export->module && part.module != w->export->module) {
        return true;
    }
    part.executed =
        cflow_export_executed(w->export, w->flow, part.module, blocks, n, &w->inexact, error);
    if (!part.executed) {
        return false;
    }
    part.functions = g_new(uint32_t, part.executed->len);
    for (guint i = 0; i < part.executed->len; i++) {
        const struct cflow_executed *e = &g_array_index(part.executed, struct cflow_executed, i);
        uint32_t f = function_at(w, part.module, e->address);
        part.functions[i] = f;
        int64_t *self = &g_array_index(w->self, int64_t, f);
        *self = cflow_add_counts(*self, e->count);
        if (is_selected(w, f)) {
            w->total = cflow_add_counts(w->total, e->count);
        }
    }
    g_array_append_val(w->parts, part);
    return true;
}

static bool add_parts(struct writer *w, const GArray *blocks, GError **error)
{
    const struct cflow_block *b = (const struct cflow_block *)(const void *)blocks->data;
    guint next;

    for (guint i = 0; i < blocks->len; i = next) {
        for (next = i; next < blocks->len && b[next].module == b[i].module; next++) {
        }
        if (!add_part(w, &b[i], next - i, error)) {
            return false;
        }
    }
    return true;
}

/* --- calls and jumps --------------------------------------------------------- */

static enum arc classify(struct writer *w, const struct cflow_edge *edge, uint32_t *from,
                         uint32_t *to)
{
    bool is_call = edge->kind == CFLOW_CALL || edge->kind == CFLOW_INDIRECT_CALL;
    bool is_jump = edge->kind == CFLOW_JUMP || edge->kind == CFLOW_INDIRECT_JUMP;

    if ((!is_call && !is_jump && edge->kind != CFLOW_TAKEN) || edge->count == 0 ||
        edge->src_module == CFLOW_MODULE_OUTSIDE || edge->dst_module == CFLOW_MODULE_OUTSIDE) {
        return ARC_NONE;
    }
    *from = function_at(w, cflow_profile_module(w->export->profile, edge->src_module), edge->src);
    *to = function_at(w, cflow_profile_module(w->export->profile, edge->dst_module), edge->dst);
    const struct function *callee = function_of(w, *to);
    bool at_start = callee->known && callee->start == edge->dst;
    if (*from == *to) { /* "call 1f; 1: pop" is no call */
        return is_call && (at_start || !callee->known) ? ARC_CALL
               : edge->kind == CFLOW_TAKEN             ? ARC_CONDITIONAL
                                                       : ARC_JUMP;
    }
    if (is_call || at_start || (!callee->known && edge->src_module != edge->dst_module)) {
        return ARC_CALL;
    }
    if (edge->src_module != edge->dst_module) {
        return ARC_LOST;
    }
    return edge->kind == CFLOW_TAKEN ? ARC_CONDITIONAL : ARC_JUMP;
}

static void add_calls(struct writer *w)
{
    for (size_t i = 0; i < w->flow->n_edges; i++) {
        struct cflow_call call = {.count = w->flow->edges[i].count};
        enum arc arc = classify(w, &w->flow->edges[i], &call.caller, &call.callee);
        if (arc == ARC_CALL) {
            g_array_append_val(w->calls, call);
        } else if (arc == ARC_LOST) {
            w->lost = cflow_add_counts(w->lost, call.count);
        }
    }
    cflow_estimate_inclusive((const int64_t *)(const void *)w->self->data, w->functions->len,
                             (struct cflow_call *)(void *)w->calls->data, w->calls->len);
}

/* --- writing ----------------------------------------------------------------- */

enum {
    OBJECT,
    FILE_NAME,
    FUNCTION
};

/* "fl=(3) name" the first time, "fl=(3)" from then on. */
static void put_name(struct writer *w, const char *key, int kind, const char *name)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(w->names[kind], name));

    if (number) {
        fprintf(w->out, "%s=(%u)\n", key, number);
        return;
    }
    number = g_hash_table_size(w->names[kind]) + 1;
    g_hash_table_insert(w->names[kind], (gpointer)name, GUINT_TO_POINTER(number));
    fprintf(w->out, "%s=(%u) ", key, number);
    cflow_export_put_line(w->out, name);
    fputc('\n', w->out);
}

static void put_position(struct writer *w, uint64_t address, unsigned line)
{
    fprintf(w->out, "0x%" G_GINT64_MODIFIER "x %u", address, line);
}

static void put_command(struct writer *w)
{
    g_auto(GStrv) words = cflow_export_command(w->export);

    fputs("cmd:", w->out);
    for (char **word = words; word && *word; word++) {
        bool plain = **word && !strpbrk(*word, " \t\n\"'\\$`&|;<>()*?[]#~!{}");
        g_autofree char *text = plain ? g_strdup(*word) : g_shell_quote(*word);
        fputc(' ', w->out);
        cflow_export_put_line(w->out, text);
    }
    fputc('\n', w->out);
}

static void put_header(struct writer *w)
{
    size_t n;
    const struct cflow_process *processes = cflow_profile_processes(w->export->profile, &n);
    g_autofree char *exactness = cflow_profile_exactness(w->export->profile);

    fputs("# callgrind format\nversion: 1\ncreator: qemu-cflow\n", w->out);
    if (n) {
        fprintf(w->out, "pid: %" G_GINT64_FORMAT "\n", processes[0].pid);
    }
    put_command(w);
    fputs("part: 1\n\ndesc: Counts: ", w->out);
    cflow_export_put_line(w->out, exactness);
    fputs("\ndesc: Inclusive cost: an estimate, as if all calls of a function cost the same\n"
          "desc: Trigger: Program termination\n\n"
          "positions: instr line\n"
          "event: Ir : Instructions (self: counted, inclusive: estimated)\n"
          "events: Ir\n",
          w->out);
    fprintf(w->out, "summary: %" G_GINT64_FORMAT "\n\n", w->total);
}

static void put_function(struct writer *w, uint32_t f)
{
    const struct function *function = function_of(w, f);

    fputc('\n', w->out);
    if (function->module != w->module) {
        put_name(w, "ob", OBJECT, function->module->path);
        w->module = function->module;
    }
    put_name(w, "fl", FILE_NAME, function->file);
    put_name(w, "fn", FUNCTION, function->name);
    w->function = f;
    w->file = function->file;
}

/* Code inlined from another file. */
static void put_file(struct writer *w, const char *file)
{
    const char *own = function_of(w, w->function)->file;

    if (g_strcmp0(file, w->file) != 0) {
        put_name(w, g_strcmp0(file, own) == 0 ? "fe" : "fi", FILE_NAME, file);
        w->file = file;
    }
}

static unsigned line_at(struct writer *w, const struct cflow_module *module, uint64_t offset)
{
    struct cflow_location at;

    cflow_symbols_lookup(w->export->symbols, module->path, module->build_id, offset, &at);
    return at.line;
}

static void put_call(struct writer *w, const struct cflow_edge *edge, const struct cflow_call *call,
                     unsigned line)
{
    const struct function *callee = function_of(w, call->callee);

    if (callee->module != w->module) {
        put_name(w, "cob", OBJECT, callee->module->path);
    }
    put_name(w, "cfi", FILE_NAME, callee->file);
    put_name(w, "cfn", FUNCTION, callee->name);
    fprintf(w->out, "calls=%" G_GINT64_FORMAT " ", call->count);
    put_position(w, edge->dst, line_at(w, callee->module, edge->dst));
    fputc('\n', w->out);
    put_position(w, edge->src, line);
    fprintf(w->out, " %" G_GINT64_FORMAT "\n", call->inclusive);
}

/* How often the conditional branch of @edge ran, both ways together. */
static int64_t executions(const struct writer *w, const struct cflow_edge *edge)
{
    size_t low = 0, high = w->flow->n_sites;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct cflow_site *site = &w->flow->sites[middle];
        if (site->module < edge->src_module ||
            (site->module == edge->src_module && site->offset < edge->src)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return w->flow->sites[low].total;
}

static void put_jump(struct writer *w, const struct cflow_edge *edge, enum arc arc, uint32_t to,
                     unsigned line)
{
    const struct function *target = function_of(w, to);

    if (to != w->function) {
        put_name(w, "jfi", FILE_NAME, target->file);
        put_name(w, "jfn", FUNCTION, target->name);
    }
    if (arc == ARC_CONDITIONAL) {
        fprintf(w->out, "jcnd=%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT " ", edge->count,
                executions(w, edge));
    } else {
        fprintf(w->out, "jump=%" G_GINT64_FORMAT " ", edge->count);
    }
    put_position(w, edge->dst, line_at(w, target->module, edge->dst));
    fputc('\n', w->out);
    put_position(w, edge->src, line);
    fputc('\n', w->out);
}

/* Goes on to the next edge; a call has the next of @calls. */
static enum arc next_arc(struct writer *w, const struct cflow_call **call, uint32_t *to)
{
    uint32_t from;
    enum arc arc = classify(w, &w->flow->edges[w->edge++], &from, to);

    *call = arc == ARC_CALL ? &g_array_index(w->calls, struct cflow_call, w->call++) : NULL;
    return arc;
}

/* Whether the next edge comes before @address of @module, or at it. */
static bool is_next(const struct writer *w, const struct cflow_module *module, uint64_t address,
                    bool at)
{
    if (w->edge == w->flow->n_edges) {
        return false;
    }
    const struct cflow_edge *edge = &w->flow->edges[w->edge];
    if (edge->src_module != module->id) {
        return edge->src_module < module->id && !at;
    }
    return at ? edge->src == address : edge->src < address;
}

/* The instruction at @address and what it calls and jumps to. */
static void put_instruction(struct writer *w, const struct cflow_module *module, uint64_t address,
                            int64_t count, uint32_t function)
{
    struct cflow_location at;
    const struct cflow_call *call;
    bool selected = is_selected(w, function);
    uint32_t to;

    if (selected) {
        if (function != w->function) {
            put_function(w, function);
        }
        cflow_symbols_lookup(w->export->symbols, module->path, module->build_id, address, &at);
        put_file(w, at.file ? at.file : function_of(w, function)->file);
        put_position(w, address, at.line);
        fprintf(w->out, " %" G_GINT64_FORMAT "\n", count);
    }
    while (is_next(w, module, address, true)) {
        const struct cflow_edge *edge = &w->flow->edges[w->edge];
        enum arc arc = next_arc(w, &call, &to);
        if (selected && arc == ARC_CALL) {
            put_call(w, edge, call, at.line);
        } else if (selected && (arc == ARC_JUMP || arc == ARC_CONDITIONAL)) {
            put_jump(w, edge, arc, to, at.line);
        }
    }
}

/* Edges whose instruction has no count of its own, for lack of code: cost 0 there. */
static void put_edges_before(struct writer *w, const struct cflow_module *module, uint64_t address)
{
    const struct cflow_call *call;
    uint32_t to;

    while (is_next(w, module, address, false)) {
        const struct cflow_edge *edge = &w->flow->edges[w->edge];
        if (edge->src_module == module->id) {
            put_instruction(w, module, edge->src, 0, function_at(w, module, edge->src));
        } else {
            next_arc(w, &call, &to); /* of a module that was not asked for */
        }
    }
}

static void put_part(struct writer *w, const struct part *part)
{
    for (guint i = 0; i < part->executed->len; i++) {
        const struct cflow_executed *e = &g_array_index(part->executed, struct cflow_executed, i);
        put_edges_before(w, part->module, e->address);
        put_instruction(w, part->module, e->address, e->count, part->functions[i]);
    }
    put_edges_before(w, part->module, UINT64_MAX);
}

static void clear_part(void *data)
{
    struct part *part = data;

    g_array_unref(part->executed);
    g_free(part->functions);
}

static void init(struct writer *w)
{
    w->functions = g_array_new(FALSE, FALSE, sizeof(struct function));
    w->by_key = g_hash_table_new(NULL, NULL);
    w->self = g_array_new(FALSE, FALSE, sizeof(int64_t));
    w->parts = g_array_new(FALSE, FALSE, sizeof(struct part));
    g_array_set_clear_func(w->parts, clear_part);
    w->calls = g_array_new(FALSE, FALSE, sizeof(struct cflow_call));
    for (size_t i = 0; i < G_N_ELEMENTS(w->names); i++) {
        w->names[i] = g_hash_table_new(g_str_hash, g_str_equal);
    }
    w->function = UINT32_MAX;
}

static void clear(struct writer *w)
{
    g_array_unref(w->functions);
    g_hash_table_unref(w->by_key);
    g_array_unref(w->self);
    g_array_unref(w->parts);
    g_array_unref(w->calls);
    for (size_t i = 0; i < G_N_ELEMENTS(w->names); i++) {
        g_hash_table_unref(w->names[i]);
    }
}

static void put_all(struct writer *w)
{
    put_header(w);
    for (guint i = 0; i < w->parts->len; i++) {
        put_part(w, &g_array_index(w->parts, struct part, i));
    }
    fprintf(w->out, "\ntotals: %" G_GINT64_FORMAT "\n", w->total);
    cflow_export_note_inexact(w->export, &w->inexact);
    if (w->lost) {
        cflow_export_note(w->export,
                          "%" G_GINT64_FORMAT " jumps into the middle of functions of other "
                          "modules are left out: the format has no form for them",
                          w->lost);
    }
    cflow_export_note(w->export, "inclusive costs are estimates; self costs, calls and jumps are "
                                 "counted");
}

static bool write_callgrind(const struct cflow_export *export, FILE *out, GError **error)
{
    g_autoptr(cflow_flow) flow =
        cflow_export_check_function(export, error) ? cflow_query(export->profile, error) : NULL;
    g_autoptr(GArray) blocks = flow ? cflow_query_blocks(export->profile, -1, error) : NULL;
    struct writer w = {.export = export, .flow = flow, .out = out};

    if (!blocks) {
        return false;
    }
    init(&w);
    bool ok = add_parts(&w, blocks, error);
    if (ok) {
        add_calls(&w);
        put_all(&w);
    }
    clear(&w);
    return ok;
}

const struct cflow_export_format cflow_export_callgrind = {
    .name = "callgrind",
    .summary = "instructions, calls and jumps by line and address, as Callgrind writes them",
    .output = "callgrind.out",
    .reader = "callgrind_annotate FILE, kcachegrind FILE",
    .write = write_callgrind,
};
