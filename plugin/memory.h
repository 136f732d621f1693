/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory for tables that grow with the guest's code.
 *
 * It is handed out of one mapping, made before the guest starts, so that no later
 * mapping of ours is where the guest would have had one, and what a table leaves
 * when it grows goes back to the kernel instead of staying in the heap as a hole.
 */
#ifndef CFLOW_MEMORY_H
#define CFLOW_MEMORY_H

#include <stddef.h>

/* Reserve addresses.  Without it, or when they are used up, memory comes from the heap. */
void memory_begin(void);

/* @size bytes, all zero; whole pages are taken. */
void *memory_new(size_t size);

/* Give back all @size bytes of what memory_new() returned; NULL is nothing. */
void memory_free(void *memory, size_t size);

/* Tables of @size bytes were made elsewhere; below zero: given back. */
void memory_account(ptrdiff_t size);

/* The most bytes that were in use at a time, of all this. */
size_t memory_peak(void);

#endif
