# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow annotate --format csv 2>&1
