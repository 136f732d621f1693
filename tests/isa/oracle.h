/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What objdump's mnemonic says of an instruction: the independent opinion that
 * the decoders are compared with.  One oracle per family of instruction sets,
 * in oracle-<family>.c; isa-objdump.c runs objdump, parses it and compares.
 *
 * An oracle must not look at the bytes to find the class: then it would only
 * be a second decoder with the same misreading.
 */
#ifndef CFLOW_ORACLE_H
#define CFLOW_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../isa/isa.h"

/* One instruction as objdump printed it. */
struct oracle_line {
    const char *isa;    /* QEMU's target name: "x86_64", "arm", ... */
    enum isa_mode mode; /* arm: how objdump grouped the bytes */
    uint64_t pc;
    uint8_t bytes[16];    /* in memory order, whatever objdump's grouping */
    size_t n;             /* how many of them objdump took */
    const char *mnemonic; /* first word that is not a prefix: see below */
    const char *operands; /* the rest, without "<symbol>" and without the
                           * comment ("#", "//", ";" or "@"), no space at
                           * either end; "" if there are none */
    const char *prefixes; /* x86: the prefix words before the mnemonic,
                           * "lock rep notrack ..."; else "" */
    const char *text;     /* the whole text, as printed, for messages */
};

struct oracle_verdict {
    enum isa_class class; /* what the decoder must say */
    bool has_target;      /* and where it must say it goes */
    uint64_t target;
    bool may_skip;    /* must equal ISA_MAY_SKIP */
    bool may_fault;   /* the decoder must not say ISA_NO_FAULT */
    bool opens_it;    /* must equal ISA_OPENS_IT */
    bool unknown_too; /* ISA_UNKNOWN (of the right size, without
                       * flags) is accepted as well: the instruction
                       * is outside what the decoder undertakes */
    bool ignore;      /* data, "(bad)", ".inst": nothing to compare,
                       * but the decoder must not claim a transfer
                       * (see any_class) */
    bool any_class;   /* with ignore: not even that is asked */
};

/*
 * Fills *@out, which comes zeroed.  False if the mnemonic is not in the
 * family's table at all and the family takes that for an error (a family may
 * as well take every mnemonic it does not know for ISA_PLAIN).
 */
typedef bool oracle_fn(const struct oracle_line *line, struct oracle_verdict *out);

oracle_fn oracle_x86;     /* oracle-x86.c: x86_64, i386 */
oracle_fn oracle_aarch64; /* oracle-aarch64.c */
oracle_fn oracle_arm;     /* oracle-arm.c: arm, Thumb by line->mode */
oracle_fn oracle_riscv;   /* oracle-riscv.c: riscv64, riscv32 */

#endif
