"""Runs the cases of a mode in lanes, counts, remembers how far it came.

A mode is a module with
    NAME, TITLE
    COUNTS           what the table tells: {what is counted: how many are
                     wanted in all, or None}; "kills", and names of Tally.add
    phases(runner)   yields Phase objects
    selftest(runner) returns None, or in words how failures went unseen
"""

import collections
import json
import os
import shutil
import tempfile
import threading
import time

FAILURES_MAX = 20  # of a mode: then it ends
SAVE_EVERY = 100   # cases
SAY_EVERY_S = 60   # how the long form does


class Phase:
    """Cases that run in the same kind of world.

    name    of the phase; a case is "MODE/NAME/…"
    cases   an iterable of case names behind that, the same each time
    world   a function that makes a World
    run     a function (world, case, tally): a list of what is wrong, or None
            where there is no such case
    """

    def __init__(self, name, cases, world, run, lanes=None):
        self.name, self.cases, self.world = name, cases, world
        self.run, self.lanes = run, lanes


class Tally:
    def __init__(self):
        self.cases = self.failed = 0
        self.counts = collections.Counter()
        self.lock = threading.Lock()

    def add(self, name, count=1):
        with self.lock:
            self.counts[name] += count

    def kill(self):
        self.add("kills")

    def line(self):
        counts = "".join(f", {count} {name}"
                         for name, count in sorted(self.counts.items()))
        return f"{self.cases} cases, {self.failed} failed{counts}"


def fair_end(start, minutes, phases_left):
    """When the next phase ends, so that those behind it get as much."""
    if not minutes:
        return None
    now = time.monotonic()
    return now + max(0, start + 60 * minutes - now) / phases_left


class State:
    """How many cases of each phase are done, in a file."""

    def __init__(self, options):
        self.path = None if options.short or options.case else options.state
        self.done = {}
        if not options.afresh:
            self.done = self.read()

    def read(self):
        if not self.path or not os.path.exists(self.path):
            return {}
        with open(self.path, encoding="utf-8") as file:
            return json.load(file)

    def save(self, key, done):
        """Another one may run other modes meanwhile: its notes are kept."""
        self.done[key] = done
        if not self.path:
            return
        folder = os.path.dirname(os.path.abspath(self.path))
        os.makedirs(folder, exist_ok=True)
        notes = self.read()
        notes[key] = done
        new = f"{self.path}.{os.getpid()}"
        with open(new, "w", encoding="utf-8") as file:
            json.dump(notes, file, indent=1, sort_keys=True)
            file.write("\n")
        os.replace(new, self.path)


