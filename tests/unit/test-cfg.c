/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Graphs of functions written as bytes, with profiles written as SQL. */
#include "tests/unit/profile-fixture.h"

#include <string.h>

#include "lib/cfg/cfg.h"
#include "lib/profile/insns.h"

struct fixture {
    char *path;
    cflow_profile *profile;
    cflow_flow *flow;
    cflow_cfg_context *context;
    cflow_cfg *cfg;
};

static void make(struct fixture *f, const char *sql, const unsigned char *code, size_t n,
                 uint64_t start, uint64_t end)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *all = g_strdup_printf("INSERT INTO module VALUES(1, '/x', NULL, 'elf');"
                                           "INSERT INTO meta VALUES('isa', 'x86_64');%s",
                                           sql);
    struct cflow_cfg_request what = {
        .module = 1, .start = start, .end = end, .code = code, .n_code = n};

    f->path = fixture_make(all);
    f->profile = cflow_profile_open(f->path, &error);
    assert_null(error);
    f->flow = cflow_query(f->profile, &error);
    assert_null(error);
    f->context = cflow_cfg_context_new(f->profile, f->flow, &error);
    assert_null(error);
    f->cfg = cflow_cfg_new(f->context, &what, &error);
    assert_null(error);
    assert_non_null(f->cfg);
}

static void drop(struct fixture *f)
{
    cflow_cfg_free(f->cfg);
    cflow_cfg_context_free(f->context);
    cflow_flow_free(f->flow);
    cflow_profile_close(f->profile);
    fixture_remove(f->path);
}

static const struct cflow_cfg_block *block_at(const cflow_cfg *cfg, uint64_t start)
{
    for (size_t i = 0; i < cfg->n_blocks; i++) {
        if (cfg->blocks[i].start == start) {
            return &cfg->blocks[i];
        }
    }
    fail_msg("no block at 0x%lx", (unsigned long)start);
    return NULL;
}

static const struct cflow_cfg_edge *edge_of(const cflow_cfg *cfg, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < cfg->n_edges; i++) {
        if (cfg->blocks[cfg->edges[i].from].start == from &&
            cfg->blocks[cfg->edges[i].to].start == to) {
            return &cfg->edges[i];
        }
    }
    return NULL;
}

/* The code of two nested loops, with a way out that is never taken. */
static const unsigned char nested[] = {
    0x31, 0xc9,       /* 100 xor ecx, ecx */
    0xff, 0xc1,       /* 102 inc ecx, the outer loop */
    0xff, 0xc2,       /* 104 inc edx, the inner loop */
    0x75, 0xfc,       /* 106 jne 104 */
    0x83, 0xf9, 0x03, /* 108 cmp ecx, 3 */
    0x75, 0xf5,       /* 10b jne 102 */
    0x74, 0x01,       /* 10d je 110, never */
    0xc3,             /* 10f ret */
    0x90,             /* 110 nop, never */
    0xc3,             /* 111 ret */
};

/* Called twice; 3 turns each of the outer loop, 5 turns each of the inner one. */
#define NESTED_EDGES                                                                               \
    "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, 0x500, 1, "   \
    "0x100, 4, 2), (1, 1, 0x106, 1, 0x104, 1, 24),"                                                \
    " (1, 1, 0x106, 1, 0x108, 2, 6), (1, 1, 0x10b, 1, 0x102, 1, 4),"                               \
    " (1, 1, 0x10b, 1, 0x10d, 2, 2), (1, 1, 0x10d, 1, 0x10f, 2, 2),"                               \
    " (1, 1, 0x10f, 1, 0x505, 5, 2);"

