/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command's verbs, one after the other in one process. */
#ifndef CFLOW_TESTS_FUZZ_VERBS_H
#define CFLOW_TESTS_FUZZ_VERBS_H

/*
 * Runs the verb words[0] with the other words of the NULL-terminated array, as
 * the command would; what options were set by the one before is forgotten.
 * Returns its exit status.
 */
int fuzz_verb(char **words);

#endif
