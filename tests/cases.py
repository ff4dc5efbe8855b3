#!/usr/bin/env python3
"""Runs the black-box cases of tests/cases/*.case.

    tests/cases.py                     all, against build/
    tests/cases.py -k resume -v        those whose file or title has "resume"
    tests/cases.py --bin build/asan    another build's programs
    tests/cases.py -k plan --update    write what came out into the case file
    tests/cases.py -k plan --keep      leave the case's folder, say where

Last line: N passed, N failed, N skipped. Status 0 where none failed.
Python's standard library only.

A case file is UTF-8 text. Lines before the first case are comments.

    == title                     starts a case; a file may hold many
    -- section arguments         its body: the lines up to the next section

Blank lines at a body's end do not count; a body line that must start with
"-- " or "== " is written with a backslash in front. Arguments are split as a
shell splits words, except those of run, tty, needs and env.

What a case is run with: an empty folder of its own as working folder; the
built programs in PATH (nosbatch, nosbatch-sandbox, json-check); HOME and all
XDG folders below the case's folder; TZ=UTC, LC_ALL=C.UTF-8, ROOT=the
checkout; nothing else of the caller's environment. Sections are carried out
in the order written:

    -- note TEXT                 a remark (so is its body)
    -- tags WORD…                for --tag; "valgrind": also run under valgrind
    -- needs COMMAND             the case is skipped where COMMAND fails
    -- timeout SECONDS           of each step from here on (30), if the machine
                                 is not busy: four times that is waited
    -- env NAME=VALUE            or: env -NAME (unset)
    -- file PATH [WORD…]         creates a file. WORDs: append, gzip (with
                                 append: one more member), hex (the body is
                                 hex digits), noeol (no newline at the end),
                                 repeat=N (the body N times, <<i>> in it is
                                 0…N-1), mode=0600
    -- sandbox [OPTION…]         starts nosbatch-sandbox on a free port and
                                 sets API, PIN, SANDBOX, NOSANA_API_URL,
                                 PINATA_API_URL, NOSANA_API_KEY, PINATA_JWT
    -- control PATH              POST the body to /_sandbox/PATH
    -- stats                     checks GET /_sandbox/stats: each line
                                 "key value", "key >= value" (also <=);
                                 key a.b is member b of a; a.# is a's length
    -- stop-sandbox              (its port then refuses)
    -- run COMMAND               by bash with pipefail; without COMMAND the
                                 body is the script. No terminal; standard
                                 input is empty
    -- tty COMMAND               the same on a terminal of 80 columns; both
                                 outputs are its "stdout"
    -- output PATH [gunzip]      a file's content must be the body
    -- missing PATH…             no such files
    -- mode PATH 0600            a file's permissions

Behind run and tty, about it, each at most once:

    -- status N                  exit status; without it 0. A program that
                                 died by a signal has 128 + its number
    -- stdout [noeol]            what it must have printed; without the
    -- stderr [noeol]            section anything
    -- input                     its standard input

In stdout, stderr and output: "…" stands for anything within a line, a line
of only "…" for any number of lines; <<name>> for one or more characters,
which must be the same at its next use, also in later sections, and which
later commands find in the environment variable `name`; <<name=REGEX>> and
<<=REGEX>> for what the regular expression matches. Names that the
environment has (<<API>>) stand for their value.

A report of a sanitizer, wherever printed, fails the case. So does a case
that is malformed, and a sandbox that did not end well.
"""

import argparse
import concurrent.futures
import difflib
import fcntl
import glob
import gzip
import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAMS = ("nosbatch", "nosbatch-sandbox", "json-check")
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|"
                       r"UndefinedBehaviorSanitizer|: runtime error: ")
START_TIMEOUT_S = 60
STEP_TIMEOUT_S = 30
BUSY = 4  # how many times longer a busy machine may take
SANDBOX_KEY = "nos_practice"
SANDBOX_JWT = "practice.token.pinata"


