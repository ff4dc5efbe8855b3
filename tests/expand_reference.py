#!/usr/bin/env python3
"""A second, simple implementation of the manifest language.

    tests/expand_reference.py MANIFEST [--set NAME=VALUE] [--market M]
                              [--timeout T] [--id ID] [--where EXPR]
                              [--sample N|P%] [--seed S] [--shard I/N]

prints what `nosbatch expand` should print, to the byte. It shares no code
with nosbatch and goes the plain way wherever there is one: it builds whole
grids in memory, and looks nothing up twice. It expects manifests that are
right: of all errors it knows only a few. tests/expand_random.py compares it
with the program. Python's standard library only.
"""

import argparse
import base64
import csv
import fractions
import functools
import gzip
import hashlib
import itertools
import json
import math
import os
import re
import shlex
import struct
import sys

import draws
import sample

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Problem(Exception):
    """The manifest is wrong."""


# --- JSON ------------------------------------------------------------------

class Number:
    """A JSON number as written."""

    def __init__(self, text):
        self.text = text

    def __float__(self):
        return float(self.text) + 0.0  # of zero JavaScript keeps no sign

    def exact(self):
        return fractions.Fraction(self.text)

    def whole(self):
        if self.exact().denominator != 1:
            raise Problem(f"{self.text} is no whole number")
        return int(self.exact())


def number(value):
    """A Number from a float or an int."""
    return Number(repr(value))


def refuse_duplicates(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Problem("a key stands twice")
    return found


def refuse_constant(name):
    raise Problem(name + " is no JSON")


DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number,
                           parse_constant=refuse_constant,
                           object_pairs_hook=refuse_duplicates)


def read_values(text):
    """The JSON values of a text, one behind the other."""
    values, at = [], 0
    while text[at:].strip(" \t\r\n"):
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n"))
        value, at = DECODER.raw_decode(text, at)
        values.append(value)
    return values


def is_index(key):
    return bool(re.fullmatch("0|[1-9][0-9]*", key)) and int(key) < 2**32 - 1


def stringify(value):
    """JSON.stringify of JavaScript."""
    if isinstance(value, Number):
        return draws.javascript(float(value))
    if isinstance(value, list):
        return "[" + ",".join(map(stringify, value)) + "]"
    if isinstance(value, dict):
        first = sorted(filter(is_index, value), key=int)
        rest = [key for key in value if not is_index(key)]
        return "{" + ",".join(stringify(key) + ":" + stringify(value[key])
                              for key in first + rest) + "}"
    return json.dumps(value, ensure_ascii=False)


# --- placeholders ----------------------------------------------------------

class Mention:
    """A placeholder; form is None where there is no colon."""

    def __init__(self, inside):
        name, colon, form = inside.strip(" \t").partition(":")
        self.name = name.rstrip(" \t")
        self.form = form if colon else None


def read_template(text):
    """Literal strings and mentions."""
    parts, at = [], 0
    while True:
        start = text.find("${{", at)
        if start < 0:
            return parts + [text[at:]]
        if start > at and text[start - 1] == "$":
            parts.append(text[at:start - 1] + "${{")
            at = start + 3
            continue
        end = text.find("}}", start + 3)
        if end < 0:
            raise Problem("a placeholder is not closed")
        parts += [text[at:start], Mention(text[start + 3:end])]
        at = end + 2


def plain_text(value):
    """A value within a longer string."""
    if isinstance(value, (list, dict)):
        raise Problem("a list or an object within text")
    return value if isinstance(value, str) else stringify(value)


def formatted(value, form):
    if form is None:
        return plain_text(value)
    if form == "json":
        return stringify(value)
    if form == "sh":
        return shlex.quote(plain_text(value))
    if not isinstance(value, Number):
        raise Problem("a number's format for what is none")
    if form[-1] not in "dx":
        return ("%" + form) % float(value)
    if float(value) != math.floor(float(value)):
        raise Problem("an integer's format for what is none")
    return ("%" + form) % int(float(value))


