# SPDX-License-Identifier: GPL-2.0-or-later
"""From measurements to tables."""
import collections
import math
import os
import sqlite3
import statistics

Measurement = collections.namedtuple("Measurement", "user system peak")   # seconds, seconds, bytes


class Profile:
    """What a profile says of its recording; None is what it does not say."""

    def __init__(self, path, wall):
        db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
        meta = dict(db.execute("SELECT key, value FROM meta"))
        self.engine = meta.get("engine")
        self.exact = meta.get("exact")
        self.blocks, self.executed = db.execute("SELECT count(*), sum(entered) FROM block").fetchone()
        self.edges, = db.execute("SELECT count(*) FROM edge").fetchone()
        self.callbacks = meta.get("callbacks")
        self.explicit = meta.get("explicit_branches")
        self.bytes = os.path.getsize(path)
        self.own_time = wall - meta["duration_ms"] / 1000 if "duration_ms" in meta else None
        db.close()


def machine(qemu_version, rounds, load):
    """Lines (what, value) about where and how it was measured."""
    model, system = "unknown", "unknown"
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    if os.path.exists("/etc/os-release"):
        with open("/etc/os-release") as f:
            for line in f:
                if line.startswith("PRETTY_NAME="):
                    system = line.split("=", 1)[1].strip().strip('"')
    return [("processor", "%s, %d cores" % (model, os.cpu_count())),
            ("system", "%s, Linux %s" % (system, os.uname().release)),
            ("QEMU", "%s, user mode, qemu-%s" % (qemu_version, os.uname().machine)),
            ("rounds", str(rounds)),
            ("load", "%.1f at the start, %.1f at the end" % load)]


def geomean(values):
    return math.exp(sum(math.log(v) for v in values) / len(values)) if values else None


def spread(values, digits=2):
    """Median, and least to greatest."""
    if not values:
        return "-"
    if len(values) == 1:
        return "%.*f" % (digits, values[0])
    return "%.*f (%.*f-%.*f)" % (digits, statistics.median(values), digits, min(values),
                                 digits, max(values))


def number(value, form="%d"):
    return "-" if value is None else form % value


class Table:
    def __init__(self, title, note, head):
        self.title, self.note, self.head, self.rows = title, note, head, []

    def text(self):
        rows = [self.head] + self.rows
        widths = [max(len(row[i]) for row in rows) for i in range(len(self.head))]
        lines = [self.title + ": " + self.note, ""]
        for row in rows:
            cells = [c.ljust(w) if i == 0 else c.rjust(w)
                     for i, (c, w) in enumerate(zip(row, widths))]
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines) + "\n"

    def markdown(self):
        lines = ["**%s:** %s" % (self.title, self.note), "", "| %s |" % " | ".join(self.head),
                 "|---" + "|---:" * (len(self.head) - 1) + "|"]
        lines += ["| %s |" % " | ".join(row) for row in self.rows]
        return "\n".join(lines) + "\n"


