#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# export.sh BUILD_DIR QEMU_BIN_DIR [CASE...]
#
# Exports profiles and has the programs read them that the formats are for:
# callgrind_annotate, gprof, Python's json and csv.  Where the same can be
# counted by somebody else (Callgrind itself, QEMU's log of instructions, a
# program whose calls are known) the numbers must be the same.  Each
# case_NAME below runs in a directory of its own and fails with its first
# command that fails.
set -u

if [ $# -lt 2 ] || [ ! -x "$1/qemu-cflow" ] || [ ! -x "$2/qemu-x86_64" ]; then
    echo "usage: export.sh BUILD_DIR QEMU_BIN_DIR [CASE...]" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
qemu=$(cd "$2" && pwd)
shift 2
cflow=$build/qemu-cflow
golden=$here/../golden/profile-v1.db
export LC_ALL=C.UTF-8 QEMU_CFLOW_QEMU=$qemu DEBUGINFOD_URLS=
unset QEMU_LD_PREFIX QEMU_CFLOW_PLUGIN
ulimit -c 0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
all_isas="x86_64 i386 aarch64 arm riscv64"

fail() {
    echo "$*" >&2
    exit 1
}

equal() { # WHAT GOT WANTED
    [ "$2" = "$3" ] || fail "$1: got '$2', not '$3'"
}

matches() { # FILE PATTERN
    grep -qE -- "$2" "$1" || fail "$1 should match '$2': $(head -c 500 "$1")"
}

tools() { # ISA: prints the prefix of its binutils and gcc
    case $1 in
        x86_64) echo "" ;;
        i386) echo i686-linux-gnu- ;;
        aarch64) echo aarch64-linux-gnu- ;;
        arm) echo arm-linux-gnueabihf- ;;
        riscv64) echo riscv64-linux-gnu- ;;
    esac
}

guest() { # NAME ISA FLAGS...: compiles guest-NAME.c into NAME
    local name=$1 prefix
    prefix=$(tools "$2")
    shift 2
    "${prefix}gcc" -O2 -g -Wall -Wextra -o "$name" "$here/guest-$name.c" "$@"
}

record() { # FILE PROGRAM ARGS...
    local file=$1
    shift
    "$cflow" record -q -o "$file" -- "$@" > output
}

export_as() { # FORMAT PROFILE FILE ARGS...: what it says goes to the file "said"
    local format=$1 profile=$2 file=$3
    shift 3
    "$cflow" export -f "$format" -i "$profile" -o "$file" "$@" 2> said || fail "$(cat said)"
}

callgrind() {
    python3 "$here/callgrind.py" "$@"
}

span() { # FILE SECTION: its first address and the one behind it
    local address size
    read -r address size <<< "$(readelf -SW "$1" |
        sed -nE "s/^ *\[ *[0-9]+\] ${2//./\\.} +PROGBITS +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+) .*/\1 \2/p")"
    [ -n "$size" ] || fail "$1 has no section $2"
    printf '0x%x 0x%x' $((16#$address)) $((16#$address + 16#$size))
}

sql() { # FILE QUERY
    sqlite3 -readonly "$1" "$2"
}

repeats() { # PROFILE MODULE: where its string instructions are
    sql "$1" "select printf('0x%x', i.offset) from insn i join module m on m.id = i.module
              where i.class = 'repeat' and m.path like '%$2'"
}

run_callgrind() { # OUTPUT PROGRAM ARGS...
    local out=$1
    shift
    valgrind -q --tool=callgrind --skip-plt=no --collect-jumps=yes --dump-instr=yes \
        --callgrind-out-file="$out" "$@" > /dev/null
}

# --- callgrind -----------------------------------------------------------------

# Every instruction of bzip2 and its library, as Callgrind counts them.
case_callgrind_real() {
    local library
    head -c 60000 "$cflow" > input
    record bzip2.db bzip2 -9 -c input
    export_as callgrind bzip2.db ours
    run_callgrind real bzip2 -9 -c input
    library=$(sql bzip2.db "select path from module where path like '%/libbz2.so%'")
    # shellcheck disable=SC2046
    callgrind compare ours real "$library" $(span "$library" .text) \
        $(repeats bzip2.db "$library") || exit 1
    callgrind compare ours real /bzip2 $(span "$(realpath "$(command -v bzip2)")" .text) \
        $(repeats bzip2.db /bzip2) || exit 1
    callgrind jumps ours real "$library" || exit 1
    # String instructions included the difference is below 0.001 %.
    awk -v a="$(callgrind total ours "$library")" -v b="$(callgrind total real "$library")" \
        'BEGIN { d = a > b ? a - b : b - a; if (a < 1e6 || d > b / 1e5) exit 1
                 printf "%d and %d instructions in all of the library\n", a, b }' ||
        fail "totals differ too much"
}

