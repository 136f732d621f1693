# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow annotate -i graph.db 0x401000 2>&1
