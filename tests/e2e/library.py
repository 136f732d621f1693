# SPDX-License-Identifier: GPL-2.0-or-later
"""library.py GCOV.json ANNOTATE.json: the lines of one function have gcov's counts.

gcov counts the line of a function's declaration, line tables have the line of its
opening brace instead.
"""
import json
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        gcov = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        annotate = json.load(file)
    name = annotate["function"]
    theirs = {line["line_number"]: line["count"] for file in gcov["files"]
              for line in file["lines"] if line.get("function_name") == name}
    ours = {line["line"]: line["count"] for line in annotate["lines"]}
    first = annotate["line"]
    if not annotate["exact"] or annotate["residual"] != 0 or not theirs:
        sys.exit(f"{name}: not exact, or gcov does not know it")
    if first not in ours:  # the brace
        ours[first] = ours.pop(min(ours))
    wrong = [f"line {line}: gcov {theirs.get(line)}, annotate {ours.get(line)}"
             for line in sorted(set(theirs) | set(ours)) if theirs.get(line) != ours.get(line)]
    if wrong:
        sys.exit(f"{name}: " + "; ".join(wrong))
    texts = [line["text"] for line in annotate["lines"]]
    if not all(isinstance(text, str) for text in texts):
        sys.exit(f"{name}: a line without its source")
    print(f"{name}: {len(ours)} lines")


main()
