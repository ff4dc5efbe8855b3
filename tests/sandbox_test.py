#!/usr/bin/env python3
"""Black-box tests of the stand-in service: sandbox_test.py PATH/nosbatch-sandbox

Starts the program on a port of the kernel's choice for each case, several
cases at a time, and talks to it over loopback. Prints a line a case and
"N passed, N failed, N skipped"; ends with 1 where a case failed.
"""
import concurrent.futures
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PREMIUM = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"  # nvidia-3060
OTHER_PREMIUM = "97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf"  # nvidia-4090
COMMUNITY = "62bAk2ppEL2HpotfPZsscSq4CGEfY6VEqD5dQQuTo7JC"
NODE = "3EWVbggirRpDY2npzPDA7k21yzwz5wgwGxVVv6zCnRpa"
A1_CID = "QmPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtxH"  # {"a":1}
UNPINNED = "QmajmxiSFDfaZ4YmwsV92iqCz8LPZyLjKjjfqJ6m7kgWjw"
KEY = "nos_practice"
JWT = "practice.token.pinata"

PROGRAM = None
CASES = []


def case(function):
    CASES.append(function)
    return function


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(w) for w in what) or "does not hold")


def equal(found, expected, what=""):
    if found != expected:
        raise AssertionError(f"{what}: expected {expected!r}, found {found!r}")


class Skipped(Exception):
    """A case that cannot run here; the text says why."""


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Sandbox:
    """A running stand-in; ends, orderly, with the block."""

    def __init__(self, *options):
        self.options = list(options)

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="nosbatch-sandbox-")
        self.port_file = os.path.join(self.folder, "port")
        self.process = subprocess.Popen(
            [PROGRAM, "--port-file", self.port_file, "--seed", "1"]
            + self.options, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, text=True)
        try:
            self.wait_until_ready()
            self.prepare()
        except BaseException:
            self.process.kill()
            self.process.communicate()
            shutil.rmtree(self.folder)
            raise
        return self

    def wait_until_ready(self):
        deadline = time.monotonic() + 30
        while not os.path.exists(self.port_file):
            if self.process.poll() is not None:
                raise AssertionError("no start: " + self.process.stderr.read())
            check(time.monotonic() < deadline, "not ready in 30 s")
            time.sleep(0.005)
        with open(self.port_file, encoding="ascii") as file:
            self.port = int(file.read())

    def prepare(self):
        """What a kind of stand-in does before its case."""

    def __exit__(self, kind, value, trace):
        self.process.terminate()
        try:
            self.output, err = self.process.communicate(timeout=30)
        finally:
            self.process.kill()
            shutil.rmtree(self.folder)
        if kind is None:
            equal(self.process.returncode, 0, "exit status, " + err)
            equal(err, "", "standard error")

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def call(self, method, path, body=None, key=None, token=KEY, on=None,
             headers=None):
        """One request; the connection is kept where `on` gives it."""
        link = on or self.connection()
        lines = dict(headers or {})
        if token:
            lines["Authorization"] = "Bearer " + token
        if key:
            lines["Idempotency-Key"] = key
        if body is not None:
            lines.setdefault("Content-Type", "application/json")
            if not isinstance(body, (bytes, str)):
                body = json.dumps(body, separators=(",", ":"))
        link.request(method, path, body, lines)
        answer = link.getresponse()
        reply = Reply(answer.status, answer.headers, answer.read())
        if not on:
            link.close()
        return reply

    def pin(self, content, token=JWT, **more):
        return self.call("POST", "/pinning/pinJSONToIPFS", content,
                         token=token, **more)

    def post(self, key=None, path="/api/jobs/list", more=None, **fields):
        """Posts a job of {"a":1}; fields that are None are left out."""
        body = {"ipfsHash": A1_CID, "market": PREMIUM, "timeout": 1800}
        body.update(fields)
        body = {k: v for k, v in body.items() if v is not None}
        return self.call("POST", path, body, key=key, **(more or {}))

    def old(self, name, body):
        return self.call("POST", f"/api/jobs/{name}-with-credits", body)

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def control(self, name, body=None):
        reply = self.call("GET" if body is None else "POST",
                          "/_sandbox/" + name, body, token=None)
        equal(reply.status, 200, reply.body)
        return reply.json

    def stats(self):
        return self.control("stats?list=1")

    def advance(self, seconds):
        self.control("clock", {"advance_s": seconds})

    def balance(self):
        reply = self.get("/api/credits/balance").json
        return [reply[n + "Credits"]
                for n in ("assigned", "reserved", "settled")]


class pinned(Sandbox):
    """A stand-in that has {"a":1} pinned."""

    def prepare(self):
        equal(self.pin({"a": 1}).status, 200, "pin")


def refused(reply, status, text):
    equal(reply.status, status, reply.body)
    check(text in reply.body.decode(), f"no {text!r} in", reply.body)


# Pinning


@case
def pin_gives_the_cid_of_what_stringify_writes():
    with Sandbox() as s:
        first = s.pin('{"a":1}').json
        equal(first["IpfsHash"], A1_CID)
        equal(first["PinSize"], 7)
        check("isDuplicate" not in first, first)
        check(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z",
                           first["Timestamp"]), first)
        again = s.pin(' { "a" : 1.0 }\n').json
        equal((again["IpfsHash"], again["isDuplicate"]), (A1_CID, True))
        check(s.pin('{"b":1,"1":2}').json["IpfsHash"]
              == s.pin('{"1":2,"b":1}').json["IpfsHash"], "key order")


@case
def pin_agrees_with_real_pins():
    folder = "../shared/data/vectors"
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    with Sandbox("--check-definitions") as s:
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                reply = s.pin(file.read())
            equal(reply.status, 200, name + str(reply.body))
            check(reply.json["IpfsHash"] in name, name, reply.body)


@case
def pin_refuses_what_is_wrong():
    with Sandbox() as s:
        refused(s.pin("{"), 400, "JSON")
        refused(s.pin("[1]"), 400, "expected an object")
        refused(s.pin({"pinataContent": {"a": 1}}), 400, "wrapper")
        equal(s.pin({"a": 1}, token="wrong").status, 401)
        equal(s.pin({"a": 1}, token=KEY).status, 401)
        equal(s.pin({"a": 1}, token=None).status, 401)
        refused(s.pin("{}", headers={"Content-Type": "text/plain"}), 400,
                "Content-Type")
        refused(s.pin('{"a":"' + "x" * (1 << 20) + '"}'), 413, "over")
        refused(s.pin('{"a":"' + "x" * 300000 + '"}'), 400, "262144")
        equal(s.stats()["pins"], 0)


@case
def pin_checks_definitions_when_told():
    with Sandbox("--check-definitions") as s:
        refused(s.pin({"a": 1}), 400, "job definition")
        good = {"version": "0.1", "type": "container", "ops": [
            {"type": "container/run", "id": "x", "args":
             {"cmd": "echo", "image": "ubuntu"}}]}
        equal(s.pin(good).status, 200)


# Posting


