"""The engine in a simulated world: virtual time, service, disk and kills.

Case histories/N: the unit test test_engine_history plays the histories whose
seeds are the Nth block of BLOCK; it judges them itself. Half as many more are
played with --replay never. The program needs none of this: `make test` plays
the first 30,000 as a unit test.
"""

import os
import re
import subprocess

from torture.runner import Phase

NAME = "engine"
TITLE = "simulated histories, each from a seed"
COUNTS = {"histories": 1000000}
SHORT = False  # make test has it among the unit tests

BLOCK = 10000   # and half of that without replay
BLOCKS = 70     # of one --seed: 1,050,000 histories
LIMIT_S = 600
PROGRAM = "unit/test_engine_history"


class Place:
    """Nothing is shared by the cases of a lane."""

    def __init__(self, runner):
        self.program = runner.tool(PROGRAM)
        self.work = None

    def close(self):
        pass


def play(place, first, count, **more):
    """(status, output) of histories from the seed `first` on."""
    process = subprocess.run(
        [place.program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False,
        start_new_session=True,
        env={"PATH": "/usr/bin:/bin", "ENGINE_SEED": str(first),
             "ENGINE_HISTORIES": str(count), **more})
    return process.returncode, process.stdout.decode("utf-8", "replace")


def run_case(case, place, tally):
    first = 1 + int(case) * BLOCK
    status, text = play(place, first, BLOCK)
    played = sum(map(int, re.findall(r"^(\d+) histories", text, re.M)))
    tally.add("histories", played)
    if status == 0 and played == BLOCK + BLOCK // 2:
        return []
    return [f"status {status}, {played} histories", *text.splitlines()]


def phases(runner):
    first = (runner.seed - 1) * BLOCKS
    cases = (str(first + i) for i in range(BLOCKS))
    yield Phase("histories", cases, lambda: Place(runner),
                lambda place, case, tally: run_case(case, place, tally))


def selftest(runner):
    """A service that forgets each key at once must make two jobs of one."""
    place = Place(runner)
    if not os.path.exists(place.program):
        return f"{place.program} is not built"
    status, text = play(place, 1, 200, ENGINE_FORGETFUL="1")
    if status != 0 and "again: ENGINE_SEED=" in text:
        return None
    return "a service that forgets its keys went unnoticed: " + text
