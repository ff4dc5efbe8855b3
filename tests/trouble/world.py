"""A place to run the program in: a folder, a stand-in service, a ledger."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zlib

KEY = "nos_practice"
JWT = "practice.token.pinata"
START_S = 60  # for the stand-in to be ready
RUN_S = 240  # a run that takes longer has not ended in bounded time
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|: runtime error: ")


class Failure(Exception):
    """The case failed; the text says how."""


def check(condition, text):
    if not condition:
        raise Failure(text)


class Service:
    """A stand-in service of one's own; ends with its `with` block."""

    seed = 1  # of faults that are met with a probability

    def __init__(self, program, folder, *options, port=0):
        self.program, self.folder = program, folder
        self.options, self.port = options, port
        self.process = None
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}))

    def __enter__(self):
        port_file = os.path.join(self.folder, f"port-{time.monotonic_ns()}")
        self.log = os.path.join(self.folder, "service.log")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "--port", str(self.port), "--port-file",
                 port_file, "--exit-with-parent", "--record", "20000",
                 "--seed", "1", "--credits", "100000", *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + START_S
        while not os.path.exists(port_file):
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                self.process.wait()
                with open(self.log, errors="replace") as log:
                    raise Failure("the stand-in did not start: " + log.read())
            time.sleep(0.005)
        with open(port_file) as file:
            self.port = int(file.read())
        os.unlink(port_file)
        self.base = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, kind, value, trace):
        self.process.terminate()
        try:
            status = self.process.wait(START_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        if kind is None:
            with open(self.log, errors="replace") as log:
                text = log.read()
            check(status == 0 and not SANITIZER.search(text),
                  f"the stand-in ended with status {status}:\n{text}")

    def ask(self, path, body=None):
        """GET, or POST of a JSON value, below /_sandbox/."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.base}/_sandbox/{path}", data=data,
            headers={"Content-Type": "application/json"})
        try:
            with self.opener.open(request, timeout=START_S) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise Failure(f"/_sandbox/{path}: {error}: "
                          f"{error.read().decode(errors='replace')}") from None

    def reset(self):
        self.ask("reset", {})

    def faults(self, *specs):
        """These instead of those before."""
        self.ask("faults", {"clear": True, "seed": self.seed,
                            "add": list(specs)})

    def hits(self):
        return {row["fault"]: row["hits"] for row in self.ask("faults")}

    def options_now(self, **options):
        self.ask("options", {name.replace("_", "-"): value
                             for name, value in options.items()})

    def jobs(self):
        return self.ask("jobs")

    def stats(self):
        return self.ask("stats")

    def requests(self, route="post"):
        return [row for row in self.ask("requests") if row["route"] == route]

    def quiet(self):
        """Waits until no request is under way."""
        end = time.monotonic() + START_S
        while self.stats()["in_flight"] > 0:
            check(time.monotonic() < end, "requests stay in flight")
            time.sleep(0.01)


class Run:
    """How a run of the program ended."""

    def __init__(self, status, out, err, seconds):
        self.status, self.out, self.err = status, out, err
        self.seconds = seconds

    def said(self):
        return f"status {self.status}; it said:\n{self.err[-2500:]}"


def definition(command):
    return {"version": "0.1", "type": "container",
            "ops": [{"type": "container/run", "id": "a",
                     "args": {"image": "ubuntu", "cmd": command}}]}


def entry(values, market="nvidia-3060", command="echo ${{ n }}", name="s",
          **more):
    return {"id": name, "market": market, "params": {"n": list(values)},
            "definition": definition(command), **more}


class World:
    """A case's folder, the service that it shares with cases after it, and
    counts that are added up over all cases."""

    def __init__(self, programs, service, counts, mode="jobs", keep=False):
        self.programs, self.service, self.counts = programs, service, counts
        self.mode, self.keep = mode, keep
        self.folder = tempfile.mkdtemp(prefix="nosbatch-trouble-")
        self.key = KEY
        self.false_costs = False  # the service's replies tell other ones
        self.edited_at = 0  # requests before are not as the ledger says
        self.trail = []  # what was done, for a failure's report

    def close(self, failed):
        if self.keep:
            self.trail.append(f"kept {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        return failed

    def path(self, name):
        return os.path.join(self.folder, name)

    @contextlib.contextmanager
    def own_service(self, *options, port=0):
        """A service that is this case's alone, instead of the shared one."""
        shared = self.service
        with Service(self.programs["nosbatch-sandbox"], self.folder, *options,
                     port=port) as service:
            self.service = service
            try:
                yield service
            finally:
                self.service = shared

    def manifest(self, *entries, name="m.json"):
        with open(self.path(name), "w", encoding="utf-8") as file:
            for value in entries:
                file.write(json.dumps(value) + "\n")

    def env(self):
        base = self.service.base
        return {"PATH": os.environ.get("PATH", ""), "HOME": self.folder,
                "TZ": "UTC", "LC_ALL": "C.UTF-8", "NOSANA_API_KEY": self.key,
                "PINATA_JWT": JWT, "NOSANA_API_URL": base + "/api",
                "PINATA_API_URL": base,
                **{name: value for name, value in os.environ.items()
                   if name.endswith("SAN_OPTIONS")}}

    def mode_options(self):
        return {"jobs": [], "with-credits": ["--api", "with-credits"],
                "never": ["--replay", "never"]}[self.mode]

    def command(self, *more, manifest="m.json"):
        """The usual run; a later option wins over an earlier one."""
        return [self.programs["nosbatch"], "run", manifest, "--yes",
                "--retries", "3", "--give-up", "20s", "--http-timeout", "20s",
                *self.mode_options(), *more]

    def start(self, *more, manifest="m.json"):
        self.counts["runs"] += 1
        with open(self.path("err"), "ab") as err:
            return subprocess.Popen(
                self.command(*more, manifest=manifest), cwd=self.folder,
                env=self.env(), stdin=subprocess.DEVNULL, stdout=err,
                stderr=err)

    def execute(self, command):
        begun = time.monotonic()
        process = subprocess.Popen(
            command, cwd=self.folder, env=self.env(),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(timeout=RUN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise Failure(f"no end within {RUN_S} s: "
                          f"{' '.join(command[1:])}\n"
                          f"{err.decode(errors='replace')}") from None
        ended = Run(process.returncode, out.decode(errors="replace"),
                    err.decode(errors="replace"), time.monotonic() - begun)
        check(not SANITIZER.search(ended.err), "a sanitizer: " + ended.said())
        return ended

    def run(self, *more, manifest="m.json", expect=None):
        """Runs to the end; expect is a status or several."""
        self.counts["runs"] += 1
        ended = self.execute(self.command(*more, manifest=manifest))
        allowed = {expect} if isinstance(expect, int) else expect
        self.trail.append(f"run {' '.join(more)}: {ended.status}")
        check(allowed is None or ended.status in allowed,
              f"expected status {sorted(allowed or ())}, found "
              f"{ended.said()}")
        return ended

    def other(self, *arguments):
        """Another command of the program."""
        return self.execute([self.programs["nosbatch"], *arguments])

    def ledger(self, name="m.ledger.jsonl"):
        return Ledger(self.path(name))

    def crash(self, requests, *more):
        """Kills a run, for good, once so many posts are under way."""
        process = self.start(*more)
        end = time.monotonic() + START_S
        while self.service.stats()["requests"]["post"] < requests:
            if process.poll() is not None or time.monotonic() > end:
                process.kill()
                process.wait()
                raise Failure("the run ended before it could be killed")
            time.sleep(0.005)
        process.kill()
        process.wait()
        self.trail.append("run: killed")
        self.service.quiet()


class Ledger:
    """A ledger's records, and its lines to be changed in place."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.lines = file.read().split(b"\n")[:-1]
        self.records = [json.loads(line) for line in self.lines]

    def of(self, kind):
        return [record for record in self.records if record["type"] == kind]

    def states(self):
        """By name: the last word on each job."""
        words = {}
        for record in self.records:
            if record["type"] in ("intent", "post", "release", "reject",
                                  "unknown", "settle"):
                words[record["name"]] = record["type"]
        return words

    def count(self, state):
        return sum(1 for word in self.states().values() if word == state)

    def edit(self, change, kinds=("intent",)):
        """Changes lines by change(record, line bytes) -> line bytes of the
        same length, with checksums made anew; returns how many changed."""
        changed = 0
        for i, record in enumerate(self.records):
            if kinds and record["type"] not in kinds:
                continue
            new = change(record, self.lines[i])
            check(len(new) == len(self.lines[i]), "the edit changes lengths")
            body = new.rpartition(b',"crc":')[0]
            new = body + b',"crc":"%08x"}' % zlib.crc32(body)
            changed += new != self.lines[i]
            self.lines[i] = new
        with open(self.path, "r+b") as file:
            file.write(b"".join(line + b"\n" for line in self.lines))
        self.records = [json.loads(line) for line in self.lines]
        return changed
