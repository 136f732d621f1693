/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/signals.h"

#include <string.h>

#include "plugin/modules.h"

#define GUEST_SA_SIGINFO  4u
#define GUEST_SA_RESTORER 0x04000000u
#define GUEST_CLONE_VM    0x100u
#define GUEST_CLONE_VFORK 0x4000u
#define GUEST_MAP_PRIVATE 2u
#define NR_CLONE3         435 /* the same everywhere */
#define MAX_SIGNAL        64

/* The registers that a frame is recognised by. */
struct registers {
    uint64_t sp, lr, arg0;
};

/*
 * What QEMU's linux-user puts on the guest's stack, per ISA: offsets from the
 * Linux kernel's struct sigcontext and ucontext for it (arch/<isa>/include/
 * uapi/asm/{sigcontext,ucontext,ptrace}.h), which linux-user lays out alike.
 */
struct signal_abi {
    const char *target;
    unsigned word; /* bytes of a pointer */
    int nr_rt_sigaction, nr_sigaction, nr_signal, nr_rt_sigreturn, nr_sigreturn, nr_execve,
        nr_execveat, nr_mprotect;
    int nr_exit[2];     /* exit, exit_group */
    int nr_kill[3];     /* kill, tkill, tgkill */
    int nr_mappings[6]; /* mmap, munmap and their kin; 0 ends */
    int nr_mmap;        /* the one whose fourth argument is the flags */
    int nr_clone;
    int nr_sharing[3]; /* memory with others, whatever the arguments; 0 ends */
    bool action_has_restorer;
    const char *sp, *lr, *arg0; /* register names; lr NULL: return address on the stack */
    unsigned uc_rt, uc_plain;   /* stack pointer -> saved context, with and without SA_SIGINFO */
    bool uc_rt_indirect;        /* uc_rt holds a pointer to it */
    unsigned uc_sp, uc_lr, uc_arg0, uc_pc; /* saved context -> register */
    unsigned uc_plain_shift;               /* how much nearer they are in a plain frame */
};

static const struct signal_abi abis[] = {
    {
        .target = "x86_64",
        .word = 8,
        .nr_rt_sigaction = 13,
        .nr_sigaction = -1,
        .nr_signal = -1,
        .nr_rt_sigreturn = 15,
        .nr_sigreturn = -1,
        .nr_execve = 59,
        .nr_execveat = 322,
        .nr_mprotect = 10,
        .nr_kill = {62, 200, 234},
        .nr_exit = {60, 231},
        .nr_mappings = {9, 11, 25, 30},
        .nr_mmap = 9,
        .nr_clone = 56,
        .nr_sharing = {58, 30},
        .action_has_restorer = true,
        .sp = "rsp",
        .lr = NULL,
        .arg0 = "rdi",
        .uc_rt = 8,
        .uc_plain = 8,
        .uc_rt_indirect = false,
        .uc_sp = 160,
        .uc_lr = 0,
        .uc_arg0 = 104,
        .uc_pc = 168,
        .uc_plain_shift = 0,
    },
    {
        .target = "i386",
        .word = 4,
        .nr_rt_sigaction = 174,
        .nr_sigaction = 67,
        .nr_signal = 48,
        .nr_rt_sigreturn = 173,
        .nr_sigreturn = 119,
        .nr_execve = 11,
        .nr_execveat = 358,
        .nr_mprotect = 125,
        .nr_kill = {37, 238, 270},
        .nr_exit = {1, 252},
        .nr_mappings = {90, 192, 91, 163, 397},
        .nr_mmap = 192,
        .nr_clone = 120,
        .nr_sharing = {190, 90, 117},
        .action_has_restorer = true,
        .sp = "esp",
        .lr = NULL,
        .arg0 = NULL,
        .uc_rt = 12,
        .uc_plain = 8,
        .uc_rt_indirect = true,
        .uc_sp = 48,
        .uc_lr = 0,
        .uc_arg0 = 0,
        .uc_pc = 76,
        .uc_plain_shift = 20,
    },
    {
        .target = "aarch64",
        .word = 8,
        .nr_rt_sigaction = 134,
        .nr_sigaction = -1,
        .nr_signal = -1,
        .nr_rt_sigreturn = 139,
        .nr_sigreturn = -1,
        .nr_execve = 221,
        .nr_execveat = 281,
        .nr_mprotect = 226,
        .nr_kill = {129, 130, 131},
        .nr_exit = {93, 94},
        .nr_mappings = {222, 215, 216},
        .nr_mmap = 222,
        .nr_clone = 220,
        .nr_sharing = {196},
        .action_has_restorer = true,
        .sp = "sp",
        .lr = "x30",
        .arg0 = "x0",
        .uc_rt = 128,
        .uc_plain = 128,
        .uc_rt_indirect = false,
        .uc_sp = 432,
        .uc_lr = 424,
        .uc_arg0 = 184,
        .uc_pc = 440,
        .uc_plain_shift = 0,
    },
    {
        .target = "arm",
        .word = 4,
        .nr_rt_sigaction = 174,
        .nr_sigaction = 67,
        .nr_signal = -1,
        .nr_rt_sigreturn = 173,
        .nr_sigreturn = 119,
        .nr_execve = 11,
        .nr_execveat = 387,
        .nr_mprotect = 125,
        .nr_kill = {37, 238, 268},
        .nr_exit = {1, 248},
        .nr_mappings = {192, 91, 163, 305},
        .nr_mmap = 192,
        .nr_clone = 120,
        .nr_sharing = {190, 305},
        .action_has_restorer = true,
        .sp = "sp",
        .lr = "lr",
        .arg0 = "r0",
        .uc_rt = 128,
        .uc_plain = 0,
        .uc_rt_indirect = false,
        .uc_sp = 84,
        .uc_lr = 88,
        .uc_arg0 = 32,
        .uc_pc = 92,
        .uc_plain_shift = 0,
    },
    {
        .target = "riscv64",
        .word = 8,
        .nr_rt_sigaction = 134,
        .nr_sigaction = -1,
        .nr_signal = -1,
        .nr_rt_sigreturn = 139,
        .nr_sigreturn = -1,
        .nr_execve = 221,
        .nr_execveat = 281,
        .nr_mprotect = 226,
        .nr_kill = {129, 130, 131},
        .nr_exit = {93, 94},
        .nr_mappings = {222, 215, 216},
        .nr_mmap = 222,
        .nr_clone = 220,
        .nr_sharing = {196},
        .action_has_restorer = false,
        .sp = "sp",
        .lr = "ra",
        .arg0 = "a0",
        .uc_rt = 128,
        .uc_plain = 128,
        .uc_rt_indirect = false,
        .uc_sp = 192,
        .uc_lr = 184,
        .uc_arg0 = 256,
        .uc_pc = 176,
        .uc_plain_shift = 0,
    },
};

