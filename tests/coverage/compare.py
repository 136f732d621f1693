#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares coverages.

compare.py gcov COVERAGE.json GCOV.json...    ours against what gcov -b --json-format says
compare.py common COVERAGE.json GCOV.json...  the same, with the percentage of lines that both have
compare.py same A.json B.json                 two of ours: the same lines, counts, functions
compare.py subset O2.json O0.json             each line that ran optimised ran unoptimised
compare.py mostly O2.json O0.json             the same, but for one line in a hundred
compare.py marks COVERAGE.json SOURCE         each line with "runs N" in a comment ran N times
compare.py sites COVERAGE.json PROFILE.db     both ways of each branch are how often it ran, and
                                              each branch that ran in a function is known
compare.py lcov FILE.info [COVERAGE.json]     a tracefile against lcov 2's rules, and ours

Prints differences, and a summary as the last line; exit status 1 if it is not what
it should be.
"""
import collections
import json
import os
import re
import sqlite3
import sys


class Source:
    """What is known of one source file."""

    def __init__(self):
        self.lines = {}
        self.functions = {}
        self.branches = collections.defaultdict(list)  # line -> [(one way, other way)]
        self.other_branches = set()  # lines with branches that are no pairs
        self.switches = collections.defaultdict(list)  # line -> [counts of destinations]
        self.outcomes = collections.defaultdict(list)  # line -> counts of all branches


def ours(path):
    with open(path) as f:
        document = json.load(f)
    sources = {}
    for file in document["files"]:
        source = sources[file["file"]] = Source()
        for line in file["lines"]:
            source.lines[line["line"]] = line["count"]
        for function in file["functions"]:
            source.functions[function["name"]] = (function["line"], function["count"])
        for branch in file["branches"]:
            source.branches[branch["line"]].append((branch["taken"], branch["not_taken"]))
        for switch in file["switches"]:
            counts = [d["count"] for d in switch["destinations"]]
            source.switches[switch["line"]].append(counts)
    return sources


def gcov(paths):
    """Files, lines and functions of several objects added up, as a static function may be in both."""
    sources = {}
    for path in paths:
        with open(path) as f:
            document = json.load(f)
        for file in document["files"]:
            name = os.path.normpath(
                os.path.join(document["current_working_directory"], file["file"]))
            source = sources.setdefault(name, Source())
            lines = collections.Counter()
            for line in file["lines"]:
                number = line["line_number"]
                lines[number] = max(lines[number], line["count"])
                counts = [b["count"] for b in line["branches"]]
                throws = any(b["throw"] for b in line["branches"])
                if len(counts) % 2 or throws:
                    source.other_branches.add(number)
                source.outcomes[number] += counts
                pairs = list(zip(counts[::2], counts[1::2]))
                if number in source.branches:  # the copy of another object
                    source.branches[number] += pairs
                elif pairs:
                    source.branches[number] = pairs
            for number in lines:
                source.lines[number] = source.lines.get(number, 0) + lines[number]
            for function in file["functions"]:
                start, count = source.functions.get(function["name"], (0, 0))
                source.functions[function["name"]] = (function["start_line"],
                                                      count + function["execution_count"])
    return sources


def text_of(path, line):
    try:
        with open(path) as f:
            return f.read().splitlines()[line - 1].strip()
    except (OSError, IndexError):
        return ""


def is_switch(counts, compare, outcomes):
    """Whether gcov's outcomes of a switch statement are those of a jump through a table.

    The compare before it leads to the default, too, which gcov has once; it is among the
    destinations if there are gaps between the cases.
    """
    outcomes = sorted(outcomes)
    for default in compare:
        if outcomes == sorted(counts + [default]):
            return True
        for i, count in enumerate(counts):
            if outcomes == sorted(counts[:i] + counts[i + 1:] + [count + default]):
                return True
    return False


class Report:
    def __init__(self):
        self.bad = False

    def say(self, path, line, what):
        print(f"{os.path.basename(path)}:{line}: {what}: {text_of(path, line)}")

    def fail(self, path, line, what):
        self.say(path, line, what)
        self.bad = True


def percentage(lines):
    return 100 * sum(1 for c in lines.values() if c) / max(1, len(lines))


def compare_gcov(mine_path, gcov_paths, common=False):
    mine, theirs = ours(mine_path), gcov(gcov_paths)
    report = Report()
    same = other_hits = other_count = only = pairs_same = pairs_all = functions = 0
    switches_same = 0
    if set(mine) != set(theirs):
        print("other files:", sorted(set(mine) ^ set(theirs)))
        report.bad = True
    for path in sorted(set(mine) & set(theirs)):
        a, b = mine[path], theirs[path]
        for number in sorted(set(a.lines) | set(b.lines)):
            if number not in a.lines or number not in b.lines:
                who = "gcov" if number in b.lines else "qemu-cflow"
                count = b.lines.get(number, a.lines.get(number))
                report.say(path, number, f"only {who} has code here, run {count} times")
                only += 1
            elif bool(a.lines[number]) != bool(b.lines[number]):
                # Jumps that were made one, or lead to the next line, have the line of
                # one of them: gcov gives returns to the first, compilers the end of a
                # block to its brace.  Never more than one line in a hundred.
                text = text_of(path, number)
                jump_only = re.match(r"(return\b|goto\b|break;|continue;|[{}]|\w+:$)", text)
                other_hits += 1
                (report.say if jump_only else report.fail)(
                    path, number, f"run {a.lines[number]}, gcov {b.lines[number]}")
                other_count += 1
            elif a.lines[number] != b.lines[number]:
                report.say(path, number, f"count {a.lines[number]}, gcov {b.lines[number]}")
                other_count += 1
            else:
                same += 1
        for name in sorted(set(a.functions) | set(b.functions)):
            functions += 1
            if a.functions.get(name) != b.functions.get(name):
                report.fail(path, b.functions.get(name, (0, 0))[0],
                            f"function {name} (line, count): {a.functions.get(name)}, "
                            f"gcov {b.functions.get(name)}")
        for number, switches in a.switches.items():
            if len(switches) != 1 or len(a.branches[number]) != 1:
                report.say(path, number, f"several: {switches}, {a.branches[number]}")
            elif is_switch(switches[0], a.branches[number][0], b.outcomes[number]):
                switches_same += 1
            else:
                report.fail(path, number, f"switch {switches[0]}, compare {a.branches[number][0]}, "
                                          f"gcov {b.outcomes[number]}")
        for number in sorted(b.branches):
            one = sorted(tuple(sorted(p)) for p in a.branches.get(number, []))
            other = sorted(tuple(sorted(p)) for p in b.branches[number])
            pairs_all += len(other)
            if number in a.switches:
                continue
            if number in b.other_branches or len(one) != len(other):
                report.say(path, number, f"other branches: {one}, gcov {other}")
            elif one != other:
                report.fail(path, number, f"branches {one}, gcov {other}")
            else:
                pairs_same += len(one)
    total_a = {(p, n): c for p in mine for n, c in mine[p].lines.items()}
    total_b = {(p, n): c for p in theirs for n, c in theirs[p].lines.items()}
    if common:
        total_a, total_b = ({k: v for k, v in one.items() if k in other}
                            for one, other in ((total_a, total_b), (total_b, total_a)))
    print(f"{percentage(total_a):.2f} % of lines, gcov {percentage(total_b):.2f} %; "
          f"of {same + other_count + only} lines {same} have gcov's count, {other_count} another, "
          f"{only} are in one only; {functions} functions; {pairs_same} of {pairs_all} branches "
          f"and {switches_same} of {sum(len(s.switches) for s in mine.values())} switches are gcov's")
    if abs(percentage(total_a) - percentage(total_b)) > 1 or same < 20 or functions == 0 \
            or other_hits > max(1, 0.01 * (same + other_count)):
        report.bad = True
    return report.bad


def compare_same(path_a, path_b):
    a, b = ours(path_a), ours(path_b)
    report = Report()
    lines = different = 0
    if set(a) != set(b):
        print("other files:", sorted(set(a) ^ set(b)))
        report.bad = True
    for path in sorted(set(a) & set(b)):
        for number in sorted(set(a[path].lines) | set(b[path].lines)):
            one, other = a[path].lines.get(number), b[path].lines.get(number)
            lines += 1
            if one != other:
                different += 1
                report.say(path, number, f"{one}, the other {other}")
                # A line that one compiler has code for and the other has none is no mistake.
                report.bad = report.bad or (one is not None and other is not None
                                            and bool(one) != bool(other))
        if a[path].functions != b[path].functions:
            report.fail(path, 0, f"functions {a[path].functions}, the other {b[path].functions}")
    print(f"{lines} lines, {different} of them different")
    return report.bad or lines < 20 or different * 20 > lines


def compare_subset(path_o2, path_o0, allowed=0):
    o2, o0 = ours(path_o2), ours(path_o0)
    report = Report()
    lines = more = wrong = 0
    for path in sorted(o2):
        for number, count in sorted(o2[path].lines.items()):
            plain = o0[path].lines.get(number) if path in o0 else None
            lines += 1
            if count and plain == 0:
                report.say(path, number, f"did not run, and counts {count}")
                wrong += 1
            elif plain is not None and count > plain:
                report.say(path, number, f"ran {plain} times, and counts {count}")
                more += 1
    print(f"{lines} lines, {wrong} that did not run count, {more} have a higher count")
    return wrong > allowed * lines or lines < 20


def check_marks(mine_path, source):
    lines = ours(mine_path)[os.path.realpath(source)].lines
    report = Report()
    marked = 0
    with open(source) as f:
        for number, text in enumerate(f, 1):
            mark = re.search(r"/\* runs (\d+) \*/", text)
            if mark:
                marked += 1
                if lines.get(number) != int(mark.group(1)):
                    report.fail(source, number, f"counts {lines.get(number)}")
    print(f"{marked} lines as marked")
    return report.bad or marked < 5


def check_sites(mine_path, profile):
    """For programs without faults: a block that is entered runs to its end."""
    with open(mine_path) as f:
        document = json.load(f)
    database = sqlite3.connect(f"file:{profile}?mode=ro", uri=True)
    bad = branches = ran = 0
    known = set()
    for file in document["files"]:
        for branch in file["branches"]:
            address = int(branch["offset"], 16)
            known.add((branch["module"], address))
            executed = database.execute(
                "select coalesce(sum(entered), 0) from block b join module m on m.id = b.module"
                " where m.path = ? and start <= ? and last >= ?",
                (branch["module"], address, address)).fetchone()[0]
            branches += 1
            ran += executed > 0
            if executed != branch["taken"] + branch["not_taken"]:
                print(f"{file['file']}:{branch['line']}: {branch} ran {executed} times")
                bad += 1
    # What ran between two branches of one source and is none of them was overlooked.
    spans = collections.defaultdict(list)
    for file in document["files"]:
        for branch in file["branches"]:
            spans[branch["module"], branch["function"]].append(int(branch["offset"], 16))
    for (module, function), addresses in spans.items():
        for (address,) in database.execute(
                "select distinct src from edge e join module m on m.id = e.src_module"
                " join kind k on k.id = e.kind where m.path = ? and src between ? and ?"
                " and k.name in ('taken', 'not-taken')",
                (module, min(addresses), max(addresses))):
            if (module, address) not in known:
                print(f"{function}: branch at {address:#x} not known")
                bad += 1
    print(f"{branches} branches, {ran} of them ran")
    return bad > 0 or ran < 20


def check_lcov(info, json_path=None):
    """What lcov 2 calls inconsistent, and sums that are wrong in any version."""
    mine = ours(json_path) if json_path else None
    bad = []
    files = 0
    path = None
    with open(info) as f:
        for raw in f:
            line = raw.rstrip("\n")
            tag, _, rest = line.partition(":")
            if tag == "TN":
                continue
            if tag == "SF":
                path, files = rest, files + 1
                da, fn, fnda, br, sums = {}, {}, {}, collections.defaultdict(list), {}
            elif tag == "FN":
                number, name = rest.split(",", 1)
                if name in fn or "," in name:
                    bad.append(f"{path}: function {name} twice, or with a comma")
                fn[name] = int(number)
            elif tag == "FNDA":
                count, name = rest.split(",", 1)
                fnda[name] = int(count)
            elif tag == "BRDA":
                number, block, branch, taken = rest.split(",")
                br[int(number)].append((int(block), int(branch),
                                        None if taken == "-" else int(taken)))
            elif tag == "DA":
                number, count = rest.split(",")
                if int(number) in da:
                    bad.append(f"{path}:{number}: twice")
                da[int(number)] = int(count)
            elif tag in ("FNF", "FNH", "BRF", "BRH", "LF", "LH"):
                sums[tag] = int(rest)
            elif line == "end_of_record":
                bad += check_record(path, da, fn, fnda, br, sums)
                if mine is not None and da != mine.get(path, Source()).lines:
                    bad.append(f"{path}: other lines than coverage has")
                path = None
            else:
                bad.append(f"unknown line {line}")
    if path is not None:
        bad.append(f"{path}: no end of record")
    print("\n".join(bad[:20]))
    print(f"{files} files, {len(bad)} inconsistencies")
    return bool(bad) or files == 0


def check_record(path, da, fn, fnda, br, sums):
    bad = []
    outcomes = [taken for branches in br.values() for _, _, taken in branches]
    true = {
        "FNF": len(fn), "FNH": sum(1 for c in fnda.values() if c),
        "BRF": len(outcomes), "BRH": sum(1 for t in outcomes if t),
        "LF": len(da), "LH": sum(1 for c in da.values() if c),
    }
    if sums != true:
        bad.append(f"{path}: sums {sums} are {true}")
    if set(fn) != set(fnda):
        bad.append(f"{path}: FN and FNDA name other functions")
    if os.path.exists(path) and da and max(da) > len(open(path, "rb").read().splitlines()):
        bad.append(f"{path}:{max(da)}: behind the end of the file")
    for number, branches in br.items():
        hit = any(taken for _, _, taken in branches)
        if number not in da:
            bad.append(f"{path}:{number}: branches, and no line")
        elif bool(da[number]) != hit:
            bad.append(f"{path}:{number}: line {da[number]}, branches {branches}")
        if len({b[:2] for b in branches}) != len(branches):
            bad.append(f"{path}:{number}: a branch twice")
    starts = sorted(set(fn.values()))
    for name, start in fn.items():
        later = [s for s in starts if s > start]
        end = later[0] - 1 if later else max(da, default=0)
        counts = [c for n, c in da.items() if start <= n <= end]
        called = any(c for other, c in fnda.items() if fn[other] == start)
        if not counts:
            bad.append(f"{path}:{start}: function {name} without lines")
        elif any(counts) != called:
            bad.append(f"{path}:{start}: function {name} called {fnda[name]}, lines {counts}")
    return bad


def main():
    verbs = {"gcov": lambda a: compare_gcov(a[0], a[1:]),
             "common": lambda a: compare_gcov(a[0], a[1:], common=True), "same": lambda a: compare_same(*a),
             "subset": lambda a: compare_subset(*a),
             "mostly": lambda a: compare_subset(*a, allowed=0.01), "lcov": lambda a: check_lcov(*a),
             "sites": lambda a: check_sites(*a), "marks": lambda a: check_marks(*a)}
    if len(sys.argv) < 3 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    return 1 if verbs[sys.argv[1]](sys.argv[2:]) else 0


if __name__ == "__main__":
    sys.exit(main())
