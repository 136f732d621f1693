#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make-a32.sh OUT
#
# Makes a program with at least 30,000 instructions of the A32 set, for the
# decoder's comparison with objdump.  Debian's C library for 32-bit Arm is Thumb,
# so they have to come from somewhere else: csmith's programs, all linked into
# one, compiled in several ways.  Exit status 77 if a tool for that is missing.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: make-a32.sh OUT" >&2
    exit 2
fi
enough=30000
cc=arm-linux-gnueabihf-gcc
objdump=arm-linux-gnueabihf-objdump
for tool in csmith $cc $objdump; do
    command -v $tool > /dev/null || {
        echo "make-a32.sh: no $tool" >&2
        exit 77
    }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Instructions of A32: objdump shows one word, where Thumb has halfwords.
count() { # FILE
    $objdump -d "$1" | grep -cE '^ *[0-9a-f]+:	[0-9a-f]{8} 	[^.]' || :
}

seed=0 total=0
while [ "$total" -lt $enough ]; do
    seed=$((seed + 1))
    if [ $seed -gt 200 ]; then
        echo "make-a32.sh: only $total instructions" >&2
        exit 1
    fi
    case $((seed % 4)) in
        0) flags="-Os -mcpu=cortex-a15" ;;
        1) flags=-O1 ;;
        2) flags="-O2 -mcpu=arm1176jzf-s -mfpu=vfp" ;;
        3) flags="-O3 -mcpu=cortex-a7 -mfpu=neon-vfpv4" ;;
    esac
    # It leaves a file of its own where it runs.
    (cd "$work" && csmith --seed $seed --float --max-funcs 8 -o $seed.c > /dev/null)
    # Everything but main is static in them.
    [ $seed -eq 1 ] || flags="$flags -Dmain=main_$seed"
    # shellcheck disable=SC2086
    $cc -w -marm $flags -I/usr/include/csmith -c -o "$work/$seed.o" "$work/$seed.c"
    total=$((total + $(count "$work/$seed.o")))
done
$cc -marm -static -Wl,--allow-multiple-definition -o "$1" "$work"/*.o
total=$(count "$1")
echo "$total A32 instructions of $seed programs"
[ "$total" -ge $enough ]
