#!/usr/bin/env python3
"""How fast a large ledger is reviewed: beside jq, and beside DuckDB.

    bench/review.py [--bin build] [--records 10000000] [--runs 5]
                    [--jq-records 1000000] [--folder FOLDER]

Writes a ledger of that many records (about 0.8 GB a million), reviews it by
entry and market, has DuckDB (npm's @duckdb/node-api) do the README's SQL over
it and compares the sums, and has jq find jobs, cost, mean, p50, p95 and the largest
of the posts, which is less than a review does. jq is given the first records
only, and its time taken in proportion: it needs minutes. Prints medians of interleaved runs, ratios and
the memory a job takes. Peers that are not installed are named as skipped.
Python's standard library only.
"""

import argparse
import decimal
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests"))
import ledgers  # noqa: E402
import review_sql  # noqa: E402

JQ = """def rank($p): sort as $c | $c[(($c | length) * $p | ceil) - 1];
[inputs | select(.type == "post")
        | {g: (.id + " " + .market), c: (.cost_usd | tonumber)}]
| group_by(.g)
| map({g: .[0].g, jobs: length, cost: (map(.c) | add), 
  mean: ((map(.c) | add) / length), p50: (map(.c) | rank(0.5)), p95: (map(.c) | rank(0.95)),
  largest: (map(.c) | max)})"""
SAME = ('"idem":"6c80b3d8-101a-83db-9153-0292ddba5e63"', ledgers.CID)
GROUP = 64  # intents that are committed before their posts come


class Writer:
    def __init__(self, path):
        self.file = open(path, "wb", buffering=1 << 20)
        ledger = ledgers.Ledger()
        self.file.write(ledger.text.encode())
        self.at, self.seq = ledger.bytes, ledger.seq
        self.dur = self.at

    def add(self, stamp, rest):
        self.seq += 1
        head = (f'{{"seq":{self.seq},"at":"{stamp}",{rest},"dur":{self.dur}'
                .encode())
        line = head + b',"crc":"%08x"}\n' % zlib.crc32(head)
        self.file.write(line)
        at, self.at = self.at, self.at + len(line)
        return at


