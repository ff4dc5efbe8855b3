// Node with its own fetch.
import * as work from './jobs.mjs';

async function post(path, headers, body) {
  const reply = await fetch(work.base + path,
    { method: 'POST', headers, body });
  return reply.json();
}

await work.submitAll(async (n) => {
  const pin = await post('/pinning/pinJSONToIPFS', work.token,
    JSON.stringify(work.definition(n)));
  return post('/api/jobs/list',
    { ...work.key, 'idempotency-key': crypto.randomUUID() },
    JSON.stringify({ ipfsHash: pin.IpfsHash, market: work.market,
      timeout: 3600 }));
});
