#!/usr/bin/env python3
"""The service in trouble: does each job exist once, and is it recorded?

    tests/trouble.py                 the short form (make test)
    tests/trouble.py --long          all of it
    tests/trouble.py -k TEXT         those whose name has TEXT (of the long
                                     form; several: all of them)
    tests/trouble.py --case NAME     just that one: what a failure's replay
                                     line says; --keep leaves its folder
    tests/trouble.py --bin DIR       another build's programs (build/)

Three parts: `network` makes single requests go wrong in every way that the
stand-in service knows, in both generations of the API; `cuts` ends replies at
every byte; `scripts` are longer stories: crashes, edits, upgrades, two hosts.
After each run the service's own list of jobs is the judge: at most one job
for each (definition, market, timeout), exactly one once the trouble is over
and the same command was given again, and every job that exists in the ledger
as posted or as perhaps posted. See tests/trouble/*.py for what each expects.

Prints what it counted; the last line is N passed, N failed, N skipped, and
the status 1 where one failed. Python's standard library only.
"""

import argparse
import collections
import concurrent.futures
import os
import queue
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trouble.cases import (WORKERS, copy_programs, every, replay,  # noqa: E402
                           run_case)
from trouble.world import Service  # noqa: E402


def collect(options):
    wanted = options.k or options.case
    found = every(options.long or bool(wanted))
    if options.case:
        return [case for case in found if case.name in options.case]
    return [case for case in found
            if all(text in case.name for text in options.k)]


class Counts:
    """Sums over all cases, from several threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sums = collections.Counter()

    def update(self, counter):
        with self.lock:
            self.sums.update(counter)


def work(todo, programs, folder, counts, keep, done):
    """A worker: one service, one case after the other."""
    with Service(programs["nosbatch-sandbox"], folder) as service:
        while True:
            try:
                case = todo.get_nowait()
            except queue.Empty:
                return
            begun = time.monotonic()
            text = run_case(case, programs, service, counts, keep)
            done(case, text, time.monotonic() - begun)


class Report:
    def __init__(self, options):
        self.options, self.lock = options, threading.Lock()
        self.passed, self.failed, self.slowest = 0, [], (0, "")

    def __call__(self, case, text, seconds):
        with self.lock:
            self.slowest = max(self.slowest, (seconds, case.name))
            if self.options.verbose:
                print(f"{seconds:6.1f} s  {case.name}", flush=True)
            if text is None:
                self.passed += 1
                return
            self.failed.append(case)
            print(f"FAILED  {case.name}")
            print("    " + text.rstrip().replace("\n", "\n    "))
            print("    replay: " + replay(case.name, self.options.bin),
                  flush=True)


def run_all(cases, options, counts, report):
    todo = queue.SimpleQueue()
    for case in cases:
        todo.put(case)
    with tempfile.TemporaryDirectory(prefix="nosbatch-trouble-") as folder:
        programs = copy_programs(options.bin, folder)
        workers = max(1, min(options.jobs, len(cases)))
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            runs = []
            for i in range(workers):
                mine = os.path.join(folder, str(i))
                os.mkdir(mine)
                runs.append(pool.submit(work, todo, programs, mine, counts,
                                        options.keep, report))
            for run in runs:
                run.result()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bin", default="build", metavar="DIR")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("-k", action="append", default=[], metavar="TEXT")
    parser.add_argument("--case", action="append", default=[],
                        metavar="NAME")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--jobs", type=int, default=WORKERS, metavar="N",
                        help=f"cases at a time ({WORKERS})")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    cases = collect(options)
    if options.list:
        print("\n".join(case.name for case in cases))
        return 0
    if not cases:
        print("no such case", file=sys.stderr)
        return 1
    counts, report = Counts(), Report(options)
    begun = time.monotonic()
    run_all(cases, options, counts, report)
    sums = ", ".join(f"{count} {name}" for name, count in
                     sorted(counts.sums.items()))
    print(f"trouble: {sums}; {time.monotonic() - begun:.0f} s, the slowest "
          f"{report.slowest[0]:.1f} s ({report.slowest[1]})")
    print(f"{report.passed} passed, {len(report.failed)} failed, 0 skipped")
    return 1 if report.failed or report.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