/* The stubs that call sigreturn, by QEMU and by C libraries. */
static const struct {
    const char *target;
    uint8_t bytes[8];
    uint8_t n;
} stubs[] = {
    {"aarch64", {0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4}, 8},
    {"riscv64", {0x93, 0x08, 0xb0, 0x08, 0x73, 0x00, 0x00, 0x00}, 8},
    {"i386", {0xb8, 0xad, 0x00, 0x00, 0x00, 0xcd, 0x80}, 7},
    {"i386", {0x58, 0xb8, 0x77, 0x00, 0x00, 0x00, 0xcd, 0x80}, 8},
    {"arm", {0x77, 0x70, 0xa0, 0xe3}, 4},
    {"arm", {0xad, 0x70, 0xa0, 0xe3}, 4},
    {"arm", {0x77, 0x27, 0x00, 0xdf}, 4},
    {"arm", {0xad, 0x27, 0x00, 0xdf}, 4},
};

/* One handler, from the guest's point of view. */
struct handler {
    uint64_t pc;
    uint64_t signums;      /* bit n-1: installed for signal n at some time */
    uint64_t with_siginfo; /* likewise: wants the long frame */
    GArray *restorers;     /* of uint64_t */
};

static const struct signal_abi *abi;
static GHashTable *handlers; /* pc -> struct handler; under its own lock */
static _Atomic unsigned n_handlers;
static GMutex handlers_lock;
static int reg_sp = -1, reg_lr = -1, reg_arg0 = -1;

void signals_init(const char *target)
{
    handlers = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (size_t i = 0; i < G_N_ELEMENTS(abis); i++) {
        if (g_str_equal(abis[i].target, target)) {
            abi = &abis[i];
        }
    }
}

void signals_vcpu_init(void)
{
    if (!abi || reg_sp >= 0) {
        return;
    }
    reg_sp = qapi_find_register(abi->sp);
    if (reg_sp < 0 && g_str_equal(abi->target, "arm")) {
        reg_sp = qapi_find_register("r13");
    }
    if (abi->lr) {
        reg_lr = qapi_find_register(abi->lr);
        if (reg_lr < 0 && g_str_equal(abi->target, "arm")) {
            reg_lr = qapi_find_register("r14");
        }
    }
    if (abi->arg0) {
        reg_arg0 = qapi_find_register(abi->arg0);
    }
}

