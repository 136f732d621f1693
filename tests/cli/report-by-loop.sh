# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow report -i graph.db --sysroot sysroot --by loop
