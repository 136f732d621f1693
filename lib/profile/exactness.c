/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How exact a profile is, in words. */
#include "lib/profile/profile.h"

static char *exactness(const cflow_profile *profile)
{
    const char *note = cflow_profile_meta(profile, "exact_note");
    int64_t lost = cflow_profile_meta_int(profile, "exact_except", 0);

    if (!note || !note[0]) {
        note = "the profile does not say why";
    }
    if (cflow_profile_meta_int(profile, "complete", 0) == 0) {
        return g_strdup_printf("INCOMPLETE: %s", note);
    }
    if (cflow_profile_meta_int(profile, "exact", 0) != 0) {
        return g_strdup("exact");
    }
    if (lost == 0) {
        lost = cflow_profile_meta_int(profile, "unexplained", 0);
    }
    if (lost == 0) {
        lost = cflow_profile_meta_int(profile, "residual", 0);
    }
    if (lost == 0) {
        return g_strdup_printf("not exact: %s", note);
    }
    return g_strdup_printf("exact except %" G_GINT64_FORMAT " transfer%s: %s", lost,
                           lost == 1 ? "" : "s", note);
}

char *cflow_profile_exactness(const cflow_profile *profile)
{
    const char *narrowed = cflow_profile_meta(profile, "narrowed");
    g_autofree char *text = exactness(profile);

    return narrowed && *narrowed
               ? g_strdup_printf("%s; only a part was recorded: %s", text, narrowed)
               : g_steal_pointer(&text);
}
