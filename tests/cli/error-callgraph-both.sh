# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow callgraph --callers a --callees b 2>&1
