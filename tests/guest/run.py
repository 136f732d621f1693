#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the guest programs and compares their profiles with what they promise.

Each program under tests/guest/ carries, in its comments, the complete list of
the control-flow edges it makes; README.md describes the notation.  A program
is compiled, recorded, and every row of the profile must be promised and every
promise kept, with the exact count.

    run.py --build BUILD_DIR --work DIR [--qemu-bin DIR] [--engine edge|flow]
           [--isa ISA] [NAME...]
    run.py --self-test
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
import oracle  # noqa: E402  (tests/e2e/oracle.py)

ISAS = ("x86_64", "i386", "aarch64", "arm", "riscv64")
TOOLS = {"x86_64": "", "i386": "i686-linux-gnu-", "aarch64": "aarch64-linux-gnu-",
         "arm": "arm-linux-gnueabihf-", "riscv64": "riscv64-linux-gnu-"}
SYSROOT = {"i386": "/usr/i686-linux-gnu", "aarch64": "/usr/aarch64-linux-gnu",
           "arm": "/usr/arm-linux-gnueabihf", "riscv64": "/usr/riscv64-linux-gnu"}
SHARED = {"x86_64": "x86", "i386": "x86"}
KINDS = ("unknown", "taken", "not-taken", "jump", "call", "return", "indirect-jump",
         "indirect-call", "syscall", "split", "exception", "interrupt", "signal",
         "signal-return", "entry", "exit", "retry", "unexplained", "system", "host-call",
         "leave-region", "enter-region")
IGNORED_KINDS = {"split", "retry"}      # QEMU's cuts, not control flow
INSN_FLAGS = {"left-mid-block": 2, "bytes-changed": 4}
DISCONTINUITY_KINDS = {"signal", "exception", "interrupt", "unexplained", "leave-region"}
MAX_VDSO = 0x10000                      # bytes
MAX_INSN = 15                           # bytes, of any instruction set


class SpecError(Exception):
    """A program's comments cannot be understood."""


# ----------------------------------------------------- what a program promises

class End:
    """One end of an edge, as written: a symbol, "outside", or a pattern."""

    _symbol = re.compile(r"^([A-Za-z_.$][\w.$]*)([+-](?:0x[0-9a-fA-F]+|\d+))?$")

    def __init__(self, text, case):
        self.text = text
        written = case.names.get(text, text)
        self.kind, self.module, self.offset = None, None, None
        if written == "*":
            self.kind = "any"
        elif written == "outside":
            self.kind = "outside"
        elif written == "nowhere":
            self.kind = "nowhere"
        elif "!" in written:
            self.kind = "foreign"
            self.module, self.offset = written.split("!", 1)
        elif self._symbol.match(written):
            self.kind = "symbol"
            match = self._symbol.match(written)
            self.symbol = match.group(1)
            self.offset = int(match.group(2) or "0", 0)
        else:
            raise SpecError("%r is not a symbol" % written)

    def exact(self, symbols):
        """The profile's name for this end, or None for a pattern."""
        if self.kind == "outside":
            return OUTSIDE
        if self.kind == "symbol":
            if self.symbol not in symbols:
                raise SpecError("no symbol %r in the program" % self.symbol)
            return ("own", symbols[self.symbol] + self.offset)
        return None

    def matches(self, end, symbols, profile):
        if self.kind == "any":
            return True
        if self.kind == "nowhere":      # an address that is no code of ours
            return end[0] != "own"
        if self.kind == "foreign":
            if end == OUTSIDE or end[0] == "own":
                return False
            if not profile.module_is(end[0], self.module):
                return False
            return self._offset_matches(end, symbols, profile)
        return end == self.exact(symbols)

    def _offset_matches(self, end, symbols, profile):
        where = self.offset
        if where == "*":
            return True
        if where.startswith("+"):
            return end[1] == int(where, 0)
        if "-" in where:
            a, b = where.split("-", 1)
            if a not in symbols or b not in symbols:
                raise SpecError("no symbols %r, %r in the program" % (a, b))
            return end[1] == symbols[a] - symbols[b]
        return profile.symbol_at(end) == where


OUTSIDE = ("outside", 0)


class Edge:
    def __init__(self, src, dst, kind, count, line):
        self.src, self.dst, self.kind, self.count, self.line = src, dst, kind, count, line


