/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "tool/unfinished.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILES 4 /* more at a time than any verb writes */

static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGXCPU};
static char *volatile files[MAX_FILES];
static const char *volatile insisted; /* what is being written, if a signal is to be asked twice */
static sigset_t before;

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0) {
        return; /* nobody reads it */
    }
}

/* Only what may be called in a signal handler. */
static void on_signal(int signum)
{
    const char *name = insisted;
    int saved = errno;

    if (name) {
        insisted = NULL;
        say("qemu-cflow: writing ");
        say(name);
        say("; once more to give it up\n");
        errno = saved;
        return;
    }
    for (size_t i = 0; i < MAX_FILES; i++) {
        char *path = files[i];
        if (path) {
            unlink(path);
        }
    }
    signal(signum, SIG_DFL);
    raise(signum); /* comes when this returns */
    errno = saved;
}

static void catch_signals(void)
{
    struct sigaction ours = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, now;

    sigfillset(&ours.sa_mask);
    for (size_t i = 0; i < G_N_ELEMENTS(deadly); i++) {
        if (sigaction(deadly[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN) {
            sigaction(deadly[i], &ours, NULL);
        }
    }
}

void unfinished_hold(void)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
}

void unfinished_add(const char *path)
{
    for (size_t i = 0; path && i < MAX_FILES; i++) {
        if (!files[i]) {
            files[i] = g_canonicalize_filename(path, NULL);
            catch_signals();
            break;
        }
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}

void unfinished_forget(void)
{
    insisted = NULL;
    for (size_t i = 0; i < MAX_FILES; i++) {
        char *path = files[i];
        files[i] = NULL;
        g_free(path);
    }
}

void unfinished_insist(const char *path)
{
    insisted = path;
    catch_signals();
}

bool unfinished_store(const char *path, struct cflow_store **store, GError **error)
{
    unfinished_hold();
    bool ok = cflow_store_create(path, store, error);
    unfinished_add(ok ? cflow_store_temporary(*store) : NULL);
    return ok;
}
