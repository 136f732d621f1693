/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "tool/annotate.h"
#include "tool/term.h"
#include "tool/words.h"

/* Destinations of an indirect branch that are printed; the others are summed up. */
#define MOST_DETAILS 16

#define MOST_LANES 12

struct layout {
    int count, taken, not_taken, address; /* columns; taken 0: no conditional branches */
    int bytes;                            /* 0: not shown */
    size_t width;
    arrows *arrows; /* NULL: none */
};

/* --- the head -------------------------------------------------------------------- */

static void print_field(const char *name, enum term_style style, const char *text)
{
    g_autofree char *clean = term_escape(text);

    printf("%s%-9s%s  %s%s%s\n", term_on(TERM_TITLE), name, term_off(TERM_TITLE), term_on(style),
           clean, term_off(style));
}

static void print_others(const struct annotate *a)
{
    GString *names = g_string_new(NULL);

    for (guint i = 0; i < a->others->len && i < 3; i++) {
        const struct cflow_cfg_function *f = g_ptr_array_index(a->others, i);
        const struct cflow_module *module = cflow_profile_module(a->program->profile, f->module);
        g_autofree char *name = cflow_cfg_module_name(module);
        g_string_append_printf(names, "%s%s!0x%" G_GINT64_MODIFIER "x", i ? ", " : "", name,
                               f->start);
        if (f->has_name && strcmp(f->name, a->function->name) != 0) {
            g_string_append_printf(names, " (%s)", f->name);
        }
    }
    if (a->others->len > 3) {
        g_string_append_printf(names, " and %u more", a->others->len - 3);
    }
    if (a->others->len > 0) {
        print_field("also", TERM_PLAIN, names->str);
    }
    g_string_free(names, TRUE);
}

static int64_t times_entered(const cflow_cfg *cfg)
{
    for (size_t b = 0; b < cfg->n_blocks; b++) {
        if (cfg->blocks[b].start == cfg->what.start) {
            return cfg->blocks[b].entered;
        }
    }
    return 0;
}

static void print_totals(const struct annotate *a)
{
    const cflow_cfg *cfg = a->cfg;
    size_t never = 0;

    for (size_t b = 0; b < cfg->n_blocks; b++) {
        never += cfg->insns[cfg->blocks[b].first_insn].arrived == 0;
    }
    g_autofree char *times = words_count(times_entered(cfg), "time", "times");
    g_autofree char *blocks = words_count((int64_t)cfg->n_blocks, "basic block", "basic blocks");
    g_autofree char *loops = words_count((int64_t)cfg->n_loops, "loop", "loops");
    g_autofree char *insns = words_count(cfg->instructions, "instruction", "instructions");
    g_autofree char *irreducible =
        cfg->n_regions ? g_strdup_printf(", %zu irreducible", cfg->n_regions) : g_strdup("");
    g_autofree char *text = g_strdup_printf("entered %s, %s%s executed", times, insns,
                                            cfg->what.code ? "" : " (of those known)");
    g_autofree char *ran =
        never ? g_strdup_printf(", %zu of which never ran", never) : g_strdup("");
    g_autofree char *graph = g_strdup_printf("%s%s; %s%s", blocks, ran, loops, irreducible);
    print_field("totals", TERM_PLAIN, text);
    print_field("graph", TERM_PLAIN, graph);
}

static void print_head(const struct annotate *a)
{
    const struct cflow_cfg_function *f = a->function;
    g_autofree char *exactness = cflow_profile_exactness(a->program->profile);
    g_autofree char *where =
        g_strdup_printf("0x%" G_GINT64_MODIFIER "x-0x%" G_GINT64_MODIFIER "x in %s", f->start,
                        f->end, a->module->path);

    print_field("function", TERM_NAME, f->name);
    print_field("code", TERM_PLAIN, where);
    if (f->file) {
        g_autofree char *source = g_strdup_printf("%s:%u", f->file, f->line);
        print_field("source", TERM_PLAIN, source);
    }
    print_others(a);
    print_totals(a);
    print_field("counts", strcmp(exactness, "exact") == 0 ? TERM_GOOD : TERM_BAD, exactness);
    if (a->cfg->residual > 0) {
        g_autofree char *text = g_strdup_printf(
            "%" G_GINT64_FORMAT " transfers in this function do not add up", a->cfg->residual);
        print_field("", TERM_BAD, text);
    }
    if (!a->cfg->what.code) {
        print_field("", TERM_BAD, "no file with the code: what is shown is what the profile has");
    }
}

