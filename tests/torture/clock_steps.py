"""Clocks that step while a run is under way, and between two runs.

The program reads its clocks through tests/preload/clock_step.c. N is the
reading of the clock at which the step comes: each is tried.

Case step/NAME/N: the real clock steps, or the machine sleeps, in a run that
nothing else disturbs: no decision may change.
Case sleep/NAME/N: the machine sleeps for so long that the service forgets its
keys, while replies are lost.
Case between/NAME/I: a run is killed with open intents; the next one finds
clocks that have stepped, an older boot, or a later one.
Case again/NAME/N: that next run, too, sleeps on its way past the horizon.
"""

import collections
import os
import threading
import time

import audit
from torture import world as worlds
from torture.runner import Phase, Tally
from torture.world import World

HOUR = 3600
YEAR = 365 * 24 * HOUR
READS_MAX = 400  # the end comes with a reading that is not reached
POLL_S = 0.002
SETTLE_S = 0.03  # for requests that are on their way to the service
# The service forgets a key soon after the horizon, and not before.
MEMORY = ("--key-memory", str(45000))
LOSSY = ("--fault", "post:p=0.25,try=1-3:after:reset",
         "--fault", "post:p=0.05,try=1-3:before:503")

# name: lines of clock-step, N and more being readings
STEPS = {
    "1 s on": "real {0} 1000",
    "1 s back": "real {0} -1000",
    "13 h on": "real {0} 46800000",
    "13 h back": "real {0} -46800000",
    "30 years on": "real {0} 946080000000",
    "30 years back": "real {0} -946080000000",
    "back and on": "real {0} -7200000\nreal {1} 18000000",
    "on and back": "real {0} 18000000\nreal {1} -7200000",
    "asleep 1 s": "suspend {0} 1000",
    "asleep 20 min": "suspend {0} 1200000",
    "asleep 13 h": "suspend {0} 46800000",
    "asleep 13 h, clock back": "suspend {0} 46800000\nreal {1} -50400000",
}

# name: how long the machine sleeps
SLEEPS = {"13 h": 13 * HOUR, "40 h": 40 * HOUR}

# name: (steps of the real clock, the boot's; another boot; how much time went
# by for the service; may intents be sent again)
BETWEEN = {
    "nothing": (0, 0, False, 0, True),
    "real 11 h on": (11 * HOUR, 0, False, 0, True),
    "real 13 h on": (13 * HOUR, 0, False, 0, False),
    "real a year on": (YEAR, 0, False, 0, False),
    "real 1 h back": (-HOUR, 0, False, 0, False),
    "real 30 years back": (-30 * YEAR, 0, False, 0, False),
    "asleep 11 h": (11 * HOUR, 11 * HOUR, False, 11 * HOUR, True),
    "asleep 13 h": (13 * HOUR, 13 * HOUR, False, 13 * HOUR, False),
    "asleep 13 h, real 3 h back": (10 * HOUR, 13 * HOUR, False, 13 * HOUR,
                                   False),
    "asleep 11 h, real 2 h on": (13 * HOUR, 11 * HOUR, False, 11 * HOUR,
                                 False),
    "rebooted": (HOUR, 0, True, HOUR, True),
    "rebooted after 11 h": (11 * HOUR, 0, True, 11 * HOUR, True),
    "rebooted after 13 h": (13 * HOUR, 0, True, 13 * HOUR, False),
    "rebooted, real 1 h back": (-HOUR, 0, True, 0, False),
}
BOOT_S = 5  # since a reboot


