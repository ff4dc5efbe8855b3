#!/usr/bin/env python3
"""Bombs: what is too large, too deep or without end is an error, soon.

    tests/limits.py [--bin build] [-k PATTERN]

Files and replies that want all of the memory or all of the time. Each must
end with its status and a message that says what is over which bound, within
a bound on the process's memory: the peak of its resident set is measured, and
its address space is limited (but not under a sanitizer, which needs more). Last
line: N passed, N failed, N skipped. Python's standard library only; loopback
only.
"""

import concurrent.futures
import gzip
import json
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zlib

import named
from named import Failure

MIB = 1 << 20
DEADLINE_S = 120   # of one command; what has no end would come to it
ROOM_MIB = 2048    # address space at most
MARKET = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
DEFINITION = ('{"version":"0.1","type":"container","ops":[{"type":'
              '"container/run","id":"a","args":{"image":"ubuntu",'
              '"cmd":"echo ${{ n }}"}}]}')


class Place:
    def __init__(self, binaries):
        self.binary = os.path.join(os.path.abspath(binaries), "nosbatch")
        self.sanitized = "asan" in self.binary
        self.top = tempfile.TemporaryDirectory(prefix="nosbatch-limits-")
        self.work = self.top.name

    def path(self, name):
        return os.path.join(self.work, name)

    def write(self, name, *pieces):
        with open(self.path(name), "wb") as file:
            for piece in pieces:
                file.write(piece)
        return name

    def zipped(self, name, head, unit, count, tail=b""):
        """head, count times unit, tail, compressed without being held."""
        with open(self.path(name), "wb") as file:
            packer = zlib.compressobj(9, zlib.DEFLATED, 31)
            file.write(packer.compress(head))
            for _ in range(count):
                file.write(packer.compress(unit))
            file.write(packer.compress(tail) + packer.flush())
        return name

    def command(self, words):
        room = "" if self.sanitized else f"ulimit -v {ROOM_MIB * 1024}; "
        return ["/bin/sh", "-c", room + 'exec "$0" "$@"', self.binary, *words]

    def run(self, *words, status, says, mib, **env):
        """Must end so, saying this, with a peak of at most mib; the output."""
        out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        with out, err:
            process = subprocess.Popen(
                self.command(words), cwd=self.work, stdout=out, stderr=err,
                stdin=subprocess.DEVNULL, env={"HOME": self.work, "LC_ALL": "C.UTF-8",
                     "PATH": os.environ["PATH"], **env})
            killer = threading.Timer(DEADLINE_S, process.kill)
            killer.start()
            _, code, used = os.wait4(process.pid, 0)
            killer.cancel()
            process.returncode = os.waitstatus_to_exitcode(code)
            out.seek(0)
            err.seek(0)
            output, said = out.read(2 * MIB), err.read().decode()
        line = " ".join(words)[:200]
        if process.returncode != status:
            raise Failure(f"{line}: status {process.returncode}, expected "
                          f"{status}: {said[:2000]}")
        if not re.search(says, said or output[:4096].decode()):
            raise Failure(f"{line}: expected {says!r}, found {said[:2000]!r}")
        if len(said) > 64 * 1024:
            raise Failure(f"{line}: {len(said)} bytes of messages")
        # The peak before exec, of this program's copy, counts, too.
        floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        peak = used.ru_maxrss / 1024
        if peak > max(mib, floor + 1) and not self.sanitized:
            raise Failure(f"{line}: a peak of {peak:.0f} MiB, at most {mib}")
        return output

    def close(self):
        self.top.cleanup()


# --- files -------------------------------------------------------------------

def a_gzip_bomb(place):
    """A thousand to one: 128 MiB in an eighth. A string, brackets, space."""
    big = b" " * MIB
    bombs = (("string", b'{"id":"', b"a" * MIB, r"over .*(64 MiB|67108864)"),
             ("list", b"[", b"[" * MIB, r"(over|deep|64)"),
             ("number", b"1", b"1" * MIB, r"over"))
    for name, head, unit, says in bombs:
        file = place.zipped(name + ".json.gz", head, unit, 128)
        if os.path.getsize(place.path(file)) > MIB // 4:
            raise Failure("no bomb")
        for command in ("plan", "validate", "expand"):
            place.run(command, file, status=65, says=says, mib=320)
    file = place.zipped("space.json.gz", b"", big, 128)
    place.run("plan", file, status=65, says="manifest is empty", mib=48)
    file = place.zipped("lines.json.gz", b"", b"\n" * MIB, 128, b"]")
    place.run("plan", file, status=65, says=r"lines.json.gz:134217729:1: ",
              mib=48)


