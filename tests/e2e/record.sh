#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# record.sh BUILD_DIR QEMU_BIN_DIR [CASE...]
#
# Records real programs and looks at what came of it, as a user would: exit
# statuses, signals, sqlite3 on the profile.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/e2e/cases.sh
. "$here/cases.sh"

# --- the program does not notice -----------------------------------------------

case_output() { # the same bytes, the same status, a profile that is exact
    record -o out.db -- gzip -9 -n -c "$cflow" > recorded.gz
    gzip -9 -n -c "$cflow" | cmp - recorded.gz
    exact out.db
    equal "path of the process" "$(sql out.db 'select path from process')" \
        "$(realpath "$(command -v gzip)")"
}

case_stdin() {
    record -o out.db -- cat < "$qemu/qemu-x86_64" | cmp - "$qemu/qemu-x86_64"
    # shellcheck disable=SC2002  # a pipe is what is to be tested
    cat "$cflow" | record -o out.db -- cat | cmp - "$cflow"
    exact out.db
}

case_stderr() {
    record -o out.db -- sh -c 'echo out; echo err >&2' > out 2> err
    equal stdout "$(cat out)" out
    equal stderr "$(cat err)" err
    "$cflow" record -o out.db -- true 2> err
    matches "the summary" err '^qemu-cflow: [0-9]+ transfers over [0-9]+ edges, exact; wrote out.db$'
    equal "lines of the summary" "$(wc -l < err)" 1
}

case_status() {
    status_of record -o out.db -- sh -c 'exit 3'
    equal "exit status" $status 3
    equal "exit status in the profile" "$(meta out.db exit_status)" "exit 3"
    exact out.db
}

case_arguments() { # odd ones reach the program as they are, its name too
    record -o out.db -- sh -c 'printf "<%s>" "$0" "$@"' 'a,b' '' ' *' -x --output=y $'\n' > out
    sh -c 'printf "<%s>" "$0" "$@"' 'a,b' '' ' *' -x --output=y $'\n' | cmp - out
    mkdir 'a,b'
    record -o 'a,b/c,d.db' -- true
    exact 'a,b/c,d.db'
}

case_killed() { # the end of the program is ours
    # shellcheck disable=SC2016
    status_of record -o out.db -- sh -c 'kill -TERM $$'
    equal "exit status" $status 143
    equal "exit status in the profile" "$(meta out.db exit_status)" "signal 15"
    exact out.db
    # shellcheck disable=SC2016
    status_of record -o out.db -- sh -c 'kill -KILL $$'
    equal "exit status" $status 137
    equal "exit status in the profile" "$(meta out.db exit_status)" "signal 9"
    equal complete "$(meta out.db complete)" 0
    equal "integrity" "$(sql out.db 'PRAGMA integrity_check')" ok
}

case_signals() { # one that is sent to us is meant for the program
    guest signals
    start ./signals
    kill -USR1 $pid
    ended
    equal "status after SIGUSR1" $status 20
    matches stdout out '^got User defined signal 1$'
    exact out.db
    rm out.db
    start ./signals
    kill -TERM $pid
    ended
    equal "status after SIGTERM" $status 143
    equal "exit status in the profile" "$(meta out.db exit_status)" "signal 15"
    "$cflow" info -i out.db > info
    matches info info 'signal 15'
}

case_interrupt() { # sent to record alone
    guest signals
    start ./signals
    kill -INT $pid
    ended
    equal "status of a program that handles SIGINT" $status 12
    matches stdout out '^got Interrupt$'
    exact out.db
}

case_ctrl_c() { # goes to the whole group
    guest signals
    start ./signals
    kill -INT -- -$pid
    ended
    equal "status of a program that handles SIGINT" $status 12
    matches stdout out '^got Interrupt$'
    exact out.db
    rm out.db
    # With system calls in it: QEMU 10.2 may sit on a signal that comes between two
    # rounds of its main loop until the next one.
    start sh -c 'echo ready; while :; do : < /dev/null; done'
    kill -INT -- -$pid
    ended
    equal "status of a program that dies of SIGINT" $status 130
    equal "exit status in the profile" "$(meta out.db exit_status)" "signal 2"
}

