/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which way can this instruction go?
 *
 * One decoder per instruction set, each a pure function of an instruction's
 * bytes: no allocation, no global state, no library, no read past the bytes
 * given, so that it can run inside QEMU on every instruction translated and
 * on hostile bytes.  Whatever a decoder is not certain of it calls
 * ISA_UNKNOWN; that is always a correct answer, a wrong class never is.
 */
#ifndef CFLOW_ISA_H
#define CFLOW_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How an instruction can change the flow of control.  The numbers are stored
 * in profiles: append, never renumber.
 */
enum isa_class {
    ISA_UNKNOWN = 0, /* not decoded, or not certain: may go anywhere */
    ISA_PLAIN = 1,   /* goes on to the next instruction, or faults */
    ISA_COND = 2,    /* conditional direct branch: target or next */
    ISA_JUMP = 3,    /* unconditional direct jump */
    ISA_CALL = 4,    /* direct call */
    ISA_RETURN = 5,  /* return from a function */
    ISA_INDIRECT_JUMP = 6,
    ISA_INDIRECT_CALL = 7,
    ISA_SYSCALL = 8, /* enters the supervisor, which comes back to the next
                      * instruction as a rule (syscall, svc, ecall, int 0x80) */
    ISA_TRAP = 9,    /* raises an exception on purpose: int3, ud2, brk, udf */
    ISA_REPEAT = 10, /* repeats itself, then goes on: x86 rep strings */
    ISA_SYSTEM = 11, /* leaves or re-enters by the supervisor's rules: iret,
                      * eret, mret, sysret, hlt, wfi, far transfers */
    ISA_N_CLASSES
};

enum isa_flags {
    ISA_HAS_TARGET = 1 << 0, /* target is the one place it can branch to */
    ISA_MAY_SKIP = 1 << 1,   /* predicated: may also just go on to the next
                              * instruction (conditional branches have it) */
    ISA_NO_FAULT = 1 << 2,   /* certain not to leave a block in its middle:
                              * touches no memory, cannot trap */
    ISA_OPENS_IT = 1 << 3,   /* Thumb IT: predicates up to four that follow */
    ISA_ATOMIC = 1 << 4,     /* an atomic access to memory, which an emulator may
                              * have to begin again */
};

struct isa_insn {
    enum isa_class class;
    unsigned flags;  /* enum isa_flags */
    unsigned size;   /* bytes; 0 if the bytes given do not hold a whole
                      * instruction (class is then ISA_UNKNOWN) */
    uint64_t target; /* valid with ISA_HAS_TARGET; an address in the same
                      * space as pc, without the Thumb bit */
};

/* Modes that an instruction set has beside its bytes. */
enum isa_mode {
    ISA_MODE_DEFAULT = 0,
    ISA_MODE_THUMB = 1, /* arm: Thumb state */
};

struct isa {
    const char *name;      /* QEMU's target name: "x86_64", "arm", ... */
    unsigned address_bits; /* 32 or 64; targets are cut to it */
    unsigned max_size;     /* longest instruction, bytes */

    /*
     * Decode the instruction at @pc (its address, for relative targets) from
     * the @n bytes at @bytes, in @mode.  Fills *@out completely; never fails:
     * what it cannot decode is ISA_UNKNOWN.  When @n is exact (as QEMU gives
     * it), size equals @n for every valid instruction.
     */
    void (*decode)(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                   struct isa_insn *out);

    /*
     * Quickly: may any of the instructions in the @n bytes at @bytes have ISA_ATOMIC?
     * False is certain.  NULL: there is no quick way.
     */
    bool (*may_be_atomic)(const uint8_t *bytes, size_t n);
};

/*
 * The decoder for QEMU's target name @qemu_target ("x86_64", "i386",
 * "aarch64", "arm", "riscv64", "riscv32"); NULL for an instruction set that
 * has none (its edges are recorded with the kind "unknown").
 */
const struct isa *isa_find(const char *qemu_target);

/*
 * Decode with @isa when QEMU says that the instruction has exactly @n bytes:
 * as decode(), but ISA_UNKNOWN where the decoder disagrees on the size (code
 * of another mode, say 16-bit code on x86).  @isa may be NULL.
 */
void isa_decode_exact(const struct isa *isa, uint64_t pc, const uint8_t *bytes, size_t n,
                      enum isa_mode mode, struct isa_insn *out);

/* Name of @class in reports and test output: "conditional", "call", ... */
const char *isa_class_name(enum isa_class class);

#endif
