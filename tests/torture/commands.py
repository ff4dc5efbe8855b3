"""The commands beside `run` that write to a ledger, killed at each call.

What the command needs is there (see STORIES). Case COMMAND/I/J: it is killed
on entry to its Ith system call, the same command again at its Jth (0: not at
all), then it runs to its end. Case COMMAND faults/KIND/N: the fault KIND of
faults.py meets its Nth file call, or (alloc) its Nth allocation fails; then
it runs again.
"""

import collections
import json

import audit
from torture import acts, alloc, faults, kill
from torture.runner import Phase, Tally
from torture.world import JOBS, Command, World, idem_of, ledger_id

NAME = "commands"
TITLE = "the other commands killed at each system call, then repeated"
COUNTS = {"kills": None, "faults": None, "failed allocations": None}

CALLS_MAX = 2500
SHORT, SHORT_LOSSY = 10, 3  # cases of a command
FAULTS = ("eio", "eio-from", "enospc", "enospc-from", "torn-enospc", "sync",
          "sync-from", "eintr-odd", "short", "alloc")
FAULTS_MAX = 20000  # the end comes with one that is not reached
SHORT_FAULTS = 180  # each how manieth
STATES = ("QUEUED", "RUNNING", "COMPLETED", "STOPPED")
AN_HOUR = {"advance_s": 3600}


class Story:
    """One command: the service's options, its words, what it must come to."""

    service = ()
    gens = 1  # of each key that may exist
    lanes = None

    def __init__(self, *words, lose=None):
        """lose: a route whose replies are lost now and then."""
        self.words = words
        if lose:
            self.service = (*self.service, "--fault", f"{lose}:p=0.2,try=1-3:"
                            "after:reset", "--fault",
                            f"{lose}:p=0.1,try=1-3:before:503")
            self.lanes = 6

    def prepare(self, world):
        """20 jobs that are posted."""
        outcome = world.run.do()
        if outcome.status != 0:
            raise AssertionError(f"the run ended {outcome.status}: "
                                 f"{outcome.text}")

    def status(self):
        """What it ends with."""
        return {0}

    def judge(self, world):
        """At the end."""
        return []


class Ended(Story):
    """The jobs have ended."""

    def prepare(self, world):
        super().prepare(world)
        world.service.call("clock", AN_HOUR)

    def judge(self, world):
        last = {}
        for record in records(world):
            if record["type"] == "state":
                last[record["address"]] = STATES[record["state"]]
        want = {job["address"]: job["state"] for job in world.jobs()}
        return [] if last == want else [
            f"the ledger's states are {collections.Counter(last.values())}, "
            f"the service's {collections.Counter(want.values())}"]


class Retry(Ended):
    """They have failed, and are posted once more, and not twice."""

    service = ("--success", "0")
    gens = 2

    def prepare(self, world):
        super().prepare(world)
        world.before = len(world.jobs())

    def judge(self, world):
        more = len(world.jobs()) - world.before
        return [] if more == JOBS else [f"{more} jobs were posted again"]


class Settle(Story):
    """Some jobs do not exist, and the ledger does not know."""

    LOST = 6

    def prepare(self, world):
        world.service.call("faults", {"clear": True, "add": [
            f"post:1-{self.LOST}:before:reset"]})
        outcome = world.once.do()
        if outcome.status != 2:
            raise AssertionError(f"the run ended {outcome.status}: "
                                 f"{outcome.text}")

    def status(self):
        return {0, 64}  # nothing may be left to settle

    def judge(self, world):
        settled = [record["idem"] for record in records(world)
                   if record["type"] == "settle"]
        wrong = [f"{count} settlements of {idem}" for idem, count in
                 collections.Counter(settled).items() if count > 1]
        if len(settled) != self.LOST:
            wrong.append(f"{len(settled)} jobs are settled")
        return wrong + world.recover()


class Extend(Story):
    """Each live job is extended once a command that came to its end: the
    next one finishes what a killed one began, and does not begin anew."""

    def judge(self, world):
        ended = done_invocations(world, "extend")
        have = collections.Counter(job["extensions"] for job in world.jobs())
        if set(have) == {ended}:
            return []
        return [f"{ended} commands came to their end; jobs by how often they "
                f"were extended: {dict(have)}"]


class Stop(Story):
    """Each live job is stopped."""

    def judge(self, world):
        have = collections.Counter(job["state"] for job in world.jobs())
        return [] if set(have) == {"STOPPED"} else [f"jobs are {dict(have)}"]


STORIES = {
    "extend": Extend("extend", "--time", "30m", "--yes"),
    "stop": Stop("stop", "--yes"),
    "status": Ended("status"),
    "wait": Ended("wait", "-q"),
    "settle": Settle("settle", "--where", "true", "--lost"),
    "retry": Retry("retry", "--yes", "-q"),
    "retry-lossy": Retry("retry", "--yes", "-q", lose="post"),
}


def make(runner, story, *more):
    world = World(runner.bin, [*story.service, *more], ["-q"])
    word, *options = story.words
    words = [world.tool("nosbatch"), word, world.LEDGER, *options]
    world.story = Command(world, words)
    world.failing = alloc.Failing(world, words)
    world.once = world.another("-q", "--replay", "never")
    world.commands.append(world.story)
    return world


def records(world):
    with open(world.path(), "rb") as file:
        return [json.loads(line) for line in file]


