#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh BUILD_DIR SECONDS [TARGET...]
#
# Runs each fuzz target of BUILD_DIR for so long.  What a target stumbles over is kept in
# BUILD_DIR/fuzz.  In a build with -Dlibfuzzer=true it is libFuzzer that mutates, and the
# inputs that reached something new are kept in BUILD_DIR/corpus/TARGET; else it is
# driver.c, with a seed that is printed and that FUZZ_SEED=N sets.  Both begin with the
# inputs of corpus/TARGET beside this script.
set -u

if [ $# -lt 2 ] || ! [ "$2" -gt 0 ] 2> /dev/null; then
    echo "usage: run.sh BUILD_DIR SECONDS [TARGET...]" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) || exit 2
seconds=$2
shift 2
[ $# -gt 0 ] || set -- isa arena elf symbols profile export options
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
unset DEBUGINFOD_URLS

scratch=$(mktemp -d)
CFLOW_FUZZ_DIR=$(mktemp -d -p /dev/shm 2> /dev/null || mktemp -d)
export CFLOW_FUZZ_DIR
trap 'rm -rf "$scratch" "$CFLOW_FUZZ_DIR"' EXIT
mkdir -p "$build/fuzz"

make_files() {
    local golden=$here/../golden
    sqlite3 "$golden/profile-v1.db" "PRAGMA page_size = 512; VACUUM INTO '$scratch/small.db'"
    sqlite3 "$scratch/graph.db" < "$golden/graph.sql"
    "$golden/make-sysroot.sh" "$scratch/sysroot"
    "$golden/make-graph.sh" "$scratch/sysroot"
    "$golden/make-debug.sh" "$scratch/debug"
    printf 'int a(int x) { return x + 1; } int main(void) { return a(0); }\n' > "$scratch/main.c"
    cc -g -O1 -o "$scratch/main" "$scratch/main.c"
    g++ -g -O2 -c -o "$scratch/cxx.o" -x c++ - <<'CXX'
#include <vector>
namespace n { template <class T> struct s { std::vector<T> v; int f(T t) { v.push_back(t); return v.size(); } }; }
int g(int x) { n::s<int> a; return a.f(x) + a.f(2); }
CXX
    g++ -shared -o "$scratch/libcxx.so" "$scratch/cxx.o"
}

# Small files: a mutation is more likely to hit something.
files_of() { # TARGET, into $files
    local demo=$scratch/sysroot/opt/demo/bin/demo graph=$scratch/sysroot/opt/graph/graph
    files=()
    case $1 in
        profile) files=("$here/../golden/profile-v1.db" "$scratch/small.db") ;;
        export)
            files=("$scratch/sysroot" "$here/../golden/profile-v1.db"
                "$here/../golden/profile-v1.db" "$scratch/graph.db")
            ;;
        elf) files=("$demo" "$scratch/main" "$graph" /usr/bin/true) ;;
        symbols)
            files=("$demo" "$scratch/main" "$graph" "$scratch/libcxx.so"
                "$scratch/debug/.build-id/00/112233445566778899aabbccddeeff00112233.debug")
            ;;
    esac
}

mutate() { # TARGET KEPT: with driver.c
    "$build/tests/fuzz-$1" --seconds="$seconds" ${FUZZ_SEED:+--seed=$FUZZ_SEED} --keep="$2" \
        --corpus="$here/corpus/$1" "${files[@]}"
}

look_for_coverage() { # TARGET KEPT: with libFuzzer
    local corpus=$build/corpus/$1 theirs=$here/corpus/$1
    mkdir -p "$corpus" "$scratch/seeds-$1"
    [ -d "$theirs" ] || theirs=
    rm -f "$2"
    CFLOW_FUZZ_FILES=$(printf '%s\n' "${files[@]}")
    export CFLOW_FUZZ_FILES
    CFLOW_FUZZ_SEEDS=$scratch/seeds-$1 "$build/tests/fuzz-$1" > /dev/null 2>&1
    "$build/tests/fuzz-$1" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 \
        -exact_artifact_path="$2" -print_final_stats=1 -verbosity=1 \
        "$corpus" "$scratch/seeds-$1" $theirs
}

# What is to be said of a run that found nothing.
summary() {
    sed -n 's/^stat::number_of_executed_units: *\([0-9]*\).*/\1 inputs, with libFuzzer/p' \
        "$scratch/out" | grep . || tail -n 1 "$scratch/out"
}

make_files > "$scratch/files.log" 2>&1 || { cat "$scratch/files.log"; exit 1; }
failed=0
for target; do
    kept=$build/fuzz/$target
    files_of "$target"
    if grep -q LLVMFuzzerInitialize "$build/tests/fuzz-$target"; then
        look_for_coverage "$target" "$kept" > "$scratch/out" 2>&1
        status=$?
        again="$here/run.sh BUILD 1 $target, with $kept in $here/corpus/$target"
    else
        mutate "$target" "$kept" > "$scratch/out" 2>&1
        status=$?
        again="the same, $(head -n 1 "$scratch/out"), or with $kept in $here/corpus/$target"
    fi
    if [ $status -eq 0 ]; then
        echo "PASS fuzz/$target: $(summary)"
    else
        grep -vE '^#[0-9]+.*(NEW|REDUCE|pulse)' "$scratch/out" | tail -n 60
        echo "FAIL fuzz/$target (status $status); again: $again"
        failed=$((failed + 1))
    fi
done
echo "$(($# - failed)) passed, $failed failed"
[ $failed -eq 0 ]