class Stepping:
    """The run with clocks that step."""

    def __init__(self, world):
        self.world = world
        self.plan = os.path.join(world.top, "clock-step")
        self.command = world.another("-q", prefix=[
            "/usr/bin/env", "LD_PRELOAD=" + world.tool("clock-step.so"),
            "CLOCK_STEP=" + self.plan])

    def clear(self):
        for suffix in (".out", ".paused", ".go"):
            if os.path.exists(self.plan + suffix):
                os.unlink(self.plan + suffix)

    def watch(self, done, at_pause):
        while not done.is_set():
            if os.path.exists(self.plan + ".paused"):
                try:
                    at_pause()
                finally:
                    with open(self.plan + ".go", "w", encoding="ascii"):
                        return
            time.sleep(POLL_S)

    def do(self, lines, at_pause=None):
        """(outcome, readings of the real clock, of the boot's, steps).

        at_pause is called, while the program stands still, where it falls
        asleep.
        """
        self.clear()
        with open(self.plan, "w", encoding="ascii") as file:
            file.write(lines + ("\npause" if at_pause else ""))
        done = threading.Event()
        watcher = threading.Thread(target=self.watch, args=(done, at_pause))
        if at_pause:
            watcher.start()
        try:
            outcome = self.command.do()
        finally:
            done.set()
            if at_pause:
                watcher.join()
        if not os.path.exists(self.plan + ".out"):
            raise worlds.Broken(f"no readings were counted: {outcome}")
        with open(self.plan + ".out", encoding="ascii") as file:
            return (outcome, *map(int, file.read().split()))

    def other_boot(self):
        """Lines for a machine that was started anew a moment ago."""
        with open(self.plan + ".boot", "w", encoding="ascii") as file:
            file.write("00000000-0000-4000-8000-000000000000\n")
        since = time.clock_gettime(time.CLOCK_BOOTTIME)
        return f"boot-id\nboot 1 {round(1000 * (BOOT_S - since))}"


def make(runner, *service):
    world = World(runner.bin, [*MEMORY, *service], ["-q"])
    world.stepping = Stepping(world)
    return world


def pass_time(world, seconds):
    """For the service, which forgets keys, once nothing is under way."""
    time.sleep(SETTLE_S)
    until = time.monotonic() + worlds.START_TIMEOUT_S
    while world.service.call("stats")["in_flight"] > 0:
        if time.monotonic() > until:
            raise worlds.Broken("requests stay in flight")
        time.sleep(POLL_S)
    world.service.call("clock", {"advance_s": seconds})


def requests(world):
    return world.service.call("stats?list=1")["requests_per_key"]


def reached(world, name, number):
    """Whether a run of this name is known to read its clock so often."""
    ends = world.__dict__.setdefault("ends", {})
    return number < ends.get(name, READS_MAX)


def judge_doubt(world, outcome):
    """One job a point at most; where there is none, the ledger is in doubt."""
    jobs = world.jobs()
    wrong = world.judge(jobs, complete=False) + world.check()
    book = audit.Audit()
    book.ledger(world.path())
    have = {job["key"] for job in jobs}
    states = collections.Counter(book.states.values())
    if set(states) - {"post", "unknown"} or \
            sum(states.values()) != worlds.JOBS:
        wrong.append("the ledger says " + book.summary())
    if states["post"] > len(have):
        wrong.append(f"{len(have)} jobs, and {states['post']} in the ledger")
    if outcome.status != (2 if states["unknown"] else 0):
        wrong.append(f"{dict(states)} and status {outcome.status}: {outcome.text}")
    return wrong


def run_step(world, case, tally):
    """A step changes nothing, and the next run finds nothing left to do."""
    name, number = case.split("/")
    number = int(number)
    if not reached(world, name, number):
        return None
    world.begin()
    before = requests(world)
    outcome, _, _, steps = world.stepping.do(
        STEPS[name].format(number, number + 7))
    if steps == 0:
        world.ends[name] = number
        return None
    tally.add("steps", steps)
    more = {key: count - before.get(key, 0)
            for key, count in requests(world).items()}
    wrong = world.judge(world.jobs()) + world.check()
    if outcome.status != 0:
        wrong.append(f"status {outcome.status}: {outcome.text}")
    wrong += [f"key {key}: {count} requests" for key, count in more.items()
              if count > 1]
    wrong += world.recover()
    if len(world.jobs()) != worlds.JOBS:
        wrong.append("the next run posted again")
    return wrong


