#!/usr/bin/env python3
"""Compares the JSON reader and writer with Node.js on random texts.

usage: json_differential.py JSON_CHECK [--texts N] [--numbers N]
                            [--damaged N] [--seed N]

Three comparisons, each from the seed alone:
  texts    `json-check -w` against JSON.stringify(JSON.parse(text)): nesting,
           escapes, integer-like and repeated keys, numbers in any spelling
  numbers  the same for doubles: random bits, neighbours of powers of two,
           short decimals, integers past 2^53, the range below DBL_MIN
  damaged  texts with a few bytes changed: accepted by `json-check` exactly
           where JSON.parse accepts them, but for what only the strict reader
           refuses (halves of surrogate pairs, numbers such as 1e400)

Ends with status 0 where all is equal or where there is no Node.js (it says
so), 1 where something differs: the first difference is shown.
"""

import argparse
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

STRINGIFY = """
const fs = require('fs');
const text = fs.readFileSync(process.argv[1], 'utf8');
process.stdout.write(JSON.stringify(JSON.parse(text)));
"""

JUDGE = """
const fs = require('fs');
for (const name of fs.readFileSync(0, 'utf8').split('\\n')) {
    if (!name) continue;
    const text = fs.readFileSync(name, 'utf8');
    let verdict = 'accept';
    try { JSON.parse(text); } catch (error) { verdict = 'reject'; }
    console.log(verdict);
}
"""

CHARACTERS = ("abcxyz0123456789 _-./$#{}[]:,'<>&\x7f\x80\u00e9\u07ff\u0800"
              "\u2028\u2029\ud7ff\ue000\ufeff\uffff\U00010000\U0001f600"
              "\U0010ffff")
ESCAPES = ["\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t",
           "\\u0000", "\\u001F", "\\u001f", "\\u0022", "\\u005C", "\\u007f",
           "\\u00e9", "\\u2028", "\\uD83D\\uDE00", "\\ud800\\udc00",
           "\\uDBFF\\uDFFF", "\\uffff", "\\u0030", "\\u0031"]
KEYS = ["0", "1", "2", "10", "11", "00", "01", "-1", "-0", "1.5", "1e3",
        "4294967294", "4294967295", "4294967296", "42949672940", "", "a", "b",
        "\\u0031", "1\\u0030", "\\u0061", "__proto__", "length", "toString"]


def string(rng):
    parts = []
    for _ in range(rng.choice((0, 1, 2, 3, 8, 9, 17, 40))):
        if rng.random() < 0.15:
            parts.append(rng.choice(ESCAPES))
        else:
            parts.append(rng.choice(CHARACTERS))
    return '"' + "".join(parts) + '"'


def key(rng):
    kind = rng.random()
    if kind < 0.4:
        return '"' + rng.choice(KEYS) + '"'
    if kind < 0.6:
        return '"%d"' % rng.choice((rng.randrange(30), rng.getrandbits(33)))
    return string(rng)


def number_text(rng):
    """A number as a person or a program might spell it."""
    digits = "".join(rng.choice("0123456789")
                     for _ in range(rng.choice((1, 1, 2, 3, 9, 16, 20, 40))))
    text = rng.choice(("", "", "-")) + (digits.lstrip("0") or "0")
    if rng.random() < 0.5:
        zeros = "0" * rng.choice((0, 0, 1, 5, 6, 7, 20))
        text += "." + zeros + str(rng.getrandbits(rng.choice((3, 10, 50, 80))))
        text += "0" * rng.choice((0, 0, 1, 3))
    if rng.random() < 0.3:
        text += rng.choice("eE") + rng.choice(("", "+", "-"))
        text += rng.choice(("", "0", "00"))
        text += str(rng.randrange(rng.choice((3, 25, 250))))
    return text


def white(rng):
    return rng.choice(("", "", "", " ", "\n", "\t", "\r\n", "  "))


def value(rng, depth):
    kind = rng.random()
    if depth == 0 or kind < 0.5:
        return rng.choice((lambda: number_text(rng), lambda: string(rng),
                           lambda: rng.choice(("true", "false", "null"))))()
    count = rng.choice((0, 1, 2, 3, 5, 8, 20))
    items = []
    for _ in range(count):
        item = white(rng) + value(rng, depth - 1) + white(rng)
        if kind > 0.7:
            item = white(rng) + key(rng) + white(rng) + ":" + item
        items.append(item)
    return ("{%s}" if kind > 0.7 else "[%s]") % (",".join(items) or white(rng))


def double_of_bits(bits):
    return struct.unpack("<d", struct.pack("<Q", bits & (1 << 64) - 1))[0]


def edge_doubles():
    for exponent in range(2047):
        for step in (-2, -1, 0, 1, 2):
            yield double_of_bits(max((exponent << 52) + step, 0))
    for exponent in range(-330, 308):
        for digit in range(1, 10):
            yield float("%de%d" % (digit, exponent))


