"""Errors at each file call of a run, and of a recovery.

Case BEGIN/KIND/N: with an empty folder or a ledger that a kill left (fresh,
left), the fault KIND meets the Nth call of its class; then the same command
runs again without a fault.
"""

import errno
import json
import os
import time

from torture.runner import Phase, Tally
from torture.world import World

NAME = "io"
TITLE = "errors, short writes, failing syncs at each file call"
COUNTS = {"faults": None}

CALLS_MAX = 400  # the end comes with a call that is not reached
HONEST = {65, 66, 69, 70, 73, 74, 75}
SETTLE_S = 0.03  # for requests that are on their way to the service

# kind: (plan, what the first run may end with beside 0)
KINDS = {
    "eio": (f"errno {errno.EIO} {{n}} files", HONEST),
    "eio-from": (f"errno {errno.EIO} {{n}} files from", HONEST),
    "enospc": (f"errno {errno.ENOSPC} {{n}} room", HONEST),
    "enospc-from": (f"errno {errno.ENOSPC} {{n}} room from", HONEST),
    "edquot": (f"errno {errno.EDQUOT} {{n}} room", HONEST),
    "edquot-from": (f"errno {errno.EDQUOT} {{n}} room from", HONEST),
    "torn-enospc": (f"torn {errno.ENOSPC} {{n}} room", HONEST),
    "torn-eio": (f"torn {errno.EIO} {{n}} room", HONEST),
    "sync": (f"errno {errno.EIO} {{n}} sync pause", HONEST),
    "sync-enospc": (f"errno {errno.ENOSPC} {{n}} sync pause", HONEST),
    "sync-from": (f"errno {errno.EIO} {{n}} sync from pause", HONEST),
    # A sync that fails is final, whatever the error.
    "sync-eintr": (f"errno {errno.EINTR} {{n}} sync pause", HONEST),
    # Nothing may end because of these.
    "eintr": (f"errno {errno.EINTR} {{n}} slow", set()),
    "eintr-odd": (f"errno {errno.EINTR} {{n}} slow odd", set()),
    "short": ("short {n} data", set()),
    "std": (f"errno {errno.EIO} {{n}} std", {74}),
    "std-from": (f"errno {errno.ENOSPC} {{n}} std from", {74}),
    "net-eintr": (f"errno {errno.EINTR} {{n}} net", HONEST),
    "net-reset": (f"errno {errno.ECONNRESET} {{n}} net", HONEST),
    "net-nomem": (f"errno {errno.ENOMEM} {{n}} net", HONEST),
}
BEGINNINGS = ("fresh", "left")
SLOW_KINDS = ("net-",)  # those that make the program wait
SHORT_STEP = {"eio": 1, "sync": 1, "torn-enospc": 2, "eintr-odd": 7}


def make(runner, *service):
    return World(runner.bin, service)


def begin(world, beginning):
    """An empty folder, or a ledger with open intents."""
    if beginning == "left":
        world.leave_open()
    else:
        world.begin()


class Sent:
    """What the service got after the pause, at which a sync failed.

    A request that libcurl has been given, of an intent that was durable, may
    still leave; nothing else may.
    """

    def __init__(self, world):
        self.world, self.before = world, None
        self.start = self.requests()
        self.durable = set()

    def note(self, _):
        """The program stands still right before its sync fails."""
        time.sleep(SETTLE_S)
        self.before = self.requests()
        if os.path.exists(self.world.path()):
            self.durable = durable_intents(self.world.path())

    def requests(self):
        return self.world.service.call("stats?list=1")["requests_per_key"]

    def judge(self, tally):
        if self.before is None:
            return []
        time.sleep(SETTLE_S)
        more = {key: count for key, count in self.requests().items()
                if count > self.before.get(key, 0)}
        tally.add("late first sends", len(more))
        return [f"key {key} was sent after a failed sync"
                for key in more if key not in self.durable or
                self.before.get(key, 0) > self.start.get(key, 0)]


