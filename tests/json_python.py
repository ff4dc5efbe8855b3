#!/usr/bin/env python3
"""Compares the JSON reader with Python's strict one.

    tests/json_python.py JSON_CHECK [--damaged N] [--seed N] [FILE…]

What `json-check` accepts Python's json module must accept, too, and read as
the same value as what `json-check -w` writes. Tried on the corpus of the JSON
fuzzer (or the files named) and on N damaged copies of its files. Python's
reader is less strict elsewhere (NaN, halves of surrogate pairs), so the
other direction is left to json_differential.py. Ends with a line "N texts,
N accepted", status 1 at the first difference. Standard library only.
"""

import argparse
import glob
import json
import os
import random
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PIECES = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u0000", b"0",
          b"-", b".", b"e", b"1e400", b"true", b"null", b"\xc3\xa9", b"\xff",
          b"\n", b"\x00", b"\xed\xa0\x80", b"\\ud800", b"/*", b"'", b"NaN"]


def refuse(word):
    raise ValueError(word)


def read(data):
    """Python's value; integers as doubles, as JavaScript has them."""
    return json.loads(data.decode("utf-8"), parse_constant=refuse,
                      parse_int=float)


def damage(rng, data):
    data = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randint(0, len(data))
        kind = rng.random()
        if kind < 0.4:
            data[at:at] = rng.choice(PIECES)
        elif kind < 0.7:
            del data[at:at + rng.randint(1, 4)]
        elif data:
            data[at % len(data)] = rng.randrange(256)
    return bytes(data)


def judge(program, path, data):
    """Whether it was accepted; ValueError where the two differ."""
    done = subprocess.run([program, "-w", path], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False)
    if done.returncode == 1:
        return False
    if done.returncode != 0:
        raise ValueError(f"status {done.returncode}")
    if read(data) != read(done.stdout):
        raise ValueError(f"written as {done.stdout[:200]!r}")
    return True


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--damaged", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    texts = []
    for path in options.files or sorted(glob.glob(
            os.path.join(ROOT, "tests/fuzz/corpus/json/*"))):
        with open(path, "rb") as file:
            texts.append(file.read())
    texts += [damage(rng, rng.choice(texts)) for _ in range(options.damaged)]
    accepted = 0
    with tempfile.TemporaryDirectory(prefix="nosbatch-json-") as folder:
        path = os.path.join(folder, "text")
        for data in texts:
            with open(path, "wb") as file:
                file.write(data)
            try:
                accepted += judge(options.program, path, data)
            except ValueError as error:
                print(f"differs: {data[:500]!r}: {error}")
                return 1
    print(f"{len(texts)} texts, {accepted} accepted")
    return 0 if accepted > 20 else 1


if __name__ == "__main__":
    sys.exit(main())
