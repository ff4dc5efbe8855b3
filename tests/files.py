#!/usr/bin/env python3
"""Odd files in every place that takes a file, and odd descriptors.

    tests/files.py [--bin build] [-k PATTERN]

Links, pipes, folders, sockets, devices, files without permission, names that
are too long or not UTF-8, in the place of the manifest, the rows, the ledger,
its lock, the keys, the certificates, the metrics and the cache; file systems
that are full or read-only; closed descriptors; readers that go away. Each
ends in time, with a status of the manual's and a message, posts nothing by
then, and harms nothing that was there. Last line: N passed, N failed, N
skipped. Python's standard library only; loopback only.
"""

import errno
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request

import named
from named import Failure, Skip

DEADLINE_S = 180
REFUSED = {64, 65, 66, 73, 74, 75, 77}
PRECIOUS = b"precious\n"
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")

MANIFEST = {
    "id": "s", "market": "nvidia-3060", "params": {"n": [1, 2]},
    "definition": {"version": "0.1", "type": "container", "ops": [
        {"type": "container/run", "id": "a",
         "args": {"image": "ubuntu", "cmd": "echo ${{ n }}"}}]}}


class Place:
    def __init__(self, binaries):
        self.bin = os.path.abspath(binaries)
        self.binary = os.path.join(self.bin, "nosbatch")
        self.top = tempfile.TemporaryDirectory(prefix="nosbatch-files-")
        self.work = os.path.join(self.top.name, "work")
        os.mkdir(self.work)
        self.write("m.json", json.dumps(MANIFEST).encode())
        self.write("job.json", json.dumps(MANIFEST["definition"]).encode())
        self.sandbox = subprocess.Popen(
            [os.path.join(self.bin, "nosbatch-sandbox")],
            stdout=subprocess.PIPE, text=True)
        ready = self.sandbox.stdout.readline()
        self.url = re.search(r"Pinata (http://\S+?),", ready)[1]

    def path(self, name):
        return os.path.join(self.work, name)

    def write(self, name, data=PRECIOUS, mode=0o600):
        with open(self.path(name), "wb") as file:
            file.write(data)
        os.chmod(self.path(name), mode)
        return name

    def environment(self, **more):
        env = {"HOME": self.work, "LC_ALL": "C.UTF-8",
               "PATH": os.environ["PATH"], "NOSANA_API_KEY": "nos_practice",
               "NOSANA_API_URL": self.url + "/api", "PINATA_API_URL": self.url,
               "PINATA_JWT": "practice.token.pinata", **more}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        return env

    def start(self, command, **more):
        return subprocess.Popen(
            command, cwd=self.work, env=self.environment(**more),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)

    def unread(self, words):
        """The status of a command whose output has no reader any more."""
        reader, writer = os.pipe()
        os.close(reader)
        try:
            return subprocess.run(
                [self.binary, *words], cwd=self.work, check=False,
                env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=writer, stderr=writer, timeout=DEADLINE_S).returncode
        finally:
            os.close(writer)

    def run(self, *words, statuses=None, command=(), **more):
        """(status, output, messages) of a command that ends in time, with
        one of the statuses and with messages that are fit to be read."""
        line = " ".join(map(repr, words))[:300]
        process = self.start([*command, self.binary, *words], **more)
        try:
            output, said = process.communicate(timeout=DEADLINE_S)
        except subprocess.TimeoutExpired as late:
            process.kill()
            process.communicate()
            raise Failure(f"{line}: not ended in {DEADLINE_S} s") from late
        said = said.decode("utf-8")
        status = process.returncode
        if statuses is not None and status not in statuses:
            raise Failure(f"{line}: status {status}, expected "
                          f"{sorted(statuses)}: {said}")
        if UNSAFE.search(said):
            raise Failure(f"{line}: unsafe words: {said!r}")
        if status and not said.startswith("nosbatch: "):
            raise Failure(f"{line}: status {status} without a word: {said!r}")
        return status, output, said

    def jobs(self):
        with urllib.request.urlopen(self.url + "/_sandbox/stats") as reply:
            return json.load(reply)["jobs"]

    def close(self):
        self.sandbox.kill()
        self.sandbox.wait()
        self.sandbox.stdout.close()
        self.top.cleanup()


