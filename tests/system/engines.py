#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""With -icount a guest is deterministic: the flow engine, which deduces most edges, and
the edge engine, which counts every one, must give the same rows but for QEMU's own cuts
and retries.  With --linux and --linux-aarch64, Debian's kernels are among the guests."""
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


def linux(qemu_bin, isa, folder, work):
    machine, console = {
        "x86_64": (["-M", "pc", "-vga", "none"], "ttyS0"),
        # As old as the oldest QEMU: both make the same machine of it.
        "aarch64": (["-M", "virt-10.0,gic-version=2,dtb-randomness=off", "-cpu", "cortex-a57"],
                    "ttyAMA0")}[isa]
    return [qemu_bin + "/qemu-system-" + isa, *machine, "-m", "256", "-display", "none",
            "-monitor", "none", "-nic", "none", "-serial", "file:%s" % (work / "linux.log"),
            "-no-reboot", "-icount", "shift=3,sleep=off", "-rtc", "base=2020-01-01,clock=vm",
            "-kernel", folder + "/vmlinuz", "-initrd", folder + "/initrd.gz", "-append",
            "console=%s nokaslr norandmaps quiet panic=-1 cflow=reset" % console]


def at_one_address(address):
    """64-bit Arm: where the kernel runs before it has mapped itself, and once it exchanges
    its map, is shown by the flow engine as where it runs otherwise."""
    if 0x40200000 <= address < 0x44000000:
        return address - 0x40200000 + 0xffff800008000000 - (1 << 64)
    return address


def whole_rows(c):
    """All rows of a kernel and its programs, ends included: dictionaries of counts."""
    disc, edges = {}, {}
    for kind, cause, src, dst, middle, n in c.execute(
            "SELECT k.name, cause, src, dst, mid_block, count FROM discontinuity d "
            "JOIN kind k ON k.id = d.kind"):
        key = (kind, cause, at_one_address(src), at_one_address(dst), middle)
        disc[key] = disc.get(key, 0) + n
    for src, dst, kind, n in c.execute("SELECT src, dst, k.name, count FROM edge e JOIN kind k ON "
                                       "k.id = e.kind WHERE k.name NOT IN ('split', 'retry')"):
        key = (at_one_address(src), at_one_address(dst), kind)
        edges[key] = edges.get(key, 0) + n
    return disc, edges, dict(c.execute("SELECT key, value FROM meta"))


def listed(disc, edges, meta):
    return [key + (n,) for key, n in disc.items()], [key + (n,) for key, n in edges.items()], meta


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
    p.add_argument("--linux-aarch64")
    p.add_argument("--only")
    p.add_argument("--shown", type=int, default=10)
    args = p.parse_args()
    work = pathlib.Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    failed = 0
    for isa, name in GUESTS:
        if args.only in (None, "%s-%s" % (isa, name)):
            machine = bare_metal(args, isa, name, work)
            one, two = (rows(record(args, e, machine, work / ("%s-%s-%s.db" % (isa, name, e))), OURS,
                             False) for e in ("edge", "flow"))
            failed |= compare("%s-%s" % (isa, name), one, two, args.shown, False)
    if args.linux and args.only in (None, "linux"):
        machine = linux(args.qemu_bin, "x86_64", args.linux, work)
        one, two = (rows(record(args, e, machine, work / ("linux-%s.db" % e)), KERNEL, True)
                    for e in ("edge", "flow"))
        failed |= compare("linux", one, two, args.shown, True)
    if args.linux_aarch64 and args.only in (None, "linux-aarch64"):
        machine = linux(args.qemu_bin, "aarch64", args.linux_aarch64, work)
        one, two = (listed(*whole_rows(record(args, e, machine, work / ("linux-aarch64-%s.db" % e))))
                    for e in ("edge", "flow"))
        failed |= compare("linux-aarch64", one, two, args.shown, True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
