"""Scripts of trouble: longer stories, each with its expected end.

Most begin with crashed(): a run of twelve jobs that is killed while posts
are under way, whose work the service then does all the same.
"""

import datetime
import json
import os
import re
import shutil
import signal
import time

from .judge import body_of, converge, judge, ledgers_agree, sent_once, singles
from .world import KEY, START_S, check, entry

JOBS = 12
FLIGHT = 6
PREMIUM = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
HOUR_MS = 3600 * 1000
SECOND_KEY = "nos_second"
PRICE = 0.04796  # of an hour on nvidia-3060, the fee included

SCRIPTS = []


def script(name, *modes, long=False):
    """Registers a story; long: not part of the short form."""
    def register(function):
        for mode in modes or ("jobs",):
            SCRIPTS.append((name, mode, function, long))
        return function
    return register


def cases(long):
    for name, mode, function, only_long in SCRIPTS:
        if long or not only_long:
            yield name, mode, function


def crashed(world, *more, values=None):
    """Kills a run with posts under way; returns the names left open."""
    if values is None:
        values = range(1, JOBS + 1)
        world.manifest(entry(values))
    world.service.options_now(latency=300)
    try:
        world.crash(FLIGHT, "--connections", str(FLIGHT), *more)
    finally:
        world.service.options_now(latency=0)
    opened = {name for name, word in world.ledger().states().items()
              if word == "intent"}
    check(opened, "no intent was open at the kill")
    return opened


def names(world, word):
    return {name for name, state in world.ledger().states().items()
            if state == word}


def bodies_of(world, which):
    return {record["body"] for record in world.ledger().of("intent")
            if record["name"] in which}


def sent_since(world, before):
    return world.service.requests()[before:]


def expect_unknown(world, opened, *more, status=2):
    """A run that records those as unknown and sends nothing of them."""
    before = len(world.service.requests())
    bodies = bodies_of(world, opened)
    ended = world.run(*more, expect=status)
    check(names(world, "unknown") == opened, f"unknown are "
          f"{sorted(names(world, 'unknown'))}, not {sorted(opened)}; " +
          ended.said())
    again = [row for row in sent_since(world, before) if row["body"] in bodies]
    check(not again, f"{len(again)} of them were sent again")
    judge(world)
    return ended


# --- lost, then refused ----------------------------------------------------

# What the second attempt is answered: the status, and what becomes of the
# job: open, unknown, post.
SECOND = {
    "402": (3, "intent"), "401": (77, "intent"), "403=scope": (77, "intent"),
    "429=400": (69, "intent"), "400": (2, "unknown"), "403": (2, "unknown"),
    "404": (2, "unknown"), "422": (2, "unknown"), "429": (0, "post"),
    "429=1": (0, "post"), "409=in-progress": (0, "post"), "500": (0, "post"),
    "409": (0, "post"), "302": (0, "post"),
}


def second_attempt(world, answer, work):
    """Attempt 1 is lost, attempt 2 gets the answer; in one run."""
    world.manifest(entry(range(1, 9)))
    status, word = SECOND[answer]
    world.service.faults(f"post:try=1:{work}:reset",
                         f"post:try=2:before:{answer}")
    ended = world.run(expect=status)
    check(len(names(world, word)) == 8, f"expected 8 of {word}, found "
          f"{world.ledger().states()}; " + ended.said())
    judge(world)
    converge(world, 8)


def second_run(world, answer):
    """The first attempt is that of a run that was killed."""
    opened = crashed(world)
    status, word = SECOND[answer]
    fault = f"post:all:before:{answer}"
    if word == "post":
        fault = f"post:try=2:before:{answer}"
    world.service.faults(fault)
    ended = world.run()
    allowed = {status, 4} if word == "unknown" else {status}
    if word == "unknown":
        allowed = {1, 2}  # others were never sent, and are rejected
    check(ended.status in allowed, f"expected {allowed}, found " +
          ended.said())
    check(opened <= names(world, word), f"{sorted(opened)} are not all "
          f"{word}; " + ended.said())
    judge(world)
    converge(world, JOBS)


for _answer in SECOND:
    for _work in ("after", "before"):
        script(f"attempt 1 lost {_work} the work, attempt 2 answered "
               f"{_answer}")(lambda world, a=_answer, w=_work:
                             second_attempt(world, a, w))
    script(f"killed, and the replay answered {_answer}")(
        lambda world, a=_answer: second_run(world, a))


