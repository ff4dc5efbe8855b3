#!/usr/bin/env python3
"""The random order behind --sample, computed by a second program.

    tests/sample.py SEED LABEL SIZE [COUNT [FIRST]]

prints the indices at position FIRST (default 0) and the COUNT - 1 that follow
it (default 10) of the order that SEED and LABEL give to 0 … SIZE - 1, one a
line. The LABEL is an entry's id:

    nosbatch expand m.json --sample 10 --seed 7 | jq .index
    tests/sample.py 7 ID SIZE 10

prints the same numbers for a manifest of one entry. It shares no code with
nosbatch and uses Python's standard library only; the arithmetic is described
in templates/sample.h.
"""

import hashlib
import struct
import sys

WORD = 2**64 - 1


def mix(z):
    z ^= z >> 30
    z = z * 0xbf58476d1ce4e5b9 & WORD
    z ^= z >> 27
    z = z * 0x94d049bb133111eb & WORD
    return z ^ z >> 31


def keys(seed, label):
    data = label.encode()
    digest = hashlib.sha256(b"nbp1" + struct.pack(">QI", seed, len(data))
                            + data).digest()
    four = struct.unpack(">4Q", digest)
    return [(four[r % 4] + r * 0x9e3779b97f4a7c15) & WORD for r in range(24)]


def index(seed, label, size, position):
    """The index at a position."""
    bits = (size - 1).bit_length()
    upper = bits // 2
    lower = bits - upper
    number = position
    while True:
        left, right = number >> lower, number & ((1 << lower) - 1)
        for r, key in enumerate(keys(seed, label)):
            if r % 2 == 0:
                left ^= mix(right + key & WORD) >> (64 - upper)
            else:
                right ^= mix(left + key & WORD) >> (64 - lower)
        number = left << lower | right
        if number < size:
            return number


def main(seed, label, size, count="10", first="0"):
    for position in range(int(first), min(int(first) + int(count), int(size))):
        print(index(int(seed), label, int(size), position))


if __name__ == "__main__":
    if not 4 <= len(sys.argv) <= 6:
        raise SystemExit(__doc__.strip())
    main(*sys.argv[1:])
