#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# processes.sh BUILD_DIR QEMU_BIN_DIR [CASE...]
#
# Guests of several processes: fork, exec, and programs of several machines in one
# recording.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/e2e/cases.sh
. "$here/cases.sh"

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

case_fork_storm() { # a thousand children at once; none is lost
    guest storm
    ls -A > before
    record -o out.db -- ./storm 1000
    exact out.db
    equal "processes, with residual, incomplete, not ended by exit" "$(sql out.db 'select
        count(*), count(nullif(residual, 0)), count(nullif(complete, 1)),
        count(nullif(end, "exit")) from process')" "1001|0|0|0"
    # Each child goes round its own loop 100 times.
    equal "loops of 100 turns" "$(sql out.db 'select count(*) from edge join module
        on id = src_module where path like "%/storm" and edge.kind = 1 and count = 99')" 1000
    equal "new files" "$(ls -A | grep -vxFf before)" out.db
}

case_daemon() { # a child that outlives the program writes while the profile is made
    for _ in 1 2 3 4 5 6; do
        status_of record -o out.db -- sh -c '
            (for i in 1 2 3 4 5 6 7 8; do echo $((i * 3)) "${i#1}" && cd /$i; done) \
                > /dev/null 2>&1 & exit 5'
        equal "exit status" $status 5
        equal "integrity" "$(sql out.db 'PRAGMA integrity_check')" ok
        equal "end and residual of the first" \
            "$(sql out.db 'select end, residual from process where id = 1')" "exit|0"
    done
}

case_exec() { # the program before and the one after are two processes
    guest exec
    status_of record -o out.db -- ./exec
    equal "exit status after an exec in vain" $status 4
    exact out.db
    equal "end of the process" "$(sql out.db 'select end from process')" exit
    status_of record -o out.db -- ./exec works
    equal "exit status of what was exec'ed" $status 7
    exact out.db
    equal "processes" "$(sql out.db "select replace(path, rtrim(path, replace(path, '/', '')), ''),
        end, complete, residual from process")" "exec|exec|1|0
dash|exit|1|0"
    equal "process ids" "$(sql out.db 'select count(distinct pid) from process')" 1
    equal "not recorded" "$(meta out.db exec_unrecorded)" 0
}

case_no_follow() {
    guest exec
    status_of record --no-follow -o out.db -- ./exec works
    equal "exit status of what was exec'ed" $status 7
    equal "end of the process" "$(sql out.db 'select end from process')" exec
    equal "not recorded" "$(meta out.db exec_unrecorded)" 1
    equal "why" "$(meta out.db exec_note)" "1 not asked for"
    "$cflow" record --no-follow -o out.db -- ./exec works 2> err || true
    equal "lines of the summary" "$(wc -l < err)" 1
}

case_spawn() { # vfork, posix_spawn, popen, system, fexecve, execveat; and all that fails
    guest spawn
    status_of "$qemu/qemu-x86_64" ./spawn > plain
    equal "exit status of QEMU alone" $status 5
    for option in --follow --no-follow; do
        status_of record $option -o out.db -- ./spawn > out
        equal "exit status" $status 5
        diff plain out
    done
    record -o out.db -- ./spawn > /dev/null || true
    exact out.db
    equal "shells" "$(sql out.db 'select count(*) from process where path like "%/dash"')" 9
    equal "shells that killed themselves" "$(sql out.db "select count(*) from process
        where path like '%/dash' and end = 'running'")" 2
    equal "not recorded" "$(meta out.db exec_unrecorded)" 0
}

case_pipeline() { # one recording, the shell's own status and output
    # shellcheck disable=SC2016
    pipeline='seq 3000 | sort -rn | gzip -n | gzip -d | head -n 2; (exit 9) | cat; kill -TERM $$'
    status_of sh -c "$pipeline" > native
    equal "exit status" $status 143
    status_of record -o out.db -- sh -c "$pipeline" > out
    equal "exit status" $status 143
    diff native out
    equal "programs" "$(sql out.db "select replace(path, rtrim(path, replace(path, '/', '')), '')
        from process where end <> 'exec' order by 1" | uniq | tr '\n' ' ')" "cat dash gzip head seq sort "
    equal "end of the shell" "$(sql out.db 'select end from process where id = 1')" "signal 15"
}

