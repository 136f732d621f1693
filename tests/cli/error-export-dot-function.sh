# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow export -i graph.db --sysroot sysroot --format dot --function nothing -o - 2>&1
