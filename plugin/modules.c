/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "plugin/modules.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/recorder.h"

/* One line of /proc/self/maps. */
struct mapping {
    uint64_t start, end; /* host addresses */
    uint64_t offset, inode;
    bool readable, executable_file;
    char *path; /* NULL: anonymous */
};

/* What is known of a stretch of guest addresses. */
struct range {
    uint64_t start, end; /* guest addresses */
    uint32_t module;
};

static GArray *mappings;    /* of struct mapping, ascending */
static GArray *ranges;      /* of struct range */
static GArray *anonymous;   /* of struct range: generated code, kept for good */
static GHashTable *known;   /* identity string -> module number + 1 */
static uint64_t guest_base; /* host address - guest address */
static bool have_base;
static GArray *guest_mappings; /* of struct range: what the guest's mmap calls made */
static GArray *writable;       /* of bool, by module */
static GPtrArray *records;     /* of const struct cflow_arena_module, by module */
static GArray *unprotected;    /* of struct range: made writable later */
static bool stale = true;      /* the host's list may have changed since it was read */

void modules_changed(uint64_t start, uint64_t n)
{
    g_mutex_lock(&recorder.lock);
    stale = true;
    for (guint i = ranges ? ranges->len : 0; i-- > 0;) {
        const struct range *r = &g_array_index(ranges, struct range, i);
        if (r->start < start + n && r->end > start) {
            g_array_remove_index_fast(ranges, i);
        }
    }
    g_mutex_unlock(&recorder.lock);
}

void modules_invalidate(void)
{
    modules_changed(0, UINT64_MAX);
}

uint64_t modules_host_of(uint64_t pc)
{
    return have_base ? pc + guest_base : 0;
}

/* --- the host's list of mappings ------------------------------------------- */

static void clear_mapping(void *data)
{
    g_free(((struct mapping *)data)->path);
}

/* The kernel writes a line's end as "\\012", and that itself in the same way. */
static char *real_path(const char *path, uint64_t inode)
{
    struct stat st;

    if (!strstr(path, "\\012") || (lstat(path, &st) == 0 && st.st_ino == inode)) {
        return g_strdup(path);
    }
    g_auto(GStrv) lines = g_strsplit(path, "\\012", -1);
    g_autofree char *other = g_strjoinv("\n", lines);
    return g_strdup(lstat(other, &st) == 0 && st.st_ino == inode ? other : path);
}

/* A hexadecimal number at *@at; the C library's function takes four times as long. */
static uint64_t hex(char **at)
{
    uint64_t n = 0;

    for (; g_ascii_isxdigit(**at); (*at)++) {
        n = n << 4 | (uint64_t)g_ascii_xdigit_value(**at);
    }
    return n;
}

static void parse_line(char *line)
{
    struct mapping m = {0};
    char *at = line;

    m.start = hex(&at);
    if (*at == '-') {
        at++;
        m.end = hex(&at);
    }
    if (m.end <= m.start || strlen(at) < 6) {
        return;
    }
    m.readable = at[1] == 'r';
    at += 5;
    at += *at == ' ';
    m.offset = hex(&at);
    at += strcspn(at + (*at == ' '), " ") + 1; /* the device */
    m.inode = strtoull(at, &at, 10);
    at += strspn(at, " ");
    m.path = *at == '/' ? real_path(at, m.inode) : NULL;
    g_array_append_val(mappings, m);
}

/*
 * Read with plain system calls: this runs inside the guest's process, for a
 * moment, and a descriptor held open there could be closed by the guest.
 */
static void read_mappings(void)
{
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return; /* after chroot, say: what was known is the best there is */
    }
    stale = false;
    g_array_set_size(mappings, 0);
    g_autoptr(GString) text = g_string_sized_new(64 * 1024);
    char buf[16 * 1024];
    for (ssize_t n; (n = read(fd, buf, sizeof(buf))) > 0;) {
        g_string_append_len(text, buf, n);
    }
    close(fd);
    for (char *line = text->str, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        parse_line(line);
    }
}

