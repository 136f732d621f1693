#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Compares profiles of real static programs with QEMU's own execution log, by
# means of oracle.py: Debian's busybox and sash for x86_64, and a program
# full of C library work for every instruction set with a cross compiler.
#
#   oracle-real.sh BUILD_DIR QEMU_BIN_DIR WORK_DIR [ENGINE]
#
# Packages are fetched with "apt-get download" into WORK_DIR, once, and are not
# installed.  WORK_DIR is kept.  Exit status 0 if everything is equal.

set -u
if [ $# -lt 3 ]; then
    sed -n 's/^# \{0,1\}//; 4,13p' "$0" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) || exit 2
qemu=$(cd "$2" && pwd) || exit 2
mkdir -p "$3" && work=$(cd "$3" && pwd) || exit 2
engine=${4:-edge}
passed=0
failed=0

# unpack PACKAGE FILE: FILE of Debian's PACKAGE, under $work/root
unpack()
{
    [ -x "$work/root/$2" ] && return 0
    mkdir -p "$work/deb" "$work/root"
    (cd "$work/deb" && apt-get -q=2 -o APT::Sandbox::User="$(id -un)" download "$1" >/dev/null) &&
        dpkg-deb -x "$work/deb/$1"_*.deb "$work/root" && return 0
    echo "SKIP oracle/$1: cannot fetch the package"
    return 1
}

# check NAME ISA PROG ARGS...
check()
{
    name=$1 isa=$2
    shift 2
    if [ ! -x "$qemu/qemu-$isa" ]; then
        echo "SKIP oracle/$name: no qemu-$isa"
        return
    fi
    if python3 "$here/oracle.py" --build "$build" --qemu "$qemu/qemu-$isa" \
        --engine "$engine" -- "$@" >"$work/$name.out" 2>&1; then
        passed=$((passed + 1))
        echo "PASS oracle/$name: $(tail -n 1 "$work/$name.out")"
    else
        failed=$((failed + 1))
        echo "FAIL oracle/$name"
        sed 's/^/    /' "$work/$name.out"
    fi
}

cd "$work" || exit 2
# Something that compresses neither too well nor too badly.
i=0
while [ $i -lt 250 ]; do
    echo "$i line $((i * i % 97)) of a text that is the same everywhere"
    i=$((i + 1))
done | head -c 6000 >input

unpack busybox-static bin/busybox && {
    check busybox-gzip x86_64 "$work/root/bin/busybox" gzip -c input
    # shellcheck disable=SC2016  # it is awk's dollar
    check busybox-awk x86_64 "$work/root/bin/busybox" awk '
        BEGIN { for (i = 0; i < 80; i++) { x += i * i; s = s "k" i; a[i % 17] = x }
                print x, length(s), a[3] }
        { n[$3]++ } END { for (k in n) m += n[k]; print m }' input
    # shellcheck disable=SC2016  # and these are sed's
    check busybox-sed x86_64 "$work/root/bin/busybox" sed -n \
        '/^[1-5].*7 of/p; s/text/page/g; $p' input
}
unpack sash bin/sash &&
    check sash x86_64 "$work/root/bin/sash" -c '-grep line input'

for pair in x86_64:gcc i386:i686-linux-gnu-gcc aarch64:aarch64-linux-gnu-gcc \
    arm:arm-linux-gnueabihf-gcc riscv64:riscv64-linux-gnu-gcc; do
    isa=${pair%%:*} cc=${pair#*:}
    command -v "$cc" >/dev/null || continue
    "$cc" -O2 -static -o "words-$isa" "$here/oracle-words.c" &&
        check "words-$isa" "$isa" "$work/words-$isa"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
