#!/usr/bin/env python3
"""A ledger of ten million records reviewed: beside jq, and beside DuckDB.

    bench/review.py [--bin build] [--runs 5] [--records 10000000]
                    [--part 1000000] [--folder FOLDER] [--ledger FILE]

Writes a ledger of that many records (about 0.8 GB a million, and half a
minute), or takes one that was written so, reviews it by entry and market, has
DuckDB (npm's @duckdb/node-api) do the README's SQL over it and compares the
sums, and has jq find jobs, cost, mean, p50, p95 and the largest of the posts,
which is less than a review does. jq needs minutes and much memory, so it is
given a part, the first records, only, and a review of that part stands beside
it; the part is also reviewed gzip-compressed. Memory is what the jobs behind
the part take. Peers that are not installed are named as skipped.
Python's standard library only.
"""

import decimal
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zlib

import table

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


def check(ours, theirs):
    """DuckDB's sums are ours."""
    slugs = {address: slug for slug, address in ledgers.MARKETS.items()}
    found = {(row["entry"], slugs[row["market"]]): row for row in theirs}
    for row in map(json.loads, ours.splitlines()):
        other = found[row["entry"], row["market"]]
        if decimal.Decimal(row["cost_usd"]) != decimal.Decimal(
                other["cost_usd"]):
            sys.exit(f"DuckDB disagrees: {row} {other}")


class Bench:
    """The files, and what each program took for them, run by run."""

    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.records = arguments.records
        self.part_records = min(arguments.part, arguments.records)
        self.plain = arguments.ledger or f"{folder}/big.ledger.jsonl"
        self.part = f"{folder}/part.jsonl"
        self.packed = self.part + ".gz"
        self.ours, self.ours_part, self.ours_packed = [], [], []
        self.duck, self.duck_packed, self.jq = [], [], []
        self.no_duck = review_sql.missing()
        self.no_jq = None if shutil.which("jq") else "not installed"

    def write(self):
        """The ledger, and its first records, compressed too."""
        if not self.arguments.ledger:
            write_ledger(self.plain, self.records)
        with open(self.part, "wb") as file:
            subprocess.run(["head", "-n", str(self.part_records), self.plain],
                           stdout=file, check=True)
        with open(self.packed, "wb") as file:
            subprocess.run(["gzip", "-1", "-c", self.part], stdout=file,
                           check=True)

    def review(self, path):
        """nosbatch's review."""
        return table.timed([self.arguments.nosbatch, "review", path, "--by",
                            "entry,market", "--format", "jsonl"], keep=True)

    def query(self, path):
        """DuckDB's."""
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as sql:
            sql.write(review_sql.query(path))
            sql.flush()
            return table.timed(review_sql.COMMAND, stdin=sql.name, keep=True,
                               env=review_sql.environment())

    def once(self):
        """Each of them, side by side."""
        self.ours.append(self.review(self.plain))
        self.ours_part.append(self.review(self.part))
        self.ours_packed.append(self.review(self.packed))
        if not self.no_duck:
            self.duck.append(self.query(self.plain))
            self.duck_packed.append(self.query(self.packed))
        if not self.no_jq:
            self.jq.append(table.timed(["jq", "-n", "-c", JQ, self.part]))

    def show(self):
        """The rows."""
        table.row("records a second",
                  [self.records / run.wall_s for run in self.ours], "records/s")
        self.show_jq()
        self.show_duck()
        jobs = (self.records - self.part_records) // 2
        if jobs > 0:
            table.row("memory a job",
                      [(run.rss_kib - part.rss_kib) * 1024 / jobs
                       for run, part in zip(self.ours, self.ours_part)],
                      "bytes", f"of the jobs behind {self.part_records:,} "
                      "records", wanted="<= 40")
        table.row("gzip-compressed, time of the plain one",
                  table.ratios(self.ours_packed, self.ours_part), "x",
                  f"of {self.part_records:,} records")

    def show_jq(self):
        """On the part."""
        name = "over jq"
        if self.no_jq:
            table.skipped(name, self.no_jq)
            return
        note = f"of {self.part_records:,} records"
        table.row(name, table.ratios(self.jq, self.ours_part), "x", note,
                  wanted=">= 20")
        table.row(name + ", processor time",
                  table.ratios(self.jq, self.ours_part, "cpu_s"), "x", note)

    def show_duck(self):
        """Its sums are compared, too."""
        name = "over DuckDB's JSON reader"
        if self.no_duck:
            table.skipped(name, self.no_duck)
            return
        for ours, theirs in zip(self.ours + self.ours_packed,
                                self.duck + self.duck_packed):
            check(ours.output, json.loads(theirs.output))
        table.row(name, table.ratios(self.duck, self.ours), "x",
                  "equal sums; on all its threads", wanted=">= 1")
        table.row(name + ", processor time",
                  table.ratios(self.duck, self.ours, "cpu_s"), "x")
        table.row(name + ", gzip-compressed",
                  table.ratios(self.duck_packed, self.ours_packed), "x",
                  f"of {self.part_records:,} records")


def options(parser):
    """Beside those of every benchmark."""
    parser.add_argument("--records", type=int, default=10_000_000, metavar="N")
    parser.add_argument("--part", type=int, default=1_000_000, metavar="N",
                        help="records that jq is given (1000000)")
    parser.add_argument("--folder", help="where the ledger is written")
    parser.add_argument("--ledger", help="take this one, of --records records")


def main():
    """Writes, measures, shows."""
    arguments = table.arguments(__doc__, options)
    if arguments.quick:
        arguments.records, arguments.part = 20_000, 10_000
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        bench = Bench(arguments, folder)
        bench.write()
        table.section(f"A review of {arguments.records:,} records "
                      f"({os.path.getsize(bench.plain) / 1e9:.1f} GB)")
        for _ in table.runs(arguments.runs):
            bench.once()
        bench.show()
    return 0


if __name__ == "__main__":
    sys.exit(main())
