"""One lane of the torture tests: a folder, a stand-in service, the program.

A World runs the same command over and over below syscall-fault, each time
as a plan says, and judges what came of it by the service's own count.
"""

import base64
import collections
import gzip
import hashlib
import http.client
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import audit  # noqa: E402

LIMIT_S = 60  # of one run of the program
START_TIMEOUT_S = 60
KEY = "nos_practice"
JWT = "practice.token.pinata"

OPS = [{"type": "container/run", "id": "o",
        "args": {"image": "ubuntu", "cmd": "echo ${{ n }}"}}]
# 20 jobs in two markets; equal CIDs across markets, and by repeats.
MANIFEST = [
    {"id": "a", "market": "nvidia-3060",
     "params": {"n": [1, 2, 3, 4, 5, 6, 7, 8]}},
    {"id": "b", "market": "nvidia-4090",
     "params": {"n": [1, 2, 3, 4, 5, 6, 7, 8]}},
    {"id": "c", "market": "nvidia-3060", "timeout": "2h", "repeat": 2,
     "params": {"n": [1, 9]}},
]
JOBS = 20
# Which calls to die at for open intents, with 8 requests in flight: some posts
# are recorded then, and some of those that are not were sent; at the last,
# intents are surely written and nothing is sent.
KILLS = ("106 net", "112 net", "100 net", "118 net", "106 net", "94 net",
         "70 net", "6 sync", "5 sync")


class Broken(Exception):
    """The harness itself does not work: nothing is proved."""


class Outcome(collections.namedtuple(
        "Outcome", "status count hits name path text")):
    """What one run came to; text is what it printed."""


