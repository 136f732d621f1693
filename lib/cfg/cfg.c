/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/cfg/cfg.h"

#include "lib/cfg/cfg-internal.h"

cflow_cfg *cflow_cfg_new(const cflow_cfg_context *context, const struct cflow_cfg_request *what,
                         GError **error)
{
    g_autoptr(cflow_cfg) cfg = g_new0(cflow_cfg, 1);

    cfg->what = *what;
    cfg->context = context;
    cfg->strings = g_string_chunk_new(256);
    if (!cfg_find_insns(cfg, error)) {
        return NULL;
    }
    cfg_find_blocks(cfg);
    cfg_find_loops(cfg);
    return g_steal_pointer(&cfg);
}

void cflow_cfg_free(cflow_cfg *cfg)
{
    if (cfg) {
        g_free(cfg->insns);
        g_free(cfg->blocks);
        g_free(cfg->edges);
        g_free(cfg->in);
        g_free(cfg->loops);
        g_free(cfg->regions);
        g_string_chunk_free(cfg->strings);
        g_free(cfg);
    }
}
