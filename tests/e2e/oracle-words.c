/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work for the oracle on instruction sets for which there is no packaged
 * static program at hand: the C library's formatting, sorting, string and
 * memory functions, on words made from a fixed seed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 600

static unsigned state = 12345;

static unsigned next_random(void)
{
    state = state * 1103515245u + 12345u;
    return state >> 16 & 0x7fff;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_length(const void *a, const void *b)
{
    size_t x = strlen(*(char *const *)a), y = strlen(*(char *const *)b);
    return x != y ? (x > y) - (x < y) : by_text(a, b);
}

int main(void)
{
    static char *words[WORDS];
    int (*const orders[])(const void *, const void *) = {by_text, by_length};
    double sum = 0;
    unsigned vowels = 0;

    for (int i = 0; i < WORDS; i++) {
        char word[40];
        size_t n = 1 + next_random() % 30;

        for (size_t k = 0; k < n; k++)
            word[k] = (char)('a' + next_random() % 26);
        word[n] = '\0';
        words[i] = strdup(word);
    }
    for (size_t o = 0; o < sizeof(orders) / sizeof(orders[0]); o++)
        qsort(words, WORDS, sizeof(words[0]), orders[o]);
    for (int i = 0; i < WORDS; i++) {
        char line[100];

        for (const char *p = words[i]; *p; p++) {
            switch (*p) {
            case 'a':
            case 'e':
            case 'i':
            case 'o':
            case 'u':
                vowels++;
                break;
            default:
                break;
            }
        }
        snprintf(line, sizeof(line), "%4d %-30s %8.3f", i, words[i], i / 7.0);
        sum += strtod(line + 36, NULL);
        if (i % 50 == 0)
            puts(line);
        free(words[i]);
    }
    printf("%u vowels, sum %.2f\n", vowels, sum);
    return 0;
}
