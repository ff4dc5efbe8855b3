"""Every allocation of a run fails: once, or from there on.

Case KIND/BEGIN/N: with an empty folder or a ledger that a kill left (fresh,
left), the Nth allocation fails (once, from); then the same command runs
again. Allocations are those of the program and of its libraries.
"""

import os
import signal

from torture import faults
from torture.runner import Phase, Tally
from torture.world import Command, World

NAME = "alloc"
TITLE = "every allocation fails"
COUNTS = {"failed allocations": None}

CALLS_MAX = 100000  # the end comes with one that is not reached
HONEST = {66, 69, 70, 73, 74}
# libcurl 7.88 looks up a socket's requests in a table that it gave up for want
# of memory, and divides by its size of 0: the process ends as if killed there.
LIBCURL_DIVIDES = 128 + signal.SIGFPE
KINDS = ("once", "from")
GIVE_UP = "1s"  # libcurl without memory is tried again for as long


class Failing:
    """A command with a failing allocator; the run if no other is named."""

    def __init__(self, world, words=None):
        self.plan = os.path.join(world.top, "plan")
        prefix = ["/usr/bin/env",
                  "LD_PRELOAD=" + world.tool("alloc-fault.so"),
                  "ALLOC_FAULT=" + self.plan]
        if words is None:
            self.command = world.another("-q", "--give-up", GIVE_UP,
                                         prefix=prefix)
        else:
            self.command = Command(world, [*prefix, *words])
            world.commands.append(self.command)

    def do(self, text):
        """(outcome, allocations, failures); the last two None after a crash."""
        with open(self.plan, "w", encoding="ascii") as file:
            file.write(text)
        if os.path.exists(self.plan + ".out"):
            os.unlink(self.plan + ".out")
        outcome = self.command.do()
        if not os.path.exists(self.plan + ".out"):
            return outcome, None, None
        with open(self.plan + ".out", encoding="ascii") as file:
            calls, hits = map(int, file.read().split())
        return outcome, calls, hits


def make(runner, *service):
    world = World(runner.bin, service, ["-q"])
    world.failing = Failing(world)
    return world


def run_case(case, world, tally):
    kind, beginning, number = case.split("/")
    ends = world.__dict__.setdefault("ends", {})
    if int(number) > ends.get(beginning, CALLS_MAX):
        return None
    faults.begin(world, beginning)
    plan = number + (" from" if kind == "from" else "")
    outcome, _, hits = world.failing.do(plan)
    if hits == 0:
        ends[beginning] = int(number)
        return None if outcome.status == 0 else [
            f"status {outcome.status} without a fault: {outcome.text}"]
    tally.add("failed allocations")
    wrong = []
    if outcome.status == 0:
        wrong = world.judge(world.jobs()) + world.check()
    elif outcome.status == LIBCURL_DIVIDES:
        tally.add("ended in libcurl")
    elif outcome.status not in HONEST:
        wrong = [f"status {outcome.status}: {outcome.text}"]
    else:
        tally.add(f"ended {outcome.status}")
        if not outcome.text.strip():
            wrong = [f"status {outcome.status} without a word"]
    return wrong + world.judge(world.jobs(), complete=False) + world.recover()


def cases(runner):
    step = 61 if runner.short else 1
    for kind in KINDS[:1] if runner.short else KINDS:
        for beginning in faults.BEGINNINGS:
            for number in range(1 + runner.seed % step, CALLS_MAX, step):
                yield f"{kind}/{beginning}/{number}"


def phases(runner):
    yield Phase("run", cases(runner), lambda: make(runner),
                lambda world, case, tally: run_case(case, world, tally),
                4 if runner.short else 8)  # most of it is waiting


def selftest(runner):
    """Against a service that ignores keys, jobs must be posted twice."""
    world = make(runner, "--ignore-keys")
    try:
        world.begin()
        _, calls, _ = world.failing.do("0")
        if not calls:
            return "no allocation was counted"
        for number in range(1, 40):
            wrong = run_case(f"once/left/{number}", world, Tally())
            if wrong and any("jobs of key" in text for text in wrong):
                return None
        return "jobs that were posted twice went unnoticed"
    finally:
        world.close()
