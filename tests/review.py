#!/usr/bin/env python3
"""`nosbatch review` against an independent sum by Python's decimal.

    tests/review.py [--bin build] [--count 12] [--seed 1]

Writes random ledgers (tests/ledgers.py), sums them here from their own JSON
in decimal dollars, and compares every figure to the last digit: totals,
groups by everything, percentiles, several ledgers with jobs in common, gzip,
--where, --compare, --max-cost; and what is said of damaged ledgers with what
`results` says. Python's standard library only.
"""

import argparse
import collections
import csv
import datetime
import decimal
import gzip
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import zoneinfo

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ledgers  # noqa: E402

decimal.getcontext().prec = 60
D = decimal.Decimal
NANO = D("0.000000001")
SLUGS = {address: slug for slug, address in ledgers.MARKETS.items()}
START_MS = 1795428000000  # 2026-11-23
BIN = "build"


# --- random ledgers --------------------------------------------------------

class Writer(ledgers.Ledger):
    """A random life for random jobs."""

    def __init__(self, chance, **options):
        super().__init__(at_ms=START_MS + chance.randrange(10**9), **options)
        self.chance = chance

    def later(self):
        self.at_ms += self.chance.choice([0, 1, 900, 61_000, 3_600_000])
        if self.chance.random() < 0.2:
            self.sync()

    def amount(self):
        chance = self.chance
        return chance.choice([chance.randrange(10**8), chance.randrange(10**12),
                              47_960_000, 0, 1, 10**15 + 7])

    def any_job(self, number):
        chance = self.chance
        params = {}
        if chance.random() < 0.9:
            params["lr"] = chance.choice([0.1, 0.01, 1, True, None, "a\"b", "é"])
        if chance.random() < 0.5:
            params["opt"] = chance.choice(["adam", "sgd", ["x", {"y": 1}]])
        params["n"] = number
        entry = chance.choice(["one", "two", "<three>"])
        most = chance.choice([None, self.amount(), self.amount()])
        return self.job(f"{entry}/n={number}", entry, params,
                        chance.choice(list(ledgers.MARKETS.values())), most)

    def outcome(self, job):
        """The posting of one generation; whether there is a job now."""
        chance = self.chance
        for attempt in range(3):
            self.intent(job)
            self.later()
            how = chance.choice(["post"] * 6 + ["release", "reject", "unknown",
                                                "open", "settle", "lost"])
            if how == "post":
                self.post(job, chance.choice([None, self.amount()])
                          if job["max"] is not None else self.amount())
                return True
            if how == "open":
                return False
            if how in ("unknown", "settle", "lost"):
                self.end("unknown", job, why="no answer", status=500)
                self.later()
            if how == "settle":
                self.end("settle", job, who="operator", how="seen",
                         address=ledgers.address_of(f"{self.scope} settled "
                                                    f"{job}"))
                return True
            if how == "lost":
                self.end("settle", job, address=None, who="operator", how="no")
            elif how == "unknown":
                return False
            elif how == "release":
                self.end("release", job, why="out of credits")
            else:
                self.end("reject", job, status=400, code=None, message="no")
            if chance.random() < 0.5:
                return False
            self.later()
        return False

    def afterwards(self, job):
        chance = self.chance
        for _ in range(chance.randrange(3)):
            self.extend(job, 600, chance.choice([self.amount(), 0, 5]))
            self.later()
        for _ in range(chance.randrange(3)):
            state = chance.randrange(4)
            status = chance.choice([None, "success", "failed", "stopped",
                                    "odd"]) if state >= 2 else None
            self.state(job, state, status,
                       self.amount() if state >= 2 and chance.random() < 0.7
                       else None)
            self.later()

    def live(self, jobs):
        """Lives of jobs, their records mixed in groups."""
        for number in range(jobs):
            job = self.any_job(number)
            there = self.outcome(job)
            if there:
                self.afterwards(job)
            if there and self.chance.random() < 0.3:
                job = dict(job, gen=1)
                if self.outcome(job):
                    self.afterwards(job)
        return self


