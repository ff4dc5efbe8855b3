#!/usr/bin/env python3
"""`nosbatch review --format html` in a real browser: headless Chromium.

    tests/review_page.py [--bin build] [--pictures FOLDER]

The page makes no request, no console message and no error; shows the totals
of --format json; is the same without scripts; sorts its tables with them;
hostile names stay text; nothing sticks out on a phone. --pictures keeps
screenshots (light, dark, phone, print). Skipped where there is no Chromium.
Python's standard library only: Chromium is spoken to over a pipe.
"""

import argparse
import base64
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ledgers  # noqa: E402

TIMEOUT_S = 120
HOSTILE = ["<script>window.pwned=1</script>",
           "\"><img src=x onerror=window.pwned=1>",
           "'-alert(1)-'", "</style><b>", "</script><b>", "javascript:pwned=1",
           "\u202egnp.exe", "\u2066\x1b[31mred", "&lt;b&gt;", "{{7*7}}",
           "<!--", "<svg onload=window.pwned=1>", "x" * 300]


class Failed(Exception):
    pass


class Browser:
    """Chromium over --remote-debugging-pipe."""

    def __init__(self, program, folder):
        to_read, self.to = os.pipe()
        self.of, to_write = os.pipe()
        self.process = subprocess.Popen(
            ["bash", "-c", f"exec \"$@\" 3<&{to_read} 4>&{to_write}", "bash",
             program, "--headless=new", "--no-sandbox", "--disable-gpu",
             "--hide-scrollbars", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-extensions",
             "--disable-background-networking", "--disable-component-update",
             f"--user-data-dir={folder}/profile", "--remote-debugging-pipe",
             "about:blank"],
            pass_fds=(to_read, to_write), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=dict(os.environ, HOME=folder))
        os.close(to_read)
        os.close(to_write)
        self.timer = threading.Timer(TIMEOUT_S, self.process.kill)
        self.timer.start()
        self.number = 0
        self.rest = b""
        self.events = []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")
        self.session = self.call("Target.attachToTarget", flatten=True,
                                 targetId=target["targetId"])["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def message(self):
        while b"\0" not in self.rest:
            more = os.read(self.of, 1 << 20)
            if not more:
                raise Failed("Chromium ended, or took too long")
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.to, json.dumps(request).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.number:
                if "error" in message:
                    raise Failed(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait(self, event):
        while not any(one.get("method") == event for one in self.events):
            self.events.append(self.message())

    def open(self, path):
        self.events = []
        self.call("Page.navigate", url="file://" + path)
        self.wait("Page.loadEventFired")

    def js(self, expression):
        done = self.call("Runtime.evaluate", expression=expression,
                         returnByValue=True)
        if "exceptionDetails" in done:
            raise Failed(f"{expression}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def picture(self, path):
        height = self.js("document.documentElement.scrollHeight")
        width = self.js("document.documentElement.clientWidth")
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True,
                         clip={"x": 0, "y": 0, "width": width,
                               "height": min(height, 4000), "scale": 1})
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def close(self):
        self.timer.cancel()
        self.process.kill()
        self.process.wait()
        os.close(self.to)
        os.close(self.of)


def sample(path, seed, factor, names=("adam", "sgd", "lion")):
    """A sweep of some days, most of it with final costs."""
    chance = random.Random(seed)
    ledger = ledgers.Ledger(batch="nightly-2026-11-23",
                            at_ms=1795003200000)
    for n in range(150):
        market = list(ledgers.MARKETS)[n % 3 == 0]
        most = {"nvidia-3060": 47_960_000, "nvidia-4090": 350_000_000}[market]
        params = {"lr": [0.1, 0.03, 0.01, 0.001][n % 4],
                  "opt": names[n % len(names)], "seed": n}
        job = ledger.job(f"sweep/lr={params['lr']},opt={params['opt']},seed={n}",
                         "sweep", params, ledgers.MARKETS[market], most)
        ledger.at_ms += chance.randrange(5_400_000)
        ledger.intent(job)
        if n % 31 == 30:
            ledger.end("reject", job, status=400, code=None, message="no")
            continue
        if n % 50 == 49:
            ledger.end("unknown", job, why="no answer", status=500)
            continue
        ledger.post(job, most)
        if n % 20 == 0:
            ledger.extend(job, 1800, most // 2)
        if n < 140:
            status = "failed" if n % 11 == 3 else "success"
            ledger.state(job, 2, status,
                         most * chance.randrange(10, 95) // 100 * factor // 10)
        elif n < 144:
            ledger.state(job, 1)
    ledger.write(path)


def nosbatch(binary, *arguments):
    done = subprocess.run([os.path.join(binary, "nosbatch"), *arguments],
                          capture_output=True, check=False,
                          env=dict(os.environ, SOURCE_DATE_EPOCH="1795500000"))
    if done.returncode != 0:
        raise Failed(f"{arguments}: {done.stderr.decode()}")
    return done.stdout


def same(what, found, expected):
    if found != expected:
        raise Failed(f"{what}:\n  found    {found}\n  expected {expected}")


class World:
    def __init__(self, binary, folder, browser, pictures):
        self.folder, self.browser = folder, browser
        self.binary, self.pictures = binary, pictures

    def page(self, name, *arguments):
        """Writes a page and opens it; returns what json says."""
        path = f"{self.folder}/{name}.html"
        text = nosbatch(self.binary, "review", *arguments, "--format", "html")
        again = nosbatch(self.binary, "review", *arguments, "--format", "html")
        same("the page made again", again, text)
        with open(path, "wb") as file:
            file.write(text)
        self.browser.open(path)
        return json.loads(nosbatch(self.binary, "review", *arguments,
                                   "--format", "json"))

    def shoot(self, name):
        if self.pictures:
            os.makedirs(self.pictures, exist_ok=True)
            self.browser.picture(f"{self.pictures}/{name}.png")

    def look(self, width, height, scheme="light", media="screen"):
        self.browser.call("Emulation.setDeviceMetricsOverride", width=width,
                          height=height, deviceScaleFactor=1,
                          mobile=width < 600)
        self.browser.call("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": scheme}])

    def check_quiet(self):
        """No message of any kind, no request but the page itself."""
        for event in self.browser.events:
            method = event.get("method", "")
            if method in ("Runtime.consoleAPICalled", "Log.entryAdded",
                          "Runtime.exceptionThrown"):
                raise Failed(f"the console says {event['params']}")
            if method == "Network.requestWillBeSent":
                url = event["params"]["request"]["url"]
                if not url.startswith(("file://" + self.folder, "data:,")):
                    raise Failed(f"the page asks for {url}")


CARD = """Object.fromEntries([...document.querySelectorAll('dd.big')].map(
  one => [one.id, one.querySelector('data')?.value ?? null]))"""
COLUMN = """[...document.querySelectorAll('#groups tbody tr')].map(
  row => [...row.cells].map(cell => cell.querySelector('data')?.value ??
                                    cell.textContent))"""


def totals_are_those_of_json(world):
    """Cards and rows; without scripts, too."""
    paths = f"{world.folder}/now.jsonl", f"{world.folder}/was.jsonl"
    for scripts in (True, False):
        world.browser.call("Emulation.setScriptExecutionDisabled",
                           value=not scripts)
        said = world.page("sample", paths[0], "--by", "lr,opt", "--compare",
                          paths[1])
        total = said["total"]
        world.check_quiet()
        cards = world.browser.js(CARD)
        for card, name in (("cost", "cost_usd"), ("charged", "charged_usd"),
                           ("final", "final_usd"), ("max", "max_usd"),
                           ("refunded", "refund_usd"),
                           ("failed", "failed_usd"),
                           ("extensions", "extension_usd"),
                           ("unknown", "unknown_max_usd")):
            same(f"{card} (scripts: {scripts})", cards[card], total[name])
        rows = world.browser.js(COLUMN)
        same("rows", [[str(g["lr"]), g["opt"], g["cost_usd"], str(g["jobs"]),
                       g["largest_usd"]] for g in said["groups"]],
             [[r[0], r[1], r[2], r[3], r[7]] for r in rows])
        same("buttons", world.browser.js(
            "document.querySelectorAll('th button').length > 0"), scripts)
    world.browser.call("Emulation.setScriptExecutionDisabled", value=False)


def tables_sort(world):
    said = world.page("sort", f"{world.folder}/now.jsonl", "--by", "lr,opt")
    js = world.browser.js
    js("document.querySelectorAll('#groups th')[4].firstChild.click()")
    means = [one["mean_usd"] for one in said["groups"]]
    shown = [row[4] for row in js(COLUMN)]
    same("falling means", shown, sorted(shown, reverse=True))
    same("as many", len(shown), len(means))
    js("document.querySelectorAll('#groups th')[4].firstChild.click()")
    shown = [row[4] for row in js(COLUMN)]
    same("rising means", shown, sorted(shown))
    js("document.querySelectorAll('#groups th')[1].firstChild.click()")
    shown = [row[1] for row in js(COLUMN)]
    same("names", shown, sorted(shown))
    same("said to readers", js("document.querySelectorAll('#groups th')[1]"
                               ".getAttribute('aria-sort')"), "ascending")
    world.check_quiet()


def hostile_names_stay_text(world):
    path = f"{world.folder}/<b>hostile.jsonl"
    ledger = ledgers.Ledger(batch="<script>window.pwned=1</script>",
                            ident="<img src=x onerror=window.pwned=1>")
    for n, name in enumerate(HOSTILE):
        job = ledger.job(f"{name}/{n}", name, {"p": name, name: 1}, name,
                         10**9)
        ledger.intent(job)
        ledger.post(job, 10**8 + n, name)
    ledger.write(path)
    for by in ("entry", "p,market", HOSTILE[1], "day"):
        said = world.page("hostile", path, "--by", by, "--compare", path)
        world.browser.js("document.querySelectorAll('th button').forEach("
                         "one => one.click())")
        world.check_quiet()
        same("pwned", world.browser.js("window.pwned ?? null"), None)
        same("elements", world.browser.js(
            "document.querySelectorAll('img,b,iframe,a,style,script').length"),
            2)
        same("cost", world.browser.js(CARD)["cost"], said["total"]["cost_usd"])
    world.page("hostile", path, "--by", "entry")
    names = [row[0] for row in world.browser.js(COLUMN)]
    for name in HOSTILE:
        if name.isprintable() and name not in names:
            raise Failed(f"{name!r} is not shown as it is")


def it_looks_well(world):
    """Nothing sticks out; colours follow; and pictures, where asked for."""
    arguments = (f"{world.folder}/now.jsonl", "--by", "lr,opt", "--compare",
                 f"{world.folder}/was.jsonl")
    colours = {}
    for name, width, scheme, media in (
            ("light", 1280, "light", "screen"), ("dark", 1280, "dark", "screen"),
            ("phone", 390, "light", "screen"), ("print", 794, "dark", "print")):
        world.look(width, 900, scheme, media)
        world.page("sample", *arguments)
        world.check_quiet()
        colours[name] = world.browser.js(
            "getComputedStyle(document.body).backgroundColor")
        over = world.browser.js("document.documentElement.scrollWidth - "
                                "document.documentElement.clientWidth")
        same(f"pixels that stick out ({name})", over, 0)
        world.shoot(name)
    same("paper is white", colours["print"], "rgb(255, 255, 255)")
    if colours["light"] == colours["dark"]:
        raise Failed("dark is not dark")
    world.look(1280, 900)


TESTS = [totals_are_those_of_json, tables_sort, hostile_names_stay_text,
         it_looks_well]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bin", default="build")
    parser.add_argument("--pictures")
    options = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        print("skip the review's page: chromium is not installed")
        print(f"0 passed, 0 failed, {len(TESTS)} skipped")
        return 0
    failed = 0
    with tempfile.TemporaryDirectory(prefix="nosbatch-page-",
                                     ignore_cleanup_errors=True) as folder:
        sample(f"{folder}/now.jsonl", 1, 10)
        sample(f"{folder}/was.jsonl", 2, 8, ("adam", "sgd", "rmsprop"))
        browser = Browser(program, folder)
        world = World(os.path.abspath(options.bin), folder, browser,
                      options.pictures)
        for test in TESTS:
            try:
                test(world)
                print(f"ok   {test.__name__}")
            except Failed as error:
                failed += 1
                print(f"FAIL {test.__name__}\n{str(error)[:3000]}")
        browser.close()
    print(f"{len(TESTS) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
