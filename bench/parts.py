# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of the benchmark beside the programs, each with a table of its own."""
import os
import sqlite3
import statistics
import subprocess

import programs
import results

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NAMES = ["boot", "checkpoints", "million"]
INTERVALS = ["0", "1000"]   # milliseconds from checkpoint to checkpoint; the second is the default
COSTS = ["checkpoint_cpu_us", "checkpoint_stop_us"]
LEAST = 2                   # seconds; what runs shorter says nothing about checkpoints


class Bench:
    """What the parts need: files, and bench.py's way of measuring."""

    def __init__(self, qemu, configs, runner, measure, work, rounds, quick, say):
        self.qemu, self.configs, self.runner = qemu, configs, runner
        self.measure, self.work, self.rounds = measure, work, rounds
        self.quick, self.say = quick, say

    def built(self, name):
        return os.path.join(self.work, "build", name)


def ask(script, *arguments):
    """What a script of ours prints; None if it has nothing."""
    got = subprocess.run([os.path.join(TOP, "scripts", script)] + list(arguments),
                         stdout=subprocess.PIPE, check=False)
    return got.stdout.decode().strip() if got.returncode == 0 else None


# ------------------------------------------------------------------- boot

def find_boot(make):
    """QEMU for a whole x86-64 machine and what it boots; @make: with what is missing."""
    qemu = ask("get-qemu", *([] if make else ["--print"]), "x86_64-softmmu")
    linux = ask("get-linux", *([] if make else ["--print"])) if qemu else None
    if not linux:
        raise programs.Missing("run scripts/get-qemu x86_64-softmmu and scripts/get-linux, "
                               "or give --boot")
    return os.path.join(qemu, "qemu-system-x86_64"), linux


def boot(bench, make):
    qemu, linux = find_boot(make)
    console = os.path.join(bench.work, "console")
    program = programs.Program("boot", "Debian's kernel boots, and busybox works and powers off", [
        "-M", "pc", "-m", "256", "-display", "none", "-monitor", "none", "-nic", "none",
        "-vga", "none", "-serial", "file:" + console, "-no-reboot",
        "-kernel", os.path.join(linux, "vmlinuz"), "-initrd", os.path.join(linux, "initrd.gz"),
        "-append", "console=ttyS0 nokaslr quiet panic=-1 cflow=work"])
    known = ["plain", "noop", "cflow", "edge"]
    configs = {c: [qemu] + a for c, a in bench.configs.items() if c in known}

    def after(_, config):
        with open(console, errors="replace") as f:
            if "Kernel panic" in f.read():
                bench.say("bench: the kernel panicked under " + config)

    measured = bench.measure([program], configs, bench.runner, bench.rounds, after)["boot"]
    wanted = [c for c in bench.configs if c != "plain" and c in known + ["flow"]]
    report = results.Report([program], list(configs), {"boot": measured}, {})
    table = results.Table("Whole machine", "user time, ratio to plain within each round, median "
                          "(least-greatest); flow does not run whole machines",
                          ["", "plain, s"] + wanted)
    seconds = [m.user for m in measured["plain"] if m]
    table.rows.append(["boot", results.spread(seconds).split(" ")[0]] + [
        results.spread(report.ratios("boot", c, "plain", lambda m: m.user)) if c in configs else "-"
        for c in wanted])
    return table


# ------------------------------------------------------------ checkpoints

class Stops:
    """What profiles say of their checkpoints, from one measurement to the next."""

    def __init__(self):
        # (program, interval): [(number, longest stop, processor time and all stops, as
        # shares of the run, blocks)]
        self.seen = {}

    def read(self, program, interval, path):
        db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
        meta = dict(db.execute("SELECT key, value FROM meta"))
        blocks, = db.execute("SELECT count(*) FROM block").fetchone()
        db.close()
        self.seen.setdefault((program.name, interval), []).append(
            (meta["checkpoints"], meta["checkpoint_max_us"],
             *(meta[key] / (meta["duration_ms"] * 1000) for key in COSTS), blocks))

    def row(self, name):
        """Shares in hundredths, number, longest, blocks, as text."""
        seen = self.seen.get((name, INTERVALS[1]))
        if not seen:
            return ["-"] * 5
        number, longest, cpu, stood, blocks = zip(*seen)
        return ["%.2f" % (100 * statistics.median(cpu)), "%.2f" % (100 * statistics.median(stood)),
                "%d" % statistics.median(number), "%.1f" % (max(longest) / 1000),
                "%d" % statistics.median(blocks)]