# --- the independent sum ---------------------------------------------------

def usd(text):
    return None if text is None else D(text)


class Job:
    def __init__(self):
        self.state = "open"
        self.charged = self.final = None
        self.extensions = []
        self.identity = None
        self.at = None
        self.service = None

    def charge(self, amount):
        if amount is not None:
            self.charged = (self.charged or D(0)) + amount

    @property
    def cost(self):
        if self.state != "posted":
            return None
        return self.charged if self.final is None else self.final

    @property
    def outcome(self):
        if self.state != "posted" or self.service is None:
            return self.state
        state, status = self.service
        if state < 2:
            return ("queued", "running")[state]
        if status is None:
            return "stopped" if state == 3 else "completed"
        return status if status in ("success", "stopped") else "failed"


def read(text):
    """{(scope, key, gen): Job} of a ledger's text."""
    jobs, scope = {}, None
    for line in text.splitlines():
        record = json.loads(line)
        kind = record["type"]
        if kind == "ledger":
            scope = record["batch"] or record["ledger"]
        if "key" not in record:
            continue
        job = jobs.setdefault((scope, record["key"], record["gen"]), Job())
        if kind == "state":
            job.service = (record["state"], record["job_status"])
            job.final = usd(record["final_usd"])
            continue
        if kind == "extend":
            amount = usd(record["cost_usd"])
            job.charge(amount)
            if amount:
                job.extensions.append(amount)
            continue
        job.at = datetime.datetime.fromisoformat(
            record["at"].replace("Z", "+00:00"))
        if kind == "intent":
            if job.identity is None or job.state != "open":
                job.identity = record
            job.state = "open"
        elif kind == "post":
            job.state, job.service = "posted", None
            job.charge(usd(record["cost_usd"]))
        elif kind == "settle" and record["address"]:
            job.state, job.service = "posted", None
            job.charge(usd(record["max_usd"]))
        else:
            job.state = {"release": "pending", "reject": "rejected",
                         "unknown": "unknown", "settle": "lost"}[kind]
    return jobs


def part(job, name, zone):
    at = job.at.astimezone(zone)
    if name == "entry":
        return job.identity["id"]
    if name == "market":
        return SLUGS[job.identity["market"]]
    if name == "state":
        return job.outcome
    if name == "day":
        return at.strftime("%Y-%m-%d")
    if name == "week":
        return "%04d-W%02d" % at.isocalendar()[:2]
    if name == "hour":
        offset = at.strftime("%z")
        offset = "Z" if zone.key == "UTC" else offset[:3] + ":" + offset[3:]
        return at.strftime("%Y-%m-%dT%H:00") + offset
    return job.identity["params"].get(name)


