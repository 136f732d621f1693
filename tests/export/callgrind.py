#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
A strict reader of Callgrind's format, and what the tests ask of it.

    callgrind.py check FILE                 grammar, sums; prints "TOTAL functions jumps calls"
    callgrind.py total FILE [OBJECT]        self cost, of objects whose path ends in OBJECT
    callgrind.py compare OURS REAL OBJECT FIRST END [SKIP...]
                                            every instruction of OBJECT from FIRST up to END, but
                                            those at the addresses SKIP; prints both totals
    callgrind.py functions OURS REAL OBJECT NAME...
                                            the self cost of these functions
    callgrind.py jumps OURS REAL OBJECT     each conditional jump of REAL is in OURS, equal
    callgrind.py calls FILE FUNCTION        how often it is called

The grammar is that of https://valgrind.org/docs/manual/cl-format.html without
what no version of KCachegrind reads; any line that is not in it is an error.
"""
import re
import sys
from collections import Counter

HEADER = {
    "version": r"1$", "creator": r".+$", "pid": r"\d+$", "cmd": r".*$", "part": r"\d+$",
    "desc": r"[^:]+: .*$|[^:]+:$", "event": r"\w+( : .+)?$",
}
NAME = re.compile(r"\((\d+)\)(?: (.+))?$|([^(].*)$")
POSITION = r"(0x[0-9a-f]+|[+-]\d+|\*) (\d+|[+-]\d+|\*)"
COST = re.compile(POSITION + r"(?: (\d+))?$")
SOURCE = re.compile(POSITION + r"\s*$")
CALLS = re.compile(r"calls=(\d+) " + POSITION + r"\s*$")
JUMP = re.compile(r"(?:jump=(\d+)|jcnd=(\d+)/(\d+)) " + POSITION + r"\s*$")


class Bad(Exception):
    pass


class Profile:
    def __init__(self, path):
        self.cost = Counter()       # (object, address) -> Ir
        self.function = Counter()   # (object, name) -> Ir
        self.jumps = Counter()      # (object, source, target) -> taken
        self.executed = {}          # (object, source, target) -> executed, of conditional ones
        self.calls = Counter()      # (object, name) -> calls
        self.inclusive = Counter()
        self.totals = None
        self.summary = None
        self.names = {"ob": {}, "fl": {}, "fn": {}}
        with open(path, encoding="utf-8") as f:
            self.lines = f.read().split("\n")
        if self.lines.pop() != "":
            raise Bad("the last line has no end")
        self.at = 0
        self.address = self.line = 0
        try:
            self.header()
            self.body()
        except (Bad, KeyError, AttributeError, TypeError) as e:
            raise Bad(f"{path}:{self.at}: {e!r}: {self.lines[self.at - 1]!r}") from e
        if self.totals is None or self.totals != sum(self.cost.values()):
            raise Bad(f"{path}: totals {self.totals}, sum {sum(self.cost.values())}")
        if self.summary not in (None, self.totals):
            raise Bad(f"{path}: summary {self.summary}, totals {self.totals}")

    def next(self):
        self.at += 1
        return self.lines[self.at - 1]

    def header(self):
        positions = False
        if self.lines[0] == "# callgrind format":
            self.next()
        while True:
            line = self.next()
            if not line:
                continue
            key, colon, value = line.partition(":")
            value = value.lstrip()
            if key == "events" and value == "Ir":
                break
            if key == "positions" and value == "instr line":
                positions = True
            elif not colon or key not in HEADER or not re.match(HEADER[key], value):
                raise Bad("header line")
        if not positions:
            raise Bad("no positions before events")

    def name(self, kind, text):
        m = NAME.match(text)
        if m[3]:
            return m[3]
        if m[2]:
            if m[1] in self.names[kind]:
                raise Bad("name defined twice")
            self.names[kind][m[1]] = m[2]
        return self.names[kind][m[1]]

    def relative(self, text, old):
        if text == "*":
            return old
        return old + int(text) if text[0] in "+-" else int(text, 0)

    def position(self, m, group):
        return (self.relative(m[group], self.address), self.relative(m[group + 1], self.line))

    def source(self):
        m = SOURCE.match(self.next())
        self.address, self.line = self.position(m, 1)

    def body(self):
        ob = fn = None
        cob = cfn = None
        while self.at < len(self.lines):
            line = self.next()
            key, equals, value = line.partition("=")
            if not line:
                continue
            if line.startswith("totals: "):
                self.totals = int(line[8:])
            elif line.startswith("summary: ") and fn is None:
                self.summary = int(line[9:])
            elif self.totals is not None:
                raise Bad("line behind the totals")
            elif key == "ob":
                ob, fn = self.name("ob", value), None
            elif key == "fl":
                self.name("fl", value)
                fn = None
            elif key in ("fi", "fe"):
                self.name("fl", value)
                if fn is None:
                    raise Bad("fi or fe outside a function")
            elif key == "fn":
                fn = self.name("fn", value)
            elif key == "cob":
                cob = self.name("ob", value)
            elif key in ("cfi", "cfl", "jfi"):
                self.name("fl", value)
            elif key == "cfn":
                cfn = self.name("fn", value)
            elif key == "jfn":
                self.name("fn", value)
            elif key == "calls":
                m = CALLS.match(line)
                if not cfn or fn is None:
                    raise Bad("calls without cfn or fn")
                self.calls[(cob or ob, cfn)] += int(m[1])
                m = COST.match(self.next())
                self.address, self.line = self.position(m, 1)
                self.inclusive[(cob or ob, cfn)] += int(m[3] or 0)
                cob = cfn = None
            elif key in ("jump", "jcnd"):
                m = JUMP.match(line)
                target = self.position(m, 4)[0]
                self.source()
                jump = (ob, self.address, target)
                self.jumps[jump] += int(m[1] or m[2])
                if m[3]:
                    self.executed[jump] = self.executed.get(jump, 0) + int(m[3])
                    if int(m[2]) > int(m[3]):
                        raise Bad("taken more often than executed")
            else:
                m = COST.match(line)
                if not m or equals or fn is None or ob is None:
                    raise Bad("no such line")
                self.address, self.line = self.position(m, 1)
                self.cost[(ob, self.address)] += int(m[3] or 0)
                self.function[(ob, fn)] += int(m[3] or 0)

    def of(self, counter, ob):
        # Callgrind tells levels of recursion apart with a quote: "f'2".
        found = Counter()
        for (path, *key), n in counter.items():
            if path.endswith(ob):
                key[0] = key[0].split("'")[0] if isinstance(key[0], str) else key[0]
                found[tuple(key)] += n
        return +found


def differences(what, ours, real, show):
    wrong = 0
    for key in sorted(ours.keys() | real.keys()):
        if ours[key] != real[key]:
            wrong += 1
            if wrong <= 10:
                print(f"{what} {show(key)}: {ours[key]}, not {real[key]}")
    return wrong


def compare(ours, real, ob, first, end, skip):
    """Callgrind knows no object for code outside .text (.init, .plt), hence FIRST and END."""
    skip = {int(s, 0) for s in skip}
    span = range(int(first, 0), int(end, 0))

    def chosen(p):
        return Counter({k: n for k, n in p.of(p.cost, ob).items()
                        if k[0] in span and k[0] not in skip})

    a, b = chosen(ours), chosen(real)
    wrong = differences("instruction", a, b, lambda k: hex(k[0]))
    print(sum(a.values()), "and", sum(b.values()), "in", len(a), "instructions,",
          len(skip), "left out")
    return wrong == 0 and bool(a)


def functions(ours, real, ob, names):
    a, b = ours.of(ours.function, ob), real.of(real.function, ob)
    wrong = 0
    for name in names:
        print(name, a[(name,)], b[(name,)])
        wrong += a[(name,)] != b[(name,)] or not a[(name,)]
    return wrong == 0


def jumps(ours, real, ob):
    """
    Callgrind leaves out the executions of a jump in copies of its block from
    which it was never taken, so that "executed" is compared with the cost of
    the jump itself.  A string instruction is a jump to itself only for Callgrind.
    """
    wrong = n = 0
    cost = real.of(real.cost, ob)
    for (path, source, target) in real.executed:
        if not path.endswith(ob) or source == target:
            continue
        mine = (ours.jumps[(path, source, target)], ours.executed.get((path, source, target)))
        want = (real.jumps[(path, source, target)], cost[(source,)])
        n += 1
        if mine != want:
            wrong += 1
            print(f"jump {source:#x} -> {target:#x}: {mine}, Callgrind {want}")
    print(n, "conditional jumps")
    return wrong == 0 and n


def main(verb, path, *rest):
    p = Profile(path)
    if verb == "check":
        print(p.totals, len(p.function), len(p.jumps), sum(p.calls.values()))
        return True
    if verb == "total":
        print(sum(p.of(p.cost, rest[0] if rest else "").values()))
        return True
    if verb == "compare":
        return compare(p, Profile(rest[0]), *rest[1:4], rest[4:])
    if verb == "functions":
        return functions(p, Profile(rest[0]), rest[1], rest[2:])
    if verb == "jumps":
        return jumps(p, Profile(rest[0]), rest[1])
    if verb == "calls":
        print(sum(n for (_, name), n in p.calls.items() if name == rest[0]))
        return True
    raise SystemExit(__doc__)


if __name__ == "__main__":
    try:
        sys.exit(0 if main(*sys.argv[1:]) else 1)
    except Bad as e:
        sys.exit(str(e))
