/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disassembly by Capstone, for what a report shows. */
#ifndef CFLOW_PROFILE_DISASM_H
#define CFLOW_PROFILE_DISASM_H

#include <stddef.h>
#include <stdint.h>

#include "isa/isa.h"

struct cflow_disasm;

/* For QEMU's target @isa; never NULL.  An ISA unknown to Capstone gives no text. */
struct cflow_disasm *cflow_disasm_create(const char *isa);
void cflow_disasm_destroy(struct cflow_disasm *disasm);

/* "jne 0x401020", to be freed with g_free(); NULL if it cannot be had. */
char *cflow_disasm_text(struct cflow_disasm *disasm, uint64_t pc, const uint8_t *bytes, size_t n,
                        enum isa_mode mode);

#endif