class Failure(Exception):
    """The case failed; the text says how."""


class Malformed(Failure):
    """The case file is wrong."""


class Skip(Exception):
    """The case cannot run here."""


# --- reading case files ----------------------------------------------------

class Section:
    def __init__(self, name, arguments, line):
        self.name, self.arguments, self.line = name, arguments, line
        self.body = []  # lines, without trailing blank ones
        self.end = line  # last line of the body, from 1

    def words(self, least, most, flags=None):
        """The arguments as words; those in flags only, behind `least`."""
        try:
            words = shlex.split(self.arguments)
        except ValueError as error:
            raise Malformed(f"line {self.line}: {error}") from None
        if not least <= len(words) <= most:
            raise Malformed(f"line {self.line}: {self.name}: expected "
                            f"{least} to {most} words, found {len(words)}")
        for word in words[least:]:
            if flags is not None and word.split("=")[0] not in flags:
                raise Malformed(f"line {self.line}: {self.name}: "
                                f"unknown word {word!r}")
        return words

    def text(self, eol=True):
        text = "\n".join(self.body)
        return text + "\n" if eol and self.body else text


# name: (has a body: no, may, must), about the step before
SECTIONS = {
    "note": ("may", False), "tags": ("no", False), "needs": ("no", False),
    "timeout": ("no", False), "env": ("no", False), "file": ("may", False),
    "sandbox": ("no", False), "control": ("may", False),
    "stats": ("must", False), "stop-sandbox": ("no", False),
    "run": ("may", False), "tty": ("may", False), "output": ("may", False),
    "missing": ("no", False), "mode": ("no", False),
    "status": ("no", True), "stdout": ("may", True), "stderr": ("may", True),
    "input": ("may", True),
}


class Case:
    def __init__(self, path, title, line):
        self.path, self.title, self.line = path, title, line
        self.sections = []
        self.problem = None  # why it is malformed

    def name(self):
        stem = os.path.basename(self.path).rsplit(".", 1)[0]
        return f"{stem}: {self.title}"

    def tags(self):
        return [word for section in self.sections if section.name == "tags"
                for word in section.arguments.split()]


def unescape(line):
    return line[1:] if re.match(r"\\+(--|==) ", line) else line


def read_cases(path):
    """The cases of a file; malformed ones carry their problem."""
    cases, section = [], None
    with open(path, encoding="utf-8", newline="\n") as file:
        lines = file.read().split("\n")
    for number, line in enumerate(lines, 1):
        if line.startswith("== "):
            cases.append(Case(path, line[3:].strip(), number))
            section = None
        elif line.startswith("-- ") and cases:
            name, _, arguments = line[3:].strip().partition(" ")
            section = Section(name, arguments.strip(), number)
            cases[-1].sections.append(section)
        elif section is not None:
            section.body.append(unescape(line))
        elif cases and line.strip():
            cases[-1].problem = f"line {number}: text outside a section"
    for case in cases:
        finish_case(case)
    if not cases:
        cases.append(Case(path, "(file)", 1))
        cases[-1].problem = "no case in this file"
    return cases


def finish_case(case):
    """Cuts bodies and checks which sections stand where."""
    step, had = None, set()
    runs = False
    for section in case.sections:
        while section.body and not section.body[-1].strip():
            section.body.pop()
        section.end = section.line + len(section.body)
        kind = SECTIONS.get(section.name)
        problem = None
        if kind is None:
            problem = f"unknown section {section.name!r}"
        elif kind[0] == "no" and section.body:
            problem = f"{section.name} takes no body"
        elif kind[0] == "must" and not section.body:
            problem = f"{section.name} needs a body"
        elif kind[1] and step is None:
            problem = f"{section.name} without a run before it"
        elif kind[1] and section.name in had:
            problem = f"{section.name} twice for one run"
        elif section.name in ("run", "tty") and \
                bool(section.arguments) == bool(section.body):
            problem = f"{section.name} needs a command or a body"
        if problem and not case.problem:
            case.problem = f"line {section.line}: {problem}"
        if section.name in ("run", "tty"):
            step, had, runs = section, set(), True
        elif kind and kind[1]:
            had.add(section.name)
        else:
            step = None
    if not runs and not case.problem:
        case.problem = f"line {case.line}: the case runs nothing"