static void test_nested(void **state)
{
    struct fixture f;
    (void)state;

    make(&f, NESTED_EDGES, nested, sizeof(nested), 0x100, 0x112);
    assert_int_equal(f.cfg->n_insns, 10);
    assert_int_equal(f.cfg->n_blocks, 7);
    assert_int_equal(f.cfg->residual, 0);
    assert_int_equal(block_at(f.cfg, 0x100)->count, 2);
    assert_int_equal(block_at(f.cfg, 0x100)->entered, 2);
    assert_int_equal(block_at(f.cfg, 0x102)->count, 6);
    assert_int_equal(block_at(f.cfg, 0x104)->count, 30);
    assert_int_equal(block_at(f.cfg, 0x10f)->left, 2);
    assert_int_equal(block_at(f.cfg, 0x110)->count, 0);
    assert_true(block_at(f.cfg, 0x110)->reachable);
    assert_int_equal(edge_of(f.cfg, 0x104, 0x104)->count, 24);
    assert_int_equal(edge_of(f.cfg, 0x10d, 0x110)->kind, CFLOW_CFG_TAKEN);
    assert_int_equal(edge_of(f.cfg, 0x10d, 0x110)->count, 0);
    assert_int_equal(edge_of(f.cfg, 0x102, 0x104)->kind, CFLOW_CFG_STRAIGHT);
    assert_int_equal(edge_of(f.cfg, 0x102, 0x104)->count, 6);
    assert_int_equal(cflow_cfg_insn_at(f.cfg, 0x108)->count, 6);
    assert_null(cflow_cfg_insn_at(f.cfg, 0x109));
    /* 2+6+30+30+6+6+2+2 */
    assert_int_equal(f.cfg->instructions, 84);
    drop(&f);
}

static void test_nested_loops(void **state)
{
    struct fixture f;
    (void)state;

    make(&f, NESTED_EDGES, nested, sizeof(nested), 0x100, 0x112);
    const struct cflow_cfg_loop *outer = &f.cfg->loops[0], *inner = &f.cfg->loops[1];
    assert_int_equal(f.cfg->n_loops, 2);
    assert_int_equal(f.cfg->n_regions, 0);
    assert_int_equal(f.cfg->blocks[outer->header].start, 0x102);
    assert_int_equal(outer->depth, 1);
    assert_int_equal(outer->n_blocks, 3);
    assert_int_equal(outer->entries, 2);
    assert_int_equal(outer->iterations, 6);
    assert_int_equal(outer->exits, 2);
    assert_false(outer->top_tested);
    assert_int_equal(outer->least, 1);
    assert_int_equal(outer->most, 5);
    assert_int_equal(f.cfg->blocks[inner->header].start, 0x104);
    assert_int_equal(inner->parent, 0);
    assert_int_equal(inner->depth, 2);
    assert_int_equal(inner->entries, 6);
    assert_int_equal(inner->iterations, 30);
    assert_true(cflow_cfg_in_loop(f.cfg, inner->header, 0));
    assert_false(cflow_cfg_in_loop(f.cfg, outer->header, 1));
    assert_true(cflow_cfg_is_back_edge(f.cfg, edge_of(f.cfg, 0x108, 0x102)));
    assert_false(cflow_cfg_is_back_edge(f.cfg, edge_of(f.cfg, 0x102, 0x104)));
    drop(&f);
}

/* Interrupted before it began, and QEMU's own cuts: no block, no count more. */
static void test_interruptions(void **state)
{
    struct fixture f;
    (void)state;

    make(&f,
         NESTED_EDGES "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
                      "VALUES(1, 1, 0x108, 1, 0x600, 12, 3), (1, 1, 0x640, 1, 0x108, 13, 3),"
                      " (1, 1, 0x102, 1, 0x102, 16, 1), (1, 1, 0x108, 1, 0x10b, 9, 4);",
         nested, sizeof(nested), 0x100, 0x112);
    assert_int_equal(f.cfg->n_blocks, 7);
    assert_int_equal(f.cfg->residual, 0);
    assert_int_equal(block_at(f.cfg, 0x108)->count, 6);
    assert_int_equal(cflow_cfg_insn_at(f.cfg, 0x108)->arrived, 9);
    assert_int_equal(block_at(f.cfg, 0x108)->interrupted, 3);
    assert_int_equal(block_at(f.cfg, 0x108)->entered, 0);
    assert_int_equal(block_at(f.cfg, 0x102)->count, 6);
    assert_int_equal(cflow_cfg_insn_at(f.cfg, 0x10b)->count, 6);
    drop(&f);
}

