#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Bare-metal guests that count their own events, recorded and compared.

A guest prints lines "@NAME NUMBER".  Directives in its source say what rows of
the profile that number must be the sum of (tests/system/README.md).
"""
import argparse
import fnmatch
import json
import pathlib
import re
import shlex
import sqlite3
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
COMPILERS = {
    "riscv64": ["riscv64-linux-gnu-gcc", "-march=rv64imac_zicsr_zifencei", "-mabi=lp64",
                "-mcmodel=medany"],
    "x86_64": ["gcc", "-m64", "-mno-red-zone", "-mgeneral-regs-only", "-mcmodel=small",
               "-fcf-protection=none", "-Wl,-z,max-page-size=4096"],
    "aarch64": ["aarch64-linux-gnu-gcc", "-mgeneral-regs-only", "-mstrict-align",
                "-mno-outline-atomics"],
    "arm": ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb"],
    "arm-a": ["arm-none-eabi-gcc", "-mcpu=cortex-a15", "-marm", "-mno-unaligned-access",
              "-mgeneral-regs-only"],
}
COMMON = ["-O1", "-g", "-ffreestanding", "-fno-pic", "-fno-stack-protector", "-no-pie", "-static",
          "-nostdlib", "-Wall", "-Werror", "-fno-asynchronous-unwind-tables",
          "-Wl,--build-id=sha1", "-I", str(HERE / "common")]


class Failure(Exception):
    pass


def directives(source):
    found = {}
    for line in source.read_text().splitlines():
        m = re.match(r"\s*\*?\s*(disc|edge|flow|until|privilege|line|machine|build|refused|timeout|unexplained|not-on|same): ?(.*)", line)
        if m:
            found.setdefault(m.group(1), []).append(m.group(2).strip())
    return found


def build(isa, source, work, given):
    elf = work / (source.stem + ".elf")
    folder = HERE / isa
    command = COMPILERS[isa] + COMMON + ["-T", str(folder / "link.ld"), "-o", str(elf),
                                         str(folder / "start.S"), str(source)]
    command += shlex.split(" ".join(given.get("build", [])))
    r = subprocess.run(command, capture_output=True, text=True)
    if r.returncode:
        raise Failure("does not compile:\n" + r.stderr)
    return elf


def symbols(elf, isa):
    tool = COMPILERS[isa][0].replace("gcc", "nm")
    out = subprocess.run([tool, str(elf)], capture_output=True, text=True, check=True).stdout
    table = {}
    for line in out.splitlines():
        parts = line.split()
        if len(parts) == 3:
            table[parts[2]] = int(parts[0], 16)
    return table


def record(args, isa, elf, db, given):
    db.unlink(missing_ok=True)
    emulator = str(pathlib.Path(args.qemu_bin) / ("qemu-system-" + isa.split("-")[0]))
    machine = " ".join(given.get("machine", [])).replace("$ELF", str(elf))
    command = [str(pathlib.Path(args.build) / "qemu-cflow"), "record", "-o", str(db), "--engine",
               args.engine, "--", emulator,
               "-display", "none", "-monitor", "none", "-serial", "stdio", "-nic", "none"]
    p = subprocess.Popen(command + shlex.split(machine), stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                         errors="replace")
    try:
        out, err = p.communicate(timeout=int(given.get("timeout", ["120"])[0]))
    except subprocess.TimeoutExpired:
        p.terminate()  # passed on to QEMU
        out, err = p.communicate()
        raise Failure("it did not end in time:\n" + out[-1000:] + err[-1000:])
    return subprocess.CompletedProcess(command, p.returncode, out, err)


class Profile:
    def __init__(self, path, elf, names):
        self.db = sqlite3.connect(path)
        self.names = names
        self.meta = dict(self.db.execute("SELECT key, value FROM meta"))
        self.modules = {i: p for i, p in self.db.execute("SELECT id, path FROM module")}
        self.kinds = {i: n for i, n in self.db.execute("SELECT id, name FROM kind")}
        self.elf = str(elf)

    def disc(self):
        for row in self.db.execute("SELECT kind, cause, src_module, src, dst_module, dst, mid_block,"
                                   " count, vcpu FROM discontinuity"):
            yield (self.kinds[row[0]], row[1], self.place(row[2], row[3]),
                   self.place(row[4], row[5]), row[7])

    def edges(self):
        for row in self.db.execute("SELECT kind, src_module, src, dst_module, dst, count FROM edge"):
            yield (self.kinds[row[0]], None, self.place(row[1], row[2]),
                   self.place(row[3], row[4]), row[5])

    def of_privilege(self, level):
        return self.db.execute(
            "SELECT ifnull(sum(e.count), 0) FROM edge e JOIN privilege p ON p.id = e.privilege "
            "JOIN kind k ON k.id = e.kind WHERE p.name = ? AND k.name NOT IN ('split', 'retry')",
            (level,)).fetchone()[0]

    def place(self, module, address):
        return (self.modules[module], address & (1 << 64) - 1)

    def matches(self, pattern, place):
        """*, outside, a symbol, symbol+N, symbol..symbol (a range)."""
        if pattern == "*":
            return True
        if pattern == "outside":
            return place[0] == "[outside]"
        if place[0] == "[outside]":
            return False
        if "/" in pattern:
            module, pattern = pattern.split("/")
            if place[0] != module:
                return False
        if ".." in pattern:
            low, high = pattern.split("..")
            return self.value(low) <= place[1] < self.value(high)
        return place[1] == self.value(pattern)

    def is_ours(self, place):
        """Firmware that runs before the guest has interrupts of its own."""
        return "start_of_guest" not in self.names or place[0] == self.elf

    def value(self, text):
        name, _, plus = text.partition("+")
        if name not in self.names:
            raise Failure("no symbol %s" % name)
        return self.names[name] + (int(plus, 0) if plus else 0)


RULE = re.compile(r'(?P<name>[\w+-]+|\*) = (?P<kind>[\w-]+)(?: "(?P<cause>[^"]*)")?'
                  r'(?: (?P<src>\S+) -> (?P<dst>\S+))?$')


def compare(profile, said, given, out):
    problems = []
    expected = {}
    for table, rows in (("disc", list(profile.disc())), ("edge", list(profile.edges()))):
        taken = set()
        sums = {}
        for text in given.get(table, []):
            rule = RULE.match(text)
            if not rule:
                raise Failure("cannot read the directive '%s: %s'" % (table, text))
            total = 0
            for i, (kind, cause, src, dst, count) in enumerate(rows):
                if (kind == rule["kind"] and (table == "edge" or i not in taken) and
                        (not rule["cause"] or fnmatch.fnmatchcase(cause, rule["cause"])) and
                        profile.matches(rule["src"] or "*", src) and
                        profile.matches(rule["dst"] or "*", dst)):
                    total += count
                    taken.add(i)
            sums[rule["name"]] = sums.get(rule["name"], 0) + total
        for name, total in sums.items():
            if name == "*":
                continue
            parts = name.split("+")
            missing = [part for part in parts if part not in said]
            if missing:
                problems.append("the guest did not print @%s" % missing[0])
                continue
            counted = sum(said[part] for part in parts)
            out.append("    %-22s guest %8d   profile %8d" % (name, counted, total))
            if counted != total:
                problems.append("%s: the guest counted %d, the profile has %d" %
                                (name, counted, total))
            expected.update((part, total) for part in parts)
        expected.update(sums)
    for text in given.get("until", []):
        rule = RULE.match(text)
        problems += compare_until(profile, said, rule, out)
        expected[rule["name"]] = None
    for text in given.get("privilege", []):
        name, level = text.split(" = ")
        total = profile.of_privilege(level)
        expected[name] = total
        out.append("    %-22s guest %8d   profile %8d" % (name, said.get(name, -1), total))
        if said.get(name) != total:
            problems.append("%s: the guest counted %s, the profile has %d" %
                            (name, said.get(name), total))
        if table == "disc":
            for i, row in enumerate(rows):
                if i not in taken and row[0] != "exit" and profile.is_ours(row[3]):
                    problems.append("a row that nobody expects: %s '%s' %s+0x%x -> %s+0x%x, %d" %
                                    (row[0], row[1], *row[2], *row[3], row[4]))
    for name in said:
        if name not in expected:
            problems.append("the guest counted @%s and no directive asks for it" % name)
    unexplained = int(given.get("unexplained", ["0"])[0])
    for key, want in (("exact", int(not unexplained)), ("residual", 0),
                      ("unexplained", unexplained), ("complete", 1)):
        if profile.meta[key] != want:
            problems.append("meta.%s is %s (%s)" % (key, profile.meta[key],
                                                    profile.meta["exact_note"]))
    return problems


def compare_until(profile, said, rule, out):
    """Instructions until control came back: all times alike, or (0) never."""
    count = returned = instructions = 0
    for row in profile.db.execute("SELECT kind, cause, src_module, src, dst_module, dst, count,"
                                  " returned, instructions FROM discontinuity"):
        if (profile.kinds[row[0]] == rule["kind"] and fnmatch.fnmatchcase(row[1], rule["cause"]) and
                profile.matches(rule["src"], profile.place(row[2], row[3])) and
                profile.matches(rule["dst"], profile.place(row[4], row[5]))):
            count += row[6]
            returned += row[7]
            instructions += row[8]
    want = said.get(rule["name"], -1)
    out.append("    %-22s guest %8d   profile %8d in %d of %d" %
               (rule["name"], want, instructions, returned, count))
    known = want != 0 and profile.meta["engine"] == "edge"
    if count == 0 or returned != (count if known else 0) or instructions != returned * want:
        return ["%s: the guest says %d instructions, the profile %d in %d of %d" %
                (rule["name"], want, instructions, returned, count)]
    return []


def compare_lines(args, source, db, said, given, out):
    """The counts of source lines, and that coverage knows where each block was left."""
    command = [str(pathlib.Path(args.build) / "qemu-cflow"), "coverage", "-i", str(db), "-f", "json"]
    result = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    lines = next(f["lines"] for f in result["files"] if f["file"].endswith("/" + source.name))
    counts = {line["line"]: line["count"] for line in lines}
    text = source.read_text().splitlines()
    problems = []
    for rule in given["line"]:
        name, _, part = rule.partition(" = ")
        numbers = [n for n, t in enumerate(text, 1) if part in t and not t.startswith(" *")]
        if len(numbers) != 1:
            raise Failure("'%s' is in %d lines" % (part, len(numbers)))
        total = counts.get(numbers[0], 0)
        out.append("    %-22s guest %8d   line %11d" % (name, said[name], total))
        if total != said[name]:
            problems.append("line %d, '%s': the guest counted %d, coverage has %d" %
                            (numbers[0], part, said[name], total))
    if result["coverage"]["unplaced"]:
        problems.append("coverage has %d blocks that were left at an unknown place" %
                        result["coverage"]["unplaced"])
    return problems


def run_one(args, isa, source):
    given = directives(source)
    flow = given.pop("flow", None)
    work = pathlib.Path(args.work) / isa
    work.mkdir(parents=True, exist_ok=True)
    elf = build(isa, source, work, given)
    db = work / (source.stem + ".db")
    result = record(args, isa, elf, db, given)
    (work / (source.stem + ".out")).write_text(result.stdout + result.stderr)
    if "refused" in given:
        if given["refused"][0] not in result.stderr or db.exists():
            raise Failure("expected to be refused with '%s', got:\n%s" %
                          (given["refused"][0], result.stderr))
        return ["    " + given["refused"][0]], []
    said = {m.group(1): int(m.group(2)) for m in re.finditer(r"@([\w-]+) (\d+)", result.stdout)}
    if not said or "@done" not in result.stdout or not db.exists():
        raise Failure("the guest did not finish:\n" + result.stdout[-2000:] + result.stderr[-2000:])
    said.pop("done", None)
    out = []
    profile = Profile(db, elf, symbols(elf, isa))
    if flow and profile.meta["engine"] == "flow":
        given["edge"] = flow
    problems = compare(profile, said, given, out)
    if "line" in given:
        problems += compare_lines(args, source, db, said, given, out)
    return out, problems


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", required=True)
    p.add_argument("--qemu-bin", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--isa")
    p.add_argument("--engine", default="auto")
    p.add_argument("guests", nargs="*")
    args = p.parse_args()
    failed = passed = 0
    for isa in COMPILERS:
        if args.isa and args.isa != isa:
            continue
        for source in sorted((HERE / isa).glob("*.c")):
            if args.guests and source.stem not in args.guests:
                continue
            name = "%s/%s" % (isa, source.stem)
            try:
                out, problems = run_one(args, isa, source)
            except Failure as e:
                out, problems = [], [str(e)]
            print("\n".join(out))
            for text in problems:
                print("    " + text.replace("\n", "\n    "))
            print("%s %s" % ("FAIL" if problems else "PASS", name), flush=True)
            failed += bool(problems)
            passed += not problems
    print("%d passed, %d failed" % (passed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