# --- comparing -------------------------------------------------------------

HOLE = re.compile(r"…|<<([A-Za-z_]\w*)?(?:=(.*?))?>>")


def line_pattern(line, known, groups):
    """A regular expression for one expected line, without its newline."""
    out, at = [], 0
    for hole in HOLE.finditer(line):
        out.append(re.escape(line[at:hole.start()]))
        at = hole.end()
        name, regex = hole.group(1), hole.group(2)
        if hole.group(0) == "…":
            out.append(r"[^\n]*?")
        elif name is None and regex is None:
            raise Malformed(f"empty <<>> in {line!r}")
        elif name is None:
            out.append(f"(?:{regex})")
        elif name in known:
            out.append(re.escape(known[name]))
        elif name in groups:
            out.append(f"(?P={name})")
        else:
            groups.add(name)
            out.append(f"(?P<{name}>{regex or '[^' + chr(10) + ']+?'})")
    out.append(re.escape(line[at:]))
    return "".join(out)


def match(lines, eol, actual, known):
    """Captures where actual is as expected, else None."""
    pattern, groups = [], set()
    for at, line in enumerate(lines):
        last = at == len(lines) - 1
        if line == "…":
            pattern.append(r"(?:[^\n]*\n)*?(?:[^\n]+)?" if last and not eol
                           else r"(?:[^\n]*\n)*?")
        else:
            pattern.append(line_pattern(line, known, groups))
            pattern.append("" if last and not eol else r"\n")
    try:
        found = re.fullmatch("".join(pattern), actual)
    except re.error as error:
        raise Malformed(f"regular expression: {error}") from None
    return found.groupdict() if found else None


def difference(lines, actual, known):
    """A unified diff in which lines that match count as equal."""
    got, shown, at = actual.split("\n"), [], 0
    if got[-1] == "":
        got.pop()
    else:
        got[-1] += "   (no newline at the end)"
    for line in lines:
        pattern = line_pattern(line, known, set()) if line != "…" else None
        for ahead in range(at, len(got)):
            try:
                same = pattern and re.fullmatch(pattern, got[ahead])
            except re.error:
                same = None
            if same:
                line, at = got[ahead], ahead + 1
                break
        shown.append(line)
    diff = list(difflib.unified_diff(shown, got, "expected", "found",
                                     lineterm="", n=3))
    return "\n".join(diff[:200])


# --- running one case ------------------------------------------------------

