# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow annotate --no-source --source-only 2>&1