case_compiler() { # a driver and what it starts make the file that they make alone
    cp "$here/guest-forks.c" .
    gcc -O1 -c -o native.o guest-forks.c
    record -o out.db -- gcc -O1 -c -o recorded.o guest-forks.c
    cmp native.o recorded.o
    exact out.db
    equal "programs recorded" "$(sql out.db "select count(*) from process
        where path like '%/cc1' or path like '%-as'")" 2
    equal "not recorded" "$(meta out.db exec_unrecorded)" 0
}

case_exec_script() { # by its interpreter, with the argument of its first line
    printf '#!/bin/sh -e\necho "$0 $1"\nfalse\necho "not here"\n' > script
    chmod +x script
    # shellcheck disable=SC2016
    record -o out.db -- sh -c './script "a b" || echo $?' > out
    equal stdout "$(cat out)" "./script a b
1"
    exact out.db
    printf 'echo text "$1"\n' > script # the shell runs it itself
    record -o out.db -- sh -c './script "a b"' > out
    equal stdout "$(cat out)" "text a b"
    exact out.db
    equal "not recorded" "$(meta out.db exec_unrecorded)" 0
}

case_machines() { # programs of several instruction sets in one recording
    local isas=x86_64 script=
    for pair in aarch64:aarch64-linux-gnu arm:arm-linux-gnueabihf riscv64:riscv64-linux-gnu; do
        [ -x "$qemu/qemu-${pair%:*}" ] && command -v "${pair#*:}-gcc" || continue
        "${pair#*:}-gcc" -O1 -o "queens-${pair%:*}" "$here/../../examples/queens.c"
        script="$script ./queens-${pair%:*};"
        isas="$isas ${pair%:*}"
    done
    [ "$isas" != x86_64 ] || skip "no cross compiler with an emulator"
    gcc -O1 -o queens "$here/../../examples/queens.c"
    record -o out.db -- sh -c "$script true" > out
    for _ in ${isas#x86_64}; do ./queens; done | cmp - out
    exact out.db
    equal "instruction sets" "$(sql out.db 'select distinct isa from process order by 1' |
        tr '\n' ' ')" "$(echo "$isas" | tr ' ' '\n' | sort | tr '\n' ' ')"
    equal "modules of two instruction sets" "$(sql out.db 'select count(*) from (select module
        from mapping m join process p on p.id = m.process
        group by module having count(distinct isa) > 1)')" 0
    equal "instructions that changed" "$(sql out.db 'select count(*) from insn where flags & 4')" 0
    equal "unexplained or unknown" "$(sql out.db "select count(*) from edges where kind in
        ('unexplained', 'unknown')")" 0
    matches "disassembly" <(sql out.db "select disasm from insn") '^bl (#)?0x'
}

case_foreign_exec() { # a program of another machine executes one of this
    [ -x "$qemu/qemu-aarch64" ] && command -v aarch64-linux-gnu-gcc || skip "no aarch64"
    aarch64-linux-gnu-gcc -O1 -static -o exec "$here/guest-exec.c"
    status_of record -o out.db -- ./exec works
    equal "exit status" $status 7
    exact out.db
    equal "instruction sets" "$(sql out.db 'select isa from process')" "aarch64
x86_64"
}

case_late_signal() { # between the decision to execute and the new program
    guest late
    record -o out.db -- ./late 150 > out
    matches stdout out ' 0 lost$'
    ! grep -E '^0 handled|, 0 died' out || fail "only one of the two ways: $(cat out)"
}

case_self_exe() { # /proc/self/exe is the guest's program, argv[0] is what it says
    guest again
    status_of record -o out.db -- ./again again > out
    equal "exit status" $status 6
    matches stdout out '^another name,a b,unset,'
    equal "programs" "$(sql out.db 'select count(*), count(distinct path) from process')" "2|1"
}