def run_sleep(world, case, tally, notices=True):
    """notices=False: a program that takes no notice of the sleep."""
    name, number = case.split("/")
    number, seconds = int(number), SLEEPS[name]
    if not reached(world, name, number):
        return None
    world.begin()
    outcome, _, _, steps = world.stepping.do(
        f"suspend {number} {1000 * seconds if notices else 0}",
        lambda: pass_time(world, seconds))
    if steps == 0:
        world.ends[name] = number
        return None
    tally.add("steps", steps)
    tally.add("runs that ended in doubt", outcome.status == 2)
    wrong = judge_doubt(world, outcome)
    later, _, _, _ = world.stepping.do(f"suspend 1 {1000 * seconds}")
    return wrong + judge_doubt(world, later)


def lines_between(world, name):
    real, boot, rebooted, _, _ = BETWEEN[name]
    lines = f"real 1 {1000 * real}\n"
    if rebooted:
        return lines + world.stepping.other_boot()
    return lines + f"boot 1 {1000 * boot}"


def run_between(world, case, tally, judge_kept):
    name = case.split("/")[0]
    _, _, _, seconds, allowed = BETWEEN[name]
    intents = world.leave_open()
    pass_time(world, seconds)
    have = requests(world)
    before = {key: have.get(key, 0) for key in intents}
    outcome, _, _, steps = world.stepping.do(lines_between(world, name))
    tally.add("steps", steps)
    tally.add("open intents", len(intents))
    if not allowed:
        return judge_kept(world, intents, before, outcome)
    wrong = world.judge(world.jobs()) + world.check()
    if outcome.status != 0:
        wrong.append(f"status {outcome.status}: {outcome.text}")
    return wrong


def run_again(world, case, tally):
    """11 hours went by, and 2 more do at the recovery's Nth reading."""
    name, number = case.split("/")
    number = int(number)
    if not reached(world, name, number):
        return None
    intents = world.leave_open()
    pass_time(world, 11 * HOUR)
    outcome, _, _, steps = world.stepping.do(
        f"real 1 {11 * HOUR * 1000}\nboot 1 {11 * HOUR * 1000}\n"
        f"suspend {number} {2 * HOUR * 1000}",
        lambda: pass_time(world, 2 * HOUR))
    if steps < 3:
        world.ends[name] = number
        return None
    tally.add("steps", steps)
    tally.add("open intents", len(intents))
    return judge_doubt(world, outcome)


def numbers(runner, names, every):
    """Each name with each reading; in the short form one of `every`."""
    step = every if runner.short else 1
    for i, name in enumerate(names):
        first = 1 + (runner.seed + 5 * i) % step
        for number in range(first, READS_MAX, step):
            yield f"{name}/{number}"


def phases(runner, judge_kept):
    yield Phase("step", numbers(runner, STEPS, 50), lambda: make(runner),
                run_step)
    yield Phase("sleep", numbers(runner, SLEEPS, 80),
                lambda: make(runner, *LOSSY), run_sleep, 6)
    yield Phase("between", [f"{name}/{i}" for i in
                            range(1 if runner.short else 20)
                            for name in BETWEEN],
                lambda: make(runner), lambda world, case, tally:
                run_between(world, case, tally, judge_kept))
    yield Phase("again", numbers(runner, ["2 h more"], 25),
                lambda: make(runner, *LOSSY), run_again, 6)


def selftest(runner):
    """A program that takes no notice of its sleep must post twice."""
    world = make(runner, *LOSSY)
    try:
        for number in range(5, READS_MAX, 5):
            wrong = run_sleep(world, f"13 h/{number}", Tally(), False)
            if wrong and any("jobs of key" in text for text in wrong):
                return None
            if wrong is None:
                break
        return "jobs that were posted again after a sleep went unnoticed"
    finally:
        world.close()
