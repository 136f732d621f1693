/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#define HEAD 4096

/* ELF machine -> QEMU target, and where Debian keeps that machine's libraries. */
static const struct {
    unsigned machine, class, data;
    const char *isa, *triplet;
} machines[] = {
    {EM_X86_64, ELFCLASS64, ELFDATA2LSB, "x86_64", "x86_64-linux-gnu"},
    {EM_386, ELFCLASS32, ELFDATA2LSB, "i386", "i686-linux-gnu"},
    {EM_AARCH64, ELFCLASS64, ELFDATA2LSB, "aarch64", "aarch64-linux-gnu"},
    {EM_AARCH64, ELFCLASS64, ELFDATA2MSB, "aarch64_be", NULL},
    {EM_ARM, ELFCLASS32, ELFDATA2LSB, "arm", "arm-linux-gnueabihf"},
    {EM_ARM, ELFCLASS32, ELFDATA2MSB, "armeb", NULL},
    {EM_RISCV, ELFCLASS64, ELFDATA2LSB, "riscv64", "riscv64-linux-gnu"},
    {EM_RISCV, ELFCLASS32, ELFDATA2LSB, "riscv32", NULL},
    {EM_PPC64, ELFCLASS64, ELFDATA2LSB, "ppc64le", "powerpc64le-linux-gnu"},
    {EM_PPC64, ELFCLASS64, ELFDATA2MSB, "ppc64", NULL},
    {EM_PPC, ELFCLASS32, ELFDATA2MSB, "ppc", NULL},
    {EM_S390, ELFCLASS64, ELFDATA2MSB, "s390x", "s390x-linux-gnu"},
    {EM_SPARCV9, ELFCLASS64, ELFDATA2MSB, "sparc64", NULL},
    {EM_MIPS, ELFCLASS32, ELFDATA2LSB, "mipsel", "mipsel-linux-gnu"},
    {EM_MIPS, ELFCLASS32, ELFDATA2MSB, "mips", NULL},
    {EM_MIPS, ELFCLASS64, ELFDATA2LSB, "mips64el", "mips64el-linux-gnuabi64"},
    {258 /* EM_LOONGARCH */, ELFCLASS64, ELFDATA2LSB, "loongarch64", "loongarch64-linux-gnu"},
};

static bool not_found(const char *name, GError **error)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                strchr(name, '/') ? "%s: no such program" : "%s: no such program in $PATH", name);
    return false;
}

static bool read_head(const char *path, unsigned char *head, size_t *n, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, head, HEAD) : -1;

    if (got < 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path,
                    g_strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    *n = got > 0 ? (size_t)got : 0;
    return got >= 0;
}

static unsigned half(const unsigned char *p, bool big)
{
    return big ? (unsigned)(p[0] << 8 | p[1]) : (unsigned)(p[1] << 8 | p[0]);
}

/* The dynamic linker that the program names, if its header is in @head. */
static char *dynamic_linker(const unsigned char *head, size_t n)
{
    bool is64 = head[EI_CLASS] == ELFCLASS64;
    Elf64_Ehdr e64;
    Elf32_Ehdr e32;
    memcpy(&e64, head, sizeof(e64));
    memcpy(&e32, head, sizeof(e32));
    uint64_t phoff = is64 ? e64.e_phoff : e32.e_phoff;
    size_t size = is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    unsigned count = is64 ? e64.e_phnum : e32.e_phnum;

    if (head[EI_DATA] != ELFDATA2LSB) {
        return NULL;
    }
    for (unsigned i = 0; i < count && phoff <= n && n - phoff >= (i + 1) * size; i++) {
        Elf64_Phdr p64;
        Elf32_Phdr p32;
        const unsigned char *at = head + phoff + i * size;
        memcpy(is64 ? (void *)&p64 : (void *)&p32, at, size);
        uint32_t type = is64 ? p64.p_type : p32.p_type;
        uint64_t off = is64 ? p64.p_offset : p32.p_offset;
        uint64_t len = is64 ? p64.p_filesz : p32.p_filesz;
        if (type == PT_INTERP && off < n && len <= n - off) {
            return g_strndup((const char *)head + off, len);
        }
    }
    return NULL;
}

static bool identify_elf(const char *path, const unsigned char *head, size_t n,
                         struct program *program, GError **error)
{
    unsigned machine = half(head + 18, head[EI_DATA] == ELFDATA2MSB);

