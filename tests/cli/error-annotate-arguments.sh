# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow annotate one two 2>&1