static struct mapping *mapping_of(uint64_t host)
{
    guint low = 0, high = mappings->len;

    while (low < high) {
        guint middle = (low + high) / 2;
        struct mapping *m = &g_array_index(mappings, struct mapping, middle);
        if (host < m->start) {
            high = middle;
        } else if (host >= m->end) {
            low = middle + 1;
        } else {
            return m;
        }
    }
    return NULL;
}

/* The mapping of the same file that holds its first bytes, at or below @m. */
static struct mapping *first_of_file(struct mapping *m)
{
    struct mapping *first = &g_array_index(mappings, struct mapping, 0);

    for (struct mapping *at = m; at >= first; at--) {
        if (g_strcmp0(at->path, m->path) == 0 && at->inode == m->inode && at->offset == 0) {
            return at;
        }
    }
    return NULL;
}

/*
 * The nearest anonymous mapping that begins with an ELF header, at @m or below
 * it without a gap.
 */
static struct mapping *first_of_image(struct mapping *m)
{
    struct mapping *first = &g_array_index(mappings, struct mapping, 0);
    char magic[SELFMAG];

    for (;; m--) {
        if (qapi_read_host(m->start, magic, SELFMAG) && memcmp(magic, ELFMAG, SELFMAG) == 0) {
            return m;
        }
        if (m == first || m[-1].path || m[-1].end != m->start) {
            return NULL;
        }
    }
}

/* --- ELF, as it lies in memory --------------------------------------------- */

struct elf {
    uint64_t bias; /* guest address - link-time address */
    uint8_t build_id[64];
    unsigned n_build_id;
    bool writable; /* the segment with the code is */
};

struct segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, filesz;
};

static void read_segment(const uint8_t *raw, bool is64, struct segment *out)
{
    if (is64) {
        Elf64_Phdr p;
        memcpy(&p, raw, sizeof(p));
        *out = (struct segment){p.p_type, p.p_flags, p.p_offset, p.p_vaddr, p.p_filesz};
    } else {
        Elf32_Phdr p;
        memcpy(&p, raw, sizeof(p));
        *out = (struct segment){p.p_type, p.p_flags, p.p_offset, p.p_vaddr, p.p_filesz};
    }
}

static void read_notes(const uint8_t *notes, size_t n, struct elf *elf)
{
    while (n >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr note;
        memcpy(&note, notes, sizeof(note));
        size_t name = (note.n_namesz + 3u) & ~3u, desc = (note.n_descsz + 3u) & ~3u;
        if (name > n || desc > n || sizeof(note) + name + desc > n) {
            return;
        }
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp(notes + sizeof(note), "GNU", 4) == 0 && note.n_descsz <= sizeof(elf->build_id)) {
            elf->n_build_id = note.n_descsz;
            memcpy(elf->build_id, notes + sizeof(note) + name, note.n_descsz);
        }
        notes += sizeof(note) + name + desc;
        n -= sizeof(note) + name + desc;
    }
}

/*
 * Read the ELF headers at host address @header; @offset is the file offset of
 * guest address @pc.  False if there is no ELF file.
 */