def look_up(names, name):
    if name not in names:
        raise Problem("unknown parameter " + name)
    return names[name]


def render_text(text, names):
    return "".join(part if isinstance(part, str)
                   else formatted(look_up(names, part.name), part.form)
                   for part in read_template(text))


def render_string(text, names):
    """A string whose place may take any type."""
    parts = read_template(text)
    if parts[0] == parts[-1] == "" and len(parts) == 3 \
            and parts[1].form is None:
        return look_up(names, parts[1].name)
    return render_text(text, names)


# Where the schema takes strings only: "*" is any member, "#" any element.
TEXT_PLACES = [place.split() for place in (
    "ops # args cmd #", "ops # args entrypoint #", "ops # args name",
    "ops # args env *", "ops # args image", "ops # args work_dir",
    "ops # args volumes # name", "ops # args volumes # dest",
    "global entrypoint #", "global env *", "global variables *",
    "global image", "global work_dir")]


def takes_text_only(path):
    return any(len(path) == len(place) and all(
        step == wanted or (wanted == "#" and isinstance(step, int))
        or (wanted == "*" and isinstance(step, str))
        for step, wanted in zip(path, place)) for place in TEXT_PLACES)


def render(value, names, path=()):
    if isinstance(value, str):
        if takes_text_only(path):
            return render_text(value, names)
        return render_string(value, names)
    if isinstance(value, list):
        return [render(item, names, path + (i,))
                for i, item in enumerate(value)]
    if isinstance(value, dict):
        return refuse_duplicates([
            (render_text(key, names), render(item, names, path + (key,)))
            for key, item in value.items()])
    return value


def protect(text):
    return text.replace("${{", "$${{")


# --- parameters ------------------------------------------------------------

RANDOM = ("uniform", "loguniform", "randint", "choice")


def operator_of(spec):
    """(operator, argument); a list is "list", a plain value "value"."""
    if isinstance(spec, list):
        return "list", spec
    if not isinstance(spec, dict):
        return "value", spec
    if len(spec) != 1:
        raise Problem("not one operator")
    return next(iter(spec.items()))


def round12(value):
    return float("%.11e" % value)


def range_values(first, last, step=Number("1")):
    steps = (last.exact() - first.exact()) / step.exact()
    if steps < 0:
        raise Problem("a range that leads away")
    return [number(float(first.exact() + i * step.exact()))
            for i in range(math.floor(steps) + 1)]


def spaced_values(first, last, count, there, back):
    """linspace, or logspace where `there` is a logarithm."""
    low, high, count = there(float(first)), there(float(last)), count.whole()
    inner = [number(round12(back(low + (high - low) * (i / (count - 1)))))
             for i in range(1, count - 1)]
    return [first] + inner + [last] if count > 1 else [first]


def axis_values(spec):
    """The values of an axis; None for what is none."""
    operator, argument = operator_of(spec)
    if operator == "list":
        return argument
    if operator == "range":
        return range_values(*argument)
    if operator == "linspace":
        return spaced_values(*argument, float, float)
    if operator == "logspace":
        return spaced_values(*argument, math.log, math.exp)
    return None


def drawn_value(seed, entry, name, operator, argument, draw):
    def source(counter):
        return draws.bits(seed, entry, name, draw, counter)

    if operator == "choice":
        return argument[draws.below(len(argument), source)]
    if operator == "randint":
        low, high = argument[0].whole(), argument[1].whole()
        return number(low + draws.below(high - low + 1, source))
    low, high = map(float, argument)
    return number(draws.between(low, high, operator == "loguniform", source))


