"""Network faults: kinds × API generations × which requests meet them.

A kind is a stage, an action of the stand-in's fault language, and what the
answer means for a job (ledger.md's table):

    again     no clear answer: the same key again, or `unknown` at once where
              nothing may be sent twice
    fine      an answer like any other
    later     refused for now: the same job again a little later
    refused   this job, for good; a rerun tries it again
    stop N    the run ends with status N, what it has not got is left over
    mismatch  the run stops (70), the job is unknown and passed by for good
    twin      an address that another job has: the run stops (70)
    never     no good answer at all: the run gives up (69)

A service that does the work and then refuses (after:402) lies. Only its key
can bring the truth out, so that the older generation, which has none, is
left out there.
"""

import re

from .judge import converge, judge, sent_once, singles
from .world import check, entry

JOBS = 8
MIDDLE = 4
MODES = ("jobs", "with-credits", "never")
WHENS = ("1", str(MIDDLE), str(JOBS), "try=1", "p=0.2")
OTHER = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"

POST = [
    # The connection.
    ("before:reset", "again"), ("after:reset", "again"),
    ("before:close", "again"), ("after:close", "again"),
    ("before:hang", "again"), ("after:hang", "again"),
    ("before:hang=1", "again"), ("after:hang=1", "again"),
    ("before:delay=300", "fine"), ("after:delay=300", "fine"),
    ("after:cut", "again"), ("after:cut=0", "again"),
    ("after:cut=1", "again"), ("after:cut-at=0", "again"),
    ("after:cut-at=9", "again"), ("after:cut-at=60", "again"),
    ("after:cut-reset=0", "again"), ("after:cut-reset=30", "again"),
    ("after:cut-reset=200", "again"),
    ("after:slow=1", "fine"), ("after:slow=50", "again"),
    ("before:garbage", "again"), ("after:garbage", "again"),
    ("after:twice", "fine"), ("before:endless", "again"),
    ("after:endless", "again"), ("after:headers=50000", "fine"),
    ("after:headers=400000", "again"), ("after:headers", "again"),
    # The body.
    ("before:empty", "again"), ("after:empty", "again"),
    ("before:html", "again"), ("after:html", "again"),
    ("after:bad-json", "again"), ("before:no-job", "again"),
    ("after:no-job", "again"), ("after:no-cost", "fine"),
    ('after:cost="0.01"', "fine"), ("after:cost=null", "fine"),
    ("after:cost=-1", "fine"), ("after:cost=1e400", "again"),
    ("after:cost=0.0123456789", "fine"), ('after:cost="free"', "fine"),
    ("after:body=", "again"), ("after:body=null", "again"),
    ("after:body=[]", "again"), ("after:body=true", "again"),
    ('after:body="ok"', "again"), ('after:body={"job":12345}', "again"),
    ('after:body={"job":null}', "again"), ('after:body={"job":""}', "again"),
    ('after:body={"job":"0OIl"}', "again"),
    ('after:body={"job":"' + OTHER[:-4] + '"}', "again"),
    ('after:body={"job":{"address":"' + OTHER + '"}}', "again"),
    ('after:body={"data":{"job":"' + OTHER + '"}}', "again"),
    ('after:body={"address":"' + OTHER + '"}', "again"),
    ('after:body={"job":"' + OTHER + '"', "again"),
    ('after:body={"job":"' + OTHER + '"}}', "again"),
    ("after:body=" + "[" * 500, "again"),
    ("after:old-job", "twin"),
    ("before:oversize", "again"), ("after:oversize", "again"),
    ("after:oversize=1048577", "again"), ("after:oversize=1048576", "again"),
    ("after:oversize=2000", "again"),
    # The status.
    *[(f"{stage}:{status}", "again") for stage in ("before", "after")
      for status in ("201", "202", "204", "299", "300", "301", "302", "303",
                     "307", "308", "405", "408", "409", "410", "413", "425",
                     "500", "501", "502", "503", "504", "520", "599",
                     "503=1")],
    *[(f"{stage}:{status}", "refused") for stage in ("before", "after")
      for status in ("400", "403", "404", "422")],
    *[(f"{stage}:{status}", kind) for stage in ("before", "after")
      for status, kind in (
          ("429", "later"), ("429=1", "later"), ("429=date:1", "later"),
          ("429=body:1", "later"), ("429=0", "later"),
          ("429=400", "stop 69"), ("429=body:99999999", "stop 69"),
          ("409=in-progress", "progress"), ("401", "stop 77"),
          ("403=scope", "stop 77"), ("402", "stop 3"),
          ("409=mismatch", "mismatch"))],
    ("before:409=expired", "expired"),
]

