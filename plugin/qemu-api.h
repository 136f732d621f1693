/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every call into QEMU goes through here, so that one library loads in QEMU
 * 9.1 to 10.2 (plugin API 3 to 5): what came after API 3 is a weak symbol and
 * may be absent.  Needs the header of a QEMU of that range, as installed.
 */
#ifndef CFLOW_QEMU_API_H
#define CFLOW_QEMU_API_H

#include <glib.h>
#include <qemu-plugin.h>
#include <stdbool.h>
#include <stdint.h>

/* The oldest API with conditional callbacks and inline stores (QEMU 9.1). */
#define CFLOW_API_NEEDED 3

/* What happened to a vCPU, as told since QEMU 10.2. */
enum qapi_discon {
    QAPI_INTERRUPT = 1,
    QAPI_EXCEPTION = 2,
    QAPI_HOST_CALL = 4
};
typedef void (*qapi_discon_cb)(qemu_plugin_id_t id, unsigned int vcpu, int type, uint64_t from,
                               uint64_t to);

/* The program that user mode runs, to be freed; NULL if this QEMU does not tell. */
char *qapi_program(void);

/* Ask for all discontinuities; false if this QEMU cannot tell. */
bool qapi_register_discon(qemu_plugin_id_t id, qapi_discon_cb cb);

/* Does this QEMU tell of discontinuities, and where virtual addresses are (10.2)? */
bool qapi_announces(void);

/* On a vCPU's thread: the physical address of @va as it is mapped now; false if it is not. */
bool qapi_translate(uint64_t va, uint64_t *address);

/* Read @n bytes of guest memory at @addr from a vCPU's callback. */
bool qapi_read_guest(uint64_t addr, void *buf, size_t n);

/*
 * As qapi_read_guest() in user mode, without QEMU's help: @host_offset is host
 * minus guest address.  Unmapped memory is an error, not a crash.
 */
bool qapi_read_host(uint64_t host, void *buf, size_t n);

/* Does this QEMU have what qapi_retranslate() needs (10.2)? */
bool qapi_can_retranslate(void);

/*
 * Have QEMU translate anew what it translated of the instruction at @addr (@host in our
 * own memory), from a vCPU's callback while the guest has one thread.  The code there
 * must not be writable for the guest.  False if it did not work this time.
 */
bool qapi_retranslate(uint64_t addr, uint64_t host);

/* A register of the current vCPU by one of its names (QEMU's gdb names); -1 if absent. */
int qapi_find_register(const char *name);

/* Its value, zero-extended; false if it cannot be read here. */
bool qapi_read_register(int reg, uint64_t *value);

#endif
