"""The peers of bench/peers: which are here, and how each is run."""

import json
import os
import shutil
import subprocess
import sys
import uuid

import sweep
import table

PEERS = os.path.join(table.ROOT, "bench", "peers")

PIN = '{"version":"0.1","type":"container","meta":{"trigger":"cli"},"ops":[' \
    '{"type":"container/run","id":"train","args":{"image":"ubuntu","cmd":' \
    '"train --n 12345 --seed 7","env":{"N":"12345","NOTE":"' + "x" * 200 + \
    '"}}}]}'
CID = "QmPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtxH"


class Rival:
    """name, how many jobs make a measurement, and run(base, folder)."""

    def __init__(self, name, jobs, run):
        self.name, self.jobs, self.run = name, jobs, run


def node_modules(arguments):
    """
    A folder below the build's in which npm has undici and the SDK; made once.
    None where npm cannot.
    """
    folder = os.path.join(arguments.bin, "bench-peers")
    done = os.path.join(folder, "done")
    if os.path.exists(done):
        return folder
    if not shutil.which("npm"):
        return None
    os.makedirs(folder, exist_ok=True)
    result = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts",
         "--prefix", folder, "undici@6", "@nosana/sdk"],
        stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if result.returncode != 0:
        return None
    with open(done, "w", encoding="ascii"):
        return folder


def python_with(module):
    """A Python that has the module, or None."""
    for python in (sys.executable, "/usr/bin/python3"):
        if shutil.which(python) and subprocess.run(
                [python, "-c", f"import {module}"], capture_output=True,
                check=False).returncode == 0:
            return python
    return None


def script(name, jobs, command, env=None):
    """A peer that takes BASE JOBS IN-FLIGHT."""
    def run(base, _):
        return table.timed([*command, base, str(jobs), "64"],
                           cpu=table.cores()[1], env=env)
    return Rival(name, jobs, run)


def libcurl_loop(arguments, jobs):
    """The least that any program with libcurl does: libcurl.c."""
    return script("a bare libcurl loop", jobs,
                  [os.path.join(arguments.bin, "bench-libcurl")], bodies())


def curl_options(path, base, rest, secret, bodies):
    """A file of options for curl: one request a body."""
    with open(path, "w", encoding="utf-8") as file:
        for number, body in enumerate(bodies):
            text = body.replace("\\", "\\\\").replace('"', '\\"')
            file.write(("next\n" if number else "") +
                       f'url = "{base}{rest}"\noutput = "/dev/null"\n'
                       f'header = "Authorization: Bearer {secret}"\n'
                       'header = "Content-Type: application/json"\n'
                       f'header = "Idempotency-Key: {uuid.uuid4()}"\n'
                       f'data-binary = "{text}"\n')


def expanded(arguments, folder, jobs):
    """(definition, CID) of each job, as text."""
    manifest = sweep.write_manifest(folder, jobs)
    lines = table.timed([arguments.nosbatch, "expand", manifest],
                        keep=True).output.splitlines()
    rows = [json.loads(line) for line in lines]
    return [(json.dumps(row["definition"], separators=(",", ":")), row["cid"])
            for row in rows]


def post_body(cid):
    """What is posted for a CID."""
    return json.dumps({"ipfsHash": cid, "market": sweep.MARKET,
                       "timeout": 3600}, separators=(",", ":"))


def bodies():
    """One job's two bodies, for the peers that post the same ones each time."""
    return {"PIN_BODY": PIN, "POST_BODY": post_body(CID)}


def curl(arguments, jobs=4000):
    """curl --parallel."""
    def run(base, folder):
        made = expanded(arguments, folder, jobs)
        pins, posts = folder + "/pins", folder + "/posts"
        curl_options(pins, base, "/pinning/pinJSONToIPFS",
                     sweep.KEYS["PINATA_JWT"], [row[0] for row in made])
        curl_options(posts, base, "/api/jobs/list",
                     sweep.KEYS["NOSANA_API_KEY"],
                     [post_body(row[1]) for row in made])
        return table.timed([PEERS + "/curl.sh", pins, posts, "64"],
                           cpu=table.cores()[1])
    return Rival("curl --parallel", jobs, run)


def gnu_parallel(arguments, jobs=50):
    """GNU parallel with a curl for each request."""
    def run(base, folder):
        for number, (body, cid) in enumerate(
                expanded(arguments, folder, jobs), 1):
            for kind, text in (("pin", body), ("post", post_body(cid))):
                with open(f"{folder}/{number}.{kind}", "w",
                          encoding="utf-8") as file:
                    file.write(text)
        return table.timed([PEERS + "/parallel.sh", base, folder, str(jobs),
                            "64"], cpu=table.cores()[1])
    return Rival("GNU parallel with curl", jobs, run)


def sdk(arguments, modules, jobs=2000):
    """The Nosana SDK, where only loopback can be reached."""
    def run(_, folder):
        cores = [str(core) for core in table.cores()]
        subprocess.run(
            ["unshare", "-rn", PEERS + "/sdk.sh", folder, arguments.bin,
             *cores, str(jobs), "64"], check=True, capture_output=True,
            env={**os.environ, "NODE_MODULES": modules})
        with open(folder + "/notes", encoding="ascii") as file:
            wall, cpu, rss = file.read().split()
        return table.Timed(float(wall), float(cpu), int(rss), b"")
    return Rival("the Nosana SDK", jobs, run)


def alone():
    """Whether a network without anything but loopback can be had."""
    return subprocess.run(
        ["unshare", "-rn", "ip", "link", "set", "lo", "up"],
        capture_output=True, check=False).returncode == 0


def present(arguments):
    """The peers that are here, and (name, why) of those that are not."""
    if arguments.quick:
        return [libcurl_loop(arguments, 200)], [("other peers", "--quick")]
    found = [libcurl_loop(arguments, 20000)]
    missing = []
    modules = node_modules(arguments)
    env = {"NODE_MODULES": modules or ""}
    if not modules:
        missing += [("the Nosana SDK", "npm could not install it"),
                    ("Node with undici", "npm could not install it")]
    else:
        found.append(script("Node with undici", 10000,
                            ["node", PEERS + "/undici.mjs"], env))
        if alone():
            found.append(sdk(arguments, modules))
        else:
            missing.append(("the Nosana SDK", "unshare could not give it a "
                                              "network of its own"))
    if shutil.which("node"):
        found.append(script("Node's fetch", 3000,
                            ["node", PEERS + "/fetch.mjs"]))
    else:
        missing.append(("Node's fetch", "node is not installed"))
    if shutil.which("curl"):
        found.append(curl(arguments))
    else:
        missing.append(("curl --parallel", "not installed"))
    for module, jobs in (("aiohttp", 4000), ("httpx", 1500)):
        python = python_with(module)
        if python:
            found.append(script(module, jobs,
                                [python, f"{PEERS}/{module}_peer.py"]))
        else:
            missing.append((module, "no Python here has it"))
    if shutil.which("parallel"):
        found.append(gnu_parallel(arguments))
    else:
        missing.append(("GNU parallel with curl", "not installed"))
    return found, missing
