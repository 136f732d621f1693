#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pgo.sh BUILD_DIR [CASE...]
#
# Exports for optimisers, read by the optimisers: BOLT and clang of LLVM 19 take
# the profile of guest-pgo.c without complaint, know the counts that are in it, and
# make programs that print the same.
set -u

if [ $# -lt 1 ] || [ ! -x "$1/qemu-cflow" ]; then
    echo "usage: pgo.sh BUILD_DIR [CASE...], BUILD_DIR/qemu-cflow being there" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
cflow=$(cd "$1" && pwd)/qemu-cflow
shift
llvm=/usr/lib/llvm-19/bin
source=$here/guest-pgo.c
export LC_ALL=C.UTF-8 QEMU_LD_PREFIX=/usr/aarch64-linux-gnu
for tool in clang-19 $llvm/perf2bolt $llvm/llvm-bolt $llvm/llvm-profgen $llvm/llvm-profdata; do
    command -v "$tool" > /dev/null || { echo "FAIL pgo: no $tool, run scripts/install-deps"; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

fail() {
    echo "$*" >&2
    exit 1
}

# quiet FILE COMMAND...: the command must say nothing; FILE gets what it said.
quiet() {
    local file=$1
    shift
    "$@" > "$file" 2>&1 || fail "failed: $*: $(tail -n 5 "$file")"
    [ ! -s "$file" ] || fail "not silent: $*: $(head -n 5 "$file")"
}

# record BINARY: into $1.db, $1.bolt, $1.profgen; its output in $1.out.
record() {
    "$cflow" record -o "$1.db" -- "./$1" > "$1.out" 2> record.log || fail "$(cat record.log)"
    "$cflow" export -f bolt -i "$1.db" -o "$1.bolt" 2> export.log || fail "$(cat export.log)"
    "$cflow" export -f llvm-profgen -i "$1.db" -o "$1.profgen" 2> export.log ||
        fail "$(cat export.log)"
}

# bolt BINARY: BOLT takes the whole profile, knows the counts, and does no harm.
bolt() {
    $llvm/perf2bolt "$1" -p "$1.bolt" -pa -o "$1.fdata" > p2b.log 2>&1 || fail "$(tail p2b.log)"
    [ "$(grep -cE '(traces mismatching disassembled function contents|involving unknown regions): 0 \(0\.0%\)' p2b.log)" -eq 2 ] ||
        fail "perf2bolt is not content: $(grep -E 'traces|WARN' p2b.log)"
    ! grep -E 'could not be optimized|0 out of' p2b.log || fail "perf2bolt left functions out"
    $llvm/llvm-bolt "$1" -o "$1.new" -data="$1.fdata" -reorder-blocks=ext-tsp \
        -reorder-functions=hfsort -split-functions -dyno-stats > bolt.log 2>&1 ||
        fail "$(tail bolt.log)"
    grep -q 'basic block reordering modified layout' bolt.log || fail "BOLT did nothing"
}

same_output() { # BINARY OTHER
    cmp "$1.out" "$2.out" || fail "$2 prints something else than $1"
}

case_counts-x86_64() { # every place, swept from the edges, with each engine
    gcc -O2 -g -o own "$source"
    for engine in edge flow; do
        QEMU_CFLOW_ENGINE='' "$cflow" record --engine=$engine -o own.db -- ./own > own.out \
            2> record.log || fail "$(cat record.log)"
        "$cflow" export -f bolt -i own.db -o own.bolt 2> /dev/null &&
            "$cflow" export -f llvm-profgen -i own.db -o own.profgen 2> /dev/null ||
            fail "export failed"
        /usr/bin/python3 "$here/pgo.py" runs own.db own.bolt own.profgen || fail "engine $engine"
    done
}

case_counts-aarch64() {
    aarch64-linux-gnu-gcc -O2 -g -o own "$source"
    record own
    /usr/bin/python3 "$here/pgo.py" runs own.db own.bolt own.profgen
}

case_bolt-x86_64() {
    gcc -O2 -g -fno-pie -no-pie -fno-reorder-blocks-and-partition -Wl,-q -o fixed "$source"
    record fixed
    bolt fixed
    ./fixed.new > fixed.new.out || fail "BOLT's program fails"
    same_output fixed fixed.new
    /usr/bin/python3 "$here/pgo.py" fdata fixed.db fixed.fdata fixed
}

case_bolt-pie() { # loaded elsewhere than linked
    gcc -O2 -g -fno-jump-tables -fno-reorder-blocks-and-partition -Wl,-q -o pie "$source"
    record pie
    bolt pie
    ./pie.new > pie.new.out || fail "BOLT's program fails"
    same_output pie pie.new
    /usr/bin/python3 "$here/pgo.py" fdata pie.db pie.fdata pie
}

case_bolt-landing-pads() { # calls that end basic blocks: what returns there is no jump
    cat > pads.cc <<'END'
#include <cstdio>
#include <string>
__attribute__((noinline)) static unsigned risky(unsigned i)
{
    if (i % 100 == 99) {
        throw i;
    }
    return i * 3;
}
int main()
{
    unsigned sum = 0;
    for (unsigned i = 0; i < 2000; i++) {
        std::string text(40, 'x');
        try {
            sum += risky(i);
            sum += sum & 1 ? risky(sum % 90) : 0;
        } catch (unsigned e) {
            sum += e;
        }
        sum += text.size();
    }
    std::printf("%u\n", sum);
}
END
    g++ -O2 -g -fno-pie -no-pie -fno-reorder-blocks-and-partition -Wl,-q -o pads pads.cc
    record pads
    bolt pads
    ./pads.new > pads.new.out || fail "BOLT's program fails"
    same_output pads pads.new
    /usr/bin/python3 "$here/pgo.py" fdata pads.db pads.fdata pads > compared || exit 1
    ! grep ' 0 of calls' compared || fail "no call ends a basic block"
    cat compared
}

case_bolt-aarch64() {
    aarch64-linux-gnu-gcc -O2 -g -fno-pie -no-pie -fno-jump-tables \
        -fno-reorder-blocks-and-partition -Wl,-q -o cross "$source"
    record cross
    bolt cross
    /usr/bin/python3 "$here/pgo.py" fdata cross.db cross.fdata cross || exit 1
    cp cross.new again
    record again
    same_output cross again
}

clang_takes() { # FLAGS that say how code is found in the source
    local flags="-O2 $*"
    # shellcheck disable=SC2086
    clang-19 $flags -o plain "$source"
    record plain
    quiet profgen.log $llvm/llvm-profgen --binary=plain --unsymbolized-profile=plain.profgen \
        --use-offset=0 --format=extbinary --output=plain.prof
    quiet profdata.log $llvm/llvm-profdata merge --sample --text plain.prof -o plain.text
    /usr/bin/python3 "$here/pgo.py" sample plain.db plain.text plain || exit 1
    quiet clang.log clang-19 $flags -Wall -Wextra -fprofile-sample-use=plain.prof -o tuned "$source"
    ./tuned > tuned.out
    same_output plain tuned
    # The compiler works with the counts: it knows how often mix() was called.
    clang-19 $flags -fprofile-sample-use=plain.prof -S -emit-llvm -o tuned.ll "$source"
    grep -q 'function_entry_count' tuned.ll || fail "clang did not use the profile"
}

case_clang-lines() { clang_takes -g1 -fdebug-info-for-profiling; }
case_clang-probes() { clang_takes -g1 -fdebug-info-for-profiling -fpseudo-probe-for-profiling; }

case_clang-pointers() { # whom calls through pointers call, where blocks end with the same call
    local flags="-O2 -g1 -fdebug-info-for-profiling -fpseudo-probe-for-profiling"
    cat > pointers.c <<'END'
#include <stdio.h>
typedef unsigned (*step)(unsigned, unsigned);
__attribute__((noinline)) static unsigned mix(unsigned a, unsigned b) { return a * 31 + b; }
__attribute__((noinline)) static unsigned turn(unsigned a, unsigned b) { return a >> 1 ^ b; }
__attribute__((noinline)) static unsigned choose(step f, unsigned a, unsigned n)
{
    unsigned r;
    if (n % 3 == 0) {
        printf("%u\n", a);
        r = f(a, n + 7);
    } else if (n % 3 == 1) {
        r = f(a, n * 5);
    } else {
        r = f(a ^ 9, n);
    }
    return r + 1;
}
int main(int argc, char **argv)
{
    unsigned a = 1;
    for (unsigned n = 0; n < 3000; n++) {
        a = choose(argc > 1 ? turn : mix, a, n);
    }
    printf("%u\n", a);
    return argv == NULL;
}
END
    # shellcheck disable=SC2086
    clang-19 $flags -mllvm -simplifycfg-sink-common=0 -mllvm -enable-tail-merge=0 -o pointers pointers.c
    record pointers
    quiet profgen.log $llvm/llvm-profgen --binary=pointers --unsymbolized-profile=pointers.profgen \
        --use-offset=0 --format=text --output=pointers.prof
    [ "$(grep -c ' 1000 .*mix.*:1000$' pointers.prof)" = 3 ] || fail "$(cat pointers.prof)"
    # shellcheck disable=SC2086
    clang-19 $flags -fprofile-sample-use=pointers.prof -Rpass=pgo-icall-prom -o tuned pointers.c 2> promoted
    [ "$(grep -c 'Promote indirect call to .*mix.* with count 1000' promoted)" = 3 ] || fail "$(cat promoted)"
    ./tuned > tuned.out
    same_output pointers tuned
    echo "3 calls know mix() and are direct"
}

[ $# -gt 0 ] || set -- counts-x86_64 counts-aarch64 bolt-x86_64 bolt-pie bolt-landing-pads bolt-aarch64 \
                        clang-lines clang-probes clang-pointers
status=0
for name; do
    if (mkdir "$name" && cd "$name" && "case_$name") > log 2>&1; then
        echo "PASS pgo/$name: $(tail -n 1 log)"
    else
        sed 's/^/    /' log | tail -n 40
        echo "FAIL pgo/$name"
        status=1
    fi
done
exit $status
