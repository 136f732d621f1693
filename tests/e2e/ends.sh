#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ends.sh BUILD_DIR QEMU_BIN_DIR [CASE...]
#
# Every way to end: the status is the program's own, and the profile holds what ran
# until then and says how it ended.  After SIGKILL, only the reference engine holds all
# of it; the other one, what its last checkpoint had.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/e2e/cases.sh
. "$here/cases.sh"

# The program's loop of 1000 turns is in the profile, whatever came then.
worked() { # FILE
    [ "$(sql "$1" "select max(count) from edge join module on id = src_module
        where path like '%/ends' and edge.kind = 1")" -ge 999 ] || fail "the loop is missing in $1"
    equal "integrity of $1" "$(sql "$1" 'PRAGMA integrity_check')" ok
    equal "unexplained, $1" "$(meta "$1" unexplained)" 0
    equal "residual, $1" "$(meta "$1" residual)" 0
}

# Runs ends HOW; the status, what the profile calls it, and the end of the process.
ends() { # HOW STATUS EXIT_STATUS END
    [ -x ends ] || guest ends -pthread
    status_of ./ends "$1" 2> native
    equal "status without recording" $status "$2"
    status_of record -o out.db -- ./ends "$1" 2> err
    equal "status" $status "$2"
    equal "exit status in the profile" "$(meta out.db exit_status)" "$3"
    equal "end" "$(sql out.db 'select end from process where id = 1')" "$4"
    worked out.db
}

complete() {
    equal "complete" "$(meta out.db complete)" 1
    equal "complete, first process" "$(sql out.db 'select complete from process where id = 1')" 1
}

case_end_exit() {
    for how in exit _exit thread vfork; do
        declare -A wanted=([exit]=23 [_exit]=23 [thread]=0 [vfork]=25)
        ends $how "${wanted[$how]}" "exit ${wanted[$how]}" exit
        exact out.db
        complete
    done
    equal "processes with vfork" "$(sql out.db 'select group_concat(end) from process')" exit,exec,exit
}

case_end_exit_group() { # while other threads sleep
    ends threads 24 "exit 24" exit
    exact out.db
    complete
    [ "$(sql out.db 'select vcpus from process')" -ge 4 ] || fail "too few vCPUs"
    equal "threads that ended" "$(sql out.db "select sum(count) from edges where kind = 'exit'")" 4
}

case_end_abort() { # its last transfer is known: the system call that sent the signal
    ends abort 134 "signal 6" signal
    exact out.db
    complete
}

case_end_crash() {
    ends crash 139 "signal 11" signal
    exact out.db
    complete
    equal "the fault" "$(sql out.db "select cause, mid_block, count from discontinuity
        where cause = 'fatal'")" "fatal|1|1"
    equal "its instruction" "$(sql out.db "select count(*) from edges where kind = 'exit'
        and src_path like '%/ends'")" 1
    ends divide 136 "signal 8" signal
    complete
}

