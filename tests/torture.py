#!/usr/bin/env python3
"""Proves by force that each job is posted exactly once; see tests/TORTURE.md.

    tests/torture.py                    the long form, hours; goes on where it
                                        was left
    tests/torture.py --short            what `make test` runs, two minutes
    tests/torture.py --mode kill        one mode: kill, acts, commands, torn,
                                        io, alloc, offline, races, clock,
                                        engine, trouble; repeatable
    tests/torture.py --case kill/plain/35/12
                                        one case again, as a failure names it

Every case ends with a judgement by the stand-in service's own count: one job
for each of 20 points, never two, none missing, and the ledger says the same.
Before a mode begins, a case that must fail proves that failures are seen.

The last line is "N passed, N failed, N skipped". Status 0 where none failed.
A failing case's files are kept, and the command that repeats it is printed.
Ctrl-C or SIGTERM end the long form in order: cases that are under way come to
their end, the counts are written down, and the next one goes on from there.
Python's standard library only. Works in $TMPDIR, else in /dev/shm where there
is one: a disk that syncs in earnest is ten times slower.
"""

import argparse
import datetime
import os
import platform
import signal
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from torture import (acts, alloc, clock, commands, engine,  # noqa: E402
                     faults, kill, offline, races, table, torn,
                     trouble)
from torture.runner import Runner  # noqa: E402

MODES = {module.NAME: module for module in (kill, acts, commands, torn, faults,
                                            alloc, offline, races, clock, engine,
                                            trouble)}
SHARED_MEMORY = "/dev/shm"
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def state_default():
    home = os.environ.get("XDG_STATE_HOME") or \
        os.path.expanduser("~/.local/state")
    return os.path.join(home, "nosbatch-torture.json")


def machine():
    return f"{os.cpu_count()} cores, {platform.machine().replace('_', '-')}"


def add_rows(path, runner):
    """One row a mode that did something, and the sums."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    rows = [table.run_row(
        today, machine(), name, runner.seed,
        [(what, tally.counts[what]) for what in MODES[name].COUNTS],
        tally.failed)
        for name, tally in runner.tallies.items() if tally.cases]
    with open(path, encoding="utf-8") as file:
        text = file.read()
    wanted = {name: module.COUNTS for name, module in MODES.items()}
    with open(path, "w", encoding="utf-8") as file:
        file.write(table.rewrite(text, wanted, rows))


def picked_modes(options):
    """[(module, cases that are asked for)]"""
    for name, module in MODES.items():
        cases = [case for case in options.case or ()
                 if case.startswith(name + "/")]
        if options.case and not cases:
            continue
        if options.mode and name not in options.mode:
            continue
        if options.short and not getattr(module, "SHORT", True):
            continue
        yield module, cases


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(ROOT, "build"),
                        help="folder of the built programs (build)")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--mode", action="append", choices=sorted(MODES))
    parser.add_argument("--seed", type=int,
                        help="of what is picked; other seeds, other cases "
                        "(1; the\nlong form: the first not done)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minutes", type=float,
                        help="stop each mode after so long; each of its "
                        "phases\ngets a part of it")
    parser.add_argument("--state", default=state_default(), metavar="FILE",
                        help="where the long form notes how far it came")
    parser.add_argument("--afresh", action="store_true",
                        help="do not go on where it was left")
    parser.add_argument("--table", metavar="FILE",
                        help="add the counts to this file's table")
    parser.add_argument("--keep", metavar="FOLDER",
                        help="for the files of failing cases")
    parser.add_argument("--case", action="append")
    options = parser.parse_args()
    if "TMPDIR" not in os.environ and os.access(SHARED_MEMORY, os.W_OK):
        tempfile.tempdir = SHARED_MEMORY
    runner = Runner(options)
    if not options.short:
        signal.signal(signal.SIGINT, runner.stop)
        signal.signal(signal.SIGTERM, runner.stop)
    for module, cases in picked_modes(options):
        if not runner.stopped:
            runner.mode(module, cases)
    if options.table:
        add_rows(options.table, runner)
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
