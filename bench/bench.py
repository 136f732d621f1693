#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures what recording costs.

Runs programs of this machine (programs.py) under QEMU alone, under QEMU with
plugins that QEMU's own source brings along, and under both engines of
libcflow.so, and prints user time and memory as ratios to QEMU alone.  All
configurations take turns within a round, and ratios are made within a round, so
that a machine that is slower for a while does not favour any of them.

doc/PERFORMANCE.md explains the columns.
"""
import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import parts        # noqa: E402
import programs     # noqa: E402
import results      # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
UPSTREAM = ["hotblocks", "drcov", "cflow"]
FLOORS = ["compare", "both", "call"]


def die(text):
    sys.exit("bench: " + text)


def say(text):
    print(text, file=sys.stderr, flush=True)


# ------------------------------------------------------------- what is run

class Qemu:
    """What scripts/get-qemu has built, and the source that it came from."""

    def __init__(self, root):
        machine = os.uname().machine
        if not root:
            got = subprocess.run([os.path.join(TOP, "scripts/get-qemu"), "--print", machine],
                                 stdout=subprocess.PIPE, check=False)
            if got.returncode:
                die("there is no QEMU with plugin support yet; run scripts/get-qemu")
            root = os.path.dirname(got.stdout.decode().strip())
        self.root = root
        self.bin = os.path.join(root, "bin")
        self.binary = os.path.join(self.bin, "qemu-" + machine)
        self.plugins = os.path.join(root, "src/contrib/plugins")
        for path in (self.binary, self.plugins, os.path.join(root, "include/qemu-plugin.h")):
            if not os.path.exists(path):
                die("%s is missing; scripts/get-qemu makes it" % path)
        with open(os.path.join(root, "src/VERSION")) as f:
            self.version = f.read().strip()


def compile_once(source, target, options):
    if not os.path.exists(target) or os.path.getmtime(target) < os.path.getmtime(source):
        say("bench: compiling " + source)
        new = "%s.%d" % (target, os.getpid())
        subprocess.run(["gcc", "-O2", "-o", new, source] + options, check=True)
        os.rename(new, target)
    return target


def build(qemu):
    """Compiles QEMU's plugins and our own helpers, once: {name: file}."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    directory = os.path.join(cache, "qemu-cflow", "bench-" + qemu.version)
    os.makedirs(directory, exist_ok=True)
    glib = subprocess.run(["pkg-config", "--cflags", "--libs", "glib-2.0"],
                          stdout=subprocess.PIPE, check=True).stdout.decode().split()
    sources = {name: os.path.join(qemu.plugins, name + ".c") for name in UPSTREAM}
    for name in ("noop", "floors"):
        sources[name] = os.path.join(HERE, name + ".c")
    shared = ["-shared", "-fPIC", "-I" + os.path.join(qemu.root, "include")] + glib
    made = {"launch": compile_once(os.path.join(HERE, "launch.c"),
                                   os.path.join(directory, "launch"), [])}
    for name, source in sources.items():
        if os.path.exists(source):
            made[name] = compile_once(source, os.path.join(directory, name + ".so"), shared)
        else:
            say("bench: QEMU %s has no %s; left out" % (qemu.version, source))
    return made


def configurations(built, work):
    """{name: QEMU's arguments}, in the order of the tables."""
    ours = os.path.join(work, "build", "libcflow.so")
    arguments = {
        "noop": "", "hotblocks": ",inline=on",
        "drcov": ",filename=" + os.path.join(work, "drcov.out"), "cflow": "",
    }
    made = {"plain": []}
    for name, options in arguments.items():
        if name in built:
            made[name] = ["-plugin", built[name] + options]
    for floor in FLOORS:
        made[floor] = ["-plugin", built["floors"] + ",do=" + floor]
    for engine in ("edge", "flow"):
        made[engine] = ["-plugin", "%s,engine=%s,report=off" % (ours, engine)]
    # All of a program outside of what is recorded, but for its start.
    made["narrowed"] = ["-plugin", "%s,engine=edge,module=ld-linux*,report=off" % ours]
    return made


