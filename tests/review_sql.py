#!/usr/bin/env python3
"""The README's SQL of a review, run by DuckDB, against `nosbatch review`.

    tests/review_sql.py [--bin build] [--count 5] [--seed 1]

Skipped where npm's @duckdb/node-api is not installed (npm install -g
@duckdb/node-api). Python's standard library only.
"""

import argparse
import decimal
import functools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests"))
import ledgers  # noqa: E402

RUN = """const {DuckDBInstance} = require('@duckdb/node-api');
(async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const sql = require('fs').readFileSync(0, 'utf8');
  const done = await connection.runAndReadAll(sql);
  console.log(JSON.stringify(done.getRowObjectsJson()));
})().catch(error => { console.error(error.message); process.exit(1); });"""
COMMAND = ["node", "-e", RUN]
COLUMNS = ["posted", "cost_usd", "charged_jobs", "charged_usd", "final_jobs",
           "final_usd", "p95_usd", "largest_usd"]


@functools.lru_cache(None)
def environment():
    """Global packages are found, too."""
    env = dict(os.environ)
    if shutil.which("npm"):
        root = subprocess.run(["npm", "root", "-g"], capture_output=True,
                              text=True, check=False).stdout.strip()
        env["NODE_PATH"] = os.pathsep.join(
            part for part in (env.get("NODE_PATH"), root) if part)
    return env


@functools.lru_cache(None)
def missing():
    """Why DuckDB cannot be used; None: it can."""
    if not shutil.which("node"):
        return "node is not installed"
    done = subprocess.run(["node", "-e", "require('@duckdb/node-api')"],
                          env=environment(), capture_output=True, check=False)
    return None if done.returncode == 0 else \
        "npm's @duckdb/node-api is not installed"


def query(pattern):
    """The SQL that stands in the README, over these files."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        sql = re.search(r"```sql\n(.*?)```", file.read(), re.S)[1]
    return sql.replace("*.ledger.jsonl", pattern.replace("'", "''"))


def duckdb(pattern):
    done = subprocess.run(COMMAND, input=query(pattern), text=True,
                          env=environment(), capture_output=True, check=False)
    if done.returncode != 0:
        raise ValueError(done.stderr)
    return json.loads(done.stdout)


def one_round(binary, chance, folder):
    import review
    slugs = {address: slug for slug, address in ledgers.MARKETS.items()}
    paths = []
    for number in range(3):
        ident = f"{number}1111111-2222-4333-8444-555555555555"
        paths.append(f"{folder}/{number}.ledger.jsonl")
        review.Writer(chance, ident=ident).live(80).write(paths[-1])
    said = subprocess.run(
        [os.path.join(binary, "nosbatch"), "review", *paths, "--by",
         "entry,market", "--format", "json"], capture_output=True, check=True)
    ours = {(row["entry"], row["market"]): row
            for row in json.loads(said.stdout)["groups"] if row["posted"]}
    theirs = {(row["entry"], slugs[row["market"]]): row
              for row in duckdb(f"{folder}/*.ledger.jsonl")}
    if ours.keys() != theirs.keys():
        raise ValueError(f"groups: {sorted(ours)}, DuckDB's: {sorted(theirs)}")
    for key, row in ours.items():
        for column in COLUMNS:
            pair = [one[key][column] for one in (ours, theirs)]
            if (pair[0] is None) != (pair[1] is None) or (
                    pair[0] is not None and
                    decimal.Decimal(pair[0]) != decimal.Decimal(pair[1])):
                raise ValueError(f"{key}, {column}: {pair}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bin", default="build")
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if missing():
        print(f"skip the README's SQL: {missing()}")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    try:
        for turn in range(options.count):
            with tempfile.TemporaryDirectory(prefix="nosbatch-sql-") as folder:
                one_round(options.bin,
                          random.Random(f"{options.seed} {turn}"), folder)
    except ValueError as error:
        print(f"FAIL the README's SQL (seed {options.seed})\n{error}")
        print("0 passed, 1 failed, 0 skipped")
        return 1
    print("ok   the README's SQL finds what review finds")
    print("1 passed, 0 failed, 0 skipped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