/* --- reading the guest ----------------------------------------------------- */

bool signals_read(uint64_t addr, void *buf, size_t n)
{
    uint64_t host = modules_host_of(addr);

    return host ? qapi_read_host(host, buf, n) : qapi_read_guest(addr, buf, n);
}

static bool read_word(uint64_t addr, uint64_t *value)
{
    *value = 0; /* guests of the ISAs in the table are little-endian, as the host */
    return signals_read(addr, value, abi->word);
}

bool signals_is_execveat(int64_t num)
{
    return abi && num == abi->nr_execveat;
}

bool signals_is_mmap(int64_t num)
{
    return abi && num == abi->nr_mmap;
}

unsigned signals_word(void)
{
    return abi ? abi->word : 0;
}

/* --- learning handlers ----------------------------------------------------- */

static void learn(int signum, uint64_t pc, uint64_t flags, uint64_t restorer)
{
    if (g_str_equal(abi->target, "arm")) {
        pc &= ~1ull;
    }
    if (pc <= 1 || signum < 1 || signum > MAX_SIGNAL) {
        return; /* default or ignored */
    }
    uint64_t bit = 1ull << (signum - 1);
    g_mutex_lock(&recorder.lock);
    g_mutex_lock(&handlers_lock);
    struct handler *h = g_hash_table_lookup(handlers, &pc);
    bool fresh = !h;
    if (fresh) {
        h = g_new0(struct handler, 1);
        h->pc = pc;
        h->restorers = g_array_new(FALSE, FALSE, sizeof(uint64_t));
        g_hash_table_insert(handlers, &h->pc, h);
        n_handlers++;
    }
    h->signums |= bit;
    h->with_siginfo = flags & GUEST_SA_SIGINFO ? h->with_siginfo | bit : h->with_siginfo & ~bit;
    if ((flags & GUEST_SA_RESTORER) && restorer) {
        g_array_append_val(h->restorers, restorer);
    }
    g_mutex_unlock(&handlers_lock);
    if (fresh) {
        recorder_mark_handler(pc);
    }
    g_mutex_unlock(&recorder.lock);
}

static void learn_from(int signum, uint64_t action, bool rt)
{
    uint64_t handler, flags, restorer = 0;
    unsigned w = abi->word;

    /* rt: handler, flags, restorer, mask; old: handler, mask, flags, restorer */
    if (action && read_word(action, &handler) && read_word(action + (rt ? w : 2 * w), &flags)) {
        if (abi->action_has_restorer) {
            read_word(action + (rt ? 2 * w : 3 * w), &restorer);
        }
        learn(signum, handler, flags, restorer);
    }
}

enum signals_syscall signals_syscall_class(int64_t num)
{
    if (!abi) {
        return SYSCALL_OTHER;
    }
    if (num == abi->nr_rt_sigreturn || num == abi->nr_sigreturn) {
        return SYSCALL_SIGRETURN;
    }
    if (num == abi->nr_rt_sigaction || num == abi->nr_sigaction || num == abi->nr_signal) {
        return SYSCALL_SIGACTION;
    }
    if (num == abi->nr_execve || num == abi->nr_execveat) {
        return SYSCALL_EXEC;
    }
    if (num == abi->nr_kill[0] || num == abi->nr_kill[1] || num == abi->nr_kill[2]) {
        return SYSCALL_KILL;
    }
    if (num == abi->nr_exit[0]) {
        return SYSCALL_EXIT;
    }
    if (num == abi->nr_exit[1]) {
        return SYSCALL_EXIT_GROUP;
    }
    if (num == abi->nr_clone || num == NR_CLONE3) {
        return SYSCALL_CLONE;
    }
    if (num == abi->nr_mprotect) {
        return SYSCALL_PROTECT;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(abi->nr_mappings) && abi->nr_mappings[i]; i++) {
        if (num == abi->nr_mappings[i]) {
            return SYSCALL_MAPPING;
        }
    }
    return SYSCALL_OTHER;
}

bool signals_makes_thread(int64_t num, const uint64_t args[4])
{
    /* QEMU makes a fork of a vfork. */
    return num == NR_CLONE3 || ((args[0] & GUEST_CLONE_VM) && !(args[0] & GUEST_CLONE_VFORK));
}

bool signals_shares_memory(int64_t num, const uint64_t args[4])
{
    if (!abi) {
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(abi->nr_sharing) && abi->nr_sharing[i]; i++) {
        if (num == abi->nr_sharing[i]) {
            return true;
        }
    }
    return (num == abi->nr_clone && (args[0] & GUEST_CLONE_VM)) || num == NR_CLONE3 ||
           (num == abi->nr_mmap && (args[3] & 15) != GUEST_MAP_PRIVATE);
}

