#!/usr/bin/env python3
"""Compares `nosbatch expand` with a second implementation.

    tests/expand_random.py                        some hundred manifests
    tests/expand_random.py --count 20000 --seed 7
    tests/expand_random.py --seed 7 --only 4711   one of them, printed

Each manifest is random but right, and made from the seed and its number
alone. Every byte of every line is compared with tests/expand_reference.py.
Further: `plan` counts as many jobs as there are different ones, and refuses
different jobs of one name; what `expand` printed, in any order, is a manifest
that expands to the same lines; one written anew by Python's json changes nothing; entries in
another order, an entry more and a value more keep all keys; what is spoilt
(tests/expand_wrong.py) both refuse, and the program names it. At last the
reference is made wrong on purpose, in one rule after the other, and each
time the comparison must fail, so that a rule that is never put to the test
is found. Last line: N passed, N failed, N skipped. Standard library only.
"""

import argparse
import contextlib
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile

import expand_reference as reference
import expand_wrong
from expand_reference import Number, Problem

ROOT = reference.ROOT
MARKETS = sorted(reference.built_in_markets())
FAILURES_SHOWN = 10
TWISTED_STEP = 200  # manifests that the wrong references are tried on, …
TWISTED_MAX = 1000  # …and on as many more, up to these, if need be
POINTS_MAX = 18  # of an entry, before draws and replicas


# --- random manifests ------------------------------------------------------

LETTERS = "abcdefghijklmnopqrstuvwxyz"
PIECES = ["a", "B", "7", " ", "_", "-", ".", ",", "=", "/", "#", "'", '"',
          "\\", "$", "${", "{", "}", "}}", "$${{", "${{ x }}", "%%x%%", "%d",
          "\n", "\t", "\x01", "\x1f", "\x7f", "\xe9", "\u20ac", "\u2028",
          "\U0001f680", "nan", "true", "007", "1e5", "~", "*"]
SPELLINGS = ["0", "-0", "1", "-1", "1.0", "1e0", "10", "1E+2", "100",
             "0.1", "0.10", "1e-1", "0.3", "1e-5", "0.00001", "1e-7", "1e21",
             "1e20", "123456789012", "9007199254740993", "5e-324",
             "1.7976931348623157e308", "-2.5", "2.50", "0.1e1", "1e-6",
             "333333333.33333329", "12345678901234567890", "-1e-7"]
NUMBER_FORMATS = [".3f", ".1e", "g", ".0e", "+.2f", "012.4f", "-10.2f", "e",
                  ".0f", "#.0f", " g", ".10g", "20.6e"]
WHOLE_FORMATS = ["d", "03d", "+d", "-6d", " d", "5d", ".3d", "08d"]


class Kind:
    """What is known of a parameter's values."""

    def __init__(self, values=None, numeric=False, whole=False):
        values = values or []
        self.nested = any(isinstance(v, (list, dict)) for v in values)
        self.numeric = numeric or bool(values) and all(
            isinstance(v, Number) for v in values)
        self.whole = whole or (
            self.numeric and bool(values)
            and all(v.exact().denominator == 1 and abs(v.exact()) < 2**53
                    for v in values))
        self.positive = self.whole and bool(values) and all(
            v.exact() > 0 for v in values)
        self.strings = bool(values) and all(
            isinstance(v, str) for v in values)
        self.values = values
        self.flat = numeric or bool(values) and all(map(is_flat, values))


def is_scalar(value):
    return isinstance(value, (str, Number))


def is_flat(value):
    """What the schema takes for a member of an object in `meta`."""
    return is_scalar(value) or (isinstance(value, list)
                                and all(map(is_scalar, value)))