@script("attempt 1 lost before the work, attempt 2 answered EXPIRED")
def lost_expired(world):
    world.manifest(entry(range(1, 9)))
    world.service.faults("post:1-8:before:reset",
                         "post:try=2:before:409=expired")
    world.run(expect=0)
    epochs = {post["epoch"] for post in world.ledger().of("post")}
    check(epochs == {1}, f"epochs {epochs}")
    judge(world)
    converge(world, 8)


@script("EXPIRED of a key that made a job: the service's word is believed")
def expired_lie(world):
    """Not a promise: EXPIRED says that the transaction can never land, and
    ledger.md goes on in a new epoch. A service that says it of a job that
    exists gets a second one; what is tested is that this is the only way,
    once, and that the ledger has each job that was answered."""
    world.manifest(entry(range(1, 9)))
    world.service.faults("post:1-8:after:reset",
                         "post:try=2:before:409=expired")
    world.run(expect=0)
    jobs = world.service.jobs()
    check(len(jobs) == 16 and world.ledger().count("post") == 8,
          f"{len(jobs)} jobs")
    world.service.faults()
    sent = len(world.service.requests())
    world.run(expect=0)
    check(len(world.service.requests()) == sent, "and again")


@script("EXPIRED three times: no fourth epoch, in no later run either")
def expired_thrice(world):
    world.manifest(entry(range(1, 9)))
    world.service.faults("post:all:before:409=expired")
    for _ in range(3):
        world.run(expect=2)
        epochs = [intent["epoch"] for intent in world.ledger().of("intent")]
        check(sorted(epochs) == sorted([0, 1, 2] * 8), f"epochs {epochs}")
        check(not judge(world), "a job was made")
        world.service.faults()


@script("EXPIRED, and the new epoch is answered 402")
def expired_credits(world):
    world.manifest(entry(range(1, 9)))
    world.service.faults("post:1-8:before:409=expired", "post:9-:before:402")
    world.run(expect=3)
    judge(world)
    converge(world, 8)


@script("EXPIRED, and killed in the new epoch")
def expired_crash(world):
    world.manifest(entry(range(1, 9)))
    world.service.faults("post:1-8:before:409=expired", "post:9-:after:hang")
    world.crash(16)
    world.service.faults()
    judge(world)
    converge(world, 8)


@script("a payload mismatch is passed by for good")
def mismatch(world):
    world.manifest(entry(range(1, 9)))
    world.service.faults("post:1:before:reset",
                         "post:try=2:before:409=mismatch")
    world.run(expect=70)
    judge(world)
    world.service.faults()
    for _ in range(2):
        world.run(expect=2)
        judge(world)
    check(world.ledger().count("post") == 7, "the others are not posted")
    check(len(world.service.jobs()) == 7, "the mismatched one was sent")


# --- long outages ----------------------------------------------------------

def give_up(world, fault, most_unknown=8, tries=2):
    """Runs that end with 69 leave jobs open, not unknown."""
    world.manifest(entry(range(1, 201), market=PREMIUM))
    world.service.faults(fault)
    for _ in range(tries):
        ended = world.run("--give-up", "3s", "--retries", "8", expect=69)
        check(ended.seconds < 15, f"it took {ended.seconds:.0f} s to give up")
        judge(world)
    unknown = world.ledger().count("unknown")
    check(unknown <= most_unknown,
          f"{unknown} of 200 jobs became unknown; " + ended.said())


@script("an hour of 503, before the work")
def hour_before(world):
    give_up(world, "post:all:before:503")
    converge(world, 200)


@script("an hour of 503, after the work")
def hour_after(world):
    give_up(world, "post:all:after:503")
    converge(world, 200)


@script("an hour of 503 of everything", long=True)
def hour_any(world):
    give_up(world, "any:all:before:503")
    converge(world, 200)


@script("an hour without connections", long=True)
def hour_reset(world):
    give_up(world, "post:all:before:reset")
    converge(world, 200)


@script("an hour of 429")
def hour_rate(world):
    give_up(world, "post:all:before:429", most_unknown=0)
    converge(world, 200)