# The plugin makes the count of one block wrong by one, and the sums must show it.  Not
# all can: one more turn around a closed way of deduced edges is as good a flow as any.
case_damage() {
    local caught=0 tried=0 n
    for n in $(seq 10 100 1990); do
        "$qemu/qemu-x86_64" -plugin "$build/libcflow.so,engine=flow,damage=$n,out=wrong.db" \
            /bin/true
        [ "$(meta wrong.db exact)" = 1 ] || caught=$((caught + 1))
        tried=$((tried + 1))
    done
    echo "$caught of $tried wrong counts were caught"
    [ $caught -ge $((tried * 8 / 10)) ] || fail "only $caught of $tried wrong counts were caught"
    "$qemu/qemu-x86_64" -plugin "$build/libcflow.so,engine=flow,out=right.db" /bin/true
    exact right.db
    equal "residual as recorded" "$(meta right.db residual)" 0
}

case_script() { # its interpreter is what is recorded
    printf '#!/bin/sh -e\necho "$0 $1"\nfalse\necho "not here"\n' > script
    chmod +x script
    status_of record -o out.db -- ./script 'a b' > out
    equal stdout "$(cat out)" "./script a b"
    equal "exit status" $status 1
    exact out.db
    equal "path of the process" "$(sql out.db 'select path from process')" "$(realpath /bin/sh)"
}

case_foreign() { # another machine's libraries are found without -L
    local tried=
    for pair in aarch64:aarch64-linux-gnu arm:arm-linux-gnueabihf riscv64:riscv64-linux-gnu \
        i386:i686-linux-gnu; do
        [ -x "$qemu/qemu-${pair%:*}" ] && command -v "${pair#*:}-gcc" || continue
        "${pair#*:}-gcc" -O1 -o hello "$here/../../examples/queens.c"
        record -o out.db -- ./hello > out
        [ -s out ] || fail "nothing was printed"
        exact out.db
        equal "ISA" "$(meta out.db isa)" "${pair%:*}"
        tried=yes
    done
    [ $tried ] || skip "no cross compiler with an emulator"
}

case_qemu_command() { # a command line for QEMU gets the plugin added
    gcc -O1 -static -o queens "$here/../../examples/queens.c"
    record -o out.db -- "$qemu/qemu-x86_64" -E NAME=value -cpu max ./queens > out
    ./queens | cmp - out
    exact out.db
}

# --- what the profile says -----------------------------------------------------

case_sqlite() {
    record -o out.db -- gzip -c "$here/record.sh" > /dev/null
    [ "$(sql out.db 'select count(*) from edge')" -gt 500 ]
    equal "PRAGMA integrity_check" "$(sql out.db 'PRAGMA integrity_check')" ok
    equal "PRAGMA foreign_key_check" "$(sql out.db 'PRAGMA foreign_key_check')" ""
    equal "PRAGMA application_id" "$(sql out.db 'PRAGMA application_id')" $((0x43464c57))
    equal "unexplained edges" "$(sql out.db "select count(*) from edges where kind in
        ('unexplained', 'unknown')")" 0
    exact out.db
    ! ls out.db-* || fail "SQLite's own files were left behind"
}

case_report() { # in all formats, of a profile that was not made by hand
    record -o out.db -- gzip -c "$cflow" > /dev/null
    "$cflow" report -i out.db --limit 0 > out
    matches "the report" out '^counts +exact$'
    matches "the report" out '^ *[0-9]+ +[0-9]+ +[0-9]+ +[0-9.]+ +_dl_[a-z_]+\+0x[0-9a-f]+ +([^ ]+:[0-9]+ +)?ld-linux'
    matches "the report" out '^ *[0-9]+ +[0-9]+ +[0-9]+ +[0-9.]+ +[_a-z]+\+0x[0-9a-f]+ +([^ ]+:[0-9]+ +)?libc\.so\.6 '
    # Debian's gzip is stripped: its functions have their addresses for names.
    matches "the report" out '^ *[0-9]+ +[0-9]+ +[0-9]+ +[0-9.]+ +(fn_[0-9a-f]+|[_a-z]+)\+0x[0-9a-f]+ +([^ ]+:[0-9]+ +)?gzip '
    for sort in hottest faults destinations bias; do
        "$cflow" report -i out.db --sort $sort --limit 0 > /dev/null
        "$cflow" report -i out.db --sort $sort --format json | python3 -m json.tool > /dev/null
        "$cflow" report -i out.db --sort $sort --format csv | python3 -c '
import csv, sys
rows = list(csv.reader(sys.stdin))
assert rows and len({len(row) for row in rows}) == 1, rows[:3]
assert "'$sort'" == "faults" or len(rows) > 10, len(rows)'
    done
}

