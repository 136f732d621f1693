/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exec, once in vain; "exit 7" by the shell is the end if given "works". */
#include <errno.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    execl("/nonexistent/program", "program", (char *)NULL);
    if (errno != ENOENT) {
        return 1;
    }
    if (argc > 1 && strcmp(argv[1], "works") == 0) {
        execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
        return 2;
    }
    return 4;
}