@script("an hour of IN_PROGRESS", long=True)
def hour_progress(world):
    world.manifest(entry(range(1, 9)))
    world.service.faults("post:all:after:409=in-progress")
    world.run("--give-up", "3s", expect={2, 69})
    judge(world)
    converge(world, 8)


@script("an hour of 503 for pins", long=True)
def hour_pins(world):
    give_up(world, "pin:all:before:503", most_unknown=0)
    check(not world.service.requests(), "posted without a pin")
    converge(world, 200)


def few_retries(world, fault, *more):
    """Pins go well all the time, and jobs have used up their attempts long
    before the run gives up: still it is an outage."""
    world.manifest(entry(range(1, 301), market=PREMIUM))
    world.service.faults(fault)
    ended = world.run("--give-up", "8s", "--retries", "1", *more, expect=69)
    unknown = world.ledger().count("unknown")
    check(unknown <= 12, f"{unknown} of 300 jobs became unknown; " +
          ended.said())
    judge(world)
    converge(world, 300)


@script("an outage that outlasts each job's attempts: 503")
def few_retries_503(world):
    few_retries(world, "post:all:before:503")


@script("an outage that outlasts each job's attempts: no job in the reply")
def few_retries_shape(world):
    few_retries(world, "post:all:after:no-job")


@script("an outage that outlasts each job's attempts: all is pinned")
def few_retries_pinned(world):
    world.service.options_now(any_cid=True)
    try:
        few_retries(world, "post:all:before:503", "--pin", "none")
    finally:
        world.service.options_now(any_cid=False)


@script("pins fail for long while posts go well: nothing is rejected")
def pins_away(world):
    world.manifest(entry([0]))
    world.run(expect=0)
    world.service.faults("pin:all:before:503")
    world.manifest(entry(range(0, 9), repeat=20))
    ended = world.run("--give-up", "6s", "--retries", "1", "--rate", "10",
                      expect=69)
    check(world.ledger().count("post") > 1, "no post went well")
    check(not world.ledger().of("reject"), "rejected; " + ended.said())
    ledgers_agree(world, world.service.jobs())
    world.service.faults()
    world.run(expect=0)
    check(len(world.service.jobs()) == 9 * 20, "not all are posted")


@script("an hour of 503 where nothing may be sent twice", "with-credits",
        "never")
def hour_once(world):
    """What is in flight when it begins is unknown; then one job probes."""
    give_up(world, "post:all:before:503", 100, 1)
    sent_once(world)


SHAPES = {
    "without job": "no-job",
    "job as a number": 'body={"job":7}',
    "other field names": 'body={"jobId":"' + PREMIUM + '","transaction":"x"}',
    "one level deeper": 'body={"data":{"job":"' + PREMIUM + '"}}',
    "HTML": "html",
    "a list": "body=[]",
}


def shape_changed(world, action, when="all"):
    give_up(world, f"post:{when}:after:{action}", 8, 1)
    converge(world, 200)


for _name, _action in SHAPES.items():
    script(f"the reply's shape changes: {_name}", long=_name not in (
        "without job", "job as a number", "other field names"))(
            lambda world, a=_action: shape_changed(world, a))
script("the reply's shape changes in the middle of a run")(
    lambda world: shape_changed(world, "no-job", "101-"))


@script("the reply's shape changes where nothing may be sent twice",
        "with-credits", "never")
def shape_once(world):
    give_up(world, "post:all:after:no-job", 100, 1)
    sent_once(world)


@script("the service is not there, and comes back")
def away(world):
    world.manifest(entry(range(1, 9), market=PREMIUM))
    with world.own_service() as service:
        port = service.port
        gone = service
    world.service, shared = gone, world.service
    ended = world.run("--give-up", "2s", expect=69)
    check(world.ledger().count("unknown") == 0, "unknown; " + ended.said())
    check(world.ledger().count("intent") == 0, "unsent ones are open; " +
          ended.said())
    world.service = shared
    with world.own_service(port=port):
        converge(world, 8)


