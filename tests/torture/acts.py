"""`extend`, `stop` and `run --changed replace`, killed at each system call.

Case VARIANT/I/J: four jobs are posted; the command is killed on entry to its
Ith system call, the same command again at its Jth (0: not at all), then once
more to its end. The judge is the service: one extension a job, never two. In
the end one more `extend`, which is a second one and has to be one, too. Of a
replaced job and the one in its place never both are alive.
"""

import collections
import random

import audit
from torture.kill import selftest_calls
from torture.runner import Phase, Tally
from torture.world import Command, World

NAME = "acts"
COUNTS = {"kills": 10000}
TITLE = "extend, stop and replace killed at each system call, then again"

STRIDE = 32  # a seed takes every 32nd pair; 32 seeds take all
CALLS_MAX = 2000
SLACK = 40
MARGIN = 1.05
SECONDS = 1800
JOBS = 4


def entries(first):
    """Jobs j0 to j3, whose definitions are told apart by a number."""
    return [{"id": f"j{i}", "market": "nvidia-3060",
             "params": {"n": [first + i]}} for i in range(JOBS)]


OLD, NEW = entries(1), entries(100)

# name: (command, its options, options of the service, lanes of two workers)
VARIANTS = {
    "extend": ("extend", (), (), None),
    "one": ("extend", ("--connections", "1"), (), None),
    "lossy": ("extend", (), ("--fault", "extend:p=0.3,try=1-3:after:reset",
                             "--fault", "extend:p=0.1,try=1-3:before:503"), 6),
    "stop": ("stop", (), (), None),
    "replace": ("run", (), (), None),
}


class ActWorld(World):
    """Four jobs, and the commands that change them."""

    def __init__(self, folder, variant, *service):
        command, options, more, _ = VARIANTS[variant]
        super().__init__(folder, ["--run-time", "1000000", *more, *service],
                         ["-q"])
        self.verb = command
        self.cids = []  # of old and new jobs, by name
        for made in OLD, NEW:
            self.write_manifest(made)
            self.cids.append([job["cid"] for job in self.expand()])
        arguments = [self.LEDGER]
        if command == "extend":
            arguments += ["--time", f"{SECONDS}s"]
        if command == "run":
            arguments = ["m.jsonl.gz", "--ledger", self.LEDGER,
                         "--changed", "replace"]
        self.act = Command(self, [self.tool("nosbatch"), command, "--yes",
                                  *arguments, *options])
        self.commands.append(self.act)

    def post(self):
        self.begin()
        self.write_manifest(OLD)
        outcome = self.run.do()
        if outcome.status != 0 or len(self.jobs()) != JOBS:
            raise AssertionError(f"the run ended {outcome.status}: "
                                 f"{outcome.text}")
        if self.verb == "run":
            self.write_manifest(NEW)

    def books(self):
        """The ledger against the service: what is wrong, and the audit."""
        book = audit.Audit()
        book.ledger(self.path())
        book.service(self.jobs())
        return [text.replace(self.work + "/", "") for text in book.wrong], book

    def judge_times(self, times):
        """Each job was extended so often, and the ledger has it all."""
        wrong, book = self.books()
        wrong += [f"{job['address']} was extended {job['extensions']} times, "
                  f"not {times}" for job in self.jobs()
                  if job["extensions"] != times or
                  job["timeout"] != 3600 + times * SECONDS]
        states = collections.Counter(
            state for made in book.actions.values() for _, state in made)
        if states["extend"] != times * JOBS or states["open"] or \
                states["unknown"]:
            wrong.append(f"the ledger says {dict(states)}")
        return wrong

    def judge_alive(self, complete=False):
        """Never a job and the one in its place; in the end all of these."""
        alive = collections.Counter(
            job["ipfsHash"] for job in self.jobs() if job["state"] != "STOPPED")
        made = collections.Counter(job["ipfsHash"] for job in self.jobs())
        wrong = [f"{count} jobs of {cid}" for cid, count in made.items()
                 if count > 1]
        for old, new in zip(*self.cids):
            if alive[old] and alive[new]:
                wrong.append(f"{old} and {new} are both alive")
            if complete and (alive[old] or not alive[new]):
                wrong.append(f"{old} was not replaced by {new}")
        return wrong

    def judge_stopped(self):
        wrong, book = self.books()
        wrong += [f"{job['address']} is {job['state']}" for job in self.jobs()
                  if job["state"] != "STOPPED"]
        wrong += [f"{address}: {made[-1][1]}"
                  for (_, _, address), made in book.actions.items()
                  if made[-1][1] not in ("stop", "ended")]
        return wrong


