/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A calculator: "./rpn '3 4 + 5 *'" prints 35. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static long stack[64];
static int depth;

static long pop(void)
{
    return depth > 0 ? stack[--depth] : 0;
}

static long apply(char operation, long a, long b)
{
    switch (operation) {
    case '%':
        return b ? a % b : 0;
    case '*':
        return a * b;
    case '+':
        return a + b;
    case '-':
        return a - b;
    case '/':
        return b ? a / b : 0;
    default:
        return 0;
    }
}

int main(int argc, char **argv)
{
    for (char *at = argc > 1 ? argv[1] : ""; *at && depth < 64;) {
        if (isdigit((unsigned char)*at)) {
            stack[depth++] = strtol(at, &at, 10);
        } else if (*at++ != ' ') {
            long b = pop(), a = pop();
            stack[depth++] = apply(at[-1], a, b);
        }
    }
    printf("%ld\n", pop());
    return 0;
}
