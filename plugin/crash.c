/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "plugin/crash.h"

#include <glib.h>
#include <signal.h>
#include <stdatomic.h>

/* Those that QEMU handles from the start, and what the host's kernel raises for faults. */
static const int core_signals[] = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                                   SIGFPE,  SIGSEGV, SIGSYS,  SIGXCPU, SIGXFSZ};

typedef void (*handler)(int, siginfo_t *, void *);
static _Atomic(handler) handlers[65]; /* QEMU's */
static _Atomic bool sent;

static bool is_fault(int signum, const siginfo_t *info)
{
    return (signum == SIGSEGV || signum == SIGBUS || signum == SIGFPE || signum == SIGILL ||
            signum == SIGTRAP) &&
           info->si_code > 0; /* sigaction(2): not by kill() and its like */
}

static void on_signal(int signum, siginfo_t *info, void *context)
{
    handler next = atomic_load(&handlers[signum]);

    if (!is_fault(signum, info)) {
        atomic_store(&sent, true);
    }
    next(signum, info, context);
}

void crash_watch(int signum)
{
    for (size_t i = 0; i < G_N_ELEMENTS(core_signals); i++) {
        int number = core_signals[i];
        struct sigaction action;
        if ((signum && signum != number) || sigaction(number, NULL, &action) != 0 ||
            !(action.sa_flags & SA_SIGINFO) || action.sa_sigaction == on_signal ||
            action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) {
            continue; /* QEMU has the flag with these two as well */
        }
        atomic_store(&handlers[number], action.sa_sigaction);
        action.sa_sigaction = on_signal;
        sigaction(number, &action, NULL);
    }
}

bool crash_is_fault(void)
{
    return !atomic_load(&sent);
}
