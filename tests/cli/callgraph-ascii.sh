# SPDX-License-Identifier: GPL-2.0-or-later
LC_ALL=C qemu-cflow callgraph -i graph.db --sysroot sysroot --callees _start --limit 1 --depth 1
