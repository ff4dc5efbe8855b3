#!/usr/bin/env python3
"""Which lines and branches of the program its tests reach.

    tests/coverage.py                   build, run the tests, print the table
    tests/coverage.py --table           and write it to tests/COVERAGE.md
    tests/coverage.py --no-run          the table of what ran before
    tests/coverage.py --only unit --add one part more on top of what ran
    tests/coverage.py --missing ledger  what is not reached in files whose
                                        path has "ledger"; implies --no-run

Builds VARIANT=coverage (gcc's --coverage without optimization), runs the
parts of PARTS with it and reads the counters by gcov's JSON. Every branch
counts, also where only a full disk, a lack of memory or a lying service leads
into it: the faults come from tests/torture.py and the unit tests' own disk.

Status 1 where less is reached than EXPECTED, or where a part failed: a
table of failing tests proves nothing. Python's standard library only.
"""
import argparse
import collections
import concurrent.futures
import glob
import json
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TABLE = os.path.join(ROOT, "tests", "COVERAGE.md")
FOLDERS = ("templates", "queue", "runner")
JOBS = os.cpu_count() or 2
LIMIT_S = 1800

# Percent of lines and of branches, of all files together.
EXPECTED = (95.0, 90.0)

# Every branch of these: what decides about a second job, or about money.
WHOLE = {
    "reply classifier": ["runner/answer.c", "runner/http_reply.c"],
    "recovery": ["queue/ledger_recover.c", "queue/ledger_verdict.c",
                 "queue/ledger_repair.c", "queue/ledger_event.c",
                 "queue/ledger_apply.c", "runner/run_recover.c",
                 "runner/replay.c"],
    "money": ["templates/money.c", "runner/budget.c"],
}


def parts(build):
    """{name: [commands]}; those of a name run side by side."""
    script = [sys.executable]
    named = ["--bin", build]
    programs = sorted(glob.glob(f"{build}/unit/test_*"))
    corpora = [[path, "tests/fuzz/corpus/" + os.path.basename(path)[5:]]
               for path in sorted(glob.glob(f"{build}/fuzz/fuzz_*"))]
    return {
        "unit": [[path] for path in programs if "." not in path] + corpora,
        "cases": [[*script, "tests/cases.py", *named, "--jobs",
                   str(3 * JOBS)]],
        "interface": [[*script, "tests/interface.py", *named]],
        "review": [[*script, "tests/review.py", *named]],
        "trouble": [[*script, "tests/trouble.py", *named]],
        "torture": [
            [*script, "tests/torture.py", "--short", *named, "--mode", "io",
             "--mode", "alloc", "--mode", "commands", "--mode", "clock"],
            # Where the recovery allocates; the short form meets few of these.
            # Which allocation is its one differs a little from run to run.
            [*script, "tests/torture.py", *named,
             *(f"--case=alloc/run/once/left/{n}"
               for n in [*range(400, 720)] * 5)],
            [*script, "tests/torture.py", "--afresh", "--state",
             f"{build}/offline.json", *named, "--mode", "offline"]],
    }


def run_command(command):
    """Its output where it failed, else None."""
    try:
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, timeout=LIMIT_S,
                              stderr=subprocess.STDOUT, check=False,
                              env=dict(os.environ, TZ="UTC"))
    except subprocess.TimeoutExpired:
        return f"{command}: over {LIMIT_S} s"
    if done.returncode == 0:
        return None
    return done.stdout.decode("utf-8", "replace")[-8000:]


def run_parts(build, only):
    """True where all passed."""
    good = True
    for name, commands in parts(build).items():
        if only and name not in only:
            continue
        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            failures = [text for text in pool.map(run_command, commands)
                        if text is not None]
        print(f"{name}: {time.monotonic() - begun:.0f} s, "
              f"{len(failures)} failed", flush=True)
        for text in failures:
            print(text)
        good = good and not failures
    return good


class Lines:
    """What is known of a source file: counts of lines and of branches."""

    def __init__(self):
        self.lines = collections.Counter()
        self.branches = {}

    def add(self, line):
        number = line["line_number"]
        self.lines[number] += line["count"]
        # Each copy of a header's inline function has branches of its own.
        taken = [branch["count"] for branch in line["branches"]]
        known = self.branches.get(number)
        if known and len(known) == len(taken):
            taken = [a + b for a, b in zip(known, taken)]
        if taken:
            self.branches[number] = taken

    def counts(self):
        """lines, lines reached, branches, branches taken"""
        every = [count for counts in self.branches.values()
                 for count in counts]
        return (len(self.lines), sum(1 for n in self.lines.values() if n),
                len(every), sum(1 for n in every if n))