class Case:
    """The directives in one program's comments, for one instruction set."""

    _directive = re.compile(
        r"^[\s#*@;/]*(isa|build|library|record|args|stdin|exit|stdout|scope|name|edge|child-edge|"
        r"disc|until|insn|exact|admits|oracle|env|needs)(?:@([!\w,]+))?:\s*(.*?)\s*(?:\*/\s*)?$")
    _edge = re.compile(r"^(\S+) -> (\S+) (\S+) (\S+)$")

    def __init__(self, path, isa, text=None):
        self.path, self.isa = path, isa
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.build = ["-nostdlib", "-static", "-no-pie"]
        self.libraries, self.args, self.env = [], [], {}
        self.record = []
        self.stdin, self.stdout, self.exit = "", None, "0"
        self.scope, self.names, self.isas, self.needs = [], {}, None, []
        self.edges, self.child_edges, self.discs, self.flags = [], [], [], []
        self.until = []
        self.exact, self.oracle = True, True
        self.admits = []
        if text is None:
            with open(path, encoding="utf-8") as stream:
                text = stream.read()
        found = []
        for number, line in enumerate(text.splitlines(), 1):
            match = self._directive.match(line)
            if match and self._applies(match.group(2)):
                found.append((match.group(1), match.group(3), number))
        for wanted in (("isa", "name"), None):      # names are used by edges
            for word, value, number in found:
                if (wanted is None) == (word not in ("isa", "name")):
                    try:
                        self._take(word, value, number)
                    except (SpecError, ValueError) as error:
                        raise SpecError("%s:%d: %s" % (os.path.basename(path), number, error))
        if not self.edges and (self.isas is None or isa in self.isas):
            raise SpecError("%s: no edges are listed" % os.path.basename(path))

    def _applies(self, isas):
        if isas is None:
            return True
        if isas.startswith("!"):
            return self.isa not in isas[1:].split(",")
        return self.isa in isas.split(",")

    def _take(self, word, value, number):
        if word == "isa":
            self.isas = value.split()
            unknown = set(self.isas) - set(ISAS)
            if unknown:
                raise SpecError("unknown instruction set %s" % ", ".join(unknown))
        elif word == "build":
            self.build = value.split()
        elif word == "library":
            self.libraries.append(value.split())
        elif word == "record":
            self.record = value.split()
        elif word == "args":
            self.args = value.split()
        elif word == "env":
            key, _, text = value.partition("=")
            self.env[key] = text
        elif word == "needs":
            self.needs += value.split()
        elif word == "stdin":
            self.stdin += value + "\n"
        elif word == "stdout":
            self.stdout = (self.stdout or "") + value + "\n"
        elif word == "exit":
            self.exit = value
        elif word == "scope":
            self.scope += [s.strip() for s in value.split(",")]
        elif word == "name":
            name, _, means = value.partition("=")
            self.names[name.strip()] = means.strip()
        elif word in ("edge", "child-edge"):
            edges = self.edges if word == "edge" else self.child_edges
            match = self._edge.match(value)
            if not match:
                raise SpecError("not SRC -> DST KIND COUNT: %r" % value)
            src, dst, kind, count = match.groups()
            if kind not in KINDS and kind != "*":
                raise SpecError("unknown kind %r" % kind)
            if not re.match(r"^(\*|\d+|[A-Z][A-Z0-9_]*)$", count):
                raise SpecError("bad count %r" % count)
            if count.isdigit() and int(count) == 0:
                raise SpecError("an edge that is not there is not listed")
            for other in edges:
                if (other.src.text, other.dst.text, other.kind) == (src, dst, kind):
                    raise SpecError("listed twice: %s" % value)
            edges.append(Edge(End(src, self), End(dst, self), kind, count, value))
        elif word == "disc":
            words = value.split()
            mid = words[-1:] == ["mid-block"]
            words = words[:-1] if mid else words
            if len(words) != 6 or words[1] != "->" or words[3] not in KINDS:
                raise SpecError("not SRC -> DST KIND CAUSE COUNT [mid-block]: %r" % value)
            self.discs.append((End(words[0], self), End(words[2], self), words[3],
                               words[4], words[5], mid, value))
        elif word == "until":
            words = value.split()
            if len(words) != 4 or words[1] != "->" or not words[3].isdigit():
                raise SpecError("not SRC -> DST INSTRUCTIONS: %r" % value)
            self.until.append((End(words[0], self), End(words[2], self), int(words[3]), value))
        elif word == "insn":
            label, *flags = value.split()
            unknown = set(flags) - set(INSN_FLAGS)
            if unknown or not flags:
                raise SpecError("unknown instruction flags %s" % ", ".join(unknown))
            self.flags.append((End(label, self), flags))
        elif word == "exact":
            self.exact = value != "0"
        elif word == "admits":
            self.admits = value.split()
        elif word == "oracle":
            self.oracle = value != "no"


# --------------------------------------------------------------- the program

def read_symbols(nm, program):
    """({name: address}, {name: (start, end)} of the functions)."""
    output = subprocess.run([nm, "-S", program], stdout=subprocess.PIPE, check=True,
                            text=True).stdout
    symbols, extents = {}, {}
    for line in output.splitlines():
        words = line.split()
        if len(words) < 3 or words[-1].startswith("$") or words[-2] in "aAU":
            continue
        address = int(words[0], 16)
        symbols.setdefault(words[-1], address)
        if len(words) == 4:
            extents[words[-1]] = (address, address + int(words[1], 16))
    return symbols, extents


