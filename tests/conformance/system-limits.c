/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits that the guest sets and runs into. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

int main(void)
{
    struct rlimit limit = {20, 20};
    int n = 0;
    printf("%d\n", setrlimit(RLIMIT_NOFILE, &limit));
    while (open("/dev/null", O_RDONLY) >= 0) {
        n++;
    }
    printf("%d %d\n", n >= 10 && n <= 17, errno == EMFILE);
    for (int fd = 3; fd < 20; fd++) {
        close(fd);
    }
    limit = (struct rlimit){1000, 1000};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    FILE *file = tmpfile();
    static char data[2000];
    printf("%zd\n", write(fileno(file), data, sizeof(data)));
    printf("%zd %d\n", write(fileno(file), data, 1), errno == EFBIG);
    getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = 0;
    printf("%d\n", setrlimit(RLIMIT_CORE, &limit));
    return 42;
}