class Run:
    """One case being run, in a folder of its own."""

    def __init__(self, case, options):
        self.case, self.options = case, options
        self.top = tempfile.mkdtemp(prefix="nosbatch-case-")
        self.work = os.path.join(self.top, "work")
        self.patience = 10 if options.wrap else BUSY
        self.timeout_s = STEP_TIMEOUT_S * self.patience
        self.captures = {}
        self.sandbox = None
        self.held = []  # sockets, bound, never listening
        self.sandbox_log = os.path.join(self.top, "sandbox.log")
        self.updates = []  # (section, new body lines)
        self.env = {}
        self.prepare()

    def prepare(self):
        for name in ("work", "bin", "home", "tmp"):
            os.mkdir(os.path.join(self.top, name))
        for name in PROGRAMS:
            program = os.path.abspath(os.path.join(self.options.bin, name))
            link = os.path.join(self.top, "bin", name)
            if name == "nosbatch" and self.options.wrap:
                with open(link, "w", encoding="utf-8") as file:
                    file.write(f"#!/bin/sh\nexec {self.options.wrap} "
                               f"{shlex.quote(program)} \"$@\"\n")
                os.chmod(link, 0o755)
            elif os.path.exists(program):
                os.symlink(program, link)
        # Scripts need no quotes around $ROOT, wherever the checkout is.
        root = os.path.join(self.top, "root")
        os.symlink(ROOT, root)
        home = os.path.join(self.top, "home")
        self.env = {
            "PATH": f"{self.top}/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME": home, "TMPDIR": os.path.join(self.top, "tmp"),
            "TZ": "UTC", "LC_ALL": "C.UTF-8", "ROOT": root,
        }
        for name in ("CONFIG", "CACHE", "DATA", "STATE"):
            self.env[f"XDG_{name}_HOME"] = os.path.join(home, name.lower())
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def path(self, name):
        return os.path.join(self.work, name)

    def known(self):
        return {**self.env, **self.captures}

    def go(self):
        sections = self.case.sections
        at = 0
        while at < len(sections):
            section = sections[at]
            at += 1
            about = {}
            while at < len(sections) and SECTIONS[sections[at].name][1]:
                about[sections[at].name] = sections[at]
                at += 1
            try:
                if section.name in ("run", "tty"):
                    self.step(section, about)
                else:
                    getattr(self, "do_" + section.name.replace("-", "_"))(
                        section)
            except Failure as failure:
                raise type(failure)(f"line {section.line}: "
                                    f"{failure}") from None
        if self.sandbox:
            self.do_stop_sandbox(None)

    def close(self):
        if self.sandbox:
            self.sandbox.kill()
            self.sandbox.wait()
        for held in self.held:
            held.close()
        if self.options.keep:
            print(f"  kept {self.top} ({self.case.name()})", flush=True)
        else:
            shutil.rmtree(self.top, ignore_errors=True)

    # sections

    def do_note(self, section):
        pass

    do_tags = do_note

    def do_needs(self, section):
        done = subprocess.run(["/bin/bash", "-c", section.arguments],
                              cwd=self.work, env=self.env, check=False,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
        if done.returncode != 0:
            raise Skip(f"needs `{section.arguments}`")

    def do_timeout(self, section):
        self.timeout_s = float(section.words(1, 1)[0]) * self.patience

    def do_env(self, section):
        word = section.arguments
        if word.startswith("-"):
            self.env.pop(word[1:], None)
            return
        name, equals, value = word.partition("=")
        if not equals:
            raise Malformed(f"expected NAME=VALUE or -NAME, found {word!r}")
        self.env[name] = re.sub(
            r"<<(\w+)>>", lambda m: self.known().get(m.group(1), m.group(0)),
            value)

    def do_file(self, section):
        words = section.words(1, 9, ("append", "gzip", "hex", "noeol",
                                     "repeat", "mode"))
        settings = dict(word.partition("=")[::2] for word in words[1:])
        if "hex" in settings:
            content = bytes.fromhex("".join(section.body))
        elif "repeat" in settings:
            text = section.text("noeol" not in settings)
            content = "".join(text.replace("<<i>>", str(i)) for i in
                              range(int(settings["repeat"]))).encode()
        else:
            content = section.text("noeol" not in settings).encode()
        if "gzip" in settings:
            content = gzip.compress(content, mtime=0)
        path = self.path(words[0])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "ab" if "append" in settings else "wb") as file:
            file.write(content)
        if "mode" in settings:
            os.chmod(path, int(settings["mode"], 8))

    def do_sandbox(self, section):
        if self.sandbox:
            raise Malformed("a sandbox runs already")
        port_file = os.path.join(self.top, "port")
        if os.path.exists(port_file):
            os.unlink(port_file)
        command = [os.path.join(self.top, "bin", "nosbatch-sandbox"),
                   "--port", "0", "--port-file", port_file,
                   "--exit-with-parent", *section.words(0, 99)]
        if "--latency" not in command:
            command += self.options.disorder
        with open(self.sandbox_log, "ab") as log:
            try:
                self.sandbox = subprocess.Popen(
                    command, cwd=self.top, env=self.env, stdout=log,
                    stdin=subprocess.DEVNULL, stderr=log)
            except OSError as error:
                raise Failure(f"sandbox: {error}") from None
        port = self.wait_for_port(port_file)
        base = f"http://127.0.0.1:{port}"
        self.env.update(
            SANDBOX=base, API=base + "/api", PIN=base,
            NOSANA_API_URL=base + "/api", PINATA_API_URL=base,
            NOSANA_API_KEY=SANDBOX_KEY, PINATA_JWT=SANDBOX_JWT)

    def wait_for_port(self, port_file):
        end = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < end:
            try:
                with open(port_file, encoding="utf-8") as file:
                    text = file.read()
                if text.endswith("\n"):
                    return int(text)
            except FileNotFoundError:
                pass
            if self.sandbox.poll() is not None:
                status, self.sandbox = self.sandbox.returncode, None
                raise Failure(f"the sandbox ended with status {status}:\n"
                              f"{self.read(self.sandbox_log)}")
            time.sleep(0.005)
        raise Failure("the sandbox did not write its port")

    def ask(self, path, body=None):
        if not self.sandbox:
            raise Malformed("no sandbox runs")
        request = urllib.request.Request(
            f"{self.env['SANDBOX']}/_sandbox/{path}", data=body,
            headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=START_TIMEOUT_S) as reply:
                return reply.read()
        except urllib.error.HTTPError as error:
            raise Failure(f"/_sandbox/{path}: {error}: "
                          f"{error.read().decode(errors='replace')}") from None
        except OSError as error:
            raise Failure(f"/_sandbox/{path}: {error}") from None

    def do_control(self, section):
        self.ask(section.words(1, 1)[0].lstrip("/"), section.text().encode())

    def do_stats(self, section):
        stats = json.loads(self.ask("stats"))
        wrong = []
        for line in section.body:
            parts = re.fullmatch(r"(\S+)(?:\s+(>=|<=))?\s+(\S.*)", line)
            if not parts:
                raise Malformed(f"stats: expected KEY VALUE, found {line!r}")
            found = self.member(stats, parts.group(1))
            if not self.compare(found, parts.group(2), parts.group(3)):
                wrong.append(f"{line}    found {json.dumps(found)}")
        if wrong:
            raise Failure("stats:\n" + "\n".join(wrong) + "\nall:\n" +
                          json.dumps(stats, indent=1)[:4000])

    @staticmethod
    def member(value, path):
        for name in path.split("."):
            if name == "#" and isinstance(value, (list, dict)):
                value = len(value)
            elif isinstance(value, dict) and name in value:
                value = value[name]
            else:
                raise Failure(f"stats: no {path!r}; there are "
                              f"{sorted(value) if value else value!r}")
        return value

    @staticmethod
    def compare(found, operator, text):
        try:
            wanted = json.loads(text)
        except ValueError:
            wanted = text
        if operator is None:
            return found == wanted and \
                isinstance(found, bool) == isinstance(wanted, bool)
        if operator == ">=":
            return found >= wanted
        return found <= wanted

    def do_stop_sandbox(self, section):
        if not self.sandbox:
            raise Malformed("no sandbox runs")
        process, self.sandbox = self.sandbox, None
        process.terminate()
        try:
            status = process.wait(START_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failure("the sandbox did not end on SIGTERM") from None
        log = self.read(self.sandbox_log)
        if status not in (0, -signal.SIGTERM) or SANITIZER.search(log):
            raise Failure(f"the sandbox ended with status {status}:\n{log}")
        if section:
            self.hold_port(int(self.env["SANDBOX"].rpartition(":")[2]))

    def hold_port(self, port):
        """Keeps a port that refuses from the sandbox of another case."""
        held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind(("127.0.0.1", port))
        except OSError as error:
            held.close()
            raise Failure(f"port {port}, just free: {error}") from None
        self.held.append(held)

    def do_output(self, section):
        words = section.words(1, 3, ("gunzip", "noeol"))
        path = self.path(words[0])
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError as error:
            raise Failure(f"output: {error}") from None
        if "gunzip" in words[1:]:
            content = gzip.decompress(content)
        self.expect(section, words[0], content.decode("utf-8", "replace"),
                    "noeol" not in words[1:])

    def do_missing(self, section):
        for word in section.words(1, 99):
            if os.path.lexists(self.path(word)):
                raise Failure(f"{word} exists")

    def do_mode(self, section):
        name, mode = section.words(2, 2)
        found = os.stat(self.path(name)).st_mode & 0o7777
        if found != int(mode, 8):
            raise Failure(f"{name} has mode {found:04o}, expected {mode}")

    # steps

    def step(self, section, about):
        status, stdout, stderr = self.execute(section, about.get("input"))
        shown = f"$ {section.arguments or '(script)'}\n"
        if SANITIZER.search(stdout + stderr):
            raise Failure(f"{shown}a sanitizer reports:\n{stderr}{stdout}")
        wanted = int(about["status"].words(1, 1)[0]) if "status" in about else 0
        problems = []
        if status != wanted:
            problems.append(f"status {status}, expected {wanted}")
            if "stderr" not in about:
                problems.append("stderr:\n" + stderr[-3000:])
            if "stdout" not in about:
                problems.append("stdout:\n" + stdout[-3000:])
        for name, text in (("stdout", stdout), ("stderr", stderr)):
            if name not in about:
                continue
            eol = "noeol" not in about[name].words(0, 1, ("noeol",))
            try:
                self.expect(about[name], name, text, eol)
            except Malformed:
                raise
            except Failure as failure:
                problems.append(str(failure))
        if len(problems) == 1 and status == wanted and stderr and \
                "stderr" not in about:
            problems.append("stderr:\n" + stderr[-3000:])
        if problems:
            raise Failure(shown + "\n".join(problems))

    def expect(self, section, what, actual, eol):
        found = match(section.body, eol and bool(section.body), actual,
                      self.known())
        if found is not None:
            self.captures.update(found)
            return
        if not any(HOLE.search(line) for line in section.body):
            self.updates.append((section, actual.split("\n")[:-1]
                                 if actual.endswith("\n")
                                 else actual.split("\n")))
        raise Failure(f"{what} differs:\n" +
                      difference(section.body, actual, self.known()))

    def execute(self, section, given):
        """Runs a step: (status, stdout, stderr)."""
        script = section.arguments or section.text()
        command = ["/bin/bash", "-o", "pipefail", "-c", script]
        env = {**self.env, **self.captures}
        stdin = given.text().encode() if given else b""
        if section.name == "tty":
            return self.on_terminal(command, env, stdin)
        paths = [os.path.join(self.top, name)
                 for name in ("stdin", "stdout", "stderr")]
        with open(paths[0], "wb") as file:
            file.write(stdin)
        with open(paths[0], "rb") as source, open(paths[1], "wb") as out, \
                open(paths[2], "wb") as err:
            process = subprocess.Popen(command, cwd=self.work, env=env,
                                       stdin=source, stdout=out, stderr=err,
                                       start_new_session=True)
            status = self.finish(process)
        stdout, stderr = self.read(paths[1]), self.read(paths[2])
        if status is None:
            raise Failure(f"over {self.timeout_s:g} s, killed; stderr:\n"
                          f"{stderr[-3000:]}")
        return status, stdout, stderr

    def finish(self, process):
        """Waits; the group is then gone. None where it took too long."""
        try:
            status = process.wait(self.timeout_s)
        except subprocess.TimeoutExpired:
            status = None
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        if status is None:
            return None
        return 128 - status if status < 0 else status

    def on_terminal(self, command, env, stdin):
        ours, theirs = pty.openpty()
        subprocess.run(["stty", "rows", "24", "columns", "80"], stdin=theirs,
                       check=True)
        process = subprocess.Popen(
            command, cwd=self.work, env={"TERM": "xterm", **env},
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)
        os.write(ours, stdin)
        out, end = b"", time.monotonic() + self.timeout_s
        ended = False
        while time.monotonic() < end:
            if not select.select([ours], [], [], 0.05)[0]:
                if ended:
                    break
                # Once more: it may have written between the two calls.
                ended = process.poll() is not None
                continue
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # EIO: the last holder has closed it
                break
            if not chunk:
                break
            out += chunk
        text = out.decode("utf-8", "replace").replace("\r\n", "\n")
        self.timeout_s, keep = max(1, end - time.monotonic()), self.timeout_s
        status = self.finish(process)
        self.timeout_s = keep
        os.close(ours)
        if status is None:
            raise Failure(f"over {keep:g} s, killed; terminal:\n{text}")
        return status, text, ""

    @staticmethod
    def read(path):
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")


def run_case(case, options):
    """(result, text, updates); result is passed, failed or skipped."""
    if case.problem:
        return "failed", f"malformed: {case.problem}", []
    run = Run(case, options)
    try:
        run.go()
        return "passed", "", []
    except Skip as skip:
        return "skipped", str(skip), []
    except Malformed as problem:
        return "failed", f"malformed: {problem}", []
    except Failure as failure:
        return "failed", str(failure), run.updates
    except (OSError, ValueError, re.error) as error:
        return "failed", f"cannot run: {type(error).__name__}: {error}", []
    finally:
        run.close()


# --- the whole -------------------------------------------------------------

def escape(line):
    return "\\" + line if re.match(r"\\*(--|==) ", line) else line


def write_updates(path, updates):
    with open(path, encoding="utf-8", newline="\n") as file:
        lines = file.read().split("\n")
    for section, body in sorted(updates, key=lambda pair: -pair[0].line):
        lines[section.line:section.end] = [escape(line) for line in body]
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines))


