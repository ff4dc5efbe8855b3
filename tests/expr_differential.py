#!/usr/bin/env python3
"""Compares the expressions of --where with a second implementation.

usage: expr_differential.py NOSBATCH [--count N] [--seed N]

Makes random points (parameters of every type, some of them absent) and N
random expressions (default 300), and lets `NOSBATCH expand --where` pick: the
points that come out, or the first point whose types do not go together, must
be those that the few lines below find. Prints a line at the end, or the first
difference with status 1. Python's standard library only.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile

ABSENT = object()
POINTS = 40
TEXTS = ["adam", "sgd", "a*b", "", "ü€😀", 'q"\\', "a\tb", "Adam", "a?", "ab"]
NUMBERS = ["0", "1", "-1", "2", "2.0", "20e-1", "0.1", "1e3", "1000", "-0"]
NAMES = ["num", "text", "flag", "any", "rare", "list"]


class Types(Exception):
    """Values that cannot be compared."""


# --- points ------------------------------------------------------------------

def some_value(rng, kind):
    if kind == "num":
        return json.loads(rng.choice(NUMBERS))
    if kind == "text":
        return rng.choice(TEXTS)
    if kind == "flag":
        return rng.random() < 0.5
    if kind == "list":
        return [1]
    return rng.choice([None, some_value(rng, "num"), some_value(rng, "text"),
                       some_value(rng, "flag")])


def some_points(rng):
    points = []
    for i in range(POINTS):
        point = {"i": i}
        for name in NAMES:
            if i == 0 or rng.random() < {"rare": 0.1, "any": 0.5}.get(name, 0.8):
                kind = {"rare": "num"}.get(name, name)
                point[name] = some_value(rng, kind)
        points.append(point)
    return points


# --- what expressions mean -----------------------------------------------------

def kind_of(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    return {str: "text", list: "list"}.get(type(value), "num")


def compare(sign, a, b):
    kinds = {kind_of(a), kind_of(b)}
    if sign in ("==", "!="):
        if "null" in kinds:
            return (kinds == {"null"}) == (sign == "==")
        if len(kinds) > 1 or kinds == {"list"}:
            raise Types
        return (a == b) == (sign == "==")
    if kinds not in ({"num"}, {"text"}):
        raise Types
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[sign]


def look_in(value, items):
    if kind_of(value) == "list":
        raise Types
    kinds = {kind_of(item) for item in items} - {"null"}
    if value is not None and kinds and kind_of(value) not in kinds:
        raise Types
    return any(kind_of(item) == kind_of(value) and item == value
               for item in items)


def like(value, pattern):
    if kind_of(value) != "text":
        raise Types
    regex = "".join({"*": ".*", "?": "."}.get(c, re.escape(c))
                    for c in pattern)
    return re.fullmatch(regex, value, re.DOTALL) is not None


def evaluate(tree, point):
    """True, False, or None for neither."""
    what = tree[0]
    if what == "not":
        inner = evaluate(tree[1], point)
        return None if inner is None else not inner
    if what in ("and", "or"):
        certain = what == "or"
        left = evaluate(tree[1], point)
        if left is certain:
            return certain
        right = evaluate(tree[2], point)
        if right is certain:
            return certain
        return None if None in (left, right) else not certain
    sides = [point.get(side[1], ABSENT) if side[0] == "name" else side[1]
             for side in tree[2:]]
    if ABSENT in [s for s in sides if s is ABSENT]:
        return None
    if what == "compare":
        return compare(tree[1], *sides)
    if what == "in":
        return look_in(sides[0], tree[1])
    if what == "like":
        return like(sides[0], tree[1])
    if kind_of(sides[0]) != "bool":
        raise Types
    return sides[0]


def expected(tree, points):
    """("picks", indexes) or ("types", index)."""
    picked = []
    for point in points:
        try:
            if evaluate(tree, point) is True:
                picked.append(point["i"])
        except Types:
            return "types", point["i"]
    return "picks", picked


# --- random expressions ----------------------------------------------------------

def some_test(rng):
    """A test, its types mostly going together."""
    name = rng.choice(NAMES)
    kind = rng.choice(["num", "text", "flag", "any"])
    if rng.random() < 0.9:
        kind = {"rare": "num", "list": "any"}.get(name, name)
    value = some_value(rng, kind)
    what = rng.random()
    if name == "list" and rng.random() < 0.9:
        value = None
    if what < 0.5:
        signs = ["==", "!="]
        if kind_of(value) in ("num", "text"):
            signs += ["<", "<=", ">", ">="]
        sides = [("name", name), ("value", value)]
        if rng.random() < 0.1:
            sides[1] = ("name", rng.choice(NAMES))
        if rng.random() < 0.3:
            sides.reverse()
        return ("compare", rng.choice(signs), *sides)
    if what < 0.7:
        items = [some_value(rng, kind) for _ in range(rng.randrange(4))]
        kinds = [kind_of(i) for i in items if i is not None]
        items = [i for i in items if i is None or kind_of(i) == kinds[0]]
        return ("in", items, ("name", name))
    if what < 0.85:
        pattern = "".join(rng.choice("*?abdü\\\"€😀 m")
                          for _ in range(rng.randrange(5)))
        if rng.random() < 0.3:
            pattern = rng.choice(TEXTS)
        return ("like", pattern,
                ("name", "text" if rng.random() < 0.9 else name))
    if rng.random() < 0.2:
        return ("truth", None, ("value", rng.random() < 0.5))
    return ("truth", None, ("name", "flag" if rng.random() < 0.9 else name))


def some_tree(rng, depth):
    what = rng.random()
    if depth == 0 or what < 0.2:
        return some_test(rng)
    if what < 0.4:
        return ("not", some_tree(rng, depth - 1))
    return ("and" if what < 0.7 else "or", some_tree(rng, depth - 1),
            some_tree(rng, depth - 1))


# --- as text -----------------------------------------------------------------------

def literal(rng, value):
    if isinstance(value, str):
        if "'" not in value and rng.random() < 0.5:
            return "'" + value + "'"
        return json.dumps(value, ensure_ascii=rng.random() < 0.5)
    if kind_of(value) == "num":
        same = [n for n in NUMBERS if json.loads(n) == value]
        return rng.choice(same)
    return json.dumps(value)


def side(rng, operand):
    return operand[1] if operand[0] == "name" else literal(rng, operand[1])


def text(rng, tree, level=0):
    """level: 0 where || may stand, 1 where only &&, 2 where neither."""
    what = tree[0]
    gap = rng.choice(["", " ", " ", "  ", "\n"])
    if what == "not":
        return "!" + gap + text(rng, tree[1], 2)
    if what in ("and", "or"):
        mine = 1 if what == "and" else 0
        out = (text(rng, tree[1], mine) + gap
               + ("&&" if what == "and" else "||") + gap
               + text(rng, tree[2], mine + 1))
        if level > mine or rng.random() < 0.1:
            out = "(" + gap + out + gap + ")"
        return out
    if what == "compare":
        out = side(rng, tree[2]) + gap + tree[1] + gap + side(rng, tree[3])
    elif what == "in":
        items = ("," + gap).join(literal(rng, item) for item in tree[1])
        out = side(rng, tree[2]) + " in" + gap + "[" + items + "]"
    elif what == "like":
        out = side(rng, tree[2]) + " like" + gap + literal(rng, tree[1])
    else:
        out = side(rng, tree[2])
    return "(" + out + ")" if rng.random() < 0.1 else out


# --- the program ---------------------------------------------------------------------

def write_manifest(points, path):
    command = " ".join("${{ i }}" for _ in range(1))
    entry = {"id": "e", "rows": points,
             "definition": {"version": "0.1", "type": "container", "ops": [
                 {"type": "container/run", "id": "o",
                  "args": {"image": "u", "cmd": "x " + command}}]}}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(entry, file)


TYPES = re.compile(r"cannot compare|cannot order|cannot look for"
                   r"|like needs a string|expected true or false")


def found(program, manifest, expression):
    done = subprocess.run([program, "expand", manifest, "--where", expression],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    errors = done.stderr.decode()
    at = re.search(r"\(at i=(\d+)|\(at \S.*?\bi=(\d+)", errors)
    if done.returncode == 64 and TYPES.search(errors) and at:
        return "types", int(at.group(1) or at.group(2))
    picked = [json.loads(line)["index"] for line in done.stdout.splitlines()]
    nothing = done.returncode == 64 and "nothing is left" in errors
    if done.returncode != 0 and not nothing:
        return "fails", errors
    return "picks", picked


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    sums = {"picks": 0, "types": 0}
    with tempfile.TemporaryDirectory() as folder:
        manifest = os.path.join(folder, "m.json")
        for i in range(args.count):
            if i % 25 == 0:
                points = some_points(rng)
                write_manifest(points, manifest)
            tree = some_tree(rng, rng.randrange(5))
            expression = text(rng, tree)
            want = expected(tree, points)
            have = found(args.program, manifest, expression)
            if want != have:
                sys.exit(f"{expression}\nexpected {want}\nfound    {have}")
            sums[want[0]] += 1
    print(f"{args.count} expressions agree ({sums['types']} of them in where "
          "their types do not go together)")


if __name__ == "__main__":
    main()