/* A transfer less than there were. */
static void test_residual(void **state)
{
    struct fixture f;
    (void)state;

    make(&f, NESTED_EDGES "UPDATE edge SET count = 5 WHERE src = 0x106 AND kind = 2;", nested,
         sizeof(nested), 0x100, 0x112);
    assert_int_equal(f.cfg->residual, 2); /* one too many here, one too few there */
    drop(&f);
}

/* while (x) { call f; }: the header is reached once more than the body. */
static void test_top_tested(void **state)
{
    static const unsigned char code[] = {
        0x85, 0xc0,                   /* 100 test eax, eax */
        0x74, 0x07,                   /* 102 je 10b */
        0xe8, 0xf7, 0x00, 0x00, 0x00, /* 104 call 200 */
        0xeb, 0xf5,                   /* 109 jmp 100 */
        0xc3,                         /* 10b ret */
    };
    struct fixture f;
    (void)state;

    make(&f,
         "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, 0x500, "
         "1, 0x100, 4, 3), (1, 1, 0x102, 1, 0x10b, 1, 3),"
         " (1, 1, 0x102, 1, 0x104, 2, 12), (1, 1, 0x104, 1, 0x200, 4, 12),"
         " (1, 1, 0x210, 1, 0x109, 5, 12), (1, 1, 0x109, 1, 0x100, 3, 12),"
         " (1, 1, 0x10b, 1, 0x505, 5, 3)",
         code, sizeof(code), 0x100, 0x10c);
    assert_int_equal(f.cfg->residual, 0);
    assert_int_equal(f.cfg->n_loops, 1);
    assert_true(f.cfg->loops[0].top_tested);
    assert_int_equal(f.cfg->loops[0].iterations, 12);
    assert_int_equal(f.cfg->loops[0].entries, 3);
    assert_int_equal(f.cfg->loops[0].least, 0);
    assert_int_equal(f.cfg->loops[0].most, 12);
    assert_int_equal(edge_of(f.cfg, 0x104, 0x109)->kind, CFLOW_CFG_RETURNED);
    assert_int_equal(edge_of(f.cfg, 0x104, 0x109)->count, 12);
    assert_int_equal(block_at(f.cfg, 0x109)->entered, 0);
    drop(&f);
}

/* Two ways into a circle. */
static void test_irreducible(void **state)
{
    static const unsigned char code[] = {
        0x74, 0x02, /* 100 je 104 */
        0xff, 0xc0, /* 102 inc eax */
        0xff, 0xc1, /* 104 inc ecx */
        0x75, 0xfa, /* 106 jne 102 */
        0xc3,       /* 108 ret */
    };
    struct fixture f;
    (void)state;

    make(&f,
         "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, 0x500, "
         "1, 0x100, 4, 4), (1, 1, 0x100, 1, 0x104, 1, 1),"
         " (1, 1, 0x100, 1, 0x102, 2, 3), (1, 1, 0x106, 1, 0x102, 1, 7),"
         " (1, 1, 0x106, 1, 0x108, 2, 4), (1, 1, 0x108, 1, 0x505, 5, 4)",
         code, sizeof(code), 0x100, 0x109);
    assert_int_equal(f.cfg->residual, 0);
    assert_int_equal(f.cfg->n_loops, 0);
    assert_int_equal(f.cfg->n_regions, 1);
    assert_int_equal(f.cfg->regions[0].n_blocks, 2);
    assert_int_equal(f.cfg->regions[0].n_entries, 2);
    assert_int_equal(f.cfg->regions[0].entries, 4);
    assert_int_equal(block_at(f.cfg, 0x104)->count, 11);
    drop(&f);
}

