#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh [--update] BUILD_DIR [CASE...]
#
# Golden screens: runs each NAME.sh beside this file and compares what it prints,
# followed by its exit status, with NAME.out.  Cases run in a scratch directory
# that holds golden.db, a fresh copy of the golden profile, graph.db, that of
# golden/graph.S, sysroot/, the files of their modules, and debug/, debug
# information of one; $GOLDEN is tests/golden.  --update writes the .out files
# anew: read the diff.
set -u

update=
if [ "${1:-}" = --update ]; then
    update=1
    shift
fi
if [ $# -lt 1 ] || [ ! -x "$1/qemu-cflow" ]; then
    echo "usage: run.sh [--update] BUILD_DIR [CASE...], BUILD_DIR/qemu-cflow being there" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
PATH=$(cd "$1" && pwd):$PATH
GOLDEN=$here/../golden
export PATH GOLDEN LC_ALL=C.UTF-8 TERM=xterm
unset NO_COLOR COLUMNS PAGER QEMU_CFLOW_PAGER DEBUGINFOD_URLS
shift

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$here/../golden/make-sysroot.sh" "$scratch/sysroot" || exit 1
"$here/../golden/make-graph.sh" "$scratch/sysroot" || exit 1
sqlite3 "$scratch/graph.db" < "$here/../golden/graph.sql" || exit 1
"$here/../golden/make-debug.sh" "$scratch/debug" || exit 1

run_case() { # NAME, into $scratch/out
    rm -rf "$scratch/work"
    mkdir "$scratch/work"
    cp "$here/../golden/profile-v1.db" "$scratch/work/golden.db"
    if grep -q graph.db "$here/$1.sh"; then
        cp "$scratch/graph.db" "$scratch/work/graph.db"
    fi
    ln -s ../sysroot "$scratch/work/sysroot"
    ln -s ../debug "$scratch/work/debug"
    (cd "$scratch/work" && bash "$here/$1.sh" < /dev/null) > "$scratch/out" 2> "$scratch/err"
    echo "exit $?" >> "$scratch/out"
}

if [ $# -eq 0 ]; then
    for file in "$here"/*.sh; do
        name=$(basename "$file" .sh)
        [ "$name" = run ] || set -- "$@" "$name"
    done
fi

failed=0
for name; do
    if [ ! -f "$here/$name.sh" ]; then
        echo "FAIL $name: no such case"
        failed=1
        continue
    fi
    run_case "$name"
    if [ -n "$update" ]; then
        cp "$scratch/out" "$here/$name.out"
    fi
    if diff -u --label expected --label got "$here/$name.out" "$scratch/out" \
        && [ ! -s "$scratch/err" ]; then
        echo "PASS $name"
    else
        cat "$scratch/err"
        echo "FAIL $name"
        failed=1
    fi
done
exit $failed
