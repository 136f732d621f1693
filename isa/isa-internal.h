/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decoders, for the table in isa.c. */
#ifndef CFLOW_ISA_INTERNAL_H
#define CFLOW_ISA_INTERNAL_H

#include "isa.h"

extern const struct isa isa_x86_64, isa_i386;     /* x86.c */
extern const struct isa isa_aarch64;              /* aarch64.c */
extern const struct isa isa_arm;                  /* arm.c */
extern const struct isa isa_riscv64, isa_riscv32; /* riscv.c */

#endif