def job_parts(number, jobs):
    market = list(ledgers.MARKETS.values())[number // 7 % 2]
    most = ("0.047960000", "0.350000000")[number // 7 % 2]
    lr = ("0.1", "0.01", "0.001", "0.0001")[number * 4 // jobs]
    opt = ("adam", "sgd")[number // 1000 % 2]
    name = f"lr-sweep/lr={lr},opt={opt},seed={number}"
    key = ledgers.key_of(str(number))
    head = (f'"op":"post","key":"{key}","gen":0,"epoch":0,{SAME[0]},'
            f'"max_usd":"{most}","name":"{name}"')
    tail = (f'"cid":"{SAME[1]}","id":"lr-sweep","params":{{"lr":{lr},"opt":'
            f'"{opt}","seed":{number}}},"repeat":0,"market":"{market}",'
            f'"timeout":3600,"node":null,"draw":0,"open":2,"boot_ms":12558898')
    body = (f'"body":"{{\\"ipfsHash\\":\\"{SAME[1]}\\",\\"market\\":'
            f'\\"{market}\\",\\"timeout\\":3600}}"')
    return head, tail, body


def write_ledger(path, records):
    """Intents in groups, their posts behind them in another order."""
    chance = random.Random(1)
    writer = Writer(path)
    jobs = records // 2
    addresses = [ledgers.address_of(str(n)) for n in range(1000)]
    for first in range(0, jobs, GROUP):
        stamp = ledgers.clock(1795428000000 + first // 2)
        numbers = list(range(first, min(first + GROUP, jobs)))
        places = {}
        for number in numbers:
            parts = job_parts(number, jobs)
            at = writer.add(stamp, f'"type":"intent",{parts[0]},{parts[1]},'
                                   f'{parts[2]}')
            places[number] = at, parts
        writer.dur = writer.at
        chance.shuffle(numbers)
        for number in numbers:
            at, parts = places[number]
            cost = f"0.0{chance.randrange(20000000, 47960000):08d}"
            address = addresses[number % 1000][:36] + f"{number + 11111111}" \
                .replace("0", "z")
            writer.add(stamp, f'"type":"post","prev":{at},{parts[0]},'
                       f'"address":"{address}","cost_usd":"{cost}",'
                       f'"cost_source":"reply",{parts[1]},"run":"{addresses[0]}'
                       f'","tx":"{addresses[1]}{addresses[2]}","credits":'
                       f'"47.96","reservation":"c92aa1ef-be83-4619-a2f3-'
                       f'e0f56aa80db1","project":"{addresses[3]}",'
                       f'"attempts":1,"ms":106')
    writer.file.close()


def timed(command, stdin=None):
    """(wall seconds, CPU seconds, KiB at most, output)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=out, env=review_sql.environment())
        if stdin:
            process.stdin.write(stdin.encode())
            process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        out.seek(0)
        output = out.read().decode()
    if process.returncode != 0:
        sys.exit(f"{command[0]} ended with status {process.returncode}")
    del before
    return (wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, output)


def check(ours, theirs):
    """DuckDB's sums are ours."""
    slugs = {address: slug for slug, address in ledgers.MARKETS.items()}
    found = {(row["entry"], slugs[row["market"]]): row for row in theirs}
    for row in ours:
        other = found[row["entry"], row["market"]]
        if decimal.Decimal(row["cost_usd"]) != decimal.Decimal(
                other["cost_usd"]):
            sys.exit(f"DuckDB disagrees: {row} {other}")


def show(name, runs, note=""):
    for number, what in ((0, "wall"), (1, "CPU")):
        values = sorted(run[number] for run in runs)
        print(f"{name:10} {what:5} {statistics.median(values):9.2f} s   "
              f"({values[0]:.2f} to {values[-1]:.2f}, {len(values)} runs) "
              f"{note}")


def ratio(name, theirs, ours, factor=1.0):
    for number, what in ((0, "wall"), (1, "CPU")):
        part = statistics.median(run[number] for run in theirs) * factor \
            / statistics.median(run[number] for run in ours)
        print(f"{name}: {part:.1f} times as long ({what})")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bin", default="build")
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--jq-records", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", help="where the ledger is written")
    options = parser.parse_args()
    nosbatch = os.path.join(options.bin, "nosbatch")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path, part = f"{folder}/big.ledger.jsonl", f"{folder}/part.jsonl"
        write_ledger(path, options.records)
        records = min(options.jq_records, options.records)
        subprocess.run(f"head -n {records} {path} > {part}", shell=True,
                       check=True)
        print(f"{options.records:,} records, {options.records // 2:,} jobs, "
              f"{os.path.getsize(path) / 1e9:.2f} GB")
        ours, duck, jq = [], [], []
        reason = review_sql.missing()
        for _ in range(options.runs):
            ours.append(timed([nosbatch, "review", path, "--by",
                               "entry,market", "--format", "jsonl"]))
            if not reason:
                duck.append(timed(review_sql.COMMAND,
                                  review_sql.query(path)))
            if shutil.which("jq"):
                jq.append(timed(["jq", "-n", "-c", JQ, part]))
    show("nosbatch", ours)
    bytes_a_job = max(run[2] for run in ours) * 1024 / (options.records // 2)
    print(f"nosbatch   memory {bytes_a_job:.1f} bytes a job, the program "
          "itself included")
    if duck:
        check([json.loads(line) for line in ours[0][3].splitlines()],
              json.loads(duck[0][3]))
        show("DuckDB", duck, f"{max(r[2] for r in duck) >> 10} MiB; equal sums")
        ratio("DuckDB", duck, ours)
    else:
        print(f"DuckDB: skipped, {reason}")
    if jq:
        factor = options.records / records
        show("jq", jq, f"for {records:,} records")
        ratio("jq", jq, ours, factor)
    else:
        print("jq: skipped, not installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