def a_gzip_bomb_elsewhere(place):
    """As rows, as a ledger."""
    place.write("job.json", DEFINITION.encode())
    file = place.zipped("rows.csv.gz", b"n\n", b"1" * MIB, 256)
    place.run("new", "job.json", "--rows", file, status=65, says="over",
              mib=320)
    file = place.zipped("rows.jsonl.gz", b'{"n":"', b"1" * MIB, 256)
    place.run("new", "job.json", "--rows", file, status=65, says="over",
              mib=320)
    file = place.zipped("x.ledger.jsonl.gz", b'{"seq":1,"at":"', b"1" * MIB,
                        256)
    place.run("review", file, status=65, says="x.ledger.jsonl.gz", mib=320)
    place.run("results", file, status=65, says="x.ledger.jsonl.gz", mib=320)
    with open(place.path("z.ledger.jsonl"), "wb") as sparse:
        sparse.truncate(1 << 33)
    os.chmod(place.path("z.ledger.jsonl"), 0o600)
    for command in ("results", "review"):
        place.run(command, "z.ledger.jsonl", status=65,
                  says="z.ledger.jsonl", mib=320)


def deep_json(place):
    for depth, status in ((64, 65), (65, 65), (5000000, 65)):
        file = place.write(f"deep{depth}.json", b"[" * depth, b"]" * depth)
        says = "expected an entry" if depth == 64 else \
            r"deep\d+.json:1:65: .*64"
        place.run("plan", file, status=status, says=says, mib=48)
    nested = b'{"a":' * 70 + b"1" + b"}" * 70
    file = place.write("value.json", b'{"id":"x","params":{"p":', nested,
                       b'},"definition":', DEFINITION.encode(), b"}")
    place.run("plan", file, status=65, says=r"value.json:1:\d+: .*64", mib=48)
    place.write("set.json", DEFINITION.encode())
    place.run("plan", "set.json", "--set", "n=" + "[" * 100000, status=64,
              says="--set", mib=48)
    place.run("plan", "set.json", "--set", "n=1", "--market", MARKET,
              "--where", "(" * 60000 + "n" + ")" * 5000, status=64,
              says="64", mib=48)


def an_entry_of_64_mib(place):
    """At the bound it is read, a byte over it refused; as a list of values
    for one parameter, and as one string."""
    head = b'{"id":"x","market":"%s","params":{"n":["' % MARKET.encode()
    tail = b'"]},"definition":' + DEFINITION.encode() + b"}"
    room = 64 * MIB - len(head) - len(tail)
    file = place.write("most.json", head, b"v" * room, tail)
    place.run("plan", file, "--format", "json", status=65,
              says="over|256|262", mib=768)
    file = place.write("over.json", head, b"v" * (room + 1), tail)
    place.run("plan", file, status=65, says=r"over.*(64 MiB|67108864)",
              mib=200)
    many = b'0"' + b',"0123456"' * ((room - 4) // 10)
    file = place.write("many.json", head[:-1], b'"', many,
                       tail[1:])
    place.run("plan", file, "--format", "json", status=0,
              says='[67]\\d{6} more points', mib=1200)


def a_million_parameters(place):
    params = ",".join(f'"p{i}":{i}' for i in range(1000000))
    file = place.write("million.json", b'{"id":"x","market":"',
                       MARKET.encode(), b'","params":{', params.encode(),
                       b'},"definition":', DEFINITION.encode(), b"}")
    place.run("plan", file, status=65, says="4096", mib=512)
    place.write("job.json", DEFINITION.encode())
    columns = ",".join(f"c{i}" for i in range(1000000)).encode()
    file = place.write("million.csv", columns, b"\n", columns, b"\n")
    place.run("new", "job.json", "--rows", file, status=65, says="4096",
              mib=48)
    place.run("plan", "job.json", *(["--set", "n=1"] * 300), status=64,
              says="256", mib=48)


def a_grid_without_end(place):
    """10^18 points open at once, and 2^63 are too many."""
    axes = ",".join(f'"p{i}":{{"range":[1,1000000]}}' for i in range(3))
    cmd = "".join("${{ p%d }}" % i for i in range(3))
    text = ('{"id":"x","market":"%s","params":{%s},"definition":%s}' % (
        MARKET, axes, DEFINITION.replace("${{ n }}", cmd)))
    place.write("large.json", text.encode())
    place.run("plan", "large.json", "--sample", "10", status=0,
              says="1000000000000000000", mib=48)
    text = text.replace("[1,1000000]", "[1,10000000000]")
    place.write("huge.json", text.encode())
    place.run("plan", "huge.json", status=65, says="points", mib=48)
    text = text.replace('"params"', '"draw":{"count":9223372036854775807},'
                        '"params"')
    place.write("draws.json", text.encode())
    place.run("plan", "draws.json", status=65, says="draw|points", mib=48)


def files_without_end(place):
    """Devices and pipes for what is to be a small file."""
    place.write("job.json", DEFINITION.encode())
    env = {"NOSANA_API_URL": "http://127.0.0.1:1/api"}
    place.run("balance", "--api-key-file", "/dev/zero", status=77,
              says="not a regular file", mib=48, **env)
    with open(place.path("key"), "wb") as file:
        file.truncate(1 << 40)
    os.chmod(place.path("key"), 0o600)
    place.run("balance", "--api-key-file", "key", status=77,
              says="4096 bytes, which is no key", mib=48, **env)
    place.run("balance", status=77, says="4096", mib=48,
              NOSANA_API_KEY="k" * 100000, **env)
    place.run("plan", "/dev/zero", status=66, says="found a device", mib=48)
    place.run("new", "job.json", "--rows", "/dev/zero", status=65,
              says="--rows", mib=320)
    place.run("plan", "/dev/null", status=65, says="is empty", mib=48)


# --- a service ---------------------------------------------------------------

class Hose:
    """Accepts connections, reads a request, then pours; counts the bytes."""

    def __init__(self, pour):
        self.pour, self.ended = pour, False
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = "http://127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.socket.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.answer, args=(client,),
                             daemon=True).start()

    def answer(self, client):
        with client:
            client.settimeout(DEADLINE_S)
            try:
                client.recv(65536)
                for piece in self.pour():
                    if self.ended:
                        return
                    client.sendall(piece)
            except OSError:
                return

    def close(self):
        self.ended = True
        self.socket.close()


