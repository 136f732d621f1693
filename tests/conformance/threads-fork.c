/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fork from a thread, while others work. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int stop;
static void *work(void *sum)
{
    while (!stop) {
        ++*(volatile unsigned *)sum;
    }
    return NULL;
}
static void *forker(void *none)
{
    int well = 0;
    (void)none;
    for (int i = 0; i < 10; i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            char *memory = malloc(1000 + (size_t)i);
            memset(memory, i, 1000);
            _exit(memory[999] == i ? 30 + i : 1);
        }
        waitpid(pid, &status, 0);
        well += WIFEXITED(status) && WEXITSTATUS(status) == 30 + i;
    }
    return (void *)(long)well;
}
int main(void)
{
    pthread_t worker, other;
    unsigned sum = 0;
    void *well;
    pthread_create(&worker, NULL, work, &sum);
    pthread_create(&other, NULL, forker, NULL);
    pthread_join(other, &well);
    stop = 1;
    pthread_join(worker, NULL);
    printf("%ld %d\n", (long)well, sum > 0);
    return 19;
}
