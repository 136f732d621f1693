/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/narrow.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/profile/schema.h"

/* A part of the code; pattern NULL: any module, and guest addresses. */
struct part {
    char *pattern;
    uint64_t start, end; /* 0, UINT64_MAX: all of the module */
    bool excluded;
};

struct place {
    char *pattern;
    uint64_t address;
    uint64_t wanted;           /* the arrival that counts, from 1 */
    _Atomic uint64_t arrivals; /* of those that begin or end it, with `arriving` locked */
    unsigned trigger;
};

static GArray *parts; /* of struct part */
static unsigned n_included;
static cflow_privileges privileges = CFLOW_ALL_PRIVILEGES;
static struct place places[16], kept[16]; /* triggers; last-at= */
static unsigned n_places, n_kept;
static uint64_t insns_wanted, ns_wanted; /* stop-after=; 0: no end */
static GString *description;

static GMutex arriving; /* at places that begin or end it, one thread after the other */
static _Atomic bool begun, ended;
static bool waits; /* for a start */
static _Atomic uint64_t insns_begun;
static _Atomic uint64_t first_ns; /* when recording began */

/* --- options ----------------------------------------------------------------- */

static bool bad(const char *name, const char *value, const char *what, GError **error)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "'%s' is no value for %s: say %s",
                value, name, what);
    return false;
}

static bool parse_address(const char *text, char **end, uint64_t *out)
{
    errno = 0;
    *out = g_ascii_isdigit(*text) ? strtoull(text, end, 0) : 0;
    return g_ascii_isdigit(*text) && errno == 0;
}

/* "MODULE@REST" or "REST".  A path may contain '@': the last one counts. */
static const char *split_module(const char *value, char **pattern)
{
    const char *at = strrchr(value, '@');

    *pattern = at ? g_strndup(value, (gsize)(at - value)) : NULL;
    return at ? at + 1 : value;
}

static bool take_part(const char *name, const char *value, bool is_range, GError **error)
{
    struct part part = {.end = UINT64_MAX, .excluded = *value == '!'};
    const char *text = value + part.excluded;
    char *end;

    if (!is_range) {
        if (!*text) {
            return bad(name, value, "a pattern for file names", error);
        }
        part.pattern = g_strdup(text);
    } else {
        text = split_module(text, &part.pattern);
        if (!parse_address(text, &end, &part.start) || *end != '-' ||
            !parse_address(end + 1, &end, &part.end) || *end || part.end <= part.start) {
            g_free(part.pattern);
            return bad(name, value, "[MODULE@]START-END, addresses, END behind the last", error);
        }
    }
    parts = parts ? parts : g_array_new(FALSE, FALSE, sizeof(struct part));
    g_array_append_val(parts, part);
    n_included += !part.excluded;
    return true;
}

/* One more of the *@n @list, which has room for as many as @places. */
static bool take_place(const char *name, const char *value, unsigned trigger, struct place *list,
                       unsigned *n, GError **error)
{
    struct place place = {.wanted = 1, .trigger = trigger};
    char *end;

    if (*n == G_N_ELEMENTS(places)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "there are too many options %s", trigger ? "start-at and stop-at" : name);
        return false;
    }
    const char *text = split_module(value, &place.pattern);
    bool ok = parse_address(text, &end, &place.address);
    if (ok && *end == ':') {
        ok = parse_address(end + 1, &end, &place.wanted) && place.wanted;
    }
    if (!ok || *end) {
        g_free(place.pattern);
        return bad(name, value, "[MODULE@]ADDRESS[:N], the N-th arrival there", error);
    }
    waits |= trigger == NARROW_START;
    list[(*n)++] = place;
    return true;
}

static bool take_limit(const char *name, const char *value, GError **error)
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {{"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000}, {"min", 60000000000}};
    uint64_t n;
    char *end;

    if (parse_address(value, &end, &n) && n) {
        if (!*end) {
            insns_wanted = n;
            return true;
        }
        for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
            if (strcmp(end, units[i].unit) == 0 && n <= UINT64_MAX / units[i].ns) {
                ns_wanted = n * units[i].ns;
                return true;
            }
        }
    }
    return bad(name, value, "a number of instructions, or a time like 500ms, 10s, 2m", error);
}

static bool take_privilege(const char *name, const char *value, GError **error)
{
    cflow_privileges more = cflow_privileges_parse(value);

    privileges = (privileges == CFLOW_ALL_PRIVILEGES ? 0 : privileges) | more;
    return more || bad(name, value, "user, kernel, hypervisor, machine or unknown", error);
}

bool narrow_knows(const char *name)
{
    return g_strv_contains((const char *[]){"module", "range", "privilege", "start-at", "stop-at",
                                            "stop-after", "last-at", NULL},
                           name);
}

bool narrow_option(const char *name, const char *value, GError **error)
{
    if (strcmp(name, "last-at") == 0) { /* narrows nothing down */
        return take_place(name, value, 0, kept, &n_kept, error);
    }
    bool ok = strcmp(name, "module") == 0      ? take_part(name, value, false, error)
              : strcmp(name, "range") == 0     ? take_part(name, value, true, error)
              : strcmp(name, "privilege") == 0 ? take_privilege(name, value, error)
              : strcmp(name, "start-at") == 0
                  ? take_place(name, value, NARROW_START, places, &n_places, error)
              : strcmp(name, "stop-at") == 0
                  ? take_place(name, value, NARROW_STOP, places, &n_places, error)
                  : take_limit(name, value, error);
    if (ok) {
        description = description ? description : g_string_new(NULL);
        g_string_append_printf(description, "%s%s %s", description->len ? ", " : "", name, value);
    }
    return ok;
}

