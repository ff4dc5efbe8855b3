#!/usr/bin/env python3
"""Whether jobs/s, memory and ledger bytes a job stay flat as sweeps grow.

    bench/growth.py [--bin build] [--runs 5] [--most 1000000]

1000 to 1,000,000 jobs, 64 in flight, no latency, each in a new ledger; the
largest is run once. The rate is that of wrk's posts just before, which takes
the machine's other work out of it; its growth is to that of 10,000 jobs,
since of 1000 the start is a good part.
"""

import os
import shutil
import statistics
import sys
import tempfile

import submit
import sweep
import table


def measure(arguments, folder, disk, jobs):
    """(rate over wrk's or jobs/s, KiB of memory, ledger bytes a job)."""
    with sweep.lean(arguments, folder) as server:
        wrk = submit.wrk(server.base, True)[0] if shutil.which("wrk") else 1
        ours = sweep.post(arguments, folder, server.base, jobs, 64, disk)
        if shutil.which("wrk"):
            wrk = (wrk + submit.wrk(server.base, True)[0]) / 2
    size = os.path.getsize(os.path.join(disk, "bench.jsonl"))
    return 2 * jobs / ours.wall_s / wrk, ours.rss_kib, size / jobs, ours.cpu_s


def main():
    """Runs all measurements."""
    def more(parser):
        parser.add_argument("--most", type=int, default=1000000)
    arguments = table.arguments(__doc__, more)
    if arguments.quick:
        arguments.most = 1000
    table.section("Growth: from a thousand to a million jobs")
    base = None
    with tempfile.TemporaryDirectory() as folder, \
            tempfile.TemporaryDirectory(dir=sweep.disk_folder()) as disk:
        jobs = 1000
        while jobs <= arguments.most:
            count = 1 if jobs >= 1000000 else arguments.runs
            found = [measure(arguments, folder, disk, jobs)
                     for _ in table.runs(count)]
            rates, memory, size, cpu = map(list, zip(*found))
            if jobs == 10000:
                base = statistics.median(rates)
            table.row(f"{jobs:,} jobs: 2 x jobs/s over wrk's", rates, "x",
                      f"{statistics.median(rates) / base:.2f} of that of "
                      "10,000" if base else "")
            table.row("  CPU a job", [1e6 * c / jobs for c in cpu], "us")
            table.row("  peak memory", [m / 1024 for m in memory], "MiB")
            table.row("  ledger bytes a job", size, "bytes")
            jobs *= 10
    return 0


if __name__ == "__main__":
    sys.exit(main())
