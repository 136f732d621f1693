#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
The exports for programs, read by Python's own readers, compared with the
profile's tables.

    tables.py json FILE PROFILE
    tables.py csv FILE PROFILE
    tables.py csv-blocks FILE PROFILE
    tables.py named FILE FUNCTION       of json: calls of the function have a file and a line
"""
import csv
import json
import sqlite3
import sys
from collections import Counter

PLACE = ["module", "offset", "symbol", "symbol_offset", "file", "line"]


def equal(what, got, want):
    if got != want:
        sys.exit(f"{what}: {str(got)[:300]}, not {str(want)[:300]}")


def edges_of(db):
    return Counter({row[:-1]: row[-1] for row in db.execute(
        "select s.path, e.src, d.path, e.dst, k.name, sum(e.count) from edge e"
        " join module s on s.id = e.src_module join module d on d.id = e.dst_module"
        " join kind k on k.id = e.kind group by 1, 2, 3, 4, 5")})


def blocks_of(db):
    return sorted(db.execute(
        "select path, start, last, insns, sum(entered), sum(completed) from block"
        " join module on id = module group by 1, 2, 3, 4"))


def read_json(path, profile):
    with open(path, encoding="utf-8") as f:
        data = json.load(f)
    db = sqlite3.connect(profile)
    paths = {m["id"]: m["path"] for m in data["modules"]}
    equal("format", data["format"], 1)
    equal("members", list(data),
          ["format", "profile", "modules", "totals", "edges", "discontinuities", "blocks"])
    equal("modules", sorted(paths.items()),
          sorted(db.execute("select id, path from module").fetchall()))
    for e in data["edges"]:
        equal("members of a place", list(e["from"]), PLACE)
        equal("members of a place", list(e["to"]), PLACE)
    got = Counter({(paths[e["from"]["module"]], int(e["from"]["offset"], 16),
                    paths[e["to"]["module"]], int(e["to"]["offset"], 16),
                    e["kind"]): e["count"] for e in data["edges"]})
    equal("edges", got, edges_of(db))
    by_kind = Counter()
    for e in data["edges"]:
        by_kind[e["kind"]] += e["count"]
    equal("totals", Counter(data["totals"]["by_kind"]) - Counter(), by_kind)
    total = sum(n for kind, n in by_kind.items() if kind not in ("split", "retry"))
    equal("transfers", data["totals"]["transfers"], total)
    equal("transfers of the profile", total,
          db.execute("select sum(transfers) from process").fetchone()[0])
    got = sorted((paths[b["module"]], int(b["offset"], 16), int(b["last"], 16), b["insns"],
                  b["entered"], b["completed"]) for b in data["blocks"])
    equal("blocks", got, blocks_of(db))
    faults = sum(d["count"] for d in data["discontinuities"] if d["mid_block"] is not None)
    equal("discontinuities", faults,
          db.execute("select coalesce(sum(count), 0) from discontinuity").fetchone()[0])
    print(f"{len(data['edges'])} edges, {total} transfers, {len(data['blocks'])} blocks, "
          f"{faults} discontinuities")


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    equal("line ends", text.count("\r\n"), text.count("\n"))
    return list(csv.DictReader(text.splitlines(True), strict=True))


def read_csv(path, profile):
    rows = rows_of(path)
    got = Counter({(r["module"], int(r["offset"], 16), r["to_module"], int(r["to_offset"], 16),
                    r["kind"]): int(r["count"]) for r in rows})
    equal("edges", got, edges_of(sqlite3.connect(profile)))
    equal("fields", {len(r) for r in rows}, {16})
    print(f"{len(rows)} edges, {sum(got.values())} counted")


def read_csv_blocks(path, profile):
    rows = rows_of(path)
    got = sorted((r["module"], int(r["offset"], 16), int(r["last"], 16), int(r["insns"]),
                  int(r["entered"]), int(r["completed"])) for r in rows)
    equal("blocks", got, blocks_of(sqlite3.connect(profile)))
    print(f"{len(rows)} blocks, {sum(r[3] * r[5] for r in got)} instructions")


def named(path, function):
    with open(path, encoding="utf-8") as f:
        data = json.load(f)
    calls = [e for e in data["edges"] if e["kind"] in ("call", "indirect-call")
             and e["to"]["symbol"] == function and e["to"]["symbol_offset"] == 0]
    if not calls or any(not e[end]["file"] or not e[end]["line"]
                        for e in calls for end in ("from", "to")):
        sys.exit(f"calls of {function}: {calls}")
    print(sum(e["count"] for e in calls))


{"json": read_json, "csv": read_csv, "csv-blocks": read_csv_blocks,
 "named": named}[sys.argv[1]](*sys.argv[2:])