class Report:
    def __init__(self, chosen, configs, measured, profiles, more=()):
        self.chosen, self.configs = chosen, configs
        self.measured, self.profiles = measured, profiles
        self.more = list(more)      # tables of other things

    # --- numbers

    def ratios(self, name, config, base, time):
        """One for each round in which both were measured."""
        pairs = zip(self.measured[name][config], self.measured[name][base])
        return [time(a) / time(b) for a, b in pairs if a and b and time(b) > 0]

    def means(self, config, base, time):
        """The geometric mean of the programs' medians, and each round's own."""
        per_program = [self.ratios(p.name, config, base, time) for p in self.chosen if p.in_mean]
        if not per_program or not all(per_program):
            return None, []
        rounds = [geomean(r) for r in zip(*per_program)]
        return geomean([statistics.median(r) for r in per_program]), rounds

    def peak(self, name, config):
        peaks = [m.peak for m in self.measured[name][config] if m]
        return statistics.median(peaks) if peaks else None

    # --- tables

    def times(self, base, configs):
        def user(m):
            return m.user

        def cpu(m):
            return m.user + m.system

        table = Table("User time", "ratio to %s within each round, median (least-greatest)" % base,
                      ["program", base + ", s"] + configs)
        for p in self.chosen:
            seconds = [m.user for m in self.measured[p.name][base] if m]
            table.rows.append([p.name, spread(seconds).split(" ")[0]] +
                              [spread(self.ratios(p.name, c, base, user)) for c in configs])
        for what, time in (("geometric mean", user), ("  with system time", cpu)):
            row = [what, ""]
            for c in configs:
                mean, rounds = self.means(c, base, time)
                text = number(mean, "%.2f")
                if len(rounds) > 1:
                    text += " (%.2f-%.2f)" % (min(rounds), max(rounds))
                row.append(text)
            table.rows.append(row)
        return table

    def memory(self):
        table = Table("Peak memory", "MB, median; then what flow takes more, in bytes for each block",
                      ["program"] + self.configs + ["blocks", "over plain", "over noop"])
        for p in self.chosen:
            profile = self.profiles.get(p.name)
            peaks = [self.peak(p.name, c) for c in self.configs]
            row = [p.name] + [number(peak and peak / 1e6, "%.0f") for peak in peaks]
            row.append(number(profile and profile.blocks))
            for base in ("plain", "noop"):
                have = profile and profile.blocks and base in self.configs
                a = self.peak(p.name, "flow") if have else None
                b = self.peak(p.name, base) if have else None
                row.append("%.0f" % ((a - b) / profile.blocks) if a and b else "-")
            table.rows.append(row)
        return table

    def recording(self):
        table = Table("Recording", "one `qemu-cflow record --engine flow` of each",
                      ["program", "blocks", "executed, M", "callbacks, %", "explicit branches",
                       "edges", "exact", "profile, MB", "own time, s"])
        for p in self.chosen:
            r = self.profiles.get(p.name)
            if not r:
                table.rows.append([p.name] + ["-"] * 8)
                continue
            share = 100 * r.callbacks / r.executed if r.callbacks is not None and r.executed else None
            table.rows.append([
                p.name, number(r.blocks), number(r.executed and r.executed / 1e6, "%.1f"),
                number(share, "%.2f"), number(r.explicit), number(r.edges),
                "yes" if r.exact else "no", number(r.bytes / 1e6, "%.1f"),
                number(r.own_time, "%.2f")])
        return table

    def remarks(self):
        """What a reader would work out from the tables."""
        def user(m):
            return m.user

        lines = []
        if {"cflow", "flow"} <= set(self.configs):
            theirs, ours = self.means("cflow", "plain", user)[0], self.means("flow", "plain", user)[0]
            if theirs and ours and ours > 1:
                lines.append("The overhead of QEMU's cflow is %.1f times that of engine=flow."
                             % ((theirs - 1) / (ours - 1)))
        return lines

    def tables(self):
        if not self.chosen:
            return self.more
        made = [self.times("plain", [c for c in self.configs if c != "plain"])]
        if "noop" in self.configs:
            above = [c for c in self.configs if c not in ("plain", "noop")]
            made += [self.times("noop", above)] if above else []
        made.append(self.memory())
        if self.profiles:
            made.append(self.recording())
        return made + self.more

    def text(self, about):
        parts = ["\n".join("%-10s %s" % line for line in about) + "\n"]
        parts += [t.text() for t in self.tables()]
        if self.chosen:
            parts += ["\n".join("%-10s %s" % (p.name, p.what) for p in self.chosen) + "\n"]
        return "\n".join(parts + self.remarks())

    def markdown(self, about):
        lines = ["| | |", "|---|---|"] + ["| %s | %s |" % line for line in about]
        parts = ["\n".join(lines) + "\n"]
        parts += [t.markdown() for t in self.tables()]
        if self.remarks():
            parts.append("\n".join(self.remarks()) + "\n")
        return "\n".join(parts)
