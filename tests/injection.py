#!/usr/bin/env python3
"""Hostile text through every command and every format: nothing is interpreted.

    tests/injection.py [--bin build] [-k PATTERN]

A manifest, its file name and a service whose every string is hostile: escape
sequences (C0 and C1), bidi and hiding marks, newlines, formulas, HTML, shell.
Every command of `nosbatch --help` is run with every --format that its help
names, to a pipe and to a terminal; a command that this test does not know
fails it. Looked at are both outputs, the ledger, the metrics, the caches, the
completions. Last line: N passed, N failed, N skipped. Python's standard
library only; loopback only.
"""

import csv
import functools
import hashlib
import html.parser
import http.server
import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import threading
import time

import metrics
import named
from named import Failure

DEADLINE_S = 180
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
MARKET = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"

# What a terminal, an editor or a reader would act on.
UNSAFE = ("\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e"
          "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f")
EVIL = ["\x1b[2J\x1b]0;owned\x07\x1bP$q\x1b\\", "\u009b31mC1\u0085",
        "a\u202eb\u2066c\u200bd\u2028e\ufefff", "line\nnosbatch: all is well",
        "back\rspace\x08\x7f", "\tstarts with a tab",
        "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\r=1", "\n=1",
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>",
        "'\"`$(touch owned)`;touch owned", "%n%s%s%s", "{{7*7}}${7*7}",
        "\\\",\"crc\":\"00000000\"}\\n", "--yes", "\U000e0041\U0001f600"]
SAID = "\x1b[31mred\u202e\n<script>=1" # by the service, in every string


def base58(data):
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def varint(number):
    out = b""
    while number >= 0x80:
        out, number = out + bytes([number & 0x7f | 0x80]), number >> 7
    return out + bytes([number])


def cid(data):
    """The CIDv0 of a file of one block."""
    size = varint(len(data))
    inner = b"\x08\x02\x12" + size + data + b"\x18" + size
    node = b"\x0a" + varint(len(inner)) + inner
    return base58(b"\x12\x20" + hashlib.sha256(node).digest())


class Service(http.server.ThreadingHTTPServer):
    """Both APIs; every string that is nobody's address is hostile. Each
    third post is refused, with hostile words."""

    def __init__(self):
        service = self
        self.jobs, self.lock = {}, threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                with service.lock:
                    status, reply = service.reply(self.command, self.path,
                                                  body)
                data = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            do_GET = do_POST = answer

            def log_message(self, *_):
                pass
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def job(self, address):
        number = self.jobs[address]
        return {"state": 2, "jobStatus": "failed" if number % 2 else SAID,
                "timeStart": int(time.time()) - 60,
                "timeEnd": int(time.time()), "timeout": 3600,
                "usdRewardPerHour": 0.04, "ipfsJob": SAID, "ipfsResult": SAID,
                "market": MARKET, "node": SAID, "payer": SAID, "project": SAID,
                "address": address, "listedAt": SAID}

    def reply(self, method, path, body):
        path = path.split("?")[0]
        if path.endswith("/pinning/pinJSONToIPFS"):
            return 200, {"IpfsHash": cid(body), "PinSize": 1,
                         "Timestamp": SAID}
        if path.endswith("/markets/"):
            return 200, [{"address": MARKET, "slug": "nvidia-3060",
                          "name": SAID, "type": "PREMIUM", "note": SAID,
                          "usd_reward_per_hour": "0.0436",
                          "gpu_types": [SAID, EVIL[13]]},
                         {"address": base58(b"\x07" * 32), "slug": SAID,
                          "name": EVIL[6], "type": SAID,
                          "usd_reward_per_hour": SAID, "gpu_types": EVIL}]
        if path.endswith("/credits/balance"):
            return 200, {"assignedCredits": 1000, "reservedCredits": 0,
                         "settledCredits": 0, "note": SAID}
        if path.endswith("/jobs/list"):
            number = len(self.jobs)
            if json.loads(body)["timeout"] == 3601:
                return 400, {"message": SAID, "code": SAID, "error": SAID}
            address = base58(hashlib.sha256(str(number).encode()).digest())
            self.jobs[address] = number
            return 200, {"tx": SAID, "job": address, "run": SAID,
                         "credits": {"costUSD": 0.04796, "creditsUsed": SAID,
                                     "reservationId": SAID, "project": SAID}}
        if path.endswith("/jobs/batch"):
            return 200, [self.job(address)
                         for address in json.loads(body)["addresses"]]
        found = re.search(r"/jobs/(\w+)/?(extend|stop)?$", path)
        if found and found[1] in self.jobs and method == "GET":
            return 200, self.job(found[1])
        if found and found[1] in self.jobs:
            return 400, {"message": SAID, "code": SAID}
        return 404, {"message": SAID, "error": SAID}


