# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow loops -i graph.db --sysroot sysroot --format json --limit 1
