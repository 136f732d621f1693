#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The oracle that is not ours: a profile against QEMU's own execution log.

QEMU, told to translate one instruction at a time and to log every block that
it executes (-one-insn-per-tb -d exec,nochain), names each instruction that
the guest runs, in order.  From that follows how often control went from any
instruction to any other, without a plugin, a decoder or an engine of ours.
This program runs a static program both ways and compares:

- for every source of an edge in the profile, all its out-edges, with their
  counts, are what the log says;
- every transition in the log that is not to the textually next instruction
  (sizes come from objdump), and every one from what objdump calls a branch, is
  an edge of the profile;
- every "split" row of the profile joins an instruction to its textual
  successor.

Usage: oracle.py --build DIR --qemu QEMU [--engine edge|flow] -- PROG ARGS...
       oracle.py --qemu QEMU --profile FILE.db -- PROG ARGS...
       oracle.py --qemu QEMU --log-only -- PROG ARGS...
       oracle.py --self-test

--profile compares with a profile that exists already; --log-only records
nothing and checks the log against objdump: whatever is not followed by the
next instruction must be a branch by its mnemonic.

Two separate runs are compared, so the program must not depend on its process
id, the time or random numbers.  Address-space layout is switched off and
QEMU's random seed is fixed.  Exit status: 0 equal, 1 different, 2 trouble.
"""
import argparse
import collections
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading

OUTSIDE = None              # where entries come from and exits go

OBJDUMP = {
    "x86_64": "objdump", "i386": "objdump",
    "aarch64": "aarch64-linux-gnu-objdump",
    "arm": "arm-linux-gnueabihf-objdump",
    "riscv64": "riscv64-linux-gnu-objdump",
}

# Mnemonics after which control may go elsewhere, per instruction set.  A
# pattern is matched against "mnemonic operands".
_X86 = r"((bnd|notrack|repn?z?|addr32|data16|[c-gs]s|rex\S*)\s+)*(j|call|l?ret|loop|syscall|sysenter|int\b|iret|ljmp)"
_ARM_COND = r"(eq|ne|cs|cc|hs|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al)?"
BRANCH = {
    "x86_64": re.compile(_X86),
    "i386": re.compile(_X86),
    "aarch64": re.compile(r"((b|bl|br|blr|ret)(a[ab]z?)?|cbn?z|tbn?z|svc)\b"),
    "arm": re.compile(
        r"(b|bl|blx|bx|bxj|svc|cbn?z|tbb|tbh)" + _ARM_COND + r"(\.[nw])?\s"
        r"|(pop|ldm\w*)\S*\s.*\bpc\b.*\}"
        r"|(ldr|mov|movs|add|sub|and|orr|eor|bic|mvn|rsb)" + _ARM_COND
        + r"(\.[nw])?\s+pc,"),
    "riscv64": re.compile(
        r"(c\.)?(b(eq|ne|lt|ge|gt|le)\w*|j|jal|jr|jalr|ret|call|tail|ecall)\b"),
}


class Trouble(Exception):
    """The comparison cannot be made."""


# ---------------------------------------------------------------- the log

def count_transitions(stream):
    """Reads QEMU's execution log: {(from, to): count}, addresses as ints.

    Every vCPU's first instruction comes from OUTSIDE, its last goes there.
    """
    counts = collections.defaultdict(int)
    last = {}
    before = {}
    instructions = 0
    for line in stream:
        if line.startswith(b"Trace "):
            # Trace CPU: HOST-ADDRESS [CS-BASE/PC/FLAGS/CFLAGS] SYMBOL
            slash = line.index(b"/")
            pc = line[slash + 1:slash + 17]
            cpu = line[6:line.index(b":")]
            previous = last.get(cpu)
            counts[previous, pc] += 1
            before[cpu] = previous
            last[cpu] = pc
            instructions += 1
        elif line.startswith(b"Stopped execution"):
            # The block just announced did not run after all.
            pc = line[line.index(b"[") + 1:line.index(b"]")]
            for cpu, at in last.items():
                if at == pc:
                    counts[before[cpu], pc] -= 1
                    last[cpu] = before[cpu]
                    instructions -= 1
                    break
    for pc in last.values():
        counts[pc, None] += 1
    number = {None: OUTSIDE}
    result = collections.Counter()
    for (a, b), n in counts.items():
        if n:
            for pc in (a, b):
                if pc not in number:
                    number[pc] = int(pc, 16)
            result[number[a], number[b]] = n
    return result, instructions


def log_run(qemu, command, cwd=None, env=None, stdin=subprocess.DEVNULL, timeout=300):
    """Runs @command one instruction at a time: (transitions, instructions, process).

    The log is read through a FIFO while it is written: it is far too large
    to keep.
    """
    with tempfile.TemporaryDirectory(prefix="cflow-oracle-") as directory:
        fifo = os.path.join(directory, "log")
        os.mkfifo(fifo)
        box = {}

        def reader():
            with open(fifo, "rb", buffering=1 << 20) as stream:
                box["result"] = count_transitions(stream)

        thread = threading.Thread(target=reader)
        thread.start()
        # A writer of our own keeps the reader from waiting for ever, or from
        # seeing an early end of file, should QEMU not start.
        keep = os.open(fifo, os.O_WRONLY)
        try:
            done = subprocess.run(
                ["setarch", "-R", qemu, "-one-insn-per-tb", "-d", "exec,nochain",
                 "-D", fifo] + command,
                cwd=cwd, env=env, stdin=stdin, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, timeout=timeout, check=False)
        finally:
            os.close(keep)
            thread.join()
        return box["result"][0], box["result"][1], done


# ------------------------------------------------------------- objdump

class Text:
    """What objdump says of a program: sizes and mnemonics."""

    _line = re.compile(r"^\s*([0-9a-f]+):\t((?:[0-9a-f]{2,8} )+)\s*(?:\t(.*))?$")

    def __init__(self, path, isa):
        self.path, self.isa = path, isa
        self.insns = {}
        self._read([])

    def _read(self, options):
        output = subprocess.run(
            [OBJDUMP[self.isa], "-d", "-w", "-z"] + options + [self.path],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True,
            errors="replace").stdout
        found = 0
        for line in output.splitlines():
            match = self._line.match(line)
            if match:
                address = int(match.group(1), 16)
                size = sum(len(word) for word in match.group(2).split()) // 2
                text = re.sub(r"\s+", " ", match.group(3) or "").strip()
                self.insns.setdefault(address, (size, text))
                found += 1
        return found

    def at(self, address):
        """(size, text) of the instruction at @address, or None."""
        if address not in self.insns:
            # objdump's sweep went through data and lost step: start it here.
            self._read(["--start-address=%#x" % address,
                        "--stop-address=%#x" % (address + 16)])
        return self.insns.get(address)

    def is_branch(self, address):
        insn = self.at(address)
        return bool(insn and BRANCH[self.isa].match(insn[1] + " "))

    def follows(self, a, b):
        """Is b the instruction after a in memory?"""
        insn = self.at(a)
        if insn is None:        # not in the file: the vdso and the like
            return 0 < b - a <= 15
        return b == a + insn[0]

    def show(self, address):
        if address is OUTSIDE:
            return "outside"
        insn = self.insns.get(address)
        return "%#x {%s}" % (address, insn[1] if insn else "?")


# ------------------------------------------------------------ the profile

def read_profile(path):
    """The rows of process 1: ({(src, dst): count}, {(src, dst): count} of the
    splits, set of kinds, meta), addresses as the guest saw them."""
    db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    meta = dict(db.execute("SELECT key, value FROM meta"))
    bias = dict(db.execute("SELECT module, bias FROM mapping WHERE process = 1"))
    kinds = dict(db.execute("SELECT id, name FROM kind"))
    edges, cuts, seen = collections.Counter(), collections.Counter(), set()

    def address(module, offset):
        if module == 0:
            return OUTSIDE
        return (offset + bias.get(module, 0)) & 0xffffffffffffffff

    for sm, s, dm, d, kind, n in db.execute(
            "SELECT src_module, src, dst_module, dst, kind, count FROM edge"
            " WHERE process = 1"):
        where = cuts if kinds[kind] in ("split", "retry") else edges
        if kinds[kind] != "retry":
            where[address(sm, s), address(dm, d)] += n
        seen.add(kinds[kind])
    others = db.execute("SELECT count(*) FROM process WHERE id != 1").fetchone()[0]
    db.close()
    if others:
        print("note: %d more processes in the profile, not compared" % others)
    return edges, cuts, seen, meta


def compare(transitions, edges, cuts, text):
    """All differences, as lines, and the number of edges and transfers compared."""
    problems = []
    sources = {a for a, _ in edges}
    wanted = collections.Counter()
    retries = 0
    for (a, b), n in transitions.items():
        if a in sources:
            if a == b and (a, b) not in edges and not text.is_branch(a):
                retries += n        # QEMU began the instruction again
                continue
            wanted[a, b] = n
        elif a is OUTSIDE or b is OUTSIDE:
            wanted[a, b] = n
        elif a == b and not text.is_branch(a):
            retries += n
        elif not text.follows(a, b) or text.is_branch(a):
            wanted[a, b] = n
    for key in sorted(set(wanted) | set(edges),
                      key=lambda k: tuple(-1 if x is OUTSIDE else x for x in k)):
        ours, theirs = edges.get(key, 0), wanted.get(key, 0)
        if ours != theirs:
            problems.append("%s -> %s: profile %d, log %d"
                            % (text.show(key[0]), text.show(key[1]), ours, theirs))
    for (a, b) in cuts:
        if a is OUTSIDE or b is OUTSIDE or not text.follows(a, b):
            problems.append("%s -> %s: called a split, but is no straight line"
                            % (text.show(a), text.show(b)))
    return problems, len(wanted), sum(wanted.values())


class SelfTestText:
    """A program of two-byte instructions, of which 0x104 is a branch."""

    insns = {pc: (2, "branch" if pc == 0x104 else "plain") for pc in range(0x100, 0x110, 2)}
    at = insns.get

    def is_branch(self, address):
        return address == 0x104

    def follows(self, a, b):
        return b == a + 2

    show = Text.show


def self_test():
    """The log is read right, and each kind of difference is seen."""
    log = b"".join(
        b"Trace 0: 0x7f0000000000 [00000000/%016x/00000000/00000201] \n" % pc
        for pc in (0x100, 0x102, 0x104, 0x102, 0x102, 0x104, 0x106))
    log += b"Trace 1: 0x7f0000000000 [00000000/%016x/00000000/00000201] f\n" % 0x106
    log += b"Trace 0: 0x7f0000000000 [00000000/%016x/00000000/00000201] \n" % 0x100
    log += b"Stopped execution of TB chain before 0x7f0000000000 [%016x] \n" % 0x100
    transitions, count = count_transitions(log.splitlines(True))
    right = {(OUTSIDE, 0x100): 1, (0x104, 0x102): 1, (0x104, 0x106): 1,
             (0x106, OUTSIDE): 2, (OUTSIDE, 0x106): 1}
    bad = 0
    if count != 8:
        bad += 1
        print("FAIL: %d instructions read, not 8" % count)

    def trial(what, change, cuts, wanted):
        nonlocal bad
        edges = collections.Counter(right)
        edges.update(change)
        edges = collections.Counter({key: n for key, n in edges.items() if n})
        found = compare(transitions, edges, cuts, SelfTestText())[0]
        if found != wanted:
            bad += 1
            print("FAIL %s: %r, not %r" % (what, found, wanted))

    trial("equal", {}, {(0x100, 0x102): 1}, [])
    trial("wrong", {(0x104, 0x102): 1}, {},
          ["0x104 {branch} -> 0x102 {plain}: profile 2, log 1"])
    trial("missing", {(0x104, 0x106): -1}, {},
          ["0x104 {branch} -> 0x106 {plain}: profile 0, log 1"])
    trial("missing source", {(0x104, 0x106): -1, (0x104, 0x102): -1}, {},
          ["0x104 {branch} -> 0x102 {plain}: profile 0, log 1",
           "0x104 {branch} -> 0x106 {plain}: profile 0, log 1"])
    trial("extra", {(0x104, 0x10a): 1}, {},
          ["0x104 {branch} -> 0x10a {plain}: profile 1, log 0"])
    trial("extra source", {(0x102, 0x10a): 3}, {},
          ["0x102 {plain} -> 0x104 {branch}: profile 0, log 2",
           "0x102 {plain} -> 0x10a {plain}: profile 3, log 0"])
    trial("no exit", {(0x106, OUTSIDE): -1}, {},
          ["0x106 {plain} -> outside: profile 1, log 2"])
    trial("false split", {}, {(0x102, 0x108): 1},
          ["0x102 {plain} -> 0x108 {plain}: called a split, but is no straight line"])
    print("self-test: %d passed, %d failed" % (9 - bad, bad))
    return 1 if bad else 0


def isa_of(qemu):
    name = os.path.basename(qemu)
    isa = name[len("qemu-"):] if name.startswith("qemu-") else ""
    if isa not in OBJDUMP:
        raise Trouble("%s: cannot tell the instruction set from the name" % qemu)
    return isa


def clean_environment():
    return {"PATH": "/usr/bin:/bin", "HOME": "/", "LC_ALL": "C",
            "QEMU_RAND_SEED": "1"}


def main():
    parser = argparse.ArgumentParser(
        description="Compare a profile with QEMU's own execution log.")
    parser.add_argument("--build", help="directory that holds qemu-cflow and libcflow.so")
    parser.add_argument("--qemu", help="user-mode QEMU with plugin support")
    parser.add_argument("--engine", default="edge", help="engine to record with")
    parser.add_argument("--profile", help="compare with this profile, record nothing")
    parser.add_argument("--log-only", action="store_true",
                        help="check the log against objdump, use no profile")
    parser.add_argument("--stdin", default=os.devnull, help="the program's input")
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--limit", type=int, default=40, help="differences to print")
    parser.add_argument("--self-test", action="store_true", help="test the comparison itself")
    parser.add_argument("command", nargs="*", metavar="PROG ARGS")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    if not options.qemu or not options.command:
        parser.error("--qemu and a program are needed")
    isa = isa_of(options.qemu)
    command = list(options.command)
    found = shutil.which(command[0])
    if not found:
        raise Trouble("%s: not found" % command[0])
    command[0] = os.path.realpath(found)
    text = Text(command[0], isa)
    environment = clean_environment()

    recorded = None
    with tempfile.TemporaryDirectory(prefix="cflow-oracle-") as work:
        profile = options.profile
        if not profile and not options.log_only:
            if not options.build:
                raise Trouble("need --build, --profile or --log-only")
            profile = os.path.join(work, "oracle.db")
            with open(options.stdin, "rb") as stdin:
                recorded = subprocess.run(
                    ["setarch", "-R", os.path.join(options.build, "qemu-cflow"), "record",
                     "--qemu", options.qemu, "--engine", options.engine, "-o", profile,
                     "--"] + command, env=environment, stdin=stdin,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    timeout=options.timeout, check=False)
            if not os.path.exists(profile):
                raise Trouble("no profile was written:\n"
                              + recorded.stderr.decode(errors="replace"))
        with open(options.stdin, "rb") as stdin:
            transitions, count, logged = log_run(options.qemu, command, env=environment,
                                                 stdin=stdin, timeout=options.timeout)
        if not count:
            raise Trouble("the log is empty:\n" + logged.stderr.decode(errors="replace"))
        if recorded and (recorded.returncode != logged.returncode
                         or recorded.stdout != logged.stdout):
            print("the recorded and the logged run differ: exit status %d and %d,"
                  " %d and %d bytes of output"
                  % (recorded.returncode, logged.returncode,
                     len(recorded.stdout), len(logged.stdout)))
            return 1
        if options.log_only:
            strange = []
            transfers = 0
            for (a, b), n in sorted(transitions.items(), key=str):
                if a is OUTSIDE or b is OUTSIDE or a == b or text.follows(a, b):
                    continue
                transfers += n
                if text.at(a) and not text.is_branch(a):
                    strange.append((a, b, n))
            for a, b, n in strange:
                print("%s -> %s: %d times, and no branch"
                      % (text.show(a), text.show(b), n))
            print("%d instructions, %d transitions, %d transfers not to the next"
                  " instruction, %d sources that are no branches"
                  % (count, len(transitions), transfers, len(strange)))
            return 1 if strange else 0
        edges, cuts, kinds, meta = read_profile(profile)

    problems, n_edges, n_transfers = compare(transitions, edges, cuts, text)
    if problems:
        # Is it the program that does not do the same thing twice?
        with open(options.stdin, "rb") as stdin:
            again, count_again, _ = log_run(options.qemu, command, env=environment,
                                            stdin=stdin, timeout=options.timeout)
        if again != transitions:
            print("note: two logged runs of the program differ in %d transitions"
                  % sum(again[key] != transitions[key] for key in set(again) | set(transitions)))
            second = compare(again, edges, cuts, text)
            if len(second[0]) < len(problems):
                (problems, n_edges, n_transfers), count = second, count_again
    if str(meta.get("residual", 0)) != "0":
        problems.append("the profile's residual is %s" % meta["residual"])
    if "unexplained" in kinds:
        problems.append("the profile has unexplained edges")
    for line in problems[:options.limit]:
        print(line)
    if len(problems) > options.limit:
        print("... and %d more" % (len(problems) - options.limit))
    if kinds & {"signal", "signal-return"}:
        print("note: signals arrived; the edges around them are told differently by the log")
    print("%d edges, %d transfers compared: %s (%d instructions)"
          % (n_edges, n_transfers,
             "%d differences" % len(problems) if problems else "equal", count))
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Trouble, subprocess.TimeoutExpired, sqlite3.Error, OSError) as error:
        print("oracle.py: %s" % error, file=sys.stderr)
        sys.exit(2)
