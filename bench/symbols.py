#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures what names and lines cost in a large program.

A program of many functions is generated and compiled with debug information, some
100 MB of it, and a run of it is recorded, in which each function runs.  Then commands
that look up names and lines are measured: time, user time and peak memory, the best of
several rounds.  "edges, no names" is what the same profile costs without any lookup.

Everything is kept in ${XDG_CACHE_HOME:-~/.cache}/qemu-cflow/symbols.
"""
import argparse
import hashlib
import os
import subprocess
import sys
import time

FUNCTION = """
static int __attribute__((noinline)) work_{file}_{n}(struct state_{file}_{type} *state, int x)
{{
    int value_{file}_{n} = x, other_{file}_{n} = state->member_{file}_{type}_3;
    for (int i = 0; i < 2; i++) {{
        if ((x + i) & 1) {{
            int odd_{file}_{n} = value_{file}_{n} * 3;
            value_{file}_{n} = odd_{file}_{n} + i;
        }} else if (other_{file}_{n} > x) {{
            value_{file}_{n} ^= helper_{file}(x + i);
        }} else {{
            value_{file}_{n}--;
        }}
    }}
    state->member_{file}_{type}_3 = value_{file}_{n};
    return value_{file}_{n} + other_{file}_{n};
}}
"""


def source(file, functions, types):
    """C of one file: types to be described, functions that all run."""
    out = [f"static inline int helper_{file}(int x) {{ return x > 5 ? x * {file + 3} : x + 1; }}\n"]
    for t in range(types):
        members = "".join(f"    int member_{file}_{t}_{m};\n    struct state_{file}_{t} *link_{file}_{t}_{m};\n"
                          for m in range(20))
        out.append(f"struct state_{file}_{t} {{\n{members}}};\n")
    out += [FUNCTION.format(file=file, n=n, type=n % types) for n in range(functions)]
    out.append(f"int run_{file}(int x)\n{{\n")
    out += [f"    static struct state_{file}_{t} s{t};\n" for t in range(types)]
    out += [f"    x += work_{file}_{n}(&s{n % types}, x);\n" for n in range(functions)]
    out.append("    return x;\n}\n")
    return "".join(out)


def run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, **options)
    if done.returncode != 0:
        sys.exit(f"symbols: {' '.join(command[:4])} ... failed:\n{done.stderr[-2000:]}")
    return done.stdout


def make_program(where, options):
    """The program, compiled once for one set of options."""
    text = repr((FUNCTION, options.files, options.functions, options.types)).encode()
    program = os.path.join(where, "large-" + hashlib.sha256(text).hexdigest()[:12])
    if os.path.exists(program):
        return program
    objects = []
    for file in range(options.files):
        path = os.path.join(where, f"part-{file}.c")
        with open(path, "w", encoding="ascii") as out:
            out.write(source(file, options.functions, options.types))
        run(["gcc", "-g", "-O1", "-fno-eliminate-unused-debug-types", "-c", path, "-o", path[:-1] + "o"])
        objects.append(path[:-1] + "o")
        if sys.stderr.isatty():
            print(f"\rcompiled {file + 1} of {options.files}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    main = os.path.join(where, "main.c")
    with open(main, "w", encoding="ascii") as out:
        out.write("#include <stdio.h>\n")
        out.write("".join(f"int run_{file}(int);\n" for file in range(options.files)))
        out.write("int main(void)\n{\n    int x = 1;\n")
        out.write("".join(f"    x += run_{file}(x);\n" for file in range(options.files)))
        out.write('    printf("%d\\n", x);\n    return 0;\n}\n')
    run(["gcc", "-g", "-o", program + ".new", main, *objects])
    for path in objects:
        os.unlink(path)
    os.rename(program + ".new", program)
    return program


def measure(command):
    """Seconds, seconds of user time, peak memory in MB."""
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"symbols: {' '.join(command)} failed: {said.decode(errors='replace')}")
    return time.monotonic() - began, usage.ru_utime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(prog="symbols.py", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", metavar="DIR")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, default=210)
    parser.add_argument("--functions", type=int, default=130, help="per file")
    parser.add_argument("--types", type=int, default=300, help="per file")
    options = parser.parse_args()
    cflow = os.path.join(os.path.abspath(options.build), "qemu-cflow")
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    where = os.path.join(cache, "qemu-cflow", "symbols")
    os.makedirs(where, exist_ok=True)
    program = make_program(where, options)
    profile = program + ".db"
    if not os.path.exists(profile):
        run([cflow, "record", "-q", "-o", profile, "--", program])
    debug = sum(int(line.split()[1]) for line in run(["size", "-A", program]).splitlines()
                if line.startswith(".debug_"))
    edges = run(["sqlite3", "-readonly", profile, "SELECT count(*) FROM edge"]).strip()
    print(f"program {os.path.getsize(program) / 1e6:.0f} MB, debug information {debug / 1e6:.0f} MB, "
          f"{options.files * options.functions:,} functions; profile of {int(edges):,} edges")
    commands = {
        "edges, no names": ["info"],
        "every edge, names and lines": ["export", "-f", "csv", "-o", "-"],
        "report, ten branches": ["report", "--no-pager"],
        "report --by function": ["report", "--no-pager", "--by", "function", "-n", "0"],
        "report --by file": ["report", "--no-pager", "--by", "file", "-n", "0"],
        "annotate one function": ["annotate", "--no-pager", "work_7_7"],
    }
    print(f"{'':28} {'seconds':>8} {'user':>6} {'memory, MB':>11}   best of {options.rounds} rounds")
    for name, words in commands.items():
        results = [measure([cflow, words[0], "-i", profile, *words[1:]])
                   for _ in range(options.rounds)]
        best = [min(column) for column in zip(*results)]
        print(f"{name:28} {best[0]:8.2f} {best[1]:6.2f} {best[2]:11.0f}", flush=True)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs")


if __name__ == "__main__":
    main()