def forever(piece, pause_s=0.0):
    while True:
        yield piece
        if pause_s:
            time.sleep(pause_s)


def endless_body():
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n["
    yield from forever(b"[" * 65536)


def endless_chunks():
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield from forever(b"4000\r\n" + b" " * 0x4000 + b"\r\n")


def announced():
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n"
    yield from forever(b" " * 65536)


def many_headers():
    yield b"HTTP/1.1 200 OK\r\n"
    number = 0
    while True:
        yield b"".join(b"X-%d: %s\r\n" % (number + i, b"v" * 200)
                       for i in range(100))
        number += 100


def one_long_header():
    yield b"HTTP/1.1 200 OK\r\nX: "
    yield from forever(b"v" * 65536)


def endless_early_answers():
    yield from forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def slow_body():
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    yield from forever(b" ", 0.05)


def slow_header():
    yield from (b"%c" % c for c in b"HTTP/1.1 200 OK\r\nX: ")
    yield from forever(b"v", 0.05)


def silence():
    yield from forever(b"", 0.05)


def a_zipped_body():
    bomb = gzip.compress(b"[" * (64 * MIB))
    yield (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
           b"Content-Length: %d\r\n\r\n" % len(bomb)) + bomb


POURS = (endless_body, endless_chunks, announced, many_headers,
         one_long_header, endless_early_answers, slow_body, slow_header,
         silence, a_zipped_body)


def replies_without_end(place):
    """Of each kind, to each command that fetches and to one that posts."""
    place.write("m.json", ('{"id":"x","market":"%s","params":{"n":[1,2]},'
                           '"definition":%s}' % (MARKET, DEFINITION)).encode())
    with concurrent.futures.ThreadPoolExecutor(len(POURS)) as pool:
        for done in [pool.submit(one_pour, place, pour) for pour in POURS]:
            done.result()


def one_pour(place, pour):
    hose = Hose(pour)
    env = {"NOSANA_API_URL": hose.url + "/api", "NOSANA_API_KEY": "k",
           "PINATA_API_URL": hose.url, "PINATA_JWT": "j"}
    limits = ("--http-timeout", "1s", "--give-up", "2s", "--retries", "1")
    try:
        for words in (("balance",), ("markets",),
                      ("run", "m.json", "--yes", "--allow-unpriced",
                       "--ledger", pour.__name__ + ".jsonl"),
                      ("extend", MARKET, "--time", "1h", "--yes")):
            place.run(*words, *limits, status=69, mib=64,
                      says=r"answer|reply|onnect|imed out|time", **env)
    finally:
        hose.close()


TESTS = (a_gzip_bomb, a_gzip_bomb_elsewhere, deep_json, an_entry_of_64_mib,
         a_million_parameters, a_grid_without_end, files_without_end,
         replies_without_end)


def main():
    """Runs the tests."""
    options = named.options(__doc__)
    return named.run([(named.name(test), test) for test in TESTS], options.k,
                     lambda: named.closing(Place(options.bin)))


if __name__ == "__main__":
    sys.exit(main())