class Space:
    """An entry's points, all of them."""

    def __init__(self, entry, defaults, sets):
        self.id = entry["id"]
        self.specs = {**defaults.get("params", {}), **entry.get("params", {})}
        self.specs.update(sets)
        self.rows = entry.get("rows", [])
        self.columns = list(dict.fromkeys(
            name for row in self.rows for name in row))
        if set(self.columns) & set(self.specs):
            raise Problem("a column is a parameter, too")
        self.read_draw(entry, defaults)
        self.repeats = entry.get("repeat", Number("1")).whole()
        self.varying = set()
        self.digits = self.lay_out(entry.get("zip", []))

    def read_draw(self, entry, defaults):
        drawn = any(operator_of(spec)[0] in RANDOM
                    for spec in self.specs.values())
        draw = entry.get("draw", defaults.get("draw", {}) if drawn else {})
        if "draw" in entry and not drawn:
            raise Problem("a draw of nothing")
        self.draws = draw.get("count", Number("1")).whole()
        self.seed = draw.get("seed", Number("0")).whole()

    def lay_out(self, groups):
        """One list a digit: what each of its values assigns."""
        digits, placed = [], set()
        for name, spec in self.specs.items():
            if axis_values(spec) is None or name in placed:
                continue
            group = next((g for g in groups if name in g), [name])
            values = [axis_values(self.specs[member]) for member in group]
            if len({len(v) for v in values}) != 1:
                raise Problem("unequal lengths in zip")
            placed.update(group)
            digits.append([dict(zip(group, point)) for point in zip(*values)])
        if self.rows:
            digits.append(self.rows)
        for digit in digits:
            if len(digit) > 1:
                self.varying.update(name for value in digit for name in value)
        if self.draws > 1:
            self.varying.update(name for name, spec in self.specs.items()
                                if operator_of(spec)[0] in RANDOM)
        return digits

    def points(self):
        """(assignment of everything but derived, draw, repeat)."""
        return [(dict(pair for value in values for pair in value.items()),
                 draw, repeat)
                for *values, draw, repeat in itertools.product(
                    *self.digits, range(self.draws), range(self.repeats))]

    def value(self, name, assigned, draw, names):
        """names: the built-in ones, and those that are being derived."""
        if name in assigned:
            return assigned[name]
        if name in names:
            return names[name]
        if name in self.columns or name not in self.specs:
            raise Problem("the point has no " + name)
        operator, argument = operator_of(self.specs[name])
        if operator == "value":
            return argument
        if operator in RANDOM:
            return drawn_value(self.seed, self.id, name, operator, argument,
                               draw)
        mentioned = {part.name: self.value(part.name, assigned, draw, names)
                     for part in read_template(argument)
                     if isinstance(part, Mention)}
        return render_string(argument, mentioned)

    def assignment(self, assigned, draw, repeat):
        """All parameters of a point, in their order."""
        names = built_in(self.id, draw, repeat)
        return {name: self.value(name, assigned, draw, names)
                for name in [*self.specs, *self.columns]
                if name in assigned or name in self.specs}


def built_in(entry, draw, repeat):
    return {"id": entry, "draw": number(draw), "repeat": number(repeat)}


# --- where -----------------------------------------------------------------

TOKEN = re.compile(r'''\s*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z_][A-Za-z0-9_]*|
    -?[0-9][-+.0-9eE]*|[<>=!]=|&&|\|\||[][<>!(),])''', re.X)
ABSENT = object()
WORDS = {"true": True, "false": False, "null": None}


class Spellings(tuple):
    """A market: its slug and its address are one value."""


