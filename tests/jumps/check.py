#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check.py LIST_JUMPS PROFILE MODULE [--exercised PATTERN]
#
# Compares where the jumps through tables can go, as list-jumps has it, with where they
# went in a profile.  Nowhere else may they have gone.  In functions whose names match
# PATTERN, which the program called with every number, they must have gone to all of
# them: otherwise something is listed that is no destination.
import argparse
import re
import sqlite3
import subprocess
import sys

parser = argparse.ArgumentParser()
parser.add_argument("list_jumps")
parser.add_argument("profile")
parser.add_argument("module", help="path of a module of the profile, or the end of one")
parser.add_argument("--exercised")
parser.add_argument("--at-least", type=int, default=0, help="so many must be understood")
args = parser.parse_args()

db = sqlite3.connect(f"file:{args.profile}?mode=ro", uri=True)
(isa,) = db.execute("SELECT value FROM meta WHERE key = 'isa'").fetchone()
row = db.execute("SELECT id, path FROM module WHERE path LIKE ?", ("%" + args.module,)).fetchone()
if not row:
    sys.exit(f"no module {args.module} in {args.profile}")
module, path = row
went = {}
for src, dst_module, dst, count in db.execute(
        "SELECT src, dst_module, dst, sum(count) FROM edge JOIN kind ON kind.id = edge.kind "
        "WHERE src_module = ? AND kind.name = 'indirect-jump' GROUP BY src, dst_module, dst",
        (module,)):
    went.setdefault(src, set()).add(dst if dst_module == module else None)

known = ran = complete = 0
wrong = []
output = subprocess.run([args.list_jumps, isa, path], check=True, stdout=subprocess.PIPE,
                        text=True).stdout
for line in output.splitlines():
    name, jump, targets = line.rsplit(" ", 2)
    jump = int(jump, 16)
    if targets == "?":
        continue
    targets = {int(t, 16) for t in targets.split(",")}
    known += 1
    seen = went.get(jump, set())
    ran += bool(seen)
    complete += seen == targets
    if not seen <= targets:
        wrong.append(f"{name} {jump:#x} went to {sorted(map(str, seen - targets))}, not listed")
    if args.exercised and re.fullmatch(args.exercised, name) and seen != targets:
        wrong.append(f"{name} {jump:#x} never went to {[hex(t) for t in targets - seen]}")
for text in wrong:
    print(text)
total = len(output.splitlines())
print(f"{known} of {total} jumps understood, {ran} ran, {complete} went everywhere, "
      f"{len(wrong)} wrong")
sys.exit(1 if wrong or known < args.at_least else 0)