class Maker:
    """One random manifest: its values, and the command line around it."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.shared = {}  # parameters that all entries have: name to kind
        self.arguments = []
        self.sometimes = {}  # columns that not all rows have

    def chance(self, of):
        return self.random.randrange(100) < of

    def pick(self, items):
        return self.random.choice(items)

    # --- values ---

    def text(self, longest=6):
        if self.chance(4):
            longest = 40
        return "".join(self.pick(PIECES)
                       for _ in range(self.random.randint(0, longest)))

    def number(self):
        if self.chance(50):
            return Number(self.pick(SPELLINGS))
        if self.chance(50):
            return Number(str(self.random.randint(-20, 1000)))
        return Number("%.*g" % (self.random.randint(1, 17),
                                self.random.uniform(-1, 1)
                                * 10**self.random.randint(-9, 24)))

    def value(self, depth=0):
        roll = self.random.randrange(100)
        if roll < 45:
            return self.number()
        if roll < 75:
            return self.text()
        if roll < 85:
            return self.pick([True, False, None])
        if depth > 2 or roll < 88:
            return self.pick([[], {}])
        if roll < 94:
            return [self.value(depth + 1)
                    for _ in range(self.random.randint(1, 3))]
        return {key: self.value(depth + 1) for key in self.keys()}

    def keys(self):
        known = ["10", "9", "0", "01", "-1", "4294967294", "4294967295", "b",
                 "a", "", "\xe9", "a b", '"', "1.5"]
        return self.random.sample(known, self.random.randint(0, 5))

    def values(self, count):
        """Values of one type, or of any."""
        roll = self.random.randrange(4)
        make = [self.number, self.text, self.value,
                lambda: Number(str(self.random.randint(-9, 9999)))][roll]
        return [make() for _ in range(count)]

    def decimal(self, low, high):
        """A number of few digits, spelt one way or the other."""
        value = self.random.uniform(low, high)
        return Number("%.*e" % (self.random.randint(1, 5), value)
                      if self.chance(30) else
                      "%.*f" % (self.random.randint(0, 4), value))

    # --- parameters: (spec, kind) ---

    def axis(self, count):
        """An axis of so many values."""
        roll = self.random.randrange(10)
        if roll < 5 or count == 1:
            values = self.values(count)
            return values, Kind(values)
        if roll < 7:
            return self.counted(count)
        return self.spaced(count, roll == 7)

    def counted(self, count):
        """A range: a last value that the steps need not meet."""
        places = self.random.randint(0, 4)
        step = self.random.randint(1, 999)
        first = self.random.randint(-5000, 5000)
        last = first + step * (count - 1) + self.random.randint(0, step - 1)
        if self.chance(30):
            first, last, step = -first, -last, -step

        def spell(units):
            if self.chance(20):
                return Number(f"{units}e-{places}")
            return Number(f"{units / 10**places:.{places}f}")

        if self.chance(40):
            first, places = self.random.randint(-9, 100), 0
            return ({"range": [spell(first), spell(first + count - 1)]},
                    Kind(numeric=True, whole=True))
        return ({"range": [spell(first), spell(last), spell(step)]},
                Kind(numeric=True, whole=places == 0))

    def spaced(self, count, logarithms):
        if logarithms:
            first, last = self.decimal(0.0011, 0.9), self.decimal(1.5, 9e5)
        else:
            first, last = self.decimal(-900, -1), self.decimal(1, 1e6)
        for end in (first, last):
            if float(end) == 0:
                end.text = "0.5"
        ends = [first, last]
        self.random.shuffle(ends)
        name = "logspace" if logarithms else "linspace"
        return {name: [*ends, Number(str(count))]}, Kind(numeric=True)

    def drawn(self):
        roll = self.random.randrange(5)
        if roll == 0:
            return ({"uniform": [self.decimal(-100, -1),
                                 self.decimal(1, 1e5)]}, Kind(numeric=True))
        if roll == 1:
            low = Number(self.pick(["1e-5", "0.00012", "1e-30", "0.5"]))
            return ({"loguniform": [low, self.decimal(1.5, 1e9)]},
                    Kind(numeric=True))
        if roll == 2:
            low = self.random.randint(-2**53, 2**53 - 100)
            high = low + self.pick([0, 1, 2, 9, 99])
            if self.chance(30):
                low, high = -2**53, 2**53
            return ({"randint": [Number(str(low)), Number(str(high))]},
                    Kind(numeric=True, whole=True))
        values = self.values(self.random.randint(1, 5))
        return {"choice": values}, Kind(values)

    def constant(self):
        value = self.value()
        wrap = isinstance(value, (list, dict)) or self.chance(20)
        return {"value": value} if wrap else value, Kind([value])

    def parameter(self, room):
        """Returns spec, kind, and how many times it multiplies the points."""
        roll = self.random.randrange(100)
        count = self.random.randint(1, max(1, min(room, 5)))
        if roll < 55:
            return *self.axis(count), count
        if roll < 75:
            return *self.drawn(), 1
        return *self.constant(), 1

    def name(self, taken):
        while True:
            name = "".join(self.pick(LETTERS + "_ABC019")
                           for _ in range(self.random.randint(0, 3)))
            name = self.pick("abcxyz_Q") + name
            if self.chance(2):
                name = (name + "_" * 64)[:64]
            if name not in taken and name not in (
                    "at", "id", "age", "name", "cost", "draw"):
                return name

    # --- templates ---

    def mention(self, name, kind):
        """A placeholder as text."""
        forms = ["json"] if kind.nested else [None] * 3 + ["json", "sh"]
        if kind.numeric:
            forms += self.random.sample(NUMBER_FORMATS, 2)
        if kind.whole:
            forms += self.random.sample(WHOLE_FORMATS, 2)
        if kind.positive:
            forms += ["x", "08x", "#x"]
        form = self.pick(forms)
        pad, more = self.pick(["", " ", "  ", "\t"]), self.pick(["", " "])
        return ("${{" + pad + name + (":" + form if form else "") + more
                + "}}")

    def around(self, mention):
        """With text around it that is no placeholder."""
        def words():
            text = self.text(3).replace("${{ x }}", "")
            text = text.replace("}}", "") if self.chance(50) else text
            return text.rstrip("$") if "$" in text else text
        before, behind = words(), words()
        while "${{" in (before + behind).replace("$${{", ""):
            before, behind = words(), words()
        return before + mention + behind

    def derived(self, kinds):
        names = self.random.sample(sorted(kinds), min(len(kinds), 2))
        text = "".join(self.around(self.mention(name, kinds[name]))
                       for name in names)
        if len(names) == 1 and self.chance(30):
            return {"derive": "${{ " + names[0] + " }}"}, kinds[names[0]]
        return {"derive": "d" + text}, Kind(["d"])

    def definition(self, wanted, kinds, name_known):
        """A valid job definition that mentions all of `wanted`."""
        env, words, more = {}, [], {}
        key_count = 0
        args = {"image": self.pick(["ubuntu", "a/b:${{ id }}"])}
        meta = {"trigger": "cli"}
        for name in wanted:
            mention = self.mention(name, kinds[name])
            place = self.random.randrange(6)
            if place == 0:
                key_count += 1
                env[f"{key_count}{mention}"] = self.around("")
            elif place == 1:
                env["E" + name] = mention
            elif place == 2:
                words.append(self.around(mention))
            elif place == 3 and kinds[name].flat:
                more[name] = "${{ " + name + " }}"
            elif place == 4:
                more[mention + name] = ["-" + self.around(mention), Number("1.50")]
            else:
                words.append(mention)
        if self.chance(30):
            words.append(self.pick(["${{ repeat }}", "${{draw}}", "${{ id }}",
                                    "${{ repeat:03d }}"]))
        if name_known and self.chance(10):
            env["NAME"] = "${{ name:sh }}"
        for key in self.keys():
            value = self.value()
            more.setdefault(key, value if is_flat(value) else self.number())
        more = self.without_templates(more, wanted)
        args["cmd"] = words if self.chance(50) else "run " + " ".join(words)
        if env or self.chance(50):
            args["env"] = dict(self.shuffled(env.items()))
        if more:
            meta["more"] = more
        fields = [("version", "0.1"), ("type", "container"), ("meta", meta),
                  ("ops", [dict(self.shuffled([
                      ("type", "container/run"), ("id", "run"),
                      ("args", dict(self.shuffled(args.items())))]))])]
        return dict(self.shuffled(fields))

    def without_templates(self, value, wanted):
        """Random text may look like a placeholder: a literal then."""
        def clean(text):
            for part in reference.read_template(text + "}}"):
                if isinstance(part, reference.Mention) \
                        and part.name not in wanted:
                    return reference.protect(text.replace("$${{", "${{"))
            return text
        if isinstance(value, str):
            return clean(value)
        if isinstance(value, list):
            return [self.without_templates(item, wanted) for item in value]
        if isinstance(value, dict):
            return {clean(key): self.without_templates(item, wanted)
                    for key, item in value.items()}
        return value

    def shuffled(self, items):
        items = list(items)
        if self.chance(50):
            self.random.shuffle(items)
        return items

    # --- expressions ---

    def literal(self, kind):
        """A literal of the kind's type, one of its values by chance."""
        if not kind.strings:
            if kind.values and self.chance(70):
                return self.pick(kind.values).text
            return self.pick(["0", "1", "0.5", "-1e2", "1000"])
        text = self.pick(kind.values) if self.chance(70) else self.text()
        if "'" not in text and self.chance(50):
            return "'" + text + "'"
        return dump(text, self.random)

    def pattern(self, kind):
        text = self.pick(kind.values)
        at = self.random.randint(0, len(text))
        return dump(self.pick(["*", "?*", text[:at] + "*", "*" + text[at:],
                               text[:at] + "?" + text[at + 1:],
                               "*" + text[at:at + 1] + "*"]), self.random)

    def comparison(self, kinds):
        name = self.pick(sorted(kinds))
        if self.sometimes and self.chance(30):
            name = self.pick(sorted(self.sometimes))
        elif self.chance(15):
            name = "market"
        kind = kinds[name]
        if not (kind.numeric or kind.strings) or self.chance(15):
            return self.pick([f"{name} == null", f"null != {name}", "true"])
        signs = ["==", "!=", "<", "<=", ">", ">="]
        if name in self.sometimes and self.chance(50):
            return f"!({name} == {self.literal(kind)})"
        roll = self.random.randrange(5)
        if roll == 0:
            items = [self.literal(kind)
                     for _ in range(self.random.randint(0, 3))]
            return f"{name} in [{', '.join(items)}]"
        if roll == 1 and kind.strings:
            return f"{name} like {self.pattern(kind)}"
        if roll == 2:
            other = self.pick([n for n, k in kinds.items()
                               if k.strings == kind.strings
                               and k.numeric == kind.numeric])
            if "market" in (name, other):
                signs = signs[:2]
            return f"{name}{self.pick(signs)}{other}"
        if name == "market":
            signs = signs[:2]
        pair = [name, self.literal(kind)]
        return self.pick(signs).join(self.shuffled(pair))

    def expression(self, kinds, depth=0):
        roll = self.random.randrange(8)
        if depth > 3 or roll < 3:
            return self.comparison(kinds)
        left = self.expression(kinds, depth + 1)
        if roll == 3:
            return "!" + self.pick(["", " "]) + left
        if roll == 4:
            return f"({left} )"
        right = self.expression(kinds, depth + 1)
        sign = self.pick([" || ", "&&", "||"])
        return left + sign + right

    def market_kind(self, entry):
        given = dict(zip(self.arguments[::2], self.arguments[1::2]))
        market = entry.get("market", self.defaults.get(
            "market", given.get("--market", MARKETS[0])))
        addresses = reference.built_in_markets()
        return Kind([market, addresses.get(market, addresses[MARKETS[0]])])

    # --- entries ---

    def targets(self, entry, params, kinds, axes):
        """Market, timeout and node, some of them by parameters."""
        roll = self.random.randrange(10)
        if roll == 0:
            params["gpu"] = ["3060", "3070", Number("4090")]
            entry["market"] = "nvidia-${{ gpu }}"
            axes.append("gpu")
        elif roll == 1:
            params["mk"] = [self.pick(MARKETS), self.address()]
            entry["market"] = "${{ mk }}"
            axes.append("mk")
        elif roll < 6:
            entry["market"] = self.pick([self.pick(MARKETS), self.address()])
        roll = self.random.randrange(10)
        if roll < 2:
            params["minutes"] = [Number("1"), Number("90")]
            entry["timeout"] = self.pick(["${{ minutes }}m",
                                          "${{minutes:d}}"])
            axes.append("minutes")
        elif roll < 5:
            entry["timeout"] = self.pick([
                Number("60"), Number("1e3"), "90s", "30m", "2h", "7"])
        if self.chance(20):
            entry["node"] = self.address()
        for name in ("gpu", "mk", "minutes"):
            if name in params:
                kinds[name] = Kind(params[name])

    def address(self):
        data = bytes(self.random.randrange(256) for _ in range(32))
        return reference.base58(self.pick([data, bytes(2) + data[2:],
                                           bytes(31) + b"\1"]))

    def zipped(self, entry, params, kinds, axes):
        count = self.random.randint(2, 4)
        group = []
        for _ in range(self.random.randint(2, 3)):
            name = self.name(params)
            params[name], kinds[name] = self.axis(count)
            group.append(name)
        axes += group
        entry["zip"] = [self.shuffled(group)]
        return count

    def table(self, entry, params, kinds, axes):
        count = self.random.randint(1, 4)
        columns = {}
        for _ in range(self.random.randint(1, 3)):
            name = self.name({**params, **columns})
            columns[name] = self.values(count)
        rows = [dict(self.shuffled([(name, values[i])
                                    for name, values in columns.items()]))
                for i in range(count)]
        for name, values in columns.items():
            kinds[name] = Kind(values)
        axes += columns
        if self.chance(40):
            # A column that some rows lack: no template can mention it.
            name, value = self.name({**params, **columns}), self.value()
            self.pick(rows)[name] = value
            self.sometimes[name] = Kind([value])
        entry["rows"] = rows
        return count

    def space(self, entry, room):
        """Fills in parameters; returns what must be mentioned, and kinds."""
        params, kinds, axes = {}, dict(self.shared), list(self.shared)
        self.targets(entry, params, kinds, axes)
        for _ in range(self.random.randint(0, 4)):
            name = self.name({**params, **kinds})
            spec, kinds[name], times = self.parameter(room)
            params[name] = spec
            room //= times
            if reference.operator_of(spec)[0] != "value" or self.chance(50):
                axes.append(name)
        if room > 4 and self.chance(25):
            room //= self.zipped(entry, params, kinds, axes)
        if room > 3 and self.chance(30):
            room //= self.table(entry, {**params, **kinds}, kinds, axes)
        for name in [name for name in self.shared if self.chance(25)]:
            params[name] = Number("1")  # an option or nothing replaces it
            if name not in self.replaced:
                kinds[name] = Kind([params[name]])
        for _ in range(self.random.randint(0, 2)):
            if axes and self.chance(40):
                known = {name: kinds[name] for name in axes}
                name = self.name({**params, **kinds})
                params[name], kinds[name] = self.derived(known)
                axes.append(name)
        if params or self.chance(50):
            entry["params"] = dict(self.shuffled(params.items()))
        return axes, kinds, room

    def entry(self, number):
        entry = {"id": f"e{number}" + self.pick(["", "-x", ".Y_", "." * 60])}
        self.sometimes = {}
        axes, kinds, room = self.space(entry, POINTS_MAX)
        specs = {**self.defaults.get("params", {}), **entry.get("params", {}),
                 **dict(self.sets)}
        if any(reference.operator_of(s)[0] in reference.RANDOM
               for s in specs.values()) and self.chance(70):
            draw = [("count", Number(str(self.random.randint(1, 4)))),
                    ("seed", Number(str(self.random.randint(0, 2**63 - 1))))]
            entry["draw"] = dict(draw[:self.random.randint(0, 2)])
        if self.chance(30):
            entry["repeat"] = Number(self.pick(["1", "2", "3", "2.0"]))
        if self.chance(15):
            entry["name"] = self.around("".join(
                "-" + self.mention(name, kinds[name]) for name in axes)
                + "-${{ repeat }}.${{ draw }}")
        self.known = {
            **kinds, **self.sometimes, "repeat": Kind(numeric=True),
            "draw": Kind(numeric=True), "id": Kind([entry["id"]]),
            "name": Kind([entry["id"]]), "market": self.market_kind(entry)}
        if self.chance(35) or self.sometimes:
            entry["where"] = self.expression(self.known)
        entry["definition"] = self.definition(axes, kinds, True)
        return dict(self.shuffled(entry.items()))

    # --- manifests ---

    def header(self):
        self.defaults = {}
        if not self.chance(50):
            return []
        if self.chance(50):
            self.defaults["market"] = self.pick(MARKETS)
        if self.chance(50):
            self.defaults["timeout"] = self.pick([Number("60"), "45m"])
        if self.chance(30):
            self.defaults["draw"] = {"count": Number("2"),
                                     "seed": Number("11")}
        if self.chance(40):
            self.defaults["params"] = {}
            for name in self.random.sample(["da", "db", "dc"], 2):
                spec, kind, _ = self.parameter(3)
                self.defaults["params"][name] = spec
                self.shared[name] = kind
        return [{"manifest": Number("1"), "defaults": self.defaults}]

    def options(self):
        """--set, and what fills in market and timeout."""
        self.arguments += ["--market", self.pick(MARKETS)]
        if self.chance(30):
            self.arguments += ["--timeout", self.pick(["90", "5m", "3h"])]
        for name in ["sa", "da", "sb"][:self.random.randint(0, 3)]:
            text = self.set_text()
            value = reference.read_set(text)
            self.sets.append((name, value))
            self.arguments += ["--set", f"{name}={text}"]
            self.replaced.add(name)
            values = reference.axis_values(value)
            if values is None:
                operator, argument = reference.operator_of(value)
                values = [argument] if operator == "value" else []
            self.shared[name] = Kind(values)

    def selection(self):
        """--where by what the last entry has, --sample and --shard."""
        if self.chance(15):
            self.arguments += ["--where", self.expression(self.known)]
        if self.chance(25):
            self.arguments += ["--sample", self.pick([
                "1", "2", "3", "5", "10", "1000", "50%", "12.5%", "99.999%",
                "100%"])]
            if self.chance(50):
                self.arguments += ["--seed", str(self.pick(
                    [0, 1, 7, 2**63 - 1]))]
        if self.chance(10):
            parts = self.random.randint(1, 3)
            self.arguments += [
                "--shard", f"{self.random.randrange(parts)}/{parts}"]

    def set_text(self):
        roll = self.random.randrange(5)
        if roll == 0:
            first = self.random.randint(-9, 9)
            return f"{first}..{first + self.random.randint(-3, 3)}"
        if roll < 3:
            return self.pick(["0.1,0.01", "a,b", "007,7", "00", "true,x,null",
                              '"a,b",c', '"say ""hi""",2', "x", "1e-3",
                              " 5 ", "a b", "1...2", "\xe9,\u20ac"])
        spec, _ = self.axis(self.random.randint(1, 3))
        if roll == 3:
            spec, _ = self.constant()
        return dump(spec, self.random)

    def manifest(self):
        """The values of a manifest, or a plain definition."""
        self.sets, self.replaced = [], set()
        plain = self.chance(10)
        values = [] if plain else self.header()
        if plain:
            self.defaults = {}
        if plain or self.chance(40):
            self.options()
        elif "market" not in self.defaults:
            self.arguments += ["--market", self.pick(MARKETS)]
        if plain:
            return [self.definition(list(self.shared), self.shared, True)]
        values += [self.entry(i) for i in range(self.random.randint(1, 4))]
        self.selection()
        return values

    def reference_options(self):
        given = dict(zip(self.arguments[::2], self.arguments[1::2]))
        return reference.Options(self.sets, given.get("--market"),
                                 given.get("--timeout"), "plain",
                                 given.get("--where"), given.get("--shard"),
                                 given.get("--sample"),
                                 given.get("--seed", 0))