# A library's place in memory is drawn by lot; no row but those of "mapping" shows it.
case_aslr() {
    if [ "$(grep stack /proc/self/maps)" = "$(grep stack /proc/self/maps)" ]; then
        skip "no address-space layout randomization here"
    fi
    gcc -O1 -fPIC -shared -o libwork.so "$here/guest-library.c"
    gcc -O2 -fPIC -shared -o plug.so "$here/guest-library.c"
    guest modules -pie -fPIE -L. -lwork -Wl,-rpath,"$PWD"
    for run in 1 2 3; do
        record -o $run.db -- ./modules ./plug.so > out
        equal stdout "$(cat out)" "$(./modules ./plug.so)"
        exact $run.db
        # The dynamic linker compares addresses: its own branches may differ.
        linker="(select id from module where path like '%/ld-linux%')"
        for rows in "edge where src_module not in $linker" "block where module not in $linker" \
            "insn where module not in $linker" module; do
            echo "--- $rows"
            sql $run.db "select * from $rows" | sort
        done > $run.rows
        sql $run.db 'select * from mapping' | sort > $run.mapping
    done
    ! cmp -s 1.mapping 2.mapping || fail "the layout was the same in two runs"
    diff 1.rows 2.rows
    diff 1.rows 3.rows
    for kind in elf vdso anon; do
        sql 1.db "select count(*) from edge join module on id = src_module
            where module.kind = '$kind'" > count
        [ "$(cat count)" -gt 0 ] || fail "no edges in a module of kind $kind"
    done
    equal "modules of kind anon" "$(sql 1.db "select count(*) from module where kind = 'anon'")" 1
    equal "turns of the generated loop" "$(sql 1.db "select count from edge join module
        on id = src_module where module.kind = 'anon' and edge.kind = 1")" 4
    [ "$(sql 1.db "select sum(count) from edge join module on id = dst_module
        where module.kind = 'vdso'")" -ge 2000 ] || fail "too few entries into the vdso"
    equal "modules named plug.so" \
        "$(sql 1.db "select count(*) from module where path like '%/plug.so'")" 1
    equal "build-ids of ELF modules" "$(sql 1.db "select count(*) from module
        where kind = 'elf' and length(build_id) = 40")" 5
}

case_build_id() { # of whatever length
    for id in 0a 0a1b2c 0a1b2c3d4e5f60718293 "$(printf '%064d' 7)"; do
        gcc -O1 -Wl,--build-id=0x$id -o queens "$here/../../examples/queens.c"
        record -o out.db -- ./queens > /dev/null
        equal "build-id" "$(sql out.db "select build_id from module where path like '%/queens'")" $id
        "$cflow" report -i out.db --module queens > out 2> err
        equal "stderr of report" "$(cat err)" ""
        matches "the report" out ' main\+0x[0-9a-f]+ '
    done
}

case_hermit() { # nothing that the guest gives up is missed
    guest hermit
    mkdir empty
    status_of record -o out.db -- ./hermit empty
    equal "exit status" $status 42
    exact out.db
    rmdir empty
    equal "modules of kind anon" "$(sql out.db "select count(*) from module where kind = 'anon'")" 0
    [ "$(sql out.db "select sum(count) from edge join module on id = src_module
        where path like '%/hermit'")" -gt 200000 ] || fail "the program's own loop is missing"
}

case_hostile_names() { # of files, sources, functions: text like any other, in every verb
    local evil=$'e\e[31m<b>&"\x07\n{|}\x7f'
    mkdir "$evil"
    cat > evil.c << 'END'
static volatile int sink;
void evil(int n)
{
    for (int i = 0; i < n; i++) {
        sink += i & 1 ? 2 : 3;
    }
}
END
    cat > main.c << 'END'
#include <signal.h>
void evil(int n);
void (*volatile indirect)(int) = evil;
static volatile int got;
static void handler(int number) { got = number; }
int main(void)
{
    signal(SIGUSR1, handler);
    raise(SIGUSR1);
    for (int i = 0; i < 3; i++) {
        indirect(50);
    }
    return 0;
}
END
    mv evil.c "$evil/"
    gcc -O1 -g -c -o evil.o "$evil/evil.c"
    gcc -O1 -g -c main.c
    for object in evil main; do
        objcopy --redefine-sym evil="$evil" $object.o
    done
    gcc -o "$evil/$evil" main.o evil.o
    record -o out.db -- "$evil/$evil" "$evil" 2> err
    exact out.db
    equal "functions" "$(sql out.db "select count(*) from module where path glob '*<b>*'")" 1
    every_verb out.db '*<b>*' main.c main
    "$cflow" coverage -i out.db --lines evil.c > text
    matches "the listing" text 'Source:.*e.x1b\[31m<b>'
    "$cflow" export -f lcov -i out.db -o out.info 2> err
    matches "the note" err '1 files with control characters in their names are left out'
    grep -q '^SF:.*/main.c$' out.info
    "$cflow" report -i out.db --by function > text
    matches "the report" text 'e\\(e|x1b|033|u001b)\[31m<b>'
    "$cflow" export -f dot -i out.db -o - > dot
    if command -v dot > /dev/null; then
        dot -Tsvg -o svg dot
        ! grep -q '<b>' svg || fail "markup in the picture"
    fi
    "$cflow" export -f json -i out.db -o - | python3 -c 'import json, sys; json.load(sys.stdin)'
}