class Place:
    """A folder of its own, with hostile manifests, and the service."""

    def __init__(self, binaries):
        self.binary = os.path.join(os.path.abspath(binaries), "nosbatch")
        self.top = tempfile.TemporaryDirectory(prefix="nosbatch-injection-")
        self.work = os.path.join(self.top.name, "work")
        os.mkdir(self.work)
        self.service = Service()
        self.manifest = "m\x1b[31m\u202e'\"<b>&=\n.json"
        self.ledger = self.manifest[:-5] + ".ledger.jsonl"
        self.write(self.manifest, self.entry("nvidia-3060"))
        self.write("wrong.json", {**self.entry("nvidia-3060"),
                                  EVIL[0]: 1, "where": EVIL[2]})
        self.write("rows.jsonl", {"t": EVIL[0]})

    def entry(self, market):
        return {"id": "s", "market": market,
                "timeout": "${{ time }}",
                "params": {"t": EVIL, "time": [3600, 3601],
                           "c": {"value": {EVIL[0]: EVIL[2]}}},
                "name": "${{ t }} ${{ time }}",
                "definition": {"version": "0.1", "type": "container", "ops": [
                    {"type": "container/run", "id": "o",
                     "args": {"image": "ubuntu",
                              "cmd": "${{ t }} ${{ c:json }}",
                              "env": {"X\u202e\x1b": SAID}}}]}}

    def write(self, name, value):
        with open(os.path.join(self.work, name), "w",
                  encoding="utf-8") as file:
            json.dump(value, file)

    def environment(self):
        env = {"HOME": self.work, "LC_ALL": "C.UTF-8", "TERM": "xterm",
               "PATH": os.environ["PATH"], "NOSANA_API_KEY": "k",
               "NOSANA_API_URL": self.service.url + "/api",
               "PINATA_API_URL": self.service.url, "PINATA_JWT": "j"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        return env

    def run(self, *words):
        """(status, standard output, standard error), on pipes."""
        done = subprocess.run([self.binary, *words], cwd=self.work,
                              env=self.environment(), check=False,
                              stdin=subprocess.DEVNULL, timeout=DEADLINE_S,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done.returncode, done.stdout, done.stderr

    def on_terminal(self, *words):
        """Status and what a terminal gets."""
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.work)
            os.execve(self.binary, [self.binary, *words], self.environment())
        data = b""
        while select.select([fd], [], [], DEADLINE_S)[0]:
            try:
                piece = os.read(fd, 65536)
            except OSError:
                piece = b""
            if not piece:
                break
            data += piece
        os.close(fd)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), data

    def close(self):
        self.service.shutdown()
        self.service.server_close()
        self.top.cleanup()


# --- judges ------------------------------------------------------------------