static bool read_elf(uint64_t header, uint64_t pc, uint64_t offset, struct elf *elf)
{
    union {
        Elf64_Ehdr e64;
        Elf32_Ehdr e32;
        uint8_t raw[64];
    } eh;
    uint8_t phdrs[64 * sizeof(Elf64_Phdr)], notes[512];

    if (!qapi_read_host(header, &eh, sizeof(eh)) || memcmp(eh.raw, ELFMAG, SELFMAG) != 0) {
        return false;
    }
    bool is64 = eh.raw[EI_CLASS] == ELFCLASS64;
    uint64_t phoff = is64 ? eh.e64.e_phoff : eh.e32.e_phoff;
    unsigned n = MIN(is64 ? eh.e64.e_phnum : eh.e32.e_phnum, 64u);
    size_t size = is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    if (!qapi_read_host(header + phoff, phdrs, n * size)) {
        return false;
    }
    bool found = false;
    for (unsigned i = 0; i < n; i++) {
        struct segment s;
        read_segment(phdrs + i * size, is64, &s);
        /* Neighbours share a page of the file, so only the one with code counts. */
        if (s.type == PT_LOAD && (s.flags & PF_X) && offset >= s.offset &&
            offset - s.offset < s.filesz) {
            elf->bias = pc - (s.vaddr + (offset - s.offset));
            elf->writable = s.flags & PF_W;
            found = true;
        } else if (s.type == PT_NOTE) {
            if (s.filesz <= sizeof(notes) && qapi_read_host(header + s.offset, notes, s.filesz)) {
                read_notes(notes, s.filesz, elf);
            }
        }
    }
    return found;
}

/* QEMU gives the guest a vdso of its own, in memory without a file. */
static bool is_vdso(uint64_t header, uint64_t end)
{
    uint8_t image[8192];
    size_t n = MIN(end - header, sizeof(image));

    return qapi_read_host(header, image, n) &&
           (memmem(image, n, "linux-vdso", 10) || memmem(image, n, "linux-gate", 10) ||
            memmem(image, n, "LINUX_", 6));
}

/* --- modules --------------------------------------------------------------- */

static uint32_t log_module(enum cflow_arena_module_kind kind, const char *path,
                           const struct elf *elf, uint64_t start, uint64_t end, uint64_t bias)
{
    uint32_t n_path = (uint32_t)strlen(path), n_build_id = elf ? elf->n_build_id : 0;
    uint32_t size = ((uint32_t)sizeof(struct cflow_arena_module) + n_path + n_build_id + 7) & ~7u;

    g_autofree char *id = g_strdup_printf("%u %" G_GINT64_MODIFIER "x %s", kind, bias, path);
    void *number = g_hash_table_lookup(known, id);
    if (number) {
        return GPOINTER_TO_UINT(number) - 1;
    }
    struct cflow_arena_log *log = &recorder.process->modules;
    struct cflow_arena_module *m = cflow_arena_append(&recorder.arena, log, size);
    if (!m) {
        return UINT32_MAX;
    }
    m->kind = kind;
    m->start = start;
    m->end = end;
    m->bias = bias;
    m->n_build_id = n_build_id;
    m->n_path = n_path;
    if (n_build_id) {
        memcpy(m->data, elf->build_id, n_build_id);
    }
    memcpy(m->data + n_build_id, path, n_path);
    bool can_write = kind == CFLOW_ARENA_ANON || kind == CFLOW_ARENA_FILE || (elf && elf->writable);
    g_array_append_val(writable, can_write);
    g_ptr_array_add(records, m);
    uint32_t place = recorder.process->parent_modules + atomic_load(&log->n);
    cflow_arena_publish(&recorder.arena, log, size);
    g_hash_table_insert(known, g_steal_pointer(&id), GUINT_TO_POINTER(place + 1));
    return place;
}

static uint32_t remember(uint64_t start, uint64_t end, uint32_t module)
{
    struct range range = {start, end, module};

    g_array_append_val(ranges, range);
    return module;
}

void modules_mapped(uint64_t start, uint64_t n)
{
    struct range range = {start, start + n, 0};

    g_mutex_lock(&recorder.lock);
    if (!guest_mappings) {
        guest_mappings = g_array_new(FALSE, FALSE, sizeof(struct range));
    }
    for (guint i = guest_mappings->len; i-- > 0;) {
        const struct range *r = &g_array_index(guest_mappings, struct range, i);
        if (r->start >= range.start && r->end <= range.end) {
            g_array_remove_index_fast(guest_mappings, i); /* mapped over */
        }
    }
    g_array_append_val(guest_mappings, range);
    g_mutex_unlock(&recorder.lock);
}

