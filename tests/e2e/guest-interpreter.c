/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * interpreter N: one program for a machine of its own, run by interpreters that
 * differ in how they get from one instruction to the next: a switch in a loop, a
 * table of labels, a table of functions.  The program adds up the lengths of the
 * Collatz sequences of 1 to N.
 */
#include <stdio.h>
#include <stdlib.h>

/* What each instruction does to the machine M, I being the instruction. */
#define OPS(X)                                                                                     \
    X(SET, m->reg[i->a] = i->n)                                                                    \
    X(COPY, m->reg[i->a] = m->reg[i->n])                                                           \
    X(ADD, m->reg[i->a] += i->n)                                                                   \
    X(HALF, m->reg[i->a] >>= 1)                                                                    \
    X(TRIPLE, m->reg[i->a] += 2 * m->reg[i->a])                                                    \
    X(GOTO, m->pc = i->n)                                                                          \
    X(IF_ONE, m->pc = m->reg[i->a] == 1 ? i->n : m->pc)                                            \
    X(IF_ODD, m->pc = m->reg[i->a] & 1 ? i->n : m->pc)                                             \
    X(IF_DONE, m->pc = m->reg[i->a] > m->limit ? i->n : m->pc)                                     \
    X(CALL, m->stack[m->depth++] = m->pc; m->pc = i->n)                                            \
    X(RET, m->pc = m->stack[--m->depth])                                                           \
    X(HALT, m->halted = 1)

enum op {
#define X(name, does) name,
    OPS(X)
#undef X
};

struct insn {
    enum op op;
    int a, n;
};

struct machine {
    unsigned long reg[3], limit, steps;
    int pc, depth, halted, stack[4];
};

static const struct insn program[] = {
    /* Register 0 has the sum, 1 the number, 2 where its sequence is. */
    /* 0 */ {SET, 0, 0},
    /* 1 */ {SET, 1, 1},
    /* 2 */ {IF_DONE, 1, 6},
    /* 3 */ {CALL, 0, 7},
    /* 4 */ {ADD, 1, 1},
    /* 5 */ {GOTO, 0, 2},
    /* 6 */ {HALT, 0, 0},
    /* 7 */ {COPY, 2, 1},
    /* 8 */ {IF_ONE, 2, 16},
    /* 9 */ {ADD, 0, 1},
    /* 10 */ {IF_ODD, 2, 13},
    /* 11 */ {HALF, 2, 0},
    /* 12 */ {GOTO, 0, 8},
    /* 13 */ {TRIPLE, 2, 0},
    /* 14 */ {CALL, 0, 17},
    /* 15 */ {GOTO, 0, 8},
    /* 16 */ {RET, 0, 0},
    /* 17 */ {ADD, 2, 1},
    /* 18 */ {RET, 0, 0},
};

static void by_switch(struct machine *m)
{
    while (!m->halted) {
        const struct insn *i = &program[m->pc++];

        m->steps++;
        switch (i->op) {
#define X(name, does)                                                                              \
    case name:                                                                                     \
        does;                                                                                      \
        break;
            OPS(X)
#undef X
        }
    }
}

static void by_label(struct machine *m)
{
    static const void *const labels[] = {
#define X(name, does) &&label_##name,
        OPS(X)
#undef X
    };
    const struct insn *i = &program[m->pc++];

    m->steps++;
    goto *labels[i->op];
#define X(name, does)                                                                              \
    label_##name : does;                                                                           \
    if (m->halted) {                                                                               \
        return;                                                                                    \
    }                                                                                              \
    i = &program[m->pc++];                                                                         \
    m->steps++;                                                                                    \
    goto *labels[i->op];
    OPS(X)
#undef X
}

#define X(name, does)                                                                              \
    static void do_##name(struct machine *m, const struct insn *i)                                 \
    {                                                                                              \
        (void)i;                                                                                   \
        does;                                                                                      \
    }
OPS(X)
#undef X

static void by_function(struct machine *m)
{
    static void (*const functions[])(struct machine *, const struct insn *) = {
#define X(name, does) do_##name,
        OPS(X)
#undef X
    };

    while (!m->halted) {
        const struct insn *i = &program[m->pc++];

        m->steps++;
        functions[i->op](m, i);
    }
}

int main(int argc, char **argv)
{
    static void (*const interpreters[])(struct machine *) = {by_switch, by_label, by_function};

    for (int i = 0; i < 3; i++) {
        struct machine m = {.limit = argc > 1 ? strtoul(argv[1], NULL, 10) : 100};

        interpreters[i](&m);
        printf("%lu in %lu steps\n", m.reg[0], m.steps);
    }
    return 0;
}