/* Recursion is a call, no edge of the graph; what does not come back has no edge behind it. */
static void test_calls(void **state)
{
    static const unsigned char code[] = {
        0x74, 0x05,                   /* 100 je 107 */
        0xe8, 0xf9, 0xff, 0xff, 0xff, /* 102 call 100 */
        0xc3,                         /* 107 ret */
        0xe8, 0xf3, 0x00, 0x00, 0x00, /* 108 call 200: does not come back */
        0x90,                         /* 10d nop */
    };
    struct fixture f;
    (void)state;

    make(&f,
         "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, 0x500, "
         "1, 0x100, 4, 1), (1, 1, 0x100, 1, 0x102, 2, 6),"
         " (1, 1, 0x100, 1, 0x107, 1, 1), (1, 1, 0x102, 1, 0x100, 4, 6),"
         " (1, 1, 0x107, 1, 0x107, 5, 6), (1, 1, 0x107, 1, 0x505, 5, 1),"
         " (1, 1, 0x700, 1, 0x108, 6, 1), (1, 1, 0x108, 1, 0x200, 4, 1)",
         code, sizeof(code), 0x100, 0x10e);
    assert_int_equal(f.cfg->residual, 0);
    assert_int_equal(f.cfg->n_loops, 0);
    assert_int_equal(block_at(f.cfg, 0x100)->entered, 7);
    assert_int_equal(edge_of(f.cfg, 0x102, 0x107)->count, 6);
    assert_null(edge_of(f.cfg, 0x102, 0x100));
    assert_null(edge_of(f.cfg, 0x108, 0x10d));
    assert_int_equal(block_at(f.cfg, 0x108)->entered, 1);
    drop(&f);
}

/* A jump into the middle of an instruction: both are shown, and both are counted. */
static void test_overlap(void **state)
{
    static const unsigned char code[] = {
        0x74, 0x01,             /* 100 je 103 */
        0xf0, 0x0f, 0xb1, 0x0a, /* 102 lock cmpxchg [rdx], ecx; 103 the same without lock */
        0xc3,                   /* 106 ret */
    };
    struct fixture f;
    (void)state;

    make(&f,
         "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, 0x500, "
         "1, 0x100, 4, 9), (1, 1, 0x100, 1, 0x103, 1, 5),"
         " (1, 1, 0x100, 1, 0x102, 2, 4), (1, 1, 0x106, 1, 0x505, 5, 9)",
         code, sizeof(code), 0x100, 0x107);
    assert_int_equal(f.cfg->residual, 0);
    assert_int_equal(cflow_cfg_insn_at(f.cfg, 0x102)->count, 4);
    assert_int_equal(cflow_cfg_insn_at(f.cfg, 0x103)->count, 5);
    assert_int_equal(cflow_cfg_insn_at(f.cfg, 0x106)->count, 9);
    drop(&f);
}

/* Without the file there is what the profile has. */
static void test_without_code(void **state)
{
    struct fixture f;
    (void)state;

    make(&f,
         NESTED_EDGES "INSERT INTO insn VALUES(1, 0x100, 'plain', NULL, x'31c9', NULL, NULL, 8),"
                      " (1, 0x106, 'conditional', 0x104, x'75fc', 'jne 0x104', NULL, 1),"
                      " (1, 0x10b, 'conditional', 0x102, x'75f5', 'jne 0x102', NULL, 1),"
                      " (1, 0x10d, 'conditional', 0x110, x'7401', 'je 0x110', NULL, 1),"
                      " (1, 0x10f, 'return', NULL, x'c3', 'ret', NULL, 1);"
                      "INSERT INTO block(process,module,start,last,insns,entered,completed) "
                      "VALUES(1, 1, 0x100, 0x106, 4, 2, 2), (1, 1, 0x102, 0x106, 3, 4, 4),"
                      " (1, 1, 0x104, 0x106, 2, 24, 24), (1, 1, 0x108, 0x10b, 2, 6, 6)",
         NULL, 0, 0x100, 0x112);
    assert_int_equal(f.cfg->residual, 0);
    assert_int_equal(f.cfg->n_loops, 2);
    assert_int_equal(block_at(f.cfg, 0x104)->count, 30);
    assert_int_equal(f.cfg->loops[1].iterations, 30);
    drop(&f);
}