# The same for a program with known calls: functions, inlined and not.
case_callgrind_functions() {
    guest work x86_64 '-DSECTION=".text"' # the only one of which Callgrind knows the file
    record work.db ./work
    export_as callgrind work.db ours
    run_callgrind real ./work
    # shellcheck disable=SC2046
    callgrind compare ours real /work $(span work .text) || exit 1
    callgrind functions ours real /work odd even collatz factorial leaf tail indirect main ||
        exit 1
    callgrind jumps ours real /work || exit 1
    equal "calls of odd" "$(callgrind calls ours odd)" 41
    equal "calls of even" "$(callgrind calls ours even)" 70
    equal "calls of leaf, jumps of tail among them" "$(callgrind calls ours leaf)" 1000
}

case_callgrind_annotate() {
    guest work x86_64
    record work.db ./work
    export_as callgrind work.db callgrind.out
    callgrind_annotate callgrind.out "$here/guest-work.c" > screen 2> warnings
    equal "warnings" "$(cat warnings)" ""
    local total
    total=$(callgrind total callgrind.out)
    equal "total" "$(sed -nE 's/^([0-9,]+) \(100.0%\)  PROGRAM TOTALS/\1/p' screen | tr -d ,)" "$total"
    matches screen "^Counts: exact"
    matches screen "^Inclusive cost: an estimate"
    matches screen "guest-work.c:collatz"
    matches screen "guest-work.c:odd \(41x\)"
    callgrind_annotate --tree=both --inclusive=yes --threshold=100 callgrind.out > tree 2> warnings
    equal "warnings" "$(cat warnings)" ""
    matches tree "guest-work.c:factorial \(63x\)"
    echo "$total instructions"
}

# The reader that the tests rely on refuses what KCachegrind does.
case_callgrind_grammar() {
    guest work x86_64
    record work.db ./work
    export_as callgrind work.db good
    callgrind check good || exit 1
    matches good "^jcnd=[0-9]+/[0-9]+ 0x[0-9a-f]+ [0-9]+$"
    matches good "^jump=[0-9]+ 0x[0-9a-f]+ [0-9]+$"
    refuse() {
        cmp -s good bad && fail "nothing changed: $1"
        ! callgrind check bad > out 2>&1 || fail "$1 was accepted"
    }
    sed -E 's,^(jcnd=[0-9]+)/([0-9]+),\1 \2,' good > bad
    refuse "jcnd without a slash"
    sed -E '0,/^calls=/ s/^calls=[0-9]+/calls=/' good > bad
    refuse "calls without a number"
    sed -E 's/^totals: ./totals: 9/' good > bad
    refuse "wrong totals"
    sed -E '0,/^fn=\([0-9]+\) / s/^fn=\([0-9]+\) .*/fn=(999999)/' good > bad
    refuse "a name that was never told"
    head -n -3 good > bad
    refuse "a file that is cut"
}

# Each instruction as often as QEMU's own log has it, with each instruction set.
counted_by_qemu() { # PROGRAM ISA [RECORD_OPTIONS...]
    local program=$1 isa=$2
    shift 2
    guest "$program" "$isa" -static -no-pie
    "$cflow" record -q "$@" -o out.db -- "./$program" > recorded
    export_as callgrind out.db ours
    "$qemu/qemu-$isa" -one-insn-per-tb -d exec,nochain -D log "./$program" > plain
    cmp plain recorded
    callgrind check ours || exit 1
    # shellcheck disable=SC2046
    python3 "$here/trace.py" log out.db ours "/$program" $(span "$program" .work)
}

callgrind_isa() { # ISA
    counted_by_qemu work "$1" || exit 1
    equal "instructions" "$(callgrind total ours)" \
        "$(sql out.db 'select sum(insns * completed) from block')"
}

