/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "tool/run.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t child;

/*
 * Signals sent to us are meant for the program.  What the terminal sends (not a
 * process, so its code is above 0) reaches it without our help.
 */
static void forward(int signum, siginfo_t *info, void *context)
{
    (void)context;
    if (child > 0 && info->si_code <= 0) {
        kill((pid_t)child, signum);
    }
}

/* Set @action for what is passed on. */
static void set_signals(const struct sigaction *action)
{
    static const int forwarded[] = {SIGINT,  SIGQUIT, SIGTERM, SIGHUP,
                                    SIGUSR1, SIGUSR2, SIGALRM, SIGCONT};

    for (size_t i = 0; i < G_N_ELEMENTS(forwarded); i++) {
        struct sigaction old;
        /* What was ignored for us (nohup) stays ignored for the program. */
        if (sigaction(forwarded[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaction(forwarded[i], action, NULL);
        }
    }
}

/* Fork with signals held back until we know whom to pass them on to. */
static bool start(char **command, int failure)
{
    struct sigaction pass_on = {.sa_sigaction = forward, .sa_flags = SA_RESTART | SA_SIGINFO};
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigset_t all, before;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    set_signals(&pass_on);
    pid_t pid = fork();
    if (pid == 0) {
        set_signals(&plain);
        sigprocmask(SIG_SETMASK, &before, NULL);
        execv(command[0], command);
        int code = errno;
        _exit(write(failure, &code, sizeof(code)) == sizeof(code) ? 127 : 126);
    }
    child = pid;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid > 0;
}

bool run_command(GPtrArray *command, struct run_result *result, GError **error)
{
    int failure[2];

    if (pipe2(failure, O_CLOEXEC) < 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "cannot make a pipe: %s",
                    g_strerror(errno));
        return false;
    }
    result->started_us = g_get_real_time();
    gint64 before = g_get_monotonic_time(); /* somebody may set the clock */
    bool started = start((char **)command->pdata, failure[1]);
    int why = errno;
    close(failure[1]);
    if (!started) {
        close(failure[0]);
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(why), "cannot start QEMU: %s",
                    g_strerror(why));
        return false;
    }
    while (waitpid((pid_t)child, &result->status, 0) < 0 && errno == EINTR) {
    }
    child = 0;
    result->duration_us = g_get_monotonic_time() - before;
    int code = 0;
    ssize_t got = read(failure[0], &code, sizeof(code));
    close(failure[0]);
    if (got == sizeof(code)) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code), "cannot start %s: %s",
                    (char *)command->pdata[0], g_strerror(code));
        return false;
    }
    return true;
}

static struct rlimit file_size;
static struct sigaction too_large;

void run_lift_limits(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigaction(SIGXFSZ, &ignore, &too_large);
    getrlimit(RLIMIT_FSIZE, &file_size);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){file_size.rlim_max, file_size.rlim_max});
}

void run_restore_limits(void)
{
    setrlimit(RLIMIT_FSIZE, &file_size);
    sigaction(SIGXFSZ, &too_large, NULL);
}

int run_end_like(int status)
{
    if (!WIFSIGNALED(status)) {
        return WEXITSTATUS(status);
    }
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none); /* one core is enough */
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    return 128 + WTERMSIG(status);
}