class Names:
    """Addresses of the program to readable names, for messages."""

    def __init__(self, symbols):
        self.sorted = sorted((a, n) for n, a in symbols.items())

    def of(self, end):
        if end == OUTSIDE:
            return "outside"
        if end[0] != "own":
            return "%s!+%#x" % (end[0], end[1])
        best = None
        for address, name in self.sorted:
            if address > end[1]:
                break
            if best is None or address > best[0]:
                best = (address, name)
        if best is None:
            return "%#x" % end[1]
        return best[1] + ("+%d" % (end[1] - best[0]) if end[1] != best[0] else "")


# --------------------------------------------------------------- the profile

class Profile:
    """The rows that the comparison needs, ends named ("own"|module, offset)."""

    def __init__(self, path, program):
        db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
        self.meta = dict(db.execute("SELECT key, value FROM meta"))
        self.modules = {}
        for number, name, kind in db.execute("SELECT id, path, kind FROM module"):
            self.modules[number] = (name, kind)
        self.program = os.path.realpath(program)
        self.kinds = dict(db.execute("SELECT id, name FROM kind"))
        self.processes = [row[0] for row in db.execute("SELECT id FROM process ORDER BY id")]
        self.edges = {}
        for process, sm, s, dm, d, kind, count in db.execute(
                "SELECT process, src_module, src, dst_module, dst, kind, count FROM edge"):
            key = (self._end(sm, s), self._end(dm, d), self.kinds[kind])
            rows = self.edges.setdefault(process, {})
            rows[key] = rows.get(key, 0) + count
        self.discs = {}
        for process, kind, cause, sm, s, dm, d, mid, count in db.execute(
                "SELECT process, kind, cause, src_module, src, dst_module, dst, mid_block,"
                " count FROM discontinuity"):
            key = (self._end(sm, s), self._end(dm, d), self.kinds[kind], cause, bool(mid))
            rows = self.discs.setdefault(process, {})
            rows[key] = rows.get(key, 0) + count
        self.until = [
            (self._end(sm, s), self._end(dm, d), count, returned, instructions)
            for sm, s, dm, d, count, returned, instructions in db.execute(
                "SELECT src_module, src, dst_module, dst, count, returned, instructions"
                " FROM discontinuity")]
        self.flags = {self._end(m, offset): flags for m, offset, flags in
                      db.execute("SELECT module, offset, flags FROM insn")}
        db.close()
        self._exports = {}

    def _end(self, module, offset):
        path, kind = self.modules[module]
        if kind == "outside":
            return OUTSIDE
        if kind == "elf" and os.path.realpath(path) == self.program:
            return ("own", offset)
        return (path, offset)

    def module_is(self, path, pattern):
        """Does @pattern (vdso, anon, other, or a file's name) mean @path?"""
        for name, kind in self.modules.values():
            if name == path:
                return pattern == "other" or pattern == kind \
                    or pattern == os.path.basename(path)
        return pattern == "other"

    def symbol_at(self, end):
        """Name of the exported symbol at @end of a shared library, or None."""
        path = end[0]
        if path not in self._exports:
            table = {}
            if os.path.exists(path):
                output = subprocess.run(["nm", "-D", "--defined-only", path],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        check=False, text=True).stdout
                for line in output.splitlines():
                    words = line.split()
                    if len(words) == 3:
                        table.setdefault(int(words[0], 16), words[2].split("@")[0])
            self._exports[path] = table
        return self._exports[path].get(end[1])


# ------------------------------------------------------------ the comparison

def count_agrees(wanted, found, variables):
    """Does a found count satisfy what is written: a number, *, or a variable?"""
    if wanted == "*":
        return found > 0
    if wanted.isdigit():
        return found == int(wanted)
    return found > 0 and variables.setdefault(wanted, found) == found


