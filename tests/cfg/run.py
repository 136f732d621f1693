#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""run.py BUILD_DIR QEMU_BIN_DIR [CASE...]

Records programs whose counts are known by construction and compares what
annotate, callgraph, loops and the pictures say of them.  Prints a line for each
case that begins with PASS, FAIL or SKIP.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
CROSS = {"x86_64": "x86_64-linux-gnu-", "aarch64": "aarch64-linux-gnu-"}


class Skip(Exception):
    pass


class Bench:
    def __init__(self, build, qemu, work):
        self.cflow = os.path.join(build, "qemu-cflow")
        self.work = work
        self.env = dict(os.environ, QEMU_CFLOW_QEMU=qemu, LC_ALL="C.UTF-8", COLUMNS="100")
        for name in ("NO_COLOR", "PAGER", "QEMU_LD_PREFIX"):
            self.env.pop(name, None)
        self.recorded = {}

    def run(self, *args, **kwargs):
        done = subprocess.run(args, env=self.env, cwd=self.work, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, **kwargs)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(args)}: exit {done.returncode}: {done.stderr[-500:]}")
        return done.stdout.decode()

    def tool(self, verb, db, *args):
        return self.run(self.cflow, verb, "-i", db, *args)

    def json(self, verb, db, *args):
        return json.loads(self.tool(verb, db, "--format", "json", *args))

    def compile(self, isa, output, source, *flags):
        cc = CROSS[isa] + "gcc"
        if not shutil.which(cc):
            raise Skip(f"no {cc}")
        self.run(cc, "-g", "-o", output, os.path.join(HERE, source), *flags)

    def known(self, isa):
        """The profile of guest-known.c."""
        if isa not in self.recorded:
            self.compile(isa, f"known-{isa}", "guest-known.c", "-O1", "-static",
                         "-foptimize-sibling-calls", "--param", "case-values-threshold=4")
            self.run(self.cflow, "record", "-q", "-o", f"known-{isa}.db", "--", f"./known-{isa}")
            self.recorded[isa] = f"known-{isa}.db"
        return self.recorded[isa]


def equal(what, got, wanted):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, not {wanted!r}")


def matches(what, text, pattern):
    if not re.search(pattern, text, re.M):
        raise AssertionError(f"{what} should match {pattern!r}:\n{text[:3000]}")


def named_calls(graph):
    names = [f["function"] for f in graph["functions"]]
    return {(names[c["from"]], names[c["to"]], c["kind"]): c["count"] for c in graph["calls"]}


# --- the cases; those with an isa run for each ---------------------------------------


def case_loops(bench, isa):
    loops = bench.json("loops", bench.known(isa), "-n", "0")["loops"]
    nest = sorted((l for l in loops if l["function"] == "nest"), key=lambda l: l["depth"])
    equal("loops of nest", len(nest), 2)
    equal("outer loop", (nest[0]["entries"], nest[0]["iterations"]), (3, 21))
    equal("inner loop", (nest[1]["entries"], nest[1]["iterations"]), (21, 231))
    equal("what is around it", nest[1]["parent"], nest[0]["header"])
    # Entered once, so that their turns are known exactly; shorter ones were unrolled.
    turns = sorted(l["iterations"] for l in loops
                   if l["function"] == "main" and l["entries"] == 1 and l["least"] == l["most"])
    equal("loops of main", turns, [8, 10, 12])
    while_loop = [l for l in loops if l["function"] == "zero_or_more"]
    equal("loops of zero_or_more", len(while_loop), 1)
    equal("its turns", while_loop[0]["iterations"], 12)
    equal("shared with report", bench.json("report", bench.known(isa), "--by", "loop", "-n",
                                           "0")["loops"], loops)


def case_loops_text(bench, isa):
    text = bench.tool("loops", bench.known(isa), "--symbol", "nest")
    matches("loops", text, r"^ +231 +21 +11\.0 +1\.\.211 +2 +nest\+0x[0-9a-f]+ +guest-known\.c:\d+ ")
    matches("loops", text, r"^ +21 +3 +7\.0 +1\.\.19 +1 +nest")


