/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/cfg/program.h"

#include <string.h>

#include "lib/cfg/cfg-internal.h"
#include "lib/jumps/jumps.h"

GQuark cflow_cfg_error_quark(void)
{
    return g_quark_from_static_string("cflow-cfg-error-quark");
}

/* Functions are told apart by module and start; code without a range, by module and name. */
static guint hash_function(const void *key)
{
    const struct cflow_cfg_function *f = key;

    return g_int64_hash(&f->start) * 31 + g_int64_hash(&f->module) +
           (f->has_range ? 0 : g_str_hash(f->name));
}

static gboolean equal_functions(const void *pa, const void *pb)
{
    const struct cflow_cfg_function *a = pa, *b = pb;

    return a->module == b->module && a->has_range == b->has_range && a->start == b->start &&
           (a->has_range ? a->end == b->end : strcmp(a->name, b->name) == 0);
}

char *cflow_cfg_module_name(const struct cflow_module *module)
{
    return module->path[0] == '/' ? g_path_get_basename(module->path) : g_strdup(module->path);
}

static struct cflow_cfg_function *intern(cflow_cfg_program *program,
                                         const struct cflow_cfg_function *key)
{
    struct cflow_cfg_function *function = g_hash_table_lookup(program->by_key, key);

    if (!function) {
        function = g_memdup2(key, sizeof(*key));
        g_ptr_array_add(program->functions, function);
        g_hash_table_add(program->by_key, function);
    }
    return function;
}

static void from_symbol(struct cflow_cfg_function *function, int64_t module,
                        const struct cflow_function *symbol)
{
    *function = (struct cflow_cfg_function){
        .module = module,
        .name = symbol->name,
        .has_range = symbol->size > 0,
        .has_name = true,
        .start = symbol->start,
        .end = symbol->start + symbol->size,
        .file = symbol->file,
        .line = symbol->line,
    };
}

/* No file tells: what QEMU called the function, else all such code of the module is one. */
static void from_profile(cflow_cfg_program *program, struct cflow_cfg_function *function,
                         const struct cflow_module *module, uint64_t address)
{
    g_autoptr(cflow_insn) insn = cflow_query_insn(program->profile, module->id, address, NULL);
    bool named = insn && insn->symbol[0];
    g_autofree char *short_name = cflow_cfg_module_name(module);
    g_autofree char *text = named ? g_strdup(insn->symbol)
                            : module->id == CFLOW_MODULE_OUTSIDE
                                ? g_strdup(module->path)
                                : g_strdup_printf("(code of %s)", short_name);

    *function = (struct cflow_cfg_function){
        .module = module->id,
        .name = g_string_chunk_insert_const(program->strings, text),
        .has_name = named,
    };
}

const struct cflow_cfg_function *cflow_cfg_program_at(cflow_cfg_program *program, int64_t id,
                                                      uint64_t address)
{
    const struct cflow_module *module = cflow_profile_module(program->profile, id);
    const struct cflow_function *symbol =
        id == CFLOW_MODULE_OUTSIDE
            ? NULL
            : cflow_symbols_function_at(program->symbols, module->path, module->build_id, address);
    struct cflow_cfg_function key;

    if (symbol && address - symbol->start < MAX(symbol->size, 1)) {
        from_symbol(&key, id, symbol);
    } else if (symbol) { /* behind a function that it lies in: cut from it */
        key = (struct cflow_cfg_function){.module = id, .name = symbol->name, .has_name = true};
    } else {
        from_profile(program, &key, module, address);
    }
    return intern(program, &key);
}

static void count_instructions(cflow_cfg_program *program)
{
    const GArray *blocks = program->context->blocks;

    for (guint i = 0; i < blocks->len; i++) {
        const struct cflow_block *b = &g_array_index(blocks, struct cflow_block, i);
        struct cflow_cfg_function *f =
            (struct cflow_cfg_function *)cflow_cfg_program_at(program, b->module, b->start);
        int64_t n;
        if (__builtin_mul_overflow(b->completed, b->insns, &n)) {
            n = INT64_MAX;
        }
        f->instructions = cfg_add(f->instructions, n);
    }
}

static bool check_blocks(cflow_cfg_program *program, GError **error)
{
    const GArray *blocks = program->context->blocks;
    int64_t last = -1;

    for (guint i = 0; i < blocks->len; i++) {
        int64_t module = g_array_index(blocks, struct cflow_block, i).module;
        if (module != last && !cflow_profile_module(program->profile, module)) {
            return cflow_profile_damaged(program->profile, "a block of a module that is not listed",
                                         error);
        }
        last = module;
    }
    return true;
}

static void free_jumps(gpointer data)
{
    cflow_jumps_free(data);
}

