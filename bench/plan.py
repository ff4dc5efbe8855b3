#!/usr/bin/env python3
"""How fast the points of a grid become definitions, CIDs and keys.

    bench/plan.py [--bin build] [--runs 5] [--points 10000000]

Ten million points of a definition of 400 bytes with three placeholders, gone
through by `plan --shard 0/1`: which shard a point is in depends on its key,
so that each is rendered, and its CID and its key are computed. The yardstick
is a bare SHA-256 of 400 bytes, by a digest that is fetched once. Peers do the
same to fewer points; their CIDs and keys are compared with those of `expand`.
jq has no SHA-256: it renders only.

On one core, times are processor seconds; on two, of the wall clock.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

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
            "seed": list(range(1000, 1000 + seeds))},
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


def main():
    """Prints the rows."""
    arguments = table.arguments(__doc__, lambda parser: parser.add_argument(
        "--points", type=int, default=10_000_000, metavar="N",
        help="of the large grid (10000000)"))
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