def case_switch(bench, isa):
    graph = bench.json("annotate", bench.known(isa), "pick")
    jumps = [i for i in graph["code"] if i["class"] == "indirect-jump"]
    if not jumps:
        raise Skip("the compiler made no jump table")
    equal("jump tables", len(jumps), 1)
    # The case that never came up is known from the table.
    equal("ways", sorted(d["count"] for d in jumps[0]["destinations"]), [0, 1, 2, 3, 4, 5, 6, 8])
    equal("entered", graph["blocks"][0]["entered"], 29)
    # Each way is a block of the graph, and leads to one return.
    edges = [e for e in graph["edges"] if e["kind"] == "indirect"]
    equal("edges", sorted(e["count"] for e in edges), [0, 1, 2, 3, 4, 5, 6, 8])
    never = [i for i in graph["code"] if i["count"] == 0]
    assert never, "case 6 has code that never ran"
    lines = {l["line"]: l["count"] for l in graph["lines"]}
    source = open(os.path.join(HERE, "guest-known.c"), encoding="utf-8").read().split("\n")
    for case, count in enumerate([1, 2, 3, 4, 5, 6, 0, 8]):
        at = next(n for n, text in enumerate(source, 1) if text.strip() == f"case {case}:")
        equal(f"line of case {case}", lines[at + 1], count)
    text = bench.tool("annotate", bench.known(isa), "pick")
    matches("annotate", text, r"^ +8 .* -> 0x[0-9a-f]+$")
    matches("annotate", text, r"^ +0 .* -> 0x[0-9a-f]+$")


def case_recursion(bench, isa):
    graph = bench.json("callgraph", bench.known(isa), "-n", "0")
    fib = next(f for f in graph["functions"] if f["function"] == "fib")
    equal("fib", (fib["called"], fib["recursive"]), (177, 176))
    calls = named_calls(graph)
    equal("by main", calls["main", "fib", "call"], 1)
    equal("by itself", calls["fib", "fib", "call"], 176)
    text = bench.tool("callgraph", bench.known(isa), "--callees", "fib")
    matches("tree", text, r"^ +177  fib  called$")
    matches("tree", text, r"^ +176 .*fib  2 sites, recursive$")
    code = bench.json("annotate", bench.known(isa), "fib")
    equal("entered", code["blocks"][0]["entered"], 177)
    equal("residual", code["residual"], 0)


def case_calls(bench, isa):
    calls = named_calls(bench.json("callgraph", bench.known(isa), "-n", "0"))
    equal("tail calls", calls["caller", "callee", "tail-call"], 12)
    equal("calls", calls["main", "caller", "call"], 12)
    equal("left", calls["through_table", "left", "indirect-call"], 6)
    equal("right", calls["through_table", "right", "indirect-call"], 4)
    signals = sum(n for (_, to, kind), n in calls.items() if (to, kind) == ("handler", "signal"))
    equal("signals", signals, 5)
    equal("entries", sum(n for (_, _, kind), n in calls.items() if kind == "entry"), 1)
    text = bench.tool("callgraph", bench.known(isa), "--callers", "callee")
    matches("tree", text, r"^ +12 .*caller  1 site, tail-call$")
    matches("tree", text, r"^ +12 .*main  1 site$")
    text = bench.tool("annotate", bench.known(isa), "through_table")
    matches("destinations", text, r"^ +6 .* -> left$")
    matches("destinations", text, r"^ +4 .* -> right$")


def case_second_way(bench, isa):
    """Every instruction of the program's own functions, by blocks and by edges."""
    names = ["main", "nest", "zero_or_more", "pick", "fib", "caller", "through_table", "handler",
             "__libc_start_main", "raise", "printf", "_start"]
    db = bench.known(isa)
    have = {f["function"] for f in bench.json("callgraph", db, "-n", "0")["functions"]}
    out = bench.run(sys.executable, os.path.join(HERE, "blocks.py"), bench.cflow, db,
                    *[n for n in names if n in have])
    matches("blocks.py", out, r"functions, \d+ instructions, 0 wrong$")


def case_faults(bench, isa):
    """A signal is shown at the instruction that it interrupted, and counts nothing there."""
    db = bench.known(isa)
    graph = bench.json("callgraph", db, "-n", "0")
    sender = next(names for names in named_calls(graph) if names[2] == "signal")[0]
    code = bench.json("annotate", db, sender)
    faults = [(i, f) for i in code["code"] for f in i["faults"]]
    equal("faults", [(f["kind"], f["cause"], f["symbol"], f["count"]) for _, f in faults],
          [("signal", "SIGUSR1", "handler", 5)])
    insn = faults[0][0]
    equal("arrived, completed", (insn["arrived"], insn["count"]), (10, 5))
    text = bench.tool("annotate", db, sender)
    matches("annotate", text, r"^ +5 .*! +signal SIGUSR1 -> handler$")


