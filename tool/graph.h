/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verbs that look at functions have in common: annotate, callgraph, loops. */
#ifndef CFLOW_TOOL_GRAPH_H
#define CFLOW_TOOL_GRAPH_H

#include <json-glib/json-glib.h>

#include "lib/cfg/program.h"

/* A profile, read, with its functions. */
struct graph_input {
    cflow_profile *profile;
    cflow_flow *flow;
    cflow_symbols *symbols;
    cflow_cfg_program *program;
};

/*
 * Opens @path (NULL: cflow.db) for the processes that @process means (NULL: all; see
 * report_process_select()); @symbols, which may be NULL after an error was
 * printed, becomes the input's.  Returns false after having said what is wrong.
 * graph_close() in any case.
 */
bool graph_open(struct graph_input *input, const char *path, const char *process,
                cflow_symbols *symbols);
void graph_close(struct graph_input *input);

/*
 * Reads "text" or "json" (NULL: text) of the verb's --format into *@json;
 * returns false after having said what is wrong with it.
 */
bool graph_parse_format(const char *verb, const char *text, bool *json);

/* A number for --NAME of @verb, in *@out unless @text is NULL; false after a message. */
bool graph_parse_number(const char *verb, const char *name, const char *text, guint64 *out);

/* Members of the open object that name @function: "function", "module", ... */
void graph_add_function(const struct graph_input *input, JsonBuilder *b,
                        const struct cflow_cfg_function *function);

/* The same for a place: "module", "offset", "symbol", "symbol_offset". */
void graph_add_place(const struct graph_input *input, JsonBuilder *b, int64_t module,
                     uint64_t offset);

/* Members "profile" and "exactness" of the open object. */
void graph_add_profile(const struct graph_input *input, JsonBuilder *b);

/* Member "warnings": what the symbols lack. */
void graph_add_warnings(const struct graph_input *input, JsonBuilder *b);

/* Lines of the same below a table. */
void graph_print_warnings(const struct graph_input *input);

/* "counts   exact", as the other reports have it. */
void graph_print_exactness(const struct graph_input *input);

#endif
