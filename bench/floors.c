/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one thing in every block costs, that yields nothing:
 *
 *   do=compare  a comparison with a word that stays the same, and a call that is never made
 *   do=both     the same, and an inline addition
 *   do=call     a call, until the block has run `times` times (4096); then QEMU translates
 *               it anew, with nothing in it
 *
 * Who notices where indirect branches lead pays the first, who counts each block, too, the
 * second, and who waits whether a block is worth it the last.  (QEMU's hotblocks is the
 * addition alone.)
 */
#include <qemu-plugin.h>
#include <string.h>

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

#define BLOCKS (1u << 20)

struct block {
    uint64_t pc;
    const uint8_t *code;
    uint32_t runs;
};

static const char *what = "both";
static uint32_t times = 4096;
static struct qemu_plugin_scoreboard *words; /* a counter, and what is compared */
static struct block blocks[BLOCKS];          /* by a hash of pc; the guest has one thread */
static GByteArray *byte;

static struct block *find(uint64_t pc)
{
    uint64_t i = (pc * UINT64_C(0x9e3779b97f4a7c15)) >> 44;

    while (blocks[i].pc && blocks[i].pc != pc) {
        i = (i + 1) & (BLOCKS - 1);
    }
    return &blocks[i];
}

/* What is there is written again, which makes QEMU forget what it translated. */
static void on_block(unsigned int vcpu, void *data)
{
    struct block *b = data;

    (void)vcpu;
    if (++b->runs == times) {
        g_byte_array_set_size(byte, 0);
        g_byte_array_append(byte, b->code, 1);
        qemu_plugin_write_memory_vaddr(b->pc, byte);
    }
}

static void call(struct qemu_plugin_tb *tb)
{
    struct block *b = find(qemu_plugin_tb_vaddr(tb));

    b->pc = qemu_plugin_tb_vaddr(tb);
    b->code = qemu_plugin_insn_haddr(qemu_plugin_tb_get_insn(tb, 0));
    if (b->runs < times) {
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, b);
    }
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    qemu_plugin_u64 counter = qemu_plugin_scoreboard_u64(words), word = {words, 8};

    (void)id;
    if (strcmp(what, "call") == 0) {
        call(tb);
        return;
    }
    qemu_plugin_register_vcpu_tb_exec_cond_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS,
                                              QEMU_PLUGIN_COND_NE, word, 0, &blocks[0]);
    if (strcmp(what, "compare") != 0) {
        qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_ADD_U64, counter,
                                                          1);
    }
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                           char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (g_str_has_prefix(argv[i], "do=")) {
            what = g_strdup(argv[i] + 3);
        } else if (g_str_has_prefix(argv[i], "times=")) {
            times = (uint32_t)g_ascii_strtoull(argv[i] + 6, NULL, 10);
        }
    }
    words = qemu_plugin_scoreboard_new(8192); /* mapped where short addresses reach it */
    byte = g_byte_array_new();
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
    return 0;
}
