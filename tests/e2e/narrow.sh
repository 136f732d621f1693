#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# narrow.sh BUILD_DIR QEMU_BIN_DIR
#
# Recordings of a part of a program: what is inside has the counts of a recording of
# everything, and the profile's sums balance.
set -u

build=$(cd "${1:?usage: narrow.sh BUILD_DIR QEMU_BIN_DIR}" && pwd)
qemu=$(cd "${2:?usage: narrow.sh BUILD_DIR QEMU_BIN_DIR}" && pwd)
cflow=$build/qemu-cflow
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
export LC_ALL=C.UTF-8 QEMU_RAND_SEED=1
passed=0 failed=0

result() { # NAME STATUS: $work/why says why not
    if [ "$2" -eq 0 ]; then
        echo "PASS narrow/$1"
        passed=$((passed + 1))
    else
        sed 's/^/    /' why | head -n 20
        echo "FAIL narrow/$1"
        failed=$((failed + 1))
    fi
}

record() { # DB OPTION... -- PROGRAM...
    local db=$1
    shift
    "$cflow" record -q --qemu "$qemu" -o "$db" "$@" > out 2> why && "$cflow" check "$db" > why 2>&1
}

# Edges with both ends in the modules like $2 (and src, dst within $3, $4), as text.
edges() { # DB MODULE [START END]
    sqlite3 "$1" "SELECT s.path, e.src, d.path, e.dst, e.kind, sum(e.count) FROM edge e
        JOIN module s ON s.id = e.src_module JOIN module d ON d.id = e.dst_module
        WHERE e.kind NOT IN (9, 16) AND s.path LIKE '$2' AND d.path LIKE '$2'
        AND e.src >= ${3:-0} AND e.src < ${4:-0x7fffffffffff}
        AND e.dst >= ${3:-0} AND e.dst < ${4:-0x7fffffffffff}
        GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
}

same() { # FULL PART MODULE [START END]
    edges "$1" "${@:3}" > full
    edges "$2" "${@:3}" > part
    [ "$(wc -l < part)" -gt 20 ] || { echo "only $(wc -l < part) edges" > why; return 1; }
    diff full part > why
}

borders() { # DB: left as often as entered, and neither is unusual
    sqlite3 "$1" "SELECT (SELECT ifnull(sum(count), 0) FROM edge WHERE kind = 20) ||' '||
        (SELECT ifnull(sum(count), 0) FROM edge WHERE kind = 21)" > why
    read -r left entered < why
    [ "$left" -gt 0 ] && [ "$left" -eq "$entered" ]
}

only() { # DB MODULE: no edge has an end in another module
    sqlite3 "$1" "SELECT DISTINCT path FROM module m WHERE id <> 0 AND path NOT LIKE '$2' AND EXISTS
        (SELECT 1 FROM edge WHERE src_module = m.id OR dst_module = m.id)" > why
    [ ! -s why ]
}

library=$(ldd /usr/bin/bzip2 | awk '/libbz2/ { print $3 }')
real=$(readlink -f "$library")
head -c 150000 /usr/bin/bash > input
record full.db -e edge -- /usr/bin/bzip2 -c input || { cat why; exit 1; }

case_module() {
    record module.db --module 'libbz2*' -- /usr/bin/bzip2 -c input &&
        same full.db module.db '%libbz2%' && only module.db '%libbz2%' && borders module.db
}

case_excluded() {
    record rest.db --module '!libbz2*' -- /usr/bin/bzip2 -c input &&
        same full.db rest.db '%libc.so%' && borders rest.db &&
        [ -z "$(edges rest.db '%libbz2%')" ]
}

