#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make-switch.sh DIR: makes DIR/switch.db, a profile of a small program with a switch
# statement, and below DIR/sysroot the program, /opt/demo/bin/switch, and its source,
# /src/switch.c.  As in make-coverage.sh code and DWARF are written out.
set -eu

mkdir -p "$1/sysroot/src" "$1/sysroot/opt/demo/bin"

cat > "$1/sysroot/src/switch.c" <<'SOURCE'
int pick(unsigned x)
{
	switch (x) {
	case 0:
		return 1;
	case 1:
		return 2;
	default:
		return 0;
	}
}

int main(void)
{
	pick(0);
	pick(5);
}
SOURCE

${CC:-cc} -x assembler - -o "$1/sysroot/opt/demo/bin/switch" -nostdlib -static -no-pie \
    -Wl,--build-id=0x5e5ec7ed5e5ec7ed5e5ec7ed5e5ec7ed5e5ec7ed,-Ttext=0x1000,-e,0 \
    -Wl,--section-start=.rodata=0x2000,-z,noexecstack <<'ASM'
    .file 1 "/src/switch.c"
    .macro at line, column
    .loc 1 \line \column
    .loc 1 \line \column
    .endm
    .text
text:
    .globl pick
    .type pick, %function
pick:
    at 3 2
    .byte 0x83, 0xff, 0x02, 0x77, 0x0f  /* 1000 cmp $2, %edi; 1003 ja 1014 */
    .byte 0x89, 0xff                    /* 1005 mov %edi, %edi */
    .byte 0xff, 0x24, 0xfd, 0, 0x20, 0, 0 /* 1007 jmp *0x2000(, %rdi, 8) */
    at 5 3
    .byte 0xb0, 0x01, 0xc3              /* 100e mov $1, %al; 1010 ret */
    at 7 3
    .byte 0xb0, 0x02, 0xc3              /* 1011 mov $2, %al; 1013 ret */
    at 9 3
    .byte 0x31, 0xc0, 0xc3              /* 1014 xor %eax, %eax; 1016 ret */
    .size pick, .-pick
    .globl main
    .type main, %function
main:
    at 15 2
    .byte 0xbf, 0, 0, 0, 0              /* 1017 mov $0, %edi */
    .byte 0xe8, 0xdf, 0xff, 0xff, 0xff  /* 101c call 1000 */
    at 16 2
    .byte 0xbf, 5, 0, 0, 0              /* 1021 mov $5, %edi */
    .byte 0xe8, 0xd5, 0xff, 0xff, 0xff  /* 1026 call 1000 */
    at 17 1
    .byte 0xc3                          /* 102b ret */
    .size main, .-main
text_end:
    .section .rodata,"a",%progbits
    .8byte 0x100e, 0x1011, 0x1014       /* 2 is not among the cases */
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
    .asciz "/src/switch.c"
    .asciz "/src"
    .8byte text
    .8byte text_end
    .4byte 0
    function pick, 1, pick, main
    function main, 13, main, text_end
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

rm -f "$1/switch.db"
{
    sed -n '/^PRAGMA/p; /^BEGIN/p; /^CREATE/p; /^INSERT INTO kind/,/;$/p' \
        "$(dirname "$0")/profile-v1.sql"
    cat <<'SQL'
INSERT INTO meta VALUES ('isa', 'x86_64'), ('mode', 'user'), ('engine', 'edge'), ('complete', 1),
  ('exact', 1), ('exact_except', 0), ('exact_note', ''), ('residual', 0), ('unexplained', 0),
  ('command', '["switch"]');
INSERT INTO process(id, pid, ppid, path, command, vcpus, transfers, residual, complete, end) VALUES(1, 100, 99, '/opt/demo/bin/switch', NULL, 1, 9, 0, 1, 'exit 0');
INSERT INTO module VALUES (0, '[outside]', NULL, 'outside'),
  (1, '/opt/demo/bin/switch', '5e5ec7ed5e5ec7ed5e5ec7ed5e5ec7ed5e5ec7ed', 'elf');
INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES (1, 1, 0x1000, 0x1003, 2, 2, 2), (1, 1, 0x1005, 0x1007, 2, 1, 1),
  (1, 1, 0x100e, 0x1010, 2, 1, 1), (1, 1, 0x1014, 0x1016, 2, 1, 1),
  (1, 1, 0x1017, 0x101c, 2, 1, 1), (1, 1, 0x1021, 0x1026, 2, 1, 1),
  (1, 1, 0x102b, 0x102b, 1, 1, 1);
INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES (1, 0, 0, 1, 0x1017, 14, 1), (1, 1, 0x101c, 1, 0x1000, 4, 1),
  (1, 1, 0x1003, 1, 0x1005, 2, 1), (1, 1, 0x1007, 1, 0x100e, 6, 1),
  (1, 1, 0x1010, 1, 0x1021, 5, 1), (1, 1, 0x1026, 1, 0x1000, 4, 1),
  (1, 1, 0x1003, 1, 0x1014, 1, 1), (1, 1, 0x1016, 1, 0x102b, 5, 1),
  (1, 1, 0x102b, 0, 0, 15, 1);
COMMIT;
SQL
} | sqlite3 -bail "$1/switch.db"