class Where:
    """An expression; test() says True, False or None (neither)."""

    def __init__(self, text):
        self.tokens = TOKEN.findall(text)
        self.test = self.read_or()
        if self.tokens:
            raise Problem("expected an end, found " + self.tokens[0])

    def accept(self, *wanted):
        if self.tokens and self.tokens[0] in wanted:
            return self.tokens.pop(0)
        return None

    def read_or(self):
        return self.chain("||", self.read_and, True)

    def read_and(self):
        return self.chain("&&", self.read_not, False)

    def chain(self, sign, read, certain):
        tests = [read()]
        while self.accept(sign):
            tests.append(read())

        def test(names):
            found = set()
            for part in tests:
                found.add(part(names))
                if certain in found:
                    return certain
            return None if None in found else not certain
        return test

    def read_not(self):
        if self.accept("!"):
            inner = self.read_not()
            return lambda names: (None if inner(names) is None
                                  else not inner(names))
        if self.accept("("):
            inner = self.read_or()
            self.accept(")")
            return inner
        return self.read_test()

    def read_operand(self):
        token = self.tokens.pop(0)
        if token in WORDS or not re.match("[A-Za-z_]", token):
            value = self.literal(token)
            return lambda names: value
        return lambda names: names.get(token, ABSENT)

    @staticmethod
    def literal(token):
        if token in WORDS:
            return WORDS[token]
        if token[0] == "'":
            return token[1:-1]
        return json.loads(token) if token[0] == '"' else Number(token)

    def read_test(self):
        left = self.read_operand()
        sign = self.accept("==", "!=", "<", "<=", ">", ">=", "in", "like")
        if sign == "in":
            return lambda names, items=self.read_list(): look_in(
                left(names), items)
        if sign is None:
            return lambda names: compared("==", left(names), True)
        right = self.read_operand()
        return lambda names: compared(sign, left(names), right(names))

    def read_list(self):
        items = []
        self.accept("[")
        while not self.accept("]"):
            items.append(self.literal(self.tokens.pop(0)))
            self.accept(",")
        return items


def type_of(value):
    if isinstance(value, Spellings):
        return str
    return float if isinstance(value, Number) else type(value)


def comparable(value):
    return float(value) if isinstance(value, Number) else value


def compared(sign, left, right):
    if left is ABSENT or right is ABSENT:
        return None
    if sign == "like":
        pattern = re.escape(right).replace(r"\*", ".*").replace(r"\?", ".")
        if type_of(left) is not str:
            raise Problem("like needs a string")
        spellings = left if isinstance(left, Spellings) else [left]
        return any(re.fullmatch(pattern, text, re.S) for text in spellings)
    if isinstance(right, Spellings):
        left, right = right, left[0] if isinstance(left, tuple) else left
    if sign in ("==", "!="):
        return look_in(left, [right]) == (sign == "==")
    if type_of(left) != type_of(right) \
            or type_of(left) not in (float, str):
        raise Problem("no order")
    left, right = comparable(left), comparable(right)
    return {"<": left < right, "<=": left <= right,
            ">": left > right, ">=": left >= right}[sign]


def look_in(value, items):
    if value is ABSENT:
        return None
    types = {type_of(item) for item in items if item is not None}
    if value is not None and types - {type_of(value)} \
            or isinstance(value, (list, dict)):
        raise Problem("different types")
    if isinstance(value, Spellings):
        return any(spelling in items for spelling in value)
    return any(comparable(value) == comparable(item) for item in items
               if type_of(value) == type_of(item))


# --- names, identities -----------------------------------------------------

def short(text):
    data = text.encode()
    if len(data) <= 40:
        return text
    head = data[:31].decode(errors="ignore")
    return head + "~" + hashlib.sha256(data).hexdigest()[:8]


def default_name(space, values, repeat):
    parts = [name + "=" + short(value if isinstance(value, str)
                                else stringify(value))
             for name, value in values.items() if name in space.varying]
    return (space.id + ("/" if parts else "") + ",".join(parts)
            + (f"#{repeat}" if repeat else ""))


BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(data):
    value, text = int.from_bytes(data, "big"), ""
    while value:
        value, digit = divmod(value, 58)
        text = BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def from_base58(text):
    """32 bytes, or None."""
    value = 0
    for character in text:
        if character not in BASE58:
            return None
        value = value * 58 + BASE58.index(character)
    ones = len(text) - len(text.lstrip("1"))
    size = ones + (value.bit_length() + 7) // 8
    return value.to_bytes(32, "big") if size == 32 else None


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def digest_of(content):
    """SHA-256 of the UnixFS node that holds it."""
    size = varint(len(content))
    inner = b"\x08\x02\x12" + size + content + b"\x18" + size
    return hashlib.sha256(b"\x0a" + varint(len(inner)) + inner).digest()