case_callgrind_x86_64() { callgrind_isa x86_64; }
case_callgrind_i386() { callgrind_isa i386; }
case_callgrind_aarch64() { callgrind_isa aarch64; }
case_callgrind_arm() { callgrind_isa arm; }
case_callgrind_riscv64() { callgrind_isa riscv64; }

# Blocks that are left at several places, entered at several.
case_callgrind_faults() {
    local isa engine
    for isa in $all_isas; do
        for engine in edge flow; do
            counted_by_qemu faults "$isa" --engine $engine || fail "$isa $engine"
            [ "$(sql out.db 'select sum(entered - completed) from block')" -gt 10 ] ||
                fail "$isa: no block was left in its middle"
            ! grep "not known" said || fail "$isa $engine"
        done
    done
}

# A fault that ends the process.  The flow engine cannot tell which load it was:
# then what the block ran is left out, and a note says so.
case_callgrind_crash() {
    local exact
    guest crash x86_64 -static -no-pie
    "$qemu/qemu-x86_64" -one-insn-per-tb -d exec,nochain -D log ./crash 2> err || true
    "$cflow" record -q --engine edge -o out.db -- ./crash 2> err || true
    export_as callgrind out.db ours
    # shellcheck disable=SC2046
    python3 "$here/trace.py" log out.db ours /crash $(span crash .work) || exit 1
    exact=$(callgrind total ours)
    "$cflow" record -q --engine flow -o out.db -- ./crash 2> err || true
    export_as callgrind out.db ours
    matches said "1 times a block was left before its end at a place that is not known"
    equal "without the last block" "$(callgrind total ours)" \
        "$(sql out.db 'select sum(insns * completed) from block')"
    [ "$(callgrind total ours)" -lt "$exact" ] || fail "nothing is left out"
    echo "$exact instructions, $(callgrind total ours) where it is not known"
}

# Code without a file is counted all the same.
case_callgrind_generated() {
    guest jit x86_64
    record jit.db ./jit
    equal "output" "$(cat output)" 1000
    export_as callgrind jit.db ours
    matches said "instructions of code without a file"
    callgrind check ours || exit 1
    equal "of generated code" "$(callgrind total ours '[anon:1]')" 3002
}

case_callgrind_selection() {
    guest work x86_64
    record work.db ./work
    export_as callgrind work.db all
    export_as callgrind work.db module --module work
    callgrind check module > /dev/null || exit 1
    equal "of the module" "$(callgrind total module)" "$(callgrind total all /work)"
    export_as callgrind work.db function --function collatz
    callgrind check function || exit 1
    matches function "^fn=.* collatz$"
    equal "functions" "$(grep -c '^fn=' function)" 1
    echo "$(callgrind total all), $(callgrind total module), $(callgrind total function)"
}

# --- drcov ---------------------------------------------------------------------

case_drcov() {
    guest work x86_64 -pie -fPIE
    record work.db ./work
    export_as drcov work.db drcov.log
    python3 "$here/drcov.py" check drcov.log work.db || exit 1
    python3 "$here/drcov.py" starts drcov.log /work 0 "$(nm work | sed -n 's/ T factorial//p')"
}