case_memory() { # at the limit new code is passed by; what was recorded stays exact
    gcc -nostartfiles -c -DBLOCKS=40000 -o blocks.o "$here/../soak/guest-blocks.S"
    gcc -o blocks blocks.o
    for e in edge flow; do
        status_of record --engine $e --memory none -o all.db -- ./blocks
        equal "exit status" $status 40
        exact all.db
        equal "limit of all.db" "$(meta all.db memory_limit)" ""
        equal "beyond it" "$(meta all.db beyond_limit)" 0
        [ "$(meta all.db memory_bytes)" -ge "$(meta all.db recording_bytes)" ] ||
            fail "less memory than the recording alone"
        for limit in 1500K 3M; do
            status_of "$cflow" record --engine $e --memory $limit -o part.db -- ./blocks > out 2> err
            equal "exit status" $status 40
            equal stdout "$(cat out)" ""
            beyond=$(meta part.db beyond_limit)
            matches "the summary" err "exact except $beyond in code beyond the memory limit"
            [ "$beyond" -gt 20000 ] || fail "$e, $limit: hardly anything was passed by"
            equal "exact, $e, $limit" "$(meta part.db exact)" 0
            equal "exact_except" "$(meta part.db exact_except)" "$beyond"
            equal "residual" "$(meta part.db residual)" 0
            equal "unexplained" "$(meta part.db unexplained)" 0
            equal "blocks run, recorded and not" \
                "$(($(meta part.db blocks_run) + beyond))" "$(meta all.db blocks_run)"
            equal "of processes" "$(sql part.db 'select sum(beyond) from process')" "$beyond"
            [ "$(meta part.db memory_bytes)" -lt $((2 * $(meta part.db memory_limit))) ] ||
                fail "$e, $limit: $(meta part.db memory_bytes) bytes"
            # No count of another edge is larger than in the recording of everything.
            equal "edges that were not there" "$(sqlite3 all.db "attach 'part.db' as p;
                select count(*) from p.edge e where kind < 20 and count > ifnull((select count
                from edge a where a.src_module = e.src_module and a.src = e.src and
                a.dst_module = e.dst_module and a.dst = e.dst and a.kind = e.kind), 0)")" 0
            [ "$(sql part.db 'select sum(count) from edge where kind < 20')" -gt 5000 ] ||
                fail "$e, $limit: hardly anything was recorded"
            "$cflow" check part.db > check
            "$cflow" info -i part.db > info
            matches info info "^ +beyond +$beyond blocks, for the memory limit"
            matches info info "^ +memory +[0-9]+"
        done
    done
    "$cflow" merge -o both.db part.db part.db
    equal "beyond, of two" "$(meta both.db beyond_limit)" $((2 * beyond))
    "$cflow" check both.db > check
    # Every verb takes what there is.
    guest ends -pthread -static
    status_of record --engine edge --memory 250K -o few.db -- ./ends exit
    equal "exit status" $status 23
    [ "$(meta few.db beyond_limit)" -gt 100 ] || fail "nothing was passed by"
    every_verb few.db ends guest-ends.c main
    # What is not to be recorded anyway does not count, and what begins it may be passed by.
    for limit in none 200K; do
        status_of "$cflow" record -q --start-at main --memory $limit -o $limit.db -- ./ends exit
        equal "exit status" $status 23
    done
    [ "$(meta 200K.db beyond_limit)" -gt 100 ] || fail "nothing was passed by from main on"
    equal "blocks run from main on" "$(($(meta 200K.db blocks_run) + $(meta 200K.db beyond_limit)))" \
        "$(meta none.db blocks_run)"
    # Nothing at all: no profile, and how it ended is still what the program says.
    rm -f out.db
    status_of "$cflow" record --engine flow --memory 64K -o out.db -- ./blocks 2> err
    equal "exit status" $status 40
    matches stderr err '^qemu-cflow: the memory limit left no room .*raise --memory$'
    [ ! -e out.db ] || fail "a profile of nothing"
}

