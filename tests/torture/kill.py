"""A run is killed at each of its system calls, and so is its recovery.

Case VARIANT/I/J: the run is killed on entry to its Ith system call, the same
command again at its Jth (0: not at all), then once more to its end. In the
variant retry that command is `retry`, after a run whose 20 jobs have failed.
"""

import random

from torture.runner import Phase, Tally
from torture.world import World

NAME = "kill"
TITLE = "killed at each system call, then recovered, killed there, too"
COUNTS = {"kills": 100000}

STRIDE = 32  # a seed takes every 32nd pair; 32 seeds take all
CALLS_MAX = 2000  # more than a run makes; the end comes with one not reached
SLACK = 40  # how much further another run may come
CAP = "1.50"
CAP_NANO = 1500000000
MARGIN = 1.05  # how many calls there are varies a little with the timing

# Not for ever: a run that is unlucky nine times has an unknown job, and one
# that is unlucky six times waits for a minute.
LOSSY = ("--fault", "post:p=0.3,try=1-3:after:reset",
         "--fault", "post:p=0.1,try=1-3:before:503",
         "--fault", "pin:p=0.1,try=1-3:after:close")

# name: (options of the service, options of the run, lanes of two workers)
VARIANTS = {
    "plain": ((), (), None),
    "one": ((), ("--connections", "1"), None),
    "eight": ((), ("--connections", "8"), None),
    "half": ((), (), None),
    "rate": ((), ("--rate", "100"), 6),
    "cap": ((), ("--max-cost", CAP), None),
    "live": (("--clock-speed", "3000", "--run-time", "30"),
             ("--live", "4"), 6),
    "lossy": (LOSSY, (), 6),
    "retry": (("--success", "0", "--queue-time", "0", "--run-time", "6000"),
              (), None),
}
A_DAY_S = 86400  # all jobs have ended


def make(runner, variant, *more):
    service, run, _ = VARIANTS[variant]
    world = World(runner.bin, [*service, *more], ["-q", *run])
    if variant == "retry":
        world.first, world.run = world.run, world.retry("-q")
        world.generations = 2
    return world


def prepare(world, variant):
    """What is there before the first kill."""
    if variant == "retry":
        outcome = world.first.do()
        if outcome.status != 0:
            raise AssertionError(f"the run ended {outcome.status}: "
                                 f"{outcome.text}")
        world.service.call("clock", {"advance_s": A_DAY_S})
    if variant != "half":
        return
    if not hasattr(world, "half"):
        world.half = world.another("-q", "--max-cost", CAP)
    outcome = world.half.do()
    if outcome.status != 4:
        raise AssertionError(f"half a run ended {outcome.status}: "
                             f"{outcome.text}")


def killed(world, number, tally, expected):
    """One kill. A list of what is wrong, and whether it came that far."""
    outcome = world.run.do(f"kill {number}")
    if outcome.hits:
        tally.kill()
        if outcome.status != 137:
            return [f"killed, and status {outcome.status}"], True
        return judge_now(world), True
    if outcome.status != expected:
        return [f"status {outcome.status} without a kill: {outcome.text}"], \
            False
    return [], False


def judge_now(world):
    """Right after a kill: what the service has, the ledger knows."""
    return world.judge(world.jobs(), complete=False)


def judge_cap(world):
    """Stopped by the cap: never above it, and not far below."""
    spent = round(sum(job["cost"] for job in world.jobs()) * 10**9)
    dearest = round(max(job["cost"] for job in world.jobs()) * 10**9)
    wrong = world.judge(world.jobs(), complete=False) + world.check()
    if spent > CAP_NANO:
        wrong.append(f"{spent} nano-dollars were spent, over --max-cost")
    if spent + 2 * dearest + 2000000 <= CAP_NANO:
        wrong.append(f"only {spent} nano-dollars were spent: "
                     "something is reserved for nothing")
    return wrong


def run_case(runner, variant, case, world, tally):
    first, second = (int(part) for part in case.split("/"))
    limits = world.__dict__.setdefault("limits", {})
    if first >= limits.get(0, CALLS_MAX) or \
            second >= limits.get(first, CALLS_MAX):
        return None
    expected = 4 if variant == "cap" else 0
    world.begin()
    prepare(world, variant)
    wrong, reached = killed(world, first, tally, expected)
    if not reached:
        limits.setdefault(0, first + SLACK)
    if second and not wrong:
        more, reached = killed(world, second, tally, expected)
        wrong += more
        if not reached:
            limits[first] = second
    if variant == "cap" and not wrong:
        outcome = world.run.do()
        wrong = judge_cap(world)
        if outcome.status != 4:
            wrong.append(f"ended {outcome.status}: {outcome.text}")
        if not hasattr(world, "free"):
            world.free = world.another("-q")
        return wrong or world.recover(command=world.free)
    return wrong or world.recover()


def count_calls(runner, variant):
    """How many system calls the run makes, with a margin."""
    world = make(runner, variant)
    try:
        most = 0
        for _ in range(3):
            world.begin()
            prepare(world, variant)
            most = max(most, world.run.do("count").count)
        return int(most * MARGIN)
    finally:
        world.close()


def long_cases(runner):
    """Each call, and of all pairs those of this seed."""
    for first in range(1, CALLS_MAX):
        yield f"{first}/0"
        for second in range(1 + (runner.seed + first) % STRIDE, CALLS_MAX,
                            STRIDE):
            yield f"{first}/{second}"


def spread(runner, variant, count, most):
    """Some cases, evenly over all calls."""
    rng = random.Random(f"{runner.seed}/{variant}")
    for i in range(most):
        first = 1 + (i * count + rng.randrange(count)) // most
        yield f"{first}/{rng.randrange(1, count) if i % 2 else 0}"


SHORT = {"plain": 120, "one": 40, "eight": 40, "half": 40, "rate": 24,
         "cap": 40, "live": 8, "lossy": 8, "retry": 40}


def phases(runner):
    for variant, (_, _, lanes) in VARIANTS.items():
        cases = spread(runner, variant, count_calls(runner, variant),
                       SHORT[variant]) \
            if runner.short else long_cases(runner)
        yield Phase(
            variant, cases, lambda v=variant: make(runner, v),
            lambda world, case, tally, v=variant:
            run_case(runner, v, case, world, tally), lanes)


def selftest(runner):
    """Against a service that ignores keys, jobs must be posted twice."""
    for variant in ("plain", "retry"):
        unseen = selftest_of(runner, variant)
        if unseen:
            return f"{variant}: {unseen}"
    return None


def selftest_calls(count):
    """Calls of the later half, evenly; then others between them: which ones
    stand between a request and its record is a matter of timing."""
    step = max(1, count // 60)
    for offset in range(min(step, 8)):
        yield from range(count // 2 + offset, count, step)


def selftest_of(runner, variant):
    count = count_calls(runner, variant)
    world = make(runner, variant, "--ignore-keys")
    try:
        for first in selftest_calls(count):
            wrong = run_case(runner, variant, f"{first}/0", world, Tally())
            if wrong and any("jobs of key" in text for text in wrong) and \
                    any("too many" in text for text in wrong):
                return None
        return "a service that ignores idempotency keys went unnoticed"
    finally:
        world.close()
