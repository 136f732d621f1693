/* SPDX-License-Identifier: GPL-2.0-or-later */
/* With which rights code ran, as perf marks it: [.] user, [k] kernel. */
#include <string.h>

#include "tool/report.h"
#include "tool/words.h"

static bool is_machine(const struct report *report)
{
    return g_strcmp0(cflow_profile_meta(report->profile, "mode"), "system") == 0;
}

const char *report_privilege_mark(const struct report *report, cflow_privileges set)
{
    static const char *const marks[CFLOW_N_PRIVILEGES] = {
        [CFLOW_PRIVILEGE_UNKNOWN] = "[?] ",    [CFLOW_PRIVILEGE_USER] = "[.] ",
        [CFLOW_PRIVILEGE_KERNEL] = "[k] ",     [CFLOW_PRIVILEGE_MACHINE] = "[M] ",
        [CFLOW_PRIVILEGE_HYPERVISOR] = "[H] ",
    };

    if (!is_machine(report) || !set) {
        return "";
    }
    return set & (set - 1) ? "[*] " : marks[g_bit_nth_lsf(set, -1)];
}

char *report_privilege_text(cflow_privileges set)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned i = 0; i < CFLOW_N_PRIVILEGES; i++) {
        if (set >> i & 1) {
            g_string_append_printf(text, "%s%s", text->len ? "+" : "",
                                   cflow_privilege_name((enum cflow_privilege)i));
        }
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

char *report_privilege_note(const struct report *report)
{
    int64_t unknown = report->flow->by_privilege[CFLOW_PRIVILEGE_UNKNOWN];

    if (!is_machine(report) || !unknown) {
        return NULL;
    }
    g_autofree char *n = words_count(unknown, "transfer", "transfers");
    return g_strdup_printf("with which privilege code ran is not known for %s", n);
}
