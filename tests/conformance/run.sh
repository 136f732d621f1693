#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh BUILD_DIR QEMU_BIN_DIR [NAME...]
#
# Recording changes nothing: each program here prints the same and ends in the same
# way under QEMU alone and when it is recorded, with either engine, on each machine.
# The counts have to add up as well.  ISAS="arm ..." in the environment chooses machines.
set -u

if [ $# -lt 2 ] || [ ! -x "$1/qemu-cflow" ] || [ ! -x "$2/qemu-x86_64" ]; then
    echo "usage: run.sh BUILD_DIR QEMU_BIN_DIR [NAME...]" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
qemu=$(cd "$2" && pwd)
shift 2
export LC_ALL=C.UTF-8 QEMU_CFLOW_QEMU=$qemu
ulimit -c 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/run"

compiler_of() { # ISA
    case $1 in
        x86_64) echo gcc ;;
        arm) echo arm-linux-gnueabihf-gcc ;;
        *) echo "$1-linux-gnu-gcc" ;;
    esac
}

# Runs a command; what it printed and how it ended, into a file.
observe() { # FILE COMMAND...
    local file=$1
    shift
    { # the shell has something to say of signals, too
        (cd "$work/run" && exec timeout -s KILL 60 "$@") > "$file" 2>&1 < /dev/null
        echo "status $?" >> "$file"
    } 2> /dev/null
}

# The same with each engine, which must not differ from the file PLAIN; once as it is,
# and once with so little memory that code is passed by.  QEMU alone cannot execute a
# program of another machine than the host's; when recorded, it can.
compare() { # PROGRAM PLAIN
    local run engine memory sums follow=--follow
    local runs="edge,none flow,none edge,300K flow,1M"
    case $isa,${1##*/} in
        "$(uname -m)",*) runs+=" auto,none" ;; # which is one of the two
        *,process-exec | *,process-vfork) follow=--no-follow ;;
    esac
    for run in $runs; do
        engine=${run%,*} memory=${run#*,}
        rm -f "$work/out.db"
        observe "$work/$engine" "$build/qemu-cflow" record -q $follow -e "$engine" --memory "$memory" \
            -o "$work/out.db" -- "$1"
        if ! cmp -s "$2" "$work/$engine"; then
            echo "engine $engine, memory $memory:"
            diff "$2" "$work/$engine"
            return 1
        fi
        sums=$(sqlite3 -readonly "$work/out.db" "select key, value from meta
            where key in ('residual', 'unexplained') and value <> 0" 2>&1)
        if [ -n "$sums" ]; then
            echo "engine $engine, memory $memory: the counts do not add up: $sums"
            return 1
        fi
        if [ "$memory" != none ]; then
            sqlite3 -readonly "$work/out.db" "select value > 0 from meta
                where key = 'beyond_limit'" >> "$work/beyond-$engine"
        fi
    done
}

all=$((! $#))
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(cd "$here" && ls ./*.c | sed 's,^\./\(.*\)\.c$,\1,')
failed=0
for isa in ${ISAS:-x86_64 aarch64 arm riscv64}; do
    compiler=$(compiler_of "$isa")
    if ! command -v "$compiler" > "$work/log" || [ ! -x "$qemu/qemu-$isa" ]; then
        echo "SKIP conformance/$isa: no compiler or no QEMU"
        continue
    fi
    for name; do
        program=$work/$name
        if ! "$compiler" -O1 -static -pthread -w -o "$program" "$here/$name.c" -lm 2> "$work/log"; then
            sed 's/^/    /' "$work/log"
            echo "FAIL conformance/$isa/$name"
            failed=1
            continue
        fi
        observe "$work/plain" "$qemu/qemu-$isa" "$program"
        if compare "$program" "$work/plain" > "$work/log" 2>&1; then
            echo "PASS conformance/$isa/$name: $(tail -n 1 "$work/plain")"
        else
            sed 's/^/    /' "$work/log" | head -n 20
            echo "FAIL conformance/$isa/$name"
            failed=1
        fi
        rm -f "$program" "$work/out.db"
    done
done
# Else the limit was never tried.
for engine in edge flow; do
    if [ $all -eq 1 ] && [ -f "$work/beyond-$engine" ] && ! grep -q 1 "$work/beyond-$engine"; then
        echo "FAIL conformance/memory-$engine: no program reached the limit"
        failed=1
    fi
done
exit $failed