@case
def post_answers_as_published():
    with pinned() as s:
        reply = s.post()
        equal(reply.status, 200, reply.body)
        answer = reply.json
        equal(sorted(answer), ["credits", "job", "run", "tx"])
        equal(sorted(answer["credits"]),
              ["costUSD", "creditsUsed", "project", "reservationId"])
        # 0.0436 × 1.1 / 2, exactly
        check(b'"costUSD":0.02398,"creditsUsed":23.98,' in reply.body,
              reply.body)
        check(re.fullmatch("[1-9A-HJ-NP-Za-km-z]{32,44}", answer["job"]))
        check(re.fullmatch("[1-9A-HJ-NP-Za-km-z]{80,90}", answer["tx"]))
        job = s.get("/api/jobs/" + answer["job"]).json
        equal((job["state"], job["ipfsJob"], job["market"], job["timeout"]),
              (0, A1_CID, PREMIUM, 1800))
        equal((job["jobDefinition"], job["jobStatus"], job["ipfsResult"],
               job["timeStart"], job["timeEnd"], job["usdRewardPerHour"]),
              ({"a": 1}, None, None, 0, 0, 0.0436))
        equal(job["project"], answer["credits"]["project"])


@case
def post_has_defaults_and_options():
    with pinned() as s:
        s.post(timeout=None)
        s.post(node=NODE)
        jobs = s.control("jobs")
        equal([j["timeout"] for j in jobs], [3600, 1800])
        equal([j["node"] for j in jobs], [None, NODE])
        equal(s.get("/api/jobs/" + jobs[1]["address"]).json["node"], NODE)


@case
def post_is_checked_against_its_schema():
    with pinned() as s:
        for fields, text in [
                ({"repeat": 1}, 'unknown field \\"repeat\\"'),
                ({"host": NODE}, 'unknown field \\"host\\"'),
                ({"timeout": "1800"}, "$.timeout: expected a whole number"),
                ({"timeout": 1.5}, "$.timeout"),
                ({"timeout": 0}, "$.timeout"),
                ({"timeout": 2 ** 31}, "$.timeout"),
                ({"ipfsHash": None}, "$.ipfsHash: missing"),
                ({"ipfsHash": "QmX"}, "$.ipfsHash: expected a CIDv0"),
                ({"ipfsHash": 7}, "found a number"),
                ({"market": None}, "$.market: missing"),
                ({"market": "nvidia-3060"}, "$.market: expected a base58"),
                ({"market": NODE[:-1]}, "$.market"),
                ({"node": "x"}, "$.node")]:
            refused(s.post(**fields), 400, text)
        refused(s.call("POST", "/api/jobs/list", '{"timeout":1,"timeout":2}'),
                400, "twice")
        refused(s.call("POST", "/api/jobs/list", "nonsense"), 400, "no JSON")
        refused(s.call("POST", "/api/jobs/list"), 400, "Content-Type")
        equal(s.stats()["jobs"], 0)
        equal(s.balance(), [1000, 0, 0])


@case
def post_obeys_the_rules_of_the_service():
    with pinned("--min-timeout", "3600") as s:
        refused(s.post(timeout=3599), 400, "at least 3600")
        equal(s.post(timeout=3600).status, 200)
        refused(s.post(timeout=3600, ipfsHash=UNPINNED), 400, "pinned")
        refused(s.post(timeout=3600, market=NODE[:-1] + "b"), 400,
                "Unknown market")
        refused(s.post(timeout=3600, market=COMMUNITY), 403, "PREMIUM")
        equal(s.stats()["jobs"], 1)
    with Sandbox("--any-cid", "--any-market") as s:
        equal(s.post(ipfsHash=UNPINNED, market=COMMUNITY).status, 200)


@case
def post_fills_a_markets_queue():
    with pinned("--queue", "2", "--nodes", "1", "--queue-time", "1") as s:
        equal([s.post().status for _ in range(3)], [200, 200, 400])
        refused(s.post(), 400, "queue")
        equal(s.post(market=OTHER_PREMIUM).status, 200)
        s.advance(2)
        equal([s.post().status for _ in range(2)], [200, 400])


@case
def huge_prices_do_not_overflow():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "markets.json")
        with open(path, "w", encoding="utf8") as file:
            json.dump([{"address": PREMIUM, "slug": "x", "type": "PREMIUM",
                        "usd_reward_per_hour": "8000000000"}], file)
        with Sandbox("--any-cid", "--markets", path, "--credits",
                     "9000000000") as s:
            for timeout in (2 ** 31 - 1, 3600, 10):
                equal(s.post(timeout=timeout).status, 402)
            jobs = [{"ipfsHash": A1_CID, "market": PREMIUM,
                     "timeout": 2 ** 31 - 1 - n} for n in range(100)]
            equal(s.call("POST", "/api/jobs/list/batch", {"jobs": jobs},
                         key="b").status, 402)
            equal(s.post(timeout=1).status, 200)


@case
def equal_posts_without_keys_are_two_jobs():
    with pinned() as s:
        check(s.post().json["job"] != s.post().json["job"])
        stats = s.stats()
        equal((stats["jobs"], stats["jobs_without_key"],
               stats["max_jobs_per_cid"]), (2, 2, 2))


@case
def addresses_are_a_function_of_the_seed():
    found = []
    for _ in range(2):
        with pinned() as s:
            found.append([s.post().json["job"] for _ in range(3)])
    equal(found[0], found[1])
    with pinned("--seed", "2") as s:
        check(s.post().json["job"] not in found[0])


@case
def older_generation_posts_extends_and_stops():
    with pinned() as s:
        body = {"ipfsHash": A1_CID, "market": PREMIUM, "timeout": 1800}
        posted = s.old("create", body).json
        equal(sorted(posted), ["costUSD", "creditsUsed", "jobAddress",
                               "project", "reservationId"])
        equal(s.old("create", dict(body, host=NODE)).status, 200)
        refused(s.old("create", dict(body, node=NODE)), 400, "unknown field")
        address = posted["jobAddress"]
        longer = s.old("extend", {"jobAddress": address,
                                  "extensionSeconds": 1800}).json
        equal((longer["jobAddress"], longer["extensionSeconds"],
               longer["costUSD"]), (address, 1800, 0.02398))
        equal(s.get("/api/jobs/" + address).json["timeout"], 3600)
        ended = s.old("stop", {"jobAddress": address}).json
        equal((ended["success"], ended["jobAddress"], ended["delisted"]),
              (True, address, True))
        check(ended["transactionId"] and ended["message"])
        again = s.old("stop", {"jobAddress": address}).json
        equal((again["success"], again["transactionId"]), (True, None))
        refused(s.old("extend", {"jobAddress": address,
                                 "extensionSeconds": 5}), 400, "ended")


@case
def older_generation_knows_no_keys():
    with pinned() as s:
        body = {"ipfsHash": A1_CID, "market": PREMIUM}
        for _ in range(2):
            equal(s.call("POST", "/api/jobs/create-with-credits", body,
                         key="same").status, 200)
        stats = s.stats()
        equal((stats["jobs"], stats["keys"]), (2, 0))


# Who may


@case
def keys_and_scopes_are_checked():
    with Sandbox("--api-key", "nos_all", "--api-key",
                 "nos_read,scopes=jobs:read+credits:read", "--api-key",
                 "nos_two,account=2", "--any-cid", "--jwt", "jwt1",
                 "--jwt", "jwt2") as s:
        equal(s.post().status, 401)
        equal(s.post().body, b'"Unauthorized"')
        equal(s.post(more={"token": None}).status, 401)
        equal(s.post(more={"token": "nos_all"}).status, 200)
        reply = s.post(more={"token": "nos_read"})
        equal((reply.status, reply.json["code"], reply.json["message"]),
              (403, "INSUFFICIENT_SCOPE", "Insufficient scope. This endpoint "
               "requires: jobs:write."))
        equal(s.get("/api/credits/balance", token="nos_read").status, 200)
        equal(s.get("/api/credits/balance").status, 401)
        equal(s.get("/api/markets/", token=None).status, 200)
        equal(s.get("/api/markets/", token="wrong").status, 401)
        for token in ("jwt1", "jwt2"):
            equal(s.pin({"a": 1}, token=token).status, 200)
        mine = s.get("/api/credits/balance", token="nos_all").json
        hers = s.get("/api/credits/balance", token="nos_two").json
        check(mine["reservedCredits"] > 0 == hers["reservedCredits"])
        job = s.control("jobs")[0]["address"]
        equal(s.call("POST", f"/api/jobs/{job}/stop",
                     token="nos_two").status, 404)


