"""Writes ledgers without nosbatch: records with the right seq, prev, dur and
crc, of jobs whose costs the caller chooses. For tests and benchmarks of what
reads ledgers. The format is described at the head of queue/ledger_format.c.
Python's standard library only.
"""

import base64
import hashlib
import json
import uuid
import zlib

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
MARKETS = {  # slug: address
    "nvidia-3060": "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq",
    "nvidia-4090": "97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf",
}


def dumps(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def dollars(nano):
    """Nine places from nano-dollars; None stays None."""
    return None if nano is None else f"{nano // 10**9}.{nano % 10**9:09d}"


def clock(ms):
    """2026-11-23T10:00:00.123Z from milliseconds since 1970."""
    import datetime
    at = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S") + f".{ms % 1000:03d}Z"


def key_of(text):
    """26 characters of base32 that stand for text."""
    digest = hashlib.sha256(text.encode()).digest()[:16]
    return base64.b32encode(digest).decode().rstrip("=").lower()


def address_of(text):
    """An address of 32 bytes in base58 that stands for text."""
    number = int.from_bytes(b"\x01" + hashlib.sha256(text.encode()).digest()[1:],
                            "big")
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = ALPHABET[digit] + digits
    return digits


CID = "QmU8JzioambFtQyzf3AEJEidhQKMr95XbK5bk7L8BvPdkB"


class Ledger:
    """A ledger in memory, `text`; every method adds one record."""

    def __init__(self, at_ms=1795428000000, batch=None, ident=None,
                 api_url="http://127.0.0.1:1/api"):
        self.lines = []
        self.bytes = 0
        self.dur = 0
        self.seq = 0
        self.at_ms = at_ms
        self.prev = {}
        self.scope = batch or ident or ""
        ident = ident or str(uuid.UUID(int=0xa1fad423b7f74b4ea895c6e3611affa5))
        self.add("ledger", version=1, ledger=ident, batch=batch, shard=None,
                 api_url=api_url, generation="jobs", program="0.1.0")
        self.add("open", command="run", manifest="m.json", sha256="0" * 64,
                 account="8e37e44dbcc8112a",
                 boot_id="a40f1806-7f07-41c9-8496-f5013c1ecd2d", options={})

    def add(self, kind, **fields):
        """One record, durable up to the last sync()."""
        self.seq += 1
        record = {"seq": self.seq, "at": clock(self.at_ms), "type": kind}
        key = fields.get("key")
        if key is not None and key in self.prev:
            record["prev"] = self.prev[key]
        record.update(fields)
        record["dur"] = self.dur
        head = dumps(record)[:-1]
        line = f'{head},"crc":"{zlib.crc32(head.encode()):08x}"}}\n'
        if key is not None:
            self.prev[key] = self.bytes
        self.lines.append(line)
        self.bytes += len(line.encode())

    def sync(self):
        self.dur = self.bytes

    @property
    def text(self):
        return "".join(self.lines)

    def write(self, path):
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(self.text)

    # --- one job's records; job is a dict of what they share ---------------

    @staticmethod
    def job(name, entry, params, market, max_nano, gen=0, timeout=3600,
            key=None):
        return {"name": name, "id": entry, "params": params, "gen": gen,
                "market": market, "timeout": timeout, "max": max_nano,
                "key": key or key_of(name)}

    def head(self, job, op="post"):
        return {"op": op, "key": job["key"], "gen": job["gen"],
                "epoch": job.get("epoch", 0),
                "idem": "6c80b3d8-101a-83db-9153-0292ddba5e63",
                "max_usd": dollars(job["max"]), "name": job["name"]}

    def tail(self, job):
        return {"cid": CID, "id": job["id"], "params": job["params"],
                "repeat": 0, "market": job["market"],
                "timeout": job["timeout"], "node": None, "draw": 0,
                "open": 2, "boot_ms": 12558898}

    def intent(self, job):
        self.add("intent", **self.head(job), **self.tail(job),
                 body=dumps({"ipfsHash": CID, "market": job["market"],
                             "timeout": job["timeout"]}))

    def post(self, job, cost_nano, address=None):
        """cost_nano None: the service named no cost, its maximum counts."""
        cost = job["max"] if cost_nano is None else cost_nano
        self.add("post", **self.head(job),
                 address=address or address_of(
                     f'{self.scope} {job["key"]} {job["gen"]}'),
                 cost_usd=dollars(cost),
                 cost_source="estimate" if cost_nano is None else "reply",
                 **self.tail(job),
                 run=address_of("run " + job["name"]), tx="4CzYHy5f7V4S8xzf",
                 credits=None, reservation=None, project=None, attempts=1,
                 ms=106)

    def end(self, kind, job, **more):
        """release, reject, unknown, settle."""
        self.add(kind, **self.head(job), **more)

    def extend(self, job, seconds, cost_nano):
        self.add("extend", op="extend", key=job["key"], gen=job["gen"],
                 idem="6c80b3d8-101a-83db-9153-0292ddba5e63",
                 name=job["name"], address=address_of("x"), seconds=seconds,
                 tx="4CzYHy5f7V4S8xzf", max_usd=dollars(cost_nano),
                 cost_usd=dollars(cost_nano), cost_source="reply")

    def state(self, job, state, status=None, final_nano=None):
        self.add("state", key=job["key"], gen=job["gen"],
                 address=address_of("x"), state=state, job_status=status,
                 listed=1795428000, start=1795428010, end=1795429000,
                 result=None, final_usd=dollars(final_nano))
