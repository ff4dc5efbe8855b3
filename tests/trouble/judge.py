"""Whether what the service counts and what the ledger says agree."""

import collections
import json
import os
import sys

from .world import check

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import audit  # noqa: E402


def identity(job):
    return job["ipfsHash"], job["market"], job["timeout"]


def singles(world, jobs):
    """No identity twice, whatever the keys say."""
    counted = collections.Counter(map(identity, jobs))
    double = [key for key, count in counted.items() if count > 1]
    check(not double, f"{len(double)} identities have more than one job: "
                      f"{double[:3]}")
    stats = world.service.stats()
    check(stats["keys_with_more_jobs"] == 0, "a key has more than one job")
    if world.mode != "with-credits":
        check(stats["jobs_without_key"] == 0, "a job was posted without key")


def ledgers_agree(world, jobs, *names):
    """Every job is in a ledger, as posted or as perhaps; by address."""
    auditor = audit.Audit()
    for name in names or ("m.ledger.jsonl",):
        auditor.ledger(world.path(name))
        ended = world.other("results", "--check", name)
        check(ended.status == 0, "results --check: " + ended.said() +
              ended.out[-1000:])
    auditor.service(jobs)
    if world.false_costs:
        auditor.wrong = [text for text in auditor.wrong
                         if ": cost " not in text]
    check(not auditor.wrong, "\n".join(auditor.wrong[:5]))
    world.counts["audits"] += 1


def sent_once(world):
    """No body went out twice under one key, if any."""
    bodies = collections.Counter((row["key"], row["body"])
                                 for row in world.service.requests())
    double = [body for body, count in bodies.items() if count > 1]
    check(not double, f"{len(double)} bodies were sent again: {double[:2]}")


def sent_as_recorded(world, ledger):
    """What reached the service are bodies of intents under their keys."""
    intents = {(record["idem"], record["body"])
               for record in ledger.of("intent")}
    for row in world.service.requests()[world.edited_at:]:
        check((row["key"], row["body"]) in intents,
              f"a request that no intent tells of: {row['key']} "
              f"{row['body']}")


def judge(world, strict=True):
    """After any run. strict: not where the service lied in a refusal."""
    jobs = world.service.jobs()
    singles(world, jobs)
    world.counts["judged"] += 1
    if not os.path.exists(world.path("m.ledger.jsonl")):
        check(not jobs, f"{len(jobs)} jobs and no ledger")
        return jobs
    if strict:
        ledgers_agree(world, jobs)
    sent_as_recorded(world, world.ledger())
    return jobs


def converge(world, count, *more):
    """With the faults cleared, at most three runs more bring every job."""
    world.service.faults()
    for _ in range(3):
        world.counts["reruns"] += 1
        ended = world.run(*more)
        if ended.status == 0:
            break
    check(ended.status == 0, "three reruns did not bring it to an end: " +
          ended.said())
    jobs = judge(world)
    check(len(jobs) == count, f"{count} jobs are wanted, the service has "
                              f"{len(jobs)}")
    posts = world.ledger().count("post")
    check(posts == count, f"{posts} jobs are posted in the ledger")
    return jobs


def body_of(row):
    return json.loads(row["body"])