static void test_empty(void **state)
{
    struct fixture f;
    (void)state;

    make(&f, "", NULL, 0, 0x100, 0x100);
    assert_int_equal(f.cfg->n_insns, 0);
    assert_int_equal(f.cfg->n_blocks, 0);
    drop(&f);
    make(&f, "", NULL, 0, 0, UINT64_MAX);
    assert_int_equal(f.cfg->n_loops, 0);
    drop(&f);
}

/* Addresses with the top bit set are stored negative. */
static void test_insns_across(void **state)
{
    g_autoptr(GStringChunk) strings = g_string_chunk_new(64);
    struct fixture f;
    (void)state;

    make(&f,
         "INSERT INTO insn VALUES(1, -16, 'plain', NULL, x'90', 'nop', NULL, 0),"
         " (1, -9223372036854775808, 'plain', NULL, x'90', 'nop', NULL, 0),"
         " (1, 9223372036854775807, 'return', NULL, x'c3', 'ret', NULL, 0)",
         NULL, 0, 0x100, 0x100);
    g_autoptr(GArray) all = cflow_query_insns(f.profile, 1, 0, UINT64_MAX, strings, NULL);
    assert_int_equal(all->len, 3);
    assert_int_equal(g_array_index(all, struct cflow_insn_place, 0).class, ISA_RETURN);
    assert_true(g_array_index(all, struct cflow_insn_place, 1).offset == UINT64_C(1) << 63);
    g_autoptr(GArray) high =
        cflow_query_insns(f.profile, 1, (UINT64_C(1) << 63) + 1, UINT64_MAX, strings, NULL);
    assert_int_equal(high->len, 1);
    drop(&f);
}

/* Counts that no program has, and bytes that are no code. */
static void test_hostile(void **state)
{
    static const unsigned char junk[64] = {0x75, 0xfe, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff,
                                           0xe9, 0xf3, 0xff, 0xff, 0xff, 0xc4, 0xe2};
    struct fixture f;
    (void)state;

    make(&f,
         "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, 0x100, "
         "1, 0x100, 1, 9223372036854775807),"
         " (1, 1, 0x100, 1, 0x102, 2, 9223372036854775807),"
         " (1, 1, 0x500, 1, 0x100, 4, 9223372036854775807),"
         " (1, 1, 0x10f, 1, 0x100, 12, 9223372036854775807),"
         " (1, 1, 0x103, 1, 0x104, 77, 1), (1, 1, 0x104, 1, 0x103, 0, 1)",
         junk, sizeof(junk), 0x100, 0x140);
    assert_true(f.cfg->n_blocks > 0);
    assert_true(f.cfg->residual > 0);
    drop(&f);
}

/* --- dominators against their definition ---------------------------------------- */

/* What @from reaches without passing @without. */
static void reach(const cflow_cfg *cfg, size_t from, size_t without, bool *seen)
{
    if (from == without || seen[from]) {
        return;
    }
    seen[from] = true;
    for (size_t e = 0; e < cfg->blocks[from].n_out; e++) {
        reach(cfg, cfg->edges[cfg->blocks[from].first_out + e].to, without, seen);
    }
}

static bool in_chain(const cflow_cfg *cfg, size_t a, size_t b)
{
    while (b != CFLOW_CFG_NONE && a != b) {
        b = cfg->blocks[b].idom;
    }
    return a == b;
}

