#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# coverage.sh BUILD_DIR QEMU_BIN_DIR WORK_DIR [CASE...]
#
# Coverage of recorded programs against gcov's of the same programs, against counts
# that stand in their source, between instruction sets, and as lcov reads it.  The
# cases are the functions case_NAME below.  csmith's programs begin with seed
# $CFLOW_SEED (1000) and are $CFLOW_CSMITH_COVERAGE (10).
#
# tests/coverage/compare.py prints each line that differs; what gcov has and line
# tables do not (labels), and the other way round (closing braces), is no mistake.
set -u

if [ $# -lt 3 ] || [ ! -x "$1/qemu-cflow" ] || [ ! -x "$2/qemu-x86_64" ]; then
    echo "usage: coverage.sh BUILD_DIR QEMU_BIN_DIR WORK_DIR [CASE...], qemu-cflow being in" \
        "the first and qemu-x86_64 in the second" >&2
    exit 2
fi
top=$(cd "$(dirname "$0")/../.." && pwd)
sources=$top/tests/coverage
build=$(cd "$1" && pwd)
qemu=$(cd "$2" && pwd)
mkdir -p "$3" && work=$(cd "$3" && pwd) || exit 2
shift 3
export LC_ALL=C.UTF-8 DEBUGINFOD_URLS=
unset NO_COLOR QEMU_LD_PREFIX QEMU_CFLOW_PLUGIN
ulimit -c 0

constructs="$sources/constructs.c $sources/constructs-2.c"
decode="-I$top $sources/decode.c $(echo "$top"/isa/*.c)"

fail() {
    echo "$*" >&2
    exit 1
}

skip() {
    echo "$*" > skip
    exit 77
}

compare() {
    /usr/bin/python3 "$sources/compare.py" "$@" > compare.out || {
        cat compare.out
        exit 1
    }
    tail -n 1 compare.out > note
}

# Compiles with the flags and sources, records, writes NAME.db and NAME.json.
cover() { # NAME COMPILER FLAGS...
    local name=$1 compiler=$2
    shift 2
    command -v "$compiler" > /dev/null || skip "no $compiler"
    "$compiler" -g -w -o "$name" "$@"
    "$build/qemu-cflow" record -q --qemu "$qemu" ${engine:+--engine "$engine"} -o "$name.db" -- \
        "$PWD/$name" > "$name.out" 2> "$name.err" || [ -f "$name.db" ] ||
        fail "not recorded: $(tail -n 3 "$name.err")"
    "$build/qemu-cflow" coverage -i "$name.db" --format json > "$name.json"
}

# What gcov says of the same program, run by itself: GCOV/*.json.
cover_gcov() { # FLAGS...
    mkdir gcov
    (cd gcov && gcc -g -w --coverage -o program "$@" && { ./program > ../gcov.out || true; } &&
        for data in *.gcda; do
            gcov -b --json-format --stdout "$data" > "${data%.gcda}.json" 2> /dev/null
        done)
}

against_gcov() { # FLAGS...
    cover program gcc "$@"
    cover_gcov "$@"
    compare "${how:-gcov}" program.json gcov/*.json
    # The program that was recorded did the same as the one that gcov saw.
    cmp program.out gcov.out
}

case_gcov_constructs() {
    # shellcheck disable=SC2086
    against_gcov -O0 $constructs
}

case_gcov_decode() {
    # shellcheck disable=SC2086
    against_gcov -O0 $decode
}

# Switches of which some cases came up: as often as gcov says, and no others.
case_gcov_switches() {
    python3 "$sources/../jumps/generate.py" "${CFLOW_SEED:-1}" 30 3 > program.c
    how=common against_gcov -O0 "$PWD/program.c"
    grep -q ' and 30 of 30 switches' note || fail "$(cat note)"
}

# Random programs, with many functions that never run and so many closing braces
# that only line tables have: the percentages are those of the lines in both.
case_gcov_csmith() {
    local done=0 seed=${CFLOW_SEED:-1000} lines=0
    command -v csmith > /dev/null && [ -e /usr/include/csmith/csmith.h ] || skip "no csmith"
    seed=$((seed % 4000000000))
    for (( ; done < ${CFLOW_CSMITH_COVERAGE:-10}; seed++)); do
        rm -rf program* gcov
        csmith --seed $seed --max-funcs 5 --max-block-depth 4 -o program.c > /dev/null
        gcc -w -O0 -I/usr/include/csmith -o program program.c
        (ulimit -t 1 && ./program) > /dev/null 2>&1 || continue # quite a few never end
        echo "seed $seed"
        how=common against_gcov -O0 -I/usr/include/csmith "$PWD/program.c"
        done=$((done + 1))
        lines=$((lines + $(sed -E 's/.* of ([0-9]+) lines .*/\1/' note)))
    done
    echo "$done programs, $lines lines, to seed $((seed - 1))" > note
}

# The same program for another machine has the same lines, and they ran as often.
between() { # ISA COMPILER
    [ -x "$qemu/qemu-$1" ] || skip "no qemu-$1"
    # shellcheck disable=SC2086
    cover constructs gcc -O0 $constructs
    # shellcheck disable=SC2086
    cover constructs-$1 "$2" -O0 -static $constructs
    compare same constructs.json "constructs-$1.json"
    mv note note-1
    # shellcheck disable=SC2086
    cover decode gcc -O0 $decode
    # shellcheck disable=SC2086
    cover decode-$1 "$2" -O0 -static $decode
    compare same decode.json "decode-$1.json"
    echo "$(cat note-1); $(cat note)" > note
}

case_same_aarch64() { between aarch64 aarch64-linux-gnu-gcc; }
case_same_arm() { between arm arm-linux-gnueabihf-gcc; }
case_same_riscv64() { between riscv64 riscv64-linux-gnu-gcc; }
case_same_i386() { between i386 i686-linux-gnu-gcc; }

# Each branch of optimised code, predicated ones of Thumb and A32 among them.
sites() { # ISA COMPILER FLAGS...
    local isa=$1 compiler=$2
    shift 2
    [ -x "$qemu/qemu-$isa" ] || skip "no qemu-$isa"
    # shellcheck disable=SC2086
    cover decode "$compiler" "$@" $decode
    compare sites decode.json decode.db
}

case_sites_x86_64() { sites x86_64 gcc -O2; }
case_sites_i386() { sites i386 i686-linux-gnu-gcc -O2 -static; }
case_sites_aarch64() { sites aarch64 aarch64-linux-gnu-gcc -O2 -static; }
case_sites_thumb() { sites arm arm-linux-gnueabihf-gcc -O2 -static -mthumb; }
case_sites_a32() { sites arm arm-linux-gnueabihf-gcc -O2 -static -marm; }
case_sites_riscv64() { sites riscv64 riscv64-linux-gnu-gcc -O2 -static; }

# Indirect jumps: as many as objdump has in the functions of the sources, each either with
# its destinations or among those that are said not to be known.
switches() { # ISA COMPILER OBJDUMP PATTERN FLAGS...
    local isa=$1 compiler=$2 objdump=$3 pattern=$4 known found hit open listed
    shift 4
    [ -x "$qemu/qemu-$isa" ] || skip "no qemu-$isa"
    # shellcheck disable=SC2086
    cover decode "$compiler" -O2 "$@" $decode
    known=$("$objdump" -d --no-show-raw-insn decode | awk -v pattern="$pattern" '
        /^[0-9a-f]+ <.*>:$/ { own = $2 !~ /tm_clones|@plt|^<[.]plt|^<_init|^<_start|^<__do_global/ }
        own && $0 ~ pattern { n++ } END { print n + 0 }')
    found=$(jumps indirect_jumps found) hit=$(jumps indirect_jumps hit)
    open=$(jumps not_enumerated found) listed=$(grep -o '"destinations"' decode.json | wc -l)
    [ "$known" -gt 0 ] && [ "$known" = "$found" ] && [ "$hit" -gt 0 ] ||
        fail "objdump has $known indirect jumps, coverage found and hit: $found, $hit"
    [ "$listed" -gt 0 ] && [ $((listed + open)) = "$found" ] ||
        fail "of $found indirect jumps $listed are listed and $open are not"
    if [ "$open" -gt 0 ]; then
        "$build/qemu-cflow" coverage -i decode.db | grep -qE "^note: $open indirect jumps?, "
    fi
    echo "$known indirect jumps, $hit ran, where they go is known of $listed" > note
}

# A number of the JSON's head.
jumps() { # MEMBER FOUND|HIT
    head -n 1 decode.json | sed -E "s/.*\"$1\":\{([^}]*)\}.*/\1/; s/.*\"$2\":([0-9]+).*/\1/"
}

case_switches_x86_64() { switches x86_64 gcc objdump 'jmp +\\*%'; }
case_switches_aarch64() {
    switches aarch64 aarch64-linux-gnu-gcc aarch64-linux-gnu-objdump '\tbr\tx'
}

case_faults_edge() {
    engine=edge cover faults gcc -O0 "$sources/faults.c"
    compare marks faults.json "$sources/faults.c"
}

case_faults_flow() {
    engine=flow cover faults gcc -O0 "$sources/faults.c"
    compare marks faults.json "$sources/faults.c"
}

case_faults_arm() {
    [ -x "$qemu/qemu-arm" ] || skip "no qemu-arm"
    cover faults arm-linux-gnueabihf-gcc -O0 -static "$sources/faults.c"
    compare marks faults.json "$sources/faults.c"
}

case_instances() {
    cover inline g++ -O0 "$sources/inline.cc"
    compare marks inline.json "$sources/inline.cc"
}

# A whole machine: lines come from the file that --symbols names.
case_firmware() {
    command -v aarch64-linux-gnu-gcc > /dev/null || skip "no aarch64-linux-gnu-gcc"
    [ -x "$qemu/qemu-system-aarch64" ] || skip "no qemu-system-aarch64"
    aarch64-linux-gnu-gcc -O0 -g -nostdlib -ffreestanding -static -Wl,-Ttext=0x40000000 \
        -o firmware "$sources/firmware.S" "$sources/firmware.c"
    "$build/qemu-cflow" record -q -o firmware.db -- "$qemu/qemu-system-aarch64" -M virt \
        -cpu cortex-a53 -nographic -semihosting -kernel firmware < /dev/null
    "$build/qemu-cflow" coverage -i firmware.db --symbols firmware --format json > firmware.json
    compare marks firmware.json "$sources/firmware.c"
}

# Where the optimiser makes one of equal code of several lines, that code bears the
# name of one of them.  Without that, no line may count that did not run.
case_optimised() {
    # shellcheck disable=SC2086
    cover plain gcc -O0 $decode
    # shellcheck disable=SC2086
    cover fast gcc -O2 -fno-crossjumping -fno-tree-tail-merge -fno-ipa-icf $decode
    compare subset fast.json plain.json
}

case_optimised_merged() {
    # shellcheck disable=SC2086
    cover plain gcc -O0 $decode
    # shellcheck disable=SC2086
    cover fast gcc -O2 $decode
    compare mostly fast.json plain.json
}

# --- tracefiles -----------------------------------------------------------------

tracefiles() {
    # shellcheck disable=SC2086
    cover constructs gcc -O0 $constructs
    # shellcheck disable=SC2086
    cover decode gcc -O0 $decode
    # shellcheck disable=SC2086
    cover fast gcc -O2 $decode
    cover faults gcc -O0 "$sources/faults.c"
    cover inline g++ -O0 "$sources/inline.cc"
    for name in constructs decode fast faults inline; do
        "$build/qemu-cflow" export -i $name.db --format lcov -o $name.info 2> $name.notes
    done
}

case_lcov_rules() {
    tracefiles
    for name in constructs decode fast faults inline; do
        compare lcov $name.info $name.json
    done
    echo "5 programs, no inconsistency" > note
}

# genhtml of whatever version finds the numbers that coverage printed.
genhtml_reads() { # GENHTML...
    local name lines
    for name in constructs decode fast faults inline; do
        "$@" --branch-coverage -o "html-$name" $name.info > html.out 2>&1 || {
            cat html.out
            exit 1
        }
        lines=$("$build/qemu-cflow" coverage -i $name.db | awk '$NF == "total" { print $1 }' | tr / ' ')
        grep -qE "lines\.+: [0-9.]+% \(${lines% *} of ${lines#* } lines\)" html.out ||
            fail "$name: $lines lines, genhtml: $(grep 'lines\.' html.out)"
        if grep -q inconsistent html.out; then
            cat html.out
            exit 1
        fi
    done
    "$@" --version > note
}

case_lcov_1() {
    command -v genhtml > /dev/null || skip "no genhtml"
    tracefiles
    genhtml_reads genhtml
}

case_lcov_2() {
    local lcov
    lcov=$("$sources/get-lcov" 2> get-lcov.log) || skip "lcov 2 cannot be fetched"
    export PERL5LIB=$lcov/usr/lib/lcov
    "$lcov/usr/bin/genhtml" --version > /dev/null 2> version.log ||
        skip "lcov 2 lacks a module: $(head -n 1 version.log)"
    tracefiles
    genhtml_reads "$lcov/usr/bin/genhtml"
}

# --- all of them ------------------------------------------------------------------

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
            echo "PASS coverage/$name: $(cat "$work/$name/note")"
            rm -rf "${work:?}/$name"
            ;;
        77) echo "SKIP coverage/$name: $(cat "$work/$name/skip")" ;;
        *)
            sed 's/^/    /' "$work/$name/log" | tail -n 40
            echo "FAIL coverage/$name"
            failed=1
            ;;
    esac
done
exit $failed
