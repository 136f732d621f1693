/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "lib/profile/profile.h"
#include "tool/term.h"
#include "tool/verbs.h"
#include "tool/words.h"

static char *input, *format_text;

const GOptionEntry cmd_info_options[] = {
    {"input", 'i', 0, G_OPTION_ARG_FILENAME, &input, "profile to read (default cflow.db)", "FILE"},
    {"format", 'f', 0, G_OPTION_ARG_FILENAME, &format_text, "default text", "text|json"},
    G_OPTION_ENTRY_NULL,
};

static const char *const counted[] = {"process", "module", "mapping",       "insn",
                                      "block",   "edge",   "discontinuity", "flight"};

struct info {
    cflow_profile *profile;
    int64_t rows[G_N_ELEMENTS(counted)];
};

static void G_GNUC_PRINTF(2, 3) print_field(const char *name, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *value = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *clean_name = term_escape(name);
    g_autofree char *clean = term_escape(value);
    printf("%-14s  %s\n", clean_name, clean);
}

static void print_meta(const struct info *info)
{
    size_t n;
    const struct cflow_meta *metas = cflow_profile_metas(info->profile, &n);

    for (size_t i = 0; i < n; i++) {
        if (strcmp(metas[i].key, "command") == 0) {
            g_autofree char *line = words_command_line(metas[i].value);
            print_field(metas[i].key, "%s", line);
        } else {
            print_field(metas[i].key, "%s", metas[i].value);
        }
    }
}

/* Of processes that were added up, only what they have in common is known. */
static char *process_id(int64_t id)
{
    return id ? g_strdup_printf("%" G_GINT64_FORMAT, id) : g_strdup("unknown");
}

static void print_processes(const struct info *info)
{
    size_t n;
    const struct cflow_process *processes = cflow_profile_processes(info->profile, &n);

    puts("\nprocesses");
    for (size_t i = 0; i < n; i++) {
        const struct cflow_process *p = &processes[i];
        g_autofree char *command = words_command_line(p->command);
        g_autofree char *vcpus = words_count(p->vcpus, "vCPU", "vCPUs");
        g_autofree char *path = term_escape(p->path ? p->path : "unknown");
        g_autofree char *line = term_escape(command);
        g_autofree char *end = term_escape(p->end ? p->end : "unknown");
        g_autofree char *pid = process_id(p->pid);
        g_autofree char *parent = process_id(p->ppid);
        printf("  %s  %s\n", pid, path);
        printf("      command    %s\n", line);
        printf("      parent     %s\n", parent);
        if (p->isa) {
            g_autofree char *isa = term_escape(p->isa);
            printf("      isa        %s\n", isa);
        }
        printf("      transfers  %" G_GINT64_FORMAT " on %s\n", p->transfers, vcpus);
        printf("      residual   %" G_GINT64_FORMAT "\n", p->residual);
        if (p->memory) {
            printf("      memory     %" G_GINT64_FORMAT "\n", p->memory);
        }
        if (p->beyond) {
            printf("      beyond     %" G_GINT64_FORMAT " blocks, for the memory limit\n",
                   p->beyond);
        }
        printf("      end        %s%s\n", end, p->complete ? "" : ", INCOMPLETE");
    }
}

static void print_modules(const struct info *info)
{
    size_t n;
    const struct cflow_module *modules = cflow_profile_modules(info->profile, &n);

    puts("\nmodules");
    for (size_t i = 0; i < n; i++) {
        g_autofree char *kind = term_escape(modules[i].kind);
        g_autofree char *id = term_escape(modules[i].build_id ? modules[i].build_id : "-");
        g_autofree char *path = term_escape(modules[i].path);
        if (modules[i].id != CFLOW_MODULE_OUTSIDE) {
            printf("  %-8s  %-40s  %s\n", kind, id, path);
        }
    }
}

static void print_text(const struct info *info)
{
    g_autofree char *exactness = cflow_profile_exactness(info->profile);

    print_field("file", "%s", cflow_profile_path(info->profile));
    print_field("schema", "%d", cflow_profile_version(info->profile));
    print_field("counts", "%s", exactness);
    puts("\nmeta");
    print_meta(info);
    print_processes(info);
    print_modules(info);
    puts("\nrows");
    for (size_t i = 0; i < G_N_ELEMENTS(counted); i++) {
        printf("  %-14s  %" G_GINT64_FORMAT "\n", counted[i], info->rows[i]);
    }
}