# Idempotency


@case
def a_key_answers_as_the_first_time():
    with pinned() as s:
        first = s.post(key="k1")
        s.advance(3600)
        again = s.post(key="k1")
        equal((again.status, again.body), (200, first.body))
        s.post(key="k2")
        stats = s.stats()
        equal((stats["jobs"], stats["keys"], stats["max_jobs_per_key"],
               stats["keys_with_more_jobs"], stats["repeats"],
               stats["max_requests_per_key"]), (2, 2, 1, 0, 1, 2))
        equal(stats["jobs_per_key"], {"k1": 1, "k2": 1})
        equal([j["key"] for j in s.control("jobs")], ["k1", "k2"])
        equal(s.balance()[1], 0.02398)  # the first has ended long ago


@case
def a_key_with_another_body_is_a_mismatch():
    with pinned() as s:
        s.post(key="k1")
        for other in (s.post(key="k1", timeout=1801),
                      s.call("POST", "/api/jobs/list",
                             '{"market":"%s","ipfsHash":"%s","timeout":1800}'
                             % (PREMIUM, A1_CID), key="k1")):
            equal((other.status, other.json["code"]),
                  (409, "IDEMPOTENCY_KEY_PAYLOAD_MISMATCH"))
        equal(s.stats()["jobs"], 1)


@case
def a_key_is_in_progress_until_the_first_answer():
    with pinned("--latency", "400") as s:
        first = threading.Thread(target=s.post, kwargs={"key": "k1"})
        first.start()
        while s.control("stats")["jobs"] == 0:
            time.sleep(0.005)
        busy = s.post(key="k1")
        first.join()
        equal((busy.status, busy.json["code"], busy.headers["Retry-After"]),
              (409, "IDEMPOTENCY_KEY_IN_PROGRESS", "1"))
        equal(s.post(key="k1").status, 200)
        equal(s.stats()["jobs"], 1)


@case
def a_key_is_forgotten_in_time():
    with pinned("--key-memory", "3600") as s:
        s.post(key="k1")
        s.advance(3500)
        s.post(key="k1")
        equal(s.stats()["jobs"], 1)
        s.advance(101)
        equal(s.post(key="k1").status, 200)
        equal((s.stats()["max_jobs_per_key"], s.stats()["jobs"]), (2, 2))


@case
def keys_can_be_ignored():
    with pinned("--ignore-keys") as s:
        s.post(key="k1")
        s.post(key="k1")
        stats = s.stats()
        equal((stats["max_jobs_per_key"], stats["keys_with_more_jobs"]),
              (2, 1))


@case
def keys_belong_to_an_account():
    with Sandbox("--any-cid", "--api-key", "nos_a", "--api-key",
                 "nos_b,account=2", "--api-key", "nos_c") as s:
        jobs = [s.post(key="k", more={"token": t}).json["job"]
                for t in ("nos_a", "nos_b", "nos_c")]
        equal(jobs[0], jobs[2])
        check(jobs[0] != jobs[1])


@case
def refusals_are_not_remembered():
    with pinned("--credits", "0.02") as s:
        equal(s.post(key="k1").status, 402)
        s.control("credits", {"add": "1"})
        equal(s.post(key="k1").status, 200)
        equal(s.post(key="k2", timeout="x").status, 400)
        equal(s.post(key="k2").status, 200)


@case
def malformed_keys_are_refused():
    with pinned() as s:
        refused(s.post(key="a b"), 400, "Idempotency-Key")
        refused(s.post(key="x" * 256), 400, "Idempotency-Key")
        equal(s.post(key="x" * 255).status, 200)


@case
def an_expired_key_stays_expired():
    with pinned("--fault", "post:1:before:409=expired") as s:
        for _ in range(2):
            reply = s.post(key="k1")
            equal((reply.status, reply.json["code"]),
                  (409, "IDEMPOTENCY_KEY_EXPIRED"))
        equal(s.post(key="k2").status, 200)
        equal(s.stats()["jobs"], 1)


# Money


@case
def credits_run_out_with_the_published_text():
    with pinned("--credits", "0.05") as s:
        equal(s.post().status, 200)
        equal(s.post().status, 200)
        reply = s.post()
        equal((reply.status, reply.json["message"]),
              (402, "Insufficient credits. Available: $0.002, Required: "
               "$0.024"))
        equal(s.get("/api/credits/balance").body,
              b'{"assignedCredits":0.05,"reservedCredits":0.04796,'
              b'"settledCredits":0}')
        s.control("credits", {"assigned": "0.07194"})
        equal(s.post().status, 200)
        equal(s.control("stats")["credits"][0]["available"], 0)
        s.control("credits", {"assigned": 0})
        refused(s.post(), 402, "Available: $0.000")


@case
def stopping_a_queued_job_refunds_all():
    with pinned() as s:
        address = s.post().json["job"]
        reply = s.call("POST", f"/api/jobs/{address}/stop").json
        equal((reply["job"], reply["delisted"]), (address, True))
        check(reply["tx"])
        equal(s.balance(), [1000, 0, 0])
        job = s.get("/api/jobs/" + address).json
        equal((job["state"], job["jobStatus"]), (3, "stopped"))
        again = s.call("POST", f"/api/jobs/{address}/stop").json
        equal((again["tx"], again["delisted"]), (None, False))
        refused(s.call("POST", f"/api/jobs/{address}/stop", {"x": 1}), 400,
                "no body")


@case
def an_ended_job_costs_its_time():
    with pinned("--queue-time", "10", "--run-time", "900", "--run-spread",
                "0", "--success", "0") as s:
        address = s.post().json["job"]
        s.advance(100)
        equal(s.get("/api/jobs/" + address).json["state"], 1)
        equal(s.balance()[1:], [0.02398, 0])
        s.advance(1000)
        job = s.get("/api/jobs/" + address).json
        equal((job["state"], job["jobStatus"]), (2, "failed"))
        equal(job["timeEnd"] - job["timeStart"], 900)
        check(job["ipfsResult"].startswith("Qm"), job)
        equal(s.balance(), [1000, 0, 0.01199])


@case
def a_timeout_ends_a_job():
    with pinned("--run-time", "9000", "--run-spread", "0") as s:
        address = s.post(timeout=600).json["job"]
        s.advance(10000)
        job = s.get("/api/jobs/" + address).json
        equal((job["state"], job["timeEnd"] - job["timeStart"]), (2, 600))


@case
def unpriced_markets_cost_nothing_here():
    with pinned() as s:
        market = "3EWVbggirRpDY2npzPDA7k21yzwz5wgwGxVVv6zCnRpa"
        answer = s.post(market=market).json
        equal(answer["credits"]["costUSD"], 0)
        equal(s.get("/api/jobs/" + answer["job"]).json["usdRewardPerHour"],
              None)


@case
def charges_can_be_rounded_or_without_fee():
    with pinned("--cost-step", "0.001") as s:
        equal(s.post().json["credits"]["costUSD"], 0.024)
    with pinned("--no-fee") as s:
        equal(s.post().json["credits"]["costUSD"], 0.0218)


