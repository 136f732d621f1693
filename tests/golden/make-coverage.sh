#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make-coverage.sh DIR: makes DIR/cover.db, a profile of a small program, and below
# DIR/sysroot the program, /opt/demo/bin/cover, and its source, /src/cover.c.  Code
# and DWARF are written out, so that any assembler and compiler will do.
set -eu

mkdir -p "$1/sysroot/src" "$1/sysroot/opt/demo/bin"

cat > "$1/sysroot/src/cover.c" <<'SOURCE'
int clamp(int x)
{
	if (x < 0)
		return 0;
	return x;
}

int unused(int x) { return x ? 1 : 2; }

int main(void)
{
	for (int i = -1; i < 3; i++)
		clamp(i);
	return 0;
}
SOURCE

# The code is x86-64's.  DWARF 4: a unit with three functions.
${CC:-cc} -x assembler - -o "$1/sysroot/opt/demo/bin/cover" -nostdlib -static -no-pie \
    -Wl,--build-id=0x0c0ffee00c0ffee00c0ffee00c0ffee00c0ffee0,-Ttext=0x1000,-e,0 \
    -Wl,-z,noexecstack <<'ASM'
    .file 1 "/src/cover.c"
    /* A .loc is for the next instruction, and .byte is none: the second one puts
     * the first into the table. */
    .macro at line, column
    .loc 1 \line \column
    .loc 1 \line \column
    .endm
    .text
text:
    .globl clamp
    .type clamp, %function
clamp:
    at 2 1
    .byte 0x85, 0xff                    /* 1000 test %edi, %edi */
    at 3 5
    .byte 0x79, 0x03                    /* 1002 jns 1007 */
    at 4 9
    .byte 0x31, 0xc0, 0xc3              /* 1004 xor %eax, %eax; 1006 ret */
    at 5 5
    .byte 0x89, 0xf8                    /* 1007 mov %edi, %eax */
    at 6 1
    .byte 0xc3                          /* 1009 ret */
    .size clamp, .-clamp
    .globl unused
    .type unused, %function
unused:
    at 8 1
    .byte 0x85, 0xff, 0x74, 0x01, 0xc3  /* 100a test; 100c je 100f; 100e ret */
    .byte 0xc3                          /* 100f ret */
    .size unused, .-unused
    .globl main
    .type main, %function
main:
    at 11 1
    .byte 0x55                          /* 1010 push %rbp */
    at 12 14
    .byte 0xbb, 0xff, 0xff, 0xff, 0xff  /* 1011 mov $-1, %ebx */
    at 13 9
    .byte 0x89, 0xdf                    /* 1016 mov %ebx, %edi */
    .byte 0xe8, 0xe3, 0xff, 0xff, 0xff  /* 1018 call 1000 */
    at 12 30
    .byte 0xff, 0xc3                    /* 101d inc %ebx */
    at 12 22
    .byte 0x83, 0xfb, 0x03, 0x7c, 0xf2  /* 101f cmp $3, %ebx; 1022 jl 1016 */
    at 14 5
    .byte 0x31, 0xc0                    /* 1024 xor %eax, %eax */
    at 15 1
    .byte 0xc3                          /* 1026 ret */
    .size main, .-main
text_end:
    .macro function name, line, start, end
    .uleb128 2
    .asciz "\name"
    .byte 1, \line
    .8byte \start
    .8byte \end
    .endm
    .section .debug_info,"",%progbits
    .4byte 2f - 1f
1:  .2byte 4
    .4byte 0
    .byte 8
    .uleb128 1
    .asciz "/src/cover.c"
    .asciz "/src"
    .8byte text
    .8byte text_end
    .4byte 0
    function clamp, 1, clamp, unused
    function unused, 8, unused, main
    function main, 10, main, text_end
    .uleb128 0
2:
    .section .debug_abbrev,"",%progbits
    .uleb128 1, 0x11                    /* DW_TAG_compile_unit, children */
    .byte 1
    .uleb128 0x03, 0x08, 0x1b, 0x08, 0x11, 0x01, 0x12, 0x01, 0x10, 0x17, 0, 0
    .uleb128 2, 0x2e                    /* DW_TAG_subprogram */
    .byte 0
    .uleb128 0x03, 0x08, 0x3a, 0x0b, 0x3b, 0x0b, 0x11, 0x01, 0x12, 0x01, 0, 0
    .uleb128 0
    .section .debug_line,"",%progbits
ASM

rm -f "$1/cover.db"
{
    sed -n '/^PRAGMA/p; /^BEGIN/p; /^CREATE/p; /^INSERT INTO kind/,/;$/p' \
        "$(dirname "$0")/profile-v1.sql"
    cat <<'SQL'
INSERT INTO meta VALUES ('isa', 'x86_64'), ('mode', 'user'), ('engine', 'edge'), ('complete', 1),
  ('exact', 1), ('exact_except', 0), ('exact_note', ''), ('residual', 0), ('unexplained', 0),
  ('command', '["cover"]');
INSERT INTO process(id, pid, ppid, path, command, vcpus, transfers, residual, complete, end) VALUES(1, 100, 99, '/opt/demo/bin/cover', NULL, 1, 17, 0, 1, 'exit 0');
INSERT INTO module VALUES (0, '[outside]', NULL, 'outside'),
  (1, '/opt/demo/bin/cover', '0c0ffee00c0ffee00c0ffee00c0ffee00c0ffee0', 'elf');
INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES (1, 1, 0x1000, 0x1002, 2, 4, 4), (1, 1, 0x1004, 0x1006, 2, 1, 1),
  (1, 1, 0x1007, 0x1009, 2, 3, 3), (1, 1, 0x1010, 0x1018, 4, 1, 1),
  (1, 1, 0x1016, 0x1018, 2, 3, 3), (1, 1, 0x101d, 0x1022, 3, 4, 4),
  (1, 1, 0x1024, 0x1026, 2, 1, 1);
INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES (1, 0, 0, 1, 0x1010, 14, 1), (1, 1, 0x1018, 1, 0x1000, 4, 4),
  (1, 1, 0x1002, 1, 0x1007, 1, 3), (1, 1, 0x1002, 1, 0x1004, 2, 1),
  (1, 1, 0x1006, 1, 0x101d, 5, 1), (1, 1, 0x1009, 1, 0x101d, 5, 3),
  (1, 1, 0x1022, 1, 0x1016, 1, 3), (1, 1, 0x1022, 1, 0x1024, 2, 1),
  (1, 1, 0x1026, 0, 0, 15, 1);
COMMIT;
SQL
} | sqlite3 -bail "$1/cover.db"
