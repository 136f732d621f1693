/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An arrow has a destination and all jumps to it, and takes a lane from the
 * first to the last of these rows.  Short ones come first and get the lanes next
 * to the code; what finds no lane is not drawn (the instruction names its target
 * all the same).
 */
#include <string.h>

#include "tool/annotate.h"

struct arrow {
    size_t to;        /* instruction */
    size_t low, high; /* first and last row */
    unsigned lane;    /* from the code outwards */
    bool drawn;
};

struct arrows {
    GArray *all;      /* struct arrow */
    unsigned *source; /* of each instruction: arrow + 1; 0 if none begins */
    unsigned *target; /* likewise: arrow + 1; 0 if none ends */
    unsigned lanes;   /* used */
    bool utf8;
};

static size_t target_of(const cflow_cfg *cfg, const struct cflow_cfg_insn *insn)
{
    const struct cflow_cfg_insn *target;

    if (!(insn->isa_flags & ISA_HAS_TARGET) ||
        (insn->class != ISA_COND && insn->class != ISA_JUMP)) {
        return CFLOW_CFG_NONE;
    }
    target = cflow_cfg_insn_at(cfg, insn->target);
    return target && target != insn ? (size_t)(target - cfg->insns) : CFLOW_CFG_NONE;
}

static int compare_lengths(const void *pa, const void *pb, void *data)
{
    const GArray *all = data;
    const struct arrow *a = &g_array_index(all, struct arrow, *(const unsigned *)pa);
    const struct arrow *b = &g_array_index(all, struct arrow, *(const unsigned *)pb);
    size_t la = a->high - a->low, lb = b->high - b->low;

    if (la != lb) {
        return la < lb ? -1 : 1;
    }
    return a->low < b->low ? -1 : a->low > b->low;
}

static bool overlap(const struct arrow *a, const struct arrow *b)
{
    return a->low <= b->high && b->low <= a->high;
}

static void place(struct arrows *arrows, struct arrow *arrow, unsigned lanes)
{
    for (arrow->lane = 0; arrow->lane < lanes; arrow->lane++) {
        bool is_free = true;
        for (guint i = 0; is_free && i < arrows->all->len; i++) {
            const struct arrow *other = &g_array_index(arrows->all, struct arrow, i);
            is_free = !other->drawn || other->lane != arrow->lane || !overlap(arrow, other);
        }
        if (is_free) {
            arrow->drawn = true;
            arrows->lanes = MAX(arrows->lanes, arrow->lane + 1);
            return;
        }
    }
}

static void collect(struct arrows *arrows, const cflow_cfg *cfg)
{
    for (size_t i = 0; i < cfg->n_insns; i++) {
        size_t to = target_of(cfg, &cfg->insns[i]);
        if (to == CFLOW_CFG_NONE) {
            continue;
        }
        if (!arrows->target[to]) {
            struct arrow arrow = {.to = to, .low = to, .high = to};
            g_array_append_val(arrows->all, arrow);
            arrows->target[to] = arrows->all->len;
        }
        struct arrow *arrow = &g_array_index(arrows->all, struct arrow, arrows->target[to] - 1);
        arrow->low = MIN(arrow->low, i);
        arrow->high = MAX(arrow->high, i);
        arrows->source[i] = arrows->target[to];
    }
}

arrows *arrows_new(const cflow_cfg *cfg, unsigned lanes)
{
    struct arrows *arrows = g_new0(struct arrows, 1);

    arrows->all = g_array_new(FALSE, FALSE, sizeof(struct arrow));
    arrows->source = g_new0(unsigned, cfg->n_insns + 1);
    arrows->target = g_new0(unsigned, cfg->n_insns + 1);
    arrows->utf8 = g_get_charset(NULL);
    collect(arrows, cfg);
    g_autofree unsigned *order = g_new(unsigned, arrows->all->len + 1);
    for (guint i = 0; i < arrows->all->len; i++) {
        order[i] = i;
    }
    if (arrows->all->len > 0) {
        g_qsort_with_data(order, (int)arrows->all->len, sizeof(*order), compare_lengths,
                          arrows->all);
    }
    for (guint i = 0; i < arrows->all->len; i++) {
        place(arrows, &g_array_index(arrows->all, struct arrow, order[i]), lanes);
    }
    return arrows;
}