# Extending and stopping


@case
def extending_costs_and_prolongs():
    with pinned("--run-time", "9000", "--run-spread", "0") as s:
        address = s.post(timeout=600).json["job"]
        path = f"/api/jobs/{address}/extend"
        s.advance(60)
        first = s.call("POST", path, {"seconds": 1800}, key="e1")
        equal((first.json["job"], first.json["credits"]["costUSD"]),
              (address, 0.02398))
        check("project" not in first.json["credits"] and first.json["tx"])
        equal(s.call("POST", path, {"seconds": 1800}, key="e1").body,
              first.body)
        equal(s.get("/api/jobs/" + address).json["timeout"], 2400)
        refused(s.call("POST", path, {"seconds": 1801}, key="e1"), 409,
                "MISMATCH")
        refused(s.call("POST", path, {"extensionSeconds": 5}), 400, "unknown")
        s.advance(1000)
        equal(s.get("/api/jobs/" + address).json["state"], 1)
        s.advance(2000)
        job = s.get("/api/jobs/" + address).json
        equal((job["state"], job["timeEnd"] - job["timeStart"]), (2, 2400))
        ended = s.call("POST", path, {"seconds": 60})
        equal((ended.status, ended.json), (200, {"tx": None, "job": address}))
        equal(s.balance()[1], 0)


@case
def extending_needs_credits_and_a_job():
    with pinned("--credits", "0.03") as s:
        address = s.post().json["job"]
        refused(s.call("POST", f"/api/jobs/{address}/extend",
                       {"seconds": 1800}), 402, "Insufficient credits")
        refused(s.call("POST", f"/api/jobs/{NODE}/extend", {"seconds": 5}),
                404, "not found")
        refused(s.call("POST", "/api/jobs/xyz/extend", {"seconds": 5}), 400,
                "address")
        refused(s.call("POST", f"/api/jobs/{NODE}/stop"), 404, "not found")


@case
def a_stopped_job_pays_for_what_it_ran():
    with pinned("--queue-time", "0", "--run-time", "9000", "--run-spread",
                "0") as s:
        address = s.post(timeout=3600).json["job"]
        s.get("/api/jobs/" + address)
        s.advance(900)
        reply = s.call("POST", f"/api/jobs/{address}/stop", key="s1")
        equal(reply.json["delisted"], False)
        equal(s.call("POST", f"/api/jobs/{address}/stop", key="s1").body,
              reply.body)
        job = s.get("/api/jobs/" + address).json
        seconds = job["timeEnd"] - job["timeStart"]
        check(899 <= seconds <= 920, seconds)
        # 0.04796 an hour, rounded up to a nano-dollar
        cost = -(-47960000 * seconds // 3600)
        equal(round(s.balance()[2] * 1e9), cost)
        equal(s.balance()[1], 0)


# Batches


@case
def batches_post_extend_and_stop():
    with pinned() as s:
        job = {"ipfsHash": A1_CID, "market": PREMIUM}
        body = {"jobs": [job, dict(job, timeout=600),
                         dict(job, market=OTHER_PREMIUM)]}
        path = "/api/jobs/list/batch"
        refused(s.call("POST", path, body), 400, "Idempotency-Key")
        first = s.call("POST", path, body, key="b1")
        items = first.json["items"]
        equal([(i["index"], i["status"]) for i in items],
              [(n, "confirmed") for n in range(3)])
        equal(s.call("POST", path, body, key="b1").body, first.body)
        equal(s.stats()["jobs"], 3)
        jobs = [i["job"] for i in items]
        longer = s.call("POST", "/api/jobs/extend/batch", {"jobs": [
            {"jobAddress": j, "seconds": 60} for j in jobs]}, key="b2").json
        check(all(i["tx"] for i in longer["items"]), longer)
        equal(s.get("/api/jobs/" + jobs[1]).json["timeout"], 660)
        stopped = {"jobs": [{"jobAddress": j} for j in jobs]}
        path = "/api/jobs/stop/batch"
        refused(s.call("POST", path, stopped), 400, "Idempotency-Key")
        check(all(i["tx"] for i in s.call(
            "POST", path, stopped, key="b3").json["items"]))
        check(not any(i["tx"] for i in s.call(
            "POST", path, stopped, key="b4").json["items"]))
        equal(s.balance(), [1000, 0, 0])


@case
def a_batch_is_done_as_a_whole_or_not_at_all():
    with pinned("--credits", "0.1", "--queue", "3") as s:
        job = {"ipfsHash": A1_CID, "market": PREMIUM}
        path = "/api/jobs/list/batch"

        def batch(*jobs):
            return s.call("POST", path, {"jobs": list(jobs)}, key="b")
        refused(batch(job, job), 400, "same job")
        refused(batch(), 400, "1 to 100")
        refused(batch(*[dict(job, timeout=n + 1) for n in range(101)]), 400,
                "1 to 100")
        refused(batch(dict(job, node=NODE)), 400, "$.jobs[0]: unknown field")
        refused(batch(job, dict(job, timeout="x")), 400, "$.jobs[1].timeout")
        refused(batch(job, dict(job, timeout=3601), dict(job, timeout=3602)),
                402, "Required: $0.144")
        refused(batch(*[dict(job, timeout=n + 1) for n in range(4)]), 400,
                "queue")
        refused(batch(job, dict(job, market=COMMUNITY)), 403, "PREMIUM")
        equal((s.stats()["jobs"], s.balance()), (0, [0.1, 0, 0]))


# Asking


@case
def jobs_are_listed_by_start():
    with pinned("--no-list-limit", "--queue-time", "5", "--nodes", "2",
                "--run-time", "1000", "--run-spread", "0") as s:
        jobs = []
        for _ in range(4):
            jobs.append(s.post().json)
            s.advance(10)
        addresses = [j["job"] for j in jobs]
        project = jobs[0]["credits"]["project"]

        def ask(query):
            reply = s.get("/api/jobs?" + query)
            equal(reply.status, 200, reply.body)
            found = [j["address"] for j in reply.json["jobs"]]
            return found, reply.json["totalJobs"]
        whole, total = ask("poster=" + project)
        equal((whole[:2], sorted(whole[2:]), total),
              ([addresses[1], addresses[0]], sorted(addresses[2:]), 4))
        equal(ask(f"poster={project}&state=1")[0],
              [addresses[1], addresses[0]])
        equal(ask(f"poster={project}&state=QUEUED")[1], 2)
        equal(ask(f"poster={project}&state=2"), ([], 0))
        equal(ask(f"poster={project}&limit=1&offset=1"), ([addresses[0]], 4))
        equal(ask(f"market={PREMIUM}")[1], 4)
        equal(ask(f"market={OTHER_PREMIUM}"), ([], 0))
        equal(ask("poster=" + NODE), ([], 0))
        for query in ("limit=0", "limit=51", "limit=x", "state=4",
                      "offset=-1", "market=x"):
            equal(s.get("/api/jobs?" + query).status, 400, query)


@case
def listing_is_rate_limited_alone():
    with pinned() as s:
        equal([s.get("/api/jobs").status for _ in range(21)],
              [200] * 20 + [429])
        reply = s.get("/api/jobs")
        equal((reply.json["error"], reply.json["message"]),
              ("Rate limit exceeded", "Too many requests"))
        check(1 <= int(reply.headers["Retry-After"]) <= 30)
        equal(s.get("/api/credits/balance").status, 200)
        s.advance(30)
        equal(s.get("/api/jobs").status, 200)
        for _ in range(24):
            s.advance(31)
            for _ in range(20):
                s.get("/api/jobs")
        s.advance(31)
        reply = s.get("/api/jobs")
        equal(reply.status, 429)
        check(int(reply.headers["Retry-After"]) > 1000,
              reply.headers["Retry-After"])


@case
def many_jobs_are_asked_for_at_once():
    with pinned() as s:
        jobs = [s.post().json["job"] for _ in range(3)]
        path = "/api/jobs/batch"
        reply = s.call("POST", path, {"addresses": jobs + [NODE]}).json
        equal([j["address"] for j in reply], jobs)
        check("jobDefinition" not in reply[0] and "jobResult" not in reply[0])
        check("ipfsResult" in reply[0] and "jobStatus" in reply[0])
        refused(s.call("POST", path, {"addresses": [NODE] * 101}), 400,
                "1 to 100")
        refused(s.call("POST", path, {"addresses": ["x"]}), 400,
                "$.addresses[0]")
        refused(s.get("/api/jobs/" + NODE), 404, "Job not found")
        refused(s.get("/api/jobs/x"), 400, "address")
        refused(s.get("/api/nothing"), 404, "Not found")
        equal(s.get("/api/jobs/" + jobs[0] + "/").status, 200)


@case
def a_lean_batch_leaves_results_out():
    with pinned("--lean-batch", "--queue-time", "0", "--run-time", "10",
                "--run-spread", "0") as s:
        address = s.post().json["job"]
        s.advance(20)
        reply = s.call("POST", "/api/jobs/batch", {"addresses": [address]})
        check("ipfsResult" not in reply.json[0])
        equal(reply.json[0]["jobStatus"], "success")
        check(s.get("/api/jobs/" + address).json["ipfsResult"])


@case
def status_may_lag_behind_the_state():
    with pinned("--status-lag", "60", "--queue-time", "0", "--run-time", "10",
                "--run-spread", "0") as s:
        address = s.post().json["job"]
        s.advance(20)
        job = s.get("/api/jobs/" + address).json
        equal((job["state"], job["jobStatus"], job["ipfsResult"]),
              (2, None, None))
        s.advance(60)
        job = s.get("/api/jobs/" + address).json
        equal((job["jobStatus"], job["jobResult"]),
              ("success", {"status": "success"}))


@case
def nodes_limit_what_runs():
    with pinned("--nodes", "2", "--queue-time", "0", "--run-time", "100",
                "--run-spread", "0") as s:
        for _ in range(5):
            s.post(timeout=3600)
        states = [s.control("stats")["jobs_by_state"]]
        for _ in range(3):
            s.advance(105)
            states.append(s.control("stats")["jobs_by_state"])
        equal([(x["QUEUED"], x["RUNNING"], x["COMPLETED"]) for x in states],
              [(3, 2, 0), (1, 2, 2), (0, 1, 4), (0, 0, 5)])


@case
def success_is_a_matter_of_seed_and_chance():
    def outcome(seed):
        with pinned("--success", "0.5", "--seed", seed) as s:
            for _ in range(40):
                s.post()
            s.advance(1000)
            return [j["status"] for j in s.control("jobs")]
    first = outcome("5")
    equal(outcome("5"), first)
    check(10 <= first.count("success") <= 30, first)
    check(outcome("6") != first)


@case
def markets_are_served():
    with Sandbox() as s:
        reply = s.get("/api/markets/").json
        equal(s.get("/api/markets").json, reply)
        by_slug = {m["slug"]: m for m in reply}
        equal(len(by_slug), 27)
        row = by_slug["nvidia-3060"]
        equal((row["address"], row["type"], row["usd_reward_per_hour"],
               row["network_fee_percentage"], row["gpu_types"]),
              (PREMIUM, "PREMIUM", 0.0436, 10, ["NVIDIA 3060"]))
        equal(by_slug["nvidia-8x-h100"]["usd_reward_per_hour"], None)
        equal(by_slug["nvidia-3060-community"]["type"], "COMMUNITY")
        if os.path.exists("../shared/data/markets.json"):
            with open("../shared/data/markets.json", encoding="utf8") as file:
                for seen in json.load(file):
                    for name in ("address", "name", "type",
                                 "usd_reward_per_hour"):
                        equal(by_slug[seen["slug"]][name], seen[name], name)


@case
def markets_can_come_from_a_file():
    rows = [{"address": NODE, "slug": "mine", "name": "Mine", "extra": [1],
             "type": "PREMIUM", "usd_reward_per_hour": "0.1",
             "network_fee_percentage": 0},
            {"address": PREMIUM, "slug": "other", "type": "PREMIUM",
             "usd_reward_per_hour": None}]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "markets.json")
        with open(path, "w", encoding="utf8") as file:
            json.dump(rows, file)
        with Sandbox("--any-cid", "--markets", path) as s:
            equal(s.get("/api/markets/").json, rows)
            equal(s.post(market=NODE, timeout=3600).json["credits"]["costUSD"],
                  0.1)
            equal(s.post(market=OTHER_PREMIUM).status, 400)
        with open(path, "w", encoding="utf8") as file:
            file.write('[{"slug":"x"}]')
        refuses(["--markets", path], 65, "address")
        refuses(["--markets", path + "x"], 66, "cannot open")