def durable_intents(path):
    """Keys of the intents that the newest record knows to be durable."""
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")[:-1]
    records = [json.loads(line) for line in lines]
    keys, offset = set(), 0
    for line, record in zip(lines, records):
        offset += len(line) + 1
        if record["type"] == "intent" and offset <= records[-1]["dur"]:
            keys.add(record["idem"])
    return keys


def says_file(world, outcome, plan):
    """An error must name the file that it met; one of them, if many were."""
    name = os.path.basename(outcome.path)
    if "from" in plan or "torn" in plan:
        return "m.jsonl.gz" in outcome.text or world.LEDGER in outcome.text
    if outcome.path in (world.work, "."):
        name = world.LEDGER
    return name in outcome.text


def is_cache(world, path):
    """Of a list of prices, say: no promise rests on it."""
    return path.startswith(os.path.join(world.home, ".cache") + os.sep)


def judge_outcome(world, outcome, kind):
    allowed = set(KINDS[kind][1])
    if outcome.name in ("fsync", "fdatasync"):
        allowed = HONEST
    wrong = []
    if outcome.status == 0:
        return world.judge(world.jobs()) + world.check()
    if outcome.status not in allowed:
        wrong.append(f"status {outcome.status} after {outcome.name} of "
                     f"{outcome.path}: {outcome.text}")
    if not kind.startswith(("std", "net")) and \
            not says_file(world, outcome, KINDS[kind][0]):
        wrong.append(f"{outcome.name} of {outcome.path} failed, and the "
                     f"message does not say so: {outcome.text}")
    return wrong


def sound_part(world):
    """The ledger's whole records, in a file of their own."""
    with open(world.path(), "rb") as file:
        lines = file.read().split(b"\n")[:-1]
    with open(world.path("run.sound"), "wb") as file:
        for line in lines:
            if not line.endswith(b'"}') or b'"crc":' not in line:
                break
            file.write(line + b"\n")
    return "run.sound"


def run_case(case, world, tally):
    beginning, kind, number = case.split("/")
    reached = world.__dict__.setdefault("reached", {})
    if int(number) > reached.get((beginning, kind), CALLS_MAX):
        return None
    begin(world, beginning)
    sent = Sent(world)
    outcome = world.run.do(KINDS[kind][0].format(n=number), sent.note)
    if not outcome.hits:
        reached[beginning, kind] = int(number)
        return None
    tally.add("faults")
    if outcome.status:
        tally.add(f"ended {outcome.status}")
    wrong = judge_outcome(world, outcome, kind)
    if "from" in kind or not is_cache(world, outcome.path):
        wrong += sent.judge(tally)
    if os.path.exists(world.path()):
        wrong += world.judge(world.jobs(), sound_part(world), complete=False)
    return wrong + world.recover()


def cases(runner, slow):
    for beginning in BEGINNINGS:
        for kind in KINDS:
            if kind.startswith(SLOW_KINDS) != slow:
                continue
            step = SHORT_STEP.get(kind, 5) if runner.short else 1
            step = 40 if runner.short and slow else step
            for number in range(1, CALLS_MAX, step):
                yield f"{beginning}/{kind}/{number}"


def phases(runner):
    for name, slow, lanes in (("files", False, None), ("net", True, 6)):
        yield Phase(name, cases(runner, slow), lambda: make(runner),
                    lambda world, case, tally: run_case(case, world, tally),
                    lanes)


def selftest(runner):
    """Against a service that ignores keys, jobs must be posted twice."""
    world = make(runner, "--ignore-keys")
    try:
        for number in range(1, 41):
            wrong = run_case(f"left/eio/{number}", world, Tally())
            if wrong and any("jobs of key" in text for text in wrong):
                return None
        return "jobs that were posted twice went unnoticed"
    finally:
        world.close()
