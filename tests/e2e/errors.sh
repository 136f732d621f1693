#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# errors.sh BUILD_DIR QEMU_BIN_DIR [CASE...]
#
# What goes wrong: one line that says what to do, the guest unharmed, the profile
# that was there before intact.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/e2e/cases.sh
. "$here/cases.sh"

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

# --- the disk and the clock, while the program runs -----------------------------

# A guest that does what SCRIPT says while it is recorded, and is not harmed by it:
# exit status 6, "done" on its output.  What record says is in err.
meanwhile() { # SCRIPT OPTIONS...
    local script=$1
    shift
    status_of record "$@" -- sh -c "$script; echo done; exit 6" > out 2> err
    equal "exit status of the guest" $status 6
    equal "output of the guest" "$(cat out)" done
}

# One line, which says where the profile was kept; it is whole.
kept() { # PATTERN
    equal "lines on stderr" "$(wc -l < err)" 1
    matches stderr err "^qemu-cflow: cannot write .*$1.* kept as $TMPDIR/[^ ]+\$"
    exact "$(sed 's/.* kept as //' err)"
}

case_error_file_size() { # a limit on the size of files
    # The guest's remains the guest's: dash counts in blocks of 512 bytes.
    # shellcheck disable=SC2016
    status_of sh -c 'ulimit -S -f 16; exec "$@"' sh "$cflow" record -q -e edge -o out.db -- sh -c \
        'ulimit -f; head -c 20000 /dev/zero > large; echo $?; exit 6' > out 2> err
    equal "exit status of the guest" $status 6
    equal "output of the guest" "$(cat out)" "16
153"
    equal "size of its file" "$(stat -c %s large)" 8192
    exact out.db
    rm out.db large
    status_of sh -c 'ulimit -f 16; exec "$@"' sh "$cflow" record -o out.db -- touch ran 2> err
    equal "exit status" $status 1
    equal "lines on stderr" "$(wc -l < err)" 1
    matches stderr err '^qemu-cflow: .*ulimit -f'
    equal "files" "$(ls -A)" err$'\n'out
}

shim() { # WHAT COMMAND...
    [ -f shim.so ] || gcc -shared -fPIC -O1 -w -o shim.so "$here/guest-shim.c" -ldl
    SHIM=$1 LD_PRELOAD=$PWD/shim.so "${@:2}"
}

case_error_quota() {
    cp "$good" out.db
    status_of shim quota "$cflow" record -q -o out.db -- sh -c 'echo done; exit 6' > out 2> err
    equal "exit status of the guest" $status 6
    equal "output of the guest" "$(cat out)" done
    equal "lines on stderr" "$(wc -l < err)" 1
    matches stderr err '^qemu-cflow: cannot write out.db: Disk quota exceeded'
    cmp "$good" out.db
    equal "files left" "$(ls -A | grep -c '^\.out' || true)" 0
}

case_no_locks() { # a file system without locks is as good as any
    shim locks "$cflow" record -q -o out.db -- sh -c 'exit 0'
    exact out.db
    shim locks "$cflow" report -i out.db > out
    matches "the report" out '^counts +exact$'
    shim locks sqlite3 out.db 'select 1 from meta' 2> err && fail "the shim does nothing"
    shim locks "$cflow" info -i out.db > /dev/null
}

case_clock() { # set back all the time: only what depends on it changes
    shim clock "$cflow" record -q -o out.db -- sleep 1
    exact out.db
    equal "a duration of seconds" "$(sql out.db "select value between 1000 and 600000 from meta
        where key = 'duration_ms'")" 1
}

case_clock_and_checkpoints() { # their interval is no matter of the time of day
    shim clock "$cflow" record -q --engine flow -o out.db -- sh -c 'sleep 2'
    exact out.db
    # 50, 150, 350, 750, 1550 ms, and where programs end; without a clock, thousands or one.
    n=$(meta out.db checkpoints)
    { [ "$n" -ge 5 ] && [ "$n" -le 30 ]; } || fail "$n checkpoints"
}

case_output_removed() { # the file that is to become the profile
    mkdir tmp dir
    export TMPDIR=$PWD/tmp
    meanwhile 'rm -f dir/.out.db.*' -o dir/out.db
    kept "No such file"
    equal "files in the directory" "$(ls -A dir)" ""
}

case_output_directory_removed() {
    mkdir tmp dir
    export TMPDIR=$PWD/tmp
    meanwhile 'rm -rf dir' -o dir/out.db
    kept "No such file"
    [ ! -e dir ] || fail "the directory is there again"
}

case_output_replaced() { # by another profile: the last one stays; by a directory: never
    mkdir tmp
    export TMPDIR=$PWD/tmp
    meanwhile "cp '$good' out.db" -o out.db
    exact out.db
    meanwhile "mkdir -p other.db/x" -o other.db
    kept "Is a directory"
    equal "what is there instead" "$(ls other.db)" x
}

