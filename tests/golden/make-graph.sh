#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make-graph.sh DIR: below DIR, the program of graph.sql and its source.
#
# graph.sql was recorded from it with
#   qemu-cflow record -o graph.db -- DIR/opt/graph/graph
#   sqlite3 graph.db .dump
# and has that path, and those of QEMU and the host, changed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

mkdir -p "$1/opt/graph"
out=$(cd "$1" && pwd)
cp "$here/graph.S" "$1/opt/graph/graph.S"
cd "$here"
${CC:-cc} -x assembler -g -Wa,--debug-prefix-map="$here=/opt/graph" graph.S -nostdlib -static \
    -no-pie -o "$out/opt/graph/graph" -Wl,-z,noexecstack \
    -Wl,--build-id=0x4772617068000000000000000000000000000001,-Ttext=0x401000