PIN = [
    *[(fault, "again") for fault in (
        "before:reset", "after:reset", "before:close", "after:close",
        "before:hang", "after:hang", "after:cut", "after:cut=0",
        "after:cut-at=9", "after:cut-reset=60", "after:slow=50",
        "after:garbage", "after:endless", "after:headers", "after:empty",
        "after:html", "after:bad-json", "after:no-job", "after:body=null",
        'after:body={"IpfsHash":7}', "after:oversize", "before:201",
        "before:302", "before:408", "before:409", "before:500",
        "before:502", "before:503=1", "after:504", "after:500")],
    ("before:delay=300", "fine"), ("after:slow=1", "fine"),
    ("after:twice", "fine"), ("before:429", "later"),
    ("before:429=1", "later"), ("after:429=date:1", "later"),
    ("before:429=400", "stop 69"), ("before:401", "stop 77"),
    ("before:402", "stop 69"), ("before:403", "stop 69"),
    ("after:402", "stop 69"), ("before:400", "refused"),
    ("before:404", "refused"), ("before:422", "refused"),
    ("after:422", "refused"), ("after:wrong-cid", "hash"),
]

# Of the GETs before a run: their faults never end worse than in words.
GET = [fault for fault, kind in PIN if kind in ("again", "fine", "later")] + [
    "before:401", "before:403", "before:404", "before:400",
    'after:body={"assignedCredits":"lots"}', "after:body=[]",
    "after:body=[[]]", "after:body=[{}]", 'after:body=[{"address":7}]',
    'after:body={"markets":[]}', "after:body=[null,1,true]"]

SLOW = re.compile(r"hang|endless|slow=50")


def limits(fault):
    """
    A second is enough where the fault is that no answer comes. One that comes
    a byte each millisecond takes long where a millisecond does.
    """
    if "hang=1" in fault:
        return []
    if fault.endswith("slow=1"):
        return ["--http-timeout", "200s"]
    return ["--http-timeout", "2s"] if SLOW.search(fault) else []


def met(world, fault):
    """How often the fault was met; in a run that is known to meet it."""
    hits = world.service.hits()[fault]
    world.counts["faults met"] += hits
    return hits


def expect_unknown(world, hits, fault, ended):
    """Where nothing may be sent twice: each ambiguous one is unknown."""
    unknown = world.ledger().count("unknown")
    slack = hits + 2 if SLOW.search(fault) else hits
    check(hits <= unknown <= slack, f"{hits} answers were unclear, {unknown} "
                                    f"jobs are unknown; {ended.said()}")
    check(ended.status == (2 if unknown else 0), "expected status 2 for "
          "unknown jobs, found " + ended.said())
    sent_once(world)


def stay_unknown(world):
    """Reruns bring none of them, and the others; nor are they sent where
    that is not allowed. Of three expired epochs there is no fourth."""
    before = {name for name, word in world.ledger().states().items()
              if word == "unknown"}
    world.service.faults()
    ended = world.run(expect=2 if before else 0)
    world.counts["reruns"] += 1
    states = world.ledger().states()
    check({name for name, word in states.items() if word == "unknown"} ==
          before, "the rerun changed the unknown ones; " + ended.said())
    check(sum(word == "post" for word in states.values()) ==
          JOBS - len(before), "the rerun left jobs over; " + ended.said())
    if world.mode != "jobs":
        sent_once(world)
    judge(world)


