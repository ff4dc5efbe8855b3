#!/usr/bin/env python3
"""How close posting comes to the law of latency: jobs/s = in flight / (2 x latency).

    bench/latency.py [--bin build] [--runs 5]

The lean server answers after 5, 50 or 200 ms, give or take a half. Of each
run two sizes are timed, and the rate is that of the jobs between them: start
and end, when fewer requests are in flight than may be, fall out. The law is
that of how long the server's answers took on the average, by its own clock;
what was asked of it stands in the row's name.
"""

import statistics
import sys
import tempfile

import rivals
import sweep
import table

# Where the law asks for more than one core gives without latency, it is no
# yardstick: 5 ms and 1024 in flight would be 102,400 jobs a second.
CASES = ((5, 16), (5, 64), (5, 256), (50, 16), (50, 64), (50, 256),
         (50, 1024), (200, 16), (200, 64), (200, 256), (200, 1024))
CPU_CASE = (50, 64)
QUICK_CASES = ((5, 16), (50, 64))
SECONDS = 3       # between the two sizes, by the law, and at least so many
JOBS_LEAST = 400  # jobs: few answers are no mean
QUICK_SECONDS = 0.3


def measure(arguments, folder, disk, latency_ms, flight):
    """(share of the law, CPU seconds per 1000 jobs, share as asked for)."""
    law = flight / (2 * latency_ms / 1000)
    small = 2 * flight
    more = law * QUICK_SECONDS if arguments.quick else \
        max(law * SECONDS, JOBS_LEAST)
    large = small + int(more)
    with sweep.lean(arguments, folder, latency_ms, 50) as server:
        short = sweep.post(arguments, folder, server.base, small, flight, disk)
        long = sweep.post(arguments, folder, server.base, large, flight, disk)
    rate = (large - small) / (long.wall_s - short.wall_s)
    cpu = (long.cpu_s - short.cpu_s) / (large - small) * 1000
    took = server.mean_us / 1000 / latency_ms
    return 100 * rate / law * took, cpu, 100 * rate / law


def loop_cpu(arguments, folder, latency_ms):
    """CPU seconds per 1000 jobs of the least loop that libcurl allows."""
    loop = rivals.libcurl_loop(arguments, 200 if arguments.quick else 4000)
    with sweep.lean(arguments, folder, latency_ms, 50) as server:
        return loop.run(server.base, folder).cpu_s / loop.jobs * 1000


def processor_time(ours, loop):
    """The rows of CPU seconds per 1000 jobs."""
    table.row("  CPU seconds per 1000 jobs", ours, "s", wanted="<= 0.08")
    table.row("  the same of libcurl's least loop", loop, "s")
    table.row("  ours over that", [a / b for a, b in zip(ours, loop)], "x")


def main():
    """Runs all measurements."""
    arguments = table.arguments(__doc__)
    table.section("Latency: the share of in flight / (2 x latency)")
    with tempfile.TemporaryDirectory() as folder, \
            tempfile.TemporaryDirectory(dir=sweep.disk_folder()) as disk:
        for latency_ms, flight in QUICK_CASES if arguments.quick else CASES:
            found, loop = [], []
            for _ in table.runs(arguments.runs):
                found.append(measure(arguments, folder, disk, latency_ms,
                                     flight))
                if (latency_ms, flight) == CPU_CASE:
                    loop.append(loop_cpu(arguments, folder, latency_ms))
            asked = statistics.median(row[2] for row in found)
            table.row(f"{latency_ms} ms, {flight} in flight",
                      [row[0] for row in found], "%",
                      f"{asked:.1f} % of the law of the latency asked for",
                      wanted=">= 94" if flight > 256 else ">= 97")
            if loop:
                processor_time([row[1] for row in found], loop)
        table.skipped("5 ms, 1024 in flight",
                      "the law would be 102,400 jobs a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