static void print_warnings(const struct annotate *a)
{
    const GPtrArray *warnings = cflow_symbols_warnings(a->program->symbols);

    for (guint i = 0; i < warnings->len; i++) {
        g_autofree char *clean = term_escape(g_ptr_array_index(warnings, i));
        g_autofree char *path = g_strdup(a->module->path);
        if (strstr(clean, path)) { /* of this module only */
            printf("\n%s%s%s\n", term_on(TERM_BAD), clean, term_off(TERM_BAD));
        }
    }
}

/* --- columns --------------------------------------------------------------------- */

static int digits(int64_t n)
{
    int width = 1;

    while (n >= 10) {
        n /= 10;
        width++;
    }
    return width;
}

static void measure(struct annotate *a, struct layout *layout)
{
    const cflow_cfg *cfg = a->cfg;

    layout->count = (int)strlen("count");
    for (size_t i = 0; i < cfg->n_insns; i++) {
        const struct cflow_cfg_insn *insn = &cfg->insns[i];
        int64_t taken, not_taken;
        layout->count = MAX(layout->count, digits(MAX(insn->arrived, insn->count)));
        if (annotate_is_conditional(a, insn, &taken, &not_taken)) {
            layout->taken = MAX(MAX(layout->taken, (int)strlen("taken")), digits(taken));
            layout->not_taken =
                MAX(MAX(layout->not_taken, (int)strlen("not taken")), digits(not_taken));
        }
        layout->bytes = a->show_bytes ? MAX(layout->bytes, (int)insn->size * 2) : 0;
    }
    layout->address = (int)snprintf(NULL, 0, "%" G_GINT64_MODIFIER "x", cfg->what.end);
    layout->width = term_columns();
}

/* Whatever is printed last in a row: cut to what is left of it. */
static void print_rest(const struct layout *layout, size_t used, enum term_style style,
                       const char *text)
{
    g_autofree char *clean = term_escape(text);
    size_t left = layout->width > used + 24 ? layout->width - used : 24;
    g_autofree char *cut = term_cut(clean, left);

    printf("%s%s%s\n", term_on(style), cut, term_off(style));
}

/* Columns in front of the address: counts, then arrows. */
static size_t left_width(const struct layout *layout)
{
    size_t width = (size_t)layout->count + 2;

    width += layout->taken ? (size_t)(layout->taken + 2 + layout->not_taken + 2 + 6 + 2) : 0;
    return width + (layout->arrows ? arrows_width(layout->arrows) : 0);
}

/* "100.0" and "0.0" mean always and never. */
static void print_percent(int64_t part, int64_t whole)
{
    double percent = whole > 0 ? 100.0 * (double)part / (double)whole : 0;

    if (whole <= 0) {
        printf("%6s", "");
    } else if (part > 0 && percent < 0.05) {
        printf("%6s", "<0.1");
    } else if (part < whole && percent >= 99.95) {
        printf("%6s", ">99.9");
    } else {
        printf("%6.1f", percent);
    }
}

/* The columns of a row without counts of a branch; @count < 0: none at all. */
static void print_left(const struct layout *layout, int64_t count, const char *lanes)
{
    if (count < 0) {
        printf("%*s  ", layout->count, "");
    } else {
        printf("%*" G_GINT64_FORMAT "  ", layout->count, count);
    }
    if (layout->taken) {
        printf("%*s  ", layout->taken + 2 + layout->not_taken + 2 + 6, "");
    }
    printf("%s%s%s", term_on(TERM_FAINT), lanes ? lanes : "", term_off(TERM_FAINT));
}

static void print_titles(const struct layout *layout)
{
    printf("\n%s%*s  ", term_on(TERM_TITLE), layout->count, "count");
    if (layout->taken) {
        printf("%*s  %*s  %6s  ", layout->taken, "taken", layout->not_taken, "not taken", "%taken");
    }
    printf("%*s%*s  ", layout->arrows ? (int)arrows_width(layout->arrows) : 0, "", layout->address,
           "addr");
    if (layout->bytes) {
        printf("%-*s  ", layout->bytes, "bytes");
    }
    printf("instruction%s\n", term_off(TERM_TITLE));
}

/* --- rows ------------------------------------------------------------------------ */

static enum term_style heat(const struct annotate *a, int64_t count, int64_t hottest)
{
    (void)a;
    if (count == 0) {
        return TERM_FAINT;
    }
    return count >= hottest / 2 && hottest > 1 ? TERM_BAD : TERM_PLAIN;
}

