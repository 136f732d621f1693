/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command lines, numbers and bytes as words. */
#ifndef CFLOW_TOOL_WORDS_H
#define CFLOW_TOOL_WORDS_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdint.h>

/*
 * @json, an array of strings, as a line that a shell would understand; what is
 * no such array is returned as it is, NULL as "".  Free with g_free().
 */
char *words_command_line(const char *json);

/*
 * The file that the whole machine of the command line @json, as above, was given to
 * run: that of -kernel, else -bios, else -device loader.  NULL if there is none;
 * g_free() it.
 */
char *words_machine_file(const char *json);

/*
 * Adds @json as a member @name of the object that @builder is building: an
 * array of strings if it is one, a plain string if not.
 */
void words_add_command(JsonBuilder *builder, const char *name, const char *json);

/* Adds @text as a string member, made safe as term_escape() does; NULL: null. */
void words_add_string(JsonBuilder *builder, const char *name, const char *text);
/* Adds @text to an array. */
void words_add_element(JsonBuilder *builder, const char *text);
void words_add_int(JsonBuilder *builder, const char *name, int64_t value);
void words_add_bool(JsonBuilder *builder, const char *name, gboolean value);

/* Adds an address as a string, "0x1a2b": a JSON number is too small for it. */
void words_add_address(JsonBuilder *builder, const char *name, uint64_t address);

/* Prints what @builder has built on stdout, indented if @pretty; no newline. */
void words_print_json(JsonBuilder *builder, gboolean pretty);

/* "1 module", "2 modules"; g_free() it. */
char *words_count(int64_t n, const char *one, const char *many);

/* Bytes as hex digits; "" for NULL.  g_free() it. */
char *words_hex(GBytes *bytes);

/* @text with runs of blanks and tabs as one blank; g_free() it. */
char *words_squeeze(const char *text);

/*
 * The name of a function of C++ or Rust without return type and parameters:
 * "ns::f<int>" for "int ns::f<int>(char const*)".  Free with g_free().
 */
char *words_short_function(const char *name);

#endif