/* Whether the graph without its back edges has a circle. */
static bool has_circle(const cflow_cfg *cfg, bool (*dominates)[64])
{
    bool gone[64] = {false}, changed = true;

    while (changed) { /* takes blocks away that nothing leads to */
        changed = false;
        for (size_t b = 0; b < cfg->n_blocks; b++) {
            bool entered = false;
            for (size_t e = 0; e < cfg->n_edges; e++) {
                const struct cflow_cfg_edge *edge = &cfg->edges[e];
                entered |= edge->to == b && !gone[edge->from] &&
                           cfg->blocks[edge->from].reachable && !dominates[edge->to][edge->from];
            }
            if (!gone[b] && !entered) {
                gone[b] = changed = true;
            }
        }
    }
    for (size_t b = 0; b < cfg->n_blocks; b++) {
        if (!gone[b]) {
            return true;
        }
    }
    return false;
}

static void check_graph(const cflow_cfg *cfg)
{
    bool dominates[64][64] = {{false}};

    assert_true(cfg->n_blocks <= 64);
    for (size_t a = 0; a < cfg->n_blocks; a++) {
        bool seen[64] = {false};
        reach(cfg, 0, a, seen);
        for (size_t b = 0; b < cfg->n_blocks; b++) {
            if (cfg->blocks[a].reachable && cfg->blocks[b].reachable) {
                dominates[a][b] = a == b || !seen[b];
                assert_int_equal(in_chain(cfg, a, b), dominates[a][b]);
            }
        }
    }
    for (size_t l = 0; l < cfg->n_loops; l++) {
        for (size_t b = 0; b < cfg->n_blocks; b++) { /* the body, by its definition */
            size_t header = cfg->loops[l].header;
            bool back = false, inside = b == header;
            for (size_t e = 0; e < cfg->n_edges && cfg->blocks[b].reachable; e++) {
                const struct cflow_cfg_edge *edge = &cfg->edges[e];
                bool seen[64] = {false};
                if (edge->to == header && cfg->blocks[edge->from].reachable &&
                    dominates[header][edge->from]) {
                    reach(cfg, b, header, seen);
                    inside |= b != header && seen[edge->from];
                    back = true;
                }
            }
            assert_true(back || !cfg->blocks[b].reachable);
            assert_int_equal(cflow_cfg_in_loop(cfg, b, l), inside && cfg->blocks[b].reachable);
        }
    }
    assert_int_equal(cfg->n_regions > 0, has_circle(cfg, dominates));
}

/* Blocks of "je somewhere; jmp somewhere", 16 bytes each. */
static void test_random_graphs(void **state)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    size_t loops = 0, regions = 0;
    (void)state;

    for (int round = 0; round < 150; round++) {
        unsigned char code[16 * 9];
        int n = g_rand_int_range(random, 2, 10);
        struct fixture f;
        memset(code, 0x90, sizeof(code));
        for (int i = 0; i < n; i++) {
            int32_t there = 16 * g_rand_int_range(random, 0, n) - (16 * i + 6);
            int32_t other = 16 * g_rand_int_range(random, 0, n) - (16 * i + 11);
            memcpy(&code[16 * i], "\x0f\x84", 2);
            memcpy(&code[16 * i + 2], &there, 4);
            if (g_rand_int_range(random, 0, 4) > 0) {
                code[16 * i + 6] = 0xe9;
                memcpy(&code[16 * i + 7], &other, 4);
            }
        }
        make(&f, "", code, (size_t)n * 16 - 5, 0x1000, 0x1000 + (uint64_t)n * 16 - 5);
        check_graph(f.cfg);
        loops += f.cfg->n_loops;
        regions += f.cfg->n_regions;
        drop(&f);
    }
    assert_true(loops > 100);
    assert_true(regions > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nested),        cmocka_unit_test(test_nested_loops),
        cmocka_unit_test(test_interruptions), cmocka_unit_test(test_residual),
        cmocka_unit_test(test_top_tested),    cmocka_unit_test(test_irreducible),
        cmocka_unit_test(test_calls),         cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_without_code),  cmocka_unit_test(test_empty),
        cmocka_unit_test(test_insns_across),  cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_random_graphs),
    };

    return cmocka_run_group_tests_name("cfg", tests, NULL, NULL);
}