class Command:
    """A command below `syscall-fault --serve`."""

    def __init__(self, world, arguments):
        self.world = world
        self.out = os.path.join(world.top, f"out-{id(self):x}")
        self.process = subprocess.Popen(
            [world.tool("syscall-fault"), "--folder", world.work,
             "--out", self.out, "--limit", str(LIMIT_S), "--serve",
             *arguments],
            cwd=world.work, env=world.env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, start_new_session=True)

    def ask(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().decode().rstrip("\n")
        if not answer:
            raise Broken(f"syscall-fault ended at {line!r}")
        return answer

    def do(self, plan="run", at_pause=None):
        """Runs it once. at_pause is called where the plan pauses."""
        answer = self.ask(plan)
        while answer.startswith("pause "):
            at_pause(answer)
            answer = self.ask("go")
        word, status, count, hits, name, path = answer.split(" ", 5)
        if word != "end":
            raise Broken(f"syscall-fault answered {answer!r}")
        with open(self.out, encoding="utf-8", errors="replace") as file:
            text = file.read()
        return Outcome(int(status), int(count), int(hits), name, path, text)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Service:
    """A stand-in service of one's own."""

    def __init__(self, world, options):
        port_file = os.path.join(world.top, "port")
        self.log = open(os.path.join(world.top, "service.log"), "wb")
        self.process = subprocess.Popen(
            [world.tool("nosbatch-sandbox"), "--port-file", port_file,
             "--exit-with-parent", "--credits", "1000000000", "--seed", "1",
             *options],
            stdin=subprocess.PIPE, stdout=self.log, stderr=self.log,
            cwd=world.top, env=world.env, start_new_session=True)
        until = time.monotonic() + START_TIMEOUT_S
        while not os.path.exists(port_file):
            if self.process.poll() is not None or time.monotonic() > until:
                raise Broken("the stand-in service did not start")
            time.sleep(0.01)
        with open(port_file, encoding="ascii") as file:
            self.port = int(file.read())
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                     timeout=60)

    def call(self, path, body=None):
        data = None if body is None else json.dumps(body)
        self.connection.request("GET" if body is None else "POST",
                                "/_sandbox/" + path, data)
        reply = self.connection.getresponse()
        text = reply.read()
        if reply.status != 200:
            raise Broken(f"the service answered {text!r} to {path}")
        return json.loads(text)

    def close(self):
        self.connection.close()
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class World:
    LEDGER = "run.jsonl"
    generations = 1  # of each job that must be there in the end
    RESET_EVERY = 200  # cases: the service's memory is not endless

    def __init__(self, folder, service_options=(), run_options=()):
        self.bin = os.path.abspath(folder)
        self.top = tempfile.mkdtemp(prefix="nosbatch-torture-")
        self.work = os.path.join(self.top, "work")
        self.home = os.path.join(self.work, "home")
        os.mkdir(self.work)
        self.env = {"PATH": "/usr/bin:/bin", "HOME": self.home, "TZ": "UTC",
                    "LC_ALL": "C.UTF-8"}
        self.service = Service(self, service_options)
        url = f"http://127.0.0.1:{self.service.port}"
        self.env.update(
            NOSANA_API_URL=url + "/api", NOSANA_API_KEY=KEY,
            PINATA_API_URL=url, PINATA_JWT=JWT)
        self.write_manifest(MANIFEST)
        self.run_options = list(run_options)
        self.run = self.command(*self.run_options)
        self.verify = Command(self, [self.tool("nosbatch"), "results",
                                     self.LEDGER, "--check"])
        self.commands = [self.run, self.verify]
        self.narrow = self.another(*self.run_options, "--connections", "8")
        self.want = self.expand()
        self.offset = 0
        self.cases = 0

    def tool(self, name):
        return os.path.join(self.bin, name)

    def command(self, *options, prefix=()):
        return Command(self, [
            *prefix, self.tool("nosbatch"), "run", "m.jsonl.gz", "--yes", "--ledger",
            self.LEDGER, *options])

    def retry(self, *options):
        """A command that posts again what failed; closed with the world."""
        command = Command(self, [self.tool("nosbatch"), "retry", self.LEDGER,
                                 "--yes", *options])
        self.commands.append(command)
        return command

    def another(self, *options, prefix=()):
        """A command with other options; closed with the world."""
        command = self.command(*options, prefix=prefix)
        self.commands.append(command)
        return command

    def write_manifest(self, entries):
        lines = "".join(json.dumps(dict(
            entry, definition={"version": "0.1", "type": "container",
                               "ops": OPS})) + "\n" for entry in entries)
        path = os.path.join(self.work, "m.jsonl.gz")
        with gzip.open(path, "wb") as file:
            file.write(lines.encode())

    def expand(self):
        text = subprocess.run(
            [self.tool("nosbatch"), "expand", "m.jsonl.gz"], cwd=self.work,
            env=self.env, stdout=subprocess.PIPE, check=True).stdout
        return [json.loads(line) for line in text.splitlines()]

    def path(self, name=None):
        return os.path.join(self.work, name or self.LEDGER)

    def begin(self):
        """A new case: no ledger, no cache, and a mark in the service."""
        for name in os.listdir(self.work):
            if name.startswith("run"):
                os.unlink(os.path.join(self.work, name))
        shutil.rmtree(self.home, ignore_errors=True)
        if self.cases % self.RESET_EVERY == 0:
            self.service.call("reset", {})
        self.cases += 1
        self.offset = self.service.call("stats")["jobs"]

    def jobs(self):
        """What the service has of this case."""
        return self.service.call(f"jobs?offset={self.offset}")

    def leave_open(self):
        """A ledger with open intents, by a kill once some are written.

        Returns their idempotency keys.
        """
        for kill in KILLS:
            self.begin()
            if self.narrow.do("kill " + kill).hits:
                intents = open_intents(self.path())
                if intents:
                    return intents
        raise Broken("no kill left open intents")

    def close(self):
        for command in self.commands:
            command.close()
        self.service.close()
        shutil.rmtree(self.top, ignore_errors=True)

    # --- the judge ---------------------------------------------------------

    def judge(self, jobs, ledger=None, complete=True, scope=None):
        """What is wrong: a list of texts. complete: all must be there.

        scope is what the idempotency keys hash; by default the ledger's id.
        """
        if not os.path.exists(self.path(ledger)):
            return [f"{len(jobs)} jobs, and no ledger"] if jobs or complete \
                else []
        book = audit.Audit()
        book.ledger(self.path(ledger))
        book.service(jobs)
        wrong = [text.replace(self.work + "/", "") for text in book.wrong]
        scope = scope or "l:" + ledger_id(self.path(ledger))
        wrong += self.judge_keys(jobs, scope, complete)
        if complete:
            wrong += self.judge_complete(jobs, book)
        return wrong

    def judge_keys(self, jobs, scope, complete):
        """One job a key, one key a point, computed here once more."""
        want = {idem_of(scope, job["key"], gen): job
                for gen in range(self.generations) for job in self.want}
        have = collections.Counter(job["key"] for job in jobs)
        wrong = [f"{count} jobs of key {key}"
                 for key, count in have.items() if count > 1]
        wrong += [f"a job of key {key}, which is no point's"
                  for key in have if key not in want]
        for job in jobs:
            point = want.get(job["key"])
            if point and identity(job, "ipfsHash") != identity(point, "cid"):
                wrong.append(f"{point['name']}: another job was posted")
        if complete:
            wrong += [f"{point['name']}: no job" for key, point in
                      want.items() if key not in have]
        return wrong

    def judge_complete(self, jobs, book):
        want = collections.Counter(identity(job, "cid") for job in
                                   self.want * self.generations)
        have = collections.Counter(identity(job, "ipfsHash") for job in jobs)
        wrong = []
        if want != have:
            wrong.append(f"by CID, market and timeout: {len(jobs)} jobs, "
                         f"too many: {dict(have - want)}, missing: "
                         f"{dict(want - have)}")
        if set(book.states.values()) != {"post"} or \
                len(book.posts) != len(self.want) * self.generations:
            wrong.append("the ledger says " + book.summary())
        return wrong

    def check(self):
        """`nosbatch results --check`."""
        outcome = self.verify.do()
        if outcome.status == 0:
            return []
        return [f"results --check ended {outcome.status}: {outcome.text}"]

    def recover(self, status=0, command=None):
        """The same command to its end, and the judgement."""
        outcome = (command or self.run).do()
        wrong = self.judge(self.jobs()) + self.check()
        if outcome.status != status:
            wrong.append(f"the recovery ended {outcome.status}: "
                         f"{outcome.text}")
        return wrong


def ledger_id(path):
    """What the first record says, or "none"."""
    with open(path, "rb") as file:
        first = file.readline()
    return json.loads(first)["ledger"] if first else "none"


def open_intents(path):
    """The idempotency keys of intents without an outcome."""
    intents = set()
    with open(path, "rb") as file:
        for line in file:
            record = json.loads(line)
            if record["type"] == "intent":
                intents.add(record["idem"])
            elif "idem" in record:
                intents.discard(record["idem"])
    return intents


def identity(job, cid):
    return job[cid], job["market"], job["timeout"]


def idem_of(scope, key, gen=0, epoch=0):
    """The idempotency key, as ledger.md's "One job" defines it."""
    scope = scope.encode()
    raw = base64.b32decode(key.upper() + "======")
    digest = bytearray(hashlib.sha256(
        b"nbi1" + struct.pack(">I", len(scope)) + scope + raw +
        struct.pack(">II", gen, epoch)).digest()[:16])
    digest[6] = digest[6] & 0x0f | 0x80
    digest[8] = digest[8] & 0x3f | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))