# --- texts -----------------------------------------------------------------

def dump(value, rng, indent=None):
    """JSON text, its numbers as written, its spaces by chance."""
    def space():
        if rng is None or rng.random() < 0.7:
            return ""
        return rng.choice([" ", "\n", "\t", "\r\n", "  "])

    if isinstance(value, Number):
        return value.text
    if isinstance(value, list):
        return "[" + ",".join(space() + dump(item, rng) + space()
                              for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(
            space() + dump(key, rng) + space() + ":" + space()
            + dump(item, rng) + space() for key, item in value.items()) + "}"
    ascii_only = rng is not None and rng.random() < 0.3
    return json.dumps(value, ensure_ascii=ascii_only)


def packed(texts, rng):
    """A manifest's bytes: plain, one gzip member, or several."""
    data = [(text + rng.choice(["\n", "\n", "\n\n", " ", "\r\n"])).encode()
            for text in texts]
    form = rng.randrange(4)
    if form == 0:
        return gzip.compress(b"".join(data), mtime=0)
    if form == 1:
        return b"".join(gzip.compress(part, mtime=0) for part in data)
    return b"".join(data)


def rewritten(values, rng):
    """Through Python's json, which spells numbers its own way."""
    style = rng.choice([{"indent": 2}, {}, {"separators": (",", ":")},
                        {"indent": 1, "ensure_ascii": False},
                        {"ensure_ascii": False}])
    return [json.dumps(json.loads(dump(value, None)), sort_keys=False,
                       **style) for value in values]


# --- comparisons -----------------------------------------------------------

class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, problem):
        """problem: None, or what is wrong."""
        if problem is None:
            self.passed += 1
            return
        self.failed += 1
        if self.failed <= FAILURES_SHOWN:
            print(f"FAILED   {what}")
            for line in problem.splitlines():
                print("    " + line[:2000])