def rank(costs, percent):
    return costs[max(0, -(-len(costs) * percent // 100) - 1)]


def money(amount):
    return f"{amount:.9f}"


def summed(jobs):
    """The columns of a group, as --format json has them."""
    posted = [job for job in jobs if job.state == "posted"]
    doubt = [job for job in jobs if job.outcome in ("open", "unknown")]
    most = [usd(job.identity["max_usd"]) for job in posted + doubt]
    most = [amount for amount in most if amount is not None]
    charged = [job.charged for job in posted if job.charged is not None]
    final = [job.final for job in posted if job.final is not None]
    costs = sorted(job.cost for job in posted if job.cost is not None)
    failed = [job for job in posted if job.outcome == "failed"]
    extensions = [one for job in jobs for one in job.extensions]
    refund = sum((job.charged - job.final for job in posted
                  if job.final is not None and job.charged is not None), D(0))

    def total(amounts):
        return money(sum(amounts, D(0))) if amounts else None

    row = {"jobs": len(jobs), "posted": len(posted),
           "cost_usd": total(costs), "max_usd": total(most),
           "max_jobs": len(most), "charged_usd": total(charged),
           "charged_jobs": len(charged), "final_usd": total(final),
           "final_jobs": len(final),
           "refund_usd": money(refund) if final else None,
           "extensions": len(extensions), "extension_usd": total(extensions),
           "failed": len(failed),
           "failed_usd": money(sum((job.cost or D(0) for job in failed), D(0)))
           if failed else None,
           "unknown": len(doubt),
           "never_submitted": sum(job.outcome in ("rejected", "pending", "lost")
                                  for job in jobs),
           "mean_usd": None, "p50_usd": None, "p95_usd": None,
           "largest_usd": None}
    if costs:
        mean = (sum(costs) / len(costs)).quantize(
            NANO, rounding=decimal.ROUND_HALF_EVEN)
        row.update(mean_usd=money(mean), p50_usd=money(rank(costs, 50)),
                   p95_usd=money(rank(costs, 95)), largest_usd=money(costs[-1]))
    return row


def frozen(value):
    return json.dumps(value, sort_keys=True)


def grouped(jobs, by, zone):
    groups = collections.defaultdict(list)
    for job in jobs:
        groups[tuple(frozen(part(job, name, zone))
                     for name in by)].append(job)
    return {key: summed(members) for key, members in groups.items()}


# --- comparing -------------------------------------------------------------

class Failed(Exception):
    pass


def nosbatch(*arguments, status=0):
    done = subprocess.run([os.path.join(BIN, "nosbatch"), *arguments],
                          capture_output=True, text=True,
                          encoding="utf-8", check=False)
    if done.returncode != status:
        raise Failed(f"{' '.join(arguments)}: status {done.returncode}, "
                     f"expected {status}\n{done.stderr}")
    return done.stdout, done.stderr


def review(*arguments, **options):
    return json.loads(nosbatch("review", *arguments, "--format", "json",
                               **options)[0])


def same(what, found, expected):
    if found != expected:
        raise Failed(f"{what}:\n  found    {found}\n  expected {expected}")


def compare(said, jobs, by, zone):
    expected = summed(jobs)
    same("total", {name: said["total"][name] for name in expected}, expected)
    same("states", {name: n for name, n in said["total"]["states"].items()
                    if n}, dict(collections.Counter(j.outcome for j in jobs)))
    groups = {}
    for row in said["groups"]:
        key = tuple(frozen(row.pop(name)) for name in by)
        groups[key] = row
    wanted = grouped(jobs, by, zone)
    same(f"groups by {by}", sorted(groups), sorted(wanted))
    for key, row in wanted.items():
        same(f"group {key}", groups[key], row)


BYS = ["entry", "market", "state", "hour", "day", "week", "lr", "market,lr",
       "opt,lr,state", "n", "day,entry", "week,state"]


def every_figure_is_exact(chance, folder, count):
    for turn in range(count):
        writer = Writer(chance).live(chance.randrange(1, 120))
        path = f"{folder}/{turn}.jsonl"
        writer.write(path)
        if turn % 3 == 2:
            with gzip.open(path + ".gz", "wb") as file:
                file.write(writer.text.encode())
            path += ".gz"
        jobs = list(read(writer.text).values())
        for by in chance.sample(BYS, 4) + ["lr"]:
            if "lr" in by and not any("lr" in j.identity["params"]
                                      for j in jobs):
                continue
            if "opt" in by and not any("opt" in j.identity["params"]
                                       for j in jobs):
                continue
            name = chance.choice(["UTC", "Europe/Berlin", "Asia/Kathmandu",
                                  "America/New_York"])
            said = review(path, "--by", by, "--time-zone", name)
            compare(said, jobs, by.split(","), zoneinfo.ZoneInfo(name))


def ledgers_in_common_count_once(chance, folder, count):
    for turn in range(count):
        seed = chance.randrange(10**9)
        older = Writer(random.Random(seed), batch="nightly").live(40)
        newer = Writer(random.Random(seed), batch="nightly").live(60)
        other = Writer(chance, ident="11111111-2222-4333-8444-555555555555")
        other.live(20)
        paths = []
        for name, writer in (("a", older), ("b", newer), ("c", other)):
            paths.append(f"{folder}/{turn}{name}.jsonl")
            writer.write(paths[-1])
        if older.text.splitlines()[3:] != \
                newer.text.splitlines()[3:len(older.lines)]:
            raise Failed("the longer ledger does not begin like the shorter")
        jobs = list({**read(older.text), **read(newer.text),
                     **read(other.text)}.values())
        chance.shuffle(paths)
        compare(review(*paths), jobs, ["entry"], zoneinfo.ZoneInfo("UTC"))
        compare(review(*paths, *paths), jobs, ["entry"],
                zoneinfo.ZoneInfo("UTC"))


def one_address_counts_once(chance, folder, count):
    """Two ledgers without a batch that claim one job."""
    address = ledgers.address_of("the one")
    paths = []
    for name, cost in (("x", 5), ("y", 7)):
        writer = Writer(chance, ident=f"0000000{cost}-2222-4333-8444-555555555555")
        job = writer.job(f"{name}/1", name, {}, ledgers.MARKETS["nvidia-3060"],
                         10)
        writer.intent(job)
        writer.post(job, cost, address)
        paths.append(f"{folder}/{name}.jsonl")
        writer.write(paths[-1])
    said = review(*paths)
    same("jobs", said["total"]["jobs"], 1)
    same("cost", said["total"]["cost_usd"], "0.000000007")
    same("elsewhere", [one["counted_elsewhere"] for one in said["ledgers"]],
         [1, 0])


def where_picks_jobs(chance, folder, count):
    conditions = {
        'state == "posted"': lambda j: j.state == "posted",
        "n < 20": lambda j: j.identity["params"]["n"] < 20,
        'market == "nvidia-4090" && cost > 0.01':
            lambda j: SLUGS[j.identity["market"]] == "nvidia-4090"
            and j.charged is not None and j.charged > D("0.01"),
        'id == "one"': lambda j: j.identity["id"] == "one",
    }
    for turn in range(count):
        writer = Writer(chance).live(60)
        path = f"{folder}/{turn}.jsonl"
        writer.write(path)
        for text, test in conditions.items():
            jobs = [job for job in read(writer.text).values() if test(job)]
            compare(review(path, "--where", text), jobs, ["entry"],
                    zoneinfo.ZoneInfo("UTC"))
    nosbatch("review", path, "--where", "nn < 3", status=64)


def changes_are_joined(chance, folder, count):
    for turn in range(count):
        was, now = Writer(chance).live(50), Writer(chance).live(50)
        was.write(f"{folder}/{turn}was.jsonl")
        now.write(f"{folder}/{turn}now.jsonl")
        zone = zoneinfo.ZoneInfo("UTC")
        sums = [grouped(read(one.text).values(), ["entry", "lr"], zone)
                for one in (was, now)]
        said = review(f"{folder}/{turn}now.jsonl", "--by", "entry,lr",
                      "--compare", f"{folder}/{turn}was.jsonl")
        found = {(frozen(r["entry"]), frozen(r["lr"])): r
                 for r in said["compare"]["groups"]}
        same("keys", sorted(found), sorted(set(sums[0]) | set(sums[1])))
        for key, row in found.items():
            costs = [D(one[key]["cost_usd"] or 0) if key in one else None
                     for one in sums]
            change = (costs[1] or 0) - (costs[0] or 0)
            same(f"change of {key}", D(row["change_usd"]), change)
            word = ("new" if costs[0] is None else "gone" if costs[1] is None
                    else "dearer" if change > 0 else "cheaper" if change < 0
                    else "same")
            same(f"word of {key}", row["change"], word)
        order = [D(row["change_usd"]) for row in said["compare"]["groups"]]
        same("order", order, sorted(order, reverse=True))


def formats_agree(chance, folder, count):
    writer = Writer(chance).live(80)
    path = f"{folder}/f.jsonl"
    writer.write(path)
    groups = review(path, "--by", "entry,state")["groups"]
    lines = nosbatch("review", path, "--by", "entry,state", "--format",
                     "jsonl")[0]
    same("jsonl", [json.loads(line) for line in lines.splitlines()], groups)
    table = list(csv.DictReader(io.StringIO(
        nosbatch("review", path, "--by", "entry,state", "--format", "csv")[0])))
    same("csv", [{k: v for k, v in row.items()} for row in table],
         [{k: "" if v is None else str(v) for k, v in row.items()}
          for row in groups])


def a_cap_is_a_status(chance, folder, count):
    writer = Writer(chance)
    for n, cost in enumerate((10**9, 2 * 10**9)):
        job = writer.job(f"j/{n}", "j", {}, ledgers.MARKETS["nvidia-3060"],
                         3 * 10**9)
        writer.intent(job)
        writer.post(job, cost)
    path = f"{folder}/cap.jsonl"
    writer.write(path)
    nosbatch("review", path, "--max-cost", "3")
    said = nosbatch("review", path, "--max-cost", "2.999999999", status=4)[1]
    same("message", said, "nosbatch: these jobs cost $3.00: over --max-cost "
                          "$2.999999999\n")
    writer.intent(writer.job("j/2", "j", {}, ledgers.MARKETS["nvidia-3060"], 1))
    writer.write(path)
    nosbatch("review", path, "--max-cost", "3", status=4)


def sums_that_do_not_fit_are_refused(chance, folder, count):
    writer = Writer(chance)
    for n in range(2):
        job = writer.job(f"j/{n}", "j", {}, ledgers.MARKETS["nvidia-3060"],
                         None)
        writer.intent(job)
        writer.post(job, 9 * 10**18)
    path = f"{folder}/huge.jsonl"
    writer.write(path)
    said = nosbatch("review", path, status=65)[1]
    if "too large to add" not in said:
        raise Failed(said)


def damage_is_judged_as_by_results(chance, folder, count):
    """Cut, flipped and mixed bytes: the same status, the same message."""
    for turn in range(count * 8):
        text = Writer(chance).live(8).text.encode()
        at = chance.randrange(len(text))
        how = turn % 4
        if how == 0:
            text = text[:at]
        elif how == 1:
            text = text[:at] + bytes([text[at] ^ 1 << chance.randrange(8)]) \
                + text[at + 1:]
        elif how == 2:
            end = min(len(text), at + chance.randrange(1, 700))
            text = text[:at] + bytes(end - at) + text[end:]
        else:
            lines = text.splitlines(True)
            one = chance.randrange(len(lines))
            text = b"".join(lines[:one] + lines[one + 1:])
        path = f"{folder}/{turn}.jsonl"
        with open(path, "wb") as file:
            file.write(text)
        done = [subprocess.run([os.path.join(BIN, "nosbatch"), command, path,
                                "--format", "json"], capture_output=True,
                               check=False)
                for command in ("results", "review")]
        errors = [[line for line in one.stderr.decode().splitlines()
                   if "warning" not in line] for one in done]
        same(f"status at {at}, way {how}", done[1].returncode,
             done[0].returncode)
        same("message", errors[1], errors[0])
        if done[0].returncode == 0:
            same("jobs", json.loads(done[1].stdout)["total"]["jobs"],
                 len(json.loads(done[0].stdout)))


TESTS = [every_figure_is_exact, ledgers_in_common_count_once,
         one_address_counts_once, where_picks_jobs, changes_are_joined,
         formats_agree, a_cap_is_a_status, sums_that_do_not_fit_are_refused,
         damage_is_judged_as_by_results]


def main():
    global BIN
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bin", default="build")
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    BIN = options.bin
    failed = 0
    for test in TESTS:
        with tempfile.TemporaryDirectory(prefix="nosbatch-review-") as folder:
            try:
                test(random.Random(f"{options.seed} {test.__name__}"), folder,
                     options.count)
                print(f"ok   {test.__name__}")
            except Failed as error:
                failed += 1
                print(f"FAIL {test.__name__} (seed {options.seed})\n{error}")
    print(f"{len(TESTS) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