case_drcov_isas() {
    local isa base
    for isa in $all_isas; do
        guest work "$isa" -static -no-pie
        record out.db ./work
        export_as drcov out.db drcov.log
        python3 "$here/drcov.py" check drcov.log out.db || fail "$isa"
        base=$(readelf -lW work | sed -nE '/LOAD/ { s/^ *LOAD +0x[0-9a-f]+ 0x([0-9a-f]+) .*/\1/p; q }')
        [ $((16#$base)) -gt 0 ] || fail "$isa: not linked to a fixed address"
        python3 "$here/drcov.py" starts drcov.log /work "$base" \
            "$("$(tools "$isa")nm" work | sed -n 's/ T factorial//p')" || fail "$isa"
    done
}

# QEMU has no blocks that are too long for the format; a merged profile could.
case_drcov_long() {
    guest work x86_64
    record work.db ./work
    sqlite3 work.db "
        insert or ignore into insn select module, start + 100000, 'plain', null, x'90', null, null, 1
          from block order by entered desc limit 1;
        insert into block(process, module, start, last, insns, entered, completed)
          select process, module, start, start + 100000, 7, 1, 1 from block
          order by entered desc limit 1"
    export_as drcov work.db drcov.log
    python3 "$here/drcov.py" check drcov.log work.db || exit 1
    equal "blocks" "$(sed -nE 's/^BB Table: ([0-9]+) bbs/\1/p' drcov.log)" \
        "$(sql work.db 'select count(*) + 3 from block')" # 100001 bytes in four parts
}

# --- gprof ---------------------------------------------------------------------

calls_of() { # FUNCTION: in gprof's flat profile on the file "flat"
    awk -v f="$1" '$NF == f { print $4 }' flat
}

case_gprof() {
    local isa
    for isa in $all_isas; do
        guest work "$isa" -fno-inline -static
        record work.db ./work
        export_as gmon work.db gmon.out
        "$(tools "$isa")gprof" -b -p -q work gmon.out > both || fail "$isa"
        sed '/Call graph/q' both > flat
        equal "$isa, odd" "$(calls_of odd)" 41
        equal "$isa, even" "$(calls_of even)" 70
        equal "$isa, collatz" "$(calls_of collatz)" 1
        equal "$isa, factorial" "$(calls_of factorial)" 7
        equal "$isa, tail" "$(calls_of tail)" 334
        equal "$isa, leaf" "$(calls_of leaf)" 1000
        matches both "7\+63 +factorial"
        matches both "334/1000 +tail"
        matches both "no time accumulated"
    done
    echo "odd 41, even 70, factorial 7+63, tail 334, leaf 1000 with each of" $all_isas
}

# A program made for gprof counts the same.
case_gprof_real() {
    guest work x86_64 -fno-inline -fno-optimize-sibling-calls
    record work.db ./work
    export_as gmon work.db ours
    mkdir real
    gcc -O2 -g -pg -fno-inline -fno-optimize-sibling-calls -o work-pg "$here/guest-work.c"
    (cd real && ../work-pg > /dev/null)
    counts() {
        awk '$NF ~ /^(odd|even|collatz|factorial|leaf|tail|indirect)$/ { print $NF, $4 }' | sort
    }
    gprof -b -p work ours | counts > a
    gprof -b -p work-pg real/gmon.out | counts > b
    equal "functions" "$(wc -l < a)" 7
    diff a b || exit 1
    tr '\n' ' ' < a
}

case_gprof_saturated() {
    guest work x86_64 -fno-inline
    record work.db ./work
    sqlite3 work.db "update edge set count = 5000000000 where count = 41 and kind =
        (select id from kind where name = 'call')"
    export_as gmon work.db gmon.out
    gprof -b -p work gmon.out > flat
    equal "odd" "$(calls_of odd)" 4294967295
    matches said "1 counts are more than the format can say"
    echo "$(calls_of odd), $(calls_of even)"
}

# --- for programs ----------------------------------------------------------------

case_json() {
    guest work x86_64 -fno-inline
    guest faults x86_64
    local program
    for program in work faults; do
        record out.db ./$program
        export_as json out.db out.json
        python3 "$here/tables.py" json out.json out.db || exit 1
        python3 -m json.tool out.json > /dev/null || exit 1
    done
    record out.db ./work
    export_as json out.db out.json
    equal "calls of odd" "$(python3 "$here/tables.py" named out.json odd)" 41
    export_as json out.db some.json --function odd
    equal "calls of odd" "$(python3 "$here/tables.py" named some.json odd)" 41
    [ "$(wc -c < some.json)" -lt "$(($(wc -c < out.json) / 4))" ] || fail "nothing was selected"
}

case_csv() {
    guest faults x86_64
    record out.db ./faults
    export_as csv out.db edges.csv
    python3 "$here/tables.py" csv edges.csv out.db || exit 1
    export_as csv-blocks out.db blocks.csv
    python3 "$here/tables.py" csv-blocks blocks.csv out.db
}

# --- all formats -------------------------------------------------------------------

formats() {
    "$cflow" export --list | awk 'NR > 1 { print $1 }'
}

# Nothing is lost: an older file stays whatever goes wrong.
case_old_file_stays() {
    local format text
    guest work x86_64 -static
    record work.db ./work
    for format in $(formats); do
        echo old > old
        # A disk that is full, as far as a process can have one to itself.
        text=$(trap '' XFSZ; ulimit -f 0
            "$cflow" export -f "$format" -i work.db -o old 2>&1) && fail "$format: no error"
        equal "$format" "$text" "qemu-cflow: cannot write old: File too large; free some space"
        equal "$format" "$(cat old)" old
        if "$cflow" export -f "$format" -i work.db -o - > /dev/full 2> said; then
            fail "$format: no error with /dev/full"
        fi
        matches said "cannot write"
    done
    equal "files" "$(ls -A | tr '\n' ' ')" "old output said work work.db "
}

# A profile that was cut gives one line and no file.
case_damaged() {
    local format
    guest work x86_64 -static
    record work.db ./work
    sqlite3 work.db "update block set completed = entered + 1, entered = -1"
    sqlite3 work.db "update edge set count = -1"
    for format in $(formats); do
        ! "$cflow" export -f "$format" -i work.db -o file > out 2> said || fail "$format"
        equal "$format: lines" "$(wc -l < said)" 1
        matches said "damaged|corrupt"
        [ ! -e file ] || fail "$format left a file"
    done
}

case_golden() { # a profile whose files are not there
    local format
    for format in $(formats); do
        case $format in callgrind|csv|csv-blocks|drcov|json)
            "$cflow" export -f "$format" -i "$golden" -o file > out 2> said ||
                fail "$format: $(cat said)"
            matches said "note: the profile is exact except" ;;
        esac
    done
    ! "$cflow" export -f gmon -i "$golden" -o gmon.out 2> said || fail "no error"
    matches said "is needed for this format"
}

# Links are followed, modes kept, pipes and devices written as they are.
case_output() {
    echo old > file
    chmod 640 file
    mkdir dir
    ln -s ../file dir/link
    export_as csv "$golden" dir/link
    [ -L dir/link ] || fail "the link is gone"
    matches file "^count,kind,"
    equal "mode" "$(stat -c %a file)" 640
    mkfifo pipe
    cat pipe > through &
    export_as csv "$golden" pipe
    wait $!
    cmp file through
    export_as csv "$golden" /dev/null
    [ -c /dev/null ] || fail "/dev/null was replaced"
    (umask 027; export_as csv "$golden" new)
    equal "mode of a new file" "$(stat -c %a new)" 640
    "$cflow" export -f csv -i "$golden" > standard 2> said
    cmp file standard
    equal "files" "$(ls -A dir)" link
}

# Processes are added up.
case_processes() {
    cat > forks.c <<'SOURCE'
#include <sys/wait.h>
#include <unistd.h>
__attribute__((noinline)) int work(int n) { int s = 0; for (volatile int i = 0; i < n; i++) s += i; return s; }
int main(void) {
    for (int i = 0; i < 3; i++) if (fork() == 0) { work(1000); return 0; }
    while (wait(0) > 0) { }
    return work(10) & 0;
}
SOURCE
    gcc -O1 -g -fno-ipa-pure-const -o forks forks.c
    record forks.db ./forks
    equal "processes" "$(sql forks.db 'select count(*) from process')" 4
    export_as callgrind forks.db ours
    callgrind check ours || exit 1
    equal "instructions" "$(callgrind total ours /forks)" \
        "$(sql forks.db "select sum(insns * completed) from block join module m on m.id = module
                         where path like '%/forks'")"
    equal "calls of work" "$(callgrind calls ours work)" 4
}

case_terminal() {
    "$cflow" export -f drcov -i "$golden" -o - > piped 2> /dev/null || fail "not to a pipe"
    matches piped "DRCOV VERSION"
    ! script -qec "'$cflow' export -f drcov -i '$golden' -o -" typescript > screen < /dev/null ||
        fail "to a terminal"
    matches screen "drcov is no text for a terminal; name a file with -o"
    ! grep DRCOV screen || fail "it was printed"
}

# --- running -------------------------------------------------------------------

if [ $# -eq 0 ]; then
    # shellcheck disable=SC2046
    set -- $(sed -n 's/^case_\([a-z0-9_]*\)() .*/\1/p' "$0")
fi
failed=0
for name; do
    mkdir "$scratch/$name"
    if (cd "$scratch/$name" && set -e && "case_$name") > "$scratch/log" 2>&1; then
        echo "PASS export/${name//_/-}: $(tail -n 1 "$scratch/log")"
    else
        sed 's/^/    /' "$scratch/log" | tail -n 30
        echo "FAIL export/${name//_/-}"
        failed=1
    fi
done
exit $failed
