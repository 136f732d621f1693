/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz-TARGET [--seconds=N] [--seed=N] [--keep=FILE] [--corpus=DIR] [FILE...]
 * fuzz-TARGET --run=FILE [FILE...]
 *
 * Mutates seeds, the target's own and the files of DIR, and hands them to the
 * target until the time is over.  The input at work is kept in FILE, so that it
 * is there when the process ends under it: with --run that input is tried alone.
 * The seed is printed: with the same one the inputs are the same.  An input that
 * takes ten seconds of processor time is a fault as well.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define MAX_SIZE  (1 << 20)
#define HANG      10 /* seconds */
#define MAX_STEPS 6  /* as a power of two */

/* Seconds of the processor's, since the machine may have other things to do; 0: for ever. */
static void watch(unsigned seconds)
{
    struct itimerval timer = {.it_value.tv_sec = seconds};

    setitimer(ITIMER_PROF, &timer, NULL);
}

/* The file that is kept: its size is that of the input.  Mapped, to be there at any end. */
struct keeper {
    int fd;
    uint8_t *data;
};

static uint64_t random_state;

static uint64_t next(void) /* xorshift64*: Vigna, "An experimental exploration", 2016 */
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * UINT64_C(0x2545f4914f6cdd1d);
}

static size_t below(size_t n)
{
    return n ? (size_t)(next() % n) : 0;
}

/* Numbers that programs stumble over. */
static uint64_t odd_number(void)
{
    static const uint64_t odd[] = {
        0,          1,          0x7f,        0x80,           0xff,
        0x7fff,     0x8000,     0xffff,      0x10000,        0x7fffffff,
        0x80000000, 0xffffffff, 0x100000000, INT64_MAX,      (uint64_t)INT64_MIN,
        UINT64_MAX, 0x1000,     16,          UINT64_MAX - 7, 0xfffffff0,
    };

    return below(4) ? odd[below(G_N_ELEMENTS(odd))] : next();
}

static void put_number(uint8_t *data, size_t size)
{
    size_t width = (size_t)1 << below(4);
    uint64_t number = odd_number();
    bool big = below(3) == 0; /* SQLite's are big-endian */

    if (size < width) {
        return;
    }
    uint8_t *at = data + below(size - width + 1);
    if (width > 1 && below(2)) { /* more often than not in its place */
        at = data + (size_t)(at - data) / width * width;
    }
    for (size_t i = 0; i < width; i++) {
        at[i] = (uint8_t)(number >> 8 * (big ? width - 1 - i : i));
    }
}

static size_t mutate_once(uint8_t *data, size_t size, GPtrArray *seeds)
{
    size_t at = below(size), most = (size_t)1 << below(12);
    size_t n = 1 + below(MIN(size - at, most)); /* MIN() evaluates twice: no below() in it */

    switch (size ? below(9) : 8) {
    case 0:
        data[at] ^= (uint8_t)(1 << below(8));
        break;
    case 1:
        data[at] = (uint8_t)next();
        break;
    case 2:
    case 3:
        put_number(data, size);
        break;
    case 4: /* take out */
        memmove(data + at, data + at + n, size - at - n);
        return size - n;
    case 5: /* put in twice */
        n = MIN(n, MAX_SIZE - size);
        memmove(data + at + n, data + at, size - at);
        return size + n;
    case 6: { /* copy to another place */
        size_t to = below(size);
        memmove(data + to, data + at, MIN(n, size - to));
        break;
    }
    case 7: /* cut off */
        return below(4) ? size : at;
    default: { /* a piece of another seed */
        gsize other_size;
        const uint8_t *other =
            g_bytes_get_data(g_ptr_array_index(seeds, below(seeds->len)), &other_size);
        size_t from = below(other_size);
        most = 1 + below(256);
        at = below(size + 1);
        n = MIN(MIN(most, other_size - from), MAX_SIZE - at);
        memcpy(data + at, other + from, n);
        return MAX(size, at + n);
    }
    }
    return size;
}

static size_t make_input(uint8_t *data, GPtrArray *seeds)
{
    gsize size;
    const void *seed = g_bytes_get_data(g_ptr_array_index(seeds, below(seeds->len)), &size);
    size_t steps = 1 + below((size_t)1 << below(MAX_STEPS)); /* few, as a rule */

    size = MIN(size, (gsize)MAX_SIZE);
    memcpy(data, seed, size);
    while (steps--) {
        size = mutate_once(data, size, seeds);
    }
    return size;
}

