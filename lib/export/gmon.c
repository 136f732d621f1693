/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gmon.out, for gprof: who called whom, how often.  <sys/gmon_out.h> of the C
 * library describes the file: a header of 20 bytes, then records that begin
 * with a byte for their kind.  An arc is the address of a call, the address
 * called, each as wide as the program's, and 32 bits of count, all in the
 * program's byte order.
 *
 * The histogram, samples of time by address, is empty: a profile has no time,
 * and instructions shown as seconds would be an invention.  gprof -p refuses a
 * file without one, though, and then says that no time was accumulated.
 */
#include <string.h>

#include "lib/export/formats.h"
#include "lib/export/text.h"

enum {
    GMON_VERSION = 1,
    TAG_HISTOGRAM = 0,
    TAG_ARC = 1,
};

struct writer {
    const struct cflow_export *export;
    FILE *out;
    struct cflow_elf elf;
    uint64_t arcs, saturated;
    uint64_t foreign; /* calls from or to other modules */
    uint64_t unnamed; /* calls of what is no function of the module */
};

static void put_number(const struct writer *w, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        unsigned byte = w->elf.big_endian ? size - 1 - i : i;
        fputc((int)(value >> (8 * byte) & 0xff), w->out);
    }
}

static void put_header(const struct writer *w)
{
    fputs("gmon", w->out);
    put_number(w, GMON_VERSION, 4);
    put_number(w, 0, 8);
    put_number(w, 0, 4);
}

/* One bin for all of the program, and nothing in it. */
static void put_histogram(const struct writer *w)
{
    static const char dimension[15] = "seconds";
    unsigned size = w->elf.is64 ? 8 : 4;

    fputc(TAG_HISTOGRAM, w->out);
    put_number(w, w->elf.start, size);
    put_number(w, w->elf.end, size);
    put_number(w, 1, 4);   /* bins */
    put_number(w, 100, 4); /* per second */
    fwrite(dimension, 1, sizeof(dimension), w->out);
    fputc('s', w->out);
    put_number(w, 0, 2);
}

static void put_arc(struct writer *w, const struct cflow_edge *edge)
{
    unsigned size = w->elf.is64 ? 8 : 4;

    w->saturated += edge->count > UINT32_MAX;
    w->arcs++;
    fputc(TAG_ARC, w->out);
    put_number(w, edge->src, size);
    put_number(w, edge->dst, size);
    put_number(w, (uint64_t)MIN(edge->count, UINT32_MAX), 4);
}

static const struct cflow_function *function_at(const struct writer *w, uint64_t offset)
{
    return cflow_symbols_function_at(w->export->symbols, w->export->module->path,
                                     w->export->module->build_id, offset);
}

/* A jump from another function to the start of this one: what became of a call in the end. */
static bool is_tail_call(const struct writer *w, const struct cflow_edge *edge,
                         const struct cflow_function *callee)
{
    return (edge->kind == CFLOW_JUMP || edge->kind == CFLOW_INDIRECT_JUMP ||
            edge->kind == CFLOW_TAKEN) &&
           edge->dst == callee->start && function_at(w, edge->src) != callee;
}

/* Whether the user wants the calls of @callee by the function at @src. */
static bool is_wanted(const struct writer *w, const struct cflow_function *callee, uint64_t src)
{
    const struct cflow_function *caller = function_at(w, src);
    const char *wanted = w->export->function;

    return !wanted || strcmp(callee->name, wanted) == 0 ||
           (caller && strcmp(caller->name, wanted) == 0);
}

/*
 * gprof gives an address to the symbol before it, whatever lies there, so that
 * only what surely is a call between functions may be in the file.
 */
static void add_edge(struct writer *w, const struct cflow_edge *edge)
{
    bool is_call = edge->kind == CFLOW_CALL || edge->kind == CFLOW_INDIRECT_CALL;
    bool from = edge->src_module == w->export->module->id;
    bool to = edge->dst_module == w->export->module->id;

    if ((!from && !to) || edge->count == 0) {
        return;
    }
    if (!from || !to) {
        w->foreign += is_call ? (uint64_t)edge->count : 0;
        return;
    }
    const struct cflow_function *callee = function_at(w, edge->dst);
    bool is_stub = callee && strstr(callee->name, "@plt");
    if (is_call && is_stub) {
        w->foreign += (uint64_t)edge->count;
    } else if (is_call && (!callee || callee->start != edge->dst)) {
        w->unnamed += (uint64_t)edge->count;
    } else if (callee && !is_stub && (is_call || is_tail_call(w, edge, callee)) &&
               is_wanted(w, callee, edge->src)) {
        put_arc(w, edge);
    }
}

static void add_notes(const struct writer *w)
{
    if (w->saturated) {
        cflow_export_note(w->export,
                          "%" G_GUINT64_FORMAT " counts are more than the format can say and stand "
                          "as 4294967295",
                          w->saturated);
    }
    if (w->foreign) {
        cflow_export_note(w->export,
                          "%" G_GUINT64_FORMAT " calls from or to other modules are left out: "
                          "gprof knows one file",
                          w->foreign);
    }
    if (w->unnamed) {
        cflow_export_note(w->export,
                          "%" G_GUINT64_FORMAT " calls to where no known function starts are left "
                          "out",
                          w->unnamed);
    }
}

static bool write_gmon(const struct cflow_export *export, FILE *out, GError **error)
{
    struct writer w = {.export = export, .out = out};

    if (!cflow_symbols_elf(export->symbols, export->module->path, export->module->build_id,
                           &w.elf)) {
        g_set_error(error, CFLOW_EXPORT_ERROR, CFLOW_EXPORT_ERROR_MODULE,
                    "the file of %s is needed for this format, and it is not there or not the one "
                    "that was recorded; give its place with --sysroot",
                    export->module->path);
        return false;
    }
    g_autoptr(cflow_flow) flow =
        cflow_export_check_function(export, error) ? cflow_query(export->profile, error) : NULL;
    if (!flow) {
        return false;
    }
    put_header(&w);
    put_histogram(&w);
    for (size_t i = 0; i < flow->n_edges; i++) {
        add_edge(&w, &flow->edges[i]);
    }
    if (w.arcs == 0) {
        g_set_error(error, CFLOW_EXPORT_ERROR, CFLOW_EXPORT_ERROR_NOTHING,
                    "no calls between functions of %s in the profile%s", export->module->path,
                    w.unnamed ? ", or it has no symbols" : "");
        return false;
    }
    add_notes(&w);
    return true;
}

const struct cflow_export_format cflow_export_gmon = {
    .name = "gmon",
    .summary = "who called whom how often, for gprof: gmon.out",
    .output = "gmon.out",
    .reader = "gprof -b -p -q PROGRAM FILE",
    .one_module = true,
    .binary = true,
    .write = write_gmon,
};
