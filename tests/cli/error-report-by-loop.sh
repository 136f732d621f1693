# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow report --by loop --format csv 2>&1
