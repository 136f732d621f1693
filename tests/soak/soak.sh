#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# soak.sh BUILD_DIR QEMU_BIN_DIR [SECONDS]
#
# Recording for a long time.  Guests of different kinds are recorded in turn, with one
# engine and the other, until the time (600 s) is over; each once if there is less.
# Each must print what it prints without qemu-cflow, and its counts must add up.
# Memory is that of the recording; for what repeats itself it must not grow with the
# repetitions.  Ends with a table.
set -u

if [ $# -lt 2 ] || [ ! -x "$1/qemu-cflow" ] || [ ! -x "$2/qemu-x86_64" ]; then
    echo "usage: soak.sh BUILD_DIR QEMU_BIN_DIR [SECONDS]" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
qemu=$(cd "$2" && pwd)
seconds=${3:-600}
if [[ ! $seconds =~ ^[0-9]{1,7}$ ]]; then
    echo "soak.sh: '$seconds' is no number of seconds" >&2
    exit 2
fi
export LC_ALL=C.UTF-8 QEMU_CFLOW_QEMU=$qemu
ulimit -Sc 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
blocks=1000000 repeats=400
[ "$seconds" -ge 300 ] || blocks=40000 repeats=40
failed=0
end=$(($(date +%s) + seconds))

meta() { # KEY
    sqlite3 -readonly out.db "select value from meta where key = '$1'"
}

# One recording: a line of the table.  Sets $bytes.
record() { # NAME ENGINE [--memory SIZE] COMMAND...
    local name=$1 engine=$2 status wrong= options=()
    shift 2
    if [ "$1" = --memory ]; then
        options=(--memory "$2")
        shift 2
    fi
    "$@" > plain 2>&1 < /dev/null
    status=$?
    bytes=0
    "$build/qemu-cflow" record -q -e "$engine" "${options[@]}" -o out.db -- "$@" > got 2>&1 < /dev/null
    if [ $? -ne $status ] || ! cmp -s plain got; then
        wrong="it does not do the same: $(diff plain got | head -n 3 | tr '\n' ' ')"
    else
        bytes=$(meta recording_bytes)
        if [ ${#options[@]} -eq 0 ]; then
            # The reference engine cannot hold threads that are at work when all ends.
            [ "$(meta exact)" = 1 ] || [[ $engine = edge && "$(meta exact_note)" =~ \
                ^"threads that ran on while their process ended: "[0-9]+$ ]] ||
                wrong="not exact: $(meta exact_note)"
        elif [ "$(meta exact_except)" != "$(meta beyond_limit)" ]; then
            wrong="not exact even so: $(meta exact_note)"
        elif [ "$(meta beyond_limit)" -eq 0 ]; then
            wrong="the limit of memory was not reached"
        elif [ "$(meta memory_bytes)" -gt $((2 * $(meta memory_limit))) ]; then
            wrong="$(meta memory_bytes) bytes, of $(meta memory_limit)"
        fi
        printf '%s %s %s %s %s %s\n' "$name" "$engine" "$(meta transfers)" "$(meta residual)" \
            "$(meta unexplained)" "$bytes" >> table
    fi
    if [ -n "$wrong" ]; then
        echo "FAIL soak/$name-$engine: $wrong"
        [ -s out.db ] && cp out.db "${TMPDIR:-/tmp}/soak-$name-$engine.db" &&
            echo "    kept as ${TMPDIR:-/tmp}/soak-$name-$engine.db"
        failed=1
        return 1
    fi
}

# The guests; each with the engine as its argument.

make_guests() {
    gcc -O1 -w -pthread -o threads "$here/guest-threads.c" &&
        gcc -O1 -w -o libraries "$here/guest-libraries.c" -ldl &&
        gcc -nostartfiles -c -DBLOCKS=$blocks -o blocks.o "$here/guest-blocks.S" &&
        gcc -o blocks blocks.o || return
    for step in 2 3 5 7; do
        gcc -O1 -shared -fPIC -DSTEP=$step -o lib$step.so "$here/guest-library.c" || return
    done
}

soak_threads() { record threads "$1" ./threads 512; }

soak_blocks() { record blocks "$1" ./blocks; }

# Twice, with many repetitions and with four times as many: the same memory.
soak_libraries() {
    local first
    record libraries "$1" ./libraries "$repeats" ./lib2.so ./lib3.so ./lib5.so ./lib7.so || return
    first=$bytes
    record libraries "$1" ./libraries $((4 * repeats)) ./lib2.so ./lib3.so ./lib5.so ./lib7.so ||
        return
    if [ $((2 * bytes)) -gt $((3 * first)) ]; then
        echo "FAIL soak/libraries-$1: memory grows with repetition, from $first to $bytes bytes"
        failed=1
    fi
}

soak_jit() {
    command -v luajit > /dev/null || { note_skip jit "no luajit"; return; }
    record jit "$1" luajit "$here/guest-jit.lua" $((repeats / 8))
}

soak_node() {
    local program
    program=$(command -v node || command -v nodejs) || { note_skip node "no nodejs"; return; }
    # A script or a program for another machine may go by that name.
    "$qemu/qemu-x86_64" "$program" --version > log 2>&1 ||
        { note_skip node "$program does not run under QEMU"; return; }
    record node "$1" "$program" "$here/guest-jit.js" $((repeats / 8))
}

# The same with less memory than it would take: what is recorded is exact all the same.
soak_limit() {
    command -v luajit > /dev/null || { note_skip limit "no luajit"; return; }
    record limit "$1" --memory 4M luajit "$here/guest-jit.lua" $((repeats * 10))
}

soak_shell() { # processes and programs that come and go
    # shellcheck disable=SC2016
    record shell "$1" sh -c 'for i in 1 2 3 4 5 6 7 8; do seq $((i * 50)) | sort -rn | head -n 1; done'
}

soak_csmith() {
    command -v csmith > /dev/null || { note_skip csmith "no csmith"; return; }
    local seed=$((RANDOM * 32768 + RANDOM))
    csmith --seed $seed --max-funcs 5 --max-block-depth 4 -o program.c > /dev/null
    gcc -w -O1 -I/usr/include/csmith -o program program.c || return
    timeout 5 ./program > /dev/null 2>&1
    [ $? -eq 124 ] && return # some never end
    record csmith "$1" ./program || echo "    csmith --seed $seed"
}

note_skip() { # NAME WHY
    grep -qx "$1" skipped 2> /dev/null && return
    echo "$1" >> skipped
    echo "SKIP soak/$1: $2"
}

if ! make_guests > log 2>&1; then
    sed 's/^/    /' log
    echo "FAIL soak (its guests cannot be compiled)"
    exit 1
fi
: > table
round=0
while [ $round -eq 0 ] || [ "$(date +%s)" -lt "$end" ]; do
    for guest in threads libraries jit node limit shell csmith blocks; do
        for engine in edge flow; do
            if [ $round -gt 0 ] && [ "$(date +%s)" -ge "$end" ]; then
                break
            fi
            "soak_$guest" $engine
        done
    done
    round=$((round + 1))
done
# A guest's lines as one: how often, how much, the worst.
sort -k 1,2 table | awk '
    { key = $1 "-" $2
      if (key != last) names[++n] = key
      last = key
      runs[key]++; transfers[key] += $3
      if ($4 > residual[key]) residual[key] = $4
      if ($5 > unexplained[key]) unexplained[key] = $5
      if ($6 > bytes[key]) bytes[key] = $6 }
    END { printf "%-16s %6s %14s %9s %12s %10s\n", "guest", "runs", "transfers",
              "residual", "unexplained", "MiB"
          for (i = 1; i <= n; i++) { k = names[i]
              printf "%-16s %6d %14.0f %9d %12d %10.1f\n", k, runs[k], transfers[k], residual[k],
                  unexplained[k], bytes[k] / 1048576 } }'
[ $failed -eq 0 ] && awk '{ print $1 "-" $2 }' table | sort | uniq -c |
    sed -E 's,^ *([0-9]+) (.*),PASS soak/\2: \1 recordings,'
exit $failed
