/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Apart from schema.c, because the plugin takes them as options. */
#include <string.h>

#include "lib/profile/schema.h"

const char *cflow_privilege_name(enum cflow_privilege privilege)
{
    static const char *const names[CFLOW_N_PRIVILEGES] = {
        [CFLOW_PRIVILEGE_UNKNOWN] = "unknown",       [CFLOW_PRIVILEGE_USER] = "user",
        [CFLOW_PRIVILEGE_KERNEL] = "kernel",         [CFLOW_PRIVILEGE_MACHINE] = "machine",
        [CFLOW_PRIVILEGE_HYPERVISOR] = "hypervisor",
    };
    return (unsigned)privilege < CFLOW_N_PRIVILEGES ? names[privilege] : "unknown";
}

cflow_privileges cflow_privileges_parse(const char *list)
{
    cflow_privileges found = 0;

    for (;;) {
        size_t n = strcspn(list, ",");
        cflow_privileges one = 0;
        for (unsigned i = 0; i < CFLOW_N_PRIVILEGES; i++) {
            const char *name = cflow_privilege_name((enum cflow_privilege)i);
            one |= strlen(name) == n && strncmp(name, list, n) == 0 ? 1u << i : 0;
        }
        if (!one) {
            return 0;
        }
        found |= one;
        if (!list[n]) {
            return found;
        }
        list += n + 1;
    }
}