case_two_recorders() { # at once, of one file: one of them stays, whole
    for _ in 1 2 3; do
        record -o out.db -- sh -c 'exit 3' &
        first=$!
        status_of record -o out.db -- sh -c 'exit 4'
        equal "status of the second" $status 4
        status_of wait $first
        equal "status of the first" $status 3
        exact out.db
        matches "exit status in the profile" <(meta out.db exit_status) '^exit [34]$'
        equal "files" "$(ls -A)" out.db
        rm out.db
    done
}

# --- the same for what else writes ------------------------------------------------------

# Runs COMMAND, which is to write the file FILE, of some contents, in the directory DIR,
# and cannot: one line that matches PATTERN; the file as it was, and nothing beside it.
cannot() { # PATTERN DIR FILE COMMAND...
    local pattern=$1 dir=$2 file=$3
    shift 3
    status_of "$@" > out 2> err
    equal "status of $*" $status 1
    equal "lines on stderr of $*" "$(wc -l < err)" 1
    matches "stderr of $*" err "^qemu-cflow: cannot write $dir/$file: $pattern"
    cmp "$good" "$dir/$file"
    equal "files left by $*" "$(ls -A "$dir")" "$file"
}

case_writers_full_disk() {
    mkdir disk
    if [ "$(id -u)" -ne 0 ] || ! mount -t tmpfs -o size=96k tmpfs disk; then
        skip "no disk of our own without root"
    fi
    record -o large.db -- sh -c 'exit 0'
    cp "$good" disk/file
    cannot ".*full" disk file "$cflow" merge -o disk/file large.db large.db
    cannot "No space left" disk file "$cflow" export -f json -i large.db -o disk/file
    umount disk
}

case_writers_permission() {
    local as=
    mkdir dir
    cp "$good" dir/file
    cp "$good" in.db
    chmod 555 dir
    if [ "$(id -u)" -eq 0 ]; then
        as="setpriv --reuid=65534 --regid=65534 --clear-groups"
        mkdir bin
        cp "$cflow" bin
        cflow=$PWD/bin/qemu-cflow
    fi
    cannot "Permission denied" dir file $as "$cflow" merge -o dir/file in.db
    cannot "Permission denied" dir file $as "$cflow" export -f json -i in.db -o dir/file
    chmod 755 dir
}

case_writers_quota() {
    mkdir dir
    cp "$good" dir/file
    shim nothing true
    export LD_PRELOAD=$PWD/shim.so
    cannot "Disk quota exceeded" dir file env SHIM=quota "$cflow" merge -o dir/file "$good"
    cannot "Disk quota exceeded" dir file env SHIM=quota "$cflow" export -f json -i "$good" \
        -o dir/file
}

case_writers_file_size() { # a limit on it is an error like others, no end by a signal
    mkdir dir
    cp "$good" dir/file
    record -o large.db -- sh -c 'exit 0'
    ulimit -S -f 16
    cannot "File too large" dir file "$cflow" merge -o dir/file large.db
    cannot "File too large" dir file "$cflow" export -f json -i large.db -o dir/file
}

case_writers_removed() { # what is being written, or the directory
    shim nothing true
    for command in "merge -o dir/out $good" "export -f json -i $good -o dir/out"; do
        for gone in 'dir/.out.*' dir; do
            mkdir -p dir
            rm -f slow go
            # shellcheck disable=SC2086
            SHIM=slow LD_PRELOAD=$PWD/shim.so "$cflow" $command > out 2> err &
            pid=$!
            for _ in $(seq 400); do
                [ ! -e slow ] || break
                sleep 0.05
            done
            # shellcheck disable=SC2086
            rm -r $gone
            touch go
            ended
            equal "status of $command" $status 1
            equal "lines on stderr of $command" "$(wc -l < err)" 1
            matches "stderr of $command" err "^qemu-cflow: cannot write dir/out: No such file"
            equal "files there" "$(ls -A dir 2> /dev/null || true)" ""
        done
    done
}

case_writers_at_once() { # of one file: one of them stays, whole
    for _ in 1 2 3 4 5; do
        "$cflow" merge -q -o out.db "$good" "$good" &
        first=$!
        "$cflow" merge -q -o out.db "$good" "$good" "$good"
        wait $first
        equal "integrity" "$(sql out.db 'PRAGMA integrity_check')" ok
        equal "files" "$(ls -A)" out.db
    done
}

case_writers_locks_and_clock() {
    for what in locks clock; do
        shim $what "$cflow" merge -q -o $what.db "$good" "$good"
        cp $what.db merged.db
        shim $what "$cflow" export -f json -i merged.db -o $what.json 2> /dev/null
        shim $what "$cflow" diff $what.db "$good" > $what.diff || [ $? -eq 1 ]
    done
    "$cflow" merge -q -o plain.db "$good" "$good"
    cmp locks.db clock.db
    cmp locks.db plain.db
    cmp locks.json clock.json
    diff <(sed 1,3d locks.diff) <(sed 1,3d clock.diff)
}

