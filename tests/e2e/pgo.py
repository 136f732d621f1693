#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare what was exported for optimisers with the profile, count by count.

  pgo.py runs DB BOLT PROFGEN     both exports against the profile's edges
  pgo.py fdata DB FDATA BINARY    BOLT's own counts of each conditional branch
  pgo.py sample DB TEXT BINARY    the sample profile's calls of each function

How often an instruction was reached follows from edges alone: what arrived at or
before it, less what left before it.  The exports are made from blocks, so the
two are independent.
"""
import collections
import re
import sqlite3
import subprocess
import sys

STRAIGHT = ("not-taken", "split")
# What a signal interrupts goes on there: it neither left nor arrived once more.
STAYS = ("signal", "retry")
STAYED = ("signal-return", "retry")


class Profile:
    """The edges of the program's own module."""

    def __init__(self, path):
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.module, self.path = db.execute(
            "SELECT m.id, m.path FROM module m JOIN process p ON p.path = m.path "
            "WHERE p.id = 1").fetchone()
        self.edges = db.execute(
            "SELECT src_module, src, dst_module, dst, k.name, sum(count) FROM edge "
            "JOIN kind k ON k.id = kind WHERE ? IN (src_module, dst_module) GROUP BY 1, 2, 3, 4, 5",
            (self.module,)).fetchall()
        self.exact, = db.execute("SELECT value FROM meta WHERE key = 'exact'").fetchone()
        db.close()


def check(condition, text):
    if not condition:
        sys.exit(text)


def stubs(binary):
    """The address ranges of the sections .plt*."""
    text = subprocess.run(["readelf", "-SW", binary], capture_output=True, text=True,
                          check=True).stdout
    found = re.findall(r"\s\.plt\S*\s+PROGBITS\s+(\w+)\s+\w+\s+(\w+)", text)
    return [(int(start, 16), int(start, 16) + int(size, 16)) for start, size in found]


def reached(profile):
    """How often control was at each source and destination, swept over the edges."""
    change = collections.Counter()
    places = set()
    for src_module, src, dst_module, dst, kind, count in profile.edges:
        if kind in STRAIGHT:
            continue
        if src_module == profile.module and kind not in STAYS:
            places.add(src)
            change[src + 1] -= count
        if dst_module == profile.module and kind not in STAYED:
            places.add(dst)
            change[dst] += count
    return sweep(change, places)


def sweep(change, places):
    result, now = {}, 0
    for address in sorted(places | set(change)):
        now += change.get(address, 0)
        if address in places:
            result[address] = now
    return result


def covered(ranges, places):
    change = collections.Counter()
    for start, last, count in ranges:
        change[start] += count
        change[last + 1] -= count
    return sweep(change, places)


def compare(name, wanted, got, plt):
    wrong = [(address, count, got[address]) for address, count in wanted.items()
             if got[address] != count and not any(a <= address < b for a, b in plt)]
    check(not wrong, f"{name}: " + ", ".join(
        f"0x{a:x} was reached {n} times, the export says {m}" for a, n, m in wrong[:5]))
    return sum(not any(a <= address < b for a, b in plt) for address in wanted)


def check_runs(database, bolt, profgen):
    profile = Profile(database)
    check(profile.exact == 1, "the profile is not exact")
    plt = stubs(profile.path)
    wanted = reached(profile)
    ranges, branches = [], collections.Counter()
    with open(bolt, encoding="ascii") as file:
        for line in file:
            kind, *numbers = line.split()
            if kind in "Ff":
                start, last, count = numbers
                ranges.append((int(start, 16), int(last, 16), int(count)))
            else:
                branches[int(numbers[0], 16), int(numbers[1], 16)] += int(numbers[2])
    places = compare("bolt", wanted, covered(ranges, set(wanted)), plt)
    check_branches(profile, branches, plt)
    with open(profgen, encoding="ascii") as file:
        lines = file.read().split()
    n = int(lines[0])
    check(int(lines[n + 1]) == len(lines) - n - 2, "llvm-profgen: wrong number of branches")
    ranges = [(int(a, 16), int(b, 16), int(c)) for a, b, c in
              (re.fullmatch(r"(\w+)-(\w+):(\d+)", line).groups() for line in lines[1:n + 1])]
    compare("llvm-profgen", wanted, covered(ranges, set(wanted)), [])
    print(f"{places} places, {len(branches)} branches")


