#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# screens.py BUILD_DIR QEMU_BIN_DIR [FILE...]
#
# Runs the commands of the screens in README.md and doc/EXPORTS.md, those behind "$ " in
# indented text, from top to bottom in a directory of their own, and compares what they
# print with what stands there.  "..." stands for any number of lines; the directory is
# /home/user there.  Screens of what is not at hand are left out: see SKIPPED.
#
# The C library's start depends on the environment, and with it the totals and shares in
# them: those numbers are not compared, nor are rows of its functions, blank lines and
# the widths of columns.
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
SKIPPED = [
    r"bzip2",                      # its input is not in the repository
    r"^man |^sqlite3 |^make ",
]
# Programs without which a screen is left out.
NEEDED = ["callgrind_annotate", "aarch64-linux-gnu-gcc", "genhtml", "gprof", "dot", "jq",
          "perf2bolt", "llvm-profgen"]


OF_LIBRARY = re.compile(r"__tunables_init|getenv|_dl_|ptmalloc_init|_int_malloc|^-*$")
NUMBERS = [
    (r"[\d,]+ transfers", "# transfers"),
    (r"over \d+ edges", "over # edges"),
    (r"# transfers, .*", "# transfers"),
    (r"\d+ of \d+, in \d+ functions", "# loops"),
    (r"\d+ edges agree with \d+ blocks", "# edges"),
    (r"of \d+ functions are drawn", "of # functions"),
    (r"[\d,]+ \(100\.0%\)", "#"),
    (r"\( ?[\d.]+%\)", "(%)"),
    (r"^(\d+) +[\d.]+ +(\d+ +\d+ +\d+ +\d+ +\S+ )", r"\1 % \2"),  # report --by
    (r" +", " "),
]


def plain(lines):
    """The lines without what depends on the environment."""
    kept = []
    for line in lines:
        if line == "..." or not OF_LIBRARY.search(line):
            for pattern, by in NUMBERS:
                line = re.sub(pattern, by, line.strip())
            kept.append(line)
    return kept


def screens(path):
    """(line number, command, expected lines) of each command in the file."""
    found, command = [], None
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            text = line.rstrip("\n")
            if text.startswith("    $ "):
                command = (number, text[6:], [])
                found.append(command)
            elif text.startswith("    ") and command:
                command[2].append(text[4:].rstrip())
            elif text and not text.startswith("    "):
                command = None
            elif command:
                command[2].append("")
    return found


def chunks(lines):
    """The expected lines between those that are "..."."""
    parts, part = [], []
    for line in lines:
        if line == "...":
            parts.append(part)
            part = []
        else:
            part.append(line)
    parts.append(part)
    return [part for part in parts if part]


def first_missing(expected, printed):
    """The first chunk of the expected lines that is not in the printed ones, in order."""
    at = 0
    for part in chunks(expected):
        for start in range(at, len(printed) - len(part) + 1):
            if printed[start:start + len(part)] == part:
                at = start + len(part)
                break
        else:
            return part
    return None


def main():
    build, qemu = (os.path.realpath(p) for p in sys.argv[1:3])
    files = sys.argv[3:] or [os.path.join(TOP, f) for f in ("README.md", "doc/EXPORTS.md")]
    failed = False
    for path in files:
        work = os.path.realpath(tempfile.mkdtemp())
        shutil.copytree(os.path.join(TOP, "examples"), os.path.join(work, "examples"))
        # What the environment holds is read by the C library of the guest: so it is fixed.
        env = {"PATH": f"{build}:/usr/bin:/bin:/usr/lib/llvm-19/bin", "HOME": work,
               "LC_ALL": "C.UTF-8", "QEMU_CFLOW_QEMU": qemu}
        ran = skipped = bad = 0
        for number, command, expected in screens(path):
            words = set(re.findall(r"[\w.-]+", command))
            if any(re.search(pattern, command) for pattern in SKIPPED) or any(
                    p in words and not shutil.which(p, path=env["PATH"]) for p in NEEDED):
                skipped += 1
                continue
            run = subprocess.run(["/bin/bash", "-c", command], cwd=work, env=env,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, check=False)
            text = run.stdout.decode("utf-8", "replace")
            text = text.replace(work, "/home/user")
            text = text.replace(qemu, "/home/user/.cache/qemu-cflow/qemu-10.2.2/bin")
            printed = text.split("\n")
            ran += 1
            missing = first_missing(plain(expected), plain(printed))
            if missing is not None:
                bad += 1
                print(f"{os.path.basename(path)}:{number}: $ {command}\nis said to print\n"
                      + "".join(f"    {line}\n" for line in missing) + "and prints\n"
                      + "".join(f"    {line}\n" for line in printed[:60]))
        name = "screens/" + os.path.basename(path)
        good = ran > 5 and not bad
        print(f"{'PASS' if good else 'FAIL'} {name}: {ran} commands, {skipped} left out")
        failed = failed or not good
        shutil.rmtree(work)
    sys.exit(failed)


main()