def differing_field(expected, found):
    """What differs in two lines, for people."""
    try:
        old, new = json.loads(expected), json.loads(found)
    except ValueError as error:
        return f"no JSON: {error}\n{found}"
    for name in [*old, *new]:
        if name not in old or name not in new or old[name] != new[name]:
            return (f"{name}:\nexpected {old.get(name)!r}\n"
                    f"found    {new.get(name)!r}")
    return f"spelt differently:\nexpected {expected}\nfound    {found}"


def difference(expected, found):
    """None, or where two lists of lines differ."""
    for i, (old, new) in enumerate(zip(expected, found)):
        if old != new:
            return f"line {i + 1}: {differing_field(old, new)}"
    if len(expected) != len(found):
        return f"expected {len(expected)} lines, found {len(found)}"
    return None


def keys_of(lines):
    values = map(json.loads, lines)
    return [value["key"] for value in values if "key" in value]


class Program:
    """nosbatch in a folder of its own."""

    def __init__(self, program, folder):
        self.program, self.folder = os.path.abspath(program), folder
        self.env = {"PATH": os.environ["PATH"], "HOME": folder,
                    "LC_ALL": "C.UTF-8", **{
                        name: os.environ[name] for name in os.environ
                        if name.endswith("SAN_OPTIONS")}}

    def expand(self, data, arguments=(), name="plain.json",
               command="expand"):
        """(lines, errors); lines None where it failed. "-" is stdin."""
        command = [self.program, command, name, *arguments]
        if name != "-":
            with open(os.path.join(self.folder, name), "wb") as file:
                file.write(data)
        done = subprocess.run(command, cwd=self.folder, env=self.env,
                              input=data if name == "-" else b"",
                              capture_output=True, check=False)
        errors = done.stderr.decode()
        if done.returncode != 0:
            return None, f"status {done.returncode}: {errors}"
        lines = done.stdout.decode().split("\n")
        return lines[:-1], errors