/* The host joins neighbours; the guest's own call says what belongs together. */
static void narrow(uint64_t pc, uint64_t *start, uint64_t *end)
{
    for (guint i = guest_mappings ? guest_mappings->len : 0; i-- > 0;) {
        const struct range *r = &g_array_index(guest_mappings, struct range, i);
        if (pc >= r->start && pc < r->end) {
            *start = MAX(*start, r->start);
            *end = MIN(*end, r->end);
            return;
        }
    }
}

static uint32_t anonymous_module(uint64_t pc, uint64_t start, uint64_t end)
{
    narrow(pc, &start, &end);
    for (guint i = 0; i < anonymous->len; i++) {
        struct range *r = &g_array_index(anonymous, struct range, i);
        if (pc >= r->start && pc < r->end) {
            return r->module;
        }
        /* The kernel joins neighbours: keep what was told apart before. */
        start = r->end <= pc ? MAX(start, r->end) : start;
        end = r->start > pc ? MIN(end, r->start) : end;
    }
    g_autofree char *name =
        g_strdup_printf("[anon:%u]", atomic_fetch_add(&recorder.arena.header->n_anonymous, 1) + 1);
    struct range range = {start, end, log_module(CFLOW_ARENA_ANON, name, NULL, start, end, start)};
    g_array_append_val(anonymous, range);
    return range.module;
}

static uint32_t identify(uint64_t pc, uint64_t host)
{
    if (stale) {
        read_mappings();
    }
    struct mapping *m = mapping_of(host);
    struct elf elf = {0};

    if (!m) { /* grown since without a call we watch: brk, say */
        read_mappings();
        m = mapping_of(host);
    }
    if (!m) {
        return anonymous_module(pc, pc & ~0xfffull, (pc & ~0xfffull) + 0x1000);
    }
    uint64_t start = m->start - guest_base, end = m->end - guest_base;
    if (m->path) {
        uint64_t offset = host - m->start + m->offset;
        struct mapping *first = first_of_file(m);
        if (first && read_elf(first->start, pc, offset, &elf)) {
            return remember(start, end,
                            log_module(CFLOW_ARENA_ELF, m->path, &elf, start, end, elf.bias));
        }
        return remember(start, end,
                        log_module(CFLOW_ARENA_FILE, m->path, NULL, start, end, start - m->offset));
    }
    struct mapping *first = first_of_image(m);
    if (first && is_vdso(first->start, m->end)) {
        /* QEMU has relocated the headers: they hold addresses, not offsets. */
        uint64_t base = first->start - guest_base;
        read_elf(first->start, pc, host - first->start, &elf);
        return remember(start, end, log_module(CFLOW_ARENA_VDSO, "[vdso]", &elf, start, end, base));
    }
    return anonymous_module(pc, start, end);
}

const struct cflow_arena_module *modules_record(uint32_t module)
{
    return records && module < records->len ? g_ptr_array_index(records, module) : NULL;
}

bool modules_writable(uint32_t module, uint64_t pc)
{
    if (module >= writable->len || g_array_index(writable, bool, module)) {
        return true;
    }
    for (guint i = 0; unprotected && i < unprotected->len; i++) {
        const struct range *r = &g_array_index(unprotected, struct range, i);
        if (pc >= r->start && pc < r->end) {
            return true;
        }
    }
    return false;
}

