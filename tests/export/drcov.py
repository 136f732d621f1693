#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
An independent reader of drcov files, strict about what Lighthouse, lightkeeper
and Cartographer rely on.

    drcov.py check FILE PROFILE         the same bytes of code as PROFILE's blocks, none else
    drcov.py starts FILE MODULE BASE ADDRESS
                                        a block starts at the address (of nm) in the
                                        module whose first segment is at BASE
"""
import re
import sqlite3
import struct
import sys

COLUMNS = "Columns: id, containing_id, start, end, entry, offset, preferred_base, path"


def fail(text):
    sys.exit(text)


def read(path):
    """The modules, (start, end, path), and the blocks, (module, offset, size)."""
    with open(path, "rb") as f:
        data = f.read()
    lines = []
    while not lines or not lines[-1].startswith("BB Table: "):
        line, end, data = data.partition(b"\n")
        if not end:
            fail("no BB Table")
        lines.append(line.decode())
    if lines[:2] != ["DRCOV VERSION: 2", "DRCOV FLAVOR: drcov-64"]:
        fail(f"head: {lines[:2]}")
    m = re.fullmatch(r"Module Table: version 5, count (\d+)", lines[2])
    if not m or lines[3] != COLUMNS or len(lines) != 5 + int(m[1]):
        fail(f"module table: {lines[2:4]}, {len(lines)} lines")
    modules = []
    for i, line in enumerate(lines[4:-1]):
        field = [s.strip() for s in line.split(",", 7)]
        start, end, entry = (int(s, 16) for s in field[2:5])
        if [int(s) for s in field[:2]] != [i, i] or not all(s.startswith("0x") for s in field[2:5]):
            fail(f"module {i}: {line}")
        if entry or int(field[5], 16) or end <= start:
            fail(f"module {i}: {line}")
        modules.append((start, end, field[7]))
    m = re.fullmatch(r"BB Table: (\d+) bbs", lines[-1])
    if len(data) != 8 * int(m[1]):
        fail(f"{m[1]} blocks in {len(data)} bytes")
    blocks = []
    for offset, size, module in struct.iter_unpack("<IHH", data):
        start, end, _ = modules[module]
        if size == 0 or size > 0x7FFF or offset + size > end - start:
            fail(f"block {offset:#x} {size} of module {module}")
        blocks.append((module, offset, size))
    return modules, blocks


def union(ranges):
    merged = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged


def check(path, profile):
    modules, blocks = read(path)
    db = sqlite3.connect(profile)
    n = 0
    for number, (start, _, name) in enumerate(modules):
        (bias,), = db.execute("select bias from mapping join module on id = module"
                              " where path = ? limit 1", (name,)).fetchall()
        # Guest addresses on both sides.
        got = union((start + o, start + o + s) for m, o, s in blocks if m == number)
        want = union((bias + a, bias + b) for a, b in db.execute(
            "select b.start, b.last + length(i.bytes) from block b join module m on m.id = b.module"
            " join insn i on i.module = b.module and i.offset = b.last"
            " where m.path = ? and b.entered > 0", (name,)))
        if got != want:
            fail(f"{name}: {got[:3]}..., not {want[:3]}...")
        n += len(got)
    missing = {p for (p,) in db.execute(
        "select path from module where id in (select module from block)")}
    missing -= {name for _, _, name in modules}
    if missing:
        fail(f"modules that are missing: {missing}")
    print(f"{len(blocks)} blocks of {len(modules)} modules, {n} stretches of code")


def starts(path, module, base, address):
    modules, blocks = read(path)
    offset = int(address, 16) - int(base, 16)
    for number, o, _ in blocks:
        if o == offset and modules[number][2].endswith(module):
            print(f"{offset:#x}")
            return
    fail(f"no block of {module} at {offset:#x}")


{"check": check, "starts": starts}[sys.argv[1]](*sys.argv[2:])