class Lanes:
    """One phase under way."""

    def __init__(self, runner, tally, label, phase, skip, until):
        self.runner, self.tally, self.label = runner, tally, label
        self.phase, self.until = phase, until
        self.source = enumerate(phase.cases)
        self.lock = threading.Lock()
        self.skip = skip
        self.under_way = set()
        self.next_number = skip
        self.broken = None
        self.ended = False

    def take(self):
        with self.lock:
            if self.broken or self.runner.stopped or \
                    self.tally.failed >= FAILURES_MAX or \
                    (self.until and time.monotonic() > self.until):
                return None
            for number, case in self.source:
                if number < self.skip:
                    continue
                self.under_way.add(number)
                self.next_number = number + 1
                return number, case
            self.ended = True  # there are no more cases
            return None

    def done(self):
        """How many cases from the first on are done."""
        with self.lock:
            return min(self.under_way, default=self.next_number)

    def finish(self, number, case, world, wrong):
        name = f"{self.label}/{self.phase.name}/{case}"
        with self.lock:
            self.under_way.discard(number)
            if wrong is None:
                return
            self.tally.cases += 1
            if wrong:
                self.tally.failed += 1
                self.runner.failure(name, world, wrong)
        if self.tally.cases % SAVE_EVERY == 0:
            self.save()
        self.runner.say_how(self.label, self.tally)

    def save(self):
        self.runner.save(self.label, self.phase.name, self.done())

    def lane(self):
        world = None
        try:
            world = self.phase.world()
            while (taken := self.take()) is not None:
                number, case = taken
                self.finish(number, case, world,
                            self.phase.run(world, case, self.tally))
        except Exception as error:
            if not self.runner.stopped:
                self.broken = error
                raise
        finally:
            if world is not None:
                world.close()

    def go(self, count):
        threads = [threading.Thread(target=self.lane) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.save()


class Runner:
    def __init__(self, options):
        self.options = options
        self.state = State(options)
        self.tallies = {}
        self.failed = self.passed = 0
        self.ended = True  # all phases came to their end
        self.stopped = False  # by a signal
        self.said = time.monotonic()
        self.keep = options.keep

    @property
    def short(self):
        return self.options.short

    @property
    def seed(self):
        """The one that is asked for, or the first that is not done."""
        if self.options.seed is not None:
            return self.options.seed
        return self.state.done.get("seed", 1)

    @property
    def bin(self):
        return self.options.bin

    def tool(self, name):
        return os.path.join(os.path.abspath(self.options.bin), name)

    def say(self, text):
        print(text, flush=True)

    def stop(self, *_):
        """A signal's handler: cases that are under way end, none begins."""
        self.stopped = True

    def say_how(self, label, tally):
        now = time.monotonic()
        if self.short or now < self.said + SAY_EVERY_S:
            return
        self.said = now
        self.say(f"  {label}: {tally.line()}")

    def save(self, label, phase, done):
        self.state.save(f"{label}/{phase} seed {self.seed}", done)

    def failure(self, name, world, wrong):
        if self.keep is None:
            self.keep = tempfile.mkdtemp(prefix="nosbatch-torture-failed-")
        folder = os.path.join(self.keep, name.replace("/", "-"))
        if world is not None:
            shutil.copytree(world.work, folder, dirs_exist_ok=True)
        self.say(f"  FAILED   {name}")
        for text in wrong[:12]:
            self.say(f"    {text}")
        if len(wrong) > 12:
            self.say(f"    and {len(wrong) - 12} more")
        seed = f" --seed {self.seed}" if self.seed != 1 else ""
        self.say(f"    again: tests/torture.py --bin {self.options.bin}{seed}"
                 f" --case '{name}'\n    files: {folder}")

    def mode(self, module, picked):
        tally = self.tallies[module.NAME] = Tally()
        start = time.monotonic()
        minutes = self.options.minutes
        self.say(f"{module.NAME}: {module.TITLE} ...")
        if not picked:
            unseen = module.selftest(self)
            if unseen:
                tally.failed += 1
                self.failure(module.NAME + "/selftest", None,
                             ["the harness cannot fail: " + unseen])
                self.failed += 1
                return
        phases = list(module.phases(self))
        for number, phase in enumerate(phases, 1):
            if self.stopped:
                self.ended = False
                break
            until = fair_end(start, minutes, len(phases) - number + 1)
            self.phase(module, phase, picked, tally, until)
        self.failed += tally.failed
        self.passed += tally.cases - tally.failed
        self.say(f"{module.NAME}: {tally.line()}, "
                 f"{time.monotonic() - start:.0f} s")

    def phase(self, module, phase, picked, tally, until):
        head = f"{module.NAME}/{phase.name}/"
        skip = 0
        if picked:
            phase.cases = [case[len(head):] for case in picked
                           if case.startswith(head)]
            if not phase.cases:
                return
        else:
            skip = self.state.done.get(
                f"{module.NAME}/{phase.name} seed {self.seed}", 0)
        lanes = Lanes(self, tally, module.NAME, phase, skip, until)
        count = self.options.workers
        if phase.lanes:
            count = max(1, phase.lanes * count // 2)
        lanes.go(min(count, len(picked) or count))
        self.ended = self.ended and lanes.ended
        if lanes.broken:
            tally.failed += 1
            self.say(f"  FAILED   {head}: the harness broke: {lanes.broken}")

    def end(self):
        whole = not (self.short or self.options.case or self.options.mode)
        if whole and self.ended and not self.failed:
            self.state.save("seed", self.seed + 1)
        self.say(f"{self.passed} passed, {self.failed} failed, 0 skipped")
        if self.stopped:
            return 130
        return 1 if self.failed else 0