case_memory_jit() { # generated code may not fill what libraries need
    command -v luajit > /dev/null || skip "no luajit"
    luajit "$here/../soak/guest-jit.lua" 600 > plain
    for run in edge,5M flow,4M; do
        e=${run%,*}
        record --engine $e --memory ${run#*,} -o out.db -- luajit "$here/../soak/guest-jit.lua" 600 > got
        cmp plain got
        equal "residual, $e" "$(meta out.db residual)" 0
        equal "unexplained, $e" "$(meta out.db unexplained)" 0
        [ "$(meta out.db beyond_limit)" -gt 100000 ] || fail "$e: little was passed by"
        # That it ends is code of the C library, which comes after all that was generated.
        equal "ends, $e" "$(sql out.db "select path like '%/libc.%' from edge join module
            on id = src_module where edge.kind = 15")" 1
        "$cflow" check out.db > check
    done
}

# --- the plugin alone ----------------------------------------------------------

plugin() { # OPTIONS PROGRAM...: the plugin without record, its report into log
    local options=$1
    shift
    "$qemu/qemu-x86_64" -d plugin -D log -plugin "$build/libcflow.so,engine=$engine$options" "$@"
}

case_plugin_report() {
    gcc -O1 -static -o queens "$here/../../examples/queens.c"
    plugin ,sort=hottest,topn=3 ./queens > out
    ./queens | cmp - out
    python3 - log << 'END'
import re, sys
text = open(sys.argv[1]).read()
number = re.match(r"(\d+) control flow nodes\n", text)
assert number and int(number.group(1)) > 100, text[:200]
nodes = text[number.end():].split("  addr: ")[1:]
assert len(nodes) == 3, text
hottest = []
for node in nodes:
    lines = node.splitlines()
    assert re.fullmatch(r"0x[0-9a-f]+ \S+: \S.* \((branch|sync fault)\)", lines[0]), lines[0]
    branches = re.fullmatch(r"    branches (\d+)", lines[1])
    assert branches, lines[1]
    to = [re.fullmatch(r"      to 0x[0-9a-f]+ \((\d+)\) \S+ \S+", line) for line in lines[2:]]
    assert to and all(to), lines[2:]
    assert sum(int(match.group(1)) for match in to) == int(branches.group(1)), node
    hottest.append(int(branches.group(1)))
assert hottest == sorted(hottest, reverse=True) and hottest[0] > 1000, hottest
END
    for options in ,sort=early ,sort=exceptions ,sort=popdest ,topn=1 ''; do
        plugin "$options" ./queens > out
        ./queens | cmp - out
        matches "report with '$options'" log '^[0-9]+ control flow nodes$'
    done
    equal "nodes without topn" "$(grep -c addr: log)" 10
}

case_plugin_out() {
    gcc -O1 -static -o queens "$here/../../examples/queens.c"
    record -o recorded.db -- ./queens > /dev/null
    plugin ,out=alone.db ./queens > /dev/null
    "$cflow" info -i alone.db > /dev/null
    exact alone.db
    for table in edge block insn module; do
        diff <(sql recorded.db "select * from $table" | sort) \
            <(sql alone.db "select * from $table" | sort)
    done
    [ ! -s log ] || fail "a report was printed, too"
}

plugin_refused() { # PATTERN OPTIONS
    plugin "$2" "$(command -v echo)" started > out 2> err && fail "QEMU started with $2"
    equal "lines of libcflow on stderr with $2" "$(grep -c libcflow: err)" 1
    matches "stderr with $2" err "^libcflow: .*$1"
    equal "stdout with $2" "$(cat out)" ""
}

case_plugin_options() {
    plugin_refused "'foo'" ,foo=1
    plugin_refused "no such engine" ,engine=nonsense
    plugin_refused nonsense ,sort=nonsense
    plugin_refused topn ,topn=0
    plugin_refused topn ,topn=3x
    plugin_refused "'1G' is no value for the option memory" ,memory=1G
    plugin_refused nowhere ,out=nowhere/out.db
    plugin ,help "$(command -v echo)" started > out
    for option in engine= memory= out= report= sort= topn= help; do
        matches help out "^ +$option"
    done
    ! grep started out || fail "help started the program"
}

run_cases "$@"
