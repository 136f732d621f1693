# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the scripts of end-to-end cases share; sourced by them with $here set.  They
# are called as SCRIPT BUILD_DIR QEMU_BIN_DIR [CASE...] and end with run_cases "$@".
# Each case_NAME runs in a directory of its own and fails with its first command
# that fails.  Cases that need root, a compiler or an emulator that is not there are
# skipped.  ENGINE=edge in the environment asks for that engine.
set -u

if [ $# -lt 2 ] || [ ! -x "$1/qemu-cflow" ] || [ ! -x "$2/qemu-x86_64" ]; then
    echo "usage: ${0##*/} BUILD_DIR QEMU_BIN_DIR [CASE...], qemu-cflow being in the" \
        "one and qemu-x86_64 in the other" >&2
    exit 2
fi
build=$(cd "$1" && pwd)
qemu=$(cd "$2" && pwd)
shift 2
cflow=$build/qemu-cflow
engine=${ENGINE:-auto}
options=() # of record, for start()
good=$here/../golden/profile-v1.db # some profile that must survive
export LC_ALL=C.UTF-8 QEMU_CFLOW_QEMU=$qemu
unset QEMU_LD_PREFIX QEMU_CFLOW_PLUGIN
ulimit -Sc 0

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
    # Whoever runs the tests in the background may have them ignore SIGINT.
    env --default-signal=INT,QUIT "$cflow" record -q --engine "$engine" "${options[@]}" -o out.db -- "$@" \
        > out 2> err &
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
    for _ in $(seq 1000); do # the disk may be busy, too
        if ! kill -0 $pid 2> /dev/null; then
            status_of wait $pid
            return
        fi
        sleep 0.05
    done
    ps -o pid,ppid,stat,wchan:24,time,args --pid $pid --ppid $pid >&2
    for thread in $(pgrep -P $pid | sed 's,.*,/proc/&/task/*,'); do
        echo "$(cat "$thread/comm") $(cat "$thread/wchan") $(grep -E 'Sig(Pnd|Blk|Cgt)' "$thread/status")" >&2
    done
    kill -KILL -- -$pid
    fail "the guest did not end: $(cat err)"
}

# Every verb that reads FILE prints something in every format, and no control character.
every_verb() { # FILE MODULE SOURCE FUNCTION
    local words verb by format formats
    formats=$("$cflow" export --list | sed 1d | cut -d ' ' -f 1)
    [ "$(wc -l <<< "$formats")" -ge 10 ] || fail "formats: $formats"
    {
        printf '%s\n' "report" "report --format json" "report --format csv" "report --faults" \
            "report --sort destinations" "report --sort bias" "report --interrupts" \
            "report --interrupts --format json" "annotate $4" "annotate --format json $4" \
            "annotate --source-only $4" "callgraph" "callgraph --format json" \
            "callgraph --callees $4" "loops" "loops --format json" "info" "info --format json" \
            "coverage" "coverage --lines $3" "coverage --branches" "coverage --format json"
        for by in function block branch file module process loop privilege; do
            printf '%s\n' "report --by $by" "report --by $by --format json"
            [ $by = loop ] || echo "report --by $by --format csv"
        done
        for format in $formats; do
            echo "export --format $format --module $2 -o export.out"
        done
    } > verbs
    [ "$(wc -l < verbs)" -ge 50 ] || fail "too few verbs"
    set -f # modules may be patterns, for the verb
    while read -r words; do
        rm -f export.out
        verb=${words%% *}
        # shellcheck disable=SC2086
        "$cflow" $verb -i "$1" ${words#"$verb"} > verb.out 2> verb.err < /dev/null ||
            fail "$words: $(cat verb.err)"
        [ -s verb.out ] || [ -s export.out ] || fail "$words: nothing"
        case $words in # what is no text
            *gmon* | *drcov*) : > export.out ;;
        esac
        touch export.out
        ! sed 's/\r$//' verb.out verb.err export.out | # CSV has it
            LC_ALL=C grep -aP '[\x00-\x08\x0b-\x1f\x7f]' > bad ||
            fail "$words prints control characters: $(head -n 1 bad | cat -v)"
    done < verbs
    set +f
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

# --- running them --------------------------------------------------------------

run_cases() {
    local passed=0 failed=0 skipped=0 name
    if [ $# -eq 0 ]; then
        # shellcheck disable=SC2046
        set -- $(sed -n 's/^case_\([a-z_]*\)() .*/\1/p' "$0")
    fi
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
}