def killed(world, number, tally):
    """One kill. A list of what is wrong, and whether it came that far."""
    outcome = world.act.do(f"kill {number}")
    if not outcome.hits:
        return [] if outcome.status == 0 else [
            f"status {outcome.status} without a kill: {outcome.text}"], False
    tally.kill()
    if outcome.status != 137:
        return [f"killed, and status {outcome.status}"], True
    wrong = world.books()[0]
    if world.verb == "run":
        wrong += world.judge_alive()
    wrong += [f"{job['address']} was extended {job['extensions']} times"
              for job in world.jobs() if job["extensions"] > 1]
    return wrong, True


def finish(world, was_killed):
    """The same command to its end, and the judgement."""
    outcome = world.act.do()
    wrong = [] if outcome.status == 0 else [
        f"the last command ended {outcome.status}: {outcome.text}"]
    if world.verb == "run":
        return wrong + world.books()[0] + world.judge_alive(True) + \
            world.check()
    if world.verb == "stop":
        return wrong + world.judge_stopped() + world.check()
    # A command that came to its end is one extension; the next is another.
    times = 1 if was_killed else 2
    wrong += world.judge_times(times)
    if not wrong:
        outcome = world.act.do()
        wrong = world.judge_times(times + 1)
    return wrong + world.check()


def run_case(variant, case, world, tally):
    first, second = (int(part) for part in case.split("/"))
    limits = world.__dict__.setdefault("limits", {})
    if first >= limits.get(0, CALLS_MAX) or \
            second >= limits.get(first, CALLS_MAX):
        return None
    world.post()
    wrong, reached = killed(world, first, tally)
    if not reached:
        limits.setdefault(0, first + SLACK)
    # What was killed behind its last record has come to its end as well.
    ended = ended_in_order(world)
    if second and not wrong and not ended:
        more, again = killed(world, second, tally)
        wrong += more
        if not again:
            limits[first] = second
        ended = ended_in_order(world)
    return wrong or finish(world, not ended)


def ended_in_order(world):
    """Whether the newest invocation has its close record."""
    with open(world.path(), "rb") as file:
        lines = file.read().split(b"\n")
    opens = [i for i, line in enumerate(lines)
             if b'"type":"open","command":"' + world.verb.encode() in line]
    return bool(opens) and any(b'"type":"close","status":0' in line
                               for line in lines[opens[-1]:])


def count_calls(runner, variant):
    world = ActWorld(runner.bin, variant)
    try:
        most = 0
        for _ in range(3):
            world.post()
            most = max(most, world.act.do("count").count)
        return int(most * MARGIN)
    finally:
        world.close()


def long_cases(runner):
    for first in range(1, CALLS_MAX):
        yield f"{first}/0"
        for second in range(1 + (runner.seed + first) % STRIDE, CALLS_MAX,
                            STRIDE):
            yield f"{first}/{second}"


def short_cases(runner, variant, most):
    rng = random.Random(f"{runner.seed}/acts/{variant}")
    count = count_calls(runner, variant)
    for i in range(most):
        first = 1 + (i * count + rng.randrange(count)) // most
        yield f"{first}/{rng.randrange(1, count) if i % 2 else 0}"


SHORT = {"extend": 50, "one": 16, "lossy": 4, "stop": 16, "replace": 20}


def phases(runner):
    for variant, (_, _, _, lanes) in VARIANTS.items():
        cases = short_cases(runner, variant, SHORT[variant]) \
            if runner.short else long_cases(runner)
        yield Phase(
            variant, cases, lambda v=variant: ActWorld(runner.bin, v),
            lambda world, case, tally, v=variant:
            run_case(v, case, world, tally), lanes)


def selftest(runner):
    """Against a service that ignores keys, jobs must be extended twice."""
    count = count_calls(runner, "extend")
    world = ActWorld(runner.bin, "extend", "--ignore-keys")
    try:
        for first in selftest_calls(count):
            wrong = run_case("extend", f"{first}/0", world, Tally())
            if wrong and any("extended 2 times" in text for text in wrong):
                return None
        return "a service that ignores idempotency keys went unnoticed"
    finally:
        world.close()
