"""What the peers in Python share; see jobs.mjs."""

import asyncio
import sys
import uuid

BASE, JOBS, IN_FLIGHT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
MARKET = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
KEY = {"Authorization": "Bearer nos_practice",
       "Content-Type": "application/json"}
TOKEN = {"Authorization": "Bearer practice.token.pinata",
         "Content-Type": "application/json"}


def definition(number):
    return {
        "version": "0.1", "type": "container", "meta": {"trigger": "cli"},
        "ops": [{"type": "container/run", "id": "train", "args": {
            "image": "ubuntu", "cmd": f"train --n {number} --seed 7",
            "env": {"N": str(number), "NOTE": "x" * 200}}}]}


async def submit_all(post, dumps):
    """Pins and posts all jobs through post(path, headers, body)."""
    numbers = iter(range(1, JOBS + 1))
    posted = 0

    async def worker():
        nonlocal posted
        for number in numbers:
            pin = await post("/pinning/pinJSONToIPFS", TOKEN,
                             dumps(definition(number)))
            job = await post(
                "/api/jobs/list",
                {**KEY, "Idempotency-Key": str(uuid.uuid4())},
                dumps({"ipfsHash": pin["IpfsHash"], "market": MARKET,
                       "timeout": 3600}))
            posted += "job" in job

    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    if posted != JOBS:
        sys.exit(f"{posted} of {JOBS} jobs posted")