static char *lanes_at(const struct layout *layout, size_t i)
{
    return layout->arrows && arrows_width(layout->arrows) ? arrows_at(layout->arrows, i) : NULL;
}

static char *lanes_below(const struct layout *layout, size_t i)
{
    bool any = layout->arrows && arrows_width(layout->arrows);

    return !any                  ? NULL
           : i == CFLOW_CFG_NONE ? g_strdup_printf("%*s", (int)arrows_width(layout->arrows), "")
                                 : arrows_below(layout->arrows, i);
}

static void print_insn(struct annotate *a, const struct layout *layout, size_t i, int64_t hottest)
{
    const struct cflow_cfg_insn *insn = &a->cfg->insns[i];
    g_autofree char *text = annotate_disasm(a, insn);
    g_autofree char *lanes = lanes_at(layout, i);
    enum term_style style = heat(a, insn->count, hottest);
    size_t used = left_width(layout) + (size_t)layout->address + 2;
    int64_t taken, not_taken;

    printf("%s%*" G_GINT64_FORMAT "%s  ", term_on(style), layout->count, insn->count,
           term_off(style));
    if (annotate_is_conditional(a, insn, &taken, &not_taken)) {
        printf("%*" G_GINT64_FORMAT "  %*" G_GINT64_FORMAT "  ", layout->taken, taken,
               layout->not_taken, not_taken);
        print_percent(taken, taken + not_taken);
        printf("  ");
    } else if (layout->taken) {
        printf("%*s  ", layout->taken + 2 + layout->not_taken + 2 + 6, "");
    }
    printf("%s%s%*" G_GINT64_MODIFIER "x%s  ", term_on(TERM_FAINT), lanes ? lanes : "",
           layout->address, insn->address, term_off(TERM_FAINT));
    if (layout->bytes) {
        GString *hex = g_string_new(NULL);
        for (unsigned b = 0; b < insn->size && insn->has_bytes; b++) {
            g_string_append_printf(hex, "%02x", insn->bytes[b]);
        }
        printf("%-*s  ", layout->bytes, hex->str);
        used += (size_t)layout->bytes + 2;
        g_string_free(hex, TRUE);
    }
    print_rest(layout, used, insn->arrived == 0 ? TERM_FAINT : TERM_PLAIN, text);
}

static char *detail_text(const struct annotate *a, const struct annotate_detail *detail)
{
    const struct cflow_module *module = cflow_profile_module(a->program->profile, detail->module);
    g_autofree char *place = cflow_cfg_program_place(a->program, detail->module, detail->address);
    g_autofree char *name = cflow_cfg_module_name(module);
    bool own = detail->module == a->cfg->what.module || detail->module == CFLOW_MODULE_OUTSIDE;
    bool inside = own && detail->address > a->cfg->what.start &&
                  detail->address < a->cfg->what.end && detail->kind != CFLOW_EXIT;
    g_autofree char *target = inside ? g_strdup_printf("0x%" G_GINT64_MODIFIER "x", detail->address)
                                     : g_strdup_printf("%s%s%s%s", place, own ? "" : " (",
                                                       own ? "" : name, own ? "" : ")");

    if (detail->kind == CFLOW_EXIT) {
        return g_strdup_printf("%s  -> exit%s%s", detail->fault ? "!" : " ",
                               detail->cause[0] ? ", " : "", detail->cause);
    }
    if (detail->fault) {
        const char *kind = cflow_kind_name(detail->kind);
        bool says_kind = g_str_has_prefix(detail->cause, kind); /* "exception 14" */
        return g_strdup_printf("!  %s%s%s -> %s", says_kind ? "" : kind,
                               says_kind || !detail->cause[0] ? "" : " ", detail->cause, target);
    }
    return g_strdup_printf("   -> %s", target);
}

static void print_details(struct annotate *a, const struct layout *layout, size_t i)
{
    g_autoptr(GArray) details = annotate_details(a, &a->cfg->insns[i]);
    size_t used = left_width(layout) + (size_t)layout->address + 2;
    int64_t rest = 0;
    guint shown = 0, hidden = 0;

    for (guint d = 0; d < details->len; d++) {
        const struct annotate_detail *detail = &g_array_index(details, struct annotate_detail, d);
        g_autofree char *lanes = lanes_below(layout, i);
        g_autofree char *text = detail_text(a, detail);
        if (!detail->fault && shown >= MOST_DETAILS) {
            hidden++;
            rest = rest > INT64_MAX - detail->count ? INT64_MAX : rest + detail->count;
            continue;
        }
        shown += !detail->fault;
        print_left(layout, detail->count, lanes);
        printf("%*s  ", layout->address, "");
        print_rest(layout, used, detail->fault ? TERM_BAD : TERM_NAME, text);
    }
    if (hidden > 0) {
        g_autofree char *lanes = lanes_below(layout, i);
        g_autofree char *text = g_strdup_printf("   -> %u more destinations", hidden);
        print_left(layout, rest, lanes);
        printf("%*s  ", layout->address, "");
        print_rest(layout, used, TERM_FAINT, text);
    }
}

