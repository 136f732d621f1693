#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# record.sh BUILD_DIR QEMU_BIN_DIR [CASE...]
#
# Records real programs and looks at what came of it, as a user would: exit
# statuses, signals, sqlite3 on the profile, one line for each error.  Each
# case_NAME below runs in a directory of its own and fails with its first
# command that fails.  Cases that need root, a compiler or an emulator that is
# not there are skipped.  ENGINE=edge in the environment asks for that engine.
set -u

if [ $# -lt 2 ] || [ ! -x "$1/qemu-cflow" ] || [ ! -x "$2/qemu-x86_64" ]; then
    echo "usage: record.sh BUILD_DIR QEMU_BIN_DIR [CASE...], qemu-cflow being in the" \
        "one and qemu-x86_64 in the other" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
qemu=$(cd "$2" && pwd)
shift 2
cflow=$build/qemu-cflow
engine=${ENGINE:-auto}
good=$here/../golden/profile-v1.db # some profile that must survive
export LC_ALL=C.UTF-8 QEMU_CFLOW_QEMU=$qemu
unset QEMU_LD_PREFIX QEMU_CFLOW_PLUGIN
ulimit -c 0

scratch=$(mktemp -d)
chmod 755 "$scratch" # for the case that is nobody
trap 'umount "$scratch"/*/disk 2>/dev/null; rm -rf "$scratch"' EXIT

# --- tools of the cases --------------------------------------------------------

fail() {
    echo "$*" >&2
    exit 1
}

skip() {
    echo "$*" > "$scratch/skip"
    exit 77
}

equal() { # WHAT GOT WANTED
    [ "$2" = "$3" ] || fail "$1: got '$2', not '$3'"
}

matches() { # WHAT FILE PATTERN
    grep -qE -- "$3" "$2" || fail "$1 should match '$3': $(head -c 500 "$2")"
}

guest() { # NAME [FLAGS...]: compiles guest-NAME.c
    local name=$1
    shift
    gcc -O1 -g -Wall -Wextra -Werror -o "$name" "$here/guest-$name.c" "$@"
}

record() {
    "$cflow" record -q --engine "$engine" "$@"
}

status_of() { # COMMAND...: into $status
    status=0
    "$@" || status=$?
}

sql() { # FILE QUERY
    sqlite3 -readonly "$1" "$2"
}

meta() { # FILE KEY
    sql "$1" "select value from meta where key = '$2'"
}

exact() { # FILE: a profile that lacks nothing
    equal "integrity of $1" "$(sql "$1" 'PRAGMA integrity_check')" ok
    equal "complete, $1" "$(meta "$1" complete)" 1
    equal "exact, $1" "$(meta "$1" exact)" 1
    equal "residual, $1" "$(meta "$1" residual)" 0
    [ "$(meta "$1" transfers)" -gt 1000 ] || fail "$1: hardly any transfers"
}

# Runs PROGRAM in the background, in a process group of its own as an interactive
# shell would, until it says that it is ready.
start() { # PROGRAM ARGS...
    set -m
    "$cflow" record -q --engine "$engine" -o out.db -- "$@" > out 2> err &
    pid=$!
    set +m
    for _ in $(seq 200); do
        if grep -q ready out; then
            return
        fi
        sleep 0.05
    done
    kill -KILL -- -$pid
    fail "the guest did not start: $(cat err)"
}

# Waits for what start() started to end: its exit status into $status.
ended() {
    for _ in $(seq 200); do
        if ! kill -0 $pid 2> /dev/null; then
            status_of wait $pid
            return
        fi
        sleep 0.05
    done
    kill -KILL -- -$pid
    fail "the guest did not end"
}

# A recording that must not take place: one line that matches PATTERN, no output,
# no file but the profile that was there before.
refused() { # PATTERN ARGS...
    local pattern=$1
    shift
    cp "$good" old.db
    ls -A > before
    "$cflow" record -o old.db "$@" > out 2> err < /dev/null && fail "record $* succeeded"
    equal "lines on stderr of record $*" "$(wc -l < err)" 1
    matches "stderr of record $*" err "$pattern"
    equal "stdout of record $*" "$(cat out)" ""
    cmp "$good" old.db
    rm out err
    equal "files left by record $*" "$(ls -A)" "$(cat before)"
}

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

case_fork() { # each process has counts of its own
    guest forks
    status_of record -o out.db -- ./forks
    equal "children that did well" $status 3
    exact out.db
    equal "processes, with residual, incomplete" "$(sql out.db 'select count(*),
        count(nullif(residual, 0)), count(nullif(complete, 1)) from process')" "4|0|0"
    equal "children of the first" "$(sql out.db 'select count(*) from process
        where ppid = (select pid from process where id = 1)')" 3
    # A loop of n turns goes back n - 1 times.  A child's has 2000, 4000 or 6000; the
    # father's, of 1000 and of 500, are not counted again in it.
    equal "hottest edge of each process" "$(sql out.db 'select max(count) from edge
        join module on id = src_module where path like "%/forks" group by process' | sort -n |
        tr '\n' ' ')" "1498 1999 3999 5999 "
}