def again(world, fault, hits, ended):
    if world.mode != "jobs":
        expect_unknown(world, hits, fault, ended)
        judge(world)
        stay_unknown(world)
        return
    check(ended.status in (0, 2), "expected status 0 or 2, found " +
          ended.said())
    if "try=1" in fault or ":p=" not in fault:
        check(ended.status == 0, "one failure a job ended with " +
              ended.said())
    judge(world)
    converge(world, JOBS)


def only(world, ended, hits, *statuses):
    """The status that the fault asks for, if it was met."""
    wanted = statuses if hits else (0,)
    check(ended.status in wanted, f"expected status {wanted}, found " +
          ended.said())


def mismatch(world, fault, hits, ended):
    only(world, ended, hits, 70)
    if hits:
        check(world.ledger().count("unknown") == hits, "a mismatch is no "
              "unknown; " + ended.said())
    judge(world)
    world.service.faults()
    sent = len(world.service.requests())
    left = JOBS - world.ledger().count("post") - hits
    ended = world.run(expect=2 if hits else 0)
    world.counts["reruns"] += 1
    check(world.ledger().count("post") == JOBS - hits,
          "the rerun left jobs over; " + ended.said())
    check(len(world.service.requests()) == sent + left,
          "the rerun did not pass the mismatched jobs by")
    judge(world)


def twin(world, fault, hits, ended):
    """Somebody else's address: recorded, and the run stops."""
    check(ended.status in (0, 70), "expected status 70, found " +
          ended.said())
    addresses = [post["address"] for post in world.ledger().of("post")]
    double = len(addresses) != len(set(addresses))
    check(double == (ended.status == 70), "one address under two keys and "
          + ended.said())
    singles(world, world.service.jobs())
    world.service.faults()
    world.run()
    world.counts["reruns"] += 1
    singles(world, world.service.jobs())


def post_fault(world, when, fault, kind):
    """One kind of fault of a post, met by `when`."""
    world.manifest(entry(range(1, JOBS + 1)))
    spec = f"post:{when}:{fault}"
    world.service.faults(spec)
    world.false_costs = "cost=" in fault
    ended = world.run("--connections", "4", *limits(fault))
    hits = met(world, spec)
    lie = fault.startswith("after:") and kind not in ("again", "fine")
    if kind == "progress" and world.mode != "jobs":
        kind = "again"
    if kind == "again":
        again(world, spec, hits, ended)
    elif kind == "mismatch":
        mismatch(world, spec, hits, ended)
    elif kind == "twin":
        twin(world, spec, hits, ended)
    else:
        wanted = [{"refused": 1}.get(kind, 0)]
        if kind.startswith("stop"):
            wanted = [int(kind.split()[1])]
        if kind == "expired":
            wanted.append(2)  # each epoch's key is a new one, so up to three
        only(world, ended, hits, *wanted)
        if kind == "refused":
            check(world.ledger().count("reject") == hits, "a refusal is no "
                  "reject; " + ended.said())
        judge(world, strict=not lie)
        if kind == "expired" and ended.status == 2:
            stay_unknown(world)
        else:
            converge(world, JOBS)


def pin_fault(world, when, fault, kind):
    world.manifest(entry(range(1, JOBS + 1)))
    spec = f"pin:{when}:{fault}"
    world.service.faults(spec)
    ended = world.run("--connections", "4", *limits(fault))
    hits = met(world, spec)
    wanted = {"refused": 1, "hash": 65}.get(kind, 0)
    if kind.startswith("stop"):
        wanted = int(kind.split()[1])
    only(world, ended, hits, wanted)
    judge(world)
    converge(world, JOBS)


def get_fault(world, route, when, fault):
    """The balance and the markets: the run goes on, or says why not."""
    world.manifest(entry([1, 2], market=OTHER))
    spec = f"{route}:{when}:{fault}"
    world.service.faults(spec)
    ended = world.run(*limits(fault))
    met(world, spec)
    refused = fault in ("before:401", "before:403")
    denied = route == "markets" and refused
    check(ended.status == (77 if denied else 0), "the run ended with " +
          ended.said())
    if denied:
        check(not world.service.requests(), "sent without prices")
    judge(world)
    converge(world, 2)


