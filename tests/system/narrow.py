#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""With -icount a guest is deterministic: a recording of some functions must give all
edges between their instructions the counts that a recording of everything gives."""
import argparse
import fnmatch
import pathlib
import shlex
import sqlite3
import subprocess
import sys

import run

# What is recorded: functions.
GUESTS = [("riscv64", "events", ["m_trap", "s_trap"]),
          ("riscv64", "events", ["main", "m_vector"]),
          ("aarch64", "events", ["trap", "one_round"]),
          ("aarch64", "events", ["main", "touch*"]),
          ("arm-a", "events", ["trap", "main"]),
          ("arm", "cortex-m", ["irq*", "sys_tick", "main"]),
          ("x86_64", "events", ["trap"]),
          ("x86_64", "events", ["main"])]


def record(args, bin_dir, isa, elf, db, options):
    db.unlink(missing_ok=True)
    given = run.directives(run.HERE / isa / (elf.stem + ".c"))
    machine = shlex.split(" ".join(given["machine"]).replace("$ELF", str(elf)))
    command = pathlib.Path(args.build) / "qemu-cflow"
    done = subprocess.run([str(command), "record", "-q", "-o", str(db)] + options +
                          ["--", bin_dir + "/qemu-system-" + isa.split("-")[0], "-display", "none",
                           "-monitor", "none", "-serial", "null", "-nic", "none", "-icount",
                           "shift=4,sleep=off"] + machine, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)
    if not db.exists():
        return [done.stderr[:300]]
    meta = dict(sqlite3.connect(db).execute("SELECT key, value FROM meta"))
    return ["meta.%s is %s (%s)" % (key, meta[key], meta["exact_note"])
            for key, want in (("exact", 1), ("residual", 0), ("unexplained", 0)) if meta[key] != want]


def functions(isa, elf, patterns):
    tool = run.COMPILERS[isa][0].replace("gcc", "nm")
    lines = subprocess.run([tool, "-S", "-n", str(elf)], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    code = [line.split() for line in lines if line.split()[-2] in "tTwW"]
    found = []
    for i, words in enumerate(code):
        if any(fnmatch.fnmatchcase(words[-1], p) for p in patterns):
            start = int(words[0], 16)
            size = int(words[1], 16) if len(words) == 4 else int(code[i + 1][0], 16) - start
            found.append((start & ~1 if isa == "arm" else start, size))
    return found


def edges(db, ranges):
    c = sqlite3.connect(db)
    inside = lambda at: any(start <= at < start + size for start, size in ranges)
    rows = c.execute("SELECT e.src, e.dst, k.name, e.count FROM edge e JOIN kind k ON k.id = e.kind "
                     "JOIN module m ON m.id = e.src_module WHERE m.kind = 'elf' AND "
                     "e.dst_module = m.id AND k.name NOT IN ('split', 'retry') AND "
                     # Switched off, it turns in a jump to itself until it is.
                     "NOT (k.name = 'jump' AND e.src = e.dst)").fetchall()
    return {row for row in rows if inside(row[0]) and inside(row[1])}


def crossings(db):
    c = sqlite3.connect(db)
    return [c.execute("SELECT ifnull(sum(count), 0) FROM edge WHERE kind = ?", (kind,)).fetchone()[0]
            for kind in (20, 21)]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--qemu-bin", required=True)
    args = p.parse_args()
    work = pathlib.Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    failed = 0
    for isa, name, patterns in GUESTS:
        source = run.HERE / isa / (name + ".c")
        elf = run.build(isa, source, work, run.directives(source))
        full, part = work / "full.db", work / "part.db"
        options = [word for pattern in patterns for word in ("--symbol", pattern)]
        problems = record(args, args.qemu_bin, isa, elf, full, [])
        problems += record(args, args.qemu_bin, isa, elf, part, options)
        ranges = functions(isa, elf, patterns)
        if not problems:
            one, two = edges(full, ranges), edges(part, ranges)
            left, entered = crossings(part)
            problems = ["only %s: %s" % ("all" if row in one else "part",
                                         (hex(row[0]), hex(row[1])) + row[2:])
                        for row in sorted(one ^ two)[:10]]
            if not two or not left or abs(left - entered) > 1:
                problems.append("%d edges, %d leaves, %d entries" % (len(two), left, entered))
        for text in problems:
            print("    " + text.replace("\n", "\n    "))
        print("%s narrow/%s-%s-%s %s" % ("FAIL" if problems else "PASS", isa, name, patterns[0].strip("*"),
                                       "" if problems else "%d edges, %d crossings" %
                                       (len(two), left + entered)), flush=True)
        failed |= bool(problems)
    return failed


if __name__ == "__main__":
    sys.exit(main())