case_exec() {
    guest exec
    status_of record -o out.db -- ./exec
    equal "exit status after an exec in vain" $status 4
    exact out.db
    equal "end of the process" "$(sql out.db 'select end from process')" exit
    status_of record -o out.db -- ./exec works
    equal "exit status of what was exec'ed" $status 7
    exact out.db
    equal "end of the process" "$(sql out.db 'select end from process')" exec
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
    plugin_refused nowhere ,out=nowhere/out.db
    plugin ,help "$(command -v echo)" started > out
    for option in engine= out= report= sort= topn= help; do
        matches help out "^ +$option"
    done
    ! grep started out || fail "help started the program"
}

# --- errors --------------------------------------------------------------------

case_error_no_plugins() { # as Debian's emulators, from one release or another
    local theirs=/usr/bin/qemu-x86_64
    cat > qemu-x86_64 << 'END'
#!/bin/sh
case $1 in
    --version) echo "qemu-x86_64 version 10.0.2 (Debian 1:10.0.2+ds-2)" ;;
    --help) echo "usage: qemu-x86_64 [options] program [arguments...]" ;;
esac
END
    chmod +x qemu-x86_64
    refused "QEMU 10.0.2 .*without plugin support.*scripts/get-qemu" --qemu "$PWD" -- true
    refused "QEMU 10.0.2 .*without plugin support.*scripts/get-qemu" --qemu ./qemu-x86_64 -- true
    refused "QEMU 10.0.2 .*without plugin support.*scripts/get-qemu" -- ./qemu-x86_64 /bin/true
    sed -i 's/10\.0\.2/8.2.1/; s/usage:/-plugin &/' qemu-x86_64
    refused "QEMU 8.2.1 is too old.*scripts/get-qemu" --qemu "$PWD" -- true
    rm qemu-x86_64
    if [ ! -x $theirs ] || [[ "$($theirs --version)" =~ version\ (9|[1-9][0-9])\. ]]; then
        skip "the rest, for want of Debian's own $theirs"
    fi
    refused "(plugin support|too old).*scripts/get-qemu" --qemu $theirs -- true
    refused "(plugin support|too old).*scripts/get-qemu" -- $theirs /bin/true
}

case_error_program() {
    refused "^qemu-cflow: no-such-program: no such program" -- no-such-program
    refused "^qemu-cflow: ./no-such-program: no such program" -- ./no-such-program
    refused "is a directory" -- "$scratch"
    echo "just text" > text
    : > empty
    chmod +x text empty
    refused "text: not an ELF program" -- ./text
    refused "empty: not an ELF program" -- ./empty
    echo '#!/no/such/shell' > script
    chmod +x script
    refused "/no/such/shell" -- ./script
    head -c 30 "$(command -v gzip)" > short
    refused "short: not an ELF program" -- ./short
    cp "$(command -v gzip)" odd
    printf '\x34\x12' | dd of=odd bs=1 seek=18 conv=notrunc status=none
    refused "odd: .*machine 4660" -- ./odd
}