class Manifest:
    """One random manifest, and what the reference makes of it."""

    def __init__(self, seed, number):
        attempt = 0
        while True:
            self.seed = f"{seed}/{number}/{attempt}"
            self.maker = Maker(self.seed)
            self.values = self.maker.manifest()
            self.options = self.maker.reference_options()
            self.arguments = self.maker.arguments
            try:
                self.lines = reference.expand(self.values, self.options)
                return
            except Problem:
                attempt += 1  # a number's format for text, a name too long

    @property
    def plain(self):
        return "ops" in self.values[0]

    @property
    def entries(self):
        return [value for value in self.values if "id" in value]

    @property
    def header(self):
        return [value for value in self.values if "manifest" in value]

    def data(self):
        rng = random.Random(self.seed + "/text")
        return packed([dump(value, rng) for value in self.values], rng)


# --- what must hold --------------------------------------------------------

def check_lines(program, manifest):
    """Returns the problem and the lines that the program printed."""
    lines, errors = program.expand(manifest.data(), manifest.arguments)
    if lines is None:
        return errors, None
    return difference(manifest.lines, lines), lines


def check_again(program, manifest, lines):
    """What was printed, in any order, is a manifest of the same jobs."""
    rng = random.Random(manifest.seed + "/again")
    lines = rng.sample(lines, len(lines))
    found, errors = program.expand(packed(lines, rng), name="-")
    if found is None or errors:
        return errors
    return difference(lines, found)


