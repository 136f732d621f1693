/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts programs in all the ways there are, and in ways that fail; prints what came of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int wait_for(pid_t pid)
{
    int status = 0;

    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void say(const char *what, long result)
{
    printf("%s: %ld\n", what, result);
    fflush(stdout);
}

static void with_vfork(void)
{
    pid_t pid = vfork();

    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "exit 11", NULL);
        _exit(99);
    }
    say("vfork", wait_for(pid));
}

static void with_posix_spawn(void)
{
    char *argv[] = {"sh", "-c", "echo spawned \"$1\"; exit 12", "sh", "a,b c", NULL};
    pid_t pid = -1;

    int result = posix_spawnp(&pid, "sh", NULL, NULL, argv, environ);
    int status = wait_for(pid); /* which of them writes first is anybody's guess */
    say("posix_spawnp", result);
    say("its status", status);
    say("posix_spawn in vain", posix_spawn(&pid, "/nowhere", NULL, NULL, argv, environ));
}

static void with_popen(void)
{
    char line[80] = "";
    FILE *pipe = popen("read x; echo got $x; exit 13", "w");

    fputs("text\n", pipe);
    say("pclose", WEXITSTATUS(pclose(pipe)));
    pipe = popen("echo from popen", "r");
    if (fgets(line, sizeof(line), pipe)) {
        printf("%s", line);
    }
    say("pclose", WEXITSTATUS(pclose(pipe)));
    say("system", WEXITSTATUS(system("kill -9 $$")) + 1000 * WTERMSIG(system("kill -9 $$")));
}

static void in_vain(const char *what, const char *path)
{
    char *argv[] = {"name", NULL};

    execve(path, argv, environ);
    printf("%s: %s\n", what, strerror(errno));
    fflush(stdout);
}

static void fail_often(void)
{
    FILE *file = fopen("text", "w");

    fputs("echo not me\n", file);
    fclose(file);
    in_vain("no file", "./nothing");
    in_vain("empty name", "");
    in_vain("no directory", "text/x");
    in_vain("directory", ".");
    in_vain("not executable", "text");
    chmod("text", 0755);
    in_vain("no program", "text");
    file = fopen("text", "w");
    fputs("#!/no/such/interpreter\n", file);
    fclose(file);
    in_vain("no interpreter", "text");
    in_vain("no string", (const char *)16);
    unlink("text");
}

static void by_descriptor(void)
{
    char *argv[] = {"by-descriptor", "-c", "echo $0", NULL};
    int program = open("/bin/sh", O_RDONLY | O_CLOEXEC), directory = open("/bin", O_PATH);
    pid_t pid = fork();

    if (pid == 0) {
        fexecve(program, argv, environ);
        _exit(99);
    }
    say("fexecve", wait_for(pid));
    pid = fork();
    if (pid == 0) {
        argv[2] = "exit 14";
        syscall(SYS_execveat, directory, "sh", argv, environ, 0);
        _exit(99);
    }
    say("execveat", wait_for(pid));
    close(program);
    close(directory);
}

/* What a new program inherits: descriptors, mask, ignored signals, directory. */
static void inheritance(void)
{
    pid_t pid;
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGUSR1, SIG_IGN);
    pid = fork();
    if (pid == 0) {
        close(0);
        dup2(1, 7);
        fcntl(8, F_SETFD, FD_CLOEXEC);
        execl("/bin/sh", "sh", "-c",
              "kill -TERM $$; kill -USR1 $$; echo alive >&7; [ -e /proc/self/fd/8 ] && echo 8;"
              "exec 9< /dev/null; exit 15",
              NULL);
        _exit(99);
    }
    say("inheritance", wait_for(pid));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    signal(SIGUSR1, SIG_DFL);
}

int main(void)
{
    with_vfork();
    with_posix_spawn();
    with_popen();
    fail_often();
    by_descriptor();
    inheritance();
    return 5;
}
