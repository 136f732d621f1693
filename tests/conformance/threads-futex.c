/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The futex call itself: wake, wait, and a value that differs. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static int word;
static long futex(int op, int value)
{
    return syscall(SYS_futex, &word, op, value, NULL, NULL, 0);
}
static void *waker(void *none)
{
    (void)none;
    __atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
    while (futex(FUTEX_WAKE, 1) == 0 && __atomic_load_n(&word, __ATOMIC_SEQ_CST) == 1) {
    }
    return NULL;
}
int main(void)
{
    pthread_t thread;
    printf("differs %d\n", futex(FUTEX_WAIT, 5) == -1 && errno == EAGAIN);
    printf("nobody %ld\n", futex(FUTEX_WAKE, 1));
    pthread_create(&thread, NULL, waker, NULL);
    while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0) {
        futex(FUTEX_WAIT, 0);
    }
    __atomic_store_n(&word, 2, __ATOMIC_SEQ_CST);
    pthread_join(thread, NULL);
    printf("woken %d\n", word);
    return 15;
}
