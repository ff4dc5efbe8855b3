"""Replies that are cut at every byte.

Many jobs of one run meet one offset each, at their first attempt, so that
every offset of the whole reply, headers included, is met by a run or two.
"""

import json
import os
import socket

from .judge import converge, judge, sent_once
from .network import met
from .world import KEY, check, entry

BATCH = 24  # offsets a run; fewer than make the engine think of an outage
WHOLE = 1000000000


def length(world, request):
    """Of the stand-in's whole reply in the form in which it is cut."""
    with socket.create_connection(("127.0.0.1", world.service.port),
                                  timeout=60) as link:
        link.sendall(request)
        size = 0
        while data := link.recv(65536):
            size += len(data)
    return size


def http_request(method, path, body, token):
    text = json.dumps(body).encode() if body is not None else b""
    return (f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
            f"{token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(text)}\r\n\r\n").encode() + text


def post_length(world):
    """Measured on a job like those that follow; addresses differ in length
    by a character or two."""
    world.manifest(entry([0]))
    world.run(expect=0)
    body = json.loads(world.service.requests()[0]["body"])
    old = world.mode == "with-credits"
    path = "/api/jobs/" + ("create-with-credits" if old else "list")
    world.service.faults(f"post:all:after:cut-at={WHOLE}")
    return 6 + length(world, http_request("POST", path, body, KEY))


def reset(world, values):
    world.service.reset()
    world.manifest(entry(values))


def post_batch(world, action, offsets):
    """A run whose nth request's reply is cut at the nth offset."""
    specs = [f"post:{i},try=1:after:{action}={offset}"
             for i, offset in enumerate(offsets, 1)]
    count = len(offsets)
    world.service.faults(*specs)
    ended = world.run("--connections", str(count))
    hits = {offset: met(world, spec) for offset, spec in zip(offsets, specs)}
    world.counts["cuts"] += sum(hits.values())
    check(all(hit <= 1 for hit in hits.values()), f"hits {hits}")
    judge(world)
    if world.mode == "jobs":
        check(ended.status == 0, "expected status 0, found " + ended.said())
        converge(world, count)
        return [offset for offset, hit in hits.items() if not hit]
    sent_once(world)
    unknown = world.ledger().count("unknown")
    check(ended.status == (2 if unknown else 0), ended.said())
    whole = min(WHOLE, world.reply_length - 12)
    sure = sum(1 for offset in offsets if hits[offset] and offset < whole)
    check(sure <= unknown <= sum(hits.values()),
          f"{sure} replies were cut, {unknown} jobs are unknown")
    world.service.faults()
    world.run(expect=2 if unknown else 0)
    sent_once(world)
    judge(world)
    return [offset for offset, hit in hits.items() if not hit]


def every_post(world, action, part, parts):
    """All offsets that are `part` of `parts`."""
    world.reply_length = post_length(world)
    todo = list(range(part, world.reply_length, parts))
    rounds = 0
    while todo:
        now, todo = todo[:BATCH], todo[BATCH:]
        rounds += 1
        check(rounds < 4 * world.reply_length, "offsets are never met")
        clear(world)
        reset(world, range(1, len(now) + 1))
        todo += post_batch(world, action, now)


def clear(world):
    """A new ledger for the same manifest."""
    for name in os.listdir(world.folder):
        if name.startswith("m.ledger.jsonl"):
            os.unlink(world.path(name))


def every_pin(world, action, part, parts):
    """The same of pins; they may be sent again, and jobs are exactly one."""
    world.service.faults(f"pin:all:after:cut-at={WHOLE}")
    size = length(world, http_request("POST", "/pinning/pinJSONToIPFS",
                                      {"a": 1}, "practice.token.pinata"))
    todo = list(range(part, size + 4, parts))
    rounds = 0
    while todo:
        now, todo = todo[:BATCH], todo[BATCH:]
        rounds += 1
        check(rounds < 4 * size, "offsets are never met")
        clear(world)
        reset(world, range(1, len(now) + 1))
        specs = [f"pin:{i},try=1:after:{action}={offset}"
                 for i, offset in enumerate(now, 1)]
        world.service.faults(*specs)
        world.run("--connections", str(len(now)), expect=0)
        hits = [met(world, spec) for spec in specs]
        world.counts["cuts"] += sum(hits)
        judge(world)
        converge(world, len(now))
        todo += [offset for offset, hit in zip(now, hits) if not hit]


MARKETS = [{"address": "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq",
            "slug": "nvidia-3060", "name": "NVIDIA 3060", "type": "PREMIUM",
            "usd_reward_per_hour": 0.0436, "network_fee_percentage": 10}]


def every_get(world, route, path, action, part, parts):
    """A cut list of markets or balance is asked for again; one that is cut
    each time ends in words, or the run goes on without."""
    with open(world.path("markets.json"), "w") as file:
        json.dump(MARKETS, file)
    with world.own_service("--markets", world.path("markets.json")) as service:
        service.faults(f"{route}:all:after:cut-at={WHOLE}")
        size = length(world, http_request("GET", path, None, KEY))
        for offset in range(part, size + 2, parts):
            clear(world)
            reset(world, [1])
            spec = f"{route}:1:after:{action}={offset}"
            service.faults(spec)
            world.run(expect=0)
            world.counts["cuts"] += met(world, spec)
            jobs = judge(world)
            check(len(jobs) == 1, f"{len(jobs)} jobs at offset {offset}")


def cases(long):
    for action in ("cut-at", "cut-reset"):
        for mode in ("jobs", "with-credits"):
            for part in range(4):
                yield (f"posts {action}, offsets {part} of 4", mode,
                       lambda world, a=action, p=part:
                       every_post(world, a, p, 4))
        yield (f"pins {action}", "jobs",
               lambda world, a=action: every_pin(world, a, 0, 1))
        for route, path in (("balance", "/api/credits/balance"),
                            ("markets", "/api/markets/")):
            parts = 4 if long else 32
            for part in range(parts if long else 1):
                yield (f"{route} {action}, offsets {part} of {parts}", "jobs",
                       lambda world, r=route, p=path, a=action, n=part,
                       m=parts: every_get(world, r, p, a, n, m))
