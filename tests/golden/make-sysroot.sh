#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make-sysroot.sh DIR: below DIR, ELF files for the modules of profile-v1, with
# symbols where the profile has code.  No instructions, so any assembler will do.
set -eu

link() { # output, build-id, address; assembly on stdin
    mkdir -p "$(dirname "$1")"
    ${CC:-cc} -x assembler - -o "$1" -nostdlib -static -no-pie \
        -Wl,--build-id=0x"$2",-Ttext="$3",-e,0 -Wl,-z,noexecstack
}

link "$1/opt/demo/bin/demo" 00112233445566778899aabbccddeeff00112233 0x1000 <<'ASM'
    .text
    .globl main
    .type main, %function
main:
    .skip 0x100
    .size main, .-main
    .type on_signal, %function
on_signal:
    .skip 0x40
    .size on_signal, .-on_signal
    .type a_function_with_quite_a_long_name_for_a_table, %function
a_function_with_quite_a_long_name_for_a_table:
    .skip 0xc0
    .size a_function_with_quite_a_long_name_for_a_table, .-a_function_with_quite_a_long_name_for_a_table
    .globl _start
_start:
    .skip 0x40
ASM

link "$1/opt/demo/lib/libwork.so.1" ffeeddccbbaa99887766554433221100ffeeddcc 0x2000 <<'ASM'
    .text
    .globl work
    .type work, %function
work:
    .skip 0x200
    .size work, .-work
    .type helper, %function
helper:
    .skip 0x40
    .size helper, .-helper
ASM