def compare_edges(promised, rows, symbols, profile, scope, names, any_kind=False):
    """All disagreements between promised edges and the profile's rows."""
    problems, variables = [], {}

    def in_scope(end):
        return end[0] == "own" and any(a <= end[1] < b for a, b in scope)

    remaining = {}
    for (src, dst, kind), count in rows.items():
        if kind in IGNORED_KINDS:
            if kind == "split" and src[0] == dst[0] == "own" \
                    and not 0 < dst[1] - src[1] <= MAX_INSN:
                problems.append("wrong  %s -> %s split %d: no straight line"
                                % (names.of(src), names.of(dst), count))
            continue
        if scope and not (in_scope(src) or in_scope(dst)) \
                and (src[0] == "own" or dst[0] == "own" or OUTSIDE in (src, dst)):
            continue
        key = (src, dst, "*" if any_kind else kind)
        remaining[key] = remaining.get(key, 0) + count

    def settle(edge, found, matched):
        for key in matched:
            del remaining[key]
        # A variable may turn out to be 0: then no edge that has it is there.
        absent = not edge.count.isdigit() and edge.count != "*" and not found \
            and variables.setdefault(edge.count, 0) == 0
        if not found and not absent:
            problems.append("missing  %s" % edge.line)
        elif found and not count_agrees(edge.count, found, variables):
            wanted = edge.count if edge.count.isdigit() else "%s = %s" % (
                edge.count, variables.get(edge.count, "at least 1"))
            problems.append("wrong  %s -> %s %s: %d, should be %s"
                            % (edge.src.text, edge.dst.text, edge.kind, found, wanted))

    patterns = []
    merged = {}
    for edge in promised:
        src, dst = edge.src.exact(symbols), edge.dst.exact(symbols)
        if src is None or dst is None:
            patterns.append(edge)
            continue
        kind = "*" if any_kind else edge.kind
        if any_kind and (src, dst) in merged:
            # Two promises that differ only in kind, and kinds are not known.
            other = merged[src, dst]
            other.count = str(int(other.count) + int(edge.count)) \
                if other.count.isdigit() and edge.count.isdigit() else "*"
            continue
        merged[src, dst] = Edge(edge.src, edge.dst, kind, edge.count, edge.line)
        if not any_kind:
            settle(edge, *exact_rows(remaining, src, dst, kind))
    if any_kind:
        for (src, dst), edge in merged.items():
            settle(edge, *exact_rows(remaining, src, dst, "*"))
    for edge in patterns:
        matched = [key for key in remaining
                   if (any_kind or kind_agrees(edge.kind, key[2]))
                   and edge.src.matches(key[0], symbols, profile)
                   and edge.dst.matches(key[1], symbols, profile)]
        settle(edge, sum(remaining[key] for key in matched), matched)
    for (src, dst, kind), count in sorted(remaining.items(), key=str):
        if src[0] == "own" or dst[0] == "own" or src == OUTSIDE or dst == OUTSIDE \
                or kind == "unexplained":
            problems.append("extra  %s -> %s %s %d"
                            % (names.of(src), names.of(dst), kind, count))
    return problems


def kind_agrees(wanted, found):
    return found == wanted or wanted == "*" and found != "unexplained"


def exact_rows(remaining, src, dst, kind):
    matched = [key for key in remaining
               if key[0] == src and key[1] == dst and kind_agrees(kind, key[2])]
    return sum(remaining[key] for key in matched), matched


def compare_until(promised, rows, symbols, profile):
    """Each discontinuity returned, after so many instructions; the flow engine cannot tell."""
    problems = []
    for src, dst, instructions, line in promised:
        matched = [row for row in rows if src.matches(row[0], symbols, profile)
                   and dst.matches(row[1], symbols, profile)]
        count, returned, sum_of = (sum(row[i] for row in matched) for i in (2, 3, 4))
        known = count if profile.meta.get("engine") == "edge" else 0
        if not count or returned != known or sum_of != known * instructions:
            problems.append("wrong  until: %s: %d in %d of %d" % (line, sum_of, returned, count))
    return problems


def compare_discs(promised, rows, symbols, profile, names):
    problems, variables = [], {}
    if not promised:
        return problems
    remaining = {key: n for key, n in rows.items()
                 if key[2] in DISCONTINUITY_KINDS and (key[0][0] == "own" or key[1][0] == "own")}
    for src, dst, kind, cause, count, mid, line in promised:
        matched = [key for key in remaining
                   if key[2] == kind and key[3] == cause and key[4] == mid
                   and src.matches(key[0], symbols, profile)
                   and dst.matches(key[1], symbols, profile)]
        found = sum(remaining.pop(key) for key in matched)
        if not found:
            problems.append("missing  disc: %s" % line)
        elif not count_agrees(count, found, variables):
            problems.append("wrong  disc: %s: %d" % (line, found))
    for (src, dst, kind, cause, mid), count in sorted(remaining.items(), key=str):
        problems.append("extra  disc: %s -> %s %s %s %d%s"
                        % (names.of(src), names.of(dst), kind, cause, count,
                           " mid-block" if mid else ""))
    return problems


def compare_flags(promised, flags, symbols, names, scope):
    problems = []
    wanted = {}
    for end, words in promised:
        wanted[end.exact(symbols)] = set(words)
    for end, bits in flags.items():
        if end[0] == "own" and not (scope and end not in wanted):
            found = {word for word, bit in INSN_FLAGS.items() if bits & bit}
            if found != wanted.pop(end, set()):
                problems.append("wrong  insn: %s has flags %s"
                                % (names.of(end), " ".join(sorted(found)) or "none"))
    for end, words in wanted.items():
        problems.append("missing  insn: %s %s" % (names.of(end), " ".join(sorted(words))))
    return problems