# --- odd files ---------------------------------------------------------------

def dangling(path):
    os.symlink("nowhere", path)


def loop(path):
    os.symlink(os.path.basename(path), path)


def a_link(path):
    with open(path + ".to", "wb") as file:
        file.write(PRECIOUS)
    os.chmod(path + ".to", 0o600)
    os.symlink(os.path.basename(path) + ".to", path)


def a_socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)


def forbidden(path):
    if os.geteuid() == 0:
        raise Skip("root may read everything")
    with open(path, "wb") as file:
        file.write(PRECIOUS)
    os.chmod(path, 0)


def a_full_device(path):
    os.symlink("/dev/full", path)


def an_endless_device(path):
    os.symlink("/dev/zero", path)


def other_words(path):
    with open(path, "wb") as file:
        file.write(PRECIOUS)
    os.chmod(path, 0o600)


ODD = (dangling, loop, a_link, os.mkfifo, os.mkdir, a_socket, forbidden,
       a_full_device, an_endless_device, other_words)

# Where a file is named: (its name, how the command says it). "%s" is the
# name; a pipe as input is waited for, as everywhere, and left out.
INPUTS = {
    "manifest": (("plan", "%s"), ("expand", "%s"), ("validate", "%s"),
                 ("new", "%s"), ("run", "%s", "--yes")),
    "rows": (("new", "job.json", "--rows", "%s"),),
}
LEDGERS = {
    "ledger": (("run", "m.json", "--yes", "--ledger", "%s"),
               ("plan", "m.json", "--ledger", "%s"), ("results", "%s"),
               ("results", "--check", "%s"), ("review", "%s"),
               ("review", "good.ledger.jsonl", "--compare", "%s"),
               ("status", "%s"), ("wait", "%s"), ("retry", "%s", "--yes"),
               ("extend", "%s", "--time", "1h", "--yes"),
               ("stop", "%s", "--yes"), ("settle", "%s", "x", "--lost"),
               ("balance", "%s"),
               ("run", "m.json", "--yes", "--ledger", "new.jsonl", "--seen",
                "%s")),
}
SECRETS = {
    "key": (("balance", "--api-key-file", "%s"),
            ("run", "m.json", "--yes", "--pin-jwt-file", "%s")),
    "cacert": (("balance", "--cacert", "%s", "--api-url",
                "https://127.0.0.1:1/api", "--give-up", "1s"),),
}


def every(place, table, skip=(), statuses=REFUSED):
    """Runs each line of the table on each odd file; what was precious must
    stay so, and nothing may be posted."""
    before, tried = place.jobs(), 0
    for (role, lines), make in itertools.product(table.items(), ODD):
        if make in skip:
            continue
        for number, line in enumerate(lines):
            name = f"{role}-{make.__name__}-{number}"
            try:
                make(place.path(name))
            except Skip:
                continue
            place.run(*[word % name if "%s" in word else word
                        for word in line], statuses=statuses)
            if make in (a_link, other_words):
                os.chmod(place.path(name), 0o600)
                with open(place.path(name), "rb") as file:
                    if file.read() != PRECIOUS:
                        raise Failure(f"{line}: {name} was changed")
            tried += 1
    if place.jobs() != before:
        raise Failure("something was posted")
    if os.path.exists(place.path("nowhere")):
        raise Failure("a dangling link was followed")
    if not tried:
        raise Failure("nothing was tried")


def odd_inputs(place):
    every(place, INPUTS, skip=(os.mkfifo,))


def odd_ledgers(place):
    place.run("run", "m.json", "--yes", "--ledger", "good.ledger.jsonl",
              statuses={0})
    every(place, LEDGERS)


