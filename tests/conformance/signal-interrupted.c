/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls that a signal interrupts, and those that go on. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int seen;
static void on_alarm(int s)
{
    (void)s;
    seen++;
}
static void arm(int flags)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
    struct itimerval soon = {{0, 0}, {0, 20000}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
}
int main(void)
{
    int ends[2];
    char byte;
    if (pipe(ends) < 0) {
        return 1;
    }
    arm(0);
    ssize_t n = read(ends[0], &byte, 1);
    printf("interrupted %d %d\n", n < 0 && errno == EINTR, seen);
    pid_t pid = fork();
    if (pid == 0) {
        struct timespec wait = {0, 200000000};
        nanosleep(&wait, NULL);
        _exit(write(ends[1], "x", 1) != 1);
    }
    arm(SA_RESTART);
    n = read(ends[0], &byte, 1);
    printf("restarted %d %d\n", n == 1 && byte == 'x', seen);
    waitpid(pid, NULL, 0);
    struct pollfd fd = {.fd = ends[0], .events = POLLIN};
    arm(SA_RESTART);
    n = poll(&fd, 1, -1);
    printf("poll %d %d\n", n < 0 && errno == EINTR, seen);
    return seen;
}
