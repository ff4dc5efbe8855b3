#!/usr/bin/env python3
"""Runs the benchmarks, and makes the table of their results on request.

    bench/run.py [--bin build] [--runs 5] [--only NAME]… [--results]
    bench/run.py --quick        whether they work; their figures say nothing

Each is a script of its own beside this one (table.py says of which shape). With
--results, bench/RESULTS.md is written anew, with the date and the class of
machine; rows of benchmarks that were not run now stay as they were.
"""

import argparse
import datetime
import json
import os
import platform
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
RESULTS = os.path.join(HERE, "RESULTS.md")
# In the order of the table.
NAMES = ("submit", "latency", "pace", "plan", "manifest", "resume", "start",
         "growth", "review")
LARGE = ("review",)  # takes 8 GB of disk: only where it is asked for
HEAD = """# Results

Written by `make bench BENCH_ARGS=--results`; [README.md](README.md) says what
is measured and how. Each figure is the median of interleaved runs on a
machine that others use at the same time; "noise" is how far apart a fixed
loop's times were meanwhile, and "load" how many processes wanted a core. Where
that is more than there are cores, rows that compare with a law or a rate, not
with a peer in the same run, say more of the machine than of the program.
"""
COLUMNS = """
| row | median | runs | wanted | met | noise | |
| --- | ---: | --- | --- | --- | ---: | --- |
"""


def machine():
    """What kind of machine this is, without saying which."""
    model = platform.machine()
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        found = re.search(r"model name\s*: (.*)", file.read())
    if found:
        model = found.group(1)
    with open("/proc/meminfo", encoding="utf-8") as file:
        kib = int(re.search(r"MemTotal:\s+(\d+)", file.read()).group(1))
    return (f"{len(os.sched_getaffinity(0))} cores ({model}), "
            f"{kib / 2**20:.0f} GiB, {platform.system()} "
            f"{'.'.join(platform.release().split('.')[:2])}")


def line(row):
    """A row of the table."""
    if row["kind"] == "skipped":
        return f"| {row['name']} | | | | | | skipped: {row['why']} |"
    good = {None: "", True: "yes", False: "**no**"}[row["good"]]
    wanted = (row["wanted"] or "").replace(">=", "≥").replace("<=", "≤")
    return (f"| {row['name']} | {row['median']} {row['unit']} | "
            f"{row['spread']} | {wanted} | {good} | {row['noise']} % | "
            f"{row['note']} |")


def part(name, rows, runs):
    """A benchmark's part of the table, between marks that find it again."""
    out = [f"\n<!-- {name} -->\n"]
    for row in rows:
        if row["kind"] == "section":
            out.append(f"## {row['title']}\n\n{datetime.date.today()}, "
                       f"{machine()}, {runs} runs, load {os.getloadavg()[1]:.0f}"
                       f"\n{COLUMNS}")
        else:
            out.append(line(row) + "\n")
    out.append(f"<!-- end of {name} -->\n")
    return "".join(out)


def old_parts():
    """name -> text of the parts of the table as it is."""
    if not os.path.exists(RESULTS):
        return {}
    with open(RESULTS, encoding="utf-8") as file:
        text = file.read()
    return {found.group(1): found.group(0) for found in re.finditer(
        r"\n<!-- (\w+) -->\n.*?<!-- end of \1 -->\n", text, re.S)}


def write(name, text):
    """After each benchmark, so that one that is ended costs only itself."""
    parts = {**old_parts(), name: text}
    with open(RESULTS, "w", encoding="utf-8") as file:
        file.write(HEAD + "".join(parts[name] for name in NAMES
                                  if name in parts))
    print(f"\nwritten: {os.path.relpath(RESULTS)}", flush=True)


def run(name, arguments):
    """One benchmark: its rows, and whether it could run."""
    with tempfile.NamedTemporaryFile("r", suffix=".rows") as rows:
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, name + ".py"),
             "--bin", arguments.bin, "--runs", str(arguments.runs),
             *(["--quick"] if arguments.quick else [])],
            env={**os.environ, "NOSBATCH_BENCH_ROWS": rows.name}, check=False)
        found = [json.loads(text) for text in rows]
    if done.returncode != 0:
        print(f"{name}.py ended with status {done.returncode}", flush=True)
    return found, done.returncode == 0


def main():
    """Runs what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bin", default="build", metavar="FOLDER")
    parser.add_argument("--runs", type=int, default=5, metavar="N")
    parser.add_argument("--only", action="append", choices=NAMES)
    parser.add_argument("--results", action="store_true",
                        help="write bench/RESULTS.md")
    parser.add_argument("--quick", action="store_true",
                        help="small sizes, once: only whether they work")
    arguments = parser.parse_args()
    wanted = arguments.only or [
        name for name in NAMES if arguments.quick or name not in LARGE]
    good = True
    print(f"{datetime.date.today()}, {machine()}")
    for name in NAMES:
        if name not in wanted:
            continue
        rows, ran = run(name, arguments)
        good = good and ran
        if arguments.results and ran:
            write(name, part(name, rows, arguments.runs))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
