"""The commands that need no service, with every fault of memory and files.

Case COMMAND/KIND/N: the Nth allocation fails (alloc; alloc-from: all from
there on) or the fault KIND of faults.py meets the Nth file call. Such a
command must not be wrong in silence: it ends with an honest status and says
why, or it prints all that it prints without a fault.
"""

import gzip
import os
import re
import shutil
import tempfile

import ledgers
from torture import alloc, faults
from torture.runner import Phase, Tally
from torture.world import MANIFEST, ROOT, Command, World

NAME = "offline"
TITLE = "the offline commands: errors at each file call, failing allocations"
COUNTS = {"faults": None, "failed allocations": None}

KINDS = {"alloc": "{n}", "alloc-from": "{n} from"}
KINDS.update((kind, faults.KINDS[kind][0]) for kind in (
    "eio", "eio-from", "enospc", "enospc-from", "sync", "eintr-odd", "short",
    "std", "std-from"))
HARMLESS = {"eintr-odd", "short"}
SHORT_STEP = 31
# Who settles is asked first. glibc 2.36's getpwuid crashes where one of its
# first allocations fails.
BEHIND_GETPWUID = 8
UNSAID = "nosbatch: out of memory, also for a message"
CALLS_MAX = 20000  # the end comes with one that is not reached
CORPUS = os.path.join(ROOT, "tests", "fuzz", "corpus", "entry")
WIDE = {"wide"}  # no program walks through all of it
REFUSED = {"cycle", "given", "keys", "leftout", "rows", "table",
           "plain"}
STATES = ("ended", "extended", "unknown", "reject", "release", "open",
          "settle", "failed")
TABLE = "a,b,c\n1,x,\"two\nlines\"\n2,,3\n"
JOB = """{"version": "0.1", "type": "container", "ops": [{"type":
 "container/run", "id": "o", "args": {"image": "ubuntu", "cmd":
 "echo ${{ a }} ${{ b }} ${{ c:json }} ${{ d:.3f }} %%variables.x%%"}}]}"""
WRONG = """{"version": "0.2", "type": "vessel", "opps": [], "ops": [{"type":
 "container/run", "id": "o", "args": {"imgae": "u", "cmd": 7, "gpu": "yes",
 "expose": [{"port": "80-20"}, 80, 80]}}, {"type": "container/create-volume",
 "id": "o", "args": {}}]}"""

READ = {
    "expand": ["expand", "good.jsonl"],
    "plan": ["plan", "m.jsonl.gz", "--ledger", "run.jsonl", "--max-cost",
             "99"],
    "plan-json": ["plan", "m.jsonl.gz", "--ledger", "run.jsonl", "--seen",
                  "seen.jsonl", "--changed", "keep", "--sample", "50%",
                  "--format", "json"],
    "plan-where": ["plan", "m.jsonl.gz", "--where", "!(n > 1) || n == 3", "--market", "nvidia-3060",
                   "--allow-unpriced", "--shard", "0/2"],
    "validate": ["validate", "all.jsonl", "job.json", "wrong.json"],
    "new": ["new", "job.json", "--rows", "t.csv", "--set", "d=0.1,0.2",
            "--market", "nvidia-3060"],
    "results": ["results", "run.jsonl"],
    "results-csv": ["results", "run.jsonl", "seen.jsonl", "--format", "csv",
                    "--sort", "-cost_usd", "--where", "n > 1"],
    "results-jsonl": ["results", "run.jsonl", "--format", "jsonl"],
    "results-check": ["results", "run.jsonl", "seen.jsonl", "--check"],
    "review": ["review", "run.jsonl", "seen.jsonl", "--by", "market,n"],
    "review-html": ["review", "run.jsonl", "--by", "entry,n,day", "--format",
                    "html", "--compare", "seen.jsonl"],
    "review-json": ["review", "run.jsonl", "--by", "n", "--format", "json",
                    "--time-zone", "Europe/Berlin"],
    "review-csv": ["review", "run.jsonl", "--format", "csv", "--where",
                   "n > 1", "--compare", "seen.jsonl"],
    "completion": ["completion", "bash"],
    "help": ["run", "--help"],
    "man": ["--man"],
}
# What a settlement changed is judged by the check of the ledger.
SETTLE = {
    "settle": ["settle", "run.jsonl", "--where", "true", "--lost"],
    "settle-torn": ["settle", "torn.jsonl", "a/n=3", "--lost"],
}
COMMANDS = {**READ, **SETTLE}


