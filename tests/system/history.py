#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The flight recorder: the last transfers before a fault, in the order they happened."""
import argparse
import json
import pathlib
import sqlite3
import subprocess
import sys

CRASH = """
    .globl _start, turn, back, f, fault
_start:
    mov $4, %ecx
turn:
    dec %ecx
back:
    jnz turn
    call f
f:
    xor %eax, %eax
fault:
    mov (%rax), %eax
"""
WHOLE = ["entry", "taken", "taken", "taken", "not-taken", "call", "exit"]
HERE = pathlib.Path(__file__).resolve().parent


def history(tool, db):
    out = subprocess.run([tool, "report", "-i", str(db), "--history", "--limit", "0",
                          "--format", "json"], capture_output=True, text=True)
    if out.returncode:
        return out.stderr
    return json.loads(out.stdout)["flights"]


def crash(tool, work, last):
    source, program, db = work / "crash.S", work / "crash", work / ("crash-%d.db" % last)
    source.write_text(CRASH)
    subprocess.run(["gcc", "-nostdlib", "-static", "-no-pie", "-o", str(program), str(source)],
                   check=True)
    subprocess.run([tool, "record", "--last", str(last), "-o", str(db), "--", str(program)],
                   capture_output=True)
    return history(tool, db)


def check_place(tool, work):
    """At the second of two arrivals, and in the middle of straight-line code."""
    db = work / "place.db"
    subprocess.run([tool, "record", "--last", "3", "--last-at", "turn:2", "--last-at", "f", "-o",
                    str(db), "--", str(work / "crash")], capture_output=True)
    flights = history(tool, db)
    assert isinstance(flights, list), flights
    found = [([s["kind"] for s in f["steps"]], f["steps"][-1]["to"].split()[-1]) for f in flights]
    assert found == [(["entry", "taken"], "turn"), (["taken", "not-taken", "call"], "f"),
                     (WHOLE[-3:], "outside")], found
    meta = dict(sqlite3.connect(db).execute("SELECT key, value FROM meta"))
    assert meta["exact"] == 1 and meta["residual"] == 0, meta
    return "%d flights" % len(flights)


def check_crash(tool, work, last):
    flights = crash(tool, work, last)
    assert isinstance(flights, list) and len(flights) == 1, flights
    flight = flights[0]
    assert flight["cause"] == "fatal", flight
    kinds = [s["kind"] for s in flight["steps"]]
    assert kinds == WHOLE[-last:], kinds
    assert flight["steps"][-1]["from"].endswith("fault"), flight["steps"][-1]
    assert flight["steps"][-2]["to"].endswith("f"), flight["steps"][-2]


def check_machine(tool, work, qemu):
    """Each step begins in the straight line that the one before led to; none is QEMU's cut."""
    sys.path.insert(0, str(HERE))
    import run
    source = HERE / "riscv64" / "events.c"
    given = run.directives(source)
    elf = run.build("riscv64", source, work, given)
    db = work / "events.db"
    subprocess.run([tool, "record", "--last", "16", "--last-at", "call_supervisor:20", "-q", "-o", str(db), "--",
                    qemu + "/qemu-system-riscv64", "-display", "none", "-serial", "null",
                    "-monitor", "none"] + given["machine"][0].replace("$ELF", str(elf)).split(),
                   stdin=subprocess.DEVNULL, check=True, timeout=120)
    flights = history(tool, db)
    assert isinstance(flights, list) and len(flights) > 5, flights
    causes = {f["cause"] for f in flights}
    assert {"illegal instruction", "load page fault", "ecall from M-mode"} <= causes, causes
    asked = [f for f in flights if f["kind"] == "call"]
    assert len(asked) == 1 and asked[0]["steps"][-1]["to"] == "call_supervisor", asked
    kinds = {s["kind"] for f in flights for s in f["steps"]}
    assert {"taken", "return", "system"} <= kinds and not {"split", "retry"} & kinds, kinds
    n = 0
    for flight in flights:
        for before, after in zip(flight["steps"], flight["steps"][1:]):
            if "[outside]" in (before["to_module"], after["from_module"]):
                continue
            gap = int(after["from_offset"], 16) - int(before["to_offset"], 16)
            assert 0 <= gap < 4096, (before, after)
            n += 1
    return "%d flights, %d steps join" % (len(flights), n)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", required=True)
    p.add_argument("--qemu-system")
    p.add_argument("--work", required=True)
    args = p.parse_args()
    tool = str(pathlib.Path(args.build).resolve() / "qemu-cflow")
    work = pathlib.Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    cases = [("crash-all", lambda: check_crash(tool, work, 7)),
             ("crash-last-3", lambda: check_crash(tool, work, 3)),
             ("place", lambda: check_place(tool, work))]
    if args.qemu_system:
        cases.append(("machine", lambda: check_machine(tool, work, args.qemu_system)))
    failed = 0
    for name, case in cases:
        try:
            print("PASS history/%s %s" % (name, case() or ""))
        except (AssertionError, subprocess.SubprocessError) as e:
            print("    %s\nFAIL history/%s" % (e, name))
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