@script("the service goes away in the middle, and comes back empty")
def away_middle(world):
    world.manifest(entry(range(1, JOBS + 1), market=PREMIUM))
    with world.own_service("--latency", "200") as service:
        port = service.port
        process = world.start("--connections", "4", "--give-up", "2s")
        while service.stats()["requests"]["post"] < 6:
            check(process.poll() is None, "the run ended early")
            time.sleep(0.01)
        first = {job["address"]: job for job in service.jobs()}
    check(process.wait(START_S) == 69, f"status {process.returncode}")
    with world.own_service("--any-cid", "--seed", "2", port=port) as service:
        world.run(expect=0)
        second = service.jobs()
    posts = world.ledger().of("post")
    check(len(posts) == JOBS, f"{len(posts)} posts")
    check(len(first) + len(second) <= JOBS + 4, "more than those in flight "
          "were posted again to a service that forgot everything")


# --- crash and resume ------------------------------------------------------

@script("killed, and resumed")
def plain_crash(world):
    for _ in range(2):
        crashed(world)
        judge(world)
        for name in os.listdir(world.folder):
            if name.startswith("m."):
                os.unlink(world.path(name))
        world.service.reset()
    crashed(world)
    converge(world, JOBS)


@script("killed, and resumed where nothing may be sent twice",
        "with-credits", "never")
def crash_once(world):
    opened = crashed(world)
    expect_unknown(world, opened)
    sent_once(world)
    world.run(expect=2)
    sent_once(world)
    singles(world, world.service.jobs())


@script("killed, and resumed with --replay never; then without it")
def crash_then_never(world):
    opened = crashed(world)
    expect_unknown(world, opened, "--replay", "never")
    sent_once(world)
    converge(world, JOBS)


@script("a service that forgets every key, and --replay never", "never")
def never_ignored(world):
    world.service.options_now(ignore_keys=True)
    try:
        world.manifest(entry(range(1, 41)))
        world.service.faults("post:p=0.3:after:reset")
        world.run(expect=2)
        sent_once(world)
        judge(world)
        world.service.faults()
        world.run(expect=2)
        sent_once(world)
        judge(world)
    finally:
        world.service.options_now(ignore_keys=False)


@script("killed again and again")
def crash_often(world):
    world.manifest(entry(range(1, 31)))
    world.service.options_now(latency=100)
    try:
        for posts in (4, 10, 14, 20, 24):
            world.crash(posts, "--connections", "4")
            judge(world)
    finally:
        world.service.options_now(latency=0)
    converge(world, 30)


@script("interrupted: what is in flight ends and is recorded", "jobs",
        "with-credits")
def interrupted(world):
    world.manifest(entry(range(1, JOBS + 1)))
    world.service.options_now(latency=300)
    try:
        process = world.start("--connections", "4")
        while world.service.stats()["requests"]["post"] < 3:
            check(process.poll() is None, "the run ended early")
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        check(process.wait(START_S) == 130, f"status {process.returncode}")
    finally:
        world.service.options_now(latency=0)
    judge(world)
    check(not names(world, "intent") and not names(world, "unknown"),
          f"left open: {world.ledger().states()}")
    converge(world, JOBS)


@script("the API key changes between crash and resume")
def key_changed(world):
    with world.own_service("--api-key", KEY, "--api-key",
                           SECOND_KEY + ",account=2") as service:
        opened = crashed(world)
        sent = len(service.requests())
        world.key = SECOND_KEY
        expect_unknown(world, opened)
        check(all(row["account"] == 2 for row in service.requests()[sent:]),
              "the second key's account did not get the rest")
        world.key = KEY
        converge(world, JOBS)


@script("another key of the same account between crash and resume")
def key_rotated(world):
    with world.own_service("--api-key", KEY, "--api-key", SECOND_KEY):
        opened = crashed(world)
        world.key = SECOND_KEY
        expect_unknown(world, opened)
        world.key = KEY
        converge(world, JOBS)


@script("the API key is refused at the resume")
def key_refused(world):
    opened = crashed(world)
    world.key = "nos_wrong"
    ended = world.run(expect=77)
    check(names(world, "intent") == opened or names(world, "unknown") ==
          opened, "an open intent was closed; " + ended.said())
    world.key = KEY
    converge(world, JOBS)


@script("another generation of the API at the resume")
def generation_changed(world):
    crashed(world)
    sent = len(world.service.requests())
    ended = world.run("--api", "with-credits", expect=65)
    check(len(world.service.requests()) == sent, "sent; " + ended.said())
    converge(world, JOBS)