void arrows_free(arrows *arrows)
{
    if (arrows) {
        g_array_unref(arrows->all);
        g_free(arrows->source);
        g_free(arrows->target);
        g_free(arrows);
    }
}

unsigned arrows_width(const arrows *arrows)
{
    return arrows->lanes ? arrows->lanes + 2 : 0;
}

/* How lines leave the middle of a cell. */
enum {
    UP = 1,
    DOWN = 2,
    LEFT = 4,
    RIGHT = 8
};

static const char *cell_text(bool utf8, unsigned ways)
{
    static const char *const lines[16] = {
        [0] = " ",
        [UP] = "│",
        [DOWN] = "│",
        [UP | DOWN] = "│",
        [RIGHT] = "─",
        [LEFT] = "─",
        [LEFT | RIGHT] = "─",
        [DOWN | RIGHT] = "╭",
        [UP | RIGHT] = "╰",
        [UP | DOWN | RIGHT] = "├",
        [UP | DOWN | LEFT | RIGHT] = "┼",
        [UP | LEFT | RIGHT] = "┴",
        [DOWN | LEFT | RIGHT] = "┬",
    };

    if (utf8) {
        return lines[ways] ? lines[ways] : "┼";
    }
    if ((ways & (UP | DOWN)) && (ways & (LEFT | RIGHT))) {
        return "+";
    }
    return ways & (UP | DOWN) ? "|" : ways ? "-" : " ";
}

/* The arrow @number - 1; NULL for 0 and for one that is not drawn. */
static const struct arrow *drawn(const arrows *arrows, unsigned number)
{
    const struct arrow *arrow =
        number ? &g_array_index(arrows->all, struct arrow, number - 1) : NULL;

    return arrow && arrow->drawn ? arrow : NULL;
}

/* @ways: one cell per lane, then two for the head. */
static char *draw(const arrows *arrows, const unsigned *ways, bool head)
{
    GString *text = g_string_new(NULL);

    for (unsigned lane = arrows->lanes; lane-- > 0;) {
        g_string_append(text, cell_text(arrows->utf8, ways[lane]));
    }
    g_string_append(text, cell_text(arrows->utf8, ways[arrows->lanes]));
    g_string_append(text, head ? ">" : " ");
    return g_string_free(text, FALSE);
}

static void go_right(unsigned *ways, unsigned lane, unsigned lanes)
{
    ways[lane] |= RIGHT;
    while (lane-- > 0) {
        ways[lane] |= LEFT | RIGHT;
    }
    ways[lanes] |= LEFT | RIGHT;
}

char *arrows_at(const arrows *arrows, size_t insn)
{
    g_autofree unsigned *ways = g_new0(unsigned, arrows->lanes + 1);
    const struct arrow *from = drawn(arrows, arrows->source[insn]);
    const struct arrow *to = drawn(arrows, arrows->target[insn]);

    for (guint i = 0; i < arrows->all->len; i++) {
        const struct arrow *arrow = &g_array_index(arrows->all, struct arrow, i);
        if (arrow->drawn && insn >= arrow->low && insn <= arrow->high) {
            ways[arrow->lane] |= insn > arrow->low ? UP : 0;
            ways[arrow->lane] |= insn < arrow->high ? DOWN : 0;
        }
    }
    if (from) {
        go_right(ways, from->lane, arrows->lanes);
    }
    if (to) {
        go_right(ways, to->lane, arrows->lanes);
    }
    return draw(arrows, ways, to != NULL);
}

char *arrows_below(const arrows *arrows, size_t insn)
{
    g_autofree unsigned *ways = g_new0(unsigned, arrows->lanes + 1);

    for (guint i = 0; i < arrows->all->len; i++) {
        const struct arrow *arrow = &g_array_index(arrows->all, struct arrow, i);
        if (arrow->drawn && insn >= arrow->low && insn < arrow->high) {
            ways[arrow->lane] |= UP | DOWN;
        }
    }
    return draw(arrows, ways, false);
}