def check_shown(what, data):
    """Text for eyes: nothing but lines of plain characters."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Failure(f"{what}: {error}") from error
    found = re.search(f".{{0,60}}[{UNSAFE}]", text)
    if found:
        raise Failure(f"{what}: {found[0]!r}")


def check_terminal(what, data):
    """The progress line's own sequences aside."""
    text = data.replace(b"\r\n", b"\n").replace(b"\x1b[K", b"")
    text = re.sub(rb"\r(?=[\d\n]|nosbatch: |$)", b"", text)
    check_shown(what + " on a terminal", text)


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from strings_of(key)
            yield from strings_of(member)
    elif isinstance(value, list):
        for member in value:
            yield from strings_of(member)


def check_json(what, data, lines=False):
    check_shown(what, data)
    text = data.decode("utf-8")
    try:
        values = [json.loads(line) for line in text.splitlines()] if lines \
            else [json.loads(text)]
    except ValueError as error:
        raise Failure(f"{what}: {error}: {text[:200]!r}") from error
    return values


def check_csv(what, data):
    text = data.decode("utf-8")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    for row in rows:
        if len(row) != len(rows[0]):
            raise Failure(f"{what}: {len(row)} cells, expected "
                          f"{len(rows[0])}: {row}")
        for cell in row:
            if re.match(r"[=+@\t\r\n\x00-\x1f-]", cell) and \
                    not re.fullmatch(r"-?\d[\d.]*(e[+-]?\d+)?", cell):
                raise Failure(f"{what}: a formula: {cell!r}")
    return rows


class Page(html.parser.HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self):
        super().__init__()
        self.found, self.text = set(), ""

    def handle_starttag(self, tag, attrs):
        self.found.update((tag, name) for name, _ in attrs)
        self.found.add((tag, ""))

    def handle_data(self, data):
        self.text += data


def check_html(what, data, harmless):
    """The same elements and attributes as of a page about harmless jobs."""
    check_shown(what, data)
    pages = []
    for text in (data, harmless):
        pages.append(Page())
        pages[-1].feed(text.decode("utf-8"))
    more = pages[0].found - pages[1].found
    if more:
        raise Failure(f"{what}: elements of the text: {more}")
    if data.count(b"<script") != harmless.count(b"<script") or any(
            name.startswith("on") or tag in ("iframe", "object", "img")
            for tag, name in pages[0].found):
        raise Failure(f"{what}: {pages[0].found}")
    if EVIL[12] not in pages[0].text:
        raise Failure(f"{what}: the hostile text is not there at all")


# --- every command -----------------------------------------------------------

def commands_of(place):
    text = place.run("--help")[1].decode()
    return re.findall(r"^  ([a-z]+)(?: .*)?$", text, re.M)


def formats_of(place, command):
    text = place.run(command, "--help")[1].decode()
    if "--format" not in text:
        return []
    formats = ["table", "json", "jsonl", "csv"]
    return formats + (["html"] if command == "review" else [])


