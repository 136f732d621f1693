# SPDX-License-Identifier: GPL-2.0-or-later
LC_ALL=C qemu-cflow annotate -i graph.db --sysroot sysroot --no-source _start
