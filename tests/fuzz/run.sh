#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh BUILD_DIR SECONDS [TARGET...]
#
# Runs each fuzz target of BUILD_DIR for so long, with a seed that is printed;
# FUZZ_SEED=N sets it.  What a target stumbles over is kept in BUILD_DIR/fuzz.
set -u

if [ $# -lt 2 ] || ! [ "$2" -gt 0 ] 2> /dev/null; then
    echo "usage: run.sh BUILD_DIR SECONDS [TARGET...]" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) || exit 2
seconds=$2
shift 2
[ $# -gt 0 ] || set -- isa arena elf profile options
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$build/fuzz"

# Small files: a mutation is more likely to hit something.
seeds_of() { # TARGET
    case $1 in
    profile)
        sqlite3 "$here/../golden/profile-v1.db" "PRAGMA page_size = 512; VACUUM INTO '$scratch/small.db'"
        echo "$here/../golden/profile-v1.db $scratch/small.db"
        ;;
    elf)
        "$here/../golden/make-sysroot.sh" "$scratch/sysroot"
        printf 'int a(int x) { return x + 1; } int main(void) { return a(0); }\n' |
            cc -x c -g -O1 -o "$scratch/debug" -
        echo "$scratch/sysroot/opt/demo/bin/demo $scratch/debug /usr/bin/true"
        ;;
    esac
}

failed=0
for target; do
    kept=$build/fuzz/$target
    "$build/tests/fuzz-$target" --seconds="$seconds" ${FUZZ_SEED:+--seed=$FUZZ_SEED} \
        --keep="$kept" $(seeds_of "$target") > "$scratch/out" 2>&1
    status=$?
    if [ $status -eq 0 ]; then
        echo "PASS fuzz/$target: $(tail -n 1 "$scratch/out")"
    else
        tail -n 40 "$scratch/out"
        echo "FAIL fuzz/$target (status $status, $(head -n 1 "$scratch/out")); again:" \
            "$build/tests/fuzz-$target --run=$kept"
        failed=$((failed + 1))
    fi
done
echo "$(($# - failed)) passed, $failed failed"
[ $failed -eq 0 ]
