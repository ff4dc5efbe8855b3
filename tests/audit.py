#!/usr/bin/env python3
"""Compares ledgers with what the stand-in service counted.

    tests/audit.py LEDGER…      the service is $SANDBOX, as in a case

Every record is checked (line, checksum, order, amounts), every intent's key
and idempotency key by computing them here, every post against the intent
before it, and every job of the service, address by address,
against the ledgers: it must have one post, or an open or unknown intent of
its idempotency key (of its CID, where the API has no keys). Prints one line,
and what is wrong before it; status 1 where anything is.
"""

import base64
import hashlib
import json
import os
import re
import sys
import urllib.request
import uuid
import zlib

AMOUNT = re.compile(r"\d+\.\d{9}")
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PAGE = 500


def read_jobs():
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    jobs, url = [], os.environ["SANDBOX"] + "/_sandbox/jobs"
    while True:
        at = f"{url}?offset={len(jobs)}&limit={PAGE}"
        with opener.open(at, timeout=60) as reply:
            page = json.load(reply)
        jobs += page
        if not page:
            return jobs


def nano(text):
    whole, _, digits = text.partition(".")
    return int(whole) * 10**9 + int(digits)


def base58(text, length):
    value = 0
    for char in text:
        value = value * 58 + BASE58.index(char)
    return value.to_bytes(length, "big")


def u32(number):
    return number.to_bytes(4, "big")


def key_of(intent):
    node = base58(intent["node"], 32) if intent["node"] else bytes(32)
    digest = hashlib.sha256(
        b"nbk1" + base58(intent["cid"], 34)[2:] + base58(intent["market"], 32) +
        intent["timeout"].to_bytes(8, "big") + node +
        intent["repeat"].to_bytes(8, "big")).digest()
    return digest[:16]


def idem_of(intent, scope):
    digest = hashlib.sha256(
        b"nbi1" + u32(len(scope)) + scope + key_of(intent) +
        u32(intent["gen"]) + u32(intent["epoch"])).digest()
    octets = bytearray(digest[:16])
    octets[6] = octets[6] & 0x0f | 0x80  # version 8
    octets[8] = octets[8] & 0x3f | 0x80
    return str(uuid.UUID(bytes=bytes(octets)))


def idem_of_action(op, address, number, scope):
    op = op.encode()
    octets = bytearray(hashlib.sha256(
        b"nbo1" + u32(len(scope)) + scope + u32(len(op)) + op +
        base58(address, 32) + u32(number)).digest()[:16])
    octets[6] = octets[6] & 0x0f | 0x80  # version 8
    octets[8] = octets[8] & 0x3f | 0x80
    return str(uuid.UUID(bytes=bytes(octets)))


def key_text(key):
    return base64.b32encode(key).decode().rstrip("=").lower()


