# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow callgraph --depth deep 2>&1
