# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow callgraph -i golden.db --sysroot sysroot --limit 5