def arguments_of(place, command):
    """The ways in which a command is run."""
    manifest, ledger = place.manifest, place.ledger
    word = EVIL[0] + "\u202e<b>\n"
    where = 't == "' + "x\u202e" + '"'
    job = f"{EVIL[0]} 3600"
    ways = {
        "new": [[manifest], ["wrong.json"], [manifest, "--set", "t=" + word],
                [manifest, "--rows", "rows.jsonl"],
                [manifest, "--rows", word]],
        "plan": [[manifest], ["wrong.json"], [manifest, "--where", where],
                 [manifest, "--market", word], [manifest, "--batch", word],
                 [manifest, "--set", "t=" + word]],
        "expand": [[manifest], ["wrong.json"], [manifest, "--where", word]],
        "validate": [[manifest], ["wrong.json"], [word],
                     [manifest, "wrong.json"]],
        "run": [[manifest, "--yes", "--max-rejected", "100"],
                [manifest, "--yes", "-v", "--batch", "b<i>=@"],
                [manifest, "--yes", "--batch", word],
                ["wrong.json", "--yes"], [manifest, "--expect", word],
                [manifest, "--yes", "--ledger", word + "/x"]],
        "retry": [[ledger, "--yes"], [ledger, "--yes", "--where", word],
                  [ledger, "--yes", "--where", "time == 3600"]],
        "status": [[ledger], [ledger, "-v"], [word]],
        "wait": [[ledger, "--until", "any"], [ledger, "--until", word]],
        "extend": [[ledger, "--time", "30m", "--yes"],
                   [word, "--time", "30m", "--yes"],
                   [ledger, "--time", word],
                   [ledger, "--time", "1h", "--yes", "--stale", "--manifest",
                    manifest]],
        "stop": [[ledger, "--yes"], [word, "--yes"],
                 [ledger, "--yes", "--where", where]],
        "settle": [[ledger, word, "--lost"], [ledger, job, "--lost"],
                   [ledger, job, "--posted", word],
                   [ledger, "--where", where, "--lost"]],
        "results": [[ledger], [ledger, "--where", where],
                    [ledger, "--columns", "name,t,error,tx,project,result"],
                    [ledger, "--columns", word], [ledger, "--sort", "t"],
                    [ledger, "--check"], [word]],
        "review": [[ledger], [ledger, "--by", "t"], [ledger, "--by", "t,c"],
                   [ledger, "--by", word], [ledger, "--time-zone", word],
                   [ledger, "--compare", ledger], [word]],
        "balance": [[], [ledger], [word]],
        "markets": [[], ["--where", where], ["--columns", word],
                    ["--columns", "slug,name,gpu,type"], ["--sort", "name"]],
        "completion": [["bash"], ["zsh"], ["fish"], ["markets"], [word]],
    }
    if command not in ways:
        raise Failure("an unknown command: say here how it is run")
    return ways[command]


def judge(what, form, output, harmless):
    if form == "html":
        check_html(what, output, harmless)
    elif form == "csv":
        check_csv(what, output)
    elif form == "json" and output.strip():
        check_json(what, output)
    elif form == "jsonl":
        check_json(what, output, lines=True)
    else:
        check_shown(what, output)


def harmless_page(place):
    """review's page with the same elements, but of harmless jobs."""
    place.write("good.json", {
        **place.entry("nvidia-3060"), "name": "${{ t }}-${{ time }}",
        "params": {"t": [f"v{i}" for i in range(len(EVIL))],
                   "time": [3600, 3601], "c": "x"},
        "definition": {"version": "0.1", "type": "container", "ops": [
            {"type": "container/run", "id": "o", "args": {
                "image": "ubuntu", "cmd": "${{ t }} ${{ c }}"}}]}})
    place.run("run", "good.json", "--yes", "--max-rejected", "100")
    place.run("status", "good.ledger.jsonl")
    return place.run("review", "good.ledger.jsonl", "--by", "t", "--format",
                     "html")[1]


def one_command(place, command, harmless):
    count = statuses = 0
    for words in arguments_of(place, command):
        for form in formats_of(place, command) or [None]:
            line = [command, *words, *(["--format", form] if form else [])]
            what = " ".join(map(repr, line))
            status, output, said = place.run(*line)
            if status < 0 or status == 70 or status > 143:
                raise Failure(f"{what}: status {status}: {said!r}")
            check_shown(what + " (standard error)", said)
            if command == "completion" and words[0] != "markets":
                pass
            elif command in ("new", "expand"):
                check_lines(what, output)
            else:
                # What ended early is read by eyes only.
                whole = form in ("csv", "jsonl") or status < 3 and \
                    (form != "html" or "t" in words)
                judge(what, form if whole else None, output, harmless)
            status, shown = place.on_terminal(*line)
            if status < 0 or status == 70 or status > 143:
                raise Failure(f"{what} on a terminal: status {status}")
            check_terminal(what, shown)
            count += 2
            statuses += status < 3
    if not statuses:
        raise Failure(f"{command} never ended well: nothing is shown")
    return count