static int run_file(const char *path)
{
    g_autofree char *data = NULL;
    gsize size;

    if (!g_file_get_contents(path, &data, &size, NULL)) {
        fprintf(stderr, "cannot read %s\n", path);
        return 2;
    }
    /* Of a size of its own, for sanitizers to see where it ends. */
    g_autofree uint8_t *copy = g_memdup2(data, size);
    LLVMFuzzerTestOneInput(copy, size);
    fputs("nothing happened\n", stderr);
    return 0;
}

static void on_alarm(int signum)
{
    static const char text[] = "an input took too long\n";
    (void)signum;

    if (write(STDERR_FILENO, text, sizeof(text) - 1) > 0) {
        abort();
    }
    abort();
}

static struct keeper open_keeper(const char *path)
{
    struct keeper keeper = {.fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644), .data = MAP_FAILED};

    if (keeper.fd >= 0 && ftruncate(keeper.fd, MAX_SIZE) == 0) {
        keeper.data = mmap(NULL, MAX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, keeper.fd, 0);
    }
    if (keeper.data == MAP_FAILED) {
        perror(path);
        exit(2);
    }
    return keeper;
}

/* The next input, in the file of @keeper, which is cut to its size. */
static uint8_t *next_input(const struct keeper *keeper, GPtrArray *seeds, size_t *size)
{
    FUZZ_CHECK(ftruncate(keeper->fd, MAX_SIZE) == 0);
    *size = make_input(keeper->data, seeds);
    FUZZ_CHECK(ftruncate(keeper->fd, (off_t)*size) == 0);
    return g_memdup2(keeper->data, *size);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_directory(GPtrArray *seeds, const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_ptr_array_add(names, g_build_filename(path, name, NULL));
    }
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        fuzz_add_file(seeds, g_ptr_array_index(names, i));
    }
}

/* Those that are right, or nearly, or were a fault once: as they are. */
static void try_seeds(const struct keeper *keeper, GPtrArray *seeds)
{
    for (guint i = 0; i < seeds->len; i++) {
        gsize size;
        const uint8_t *data = g_bytes_get_data(g_ptr_array_index(seeds, i), &size);
        size = MIN(size, (gsize)MAX_SIZE);
        FUZZ_CHECK(ftruncate(keeper->fd, MAX_SIZE) == 0);
        memcpy(keeper->data, data, size);
        FUZZ_CHECK(ftruncate(keeper->fd, (off_t)size) == 0);
        watch(HANG);
        LLVMFuzzerTestOneInput(data, size);
    }
}

int main(int argc, char **argv)
{
    gint64 seconds = 10, seed = (gint64)(g_get_real_time() ^ getpid());
    const char *keep = "fuzz-input", *run = NULL, *corpus = NULL;
    int first = 1;

    for (; first < argc && g_str_has_prefix(argv[first], "--"); first++) {
        const char *value = strchr(argv[first], '=');
        if (value && g_str_has_prefix(argv[first], "--seconds=")) {
            seconds = g_ascii_strtoll(value + 1, NULL, 10);
        } else if (value && g_str_has_prefix(argv[first], "--seed=")) {
            seed = g_ascii_strtoll(value + 1, NULL, 10);
        } else if (value && g_str_has_prefix(argv[first], "--keep=")) {
            keep = value + 1;
        } else if (value && g_str_has_prefix(argv[first], "--run=")) {
            run = value + 1;
        } else if (value && g_str_has_prefix(argv[first], "--corpus=")) {
            corpus = value + 1;
        } else {
            fprintf(stderr, "unknown argument %s\n", argv[first]);
            return 2;
        }
    }
    signal(SIGPROF, on_alarm);
    g_autoptr(GPtrArray) seeds = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    if (run) {
        fuzz_seeds(seeds, argc - first, argv + first);
        return run_file(run);
    }
    FILE *out = fdopen(dup(STDOUT_FILENO), "w"); /* a target may silence stdout */
    fprintf(out, "seed %" G_GINT64_FORMAT "\n", seed);
    fflush(out);
    struct keeper keeper = open_keeper(keep);
    fuzz_seeds(seeds, argc - first, argv + first);
    if (corpus) {
        add_directory(seeds, corpus);
    }
    random_state = (uint64_t)seed * 2 + 1;
    gint64 end = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
    guint64 n = seeds->len;
    try_seeds(&keeper, seeds);
    for (; g_get_monotonic_time() < end; n++) {
        size_t size;
        watch(HANG);
        g_autofree uint8_t *input = next_input(&keeper, seeds, &size);
        LLVMFuzzerTestOneInput(input, size);
    }
    watch(0);
    unlink(keep);
    fprintf(out, "%" G_GUINT64_FORMAT " inputs, seed %" G_GINT64_FORMAT "\n", n, seed);
    fclose(out);
    return 0;
}
