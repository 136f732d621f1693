/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory and a semaphore shared between processes. */
#define _GNU_SOURCE
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    sem_t turn[2];
    int values[20];
};
int main(void)
{
    struct shared *s =
        mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&s->turn[0], 1, 1);
    sem_init(&s->turn[1], 1, 0);
    int me = fork() == 0;
    for (int i = me; i < 20; i += 2) {
        sem_wait(&s->turn[me]);
        s->values[i] = i ? s->values[i - 1] + (me ? 1 : 10) : 0;
        sem_post(&s->turn[!me]);
    }
    if (me) {
        _exit(0);
    }
    wait(NULL);
    for (int i = 0; i < 20; i++) {
        printf("%d%c", s->values[i], i == 19 ? '\n' : ' ');
    }
    return 29;
}