def done_invocations(world, command):
    """How many came to their end."""
    count, mine = 0, False
    for record in records(world):
        if record["type"] == "open":
            mine = record["command"] == command
        elif record["type"] == "close" and mine:
            count += record["status"] in (0, 1)
    return count


def judge(world, story):
    """Jobs and ledger agree, each key has one job, and it is a point's."""
    jobs = world.jobs()
    book = audit.Audit()
    book.ledger(world.path())
    book.service(jobs)
    scope = "l:" + ledger_id(world.path())
    want = {idem_of(scope, job["key"], gen)
            for job in world.want for gen in range(story.gens)}
    have = collections.Counter(job["key"] for job in jobs)
    return [*book.wrong, *world.check(),
            *(f"{count} jobs of key {key}" for key, count in have.items()
              if count > 1),
            *(f"key {key} is no point's" for key in have if key not in want)]


def judge_killed(world, story):
    """The same, but for a torn tail, which the next run cuts off."""
    with open(world.path(), "rb") as file:
        whole = file.read().endswith(b"\n")
    return judge(world, story) if whole else []


def killed(world, story, number, tally):
    """One kill. A list of what is wrong, and whether it came that far."""
    outcome = world.story.do(f"kill {number}")
    if not outcome.hits:
        wrong = [] if outcome.status in story.status() else [
            f"status {outcome.status} without a kill: {outcome.text}"]
        return wrong, False
    tally.kill()
    return judge_killed(world, story), True


def run_case(story, case, world, tally):
    first, second = (int(part) for part in case.split("/"))
    limits = world.__dict__.setdefault("limits", {})
    if first >= limits.get(0, CALLS_MAX) or \
            second >= limits.get(first, CALLS_MAX):
        return None
    world.begin()
    story.prepare(world)
    wrong, reached = killed(world, story, first, tally)
    if not reached:
        limits.setdefault(0, first + kill.SLACK)
    if second and not wrong:
        more, reached = killed(world, story, second, tally)
        wrong += more
        if not reached:
            limits[first] = second
    if wrong:
        return wrong
    outcome = world.story.do()
    if outcome.status not in story.status():
        wrong = [f"ended {outcome.status}: {outcome.text}"]
    return wrong + judge(world, story) + story.judge(world)


def fault(world, kind, number):
    """One fault: (outcome, whether it was met)."""
    if kind == "alloc":
        outcome, _, hits = world.failing.do(str(number))
        return outcome, hits != 0  # None: it crashed
    outcome = world.story.do(faults.KINDS[kind][0].format(n=number),
                             lambda _: None)
    return outcome, outcome.hits > 0


def run_fault(story, case, world, tally):
    kind, number = case.split("/")
    ends = world.__dict__.setdefault("ends", {})
    if int(number) >= ends.get(kind, FAULTS_MAX):
        return None
    world.begin()
    story.prepare(world)
    outcome, met = fault(world, kind, number)
    if not met:
        ends[kind] = int(number)
        return None
    tally.add("failed allocations" if kind == "alloc" else "faults")
    wrong = []
    if kind == "alloc" and outcome.status == alloc.LIBCURL_DIVIDES:
        tally.add("ended in libcurl")
    elif outcome.status not in story.status() | faults.HONEST:
        wrong = [f"status {outcome.status}: {outcome.text}"]
    elif outcome.status and not outcome.text.strip():
        wrong = [f"status {outcome.status} without a word"]
    wrong += judge_killed(world, story)
    outcome = world.story.do()
    if outcome.status not in story.status():
        wrong.append(f"ended {outcome.status}: {outcome.text}")
    return wrong + judge(world, story) + story.judge(world)


def fault_cases(runner):
    """All kinds side by side, so that none is left out for want of time."""
    step = SHORT_FAULTS if runner.short else 1
    for number in range(1, FAULTS_MAX, step):
        for i, kind in enumerate(FAULTS):
            yield f"{kind}/{number + (runner.seed + 13 * i) % step}"


def cases(runner, story):
    if not runner.short:
        return kill.long_cases(runner)
    world = make(runner, story)
    try:
        world.begin()
        story.prepare(world)
        count = world.story.do("count").count
    finally:
        world.close()
    return kill.spread(runner, story.words[0], count,
                       SHORT_LOSSY if story.lanes else SHORT)


def phases(runner):
    for name, story in STORIES.items():
        if name not in acts.VARIANTS and name not in kill.VARIANTS:
            yield Phase(name, cases(runner, story),
                        lambda story=story: make(runner, story),
                        lambda world, case, tally, story=story:
                        run_case(story, case, world, tally), story.lanes)
        if not story.lanes:
            yield Phase(name + " faults", fault_cases(runner),
                        lambda story=story: make(runner, story),
                        lambda world, case, tally, story=story:
                        run_fault(story, case, world, tally))


def selftest(runner):
    """Against a service that ignores keys, a retry must post twice."""
    story = STORIES["retry"]
    world = make(runner, story, "--ignore-keys")
    try:
        for first in range(150, CALLS_MAX, 9):
            wrong = run_case(story, f"{first}/0", world, Tally())
            if wrong and any("jobs of key" in text for text in wrong):
                return None
            if wrong is None:
                break
        return "a retry that was posted twice went unnoticed"
    finally:
        world.close()