    for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
        if (machines[i].machine != machine || machines[i].class != head[EI_CLASS] ||
            machines[i].data != head[EI_DATA]) {
            continue;
        }
        g_strlcpy(program->isa, machines[i].isa, sizeof(program->isa));
        g_autofree char *linker = dynamic_linker(head, n);
        if (linker && machines[i].triplet && !g_getenv("QEMU_LD_PREFIX") &&
            access(linker, F_OK) != 0) {
            g_autofree char *prefix = g_strdup_printf("/usr/%s", machines[i].triplet);
            g_autofree char *there = g_strconcat(prefix, linker, NULL);
            if (access(there, F_OK) == 0) {
                program->library_prefix = g_steal_pointer(&prefix);
            }
        }
        return true;
    }
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                "%s: made for a machine (ELF machine %u) that qemu-cflow does not know; "
                "name the emulator yourself: record -- qemu-... %s",
                path, machine, path);
    return false;
}

/* "#!/bin/sh -e": the interpreter is what runs under QEMU. */
static bool identify_script(const unsigned char *head, size_t n, struct program *program,
                            GError **error)
{
    const unsigned char *end = memchr(head, '\n', n);
    g_autofree char *line = g_strndup((const char *)head + 2, (end ? end : head + n) - head - 2);
    char *name = g_strstrip(line);
    char *argument = name + strcspn(name, " \t");

    if (*argument) {
        *argument++ = '\0';
        argument += strspn(argument, " \t");
    }
    struct program inner = {0};
    if (!*name) {
        return not_found("#!", error);
    }
    if (!program_identify_file(name, &inner, error)) {
        return false;
    }
    if (inner.interpreter) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                    "%s: its interpreter %s is a script too", program->path, name);
        program_clear(&inner);
        return false;
    }
    program->interpreter = g_steal_pointer(&inner.path);
    program->interpreter_argument = argument && *argument ? g_strdup(argument) : NULL;
    memcpy(program->isa, inner.isa, sizeof(program->isa));
    program->library_prefix = g_steal_pointer(&inner.library_prefix);
    program_clear(&inner);
    return true;
}

/* program->path is set. */
static bool identify(const char *name, struct program *program, GError **error)
{
    unsigned char head[HEAD] = {0};
    size_t n;

    if (access(program->path, F_OK) != 0) {
        return not_found(name, error);
    }
    if (g_file_test(program->path, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY, "%s: is a directory", name);
        return false;
    }
    if (!read_head(program->path, head, &n, error)) {
        return false;
    }
    if (n >= sizeof(Elf32_Ehdr) && memcmp(head, ELFMAG, SELFMAG) == 0) {
        return identify_elf(name, head, n, program, error);
    }
    if (n > 2 && head[0] == '#' && head[1] == '!') {
        return identify_script(head, n, program, error);
    }
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                "%s: not an ELF program; give a program that QEMU can run", name);
    return false;
}

bool program_identify_file(const char *path, struct program *program, GError **error)
{
    *program = (struct program){.path = g_strdup(path)};
    if (!identify(path, program, error)) {
        program_clear(program);
        return false;
    }
    return true;
}

bool program_identify(const char *name, struct program *program, GError **error)
{
    g_autofree char *path = strchr(name, '/') ? g_strdup(name) : g_find_program_in_path(name);
    g_autofree char *base = g_path_get_basename(name);

    *program = (struct program){0};
    if (g_str_has_prefix(name, "qemu-system-") && !strchr(name, '/')) {
        /* Of this name, wherever there is one that can do it. */
        program->is_qemu = true;
        g_strlcpy(program->isa, name + strlen("qemu-"), sizeof(program->isa));
        return true;
    }
    if (!path || access(path, F_OK) != 0) {
        return not_found(name, error);
    }
    if (g_str_has_prefix(base, "qemu-") && !g_str_has_prefix(base, "qemu-cflow") &&
        !g_file_test(path, G_FILE_TEST_IS_DIR)) {
        program->path = g_steal_pointer(&path);
        program->is_qemu = true;
        g_strlcpy(program->isa, base + strlen("qemu-"), sizeof(program->isa));
        return true;
    }
    program->path = g_steal_pointer(&path);
    if (!identify(name, program, error)) {
        program_clear(program);
        return false;
    }
    return true;
}

const char *program_file(const struct program *program)
{
    return program->is_qemu ? NULL : program->interpreter ? program->interpreter : program->path;
}

const char *program_machine(size_t i, struct cflow_arena_machine *machine)
{
    if (i >= G_N_ELEMENTS(machines)) {
        return NULL;
    }
    *machine = (struct cflow_arena_machine){
        .machine = (uint16_t)machines[i].machine,
        .class = (uint8_t)machines[i].class,
        .data = (uint8_t)machines[i].data,
    };
    return machines[i].isa;
}

void program_clear(struct program *program)
{
    g_free(program->path);
    g_free(program->interpreter);
    g_free(program->interpreter_argument);
    g_free(program->library_prefix);
    *program = (struct program){0};
}