# Going wrong on purpose


class Wire:
    """A connection of bytes: what exactly came back, and how it ended."""

    def __init__(self, s):
        self.socket = socket.create_connection(("127.0.0.1", s.port), 20)

    def post(self, key="k1"):
        body = json.dumps({"ipfsHash": A1_CID, "market": PREMIUM,
                           "timeout": 1800}, separators=(",", ":"))
        self.socket.sendall((
            "POST /api/jobs/list HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
            f"{KEY}\r\nIdempotency-Key: {key}\r\nContent-Type: "
            f"application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode())

    def read(self, at_most=1 << 30):
        """Bytes until the end, and whether that was a reset."""
        got = b""
        try:
            while len(got) < at_most:
                block = self.socket.recv(65536)
                if not block:
                    return got, False
                got += block
        except ConnectionResetError:
            return got, True
        return got, False

    def close(self):
        self.socket.close()


def with_fault(action, stage="after", **more):
    """Bytes, reset and stats of one post that meets the action."""
    with pinned("--fault", f"post:1:{stage}:{action}") as s:
        wire = Wire(s)
        wire.post()
        got, reset = wire.read(**more)
        wire.close()
        return got, reset, s.stats()


def body_of(got):
    return got.split(b"\r\n\r\n", 1)[1]


@case
def connections_break_before_and_after_the_work():
    for action, is_reset in (("reset", True), ("close", False)):
        for stage, jobs in (("before", 0), ("after", 1)):
            got, reset, stats = with_fault(action, stage)
            equal((got, reset, stats["jobs"]), (b"", is_reset, jobs),
                  action + stage)
            equal(stats["answers"]["none"], 1)


@case
def replies_are_cut_at_any_byte():
    with pinned() as s:
        wire = Wire(s)
        wire.post()
        whole = wire.socket.recv(65536)
        wire.close()
        length = len(body_of(whole))
    for n in (0, 1, 20, 100, 150, 300):
        got, reset, stats = with_fault(f"cut-at={n}")
        equal((len(got), reset, stats["jobs"]), (n, False, 1), n)
        check(b"HTTP/1.1 200 ".startswith(got[:13]), got)
    got, reset, _ = with_fault("cut-reset=30")
    equal((len(got), reset), (30, True))
    got, reset, _ = with_fault("cut=10")
    equal(len(body_of(got)), 10)
    check(f"Content-Length: {length}\r\n".encode() in got, got)
    got, reset, _ = with_fault("cut")
    equal(len(body_of(got)), length // 2)
    got, reset, _ = with_fault("cut-at=99999")
    equal(len(body_of(got)), length)


@case
def replies_are_malformed():
    got, _, _ = with_fault("garbage")
    check(got and not got.startswith(b"HTTP"))
    got, _, stats = with_fault("twice")
    equal((got.count(b"HTTP/1.1 200"), stats["jobs"]), (2, 1))
    got, _, _ = with_fault("headers=300000")
    check(got.count(b"X-Flood-") > 3000 and len(got) > 300000)
    got, _, _ = with_fault("endless", at_most=1 << 20)
    check(len(got) >= 1 << 20)


@case
def a_slow_reply_arrives_whole():
    begin = time.monotonic()
    got, _, _ = with_fault("slow=1")
    json.loads(body_of(got))
    check(time.monotonic() - begin > 0.2)


@case
def bodies_are_wrong():
    def body(action, path="post"):
        with pinned("--fault", f"{path}:2:after:{action}") as s:
            s.post(key="k1")
            if path == "pin":
                return s.pin({"b": 2}), s
            return s.post(key="k2"), s
    for action, check_it in (
            ("empty", lambda b: b == b""),
            ("html", lambda b: b.startswith(b"<html>")),
            ("no-job", lambda b: b"job" not in b),
            ("no-cost", lambda b: b'"job"' in b and b"cost" not in b),
            ("cost=99.5", lambda b: b'"costUSD":99.5,' in b),
            ('cost="x"', lambda b: b'"costUSD":"x",' in b),
            ("body={\"job\":7}", lambda b: b == b'{"job":7}'),
            ("oversize=100000", lambda b: len(b) == 100000),
            ("oversize", lambda b: len(b) == 2 << 20)):
        reply, _ = body(action)
        equal(reply.status, 200)
        check(check_it(reply.body), action, reply.body[:200])
    reply, _ = body("bad-json")
    try:
        json.loads(reply.body)
        raise AssertionError("bad-json is JSON")
    except ValueError:
        pass
    reply, _ = body("wrong-cid", "pin")
    equal(reply.json["IpfsHash"], A1_CID)
    with pinned("--fault", "post:2:after:old-job") as s:
        equal(s.post(key="k1").json["job"], s.post(key="k2").json["job"])
        equal(s.stats()["jobs"], 2)


@case
def statuses_are_sent():
    def ask(action):
        with pinned("--fault", f"post:1:before:{action}") as s:
            reply = s.post(key="k1")
            equal(s.stats()["jobs"], 0)
            return reply
    for status in (400, 404, 418, 500, 599):
        reply = ask(str(status))
        equal(reply.status, status)
        check(reply.json["message"])
    for status in (502, 503, 504):
        reply = ask(str(status))
        check(reply.status == status and reply.body.startswith(b"<html>"))
        equal(reply.headers["Content-Type"], "text/html")
    equal(ask("503=7").headers["Retry-After"], "7")
    equal(ask("401").body, b'"Unauthorized"')
    refused(ask("402"), 402, "Insufficient credits. Available: $0.000, "
            "Required: $1.047")
    check("code" not in ask("403").json)
    equal(ask("403=scope").json["code"], "INSUFFICIENT_SCOPE")
    check("code" not in ask("409").json)
    equal(ask("409=in-progress").json["code"], "IDEMPOTENCY_KEY_IN_PROGRESS")
    equal(ask("409=mismatch").json["code"],
          "IDEMPOTENCY_KEY_PAYLOAD_MISMATCH")
    reply = ask("429")
    check("Retry-After" not in reply.headers and "retryAfter" not in reply.json)
    equal(ask("429=5").headers["Retry-After"], "5")
    check(ask("429=date:60").headers["Retry-After"].endswith(" GMT"))
    equal(ask("429=body:9").json["retryAfter"], 9)
    equal(ask("302").headers["Location"], "/elsewhere")
    equal(ask("307=http://127.0.0.1:1/x").headers["Location"],
          "http://127.0.0.1:1/x")


@case
def a_hang_ends_when_the_client_goes():
    with pinned("--fault", "post:1:after:hang") as s:
        wire = Wire(s)
        wire.post()
        while s.control("stats")["in_flight"] == 0:
            time.sleep(0.005)
        equal(s.stats()["jobs"], 1)
        wire.close()
        while s.control("stats")["in_flight"] > 0:
            time.sleep(0.005)
        equal(s.post(key="k1").status, 200)
        equal(s.stats()["jobs"], 1)


@case
def a_hang_ends_in_time_or_with_the_program():
    got, _, _ = with_fault("hang=0")
    equal(got, b"")
    with pinned("--fault", "post:all:before:hang", "--latency", "1") as s:
        wires = [Wire(s) for _ in range(5)]
        for wire in wires:
            wire.post()
        while s.control("stats")["in_flight"] < 5:
            time.sleep(0.005)
    for wire in wires:
        wire.close()


@case
def faults_are_picked_by_number():
    def hits(when, n=12, options=()):
        with Sandbox("--fault", f"balance:{when}:before:500", *options) as s:
            return [i + 1 for i in range(n)
                    if s.get("/api/credits/balance").status == 500]
    equal(hits("3"), [3])
    equal(hits("3-5"), [3, 4, 5])
    equal(hits("10-"), [10, 11, 12])
    equal(hits("every=5"), [5, 10])
    equal(hits("all"), list(range(1, 13)))
    equal(hits("every=2,times=3"), [2, 4, 6])
    equal(hits("p=0"), [])
    equal(hits("p=1"), list(range(1, 13)))
    first = hits("p=0.5", 40, ("--fault-seed", "7"))
    check(8 < len(first) < 32, first)
    equal(hits("p=0.5", 40, ("--fault-seed", "7")), first)
    check(hits("p=0.5", 40, ("--fault-seed", "8")) != first)
    equal(hits("2", 3, ("--fault", "any:1-2:before:503")), [2])


@case
def faults_are_picked_by_try_and_connection():
    with Sandbox("--any-cid", "--fault", "post:try=1:after:500", "--fault",
                 "post:try=2:before:503", "--fault",
                 "pin:try=1:before:502") as s:
        for key in ("k1", "k2"):
            equal([s.post(key=key).status for _ in range(3)], [500, 503, 200])
        equal([s.pin({"c": 1}).status for _ in range(2)], [502, 200])
        equal([s.pin({"d": 1}).status for _ in range(2)], [502, 200])
        equal(s.stats()["max_jobs_per_key"], 1)
    with pinned("--fault", "post:reused:after:close") as s:
        link = s.connection()
        equal(s.post(key="k1", more={"on": link}).status, 200)
        try:
            s.post(key="k2", more={"on": link})
            raise AssertionError("the reused connection was served")
        except (http.client.BadStatusLine, ConnectionError):
            pass
        link.close()
        equal((s.stats()["jobs"], s.stats()["max_requests_per_key"]), (2, 1))


@case
def faults_change_while_it_runs():
    with pinned("--fault", "get:all:before:500") as s:
        s.control("faults", {"add": ["post:1:before:500", "pin:2:after:503"]})
        equal([s.post().status for _ in range(2)], [500, 200])
        equal([s.pin({"b": 1}).status for _ in range(2)], [200, 503])
        equal([(f["fault"], f["seen"], f["hits"])
               for f in s.control("faults")],
              [("get:all:before:500", 0, 0), ("post:1:before:500", 2, 1),
               ("pin:2:after:503", 2, 1)])
        s.control("reset", {})
        equal([f["fault"] for f in s.control("faults")],
              ["get:all:before:500"])
        equal(s.get("/api/jobs/" + NODE).status, 500)
        s.control("faults", {"clear": True})
        equal(s.control("faults"), [])
        equal(s.get("/api/jobs/" + NODE).status, 404)
        reply = s.call("POST", "/_sandbox/faults", {"add": "post:x"})
        refused(reply, 400, "expected")


@case
def wrong_faults_are_refused():
    for spec in ("", "post", "post:1", "post:1:after", "post:1:never:reset",
                 "post:0:after:reset", "post:x:after:reset",
                 "post:1:after:explode", "post:1:after:reset=1",
                 "post:1:after:delay", "post:1:after:hang=1000000001", "post:1:after:cut=x", "post:p=2:after:"
                 "reset", "put:1:after:reset", "control:1:after:reset",
                 "post:1:after:600", "post:5-3:after:reset"):
        refuses(["--fault", spec], 64, "expected")


# Pace


@case
def latency_delays_answers():
    with Sandbox("--latency", "50") as s:
        begin = time.monotonic()
        s.get("/api/credits/balance")
        check(time.monotonic() - begin >= 0.05)
    with Sandbox("--latency", "50", "--load-latency", "20") as s:
        links = [s.connection() for _ in range(8)]
        begin = time.monotonic()
        for link in links:
            link.request("GET", "/api/credits/balance", headers={
                "Authorization": "Bearer " + KEY})
        equal([link.getresponse().status for link in links], [200] * 8)
        check(time.monotonic() - begin >= 0.07)
        for link in links:
            link.close()
        check(s.control("stats")["max_in_flight"] > 1)
    with Sandbox("--fault", "balance:all:before:delay=60") as s:
        begin = time.monotonic()
        equal(s.get("/api/credits/balance").status, 200)
        check(time.monotonic() - begin >= 0.06)


@case
def the_work_is_done_though_the_client_left():
    with pinned("--latency", "100") as s:
        wires = [Wire(s) for _ in range(20)]
        for number, wire in enumerate(wires):
            wire.post(key=f"k{number}")
        while s.control("stats")["in_flight"] < 20:
            time.sleep(0.005)
        for wire in wires:
            wire.close()
        while s.control("stats")["in_flight"] > 0:
            time.sleep(0.005)
        equal(s.stats()["jobs"], 20)
        equal(s.post(key="k3").status, 200)
        equal(s.stats()["max_jobs_per_key"], 1)


@case
def other_methods_are_not_found():
    with Sandbox() as s:
        for method in ("PUT", "DELETE", "OPTIONS", "HEAD"):
            equal(s.call(method, "/api/jobs/list").status, 404, method)
        equal(s.stats()["requests"]["other"], 4)


@case
def too_many_requests_are_refused():
    with Sandbox("--rate-limit", "10") as s:
        link = s.connection()
        replies = [s.get("/api/credits/balance", on=link) for _ in range(20)]
        link.close()
        busy = [r for r in replies if r.status == 429]
        check(replies[0].status == 200 and len(busy) >= 10, len(busy))
        equal((busy[0].headers["Retry-After"], busy[0].json["error"]),
              ("1", "Rate limit exceeded"))
        s.control("options", {"rate-silence": 0})
        replies = [s.get("/api/credits/balance") for _ in range(20)]
        busy = [r for r in replies if r.status == 429]
        check(busy and "Retry-After" not in busy[0].headers, len(busy))
        s.control("options", {"rate-limit": 0})
        equal([s.get("/api/credits/balance").status for _ in range(5)],
              [200] * 5)


# Control


@case
def control_steers_clock_credits_options_and_jobs():
    with pinned("--clock-speed", "2") as s:
        before = s.control("clock")
        equal(before["speed"], 2)
        s.advance(1000)
        s.control("clock", {"speed": 0.5})
        after = s.control("clock")
        check(after["now_ms"] - before["now_ms"] >= 1000000)
        equal(after["speed"], 0.5)
        s.control("clock", {"back_s": 5000})
        check(s.control("clock")["now_ms"] < before["now_ms"])
        s.control("credits", {"add": 0.25})
        equal(s.balance()[0], 1000.25)
        for body in ({"add": "-2000"}, {"assigned": -1}, {"add": "x"}, {},
                     {"add": 1, "account": 2}):
            equal(s.call("POST", "/_sandbox/credits", body).status, 400, body)
        s.control("options", {"ignore-keys": True, "min-timeout": 3600})
        equal(s.post().status, 400)
        refused(s.call("POST", "/_sandbox/options", {"port": 1}), 400,
                "cannot change")
        refused(s.call("POST", "/_sandbox/options", {"x": 1}), 400, "unknown")
        jobs = [s.post(timeout=3600).json["job"] for _ in range(3)]
        refused(s.call("POST", "/_sandbox/clock", {"back_s": 1}), 400,
                "before the first job")
        for job, status in zip(jobs, ("failed", "success", "stopped")):
            s.control("jobs", {"address": job, "status": status})
        equal([j["status"] for j in s.control("jobs")],
              ["failed", "success", "stopped"])
        equal([j["status"] for j in s.control("jobs?offset=1&limit=1")],
              ["success"])
        equal(s.balance()[1], 0)


@case
def a_reset_forgets_all_but_serial_numbers():
    with pinned() as s:
        first = s.post(key="k1").json["job"]
        s.control("reset", {})
        stats = s.stats()
        equal((stats["jobs"], stats["keys"], stats["pins"],
               stats["requests_total"]), (0, 0, 0, 0))
        equal(s.balance(), [1000, 0, 0])
        refused(s.post(key="k1"), 400, "pinned")
        s.pin({"a": 1})
        check(s.post(key="k1").json["job"] != first)


@case
def requests_are_recorded_word_for_word():
    with pinned("--record", "3", "--fault", "post:1:after:reset") as s:
        try:
            s.post(key="k1")
        except ConnectionError:
            pass
        s.post(key="k1")
        s.get(f"/api/jobs?market={PREMIUM}&limit=5")
        first, second, third = s.control("requests")
        equal((first["route"], first["method"], first["path"], first["key"],
               first["account"], first["status"], first["way"]),
              ("post", "POST", "/api/jobs/list", "k1", 1, 200, "reset"))
        equal(first["body"], '{"ipfsHash":"%s","market":"%s","timeout":1800}'
              % (A1_CID, PREMIUM))
        equal(first["reply"], second["reply"])
        equal((first["headers"]["idempotency-key"],
               first["headers"]["authorization"]), ("k1", "Bearer"))
        equal((third["market"], third["limit"], third["body"]),
              (PREMIUM, "5", ""))


@case
def stats_count_by_route_key_and_cid():
    with pinned() as s:
        s.post(key="k1")
        s.post(key="k1")
        s.post()
        s.get("/api/markets/")
        s.get("/nothing")
        stats = s.stats()
        counts = {k: v for k, v in stats["requests"].items() if v}
        equal(counts, {"pin": 1, "post": 3, "markets": 1, "other": 1,
                       "control": 1})
        equal((stats["requests_total"], stats["answers"]["2xx"],
               stats["answers"]["4xx"]), (6, 5, 1))
        equal(stats["jobs_per_cid"], {A1_CID: 2})
        equal(stats["pins_per_cid"], {A1_CID: 1})
        equal(stats["requests_per_key"], {"k1": 2})


# The program


def refuses(options, status, text):
    done = subprocess.run([PROGRAM] + options, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=30,
                          check=False)
    equal((done.returncode, done.stdout), (status, ""), options)
    check(text in done.stderr, f"no {text!r} in", done.stderr)


@case
def wrong_options_are_refused():
    refuses(["--nonsense"], 64, "--help")
    refuses(["extra"], 64, "extra")
    refuses(["--port"], 64, "needs a value")
    refuses(["--port", "65536"], 64, "--port")
    refuses(["--credits", "1e99"], 64, "--credits")
    refuses(["--credits", "-1"], 64, "--credits")
    refuses(["--latency", "x"], 64, "--latency")
    refuses(["--success", "1.1"], 64, "--success")
    refuses(["--success", "nan"], 64, "--success")
    refuses(["--clock-speed", "0"], 64, "--clock-speed")
    refuses(["--tls-cert", "x"], 64, "--tls-key")
    refuses(["--api-key", "x,scopes=all"], 64, "scope")
    refuses(["--api-key", "x,account=99"], 64, "account")
    refuses(["--api-key", ""], 64, "--api-key")
    refuses(["--port-file", "/nonexistent/x"], 73, "cannot create")


@case
def help_explains():
    done = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True,
                          timeout=30, check=True)
    for text in ("--latency MS", "post:3:after:reset", "/_sandbox/stats",
                 "NOSANA_API_URL", "bad-json"):
        check(text in done.stdout, text)
    check(max(map(len, done.stdout.splitlines())) <= 80,
          max(done.stdout.splitlines(), key=len))


@case
def a_taken_port_is_refused():
    with Sandbox() as s:
        refuses(["--port", str(s.port)], 69, f"127.0.0.1:{s.port}")


@case
def only_loopback_is_served():
    with Sandbox() as s:
        with open(f"/proc/{s.process.pid}/net/tcp", encoding="ascii") as file:
            rows = [line.split() for line in file][1:]
        mine = [r[1] for r in rows
                if r[3] == "0A" and int(r[1].split(":")[1], 16) == s.port]
        equal(mine, [f"0100007F:{s.port:04X}"])


@case
def env_is_printed_for_a_shell():
    with Sandbox("--print-env", "--api-key", "nos_x") as s:
        pass
    equal(s.output,
          f"export NOSANA_API_URL='http://127.0.0.1:{s.port}/api'\n"
          "export NOSANA_API_KEY='nos_x'\n"
          f"export PINATA_API_URL='http://127.0.0.1:{s.port}'\n"
          f"export PINATA_JWT='{JWT}'\n")


@case
def requests_are_logged_without_secrets():
    with pinned("--log") as s:
        s.post(key="k1")
        s.post(key="k1")
    lines = s.output.splitlines()
    check(f"http://127.0.0.1:{s.port}/api" in lines[0], lines)
    equal(lines[1:], ["POST /pinning/pinJSONToIPFS -> 200",
                      "POST /api/jobs/list -> 200 key k1",
                      "POST /api/jobs/list -> 200 (as before) key k1"])


@case
def it_ends_with_its_parent():
    reader, writer = os.pipe()
    process = subprocess.Popen([PROGRAM, "--exit-with-parent"], stdin=reader,
                               stdout=subprocess.PIPE)
    os.close(reader)
    check(b"ready" in process.stdout.readline())
    os.close(writer)
    equal(process.wait(timeout=60), 0)
    process.stdout.close()
    # Without a pipe: the shell in between ends, the program follows.
    process = subprocess.Popen(
        ["/bin/sh", "-c", '"$0" --exit-with-parent </dev/null & read line',
         PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    check(b"ready" in process.stdout.readline())
    process.stdin.close()
    equal(process.stdout.read(), b"")  # ends only when the grandchild has
    process.wait(timeout=60)
    process.stdout.close()


@case
def it_ends_on_interrupt():
    with Sandbox() as s:
        s.process.send_signal(signal.SIGINT)
        equal(s.process.wait(timeout=60), 0)


@case
def idle_connections_can_be_closed():
    with Sandbox("--idle", "1") as s:
        link = socket.create_connection(("127.0.0.1", s.port), 20)
        equal(link.recv(1), b"")
        link.close()


@case
def tls_is_served():
    import ssl
    openssl = shutil.which("openssl")
    if not openssl:
        raise Skipped("openssl is not installed")
    with tempfile.TemporaryDirectory() as folder:
        cert, key = os.path.join(folder, "c"), os.path.join(folder, "k")
        subprocess.run(
            [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
             "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
            check=True, capture_output=True)
        tls = ["--tls-cert", cert, "--tls-key", key]
        refuses(tls + ["--fault", "post:1:after:cut"], 64, "TLS")
        with Sandbox(*tls, "--any-cid", "--latency", "5", "--fault",
                     "post:2:after:reset") as s:
            context = ssl.create_default_context(cafile=cert)

            def connect():
                return http.client.HTTPSConnection("127.0.0.1", s.port,
                                                   context=context, timeout=60)
            s.connection = connect
            equal(s.post(key="k1").status, 200)
            try:
                s.post(key="k2")
                raise AssertionError("no reset")
            except (ConnectionError, http.client.HTTPException, OSError):
                pass
            equal(s.post(key="k2").status, 200)
            equal(s.stats()["jobs"], 2)


@case
def many_clients_at_once_are_counted_right():
    with pinned("--latency", "2", "--jitter", "100", "--fault",
                "post:p=0.2:after:reset", "--fault", "post:p=0.2:before:503",
                "--fault", "post:p=0.1:after:cut") as s:
        def worker(number):
            for i in range(20):
                key = f"k{number}-{i}"
                for _ in range(60):
                    try:
                        reply = s.post(key=key)
                        if reply.status == 200:
                            break
                    except (ConnectionError, http.client.HTTPException):
                        pass
                else:
                    raise AssertionError("never answered")
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            for done in [pool.submit(worker, n) for n in range(16)]:
                done.result()
        stats = s.stats()
        equal((stats["jobs"], stats["keys"], stats["max_jobs_per_key"],
               stats["in_flight"]), (320, 320, 1, 0))
        check(stats["repeats"] > 0)


def run_one(function):
    """(name, "ok" or "FAIL" or "skip", why, seconds) of one case."""
    begin = time.monotonic()
    result, text = "ok", ""
    try:
        function()
    except Skipped as reason:
        result, text = "skip", str(reason)
    except Exception as problem:  # a case fails, the others go on
        result, text = "FAIL", f"{type(problem).__name__}: {problem}"
    return function.__name__, result, text, time.monotonic() - begin


def main():
    global PROGRAM
    if len(sys.argv) < 2:
        sys.exit("usage: sandbox_test.py PROGRAM [CASE…]")
    PROGRAM = os.path.abspath(sys.argv[1])
    cases = [c for c in CASES
             if len(sys.argv) == 2 or c.__name__ in sys.argv[2:]]
    count = {"ok": 0, "FAIL": 0, "skip": 0}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for name, result, text, seconds in pool.map(run_one, cases):
            count[result] += 1
            print(f"{result:4}", name, f"({seconds:.1f} s)",
                  *(["-", text] if text else []), flush=True)
    print(f"{count['ok']} passed, {count['FAIL']} failed, "
          f"{count['skip']} skipped")
    sys.exit(1 if count["FAIL"] else 0)


if __name__ == "__main__":
    main()
