/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verbs of the command.  One table feeds dispatch, help and completion.
 */
#ifndef CFLOW_TOOL_VERBS_H
#define CFLOW_TOOL_VERBS_H

#include <glib.h>
#include <stdbool.h>

/* Exit statuses. */
enum {
    STATUS_OK = 0,
    STATUS_FAILURE = 1,
    STATUS_USAGE = 2,
};

struct verb {
    const char *name;
    const char *arguments;       /* what follows the options, for the usage line */
    const char *summary;         /* half a line */
    const char *description;     /* more, for "help VERB", or NULL */
    char *(*describe)(void);     /* or this makes the description; for g_free() */
    const GOptionEntry *options; /* or NULL */
    bool hidden;                 /* for qemu-cflow itself: not in help and completion */
    bool strict_posix;           /* options end at the first other argument */
    int (*run)(int argc, char **argv);
};

/* Ends with a row whose name is NULL. */
extern const struct verb verbs[];

/* The verb called @name; NULL if there is none. */
const struct verb *verb_find(const char *name);

/* The verb whose name is most like @name; NULL if none is near. */
const struct verb *verb_guess(const char *name);

/*
 * Parses the options of the verb @name into the variables that its option
 * entries point to; *@argc and *@argv keep what follows them: argv[0], then the
 * arguments, without the "--" that separates them.  --help prints and exits.
 * Returns false after having printed what is wrong: the caller returns
 * STATUS_USAGE.
 */
bool verb_parse(const char *name, int *argc, char ***argv);

/* The text of "help @verb".  Free with g_free(). */
char *verb_help(const struct verb *verb);

/*
 * Prints "qemu-cflow: " and the formatted line on stderr, control characters
 * in it made visible.  Returns STATUS_FAILURE, for "return fail(...)".
 */
int fail(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* The same for mistakes in the command line; returns STATUS_USAGE. */
int fail_usage(const char *verb, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * One function per verb; argv[0] is the verb's name.  They return an exit
 * status.  Option placeholders have a meaning to completion: FILE and DIR are
 * paths, KIND a kind of edge, WHEN auto|always|never, EXPORT-FORMAT a format of
 * exports, and "a|b|c" these words.
 */
int cmd_record(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_annotate(int argc, char **argv);
int cmd_callgraph(int argc, char **argv);
int cmd_loops(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_coverage(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_completion(int argc, char **argv);

extern const GOptionEntry cmd_record_options[];
extern const GOptionEntry cmd_report_options[];
extern const GOptionEntry cmd_diff_options[];
extern const GOptionEntry cmd_annotate_options[];
extern const GOptionEntry cmd_callgraph_options[];
extern const GOptionEntry cmd_loops_options[];
extern const GOptionEntry cmd_info_options[];
extern const GOptionEntry cmd_export_options[];
extern const GOptionEntry cmd_coverage_options[];

/* The formats of exports, for "help export". */
char *cmd_export_describe(void);
extern const GOptionEntry cmd_check_options[];
extern const GOptionEntry cmd_merge_options[];

#endif