def check_branches(profile, branches, plt):
    """Each transfer inside the program is there once, with its count."""
    wanted = collections.Counter()
    for src_module, src, dst_module, dst, kind, count in profile.edges:
        if src_module == dst_module and kind in ("taken", "jump", "call", "return",
                                                 "indirect-jump", "indirect-call"):
            if not any(a <= src < b or a <= dst < b for a, b in plt):
                wanted[src, dst] += count
    inside = {pair: n for pair, n in branches.items() if pair[0] and pair[1]}
    check(inside == dict(wanted), "bolt: B records are not the edges of the profile")


def functions(binary):
    text = subprocess.run(["nm", binary], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in text.splitlines()]
    return {row[2]: int(row[0], 16) for row in rows if len(row) == 3 and row[1] in "tT"}


def check_fdata(database, fdata, binary):
    profile, starts = Profile(database), functions(binary)
    counts = collections.Counter()
    with open(fdata, encoding="utf-8") as file:
        for line in file:
            kind, name, offset, kind2, name2, offset2, _, count = line.split()
            name, name2 = name.split("/")[0], name2.split("/")[0]
            if kind == kind2 == "1" and name in starts and name2 in starts:
                counts[starts[name] + int(offset, 16), starts[name2] + int(offset2, 16)] += int(count)
    compared = 0
    for _, src, _, dst, kind, count in profile.edges:
        if kind in ("taken", "not-taken"):
            check(counts[src, dst] == count, f"0x{src:x} to 0x{dst:x} went {count} times, "
                  f"BOLT counts {counts[src, dst]}")
            compared += 1
    check(compared > 5, f"only {compared} ways of branches compared")
    print(f"{compared} ways of conditional branches, {check_returned(profile, counts)} of calls")


def check_returned(profile, counts):
    """Where a call ends a basic block, the next one is entered as often as calls returned."""
    calls = {src for src_module, src, _, _, kind, _ in profile.edges
             if src_module == profile.module and "call" in kind}
    returned, compared = collections.Counter(), 0
    for _, _, dst_module, dst, kind, count in profile.edges:
        if dst_module == profile.module and kind == "return":
            returned[dst] += count
    for (src, dst), count in counts.items():
        if src in calls and src < dst <= src + 8:
            check(returned[dst] == count, f"{returned[dst]} calls returned to 0x{dst:x}, "
                  f"BOLT counts {count}")
            compared += 1
    return compared


def plain_name(name):
    """With probes, static functions are called _ZL3mixj.__uniq.NUMBER."""
    mangled = re.match(r"_ZL(\d+)(\w+)\.__uniq\.", name)
    return mangled[2][:int(mangled[1])] if mangled else name


def check_sample(database, text, binary):
    """The number of calls in a function's head is that of the profile."""
    profile, starts = Profile(database), functions(binary)
    calls = collections.Counter()
    for _, _, dst_module, dst, kind, count in profile.edges:
        if dst_module == profile.module and ("call" in kind or "jump" in kind):
            calls[dst] += count
    with open(text, encoding="utf-8") as file:
        heads = re.findall(r"^([\w.]+):(\d+):(\d+)$", file.read(), re.MULTILINE)
    signals = collections.Counter()
    for _, _, dst_module, dst, kind, count in profile.edges:
        signals[dst] += count if dst_module == profile.module and kind == "signal" else 0
    for name, _, head in heads:
        # With probes, a signal's handler has its entry's count; with lines, that of calls.
        check(int(head) in (calls[starts[name]], calls[starts[name]] + signals[starts[name]]),
              f"{name} was called {calls[starts[name]]} times, the sample profile says {head}")
    names = [plain_name(name) for name, _, _ in sorted(heads, key=lambda row: -int(row[1]))]
    wanted = {"mix", "classify", "compare", "straight", "fill", "walk", "touch", "main"}
    check(wanted <= set(names), f"not in the sample profile: {wanted - set(names)}")
    # Lines weigh by instructions, probes by blocks: straight() has one of these.
    check({"mix", "main"} <= set(names[:3]), f"hottest are {names[:3]}")
    print(f"{len(names)} functions, hottest {names[0]}")


if __name__ == "__main__":
    {"runs": check_runs, "fdata": check_fdata, "sample": check_sample}[sys.argv[1]](*sys.argv[2:])
