/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an address in a module to functions, source lines and code, through the
 * symbol tables, unwind tables and DWARF of ELF files.  A function of a stripped
 * file is called "fn_42f0" after its address, if the unwind tables tell where
 * it starts.
 *
 * A module is named as in a profile, by its path and build-id; an address in it
 * is a link-time virtual address of its file, as nm and addr2line use them
 * ("offset" below).  Its file is opened when it is first asked for, and used
 * only if it still is the file that was recorded: its build-id has to be the
 * profile's.  Modules without a file of their own, whose names are in brackets
 * ("[guest]", a whole machine), have what cflow_symbols_add_file() gave them.
 *
 * What is not known is NULL, 0 or empty.  Files are not trusted: a damaged one
 * yields less.  A cflow_symbols is not thread-safe.  Strings and arrays belong
 * to it and live as long as it does, where nothing else is said.
 */
#ifndef CFLOW_SYMBOLS_SYMBOLS_H
#define CFLOW_SYMBOLS_SYMBOLS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cflow_symbols cflow_symbols;

#define CFLOW_SYMBOLS_ERROR (cflow_symbols_error_quark())
GQuark cflow_symbols_error_quark(void);

enum cflow_symbols_error {
    CFLOW_SYMBOLS_ERROR_FILE,  /* not there, not readable, neither ELF nor a symbol list */
    CFLOW_SYMBOLS_ERROR_VALUE, /* not FILE[@BIAS] */
};

/*
 * A resolver.  Files are looked for at their own path, then below @sysroot
 * (NULL: nowhere else).  Free with cflow_symbols_free(), or
 * g_autoptr(cflow_symbols).
 */
cflow_symbols *cflow_symbols_new(const char *sysroot);

/* Frees @symbols and all that it returned.  NULL is allowed. */
void cflow_symbols_free(cflow_symbols *symbols);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_symbols, cflow_symbols_free)

/*
 * Settings, to be made before the first question.
 */

/* Separate debug files are looked for below @dir, too, before /usr/lib/debug. */
void cflow_symbols_add_debug_dir(cflow_symbols *symbols, const char *dir);

/*
 * "FILE" or "FILE@BIAS".  FILE is an ELF file or a list of symbols in the
 * format of /proc/kallsyms and System.map, lines of "ADDRESS TYPE NAME".
 *
 * An ELF file without BIAS takes the place of each module that has its build-id
 * or its file name.  With BIAS (a C integer) it is for the modules in brackets
 * whose addresses are absolute: an address minus BIAS is one in FILE.  A list,
 * and an ELF file that is linked to a fixed address, are for these without BIAS
 * as well, with 0.  Returns false and sets @error if FILE cannot be used.
 */
bool cflow_symbols_add_file(cflow_symbols *symbols, const char *file_at_bias, GError **error);

/* Whether a file with another build-id than the recorded one is used; default false. */
void cflow_symbols_set_force(cflow_symbols *symbols, bool force);

/* Whether names of C++, Rust, D are shown as in the source; default true. */
void cflow_symbols_set_demangle(cflow_symbols *symbols, bool demangle);

/*
 * Whether to do without DWARF: no lines, no inlined calls, no servers asked;
 * default false.
 */
void cflow_symbols_set_names_only(cflow_symbols *symbols, bool names_only);

/*
 * One sentence per module that was asked for and lacks something, in the
 * order they were met: const char * elements, owned by @symbols.
 */
const GPtrArray *cflow_symbols_warnings(const cflow_symbols *symbols);

/*
 * Questions.  In each, @path and @build_id (lower-case hex; NULL if it had none)
 * name the module as it was recorded.
 */

/* Where an offset lies. */
struct cflow_location {
    const char *name; /* function, not an inlined one; NULL if not known */
    uint64_t offset;  /* bytes from the function's start, 0 if not known */
    const char *file; /* source file, its full path; NULL if not known */
    unsigned line;    /* 0 if not known */
    unsigned column;  /* 0 if not known */
};

/*
 * Fills *@out with what is known of @offset.  Returns whether a name was found;
 * file and line may be known without.  Why a whole module has no names can be
 * read from cflow_symbols_warnings().
 */
bool cflow_symbols_lookup(cflow_symbols *symbols, const char *path, const char *build_id,
                          uint64_t offset, struct cflow_location *out);