def compare_case(case, symbols, extents, profile):
    names = Names(symbols)
    scope = []
    for name in case.scope:
        if name not in extents:
            raise SpecError("scope: no function %r with a size" % name)
        scope.append(extents[name])
    first = profile.processes[0] if profile.processes else 1
    problems = compare_edges(case.edges, profile.edges.get(first, {}), symbols, profile,
                             scope, names)
    if case.child_edges and len(profile.processes) > 1:
        rows = {}
        for process in profile.processes[1:]:
            for key, count in profile.edges.get(process, {}).items():
                rows[key] = rows.get(key, 0) + count
        problems += ["in the children: " + line for line in
                     compare_edges(case.child_edges, rows, symbols, profile, scope, names)]
    problems += compare_discs(case.discs, profile.discs.get(first, {}), symbols, profile, names)
    problems += compare_until(case.until, profile.until, symbols, profile)
    problems += compare_flags(case.flags, profile.flags, symbols, names, scope)
    for end in sorted({end for rows in profile.edges.values() for key in rows
                       for end in key[:2]}):
        if profile.module_is(end[0], "vdso") and not 0 <= end[1] < MAX_VDSO:
            problems.append("no offset within the vdso: %#x" % end[1])
    meta = profile.meta
    if str(meta.get("residual")) != "0":
        problems.append("the residual is %s, not 0" % meta.get("residual"))
    if str(meta.get("complete")) != "1":
        problems.append("the profile is not complete")
    if case.exact and str(meta.get("exact")) != "1":
        problems.append("the profile is not exact: %s" % meta.get("exact_note"))
    if meta.get("isa") != case.isa:
        problems.append("the profile's isa is %s" % meta.get("isa"))
    return problems


# --------------------------------------------- the same from QEMU's own log

def rows_from_log(transitions, text, case, symbols):
    """Rows like a profile's, all of kind "*", from an execution log.

    The log tells what was executed, one instruction after the other; a
    profile tells of a signal as if the interrupted instruction were the one
    to be executed next.  With the promised signal edges at hand the log's
    view is turned into the profile's: where a handler was entered from an
    instruction that is not promised as interrupted, the promised one came in
    between.
    """
    own = set(text.insns)

    def end(pc):
        if pc is oracle.OUTSIDE:
            return OUTSIDE
        if pc in own:
            return ("own", pc)
        return ("elsewhere", pc)

    def exacts(edges, kind):
        found = {}
        for edge in edges:
            if edge.kind == kind:
                src, dst = edge.src.exact(symbols), edge.dst.exact(symbols)
                found.setdefault(dst, []).append((src, edge))
        return found

    signals = exacts(case.edges, "signal")
    returns = {(src, dst) for dst, edges in exacts(case.edges, "signal-return").items()
               for src, _ in edges}
    returns |= {(("elsewhere", pc), dst) for src, dst in returns if src is None
                for pc in {a for a, _ in transitions if a is not None and a not in own}}
    exits = {edge.src.exact(symbols) for edge in case.edges if edge.kind == "exit"}
    # (A plain instruction where a signal struck is still a plain instruction.)
    sources = {edge.src.exact(symbols) for edge in case.edges if edge.kind != "signal"}
    rows = {}

    def add(src, dst, count):
        if count:
            rows[src, dst, "*"] = rows.get((src, dst, "*"), 0) + count

    def is_edge(src, dst):
        if src == OUTSIDE or dst == OUTSIDE:
            return True
        if src[0] != "own":
            return dst[0] == "own"
        return src in sources or text.is_branch(src[1]) or dst[0] != "own" \
            or not (src == dst or text.follows(src[1], dst[1]))

    def transfer(src, dst, count):
        struck = signals.get(dst, [])
        if src == OUTSIDE or not struck or (src, dst) in returns \
                or src in [where for where, _ in struck]:
            if is_edge(src, dst) or dst in signals:
                add(src, dst, count)
        elif len(struck) == 1 and struck[0][1].src.kind != "any":
            # Frames may be stacked: this one's victim may be a handler itself.
            via = struck[0][0] or ("elsewhere", 0)
            transfer(src, via, count)
            add(via, dst, count)
        else:
            add(("elsewhere", 0), dst, count)
            rows["vague"] = True

    for (a, b), count in transitions.items():
        src, dst = end(a), end(b)
        if src in exits and dst != OUTSIDE:
            # The log numbers the vCPUs, and numbers are used again.
            add(src, OUTSIDE, count)
            add(OUTSIDE, dst, count)
        else:
            transfer(src, dst, count)
    return rows


class LogModules:
    """A stand-in for Profile where only addresses are known."""

    def module_is(self, path, pattern):
        return True

    def symbol_at(self, end):
        return None


class AnyForeign(End):
    """Foreign ends are not told apart in a log."""

    def _offset_matches(self, end, symbols, profile):
        return True


# -------------------------------------------------------------- running it

