#!/usr/bin/env python3
"""How fast a ledger is read back when a run goes on.

    bench/resume.py [--bin build] [--runs 5] [--jobs 1000000] [--folder FOLDER]

Writes a ledger of that many posted jobs (1.6 GB a million) and opens it as
`run` does, with all that it keeps of it, and as `status` does. The yardstick
is reading the same file and computing its CRC-32, by zlib's function, which a
program would take, and by the ledger's own, which is faster where the processor
multiplies polynomials. Processor time, the file being in memory. jq is given
the first records only, and its time taken in proportion.
Python's standard library only.
"""

import os
import shutil
import subprocess
import sys
import tempfile

import review
import table

SMALL = 1000       # jobs: what memory is without them
JQ_LINES = 40000   # records


class Reader:
    """bench-read on one ledger."""

    def __init__(self, arguments, path):
        self.program = os.path.join(arguments.bin, "bench-read")
        self.path = path

    def run(self, way):
        """(processor seconds, most memory in KiB)."""
        found = table.timed([self.program, way, self.path], keep=True)
        return float(found.output.split()[0]), found.rss_kib


def rates(reader, small, jobs, runs):
    """Both ways of opening beside both CRCs; memory a job."""
    ratios = {(way, crc): [] for way in ("posting", "ledger")
              for crc in ("zcrc", "crc")}
    memory = {"posting": [], "ledger": []}
    for _ in table.runs(runs):
        limit = {crc: reader.run(crc)[0] for crc in ("zcrc", "crc")}
        for way, kept in memory.items():
            seconds, kib = reader.run(way)
            kept.append((kib - small.run(way)[1]) * 1024 / (jobs - SMALL))
            for crc, least in limit.items():
                ratios[way, crc].append(least / seconds)
    names = {"posting": "as run opens it", "ledger": "as status opens it"}
    for way, name in names.items():
        wanted = ">= 0.4" if way == "posting" else None
        table.row(f"{name}: of reading + zlib's CRC", ratios[way, "zcrc"],
                  "x", "", wanted)
        table.row("  of reading + the ledger's own CRC", ratios[way, "crc"],
                  "x")
        table.row("  memory a job, at the most", memory[way], "B", "",
                  "<= 40")


def beside_jq(reader, records, runs):
    """Lines a second of jq, which only parses them."""
    if not shutil.which("jq"):
        table.skipped("over jq", "not installed")
        return
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(reader.path)) as part:
        with open(reader.path, "rb") as whole:
            part.writelines(next(whole) for _ in range(JQ_LINES))
        part.flush()
        ratios = []
        for _ in table.runs(runs):
            theirs = table.timed(["jq", "-c", ".key", part.name]).cpu_s
            ours, _ = reader.run("posting")
            ratios.append(theirs * records / JQ_LINES / ours)
    table.row("over jq, which only parses", ratios, "x")


def main():
    """All rows."""
    def more(parser):
        parser.add_argument("--jobs", type=int, default=1000000, metavar="N")
        parser.add_argument("--folder", metavar="FOLDER",
                            help="where the ledger is written (TMPDIR)")
    arguments = table.arguments(__doc__, more)
    if arguments.quick:
        arguments.jobs = JQ_LINES
    table.section(f"Resume: a ledger of {arguments.jobs:,} jobs")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        paths = [os.path.join(folder, name)
                 for name in ("ledger.jsonl", "small.jsonl")]
        review.write_ledger(paths[0], 2 * arguments.jobs)
        review.write_ledger(paths[1], 2 * SMALL)
        reader, small = (Reader(arguments, path) for path in paths)
        reader.run("crc")  # the file is in memory from now on
        rates(reader, small, arguments.jobs, arguments.runs)
        beside_jq(reader, 2 * arguments.jobs, arguments.runs)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error}\n{error.stderr}")
