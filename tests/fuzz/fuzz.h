/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fuzz target is a file that defines LLVMFuzzerTestOneInput(), as libFuzzer
 * wants it, and fuzz_seeds() for who mutates them: the driver of driver.c, or
 * libFuzzer by libfuzzer.c.
 */
#ifndef CFLOW_TESTS_FUZZ_H
#define CFLOW_TESTS_FUZZ_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does with @data what the target is about; a fault ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Adds to @seeds, of GBytes *, inputs that are right, or nearly; @argv are the
 * files that the target was given.
 */
void fuzz_seeds(GPtrArray *seeds, int argc, char **argv);

/* Adds the contents of the file @path to @seeds; ends the process if it cannot. */
void fuzz_add_file(GPtrArray *seeds, const char *path);

/* Ends the process unless @condition: what must hold for any input. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fuzz_failed(__FILE__, __LINE__, #condition);                                           \
        }                                                                                          \
    } while (0)

void fuzz_failed(const char *file, int line, const char *condition) G_GNUC_NORETURN;

/* The name of a file with @data in it, the same for each call; stays the target's. */
const char *fuzz_file(const uint8_t *data, size_t size);

/*
 * What is printed from now on goes nowhere, save what is written to descriptor 2
 * itself, as sanitizers do.
 */
void fuzz_silence(void);

/* A directory for the target, removed at the end. */
const char *fuzz_directory(void);

/*
 * Inputs that are not a file but a list of changes to one that is right: they are
 * read by these.  What lies behind the end is zeros.
 */
struct fuzz_reader {
    const uint8_t *at, *end;
};

uint8_t fuzz_take8(struct fuzz_reader *r);
uint16_t fuzz_take16(struct fuzz_reader *r);
uint64_t fuzz_take64(struct fuzz_reader *r);

/* A number that programs stumble over, or any. */
uint64_t fuzz_take_number(struct fuzz_reader *r);

/* The same of texts: markup, control characters, what is no UTF-8, words of a profile. */
char *fuzz_take_text(struct fuzz_reader *r);

/* Adds to @seeds @n inputs of at most @size bytes, the same each time. */
void fuzz_add_noise(GPtrArray *seeds, unsigned n, size_t size);

/* All questions of symbols.h about the ELF file @path, and whether the answers can be. */
void fuzz_ask_symbols(const char *path);

#endif