class Audit:
    def __init__(self):
        self.wrong = []
        self.intents = {}  # (ledger, key, gen): its last intent
        self.states = {}  # the same: open, posted, rejected, released, unknown
        self.posts = {}  # address: record
        self.actions = {}  # (ledger, op, address): [intent, state], in order
        self.charged = 0
        self.scope = b""  # of the ledger being read

    def fault(self, where, text):
        self.wrong.append(f"{where}: {text}")

    def ledger(self, path):
        offset = 0
        with open(path, "rb") as file:
            lines = file.read().split(b"\n")
        if lines.pop() != b"":
            self.fault(path, "the last line has no end")
        for number, line in enumerate(lines, 1):
            where = f"{path}:{number}"
            body, _, crc = line.rpartition(b',"crc":')
            if crc != b'"%08x"}' % zlib.crc32(body):
                self.fault(where, f"checksum {crc!r}")
            record = json.loads(line)
            if record["seq"] != number:
                self.fault(where, f"seq {record['seq']}")
            if record["dur"] > offset:
                self.fault(where, "dur is past the record")
            if (number == 1) != (record["type"] == "ledger"):
                self.fault(where, f"type {record['type']}")
            offset += len(line) + 1
            self.record(path, where, record)

    def record(self, path, where, record):
        for name in ("max_usd", "cost_usd"):
            value = record.get(name)
            if value is not None and not (isinstance(value, str) and
                                          AMOUNT.fullmatch(value)):
                self.fault(where, f"{name} is {value!r}")
        job = (path, record.get("key"), record.get("gen"))
        kind = record["type"]
        if kind == "ledger":
            self.scope = (f"b:{record['batch']}" if record["batch"]
                          else f"l:{record['ledger']}").encode()
        elif record.get("op") in ("extend", "stop"):
            self.action(where, path, record)
        elif kind == "intent":
            self.intent(where, job, record)
        elif kind == "post":
            self.post(where, job, record)
        elif kind in ("release", "reject", "unknown"):
            if kind != "reject" and job not in self.intents:
                self.fault(where, f"{kind} without an intent")
            self.states[job] = kind

    def intent(self, where, job, record):
        if self.states.get(job) == "post":
            self.fault(where, "an intent for a job that was posted")
        names = ("market", "timeout", "node")
        body = {"ipfsHash": record["cid"],
                **{name: record[name] for name in names
                   if record[name] is not None}}
        if record["key"] != key_text(key_of(record)):
            self.fault(where, f"key {record['key']}")
        if record["idem"] not in (None, idem_of(record, self.scope)):
            self.fault(where, f"idem {record['idem']}")
        sent = json.loads(record["body"])
        if "host" in sent:
            sent["node"] = sent.pop("host")
        if sent != body:
            self.fault(where, f"body {record['body']}")
        self.intents[job] = record
        self.states[job] = "open"

    def action(self, where, path, record):
        """An extension or a stop: its intents are numbered from 0."""
        op, kind = record["op"], record["type"]
        made = self.actions.setdefault((path, op, record["address"]), [])
        if kind == "intent":
            if record["idem"] not in (None, idem_of_action(
                    op, record["address"], len(made), self.scope)):
                self.fault(where, f"idem {record['idem']}")
            if record["address"] not in self.posts:
                self.fault(where, "of a job that was not posted")
            body = json.loads(record["body"]) if record["body"] else {}
            if record.get("seconds") != body.get(
                    "seconds", body.get("extensionSeconds")):
                self.fault(where, f"body {record['body']}")
            made.append([record, "open"])
            return
        mine = [action for action in made
                if action[0]["idem"] == record["idem"] and
                action[1] in ("open", "unknown")]
        if not mine:
            self.fault(where, f"{kind} of {op} without an intent")
            return
        mine[-1][1] = "ended" if record.get("ended") else kind
        if kind == "extend":
            self.charged += nano(record["cost_usd"])
            if record["seconds"] != mine[-1][0]["seconds"]:
                self.fault(where, f"seconds {record['seconds']}")

    def judge_actions(self, job, timeout):
        """As often extended, and by as much, as the ledgers (may) say."""
        made = [(intent["seconds"], state)
                for (_, op, address), made in self.actions.items()
                if op == "extend" and address == job["address"]
                for intent, state in made]
        can_be = {(0, timeout)}
        for seconds, state in made:
            more = {(times + 1, total + seconds) for times, total in can_be}
            if state == "extend":
                can_be = more
            elif state in ("open", "unknown"):
                can_be |= more
        if (job["extensions"], job["timeout"]) not in can_be:
            self.fault(job["address"], f"extended {job['extensions']} times "
                       f"to {job['timeout']} s; the ledgers say {made}")

    def post(self, where, job, record):
        intent = self.intents.get(job)
        if intent is None:
            self.fault(where, "a post without an intent")
            return
        for name in ("epoch", "idem", "name", "cid", "market", "timeout"):
            if record[name] != intent[name]:
                self.fault(where, f"{name} is not the intent's")
        if self.states[job] == "post":
            self.fault(where, "posted twice")
        if record["address"] in self.posts:
            self.fault(where, "an address that was posted before")
        self.states[job] = "post"
        self.posts[record["address"]] = record
        self.charged += nano(record["cost_usd"])

    def perhaps(self, job):
        """Whether an intent without an outcome may have made this job."""
        return any(state in ("open", "unknown") and
                   (self.intents[key]["idem"] == job["key"] if job["key"]
                    else self.intents[key]["cid"] == job["ipfsHash"])
                   for key, state in self.states.items()
                   if key in self.intents)

    def service(self, jobs):
        for job in jobs:
            where, post = job["address"], self.posts.get(job["address"])
            if post is None:
                if not self.perhaps(job):
                    self.fault(where, "a job that no record tells of")
                continue
            for ours, theirs in (("cid", "ipfsHash"), ("market", "market"),
                                 ("node", "node"), ("idem", "key")):
                if post[ours] != job[theirs]:
                    self.fault(where, f"{ours} {post[ours]}, the service has "
                                      f"{job[theirs]}")
            if post["cost_source"] == "reply" and \
                    abs(nano(post["cost_usd"]) - job["cost"] * 1e9) > 1:
                self.fault(where, f"cost {post['cost_usd']}, the service has "
                                  f"{job['cost']}")
            self.judge_actions(job, post["timeout"])
        known = {job["address"] for job in jobs}
        for address in self.posts.keys() - known:
            self.fault(address, "a post that the service does not know")

    def summary(self):
        count = {state: 0 for state in ("post", "open", "unknown", "reject",
                                        "release")}
        for state in self.states.values():
            count[state] += 1
        text = ", ".join(f"{number} {state}" for state, number in
                         count.items() if number or state == "post")
        done = [(op, state) for (_, op, _), made in self.actions.items()
                for _, state in made]
        for op, state in sorted(set(done)):
            text += f", {done.count((op, state))} {op}" + \
                ("" if state == op else f" {state}")
        return f"{text}; charged {self.charged // 10**9}." \
               f"{self.charged % 10**9:09d}"


def main():
    audit = Audit()
    for path in sys.argv[1:]:
        audit.ledger(path)
    audit.service(read_jobs())
    for line in audit.wrong:
        print(line)
    print(audit.summary())
    return 1 if audit.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
