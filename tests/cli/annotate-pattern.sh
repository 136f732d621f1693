# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow annotate -i graph.db --sysroot sysroot --no-source 's*'