def odd_keys_and_certificates(place):
    # The words that are no key are sent as one, or refused by the service.
    every(place, SECRETS, statuses=REFUSED | {69})


def odd_locks(place):
    """What stands in the lock's place is never opened as something else."""
    for make in ODD:
        name = f"lock-{make.__name__}.jsonl"
        try:
            make(place.path(name + ".lock"))
        except Skip:
            continue
        plain = make is other_words
        place.run("run", "m.json", "--yes", "--ledger", name,
                  statuses={0} if plain else REFUSED)
    if os.path.exists(place.path("nowhere")):
        raise Failure("a dangling link was followed")
    with open(place.path("lock-a_link.jsonl.lock.to"), "rb") as file:
        if file.read() != PRECIOUS:
            raise Failure("a lock that is a link was written through")


def odd_metrics(place):
    """Known before anything is spent, or replaced whole."""
    before = place.jobs()
    for make in ODD:
        name = f"metrics-{make.__name__}"
        try:
            make(place.path(name))
        except Skip:
            continue
        plain = make is other_words
        place.run("run", "m.json", "--yes", "--metrics", name, "--ledger",
                  name + ".jsonl", statuses={0} if plain else {73})
        before += 2 if plain else 0
        if place.jobs() != before:
            raise Failure(f"{name}: posted all the same")
    with open(place.path("metrics-a_link.to"), "rb") as file:
        if file.read() != PRECIOUS:
            raise Failure("a link was written through")


