/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/coverage/gather.h"

/* How often each target of @table was gone to, in @counts. */
static void count_targets(const struct gather *gather, const struct cflow_site *ran,
                          const struct cflow_jump_table *table, int64_t *counts)
{
    for (size_t i = 0; i < ran->n_edges; i++) {
        const struct cflow_edge *edge = &gather->flow->edges[ran->first_edge + i];
        ssize_t target = cflow_jump_table_find(table, edge->dst);
        if (edge->kind == CFLOW_INDIRECT_JUMP &&
            __builtin_add_overflow(counts[target], edge->count, &counts[target])) {
            counts[target] = INT64_MAX;
        }
    }
}

/*
 * The place that the target @address of @table stands for: A32 code may jump into a row
 * of jumps, which all have the line of the switch.
 */
static uint64_t place_of(const struct gather *gather, const struct cflow_module *module,
                         const struct cflow_jump_table *table, uint64_t address)
{
    size_t n;
    const unsigned char *code =
        table->start == 0 && table->end == 0
            ? cflow_symbols_code(gather->symbols, module->path, module->build_id, address, &n)
            : NULL;
    struct isa_insn insn = {.class = ISA_UNKNOWN};

    if (code) {
        gather->isa->decode(address, code, n, ISA_MODE_DEFAULT, &insn);
    }
    return insn.class == ISA_JUMP && !(insn.flags & ISA_MAY_SKIP) ? insn.target : address;
}

static void add_destinations(struct gather *gather, const struct cflow_module *module,
                             const struct cflow_jump_table *table, const int64_t *counts)
{
    for (size_t i = 0; i < table->n_targets; i++) {
        struct cflow_location location;
        cflow_symbols_lookup(gather->symbols, module->path, module->build_id,
                             place_of(gather, module, table, table->targets[i]), &location);
        struct cflow_coverage_destination destination = {
            .address = table->targets[i],
            .file = location.line ? location.file : NULL,
            .line = location.line,
            .count = counts[i],
        };
        g_array_append_val(gather->destinations, destination);
    }
}

void gather_indirect(struct gather *gather, const struct cflow_module *module, uint64_t address,
                     const struct cflow_site *ran, const struct cflow_jump_table *table,
                     const char *file, unsigned line, const char *function)
{
    g_autofree int64_t *counts = g_new0(int64_t, table ? table->n_targets : 1);
    bool hit = ran && ran->taken > 0;

    gather->indirect++;
    gather->indirect_hit += hit;
    if (!table || (ran && !cflow_jump_table_allows(table, &gather->flow->edges[ran->first_edge],
                                                   ran->n_edges))) {
        gather->open++;
        gather->open_hit += hit;
        return;
    }
    if (ran) {
        count_targets(gather, ran, table, counts);
    }
    struct gathered_switch s = {
        .file = file,
        .what = {.line = line,
                 .module = module,
                 .address = address,
                 .function = function,
                 .n_destinations = table->n_targets,
                 .count = ran ? ran->taken : 0},
        .first = gather->destinations->len,
    };
    add_destinations(gather, module, table, counts);
    g_array_append_val(gather->switches, s);
}