def read_corpus(left_out):
    """One manifest of the entries that fuzzing begins with."""
    text = ""
    for name in sorted(set(os.listdir(CORPUS)) - left_out):
        with open(os.path.join(CORPUS, name), encoding="utf-8") as file:
            text += re.sub(r'"id": *"\w+"', f'"id":"{name}"', file.read(), 1
                           ).rstrip("\n") + "\n"
    return text


class Folder(World):
    """A world without a service: the addresses that it has answer nothing."""

    def __init__(self, folder):
        self.bin = os.path.abspath(folder)
        self.top = tempfile.mkdtemp(prefix="nosbatch-torture-")
        self.work = os.path.join(self.top, "work")
        self.kept = os.path.join(self.top, "kept")
        self.home = os.path.join(self.work, "home")
        self.commands = []
        self.env = {"PATH": "/usr/bin:/bin", "HOME": self.home, "TZ": "UTC",
                    "LC_ALL": "C.UTF-8",
                    "NOSANA_API_URL": "http://127.0.0.1:1/api",
                    "SOURCE_DATE_EPOCH": "1795428000"}
        os.mkdir(self.work)
        self.write_manifest(MANIFEST)
        self.fill()
        shutil.copytree(self.work, self.kept)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def fill(self):
        self.write("all.jsonl", read_corpus(WIDE))
        self.write("good.jsonl", read_corpus(WIDE | REFUSED))
        self.write("job.json", JOB)
        self.write("wrong.json", WRONG)
        self.write("t.csv", TABLE)
        points = self.expand()
        book = write_ledger(points)
        book.write(self.path())
        text = book.text
        book = write_ledger(points, long=True)
        self.write("torn.jsonl", book.text + book.lines[-1][:-9])
        write_ledger(points[5:], batch="b").write(self.path("seen.jsonl"))
        with gzip.open(self.path("run.jsonl.gz"), "wb") as file:
            file.write(text.encode())

    def begin(self):
        for name in os.listdir(self.work):
            path = self.path(name)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        for name in os.listdir(self.kept):
            shutil.copy(os.path.join(self.kept, name), self.work)

    def close(self):
        for command in self.commands:
            command.close()
        shutil.rmtree(self.top, ignore_errors=True)


