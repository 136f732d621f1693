#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernel counts its own interrupts and page faults; so does the profile.

The guest masks its timers, tells what it reads in /proc/interrupts and /proc/vmstat until
telling it changes nothing, and resets the machine, which ends QEMU there and then
(tests/system/linux/init).  So the numbers are those of the whole run, to the last one.
Branches are named by the kernel's own /proc/kallsyms.
"""
import argparse
import bisect
import pathlib
import re
import sqlite3
import subprocess
import sys

MACHINES = {"x86_64": ["-M", "pc", "-vga", "none"],
            "aarch64": ["-M", "virt,gic-version=2", "-cpu", "cortex-a57"]}
CONSOLE = {"x86_64": "ttyS0", "aarch64": "ttyAMA0"}

# By instruction set: the profile's causes of page faults; where they lead once the kernel
# has booted; the function that asks for a page; functions that it gives up with instead.
FAULTS = {"x86_64": (["page fault (*"], ["asm_exc_page_fault"], "do_user_addr_fault",
                     ["bad_area_nosemaphore", "bad_area", "bad_area_access_error"]),
          "aarch64": (["data abort*", "instruction abort*"], ["do_mem_abort"], "do_page_fault",
                      ["__do_kernel_fault", "arm64_force_sig_fault"])}
BRANCHES = ("call", "indirect-call", "jump", "return", "taken", "not-taken", "indirect-jump")


def run(args):
    work = pathlib.Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    linux = pathlib.Path(args.linux)
    db, log = work / "linux.db", work / "console"
    db.unlink(missing_ok=True)
    log.unlink(missing_ok=True)
    command = [str(pathlib.Path(args.build) / "qemu-cflow"), "record", "-o", str(db), "--engine",
               args.engine, "--", str(pathlib.Path(args.qemu_bin) / ("qemu-system-" + args.isa)),
               *MACHINES[args.isa], "-m", "256", "-smp", str(args.cpus), "-display", "none",
               "-monitor", "none", "-nic", "none", "-serial", "file:%s" % log, "-no-reboot",
               "-kernel", str(linux / "vmlinuz"), "-initrd", str(linux / "initrd.gz"), "-append",
               "console=%s nokaslr quiet panic=-1 iomem=relaxed cflow=counts" % CONSOLE[args.isa]]
    p = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        p.wait(timeout=600)
    except subprocess.TimeoutExpired:
        p.terminate()
        p.wait()
        raise
    said = {}
    for name, counts in re.findall(r"^@(\w+) ([\d ]+)\r?$", log.read_text(errors="replace"), re.M):
        said[name] = [int(n) for n in counts.split()]  # the last one holds
    return sqlite3.connect(db), said


class Kernel:
    """A profile, by the kernel's symbols."""

    def __init__(self, db, kallsyms):
        self.db = db
        self.at = {}
        self.code = []
        for line in kallsyms.read_text().splitlines():
            address, kind, name = line.split()[:3]
            self.at.setdefault(name, int(address, 16))
            if kind in "tTwW" and "[" not in line:
                self.code.append((int(address, 16), name))
        self.code.sort()

    def name(self, address):
        address &= (1 << 64) - 1
        i = bisect.bisect(self.code, (address, "~"))
        return self.code[i - 1][1] if i and address >= self.code[0][0] else "?"

    def arrivals(self, name):
        """By what, how often: all that led to the function's start but QEMU's own retries."""
        found = {}
        for src, count in self.db.execute(
                "SELECT e.src, sum(e.count) FROM edge e JOIN kind k ON k.id = e.kind WHERE e.dst = ? "
                "AND k.name IN ('exception', 'interrupt', %s) GROUP BY e.src" %
                ", ".join("'%s'" % kind for kind in BRANCHES),
                (self.at[name] - (1 << 64),)):
            caller = self.name(src)
            found[caller] = found.get(caller, 0) + count
        return found

    def total(self, name):
        return sum(self.arrivals(name).values())

    def discontinuities(self, kind, causes):
        """(vCPU, destination, count)"""
        where = " OR ".join("d.cause GLOB ?" for _ in causes)
        return self.db.execute("SELECT d.vcpu, d.dst, sum(d.count) FROM discontinuity d JOIN kind k "
                               "ON k.id = d.kind WHERE k.name = ? AND (%s) GROUP BY 1, 2" % where,
                               [kind] + causes).fetchall()


