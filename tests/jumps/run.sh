#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh BUILD_DIR QEMU_BIN_DIR WORK_DIR [CASE...]
#
# Where jumps through tables can go, by instruction set and compiler.  Programs made by
# generate.py, with seed $CFLOW_SEED (1), call every case: what is listed must be what
# was gone to, no more and no less.  In programs as they come nothing may be gone to that
# is not listed.  In uncertain.c and overlap.S nothing may be listed but what is certain.
set -u

if [ $# -lt 3 ] || [ ! -x "$1/qemu-cflow" ] || [ ! -x "$2/qemu-x86_64" ]; then
    echo "usage: run.sh BUILD_DIR QEMU_BIN_DIR WORK_DIR [CASE...], qemu-cflow being in the" \
        "first and qemu-x86_64 in the second" >&2
    exit 2
fi
sources=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
qemu=$(cd "$2" && pwd)
mkdir -p "$3" && work=$(cd "$3" && pwd) || exit 2
shift 3
export LC_ALL=C.UTF-8 DEBUGINFOD_URLS=
list=$build/tests/list-jumps

fail() {
    echo "$*" >&2
    exit 1
}

skip() {
    echo "$*" > skip
    exit 77
}

record() { # ISA PROGRAM ROOT
    [ -x "$qemu/qemu-$1" ] || skip "no qemu-$1"
    "$build/qemu-cflow" record -q -o "$2.db" -- "$qemu/qemu-$1" ${3:+-L "$3"} "$PWD/$2" > "$2.out" ||
        true # the program's status
    [ -f "$2.db" ] || fail "not recorded"
}

check() {
    python3 "$sources/check.py" "$list" "$@" > check.out || {
        cat check.out >&2
        exit 1
    }
}

# Both at -O0, and as the optimiser has it, with the table's address before the loop.
generated() { # ISA ROOT AT_LEAST COMPILER FLAGS...
    local isa=$1 root=$2 least=$3 level
    shift 3
    command -v "$1" > /dev/null || skip "no $1"
    python3 "$sources/generate.py" "${CFLOW_SEED:-1}" 30 > program.c
    for level in -O0 -O1 -O2 -Os; do
        "$@" $level -w -o program program.c
        record "$isa" program "$root"
        check program.db program --exercised 'f[0-9]+' --at-least "$least"
        echo "$level $(cut -d' ' -f1 check.out | tail -n 1)"
    done | paste -sd' ' | sed 's/$/ understood, each went everywhere/' > note
}

case_x86_64() { generated x86_64 '' 28 gcc; }
case_x86_64_absolute() { generated x86_64 '' 28 gcc -fno-pie -no-pie; }
case_i386() { generated i386 /usr/i686-linux-gnu 28 i686-linux-gnu-gcc; }
case_i386_absolute() { generated i386 '' 28 i686-linux-gnu-gcc -fno-pie -no-pie -static; }
case_aarch64() { generated aarch64 /usr/aarch64-linux-gnu 15 aarch64-linux-gnu-gcc; }
case_a32() { generated arm /usr/arm-linux-gnueabihf 28 arm-linux-gnueabihf-gcc -marm; }
case_thumb() { generated arm /usr/arm-linux-gnueabihf 28 arm-linux-gnueabihf-gcc -mthumb; }
case_riscv64() { generated riscv64 /usr/riscv64-linux-gnu 25 riscv64-linux-gnu-gcc; }

# clang unrolls loops, so that a copy of a switch never sees some of the numbers; without.
case_clang() { generated x86_64 '' 28 clang-19 -fno-unroll-loops; }

# Compilers that have other tables than gcc for other machines.
cross_clang() { # ISA TRIPLE AT_LEAST FLAGS...
    local isa=$1 triple=$2 least=$3
    shift 3
    command -v clang-19 > /dev/null || skip "no clang-19"
    command -v "$triple-gcc" > /dev/null || skip "no $triple-gcc"
    python3 "$sources/generate.py" "${CFLOW_SEED:-1}" 30 > program.c
    for level in $levels; do
        clang-19 --target="$triple" "$@" $level -w -c -o program.o program.c
        "$triple-gcc" -static -o program program.o
        record "$isa" program ''
        check program.db program --exercised 'f[0-9]+' --at-least "$least"
        echo "$level $(cut -d' ' -f1 check.out | tail -n 1)"
    done | paste -sd' ' | sed 's/$/ understood, each went everywhere/' > note
}

case_clang_aarch64() { levels='-O0 -Os' cross_clang aarch64 aarch64-linux-gnu 28; }
case_clang_arm() { levels='-O0 -Os' cross_clang arm arm-linux-gnueabihf 28 -mthumb; }
case_clang_a32() { levels='-O0 -Os' cross_clang arm arm-linux-gnueabihf 20 -marm; }
case_clang_riscv64() { levels='-O0 -Os' cross_clang riscv64 riscv64-linux-gnu 25 -march=rv64gc; }
# At -O0 the table's address is kept on the stack, which is not followed.
case_clang_i386() { levels='-O1 -Os' cross_clang i386 i686-linux-gnu 28 -fPIC; }

# A run that sees only some of the numbers: the same destinations are listed.
case_part() {
    python3 "$sources/generate.py" "${CFLOW_SEED:-1}" 30 3 > program.c
    gcc -O1 -w -o program program.c
    record x86_64 program ''
    check program.db program --at-least 28
    grep -q ' 0 wrong' check.out
    [ "$(sed -nE 's/.* ([0-9]+) went everywhere.*/\1/p' check.out)" -lt 25 ] ||
        fail "everything went everywhere: $(cat check.out)"
    mv check.out note
}

# Programs and libraries without names or lines, whose functions unwind tables tell.
case_real() {
    local n program="/usr/bin/perl -e 'my %h; \$h{\$_ % 7} .= sprintf(\"%d-%s\", \$_, lc \"A\$_\")
        for 1 .. 500; print length \$h{3}'"
    eval "\"$build/qemu-cflow\" record -q -o perl.db -- $program" > perl.out
    check perl.db /perl --at-least 100
    n=$(sed -nE 's/.* understood, ([0-9]+) ran.*/\1/p' check.out)
    [ "$n" -gt 10 ] || fail "$(cat check.out)"
    mv check.out note
    "$build/qemu-cflow" record -q -o bash.db -- /bin/bash -c \
        'for i in $(seq 99); do case $i in *3*) x=$((x + i));; esac; done; printf "%x\n" $x' > bash.out
    check bash.db /bash --at-least 20
}

# No instruction writes more than it is taken to write: each of whole libraries.
writes() { # ISA FILE
    "$build/tests/effect-writes" "$1" "$2" > writes.out || {
        cat writes.out >&2
        exit 1
    }
    echo "$(tail -n 1 writes.out)" > note
}

case_writes_x86_64() { writes x86_64 /usr/lib/x86_64-linux-gnu/libc.so.6; }
case_writes_perl() { writes x86_64 /usr/bin/perl; }
case_writes_i386() { writes i386 /usr/i686-linux-gnu/lib/libc.so.6; }
case_writes_aarch64() { writes aarch64 /usr/aarch64-linux-gnu/lib/libc.so.6; }
case_writes_thumb() { writes arm /usr/arm-linux-gnueabihf/lib/libc.so.6; }
case_writes_a32() {
    python3 "$sources/generate.py" 7 30 > program.c
    arm-linux-gnueabihf-gcc -marm -O2 -w -static -o program program.c
    writes arm program
}

case_uncertain() {
    local compiler count=0 isa
    for compiler in gcc:x86_64 clang-19:x86_64 i686-linux-gnu-gcc:i386 riscv64-linux-gnu-gcc:riscv64; do
        isa=${compiler#*:} compiler=${compiler%:*}
        command -v "$compiler" > /dev/null || continue
        for level in -O0 -O1 -O2; do
            "$compiler" -w $level -o program "$sources/uncertain.c"
            "$list" "$isa" program > listed
            grep -E '^certain [0-9a-f]+ [0-9a-f]+(,[0-9a-f]+){12}$' listed > /dev/null ||
                fail "$compiler $level: $(grep ^certain listed)"
            ! grep '^uncertain.* [^?]*$' listed || fail "$compiler $level: not certain"
            count=$((count + $(grep -c '^uncertain.* ?$' listed)))
        done
    done
    [ $count -gt 30 ] || fail "only $count uncertain jumps"
    echo "$count jumps, none understood" > note
}

case_overlap() {
    gcc -nostdlib -static -o program "$sources/overlap.S"
    "$list" x86_64 program > listed
    awk '{ print $1, $3 == "?" ? "?" : gsub(",", "", $3) + 1 }' listed > found
    printf '%s\n' 'first ?' 'first 2' 'twisted ?' 'changed ?' 'spilled ?' 'plain 2' 'aside 1' > wanted
    diff wanted found
    echo "3 of 7 understood, as it has to be" > note
}

if [ $# -eq 0 ]; then
    # shellcheck disable=SC2046
    set -- $(sed -n 's/^case_\([a-z0-9_]*\)() .*/\1/p' "$0")
fi
failed=0
for name; do
    [ "$(type -t "case_$name")" = function ] || {
        echo "no such case: $name" >&2
        exit 2
    }
    rm -rf "${work:?}/$name"
    mkdir "$work/$name"
    (
        cd "$work/$name" || exit 1
        set -eE -o pipefail
        trap 'echo "line $LINENO: $BASH_COMMAND" >&2' ERR
        "case_$name"
    ) > "$work/$name/log" 2>&1
    case $? in
        0)
            echo "PASS jumps/$name: $(cat "$work/$name/note")"
            rm -rf "${work:?}/$name"
            ;;
        77) echo "SKIP jumps/$name: $(cat "$work/$name/skip")" ;;
        *)
            sed 's/^/    /' "$work/$name/log" | tail -n 40
            echo "FAIL jumps/$name"
            failed=1
            ;;
    esac
done
exit $failed
