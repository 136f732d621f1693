#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernel counts its own interrupts and page faults; so does the profile.

The machine's memory is a file.  The guest reads /proc/interrupts (in a second run
/proc/vmstat) and ends QEMU at once, so that its last counts lie in that file, and
next to nothing happens between them and the end of the profile.
"""
import argparse
import pathlib
import re
import sqlite3
import subprocess
import sys


def run(args, what):
    work = pathlib.Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    linux = pathlib.Path(args.linux)
    ram, db = work / "ram", work / (what + ".db")
    ram.unlink(missing_ok=True)
    db.unlink(missing_ok=True)
    command = [str(pathlib.Path(args.build) / "qemu-cflow"), "record", "-o", str(db), "--engine",
               args.engine, "--",
               str(pathlib.Path(args.qemu_bin) / "qemu-system-x86_64"),
               "-M", "pc,memory-backend=m", "-m", "192",
               "-object", "memory-backend-file,id=m,size=192M,share=on,mem-path=%s" % ram,
               "-display", "none", "-monitor", "none", "-nic", "none", "-vga", "none",
               "-serial", "file:%s" % (work / (what + ".log")), "-no-reboot",
               "-device", "isa-debug-exit,iobase=0xf4", "-kernel", str(linux / "vmlinuz"),
               "-initrd", str(linux / "initrd.gz"),
               "-append", "console=ttyS0 nokaslr quiet panic=-1 cflow=" + what]
    if args.engine != "flow":  # which needs a thread for each vCPU
        command += ["-icount", "shift=3,sleep=off"]
    p = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        p.wait(timeout=900)
    except subprocess.TimeoutExpired:
        p.terminate()
        p.wait()
        raise
    memory = ram.read_bytes()
    ram.unlink()
    return sqlite3.connect(db), memory


def counted(memory, pattern):
    """The newest of the copies that lie about."""
    return max((int(n) for n in re.findall(pattern, memory)), default=-1)


def total(db, where):
    return db.execute("SELECT coalesce(sum(d.count), 0) FROM discontinuity d JOIN kind k "
                      "ON k.id = d.kind WHERE " + where).fetchone()[0]


def arrivals(db, address):
    """How often control arrived at @address other than by QEMU's cuts and retries."""
    signed = address - (1 << 64)
    return db.execute("SELECT coalesce(sum(e.count), 0) FROM edge e JOIN kind k ON k.id = e.kind "
                      "WHERE e.dst = ? AND k.name NOT IN ('split', 'retry')",
                      (signed,)).fetchone()[0]


class Checks:
    def __init__(self):
        self.failed = 0

    def equal(self, name, kernel, profile, slack=0, why=""):
        ok = kernel >= 0 and kernel <= profile <= kernel + slack
        print("    %-28s kernel %9d   profile %9d%s" % (name, kernel, profile, why))
        print("%s linux/%s" % ("PASS" if ok else "FAIL", name))
        self.failed += not ok

    def exact(self, name, db):
        meta = dict(db.execute("SELECT key, value FROM meta"))
        print("    %d transfers, %s" % (meta["transfers"], meta["exact_note"] or "exact"))
        ok = meta["exact"] == 1 and meta["unexplained"] == 0
        print("%s linux/exact-%s" % ("PASS" if ok else "FAIL", name))
        self.failed += not ok


def main():
    p = argparse.ArgumentParser(description=__doc__)
    for name in ("build", "qemu-bin", "work", "linux"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--engine", default="auto")
    args = p.parse_args()
    symbols = {}
    for line in (pathlib.Path(args.linux) / "kallsyms").read_text().splitlines():
        address, _, name = line.split()[:3]
        symbols[name] = int(address, 16)
    check = Checks()

    db, memory = run(args, "interrupts")
    check.exact("interrupts", db)
    # An interrupt may still come between the kernel's look and the end.
    last = "   (one may come after the kernel's last look)"
    check.equal("local-timer", counted(memory, rb"\n *LOC: +(\d+) "),
                total(db, "k.name = 'interrupt' AND d.cause = 'vector 0xec'"), 1, last)
    check.equal("timer-irq-0", counted(memory, rb"\n *0: +(\d+) +IO-APIC"),
                total(db, "k.name = 'interrupt' AND d.cause = 'vector 0x30'"))
    # Timer interrupts by handler, not by vector: the two must agree.
    timer = total(db, "k.name = 'interrupt' AND d.dst = %d" %
                  (symbols["asm_sysvec_apic_timer_interrupt"] - (1 << 64)))
    check.equal("local-timer-by-handler",
                total(db, "k.name = 'interrupt' AND d.cause = 'vector 0xec'"), timer)

    db, memory = run(args, "vmstat")
    check.exact("vmstat", db)
    faults = counted(memory, rb"\npgfault (\d+)\n")
    handled = arrivals(db, symbols["handle_mm_fault"])
    check.equal("pgfault", faults, handled, 4, "   (calls of handle_mm_fault, where it is counted)")
    exceptions = total(db, "k.name = 'exception' AND d.cause LIKE 'page fault%'")
    by_handler = total(db, "k.name = 'exception' AND d.dst = %d" %
                       (symbols["asm_exc_page_fault"] - (1 << 64)))
    early = total(db, "k.name = 'exception' AND d.cause LIKE 'page fault%%' AND d.dst <> %d" %
                  (symbols["asm_exc_page_fault"] - (1 << 64)))
    print("    page-fault exceptions: %d, of them %d while booting, before the final handler;"
          " the kernel also calls\n    handle_mm_fault without an exception (copying a program's"
          " arguments) and not for each" % (exceptions, early))
    check.equal("page-faults-by-handler", exceptions - early, by_handler)
    return check.failed != 0


if __name__ == "__main__":
    sys.exit(main())
