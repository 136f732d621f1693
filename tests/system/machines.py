#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens to machines from outside: ends, resets, processors that are plugged in;
and recordings of a stretch of the run, or of a privilege, with exact numbers."""
import argparse
import json
import pathlib
import shlex
import socket
import sqlite3
import subprocess
import sys
import time

import run

TURNS = 1000
RISCV = "-M virt -m 16 -bios none"
PC = "-M pc -m 64 -vga none"


class Machine:
    """One that is recorded, and spoken to by QMP."""

    def __init__(self, args, name, isa, source, options, build="", record=(), load="-kernel $ELF"):
        self.args, self.isa, self.name = args, isa, name
        self.work = pathlib.Path(args.work) / name
        self.work.mkdir(parents=True, exist_ok=True)
        self.elf = run.build(isa, run.HERE / source, self.work, {"build": [build]})
        self.db, self.monitor = self.work / "cflow.db", self.work / "qmp"
        self.out = self.work / "out"
        self.db.unlink(missing_ok=True)
        command = [str(pathlib.Path(args.build) / "qemu-cflow"), "record", "-o", str(self.db)]
        command += [word.replace("$ELF", str(self.elf)) for word in record] + ["--", args.qemu_bin + "/qemu-system-" + isa, "-display", "none",
                                   "-monitor", "none", "-nic", "none", "-serial",
                                   "file:%s" % self.out, "-qmp",
                                   "unix:%s,server=on,wait=off" % self.monitor]
        self.out.write_text("")
        subprocess.run([run.COMPILERS[isa][0].replace("gcc", "objcopy"), "-O", "binary",
                        str(self.elf), str(self.elf) + ".raw"], check=True)
        options = (options + " " + load).replace("$ELF", str(self.elf))
        self.process = subprocess.Popen(command + shlex.split(options),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=open(self.work / "err", "w"))
        self.names = run.symbols(self.elf, isa)

    def wait_for(self, text, times=1):
        for _ in range(6000):
            if self.out.read_text(errors="replace").count(text) >= times:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise run.Failure("'%s' did not come; %s" % (text, (self.work / "err").read_text()[-500:]))

    def say(self, *commands):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(60)
        s.connect(str(self.monitor))
        lines = s.makefile("rw")
        lines.readline()  # the greeting
        for name, arguments in (("qmp_capabilities", {}),) + commands:
            lines.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
            lines.flush()
            while True:
                line = lines.readline()
                answer = json.loads(line) if line else {"return": {}}
                if "error" in answer:
                    raise run.Failure("%s: %s" % (name, answer["error"]["desc"]))
                if "return" in answer:
                    break
        s.close()

    def end(self):
        try:
            self.process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait()
            raise run.Failure("it did not end")
        if not self.db.exists():
            raise run.Failure((self.work / "err").read_text()[-500:])
        c = sqlite3.connect(self.db)
        meta = dict(c.execute("SELECT key, value FROM meta"))
        for key, want in (("exact", 1), ("residual", 0), ("unexplained", 0), ("complete", 1)):
            expect("meta.%s (%s)" % (key, meta["exact_note"]), meta[key], want)
        done = subprocess.run([self.args.build + "/qemu-cflow", "check", str(self.db)],
                              capture_output=True, text=True)
        expect("check: " + done.stdout[-300:], done.returncode, 0)
        return c

    def kill(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


def expect(what, got, want):
    if got != want:
        raise run.Failure("%s is %s, not %s" % (what, got, want))


def one(c, sql, *values):
    return c.execute(sql, values).fetchone()[0]


def kind(c, name):
    return one(c, "SELECT ifnull(sum(count), 0) FROM edge e JOIN kind k ON k.id = e.kind "
                  "WHERE k.name = ?", name)


def calls_of(m, c, name):
    return one(c, "SELECT ifnull(sum(e.count), 0) FROM edge e JOIN kind k ON k.id = e.kind "
                  "WHERE k.name = 'call' AND e.dst = ?", m.names[name])


def entered(m, c, name):
    return one(c, "SELECT ifnull(sum(entered), 0) FROM block WHERE start = ?", m.names[name])


def last_is_in(m, c, *functions):
    """Each exit that is not the firmware's goes out of one of these functions."""
    ordered = sorted(set(m.names.values())) + [1 << 64]
    for (at,) in c.execute("SELECT e.src FROM edge e JOIN kind k ON k.id = e.kind "
                           "JOIN module o ON o.id = e.src_module AND o.kind = 'elf' "
                           "WHERE k.name = 'exit'").fetchall():
        start = max(a for a in ordered if a <= at)
        if start not in [m.names.get(f) for f in functions]:
            raise run.Failure("it ended at 0x%x, not in %s" % (at, " or ".join(functions)))


