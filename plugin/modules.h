/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which file is the code at this address from?  In user mode the host address
 * of an instruction and the host's own list of mappings tell, whatever way the
 * guest mapped it.
 */
#ifndef CFLOW_MODULES_H
#define CFLOW_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/arena/arena.h"

/*
 * The place in the arena's log of modules of the one that holds guest address
 * @pc, found at host address @host (0: a whole machine).  UINT32_MAX without
 * room.  The recorder's lock is held.
 */
uint32_t modules_find(uint64_t pc, uint64_t host);

/*
 * A whole machine, code without privilege at @pc, which lies at the host's address @host:
 * one module for each page of memory that is seen behind an address, so that programs
 * with different code at one address are told apart.  Recorder's lock held.
 */
uint32_t modules_find_user(uint64_t pc, uint64_t host);

/* The record of @module (its place in the log); NULL: unknown.  The recorder's lock is held. */
const struct cflow_arena_module *modules_record(uint32_t module);

/*
 * Can the code at @pc, in @module (its place in the log), be written while it
 * runs?  A block that writes to its own page is left in its middle (on x86).
 * The recorder's lock is held.
 */
bool modules_writable(uint32_t module, uint64_t pc);

/* The guest asks for @n bytes at @pc to be writable.  Takes the recorder's lock. */
void modules_unprotect(uint64_t pc, uint64_t n);

/*
 * Have QEMU forget the translation of the code at @pc in @module, which this thread is about
 * to run.  It is written as it is for that, so not if the guest may write it, too: then
 * false.  Takes the recorder's locks.
 */
bool modules_retranslate(uint32_t module, uint64_t pc);

/* Host address of guest address @pc, guessed from what was seen; 0 unknown. */
uint64_t modules_host_of(uint64_t pc);

/* The guest mapped @n bytes without a file at @start.  Takes the recorder's lock. */
void modules_mapped(uint64_t start, uint64_t n);

/*
 * The guest mapped @n bytes at @start, and nothing else changed: what is known of other
 * addresses still holds.  Takes the recorder's lock, as does the next.
 */
void modules_changed(uint64_t start, uint64_t n);

/* The guest changed its mappings: look again before believing what is cached. */
void modules_invalidate(void);

#endif