def remove(path):
    """A tree, or whatever it is; rmtree would wait for a pipe."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def odd_caches(place):
    """A cache is only a convenience: whatever it is, a run goes on."""
    for make in (*ODD, None):
        for where in (".cache", ".cache/nosbatch"):
            cache = place.path(".cache")
            remove(cache)
            os.makedirs(os.path.dirname(place.path(where)), exist_ok=True)
            try:
                if make:
                    make(place.path(where))
            except Skip:
                continue
            name = f"c-{make.__name__ if make else 0}-{len(where)}.jsonl"
            place.run("run", "m.json", "--yes", "--ledger", name,
                      statuses={0})
            place.run("markets", statuses={0})
            place.run("plan", "m.json", "--ledger", name, statuses={0})
            if os.path.lexists(cache + ".to"):
                os.unlink(cache + ".to")
    for make in ODD[:-1]:
        remove(place.path(".cache"))
        place.run("markets", statuses={0})
        names = [os.path.join(where, name)
                 for where, _, files in os.walk(place.path(".cache"))
                 for name in files]
        if not names:
            raise Failure("nothing is cached")
        for name in names:
            os.unlink(name)
            try:
                make(name)
            except Skip:
                break
        place.run("plan", "m.json", statuses={0})
        place.run("markets", statuses={0})


# --- names -------------------------------------------------------------------

def long_and_broken_names(place):
    """Components over 255 bytes, paths over 4096, names that are not UTF-8."""
    for name in ("n" * 300, "/".join(["d" * 200] * 30), "x/" * 40000):
        for line in (("plan", "%s"), ("new", "job.json", "--rows", "%s"),
                     ("run", "m.json", "--yes", "--ledger", "%s"),
                     ("run", "m.json", "--yes", "--batch", "%s"),
                     ("results", "%s"), ("review", "%s"), ("status", "%s"),
                     ("settle", "%s", "x", "--lost"),
                     ("run", "m.json", "--yes", "--metrics", "%s"),
                     ("balance", "--api-key-file", "%s")):
            place.run(*[word.replace("%s", name) for word in line],
                      statuses=REFUSED)
    deep = "/".join(["d" * 200] * 15)
    os.makedirs(place.path(deep))
    shutil.copy(place.path("m.json"), place.path(deep + "/m.json"))
    place.run("run", deep + "/m.json", "--yes", statuses={0})
    place.run("results", deep + "/m.ledger.jsonl", statuses={0})
    name = os.fsdecode(b"caf\xe9 \xff\x80.json")
    shutil.copy(place.path("m.json"), place.path(name))
    ledger = name[:-5] + ".ledger.jsonl"
    for form in ("table", "json", "csv"):
        place.run("plan", name, "--format", form, statuses={0})
    place.run("run", name, "--yes", "--format", "json", "--metrics",
              name + ".prom", statuses={0})
    for line in (("results", ledger, "--format", "json"),
                 ("results", "--check", ledger), ("status", ledger, "-v"),
                 ("review", ledger, "--format", "json"),
                 ("review", ledger, "--format", "html")):
        place.run(*line, statuses={0})[1].decode("utf-8")


# --- file systems ------------------------------------------------------------

IN_A_MOUNT = r"""
mount -t tmpfs -o size="$1" none "$2" && cp m.json "$2" || exit 99
[ "$3" = rw ] || mount -o remount,ro "$2" || exit 99
cd "$2" && shift 3 && exec "$0" "$@"
"""


def mounted(place, size, mode, *words, statuses):
    if not shutil.which("unshare"):
        raise Skip("unshare is not installed")
    os.makedirs(place.path("mount"), exist_ok=True)
    probe = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none",
                            place.path("mount")], check=False,
                           capture_output=True)
    if probe.returncode:
        raise Skip("no mounts without root's rights here")
    process = subprocess.run(
        ["unshare", "-rm", "sh", "-c", IN_A_MOUNT, place.binary, size,
         place.path("mount"), mode, *words], cwd=place.work, check=False,
        env=place.environment(), capture_output=True, timeout=DEADLINE_S)
    said = process.stderr.decode()
    if process.returncode not in statuses:
        raise Failure(f"{size} {mode} {words}: status {process.returncode}: "
                      f"{said}")
    return said


def a_full_file_system(place):
    before = place.jobs()
    said = mounted(place, "8k", "rw", "run", "m.json", "--yes",
                   statuses={73, 74})
    if "space" not in said:
        raise Failure(said)
    if place.jobs() != before:
        raise Failure("posted what could not be recorded")


def a_read_only_file_system(place):
    before = place.jobs()
    for words in (("run", "m.json", "--yes"),
                  ("run", "m.json", "--yes", "--metrics", "x.prom", "--ledger",
                   place.path("elsewhere.jsonl"))):
        said = mounted(place, "1m", "ro", *words, statuses={73, 74})
        if "ead-only" not in said:
            raise Failure(said)
    mounted(place, "1m", "ro", "plan", "m.json", statuses={0})
    if place.jobs() != before:
        raise Failure("something was posted")


def locks_that_fail(place):
    """As on a network file system without locks: flock says ENOLCK."""
    fault = os.path.join(place.bin, "syscall-fault")
    before, seen = place.jobs(), 0
    for number in range(1, 60):
        # What met the call is answered on descriptor 3.
        process = subprocess.run(
            ["sh", "-c", 'exec "$0" "$@" 3>&1 >/dev/null', fault, "--folder",
             place.work, "--do", f"errno {errno.ENOLCK} {number} files",
             place.binary, "run", "m.json", "--yes", "--ledger",
             f"lock-{number}.jsonl"],
            cwd=place.work, env=place.environment(), capture_output=True,
            timeout=DEADLINE_S, check=False)
        answer = process.stdout.decode().split()
        if len(answer) > 4 and answer[4] == "flock":
            seen += 1
            said = process.stderr.decode()
            if process.returncode not in REFUSED or "lock" not in said:
                raise Failure(f"status {process.returncode}: {said}")
            if place.jobs() != before:
                raise Failure("posted without a lock")
        before = place.jobs()
    if not seen:
        raise Failure("no call of flock was met")


# --- descriptors -------------------------------------------------------------

def closed_descriptors(place):
    """Each of the standard ones and all: no file gets their numbers."""
    number = 0
    for closed in ("0", "1", "2", "01", "02", "12", "012"):
        shut = " ".join({"0": "<&-", "1": ">&-", "2": "2>&-"}[fd]
                        for fd in closed)
        for words in ("run m.json --yes --ledger %d.jsonl",
                      "run m.json --yes --ledger %d.jsonl --format json",
                      "results 0.jsonl", "plan m.json", "status 0.jsonl",
                      "expand m.json", "review 0.jsonl --format html",
                      "markets", "--help", "plan -", "run --nonsense"):
            line = words.replace("%d", str(number))
            number += "run m" in words
            process = subprocess.run(
                ["sh", "-c", f'exec "$0" {line} {shut}', place.binary],
                cwd=place.work, env=place.environment(), check=False,
                stdin=subprocess.DEVNULL, capture_output=True,
                timeout=DEADLINE_S)
            prints = "--yes" not in words or words.endswith("json")
            wanted = {64} if "nonsense" in words else \
                {64, 66, 65} if words == "plan -" else \
                {74} if "1" in closed and prints else {0}
            if process.returncode not in wanted:
                raise Failure(f"{line} {shut}: status {process.returncode}, "
                              f"expected {wanted}: {process.stderr.decode()}")
    for ledger in range(number):
        place.run("results", "--check", f"{ledger}.jsonl", statuses={0})
    if place.jobs() != 2 * number:
        raise Failure(f"{place.jobs()} jobs of {number} runs")


def readers_that_go_away(place):
    """A run survives that nobody reads it; an offline command ends."""
    place.run("run", "m.json", "--yes", "--ledger", "a.jsonl", statuses={0})
    for words, wanted in (
            (("run", "m.json", "--yes", "--ledger", "b.jsonl", "--format",
              "json"), {74}), (("results", "a.jsonl"), {-13, 74}),
            (("status", "a.jsonl"), {74}), (("plan", "m.json"), {-13, 74}),
            (("markets",), {74}), (("expand", "m.json"), {-13, 74}),
            (("completion", "bash"), {-13, 74}), (("--help",), {-13, 74})):
        status = place.unread(words)
        if status not in wanted:
            raise Failure(f"{words}: status {status}")
    place.run("results", "--check", "b.jsonl", statuses={0})
    if place.jobs() != 4:
        raise Failure(f"{place.jobs()} jobs")


def full_outputs(place):
    """/dev/full for each format of what prints: never silently 0."""
    place.run("run", "m.json", "--yes", "--ledger", "a.jsonl", statuses={0})
    for words in (["results", "a.jsonl"], ["review", "a.jsonl"],
                  ["status", "a.jsonl"], ["balance"], ["markets"],
                  ["plan", "m.json"], ["expand", "m.json"], ["new", "m.json"],
                  ["validate", "m.json"], ["completion", "bash"],
                  ["--help"],
                  ["run", "m.json", "--yes", "--ledger", "a.jsonl"]):
        forms = ["table", "json", "jsonl", "csv"] if words[0] in (
            "results", "review", "status", "balance", "markets", "plan") else \
            ["json"] if words[0] == "run" else [None]
        for form in forms:
            line = [*words, *(["--format", form] if form else [])]
            with open("/dev/full", "wb") as full:
                process = subprocess.run(
                    [place.binary, *line], cwd=place.work, check=False,
                    env=place.environment(), stdout=full,
                    stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                    timeout=DEADLINE_S)
            if process.returncode != 74 or \
                    b"cannot write" not in process.stderr:
                raise Failure(f"{line}: status {process.returncode}: "
                              f"{process.stderr.decode()}")


TESTS = (odd_inputs, odd_ledgers, odd_keys_and_certificates, odd_locks,
         odd_metrics, odd_caches, long_and_broken_names, a_full_file_system,
         a_read_only_file_system, locks_that_fail, closed_descriptors,
         readers_that_go_away, full_outputs)


def main():
    """Runs the tests."""
    options = named.options(__doc__)
    return named.run([(named.name(test), test) for test in TESTS], options.k,
                     lambda: named.closing(Place(options.bin)))


if __name__ == "__main__":
    sys.exit(main())
