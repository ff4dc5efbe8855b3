#!/usr/bin/env python3
"""How fast the points of a grid become definitions, CIDs and keys.

    bench/plan.py [--bin build] [--runs 5] [--points 10000000]

Ten million points of a definition of 400 bytes with three placeholders, gone
through by `plan --shard 0/1`: which shard a point is in depends on its key,
so that each is rendered, and its CID and its key are computed. The yardstick
is a bare SHA-256 of 400 bytes, by a digest that is fetched once. Peers do the
same to fewer points; their CIDs and keys are compared with those of `expand`.
jq has no SHA-256: it renders only.

On one core, times are processor seconds; on two, of the wall clock. A plan
beside a ledger also looks each point up by its key and its name.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import table

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.path.join(HERE, "peers")
MARKET = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
DEFINITION = {
    "version": "0.1", "type": "container", "meta": {"trigger": "cli"},
    "ops": [{"type": "container/run", "id": "train", "args": {
        "image": "docker.io/pytorch/pytorch:2.4.0-cuda12.1-cudnn9-runtime",
        "gpu": True,
        "cmd": "python train.py --lr ${{ lr }} --decay ${{ decay }} "
               "--seed ${{ seed }} --epochs 20 --batch 128 "
               "--data /data/cifar10 --out /out/cifar10-small",
        "env": {"PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "4",
                "HF_HOME": "/cache/hf"}}}]}
COMPARED = 1500  # points; the seeds go round once


def manifest(folder, rates, decays, seeds):
    """A grid's file, lists written out so that every peer can read them."""
    path = os.path.join(folder, f"grid-{rates * decays * seeds}.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"id": "grid", "market": MARKET, "params": {
            "lr": [n / 1000 for n in range(1, rates + 1)],
            "decay": [n / 10000 for n in range(1, decays + 1)],
            "seed": {"range": [1000, 999 + seeds]} if seeds > 1000
            else list(range(1000, 1000 + seeds))},
            "definition": DEFINITION}, file)
    return path


def peers(path):
    """(name, factor wanted, of how many points, command of a count)."""
    return (
        ("Node", 6, 400_000, lambda count, *more: [
            "node", os.path.join(PEERS, "plan.mjs"), path, str(count), *more]),
        ("Python", 12, 200_000, lambda count, *more: [
            "python3", os.path.join(PEERS, "plan.py"), path, str(count),
            *more]),
        ("jq, rendering only", 30, 40_000, lambda count, *_: [
            "jq", "-nc", "--argjson", "count", str(count), "--slurpfile",
            "entry", path, "-f", os.path.join(PEERS, "plan.jq")]),
    )


def output(command):
    """What a program prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          stdin=subprocess.DEVNULL).stdout


def compare(nosbatch, path):
    """The peers' first points against expand's; returns a definition's bytes."""
    process = subprocess.Popen(  # ended by its reader's leaving
        [nosbatch, "expand", path], stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL)
    lines = [json.loads(process.stdout.readline()) for _ in range(COMPARED)]
    process.stdout.close()
    process.wait()
    for name, _, _, command in peers(path):
        if not shutil.which(command(0)[0]):
            continue
        found = output(command(COMPARED, "print")).decode().splitlines()
        if name.startswith("jq"):
            same = [json.loads(text) for text in found] == \
                [line["definition"] for line in lines]
        else:
            same = [text.split() for text in found] == \
                [[line["cid"], line["key"]] for line in lines]
        if not same:
            raise SystemExit(f"{name}: other CIDs or keys than expand's")
    return len(json.dumps(lines[0]["definition"], separators=(",", ":")))


def one_core(arguments, path, points, bare_bytes):
    """Beside the bare hash and the peers, on one core."""
    core = table.cores()[0]
    bare, ours = [], []
    theirs = {}
    for _ in table.runs(arguments.runs):
        bare.append(table.timed(
            [os.path.join(arguments.bin, "bench-sha256"), str(points),
             str(bare_bytes)], cpu=core))
        ours.append(table.timed(
            [arguments.nosbatch, "plan", path, "--shard", "0/1"], cpu=core))
        for name, _, count, command in peers(path):
            if shutil.which(command(0)[0]):
                taken = table.timed(command(count), cpu=core).cpu_s / count
                theirs.setdefault(name, []).append(
                    taken * points / ours[-1].cpu_s)
    table.row(f"over a bare SHA-256 of {bare_bytes} bytes",
              table.ratios(bare, ours, "cpu_s"), "x", wanted=">= 0.75")
    for name, factor, _, command in peers(path):
        if name in theirs:
            table.row(f"over {name}", theirs[name], "x",
                      wanted=f">= {factor}")
        else:
            table.skipped(f"over {name}", f"{command(0)[0]} is not installed")


