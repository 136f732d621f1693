/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "plugin/exec.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "plugin/checkpoint.h"
#include "plugin/recorder.h"
#include "plugin/signals.h"

#define FOLLOW (-1) /* or an enum cflow_unfollowed */

/* What this thread has counted for the call that it is in; undone if that fails. */
static __thread int counted = FOLLOW;

static const struct cflow_arena_launch *launch_data(void)
{
    return recorder.process ? cflow_arena_get_launch(&recorder.arena) : NULL;
}

/* --- what the guest asks for ----------------------------------------------- */

/* The string at @at; NULL if it is not in memory. */
static char *read_string(uint64_t at)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char piece[256];

    while (text->len < 1024 * 1024) {
        /* Pieces end with pages: the next one may not be there. */
        size_t n = sizeof(piece) - at % sizeof(piece);
        if (!signals_read(at, piece, n)) {
            return NULL;
        }
        size_t length = strnlen(piece, n);
        g_string_append_len(text, piece, (gssize)length);
        if (length < n) {
            return g_string_free(g_steal_pointer(&text), FALSE);
        }
        at += n;
    }
    return NULL;
}

/* The strings that the array at @at points to, up to its NULL; @at may be NULL itself. */
static GPtrArray *read_strings(uint64_t at)
{
    g_autoptr(GPtrArray) strings = g_ptr_array_new_with_free_func(g_free);
    unsigned word = signals_word();

    for (; at; at += word) {
        uint64_t address = 0;
        if (!signals_read(at, &address, word)) {
            return NULL;
        }
        if (!address) {
            break;
        }
        char *text = read_string(address);
        if (!text) {
            return NULL;
        }
        g_ptr_array_add(strings, text);
    }
    return g_steal_pointer(&strings);
}

/* The file that descriptor @fd is open on, by its name; NULL if it has none (any more). */
static char *name_of(int fd)
{
    g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);
    char path[PATH_MAX];
    struct stat opened, named;
    ssize_t n = readlink(link, path, sizeof(path) - 1);

    if (n <= 0) {
        return NULL;
    }
    path[n] = '\0';
    bool same = path[0] == '/' && fstat(fd, &opened) == 0 && stat(path, &named) == 0 &&
                opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
    return same ? g_strdup(path) : NULL;
}

/* "/proc/self/NAME" or the same with our number: what follows it; else NULL. */
static const char *own_proc(const char *path, const char *name)
{
    g_autofree char *by_number = g_strdup_printf("/proc/%d/%s", (int)getpid(), name);
    g_autofree char *by_self = g_strdup_printf("/proc/self/%s", name);

    return g_str_has_prefix(path, by_number) ? path + strlen(by_number)
           : g_str_has_prefix(path, by_self) ? path + strlen(by_self)
                                             : NULL;
}

/*
 * A name for the program that lasts until QEMU has opened it: descriptors of the
 * guest may be closed by then, and /proc/self/exe means the guest's program.
 * *@renamed: it is not what the guest said.  NULL if there is no such name.
 */
static char *lasting_name(int dirfd, const char *path, int flags, bool *renamed)
{
    const char *exe = own_proc(path, "exe"), *fd = own_proc(path, "fd/");

    fd = !fd && g_str_has_prefix(path, "/dev/fd/") ? path + strlen("/dev/fd/") : fd;
    *renamed = true;
    if (exe && !*exe) {
        return *recorder.process->path ? g_strdup(recorder.process->path) : NULL;
    }
    if (fd) {
        char *end;
        int number = (int)strtol(fd, &end, 10);
        return *fd && !*end ? name_of(number) : NULL;
    }
    if (!*path) {
        return flags & AT_EMPTY_PATH ? name_of(dirfd) : NULL;
    }
    if (path[0] != '/' && dirfd != AT_FDCWD) {
        g_autofree char *directory = name_of(dirfd);
        return directory ? g_build_filename(directory, path, NULL) : NULL;
    }
    *renamed = false;
    return g_strdup(path);
}

/* --- can it be recorded? --------------------------------------------------- */

/* Would the kernel give the program other rights than ours? */
static bool changes_rights(const char *path, const struct stat *st)
{
    bool group = (st->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);

    return ((st->st_mode & S_ISUID) && st->st_uid != geteuid()) ||
           (group && st->st_gid != getegid()) ||
           (geteuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0);
}

static ssize_t read_head(const char *path, unsigned char *head, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        return -1;
    }
    ssize_t n = read(fd, head, size);
    close(fd);
    return n;
}

static int judge_elf(const unsigned char *head)
{
    const struct cflow_arena_launch *launch = launch_data();
    bool big = head[EI_DATA] == ELFDATA2MSB;
    unsigned machine =
        big ? (unsigned)(head[18] << 8 | head[19]) : (unsigned)(head[19] << 8 | head[18]);

    for (uint32_t i = 0; i < launch->n_machines; i++) {
        const struct cflow_arena_machine *m = &launch->machines[i];
        if (m->machine == machine && m->class == head[EI_CLASS] && m->data == head[EI_DATA]) {
            return FOLLOW;
        }
    }
    return CFLOW_UNFOLLOWED_MACHINE;
}

static int judge(const char *path, bool is_interpreter, bool renamed)
{
    unsigned char head[256 + 1] = {0};
    struct stat st;

    if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 || stat(path, &st) < 0 ||
        !S_ISREG(st.st_mode)) {
        return CFLOW_UNFOLLOWED_FILE; /* it will fail */
    }
    if (changes_rights(path, &st)) {
        return CFLOW_UNFOLLOWED_SETID;
    }
    ssize_t n = read_head(path, head, sizeof(head) - 1);
    if (n < 0) {
        return CFLOW_UNFOLLOWED_FILE;
    }
    if (n >= (ssize_t)sizeof(Elf32_Ehdr) && memcmp(head, ELFMAG, SELFMAG) == 0) {
        return judge_elf(head);
    }
    if (is_interpreter || renamed || n < 3 || head[0] != '#' || head[1] != '!') {
        return CFLOW_UNFOLLOWED_MACHINE;
    }
    char *name = (char *)head + 2 + strspn((char *)head + 2, " \t");
    name[strcspn(name, " \t\n")] = '\0';
    return judge(name, true, renamed);
}