class Runner:
    def __init__(self, options):
        self.options = options
        self.print_lock = threading.Lock()

    def compile(self, case, directory):
        cc = (TOOLS[case.isa] + "gcc")
        if not shutil.which(cc):
            return None, "no compiler %s" % cc
        program = os.path.join(directory, case.name)
        flags = ["-g", "-Wall", "-I", os.path.join(HERE, "common")]
        if case.path.endswith(".c"):
            flags.append("-O1")
        jobs = []
        for output, source, *more in case.libraries:
            jobs.append([cc, "-g", "-shared", "-nostdlib", "-fPIC", "-o",
                         os.path.join(directory, output),
                         os.path.join(os.path.dirname(case.path), source)] + more)
        jobs.append([cc] + flags + ["-o", program, case.path] + case.build)
        for job in jobs:
            done = subprocess.run(job, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  check=False, text=True, cwd=directory)
            if done.returncode or done.stdout.strip():
                return None, "%s\n%s" % (" ".join(job), done.stdout)
        return program, None

    def environment(self, case):
        env = oracle.clean_environment()
        env.update(case.env)
        if case.isa in SYSROOT and "-static" not in case.build:
            env["QEMU_LD_PREFIX"] = SYSROOT[case.isa]
        for variable in ("XDG_CACHE_HOME", "QEMU_CFLOW_QEMU"):
            if variable in os.environ:
                env[variable] = os.environ[variable]
        if "HOME" in os.environ:
            env["HOME"] = os.environ["HOME"]
        # What the sanitizers write goes to standard error, not to the guest.
        return env

    def check_run(self, case, returncode, stdout):
        problems = []
        if case.exit.startswith("signal "):
            number = int(case.exit.split()[1])
            good = (-number, 128 + number)
        else:
            good = (int(case.exit),)
        if returncode not in good:
            problems.append("exit status %d, should be %s" % (returncode, case.exit))
        if case.stdout is not None and stdout.decode(errors="replace") != case.stdout:
            problems.append("printed %r, should be %r" % (stdout, case.stdout))
        return problems

    def run(self, case):
        """None if the case is skipped, else its problems."""
        if case.record and (self.options.oracle or self.options.engine != "edge"):
            return None
        directory = os.path.join(self.options.work, case.isa, case.name)
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        program, trouble = self.compile(case, directory)
        if trouble:
            return ["does not compile: " + trouble]
        symbols, extents = read_symbols(TOOLS[case.isa] + "nm", program)
        if self.options.oracle:
            return self.run_oracle(case, program, directory, symbols)
        database = os.path.join(directory, case.name + ".db")
        command = [os.path.join(self.options.build, "qemu-cflow"), "record", "--quiet",
                   "--engine", self.options.engine, "-o", database]
        if self.options.qemu_bin:
            command += ["--qemu", os.path.join(self.options.qemu_bin, "qemu-" + case.isa)]
        command += case.record + ["--", program] + case.args
        try:
            done = subprocess.run(command, input=case.stdin.encode(), cwd=directory,
                                  env=self.environment(case), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, check=False, timeout=60)
        except subprocess.TimeoutExpired:
            return ["does not end within a minute"]
        problems = self.check_run(case, done.returncode, done.stdout)
        for line in done.stderr.decode(errors="replace").splitlines()[:5]:
            if not line.startswith("qemu: uncaught target signal"):
                problems.append("stderr: " + line)
        if not os.path.exists(database):
            return problems + ["no profile was written"]
        profile = Profile(database, program)
        if self.options.engine in case.admits:
            # What this engine cannot know is missing, and the profile says so.
            if str(profile.meta.get("exact")) != "0" or not profile.meta.get("exact_note"):
                problems.append("the profile claims to be exact")
            case.exact = False
            case.edges = [e for e in case.edges if e.kind != "exit"]
            case.flags = []
        return problems + compare_case(case, symbols, extents, profile)

    def run_oracle(self, case, program, directory, symbols):
        if not case.oracle or case.scope or "-static" not in case.build:
            return None
        qemu = os.path.join(self.options.qemu_bin, "qemu-" + case.isa)
        stdin = os.path.join(directory, "stdin")
        with open(stdin, "w", encoding="utf-8") as stream:
            stream.write(case.stdin)
        with open(stdin, "rb") as stream:
            transitions, count, done = oracle.log_run(
                qemu, [program] + case.args, cwd=directory, env=self.environment(case),
                stdin=stream, timeout=60)
        problems = self.check_run(case, done.returncode, done.stdout)
        if not count:
            return problems + ["the log is empty"]
        text = oracle.Text(program, case.isa)
        rows = rows_from_log(transitions, text, case, symbols)
        vague = rows.pop("vague", False)
        for edge in case.edges:
            for end in (edge.src, edge.dst):
                if end.kind == "foreign":
                    end.__class__ = AnyForeign
        # What goes on inside other modules cannot be named from a log.
        promised = [edge for edge in case.edges
                    if not edge.src.kind == edge.dst.kind == "foreign"]
        found = compare_edges(promised, rows, symbols, LogModules(), [],
                              Names(symbols), any_kind=True)
        if vague:
            found = [p for p in found if "elsewhere" not in p and "-> *" not in p
                     and "  * ->" not in p]
        return problems + found