void modules_unprotect(uint64_t pc, uint64_t n)
{
    struct range range = {pc & ~0xfffull, pc + n, 0};
    bool known_already = false;

    g_mutex_lock(&recorder.text);
    g_mutex_lock(&recorder.lock);
    if (!unprotected) {
        unprotected = g_array_new(FALSE, TRUE, sizeof(struct range));
    }
    for (guint i = 0; i < unprotected->len; i++) {
        const struct range *r = &g_array_index(unprotected, struct range, i);
        known_already |= r->start <= range.start && r->end >= range.end;
    }
    /* Only where code has run: programs unprotect much data. */
    for (guint i = 0; ranges && !known_already && i < ranges->len; i++) {
        const struct range *r = &g_array_index(ranges, struct range, i);
        if (range.start < r->end && range.end > r->start) {
            g_array_append_val(unprotected, range);
            break;
        }
    }
    g_mutex_unlock(&recorder.lock);
    g_mutex_unlock(&recorder.text);
}

bool modules_retranslate(uint32_t module, uint64_t pc)
{
    g_mutex_lock(&recorder.text);
    g_mutex_lock(&recorder.lock);
    bool still = !modules_writable(module, pc);
    g_mutex_unlock(&recorder.lock); /* QEMU locks mappings, and translates under that lock */
    bool done = still && qapi_retranslate(pc, modules_host_of(pc));
    g_mutex_unlock(&recorder.text);
    return done;
}

static void prepare(void)
{
    if (!known) {
        mappings = g_array_new(FALSE, TRUE, sizeof(struct mapping));
        g_array_set_clear_func(mappings, clear_mapping);
        ranges = g_array_new(FALSE, TRUE, sizeof(struct range));
        records = g_ptr_array_new();
        writable = g_array_new(FALSE, FALSE, sizeof(bool));
        anonymous = g_array_new(FALSE, TRUE, sizeof(struct range));
        known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    }
}

/* The module of a machine's code that is number @i at its address. */
static uint32_t guest_module(guint i)
{
    static GArray *numbers; /* uint32_t + 1; 0: not made so far */

    if (!numbers) {
        numbers = g_array_new(FALSE, TRUE, sizeof(uint32_t));
    }
    if (numbers->len <= i) {
        g_array_set_size(numbers, i + 1);
    }
    uint32_t *number = &g_array_index(numbers, uint32_t, i);
    if (!*number) {
        g_autofree char *name = i ? g_strdup_printf("[guest:%u]", i + 1) : g_strdup("[guest]");
        *number = log_module(CFLOW_ARENA_ABSOLUTE, name, NULL, 0, UINT64_MAX, 0) + 1;
    }
    return *number - 1;
}

/* Pages that have been at an address: at most so many are told apart. */
#define MOST_PAGES 4096

static void free_pages(gpointer pages)
{
    g_array_unref(pages);
}

uint32_t modules_find_user(uint64_t pc, uint64_t host)
{
    static GHashTable *seen; /* page of addresses -> array of the pages of memory behind it */
    uint64_t at = pc >> 12, page = host >> 12;
    guint i = 0;

    prepare();
    seen = seen ? seen : g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_pages);
    GArray *pages = g_hash_table_lookup(seen, &at);
    if (!pages) {
        pages = g_array_new(FALSE, FALSE, sizeof(page));
        g_hash_table_insert(seen, g_memdup2(&at, sizeof(at)), pages);
    }
    while (i < pages->len && g_array_index(pages, uint64_t, i) != page) {
        i++;
    }
    if (i == pages->len && i < MOST_PAGES) {
        g_array_append_val(pages, page);
    }
    return guest_module(i);
}

uint32_t modules_find(uint64_t pc, uint64_t host)
{
    prepare();
    if (recorder.system) {
        return guest_module(0);
    }
    if (!host) {
        return log_module(CFLOW_ARENA_ABSOLUTE, "[kernel]", NULL, 0, UINT64_MAX, 0);
    }
    if (!have_base) {
        guest_base = host - pc;
        have_base = true;
    }
    for (guint i = ranges->len; i-- > 0;) {
        struct range *r = &g_array_index(ranges, struct range, i);
        if (pc >= r->start && pc < r->end) {
            return r->module;
        }
    }
    return identify(pc, host);
}