cflow_cfg_program *cflow_cfg_program_new(cflow_profile *profile, const cflow_flow *flow,
                                         cflow_symbols *symbols, GError **error)
{
    g_autoptr(cflow_cfg_program) program = g_new0(cflow_cfg_program, 1);

    program->profile = profile;
    program->symbols = symbols;
    program->functions = g_ptr_array_new_with_free_func(g_free);
    program->by_key = g_hash_table_new(hash_function, equal_functions);
    program->jumps = g_hash_table_new_full(NULL, NULL, NULL, free_jumps);
    program->strings = g_string_chunk_new(1024);
    program->context = cflow_cfg_context_new(profile, flow, error);
    if (!program->context || !check_blocks(program, error)) {
        return NULL;
    }
    count_instructions(program);
    return g_steal_pointer(&program);
}

void cflow_cfg_program_free(cflow_cfg_program *program)
{
    if (program) {
        cflow_cfg_context_free(program->context);
        g_hash_table_unref(program->by_key);
        g_hash_table_unref(program->jumps);
        g_ptr_array_unref(program->functions);
        g_string_chunk_free(program->strings);
        g_free(program);
    }
}

struct data_query {
    cflow_cfg_program *program;
    const struct cflow_module *module;
};

static bool is_data(uint64_t address, void *data)
{
    const struct data_query *query = data;

    return cflow_symbols_is_data(query->program->symbols, query->module->path,
                                 query->module->build_id, address);
}

static cflow_jumps *jumps_of(cflow_cfg_program *program, const struct cflow_module *module)
{
    cflow_jumps *jumps = g_hash_table_lookup(program->jumps, module);

    if (!jumps) {
        jumps = cflow_jumps_new(program->symbols, program->context->isa, module->path,
                                module->build_id);
        g_hash_table_insert(program->jumps, (gpointer)module, jumps);
    }
    return jumps;
}

/* Where the jump at @address can go; not if the profile saw it go elsewhere. */
static const uint64_t *targets_of(uint64_t address, size_t *n, void *data)
{
    const struct data_query *query = data;
    const cflow_cfg_context *context = query->program->context;
    const struct cflow_jump_table *table =
        cflow_jumps_at(jumps_of(query->program, query->module), address);
    size_t first;
    size_t edges = cflow_cfg_edges_from(context, query->module->id, address, address + 1, &first);

    *n = table && cflow_jump_table_allows(table, &context->flow->edges[first], edges)
             ? table->n_targets
             : 0;
    return *n ? table->targets : NULL;
}

cflow_cfg *cflow_cfg_program_graph(cflow_cfg_program *program,
                                   const struct cflow_cfg_function *function, GError **error)
{
    const struct cflow_module *module = cflow_profile_module(program->profile, function->module);
    struct data_query query = {program, module};
    struct cflow_cfg_request what = {
        .module = function->module,
        .start = function->start,
        .end = function->end,
        .is_data = is_data,
        .targets = targets_of,
        .data = &query,
    };

    if (!function->has_range) {
        g_autofree char *name = cflow_cfg_module_name(module);
        g_set_error(error, CFLOW_CFG_ERROR, CFLOW_CFG_ERROR_RANGE,
                    "%s: where it begins and ends is not known; give a range of addresses, "
                    "'%s!0xSTART-0xEND'",
                    function->name, name);
        return NULL;
    }
    what.code = cflow_symbols_code(program->symbols, module->path, module->build_id,
                                   function->start, &what.n_code);
    if (program->context->isa && strcmp(program->context->isa->name, "arm") == 0 &&
        cflow_symbols_is_thumb(program->symbols, module->path, module->build_id, function->start)) {
        what.mode = ISA_MODE_THUMB;
    }
    cflow_cfg *cfg = cflow_cfg_new(program->context, &what, error);
    if (cfg) { /* the query ends here */
        cfg->what.is_data = NULL;
        cfg->what.targets = NULL;
        cfg->what.data = NULL;
    }
    return cfg;
}

char *cflow_cfg_program_place(cflow_cfg_program *program, int64_t id, uint64_t address)
{
    const struct cflow_module *module = cflow_profile_module(program->profile, id);
    const struct cflow_cfg_function *f = cflow_cfg_program_at(program, id, address);

    if (id == CFLOW_MODULE_OUTSIDE) {
        return g_strdup(module->path);
    }
    if (!f->has_name) {
        g_autofree char *name = cflow_cfg_module_name(module);
        return g_strdup_printf("%s+0x%" G_GINT64_MODIFIER "x", name, address);
    }
    if (!f->has_range) {
        return g_strconcat(f->name, "+?", NULL);
    }
    return address == f->start
               ? g_strdup(f->name)
               : g_strdup_printf("%s+0x%" G_GINT64_MODIFIER "x", f->name, address - f->start);
}