case_end_core() { # QEMU writes the guest's core, as large as the guest
    guest ends -pthread
    (
        ulimit -c unlimited || skip "no cores here"
        status_of "$qemu/qemu-x86_64" ./ends crash 2> plain.err
        mkdir plain recorded
        mv ./*.core plain || skip "this QEMU writes no core"
        status_of record -o out.db -- ./ends crash 2> err
        equal status $status 139
        mv ./*.core recorded
    ) || exit
    equal "cores" "$(ls recorded | wc -l)" "$(ls plain | wc -l)"
    [ "$(du -sk recorded | cut -f1)" -lt 100000 ] || fail "the core has the arena in it"
    ! ls core* || fail "the host wrote a core, too"
    exact out.db
}

case_end_signal() { # by default, from itself
    ends term 143 "signal 15" "signal 15"
    exact out.db
    complete
    ends pipe 141 "signal 13" "signal 13"
    exact out.db
    complete
    ends handler 10 "exit 10" exit
    exact out.db
}

# Sends SIGNAL to what runs "ends HOW" and waits; TO is "record" or "guest".
interrupt() { # HOW SIGNAL TO
    [ -x ends ] || guest ends -pthread
    start ./ends "$1"
    sleep 0.2
    if [ "$3" = record ]; then
        kill "-$2" $pid
    else
        kill "-$2" "$(pgrep -P $pid)"
    fi
    ended
}

case_end_signal_from_outside() { # asleep: nothing is in doubt
    for to in record guest; do
        interrupt idle TERM $to
        equal "status" $status 143
        equal "exit status in the profile" "$(meta out.db exit_status)" "signal 15"
        equal "end" "$(sql out.db 'select end from process')" "signal 15"
        worked out.db
        exact out.db
        interrupt idle INT $to
        equal "status" $status 130
        equal "end" "$(sql out.db 'select end from process')" "signal 2"
        exact out.db
    done
}

case_end_signal_default() { # that was set by the guest, after something else or not
    cat > default.c << 'END'
#include <signal.h>
#include <unistd.h>
static void handler(int signum) { (void)signum; }
int main(int argc, char **argv)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
    (void)argv;
    for (unsigned i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        if (argc > 1) {
            signal(signals[i], argc > 2 ? SIG_IGN : handler);
        }
        signal(signals[i], SIG_DFL);
    }
    for (volatile unsigned n = (unsigned)write(1, "ready\n", 6);; n++) {
    }
}
END
    gcc -O1 -o default default.c
    engine=flow
    for pair in TERM:143 INT:130 HUP:129 USR1:138; do
        for arguments in "" "handler" "be ignored"; do
            # shellcheck disable=SC2086
            start ./default $arguments
            kill -${pair%:*} $pid
            ended
            equal "status" $status ${pair#*:}
            equal "complete" "$(meta out.db complete)" 1
            exact out.db
        done
    done
    start sh -c 'echo ready; while :; do :; done' # dash sets it
    kill -TERM $pid
    ended
    exact out.db
}

case_end_signal_running() { # at work: the last block of one thread may not have ended
    engine=edge
    interrupt busy TERM guest
    equal "status" $status 143
    worked out.db
    equal "complete" "$(meta out.db complete)" 1
    equal "what is in doubt" "$(meta out.db exact_note)" "1 of threads that were killed"
}

case_end_kill_deduced() { # the other engine: it says that something is missing
    engine=flow
    interrupt busy KILL guest
    equal "status" $status 137
    equal "complete" "$(meta out.db complete)" 0
    equal "residual" "$(meta out.db residual)" 0
    "$cflow" info -i out.db > info
    matches info info '^counts +INCOMPLETE: .'
}

# No verb and no format refuses FILE, whose program is "ends".
opens() { # FILE
    every_verb "$1" ends guest-ends.c main
    "$cflow" check "$1" > verb.out || fail "check: $(cat verb.out)"
    "$cflow" diff "$1" "$1" > verb.out || fail "diff: $(cat verb.out)"
    "$cflow" merge -q -o merged.db "$1" "$1"
    "$cflow" check merged.db > verb.out || fail "check of two: $(cat verb.out)"
    equal "incomplete, of two" "$(meta merged.db merged_incomplete)" 2
    for verb in info report coverage callgraph loops; do
        "$cflow" $verb -i "$1" > verb.out
        matches "$verb" verb.out '^(counts|note: counts are) +INCOMPLETE: '
    done
}

case_end_kill_verbs() { # what is left is a profile like any other
    guest ends -pthread
    for run in flow:busy flow:idle edge:busy edge:idle; do
        engine=${run%:*}
        interrupt "${run#*:}" KILL guest
        equal "status" $status 137
        opens out.db
    done
}

case_end_kill_late() { # at most the last interval is lost, and the profile says what
    guest ends -pthread
    engine=flow
    options=(--checkpoint 300)
    start ./ends busy
    sleep 2
    kill -KILL "$(pgrep -P $pid)"
    ended
    worked out.db
    lost=$(($(meta out.db duration_ms) - $(meta out.db checkpoint_ms)))
    [ $lost -le 1200 ] || fail "$lost ms are lost" # of which a busy machine may have its part
    "$cflow" info -i out.db > info
    matches info info "^checkpoint_ms +[0-9]+"
}

case_end_kill_limit() { # in code that is passed by, or not: the sums hold
    command -v luajit > /dev/null || skip "no luajit"
    for run in flow:1500K flow:3M flow:4M edge:2M edge:3M; do
        "$cflow" record -q --engine "${run%:*}" --checkpoint 50 --memory "${run#*:}" -o out.db -- \
            luajit "$here/../soak/guest-jit.lua" 100000 > out 2> err &
        pid=$!
        sleep 2.$((RANDOM % 900 + 100))
        kill -KILL "$(pgrep -P $pid)"
        ended
        equal "status" $status 137
        equal "complete" "$(meta out.db complete)" 0
        equal "residual, $run" "$(meta out.db residual)" 0
        equal "unexplained, $run" "$(meta out.db unexplained)" 0
        [ "$(meta out.db beyond_limit)" -gt 0 ] || fail "$run: nothing was passed by"
        "$cflow" check out.db > check || fail "$(cat check)"
    done
}

case_end_checkpoints() { # often, or never, which leaves nothing
    engine=flow
    options=(--checkpoint 20)
    interrupt busy KILL guest
    worked out.db
    [ "$(meta out.db checkpoints)" -ge 1 ] || fail "there was no checkpoint"
    [ "$(meta out.db checkpoint_max_us)" -ge 1 ] || fail "a checkpoint took no time"
    options=(--checkpoint 0)
    for signal in KILL TERM; do
        rm -f out.db
        interrupt busy $signal guest
        matches "stderr after $signal" err 'was killed before anything was brought to safety'
        [ ! -e out.db ] || fail "there is a profile of nothing"
    done
    status_of record --checkpoint 0 -o out.db -- ./ends exit 2> err
    equal "status" $status 23
    exact out.db
    options=(--checkpoint 70) # also of what the guest executes
    start sh -c './ends idle; :'
    theirs=$(pgrep -P "$(pgrep -P $pid)")
    tr '\0' '\n' < "/proc/$theirs/cmdline" > words
    kill -KILL -- -$pid
    matches "the words for QEMU" words ',checkpoint=70(,|$)'
    matches "the words for QEMU" words '^./ends$'
}

case_end_kill_qemu() { # nothing is announced, and what was stored is there
    engine=edge
    for how in idle busy; do
        interrupt $how KILL guest
        equal "status" $status 137
        equal "exit status in the profile" "$(meta out.db exit_status)" "signal 9"
        equal "complete" "$(meta out.db complete)|$(sql out.db 'select complete from process')" "0|0"
        equal "end" "$(sql out.db 'select end from process')" "signal 9"
        worked out.db
    done
}

case_end_kill_record() { # the guest goes on; no profile, and no harm to an old one
    guest ends -pthread
    cp "$good" out.db
    ls -A > before
    start ./ends idle
    theirs=$(pgrep -P $pid)
    kill -KILL $pid
    status_of wait $pid
    kill -0 "$theirs" || fail "the guest died with record"
    kill -TERM "$theirs"
    cmp "$good" out.db
    # Its own name for the file that would have become the profile is all that is left.
    equal "files left" "$(ls -A | grep -vxFf before | grep -cvE '^(out|err|\.out\.db\.[A-Za-z0-9]{6})$' || true)" 0
}

case_end_signal_in_checkpoint() { # a call that may be the last has counters brought to safety
    cat > killer.c << 'END'
#include <signal.h>
#include <unistd.h>
int main(void)
{
    for (int n = (int)write(1, "ready\n", 6);; n++) {
        kill(getpid(), 0);
    }
}
END
    gcc -O1 -o killer killer.c
    engine=flow
    for signal in TERM INT HUP TERM; do
        start ./killer
        sleep 0.3
        kill -$signal "$(pgrep -P $pid)"
        ended
        equal "exit status in the profile" "$(meta out.db exit_status)" "signal $((status - 128))"
        exact out.db
    done
}

# Loops in THREADS more threads, and in the first, that count their own turns in a file; or
# the first executes another program, or exits.
make_meter() {
    cat > meter.c << 'END'
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
__attribute__((noinline)) static void *turn(void *data)
{
    for (volatile unsigned long *count = data;;) {
        *count += 1;
    }
    return NULL;
}
int main(int argc, char **argv)
{
    int fd = open("count", O_RDWR | O_CREAT, 0600), threads = argc > 1 ? atoi(argv[1]) : 0;
    char *counts;
    pthread_t thread;
    if (ftruncate(fd, 4096) < 0 ||
        (counts = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED) {
        return 1;
    }
    for (int i = 1; i <= threads; i++) {
        pthread_create(&thread, NULL, turn, counts + 64 * i);
    }
    if (argc > 2) {
        usleep(200000);
        return argv[2][2] == 'e' ? execl("/bin/true", "true", (char *)0) : 0;
    }
    return write(1, "ready\n", 6) == 6 && turn(counts);
}
END
    gcc -O1 -pthread -o meter meter.c
}

# The profile has them all, but for one of each thread.
measured() { # THREADS
    local turns own
    exact out.db
    turns=$(sql out.db "select sum(count) from edge join module on id = src_module
        where path like '%/meter' and edge.kind = 3 and count > 1000")
    own=$(od -An -t u8 -v count | awk '{ sum += $1 + $2 } END { printf "%.0f", sum }')
    [ "$own" -gt 10000 ] || fail "the loops say $own turns"
    { [ $((turns - own)) -ge $((-1 - $1)) ] && [ $((turns - own)) -le 1 ]; } ||
        fail "$1 more threads: $turns turns of loops that say $own"
}

case_end_exec_meter() { # other threads stand still from the last checkpoint on
    make_meter
    for threads in 1 1 3; do
        rm -f count
        record --engine flow -o out.db -- ./meter $threads exec
        measured $threads
        equal "processes" "$(sql out.db 'select count(*) from process')" 2
    done
}

case_end_exit_meter() { # the same; the reference engine says that they did not
    make_meter
    for threads in 1 1 3; do
        rm -f count
        record --engine flow -o out.db -- ./meter $threads exit
        measured $threads
        equal "end" "$(sql out.db 'select end from process')" exit
    done
    rm -f count
    status_of record --engine flow -o out.db -- "$qemu/qemu-x86_64" -strace ./meter 1 exit 2> err
    matches "what QEMU says" err 'exit_group\(0\)'
    record --engine edge -o out.db -- ./meter 2 exit
    equal "residual" "$(meta out.db residual)" 0
    equal "what is in doubt" "$(meta out.db exact_note)" \
        "threads that ran on while their process ended: 2"
}

case_end_signal_meter() { # nothing runs between the last checkpoint and the end
    make_meter
    engine=flow
    for threads in 0 0 0 1 3; do
        rm -f count
        start ./meter $threads
        sleep 0.2
        kill -TERM $pid
        ended
        equal "status" $status 143
        measured $threads
    done
}

case_end_closed_terminal() { # SIGHUP, as of a terminal that is closed
    interrupt idle HUP record
    equal "status" $status 129
    exact out.db
}

case_end_user_namespace() { # a root that is none, in an empty root directory
    guest ends -pthread
    mkdir empty
    unshare -Ur true || skip "no user namespaces here"
    status_of unshare -Ur "$cflow" record -q --engine "$engine" -o out.db -- ./ends chroot empty
    equal "status" $status 28
    worked out.db
    exact out.db
    equal "the loop after chroot" "$(sql out.db "select count from edge join module
        on id = src_module where path like '%/ends' and edge.kind = 1
        order by count desc limit 1")" 5998
}

case_end_no_start() { # QEMU itself does not start: nothing is written
    cat > qemu-x86_64 << 'END'
#!/bin/sh
case $1 in
    --version) echo "qemu-x86_64 version 10.2.2" ;;
    --help) echo "usage: qemu-x86_64 [options] -plugin program" ;;
    *) echo "qemu-x86_64: cannot do it" >&2; exit 3 ;;
esac
END
    chmod +x qemu-x86_64
    cp "$good" out.db
    status_of record --qemu "$PWD" -o out.db -- true 2> err
    equal "status" $status 3
    matches stderr err '^qemu-cflow: nothing was recorded; out.db was not changed'
    cmp "$good" out.db
}

# QEMU says why in a line of its own that matches PATTERN; ours says what that means.
not_started() { # PATTERN COMMAND...
    local pattern=$1
    shift
    cp "$good" out.db
    status_of env "$@" > out 2> err
    equal "status" $status 1
    equal "stdout" "$(cat out)" ""
    equal "lines on stderr" "$(wc -l < err)" 2
    matches "QEMU's line" <(head -n 1 err) "$pattern"
    matches "our line" <(tail -n 1 err) '^qemu-cflow: .*; out.db was not changed$'
    cmp "$good" out.db
    equal "files left" "$(ls -A | grep -c '^\.out' || true)" 0
}

case_end_plugin_refused() { # no plugin, none of QEMU's, one of another time, one that will not
    echo text > text.so
    echo > empty.c
    echo 'int qemu_plugin_version = 99; int qemu_plugin_install(void) { return 0; }' > future.c
    echo 'int qemu_plugin_version = 3; int qemu_plugin_install(void) { return 1; }' > unwilling.c
    for name in empty future unwilling; do
        gcc -shared -fPIC -o $name.so $name.c
    done
    for pair in 'text:too short' 'empty:qemu_plugin_install' 'future:version 99' 'unwilling:error'; do
        not_started "Could not load plugin .*${pair#*:}" QEMU_CFLOW_PLUGIN="$PWD/${pair%:*}.so" \
            "$cflow" record -o out.db -- true
    done
}

case_end_no_kernel() { # a whole machine with nothing to start
    [ -x "$qemu/qemu-system-x86_64" ] || skip "no qemu-system-x86_64"
    not_started "could not open kernel file '/no/such/kernel'" "$cflow" record -o out.db -- \
        "$qemu/qemu-system-x86_64" -display none -kernel /no/such/kernel
}

case_end_at_any_time() { # signals while it starts: where the program ran, there is a profile
    gcc -O1 -o busy -x c - << 'END'
#include <unistd.h>
int main(void)
{
    for (volatile unsigned n = write(1, "ran\n", 4);; n++) {
        if (n % 1000 == 0) {
            getppid();
        }
    }
}
END
    for ms in 010 040 070 100 130 160 190 220 250 280; do
        for how in INT TERM; do
            rm -f out.db out
            set -m
            env --default-signal=INT,QUIT,TERM "$cflow" record -q -e "$engine" -o out.db -- ./busy \
                > out 2> err &
            pid=$!
            set +m
            sleep 0.$ms
            if [ $how = INT ]; then
                kill -INT -- -$pid
            else
                kill -TERM $pid
            fi
            ended
            if [ -e out.db ]; then
                equal "exit status in the profile" "$(meta out.db exit_status)" \
                    "signal $((status - 128))"
                equal "residual" "$(meta out.db residual)" 0
            else
                equal "what it printed, with no profile" "$(cat out)" ""
            fi
            equal "files left" "$(ls -A | grep -c '^\.out' || true)" 0
        done
    done
}

run_cases "$@"
