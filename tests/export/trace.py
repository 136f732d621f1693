#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Instruction counts that QEMU itself logs, to compare an export with.

    trace.py LOG PROFILE CALLGRIND OBJECT FIRST END

LOG is of "-one-insn-per-tb -d exec,nochain": one line per instruction begun.
Of PROFILE only the instructions that faulted are taken, since those were begun
and not completed.  Compares all addresses from FIRST up to END.
"""
import re
import sqlite3
import sys
from collections import Counter

from callgrind import Profile, differences

log, db, exported, ob, first, end = sys.argv[1:]
span = range(int(first, 0), int(end, 0))
begun = Counter()
with open(log, errors="replace") as f:
    for line in f:
        m = re.match(r"Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/", line)
        if m:
            begun[int(m[1], 16)] += 1
faults = sqlite3.connect(db).execute(
    "select src, sum(count) from discontinuity where mid_block = 1 group by src")
for address, n in faults:
    begun[address] -= n
want = Counter({(a,): n for a, n in begun.items() if a in span})
p = Profile(exported)
got = Counter({k: n for k, n in p.of(p.cost, ob).items() if k[0] in span})
wrong = differences("instruction", got, +want, lambda k: hex(k[0]))
print(f"{sum(got.values())} of {len(got)} instructions")
sys.exit(1 if wrong or not got else 0)