case_qemu_options() { # those that the user gave count for all programs
    guest again -static
    for cpu in max Nehalem; do
        record -o out.db -- "$qemu/qemu-x86_64" -cpu $cpu -E AGAIN=1,LD_AGAIN=2 -0 sh /bin/sh -c \
            './again; :' > out || true
        equal "processes" "$(sql out.db 'select count(*) from process')" 3
        cp out $cpu
    done
    equal "with -cpu max" "$(cat max)" "./again,,1,1"
    equal "with -cpu Nehalem" "$(cat Nehalem)" "./again,,1,0"
}

case_preload() { # the guest's dynamic linker is not QEMU's
    gcc -shared -fPIC -o preload.so "$here/guest-preload.c"
    record -o out.db -- sh -c 'LD_PRELOAD=$PWD/preload.so LD_LIBRARY_PATH=/a:/b \
        env | grep ^LD_' > out 2> err
    LD_PRELOAD=$PWD/preload.so LD_LIBRARY_PATH=/a:/b env | grep -E '^LD_|loaded' | sort > native
    equal stderr "$(cat err)" ""
    sort out | diff - <(grep LD_ native | sort)
    record -o out.db -- sh -c 'LD_PRELOAD=$PWD/preload.so /bin/echo' > out
    equal "how often it was loaded" "$(grep -c loaded out)" 1
}

case_descriptors() { # the program finds those that it would, and no other
    # shellcheck disable=SC2016
    script='for fd in 0 1 2 3 4 5 6 7 8 9 10 11 12; do [ -e /proc/self/fd/$fd ] && echo $fd; done'
    "$qemu/qemu-x86_64" /bin/sh -c "$script; :" > first
    for inner in "$script" "exec 5< /dev/null; $script"; do
        "$qemu/qemu-x86_64" /bin/sh -c "$inner; :" > plain
        record -o out.db -- sh -c 'exec sh -c "$0; :"' "$inner" > out
        diff plain out
    done
}

# --- programs that cannot be recorded ------------------------------------------

unrecorded() { # FILE N REASON
    equal "not recorded" "$(meta "$1" exec_unrecorded)" "$2"
    equal "why" "$(meta "$1" exec_note)" "$2 $3"
}

case_unrecorded_chroot() {
    [ "$(id -u)" -eq 0 ] || skip "chroot needs root"
    guest exec -static
    mkdir root
    gcc -O1 -static -o root/again "$here/guest-again.c"
    cat > leave.c << 'END'
#include <unistd.h>
int main(void)
{
    return chroot("root") || chdir("/") || execl("/again", "again", (char *)0);
}
END
    gcc -o leave leave.c
    status_of record -o out.db -- ./leave > out
    equal "exit status" $status 6
    matches stdout out '^again,,unset'
    unrecorded out.db 1 "the recording was out of reach (another root or user)"
    exact out.db
    status_of "$cflow" record -o out.db -- ./leave > out 2> err
    matches stderr err '^qemu-cflow: programs started and not recorded: 1 the recording was out'
}

case_unrecorded_user() {
    [ "$(id -u)" -eq 0 ] || skip "another user needs root"
    status_of record -o out.db -- setpriv --reuid=65534 --clear-groups sh -c 'id -u; exit 8' > out
    equal "exit status" $status 8
    equal stdout "$(cat out)" 65534
    unrecorded out.db 1 "the recording was out of reach (another root or user)"
}

case_unrecorded_setid() {
    [ "$(id -u)" -eq 0 ] || skip "a set-user-ID program needs root"
    guest again
    chown 65534 again
    chmod 4755 again
    record -o out.db -- sh -c './again; :' > out
    unrecorded out.db 1 "set-user-ID or set-group-ID or with capabilities"
}

case_unrecorded_machine() { # no QEMU beside the first
    mkdir bin
    cp "$qemu/qemu-x86_64" bin
    command -v aarch64-linux-gnu-gcc || skip "no aarch64"
    aarch64-linux-gnu-gcc -O1 -static -o exec "$here/guest-exec.c"
    status_of bash -c './exec; exit $?' 2> native
    wanted=$status
    status_of record --qemu bin -o out.db -- bash -c './exec; exit $?' 2> err
    equal "exit status" $status $wanted
    diff native err
}

run_cases "$@"
