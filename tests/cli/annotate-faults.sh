# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow annotate -i golden.db 'demo!0x1000-0x1100'