def checkpoints(bench):
    directory = os.path.join(bench.work, "long")
    os.mkdir(directory)
    chosen = []
    for name in programs.LONG:
        try:
            chosen.append(programs.prepare(name, directory, bench.quick, programs.LONG[name]))
        except programs.Missing as e:
            bench.say("bench: %s is left out: %s" % (name, e))
    profile = os.path.join(directory, "profile.db")
    configs = {ms: [bench.built("qemu-cflow"), "record", "-q", "--engine", "flow", "--checkpoint",
                    ms, "--qemu", bench.qemu.bin, "-o", profile, "--"] for ms in INTERVALS}
    stops = Stops()
    measured = bench.measure(chosen, configs, bench.runner, bench.rounds,
                             lambda p, ms: stops.read(p, ms, profile))
    report = results.Report(chosen, INTERVALS, measured, {})
    table = results.Table("Checkpoints", "user time of `qemu-cflow record --engine flow`, ratio to "
                          "--checkpoint 0 within each round, median (least-greatest); then by "
                          "default, from the profile: processor time for checkpoints and the time "
                          "that threads stood still for them, as shares of the run's real time, "
                          "median; how many there were, and the longest that threads were kept",
                          ["program", "without, s", "every second", "processor, %", "stood, %",
                           "number", "longest, ms", "blocks"])
    for p in chosen:
        seconds = [m.user for m in measured[p.name]["0"] if m]
        if not seconds or statistics.median(seconds) < LEAST:
            bench.say("bench: %s ran too short a time for checkpoints" % p.name)
            continue
        ratios = report.ratios(p.name, INTERVALS[1], INTERVALS[0], lambda m: m.user)
        table.rows.append([p.name, "%.2f" % statistics.median(seconds), results.spread(ratios)] +
                          stops.row(p.name))
    return table


# ---------------------------------------------------------------- million

MANY = {
    "x86_64": """
    .globl _start
_start:
    xor %%edi, %%edi
again:
    .rept %d
    test $1, %%dil
    jz . + 3
    nop
    .endr
    inc %%edi
    cmp $4, %%edi
    jne again
    mov $60, %%eax
    xor %%edi, %%edi
    syscall
""",
}


def make_many(work, edges):
    """A program of as many edges: branches that go both ways."""
    source, program = os.path.join(work, "many.S"), os.path.join(work, "many")
    machine = os.uname().machine
    if machine not in MANY:
        raise programs.Missing("there is no source of it for %s" % machine)
    with open(source, "w") as f:
        f.write(MANY[machine] % (edges // 2))
    subprocess.run([programs.find("gcc"), "-nostdlib", "-static", "-o", program, source], check=True)
    return program


def middle(values):
    return "%.2f" % statistics.median(values)


def million(bench):
    program = make_many(bench.work, 100000 if bench.quick else 1000000)
    profile = os.path.join(bench.work, "many.db")
    bench.say("recording a program of many edges")
    status, _ = bench.runner.run([bench.built("bench-solve"), str(bench.rounds),
                                  bench.built("libcflow.so"), profile, bench.qemu.binary, program])
    if status:
        bench.runner.complain("bench-solve", status)
        return None
    with open(bench.runner.output) as f:
        recorded, *turns = [[int(n) / 1e6 for n in line.split()] for line in f]
    reports = []
    for _ in range(bench.rounds):
        status, m = bench.runner.run([bench.built("qemu-cflow"), "report", "-i", profile])
        if status:
            bench.runner.complain("report", status)
            return None
        reports.append(m.user + m.system)
    made = results.Profile(profile, 0)
    table = results.Table("Many edges", "processor time in seconds, median: solving and writing as "
                          "record does when QEMU has ended, and one report",
                          ["edges", "blocks", "exact", "recording", "solving", "writing", "report",
                           "profile, MB"])
    table.rows.append(["%d" % made.edges, "%d" % made.blocks, "yes" if made.exact else "no",
                       middle(recorded), middle([t[0] for t in turns]),
                       middle([t[1] for t in turns]), middle(reports),
                       "%.1f" % (made.bytes / 1e6)])
    return table
