#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""blocks.py QEMU-CFLOW PROFILE [FUNCTION...]

Counts instructions a second way.  "annotate" derives its counts from edges; the
profile also has QEMU's translation blocks, each with the number of times that it
ran.  Adding up the blocks that cover an address must give the same number, for
every instruction of every function (default: of all that ran, in every module
with a file).  Blocks left in their middle only give bounds.
"""
import json
import sqlite3
import subprocess
import sys

cflow, profile, *names = sys.argv[1:]
db = sqlite3.connect(f"file:{profile}?mode=ro", uri=True)
SIGN = 1 << 64


def unsigned(n):
    return n + SIGN if n < 0 else n


blocks = {}  # module path -> [(start, last, entered, completed)]
for path, start, last, entered, completed in db.execute(
        "SELECT path, start, last, sum(entered), sum(completed) FROM block JOIN module"
        " ON module.id = module GROUP BY path, start, last"):
    blocks.setdefault(path, []).append((unsigned(start), unsigned(last), entered, completed))


def annotate(name):
    out = subprocess.run([cflow, "annotate", "-i", profile, "-f", "json", name],
                         check=True, stdout=subprocess.PIPE).stdout
    return json.loads(out)


def all_names():
    out = subprocess.run([cflow, "callgraph", "-i", profile, "-f", "json", "-n", "0"],
                         check=True, stdout=subprocess.PIPE).stdout
    for f in json.loads(out)["functions"]:
        if f["start"] and f["instructions"]:
            yield f'{f["module"]}!{f["start"]}'


def check(graph):
    wrong = 0
    if graph["residual"]:
        print(f'{graph["function"]}: residual {graph["residual"]}')
        wrong += 1
    start, end = int(graph["start"], 16), int(graph["end"], 16)
    mine = [b for b in blocks.get(graph["module"], []) if b[1] >= start and b[0] < end]
    places = [(int(i["offset"], 16), i["size"]) for i in graph["code"]]
    for n, insn in enumerate(graph["code"]):
        at = int(insn["offset"], 16)
        if insn["bytes"] is None:
            continue
        # An instruction inside another one (a skipped prefix, say) is no place of that block's.
        least = sum(c for s, l, e, c in mine if s <= at <= l)
        most = sum(e for s, l, e, c in mine if s <= at <= l)
        overlaps = any(o < at < o + size or at < o < at + insn["size"]
                       for o, size in places[max(n - 15, 0):n + 16])
        if insn["class"] == "repeat":  # each of its rounds is a block
            least = 0
        if not overlaps and not (least <= insn["count"] <= most and insn["arrived"] >= least):
            print(f'{graph["function"]} {insn["offset"]} {insn["disasm"]}: '
                  f'{insn["count"]} by edges, {least}..{most} by blocks')
            wrong += 1
    # What arrives at a block over edges and from outside is what its first instruction has.
    arrived = [b["entered"] for b in graph["blocks"]]
    for edge in graph["edges"]:
        arrived[edge["to"]] += edge["count"]
    firsts = {}
    for insn in graph["code"]:
        firsts.setdefault(insn["block"], insn)
    for i, block in enumerate(graph["blocks"]):
        if not block["interrupted"] and not firsts[i]["faults"] and \
                arrived[i] != firsts[i]["count"]:
            print(f'{graph["function"]} block {block["start"]}: {arrived[i]} arrive, '
                  f'{firsts[i]["count"]} run')
            wrong += 1
    return wrong


functions = insns = wrong = 0
for name in names or all_names():
    graph = annotate(name)
    functions += 1
    insns += len(graph["code"])
    wrong += check(graph)
print(f"{functions} functions, {insns} instructions, {wrong} wrong")
sys.exit(wrong > 0 or functions == 0)
