/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A completion script for bash, made from the table of verbs and their option
 * entries.  What can follow an option is told by its placeholder.
 */
#include <stdio.h>
#include <string.h>

#include "lib/export/export.h"
#include "lib/profile/schema.h"
#include "tool/verbs.h"

static const GOptionEntry no_options[] = {G_OPTION_ENTRY_NULL};

static const GOptionEntry *options_of(const struct verb *verb)
{
    return verb->options ? verb->options : no_options;
}

static bool is_visible(const GOptionEntry *option)
{
    return option->long_name[0] && !(option->flags & G_OPTION_FLAG_HIDDEN);
}

static bool takes_value(const GOptionEntry *option)
{
    return option->arg != G_OPTION_ARG_NONE && !(option->flags & G_OPTION_FLAG_NO_ARG);
}

static void print_verbs(void)
{
    const char *space = "";

    for (const struct verb *verb = verbs; verb->name; verb++) {
        if (!verb->hidden) {
            printf("%s%s", space, verb->name);
            space = " ";
        }
    }
}

/* The shell pattern for @option, each alternative behind @prefix. */
static void print_pattern(const char *prefix, const GOptionEntry *option)
{
    printf("%s--%s", prefix, option->long_name);
    if (option->short_name) {
        printf("|%s-%c", prefix, option->short_name);
    }
}

static void print_words(const char *words)
{
    printf("COMPREPLY=($(compgen -W '%s' -- \"$cur\"))", words);
}

static void print_files(const char *flag)
{
    printf("compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen %s -- \"$cur\")",
           flag);
}

static void print_kinds(void)
{
    fputs("COMPREPLY=($(compgen -P \"$list\" -W 'conditional indirect", stdout);
    for (int kind = 0; kind < CFLOW_N_KINDS; kind++) {
        printf(" %s", cflow_kind_name((enum cflow_kind)kind));
    }
    fputs("' -- \"${cur##*,}\"))", stdout);
}

static void print_formats(void)
{
    g_autoptr(GString) words = g_string_new(NULL);

    for (size_t i = 0; cflow_export_formats[i]; i++) {
        g_string_append_printf(words, "%s%s", i ? " " : "", cflow_export_formats[i]->name);
    }
    print_words(words->str);
}

static void print_value(const char *placeholder)
{
    if (strchr(placeholder, '|')) {
        g_autofree char *words = g_strdelimit(g_strdup(placeholder), "|", ' ');
        print_words(words);
    } else if (strcmp(placeholder, "WHEN") == 0) {
        print_words("auto always never");
    } else if (g_str_has_prefix(placeholder, "KIND")) {
        print_kinds();
    } else if (strcmp(placeholder, "EXPORT-FORMAT") == 0) {
        print_formats();
    } else if (strcmp(placeholder, "DIR") == 0) {
        print_files("-d");
    } else if (g_str_has_prefix(placeholder, "FILE") || strcmp(placeholder, "PATH") == 0) {
        print_files("-f");
    } else {
        fputs("COMPREPLY=()", stdout);
    }
}

/* The values of the option before the cursor. */
static void print_value_cases(void)
{
    fputs("    case $verb:$prev in\n", stdout);
    for (const struct verb *verb = verbs; verb->name; verb++) {
        g_autofree char *prefix = g_strconcat(verb->name, ":", NULL);
        for (const GOptionEntry *option = options_of(verb); option->long_name; option++) {
            if (is_visible(option) && takes_value(option)) {
                fputs("    ", stdout);
                print_pattern(prefix, option);
                fputs(")\n        ", stdout);
                print_value(option->arg_description ? option->arg_description : "");
                fputs("\n        return;;\n", stdout);
            }
        }
    }
    fputs("    esac\n", stdout);
}

/*
 * A verb whose options end at the program that it runs: from there on
 * completion is that program's own affair.
 */
static void print_program_search(const struct verb *verb)
{
    printf("    if [[ $verb == %s ]]; then\n"
           "        for ((i = 2; i < COMP_CWORD; i++)); do\n"
           "            case ${COMP_WORDS[i]} in\n"
           "            --) ((++i)); break;;\n",
           verb->name);
    for (const GOptionEntry *option = options_of(verb); option->long_name; option++) {
        if (is_visible(option) && takes_value(option)) {
            fputs("            ", stdout);
            print_pattern("", option);
            fputs(") ((++i)); [[ ${COMP_WORDS[i]} == = ]] && ((++i));;\n", stdout);
        }
    }
    fputs("            -*) ;;\n"
          "            *) break;;\n"
          "            esac\n"
          "        done\n"
          "        if ((i < COMP_CWORD)); then\n"
          "            if declare -F _command_offset > /dev/null; then _command_offset $i\n"
          "            else ",
          stdout);
    print_files("-f");
    fputs("; fi\n"
          "            return\n"
          "        fi\n"
          "        if ((i == COMP_CWORD)) && [[ $cur != -* ]]; then\n"
          "            ",
          stdout);
    print_files("-c -d");
    fputs("\n"
          "            return\n"
          "        fi\n"
          "    fi\n",
          stdout);
}

static void print_option_cases(void)
{
    fputs("    case $verb in\n", stdout);
    for (const struct verb *verb = verbs; verb->name; verb++) {
        if (verb->hidden) {
            continue;
        }
        g_autoptr(GString) words = g_string_new(NULL);
        for (const GOptionEntry *option = options_of(verb); option->long_name; option++) {
            if (is_visible(option)) {
                g_string_append_printf(words, "--%s ", option->long_name);
            }
        }
        g_string_append(words, "--help");
        printf("    %s) ", verb->name);
        print_words(words->str);
        fputs(";;\n", stdout);
    }
    fputs("    esac\n", stdout);
}

static void print_bash(void)
{
    fputs("# bash completion for qemu-cflow, printed by 'qemu-cflow completion bash'\n"
          "_qemu_cflow()\n"
          "{\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local verb=${COMP_WORDS[1]} list= i\n"
          "    COMPREPLY=()\n"
          "    if ((COMP_CWORD == 1)); then\n"
          "        COMPREPLY=($(compgen -W '",
          stdout);
    print_verbs();
    fputs(" --help --version' -- \"$cur\"))\n"
          "        return\n"
          "    fi\n"
          "    # bash splits --option=value at the equals sign\n"
          "    if [[ $cur == = ]]; then cur=\n"
          "    elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi\n"
          "    [[ $cur == *,* ]] && list=${cur%,*},\n",
          stdout);
    for (const struct verb *verb = verbs; verb->name; verb++) {
        if (verb->strict_posix) {
            print_program_search(verb);
        }
    }
    print_value_cases();
    fputs("    case $verb:$COMP_CWORD in\n"
          "    help:2) COMPREPLY=($(compgen -W '",
          stdout);
    print_verbs();
    fputs("' -- \"$cur\")); return;;\n"
          "    completion:2) COMPREPLY=($(compgen -W 'bash' -- \"$cur\")); return;;\n"
          "    esac\n",
          stdout);
    print_option_cases();
    fputs("}\n"
          "complete -F _qemu_cflow qemu-cflow\n",
          stdout);
}

int cmd_completion(int argc, char **argv)
{
    if (!verb_parse("completion", &argc, &argv)) {
        return STATUS_USAGE;
    }
    if (argc != 2 || strcmp(argv[1], "bash") != 0) {
        return fail_usage("completion", "say for which shell: bash is the only one so far");
    }
    print_bash();
    return STATUS_OK;
}