def check_counts(program, manifest, lines):
    """plan counts jobs, not points, and refuses two of one name."""
    jobs, names, clash = set(), {}, False
    lines = [line for line in lines if line != '{"manifest":1}']
    for line in map(json.loads, lines):
        job = line.get("key") or (line["cid"], line["timeout"],
                                  line["repeat"])
        clash |= names.setdefault(line["name"], job) != job
        jobs.add(job)
    found, errors = program.expand(
        manifest.data(), [*manifest.arguments, "--format", "json", "--any-market",
         "--allow-unpriced"],
        command="plan")
    if found is None or clash:
        told = found is None and " different job" in errors
        return None if clash and told else f"{clash}: {errors}"
    plan = json.loads(found[0])
    counted = plan["jobs"], plan["jobs"] + plan["duplicates"]
    if counted != (len(jobs), len(lines)):
        return f"{len(jobs)} jobs, {len(lines)} points; found {counted}"
    return None


def check_rewritten(program, manifest, lines):
    rng = random.Random(manifest.seed + "/rewritten")
    data = packed(rewritten(manifest.values, rng), rng)
    found, errors = program.expand(data, manifest.arguments)
    return errors if found is None else difference(lines, found)


def check_keys_kept(program, manifest, lines, values):
    """Of other values all earlier keys are still there."""
    data = "\n".join(dump(value, None) for value in values).encode()
    found, errors = program.expand(data, manifest.arguments)
    if found is None:
        return errors
    lost = set(keys_of(lines)) - set(keys_of(found))
    return f"lost the keys {sorted(lost)}" if lost else None


def reordered(manifest, rng):
    entries = rng.sample(manifest.entries, len(manifest.entries))
    return manifest.header + entries


