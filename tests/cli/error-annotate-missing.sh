# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow annotate -i none.db 2>&1