def random_double(rng):
    kind = rng.randrange(5)
    if kind == 0:
        return double_of_bits(rng.getrandbits(64))
    if kind == 1:
        return rng.randrange(10 ** 6) / 10 ** rng.randrange(13)
    if kind == 2:
        return rng.getrandbits(53) / 10 ** rng.randrange(23)
    if kind == 3:
        return double_of_bits(rng.getrandbits(52) >> rng.randrange(52))
    return float(rng.getrandbits(64 + rng.randrange(12)))


def spell(rng, number):
    return rng.choice(("%.17g", "%.16e", "%.20e", "%r", "%.40g")) % number


def finite(number):
    return number - number == 0


def numbers(rng, count):
    found = [n for n in edge_doubles() if finite(n)]
    rng.shuffle(found)
    found = found[:count]
    while len(found) < count:
        number = random_double(rng)
        if finite(number):
            found.append(number)
    return [spell(rng, n) for n in found]


class Programs:
    def __init__(self, json_check, node, folder):
        self.json_check = json_check
        self.node = node
        self.folder = folder

    def both(self, texts):
        """What each makes of a list of the texts."""
        path = os.path.join(self.folder, "texts.json")
        with open(path, "wb") as file:
            file.write(("[" + ",".join(texts) + "]").encode())
        ours = subprocess.run([self.json_check, "-w", path], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        theirs = subprocess.run([self.node, "-e", STRINGIFY, path], check=True,
                                stdout=subprocess.PIPE)
        return ours.stdout, theirs.stdout

    def first_difference(self, texts):
        """A text on which they differ, by halving; None where they agree."""
        ours, theirs = self.both(texts)
        if ours == theirs:
            return None
        while len(texts) > 1:
            half = texts[:len(texts) // 2]
            ours, theirs = self.both(half)
            texts = half if ours != theirs else texts[len(texts) // 2:]
        return texts[0]


def compare(programs, name, texts):
    for start in range(0, len(texts), 20000):
        text = programs.first_difference(texts[start:start + 20000])
        if text is not None:
            ours, theirs = programs.both([text])
            print("%s differ: %s\n ours:    %s\n Node.js: %s" %
                  (name, ascii(text), ours, theirs))
            return False
    print("%s: %d equal" % (name, len(texts)))
    return True


def damage(rng, text):
    data = bytearray(text.encode())
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(len(data) + 1)
        piece = rng.choice((b"", b",", b":", b'"', b"\\", b"{", b"}", b"[",
                            b"]", b"0", b"-", b".", b"e", b"+", b"\n", b"\0",
                            b"\\u", b"1", b"t", b" ", b"'", b"/*", b"\x1f"))
        data[at:at + rng.randrange(2)] = piece
    return bytes(data)


def only_strict_refuses(data):
    """Whether JSON.parse may accept what the strict reader does not."""
    try:
        text = data.decode()
        # A list of pairs keeps what a repeated key would hide.
        parsed = json.loads(text, object_pairs_hook=list)
    except ValueError:
        return False
    written = json.dumps(parsed, ensure_ascii=False)
    return bool(re.search("[\ud800-\udfff]|Infinity", written))


def compare_damaged(programs, rng, count):
    paths, verdicts = [], []
    for i in range(count):
        data = damage(rng, value(rng, 3))
        try:
            data.decode()
        except UnicodeDecodeError:
            continue
        path = os.path.join(programs.folder, "%d.json" % i)
        with open(path, "wb") as file:
            file.write(data)
        done = subprocess.run([programs.json_check, path], check=False,
                              stderr=subprocess.DEVNULL)
        paths.append(path)
        verdicts.append({0: "accept", 1: "reject"}.get(done.returncode, "odd"))
    judged = subprocess.run([programs.node, "-e", JUDGE], check=True,
                            input="\n".join(paths).encode(),
                            stdout=subprocess.PIPE).stdout.decode().split()
    for path, ours, theirs in zip(paths, verdicts, judged):
        with open(path, "rb") as file:
            data = file.read()
        strict = ours == "reject" and theirs == "accept"
        if ours != theirs and not (strict and only_strict_refuses(data)):
            print("damaged differ: %s\n ours: %s, Node.js: %s" %
                  (data, ours, theirs))
            return False
    print("damaged: %d equal, %d of them accepted" %
          (len(paths), verdicts.count("accept")))
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("json_check")
    parser.add_argument("--texts", type=int, default=3000)
    parser.add_argument("--numbers", type=int, default=20000)
    parser.add_argument("--damaged", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    node = shutil.which("node") or shutil.which("nodejs")
    if node is None:
        print("skipped: no Node.js (node) on this machine to compare with")
        return 0
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        programs = Programs(options.json_check, node, folder)
        texts = [value(rng, 3) for _ in range(options.texts)]
        equal = [compare(programs, "texts", texts),
                 compare(programs, "numbers", numbers(rng, options.numbers)),
                 compare_damaged(programs, rng, options.damaged)]
    return 0 if all(equal) else 1


if __name__ == "__main__":
    sys.exit(main())
