/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where can a block's last instruction go, as far as its bytes tell? */
#ifndef CFLOW_SUCCESSORS_H
#define CFLOW_SUCCESSORS_H

#include "plugin/recorder.h"

/*
 * Fills @pcs with all the addresses that control can go to from @b's last
 * instruction once it has completed, and returns how many, 1 or 2; 0 when that
 * is not certain.  @careful: the instruction may be begun again, too.  *@insn: the instruction.
 */
unsigned successors_of(const struct block *b, bool careful, uint64_t pcs[2], struct isa_insn *insn);

#endif