@script("another API URL at the resume")
def url_changed(world):
    crashed(world)
    sent = len(world.service.requests())
    url = f"http://localhost:{world.service.port}/api"
    ended = world.run("--api-url", url, expect=65)
    check(len(world.service.requests()) == sent, "sent; " + ended.said())
    converge(world, JOBS)


# --- the manifest is edited ------------------------------------------------

def value_of(name):
    return int(re.search(r"n=(\d+)", name).group(1))


@script("points are removed between crash and resume")
def points_removed(world):
    opened = crashed(world)
    gone = sorted(opened)[:2]
    left = [n for n in range(1, JOBS + 1)
            if n not in {value_of(name) for name in gone}]
    world.manifest(entry(left))
    expect_unknown(world, set(gone))
    world.manifest(entry(range(1, JOBS + 1)))
    converge(world, JOBS)


@script("points are changed between crash and resume")
def points_changed(world):
    crashed(world)
    sent = len(world.service.requests())
    world.manifest(entry(range(1, JOBS + 1), command="echo x ${{ n }}"))
    ended = world.run(expect=65)
    check(len(world.service.requests()) == sent, "sent; " + ended.said())
    world.manifest(entry(range(1, JOBS + 1)))
    converge(world, JOBS)


@script("points are changed between crash and resume, --changed keep")
def points_kept(world):
    opened = crashed(world)
    posted = names(world, "post")
    world.manifest(entry(range(1, JOBS + 1), command="echo x ${{ n }}"))
    expect_unknown(world, opened, "--changed", "keep")
    posts = [record["name"] for record in world.ledger().of("post")]
    check(len(posts) == len(set(posts)), "a name was posted twice")
    check(posted < set(posts) and not opened & set(posts),
          f"posted: {sorted(posts)}")
    world.manifest(entry(range(1, JOBS + 1)))
    world.run("--changed", "keep", expect=0)
    check(len(judge(world)) == JOBS, "jobs are not one for each name")


@script("the timeout is changed between crash and resume")
def timeout_changed(world):
    opened = crashed(world)
    world.manifest(entry(range(1, JOBS + 1), timeout="2h"))
    expect_unknown(world, opened)
    world.manifest(entry(range(1, JOBS + 1)))
    world.run(expect=0)
    check(len(judge(world)) == JOBS, "jobs are not one for each name")


@script("entries are reordered between crash and resume")
def reordered(world):
    first = entry(range(1, 7), name="a")
    second = entry(range(1, 7), name="b", command="echo b ${{ n }}")
    world.manifest(first, second)
    crashed(world, values=())
    first["params"]["n"].reverse()
    world.manifest(second, first)
    converge(world, JOBS)


@script("axis values and an entry are added between crash and resume")
def added(world):
    crashed(world)
    world.manifest(entry(range(0, JOBS + 4)),
                   entry([1, 2], name="b", command="echo b ${{ n }}"))
    converge(world, JOBS + 6)


@script("the definition's spelling changes between crash and resume")
def respelt(world):
    """White space and numbers' spelling change no key."""
    crashed(world)
    text = json.dumps(entry(range(1, JOBS + 1)), indent=3)
    with open(world.path("m.json"), "w") as file:
        file.write(text.replace(" 3,", " 3.0,").replace(" 10,", " 1e1,"))
    converge(world, JOBS)


# --- the ledger ------------------------------------------------------------

def swap_fields(record, line):
    """As another version might have rendered it; of the same length."""
    body = json.loads(record["body"])
    other = {key: body[key] for key in reversed(body)}
    old = json.dumps(record["body"]).encode()
    new = json.dumps(json.dumps(other, separators=(",", ":"))).encode()
    check(old in line, "the body is not where it is looked for")
    return line.replace(old, new)


@script("the program is upgraded: what the intent says is sent")
def upgraded(world):
    """The requests never arrived, and their bodies are not what this version
    would render: they go out from the ledger's bytes all the same."""
    world.manifest(entry(range(1, 9)))
    world.service.faults("post:all:before:hang=1")
    world.crash(8, "--connections", "8")
    check(world.ledger().edit(swap_fields) == 8, "not all were edited")
    world.edited_at = len(world.service.requests())
    world.service.faults("post:try=1:before:503")
    world.run(expect=0)
    rows = sent_since(world, world.edited_at)
    check(len(rows) >= 8 and all(list(body_of(row))[0] == "timeout"
                                 for row in rows),
          f"not the ledger's bytes: {rows[:1]}")
    judge(world)
    converge(world, 8)