/* One function of those that an offset lies in. */
struct cflow_frame {
    const char *function; /* NULL if not known */
    const char *file;     /* where in it: the line, or that of the inlined call */
    unsigned line, column;
    bool inlined; /* into the next frame of the array */
};

/*
 * The functions that @offset lies in, the innermost first; the last one is not
 * inlined.  Returns their number and sets *@frames, which is valid until the
 * next call; 0 if nothing is known.
 */
size_t cflow_symbols_frames(cflow_symbols *symbols, const char *path, const char *build_id,
                            uint64_t offset, const struct cflow_frame **frames);

struct cflow_function {
    const char *name;
    uint64_t start, size; /* @size reaches no further than the next function */
    const char *file;     /* of its declaration; NULL without DWARF */
    unsigned line;        /* 0 without DWARF */
};

/*
 * All functions of the module, sorted by start, one per start; *@n is set to
 * their number.  A part that the compiler moved elsewhere ("f.cold") is a
 * function of its own.  NULL if there are none.
 */
const struct cflow_function *cflow_symbols_functions(cflow_symbols *symbols, const char *path,
                                                     const char *build_id, size_t *n);

/*
 * The one of them that @offset lies in, the inner one where they overlap; so it
 * may lie behind what that one's @size says.  NULL if there is none.
 */
const struct cflow_function *cflow_symbols_function_at(cflow_symbols *symbols, const char *path,
                                                       const char *build_id, uint64_t offset);

/* A row of a line table: it holds from its address to that of the next row. */
struct cflow_line {
    uint64_t address;
    const char *file; /* full path; NULL if not known */
    unsigned line;    /* 0: code that belongs to no line */
    unsigned column;
    bool is_stmt;      /* a recommended place for a breakpoint */
    bool end_sequence; /* the first address behind code; says nothing of itself */
};

/*
 * The rows of the module with @start <= address < @end, sorted by address; those
 * of one address are in the order of the line table, and the last is the one
 * that holds.  A row that holds at @start and begins before it comes first, with
 * the address @start.  (0, UINT64_MAX) is the whole module.  *@n is set to their
 * number.  The array is valid until the next call.
 */
const struct cflow_line *cflow_symbols_lines(cflow_symbols *symbols, const char *path,
                                             const char *build_id, uint64_t start, uint64_t end,
                                             size_t *n);

/* A section that can be executed. */
struct cflow_section {
    const char *name; /* ".text" */
    uint64_t start, size;
};

/* All with contents, sorted by start, none overlapping; *@n is set to their number. */
const struct cflow_section *cflow_symbols_sections(cflow_symbols *symbols, const char *path,
                                                   const char *build_id, size_t *n);

/*
 * The code at @offset, as it is in the file, up to the end of its section; *@n
 * is set to the number of bytes.  NULL if @offset is in none of these sections.
 */
const unsigned char *cflow_symbols_code(cflow_symbols *symbols, const char *path,
                                        const char *build_id, uint64_t offset, size_t *n);

/*
 * Likewise what is at @offset and cannot be written while the program runs, be it code
 * or data.
 */
const unsigned char *cflow_symbols_constant(cflow_symbols *symbols, const char *path,
                                            const char *build_id, uint64_t offset, size_t *n);

/* What the header of an ELF file says. */
struct cflow_elf {
    unsigned machine; /* EM_X86_64, ... of <elf.h> */
    unsigned type;    /* ET_EXEC, ET_DYN, ... */
    uint32_t flags;   /* e_flags: their meaning is the machine's */
    bool is64, big_endian;
    uint64_t start,
        end; /* what it maps: from the first loadable segment's address to behind the last */
};

/* Fills *@out; returns false if the module has no file. */
bool cflow_symbols_elf(cflow_symbols *symbols, const char *path, const char *build_id,
                       struct cflow_elf *out);

/*
 * What the mapping symbols say of @offset ($a, $t, $d of ELF for the Arm
 * architecture; $x and $d on AArch64 and RISC-V): whether there is Thumb code,
 * whether there is data between code.  Where an Arm file has no mapping
 * symbols, functions tell Thumb by the lowest bit of their value.
 */
bool cflow_symbols_is_thumb(cflow_symbols *symbols, const char *path, const char *build_id,
                            uint64_t offset);
bool cflow_symbols_is_data(cflow_symbols *symbols, const char *path, const char *build_id,
                           uint64_t offset);

#endif
