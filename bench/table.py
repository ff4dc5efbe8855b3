"""What the benchmarks share: rows, the machine's noise, timed programs.

A benchmark is a script bench/NAME.py of this shape:

    import table

    def main():
        arguments = table.arguments(__doc__)        # .bin, .runs
        table.section("Plan, ten million points")
        ours, theirs = [], []
        for _ in table.runs(arguments.runs):        # spins before and after
            ours.append(table.timed([arguments.nosbatch, "plan", "x.json"]))
            theirs.append(table.timed(["node", "peer.js"]))
        table.row("over Node", table.ratios(theirs, ours), "x",
                  wanted=">= 6")
        table.skipped("Deno", "not installed")
        return 0

Sizes come from the command line, and are small ones where arguments.quick:
the tests run each benchmark that way, so that it still works when it is wanted.
Each run measures both sides one after the other, so that what slows the
machine slows both; a row is the median of the runs' ratios, its spread beside
it, and the machine's noise: how much a fixed loop's time varied meanwhile.
"""

import argparse
import collections
import contextlib
import json
import os
import statistics
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SPIN = 400_000  # additions; some milliseconds

Timed = collections.namedtuple("Timed", "wall_s cpu_s rss_kib output")

_spins = []
_section = [""]


def arguments(doc, more=None):
    """Parses --bin, --runs, --quick, and what more(parser) adds."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bin", default="build", metavar="FOLDER",
                        help="where the programs are (build)")
    parser.add_argument("--runs", type=int, default=5, metavar="N",
                        help="how often each is measured (5)")
    parser.add_argument("--quick", action="store_true",
                        help="small sizes, once, no peers to be installed: "
                             "only whether it works")
    if more:
        more(parser)
    found = parser.parse_args()
    if found.quick:
        found.runs = 1
        _Measure.quick = True
    found.bin = os.path.abspath(found.bin)
    found.nosbatch = os.path.join(found.bin, "nosbatch")
    _Measure.program = os.path.join(found.bin, "bench-measure")
    return found


# --- the machine's noise ----------------------------------------------------

def spin():
    """Seconds that a fixed loop takes just now."""
    start = time.perf_counter()
    total = 0
    for number in range(SPIN):
        total += number
    return time.perf_counter() - start


def runs(count):
    """Numbers 0 to count - 1, the machine being looked at around each."""
    _spins.clear()
    for number in range(count):
        _spins.append(spin())
        yield number
        _spins.append(spin())


def noise():
    """How far apart the loop's times were in the last runs(), of their median."""
    if len(_spins) < 2:
        return 0.0
    return (max(_spins) - min(_spins)) / statistics.median(_spins)


# --- rows -------------------------------------------------------------------

def _keep(kind, **what):
    """For the harness, which makes the table of all benchmarks."""
    path = os.environ.get("NOSBATCH_BENCH_ROWS")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, **what}) + "\n")


def section(title):
    """The rows that follow belong together."""
    _section[0] = title
    print(f"\n{title}", flush=True)
    _keep("section", title=title)


def met(value, wanted):
    """Whether a value is as wanted: ">= 0.45", "<= 16"."""
    relation, bound = wanted.split()
    return value >= float(bound) if relation == ">=" else value <= float(bound)


def number(value):
    """A number with three figures."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" \
        if value >= 0.095 else f"{value:.3g}"


def row(name, values, unit, note="", wanted=None):
    """Prints a measurement: the median, least and most, what was wanted."""
    if _Measure.quick:
        wanted = None
    median = statistics.median(values)
    good = met(median, wanted) if wanted else None
    verdict = f"wanted {wanted}: {'yes' if good else 'NO'}" if wanted else ""
    spread = f"{number(min(values))} … {number(max(values))}"
    print(f"  {name:<44} {number(median):>9} {unit:<9} {spread:<19} "
          f"noise {100 * noise():>3.0f} %  {verdict:<22} {note}".rstrip(),
          flush=True)
    _keep("row", name=name, median=number(median), spread=spread, unit=unit,
          noise=round(100 * noise()), wanted=wanted, good=good, note=note)


def skipped(name, why):
    """Names what was not measured."""
    print(f"  {name:<44} skipped: {why}", flush=True)
    _keep("skipped", name=name, why=why)


def ratios(over, under, what="wall_s"):
    """over / under of each run, for two lists of Timed."""
    return [getattr(a, what) / getattr(b, what) for a, b in zip(over, under)]


# --- programs ---------------------------------------------------------------

class _Measure:
    program = os.path.join(ROOT, "build", "bench-measure")
    quick = False


def timed(command, cpu=None, env=None, stdin=None, keep=False):
    """
    Runs a program to its end: seconds of wall clock and processor, the most
    memory that it (or its largest child) had. cpu is the core that it is kept
    on, stdin a file's path, env variables beside the present ones. With keep,
    .output is what it wrote to standard output. A status that is not 0 raises
    CalledProcessError.
    """
    with contextlib.ExitStack() as stack:
        notes = stack.enter_context(tempfile.NamedTemporaryFile("r"))
        given = stack.enter_context(open(stdin or os.devnull, "rb"))
        out = stack.enter_context(tempfile.TemporaryFile()) if keep \
            else subprocess.DEVNULL
        errors = stack.enter_context(tempfile.TemporaryFile())
        result = subprocess.run(
            [_Measure.program, notes.name, "any" if cpu is None else str(cpu),
             *command], stdin=given, stdout=out, stderr=errors,
            env={**os.environ, **(env or {})}, check=False)
        if result.returncode != 0:
            errors.seek(0)
            raise subprocess.CalledProcessError(
                result.returncode, command,
                stderr=errors.read().decode(errors="replace"))
        wall, cpu_s, rss = notes.read().split()
        if keep:
            out.seek(0)
        return Timed(float(wall), float(cpu_s), int(rss),
                     out.read() if keep else b"")


def cores():
    """(server's core, client's core); the same one where there is but one."""
    found = sorted(os.sched_getaffinity(0))
    return found[0], found[-1]
