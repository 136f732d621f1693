/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "plugin/qemu-api.h"

#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

QEMU_PLUGIN_EXPORT int qemu_plugin_version = CFLOW_API_NEEDED;

#pragma weak qemu_plugin_read_memory_vaddr
#pragma weak qemu_plugin_get_registers
#pragma weak qemu_plugin_path_to_binary /* not exported by 10.0's user-mode emulators */
#pragma weak qemu_plugin_read_register

/*
 * Declared here under another C name, because the header may be older than the
 * QEMU that loads us, and newer headers declare it with an enum of theirs.
 */
extern void discon_register(qemu_plugin_id_t id, int type,
                            qapi_discon_cb cb) __asm__("qemu_plugin_register_vcpu_discon_cb")
    __attribute__((weak));

extern bool translate_vaddr(uint64_t va, uint64_t *address) __asm__("qemu_plugin_translate_vaddr")
    __attribute__((weak));

bool qapi_translate(uint64_t va, uint64_t *address)
{
    return translate_vaddr && translate_vaddr(va, address);
}

bool qapi_announces(void)
{
    return discon_register != NULL && translate_vaddr != NULL;
}

extern bool write_memory(uint64_t addr, GByteArray *bytes) __asm__("qemu_plugin_write_memory_vaddr")
    __attribute__((weak));

char *qapi_program(void)
{
    return qemu_plugin_path_to_binary ? (char *)qemu_plugin_path_to_binary() : NULL;
}

bool qapi_register_discon(qemu_plugin_id_t id, qapi_discon_cb cb)
{
    if (!discon_register) {
        return false;
    }
    discon_register(id, QAPI_INTERRUPT | QAPI_EXCEPTION | QAPI_HOST_CALL, cb);
    return true;
}

bool qapi_read_host(uint64_t host, void *buf, size_t n)
{
    struct iovec local = {buf, n};
    struct iovec remote = {(void *)(uintptr_t)host, n};

    /* The kernel checks the address: another thread may unmap it any moment. */
    return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)n;
}

bool qapi_read_guest(uint64_t addr, void *buf, size_t n)
{
    if (!qemu_plugin_read_memory_vaddr) {
        return false;
    }
    g_autoptr(GByteArray) bytes = g_byte_array_sized_new((guint)n);
    if (!qemu_plugin_read_memory_vaddr(addr, bytes, n) || bytes->len < n) {
        return false;
    }
    memcpy(buf, bytes->data, n);
    return true;
}

bool qapi_can_retranslate(void)
{
    return write_memory != NULL;
}

/*
 * QEMU drops the translations of what a plugin writes to (cpu_memory_rw_debug() in its
 * accel/tcg/user-exec.c).  So the byte that is there is written again.
 */
bool qapi_retranslate(uint64_t addr, uint64_t host)
{
    static GByteArray *byte; /* recorder.text is locked */
    guint8 value;

    if (!write_memory || !qapi_read_host(host, &value, 1)) {
        return false;
    }
    if (!byte) {
        byte = g_byte_array_sized_new(1);
    }
    g_byte_array_set_size(byte, 0);
    g_byte_array_append(byte, &value, 1);
    return write_memory(addr, byte);
}

/* Handles are the same for every vCPU of a machine; slot numbers are ours. */
static struct qemu_plugin_register *handles[32];
static unsigned n_handles;

int qapi_find_register(const char *name)
{
    if (!qemu_plugin_get_registers || n_handles == G_N_ELEMENTS(handles)) {
        return -1;
    }
    g_autoptr(GArray) registers = qemu_plugin_get_registers();
    for (guint i = 0; i < registers->len; i++) {
        const qemu_plugin_reg_descriptor *r =
            &g_array_index(registers, qemu_plugin_reg_descriptor, i);
        if (g_str_equal(r->name, name)) {
            handles[n_handles] = r->handle;
            return (int)n_handles++;
        }
    }
    return -1;
}

bool qapi_read_register(int reg, uint64_t *value)
{
    if (reg < 0 || !qemu_plugin_read_register) {
        return false;
    }
    static __thread GByteArray *bytes; /* of a vCPU's thread, for as long as that lives */
    if (!bytes) {
        bytes = g_byte_array_sized_new(64);
    }
    g_byte_array_set_size(bytes, 0);
    int n = qemu_plugin_read_register(handles[reg], bytes);
    if (n <= 0 || n > 8) {
        return false;
    }
    *value = 0;
    for (int i = n; i-- > 0;) {
        *value = *value << 8 | bytes->data[i];
    }
    return true;
}