def line_of(words):
    with open(os.path.join(HERE, "guest-lines.c"), encoding="utf-8") as source:
        return next(n for n, text in enumerate(source, 1) if words in text)


def case_library(bench):
    """Source lines of a shared library with debug information."""
    bench.compile("x86_64", "libcount.so", "guest-lines.c", "-O2", "-fPIC", "-shared")
    bench.compile("x86_64", "count", "guest-main.c", "-O1", "-L.", "-lcount",
                  f"-Wl,-rpath,{bench.work}")
    bench.run(bench.cflow, "record", "-q", "-o", "count.db", "--", "./count")
    every, zero, once = line_of("every byte"), line_of("every zero"), line_of("once")
    graph = bench.json("annotate", "count.db", "count_zeros")
    lines = {l["line"]: l["count"] for l in graph["lines"]}
    equal("counts of lines", [lines[every], lines[zero], lines[once]], [1000, 100, 1])
    text = bench.tool("annotate", "count.db", "--source-only", "count_zeros")
    matches("source", text, rf"^ +1000 .* {every} .*/\* every byte \*/$")
    matches("source", text, rf"^ +100 .* {zero} .*/\* every zero \*/$")
    # The same by place of the source, and by module and name.
    for words in (f"guest-lines.c:{zero}", "libcount.so!count_zeros", "libcount.so!count_*"):
        equal(words, bench.json("annotate", "count.db", words)["code"], graph["code"])
    text = bench.tool("annotate", "count.db", "count_zeros")
    matches("source among code", text, r"^ +[│ ]+\d+ +seen\+\+; ")
    assert "seen++" not in bench.tool("annotate", "count.db", "--no-source", "count_zeros")
    branch = [i for i in graph["code"] if i.get("taken") is not None]
    equal("way of the test", any({i["taken"], i["not_taken"]} == {100, 900} for i in branch), True)


def svg_counts(svg):
    groups = [g.get("class") for g in ElementTree.fromstring(svg).iter(
        "{http://www.w3.org/2000/svg}g")]
    return groups.count("node"), groups.count("edge")


def case_dot(bench):
    if not shutil.which("dot"):
        raise Skip("no graphviz")
    db = bench.known("x86_64")
    graph = bench.json("annotate", db, "nest")
    dot = bench.tool("export", db, "--format", "dot", "--function", "nest", "-o", "-")
    nodes, edges = svg_counts(bench.run("dot", "-Tsvg", input=dot.encode()))
    outside = sum(b["entered"] > 0 for b in graph["blocks"]) + \
        sum(b["left"] > 0 for b in graph["blocks"])
    equal("nodes", nodes, len(graph["blocks"]) + 2)
    equal("edges", edges, len(graph["edges"]) + outside)
    matches("label", dot, r"231 iterations, 21 entries")
    matches("probability", dot, r"210\\n90\.9%")
    dot = bench.tool("export", db, "--format", "dot", "--limit", "7", "-o", "-")
    nodes, _ = svg_counts(bench.run("dot", "-Tsvg", input=dot.encode()))
    equal("nodes of the call graph", nodes, 7)


def case_widths(bench):
    """No row is wider than the terminal."""
    db = bench.known("x86_64")
    for columns in ("80", "100"):
        bench.env["COLUMNS"] = columns
        for name in ("main", "pick", "nest", "fib"):
            for line in bench.tool("annotate", db, name).split("\n"):
                assert len(line) <= int(columns), f"{len(line)} columns: {line}"
    bench.env["COLUMNS"] = "100"


def main():
    build, qemu, *wanted = sys.argv[1:]
    cases = {}
    for name, function in list(globals().items()):
        if name.startswith("case_"):
            short = name[len("case_"):].replace("_", "-")
            if "isa" in function.__code__.co_varnames[:function.__code__.co_argcount]:
                for isa in CROSS:
                    cases[f"{isa}-{short}"] = (function, isa)
            else:
                cases[short] = (function,)
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(os.path.abspath(build), os.path.abspath(qemu), work)
        for name in wanted or cases:
            function, *args = cases[name]
            try:
                function(bench, *args)
                print(f"PASS cfg/{name}", flush=True)
            except Skip as why:
                print(f"SKIP cfg/{name}: {why}", flush=True)
            except (AssertionError, KeyError, StopIteration, ValueError) as why:
                print(f"    {type(why).__name__}: {why}\nFAIL cfg/{name}", flush=True)
                failed = 1
    sys.exit(failed)


main()
