#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""With -icount a guest is deterministic: a QEMU that announces exceptions and one
that does not must give the same rows, whatever cuts and retries are QEMU's own.  With
--linux, Debian's kernel for 64-bit Arm is one of the guests."""
import argparse
import pathlib
import shlex
import sqlite3
import subprocess
import sys

import engines
import run

GUESTS = [("riscv64", "events"), ("aarch64", "events"), ("arm-a", "events"), ("arm", "cortex-m"),
          ("x86_64", "events"), ("x86_64", "debug"), ("riscv64", "spaces"), ("aarch64", "spaces"),
          ("riscv64", "semihost"), ("aarch64", "semihost"), ("arm-a", "semihost")]


def rows(args, bin_dir, isa, name, work):
    source = run.HERE / isa / (name + ".c")
    given = run.directives(source)
    elf = run.build(isa, source, work, given)
    db = work / ("same-%s-%s.db" % (isa, name))
    db.unlink(missing_ok=True)
    machine = shlex.split(" ".join(given["machine"]).replace("$ELF", str(elf)))
    subprocess.run([str(pathlib.Path(args.build) / "qemu-cflow"), "record", "-q", "-o", str(db),
                    "--", bin_dir + "/qemu-system-" + isa.split("-")[0], "-display", "none",
                    "-monitor", "none", "-serial", "null", "-nic", "none", "-icount",
                    "shift=4,sleep=off"] + machine, stdin=subprocess.DEVNULL, timeout=120)
    c = sqlite3.connect(db)
    # Firmware before the guest is another one on another QEMU.
    ours = "(SELECT id FROM module WHERE kind = 'elf')"
    disc = c.execute("SELECT kind, cause, src_module, src, dst, mid_block, sum(count) "
                     "FROM discontinuity WHERE dst_module IN %s GROUP BY 1, 2, 3, 4, 5, 6 "
                     "ORDER BY 1, 2, 3, 4, 5, 6" % ours).fetchall()
    # A guest that has asked to be switched off turns in a jump to itself until it is.
    edges = c.execute("SELECT e.src, e.dst, k.name, e.count FROM edge e JOIN kind k "
                      "ON k.id = e.kind WHERE k.name NOT IN ('split', 'retry') AND "
                      "NOT (k.name = 'jump' AND e.src = e.dst) AND "
                      "e.src_module IN %s AND e.dst_module IN %s ORDER BY 1, 2, 3"
                      % (ours, ours)).fetchall()
    return disc, edges


def without_last_call(disc, edges):
    """The call that resets the machine does not return: who is not told of it sees the end only."""
    (at, end), = [(src, dst) for src, dst, kind in edges if kind == "exit"]
    call = (at - 4, at)
    if call + ("host-call",) in edges:
        edges[call + ("host-call",)] -= 1
        disc[("host-call", "host-call") + call + (1,)] -= 1
        edges[(at - 4, end, "exit")] = edges.pop((at, end, "exit"))


def boot(args, work):
    found = []
    for bin_dir in (args.announcing, args.silent):
        machine = engines.linux(bin_dir, "aarch64", args.linux, work)
        disc, edges, meta = engines.whole_rows(
            engines.record(args, "edge", machine, work / "same-linux.db"))
        if meta["exact"] != 1:
            print("    %s" % meta["exact_note"])
            return [], []
        if bin_dir == args.announcing:
            without_last_call(disc, edges)
        found.append(engines.listed(disc, edges, meta)[:2])
    return found


def report(name, one, two):
    differ = [set(a) ^ set(b) for a, b in zip(one, two)]
    good = differ == [set(), set()] and one[0] and one[1]
    for a, rows in zip(one, differ):
        for row in sorted(rows, key=str)[:10]:
            print("    only %s: %s" % ("announced" if row in a else "recognised", row))
    print("%s same/%s %d discontinuities, %d edges" %
          ("PASS" if good else "FAIL", name, len(one[0] if one else []), len(one[1] if one else [])))
    return not good


def main():
    p = argparse.ArgumentParser(description=__doc__)
    for name in ("build", "work", "announcing", "silent"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--linux")
    args = p.parse_args()
    work = pathlib.Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    failed = 0
    for isa, name in GUESTS:
        failed |= report("%s-%s" % (isa, name), rows(args, args.announcing, isa, name, work),
                         rows(args, args.silent, isa, name, work))
    if args.linux:
        failed |= report("linux-aarch64", *boot(args, work))
    return failed


if __name__ == "__main__":
    sys.exit(main())