void narrow_forget(void)
{
    for (unsigned i = 0; parts && i < parts->len; i++) {
        g_free(g_array_index(parts, struct part, i).pattern);
    }
    g_clear_pointer(&parts, g_array_unref);
    while (n_places) {
        g_free(places[--n_places].pattern);
    }
    while (n_kept) {
        g_free(kept[--n_kept].pattern);
    }
    if (description) {
        g_string_free(g_steal_pointer(&description), TRUE);
    }
    n_included = 0;
    privileges = CFLOW_ALL_PRIVILEGES;
    insns_wanted = ns_wanted = 0;
    waits = false;
}

bool narrow_is_on(void)
{
    return description != NULL;
}

bool narrow_has_triggers(void)
{
    return n_places || insns_wanted || ns_wanted;
}

char *narrow_describe(void)
{
    return description ? g_strdup(description->str) : NULL;
}

/* --- the region -------------------------------------------------------------- */

static bool matches(const char *pattern, const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;

    return path &&
           (fnmatch(pattern, path, 0) == 0 || (slash && fnmatch(pattern, slash + 1, 0) == 0));
}

static bool touches(const struct part *part, const struct narrow_code *code)
{
    uint64_t bias = part->pattern ? code->bias : 0;

    if (part->pattern && !matches(part->pattern, code->path)) {
        return false;
    }
    return part->end == UINT64_MAX ||
           (code->start - bias < part->end && code->end - bias > part->start);
}

bool narrow_is_outside(const struct narrow_code *code)
{
    bool included = !n_included;

    if (!(privileges >> code->privilege & 1)) {
        return true;
    }

    for (unsigned i = 0; parts && i < parts->len; i++) {
        const struct part *part = &g_array_index(parts, struct part, i);
        if (touches(part, code)) {
            if (part->excluded) {
                return true;
            }
            included = true;
        }
    }
    return !included;
}

bool narrow_may_alias(const struct narrow_code *code)
{
    const uint64_t page = 0xfff;
    bool may = !n_included;

    if (!(privileges >> code->privilege & 1)) {
        return false; /* a translation is of one of them, wherever it lies */
    }
    for (unsigned i = 0; parts && i < parts->len; i++) {
        const struct part *p = &g_array_index(parts, struct part, i);
        uint64_t at = (code->start & page) | (p->start & ~page); /* in the part's first page */
        if (at + (code->end - code->start) <= p->start) {
            at += page + 1;
        }
        may |= !p->excluded && at < p->end;
    }
    return may;
}

/* --- triggers ---------------------------------------------------------------- */

static bool is_there(const struct place *place, const struct narrow_code *code)
{
    if (!place->pattern) {
        return place->address == code->start;
    }
    return place->address == code->start - code->bias && matches(place->pattern, code->path);
}

/* Numbers of places as bits above those of the triggers. */
unsigned narrow_triggers(const struct narrow_code *code)
{
    unsigned found = 0;

    for (unsigned i = 0; i < n_places; i++) {
        found |= is_there(&places[i], code) ? places[i].trigger | 1u << (i + 2) : 0;
    }
    return found;
}

bool narrow_arrived(unsigned triggers, bool *record)
{
    bool begins = false;

    g_mutex_lock(&arriving);
    bool running = begun || !waits;
    for (unsigned i = 0; i < n_places; i++) {
        struct place *place = &places[i];
        if (!(triggers & 1u << (i + 2)) || (place->trigger == NARROW_STOP && !running)) {
            continue; /* an end counts once it has begun */
        }
        if (++place->arrivals == place->wanted) {
            begins |= place->trigger == NARROW_START && !running;
            atomic_store(place->trigger == NARROW_START ? &begun : &ended, true);
        }
    }
    *record = (begun || !waits) && !ended;
    g_mutex_unlock(&arriving);
    return begins;
}

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static bool is_over(unsigned n_insns)
{
    if (ns_wanted) {
        uint64_t now = now_ns(), none = 0;
        atomic_compare_exchange_strong(&first_ns, &none, now);
        if (now - atomic_load(&first_ns) >= ns_wanted) {
            return true;
        }
    }
    return insns_wanted && atomic_fetch_add(&insns_begun, n_insns) >= insns_wanted;
}

bool narrow_is_waiting(void)
{
    return waits && !atomic_load_explicit(&begun, memory_order_relaxed);
}

bool narrow_is_over(void)
{
    return atomic_load_explicit(&ended, memory_order_relaxed);
}

bool narrow_within(unsigned n_insns)
{
    if ((ns_wanted || insns_wanted) && is_over(n_insns)) {
        atomic_store(&ended, true);
        return false;
    }
    return true;
}

bool narrow_recording(unsigned n_insns)
{
    return !narrow_is_over() && !narrow_is_waiting() && narrow_within(n_insns);
}

/* --- the flight recorder ------------------------------------------------------- */

bool narrow_keeps(void)
{
    return n_kept;
}

unsigned narrow_keepers(const struct narrow_code *code)
{
    unsigned found = 0;

    for (unsigned i = 0; i < n_kept; i++) {
        found |= is_there(&kept[i], code) ? 1u << i : 0;
    }
    return found;
}

bool narrow_keep_now(unsigned keepers)
{
    bool now = false;

    for (unsigned i = 0; i < n_kept; i++) {
        now |= (keepers & 1u << i) && atomic_fetch_add(&kept[i].arrivals, 1) + 1 == kept[i].wanted;
    }
    return now;
}
