#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine that is ended from outside while it runs: by SIGTERM, which QEMU obeys in
order, and by SIGKILL, after which there is the flow engine's last checkpoint.  In both
cases all sums balance."""
import argparse
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import time

def child_of(pid):
    """QEMU, once it runs under @pid; None if it does not yet."""
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = entry.read_text().rsplit(")", 1)
        except OSError:
            continue
        if int(rest.split()[1]) == pid and "qemu-system" in name:
            return int(entry.parent.name)
    return None


def seconds_of(pid):
    """Of processor time: how far the guest gets in a second of the clock is up to the host."""
    try:
        words = pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def record(args, db, machine, how, after):
    db.unlink(missing_ok=True)
    p = subprocess.Popen([str(pathlib.Path(args.build) / "qemu-cflow"), "record", "-q", "--engine",
                          "flow", "--checkpoint", "100", "-o", str(db), "--"] + machine,
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    pid = None
    while p.poll() is None and not (pid and seconds_of(pid) >= after):
        time.sleep(0.05)
        pid = child_of(p.pid)
    if pid:
        os.kill(pid, how)
    p.wait(timeout=300)
    return dict(sqlite3.connect(db).execute("SELECT key, value FROM meta")) if pid else None


def main():
    p = argparse.ArgumentParser(description=__doc__)
    for name in ("build", "work", "qemu-bin", "linux"):
        p.add_argument("--" + name, required=True)
    args = p.parse_args()
    work = pathlib.Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(args.linux)
    failed = 0
    for cpus in (1, 2):
        for how in (signal.SIGTERM, signal.SIGKILL):
            machine = [args.qemu_bin + "/qemu-system-x86_64", "-m", "256", "-smp", str(cpus),
                       "-display", "none", "-monitor", "none", "-nic", "none", "-vga", "none",
                       "-serial", "file:%s" % (work / "log"), "-no-reboot",
                       "-kernel", str(folder / "vmlinuz"), "-initrd", str(folder / "initrd.gz"),
                       "-append", "console=ttyS0 nokaslr quiet panic=-1 cflow=work"]
            meta = record(args, work / "killed.db", machine, how, 3)
            killed = how == signal.SIGKILL
            good = (meta and meta["residual"] == 0 and meta["unexplained"] == 0 and
                    meta["transfers"] > 0 and meta["complete"] == (not killed) and
                    (meta["checkpoint_ms"] is not None if killed else meta["exact"] == 1))
            print("    %s" % (meta and "%(transfers)d transfers, %(exact_note)s" % meta))
            print("%s killed/%s-%d" % ("PASS" if good else "FAIL", how.name, cpus))
            failed |= not good
    return failed


if __name__ == "__main__":
    sys.exit(main())
