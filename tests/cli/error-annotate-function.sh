# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow annotate -i graph.db --sysroot sysroot nothing 2>&1
