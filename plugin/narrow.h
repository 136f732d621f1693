/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Narrowing down what is recorded: to a region of the code (module=, range=,
 * privilege=), and to a stretch of the run (start-at=, stop-at=, stop-after=).
 *
 * Places and ranges are guest addresses, or MODULE@ADDRESS: addresses as in the
 * module's file.  MODULE is a shell pattern for a file's path or its last part.
 *
 * Places of the flight recorder (last-at=), which narrow nothing down, are kept here too.
 */
#ifndef CFLOW_NARROW_H
#define CFLOW_NARROW_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Is @name an option of this kind? */
bool narrow_knows(const char *name);

/* Take option @name; false and @error if @value is none for it. */
bool narrow_option(const char *name, const char *value, GError **error);

/* As if none had been taken. */
void narrow_forget(void);

/* Was any taken that narrows down?  Then nothing but the edge engine will do. */
bool narrow_is_on(void);

/* Was any taken that needs narrow_recording() to be asked? */
bool narrow_has_triggers(void);

/* What was taken, for people; NULL: nothing.  To be freed. */
char *narrow_describe(void);

/* Code at @start <= guest address < @end. */
struct narrow_code {
    uint64_t start, end;
    const char *path;   /* of its module; NULL: none, addresses only */
    uint64_t bias;      /* guest address - address in the module */
    unsigned privilege; /* that it runs with; enum cflow_privilege */
};

/* Is no instruction of @code to be recorded? */
bool narrow_is_outside(const struct narrow_code *code);

/*
 * Could the page of @code also lie, at another address, where code is to be recorded?
 * (A whole machine.)
 */
bool narrow_may_alias(const struct narrow_code *code);

enum narrow_trigger {
    NARROW_START = 1 << 0,
    NARROW_STOP = 1 << 1
};

/* Which triggers (enum narrow_trigger) does the instruction at @code->start have? */
unsigned narrow_triggers(const struct narrow_code *code);

/*
 * Control is at an instruction with @triggers.  True if recording begins with this.
 * *@record: is what begins there to be recorded if it is in the region?  What other threads
 * do at the same time comes before or after.
 */
bool narrow_arrived(unsigned triggers, bool *record);

/* The same of a block of @n_insns without triggers, which begins now. */
bool narrow_recording(unsigned n_insns);

/* A block of @n_insns is about to be recorded: do the limits of stop-after= allow that? */
bool narrow_within(unsigned n_insns);

/* Has recording to begin yet?  Has it ended, for good? */
bool narrow_is_waiting(void);
bool narrow_is_over(void);

/* Was any place of last-at= given? */
bool narrow_keeps(void);

/* Those that the instruction at @code->start is, as bits. */
unsigned narrow_keepers(const struct narrow_code *code);

/* Control is at @keepers: is this the arrival to be kept? */
bool narrow_keep_now(unsigned keepers);

#endif
