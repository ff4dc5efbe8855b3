"""All cases, and how one of them is run; see tests/trouble.py."""

import collections
import os
import shutil
import traceback

from . import cuts, network, scripts
from .world import Failure, World

PROGRAMS = ("nosbatch", "nosbatch-sandbox")
PARTS = {"scripts": scripts, "network": network, "cuts": cuts}
WORKERS = 12  # most of a run's time is waiting


class Case:
    def __init__(self, part, name, mode, function):
        self.name = f"{part}/{mode}/{name}"
        self.mode, self.function = mode, function


def every(long, parts=tuple(PARTS)):
    """All cases of these parts, in the order in which they run."""
    found = [Case(part, *row) for part in parts
             for row in PARTS[part].cases(long)]
    names = [case.name for case in found]
    double = [name for name, count in collections.Counter(names).items()
              if count > 1]
    if double:
        raise ValueError(f"two cases are called {double[0]}")
    return found


def run_case(case, programs, service, counts, keep):
    """None, or how it failed. What it did is added to counts."""
    mine = collections.Counter(cases=1)
    service.reset()
    world = World(programs, service, mine, case.mode, keep)
    text = None
    try:
        case.function(world)
        service.faults()
    except Failure as failure:
        text = str(failure)
    except Exception:  # a fault of the test: as bad
        text = traceback.format_exc()
    if text is not None:
        # What is left of it in the service must not meet the next one.
        service.quiet()
    world.close(text is not None)
    counts.update(mine)
    if text is not None and world.trail:
        text += "\nsteps: " + "; ".join(world.trail)
    return text


def replay(name, folder):
    """The command that runs a case again."""
    quoted = name.replace("'", "'\\''")
    return f"tests/trouble.py --bin {folder} --case '{quoted}' --keep"


def copy_programs(source, folder):
    """Copies, so that a build under way meanwhile changes nothing."""
    programs = {}
    for name in PROGRAMS:
        programs[name] = os.path.join(folder, name)
        shutil.copy2(os.path.join(source, name), programs[name])
    return programs