def busiest(command, cores):
    """Processor seconds of the process that has the most of a command's."""
    used = {}
    tick = os.sysconf("SC_CLK_TCK")
    process = subprocess.Popen(
        ["taskset", "-c", cores, *command], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/task/{process.pid}/children",
                      encoding="ascii") as file:
                found = [str(process.pid), *file.read().split()]
            for pid in found:
                with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
                used[pid] = (int(fields[11]) + int(fields[12])) / tick
        except (FileNotFoundError, ProcessLookupError):
            pass
        time.sleep(0.01)
    return max(used.values())


def two_cores(arguments, path):
    """
    The same command on one core and on two, by the wall clock. Where others
    use the cores at the same time, the second row says more: how much less
    the busiest process has to do.
    """
    first, second = table.cores()
    if first == second:
        table.skipped("on two cores over on one", "there is one core")
        return
    one, two, shares = [], [], []
    command = [arguments.nosbatch, "plan", path, "--shard", "0/1"]
    for _ in table.runs(arguments.runs):
        one.append(table.timed(command, cpu=first))
        two.append(table.timed(
            ["taskset", "-c", f"{first},{second}", *command]))
        shares.append(one[-1].cpu_s / busiest(command, f"{first},{second}"))
    table.row("on two cores over on one", table.ratios(one, two), "x",
              wanted=">= 1.8", note="wall clock")
    table.row("one core's processor time over the busier one's", shares, "x",
              note="what the wall clock shows on a quiet machine")


def against_a_ledger(arguments, path, points):
    """A plan that compares each point, by key and by name, with a ledger."""
    ledger = os.path.join(os.path.dirname(path), "one.jsonl")
    with Service(arguments.bin, os.path.dirname(path)) as environment:
        subprocess.run(
            [arguments.nosbatch, "run", path, "--sample", "1", "--yes", "-q",
             "--ledger", ledger], check=True, stdin=subprocess.DEVNULL,
            env={**os.environ, **environment})
    core = table.cores()[0]
    bare, ours = [], []
    for _ in table.runs(arguments.runs):
        bare.append(table.timed(
            [os.path.join(arguments.bin, "bench-sha256"), str(points)],
            cpu=core))
        ours.append(table.timed(
            [arguments.nosbatch, "plan", path, "--ledger", ledger], cpu=core,
            env=environment))
    table.row("with a ledger's keys and names, over bare",
              table.ratios(bare, ours, "cpu_s"), "x")


class Service:
    """A stand-in service; gives the variables that point to it."""

    def __init__(self, binaries, folder):
        port_file = os.path.join(folder, "port")
        self.process = subprocess.Popen(
            [os.path.join(binaries, "nosbatch-sandbox"), "--port", "0",
             "--port-file", port_file],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        while not os.path.exists(port_file):
            time.sleep(0.01)
        with open(port_file, encoding="ascii") as file:
            self.base = "http://127.0.0.1:" + file.read().strip()

    def __enter__(self):
        return {"NOSANA_API_URL": self.base + "/api",
                "PINATA_API_URL": self.base,
                "NOSANA_API_KEY": "nos_practice",
                "PINATA_JWT": "practice.token.pinata"}

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def memory(arguments, folder):
    """The most memory of a plan, from a thousand points on."""
    for seeds in (1, 10) if arguments.quick else (1, 1000, 100_000):
        path = manifest(folder, 10, 100, seeds)
        used = [table.timed([arguments.nosbatch, "plan", path, "--shard",
                             "0/1"]).rss_kib / 1024 for _ in range(3)]
        table.row(f"memory of {1000 * seeds:,} points", used, "MiB",
                  wanted="<= 16")


def main():
    """Prints the rows."""
    arguments = table.arguments(__doc__, lambda parser: parser.add_argument(
        "--points", type=int, default=10_000_000, metavar="N",
        help="of the large grid (10000000)"))
    if arguments.quick:
        arguments.points = 100_000
    with tempfile.TemporaryDirectory(prefix="bench-plan.") as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        os.chdir(folder)
        decays = max(1, arguments.points // 100_000)
        large = manifest(folder, 100, decays, 1000)
        points = 100 * decays * 1000
        size = compare(arguments.nosbatch, large)
        table.section(f"Plan: {points:,} points of {size} bytes with three "
                      "placeholders: expand, CID, key")
        one_core(arguments, large, points, 400)
        two_cores(arguments, large)
        against_a_ledger(arguments, large, points)
        memory(arguments, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
