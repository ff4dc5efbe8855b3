"""Clocks that step, and open intents of another time, boot, key or manifest.

The steps are in clock_steps.py. Case rule/NAME/I, the names being those of
RULES: a run is killed when its intents are durable and some requests have
left. Their records are then changed in place, with new checksums, as another
clock would have written them.
"""

import datetime
import json
import os
import re
import zlib

from torture import clock_steps
from torture import world as worlds
from torture.runner import Phase, Tally
from torture.world import World

NAME = "clock"
TITLE = "clocks that step, sleeping machines, old intents, other boots"
COUNTS = {"steps": None, "changed ledgers": None, "open intents": None}

HOUR_S = 3600
OTHER_KEY = "nos_other"


def shift(seconds):
    """Every record's time is another by so much."""
    def change(record, text):
        at = datetime.datetime.strptime(record["at"], "%Y-%m-%dT%H:%M:%S.%fZ")
        at += datetime.timedelta(seconds=seconds)
        new = at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
        return text.replace(record["at"], new, 1)
    return change


def boot_ms(digit):
    """The time since the boot, in as many digits."""
    def change(record, text):
        return re.sub(r'"boot_ms":(\d+)', lambda found: '"boot_ms":' +
                      digit * len(found.group(1)), text)
    return change


def other_boot(record, text):
    return re.sub(r'"boot_id":"[0-9a-f]{4}', '"boot_id":"ffff', text)


def both(first, second):
    def change(record, text):
        return second(record, first(record, text))
    return change


def same(record, text):
    return text


# name: (change of the ledger, may it be sent again, what else)
RULES = {
    "now": (same, True, None),
    "11h": (shift(-11 * HOUR_S), True, None),
    "12h": (shift(-12 * HOUR_S), False, None),
    "13h": (shift(-13 * HOUR_S), False, None),
    "a year": (shift(-365 * 24 * HOUR_S), False, None),
    "future": (shift(60), False, None),
    "tomorrow": (shift(24 * HOUR_S), False, None),
    "boot in the future": (boot_ms("9"), False, None),
    "other boot": (both(other_boot, boot_ms("9")), True, None),
    "other boot, 13h": (both(other_boot, shift(-13 * HOUR_S)), False, None),
    "other key": (same, False, "key"),
    "other manifest": (same, False, "manifest"),
}


def make(runner, *service):
    world = World(runner.bin, ("--api-key", worlds.KEY, "--api-key",
                               OTHER_KEY + ",account=1", *service), ["-q"])
    world.other_key = world.another("-q", prefix=[
        "/usr/bin/env", "NOSANA_API_KEY=" + OTHER_KEY])
    return world


def rewrite(path, change):
    """Applies a change that keeps every record's length."""
    lines = []
    with open(path, "rb") as file:
        for line in file.read().splitlines():
            body = line[:line.rindex(b',"crc":')].decode()
            new = change(json.loads(line), body).encode()
            if len(new) != len(body.encode()):
                raise AssertionError("a record's length changed")
            lines.append(new + b',"crc":"%08x"}\n' % zlib.crc32(new))
    with open(path, "wb") as file:
        file.writelines(lines)


def requests(world, keys):
    have = world.service.call("stats?list=1")["requests_per_key"]
    return {key: have.get(key, 0) for key in keys}


def restart(world, what):
    """The next run. Its outcome, and what has to be undone."""
    if what == "key":
        return world.other_key.do()
    if what == "manifest":
        world.write_manifest([dict(worlds.MANIFEST[0], id="z",
                                   params={"n": [77]})])
    try:
        return world.run.do()
    finally:
        world.write_manifest(worlds.MANIFEST)


def judge_kept(world, intents, before, outcome):
    """Nothing was sent again, and the ledger says unknown."""
    wrong = []
    if requests(world, intents) != before:
        wrong.append("an intent was sent again that may not be")
    if outcome.status != 2:
        wrong.append(f"status {outcome.status}, expected 2: {outcome.text}")
    with open(world.path(), "rb") as file:
        unknown = {record["idem"] for record in map(json.loads, file)
                   if record["type"] == "unknown"}
    if unknown != intents:
        wrong.append(f"{len(unknown)} of {len(intents)} open intents became "
                     "unknown")
    return wrong + world.check()


def run_case(case, world, tally, may_send=None):
    name = case.split("/")[0]
    change, allowed, what = RULES[name]
    intents = world.leave_open()
    rewrite(world.path(), change)
    before = requests(world, intents)
    outcome = restart(world, what)
    tally.add("changed ledgers")
    tally.add("open intents", len(intents))
    if allowed if may_send is None else may_send:
        wrong = world.judge(world.jobs()) + world.check()
        if outcome.status != 0:
            wrong.append(f"status {outcome.status}: {outcome.text}")
        return wrong
    return judge_kept(world, intents, before, outcome)


def phases(runner):
    cases = [f"{name}/{i}" for i in range(1 if runner.short else 20)
             for name in RULES]
    yield Phase("rule", cases, lambda: make(runner),
                lambda world, case, tally: run_case(case, world, tally))
    yield from clock_steps.phases(runner, judge_kept)


def selftest(runner):
    """A replay where none is expected must be noticed, and the reverse; and
    a program that does not know that it slept."""
    unseen = clock_steps.selftest(runner)
    if unseen:
        return unseen
    world = make(runner)
    try:
        if not run_case("now/0", world, Tally(), may_send=False):
            return "a replay that is not expected went unnoticed"
        if not run_case("13h/0", world, Tally(), may_send=True):
            return "a replay that is missing went unnoticed"
        return None
    finally:
        world.close()
