# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow annotate -i golden.db --sysroot sysroot --source-only main 2>&1
