#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Real recordings, merged, checked and compared.

merge.py BUILD_DIR

Records Debian's own programs with each engine, adds up their rows here, in
Python and by paths instead of numbers, and wants "merge" to come to the same,
in any order.  Two hundred recordings are merged for the sum of two hundred.
"check" has to accept all of it and to find each of fifty numbers changed;
"diff" has to be quiet about the same run and to speak about another one.
"""

import collections
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

build = os.path.abspath(sys.argv[1])
tool = os.path.join(build, "qemu-cflow")
failed = 0


def report(name, ok, why=""):
    global failed
    failed += not ok
    print(f"{'PASS' if ok else 'FAIL'} merge/{name}{': ' + why if why else ''}", flush=True)


def run(*args):
    return subprocess.run([tool, *args], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def record(out, engine, *command):
    done = run("record", "--engine", engine, "-o", out, "--", *command)
    if not os.path.exists(out):
        sys.exit(f"FAIL merge/record: {done.stdout}")


MODULE = "ifnull({0}.path, '') || ' ' || ifnull({0}.build_id, '') || ' ' || {0}.kind"
S, D = MODULE.format("s"), MODULE.format("d")
FROM = (" FROM {0} t JOIN process p ON p.id = t.process JOIN module s ON s.id = t.{1}"
        " JOIN module d ON d.id = t.{2}")
TABLES = {
    "edge": f"SELECT p.path, {S}, src, {D}, dst, t.kind, count"
            + FROM.format("edge", "src_module", "dst_module"),
    "block": f"SELECT p.path, {S}, start, last, insns, entered, completed"
             + FROM.format("block", "module", "module"),
    "discontinuity": f"SELECT p.path, vcpu, t.kind, cause, {S}, src, {D}, dst, mid_block, count"
                     + FROM.format("discontinuity", "src_module", "dst_module"),
    "process": "SELECT path, transfers, residual FROM process",
}
VALUES = {"edge": 1, "block": 2, "discontinuity": 1, "process": 2}


def rows(path, times=1, into=None):
    """All counts of a profile, by keys that are the same in every profile."""
    sums = into if into is not None else collections.Counter()
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    db.text_factory = bytes
    for table, query in TABLES.items():
        n = VALUES[table]
        for row in db.execute(query):
            for i, value in enumerate(row[-n:]):
                sums[(table, i) + row[:-n]] += times * value
    for row in db.execute(f"SELECT {S}, offset, hex(bytes), class, target FROM insn"
                          " JOIN module s ON s.id = module"):
        sums[("insn",) + row] = 0
    db.close()
    return sums


def check(name, *paths):
    done = run("check", "-q", *paths)
    report(name, done.returncode == 0, "" if done.returncode == 0 else done.stdout[:2000])


def damage(path, times):
    """Changes one count at a time; returns what nobody noticed."""
    missed = []
    columns = [("edge", "count"), ("block", "entered"), ("block", "completed"),
               ("process", "transfers"), ("discontinuity", "count")]
    damaged = path + ".damaged"
    for _ in range(times):
        shutil.copy(path, damaged)
        db = sqlite3.connect(damaged)
        table, column = random.choice(columns)
        keys = [r[1] for r in db.execute(f"PRAGMA table_info({table})") if r[5]]
        n = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        if n:
            row = db.execute(f"SELECT {','.join(keys)} FROM {table} LIMIT 1 OFFSET ?",
                             (random.randrange(n),)).fetchone()
            by = random.choice([-1, 1, 1000])
            db.execute(f"UPDATE {table} SET {column} = {column} + ? WHERE "
                       + " AND ".join(f"{k} = ?" for k in keys), (by, *row))
            db.commit()
        db.close()
        if n and run("check", "-q", damaged).returncode != 1:
            missed.append((table, column, by, row))
    return missed


def program_rows(path):
    """The rows of the program in a profile, without the numbers that profiles give."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    names = "(SELECT id FROM process WHERE path LIKE '%/queens')"
    found = []
    for sql in (
            "SELECT sum(transfers), sum(residual), count(*) FROM process WHERE id IN " + names,
            "SELECT m.path, start, last, insns, entered, completed FROM block"
            " JOIN module m ON m.id = module WHERE process IN " + names,
            "SELECT s.path, src, d.path, dst, e.kind, count FROM edge e JOIN module s"
            " ON s.id = src_module JOIN module d ON d.id = dst_module WHERE process IN " + names,
            "SELECT cause, s.path, src, dst, d.kind, mid_block, count FROM discontinuity d"
            " JOIN module s ON s.id = src_module WHERE process IN " + names,
            "SELECT m.path, offset, class, target, bytes, disasm, flags FROM insn"
            " JOIN module m ON m.id = module WHERE m.path LIKE '%/queens'"):
        found.append(sorted(db.execute(sql).fetchall(), key=str))
    db.close()
    return found


