/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole machine: one address for each page of memory that holds code.
 *
 * QEMU translates code once for each page of memory, whatever virtual addresses
 * the page is mapped at, and the translation does the counting.  So code has one
 * address here: the page's label, the virtual page where its code was translated
 * first.  It keeps it as long as it holds any of the code that was translated;
 * memory that is used again for other code is named anew.
 *
 * Inside a page, then, addresses differ as they do in the guest.  Between pages
 * they may not: the same page may be next to one page here, and to another there.
 */
#ifndef CFLOW_FRAMES_H
#define CFLOW_FRAMES_H

#include "plugin/recorder.h"

/* Inside of one page, all addresses have the same upper bits. */
static inline bool frames_same_page(uint64_t a, uint64_t b)
{
    return !((a ^ b) & ~UINT64_C(0xfff));
}

/* Have blocks named by their page's label from now on. */
void frames_begin(void);

/*
 * In the translation callback, recorder's lock held: the address of @tb by its
 * page's label.  False if its code is not in memory that keeps it.
 */
bool frames_place(const struct qemu_plugin_tb *tb, uint64_t *pc);

/*
 * A kernel begins where its memory is, and goes on where it has mapped itself: so
 * that its code has the addresses of the latter, a page gets another label when it
 * is translated there first.  That takes all translations to be thrown away, and
 * *@old, where @tb would have been.  False if there is nothing to do.
 */
bool frames_renamed(uint64_t *old);

/* @b is the block of @tb.  Recorder's lock held. */
void frames_keep(const struct qemu_plugin_tb *tb, const struct block *b);

/*
 * In a callback that may read registers: the address @va, as mapped now, by its
 * page's label.  *@host is where QEMU has it, NULL if no code ran in its page.
 */
uint64_t frames_find(uint64_t va, const uint8_t **host);

#endif