@script("the ledger is deleted: with --batch nothing is doubled")
def deleted_batch(world):
    batch = ("--batch", "night", "--ledger", "m.ledger.jsonl")
    world.manifest(entry(range(1, JOBS + 1)))
    world.run(*batch, expect=0)
    old = {post["name"]: post for post in world.ledger().of("post")}
    os.unlink(world.path("m.ledger.jsonl"))
    world.run(*batch, expect=0)
    new = {post["name"]: post for post in world.ledger().of("post")}
    check(len(judge(world)) == JOBS, "doubled")
    for name, post in old.items():
        for field in ("address", "idem", "cost_usd", "cost_source", "tx",
                      "reservation", "project"):
            check(new[name][field] == post[field],
                  f"{name}: {field} {new[name][field]}, was {post[field]}")


@script("the ledger is deleted after a crash: with --batch nothing is doubled")
def deleted_crash(world):
    batch = ("--batch", "night", "--ledger", "m.ledger.jsonl")
    crashed(world, *batch)
    os.unlink(world.path("m.ledger.jsonl"))
    world.run(*batch, expect=0)
    judge(world)
    converge(world, JOBS, *batch)


@script("the ledger is deleted without --batch: all is posted again")
def deleted(world):
    """What the program cannot promise, and says so."""
    world.manifest(entry(range(1, 5)))
    world.run(expect=0)
    os.unlink(world.path("m.ledger.jsonl"))
    world.run(expect=0)
    check(len(world.service.jobs()) == 8, "expected 8 jobs")


@script("an older copy of the ledger is put back: nothing is doubled")
def restored(world):
    opened = crashed(world)
    check(opened, "nothing open")
    shutil.copy(world.path("m.ledger.jsonl"), world.path("copy"))
    world.run(expect=0)
    shutil.copy(world.path("copy"), world.path("m.ledger.jsonl"))
    os.chmod(world.path("m.ledger.jsonl"), 0o600)
    converge(world, JOBS)


def moved(record, line, ms):
    """A record's time, moved."""
    old = record["at"]
    at = datetime.datetime.strptime(old, "%Y-%m-%dT%H:%M:%S.%fZ")
    at += datetime.timedelta(milliseconds=ms)
    new = at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
    return line.replace(old.encode(), new.encode(), 1)


def pause(world, hours):
    """As if the crash had been so long ago."""
    world.ledger().edit(lambda record, line: moved(record, line,
                                                   -hours * HOUR_MS),
                        kinds=())


@script("13 hours of pause: nothing is sent again")
def pause_13(world):
    opened = crashed(world)
    pause(world, 13)
    expect_unknown(world, opened)
    expect_unknown(world, opened)


@script("11 hours of pause: it is sent again")
def pause_11(world):
    crashed(world)
    pause(world, 11)
    converge(world, JOBS)


@script("25 hours of pause, and the service has forgotten the keys")
def pause_25(world):
    with world.own_service() as service:
        opened = crashed(world)
        pause(world, 25)
        service.ask("clock", {"advance_s": 25 * 3600})
        expect_unknown(world, opened)


@script("11 hours of pause on both sides")
def pause_both(world):
    with world.own_service() as service:
        crashed(world)
        pause(world, 11)
        service.ask("clock", {"advance_s": 11 * 3600})
        converge(world, JOBS)


@script("the clock went back: a time in the future is past the horizon")
def future(world):
    opened = crashed(world)
    pause(world, -2)
    expect_unknown(world, opened)


@script("the boot clock says that it is too long ago")
def boot_clock(world):
    """A boot_ms in the future of the same boot: past the horizon."""
    opened = crashed(world)

    def change(record, line):
        old = b'"boot_ms":%d,' % record["boot_ms"]
        new = b'"boot_ms":' + b"9" * len(str(record["boot_ms"])) + b","
        check(old in line, "boot_ms is not where it is looked for")
        return line.replace(old, new)

    world.ledger().edit(change)
    expect_unknown(world, opened)


