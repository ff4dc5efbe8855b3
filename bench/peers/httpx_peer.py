"""Python with httpx. Arguments: BASE JOBS IN-FLIGHT."""

import asyncio
import json

import httpx

import jobs


async def main():
    limits = httpx.Limits(max_connections=jobs.IN_FLIGHT,
                          max_keepalive_connections=jobs.IN_FLIGHT)
    async with httpx.AsyncClient(limits=limits, trust_env=False,
                                 timeout=60) as client:

        async def post(path, headers, body):
            reply = await client.post(jobs.BASE + path, content=body,
                                      headers=headers)
            return reply.json()

        await jobs.submit_all(post, json.dumps)

asyncio.run(main())