/* Whether @file is the function's own, not that of something inlined. */
static bool is_own_file(const struct annotate *a, const char *file)
{
    const char *own = a->function->file ? a->function->file : a->lines[0].file;

    return own && strcmp(file, own) == 0;
}

static void print_source_line(struct annotate *a, const struct layout *layout, size_t i)
{
    const struct annotate_line *line = &a->lines[i];
    const char *text = annotate_source_text(a, line->file, line->line);
    bool own = is_own_file(a, line->file);
    g_autofree char *lanes = lanes_below(layout, i ? i - 1 : CFLOW_CFG_NONE);
    g_autofree char *row = own && text
                               ? g_strdup_printf("%u  %s", line->line, text)
                               : g_strdup_printf("%s:%u  %s", annotate_base_name(line->file),
                                                 line->line, text ? text : "");

    print_left(layout, -1, lanes);
    print_rest(layout, left_width(layout), TERM_NAME, row);
}

/* "10.0", without a fraction where there is none. */
static char *mean_text(int64_t sum, int64_t n)
{
    return sum % n == 0 ? g_strdup_printf("%" G_GINT64_FORMAT, sum / n)
                        : g_strdup_printf("%.1f", (double)sum / (double)n);
}

static char *loop_text(const struct cflow_cfg_loop *loop)
{
    g_autofree char *times = words_count(loop->iterations, "iteration", "iterations");
    g_autofree char *entries = words_count(loop->entries, "entry", "entries");
    g_autofree char *mean = loop->entries > 0 ? mean_text(loop->iterations, loop->entries) : NULL;

    if (!mean) {
        return g_strdup_printf("loop, depth %u: never entered", loop->depth);
    }
    return g_strdup_printf("loop, depth %u: %s, %s, %s %s", loop->depth, entries, times,
                           loop->least == loop->most ? "each" : "mean", mean);
}

static void print_block_notes(struct annotate *a, const struct layout *layout, size_t i)
{
    const cflow_cfg *cfg = a->cfg;
    const struct cflow_cfg_insn *insn = &cfg->insns[i];
    const struct cflow_cfg_block *block = &cfg->blocks[insn->block];
    g_autofree char *text = NULL;

    if (block->first_insn != i) {
        return;
    }
    if (block->loop != CFLOW_CFG_NONE && cfg->loops[block->loop].header == insn->block) {
        text = loop_text(&cfg->loops[block->loop]);
    } else if (block->region != CFLOW_CFG_NONE &&
               cfg->regions[block->region].first == insn->block) {
        const struct cflow_cfg_region *region = &cfg->regions[block->region];
        text = g_strdup_printf("irreducible loop: %zu blocks, entered through %zu of them",
                               region->n_blocks, region->n_entries);
    }
    if (text) {
        g_autofree char *lanes = lanes_below(layout, i ? i - 1 : CFLOW_CFG_NONE);
        print_left(layout, -1, lanes);
        print_rest(layout, left_width(layout), TERM_GOOD, text);
    }
}

static bool same_line(const struct annotate_line *x, const struct annotate_line *y)
{
    return x->line == y->line && g_strcmp0(x->file, y->file) == 0;
}

/* Bytes between two instructions: data, or what is not known. */
static void print_gap(struct annotate *a, const struct layout *layout, size_t i)
{
    const struct cflow_cfg_insn *insn = &a->cfg->insns[i];
    uint64_t end = i > 0 ? insn[-1].address + insn[-1].size : a->cfg->what.start;
    g_autofree char *text = NULL;

    if (insn->address > end) {
        text = g_strdup_printf("(%" G_GINT64_FORMAT " bytes %s)", insn->address - end,
                               a->cfg->what.code ? "of data" : "that the profile does not have");
        g_autofree char *lanes = lanes_below(layout, i ? i - 1 : CFLOW_CFG_NONE);
        print_left(layout, -1, lanes);
        printf("%*s  ", layout->address, "");
        print_rest(layout, left_width(layout) + (size_t)layout->address + 2, TERM_FAINT, text);
    }
}

