# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow annotate -i graph.db graph!0x401038-0x40105b
