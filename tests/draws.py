#!/usr/bin/env python3
"""The draws of a nosbatch manifest, computed by a second program.

    tests/draws.py SEED ID NAME OPERATOR [COUNT [FIRST]]

prints draw FIRST (default 0) and the COUNT - 1 that follow it (default 10)
of the parameter NAME of the entry ID, as JSON, one a line:

    tests/draws.py 7 sweep lr '{"loguniform": [1e-5, 1e-1]}' 3

Without arguments it reads such lines from standard input, their fields
separated by tabs. It shares no code with nosbatch and uses Python's standard
library only; what is hashed is described in templates/params_draw.h.
"""

import hashlib
import json
import math
import struct
import sys


def bits(seed, entry, name, draw, counter):
    """64 random bits that depend on nothing but the arguments."""
    def string(text):
        data = text.encode()
        return struct.pack(">I", len(data)) + data

    hashed = (b"nbd1" + struct.pack(">Q", seed) + string(entry)
              + string(name) + struct.pack(">QQ", draw, counter))
    return int.from_bytes(hashlib.sha256(hashed).digest()[:8], "big")


def below(count, source):
    """An integer in [0, count), all equally likely."""
    limit = 2**64 - 2**64 % count
    counter = 0
    while source(counter) >= limit:
        counter += 1
    return source(counter) % count


def between(low, high, logarithms, source):
    """A float in [low, high], of 12 significant digits."""
    u = (source(0) >> 11) / 2**53
    if logarithms:
        start, way = math.log(low), math.log(high) - math.log(low)
        number = math.exp(start + way * u)
    else:
        number = low + (high - low) * u
    number = float("%.11e" % number)
    return min(max(number, low), high)


def javascript(number):
    """A number as JavaScript writes it."""
    if number == int(number) and abs(number) <= 2**53:
        return str(int(number))
    mantissa, _, exponent = repr(float(number)).partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, places = mantissa.lstrip("-").partition(".")
    places = "" if places == "0" else places
    point = len(whole) + int(exponent or 0)
    digits = (whole + places).lstrip("0")
    point -= len(whole + places) - len(digits)
    if 0 < point <= 21:
        digits = digits.ljust(point, "0")
        rest = digits[point:]
        return sign + digits[:point] + ("." + rest if rest else "")
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    first, rest = digits[0], digits[1:]
    return "%s%s%se%+d" % (sign, first, "." + rest if rest else "", point - 1)


def draw(seed, entry, name, operator, number):
    """Draw number `number` as JSON text."""
    (kind, argument), = operator.items()

    def source(counter):
        return bits(seed, entry, name, number, counter)

    if kind == "choice":
        value = argument[below(len(argument), source)]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return javascript(value)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    low, high = argument
    if kind == "randint":
        low, high = int(low), int(high)
        return javascript(low + below(high - low + 1, source))
    if kind in ("uniform", "loguniform"):
        logarithms = kind == "loguniform"
        return javascript(between(float(low), float(high), logarithms, source))
    raise SystemExit("draws.py: unknown operator " + kind)


def answer(seed, entry, name, operator, count="10", first="0"):
    for number in range(int(first), int(first) + int(count)):
        print(draw(int(seed), entry, name, json.loads(operator), number))


def main():
    if len(sys.argv) == 1:
        for line in sys.stdin:
            answer(*line.rstrip("\n").split("\t"))
    elif 5 <= len(sys.argv) <= 7 and not sys.argv[1].startswith("-"):
        answer(*sys.argv[1:])
    else:
        print(__doc__.strip())
        return 0 if "--help" in sys.argv[1:] else 64
    return 0


if __name__ == "__main__":
    sys.exit(main())
