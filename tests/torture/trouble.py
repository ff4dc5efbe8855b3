"""The service in trouble, at full length: all cases of tests/trouble.py.

Case PART/NAME: as `tests/trouble.py --long --list` names it.
"""

import os
import shutil
import tempfile

from torture.runner import Phase
from trouble import cases as trouble
from trouble.world import Service

NAME = "trouble"
TITLE = "network faults in both generations, replies cut at every byte, stories"
COUNTS = {"faults met": None, "cuts": None, "stories": None, "runs": None}
SHORT = False  # make test has tests/trouble.py


class Lane:
    """A service of its own, and the programs."""

    def __init__(self, runner):
        self.work = tempfile.mkdtemp(prefix="nosbatch-torture-")
        self.programs = {name: os.path.abspath(runner.tool(name))
                         for name in trouble.PROGRAMS}
        Service.seed = runner.seed
        self.service = Service(self.programs["nosbatch-sandbox"], self.work)
        self.service.__enter__()

    def close(self):
        try:
            self.service.__exit__(None, None, None)
        finally:
            shutil.rmtree(self.work, ignore_errors=True)


class Sums:
    """The counts of a case, in a mode's tally."""

    def __init__(self, tally):
        self.tally = tally

    def update(self, counts):
        for name, count in counts.items():
            if name != "cases":
                self.tally.add(name, count)


def run_case(case, lane, tally):
    """tally gets what the case did: runs, faults met, cuts, …"""
    text = trouble.run_case(case, lane.programs, lane.service, Sums(tally),
                            False)
    if case.name.startswith("scripts/"):
        tally.add("stories")
    return [] if text is None else text.splitlines()


def phases(runner):
    for part in trouble.PARTS:
        by_name = {case.name.split("/", 1)[1]: case
                   for case in trouble.every(True, (part,))}
        yield Phase(part, iter(by_name), lambda: Lane(runner),
                    lambda lane, name, tally, by=by_name:
                    run_case(by[name], lane, tally),
                    trouble.WORKERS)


def selftest(runner):
    """Against a service that ignores keys, jobs must be posted twice."""
    lane = Lane(runner)

    def check(world):
        world.service.options_now(ignore_keys=True)
        trouble.network.post_fault(world, "try=1", "after:reset", "again")

    case = trouble.Case("network", "selftest", "jobs", check)
    try:
        text = trouble.run_case(case, lane.programs, lane.service, {}, False)
    finally:
        lane.close()
    if text and "more than one job" in text:
        return None
    return f"a service that ignores idempotency keys went unnoticed: {text}"
