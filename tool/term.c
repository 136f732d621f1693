/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/term.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static bool color;
static pid_t pager;

bool term_is_terminal(void)
{
    static int known = -1;

    if (known < 0) {
        known = isatty(STDOUT_FILENO);
    }
    return known != 0;
}

size_t term_columns(void)
{
    const char *text = g_getenv("COLUMNS");
    struct winsize size;
    guint64 columns;

    if (text && g_ascii_string_to_unsigned(text, 10, 20, 10000, &columns, NULL)) {
        return columns;
    }
    if (term_is_terminal() && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) {
        return size.ws_col;
    }
    return 100;
}

bool term_is_narrow(void)
{
    return term_is_terminal() || g_getenv("COLUMNS");
}

bool term_set_color(const char *when)
{
    const char *no_color = g_getenv("NO_COLOR");

    if (!when || strcmp(when, "auto") == 0) {
        color = term_is_terminal() && !(no_color && no_color[0]) &&
                g_strcmp0(g_getenv("TERM"), "dumb") != 0;
    } else if (strcmp(when, "always") == 0) {
        color = true;
    } else if (strcmp(when, "never") == 0) {
        color = false;
    } else {
        return false;
    }
    return true;
}

const char *term_on(enum term_style style)
{
    static const char *const sequences[TERM_N_STYLES] = {
        [TERM_PLAIN] = "",        [TERM_TITLE] = "\033[1m", [TERM_FAINT] = "\033[2m",
        [TERM_NAME] = "\033[36m", [TERM_GOOD] = "\033[32m", [TERM_BAD] = "\033[31m",
    };

    return color ? sequences[style] : "";
}

const char *term_off(enum term_style style)
{
    return color && style != TERM_PLAIN ? "\033[0m" : "";
}

void term_start_pager(void)
{
    const char *command = g_getenv("QEMU_CFLOW_PAGER");
    int ends[2];

    command = command ? command : g_getenv("PAGER");
    command = command ? command : "less -FRX";
    if (!term_is_terminal() || pager || !command[0] || strcmp(command, "cat") == 0 ||
        pipe(ends) != 0) {
        return;
    }
    fflush(stdout);
    pager = fork();
    if (pager == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
        close(ends[1]);
        setenv("LESS", "FRX", 0); /* for a $PAGER that is just "less" */
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    if (pager > 0) {
        dup2(ends[1], STDOUT_FILENO);
    }
    close(ends[0]);
    close(ends[1]);
}

bool term_finish(void)
{
    static bool closed;

    if (closed) {
        return true;
    }
    bool ok = !ferror(stdout);
    if (fflush(stdout) != 0) {
        ok = false;
    }
    if (pager > 0) {
        int status;
        fclose(stdout);
        closed = true;
        while (waitpid(pager, &status, 0) < 0 && errno == EINTR) {
        }
        pager = 0;
        return true;
    }
    return ok;
}

static bool is_disturbing(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

char *term_escape(const char *text)
{
    bool utf8 = g_get_charset(NULL);
    GString *out = g_string_new(NULL);

    while (*text) {
        gunichar c = g_utf8_get_char_validated(text, -1);
        bool valid = c != (gunichar)-1 && c != (gunichar)-2;
        size_t n = valid ? (size_t)(g_utf8_next_char(text) - text) : 1;
        if (!valid || is_disturbing(c) || (c > 0x7f && !utf8)) {
            for (size_t i = 0; i < n; i++) {
                g_string_append_printf(out, "\\x%02x", (unsigned char)text[i]);
            }
        } else {
            g_string_append_len(out, text, (gssize)n);
        }
        text += n;
    }
    return g_string_free(out, FALSE);
}

static size_t char_width(gunichar c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

size_t term_width(const char *text)
{
    size_t width = 0;

    for (; *text; text = g_utf8_next_char(text)) {
        width += char_width(g_utf8_get_char(text));
    }
    return width;
}

char *term_cut(const char *text, size_t width)
{
    const char *end = text;
    size_t used = 0;

    if (term_width(text) <= width || width < 3) {
        return g_strdup(text);
    }
    while (*end && used + char_width(g_utf8_get_char(end)) <= width - 3) {
        used += char_width(g_utf8_get_char(end));
        end = g_utf8_next_char(end);
    }
    return g_strdup_printf("%.*s...", (int)(end - text), text);
}
