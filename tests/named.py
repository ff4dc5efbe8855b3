"""Tests that are functions: their options, their ends and their count.

    import named

    def a_test(place):
        ...  # raises named.Failure with what is wrong, named.Skip with why

    def main():
        options = named.options(__doc__)          # .bin, .k
        return named.run([(named.name(a_test), a_test)], options.k,
                         lambda: named.closing(Place(options.bin)))
"""

import argparse
import contextlib
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Failure(Exception):
    """What a test found to be wrong."""


class Skip(Exception):
    """Why a test could not be run."""


def options(doc, place="--bin", default=os.path.join(ROOT, "build")):
    """Parses -k, and where the programs are."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(place, default=default)
    parser.add_argument("-k", default="", metavar="PATTERN")
    return parser.parse_args()


def name(function):
    """A function's name as words."""
    return function.__name__.replace("_", " ")


@contextlib.contextmanager
def closing(thing):
    """A test's only argument, which is closed behind it."""
    try:
        yield (thing,)
    finally:
        thing.close()


def nothing():
    """For tests that bring their arguments."""
    return contextlib.nullcontext(())


def run(tests, pattern, arguments):
    """
    Runs the tests, pairs of a name and a function, that the pattern is found
    in the name of. arguments() is entered for each and gives what it is called
    with. Ends with the plain line that counts them; 1 where one failed.
    """
    counts = {"ok": 0, "FAILED": 0, "skip": 0}
    for title, test in tests:
        if not re.search(pattern, title):
            continue
        result, reason = "ok", ""
        with arguments() as given:
            try:
                test(*given)
            except Skip as skip:
                result, reason = "skip", f": {skip}"
            except Failure as failure:
                result, reason = "FAILED", f"\n    {failure}"
        counts[result] += 1
        print(f"{result} {title}{reason}", flush=True)
    print("{ok} passed, {FAILED} failed, {skip} skipped".format(**counts))
    return 1 if counts["FAILED"] else 0
