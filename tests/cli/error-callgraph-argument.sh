# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow callgraph main 2>&1