def write_ledger(points, batch=None, long=False):
    """A job in every state, and again; all are durable."""
    book = ledgers.Ledger(batch=batch)
    for i, point in enumerate(points):
        nano = 10**7 * (i + 1)
        job = book.job(point["name"], point["id"], point["params"],
                       point["market"], nano, key=point["key"])
        kind = STATES[i % len(STATES)]
        book.intent(job)
        if kind in ("ended", "failed", "extended"):
            book.post(job, nano if i % 3 else None)
        elif kind != "open":
            book.end(kind, job, why="no answer", status=503, who="tester",
                     message="\x1b[31mno \u202e answer")
        if kind == "extended":
            book.extend(job, 600, nano // 7)
        if kind in ("ended", "failed"):
            book.state(job, 2, "success" if kind == "ended" else "failed",
                       nano // 3)
    if long:
        add_long_story(book, points[0])
    book.sync()
    book.add("close", status=0, why="done")
    return book


def add_long_story(book, point):
    """One job that was posted again and again, each time by another name, an
    entry, and extensions that are under way."""
    key = ledgers.key_of("again")
    book.add("entry", id="z", template={"id": "z"})
    for gen in range(80):
        job = book.job(f"z/{gen}", "z", {}, point["market"], 10**6, gen=gen,
                       key=key)
        book.intent(job)
        book.post(job, 10**6)
    for i in range(20):
        book.add("intent", **dict(book.head(job, "extend"), idem=f"e{i}"),
                 **book.tail(job))


def make(runner, name):
    world = Folder(runner.bin)
    words = [world.tool("nosbatch"), *COMMANDS[name]]
    world.story = Command(world, words)
    world.failing = alloc.Failing(world, words)
    world.check = Command(world, [world.tool("nosbatch"), "results", "--check",
                                  *COMMANDS[name][1:2]])
    world.commands = [world.story, world.failing.command, world.check]
    world.begin()
    world.reference = world.story.do()
    return world


def fault(world, kind, number):
    """(outcome, whether it met the fault)"""
    plan = KINDS[kind].format(n=number)
    if kind.startswith("alloc"):
        outcome, _, hits = world.failing.do(plan)
        return outcome, hits != 0  # None: it crashed
    outcome = world.story.do(plan, lambda _: None)
    return outcome, outcome.hits > 0


def same_text(have, want):
    """Warnings may be lost, where it says so."""
    if UNSAID not in have:
        return have == want
    left = want.splitlines()
    return all(line in left for line in have.splitlines() if line != UNSAID)


def show(outcome, want):
    """Where it begins to be different."""
    have = outcome.text
    at = len(os.path.commonprefix([have, want.text]))
    return f"at {at}: {have[max(0, at - 200):at + 200]}"


def judge(world, name, kind, outcome):
    want = world.reference
    if outcome.status != want.status:
        if kind in HARMLESS or outcome.status not in faults.HONEST | \
                {want.status}:
            return [f"status {outcome.status}, expected {want.status}: "
                    f"{show(outcome, want)}"]
        if not outcome.text.strip() and not kind.startswith("std"):
            return [f"status {outcome.status} without a word"]
        return []
    if name in READ and not kind.startswith("std") and want.status == 0 and \
            not same_text(outcome.text, want.text):
        return [f"printed other than without a fault: {show(outcome, want)}"]
    return []


def run_case(name, case, world, tally):
    kind, number = case.split("/")
    ends = world.__dict__.setdefault("ends", {})
    if int(number) >= ends.get(kind, CALLS_MAX):
        return None
    world.begin()
    outcome, met = fault(world, kind, number)
    wrong = judge(world, name, kind, outcome)
    if not met:
        ends[kind] = int(number)
        return wrong or None
    tally.add("failed allocations" if kind.startswith("alloc") else "faults")
    if name in SETTLE:
        again = world.story.do()
        if again.status not in (0, 64):
            wrong.append(f"again: status {again.status}: {again.text}")
        checked = world.check.do()
        if checked.status != 0:
            wrong.append(f"results --check: {checked.text}")
    return wrong


def cases(runner, first=1):
    """All kinds side by side, so that none is left out for want of time."""
    step = SHORT_STEP if runner.short else 1
    for number in range(first, CALLS_MAX, step):
        for i, kind in enumerate(KINDS):
            yield f"{kind}/{number + (runner.seed + 13 * i) % step}"


def phases(runner):
    for name in COMMANDS:
        first = BEHIND_GETPWUID if name in SETTLE else 1
        yield Phase(name, cases(runner, first), lambda name=name: make(runner, name),
                    lambda world, case, tally, name=name:
                    run_case(name, case, world, tally))


def selftest(runner):
    """A program that prints nothing where it reads nothing is noticed."""
    world = make(runner, "expand")
    try:
        world.reference = world.reference._replace(text="another text")
        for number in range(1, 100):
            wrong = run_case("expand", f"short/{number}", world, Tally())
            if wrong:
                return None
        return "output that is other than expected went unnoticed"
    finally:
        world.close()