case_symbol() {
    local start size
    read -r start size <<< "$(nm -D -S "$real" | awk '/ T BZ2_compressBlock$/ { print $1, $2 }')"
    start=$((16#$start)) size=$((16#$size))
    record symbol.db --symbol "$library@BZ2_compressBlock" -- /usr/bin/bzip2 -c input &&
        same full.db symbol.db '%libbz2%' $start $((start + size)) &&
        record range.db --range "libbz2*@$start-$((start + size))" -- /usr/bin/bzip2 -c input &&
        same symbol.db range.db '%libbz2%' $start $((start + size)) || return
    sqlite3 symbol.db "SELECT value FROM meta WHERE key = 'narrowed'" > why
    grep -qx "symbol $library@BZ2_compressBlock" why
}

# From a call on: what only happens later is there as often as in the whole run.
case_start_stop() {
    local call
    record window.db --start-at "$library@BZ2_compressBlock" --stop-at "$library@BZ2_bzWriteClose64:9" \
        -- /usr/bin/bzip2 -c input || return
    call=$(nm -D "$real" | awk '/ T BZ2_hbMakeCodeLengths$/ { print $1 }')
    for db in full.db window.db; do
        sqlite3 $db "SELECT sum(count) FROM edge e JOIN module m ON m.id = dst_module
            WHERE path LIKE '%libbz2%' AND dst = $((16#$call)) AND e.kind IN (4, 6)"
    done > why
    [ "$(uniq why | wc -l)" -eq 1 ] && grep -q "^[1-9]" why && sqlite3 window.db "SELECT count(*), count FROM edge
        WHERE kind = 21" > why && grep -qx '1|1' why
}

# In the middle of a block: the second instruction of a function.
case_middle() {
    record middle.db --start-at "$(basename "$real")@$second" -- /usr/bin/bzip2 -c input &&
        sqlite3 middle.db "SELECT sum(count) FROM edge WHERE kind = 21" > why && grep -qx 1 why
}

case_stop_after() {
    local run
    record limit.db --stop-after 300000 -- /usr/bin/bzip2 -c input || return
    run=$(sqlite3 limit.db "SELECT sum(insns * entered) FROM block")
    echo "$run instructions" > why
    [ "$run" -ge 300000 ] && [ "$run" -lt 300600 ] || return
    record time.db --stop-after 60s -- /usr/bin/bzip2 -c input &&
        same full.db time.db '%libbz2%' || return
    # Stopped before the end, whenever that is: the loop would not end by itself.
    timeout -s INT 60 "$cflow" record -q --qemu "$qemu" -o loop.db --stop-after 200ms -- \
        /bin/bash -c 'SECONDS=0; while [ $SECONDS -lt 2 ]; do :; done' > out 2> why || return
    "$cflow" check loop.db > why && sqlite3 loop.db "SELECT sum(count) FROM edge WHERE kind = 15" > why &&
        ! grep -q '[1-9]' why
}

case_threads_and_children() {
    record xz.db --module 'liblzma*' -- /bin/sh -c '/usr/bin/xz -T2 --block-size=40000 -c input; exit 3' \
        2> why
    "$cflow" check xz.db > why 2>&1 && only xz.db '%liblzma%' && borders xz.db &&
        [ "$(sqlite3 xz.db "SELECT max(vcpus) FROM process")" -gt 1 ]
}

# Threads that all do the same: the N-th arrival is whose it is, and all in between count.
case_stretch_of_threads() {
    cat > threads.c << 'PROGRAM'
#include <pthread.h>
#include <signal.h>
static volatile int n;
__attribute__((noinline)) void work(int i) { n += i; }
static void on_signal(int s) { n += s; }
static void *run(void *unused)
{
    for (int i = 0; i < 20000; i++) {
        work(i);
        if (i % 500 == 0) {
            raise(SIGUSR1);
        }
    }
    return unused;
}
int main(void)
{
    pthread_t threads[4];
    signal(SIGUSR1, on_signal);
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], 0, run, 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], 0);
    }
    return 0;
}
PROGRAM
    gcc -O1 -static -pthread -o threads threads.c 2> why &&
        record threads.db --start-at work:5000 --stop-at work:30000 -- ./threads || return
    at=$(nm threads | awk '$3 == "work" { print "0x" $1 }')
    sqlite3 threads.db "SELECT sum(entered) FROM block WHERE start = $((at))" > why
    [ "$(cat why)" = 30000 ]
}

# What runs before the begin and after the end is not looked at, nor even described.
case_outside_is_cheap() {
    record late.db --start-at "$real@BZ2_bzCompressEnd" -- /usr/bin/bzip2 -c input &&
        record early.db --stop-after 1000 -- /usr/bin/bzip2 -c input || return
    for db in full late early; do
        sqlite3 $db.db "SELECT value FROM meta WHERE key = 'recording_bytes'"
    done | tr '\n' ' ' > why
    read -r all late early < why
    [ "$late" -lt $((all / 3)) ] && [ "$early" -lt $((all / 3)) ]
}

# The plugin alone takes addresses and writes what was recorded.
case_plugin() {
    "$qemu/qemu-x86_64" -plugin "$build/libcflow.so,out=alone.db,module=libbz2*,report=off" \
        /usr/bin/bzip2 -c input > out 2> why && "$cflow" check alone.db > why &&
        same full.db alone.db '%libbz2%' && "$cflow" info -i alone.db > why &&
        grep -q '^narrowed  *module libbz2\*$' why && grep -q '^engine_reason  *only a part is recorded$' why
}

refused() { # WORDS OPTION...: one line with these words, and no profile
    local words=$1
    shift
    rm -f refused.db
    "$cflow" record --qemu "$qemu" -o refused.db "$@" -- /usr/bin/bzip2 -c input > out 2> why &&
        return 1
    grep -qF -- "$words" why && [ ! -e refused.db ]
}

case_refused() {
    refused "no function of" --symbol no_such_function &&
        refused "only the engine edge" --engine flow --module 'x*' &&
        refused "nothing that was to be recorded ran (module no-such-*)" --module 'no-such-*' &&
        refused "is no value for range" --range 20-10 &&
        refused "is no value for range" --range 0x10-banana &&
        refused "is no value for stop-after" --stop-after 10parsecs &&
        refused "is no value for start-at" --start-at 0x10:0 &&
        refused "no file" --start-at /no/such/file@main || return
    "$qemu/qemu-x86_64" -plugin "$build/libcflow.so,engine=flow,module=x" /bin/true > why 2>&1 &&
        return 1
    grep -q "only engine=edge can record a part" why
}

second=$(objdump -d --no-show-raw-insn "$real" |
    awk '/<BZ2_bzCompress@@?Base>:|<BZ2_bzCompress>:/ { f = 1; next } f == 2 { sub(":", "", $1); print "0x" $1; exit } f { f++ }')
for name in module excluded symbol start_stop middle stop_after threads_and_children stretch_of_threads \
    outside_is_cheap plugin refused; do
    "case_$name"
    result "${name//_/-}" $?
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