# -------------------------------------------------------------- measuring

class Runner:
    """Runs programs one at a time; their output goes to files in @work."""

    def __init__(self, launch, work):
        self.launch = launch
        self.output = os.path.join(work, "stdout")
        self.errors = os.path.join(work, "stderr")

    def run(self, argv):
        """Status and Measurement of one run of @argv."""
        result, end = os.pipe()
        new = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        actions = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_OPEN, 1, self.output, new, 0o600),
                   (os.POSIX_SPAWN_OPEN, 2, self.errors, new, 0o600),
                   (os.POSIX_SPAWN_DUP2, end, 3)]
        pid = os.posix_spawn(self.launch, [self.launch] + argv, programs.ENVIRONMENT,
                             file_actions=actions)
        os.close(end)
        with open(result) as f:
            text = f.read().split()
        os.waitpid(pid, 0)
        if len(text) != 4:
            die("cannot run " + argv[0])
        status, user, system, peak = map(int, text)
        return status, results.Measurement(user / 1e6, system / 1e6, peak * 1024)

    def complain(self, what, status):
        with open(self.errors, errors="replace") as f:
            say("bench: %s ended with status %#x\n%s" % (what, status, f.read(500)))


def digest(path):
    sha = hashlib.sha256()
    with open(path, "rb") as f:
        for piece in iter(lambda: f.read(65536), b""):
            sha.update(piece)
    return sha.hexdigest()


def measure(program, config, prefix, runner):
    """One measurement, and what the program printed."""
    runs = []
    for _ in range(program.repeat):
        status, measurement = runner.run(prefix + program.argv)
        if status:
            runner.complain("%s under %s" % (program.name, config), status)
            return None
        runs.append(measurement)
    total = results.Measurement(sum(r.user for r in runs), sum(r.system for r in runs),
                                max(r.peak for r in runs))
    return total, digest(runner.output)


def measure_all(chosen, configs, runner, rounds, after=None):
    """{program: {configuration: [measurement of each round]}}; configs: {name: words before it}

    @after is called with program and configuration when one has run.
    """
    measured = {p.name: {c: [] for c in configs} for p in chosen}
    printed = {}
    started = time.monotonic()
    for turn in range(rounds):
        for program in chosen:
            order = list(configs)
            random.Random("%d %s" % (turn, program.name)).shuffle(order)
            for config in order:
                got = measure(program, config, configs[config], runner)
                if got and printed.setdefault(program.name, got[1]) != got[1]:
                    say("bench: %s printed something else under %s" % (program.name, config))
                measured[program.name][config].append(got[0] if got else None)
                if got and after:
                    after(program, config)
            say("round %d of %d, %4d s: %-8s %s" % (
                turn + 1, rounds, time.monotonic() - started, program.name,
                "  ".join("%s %.2f" % (c, m[-1].user) for c, m in measured[program.name].items()
                          if m[-1])))
    return measured


def record(program, qemu, runner, work):
    """What a profile made by `qemu-cflow record` says; None if there is none."""
    profile = os.path.join(work, program.name + ".db")
    begin = time.monotonic()
    status, _ = runner.run([os.path.join(work, "build", "qemu-cflow"), "record", "-q", "--engine",
                            "flow", "--qemu", qemu.bin, "-o", profile, "--"] + program.argv)
    wall = time.monotonic() - begin
    if status:
        runner.complain("recording " + program.name, status)
        return None
    return results.Profile(profile, wall)


# ------------------------------------------------------------ the command

def words_of(value, known, what):
    names = value.split(",") if value else known
    for name in names:
        if name not in known:
            die("there is no %s '%s'; there are: %s" % (what, name, ", ".join(known)))
    return [name for name in known if name in names]


def prepare_all(names, work, quick):
    chosen = []
    for name in names:
        try:
            chosen.append(programs.prepare(name, work, quick))
        except programs.Missing as e:
            say("bench: %s is left out: %s" % (name, e))
    if names and not chosen:
        die("no program is left")
    return chosen