def check_lines(what, output):
    """JSON Lines for programs: valid, and each job on a line of its own."""
    for line in output.split(b"\n")[:-1]:
        try:
            json.loads(line)
        except ValueError as error:
            raise Failure(f"{what}: {error}: {line[:200]!r}") from error
        if re.search(rb"[\x00-\x1f]", line):
            raise Failure(f"{what}: control characters: {line[:200]!r}")


# --- files -------------------------------------------------------------------

def files_are_data(place, harmless):
    """Ledger, metrics and caches: valid, and no control characters."""
    del harmless
    place.run("run", place.manifest, "--yes", "--max-rejected", "100",
              "--metrics", "m.prom")
    with open(os.path.join(place.work, "m.prom"), "rb") as file:
        for problem in metrics.problems(file.read()):
            raise Failure(f"metrics: {problem}")
    checked = 0
    for where, _, names in os.walk(place.work):
        for name in names:
            path = os.path.join(where, name)
            if not name.endswith((".ledger.jsonl", ".json")) or \
                    name in (place.manifest, "wrong.json", "good.json"):
                continue
            with open(path, "rb") as file:
                data = file.read()
            check_lines(path, data)
            checked += 1
    if checked < 2:
        raise Failure(f"only {checked} files")
    owned = os.path.join(place.work, "owned")
    if os.path.exists(owned):
        raise Failure("something was run by a shell")


def what_was_said_comes_back(place, harmless):
    """Programs get each text as it was, not a spelling of it."""
    del harmless
    rows = check_json("results", place.run(
        "results", place.ledger, "--format", "json")[1])[0]
    if {row["t"] for row in rows} != set(EVIL):
        raise Failure("parameters differ in json")
    errors = {row["error"] for row in rows if row["state"] == "rejected"}
    if not errors or any(SAID not in error for error in errors):
        raise Failure(f"the service's words differ in json: {errors}")
    table = check_csv("results", place.run(
        "results", place.ledger, "--format", "csv", "--columns", "t")[1])
    found = {row[0].removeprefix("'") for row in table[1:]}
    if found != {text.removeprefix("'") for text in EVIL}:
        raise Failure("parameters differ in csv")


def unknown_words_are_shown(place, harmless):
    del harmless
    for words in ([EVIL[0] + "\u202e"], ["run", "--" + EVIL[0]],
                  ["run", "-\u202e"], ["run", "--max-cost", EVIL[0], "x"],
                  ["run", "--changed=" + EVIL[1], "x"],
                  ["results", "--format", EVIL[1], "x"],
                  ["run", "x", EVIL[0]], ["run", "--api-url", EVIL[0], "x"],
                  ["run", "--cacert", EVIL[0], place.manifest, "--yes"],
                  ["run", "--api-key-file", EVIL[2], place.manifest, "--yes"],
                  ["run", "--metrics", EVIL[0] + "/x/y", place.manifest,
                   "--yes"]):
        status, output, said = place.run(*words)
        if status not in (1, 4, 64, 65, 66, 69, 73, 77):
            raise Failure(f"{words}: status {status}: {said!r}")
        check_shown(f"{words}", output + said)


def main():
    """Runs the tests."""
    options = named.options(__doc__)
    place = Place(options.bin)
    try:
        place.run("run", place.manifest, "--yes", "--max-rejected", "100")
        harmless = harmless_page(place)
        tests = [(name, functools.partial(one_command, place, name, harmless))
                 for name in commands_of(place)]
        tests += [(named.name(test), functools.partial(test, place, harmless))
                  for test in (files_are_data, what_was_said_comes_back,
                               unknown_words_are_shown)]
        if len(tests) < 15:
            raise Failure("few commands")
        return named.run(tests, options.k, named.nothing)
    finally:
        place.close()


if __name__ == "__main__":
    sys.exit(main())