class Checks:
    def __init__(self, args):
        self.failed = 0
        self.name = "%s-%d-%s" % (args.isa, args.cpus, args.engine)

    def done(self, name, ok, text):
        print("    " + text)
        print("%s linux/%s/%s" % ("PASS" if ok else "FAIL", self.name, name), flush=True)
        self.failed += not ok

    def equal(self, name, kernel, profile, why=""):
        self.done(name, kernel == profile and kernel, "%-22s kernel %9s   profile %9s%s" %
                  (name, kernel, profile, why and "   " + why))


def timers(check, args, kernel, said):
    told = said.get("timer", [])
    if len(told) != args.cpus:
        check.done("timer", False, "the guest tells of the timers of %d processors" % len(told))
        return
    if args.isa == "x86_64":
        rows = kernel.discontinuities("interrupt", ["vector 0xec"])
        for cpu, count in enumerate(told):
            check.equal("timer-cpu%d" % cpu, count, sum(n for v, _, n in rows if v == cpu),
                        "vector 0xec")
        check.equal("timer", sum(told), kernel.total("sysvec_apic_timer_interrupt"),
                    "sysvec_apic_timer_interrupt(), of all processors")
        rows = kernel.discontinuities("interrupt", ["vector 0x30"])
        check.equal("timer-irq-0", sum(said.get("pit", [])), sum(n for _, _, n in rows), "vector 0x30")
        return
    check.equal("timer", sum(told), kernel.total("arch_timer_handler_virt"),
                "arch_timer_handler_virt(), of all processors")
    # The interrupt controller is asked what there is until there is nothing more.
    taken = sum(n for _, _, n in kernel.discontinuities("interrupt", ["IRQ"]))
    check.done("irq", taken == kernel.total("gic_handle_irq") and taken,
               "%d interrupts taken, %d calls of gic_handle_irq(), which found %d pending, %d of "
               "them timers'" % (taken, kernel.total("gic_handle_irq"),
                                 kernel.total("generic_handle_domain_irq"), sum(told)))


def faults(check, args, kernel, said):
    causes, entries, asks, gives_up = FAULTS[args.isa]
    callers = kernel.arrivals("handle_mm_fault")
    told = sum(said.get("pgfault", []))
    check.equal("pgfault", told, sum(callers.values()), "calls of handle_mm_fault(), where it counts")
    rows = kernel.discontinuities("exception", causes)
    taken = sum(n for _, _, n in rows)
    early = sum(n for _, dst, n in rows if kernel.name(dst).startswith("early_idt"))
    handled = sum(kernel.total(name) for name in entries)
    check.done("page-faults", taken - early == handled and handled,
               "%d exceptions, %d of them while booting, before %s(), which has %d" %
               (taken, early, entries[0], handled))
    # What makes the kernel's number another one than the processor's.
    no = {name: kernel.arrivals(name).get(asks, 0) for name in gives_up if name in kernel.at}
    again = kernel.arrivals("lock_mm_and_find_vma").get(asks, 0) - (handled - sum(no.values()))
    without = {name: n for name, n in callers.items() if name != asks}
    parts = ["%d exceptions" % handled]
    parts += ["- %d by %s()" % (n, name) for name, n in sorted(no.items()) if n]
    parts += ["+ %d begun again" % again] if again else []
    parts += ["+ %d by %s(), without one" % (n, name) for name, n in sorted(without.items())]
    explained = handled - sum(no.values()) + again + sum(without.values())
    check.done("page-faults-explained", explained == told and again >= 0,
               "%s = %d; the kernel says %d" % (" ".join(parts), explained, told))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    for name in ("build", "qemu-bin", "work", "linux"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--isa", default="x86_64", choices=sorted(MACHINES))
    p.add_argument("--cpus", type=int, default=1, choices=(1, 2))
    p.add_argument("--engine", default="auto")
    args = p.parse_args()
    check = Checks(args)
    db, said = run(args)
    meta = dict(db.execute("SELECT key, value FROM meta"))
    vcpus = db.execute("SELECT vcpus FROM process").fetchone()[0]
    check.done("exact", meta["exact"] == 1 and meta["unexplained"] == 0 and vcpus == args.cpus,
               "%d transfers by %d vCPUs, engine %s, %s" %
               (meta["transfers"], vcpus, meta["engine"], meta["exact_note"] or "exact"))
    kernel = Kernel(db, pathlib.Path(args.linux) / "kallsyms")
    timers(check, args, kernel, said)
    faults(check, args, kernel, said)
    return check.failed != 0


if __name__ == "__main__":
    sys.exit(main())
