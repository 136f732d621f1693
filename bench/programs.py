# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs that bench.py runs, and their input.

The programs are the machine's own.  All input is made here, from a fixed
sequence of pseudo-random numbers, so that it is the same everywhere.
"""
import os
import shutil
import subprocess


class Missing(Exception):
    """A program cannot be measured on this machine."""


class Program:
    def __init__(self, name, what, argv, repeat=1, in_mean=True):
        self.name = name        # in tables
        self.what = what        # one line about it
        self.argv = argv
        self.repeat = repeat    # runs that make one measurement
        self.in_mean = in_mean  # counts in geometric means


def find(name):
    path = shutil.which(name, path="/usr/bin:/bin")
    if not path:
        raise Missing("there is no " + name)
    return path


class Numbers:
    """A linear congruential generator (Knuth's MMIX)."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        return (self.state >> 33) % n


SYLLABLES = ["ka", "lo", "mi", "ten", "ra", "sur", "pol", "e", "vin", "da", "gor", "un", "shi",
             "bel", "o", "qua", "fer", "nu", "zet", "ing"]


def words(numbers, n):
    """A vocabulary; small numbers come first and are used most."""
    return ["".join(SYLLABLES[numbers.below(len(SYLLABLES))] for _ in range(1 + numbers.below(4)))
            for _ in range(n)]


def write_text(path, size):
    """Text that compresses about as well as prose."""
    numbers = Numbers(1)
    vocabulary = words(numbers, 4000)
    written = 0
    with open(path, "w") as f:
        while written < size:
            line = " ".join(vocabulary[numbers.below(1 + numbers.below(4000))]
                            for _ in range(6 + numbers.below(9))) + "\n"
            f.write(line)
            written += len(line)


def write_lines(path, n):
    numbers = Numbers(2)
    with open(path, "w") as f:
        for _ in range(n):
            f.write("%d\t%s%s\t%d\n" % (numbers.below(1000000), SYLLABLES[numbers.below(20)],
                                        SYLLABLES[numbers.below(20)], numbers.below(1000)))


def write_sql(path, rows):
    with open(path, "w") as f:
        f.write("""
CREATE TABLE item(id INTEGER PRIMARY KEY, grp INTEGER, name TEXT, price REAL);
WITH RECURSIVE n(i, x) AS (
    SELECT 1, 12345 UNION ALL SELECT i + 1, (x * 1103515245 + 12345) %% 2147483648 FROM n
    WHERE i < %d)
INSERT INTO item SELECT i, x %% 500, 'item ' || (x / 7 %% 10000), (x %% 100000) / 100.0 FROM n;
CREATE INDEX by_name ON item(name);
CREATE TABLE grp(id INTEGER PRIMARY KEY, title TEXT);
INSERT INTO grp SELECT DISTINCT grp, 'group ' || grp FROM item;
SELECT count(*), sum(price), avg(length(name)) FROM item;
SELECT title, count(*), max(price) FROM item JOIN grp ON grp.id = item.grp
    GROUP BY title ORDER BY 2 DESC, 1 LIMIT 5;
SELECT count(*) FROM item a JOIN item b ON a.name = b.name AND a.id < b.id;
UPDATE item SET price = price * 1.1 WHERE name LIKE '%%77%%';
DELETE FROM item WHERE grp %% 10 = 3;
SELECT substr(name, 1, 6), sum(price) FROM item GROUP BY 1 ORDER BY 2 DESC LIMIT 5;
SELECT grp, group_concat(name) FROM item WHERE id %% 997 = 0 GROUP BY grp LIMIT 3;
""" % rows)


PERL = r"""
my ($rounds) = @ARGV;
my (%seen, @all);
my $x = 42;
for my $i (1 .. $rounds) {
    $x = ($x * 69069 + 1) % 4294967296;
    my $key = "k" . ($x % 997);
    $seen{$key} += $x & 255;
    my $line = "$key=$i;" . ($x % 100) . ",end";
    if ($line =~ /^k(\d+)=(\d+);(\d*[05]),/) {
        push @all, [$1, $2 + $3];
    }
    $line =~ s/end/fin/;
}
my @sorted = sort { $a->[1] <=> $b->[1] || $a->[0] <=> $b->[0] } @all;
print scalar(keys %seen), " ", scalar(@sorted), " ", join(",", map { $_->[0] } @sorted[0 .. 9]), "\n";
"""

PYTHON = r"""
import ast, json, re, sys

def sieve(n):
    flags = bytearray([1]) * n
    for i in range(2, int(n ** 0.5) + 1):
        if flags[i]:
            flags[i * i::i] = bytes(len(range(i * i, n, i)))
    return [i for i in range(2, n) if flags[i]]

class Node:
    def __init__(self, value):
        self.value, self.left, self.right = value, None, None

    def insert(self, value):
        node = self
        while True:
            side = "left" if value < node.value else "right"
            child = getattr(node, side)
            if child is None:
                setattr(node, side, Node(value))
                return
            node = child

rounds = int(sys.argv[1])
x = 1
for turn in range(rounds):
    primes = sieve(4000)
    root = Node(500000)
    for _ in range(400):
        x = (x * 69069 + 1) % 2 ** 32
        root.insert(x % 1000000)
    text = json.dumps({str(p): [p, p / 3, "prime %d" % p] for p in primes[:200]})
    data = json.loads(text)
    found = re.findall(r'"prime (\d+)"', text)
    tree = ast.parse("\n".join("def f%d(a, b=%s):\n    return [a + b * i for i in range(b)]" % (i, p)
                               for i, p in enumerate(found[:20])))
    code = compile(tree, "made", "exec")
print(len(data), len(found), len(code.co_code), x)
"""

IMPORTS = r"""
import argparse, asyncio, bz2, calendar, collections, configparser, csv, ctypes, dataclasses
import datetime, decimal, difflib, email.mime.multipart, enum, fractions, ftplib, gettext, glob
import hashlib, heapq, html.parser, http.client, inspect, ipaddress, json, locale, logging.config
import lzma, mimetypes, multiprocessing, numbers, optparse, os, pathlib, pickle, platform, pprint
import random, re, shelve, shlex, smtplib, socket, sqlite3, ssl, statistics, string, subprocess
import tarfile, tempfile, textwrap, threading, tokenize, traceback, typing, unittest, urllib.request
import uuid, xml.dom.minidom, xml.etree.ElementTree, zipfile
con = sqlite3.connect(":memory:")
print(con.execute("SELECT sum(x) FROM (SELECT 1 x UNION SELECT 2)").fetchone(),
      hashlib.sha256(b"x").hexdigest()[:8], decimal.Decimal(2).sqrt(),
      xml.dom.minidom.parseString("<a><b c='1'/></a>").toxml(),
      len(zlib_data := bz2.compress(b"abc" * 100)), datetime.date(2000, 2, 29).isoformat(),
      re.sub(r"(\w)(\d)", r"\2\1", "a1 b2"), statistics.mean([1, 2, 4]))
"""


def write_c(path, functions):
    """C with a bit of everything, each function different from the others."""
    numbers = Numbers(3)
    ops = ["+", "-", "*", "^", "|", "&"]
    with open(path, "w") as f:
        f.write("struct s { int a, b[16]; double d; struct s *next; unsigned char c[32]; };\n"
                "extern int ext(int, struct s *);\nstatic int table[64];\n")
        for i in range(functions):
            r = numbers.below
            f.write("int f%d(int n, struct s *p, double x)\n{\n    int i, t = %d, u[8] = {0};\n"
                    % (i, r(100)))
            for _ in range(2 + r(3)):
                kind = r(6)
                if kind == 0:
                    f.write("    for (i = 0; i < n; i++) {\n        t = t %s (p->b[i & 15] %s %d);\n"
                            "        u[i & 7] += t >> %d;\n    }\n"
                            % (ops[r(6)], ops[r(6)], 1 + r(50), 1 + r(7)))
                elif kind == 1:
                    f.write("    switch (n & 7) {\n")
                    for case in range(5):
                        f.write("    case %d: t %s= p->a + %d; %s\n"
                                % (case, ops[r(6)], r(1000), "break;" if r(4) else ""))
                    f.write("    default: t += ext(t, p);\n    }\n")
                elif kind == 2:
                    f.write("    while (p && p->a != %d) {\n        t += p->a;\n"
                            "        if (t > %d) { table[t & 63]++; break; }\n"
                            "        p = p->next;\n    }\n    if (!p) { return t; }\n"
                            % (r(100), 1000 + r(1000)))
                elif kind == 3:
                    f.write("    x = x * %d.5 + p->d / (n + %d);\n"
                            "    if (x > %d.0 && t < %d) { t = (int)x; }\n"
                            % (r(9), 1 + r(5), r(500), r(500)))
                elif kind == 4:
                    f.write("    for (i = 0; i < 32; i++) { p->c[i] = (unsigned char)(p->c[31 - i] %s %d); }\n"
                            % (ops[r(6)], r(255)))
                elif i:
                    f.write("    t += f%d(n - %d, p, x %s %d.25);\n"
                            % (r(i), 1 + r(5), ops[r(2)], r(20)))
            f.write("    for (i = 0; i < 8; i++) { t += u[i]; }\n    return t + (int)x;\n}\n")


def write(path, text):
    with open(path, "w") as f:
        f.write(text)
    return path


def prepare(name, work, quick, times=1):
    """Makes the input of program @name in the directory @work, @times as much unless @quick."""
    def size(full, short):
        return short if quick else full * times

    def file(suffix):
        return os.path.join(work, name + suffix)

    if name == "bzip2":
        program = find("bzip2")
        write_text(file(".in"), size(6000000, 800000))
        return Program(name, "bzip2 -9, text", [program, "-9", "-c", file(".in")])
    if name == "xz":
        program = find("xz")
        write_text(file(".in"), size(700000, 100000))
        return Program(name, "xz -6, text", [program, "-6", "-T1", "-k", "-c", file(".in")])
    if name == "sqlite3":
        program = find("sqlite3")
        write_sql(file(".sql"), size(30000, 5000))
        return Program(name, "a script on a database in memory",
                       [program, "-batch", ":memory:", ".read " + file(".sql")])
    if name == "perl":
        program = find("perl")
        write(file(".pl"), PERL)
        return Program(name, "hashes, regular expressions, a sort",
                       [program, file(".pl"), str(size(120000, 20000))])
    if name == "python3":
        program = find("python3")
        write(file(".py"), PYTHON)
        return Program(name, "python3 -S: objects, json, re, ast",
                       [program, "-S", file(".py"), str(size(40, 4))])
    if name == "imports":
        program = find("python3")
        write(file(".py"), IMPORTS)
        return Program(name, "python3 -S, importing 60 modules: code that runs once",
                       [program, "-S", file(".py")])
    if name == "cc1":
        gcc = find("gcc")
        cc1 = subprocess.run([gcc, "-print-prog-name=cc1"], stdout=subprocess.PIPE,
                             check=True).stdout.decode().strip()
        if not os.path.isabs(cc1):
            raise Missing("gcc has no cc1")
        write_c(file(".c"), size(12, 3))
        return Program(name, "gcc's compiler proper, -O2: much code, run seldom",
                       [cc1, "-quiet", "-O2", "-o", "/dev/null", file(".c")])
    if name == "sort":
        program = find("sort")
        write_lines(file(".in"), size(500000, 60000))
        return Program(name, "sort --parallel=4: threads",
                       [program, "--parallel=4", "-S", "200M", file(".in")])
    if name == "true":
        return Program(name, "start-up of /usr/bin/true, %d runs" % size(100, 20), [find("true")],
                       repeat=size(100, 20), in_mean=False)
    raise KeyError(name)


NAMES = ["bzip2", "xz", "sqlite3", "perl", "python3", "sort", "cc1", "imports", "true"]

# Those that checkpoints are measured with, and how much longer they run.
LONG = {"bzip2": 3, "python3": 2, "sort": 2, "cc1": 2}

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C", "TMPDIR": "/tmp",
    "PERL_HASH_SEED": "0", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1",
}
