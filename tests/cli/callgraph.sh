# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow callgraph -i graph.db --sysroot sysroot
