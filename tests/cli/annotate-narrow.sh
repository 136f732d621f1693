# SPDX-License-Identifier: GPL-2.0-or-later
COLUMNS=60 qemu-cflow annotate -i graph.db --sysroot sysroot choose
