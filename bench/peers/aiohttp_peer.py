"""Python with aiohttp. Arguments: BASE JOBS IN-FLIGHT."""

import asyncio
import json

import aiohttp

import jobs


async def main():
    connector = aiohttp.TCPConnector(limit=jobs.IN_FLIGHT)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def post(path, headers, body):
            async with session.post(jobs.BASE + path, data=body,
                                    headers=headers) as reply:
                return await reply.json()

        await jobs.submit_all(post, json.dumps)

asyncio.run(main())