@script("rebooted between crash and resume: the wall clock counts")
def rebooted(world):
    crashed(world)

    def change(record, line):
        old = record["boot_id"]
        return line.replace(old.encode(), old[::-1].encode())

    check(world.ledger().edit(change, kinds=("open",)), "not edited")
    converge(world, JOBS)


@script("unknown within the horizon is found out")
def unknown_young(world):
    world.manifest(entry(range(1, 9)))
    world.service.faults("post:all:after:reset")
    world.run("--retries", "0", expect=2)
    check(world.ledger().count("unknown") == 8, "not 8 unknown")
    pause(world, 11)
    converge(world, 8)


@script("unknown past the horizon stays so")
def unknown_old(world):
    world.manifest(entry(range(1, 9)))
    world.service.faults("post:all:after:reset")
    world.run("--retries", "0", expect=2)
    world.service.faults()
    pause(world, 13)
    expect_unknown(world, {f"s/n={i}" for i in range(1, 9)})


@script("unknown of --replay never is found out by a run without it")
def unknown_never(world):
    world.manifest(entry(range(1, 9)))
    world.service.faults("post:all:after:reset")
    world.run("--replay", "never", expect=2)
    sent_once(world)
    converge(world, 8)


# --- two at once -----------------------------------------------------------

def both(world, *ledgers):
    """Starts one run for each ledger at once: their exit statuses."""
    runs = [world.start("--batch", "night", "--ledger", ledger,
                        "--connections", "8") for ledger in ledgers]
    return [process.wait(START_S * 2) for process in runs]


@script("two hosts, one batch, separate ledgers, at once")
def two_hosts(world):
    world.manifest(entry(range(1, 61)))
    world.service.options_now(latency=30, jitter=90)
    try:
        statuses = both(world, "a.jsonl", "b.jsonl")
    finally:
        world.service.options_now(latency=0, jitter=0)
    check(statuses == [0, 0], f"statuses {statuses}")
    jobs = world.service.jobs()
    singles(world, jobs)
    check(len(jobs) == 60, f"{len(jobs)} jobs")
    addresses = []
    for name in ("a.jsonl", "b.jsonl"):
        ledgers_agree(world, jobs, name)
        addresses.append({post["name"]: post["address"]
                          for post in world.ledger(name).of("post")})
    check(addresses[0] == addresses[1], "the ledgers tell of other jobs")


@script("two hosts, one batch, and replies lost")
def two_hosts_lost(world):
    world.manifest(entry(range(1, 41)))
    world.service.faults("post:p=0.2:after:reset", "post:p=0.1:before:503")
    statuses = both(world, "a.jsonl", "b.jsonl")
    check(set(statuses) <= {0, 2}, f"statuses {statuses}")
    world.service.faults()
    both(world, "a.jsonl", "b.jsonl")
    jobs = world.service.jobs()
    singles(world, jobs)
    check(len(jobs) == 40, f"{len(jobs)} jobs")
    for name in ("a.jsonl", "b.jsonl"):
        ledgers_agree(world, jobs, name)


@script("a second run while the first holds the ledger")
def second_holds(world):
    world.manifest(entry(range(1, JOBS + 1)))
    world.service.options_now(latency=300)
    try:
        process = world.start("--connections", "2")
        while world.service.stats()["requests"]["post"] < 1:
            check(process.poll() is None, "the run ended early")
            time.sleep(0.01)
        ended = world.run(expect=75)
        check(str(process.pid) in ended.err, "the holder's pid is not named; "
              + ended.said())
        check(process.wait(START_S) == 0, "the first run was disturbed")
    finally:
        world.service.options_now(latency=0)
    check(len(world.service.requests()) == JOBS, "the second run sent")
    judge(world)
    converge(world, JOBS)


# --- money -----------------------------------------------------------------

def write_markets(world, price=0.0436, kind="PREMIUM"):
    with open(world.path("markets.json"), "w") as file:
        json.dump([{"address": PREMIUM, "slug": "nvidia-3060",
                    "name": "NVIDIA 3060", "type": kind,
                    "usd_reward_per_hour": price,
                    "network_fee_percentage": 10}], file)
    return "--markets", world.path("markets.json"), "--any-cid"


