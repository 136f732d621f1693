#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make-golden.sh          writes profile-v1.db from profile-v1.sql
# make-golden.sh --check  says whether the two still tell the same
set -eu

here=$(cd "$(dirname "$0")" && pwd)

dump() {
    sqlite3 -readonly "$1" 'PRAGMA application_id' 'PRAGMA user_version' .dump
}

make() {
    rm -f "$1"
    sqlite3 -bail "$1" < "$here/profile-v1.sql"
}

if [ "${1:-}" = --check ]; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    make "$scratch/new.db"
    dump "$scratch/new.db" > "$scratch/new"
    dump "$here/profile-v1.db" > "$scratch/old"
    diff "$scratch/old" "$scratch/new"
else
    make "$here/profile-v1.db"
fi
