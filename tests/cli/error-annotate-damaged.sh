# SPDX-License-Identifier: GPL-2.0-or-later
sqlite3 golden.db "UPDATE block SET module = 77"
qemu-cflow annotate -i golden.db 2>&1