/* --- doing it -------------------------------------------------------------- */

/*
 * The arena's descriptor was closed before the guest began, so that it is not in
 * its way; for a moment there is one again.
 */
static int reopen_arena(void)
{
    const struct cflow_arena_launch *launch = launch_data();
    g_autofree char *path = g_strdup_printf("/proc/%u/fd/%d", launch->pid, launch->fd);
    int fd = open(path, O_RDWR);
    struct stat st;

    if (fd >= 0 && (fstat(fd, &st) < 0 || st.st_dev != launch->device ||
                    st.st_ino != launch->inode)) { /* somebody else's by now */
        close(fd);
        return -1;
    }
    return fd;
}

/* What concerns the dynamic linker is meant for the program and not for QEMU. */
static void split_environment(GPtrArray *environment, GPtrArray *words)
{
    for (guint i = 0; i < environment->len;) {
        const char *entry = g_ptr_array_index(environment, i);
        bool moves = g_str_has_prefix(entry, "LD_") || g_str_has_prefix(entry, "GLIBC_TUNABLES=");
        /* QEMU's -E takes several, with commas between them. */
        if (moves && strchr(entry, '=') && !strchr(entry, ',')) {
            g_ptr_array_add(words, g_ptr_array_steal_index(environment, i));
        } else {
            i++;
        }
    }
}

static char **finish(GPtrArray *words)
{
    g_ptr_array_add(words, NULL);
    return (char **)words->pdata;
}

static void block_all_signals(uint64_t *before)
{
    uint64_t all = UINT64_MAX;

    /* The C library would leave out the two that it uses itself. */
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, before, sizeof(all));
}

static void restore_signals(uint64_t before)
{
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof(before));
}

/* Returns if it could not be done. */
static void launch(const char *path, GPtrArray *argv, GPtrArray *environment, int fd)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) moved = g_ptr_array_new_with_free_func(g_free);
    uint64_t before;

    split_environment(environment, moved);
    block_all_signals(&before);
    checkpoint_let_die();
    /*
     * QEMU blocks every signal from the arrival of one until the guest's handler
     * runs.  That of the C library's own (32) is blocked at no other time; then
     * QEMU gives up the call, handles the signal, and we come here again.
     */
    if (!(before >> 31 & 1)) {
        g_ptr_array_add(words, g_strdup(cflow_arena_launch_word(launch_data(), CFLOW_LAUNCHER)));
        g_ptr_array_add(words, g_strdup("exec"));
        g_ptr_array_add(words, g_strdup_printf("%d", fd));
        g_ptr_array_add(words, g_strdup_printf("%" G_GINT64_MODIFIER "x", before));
        g_ptr_array_add(words, g_strdup(path));
        g_ptr_array_add(words, g_strdup_printf("%u", moved->len));
        g_ptr_array_extend_and_steal(words, g_steal_pointer(&moved));
        g_ptr_array_extend_and_steal(words, g_ptr_array_ref(argv));
        char **command = finish(words);
        /* From here on signals wait for the new program, as they do in any execve. */
        execve(command[0], command, finish(environment));
    }
    restore_signals(before);
}

static bool in_reach(void)
{
    const struct cflow_arena_launch *launch = launch_data();

    return access(cflow_arena_launch_word(launch, CFLOW_LAUNCHER), X_OK) == 0 &&
           access(cflow_arena_launch_word(launch, CFLOW_LAUNCH_EMULATOR), X_OK) == 0 &&
           access(cflow_arena_launch_word(launch, CFLOW_LAUNCH_PLUGIN), R_OK) == 0;
}

/* Why it is not recorded; does not return if it is. */
static int try(bool at, const uint64_t args[5])
{
    uint64_t mask = signals_word() == 4 ? UINT32_MAX : UINT64_MAX;
    const uint64_t *a = args + at;
    int dirfd = at ? (int)args[0] : AT_FDCWD, flags = at ? (int)args[4] : 0;
    bool renamed;

    if (!launch_data()) {
        return CFLOW_UNFOLLOWED_ASKED;
    }
    g_autofree char *asked = signals_word() ? read_string(a[0] & mask) : NULL;
    g_autofree char *path = asked ? lasting_name(dirfd, asked, flags, &renamed) : NULL;
    if (!path || (flags & ~AT_EMPTY_PATH)) {
        return CFLOW_UNFOLLOWED_FILE;
    }
    int why = judge(path, false, renamed);
    if (why != FOLLOW) {
        return why;
    }
    g_autoptr(GPtrArray) argv = read_strings(a[1] & mask);
    g_autoptr(GPtrArray) environment = read_strings(a[2] & mask);
    int fd = argv && environment && in_reach() ? reopen_arena() : -1;
    if (fd >= 0) {
        launch(path, argv, environment, fd);
        close(fd);
    }
    return CFLOW_UNFOLLOWED_REACH;
}

void exec_begins(bool at, const uint64_t args[5])
{
    int why = try(at, args);

    atomic_fetch_add(&recorder.arena.header->unfollowed[why], 1);
    counted = why;
}

void exec_failed(void)
{
    if (counted != FOLLOW) {
        atomic_fetch_sub(&recorder.arena.header->unfollowed[counted], 1);
        counted = FOLLOW;
    }
}
