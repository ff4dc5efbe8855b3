#!/usr/bin/env python3
"""The updating line of `run`, as a terminal of some size gets it.

    tests/terminal.py [--bin build] [-k PATTERN]

Runs nosbatch on a pseudo-terminal against the stand-in service and reads
every byte: how wide each showing of the line is, before and after the window
changed its size, how many there were for the time it took, that nothing of
it stays, and that there is none where it has no place. Last line: N passed, N
failed, N skipped. Python's standard library only.
"""

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time

import named
from named import Failure

DEADLINE_S = 180
SHOWN = re.compile(r"\r([^\r\n\x1b]*)\x1b\[K")

MANIFEST = {
    "id": "s", "market": "nvidia-3060", "params": {"n": {"range": [1, 30]}},
    "definition": {"version": "0.1", "type": "container", "ops": [
        {"type": "container/run", "id": "a",
         "args": {"image": "ubuntu", "cmd": "echo ${{ n }}"}}]}}


class Place:
    """A folder of its own and a stand-in service that takes its time."""

    def __init__(self, binaries):
        self.bin = os.path.abspath(binaries)
        self.top = tempfile.TemporaryDirectory(prefix="nosbatch-terminal-")
        self.work = self.top.name
        with open(os.path.join(self.work, "m.json"), "w",
                  encoding="utf-8") as file:
            json.dump(MANIFEST, file)
        self.sandbox = subprocess.Popen(
            [os.path.join(self.bin, "nosbatch-sandbox"), "--latency", "100"],
            stdout=subprocess.PIPE, text=True)
        ready = self.sandbox.stdout.readline()
        self.url = re.search(r"Pinata (http://\S+?),", ready)[1]
        self.count = 0

    def environment(self, **more):
        env = {"HOME": self.work, "LC_ALL": "C.UTF-8", "TERM": "xterm",
               "PATH": os.environ["PATH"], "NOSANA_API_KEY": "nos_practice",
               "NOSANA_API_URL": self.url + "/api", "PINATA_API_URL": self.url,
               "PINATA_JWT": "practice.token.pinata", **more}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        return env

    def command(self, *options):
        self.count += 1
        return [os.path.join(self.bin, "nosbatch"), "run", "m.json", "--yes",
                "--connections", "4", "--ledger", f"{self.count}.jsonl",
                *options]

    def close(self):
        self.sandbox.kill()
        self.sandbox.wait()
        self.sandbox.stdout.close()
        self.top.cleanup()


def resize(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


class Terminal:
    """One run on a terminal: what was written, and how long it took."""

    def __init__(self, place, columns, *options, then=0, **env):
        """Resized to `then` columns once the line was shown three times;
        self.before and self.after are what was written up to and after the
        first showing that followed."""
        command, began = place.command(*options), time.monotonic()
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(place.work)
            resize(0, columns)
            os.execve(command[0], command, place.environment(**env))
        self.text, self.before = "", None
        while self.read(fd, began):
            if then and self.before is None and \
                    len(SHOWN.findall(self.text)) >= 3:
                resize(fd, then)
                self.before = len(self.text)
        self.took_s = time.monotonic() - began
        os.close(fd)
        self.status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if self.status != 0:
            raise Failure(f"status {self.status}: {self.text!r}")

    def read(self, fd, began):
        if not select.select([fd], [], [], DEADLINE_S)[0] or \
                time.monotonic() - began > DEADLINE_S:
            raise Failure(f"not ended, saw {self.text!r}")
        try:
            data = os.read(fd, 65536)
        except OSError:  # Linux: the other side is closed
            return False
        self.text += data.decode("utf-8", "replace")
        return bool(data)

    def widths(self, start=0):
        return [len(line) for line in SHOWN.findall(self.text[start:]) if line]


def every_showing_fits(place):
    for columns in (200, 80, 40, 22, 9, 3):
        run = Terminal(place, columns)
        widths = run.widths()
        if len(widths) < 3 or max(widths) >= columns:
            raise Failure(f"{columns} columns: {widths}")


def it_fits_after_the_window_has_changed(place):
    for columns, then in ((100, 25), (25, 100)):
        run = Terminal(place, columns, then=then)
        # One may have been on its way when the size changed.
        after = run.widths(run.before)[1:]
        if not after or max(after) >= then:
            raise Failure(f"{columns} to {then} columns: {after}")
        if then > columns and max(after) < columns:
            raise Failure(f"wider, but not used: {after}")


def at_most_ten_a_second(place):
    run = Terminal(place, 80)
    shown = len(run.widths())
    if shown > run.took_s * 10 + 1:
        raise Failure(f"{shown} showings in {run.took_s} s")


def nothing_of_it_stays(place):
    """What is written below is on a line of its own, with nothing before."""
    run = Terminal(place, 80)
    lines = run.text.replace("\r\n", "\n").split("\n")
    for line in lines:
        seen = line.split("\x1b[K")[-1].lstrip("\r")
        if seen and not seen.startswith("nosbatch: "):
            raise Failure(f"a line that is seen: {line!r}")
    if not re.search(r"\r\x1b\[Knosbatch: 30 posted; ", run.text):
        raise Failure(f"the summary follows something: {run.text!r}")


def no_colours_at_all(place):
    for env in ({}, {"NO_COLOR": "1"}, {"CLICOLOR_FORCE": "1"}):
        run = Terminal(place, 80, **env)
        found = set(re.findall(r"\x1b[^K]*?[a-zA-Z]", run.text))
        if found - {"\x1b[K"}:
            raise Failure(f"{env}: {found}")


def plain_where_it_has_no_place(place):
    """TERM=dumb, no TERM, --progress never, -q, and no terminal."""
    for options, env in (((), {"TERM": "dumb"}), ((), {"TERM": ""}),
                         (("--progress", "never"), {}), (("-q",), {})):
        run = Terminal(place, 80, *options, **env)
        if re.search(r"\x1b|\r(?!\n)", run.text):
            raise Failure(f"{options} {env}: {run.text!r}")
        if "-q" in options and run.text:
            raise Failure(f"not quiet: {run.text!r}")
    done = subprocess.run(
        place.command("--progress", "always"), cwd=place.work, check=False,
        env=place.environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE_S)
    if done.stdout or re.search(rb"[\r\x1b]", done.stderr) or \
            not re.search(rb"^nosbatch: \d+/30, ", done.stderr, re.M):
        raise Failure(f"no terminal: {done}")


TESTS = (every_showing_fits, it_fits_after_the_window_has_changed,
         at_most_ten_a_second, nothing_of_it_stays, no_colours_at_all,
         plain_where_it_has_no_place)


def main():
    """Runs the tests."""
    options = named.options(__doc__)
    return named.run([(named.name(test), test) for test in TESTS], options.k,
                     lambda: named.closing(Place(options.bin)))


if __name__ == "__main__":
    sys.exit(main())
