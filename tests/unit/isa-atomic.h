/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What QEMU may have to run again by itself, once there are threads: the same
 * check for each decoder.  Include it after <cmocka.h>.
 */
#ifndef CFLOW_TEST_ISA_ATOMIC_H
#define CFLOW_TEST_ISA_ATOMIC_H

#include "isa/isa-internal.h"

struct isa_access {
    uint8_t bytes[8];
    size_t n;
    enum isa_mode mode;
    bool atomic; /* is it to be decoded as ISA_ATOMIC? */
};

static void check_atomic(const struct isa *isa, const struct isa_access *accesses, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct isa_access *a = &accesses[i];
        struct isa_insn insn;

        isa_decode_exact(isa, 0x1000, a->bytes, a->n, a->mode, &insn);
        assert_int_equal(insn.class, ISA_PLAIN);
        assert_int_equal((insn.flags & ISA_ATOMIC) != 0, a->atomic);
    }
}

#endif
