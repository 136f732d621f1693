# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow loops main 2>&1