def markets_needed(world, fault):
    """Without prices a cap cannot be kept, and without a list no slug."""
    for more, market in ((["--max-cost", "5"], OTHER), ([], "nvidia-3060")):
        world.manifest(entry([1, 2], market=market))
        world.service.faults(f"markets:all:{fault}")
        ended = world.run(*more, *limits(fault))
        met(world, f"markets:all:{fault}")
        check(ended.status == 69 and not world.service.requests(),
              f"{more or market}: expected status 69 and no post, found " +
              ended.said())
        check(len(ended.err.splitlines()) <= 3 and "market" in ended.err,
              "no clear message: " + ended.said())
    world.service.faults()
    converge(world, 2)


def reused(world, fault):
    """A server that does the work and drops connections that served before:
    each attempt is one hit, as many as the ledger says."""
    world.manifest(entry(range(1, 25)))
    spec = f"post:reused,try=1:{fault}"
    world.service.faults(spec)
    ended = world.run("--connections", "3")
    hits = met(world, spec)
    check((hits > 5) == (world.mode == "jobs"),
          f"{hits} requests on connections that served before")
    only(world, ended, hits, 0)
    tries = {}
    for row in world.service.requests():
        tries[row["key"]] = tries.get(row["key"], 0) + 1
    for post in world.ledger().of("post"):
        if world.mode != "with-credits":
            check(tries[post["idem"]] == post["attempts"],
                  f"{post['name']}: {post['attempts']} attempts, "
                  f"{tries[post['idem']]} hits")
    judge(world)
    converge(world, 24)


def reused_once(world, fault):
    """The same without a second attempt of ours: exactly one hit a job."""
    world.manifest(entry(range(1, 13)))
    world.service.faults(f"post:reused:{fault}")
    ended = world.run("--connections", "3", "--retries", "0")
    hits = met(world, f"post:reused:{fault}")
    sent_once(world)
    check(hits > 0, "no connection was used again")
    check(world.ledger().count("unknown") == hits, "unknown is not what "
          "went wrong; " + ended.said())
    only(world, ended, hits, 2)
    judge(world)
    converge(world, 12)


def posts(long):
    """(mode, when, fault, kind) of each case; the short form takes one
    `when` a kind and generation, in turn."""
    turn = 0
    for fault, kind in POST:
        for mode in MODES:
            lie = fault.startswith("after:") and kind not in ("again", "fine",
                                                              "twin")
            if lie and mode == "with-credits" and kind != "progress":
                continue
            for when in WHENS:
                turn += 1
                picked = mode != "never" and when == WHENS[
                    (turn // len(WHENS)) % len(WHENS)]
                if long or picked:
                    yield mode, when, fault, kind


def cases(long):
    """(name, mode, function) of every case."""
    for mode, when, fault, kind in posts(long):
        yield (f"post:{when}:{fault}", mode,
               lambda world, w=when, f=fault, k=kind: post_fault(world, w, f,
                                                                 k))
    for i, (fault, kind) in enumerate(PIN):
        for when in WHENS if long else (WHENS[i % len(WHENS)],):
            yield (f"pin:{when}:{fault}", "jobs",
                   lambda world, w=when, f=fault, k=kind: pin_fault(world, w,
                                                                    f, k))
    for route in ("balance", "markets"):
        for i, fault in enumerate(GET):
            for j, when in enumerate(("1", "all")):
                if long or (i + j) % 4 == 0:
                    yield (f"{route}:{when}:{fault}", "jobs",
                           lambda world, r=route, w=when, f=fault:
                           get_fault(world, r, w, f))
    for fault in ("before:503", "before:reset", "after:html", "after:body={}",
                  "after:body=[]", "after:cut", "before:404"):
        if long or fault in ("before:503", "after:html"):
            yield (f"markets needed:{fault}", "jobs",
                   lambda world, f=fault: markets_needed(world, f))
    for fault in ("after:reset", "after:close", "before:reset",
                  "before:close", "after:cut-at=0", "after:cut-reset=0"):
        for mode in ("jobs", "with-credits"):
            yield (f"reused:{fault}", mode,
                   lambda world, f=fault: reused(world, f))
        yield (f"reused once:{fault}", "jobs",
               lambda world, f=fault: reused_once(world, f))
