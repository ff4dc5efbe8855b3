"""Manifests with one thing wrong, for tests/expand_random.py.

Each way of spoiling takes a random manifest that is right and makes one
entry of it wrong, in a way that the reference refuses, too. It returns what
the program's message must name beside the entry: a parameter, or a word.
"""

import copy

from expand_reference import Number

SPOILT = "spoilt_one"  # no random name is so long


def with_text(entry, text):
    """The text is rendered with every point."""
    definition = entry["definition"]
    definition.setdefault("meta", {})["spoilt"] = text


def with_param(entry, spec):
    entry.setdefault("params", {})[SPOILT] = spec
    with_text(entry, "${{ %s:json }}" % SPOILT)
    return SPOILT


def unknown_name(entry, rng):
    with_text(entry, "a ${{ %s }}" % SPOILT)
    return SPOILT


def not_closed(entry, rng):
    with_text(entry, "a ${{ id")
    return "}}"


def cycle(entry, rng):
    entry.setdefault("params", {})[SPOILT + "_2"] = {
        "derive": "b${{ %s }}" % SPOILT}
    return with_param(entry, {"derive": "a${{ %s_2 }}" % SPOILT})


def derived_of_nothing(entry, rng):
    return with_param(entry, {"derive": "${{ %s_2 }}" % SPOILT})


def wrong_operator(entry, rng):
    zero, one, two = Number("0"), Number("1"), Number("2")
    return with_param(entry, rng.choice([
        {"range": [one, two, zero]}, {"range": [two, one]},
        {"range": [one, two, Number("-1")]},
        {"logspace": [zero, one, two]}, {"logspace": [Number("-1"), one, two]},
        {"loguniform": [zero, one]},
        {"linspace": [one, two, Number("2.5")]},
        {"randint": [Number("1.5"), two]}]))


def number_format_for_text(entry, rng):
    entry.setdefault("params", {})[SPOILT] = "text"
    with_text(entry, "a ${{ %s:%s }}" % (SPOILT, rng.choice(["d", ".3f", "x"])))
    return SPOILT


def integer_format_for_fraction(entry, rng):
    entry.setdefault("params", {})[SPOILT] = Number("1.5")
    with_text(entry, "a ${{ %s:03d }}" % SPOILT)
    return SPOILT


def list_within_text(entry, rng):
    entry.setdefault("params", {})[SPOILT] = {"value": [Number("1")]}
    with_text(entry, "a ${{ %s }}" % SPOILT)
    return SPOILT


def unequal_zip(entry, rng):
    params = entry.setdefault("params", {})
    params[SPOILT], params[SPOILT + "_2"] = [Number("1")] * 2, ["a"] * 3
    entry["zip"] = entry.get("zip", []) + [[SPOILT, SPOILT + "_2"]]
    with_text(entry, "${{ %s }}${{ %s_2 }}" % (SPOILT, SPOILT))
    return "zip"


def wrong_timeout(entry, rng):
    entry["timeout"] = rng.choice(["1d", "h", "1.5h", "", "-1", "1 h"])
    return "timeout"


def wrong_market(entry, rng):
    entry["market"] = rng.choice(["no-such", "0" * 44, "1" * 31])
    return "market"


def wrong_node(entry, rng):
    entry["node"] = rng.choice(["here", "O" * 44])
    return "node"


def types_compared(entry, rng):
    entry["where"] = rng.choice(["id == 1", "id < 1", "repeat like 'a'",
                                 "repeat == 'a'"])
    return "where"


def column_and_parameter(entry, rng):
    entry["rows"] = [{**row, SPOILT: Number("1")}
                     for row in entry.get("rows", [{}])]
    return with_param(entry, Number("2"))


def keys_that_become_equal(entry, rng):
    with_text(entry, "a")
    entry["definition"]["meta"].update({"${{ id }}": "1", entry["id"]: "2"})
    return entry["id"]


def long_name(entry, rng):
    entry["name"] = "${{ %s }}" % SPOILT
    entry.setdefault("params", {})[SPOILT] = "a" * 513
    return "name"


WAYS = [unknown_name, not_closed, cycle, derived_of_nothing, wrong_operator,
        number_format_for_text, integer_format_for_fraction, list_within_text,
        unequal_zip, wrong_timeout, wrong_market, wrong_node, types_compared,
        column_and_parameter, keys_that_become_equal, long_name]


def spoil(values, number, rng):
    """(values, the wrong entry's id, what is named, the way)"""
    values = copy.deepcopy(values)
    entry = rng.choice([value for value in values if "id" in value])
    entry.pop("where", None)  # a point that is left out may be wrong
    way = WAYS[number % len(WAYS)]
    return values, entry["id"], way(entry, rng), way.__name__
