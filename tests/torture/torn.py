"""Power cuts on a disk that loses and reorders what was not synced.

Case model/BEGIN/SEED: what a run does to its ledger and sends is recorded
(with an empty folder or a ledger that a kill left: fresh, left), and
ledger-torn tries the states that cuts can leave.
Case cut/whole/N: the ledger of a finished run is cut at byte N, and the same
command runs again.
"""

import os
import re
import shutil
import subprocess

from torture import faults
from torture.runner import Phase
from torture.world import World

NAME = "torn"
TITLE = "cut at every byte; unsynced writes lost and reordered"
COUNTS = {"states": 1000000}

STATES = 100000  # of a case of the long form
SEEDS = 6        # of a kind of run, for one --seed
SHORT_STATES, SHORT_EVERY = 150000, 10


def make(runner):
    world = World(runner.bin, (), ["-q"])
    world.whole = None
    return world


def record(world, beginning):
    """A run's history: the arguments of ledger-torn that tell of it."""
    faults.begin(world, beginning)
    arguments = []
    if os.path.exists(world.path()):
        arguments = ["--initial", os.path.join(world.work, "initial")]
        shutil.copy(world.path(), arguments[1])
    path = os.path.join(world.work, "record")
    outcome = world.run.do("record " + path)
    if outcome.status != 0:
        raise AssertionError(f"the run to be recorded ended {outcome}")
    return [*arguments, path]


def ledger_torn(world, arguments):
    """(states, failures, output)"""
    process = subprocess.run(
        [world.tool("ledger-torn"), *arguments], cwd=world.work,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    text = process.stdout.decode("utf-8", "replace")
    found = re.search(r"^states (\d+) refused \d+ failures (\d+)$", text,
                      re.M)
    if not found or process.returncode not in (0, 1):
        return 0, 1, f"ledger-torn ended {process.returncode}: {text}"
    return int(found.group(1)), int(found.group(2)), text


def run_model(runner, case, world, tally):
    beginning, seed = case.split("/")
    history = record(world, beginning)
    options = ["--seed", seed, "--states", str(STATES)]
    if runner.short:
        options = ["--seed", seed, "--states", str(SHORT_STATES),
                   "--every", str(SHORT_EVERY)]
    states, failures, text = ledger_torn(world, [*options, *history])
    tally.add("states", states)
    if failures == 0:
        return []
    return [*text.splitlines()[:10],
            f"again: ledger-torn {' '.join(options)} --only STATE "
            + " ".join(os.path.basename(path) for path in history)]


def run_cut(case, world, tally):
    if world.whole is None:
        world.begin()
        wrong = world.recover()
        if wrong:
            return wrong
        with open(world.path(), "rb") as file:
            world.whole = file.read()
    number = int(case.split("/")[1])
    # A file without its first record is a new one: no request had left yet.
    first = world.whole.index(b"\n") + 1
    if not first <= number <= len(world.whole):
        return None
    with open(world.path(), "wb") as file:
        file.write(world.whole[:number])
    tally.add("states")
    return world.recover()


def model_cases(runner):
    for beginning in faults.BEGINNINGS:
        for i in range(1 if runner.short else SEEDS):
            yield f"{beginning}/{runner.seed * 1000 + i}"


def cut_cases(runner):
    """All bytes; 40,000 are more than such a ledger has."""
    return (f"whole/{number}" for number in
            range(runner.seed % 7, 40000, 997 if runner.short else 1))


def phases(runner):
    yield Phase("model", model_cases(runner), lambda: make(runner),
                lambda world, case, tally:
                run_model(runner, case, world, tally))
    yield Phase("cut", cut_cases(runner), lambda: make(runner),
                lambda world, case, tally: run_cut(case, world, tally))


def selftest(runner):
    """A disk whose syncs do nothing must be found out."""
    world = make(runner)
    try:
        history = record(world, "fresh")
        _, failures, text = ledger_torn(
            world, ["--states", "150000", "--every", "50", "--lies",
                    *history])
        if failures and "is lost" in text:
            return None
        return f"a disk that does not sync went unnoticed: {text}"
    finally:
        world.close()