# --- root and programs of others -----------------------------------------------------

case_root_warning() {
    [ "$(id -u)" -eq 0 ] || skip "only root is warned"
    cp /usr/bin/true mine
    cp mine theirs
    chown 65534 theirs
    cp mine all
    chmod 777 all
    printf '#!%s\n' "$PWD/theirs" > script
    chmod +x script
    mkdir open sticky home
    chmod 777 open
    chmod 1777 sticky
    cp mine open
    cp mine sticky
    cp mine home
    chown 65534 home
    ln -s home/mine link
    ln -s /no/such/place broken
    for program in true /bin/sh ./mine sticky/mine; do
        "$cflow" record -q -o out.db -- $program -c : > out 2> err
        equal "what is said of $program" "$(cat err)" ""
    done
    warned ./theirs "./theirs is run as root, but it belongs to nobody; better: runuser -u nobody -- qemu-cflow"
    warned ./all "./all is run as root, but everybody may write to it; better: runuser -u USER --"
    warned ./open/mine "./open/mine is run as root, but everybody may write to $PWD/open; better"
    warned ./home/mine "./home/mine is run as root, but $PWD/home belongs to nobody"
    warned ./link "./link is run as root, but $PWD/home belongs to nobody"
    warned ./script "$PWD/theirs is run as root, but it belongs to nobody"
    chown 54321 theirs
    warned ./theirs "./theirs is run as root, but it belongs to #54321; better: setpriv --reuid=54321 -- "
    unshare -Ur true || skip "the rest: no user namespaces here"
    chown 65534 theirs
    unshare -Ur "$cflow" record -q -o out.db -- ./theirs 2> err
    equal "what is said in a user namespace" "$(cat err)" ""
}

warned() { # PROGRAM TEXT
    "$cflow" record -q -o out.db -- "$1" 2> err
    equal "lines on stderr of $1" "$(wc -l < err)" 1
    grep -qF "qemu-cflow: warning: $2" err || fail "$1: $(cat err)"
}

# --- signals while a file is written ---------------------------------------------

# Runs COMMAND, which writes FILE, on a slow disk, and sends it SIGNAL meanwhile, N times.
slowly() { # N SIGNAL FILE COMMAND...
    local n=$1 signal=$2 file=$3
    shift 3
    [ -f shim.so ] || gcc -shared -fPIC -O1 -w -o shim.so "$here/guest-shim.c" -ldl
    cp "$good" "$file"
    rm -f slow go
    set -m
    SHIM=slow LD_PRELOAD=$PWD/shim.so env --default-signal=INT,QUIT "$@" > out 2> err &
    pid=$!
    set +m
    for _ in $(seq 400); do
        [ ! -e slow ] || break
        sleep 0.05
    done
    [ -e slow ] || fail "nothing was written: $(cat err)"
    for _ in $(seq "$n"); do
        kill "-$signal" -- -$pid
        sleep 0.3
    done
}

# The same: the command gives up.
stopped() { # N SIGNAL FILE COMMAND...
    slowly "$@"
    ended
    cmp "$good" "$3"
    equal "files left" "$(ls -A | grep -c "^\.$3" || true)" 0
}

case_stopped_merge() {
    cp "$good" a.db
    for signal in INT:130 TERM:143 HUP:129; do
        stopped 1 "${signal%:*}" out.db "$cflow" merge -o out.db a.db a.db
        equal "status after ${signal%:*}" $status "${signal#*:}"
        equal "what it said" "$(cat err)" ""
    done
    stopped 1 INT a.db "$cflow" merge -o a.db a.db a.db # itself
}

case_stopped_export() {
    for signal in INT:130 TERM:143; do
        stopped 1 "${signal%:*}" out.json "$cflow" export -f json -i "$good" -o out.json
        equal "status after ${signal%:*}" $status "${signal#*:}"
    done
}

case_stopped_record() { # one Ctrl-C may have been meant for the program; two are not
    stopped 2 INT out.db "$cflow" record -q -o out.db -- true
    equal "status after two" $status 130
    equal stderr "$(cat err)" "qemu-cflow: writing out.db; once more to give it up"
    stopped 2 TERM out.db "$cflow" record -q -o out.db -- true
    equal "status after two" $status 143
    slowly 1 INT out.db "$cflow" record -q -o out.db -- sh -c 'exit 3'
    touch go
    ended
    equal "status after one" $status 3
    equal stderr "$(cat err)" "qemu-cflow: writing out.db; once more to give it up"
    exact out.db
}

run_cases "$@"
