/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * With which rights (enum cflow_privilege) code runs.
 *
 * A translation block belongs to one of them: it is among the things that QEMU looks
 * for when it reuses a translation.  So it is read where a block is translated, by the
 * vCPU that is about to run it.
 */
#ifndef CFLOW_PRIVILEGE_H
#define CFLOW_PRIVILEGE_H

/* On a vCPU's own thread, recorder's lock held, once machine_kind is known. */
void privilege_vcpu_init(void);

/*
 * Of this vCPU now: in a callback that may read registers, or while it translates.
 * CFLOW_PRIVILEGE_UNKNOWN for a machine that this file does not know.
 */
unsigned privilege_now(void);

#endif
