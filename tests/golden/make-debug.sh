#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make-debug.sh DIR: below DIR, like /usr/lib/debug, the debug information of
# the program of profile-v1.  DWARF 4 by hand, so that every compiler makes the
# same: main() with an inlined call in an inlined call, and on_signal().
set -eu

dir=$1/.build-id/00
mkdir -p "$dir"
${CC:-cc} -x assembler - -o "$dir/112233445566778899aabbccddeeff00112233.debug" -nostdlib -static \
    -no-pie -Wl,--build-id=0x00112233445566778899aabbccddeeff00112233,-Ttext=0x1000,-e,0 \
    -Wl,-z,noexecstack <<'ASM'
    .file 1 "demo.c"
    .file 2 "include/check.h"
    .macro line file, line, column, size
    .loc \file \line \column
0:  nop                     # a row needs an instruction
    .skip \size - (. - 0b)
    .endm
    .text
.Lmain:
    line 1, 20, 1, 0x10
    line 1, 22, 9, 0x10
    line 2, 7, 12, 0x8      # 0x1020, in check() in step()
    line 1, 12, 5, 0x8      # in step()
    line 1, 25, 3, 0x10     # 0x1030
    line 1, 26, 17, 0xc0    # 0x1040
.Lon_signal:
    line 1, 40, 1, 0x40
.Lend:

    .section .debug_line,"",@progbits
.Lline:
    .section .debug_abbrev,"",@progbits
    .uleb128 1, 0x11        # compile_unit
    .byte 1
    .uleb128 0x3, 0x8, 0x1b, 0x8, 0x11, 0x1, 0x12, 0x7, 0x10, 0x17, 0, 0
    .uleb128 2, 0x2e        # subprogram: name, file, line, begin, size
    .byte 1
    .uleb128 0x3, 0x8, 0x3a, 0xb, 0x3b, 0xb, 0x11, 0x1, 0x12, 0x7, 0, 0
    .uleb128 3, 0x2e        # inlined everywhere: linkage name, file, line
    .byte 0
    .uleb128 0x6e, 0x8, 0x3a, 0xb, 0x3b, 0xb, 0x20, 0xb, 0, 0
    .uleb128 4, 0x1d        # inlined call: origin, begin, size, file, line, column
    .byte 1
    .uleb128 0x31, 0x13, 0x11, 0x1, 0x12, 0x7, 0x58, 0xb, 0x59, 0xb, 0x57, 0xb, 0, 0
    .byte 0
    .section .debug_info,"",@progbits
.Linfo:
    .long .Linfo_end - .Linfo_start
.Linfo_start:
    .value 4
    .long .debug_abbrev
    .byte 8
    .uleb128 1
    .asciz "demo.c"
    .asciz "/opt/demo/src"
    .quad .Lmain, .Lend - .Lmain
    .long .Lline
.Lcheck:
    .uleb128 3
    .asciz "_ZN4demo5checkEi"
    .byte 2, 5, 1
.Lstep:
    .uleb128 3
    .asciz "_ZN4demo4stepERKSs"
    .byte 1, 10, 1
    .uleb128 2
    .asciz "main"
    .byte 1, 20
    .quad .Lmain, 0x100
    .uleb128 4
    .long .Lstep - .Linfo
    .quad .Lmain + 0x20, 0x10
    .byte 1, 23, 5
    .uleb128 4
    .long .Lcheck - .Linfo
    .quad .Lmain + 0x20, 0x8
    .byte 1, 11, 9
    .byte 0, 0, 0
    .uleb128 2
    .asciz "on_signal"
    .byte 1, 39
    .quad .Lon_signal, 0x40
    .byte 0, 0
.Linfo_end:
ASM
