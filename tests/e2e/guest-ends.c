/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns a loop 1000 times and then ends in the way that it is told. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile unsigned sink;

static void work(unsigned turns)
{
    for (unsigned i = 0; i < turns; i++) {
        sink += i;
    }
}

static void *sleep_on(void *barrier)
{
    pthread_barrier_wait(barrier);
    for (;;) {
        pause();
    }
    return NULL;
}

static void *end_all(void *barrier)
{
    pthread_barrier_wait(barrier);
    syscall(SYS_exit_group, 24);
    return NULL;
}

/* Two threads sleep, and main() in a join, when a third ends the process. */
static int with_threads(void)
{
    pthread_barrier_t barrier;
    pthread_t threads[3];

    pthread_barrier_init(&barrier, NULL, 3);
    pthread_create(&threads[0], NULL, sleep_on, &barrier);
    pthread_create(&threads[1], NULL, sleep_on, &barrier);
    pthread_create(&threads[2], NULL, end_all, &barrier);
    pthread_join(threads[2], NULL);
    pause();
    return 1;
}

static int to_closed_pipe(void)
{
    int ends[2];

    if (pipe(ends) < 0) {
        return 1;
    }
    close(ends[0]);
    return write(ends[1], "x", 1) == 1;
}

static int busy(void)
{
    puts("ready");
    fflush(stdout);
    for (;;) {
        work(1000);
    }
    return 1;
}

static int idle(void)
{
    puts("ready");
    fflush(stdout);
    for (;;) {
        pause();
    }
    return 1;
}

static int crash(void)
{
    *(volatile int *)8 = 1;
    return 1;
}

static int divide(void)
{
    volatile int zero = 0, seven = 7;

    return seven / zero;
}

static int in_handler(void)
{
    signal(SIGUSR1, (void (*)(int))exit);
    raise(SIGUSR1);
    return 1;
}

static int by_vfork(void)
{
    int status;
    pid_t pid = vfork();

    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "exit 25", NULL);
        _exit(1);
    }
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

static int by_exec(void)
{
    execl("/bin/sh", "sh", "-c", "exit 26", NULL);
    return 1;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*end)(void);
    } ends[] = {
        {"threads", with_threads},
        {"pipe", to_closed_pipe},
        {"busy", busy},
        {"idle", idle},
        {"crash", crash},
        {"divide", divide},
        {"handler", in_handler},
        {"vfork", by_vfork},
        {"exec", by_exec},
    };
    const char *how = argc > 1 ? argv[1] : "";

    work(1000);
    if (strcmp(how, "exit") == 0) {
        exit(23);
    } else if (strcmp(how, "_exit") == 0) {
        _exit(23);
    } else if (strcmp(how, "abort") == 0) {
        abort();
    } else if (strcmp(how, "thread") == 0) {
        pthread_exit(NULL);
    } else if (strcmp(how, "term") == 0) {
        raise(SIGTERM);
    }
    if (strcmp(how, "chroot") == 0) {
        if (chroot(argv[2]) != 0 || chdir("/") != 0 || access("/proc", F_OK) == 0) {
            return 1;
        }
        work(5000);
        return 28;
    }
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        if (strcmp(ends[i].name, how) == 0) {
            return ends[i].end();
        }
    }
    return 27;
}