enum signals_syscall signals_syscall(int64_t num, const uint64_t args[4])
{
    if (abi && (num == abi->nr_rt_sigaction || num == abi->nr_sigaction)) {
        learn_from((int)args[0], args[1], num == abi->nr_rt_sigaction);
    } else if (abi && num == abi->nr_signal) {
        learn((int)args[0], args[1], 0, 0);
    }
    return signals_syscall_class(num);
}

bool signals_is_handler(uint64_t pc)
{
    if (!n_handlers) {
        return false;
    }
    g_mutex_lock(&handlers_lock);
    bool found = g_hash_table_contains(handlers, &pc);
    g_mutex_unlock(&handlers_lock);
    return found;
}

bool signals_synchronous(int signum)
{
    /* ILL, TRAP, BUS, FPE, SEGV: the same numbers on every ISA of the table. */
    return signum == 4 || signum == 5 || signum == 7 || signum == 8 || signum == 11;
}

/* --- recognising an entry -------------------------------------------------- */

/* Would returning to @address call sigreturn? */
static bool returns_from_signal(const struct handler *h, uint64_t address)
{
    uint8_t code[8] = {0};

    for (guint i = 0; i < h->restorers->len; i++) {
        if (g_array_index(h->restorers, uint64_t, i) == address) {
            return true;
        }
    }
    if (g_str_equal(abi->target, "arm")) {
        address &= ~1ull;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(stubs); i++) {
        if (g_str_equal(stubs[i].target, abi->target) && signals_read(address, code, stubs[i].n) &&
            memcmp(code, stubs[i].bytes, stubs[i].n) == 0) {
            return true;
        }
    }
    return false;
}

/* The saved context in the frame at the stack pointer, if there is a frame. */
static bool find_context(const struct handler *h, const struct registers *r, int *signum,
                         uint64_t *context, unsigned *shift)
{
    uint64_t back = r->lr, number = r->arg0;

    if (!abi->lr && !read_word(r->sp, &back)) {
        return false;
    }
    if (!abi->arg0 && !read_word(r->sp + abi->word, &number)) {
        return false;
    }
    if (number < 1 || number > MAX_SIGNAL || !(h->signums >> (number - 1) & 1) ||
        !returns_from_signal(h, back)) {
        return false;
    }
    bool rt = h->with_siginfo >> (number - 1) & 1;
    *signum = (int)number;
    *shift = rt ? 0 : abi->uc_plain_shift;
    *context = r->sp + (rt ? abi->uc_rt : abi->uc_plain);
    return !(rt && abi->uc_rt_indirect) || read_word(*context, context);
}

/* The frame of the handler at @pc, if one is there; its saved registers then. */
static bool read_frame(uint64_t pc, struct registers *r, struct signal_entry *entry)
{
    g_mutex_lock(&handlers_lock);
    const struct handler *h = g_hash_table_lookup(handlers, &pc);
    g_mutex_unlock(&handlers_lock);
    struct registers saved = {0};
    uint64_t uc;
    unsigned shift;

    if (!h || !find_context(h, r, &entry->signum, &uc, &shift)) {
        return false;
    }
    entry->handler = pc;
    entry->sp = r->sp;
    if (!read_word(uc + abi->uc_pc - shift, &entry->pc) ||
        !read_word(uc + abi->uc_sp - shift, &saved.sp) ||
        (abi->lr && !read_word(uc + abi->uc_lr - shift, &saved.lr)) ||
        (abi->arg0 && !read_word(uc + abi->uc_arg0 - shift, &saved.arg0))) {
        return false;
    }
    *r = saved;
    return true;
}

uint64_t signals_stack(void)
{
    uint64_t sp = 0;

    return abi && qapi_read_register(reg_sp, &sp) ? sp : 0;
}

unsigned signals_entered(uint64_t handler_pc, struct signal_entry *entries)
{
    struct registers r = {0};
    unsigned n = 0;

    if (!abi || !qapi_read_register(reg_sp, &r.sp)) {
        return 0;
    }
    if (abi->lr) {
        qapi_read_register(reg_lr, &r.lr);
    }
    if (abi->arg0) {
        qapi_read_register(reg_arg0, &r.arg0);
    }
    /* Signals pending together are stacked before any handler runs. */
    for (uint64_t pc = handler_pc; n < SIGNALS_MAX_NESTED && read_frame(pc, &r, &entries[n]);) {
        pc = entries[n++].pc;
    }
    return n;
}