def key_of(digest, market, timeout, node, repeat):
    data = (b"nbk1" + digest + market + struct.pack(">Q", timeout)
            + (node or bytes(32)) + struct.pack(">Q", repeat))
    key = hashlib.sha256(data).digest()[:16]
    return base64.b32encode(key).decode().lower().rstrip("=")


@functools.cache
def built_in_markets():
    """Slug to address, read off the table that the program has."""
    with open(os.path.join(ROOT, "templates/market_table.c"),
              encoding="utf-8") as file:
        rows = re.findall(r'\{"(\w{32,44})",\s*"([a-z0-9-]+)"', file.read())
    return {slug: address for address, slug in rows}


def address_of(text, markets):
    data = from_base58(text) or from_base58(markets.get(text, "0"))
    if data is None:
        raise Problem("no address: " + text)
    return data


def seconds(timeout):
    text = timeout.text if isinstance(timeout, Number) else timeout
    if isinstance(timeout, Number):
        return timeout.whole()
    found = re.fullmatch("([0-9]+)([smh]?)", text)
    if not found:
        raise Problem("no time: " + text)
    return int(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


# --- jobs ------------------------------------------------------------------

class Options:
    """What the command line says beside the manifest."""

    def __init__(self, sets=(), market=None, timeout=None, plain_id="job",
                 where=None, shard=None, share=None, seed=0):
        self.sets, self.market, self.timeout = dict(sets), market, timeout
        self.plain_id = plain_id
        self.where = Where(where or "true")
        self.part, self.parts = map(int, (shard or "0/1").split("/"))
        self.share, self.seed = share, int(seed)
        self.markets = built_in_markets()


def in_shard(fields, options):
    key = json.loads(dict(fields)["key"]).upper() + "=" * 6
    number_of_it = int.from_bytes(base64.b32decode(key)[:8], "big")
    return number_of_it % options.parts == options.part


def line_of(fields):
    return "{" + ",".join(f'"{name}":{text}' for name, text in fields) + "}"


def spellings(market, address):
    return Spellings((market, base58(address)))


def expand_point(entry, space, where, point, field, options):
    """The fields of a line but its index: (name, JSON text).

    None for a point that `where` leaves out.
    """
    assigned, draw, repeat = point
    values = space.assignment(assigned, draw, repeat)
    names = {**values, **built_in(space.id, draw, repeat)}
    if "name" in entry:
        name = render_text(entry["name"], names)
    else:
        name = default_name(space, values, repeat)
    if not 0 < len(name.encode()) <= 512:
        raise Problem("a name of no or too many bytes")
    names["name"] = name
    market = render_text(field["market"], names)
    address = address_of(market, options.markets)
    names["market"] = spellings(market, address)
    if not where.test(names) or not options.where.test(names):
        return None
    content = stringify(render(entry["definition"], names))
    digest = digest_of(content.encode())
    timeout = field["timeout"]
    if isinstance(timeout, str):
        timeout = render_text(timeout, names)
    node = field["node"]
    node = address_of(render_text(node, names), {}) if node else None
    shown = {key: {"value": value} if isinstance(value, (list, dict))
             else value for key, value in values.items()}
    key = key_of(digest, address, seconds(timeout), node, repeat)
    fields = [("id", stringify(space.id)), ("name", stringify(protect(name))),
              ("params", line_of([(k, stringify(v))
                                  for k, v in shown.items()])),
              ("repeat", str(repeat)), ("key", stringify(key)),
              ("cid", stringify(base58(b"\x12\x20" + digest))),
              ("market", stringify(base58(address))),
              ("timeout", str(seconds(timeout)))]
    if node:
        fields.append(("node", stringify(base58(node))))
    return fields + [("definition", protect(content))]


def expand_entry(entry, defaults, options):
    if "definition" not in entry:
        entry = {"id": options.plain_id, "definition": entry}
    field = {"market": options.market, "node": None,
             "timeout": options.timeout or "3600"}
    for source in (defaults, entry):
        field.update((name, source[name]) for name in field if name in source)
    space = Space(entry, defaults, options.sets)
    where = Where(entry.get("where", "true"))
    return [expand_point(entry, space, where, point, field, options)
            for point in space.points()]


def wanted_of(share, candidates):
    """How many of the candidates --sample takes."""
    if not share.endswith("%"):
        return min(int(share), candidates)
    return math.floor(fractions.Fraction(share[:-1]) / 100 * candidates)


def order_of(seed, label, size):
    return [sample.index(seed, label, size, i) for i in range(size)]


def take_sample(entries, options):
    """The points that are taken, entry by entry.

    An entry is its id and its points, those left out being None.
    """
    counts = [sum(point is not None for point in points)
              for _, points in entries]
    wanted = wanted_of(options.share, sum(counts))
    turns = sorted(order_of(options.seed, "", sum(counts))[:wanted])
    taken, first = [], 0
    for (label, points), count in zip(entries, counts):
        quota = sum(first <= turn < first + count for turn in turns)
        first += count
        order = order_of(options.seed, label, len(points))
        taken.append([points[i] for i in order
                      if points[i] is not None][:quota])
    return taken


def selected(entries, options):
    if options.share:
        chosen = take_sample(entries, options)
    else:
        chosen = [[point for point in points if point is not None]
                  for _, points in entries]
    return list(itertools.chain(*chosen))


def expand(values, options):
    """The lines that `nosbatch expand` prints."""
    defaults, entries, index = {}, [], itertools.count()
    if values and "manifest" in values[0]:
        defaults, values = values[0].get("defaults", {}), values[1:]
    for entry in values:
        points = [fields and [("index", str(i))] + fields for fields, i in
                  zip(expand_entry(entry, defaults, options), index)]
        entries.append((entry.get("id", options.plain_id), points))
    chosen = selected(entries, options)
    if not chosen:
        raise Problem("nothing is left")
    return [line_of(fields) for fields in chosen
            if in_shard(fields, options)] or ['{"manifest":1}']


# --- the command line ------------------------------------------------------

NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?"


def read_cell(text):
    bare = text.strip(" \t\r\n")
    if re.fullmatch(NUMBER, bare):
        return Number(bare)
    return {"true": True, "false": False, "null": None}.get(bare, text)


def read_set(text):
    """The value of --set NAME=text."""
    try:
        values = read_values(text)
    except ValueError:
        values = []
    if len(values) == 1:
        return values[0]
    span = re.fullmatch(r"\s*(-?[0-9]+)\.\.(-?[0-9]+)\s*", text)
    if span:
        first, last = Number(span[1]), Number(span[2])
        down = first.exact() > last.exact()
        return {"range": [first, last] + ([Number("-1")] if down else [])}
    cells = [read_cell(cell)
             for cell in next(csv.reader([text], strict=True), [""])]
    return cells if len(cells) > 1 else cells[0]


def read_sets(arguments):
    return [(argument.partition("=")[0], read_set(argument.partition("=")[2]))
            for argument in arguments]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("manifest")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--market")
    parser.add_argument("--timeout")
    parser.add_argument("--id", default="job")
    parser.add_argument("--where")
    parser.add_argument("--sample")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--shard")
    given = parser.parse_args()
    with open(given.manifest, "rb") as file:
        data = file.read()
    if data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    options = Options(read_sets(given.set), given.market, given.timeout,
                      given.id, given.where, given.shard, given.sample,
                      given.seed)
    print(*expand(read_values(data.decode()), options), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