def find_cases(isas, wanted):
    """(cases, errors): a program under common/ stands for every ISA it lists."""
    cases, errors = [], []
    for isa in isas:
        for folder in (isa, SHARED.get(isa), "common"):
            if folder is None:
                continue
            where = os.path.join(HERE, folder)
            for name in sorted(os.listdir(where)) if os.path.isdir(where) else []:
                if not name.endswith((".S", ".c")):
                    continue
                label = isa + "/" + os.path.splitext(name)[0]
                if wanted and label not in wanted and label.split("/")[1] not in wanted:
                    continue
                try:
                    case = Case(os.path.join(where, name), isa)
                except SpecError as error:
                    errors.append((label, str(error)))
                    continue
                if case.isas is None and folder == "common":
                    errors.append((label, name + ": common programs list their ISAs"))
                elif case.isas is None or isa in case.isas:
                    cases.append((label, case))
    return cases, errors


def run_all(options):
    isas = [options.isa] if options.isa else ISAS
    cases, errors = find_cases(isas, set(options.names))
    runner = Runner(options)
    passed = failed = skipped = 0
    for label, error in errors:
        print("FAIL %s\n    %s" % (label, error))
        failed += 1
    unknown = set(options.names) - {x for label, _ in cases for x in (label, label.split("/")[1])}
    for name in sorted(unknown) if not errors else []:
        print("FAIL %s\n    no such program" % name)
        failed += 1

    def one(item):
        try:
            return item[0], runner.run(item[1])
        except (SpecError, oracle.Trouble, subprocess.SubprocessError, sqlite3.Error, OSError,
                KeyError) as error:
            return item[0], ["%s: %s" % (type(error).__name__, error)]

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for label, problems in pool.map(one, cases):
            if problems is None:
                skipped += 1
            elif problems:
                failed += 1
                print("FAIL %s" % label)
                for line in problems[:options.limit]:
                    print("    " + line.replace("\n", "\n    "))
                if len(problems) > options.limit:
                    print("    ... and %d more" % (len(problems) - options.limit))
            else:
                passed += 1
                print("PASS %s" % label)
            sys.stdout.flush()
    if skipped:
        print("%d skipped" % skipped)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


# ------------------------------------------------------------- the self-test

SELF_TEST = """
/*
 * edge: outside -> _start entry 1
 * edge: loop_end -> loop taken 9
 * edge: loop_end -> after not-taken 1
 * edge: after -> vdso!* call 2
 * edge: done -> outside exit 1
 * edge: * -> handler signal N
 * edge: restorer+2 -> * signal-return N
 * edge@arm: loop_end -> after taken 77
 * disc: loop -> handler signal SIGALRM 3
 * insn: loop left-mid-block
 */
"""