def one_recording():
    """Two hundred recordings merged are what one of two hundred runs is."""
    source = pathlib.Path(__file__).resolve().parents[2] / "examples" / "queens.c"
    subprocess.run(["gcc", "-O1", "-static", "-o", "queens", str(source)], check=True)
    n = 200
    for i in range(n):
        record(f"run{i}.db", "flow", "/usr/bin/env", "-i", "./queens", "4")
    begin = time.monotonic()
    done = run("merge", "-q", "-o", "runs.db", *[f"run{i}.db" for i in range(n)])
    seconds = time.monotonic() - begin
    record("loop.db", "flow", "/bin/sh", "-c",
           f"i=0; while [ $i -lt {n} ]; do /usr/bin/env -i ./queens 4; i=$((i + 1)); done")
    run("merge", "-q", "-o", "joined.db", "loop.db")
    ours, theirs = program_rows("runs.db"), program_rows("joined.db")
    report("one-recording", done.returncode == 0 and ours == theirs and len(ours[2]) > 500,
           f"{len(ours[1])} blocks and {len(ours[2])} edges of {n} runs")
    report("seconds", seconds < 20, f"{n} profiles in {seconds:.1f} s")


def main():
    work = tempfile.mkdtemp()
    os.chdir(work)
    seed = int(os.environ.get("SEED", time.time_ns() % 1000000))
    random.seed(seed)
    hashing = "for (1..{0}) {{ $h{{$_ % 97}} .= chr(65 + $_ % 26) }} print length %h"
    programs = [
        ("edge", "/usr/bin/perl", "-e", hashing.format(500)),
        ("edge", "/usr/bin/perl", "-e", hashing.format(900)),
        ("flow", "/usr/bin/perl", "-e", "$SIG{USR1} = sub { print 1 }; kill 'USR1', $$; print 2"),
        ("edge", "/bin/bash", "-c", "(echo a | cat) > /dev/null; trap 'x=1' USR1; kill -USR1 $$"),
        ("flow", "/bin/bash", "-c", "for i in 1 2 3; do (exit $i); done"),
        ("edge", "/usr/bin/bzip2", "--help"),
    ]
    names = []
    for i, (engine, *command) in enumerate(programs):
        names.append(f"{i}.db")
        record(names[-1], engine, *command)
    check("check-recordings", *names)

    wanted = collections.Counter()
    for name in names:
        rows(name, into=wanted)
    results = []
    for i in range(3):
        random.shuffle(names)
        done = run("merge", "-o", f"all{i}.db", *names)
        if done.returncode == 0:
            db = sqlite3.connect(f"all{i}.db")
            results.append("\n".join(db.iterdump()))
            db.close()
        else:
            results.append(done.stdout)
    report("sums", rows("all0.db") == wanted, f"{len(wanted)} rows and columns, seed {seed}")
    report("order", all(r == results[0] for r in results), "three orders, equal row for row")
    run("merge", "-o", "half.db", *names[:3])
    run("merge", "-o", "half.db", "half.db", *names[3:])
    report("in-steps", rows("half.db") == wanted)
    run("merge", "--keep-processes", "-o", "kept.db", *names)
    report("keep-processes", rows("kept.db") == wanted)
    check("check-merged", "all0.db", "half.db", "kept.db")

    many = [random.choice(["0.db", "1.db"]) for _ in range(200)]
    begin = time.monotonic()
    run("merge", "-o", "many.db", *many)
    seconds = time.monotonic() - begin
    wanted = collections.Counter()
    for name in ("0.db", "1.db"):
        rows(name, many.count(name), wanted)
    report("two-hundred", rows("many.db") == wanted,
           f"{many.count('0.db')} + {many.count('1.db')} recordings of perl, {seconds:.1f} s")
    check("check-two-hundred", "many.db")

    one_recording()

    missed = damage("3.db", 30) + damage("all0.db", 20)
    report("damage", not missed, f"each of 50 found, seed {seed}" if not missed else str(missed))

    record("again.db", "edge", *programs[5][1:])
    done = run("diff", "5.db", "again.db")
    report("diff-same", done.returncode == 0, "" if done.returncode == 0 else done.stdout)
    for engine in ("edge", "flow"):
        for name in ("same-a.db", "same-b.db"):
            record(name, engine, "/usr/bin/sort", "/etc/passwd")
        done = run("diff", "--threshold", "0", "--min-count", "1", "same-a.db", "same-b.db")
        report(f"diff-nothing-{engine}", rows("same-a.db") == rows("same-b.db")
               and done.returncode == 0, "" if done.returncode == 0 else done.stdout)
    # Perl hashes with another seed each time.
    for name in ("hash-a.db", "hash-b.db"):
        record(name, "flow", "/usr/bin/perl", "-e", hashing.format(3000))
    done = json.loads(run("diff", "--format", "json", "hash-a.db", "hash-b.db").stdout)
    found = done["n_functions"] + done["n_branches"] + done["n_edges"]
    report("diff-hashing", found <= 10, f"{found} differences")
    done = run("diff", "--format", "json", "0.db", "1.db")
    report("diff-other", done.returncode == 1 and "Perl_" in done.stdout,
           "" if done.returncode == 1 else done.stdout)
    os.chdir("/")
    shutil.rmtree(work)
    return failed != 0


sys.exit(main())