def select_cases(options):
    paths = options.files or sorted(
        glob.glob(os.path.join(ROOT, "tests", "cases", "*.case")))
    cases = [case for path in paths for case in read_cases(path)]
    if options.pattern:
        cases = [case for case in cases
                 if all(re.search(pattern, case.name(), re.I)
                        for pattern in options.pattern)]
    if options.tag:
        cases = [case for case in cases if options.tag in case.tags()]
    return cases


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="*", help="case files (all)")
    parser.add_argument("-k", dest="pattern", action="append",
                        metavar="PATTERN", help="only names that match")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--bin", default=os.path.join(ROOT, "build"))
    parser.add_argument("--tag", help="only cases with this tag")
    parser.add_argument("--wrap", help="run nosbatch by this command")
    parser.add_argument("--disorder", action="store_const", default=(),
                        const=("--latency", "10", "--jitter", "95"),
                        help="sandboxes answer concurrent requests in any "
                             "order: what expects one fails")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--update", action="store_true")
    return parser.parse_args()


def main():
    options = arguments()
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    updates = {}
    cases = select_cases(options)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = [pool.submit(run_case, case, options) for case in cases]
        for case, done in zip(cases, runs):
            result, text, changed = done.result()
            counts[result] += 1
            if result == "failed" or options.verbose or result == "skipped":
                print(f"{result.upper():8} {case.name()}"
                      f" ({os.path.relpath(case.path, ROOT)}:{case.line})")
                for line in text.splitlines():
                    print("    " + line)
                sys.stdout.flush()
            updates.setdefault(case.path, []).extend(changed)
    if options.update:
        for path, changed in updates.items():
            if changed:
                write_updates(path, changed)
                print(f"wrote {len(changed)} sections of {path}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, "
          f"{counts['skipped']} skipped")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