def with_another_entry(manifest, rng):
    entry = {"id": "another", "definition": {
        "version": "0.1", "type": "container", "ops": []}}
    entries = list(manifest.entries)
    entries.insert(rng.randint(0, len(entries)), add_shared(entry, manifest))
    return manifest.header + entries


def add_shared(entry, manifest):
    """The new entry must use the axes that all entries have."""
    names = {**manifest.maker.shared}
    entry["definition"]["meta"] = {
        "all": ["${{ %s:json }}" % name for name in names]}
    return entry


def with_another_value(manifest, rng):
    """A value more in one list; None where there is no list for it."""
    def mentions_name(entry):
        return "name" in entry.get("where", "") or \
            "${{ name" in json.dumps(reference.stringify(
                entry["definition"]))

    choices = [(i, name) for i, entry in enumerate(manifest.entries)
               for name, spec in entry.get("params", {}).items()
               if isinstance(spec, list)
               and name not in manifest.maker.replaced
               and name not in ("gpu", "mk", "minutes")
               and not any(name in group for group in entry.get("zip", []))
               and not mentions_name(entry)]
    if not choices:
        return None
    i, name = rng.choice(choices)
    entries = list(manifest.entries)
    params = dict(entries[i]["params"])
    # One of the same kind, so that formats fit.
    params[name] = params[name] + [rng.choice(params[name])]
    if isinstance(params[name][0], Number) \
            and float(params[name][0]).is_integer():
        params[name][-1] = Number(str(rng.randint(1, 2**40)))
    elif isinstance(params[name][0], str):
        params[name][-1] = "another"
    params[name] = rng.sample(params[name], len(params[name]))
    entries[i] = {**entries[i], "params": params}
    return manifest.header + entries


def check_all(tally, program, manifest):
    """Returns whether the program's lines are right."""
    what = f"manifest {manifest.seed}"
    problem, lines = check_lines(program, manifest)
    tally.check(f"{what}: lines", problem)
    if problem is not None:
        return False
    tally.check(f"{what}: its output again",
                check_again(program, manifest, lines))
    tally.check(f"{what}: counted by plan",
                check_counts(program, manifest, lines))
    tally.check(f"{what}: rewritten",
                check_rewritten(program, manifest, lines))
    if manifest.plain or "--sample" in manifest.arguments:
        return True  # of another manifest a sample is another one
    rng = random.Random(manifest.seed + "/edited")
    for name, edit in (("reordered", reordered),
                       ("an entry more", with_another_entry),
                       ("a value more", with_another_value)):
        values = edit(manifest, rng)
        if values is not None:
            tally.check(f"{what}: {name}", check_keys_kept(
                program, manifest, lines, values))
    return True


def refuses(values, options):
    """Whether the reference does, knowing it or stumbling over it."""
    try:
        reference.expand(values, options)
    except (Problem, ArithmeticError, ValueError, TypeError, RecursionError):
        return True
    return False


def check_refused(program, manifest, number):
    """One thing wrong: both refuse, and the program names it."""
    rng = random.Random(manifest.seed + "/spoilt")
    values, entry, named, way = expand_wrong.spoil(
        manifest.values, number, rng)
    if not refuses(values, manifest.maker.reference_options()):
        return f"{way}: the reference takes it"
    data = packed([dump(value, rng) for value in values], rng)
    found, errors = program.expand(data, manifest.arguments)
    if found is not None or not errors.startswith("status 65:"):
        return f"{way}: not refused: {errors}"
    if entry not in errors or named not in errors:
        return f"{way}: not named ({entry}, {named}): {errors}"
    return None


# --- wrong references ------------------------------------------------------

@contextlib.contextmanager
def replaced(owner, name, made_from):
    right = getattr(owner, name)
    setattr(owner, name, made_from(right))
    try:
        yield
    finally:
        setattr(owner, name, right)


def in_other_order(right):
    def lay_out(self, groups):
        return right(self, groups)[::-1]
    return lay_out


def first_replica_numbered(right):
    return lambda space, values, repeat: right(space, values, repeat + 1)


def all_vary(right):
    def name(space, values, repeat):
        space.varying |= set(values)
        return right(space, values, repeat)
    return name


def exclusive(right):
    return lambda *ends: right(*ends)[:-1] or right(*ends)


def floating(right):
    def values(first, last, step=Number("1")):
        return [reference.number(float(first) + i * float(step))
                for i in range(len(right(first, last, step)))]
    return values


def by_exponents(right):
    def values(first, last, count, there, back):
        return right(first, last, count, float, float)
    return values


def other_seed(right):
    return lambda seed, *rest: right(seed + 1, *rest)


def other_counter(right):
    return lambda seed, entry, name, draw, counter: right(
        seed, entry, name, draw + 1, counter)


def with_two_values(right):
    return lambda sign, a, b: right(sign, a, b) or False


def without_literals(right):
    return lambda value, items: right(value, items) or value is None


