"""Many starts at once.

Case ledger/N/I: N runs of the same command start together: all but those
that find nothing left to do end with 75. Case batch/N/I: N hosts, that is,
N ledgers, run the same --batch: one job a key all the same. Case extend/N/I
or retry/N/I: so often that command on one ledger of 20 jobs.
"""

import subprocess

from torture import commands
from torture.runner import Phase, Tally
from torture.world import LIMIT_S, World

NAME = "races"
TITLE = "2 to 100 simultaneous starts"
COUNTS = {"starts": None}

LATENCY = ("--latency", "20")  # so that runs overlap


def start_all(world, commands):
    """[(status, output)] of commands that are started at once."""
    processes = [subprocess.Popen(
        command, cwd=world.work, env=world.env, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True)
        for command in commands]
    results = []
    for process in processes:
        try:
            text = process.communicate(timeout=LIMIT_S)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            text = process.communicate()[0] + b"(killed: too long)"
        results.append((process.returncode, text.decode("utf-8", "replace")))
    return results


def run_command(world, ledger, *more):
    return [world.tool("nosbatch"), "run", "m.jsonl.gz", "--yes", "-q",
            "--ledger", ledger, *more]


def run_ledger(case, world, tally):
    number = int(case.split("/")[0])
    world.begin()
    results = start_all(world, [run_command(world, world.LEDGER)] * number)
    tally.add("starts", number)
    wrong = [f"status {status}: {text}" for status, text in results
             if status not in (0, 75)]
    if not any(status == 0 for status, _ in results):
        wrong.append("nobody ended with 0")
    tally.add("ended 75", sum(status == 75 for status, _ in results))
    return wrong + world.judge(world.jobs()) + world.check()


def judge_hosts(world, names, scope):
    """All jobs of the service against each host's ledger."""
    jobs = world.jobs()
    wrong = []
    for name in names:
        wrong += [f"{name}: {text}"
                  for text in world.judge(jobs, name, scope=scope)]
    return wrong


def run_batch(case, world, tally, common=True):
    number = int(case.split("/")[0])
    batch = f"night-{case.replace('/', '-')}"
    scope = "b:" + batch if common else None
    more = ["--batch", batch] if common else []
    world.begin()
    names = [f"run-{i}.jsonl" for i in range(number)]
    results = start_all(world, [run_command(world, name, *more)
                                for name in names])
    tally.add("starts", number)
    wrong = [f"status {status}: {text}" for status, text in results
             if status != 0]
    return wrong + judge_hosts(world, names, scope)


def run_command_race(story, case, world, tally):
    """One at a time holds the ledger; what each does is a command's due."""
    number = int(case.split("/")[0])
    world.begin()
    story.prepare(world)
    word, *options = story.words
    results = start_all(world, [[world.tool("nosbatch"), word, world.LEDGER,
                                 *options]] * number)
    tally.add("starts", number)
    tally.add("ended 75", sum(status == 75 for status, _ in results))
    wrong = [f"status {status}: {text}" for status, text in results
             if status not in story.status() | {75}]
    return wrong + commands.judge(world, story) + story.judge(world)


def counts(runner, most):
    """(how many start together, how often)"""
    if runner.short:
        return [(2, 3), (10, 2), (most, 1)]
    return [(number, 3 if number > 20 else 10) for number in range(2, 101)]


def cases(runner, most):
    for number, times in counts(runner, most):
        for i in range(times):
            yield f"{number}/{runner.seed * 1000 + i}"


def phases(runner):
    yield Phase("ledger", cases(runner, 50),
                lambda: World(runner.bin, LATENCY),
                lambda world, case, tally: run_ledger(case, world, tally), 1)
    yield Phase("batch", cases(runner, 20), lambda: World(runner.bin, LATENCY),
                lambda world, case, tally:
                run_batch(case, world, tally), 1)
    for name in ("extend", "retry", "stop"):
        story = commands.STORIES[name]
        yield Phase(name, cases(runner, 20),
                    lambda story=story: commands.make(runner, story, *LATENCY),
                    lambda world, case, tally, story=story:
                    run_command_race(story, case, world, tally), 1)


def selftest(runner):
    """Hosts without a common batch must be seen to post twice."""
    world = World(runner.bin, LATENCY)
    try:
        wrong = run_batch("2/0", world, Tally(), common=False)
        if any("too many" in text for text in wrong):
            return None
        return "two hosts without a batch went unnoticed"
    finally:
        world.close()