# --- ends ------------------------------------------------------------------------


def ending(args, name, isa, options, end, where, quit=False, vcpus=1):
    m = Machine(args, name, isa, "ends/%s.c" % isa, options,
                "-DTURNS=%d -DEND=%s -DPLUG=0" % (TURNS, end))
    try:
        if quit:
            m.wait_for("@up")
            m.say(("quit", {}))
        c = m.end()
    finally:
        m.kill()
    expect("calls of work", calls_of(m, c, "work"), TURNS)
    expect("exits", kind(c, "exit"), vcpus)
    last_is_in(m, c, *where)
    return "%d calls, %d exits" % (TURNS, vcpus)


def reset(args, isa, options, starts):
    m = Machine(args, "reset-" + isa, isa, "ends/%s.c" % isa, options,
                "-DTURNS=%d -DEND=0 -DPLUG=0" % TURNS)
    try:
        m.wait_for("@up")
        m.say(("system_reset", {}))
        m.wait_for("@up", 2)
        m.say(("system_reset", {}))
        m.wait_for("@up", 3)
        m.say(("quit", {}))
        c = m.end()
    finally:
        m.kill()
    expect("calls of work", calls_of(m, c, "work"), 3 * TURNS)
    expect("entries, exits", (kind(c, "entry"), kind(c, "exit")), (starts, starts))
    last_is_in(m, c, "spin", "end", "put_text", "put_char", "main")
    return "%d calls, %d entries and exits" % (3 * TURNS, starts)


def plug(args):
    """A processor that is plugged in runs as many turns as it says, from nothing."""
    m = Machine(args, "plug", "x86_64", "ends/x86_64.c", PC + " -smp 1,sockets=2,cores=1,threads=1,maxcpus=2",
                "-DTURNS=%d -DEND=0 -DPLUG=1" % TURNS)
    try:
        m.wait_for("@up")
        m.say(("device_add", {"driver": "qemu64-x86_64-cpu", "id": "second", "socket-id": 1,
                              "core-id": 0, "thread-id": 0}))
        m.wait_for("@second")
        m.say(("quit", {}))
        c = m.end()
    finally:
        m.kill()
    expect("calls of work", calls_of(m, c, "work"), 2 * TURNS)
    expect("vcpus", one(c, "SELECT vcpus FROM process"), 2)
    expect("entries less exits", kind(c, "entry") - kind(c, "exit"), 0)
    return "%d calls by 2 processors, %d entries and exits" % (2 * TURNS, kind(c, "entry"))


