#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# generate.py SEED FUNCTIONS [PART]
#
# A C program of functions with a switch statement each, of random size, with gaps and
# cases that fall through, of all integer types, within loops and not.  It calls each
# function with every number that makes a difference, so that each of its switches goes
# everywhere it can; with PART, in hundredths, only with the lowest of them.
import random
import sys

rng = random.Random(int(sys.argv[1]))
functions = int(sys.argv[2])
part = int(sys.argv[3]) if len(sys.argv) > 3 else 100
TYPES = ["int", "unsigned", "unsigned char", "signed char", "short", "long", "unsigned long"]


def case(number):
    if rng.random() < 0.15:
        return f"        result += {number};\n"  # falls through
    return (f"        result = result * {rng.randint(2, 99)} + {number};\n"
            f"        sink = {rng.randint(0, 99999)};\n"
            "        break;\n")


def cases(kind, indent):
    first = rng.choice([0, 1, 5, 97] if "char" in kind else [0, 1, -3, 5, 97, 1000])
    gaps = rng.random() < 0.6
    numbers = [first + i for i in range(rng.randint(12, 40))]
    if kind.startswith("unsigned"):
        numbers = [n for n in numbers if n >= 0]
    if kind == "signed char":  # compilers may leave out what cannot be
        numbers = [n for n in numbers if n <= 127]
    kept = [n for n in numbers if not gaps or rng.random() > 0.15]
    text = "".join(f"    case {n}:\n{case(n)}" for n in kept)
    return "".join(indent + line + "\n" for line in text.splitlines())


print("static int result;\nvolatile int sink;\n")
for f in range(functions):
    kind = rng.choice(TYPES)
    print(f"__attribute__((noinline)) int f{f}({kind} x)\n{{")
    if rng.random() < 0.5:
        print(f"    switch (x) {{\n{cases(kind, '')}    default:\n        return -1;\n    }}")
    else:
        print(f"    for (int i = 0; i < 3; i++) {{\n        switch (({kind})(x + i)) {{\n"
              f"{cases(kind, '    ')}        default:\n            sink = x;\n        }}\n    }}")
    print("    return result;\n}\n")
print("int main(void)\n{\n    int sum = 0;\n")
print(f"    for (int i = -20; i < {-20 + 1120 * part // 100}; i++) {{")
for f in range(functions):
    print(f"        sum += f{f}(i);")
print("    }\n    return sum == 12345;\n}")
