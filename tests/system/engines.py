#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""With -icount a guest is deterministic: the flow engine, which deduces most edges, and
the edge engine, which counts every one, must give the same rows but for QEMU's own cuts
and retries.  With --linux, Debian's kernel is one of the guests."""
import argparse
import pathlib
import shlex
import sqlite3
import subprocess
import sys

import run

GUESTS = [("riscv64", "events"), ("aarch64", "events"), ("arm-a", "events"), ("x86_64", "events"),
          ("x86_64", "debug"), ("riscv64", "spaces"), ("aarch64", "spaces"),
          ("riscv64", "semihost"), ("aarch64", "semihost"), ("arm-a", "semihost")]


# The flow engine has one address for code that is mapped at several, as a PC's firmware is,
# and as programs are that run in several processes.
ELF = "(SELECT id FROM module WHERE kind = 'elf')"
OURS = "src_module IN %s AND dst_module IN %s" % (ELF, ELF)
KERNEL = "src < 0 AND dst < 0"


def record(args, engine, machine, db):
    db.unlink(missing_ok=True)
    subprocess.run([str(pathlib.Path(args.build) / "qemu-cflow"), "record", "-q", "-o", str(db),
                    "--engine", engine, "--"] + machine, stdin=subprocess.DEVNULL, timeout=1800)
    return sqlite3.connect(db)


def bare_metal(args, isa, name, work):
    source = run.HERE / isa / (name + ".c")
    given = run.directives(source)
    elf = run.build(isa, source, work, given)
    return [args.qemu_bin + "/qemu-system-" + isa.split("-")[0], "-display", "none", "-monitor",
            "none", "-serial", "null", "-nic", "none", "-icount", "shift=4,sleep=off"] + shlex.split(
                " ".join(given["machine"]).replace("$ELF", str(elf)))


def linux(args, work):
    folder = pathlib.Path(args.linux)
    return [args.qemu_bin + "/qemu-system-x86_64", "-M", "pc", "-m", "192", "-display", "none",
            "-monitor", "none", "-nic", "none", "-vga", "none", "-serial",
            "file:%s" % (work / "linux.log"), "-no-reboot", "-icount", "shift=3,sleep=off",
            "-rtc", "base=2020-01-01,clock=vm", "-kernel", str(folder / "vmlinuz"), "-initrd", str(folder / "initrd.gz"), "-append",
            "console=ttyS0 nokaslr norandmaps quiet panic=-1 cflow=reset"]


def rows(c, where, complete):
    disc = c.execute("SELECT k.name, cause, src, dst, mid_block, sum(count) FROM discontinuity d "
                     "JOIN kind k ON k.id = d.kind WHERE %s GROUP BY 1, 2, 3, 4, 5" % where).fetchall()
    # A guest that has asked to be switched off turns in a jump to itself until it is.
    turns = "(k.name = 'exit' OR k.name = 'jump' AND e.src = e.dst)" if not complete else "0"
    # What runs with several privileges is one instruction to the flow engine.
    edges = c.execute("SELECT e.src, e.dst, k.name, sum(e.count) FROM edge e JOIN kind k "
                      "ON k.id = e.kind WHERE k.name NOT IN ('split', 'retry') AND NOT " + turns +
                      " AND " + where +
                      " GROUP BY e.src_module, e.src, e.dst_module, e.dst, e.kind").fetchall()
    meta = dict(c.execute("SELECT key, value FROM meta"))
    return [row for row in disc if complete or row[0] != "exit"], edges, meta


def text(row):
    return " ".join("%x" % (x & (1 << 64) - 1) if isinstance(x, int) and i + 1 < len(row) else str(x)
                    for i, x in enumerate(row))


def compare(name, counted, deduced, shown, complete):
    """@complete: where the machine stopped is known, so that not even the end may differ."""
    good = bool(counted[1])
    for side, (disc, edges, meta) in (("edge", counted), ("flow", deduced)):
        # With -icount QEMU does not tell where the vCPU stops: that transfer may be missing.
        unknown = side == "flow" and "stopped while running" in meta["exact_note"]
        allowed = 2 if unknown and not complete else 0
        if meta["engine"] != side or meta["unexplained"] or meta["residual"] > allowed:
            print("    %s: engine %s, residual %s, %s" % (side, meta["engine"], meta["residual"],
                                                       meta["exact_note"]))
            good = False
    for which in (0, 1):
        differ = sorted(set(counted[which]) ^ set(deduced[which]), key=str)
        for row in differ[:shown]:
            print("    only %s: %s" % ("edge" if row in counted[which] else "flow", text(row)))
        if differ:
            print("    %d rows of %d differ" % (len(differ), len(counted[which])))
        good = good and not differ
    print("%s engines/%s %d discontinuities, %d edges" % ("PASS" if good else "FAIL", name,
                                                          len(counted[0]), len(counted[1])))
    return not good


def main():
    p = argparse.ArgumentParser(description=__doc__)
    for name in ("build", "work", "qemu-bin"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--linux")
    p.add_argument("--only")
    p.add_argument("--shown", type=int, default=10)
    args = p.parse_args()
    work = pathlib.Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    failed = 0
    jobs = [("%s-%s" % guest, guest) for guest in GUESTS]
    jobs += [("linux", None)] if args.linux else []
    for name, guest in jobs:
        if args.only and args.only != name:
            continue
        machine = bare_metal(args, *guest, work) if guest else linux(args, work)
        one, two = (rows(record(args, e, machine, work / ("%s-%s.db" % (name, e))),
                         OURS if guest else KERNEL, not guest) for e in ("edge", "flow"))
        failed |= compare(name, one, two, args.shown, not guest)
    return failed


if __name__ == "__main__":
    sys.exit(main())