class Debugger:
    """What gdb says to QEMU, as much of it as is needed here."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        for _ in range(3000):
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                time.sleep(0.02)
        self.left = b""

    def ask(self, text):
        self.socket.sendall(b"$%s#%02x" % (text.encode(), sum(text.encode()) & 255))
        while self.left.count(b"#") < 1 or len(self.left) < self.left.index(b"#") + 3:
            more = self.socket.recv(4096)
            if not more:
                raise run.Failure("QEMU hung up on '%s'" % text)
            self.left += more
        end = self.left.index(b"#")
        answer, self.left = self.left[self.left.index(b"$") + 1:end], self.left[end + 3:]
        self.socket.sendall(b"+")
        return answer.decode()

    def close(self):
        self.socket.close()


def debugger(args, isa, options, size):
    """Breakpoints, watchpoints and single steps from outside stop the machine, nothing else."""
    path = pathlib.Path(args.work) / "gdb"
    m = Machine(args, "debugger-" + isa, isa, "ends/%s.c" % isa, options +
                " -S -chardev socket,path=%s,server=on,wait=off,id=gdb -gdb chardev:gdb" % path,
                "-DTURNS=%d -DEND=0 -DPLUG=0" % TURNS)
    work, counter = m.names["work"], m.names["done_work"]
    stops = []
    try:
        d = Debugger(path)
        for kind, at, length in ((1, work, size), (2, counter, 4)):
            expect("Z%d" % kind, d.ask("Z%d,%x,%x" % (kind, at, length)), "OK")
            stops += [d.ask("c") for _ in range(20)]
            expect("z%d" % kind, d.ask("z%d,%x,%x" % (kind, at, length)), "OK")
        stops += [d.ask("s") for _ in range(50)]
        d.ask("D")
        d.close()
        m.wait_for("@up")
        m.say(("quit", {}))
        c = m.end()
    finally:
        m.kill()
    expect("stops", [s for s in stops if s[0] not in "TS"], [])
    expect("watches", sum("watch:" in s for s in stops), 20)
    expect("calls of work", calls_of(m, c, "work"), TURNS)
    expect("arrivals behind the calls", entered(m, c, "work"), TURNS)
    last_is_in(m, c, "spin", "end", "put_text", "put_char", "main")
    return "%d calls, %d stops" % (TURNS, len(stops))


# --- files -----------------------------------------------------------------------


def named(args, name, load, record=()):
    """The code is in the module of the ELF file, however it came into memory."""
    m = Machine(args, name, "riscv64", "ends/riscv64.c", RISCV.replace("-bios none", ""),
                "-DTURNS=%d -DEND=0x5555 -DPLUG=0" % TURNS, record, load)
    try:
        c = m.end()
    finally:
        m.kill()
    found = one(c, "SELECT ifnull(sum(e.count), 0) FROM edge e JOIN kind k ON k.id = e.kind JOIN "
                   "module s ON s.id = e.src_module JOIN module d ON d.id = e.dst_module WHERE "
                   "k.name = 'call' AND e.dst = ? AND s.path = ? AND d.path = s.path",
                m.names["work"], str(m.elf))
    expect("calls of work in %s" % m.elf.name, found, TURNS)
    report = subprocess.run([args.build + "/qemu-cflow", "report", "-i", str(m.db), "--by", "function",
                             "--symbol", "work", "--format", "json"], capture_output=True, text=True)
    lines = [g["calls"] for g in json.loads(report.stdout)["groups"] if g["name"] == "work"]
    expect("calls of work in the report", lines, [TURNS])
    return "%d calls in %s" % (TURNS, m.elf.name)


# --- parts -----------------------------------------------------------------------


def stretch(args):
    """Two harts hand work to each other: 1000 calls, one after the other."""
    m = Machine(args, "stretch", "riscv64", "riscv64/handover.c", RISCV + " -smp 2",
                record=["--start-at", "work:201", "--stop-at", "work:101"])
    try:
        c = m.end()
    finally:
        m.kill()
    expect("entered work", entered(m, c, "work"), 101)  # 201 to 301
    left, came = kind(c, "leave-region"), kind(c, "enter-region")
    expect("leaves, enters", (left, came), (2, 2))
    return "101 of 1000 calls, each hart comes and goes once"


def limit(args, wanted=20000):
    m = Machine(args, "limit", "riscv64", "riscv64/handover.c", RISCV + " -smp 2",
                record=["--start-at", "work:100", "--stop-after", str(wanted)])
    try:
        c = m.end()
    finally:
        m.kill()
    ran, longest = c.execute("SELECT sum(insns * entered), max(insns) FROM block").fetchone()
    if not wanted <= ran < wanted + longest:
        raise run.Failure("%d instructions, not %d" % (ran, wanted))
    return "%d instructions of two harts" % ran


def privilege(args, level):
    """A recording of a privilege has the edges that one of everything has inside of it."""
    rows = []
    for options in ([], ["--privilege", level]):
        m = Machine(args, "privilege-" + level, "riscv64", "riscv64/spaces.c", RISCV, record=options)
        try:
            c = m.end()
        finally:
            m.kill()
        rows.append(c.execute(
            "SELECT m.path, e.src, e.dst, k.name, p.name, e.count FROM edge e JOIN kind k ON k.id ="
            " e.kind JOIN privilege p ON p.id = e.privilege JOIN module m ON m.id = e.src_module "
            "WHERE p.name = ? AND k.id <= 9 AND EXISTS (SELECT 1 FROM block b WHERE b.module = "
            "e.dst_module AND b.start = e.dst AND b.privilege = p.id) ORDER BY 1, 2, 3, 4, 5",
            (level,)).fetchall())
        others = one(c, "SELECT count(*) FROM block b JOIN privilege p ON p.id = b.privilege "
                        "WHERE p.name <> ?", level)
    # The console may be slow: how often it is asked is not the same twice.
    if level == "user" and rows[0] != rows[1]:
        raise run.Failure("%s and not %s" % (rows[1][:5], rows[0][:5]))
    expect("blocks of other levels", others, 0)
    expect("leaves and enters", abs(kind(c, "leave-region") - kind(c, "enter-region")) <= 1, True)
    return "%d edges, %d crossings" % (len(rows[1]), kind(c, "leave-region"))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--qemu-bin", required=True)
    p.add_argument("cases", nargs="*")
    args = p.parse_args()
    cases = {
        "quit-riscv64": lambda n: ending(args, n, "riscv64", RISCV, 0, ["spin", "end", "put_char",
                                                                         "main"], quit=True),
        "quit-x86_64": lambda n: ending(args, n, "x86_64", PC, 0, ["spin", "end", "put_char",
                                                                   "main"], quit=True),
        "poweroff": lambda n: ending(args, n, "riscv64", RISCV, "0x5555", ["end", "spin"]),
        "failure": lambda n: ending(args, n, "riscv64", RISCV, "0x73333", ["end", "spin"]),
        "reboot": lambda n: ending(args, n, "riscv64", RISCV + " -no-reboot", "0x7777",
                                   ["end", "spin"]),
        "panic": lambda n: ending(args, n, "x86_64", PC + " -device pvpanic", 1, ["end", "spin"]),
        "triple-fault": lambda n: ending(args, n, "x86_64", PC + " -no-reboot", 2, ["end"]),
        "reset-riscv64": lambda n: reset(args, "riscv64", RISCV, 3),
        # SeaBIOS that finds itself started again resets the machine by itself once more.
        "reset-x86_64": lambda n: reset(args, "x86_64", PC, 5),
        "plug": lambda n: plug(args),
        "debugger-riscv64": lambda n: debugger(args, "riscv64", RISCV, 2),
        "debugger-x86_64": lambda n: debugger(args, "x86_64", PC, 1),
        "kernel": lambda n: named(args, n, "-bios none -kernel $ELF"),
        "bios": lambda n: named(args, n, "-bios $ELF"),
        "loader": lambda n: named(args, n, "-bios none -device loader,file=$ELF"),
        "raw": lambda n: named(args, n, "-bios $ELF.raw", ["--symbols", "$ELF"]),
        "stretch": lambda n: stretch(args),
        "limit": lambda n: limit(args),
        "privilege-user": lambda n: privilege(args, "user"),
        "privilege-machine": lambda n: privilege(args, "machine"),
    }
    failed = 0
    for name, case in cases.items():
        if args.cases and name not in args.cases:
            continue
        try:
            print("PASS machines/%s %s" % (name, case(name)), flush=True)
        except (run.Failure, OSError) as e:
            print("    %s\nFAIL machines/%s" % (e, name), flush=True)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
