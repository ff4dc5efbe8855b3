#!/usr/bin/env python3
"""Whether what a manifest draws is distributed as it says.

    tests/draw_statistics.py [PROGRAM]     build/nosbatch where none is given

Seeds are fixed, so the outcome never changes: `nosbatch expand` prints the
draws, which are then tested by chi-square and by Kolmogorov and Smirnov, each
against the threshold that true randomness passes 9,999 times in 10,000. The
same tests are made on draws that are wrong on purpose, and must then fail.
Last line: N passed, N failed, N skipped. Standard library only.
"""

import collections
import json
import math
import os
import subprocess
import sys
import tempfile

COUNT = 20000  # draws of each parameter
SEEDS = (0, 1, 2**63 - 1)
KS_MAX = 2.225  # D * sqrt(n) at 1 in 10,000: sqrt(ln(2 / 0.0001) / 2)

PARAMETERS = {
    "u": {"uniform": [-3, 5]},
    "v": {"uniform": [0, 1]},
    "l": {"loguniform": [1e-5, 0.1]},
    "m": {"loguniform": [3, 4000000]},
    "r": {"randint": [1, 6]},
    "s": {"randint": [-50, 49]},
    "c": {"choice": ["a", "b", "c", "d", "e", "f", "g"]},
}


def chi_square_max(degrees):
    """The quantile of 9,999 in 10,000 (Wilson and Hilferty)."""
    way = 2 / (9 * degrees)
    return degrees * (1 - way + 3.719 * math.sqrt(way)) ** 3


def chi_square(counts, cells):
    """Why counts of equally likely cells are no such; or None."""
    total = sum(counts.values())
    expected = total / len(cells)
    strange = set(counts) - set(cells)
    if strange:
        return f"values that cannot be: {sorted(strange)[:5]}"
    chi = sum((counts[cell] - expected) ** 2 / expected for cell in cells)
    limit = chi_square_max(len(cells) - 1)
    return None if chi < limit else f"chi-square {chi:.1f}, over {limit:.1f}"


def kolmogorov_smirnov(shares):
    """Why numbers are not uniform in [0, 1]; or None."""
    shares, n = sorted(shares), len(shares)
    if shares[0] < 0 or shares[-1] > 1:
        return f"out of bounds: {shares[0]}, {shares[-1]}"
    distance = max(max((i + 1) / n - share, share - i / n)
                   for i, share in enumerate(shares))
    found = distance * math.sqrt(n)
    return None if found < KS_MAX else f"D sqrt(n) = {found:.3f}"


def share_of(value, spec):
    """Where a number stands between its ends, from 0 to 1."""
    (kind, (low, high)), = spec.items()
    if kind == "loguniform":
        low, high, value = math.log(low), math.log(high), math.log(value)
    return (value - low) / (high - low)


def cell_of(value, spec):
    """One of several equally likely cells."""
    (kind, argument), = spec.items()
    if kind in ("randint", "choice"):
        return value
    return min(int(share_of(value, spec) * 20), 19)


def cells_of(spec):
    (kind, argument), = spec.items()
    if kind == "choice":
        return argument
    if kind == "randint":
        return list(range(argument[0], argument[1] + 1))
    return list(range(20))


def check_one(values, spec):
    """Why these are no draws of spec; or None."""
    (kind, _), = spec.items()
    problem = chi_square(collections.Counter(
        cell_of(value, spec) for value in values), cells_of(spec))
    if problem is None and kind in ("uniform", "loguniform"):
        problem = kolmogorov_smirnov([share_of(v, spec) for v in values])
    return problem


def check_pair(values, others, spec, other):
    """Why draws of two parameters depend on each other; or None."""
    cells = [(a, b) for a in cells_of(spec) for b in cells_of(other)]
    counts = collections.Counter(
        (cell_of(a, spec), cell_of(b, other))
        for a, b in zip(values, others))
    return chi_square(counts, cells)