def measure_parts(bench, names, must_boot):
    """The tables of the parts @names."""
    tables = []
    for name in names:
        try:
            if name == "boot":
                tables.append(parts.boot(bench, must_boot))
            else:
                tables.append({"checkpoints": parts.checkpoints,
                               "million": parts.million}[name](bench))
        except programs.Missing as e:
            say("bench: %s is left out: %s" % (name, e))
    return [table for table in tables if table]


def parse():
    default_configs = ["plain", "noop", "hotblocks", "drcov", "cflow", "edge", "flow", "narrowed"]
    known = default_configs + FLOORS
    parser = argparse.ArgumentParser(
        description="Measure what recording costs; doc/PERFORMANCE.md explains the tables.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds (default 5)")
    parser.add_argument("--only", metavar="NAME,...", help="of the programs %s, and the parts %s "
                        "(default: all; with --quick the programs)"
                        % (", ".join(programs.NAMES), ", ".join(parts.NAMES)))
    parser.add_argument("--boot", action="store_true",
                        help="the part boot, too, and get what is missing for it")
    parser.add_argument("--configs", metavar="NAME,...",
                        help="of: %s; plain is always run (default: all but those of bench/floors.c, "
                        "%s)" % (", ".join(known), ", ".join(FLOORS)))
    parser.add_argument("--quick", action="store_true", help="one round, short inputs")
    parser.add_argument("--no-stats", action="store_true", help="make no profiles afterwards")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables there, too")
    parser.add_argument("--build", metavar="DIR", default=os.path.join(TOP, "build"),
                        help="where qemu-cflow and libcflow.so are (default: build)")
    parser.add_argument("--qemu-root", metavar="DIR",
                        help="what scripts/get-qemu made (default: what it prints)")
    args = parser.parse_args()
    default = programs.NAMES + ([] if args.quick else parts.NAMES)
    args.only = words_of(args.only or ",".join(default), programs.NAMES + parts.NAMES, "program")
    if args.boot and "boot" not in args.only:
        args.only.append("boot")
    args.configs = words_of(args.configs or ",".join(default_configs), known, "configuration")
    if args.rounds < 1:
        die("--rounds takes a number from 1")
    if args.quick:
        args.rounds = 1
    return args


def main():
    args = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: ended by a signal"))
    qemu = Qemu(args.qemu_root)
    work = tempfile.mkdtemp(prefix="qemu-cflow-bench-")
    try:
        os.mkdir(os.path.join(work, "build"))
        for name in ("libcflow.so", "qemu-cflow", "bench-solve"):  # a build meanwhile does not matter
            built = os.path.join(args.build, name)
            if not os.path.exists(built):
                die("%s is missing; run make" % built)
            shutil.copy(built, os.path.join(work, "build", name))
        helpers = build(qemu)
        runner = Runner(helpers["launch"], work)
        configs = configurations(helpers, work)
        configs = {c: a for c, a in configs.items() if c == "plain" or c in args.configs}
        chosen = prepare_all([n for n in args.only if n in programs.NAMES], work, args.quick)
        load = os.getloadavg()[0]
        measured = measure_all(chosen, {c: [qemu.binary] + a for c, a in configs.items()}, runner,
                               args.rounds)
        profiles = {}
        if "flow" in configs and not args.no_stats:
            for program in chosen:
                say("recording " + program.name)
                profiles[program.name] = record(program, qemu, runner, work)
        bench = parts.Bench(qemu, configs, runner, measure_all, work, args.rounds, args.quick, say)
        more = measure_parts(bench, [n for n in args.only if n in parts.NAMES], args.boot)
        report = results.Report(chosen, list(configs), measured, profiles, more)
        about = results.machine(qemu.version, args.rounds, (load, os.getloadavg()[0]))
        print(report.text(about))
        if args.markdown:
            with open(args.markdown, "w") as f:
                f.write(report.markdown(about))
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