def read_counters(build):
    """{source's path: Lines}"""
    notes = sorted(path for folder in FOLDERS for path in
                   glob.glob(f"{ROOT}/{build}/obj/{folder}/*.gcno"))
    out = subprocess.run(["gcov", "--json-format", "--stdout",
                          "--branch-probabilities", *notes], cwd=ROOT,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         check=True).stdout.decode()
    found = collections.defaultdict(Lines)
    for text in out.splitlines():
        for file in json.loads(text)["files"]:
            path = os.path.relpath(os.path.join(ROOT, file["file"]), ROOT)
            if not path.startswith(tuple(name + "/" for name in FOLDERS)):
                continue
            for line in file["lines"]:
                found[path].add(line)
    return found


def percent(part, whole):
    return 100 * part / whole if whole else 100.0


def row(name, counts):
    lines, reached, branches, taken = counts
    return (f"| {name} | {lines} | {percent(reached, lines):.1f} | "
            f"{branches} | {percent(taken, branches):.1f} |")


def together(every):
    return tuple(map(sum, zip(*every))) if every else (0, 0, 0, 0)


def table(found):
    head = ("| file | lines | reached, % | branches | taken, % |\n"
            "| --- | ---: | ---: | ---: | ---: |")
    text = [head]
    for folder in FOLDERS:
        text.append(row(f"**{folder}/**", together(
            [lines.counts() for path, lines in found.items()
             if path.startswith(folder + "/")])))
    text.append(row("**all**", together(
        [lines.counts() for lines in found.values()])))
    text += ["", "Of these, every branch is to be taken:", "", head]
    for name, paths in WHOLE.items():
        text += [row(f"{path} ({name})", found[path].counts())
                 for path in paths]
    text += ["", "All files:", "", head]
    text += [row(path, found[path].counts()) for path in sorted(found)]
    return "\n".join(text) + "\n"


def shortfalls(found):
    lines, reached, branches, taken = together(
        [every.counts() for every in found.values()])
    short = []
    if percent(reached, lines) < EXPECTED[0]:
        short.append(f"{percent(reached, lines):.2f} % of the lines are "
                     f"reached, expected {EXPECTED[0]} %")
    if percent(taken, branches) < EXPECTED[1]:
        short.append(f"{percent(taken, branches):.2f} % of the branches are "
                     f"taken, expected {EXPECTED[1]} %")
    for paths in WHOLE.values():
        for path in paths:
            _, _, branches, taken = found[path].counts()
            if taken < branches or branches == 0:
                short.append(f"{path}: {branches - taken} branches are not "
                             "taken, expected none")
    return short


def print_missing(found, part):
    """Each line that is not reached (#), or has a branch that is not (?)."""
    for path in sorted(path for path in found if part in path):
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            text = file.read().splitlines()
        lines, branches = found[path].lines, found[path].branches
        for number in sorted(lines):
            taken = branches.get(number, [])
            mark = "#" if not lines[number] else "?" if 0 in taken else ""
            if mark:
                which = " ".join("-" if n == 0 else "+" for n in taken)
                print(f"{path}:{number}: {mark} {text[number - 1].strip()}"
                      f"   {which}")


HEAD = """# What the tests reach

Written by `make coverage` (`tests/coverage.py --table`): gcc's counters of
lines and branches without optimization, after the unit tests, the fuzzers'
corpora, the black-box cases, `interface.py`, `review.py`, `trouble.py`, and
of `torture.py` the modes that make calls and allocations fail. Branches of failing allocations, system calls and
requests count like all others.

"""


def write_table(found):
    with open(TABLE, "w", encoding="utf-8") as file:
        file.write(HEAD + table(found))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", default="build/coverage",
                        help="folder of the build (build/coverage)")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--no-run", action="store_true")
    parser.add_argument("--only", action="append", metavar="PART")
    parser.add_argument("--add", action="store_true",
                        help="keep the counters of what ran before")
    parser.add_argument("--missing", metavar="TEXT")
    options = parser.parse_args()
    os.chdir(ROOT)
    good = True
    if not options.no_run and options.missing is None:
        subprocess.run([os.environ.get("MAKE", "make"), "-s",
                        "--no-print-directory", f"-j{JOBS}",
                        "VARIANT=coverage", "tests"], check=True)
        if not options.add:
            for path in glob.glob(f"{options.build}/**/*.gcda",
                                  recursive=True):
                os.unlink(path)
        good = run_parts(options.build, options.only)
    found = read_counters(options.build)
    if options.missing is not None:
        print_missing(found, options.missing)
        return 0
    print(table(found), end="")
    if options.table:
        write_table(found)
    short = shortfalls(found)
    for text in short:
        print(f"coverage.py: {text}", file=sys.stderr)
    return 1 if short or not good else 0


if __name__ == "__main__":
    sys.exit(main())