case_error_emulator() {
    refused "/no/such/qemu: no such QEMU" --qemu /no/such/qemu -- true
    refused "not a QEMU" --qemu "$(command -v gzip)" -- true
    refused "nonsense" --engine nonsense -- true
    refused "nonsense" --engine=nonsense -- true
}

case_error_output() {
    refused "cannot write /proc/out.db" -o /proc/out.db -- touch ran
    refused "cannot write nowhere/out.db" -o nowhere/out.db -- touch ran
    mkdir dir
    refused "cannot write dir: it is a directory" -o dir -- touch ran
    refused "cannot write ./: it is a directory" -o ./ -- touch ran
    refused "-o needs the name of a file" -o '' -- touch ran
}

case_error_permission() { # who may write everywhere becomes nobody
    local as=
    mkdir dir
    cp "$good" dir/out.db
    chmod 555 dir
    if [ "$(id -u)" -eq 0 ]; then
        as="setpriv --reuid=65534 --regid=65534 --clear-groups"
        mkdir bin
        cp "$cflow" "$build/libcflow.so" "$qemu/qemu-x86_64" bin
        cflow=$PWD/bin/qemu-cflow
        QEMU_CFLOW_QEMU=$PWD/bin
    fi
    $as "$cflow" record -o dir/out.db -- touch /tmp/ran > out 2> err && fail "it succeeded"
    equal "lines on stderr" "$(wc -l < err)" 1
    matches stderr err '^qemu-cflow: cannot write dir/out.db: Permission denied'
    equal "files in the directory" "$(ls -A dir)" out.db
    cmp "$good" dir/out.db
    chmod 755 dir
}

case_error_full_disk() { # what was measured is kept somewhere else
    mkdir disk tmp
    if [ "$(id -u)" -ne 0 ] || ! mount -t tmpfs -o size=96k tmpfs disk; then
        skip "no disk of our own without root"
    fi
    cp "$good" disk/out.db
    status_of env TMPDIR="$PWD/tmp" "$cflow" record -o disk/out.db -- gzip -c "$cflow" > gz 2> err
    equal "exit status" $status 1
    gzip -c "$cflow" | cmp - gz
    equal "lines on stderr" "$(wc -l < err)" 1
    matches stderr err "^qemu-cflow: .*full.* kept as $PWD/tmp/[^ ]+\$"
    equal "files on the disk" "$(ls -A disk)" out.db
    cmp "$good" disk/out.db
    equal "files kept" "$(ls -A tmp | wc -l)" 1
    exact "$(sed 's/.* kept as //' err)"
    umount disk
}

# --- all of them ---------------------------------------------------------------

if [ $# -eq 0 ]; then
    # shellcheck disable=SC2046
    set -- $(sed -n 's/^case_\([a-z_]*\)() .*/\1/p' "$here/record.sh")
fi

passed=0 failed=0 skipped=0
for name; do
    if [ "$(type -t "case_$name")" != function ]; then
        echo "no such case: $name" >&2
        exit 2
    fi
    mkdir "$scratch/$name"
    (
        cd "$scratch/$name" || exit 1
        set -eE -o pipefail
        trap 'echo "line $LINENO: $BASH_COMMAND" >&2' ERR
        "case_$name"
    ) > "$scratch/log" 2>&1
    case $? in
        0)
            echo "PASS e2e/$name"
            passed=$((passed + 1))
            ;;
        77)
            echo "SKIP e2e/$name: $(cat "$scratch/skip")"
            skipped=$((skipped + 1))
            ;;
        *)
            sed 's/^/    /' "$scratch/log" | tail -n 20
            echo "FAIL e2e/$name"
            failed=$((failed + 1))
            ;;
    esac
    umount "$scratch/$name/disk" 2> /dev/null
    rm -rf "${scratch:?}/$name"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