def self_test():
    """The comparison must see an edge that is wrong, missing or too many."""
    symbols = {"_start": 0x100, "loop": 0x104, "loop_end": 0x108, "after": 0x10a,
               "done": 0x110, "handler": 0x120, "restorer": 0x130}
    schema = """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value);
        CREATE TABLE kind(id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE process(id INTEGER PRIMARY KEY);
        CREATE TABLE module(id INTEGER PRIMARY KEY, path, build_id, kind);
        CREATE TABLE insn(module, offset, flags);
        CREATE TABLE edge(process, src_module, src, dst_module, dst, kind, count);
        CREATE TABLE discontinuity(process, vcpu, kind, cause, src_module, src,
                                   dst_module, dst, mid_block, count,
                                   returned DEFAULT 0, instructions DEFAULT 0);
        INSERT INTO meta VALUES('residual', 0), ('complete', 1), ('exact', 1),
                               ('isa', 'x86_64');
        INSERT INTO process VALUES(1);
        INSERT INTO module VALUES(0, '[outside]', NULL, 'outside'),
                                 (1, '/nonexistent/prog', NULL, 'elf'),
                                 (2, '[vdso]', NULL, 'vdso');
        INSERT INTO insn VALUES(1, 0x104, 2), (1, 0x108, 1);
        INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 0, 0, 1, 0x100, 14, 1), (1, 1, 0x108, 1, 0x104, 1, 9),
            (1, 1, 0x108, 1, 0x10a, 2, 1), (1, 1, 0x10a, 2, 0x700, 4, 2),
            (1, 1, 0x110, 0, 0, 15, 1), (1, 1, 0x104, 1, 0x120, 12, 2),
            (1, 1, 0x108, 1, 0x120, 12, 1), (1, 1, 0x132, 1, 0x104, 13, 3),
            (1, 1, 0x10a, 1, 0x10c, 9, 5), (1, 2, 0x700, 2, 0x710, 1, 1),
            (1, 1, 0x104, 1, 0x104, 16, 1);
        INSERT INTO discontinuity(process,vcpu,kind,cause,src_module,src,dst_module,dst,mid_block,count) VALUES(1, 0, 12, 'SIGALRM', 1, 0x104, 1, 0x120, 0, 2),
                                        (1, 1, 12, 'SIGALRM', 1, 0x104, 1, 0x120, 0, 1);
    """
    # What is done to the profile, and what must then be said.
    trials = [
        ("", []),
        ("UPDATE edge SET count = 8 WHERE kind = 1 AND src_module = 1",
         ["wrong  loop_end -> loop taken: 8, should be 9"]),
        ("DELETE FROM edge WHERE kind = 2", ["missing  loop_end -> after not-taken 1"]),
        ("UPDATE edge SET kind = 3 WHERE kind = 2",
         ["missing  loop_end -> after not-taken 1", "extra  loop_end -> after jump 1"]),
        ("INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, 0x10a, 1, 0x110, 3, 4)",
         ["extra  after -> done jump 4"]),
        ("UPDATE edge SET kind = 17 WHERE kind = 14",
         ["missing  outside -> _start entry 1", "extra  outside -> _start unexplained 1"]),
        ("INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, 0x10a, 2, 0x720, 17, 4)",
         ["extra  after -> [vdso]!+0x720 unexplained 4"]),
        ("INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 2, 0x710, 2, 0x720, 17, 4)",
         ["extra  [vdso]!+0x710 -> [vdso]!+0x720 unexplained 4"]),
        ("UPDATE edge SET dst = 0x710 WHERE kind = 4", []),
        ("UPDATE edge SET count = 3 WHERE kind = 4",
         ["wrong  after -> vdso!* call: 3, should be 2"]),
        ("UPDATE edge SET count = 4 WHERE kind = 13",
         ["wrong  restorer+2 -> * signal-return: 4, should be N = 3"]),
        ("UPDATE edge SET dst = 0x120 WHERE kind = 9",
         ["wrong  after -> handler split 5: no straight line"]),
        ("UPDATE discontinuity SET mid_block = 1",
         ["missing  disc: loop -> handler signal SIGALRM 3",
          "extra  disc: loop -> handler signal SIGALRM 3 mid-block"]),
        ("UPDATE discontinuity SET count = 2 WHERE vcpu = 1",
         ["wrong  disc: loop -> handler signal SIGALRM 3: 4"]),
        ("UPDATE insn SET flags = 4 WHERE offset = 0x104",
         ["wrong  insn: loop has flags bytes-changed"]),
        ("UPDATE insn SET flags = 3 WHERE offset = 0x108",
         ["wrong  insn: loop_end has flags left-mid-block"]),
        ("DELETE FROM insn", ["missing  insn: loop left-mid-block"]),
        ("UPDATE meta SET value = 5 WHERE key = 'residual'", ["the residual is 5, not 0"]),
    ]
    import tempfile
    bad = 0
    with tempfile.TemporaryDirectory() as work:
        for number, (change, wanted) in enumerate(trials):
            path = os.path.join(work, "%d.db" % number)
            db = sqlite3.connect(path)
            db.executescript(schema)
            db.executemany("INSERT INTO kind VALUES(?, ?)", list(enumerate(KINDS)))
            db.executescript(change)
            db.commit()
            db.close()
            case = Case("self-test.S", "x86_64", SELF_TEST)
            found = compare_case(case, symbols, {}, Profile(path, "/nonexistent/prog"))
            if found != wanted:
                bad += 1
                print("FAIL after %r:\n    found  %s\n    wanted %s"
                      % (change, found, wanted))
    refused = ["edge: a -> b taken", "edge: a -> b sideways 1", "edge: a -> b taken 0",
               "edge: a b taken 1", "insn: a shiny", "disc: a -> b signal 1", "args: x",
               "edge: a -> b taken 1\n# edge: a -> b taken 1", "edge: 1a -> b taken 1"]
    for text in refused:
        try:
            Case("self-test.S", "x86_64", "# " + text)
        except SpecError:
            continue
        bad += 1
        print("FAIL accepted %r" % text)
    print("self-test: %d passed, %d failed" % (len(trials) + len(refused) - bad, bad))
    return 1 if bad else 0


def main():
    parser = argparse.ArgumentParser(
        description="Record the guest programs and compare with their promised edges.")
    parser.add_argument("--build", help="directory that holds qemu-cflow and libcflow.so")
    parser.add_argument("--work", help="directory for programs and profiles")
    parser.add_argument("--qemu-bin", help="directory of the user-mode QEMU binaries")
    parser.add_argument("--engine", default="edge", help="edge or flow (default: edge)")
    parser.add_argument("--isa", choices=ISAS, help="only this instruction set")
    parser.add_argument("--jobs", type=int, default=2, help=argparse.SUPPRESS)
    parser.add_argument("--limit", type=int, default=30, help=argparse.SUPPRESS)
    parser.add_argument("--self-test", action="store_true", help="test the comparison itself")
    # Checks the promises, without kinds, against QEMU's execution log.
    parser.add_argument("--oracle", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", metavar="NAME", help="programs: loop, arm/loop")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    if not options.work or not (options.build or options.oracle):
        parser.error("--build and --work are needed")
    if options.oracle and not options.qemu_bin:
        parser.error("--oracle needs --qemu-bin")
    for name in ("build", "work", "qemu_bin"):
        if getattr(options, name):
            setattr(options, name, os.path.abspath(getattr(options, name)))
    return run_all(options)


if __name__ == "__main__":
    sys.exit(main())
