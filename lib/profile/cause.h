/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cause of an exception or interrupt of a machine: 16 bits in the arena,
 * the architecture's own words in the profile.
 */
#ifndef CFLOW_PROFILE_CAUSE_H
#define CFLOW_PROFILE_CAUSE_H

#include <stdint.h>

#include "lib/profile/schema.h"

/* Set in every cause that is known; 0 stands for "not known". */
#define CFLOW_CAUSE_KNOWN 0x8000u

/*
 * What the other bits hold:
 *   x86      the vector, and of a page fault the error code's low five bits in
 *            bits 8 to 12 (Intel SDM volume 3, "Page-Fault Exception");
 *            CFLOW_CAUSE_OTHER: a system management interrupt
 *   riscv    mcause or scause without its top bit (privileged specification)
 *   aarch64  ESR's exception class in bits 0 to 5, of an abort the fault status
 *            in bits 6 to 11; CFLOW_CAUSE_OTHER: the row of the vector table,
 *            1 IRQ, 2 FIQ, 3 SError (Arm ARM, "Exception vectors")
 *   arm      the number of the vector in bits 0 to 2, of an abort DFSR's or
 *            IFSR's status in bits 3 to 8 and its format (LPAE) in bit 9;
 *            CFLOW_CAUSE_OTHER: the exception number of M-profile's IPSR
 */
#define CFLOW_CAUSE_OTHER 0x4000u

/*
 * The words for @cause of an event of @kind on @isa (QEMU's target name); NULL
 * if it is not known or the instruction set has no words here.  Static or
 * interned.
 */
const char *cflow_cause_name(const char *isa, enum cflow_kind kind, unsigned cause);

#endif