void annotate_print_text(struct annotate *a)
{
    g_autoptr(arrows) lanes = a->show_arrows ? arrows_new(a->cfg, MOST_LANES) : NULL;
    struct layout layout = {.arrows = lanes};
    int64_t hottest = 0;

    measure(a, &layout);
    for (size_t i = 0; i < a->cfg->n_insns; i++) {
        hottest = MAX(hottest, a->cfg->insns[i].count);
    }
    print_head(a);
    print_titles(&layout);
    for (size_t i = 0; i < a->cfg->n_insns; i++) {
        print_gap(a, &layout, i);
        if (a->show_source && a->lines && a->lines[i].line &&
            (i == 0 || !same_line(&a->lines[i], &a->lines[i - 1]))) {
            print_source_line(a, &layout, i);
        }
        print_block_notes(a, &layout, i);
        print_insn(a, &layout, i, hottest);
        print_details(a, &layout, i);
    }
    print_warnings(a);
}

/* --- the source alone ------------------------------------------------------------ */

static void print_source_row(struct annotate *a, const struct layout *layout, const char *file,
                             unsigned number, const struct annotate_source_line *line)
{
    const char *text = annotate_source_text(a, file, number);
    size_t used = (size_t)layout->count + 2 + 6 + 2;

    if (line) {
        enum term_style style = line->count == 0 ? TERM_FAINT : TERM_PLAIN;
        printf("%s%*" G_GINT64_FORMAT "%s  ", term_on(style), layout->count, line->count,
               term_off(style));
    } else {
        printf("%*s  ", layout->count, "");
    }
    if (layout->taken && line && line->branches == 1) {
        printf("%*" G_GINT64_FORMAT "  %*" G_GINT64_FORMAT "  ", layout->taken, line->taken,
               layout->not_taken, line->not_taken);
        print_percent(line->taken, line->taken + line->not_taken);
        printf("  ");
    } else if (layout->taken && line && line->branches > 1) {
        printf("%*u branches  ", layout->taken + 2 + layout->not_taken + 2 + 6 - 9, line->branches);
    } else if (layout->taken) {
        printf("%*s  ", layout->taken + 2 + layout->not_taken + 2 + 6, "");
    }
    used += layout->taken ? (size_t)(layout->taken + 2 + layout->not_taken + 2 + 6 + 2) : 0;
    printf("%6u  ", number);
    print_rest(layout, used, TERM_PLAIN, text ? text : "");
}

static void print_file(struct annotate *a, const struct layout *layout, const GArray *lines,
                       guint first, guint end)
{
    const struct annotate_source_line *all =
        (const struct annotate_source_line *)(const void *)lines->data;
    const char *file = all[first].file;
    bool own = is_own_file(a, file);
    g_autofree char *clean = term_escape(file);

    printf("\n%s%s%s%s\n", term_on(TERM_TITLE), clean, own ? "" : ", inlined",
           term_off(TERM_TITLE));
    if (!annotate_source_text(a, file, 1)) {
        printf("%s(cannot be read)%s\n", term_on(TERM_BAD), term_off(TERM_BAD));
    }
    for (guint i = first; i < end; i++) {
        /* The lines between, of what is one piece. */
        unsigned from = own && i == first && a->function->line && a->function->line < all[i].line &&
                                all[i].line - a->function->line < 64
                            ? a->function->line
                        : i > first && all[i].line - all[i - 1].line < 16 ? all[i - 1].line + 1
                                                                          : all[i].line;
        for (unsigned number = from; number < all[i].line; number++) {
            print_source_row(a, layout, file, number, NULL);
        }
        print_source_row(a, layout, file, all[i].line, &all[i]);
    }
}

void annotate_print_source(struct annotate *a)
{
    g_autoptr(GArray) lines = annotate_source_lines(a);
    const struct annotate_source_line *all =
        (const struct annotate_source_line *)(const void *)lines->data;
    struct layout layout = {0};
    guint next;

    measure(a, &layout);
    print_head(a);
    printf("\n%s%*s  ", term_on(TERM_TITLE), layout.count, "count");
    if (layout.taken) {
        printf("%*s  %*s  %6s  ", layout.taken, "taken", layout.not_taken, "not taken", "%taken");
    }
    printf("%6s  source%s\n", "line", term_off(TERM_TITLE));
    for (guint i = 0; i < lines->len; i = next) {
        for (next = i + 1; next < lines->len && strcmp(all[i].file, all[next].file) == 0; next++) {
        }
        print_file(a, &layout, lines, i, next);
    }
    print_warnings(a);
}