static void add_meta(const struct info *info, JsonBuilder *b)
{
    size_t n;
    const struct cflow_meta *metas = cflow_profile_metas(info->profile, &n);

    json_builder_set_member_name(b, "meta");
    json_builder_begin_object(b);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *key = term_escape(metas[i].key);
        if (strcmp(key, "command") == 0) {
            words_add_command(b, key, metas[i].value);
        } else if (metas[i].is_integer) {
            words_add_int(b, key, cflow_profile_meta_int(info->profile, metas[i].key, 0));
        } else {
            words_add_string(b, key, metas[i].value);
        }
    }
    json_builder_end_object(b);
}

static void add_id(JsonBuilder *b, const char *name, int64_t id)
{
    if (id) {
        words_add_int(b, name, id);
    } else {
        words_add_string(b, name, NULL);
    }
}

static void add_processes(const struct info *info, JsonBuilder *b)
{
    size_t n;
    const struct cflow_process *processes = cflow_profile_processes(info->profile, &n);

    json_builder_set_member_name(b, "processes");
    json_builder_begin_array(b);
    for (size_t i = 0; i < n; i++) {
        const struct cflow_process *p = &processes[i];
        json_builder_begin_object(b);
        add_id(b, "pid", p->pid);
        add_id(b, "ppid", p->ppid);
        words_add_string(b, "path", p->path);
        words_add_command(b, "command", p->command);
        words_add_int(b, "vcpus", p->vcpus);
        words_add_int(b, "transfers", p->transfers);
        words_add_int(b, "residual", p->residual);
        words_add_bool(b, "complete", p->complete);
        words_add_string(b, "end", p->end);
        words_add_string(b, "isa", p->isa);
        add_id(b, "memory", p->memory);
        words_add_int(b, "beyond", p->beyond);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void add_modules(const struct info *info, JsonBuilder *b)
{
    size_t n;
    const struct cflow_module *modules = cflow_profile_modules(info->profile, &n);

    json_builder_set_member_name(b, "modules");
    json_builder_begin_array(b);
    for (size_t i = 0; i < n; i++) {
        if (modules[i].id != CFLOW_MODULE_OUTSIDE) {
            json_builder_begin_object(b);
            words_add_string(b, "path", modules[i].path);
            words_add_string(b, "build_id", modules[i].build_id);
            words_add_string(b, "kind", modules[i].kind);
            json_builder_end_object(b);
        }
    }
    json_builder_end_array(b);
}

static void print_json(const struct info *info)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    g_autofree char *exactness = cflow_profile_exactness(info->profile);

    json_builder_begin_object(b);
    words_add_string(b, "file", cflow_profile_path(info->profile));
    words_add_int(b, "schema", cflow_profile_version(info->profile));
    words_add_string(b, "exactness", exactness);
    add_meta(info, b);
    add_processes(info, b);
    add_modules(info, b);
    json_builder_set_member_name(b, "rows");
    json_builder_begin_object(b);
    for (size_t i = 0; i < G_N_ELEMENTS(counted); i++) {
        words_add_int(b, counted[i], info->rows[i]);
    }
    json_builder_end_object(b);
    json_builder_end_object(b);
    words_print_json(b, TRUE);
    putchar('\n');
}

static bool load(struct info *info, GError **error)
{
    info->profile = cflow_profile_open(input ? input : "cflow.db", error);
    if (!info->profile || !cflow_profile_check(info->profile, error)) {
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(counted); i++) {
        if (!cflow_profile_count_rows(info->profile, counted[i], &info->rows[i], error)) {
            return false;
        }
    }
    return true;
}

int cmd_info(int argc, char **argv)
{
    struct info info = {0};
    g_autoptr(GError) error = NULL;
    int status = STATUS_OK;

    if (!verb_parse("info", &argc, &argv)) {
        return STATUS_USAGE;
    }
    if (argc > 1) {
        return fail_usage("info", "unexpected argument '%s': profiles are given with -i", argv[1]);
    }
    if (format_text && strcmp(format_text, "text") != 0 && strcmp(format_text, "json") != 0) {
        return fail_usage("info", "unknown --format '%s': say text or json", format_text);
    }
    if (!load(&info, &error)) {
        status = fail("%s", error->message);
    } else if (format_text && strcmp(format_text, "json") == 0) {
        print_json(&info);
    } else {
        print_text(&info);
    }
    cflow_profile_close(info.profile);
    return status;
}