def draw(program, seed, entry="sweep"):
    """Draws by the program: parameter to a list of values."""
    manifest = {
        "id": entry, "params": PARAMETERS, "name": "${{ draw }}",
        "draw": {"count": COUNT, "seed": seed},
        "definition": {"version": "0.1", "type": "container", "ops": [],
                       "meta": {name: "${{ %s }}" % name
                                for name in PARAMETERS}}}
    with tempfile.TemporaryDirectory(prefix="nosbatch-draws-") as folder:
        done = subprocess.run(
            [os.path.abspath(program), "expand", "-"], cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": folder}, check=False,
            input=json.dumps(manifest).encode(), capture_output=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr.decode())
    lines = [json.loads(line)["params"] for line in done.stdout.splitlines()]
    return {name: [line[name] for line in lines] for name in PARAMETERS}


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, problem):
        if problem is None:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED   {what}: {problem}")

    def must_fail(self, what, problem):
        self.check(f"{what} must be noticed",
                   "it was not" if problem is None else None)


def check_seed(tally, seed, drawn):
    names = list(PARAMETERS)
    for name, spec in PARAMETERS.items():
        (kind, _), = spec.items()
        what = f"{kind} {name}, seed {seed}"
        tally.check(f"{what}: count", None if len(drawn[name]) == COUNT
                    else f"{len(drawn[name])} draws")
        tally.check(what, check_one(drawn[name], spec))
        # What is drawn next knows nothing of what was drawn before.
        tally.check(f"{what}: neighbours", check_pair(
            drawn[name][0::2], drawn[name][1::2], spec, spec)
            if len(cells_of(spec)) <= 20 else None)
    for i, name in enumerate(names):
        for other in names[i + 1:]:
            spec, second = PARAMETERS[name], PARAMETERS[other]
            tally.check(f"{name} and {other}, seed {seed}", check_pair(
                drawn[name], drawn[other], spec, second))


def check_apart(tally, drawn, others, what):
    """Another seed's draws, or another entry's, are independent."""
    for name, spec in PARAMETERS.items():
        if len(cells_of(spec)) <= 20:
            tally.check(f"{name} of {what}", check_pair(
                drawn[name], others[name], spec, spec))


def check_itself(tally, drawn):
    """Draws that are wrong by little are noticed."""
    u, l = PARAMETERS["u"], PARAMETERS["l"]
    tally.must_fail("a log scale taken for a plain one", check_one(
        [1e-5 + (0.1 - 1e-5) * share_of(v, l) for v in drawn["l"]], l))
    tally.must_fail("an end shut out", check_one(
        [v if v != 6 else 5 for v in drawn["r"]], PARAMETERS["r"]))
    tally.must_fail("an end too many", check_one(
        drawn["r"] + [7], PARAMETERS["r"]))
    tally.must_fail("a value drawn a tenth more often", check_one(
        drawn["c"] + ["a"] * (COUNT // 70), PARAMETERS["c"]))
    tally.must_fail("a slight slope", check_one(
        [v + 0.04 * (5 - v) for v in drawn["u"]], u))
    tally.must_fail("draws below their minimum", check_one(
        [v - 0.001 for v in drawn["u"]], u))
    tally.must_fail("a parameter that follows another", check_pair(
        drawn["u"], [-3 + 8 * share_of(v, u) for v in drawn["u"]], u, u))
    again = [drawn["r"][i - i % 10 // 9] for i in range(COUNT)]
    tally.must_fail("every tenth draw repeated", check_pair(
        again, again[1:] + again[:1], PARAMETERS["r"], PARAMETERS["r"]))


def main():
    if len(sys.argv) > 2 or sys.argv[1:2] in (["--help"], ["-h"]):
        print(__doc__.strip())
        return 0 if len(sys.argv) == 2 else 64
    program = sys.argv[1] if len(sys.argv) == 2 else "build/nosbatch"
    tally = Tally()
    drawn = {seed: draw(program, seed) for seed in SEEDS}
    for seed in SEEDS:
        check_seed(tally, seed, drawn[seed])
    check_apart(tally, drawn[0], drawn[1], "two seeds")
    check_apart(tally, drawn[0], draw(program, 0, "other"), "two entries")
    check_itself(tally, drawn[0])
    print(f"{tally.passed} passed, {tally.failed} failed, 0 skipped")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
