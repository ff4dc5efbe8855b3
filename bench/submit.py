#!/usr/bin/env python3
"""How fast jobs are posted without latency: beside wrk and beside peers.

    bench/submit.py [--bin build] [--runs 5] [--jobs 20000]

64 requests in flight, durable ledger on a disk in earnest, server on one core,
client on the other. Each job is two posts: its definition is pinned, then it
is posted. wrk makes the same posts in turn on the same server, and bare GETs;
it computes no CID, reads no reply and records nothing. Nor does the bare
libcurl loop (libcurl.c), which is what any program with that library pays.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import rivals
import sweep
import table


def wrk(base, same_posts):
    """(requests a second, CPU seconds a request) of wrk."""
    what = ["-s", os.path.join(rivals.PEERS, "wrk.lua"), base] if same_posts \
        else ["-H", "Authorization: Bearer nos_practice",
              base + "/api/credits/balance"]
    done = table.timed(
        ["wrk", "-t1", "-c64", "-d2s", *what], cpu=table.cores()[1], keep=True,
        env=rivals.bodies())
    text = done.output.decode()
    count = int(re.search(r"(\d+) requests in", text).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    return rate, done.cpu_s / count


def beside_wrk(arguments, folder, disk, name, service):
    """Jobs a second over wrk's requests a second, on one server."""
    posts, gets, cpu, least = [], [], [], []
    loop = rivals.libcurl_loop(arguments, arguments.jobs)
    lean = service is sweep.lean  # the stand-in wants other bodies each time
    for _ in table.runs(arguments.runs):
        with service(arguments, folder) as server:
            ours = sweep.post(arguments, folder, server.base, arguments.jobs,
                              64, disk)
            same, same_cpu_s = wrk(server.base, True)
            bare, _ = wrk(server.base, False)
            theirs = loop.run(server.base, folder) if lean else None
        rate = 2 * arguments.jobs / ours.wall_s
        if lean:
            least.append(2 * loop.jobs / theirs.wall_s / same)
        posts.append(rate / same)
        gets.append(rate / bare)
        cpu.append(same_cpu_s / (ours.cpu_s / (2 * arguments.jobs)))
    table.row(f"2 x jobs/s over wrk's same posts, {name}", posts, "x",
              wanted=">= 0.45")
    table.row(f"2 x jobs/s over wrk's bare GETs, {name}", gets, "x",
              wanted=">= 0.45")
    if lean:
        table.row("  the same of libcurl's least loop", least, "x",
                  "over the same posts; what a program could have that costs "
                  "nothing else")
    table.row(f"wrk's CPU a post over ours, {name}", cpu, "x")


def durable(arguments, folder, disk):
    """What the syncs cost: the same with a disk in memory, which has none."""
    if not os.path.isdir("/dev/shm"):
        table.skipped("cost of the durable ledger", "no disk in memory here")
        return
    costs = []
    for _ in table.runs(arguments.runs):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as memory, \
                sweep.lean(arguments, folder) as server:
            ours = sweep.post(arguments, folder, server.base, arguments.jobs,
                              64, disk)
            free = sweep.post(arguments, folder, server.base, arguments.jobs,
                              64, memory)
        costs.append(100 * (ours.wall_s / free.wall_s - 1))
    table.row("cost of the durable ledger", costs, "%",
              "over a ledger in memory", wanted="<= 10")


WANTED = {"the Nosana SDK": ">= 20", "Node with undici": ">= 2.5",
          "curl --parallel": ">= 4", "aiohttp": ">= 10"}


def beside(arguments, folder, disk, rival):
    """Jobs a second over a peer's."""
    rates, cpu, memory = [], [], []
    for _ in table.runs(arguments.runs):
        with sweep.lean(arguments, folder) as server:
            ours = sweep.post(arguments, folder, server.base, arguments.jobs,
                              64, disk)
            try:
                theirs = rival.run(server.base, folder)
            except subprocess.CalledProcessError as error:
                said = (error.stderr or b"")[-200:]
                table.skipped(rival.name, f"it failed: {said}")
                return
        rates.append((arguments.jobs / ours.wall_s) /
                     (rival.jobs / theirs.wall_s))
        cpu.append((ours.cpu_s / arguments.jobs) /
                   (theirs.cpu_s / rival.jobs))
        memory.append(ours.rss_kib / theirs.rss_kib)
    is_sdk = rival.name == "the Nosana SDK"
    table.row(f"jobs/s over those of {rival.name}", rates, "x",
              wanted=WANTED.get(rival.name))
    table.row("  CPU a job, ours over theirs", cpu, "x",
              wanted="<= 0.04" if is_sdk else None)
    table.row("  peak memory, ours over theirs", memory, "x",
              wanted="<= 0.125" if is_sdk else None)


def main():
    """Runs all measurements."""
    def more(parser):
        parser.add_argument("--jobs", type=int, default=20000)
    arguments = table.arguments(__doc__, more)
    if arguments.quick:
        arguments.jobs = 200
    table.section("Submit: no latency, 64 in flight, durable ledger")
    with tempfile.TemporaryDirectory() as folder, \
            tempfile.TemporaryDirectory(dir=sweep.disk_folder()) as disk:
        if shutil.which("wrk"):
            beside_wrk(arguments, folder, disk, "lean server", sweep.lean)
            beside_wrk(arguments, folder, disk, "stand-in", sweep.stand_in)
        else:
            table.skipped("wrk", "not installed")
        durable(arguments, folder, disk)
        found, missing = rivals.present(arguments)
        for rival in found:
            beside(arguments, folder, disk, rival)
        for name, why in missing:
            table.skipped(name, why)
    return 0


if __name__ == "__main__":
    sys.exit(main())
