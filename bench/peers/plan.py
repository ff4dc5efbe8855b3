"""Expand, CID and key of a manifest's first points, as a script would.

    python3 bench/peers/plan.py MANIFEST COUNT [print]

The manifest is that of bench/plan.py: lists, the last the fastest, and a
market's address. Prints the last key, or with `print` all CIDs and keys.
"""

import base64
import hashlib
import itertools
import json
import struct
import sys

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(data):
    """Bytes, the first not 0, as text."""
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return text


def base58_bytes(text):
    """The 32 bytes of an address."""
    number = 0
    for digit in text:
        number = number * 58 + BASE58.index(digit)
    return number.to_bytes(32, "big")


def varint(number):
    """As protobuf writes lengths."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def cid_digest(content):
    """The node of a file of one block, hashed."""
    size = varint(len(content))
    inner = 4 + 2 * len(size) + len(content)
    return hashlib.sha256(b"\n" + varint(inner) + b"\x08\x02\x12" + size +
                          content + b"\x18" + size).digest()


def main():
    """Goes through the points."""
    path, count = sys.argv[1], int(sys.argv[2])
    printing = sys.argv[3:] == ["print"]
    with open(path, encoding="utf-8") as file:
        entry = json.load(file)
    definition, params = entry["definition"], entry["params"]
    args = definition["ops"][0]["args"]
    command = args["cmd"]
    rest = base58_bytes(entry["market"]) + struct.pack(">Q", 3600) + bytes(40)
    key = b""
    points = itertools.product(params["lr"], params["decay"], params["seed"])
    for rate, weight, seed in itertools.islice(points, count):
        args["cmd"] = command.replace("${{ lr }}", str(rate)) \
            .replace("${{ decay }}", str(weight)) \
            .replace("${{ seed }}", str(seed))
        digest = cid_digest(json.dumps(
            definition, separators=(",", ":"), ensure_ascii=False).encode())
        key = hashlib.sha256(b"nbk1" + digest + rest).digest()[:16]
        if printing:
            print(base58(b"\x12\x20" + digest),
                  base64.b32encode(key).decode().lower().rstrip("="))
    if not printing:
        print(base64.b32encode(key).decode().lower().rstrip("="))


if __name__ == "__main__":
    main()