@script("a PREMIUM market is COMMUNITY the next day")
def community(world):
    world.manifest(entry(range(1, 9)))
    with world.own_service(*write_markets(world)) as service:
        port = service.port
        service.faults("post:4-:before:402")
        world.run("--connections", "1", expect=3)
    posted = world.ledger().count("post")
    check(posted == 3, f"{posted} posted")
    with world.own_service(*write_markets(world, kind="COMMUNITY"),
                           port=port) as service:
        ended = world.run(expect=65)
        check("PREMIUM" in ended.err and not service.requests(), "expected a "
              "refusal before anything is sent; " + ended.said())
        ended = world.run("--any-market", expect=1)
        check(world.ledger().count("reject") == 5, ended.said())
        check(not service.jobs(), "jobs on a COMMUNITY market")
    with world.own_service(*write_markets(world), "--seed", "2",
                           port=port) as service:
        world.run(expect=0)
        check(len(service.jobs()) == 5, "not the five that were left")


@script("the price rises between plan and run: the cap holds")
def dearer_market(world):
    world.manifest(entry(range(1, 9)))
    with world.own_service(*write_markets(world)) as service:
        port = service.port
        check(world.other("markets").status == 0, "markets")
        ended = world.other("plan", "m.json", "--max-cost", "0.40")
        check(ended.status == 0, "plan: " + ended.said())
    with world.own_service(*write_markets(world, price=0.0872),
                           port=port) as service:
        ended = world.run("--max-cost", "0.40", expect=4)
        jobs = judge(world)
        cost = sum(job["cost"] for job in jobs)
        check(cost <= 0.40, f"${cost} is over the cap; " + ended.said())
        check(len(service.requests()) == len(jobs), "sent over the cap")
        ended = world.run("--max-cost", "0.40", expect=4)
        check(len(service.jobs()) == len(jobs), "posted more")
        world.run(expect=0)
        check(len(judge(world)) == 8, "the rest is not posted")


@script("a reply dearer than its reservation stops a capped run")
def dearer_reply(world):
    world.manifest(entry(range(1, 9)))
    world.false_costs = True
    world.service.faults("post:3:after:cost=0.2")
    ended = world.run("--max-cost", "1", "--connections", "1", expect=4)
    jobs = judge(world)
    check(len(jobs) == 3, f"{len(jobs)} jobs; " + ended.said())
    world.service.faults()
    ended = world.run("--max-cost", "0.30", expect=4)
    check(len(world.service.jobs()) == 3, "over the cap; " + ended.said())
    converge(world, 8)


@script("the cap holds across crashes", "jobs", "with-credits")
def cap_crash(world):
    """Six jobs' worth; the killed runs' reservations count."""
    cap = ("--max-cost", f"{6.5 * PRICE:.5f}", "--connections", "3")
    world.manifest(entry(range(1, JOBS + 1)))
    world.service.options_now(latency=200)
    try:
        for posts in (2, 4):
            world.crash(posts, *cap)
    finally:
        world.service.options_now(latency=0)
    for _ in range(2):
        ended = world.run(*cap, expect=4)
        jobs = judge(world)
        check(len(jobs) <= 6, f"{len(jobs)} jobs under a cap of six; " +
              ended.said())
    if world.mode == "jobs":
        check(len(jobs) == 6, f"{len(jobs)} jobs")
        converge(world, JOBS)


@script("unknown jobs count against the cap", "with-credits", "never")
def cap_unknown(world):
    cap = ("--max-cost", f"{4.5 * PRICE:.5f}")
    world.manifest(entry(range(1, 9)))
    world.service.faults("post:all:before:reset")
    world.run(*cap, expect=4)
    check(world.ledger().count("unknown") == 4, "not four")
    world.service.faults()
    world.run(*cap, expect=4)
    check(not world.service.jobs(), "posted over the reservations")
    sent_once(world)


@script("credits run out in the middle, twice, and are topped up", "jobs",
        "with-credits")
def credits(world):
    world.manifest(entry(range(1, JOBS + 1)))
    for posted, assigned in ((4, 4.5), (9, 9.5)):
        world.service.ask("credits", {"assigned": f"{assigned * PRICE:.5f}"})
        ended = world.run(expect=3)
        check(len(judge(world)) == posted, ended.said())
        check("credits" in ended.err, "no word of credits; " + ended.said())
    world.service.ask("credits", {"assigned": "100"})
    converge(world, JOBS)