# What is wrong, and how. Each must be noticed.
WRONG = [
    ("rows before parameters", reference.Space, "lay_out", in_other_order),
    ("the first replica has a number", reference, "default_name",
     first_replica_numbered),
    ("constants in the name", reference, "default_name", all_vary),
    ("names of any length", reference, "short", lambda right: str),
    ("ranges without their end", reference, "range_values", exclusive),
    ("ranges in floating point", reference, "range_values", floating),
    ("logspace like linspace", reference, "spaced_values", by_exponents),
    ("all digits of a space", reference, "round12", lambda right: float),
    ("another seed", reference.draws, "bits", other_seed),
    ("draws from 1", reference.draws, "bits", other_counter),
    ("draws with all digits", reference.draws, "between",
     lambda right: lambda low, high, logs, source: low + (high - low)
     * (source(0) >> 11) / 2**53),
    ("modulo of fewer bits", reference.draws, "below",
     lambda right: lambda count, source: (source(0) >> 11) % count),
    ("keys of objects as written", reference, "is_index",
     lambda right: lambda key: False),
    ("text everywhere", reference, "takes_text_only",
     lambda right: lambda path: True),
    ("types everywhere", reference, "takes_text_only",
     lambda right: lambda path: False),
    ("literals not protected", reference, "protect", lambda right: str),
    ("keys without the replica", reference, "key_of",
     lambda right: lambda *of: right(*of[:4], 0)),
    ("keys without the node", reference, "key_of",
     lambda right: lambda d, m, t, n, r: right(d, m, t, None, r)),
    ("keys without the timeout", reference, "key_of",
     lambda right: lambda d, m, t, n, r: right(d, m, 3600, n, r)),
    ("keys without the market", reference, "key_of",
     lambda right: lambda d, m, t, n, r: right(d, bytes(32), t, n, r)),
    ("another hash", reference, "digest_of",
     lambda right: lambda content: right(content + b" ")),
    ("formats ignored", reference, "formatted",
     lambda right: lambda value, form: right(value, None)),
    ("Python's quoting only where needed", reference.shlex, "quote",
     lambda right: lambda text: "'" + text + "'"),
    ("minutes are seconds", reference, "seconds",
     lambda right: lambda text: right(text.rstrip("m")
                                      if isinstance(text, str) else text)),
    ("zeros are numbers", reference, "NUMBER",
     lambda right: r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?"),
    ("absence is false", reference, "compared", with_two_values),
    ("null is everything", reference, "look_in", without_literals),
    ("the other order", reference, "compared",
     lambda right: lambda sign, a, b: right(
         {"<": ">", ">=": "<="}.get(sign, sign), a, b)),
    ("markets by slug only", reference, "spellings",
     lambda right: lambda market, address: market),
    ("stars that take one", reference.re, "escape",
     lambda right: lambda text: right(text.replace("*", "?"))),
    ("another part", reference, "in_shard",
     lambda right: lambda fields, options: (
         right(fields, options) != (options.parts > 1))),
    ("another order", reference.sample, "mix",
     lambda right: lambda z: right(z ^ 1)),
    ("every entry gives its share of a sample", reference, "take_sample",
     lambda right: lambda entries, options: [
         right([entry], options)[0] for entry in entries]),
    ("a sample of one more", reference, "wanted_of",
     lambda right: lambda share, count: min(right(share, count) + 1, count)),
    ("--set behind everything", reference, "Options",
     lambda right: lambda sets=(), *rest: right([], *rest)),
]


def noticed(manifests):
    """Whether the reference, wrong as it is now, differs somewhere."""
    for manifest in manifests:
        try:
            maker = Maker(manifest.seed)
            maker.manifest()
            wrong = reference.expand(manifest.values,
                                     maker.reference_options())
        except Problem:
            return True
        if difference(wrong, manifest.lines) is not None:
            return True
    return False


def check_itself(tally, manifests, seed):
    """The comparison must fail where the reference is wrong."""
    manifests = sorted(manifests, key=lambda manifest: len(manifest.lines))
    for what, owner, name, made_from in WRONG:
        seen = False
        while not seen and len(manifests) <= TWISTED_MAX:
            with replaced(owner, name, made_from):
                seen = noticed(manifests)
            if not seen:
                manifests += [Manifest(f"{seed}/more", len(manifests) + i)
                              for i in range(TWISTED_STEP)]
        tally.check(f"a wrong reference: {what}",
                    None if seen else "nothing noticed it")


def show(manifest):
    print(*manifest.arguments)
    print(*[dump(value, None) for value in manifest.values], sep="\n")
    print(*manifest.lines, sep="\n")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", type=int)
    parser.add_argument("program", nargs="?", default="build/nosbatch")
    given = parser.parse_args()
    tally = Tally()
    right = []
    numbers = range(given.count) if given.only is None else [given.only]
    with tempfile.TemporaryDirectory(prefix="nosbatch-expand-") as folder:
        program = Program(given.program, folder)
        for number in numbers:
            manifest = Manifest(given.seed, number)
            if given.only is not None:
                show(manifest)
            if check_all(tally, program, manifest):
                right.append(manifest)
            if not (manifest.plain or "--where" in manifest.arguments
                    or "--sample" in manifest.arguments):
                tally.check(f"manifest {manifest.seed}: spoilt",
                            check_refused(program, manifest, number))
        if given.only is None and right:
            check_itself(tally, right[:TWISTED_STEP], given.seed)
    print(f"{tally.passed} passed, {tally.failed} failed, 0 skipped")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
